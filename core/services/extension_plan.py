"""Which listings' sale periods are extended by themselves, when, until when, and why not others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from core import clock, registry, store
from core.contracts.product import ProductSync, SaleState
from core.contracts.text import Text
from core.models import Channel, Effect, Listing
from core.services.kind_names import EXTEND_WRITE

SOON = timedelta(days=7)
"""What ends within less than this is extended."""
TRIES = 2
"""A listing that was refused so often is left alone until it ends on another day."""

_LISTING: Any = Listing.__table__
_EFFECT: Any = Effect.__table__

LEFT_ALONE = (SaleState.WAITING.value, SaleState.ENDED.value, SaleState.FORBIDDEN.value)
STANDS: ColumnElement[bool] = and_(
    _LISTING.c.gone_at.is_(None), _LISTING.c.state.not_in(LEFT_ALONE)
)

OFF = Text(
    "연동설정에서 판매기간 자동연장이 꺼져 있습니다.",
    "The extension of sale periods is switched off.",
)
SWITCHED_OFF = Text("연동설정에서 상품 API가 꺼져 있습니다.", "The product API is switched off.")
SLEEPING = Text("채널이 멈춰 있습니다.", "The channel is stopped.")
NOT_OFFERED = Text(
    "이 판매채널에는 판매기간을 연장하는 기능이 없습니다.",
    "This marketplace has no way to extend a sale period.",
)
NOT_THESE = Text(
    "이 판매채널은 {days}일씩 연장할 수 없습니다. 연동설정에서 다른 기간을 선택해 주세요.",
    "This marketplace does not extend by {days} days. Choose another period.",
)


def why_not(channel: Any) -> Text | None:
    """Why nothing is extended on this channel, or None."""
    sync = registry.current().products.get(channel.marketplace)
    if sync is None or sync.extend is None:
        return (sync.why_not.get("extend") if sync is not None else None) or NOT_OFFERED
    if not channel.extend_days:
        return OFF
    if channel.extend_days not in sync.extend_days:
        return NOT_THESE.format(days=channel.extend_days)
    if channel.archived_at is not None or channel.state != "active" or registry.has_closed(channel):
        return SLEEPING
    return None if channel.on_all and channel.on_product else SWITCHED_OFF


# -- when ------------------------------------------------------------------------------------------


def is_quiet(sync: ProductSync, now: datetime) -> bool:
    """Whether these are the marketplace's quiet hours."""
    first, last = sync.quiet_hours
    return first <= clock.kst(now).hour < last


def next_night(sync: ProductSync, now: datetime) -> tuple[datetime, datetime]:
    """When the next quiet hours that have not begun yet begin and end."""
    first, last = sync.quiet_hours
    begins = datetime.combine(clock.kst(now).date(), time(first), clock.KST)
    if begins <= now:
        begins += timedelta(days=1)
    return begins, begins + timedelta(hours=last - first)


def horizon(sync: ProductSync, now: datetime) -> datetime:
    """What ends before this is extended now: by day only what would not live to see the night."""
    return now + SOON if is_quiet(sync, now) else next_night(sync, now)[1]


