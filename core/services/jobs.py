"""작업: commands as cards and lists, and a person's word about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, not_, or_, select
from sqlalchemy.orm import Session

from core import clock, queue, store
from core.contracts.text import Text
from core.ledger import commands
from core.models import Command, Effect
from core.models.work import LIVE
from core.services import audit, board, confirmation, lines
from core.services.audit import Actor
from core.services.job_items import undecided, unknown_of
from core.services.job_words import CHECKING, STOPPED, title, trouble
from core.services.kind_names import (
    CONFIRM,
    EXTEND,
    LISTINGS_EDIT,
    LISTINGS_SKUS,
    LOOKUP,
    PUSH,
)
from core.services.outcome import Missing, Wrong

ENDED = ("done", "refused", "cancelled")
VERDICTS = ("done", "again", "stop")

CHOOSE = Text("항목마다 하나를 선택해 주세요.", "Choose one for each item.")

_COMMAND: Any = Command.__table__

LISTED: ColumnElement[bool] = and_(
    _COMMAND.c.kind != LOOKUP,
    or_(
        and_(_COMMAND.c.standing.is_(False), _COMMAND.c.kind != PUSH),
        _COMMAND.c.state == "review",
        _COMMAND.c.held_for.in_(("parked", "restored")),
    ),
)
"""What the list of work counts: what was pressed, and work by itself that needs a person.

A search for a field of a form is told on the form.
"""

BY_ITEM = (CONFIRM, LISTINGS_EDIT, LISTINGS_SKUS, EXTEND)
"""Kinds of which each item has an outcome of its own."""

NOTHING_WENT: ColumnElement[bool] = and_(
    _COMMAND.c.state == "done",
    _COMMAND.c.kind.in_(BY_ITEM),
    func.coalesce(_COMMAND.c.result["refused"].as_integer(), 0) > 0,
    *(
        func.coalesce(_COMMAND.c.result[name].as_integer(), 0) == 0
        for name in ("done", "already", "busy")
    ),
)
"""One of which nothing was taken: it counts as refused, wherever its state is shown."""


PARTLY: ColumnElement[bool] = and_(
    _COMMAND.c.state == "done",
    _COMMAND.c.kind.in_(BY_ITEM),
    not_(NOTHING_WENT),
    or_(
        *(
            func.coalesce(_COMMAND.c.result[name].as_integer(), 0) > 0
            for name in ("refused", "changed")
        )
    ),
)
"""One of which some was taken and some was not: it has a view of its own."""


def shown_state(command: Command) -> str:
    """The state of a command as pages show it: as stored, or partly, or refused as a whole."""
    if nothing_went(command):
        return "refused"
    told = command.result or {}
    missed = told.get("refused") or told.get("changed")
    done = command.state == "done" and command.kind in BY_ITEM
    return "partly" if done and missed else command.state


def nothing_went(command: Command) -> bool:
    """NOTHING_WENT, asked of a command."""
    told = command.result or {}
    went = any(told.get(name) for name in ("done", "already", "busy"))
    done = command.state == "done" and command.kind in BY_ITEM
    return done and bool(told.get("refused")) and not went


def get(session: Session, command_id: str, *, alone: bool = False) -> Command:
    """The command with this id; Missing when there is none.

    `alone`: no worker takes it before the transaction ends (SQLite has one writer anyway).
    """
    query = select(Command).where(Command.id == command_id)
    found = session.scalar(query.with_for_update() if alone else query)
    if found is None:
        raise Missing
    return found


# -- the card --------------------------------------------------------------------------------------


def card(session: Session, command: Command) -> dict[str, Any]:
    """What `job.html` draws. `title` and `error` are Text, times are seconds.

    A standing command that waits for its next time shows as done.
    """
    counts, state = command.counts or {}, command.state
    if idle(command):
        state = "done"
    elapsed = _elapsed(command)
    return {
        "id": command.id,
        "kind": command.kind,
        "channel_id": command.channel_id,
        "title": title(session, command),
        "state": state,
        "done": command.progress_done,
        "total": command.progress_total,
        "added": counts.get("added", 0) + counts.get("new", 0),
        "changed": counts.get("changed", 0),
        "failed": counts.get("refused", 0),
        "elapsed": elapsed,
        "left": _left(command, elapsed),
        "can_cancel": can_cancel(command),
        "error": trouble(command) or _checking(session, command),
        "version": _version(command),
    }


def _checking(session: Session, command: Command) -> Text | None:
    """What a command says while it waits to read back a write whose answer was lost."""
    if command.standing or command.state not in ("ready", "running"):
        return None
    unknown = session.scalars(unknown_of(command.id).where(Effect.state == "unknown").limit(1))
    return CHECKING if unknown.first() is not None else None


def idle(command: Command) -> bool:
    """True while a standing command waits for its next time."""
    return (
        command.standing
        and command.state == "ready"
        and command.next_at > clock.now().timestamp()
        and not command.progress_done
    )


def can_cancel(command: Command) -> bool:
    """Whether [멈추기] does something: work that comes by itself is stopped by its switch."""
    stoppable = command.state in ("ready", "running", "held") or command.error_code == "DIED"
    by_itself = command.standing or command.kind == PUSH
    return stoppable and not by_itself and not command.cancel_asked


def can_retry(command: Command) -> bool:
    """Whether [다시 시도] does something."""
    if command.state == "held":
        return command.held_for in ("asks", "parked")
    return command.state == "refused"


def _elapsed(command: Command) -> float | None:
    began = command.started_at
    if began is None:
        return None
    seconds = ((command.ended_at or clock.now()) - began).total_seconds()
    return seconds if seconds >= 1 else None


def _left(command: Command, elapsed: float | None) -> float | None:
    done, total = command.progress_done, command.progress_total
    if command.state != "running" or not elapsed or not total or not 0 < done < total:
        return None
    return elapsed * (total - done) / done


def _version(command: Command) -> str:
    moved = int(command.changed_at.timestamp() * 1000)
    return f"{moved:x}.{command.progress_done}.{command.state[:3]}"


# -- lists -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which commands a list shows: a state ("" = all), a channel's id, a kind.

    "running" are those that get on by themselves, "waiting" those that wait for something.
    """

    state: str = ""
    channel: str = ""
    kind: str = ""


