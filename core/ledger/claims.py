"""Claiming work: the most urgent due command of each free lane, many lanes in one transaction."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Double, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from core import clock, settings, store
from core.contracts.text import Text
from core.ledger import commands, crash, kinds, lanes
from core.ledger import memory as memories
from core.ledger.lanes import Lease, Named
from core.ledger.run import Run
from core.ledger.stops import stopped_by
from core.models import Channel, Command, Cursor, Lane

BATCH = 25
"""Lanes that one transaction takes."""
LOOKED_AT = 200
SUSPECT = 2
"""A command that has taken its process down so often runs alone, so that no other is blamed."""
CLAIMS = 10
"""Times a command may take its process down without getting on before a person looks."""

DIED = Text(
    "이 작업을 하던 프로세스가 거듭 멈췄습니다. 저희 쪽 잘못입니다. 작업 번호와 함께 알려 주세요.",
    "The process that did this work died again and again. This is our fault; report the number.",
)

_COMMAND: Any = Command.__table__
_CHANNEL: Any = Channel.__table__
_CURSOR: Any = Cursor.__table__
_LANE: Any = Lane.__table__

_DEAD = (
    select(_LANE.c.name)
    .where(
        _LANE.c.workspace_id == _COMMAND.c.workspace_id,
        _LANE.c.name == _COMMAND.c.lane,
        or_(_LANE.c.owner == "", _LANE.c.lease_until < store.db_now()),
    )
    .exists()
)
IS_DUE = or_(
    and_(_COMMAND.c.state == "ready", _COMMAND.c.next_at <= bindparam("now", type_=Double)),
    and_(_COMMAND.c.state == "running", _DEAD),
)
"""Ready and its time has come, or left running by a process whose lease is over."""

# Built once: every ring asks three times.
_IN_QUEUE = _COMMAND.c.queue == bindparam("queue")
_ANY_DUE = select(_COMMAND.c.id).where(_IN_QUEUE, IS_DUE).limit(1)
_DUE = (
    select(_COMMAND)
    .where(_IN_QUEUE, IS_DUE)
    .order_by(_COMMAND.c.priority, _COMMAND.c.next_at)
    .limit(LOOKED_AT)
)


def owner() -> str:
    """The name under which this process holds lanes."""
    return owner_of(os.getpid())


def owner_of(pid: int) -> str:
    """The name under which a process of this machine holds lanes."""
    return f"{socket.gethostname()}/{pid}"


def now() -> dict[str, float]:
    """The parameter of IS_DUE."""
    return {"now": clock.now().timestamp()}


def anything_due(queue: str) -> bool:
    """Whether some command in this queue could run now."""
    with store.read_connection() as connection:
        return connection.execute(_ANY_DUE, {"queue": queue, **now()}).first() is not None


def claim(queue: str) -> list[Run]:
    """Take up to BATCH free lanes that have something due, and mark their commands running."""
    crash.point("claim.before-commit")
    began = time.monotonic()
    with store.all_workspaces(), store.write() as session:
        runs = claim_within(session, queue, began)
    if runs:
        crash.point("claim.after-commit")
    return runs


def claim_within(session: Session, queue: str, began: float) -> list[Run]:
    """The same in a transaction of the caller's, which looks after all workspaces."""
    first = _first_of_each_lane(session, queue)
    if not first:
        return []
    leases = lanes.take(session, list(first), owner(), settings.current().lease_s)
    return _decide(session, {named: first[named] for named in leases}, leases, began)


def _first_of_each_lane(session: Session, queue: str) -> dict[Named, Any]:
    rows = session.execute(_DUE, {"queue": queue, **now()})
    first: dict[Named, Any] = {}
    for row in rows:
        if row.claims >= SUSPECT:
            if not first:
                return {(row.workspace_id, row.lane): row}
            continue
        if len(first) < BATCH:
            first.setdefault((row.workspace_id, row.lane), row)
    return first


