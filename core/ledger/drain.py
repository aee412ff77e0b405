"""One ring drains its queue: take a lane, run what is due on it, note how each slice ended."""

from __future__ import annotations

import logging
import os
import random
import socket
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from core import clock, settings, store
from core.contracts.text import Text
from core.errors import (
    AuthError,
    ContractError,
    IpNotAllowed,
    MarketplaceError,
    NotApproved,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Retryable,
)
from core.ledger import commands, crash, kinds, lanes
from core.ledger.lanes import Lease
from core.ledger.run import Run, stopped_by
from core.ledger.signals import Cancelled, Fenced, GiveWay, Hold, Later, Review
from core.models import Channel, Command, Effect, Lane

log = logging.getLogger(__name__)

DRAIN_SECONDS = 20.0
ATTEMPTS = 8
"""Tries of a command that a person pressed before it ends refused, with [다시 시도]."""
CLAIMS = 10
"""Times a command may take its process down without getting on before a person looks."""
LONGEST_WAIT = 900.0

_COMMAND: Any = Command.__table__
_CHANNEL: Any = Channel.__table__
_LANE: Any = Lane.__table__
_EFFECT: Any = Effect.__table__

DIED = Text(
    "이 작업을 하던 프로세스가 거듭 멈췄습니다. 저희 쪽 잘못입니다. 작업 번호와 함께 알려 주세요.",
    "The process that did this work died again and again. This is our fault; report the number.",
)
GAVE_UP = Text(
    "판매채널이 거듭 응답하지 않아 멈췄습니다. 판매채널이 열리면 [다시 시도]를 눌러 주세요.",
    "The marketplace did not answer again and again. Press [Try again] when it is back.",
)


@dataclass(frozen=True)
class Due:
    """A lane that has something to do now."""

    workspace_id: str
    lane: str


def owner() -> str:
    """The name under which this process holds lanes."""
    return owner_of(os.getpid())


def owner_of(pid: int) -> str:
    """The name under which a process of this machine holds lanes."""
    return f"{socket.gethostname()}/{pid}"


def drain(queue: str, *, seconds: float = DRAIN_SECONDS) -> int:
    """Run what is due in `queue` until nothing is, or `seconds` are over.

    Returns how many slices were run.
    """
    until = time.monotonic() + seconds
    slices = 0
    while time.monotonic() < until:
        ran = 0
        for due in due_lanes(queue):
            with store.workspace(due.workspace_id):
                ran += _work_lane(queue, due.lane, until)
            if time.monotonic() >= until:
                break
        slices += ran
        if ran == 0:
            break
    return slices


def due_lanes(queue: str, limit: int = 200) -> list[Due]:
    """Lanes with due commands in this queue, the most urgent and oldest first."""
    statement = (
        select(_COMMAND.c.workspace_id, _COMMAND.c.lane)
        .where(_COMMAND.c.queue == queue, _is_due())
        .group_by(_COMMAND.c.workspace_id, _COMMAND.c.lane)
        .order_by(func.min(_COMMAND.c.priority), func.min(_COMMAND.c.next_at))
        .limit(limit)
    )
    with store.all_workspaces(), store.read() as session:
        return [Due(*row) for row in session.execute(statement)]


def _is_due() -> Any:
    """Ready and its time has come, or left running by a process whose lease is over."""
    dead = (
        select(_LANE.c.name)
        .where(
            _LANE.c.workspace_id == _COMMAND.c.workspace_id,
            _LANE.c.name == _COMMAND.c.lane,
            or_(_LANE.c.owner == "", _LANE.c.lease_until < store.db_now()),
        )
        .exists()
    )
    return or_(
        and_(_COMMAND.c.state == "ready", _COMMAND.c.next_at <= clock.now().timestamp()),
        and_(_COMMAND.c.state == "running", dead),
    )


def _work_lane(queue: str, lane: str, until: float) -> int:
    """Hold a lane for a slice of time and run its due commands one after the other."""
    slices = 0
    taken = _take(queue, lane)
    while taken is not None:
        run, lease = taken
        _run_slice(run)
        slices += 1
        taken = None
        crash.point("lane.before-free")
        with store.write() as session:
            wanted = lanes.free(session, lease)
        if wanted:
            _ring_others(queue, lane)
        elif time.monotonic() < until:
            taken = _take(queue, lane)
    return slices


