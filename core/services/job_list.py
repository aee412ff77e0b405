"""작업: which commands the lists show, in which state, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, not_, or_, select
from sqlalchemy.orm import Session

from core import store
from core.models import Command
from core.models.work import LIVE
from core.services.kind_names import CONFIRM, EXTEND, LISTINGS_EDIT, LISTINGS_SKUS, LOOKUP, PUSH

ENDED = ("done", "refused", "cancelled")

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
