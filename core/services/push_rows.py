"""The rows that say what listings shall be on their channels: how they are found, and what came
of sending them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func
from sqlalchemy.orm import Session

from core import clock, store
from core.contracts.product import SaleState
from core.contracts.text import Text
from core.contracts.write import Result
from core.ledger.effect_rows import Wish
from core.models import Channel, Effect, Listing, ListingOption, ListingPush
from core.services import sellable
from core.services.kind_names import LISTING_WRITES

WHATS = ("stock", "status", "display")
"""What of a linked listing follows from its SKUs; it is sent in this order."""

_LISTING: Any = Listing.__table__
_OPTION: Any = ListingOption.__table__
_PUSH: Any = ListingPush.__table__
_CHANNEL: Any = Channel.__table__
_EFFECT: Any = Effect.__table__

OF_LISTING = and_(
    _PUSH.c.workspace_id == _LISTING.c.workspace_id, _PUSH.c.listing_id == _LISTING.c.id
)
FOLLOWS = and_(_LISTING.c.stock_linked, _LISTING.c.gone_at.is_(None))
"""A listing that follows the stock of its SKUs."""
DUE = and_(_PUSH.c.version > _PUSH.c.done_version, _PUSH.c.version > _PUSH.c.refused_version)
REFUSED = and_(_PUSH.c.refused_version == _PUSH.c.version, _PUSH.c.version > _PUSH.c.done_version)


def is_due(row: Any) -> bool:
    """DUE, asked of a row."""
    return bool(row.version > max(row.done_version, row.refused_version))


def is_refused(row: Any) -> bool:
    """REFUSED, asked of a row."""
    return bool(row.refused_version == row.version > row.done_version)


def of_listings(
    session: Session, ids: Sequence[str], *, hold: bool = False
) -> dict[tuple[str, str], Any]:
    """What is wanted of these listings, by listing and aspect; if `hold`, the rows are the
    caller's until its transaction ends. Whoever holds listings as well took those first."""
    query = store.select_in(_PUSH).where(_PUSH.c.what.in_(WHATS))
    query = query.order_by(_PUSH.c.listing_id, _PUSH.c.what)
    query = query.with_for_update() if hold else query
    return {
        (row.listing_id, row.what): row
        for row in store.rows_among(session, query, _PUSH.c.listing_id, ids)
    }


def due(session: Session, channel_id: str, what: str, limit: int) -> list[Any]:
    """What of the linked listings of a channel waits to be sent, the longest waiting first."""
    query = (
        store.select_in(_PUSH, *_PUSH.c, _LISTING.c.product_no, _LISTING.c.first_seen_at)
        .join(_LISTING, OF_LISTING)
        .where(_PUSH.c.channel_id == channel_id, _PUSH.c.what == what, DUE, FOLLOWS)
        .order_by(_PUSH.c.wanted_at, _PUSH.c.listing_id)
        .limit(limit)
    )
    return list(session.execute(query))


def refused(session: Session) -> int:
    """How many linked listings of live channels show something else, as it was refused."""
    query = store.select_in(_PUSH, _PUSH.c.listing_id).where(REFUSED, _PUSH.c.what.in_(WHATS))
    ids = set(session.scalars(query))
    if not ids:
        return 0
    live = store.select_in(_CHANNEL, _CHANNEL.c.id).where(_CHANNEL.c.archived_at.is_(None))
    linked = store.select_in(_LISTING, func.count()).where(FOLLOWS, _LISTING.c.channel_id.in_(live))
    return int(session.scalar(linked.where(store.among(_LISTING.c.id, ids))) or 0)


# -- what came of sending --------------------------------------------------------------------------


def keep(
    session: Session,
    what: str,
    results: Sequence[Result],
    wishes: Mapping[str, Wish],
    ids: Mapping[str, str],
) -> None:
    """Note what the marketplace said of sent versions; `ids` are listings by product number.

    What it accepted is what it has from now on. A reason for a refusal is kept until the next
    version.
    """
    sellable.alone(session)
    now = clock.now()
    mine = sorted(ids[result.key] for result in results if result.key in ids)
    held = store.select_in(_LISTING, _LISTING.c.id).where(_LISTING.c.id.in_(mine))
    session.execute(held.order_by(_LISTING.c.id).with_for_update()).all()
    for result in results:
        listing_id = ids.get(result.key)
        if listing_id is None:
            continue
        wish = wishes[result.key]
        row = store.update_in(_PUSH).where(_PUSH.c.listing_id == listing_id, _PUSH.c.what == what)
        if not result.done:
            text = result.text or Text("", "")
            told = {**text.stored(), "code": result.code[:80]}
            session.execute(
                row.where(_PUSH.c.refused_version < wish.revision).values(
                    refused_version=wish.revision, reason=told, doubt_at=None
                )
            )
            continue
        session.execute(
            row.where(_PUSH.c.done_version < wish.revision).values(
                done_version=wish.revision, done_at=now, reason=None
            )
        )
        _take_over(session, listing_id, what, wish.values, now)


def _take_over(
    session: Session, listing_id: str, what: str, values: Mapping[str, Any], now: datetime
) -> None:
    """The listing stands here as it was accepted there."""
    mine = store.update_in(_LISTING).where(_LISTING.c.id == listing_id)
    if what == "stock":
        for number, pieces in values["options"].items():
            session.execute(
                store.update_in(_OPTION)
                .where(_OPTION.c.listing_id == listing_id, _OPTION.c.option_no == number)
                .values(stock=pieces, stock_at=now)
            )
    elif what == "price":
        session.execute(mine.values(price=values["price"]))
    elif what == "status":
        resumed = case(
            (_LISTING.c.state == SaleState.STOPPED.value, SaleState.ON_SALE.value),
            else_=_LISTING.c.state,
        )
        state = resumed if values["on_sale"] else SaleState.STOPPED.value
        session.execute(mine.values(state=state))
    else:
        session.execute(mine.values(displayed=values["displayed"]))


def forget_older(session: Session, channel_id: str, what: str, wishes: Sequence[Wish]) -> None:
    """Let go of earlier writes of the same things: what follows by itself has no history."""
    for wish in wishes:
        session.execute(
            store.delete_in(_EFFECT).where(
                _EFFECT.c.channel_id == channel_id,
                _EFFECT.c.operation == LISTING_WRITES[what],
                _EFFECT.c.item == wish.item,
                _EFFECT.c.revision < wish.revision,
                _EFFECT.c.state.in_(("done", "refused")),
            )
        )
