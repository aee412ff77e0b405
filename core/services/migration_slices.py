"""Some rows of a batch on their way to become listings: with their SKUs, and compared.

Nothing is written here: `migration_writes` stores a slice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core import clock, registry, store
from core.contracts.page import UNCHANGED
from core.contracts.product import Listing, ListingGroup
from core.contracts.text import Text
from core.files import listed
from core.models import Batch
from core.services import (
    catalogue_list,
    listing_groups,
    listings,
    matching,
    migration_verdicts,
)
from core.services.matching import BY_HAND, Part
from core.services.migration import FILE

NONE, AUTO, CHOSEN = "none", "auto", "sku"
"""SKU 연동: 안함, 자동, 선택."""

OUTCOMES = ("added", "changed", "same", "again", "refused", "found", "gone")
"""What a row is counted as; the other counts are of what was done besides."""

NO_SKU = Text(
    "고르신 SKU 상품이 없어졌습니다. 다시 골라 주세요.",
    "The SKU that was chosen is not there any more. Choose again.",
)
NO_OPTION = Text(
    "판매채널의 옵션이 목록과 달라 고르신 SKU를 연결하지 못했습니다. 채널상품에서 연결해 주세요.",
    "The marketplace has other options than the list, so the SKUs were not linked. Link them "
    "at the listing.",
)
NOT_TOLD = Text(
    "파일의 내용으로 가져왔습니다. 판매채널에 이 상품번호가 없어 재고연동은 하지 않았습니다.",
    "Imported as the file tells it. The marketplace has no such number: its stock is not linked.",
)


@dataclass
class Slice:
    """Some rows as they shall be stored, compared with what is there."""

    rows: Sequence[Any]
    news: Any
    groups: list[ListingGroup] = field(default_factory=list)
    matches: dict[str, dict[str, Sequence[Part]]] = field(default_factory=dict)
    outcomes: dict[int, str] = field(default_factory=dict)
    reasons: dict[int, Text] = field(default_factory=dict)
    to_link: list[str] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    again: set[str] = field(default_factory=set)
    gone: Sequence[str] = ()
    observed_at: datetime = field(default_factory=clock.now)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, name: str) -> None:
        """One more of this outcome."""
        self.counts[name] = self.counts.get(name, 0) + 1


def rows_of(counts: Mapping[str, int]) -> int:
    """How many rows these counts are of."""
    return sum(counts.get(name, 0) for name in OUTCOMES)


# -- what rows come to -----------------------------------------------------------------------------


def as_told(session: Session, channel: Any, batch: Batch, rows: Sequence[Any]) -> Slice:
    """What becomes of rows as the batch tells them."""
    told: dict[int, Listing] = {}
    groups: dict[int, ListingGroup] = {}
    for row in rows:
        if "group" in row.values:
            groups[row.number] = listed.group_of(row.values["group"])
        else:
            told[row.number] = listed.listing_of(row.values["listing"])
    asks = _asks(channel)
    ready = _compared(
        session,
        channel,
        batch,
        [row for row in rows if row.number in told],
        told,
        batch.created_at,
        with_one_row=batch.choices["way"] == FILE or not asks,
        hearsay=asks and batch.choices["way"] == FILE,
    )
    ready.rows = rows
    unread = {*ready.fresh, *ready.again}
    for row in rows:
        if row.number in groups:
            ready.groups.append(groups[row.number])
        elif row.number not in ready.outcomes:
            partly = asks and not row.values.get("whole") and id_of(channel, row.key) in unread
            ready.outcomes[row.number] = "part" if partly else "done"
    _count_groups(session, channel, ready, groups)
    parts = {id_of(channel, row.key) for row in rows if ready.outcomes.get(row.number) == "part"}
    ready.to_link = [one for one in ready.to_link if one not in parts]
    return ready


def _count_groups(
    session: Session, channel: Any, ready: Slice, groups: Mapping[int, ListingGroup]
) -> None:
    verdicts = listing_groups.verdicts(session, channel, list(groups.values()))
    for number, group in groups.items():
        ready.count({"new": "added"}.get(verdicts[group.group_no], verdicts[group.group_no]))
        ready.outcomes[number] = "done"


def id_of(channel: Any, product_no: str) -> str:
    """The listing that a product number stands for on this channel."""
    return listings.listing_id(store.current_workspace(), channel.account, product_no)


def _asks(channel: Any) -> bool:
    """Whether the marketplace can be asked for whole listings."""
    sync = registry.current().products.get(channel.marketplace)
    return sync is not None and sync.get is not None


def as_read(
    session: Session,
    channel: Any,
    batch: Batch,
    rows: Sequence[Any],
    told: Mapping[str, Listing],
    began: datetime,
) -> Slice:
    """What becomes of rows as the marketplace has told their listings whole, by number."""
    there = [row for row in rows if row.key in told]
    by_row = {row.number: told[row.key] for row in there}
    ready = _compared(session, channel, batch, there, by_row, began, with_one_row=True)
    ready.rows, ready.fresh = rows, []
    ready.outcomes = {row.number: "done" for row in rows}
    ready.gone = [row.key for row in rows if row.key not in told]
    told_of = {"found": len(there), "gone": len(ready.gone)}
    ready.counts = {name: count for name, count in told_of.items() if count}
    for row in rows:
        if row.key not in told:
            ready.reasons[row.number] = NOT_TOLD
    return ready


def _compared(
    session: Session,
    channel: Any,
    batch: Batch,
    rows: Sequence[Any],
    told: Mapping[int, Listing],
    observed_at: datetime,
    *,
    with_one_row: bool,
    hearsay: bool = False,
) -> Slice:
    """Listings of rows with the SKUs that they get, compared with what is stored.

    `hearsay` never replaces what is stored: the marketplace itself is asked again where it differs.
    """
    ids = {row.number: id_of(channel, row.key) for row in rows}
    there = listings.by_id(session, list(ids.values()))
    found = dict(told)
    if with_one_row:
        for number, one in told.items():
            if ids[number] not in there:
                found[number] = migration_verdicts.with_one_row(one)
    ready = Slice(rows, None, observed_at=observed_at)
    automatic = [row for row in rows if mode_of(batch, row) == AUTO]
    wanted = _by_itself(session, automatic, ids, found, there, ready)
    _by_hand(session, rows, ids, found, wanted, ready)
    good = [row for row in rows if row.number not in ready.outcomes]
    skus = catalogue_list.by_id(session, _sku_ids(wanted))
    filled = [
        _filled(found[row.number], wanted.get(row.number), skus)
        if ids[row.number] not in there
        else found[row.number]
        for row in good
    ]
    ready.news = listings.compare(session, channel, filled, observed_at)
    changed = {event["listing_id"] for event in ready.news.events}
    if hearsay and (doubtful := changed & there.keys()):
        ready.again = doubtful
        pairs = zip(good, filled, strict=True)
        sure = [one for row, one in pairs if ids[row.number] not in doubtful]
        ready.news = listings.compare(session, channel, sure, observed_at)
    for row in good:
        row_id = ids[row.number]
        if row_id in ready.again:
            ready.count("again")
            continue
        ready.count("added" if row_id not in there else "changed" if row_id in changed else "same")
        if row_id not in there:
            ready.fresh.append(row_id)
        if _links_stock(batch, row):
            ready.to_link.append(row_id)
    return ready


def _by_itself(
    session: Session,
    rows: Sequence[Any],
    ids: Mapping[int, str],
    told: Mapping[int, Listing],
    there: Mapping[str, Any],
    ready: Slice,
) -> dict[int, dict[str, Sequence[Part]]]:
    """The SKUs that are proposed for the options of rows, by row and option number."""
    options = migration_verdicts.standing(session, list(there))
    asked = [
        one
        for row in rows
        if _has_rows(told[row.number], options, ids[row.number])
        for one in migration_verdicts.asked_of(
            row.number,
            listed.plain_of(told[row.number]),
            ids[row.number],
            there.get(ids[row.number]),
            options,
        )
    ]
    wanted: dict[int, dict[str, Sequence[Part]]] = {}
    for (number, option_no), proposal in matching.propose(session, asked).items():
        if proposal.problem is not None:
            ready.reasons[number] = proposal.problem
        if proposal.parts:
            wanted.setdefault(number, {})[option_no] = proposal.parts
            option = listings.option_id(ids[number], option_no)
            ready.matches.setdefault(proposal.how, {})[option] = proposal.parts
    return wanted


def _has_rows(listing: Listing, stored: Mapping[str, Sequence[Any]], listing_id: str) -> bool:
    """Whether it is known what the listing's rows are."""
    return listing.options is not UNCHANGED or bool(stored.get(listing_id))


