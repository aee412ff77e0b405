"""What was told of listings, compared with what is stored: what is new, changed, or the same."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core import clock, store, vault
from core.contracts.page import UNCHANGED
from core.contracts.product import Listing, SaleState
from core.models import Listing as Row
from core.models import ListingOption, new_id
from core.services import listing_news
from core.services.catalogue_list import folded
from core.services.listing_rows import by_id, listing_id, option_id, options_of

_LISTING: Any = Row.__table__
_OPTION: Any = ListingOption.__table__

EMPTY: dict[str, Any] = {
    "name": "", "code": "", "state": SaleState.UNKNOWN.value, "remote_state": "",
    "displayed": None, "price": None, "category": "", "image": "",
    "sale_starts": None, "sale_ends": None,
}  # fmt: skip
"""What is taken of a listing as it is told, and what stands there until it is told."""

OPTION: dict[str, Any] = {
    "name": "", "code": "", "extra": 0, "stock": None, "state": SaleState.UNKNOWN.value,
}  # fmt: skip
"""The same for one of its options."""

MORE = ("place", "stock_at", "gone_at")
"""What else an option's row says of what was seen."""

LENGTHS = {
    (table.name, name): table.c[name].type.length
    for table, told in ((_LISTING, EMPTY), (_OPTION, OPTION))
    for name in told
    if getattr(table.c[name].type, "length", None) is not None
}


@dataclass
class News:
    """What was told of some listings of a channel, compared with what is stored, to be written.

    `ids` are those that were looked at; `events` the entries of the histories: what changed, and
    was not asked for by us.
    """

    channel: Any
    observed_at: datetime
    ids: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    events: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    options: list[dict[str, Any]] = field(default_factory=list)
    fresh_options: list[dict[str, Any]] = field(default_factory=list)
    same_stocks: list[str] = field(default_factory=list)
    same: dict[int, list[str]] = field(default_factory=dict)
    moved: list[str] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)


def compare(
    session: Session, channel: Any, found: Sequence[Listing], observed_at: datetime
) -> News:
    """Compare listings of a channel with what is stored; reads only.

    `observed_at` is when the request for them began, or their file was given. Whoever holds the
    channel's lane is the only one to write its listings, so nothing changes until `write`.
    `News.counts` says how many are new, changed, the same, and older than what is stored.
    """
    workspace_id = store.current_workspace()
    keyed: dict[str, Listing] = {}
    for listing in found:
        row_id = listing_id(workspace_id, channel.account, listing.product_no)
        keyed[row_id] = joined(keyed[row_id], listing) if row_id in keyed else listing
    stored = by_id(session, list(keyed))
    options: dict[str, dict[str, Any]] = {}
    for one in options_of(session, list(stored)):
        options.setdefault(one.listing_id, {})[one.option_no] = one
    wanted = listing_news.wanted(session, list(stored))
    news = News(channel, observed_at)
    for row_id, listing in keyed.items():
        old = stored.get(row_id)
        seen = _version(listing, observed_at)
        if old is not None and seen < old.seen_version:
            news.counts["older"] += 1
            continue
        news.ids.append(row_id)
        echo = listing_news.Echo(wanted.get(row_id, {}), old)
        _compare_one(news, row_id, listing, seen, old, options.get(row_id, {}), echo)
    return news


def joined(first: Listing, later: Listing) -> Listing:
    """What both tell of a listing; where both tell something the later one's word counts."""
    told = {name: value for name, value in vars(later).items() if value is not UNCHANGED}
    return replace(first, **told)


def _version(listing: Listing, observed_at: datetime) -> int:
    """What orders observations: a listing is at least as new as the request for it."""
    told = max(observed_at, listing.changed_at or observed_at)
    return int(told.timestamp() * 1000)


def _compare_one(
    news: News,
    row_id: str,
    listing: Listing,
    seen: int,
    old: Any,
    olds: Mapping[str, Any],
    echo: listing_news.Echo,
) -> None:
    facts = _facts(_LISTING, EMPTY, listing, old)
    options = _options(news, row_id, listing, olds)
    if old is None:
        news.counts["new"] += 1
        news.rows.append(_row(news, row_id, listing, facts, options, seen, old, changed=True))
        return
    if old.stock_linked:
        news.linked.append(row_id)
    if old.channel_id != news.channel.id:
        news.moved.append(row_id)
    told = listing_news.told(facts, old, options, olds, echo)
    news.counts["changed" if told else "same"] += 1
    news.events += [event(row_id, kind, detail, seen, news.observed_at) for kind, detail in told]
    echoed = any(getattr(old, name) != value for name, value in facts.items())
    if told or echoed or old.channel_id != news.channel.id:
        row = _row(news, row_id, listing, facts, options, seen, old, changed=bool(told))
        news.rows.append(row)
    else:
        news.same.setdefault(seen, []).append(row_id)


