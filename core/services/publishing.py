"""What linked listings shall show on their channels, as it follows from the stock of the SKUs.

One row per listing and aspect says what is wanted, with a version; sending is left to `pushing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.orm import Session

from core import clock, registry, row_writes, store
from core.contracts.text import Text
from core.models import Channel, Listing, ListingOption, ListingPush, MatchPart
from core.services import push_doubts, push_rows, sellable
from core.services.push_doubts import Seen
from core.services.push_figures import Wanted, figures, matched_options
from core.services.push_rows import DUE, FOLLOWS, WHATS, is_due, is_refused
from core.services.push_waking import wake

WHO = "hanpan"

NO_MATCH = Text(
    "SKU와 연결된 옵션이 없어 재고를 보내지 않습니다. 옵션에 SKU를 연결해 주세요.",
    "None of its options is matched with a SKU, so no stock is sent. Match one.",
)
UNMATCHED = Text(
    "SKU와 연결되지 않은 상품은 재고연동을 켤 수 없습니다. 먼저 옵션에 SKU를 연결해 주세요.",
    "A listing without a match cannot follow the stock. Match an option with a SKU first.",
)
UNLINKED = Text(
    "재고연동을 꺼서 보내지 않았습니다.", "Not sent: following the stock was switched off."
)
GONE = Text(
    "판매채널에 더 이상 없는 상품입니다. [동기화]로 확인해 주세요.",
    "The marketplace no longer has this listing. Sync it to see.",
)
NOT_OFFERED = Text(
    "이 판매채널에는 재고를 보낼 수 없습니다.", "Stock cannot be sent to this marketplace."
)

_LISTING: Any = Listing.__table__
_OPTION: Any = ListingOption.__table__
_PART: Any = MatchPart.__table__
_PUSH: Any = ListingPush.__table__
_CHANNEL: Any = Channel.__table__


def refresh(
    session: Session, *, sku_ids: Iterable[str] = (), listing_ids: Iterable[str] = ()
) -> None:
    """Want anew what is published of these, within the caller's transaction.

    Where what is wanted differs from what was, its version grows and a push is under way once
    the transaction is committed. So it does where a channel was seen to hold something else
    than was pushed; less than that only after its orders were collected: one may explain it.
    """
    sellable.alone(session)
    ids = following(session, sku_ids, listing_ids)
    if ids:
        _want(session, ids, WHO)


def following(session: Session, sku_ids: Iterable[str], listing_ids: Iterable[str]) -> list[str]:
    """The linked listings among these, and those that are made of these SKUs; step by step, so
    that each step takes its index."""
    parts = store.select_in(_PART, _PART.c.match_id)
    made = store.rows_among(session, parts, _PART.c.sku_id, set(sku_ids))
    matches = {row.match_id for row in made}
    options = store.select_in(_OPTION, _OPTION.c.listing_id).where(_OPTION.c.gone_at.is_(None))
    matched = store.rows_among(session, options, _OPTION.c.match_id, matches)
    found = {*listing_ids, *(row.listing_id for row in matched)}
    linked = store.select_in(_LISTING, _LISTING.c.id).where(FOLLOWS)
    return sorted(row.id for row in store.rows_among(session, linked, _LISTING.c.id, found))


# -- what is wanted --------------------------------------------------------------------------------


def _want(session: Session, ids: Sequence[str], who: str, *, linked: bool = False) -> None:
    """Bring the rows of these listings up to date; `linked` are they only now."""
    wanted = figures(session, ids)
    rows = push_rows.of_listings(session, ids, hold=True)
    channels = _channels(session, {one.listing.channel_id for one in wanted})
    now = clock.now()
    fresh: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for one in wanted:
        channel = channels[one.listing.channel_id]
        sync = registry.current().products.get(channel.marketplace)
        for what in WHATS:
            row = rows.get((one.listing.id, what))
            if row is None and one.pieces and getattr(sync, what, None) is not None:
                fresh.append(_first(one, what, who, now))
            elif row is not None:
                after = _after(one, what, row, channel, now, linked)
                if after is not None:
                    changed.append({"of": one.listing.id, "aspect": what, "by": who[:80], **after})
    row_writes.insert_rows(session, _PUSH, fresh)
    _update(session, changed)
    touched = {row["listing_id"] for row in fresh} | {row["of"] for row in changed}
    wake(session, {one.listing.channel_id for one in wanted if one.listing.id in touched})


def _channels(session: Session, ids: Iterable[str]) -> dict[str, Any]:
    query = store.select_in(
        _CHANNEL,
        _CHANNEL.c.id,
        _CHANNEL.c.marketplace,
        _CHANNEL.c.practice,
        _CHANNEL.c.collected_at,
    )
    return {row.id: row for row in session.execute(query.where(_CHANNEL.c.id.in_(sorted(ids))))}


def _first(one: Wanted, what: str, who: str, now: datetime) -> dict[str, Any]:
    """The first row of an aspect: what stands so already is not sent."""
    return {
        "listing_id": one.listing.id,
        "what": what,
        "channel_id": one.listing.channel_id,
        "values": one.values(what),
        "version": 1,
        "done_version": int(one.stands(what)),
        "refused_version": 0,
        "who": who[:80],
        "wanted_at": now,
        "done_at": None,
        "doubt_at": None,
    }


def _after(
    one: Wanted, what: str, row: Any, channel: Any, now: datetime, linked: bool
) -> dict[str, Any] | None:
    """What becomes of a row, or None where it stays as it is."""
    if not one.pieces:
        if what != "stock" or not row.values.get("options"):
            return None
        none = _next(row, {"options": {}}, now)
        return none | {"refused": none["newest"], "why": NO_MATCH.stored()}
    values = one.values(what)
    if linked and what != "stock":
        if one.stands(what):
            settled = _next(row, values, now)
            return settled | {"accepted": settled["newest"], "doubt": None}
        return _next(row, values, now)
    if linked or values != row.values:
        return _next(row, values, now)
    if is_due(row) or is_refused(row):
        return None
    told, at = push_doubts.seen(one, what, row, channel.collected_at)
    if told is Seen.OTHER:
        return _next(row, values, now) | {"doubt": None}
    if told is Seen.SAME:
        return _as_it_is(row) | {"doubt": None}
    if told is Seen.LESS and row.doubt_at is None:
        return _as_it_is(row) | {"doubt": at}
    return None


def _next(row: Any, values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The next version; a row that waits to be sent keeps its place."""
    return _as_it_is(row) | {
        "shall": dict(values),
        "newest": row.version + 1,
        "since": row.wanted_at if is_due(row) else now,
        "why": None,
    }