def _decide(
    session: Session, found: dict[Named, Any], leases: dict[Named, Lease], began: float
) -> list[Run]:
    """Commands that may run become running; the others are held or ended, their lanes freed."""
    channels, cursors, kept = _channels(session, found)
    runs: list[Run] = []
    idle: list[Lease] = []
    for named, row in found.items():
        kind = kinds.get(row.kind)
        channel = channels.get(row.channel_id)
        with store.workspace(row.workspace_id):
            values = _not_now(session, row, kind, channel)
            if values is not None or kind is None:
                _set(session, row.id, **(values or {}))
                idle.append(leases[named])
                continue
        memory = kept.get((row.channel_id, channel.seal_version), {}) if channel else {}
        runs.append(
            Run(row, channel, kind, leases[named], began, cursors.get(row.channel_id, {}), memory)
        )
    if runs:
        session.execute(
            update(_COMMAND)
            .where(
                _COMMAND.c.id.in_([run.command.id for run in runs]),
                _COMMAND.c.state.in_(("ready", "running")),
            )
            .values(state="running", claims=_COMMAND.c.claims + 1)
        )
        fresh = [run.command.id for run in runs if run.command.started_at is None]
        if fresh:
            session.execute(
                update(_COMMAND).where(_COMMAND.c.id.in_(fresh)).values(started_at=clock.now())
            )
    if idle:
        lanes.free(session, idle)
    return runs


def _channels(
    session: Session, found: dict[Named, Any]
) -> tuple[dict[str, Any], dict[str, dict[str, str]], dict[tuple[str, int], memories.Kept]]:
    ids = [row.channel_id for row in found.values() if row.channel_id is not None]
    if not ids:
        return {}, {}, {}
    channels = {
        row.id: row for row in session.execute(select(_CHANNEL).where(_CHANNEL.c.id.in_(ids)))
    }
    cursors: dict[str, dict[str, str]] = {}
    for row in session.execute(
        select(_CURSOR.c.channel_id, _CURSOR.c.kind, _CURSOR.c.value).where(
            _CURSOR.c.channel_id.in_(ids)
        )
    ):
        cursors.setdefault(row.channel_id, {})[row.kind] = row.value
    return channels, cursors, memories.of_channels(session, ids)


def _not_now(session: Session, row: Any, kind: Any, channel: Any) -> dict[str, Any] | None:
    """What the command becomes instead of running, or None when it may run."""
    put_away = channel is not None and channel.archived_at is not None
    if row.cancel_asked and (put_away or not commands.has_unknown(session, row.id)):
        commands.drop_planned(session, row.id)
        return {"state": "cancelled", "ended_at": clock.now()}
    if kind is None:
        return {"state": "held", "held_for": "plugin"}
    reason = stopped_by(channel, kind) if channel is not None else None
    if reason is not None:
        return {"state": "held", "held_for": reason}
    if row.claims >= CLAIMS:
        told = {"claims": 0, "error_code": "DIED", "error_text": DIED.stored()}
        if row.standing:
            return {**told, "state": "ready", "next_at": clock.now().timestamp() + 60}
        return {**told, "state": "review"}
    return None


def _set(session: Session, command_id: str, **values: Any) -> None:
    session.execute(
        store.update_in(_COMMAND)
        .where(_COMMAND.c.id == command_id)
        .values(changed_at=clock.now(), **values)
    )


def give_back(runs: Sequence[Run]) -> dict[Lease, bool]:
    """Put claimed commands that were not begun back; returns their lanes and who wants them."""
    if not runs:
        return {}
    with store.all_workspaces(), store.write() as session:
        held = lanes.free(session, [run.lease for run in runs])
        ids = [run.command.id for run in runs if run.lease in held]
        session.execute(
            update(_COMMAND)
            .where(_COMMAND.c.id.in_(ids), _COMMAND.c.state == "running")
            .values(state="ready", claims=_COMMAND.c.claims - 1)
        )
    return held