def live(session: Session, wanted: Wanted) -> list[Command]:
    """The listed commands that have not ended: those that need a person first."""
    needs = {"review": 0, "held": 1, "running": 2, "ready": 3}
    several = {"": LIVE, "running": ("ready", "running"), "waiting": ("held", "review")}
    states = several.get(wanted.state, ())
    found = session.scalars(
        select(Command)
        .where(
            Command.state.in_(states),
            LISTED,
            *_like(wanted),
        )
        .order_by(Command.created_at.desc())
        .limit(200)
    ).all()
    return sorted(found, key=lambda command: needs[command.state])


def standing(session: Session) -> list[Command]:
    """The work that comes by itself, by channel."""
    return list(
        session.scalars(
            select(Command)
            .where(Command.standing.is_(True), Command.state.in_(LIVE))
            .order_by(Command.channel_id, Command.kind)
        )
    )


def ended(
    session: Session,
    wanted: Wanted,
    *,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[Command]:
    """Commands that ended, the newest first, those before (created_at, id).

    Pushes come and go by themselves: they are listed where they are asked for.
    """
    hidden = [kind for kind in (LOOKUP, PUSH) if kind != wanted.kind]
    query = select(Command).where(_ended(wanted.state), Command.kind.not_in(hidden), *_like(wanted))
    if before is not None:
        at, key = before
        query = query.where(
            or_(Command.created_at < at, and_(Command.created_at == at, Command.id < key))
        )
    return list(
        session.scalars(query.order_by(Command.created_at.desc(), Command.id.desc()).limit(limit))
    )


def _ended(state: str) -> ColumnElement[bool]:
    """The commands that ended in a state ("" = in any), as it is shown."""
    if state == "refused":
        return or_(Command.state == "refused", NOTHING_WENT)
    if state == "partly":
        return PARTLY
    if state == "done":
        return and_(Command.state == "done", not_(NOTHING_WENT), not_(PARTLY))
    return Command.state.in_([state] if state else ENDED) if state in ("", *ENDED) else false()


def _like(wanted: Wanted) -> list[ColumnElement[bool]]:
    pairs = (("channel_id", wanted.channel), ("kind", wanted.kind))
    return [_COMMAND.c[name] == value for name, value in pairs if value]


def counts(session: Session, wanted: Wanted) -> dict[str, int]:
    """How many listed commands there are by state as it is shown, whatever state is wanted."""
    shown = case((NOTHING_WENT, "refused"), (PARTLY, "partly"), else_=_COMMAND.c.state).label(
        "shown"
    )
    each = store.select_in(_COMMAND, shown).where(LISTED, *_like(wanted))
    some = each.subquery()
    rows = session.execute(select(some.c.shown, func.count()).group_by(some.c.shown))
    return {state: int(count) for state, count in rows}


def waiting(session: Session) -> int:
    """How many listed commands wait for something, as the list under "waiting" shows them."""
    query = store.select_in(_COMMAND, func.count()).where(
        LISTED, _COMMAND.c.state.in_(("held", "review"))
    )
    return int(session.scalar(query) or 0)


# -- a person's word -------------------------------------------------------------------------------


def retry(command_id: str, actor: Actor) -> bool:
    """Let a refused or held command go on; False when there is nothing to go on with."""
    with store.write() as session:
        command = get(session, command_id, alone=True)
        if not _may_go_on(session, command):
            return False
        commands.go_on(session, command)
        going = command.state == "ready"
        if going:
            _log(session, "job.retry", command, actor)
    queue.ring(command.queue)
    return going


def _may_go_on(session: Session, command: Command) -> bool:
    """A review about nothing in particular (its worker died again and again) goes on at a word."""
    if command.state == "review":
        return session.scalars(unknown_of(command.id).limit(1)).first() is None
    return can_retry(command)


def cancel(command_id: str, actor: Actor) -> None:
    """End a command that waits; one that runs ends at its next commit, with what was sent."""
    with store.write() as session:
        command = get(session, command_id, alone=True)
        if not can_cancel(command):
            return
        commands.cancel(session, command, actor.name)
        _log(session, "job.cancel", command, actor)


def decide(command_id: str, verdicts: Mapping[str, str], actor: Actor) -> int:
    """A person says what became of writes whose outcome nobody could read back.

    `verdicts` maps effect ids to "done" (it happened), "again" (send it) or "stop". Returns how
    many are still undecided; when none is, the command goes on by itself. Raises Wrong.
    """
    if not verdicts or set(verdicts.values()) - set(VERDICTS):
        raise Wrong({"": CHOOSE})
    with store.write() as session:
        command = get(session, command_id, alone=True)
        if command.state != "review":
            return 0
        effects = undecided(session, command_id)
        decided = [effect for effect in effects if effect.id in verdicts]
        for effect in decided:
            _decide_one(session, command, effect, verdicts[effect.id], actor)
        left = len(effects) - len(decided)
        if not left:
            commands.go_on(session, command)
        said = {effect.item: verdicts[effect.id] for effect in decided}
        _log(session, "job.decide", command, actor, {"verdicts": said})
    if not left:
        queue.ring(command.queue)
    return left


def _decide_one(
    session: Session, command: Command, effect: Effect, verdict: str, actor: Actor
) -> None:
    commands.decide(session, effect, verdict, actor.name)
    if verdict == "stop":
        effect.reason = STOPPED.stored()
    if command.kind == CONFIRM:
        found = board.by_key(session, effect.channel_id, [effect.item])
        told = {"verdict": verdict, "command": command.id}
        key = f"{effect.id}:{effect.attempt}:{verdict}"
        lines.note(session, [row.id for row in found.values()], "decided", actor.name, key, told)
        for row in found.values() if verdict == "done" else ():
            confirmation.mark_confirmed(session, row.id, effect.revision)


def _log(
    session: Session,
    action: str,
    command: Command,
    actor: Actor,
    detail: Mapping[str, Any] | None = None,
) -> None:
    told = {"kind": command.kind, **(detail or {})}
    audit.record(session, action, actor=actor, subjects=[command.id], detail=told)