# -- which -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """A listing whose period ends soon. `until` is the last day that is wanted; `revision` names
    the day that it ends on, so that each end is moved once; `tried` is what became of that."""

    id: str
    product_no: str
    name: str
    first_seen_at: datetime
    sale_ends: datetime
    until: date
    tried: Any = None

    @property
    def revision(self) -> int:
        """The day that it ends on, as a number."""
        return clock.kst(self.sale_ends).date().toordinal()

    @property
    def last(self) -> datetime:
        """The moment at which it would end."""
        return self.sale_ends + (self.until - clock.kst(self.sale_ends).date())

    def is_open(self, command_id: str = "") -> bool:
        """Whether this end is still to be moved: nothing was tried, or it was refused once, not
        by this command."""
        if self.tried is None:
            return True
        once = self.tried.state == "refused" and self.tried.attempt < TRIES
        return bool(once and self.tried.command_id != command_id)


def due(
    session: Session,
    channel: Any,
    before: datetime,
    *,
    limit: int,
    after: tuple[datetime, str] | None = None,
    only: Sequence[str] | None = None,
) -> list[Due]:
    """The listings of a channel that end before this, the first to end first, `limit` at most.

    They follow `after` (end and id) where that is given; `only` are the ids that come into
    question.
    """
    columns = ("id", "product_no", "name", "first_seen_at", "sale_ends")
    query = (
        store.select_in(_LISTING, *(_LISTING.c[name] for name in columns))
        .where(
            _LISTING.c.channel_id == channel.id,
            _LISTING.c.sale_ends > clock.now(),
            _LISTING.c.sale_ends < before,
            STANDS,
        )
        .order_by(_LISTING.c.sale_ends, _LISTING.c.id)
        .limit(limit)
    )
    if after is not None:
        at, last = after
        query = query.where(
            (_LISTING.c.sale_ends > at) | ((_LISTING.c.sale_ends == at) & (_LISTING.c.id > last))
        )
    if only is not None:
        query = query.where(_LISTING.c.id.in_(only))
    rows = list(session.execute(query))
    tried = _tried(session, channel.id, [row.product_no for row in rows])
    found = []
    for row in rows:
        day = clock.kst(row.sale_ends).date()
        effect = tried.get((row.product_no, day.toordinal()))
        until = day + timedelta(days=channel.extend_days)
        found.append(
            Due(row.id, row.product_no, row.name, row.first_seen_at, row.sale_ends, until, effect)
        )
    return found


def _tried(session: Session, channel_id: str, numbers: Iterable[str]) -> dict[tuple[str, int], Any]:
    columns = ("id", "item", "revision", "state", "attempt", "reason", "values", "command_id")
    query = store.select_in(_EFFECT, *(_EFFECT.c[name] for name in columns)).where(
        _EFFECT.c.channel_id == channel_id, _EFFECT.c.operation == EXTEND_WRITE
    )
    return {
        (row.item, row.revision): row
        for row in store.rows_among(session, query, _EFFECT.c.item, numbers)
    }


# -- as the page shows it --------------------------------------------------------------------------


@dataclass(frozen=True)
class Preview:
    """What the next night would do on a channel: `due` of them in all, the first ones in `rows`;
    `others` are counted by why they are left alone. `off` says why nothing is done at all."""

    channel: Channel
    off: Text | None
    begins: datetime | None
    due: int = 0
    rows: Sequence[Due] = ()
    others: Mapping[str, int] = field(default_factory=dict)


MOST_SHOWN = 100


def preview(session: Session, channel: Channel) -> Preview:
    """What would be extended now or in the next quiet hours; asks the marketplace nothing."""
    sync, now = registry.current().products.get(channel.marketplace), clock.now()
    off = why_not(channel)
    if sync is None or sync.extend is None:
        return Preview(channel, off, None)
    begins = now if is_quiet(sync, now) else next_night(sync, now)[0]
    before = begins + SOON
    counted = _counts(session, channel, now, before)
    rows = due(session, channel, before, limit=MOST_SHOWN) if not off else []
    return Preview(
        channel, off, begins, counted.pop("due", 0) if not off else 0, rows, dict(counted)
    )


def _counts(session: Session, channel: Any, now: datetime, before: datetime) -> Counter[str]:
    ends = _LISTING.c.sale_ends
    why = case(
        (_LISTING.c.gone_at.is_not(None), "gone"),
        (_LISTING.c.state == SaleState.FORBIDDEN.value, "forbidden"),
        (_LISTING.c.state == SaleState.WAITING.value, "waiting"),
        ((_LISTING.c.state == SaleState.ENDED.value) | (ends <= now), "ended"),
        (ends.is_(None), "endless"),
        (ends >= before, "later"),
        else_="due",
    ).label("why")
    some = store.select_in(_LISTING, why).where(_LISTING.c.channel_id == channel.id).subquery()
    query = select(some.c.why, func.count()).group_by(some.c.why)
    return Counter({name: int(count) for name, count in session.execute(query)})