def _take(queue: str, lane: str) -> tuple[Run, Lease] | None:
    """Take the lane and the most urgent due command on it, in one transaction."""
    crash.point("claim.before-commit")
    began = time.monotonic()
    with store.write() as session:
        row = session.execute(
            store.select_in(_COMMAND)
            .where(_COMMAND.c.lane == lane, _COMMAND.c.queue == queue, _is_due())
            .order_by(_COMMAND.c.priority, _COMMAND.c.next_at)
            .limit(1)
        ).first()
        if row is None:
            return None
        lease = lanes.take(session, lane, owner(), settings.current().lease_s)
        if lease is None:
            lanes.want(session, lane)
            return None
        run = _claim(session, row, lease, began)
        if run is None:
            lanes.free(session, lease)
    crash.point("claim.after-commit")
    return None if run is None else (run, lease)


def _claim(session: Session, row: Any, lease: Lease, began: float) -> Run | None:
    """Mark the command running; or held or ended, when it must not run (then None)."""
    kind = kinds.get(row.kind)
    channel = None
    if row.channel_id is not None:
        channel = session.execute(
            store.select_in(_CHANNEL).where(_CHANNEL.c.id == row.channel_id)
        ).first()
    reason = "plugin" if kind is None else (stopped_by(channel, kind) if channel else None)
    if reason is not None or kind is None:
        _set(session, row.id, state="held", held_for=reason)
        return None
    if row.cancel_asked and not _has_unknown(session, row.id):
        commands.drop_planned(session, row.id)
        _set(session, row.id, state="cancelled", ended_at=clock.now())
        return None
    if row.claims >= CLAIMS:
        values = {"claims": 0, "error_code": "DIED", "error_text": _json(DIED)}
        if row.standing:
            _set(session, row.id, state="ready", next_at=_in(60.0), **values)
        else:
            _set(session, row.id, state="review", **values)
        return None
    _set(
        session,
        row.id,
        state="running",
        claims=row.claims + 1,
        started_at=row.started_at or clock.now(),
    )
    return Run(row, channel, kind, lease, began)


def _set(session: Session, command_id: str, **values: Any) -> None:
    session.execute(
        store.update_in(_COMMAND)
        .where(_COMMAND.c.id == command_id)
        .values(changed_at=clock.now(), **values)
    )


def _has_unknown(session: Session, command_id: str) -> bool:
    statement = store.select_in(_EFFECT, _EFFECT.c.id).where(
        _EFFECT.c.command_id == command_id, _EFFECT.c.state.in_(("sending", "unknown"))
    )
    return session.execute(statement.limit(1)).first() is not None


def _run_slice(run: Run) -> None:
    """Run a handler and write down how its slice ended."""
    crash.point("slice.before-run")
    journal_too = True
    try:
        run.kind.handler(run)
        values, journal_too = _ended_well(run)
    except Fenced:
        log.warning("command %s: the lane was lost, nothing more is written", run.command.id)
        return
    except GiveWay:
        values = {"state": "ready", "next_at": _in(0.0), "claims": 0}
    except Later as signal:
        values = {"state": "ready", "next_at": _in(signal.seconds), "claims": 0}
    except Hold as signal:
        values = {"state": "held", "held_for": signal.reason, "claims": 0}
    except Cancelled:
        values = _cancelled(run)
    except Review as signal:
        values = {"state": "review", "error_code": "REVIEW", "error_text": _json(signal.text)}
    except MarketplaceError as error:
        values = _failed(run, error)
    except Exception as error:
        # The guarded place for our own handlers: one bad command must not stop the others.
        log.exception("command %s (%s) raised", run.command.id, run.command.kind)
        values = _failed(run, ContractError(detail=type(error).__name__))
    crash.point("slice.before-finish")
    if not run.finish(values, journal_too=journal_too):
        log.warning("command %s: the lane was lost before its end was noted", run.command.id)
    crash.point("slice.after-finish")