def _as_it_is(row: Any) -> dict[str, Any]:
    return {
        "shall": row.values, "newest": row.version, "accepted": row.done_version,
        "refused": row.refused_version, "why": row.reason, "since": row.wanted_at,
        "doubt": row.doubt_at,
    }  # fmt: skip


def _update(session: Session, changed: Sequence[Mapping[str, Any]]) -> None:
    if not changed:
        return
    names = {
        "values": "shall", "version": "newest", "done_version": "accepted",
        "refused_version": "refused", "reason": "why", "wanted_at": "since", "doubt_at": "doubt",
        "who": "by",
    }  # fmt: skip
    session.connection().execute(
        store.update_in(_PUSH)
        .where(_PUSH.c.listing_id == bindparam("of"), _PUSH.c.what == bindparam("aspect"))
        .values({_PUSH.c[name]: bindparam(to) for name, to in names.items()}),
        [dict(row) for row in changed],
    )


# -- what a person says ----------------------------------------------------------------------------


def link(session: Session, listing_ids: Sequence[str], on: bool, who: str) -> dict[str, Text]:
    """Let listings follow the stock of their SKUs, or no longer; within the caller's transaction.

    Returns why not, by id, of those that cannot. One that is linked gets its stock sent; what the
    seller has stopped or hidden there stays so until the SKU's own state is changed.
    """
    sellable.alone(session)
    found = linkable(session, listing_ids)
    refused = {row.id: why for row, why in found if on and why is not None}
    ids = sorted(row.id for row, _ in found if row.id not in refused and row.stock_linked is not on)
    if not ids:
        return refused
    listings = store.update_in(_LISTING).where(store.among(_LISTING.c.id, ids))
    session.execute(listings.values(stock_linked=on))
    if on:
        _want(session, ids, who, linked=True)
    else:
        _withdraw(session, ids)
    return refused


def linkable(session: Session, listing_ids: Sequence[str]) -> list[tuple[Any, Text | None]]:
    """These listings, and why they cannot follow the stock: None where they can."""
    columns = (_LISTING.c.id, _LISTING.c.channel_id, _LISTING.c.stock_linked, _LISTING.c.gone_at)
    query = store.select_in(_LISTING, *columns)
    rows = store.rows_among(session, query, _LISTING.c.id, listing_ids)
    channels = _channels(session, {row.channel_id for row in rows})
    matched = {option.listing_id for option in matched_options(session, [row.id for row in rows])}
    return [(row, _why_not(row, channels[row.channel_id], row.id in matched)) for row in rows]


def _why_not(row: Any, channel: Any, matched: bool) -> Text | None:
    if row.gone_at is not None:
        return GONE
    sync = registry.current().products.get(channel.marketplace)
    if sync is None or sync.stock is None or registry.has_closed(channel):
        return (sync.why_not.get("stock") if sync is not None else None) or NOT_OFFERED
    return None if matched else UNMATCHED


def _withdraw(session: Session, ids: Sequence[str]) -> None:
    """What waits for these is not sent; what may still arrive of older writes is remembered."""
    mine = store.update_in(_PUSH).where(store.among(_PUSH.c.listing_id, ids))
    mine = mine.where(_PUSH.c.what.in_(WHATS))
    session.execute(
        mine.where(DUE).values(refused_version=_PUSH.c.version, reason=UNLINKED.stored())
    )
    session.execute(mine.where(_PUSH.c.doubt_at <= clock.now()).values(doubt_at=None))


def again(session: Session, listing_ids: Sequence[str], who: str) -> int:
    """Send once more what was refused of these linked listings; returns how many of them."""
    ids = following(session, (), listing_ids)
    rows = [
        row for row in push_rows.of_listings(session, ids, hold=True).values() if is_refused(row)
    ]
    sendable = [row for row in rows if row.what != "stock" or row.values.get("options")]
    now = clock.now()
    _update(
        session,
        [
            {"of": row.listing_id, "aspect": row.what, "by": who[:80]} | _next(row, row.values, now)
            for row in sendable
        ],
    )
    wake(session, {row.channel_id for row in sendable})
    return len({row.listing_id for row in sendable})
