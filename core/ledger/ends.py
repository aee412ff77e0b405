"""How a slice ends: what becomes of the command, by what its handler returned or raised."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from core import clock, store
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
from core.ledger import commands, crash, lanes
from core.ledger.lanes import Lease
from core.ledger.run import Run
from core.ledger.signals import Cancelled, GiveWay, Hold, Later, Review, Signal
from core.models import Channel, Command, Cursor

log = logging.getLogger(__name__)

ATTEMPTS = 8
"""Tries of a command that a person pressed before it ends refused, with [다시 시도]."""
MISUNDERSTOOD = 3
"""Tries when it was not understood: a developer has to look, not the clock."""
LONGEST_WAIT = 900.0

GAVE_UP = Text(
    "판매채널이 거듭 응답하지 않아 멈췄습니다. 판매채널이 열리면 [다시 시도]를 눌러 주세요.",
    "The marketplace did not answer again and again. Press [Try again] when it is back.",
)

_COMMAND: Any = Command.__table__
_CHANNEL: Any = Channel.__table__
_CURSOR: Any = Cursor.__table__


def well(run: Run) -> dict[str, Any]:
    """The handler returned: done, or armed again when it stands."""
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
        return {**values, "state": "done", "ended_at": clock.now()}
    return {
        **values,
        "state": "ready",
        "next_at": soon(_interval(run)),
        "polls": run.command.polls + 1,
        "started_at": None,
        "progress_done": 0,
        "progress_total": None,
        "result": dict(run.counts) if run.counts else run.command.result,
    }


def by_signal(run: Run, signal: Signal) -> dict[str, Any]:
    """The handler stopped here on purpose."""
    if isinstance(signal, (GiveWay, Later)):
        return {"state": "ready", "next_at": soon(signal.seconds), "claims": 0}
    if isinstance(signal, Hold):
        return {"state": "held", "held_for": signal.reason, "claims": 0}
    if isinstance(signal, Review):
        return {"state": "review", "error_code": "REVIEW", "error_text": signal.text.stored()}
    assert isinstance(signal, Cancelled)
    with store.read() as session:
        unknown = commands.has_unknown(session, run.command.id)
    if unknown:
        return {"state": "ready", "next_at": soon(0.0), "claims": 0}
    return {"state": "cancelled", "ended_at": clock.now()}


def by_error(run: Run, error: MarketplaceError) -> dict[str, Any]:
    """What becomes of a command whose call failed, by who acts next."""
    whose = f"{run.channel.marketplace} {run.channel.id[:4]}" if run.channel else "- -"
    log.warning(
        "command %s (%s, %s): %s %s %s",
        run.command.id, run.command.kind, whose, type(error).__name__, error.code, error.detail,
    )  # fmt: skip
    if isinstance(error, RateLimited):
        return {"state": "ready", "next_at": soon(error.retry_after), "claims": 0}
    code = error.code or type(error).__name__
    told: dict[str, Any] = {"error_code": code[:80], "error_text": error.text.stored()}
    if isinstance(error, (Retryable, OutcomeUnknown, ContractError)):
        return told | _try_again(run, error)
    if isinstance(error, (AuthError, IpNotAllowed, NotApproved)) and not run.kind.verifies:
        _tell_channel(run, error)
        return {**told, "state": "held", "held_for": "needs_you", "claims": 0}
    if run.kind.insists:
        if run.command.refusals >= 1:
            return {**told, "state": "held", "held_for": "parked", "claims": 0}
        again = run.command.refusals + 1
        return {**told, "state": "ready", "next_at": soon(60.0), "refusals": again}
    fields = error.fields if isinstance(error, Rejected) else {}
    told["fields"] = {name: text.stored() for name, text in fields.items()} or None
    with store.read() as session:
        if commands.has_unknown(session, run.command.id):
            return {**told, "state": "review", "claims": 0}
    return {**told, "state": "refused", "ended_at": clock.now()}


def _try_again(run: Run, error: MarketplaceError) -> dict[str, Any]:
    attempt = run.command.attempt + 1
    limit = MISUNDERSTOOD if isinstance(error, ContractError) else ATTEMPTS
    if attempt >= limit and not run.kind.insists:
        with store.read() as session:
            unknown = commands.has_unknown(session, run.command.id)
        if unknown:
            return {"state": "review", "claims": 0}
        values: dict[str, Any] = {"state": "refused", "ended_at": clock.now()}
        if not isinstance(error, ContractError):
            values["error_text"] = GAVE_UP.stored()
        return values
    wait = min(LONGEST_WAIT, 2.0**attempt) * random.uniform(0.75, 1.25)
    return {"state": "ready", "attempt": attempt, "next_at": soon(wait), "claims": 0}


def _tell_channel(run: Run, error: MarketplaceError) -> None:
    """The channel needs its seller: say why on it; its other commands are held as they come."""
    if run.channel is None:
        return
    problem = {**error.text.stored(), "code": error.code}
    with store.write() as session:
        session.execute(
            store.update_in(_CHANNEL)
            .where(_CHANNEL.c.id == run.channel.id, _CHANNEL.c.state == "active")
            .values(state="needs_you", problem=problem)
        )


def note_idle(runs: Sequence[Run]) -> dict[Lease, bool]:
    """Note, in one transaction, the ends of polls that found nothing, and free their lanes.

    Returns the lanes that were still ours and whether somebody wants them. A poll that is lost
    here (the process died) found nothing, and is made again.
    """
    if not runs:
        return {}
    crash.point("idle.before-commit")
    with store.all_workspaces(), store.write() as session:
        held = _note_idle(session, runs)
        crash.point("idle.in-transaction")
    crash.point("idle.after-commit")
    return held


def _note_idle(session: Session, runs: Sequence[Run]) -> dict[Lease, bool]:
    now = clock.now()
    held = lanes.free(session, [run.lease for run in runs])
    noted = [run for run in runs if run.lease in held]
    moved = [
        {"w": run.workspace_id, "c": run.channel.id, "k": run.idle[0], "v": run.idle[1]}
        for run in noted
        if run.idle is not None and run.cursor(run.idle[0]) != run.idle[1]
    ]
    if moved:
        session.connection().execute(_MOVE, moved)
    if noted:
        session.execute(
            update(_CHANNEL)
            .where(_CHANNEL.c.id.in_([run.channel.id for run in noted]))
            .values(collected_at=now)
        )
    for seconds, ids in _by_interval(noted).items():
        session.execute(
            update(_COMMAND)
            .where(_COMMAND.c.id.in_(ids))
            .values(
                state="ready",
                next_at=soon(seconds),
                polls=_COMMAND.c.polls + 1,
                claims=0,
                started_at=None,
                changed_at=now,
            )
        )
    return held


_MOVE = (
    update(_CURSOR)
    .where(
        _CURSOR.c.workspace_id == bindparam("w"),
        _CURSOR.c.channel_id == bindparam("c"),
        _CURSOR.c.kind == bindparam("k"),
    )
    .values(value=bindparam("v"))
)


def _by_interval(runs: Sequence[Run]) -> dict[float, list[str]]:
    found: dict[float, list[str]] = {}
    for run in runs:
        found.setdefault(_interval(run), []).append(run.command.id)
    return found


def _interval(run: Run) -> float:
    """Seconds until a standing command runs again."""
    assert run.kind.every is not None
    return run.kind.every(run.channel.marketplace).total_seconds()


def soon(seconds: float) -> float:
    """The moment so many seconds from now, as commands keep it."""
    return clock.now().timestamp() + seconds