def _facts(table: Any, columns: Mapping[str, Any], told: Any, old: Any) -> dict[str, Any]:
    """The columns as they stand after what was told; a field left out keeps what is stored."""
    facts: dict[str, Any] = {}
    for name, empty in columns.items():
        value = getattr(told, name)
        if value is UNCHANGED:
            value = empty if old is None else getattr(old, name)
        elif isinstance(value, SaleState):
            value = value.value
        elif value is None:
            value = empty
        elif (table.name, name) in LENGTHS:
            value = value[: LENGTHS[table.name, name]]
        facts[name] = value
    return facts


def _options(
    news: News, row_id: str, listing: Listing, olds: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """The rows of a listing by number as they stand afterwards; what differs goes to the news."""
    standing = {
        number: {name: getattr(one, name) for name in (*OPTION, *MORE)}
        for number, one in olds.items()
        if one.gone_at is None
    }
    if listing.options is UNCHANGED:
        return standing
    after: dict[str, dict[str, Any]] = {}
    for place, told in enumerate({one.option_no: one for one in listing.options}.values()):
        old, number = olds.get(told.option_no), option_id(row_id, told.option_no)
        row = _facts(_OPTION, OPTION, told, old)
        row |= {"place": place, "gone_at": None, "stock_at": old.stock_at if old else None}
        if told.stock is not UNCHANGED:
            if old is not None and old.stock_at is not None and old.stock_at > news.observed_at:
                row["stock"] = old.stock
            else:
                row["stock_at"] = news.observed_at
        after[told.option_no] = row
        if old is None:
            fresh = {"id": number, "listing_id": row_id, "option_no": told.option_no}
            news.fresh_options.append(row | fresh)
        elif any(getattr(old, name) != row[name] for name in row if name != "stock_at"):
            news.options.append(row | {"row_id": number})
        elif row["stock_at"] != old.stock_at:
            news.same_stocks.append(number)
    for number in standing.keys() - after.keys():
        gone = {"row_id": option_id(row_id, number), "gone_at": news.observed_at}
        news.options.append(standing[number] | gone)
    return after


def _row(
    news: News,
    row_id: str,
    listing: Listing,
    facts: Mapping[str, Any],
    options: Mapping[str, Mapping[str, Any]],
    seen: int,
    old: Any,
    *,
    changed: bool,
) -> dict[str, Any]:
    now = clock.now()
    rows = [[number, *(row[name] for name in OPTION)] for number, row in sorted(options.items())]
    return {
        **facts,
        "id": row_id,
        "channel_id": news.channel.id,
        "account": news.channel.account,
        "product_no": listing.product_no,
        "words": words_of(listing.product_no, facts, options.values()),
        "seen_version": seen,
        "seen_at": news.observed_at,
        "fingerprint": vault.fingerprint(_json([seen, *facts.values(), rows])),
        "raw": _raw(row_id, listing, old),
        "first_seen_at": old.first_seen_at if old is not None else now,
        "changed_at": now if changed else old.changed_at,
        "gone_at": None,
    }


def words_of(product_no: str, facts: Mapping[str, Any], options: Iterable[Any]) -> str:
    """What a listing is found by: its name, number and codes."""
    told = [facts["name"], product_no, facts["code"]]
    told += dict.fromkeys(one["code"] for one in options)
    return " ".join(filter(None, map(folded, told)))[:600]


def _raw(row_id: str, listing: Listing, old: Any) -> bytes | None:
    if listing.raw is UNCHANGED:
        return old.raw if old is not None else None
    raw = listing.raw.encode("utf-8", "replace") if isinstance(listing.raw, str) else None
    raw = raw if raw is not None else _json(listing.raw)
    return vault.seal("listing", "raw", row_id, raw, compress=True)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace")


def event(
    row_id: str, kind: str, detail: Mapping[str, Any], seen: int, at: datetime
) -> dict[str, Any]:
    """An entry of a listing's history about what the marketplace told."""
    return {
        "id": new_id(), "listing_id": row_id, "key": f"{kind}:{seen}", "at": at,
        "who": "marketplace", "kind": kind, "detail": dict(detail),
    }  # fmt: skip