def _ended_well(run: Run) -> tuple[dict[str, Any], bool]:
    values: dict[str, Any] = {
        "claims": 0,
        "attempt": 0,
        "refusals": 0,
        "error_code": "",
        "error_text": None,
        "fields": None,
        "result": run.result,
    }
    if run.kind.every is None:
        return {**values, "state": "done", "ended_at": clock.now()}, True
    empty = not run.counts
    values |= {"state": "ready", "next_at": _in(run.kind.every.total_seconds())}
    values |= {"polls": run.command.polls + 1, "started_at": None}
    values |= {"progress_done": 0, "progress_total": None}
    run.counts = {}
    return values, not empty


def _cancelled(run: Run) -> dict[str, Any]:
    with store.read() as session:
        unknown = _has_unknown(session, run.command.id)
    if unknown:
        return {"state": "ready", "next_at": _in(0.0), "claims": 0}
    return {"state": "cancelled", "ended_at": clock.now()}


def _failed(run: Run, error: MarketplaceError) -> dict[str, Any]:
    """What becomes of a command whose call failed, by who acts next."""
    log.warning(
        "command %s (%s): %s %s %s",
        run.command.id, run.command.kind, type(error).__name__, error.code, error.detail,
    )  # fmt: skip
    told: dict[str, Any] = {
        "error_code": error.code or type(error).__name__,
        "error_text": _json(error.text),
    }
    if isinstance(error, RateLimited):
        return {"state": "ready", "next_at": _in(error.retry_after), "claims": 0}
    if isinstance(error, (Retryable, OutcomeUnknown, ContractError)):
        return told | _try_again(run, error)
    if isinstance(error, (AuthError, IpNotAllowed, NotApproved)) and not run.kind.verifies:
        _tell_channel(run, error)
        return {**told, "state": "held", "held_for": "needs_you", "claims": 0}
    if run.kind.every is not None:
        if run.command.refusals >= 1:
            return {**told, "state": "held", "held_for": "parked", "claims": 0}
        again = run.command.refusals + 1
        return {**told, "state": "ready", "next_at": _in(60.0), "refusals": again}
    fields = error.fields if isinstance(error, Rejected) else {}
    told["fields"] = {name: _json(text) for name, text in fields.items()} or None
    return {**told, "state": "refused", "ended_at": clock.now()}


def _try_again(run: Run, error: MarketplaceError) -> dict[str, Any]:
    attempt = run.command.attempt + 1
    limit = 3 if isinstance(error, ContractError) else ATTEMPTS
    if attempt >= limit and run.kind.every is None:
        with store.read() as session:
            unknown = _has_unknown(session, run.command.id)
        if unknown:
            return {"state": "review", "claims": 0}
        values: dict[str, Any] = {"state": "refused", "ended_at": clock.now()}
        if not isinstance(error, ContractError):
            values["error_text"] = _json(GAVE_UP)
        return values
    wait = min(LONGEST_WAIT, 2.0**attempt) * random.uniform(0.75, 1.25)
    return {"state": "ready", "attempt": attempt, "next_at": _in(wait), "claims": 0}


def _tell_channel(run: Run, error: MarketplaceError) -> None:
    """The channel needs its seller: say why on it; the other commands are held as they come."""
    if run.channel is None:
        return
    problem = {**_json(error.text), "code": error.code}
    with store.write() as session:
        session.execute(
            store.update_in(_CHANNEL)
            .where(_CHANNEL.c.id == run.channel.id, _CHANNEL.c.state == "active")
            .values(state="needs_you", problem=problem)
        )


def _ring_others(queue: str, lane: str) -> None:
    """Somebody waited for this lane: ring the queues that have something due on it."""
    from core import queue as doorbell

    statement = (
        store.select_in(_COMMAND, _COMMAND.c.queue).where(_COMMAND.c.lane == lane, _is_due())
    ).distinct()
    with store.read() as session:
        found = list(session.scalars(statement))
    for name in found:
        doorbell.ring(name)


def _in(seconds: float) -> float:
    return clock.now().timestamp() + seconds


def _json(text: Text) -> dict[str, str]:
    return {"ko": text.ko, "en": text.en}