def mode_of(batch: Batch, row: Any) -> str:
    """How a row's options get their SKUs: what was chosen for it, or for the whole batch."""
    return str((row.choices or {}).get("link") or batch.choices.get("link") or NONE)


def _links_stock(batch: Batch, row: Any) -> bool:
    own = (row.choices or {}).get("stock")
    return bool(batch.choices.get("stock") if own is None else own) and mode_of(batch, row) != NONE


def _by_hand(
    session: Session,
    rows: Sequence[Any],
    ids: Mapping[int, str],
    told: Mapping[int, Listing],
    wanted: dict[int, dict[str, Sequence[Part]]],
    ready: Slice,
) -> None:
    """What a person chose for a row; refused where the SKU is there no more."""
    chosen = {
        row.number: {
            option_no: [Part(sku_id, pieces) for sku_id, pieces in parts]
            for option_no, parts in row.choices["parts"].items()
        }
        for row in rows
        if (row.choices or {}).get("link") == CHOSEN
    }
    skus = catalogue_list.by_id(session, _sku_ids(chosen))
    for number, parts in chosen.items():
        if any(part.sku_id not in skus for one in parts.values() for part in one):
            ready.outcomes[number], ready.reasons[number] = "refused", NO_SKU
            ready.count("refused")
            continue
        options = told[number].options
        if options is not UNCHANGED and parts.keys() - {one.option_no for one in options}:
            ready.reasons[number] = NO_OPTION
        wanted[number] = dict(parts)
        for option_no, one in parts.items():
            option = listings.option_id(ids[number], option_no)
            ready.matches.setdefault(BY_HAND, {})[option] = one


def _sku_ids(wanted: Mapping[int, Mapping[str, Sequence[Part]]]) -> list[str]:
    ids = (p.sku_id for parts in wanted.values() for one in parts.values() for p in one)
    return list(dict.fromkeys(ids))


def _filled(
    listing: Listing, wanted: Mapping[str, Sequence[Part]] | None, skus: Mapping[str, Any]
) -> Listing:
    """What nobody told of a new listing is taken from its SKU."""
    parts = [part for one in (wanted or {}).values() for part in one]
    if not parts or parts[0].sku_id not in skus:
        return listing
    sku = skus[parts[0].sku_id]
    told = {"name": sku.name, "price": sku.price, "image": sku.image}
    missing = {
        name: value
        for name, value in told.items()
        if getattr(listing, name) in (UNCHANGED, "") and value
    }
    return replace(listing, **missing)
