"""Taking new orders from a marketplace that shows them only by confirming them.

The window that is asked for is written down before it is asked for: when the answer was lost
(or its lines were not stored before the process died) the same window is read from what was
confirmed, before it is taken again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, line_shape, registry, store
from core.contracts.order import Line, TakeNew
from core.errors import ContractError, OutcomeUnknown, Unavailable
from core.ledger.run import Run
from core.models import Channel, Cursor
from core.services import lines

CURSOR = "take"

OVERLAP = timedelta(minutes=30)
"""How much of what was asked for last time is asked for again at least: an order may show late."""


def take_pressed(run: Run) -> None:
    """A person has pressed [신규주문 가져오기]: take what is new up to now."""
    how = registry.current().taking(run.channel.marketplace)
    if how is None:
        raise ContractError(detail=f"{run.channel.marketplace} has no orders to take")
    take(run, how)
    run.result = dict(run.counts)


def take(run: Run, how: TakeNew, *, by_itself: bool = False) -> None:
    """Take every new line since the last time (at first since the channel was connected).

    `by_itself` it ends as soon as the channel is switched to 수동.
    """
    until, asked = _position(run)
    if asked is not None:
        found = line_shape.told("orders.taken", run.call("orders.taken", how.taken, *asked))
        _keep(run, found, asked[1], still_asking=asked)
        until = min(until, asked[0])
    now = clock.now()
    while True:
        start, end = _window(run.channel.activated_at, until, now, how.window)
        # Its orders are dated by the marketplace's clock, not by ours.
        there = (start + run.skew(), end + run.skew())
        if by_itself and not _is_auto(run):
            return
        run.commit("orders.asking", cursor=(CURSOR, _told(until, there)), whole=True)
        try:
            told = run.call("orders.take", how.take, *there)
        except OutcomeUnknown as error:
            # Tried again like any call that failed; the window is read back first.
            raise Unavailable(detail=error.detail) from error
        found = line_shape.told("orders.take", told)
        until = end
        _keep(run, found, until, last=until >= now)
        if until >= now:
            return


def _is_auto(run: Run) -> bool:
    """Whether 자동 is set now: it may have been switched since this slice began."""
    with store.read() as session:
        mode = session.scalar(select(Channel.confirm_mode).where(Channel.id == run.channel.id))
    return mode == "auto"


def _window(
    activated: datetime, until: datetime, now: datetime, longest: timedelta
) -> tuple[datetime, datetime]:
    """The next window: whole where it can be, for what was taken before does not come again."""
    overlap = min(OVERLAP, longest / 2)  # a short window gets on all the same
    start = max(activated, min(until - overlap, now - longest))
    return start, min(start + longest, now)


def _keep(
    run: Run,
    found: Sequence[Line],
    until: datetime,
    *,
    still_asking: tuple[datetime, datetime] | None = None,
    last: bool = False,
) -> None:
    """Store what was taken, and how far that goes, before anything else happens."""
    with store.read() as session:
        news = lines.compare(session, run.channel, found, clock.now())
    for name, count in news.counts.items():
        run.counts[name] = run.counts.get(name, 0) + count
    run.commit(
        "orders.took",
        lambda session: lines.write(session, news),
        cursor=(CURSOR, _told(until, still_asking)),
        last=last,
    )


def _position(run: Run) -> tuple[datetime, tuple[datetime, datetime] | None]:
    """How far new lines have been taken, and the window whose answer is not stored, if any."""
    return _read(run.cursor(CURSOR), run.channel.activated_at)


def _read(
    told: str | None, activated: datetime
) -> tuple[datetime, tuple[datetime, datetime] | None]:
    if told is None:
        return activated, None
    # A restore leaves "since:<time>" of the day before its backup.
    until, *asked = (datetime.fromisoformat(part) for part in told.removeprefix("since:").split())
    return max(until, activated), (asked[0], asked[1]) if asked else None


def reached(told: str) -> datetime:
    """Up to when the position says that new lines have been taken, and their answer is stored."""
    until, *asked = (datetime.fromisoformat(part) for part in told.removeprefix("since:").split())
    return min([until, *asked])


def _told(until: datetime, asked: Any) -> str:
    return " ".join(moment.isoformat() for moment in (until, *(asked or ())))


def since(session: Session, channel: Channel, how: TakeNew) -> datetime:
    """From when a press now would ask for new lines."""
    activated = channel.activated_at or clock.now()
    told = session.scalar(
        select(Cursor.value).where(Cursor.channel_id == channel.id, Cursor.kind == CURSOR)
    )
    until, asked = _read(told, activated)
    return asked[0] if asked else _window(activated, until, clock.now(), how.window)[0]
