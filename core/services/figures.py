"""The figures of 오늘: what stands under the counters, and the days of the chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import String, case, func, text
from sqlalchemy.orm import Session

from core import clock, store
from core.models import OrderLine
from core.services.board import midnight, view

_LINE: Any = OrderLine.__table__


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What is said under today's counters."""

    oldest_new: datetime | None
    next_due: datetime | None
    overdue: int
    claims: dict[str, int]


def figures(session: Session) -> Figures:
    """The oldest new line, the next deadline, how many are late, and open claims by kind."""
    now = clock.now()
    new = store.select_in(_LINE, func.min(_LINE.c.ordered_at)).where(view("new"))
    late = case((_LINE.c.dispatch_due < now, 1))
    coming = case((_LINE.c.dispatch_due >= now, _LINE.c.dispatch_due))
    due = store.select_in(
        _LINE, func.count(late), func.min(coming, type_=_LINE.c.dispatch_due.type)
    )
    overdue, next_due = session.execute(due.where(view("due"))).one()
    claims = store.select_in(_LINE, _LINE.c.claim_kind, func.count()).where(view("claims"))
    return Figures(
        oldest_new=session.scalar(new),
        next_due=next_due,
        overdue=int(overdue),
        claims={kind: int(n) for kind, n in session.execute(claims.group_by(_LINE.c.claim_kind))},
    )


def days(session: Session, first: date) -> dict[tuple[str, date], int]:
    """Lines by channel and the day in Korea on which they were ordered, from `first` on."""
    if session.get_bind().dialect.name == "sqlite":
        day = func.date(_LINE.c.ordered_at, "+9 hours", type_=String())
    else:
        day = func.to_char(_LINE.c.ordered_at + text("interval '9 hours'"), "YYYY-MM-DD")
    query = store.select_in(_LINE, _LINE.c.channel_id, day, func.count()).where(
        _LINE.c.ordered_at >= midnight(first), _LINE.c.dated
    )
    rows = session.execute(query.group_by(_LINE.c.channel_id, day))
    return {(channel, date.fromisoformat(said)): int(n) for channel, said, n in rows}


def between(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    """Lines by channel that were ordered from `since` until before `until`."""
    query = store.select_in(_LINE, _LINE.c.channel_id, func.count()).where(
        _LINE.c.ordered_at >= since, _LINE.c.ordered_at < until, _LINE.c.dated
    )
    return {row[0]: int(row[1]) for row in session.execute(query.group_by(_LINE.c.channel_id))}


def seen_since(session: Session, moment: datetime) -> dict[str, int]:
    """Lines by channel that were collected for the first time from `moment` on."""
    query = store.select_in(_LINE, _LINE.c.channel_id, func.count()).where(
        _LINE.c.first_seen_at >= moment, _LINE.c.ordered_at >= moment - timedelta(days=100)
    )
    return {row[0]: int(row[1]) for row in session.execute(query.group_by(_LINE.c.channel_id))}
