"""SKU 만들기: listings that the seller has no SKUs of become products, each option a SKU."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from core import clock, queue, row_writes, store
from core.contracts.text import Text
from core.ledger import commands, kinds
from core.ledger.run import Run
from core.models import Product, Sku, StockHold, new_id
from core.services import (
    audit,
    catalogue_list,
    listings,
    match_edits,
    match_versions,
    matching,
    publishing,
    sellable,
    sku_codes,
    sku_fields,
    stock,
    thumbnails,
)
from core.services.audit import Actor
from core.services.kind_names import LISTINGS_SKUS
from core.services.matching import Asked, Part
from core.services.outcome import Wrong
from core.services.stock import Move, Why

MADE = "made"
"""How such a match came about."""

SLICE = 100
"""Listings that one transaction makes SKUs of."""
SHOWN = 200
"""So many listings of which none was made are named by a command's result."""

NOTHING = Text("먼저 상품을 선택해 주세요.", "Select listings first.")
SYNC_FIRST = Text(
    "옵션을 아직 모릅니다. [동기화]로 옵션을 읽은 뒤 다시 눌러 주세요.",
    "Its options are not known yet. Sync it, then try again.",
)
FITS = Text(
    "이미 맞는 SKU가 있습니다: {name}. [SKU 연결]에서 제안대로 연결해 주세요.",
    "There is a SKU that fits already: {name}. Match it as proposed under SKUs.",
)

_SKU: Any = Sku.__table__
_PRODUCT: Any = Product.__table__
_HOLD: Any = StockHold.__table__


# -- pressed ---------------------------------------------------------------------------------------


def submit(listing_ids: Sequence[str], actor: Actor, *, submission: str) -> str:
    """Have SKUs made of the options of these listings that have none; the command's id.

    The same submission again answers with the same command. Raises Wrong where none is there.
    """
    with store.write() as session:
        there = listings.by_id(session, listing_ids)
        wanted = [row_id for row_id in dict.fromkeys(listing_ids) if row_id in there]
        if not wanted:
            raise Wrong({"": NOTHING})
        command = commands.submit(
            session,
            LISTINGS_SKUS,
            lane=match_edits.LANE,
            natural_key=hashlib.sha256("".join(wanted).encode()).hexdigest()[:32],
            payload={"listings": wanted},
            by=actor.name,
            submission=f"{submission[:33]}.skus",
            total=len(wanted),
        )
        audit.record(session, LISTINGS_SKUS, actor=actor, subjects=wanted[:50])
    queue.ring(kinds.BULK)
    return command.id


# -- done ------------------------------------------------------------------------------------------


def make(run: Run) -> None:
    """Make the SKUs of the payload's listings, some listings in a commit; goes on where it was."""
    wanted: Sequence[str] = run.payload["listings"]
    at = int(run.command.progress_done)
    while at < len(wanted):
        some = wanted[at : at + SLICE]
        at += len(some)
        began = time.monotonic()
        run.commit("listings.skus", partial(_some, run, some, dict(run.counts)), done=at)
        time.sleep(min(1.0, time.monotonic() - began))  # others write in between
    told = {name: int(run.counts.get(name, 0)) for name in ("done", "standing", "refused")}
    run.result = told | {"reasons": run.counts.get("reasons", [])}


@dataclass(frozen=True)
class _New:
    """An option on its way to become a SKU: `code` is its own code, "" where it has none."""

    listing: Any
    option: Any
    code: str


def _some(run: Run, ids: Sequence[str], before: Mapping[str, Any], session: Session) -> None:
    """Make what can be made of some listings, and count it with what was `before`."""
    sellable.alone(session)
    fresh, reasons = _chosen(session, ids)
    told = int(before.get("told", 0))
    first = run.command.created_at - timedelta(microseconds=told)
    _make(session, fresh, run.command.created_by, first)
    none = len(set(ids) - reasons.keys() - {one.listing.id for one in fresh})
    found = {"done": len(fresh), "refused": len(reasons), "standing": none, "told": len(fresh)}
    run.counts = {name: int(before.get(name, 0)) + count for name, count in found.items()}
    more = [{"listing": row_id, **text.stored()} for row_id, text in reasons.items()]
    run.counts["reasons"] = [*before.get("reasons", []), *more][:SHOWN]


def _chosen(session: Session, ids: Sequence[str]) -> tuple[list[_New], dict[str, Text]]:
    """The options that become SKUs, listing by listing, and why others do not, by listing."""
    rows = listings.by_id(session, ids)
    options: dict[str, list[Any]] = {row_id: [] for row_id in ids if row_id in rows}
    for one in listings.options_of(session, list(rows)):
        if one.gone_at is None:
            options[one.listing_id].append(one)
    bare = [one.id for told in options.values() for one in told if one.match_id is None]
    asked = {one.key: one for one in match_edits.asked(session, bare)}
    fits = _fits(session, asked)
    fresh: list[_New] = []
    reasons: dict[str, Text] = {}
    taken: dict[str, str] = {}
    for row_id, told in options.items():
        listing = rows[row_id]
        if listing.gone_at is not None or not told:
            reasons[row_id] = publishing.GONE if listing.gone_at is not None else SYNC_FIRST
            continue
        without = [one for one in told if one.id in asked]
        some, why = _of_listing(listing, without, asked, fits, taken)
        fresh += some
        taken |= {one.code: f"{_name(listing)} {one.option.name}".strip() for one in some}
        if why is not None:
            reasons[row_id] = why
    return fresh, reasons


def _fits(session: Session, asked: Mapping[str, Asked]) -> dict[str, Text]:
    """Why no SKU is made of an option, by its id, where one fits already or may fit."""
    proposals = matching.propose(session, list(asked.values()))
    ids = {part.sku_id for one in proposals.values() for part in one.parts}
    skus = catalogue_list.by_id(session, sorted(ids))
    found: dict[str, Text] = {}
    for option_id, one in proposals.items():
        if one.problem is not None:
            found[option_id] = one.problem
        elif one.parts:
            name = catalogue_list.called(skus[one.parts[0].sku_id])
            found[option_id] = FITS.format(name=name)
    return found


def _of_listing(
    listing: Any,
    options: Sequence[Any],
    asked: Mapping[str, Asked],
    fits: Mapping[str, Text],
    taken: Mapping[str, str],
) -> tuple[list[_New], Text | None]:
    """The options of a listing that become SKUs, and why not all do; `taken` are the codes that
    listings before it give to theirs, with their names."""
    often = Counter(code for one in options for code in asked[one.id].codes)
    found: list[_New] = []
    why: Text | None = None
    for option in options:
        code = _code(asked[option.id], often)
        reason = fits.get(option.id)
        if reason is None and code and code in taken:
            reason = FITS.format(name=taken[code])
        if reason is None:
            found.append(_New(listing, option, code))
        why = why or reason
    return found, why


def _code(asked: Asked, often: Mapping[str, int]) -> str:
    """The own code that an option's SKU gets: one that means no other option of the listing."""
    return next((code for code in asked.codes if often[code] == 1), "")


def _name(listing: Any) -> str:
    return str(listing.name or listing.product_no)[:200]


# -- made ------------------------------------------------------------------------------------------


def _make(session: Session, fresh: Sequence[_New], who: str, first: datetime) -> None:
    """Make SKUs, match their options with them, and count what is there.

    The list of SKUs is sorted by when they were made, so each is a little older than the one
    before it.
    """
    products = _products(session, fresh, first)
    now = clock.now()
    skus: list[dict[str, Any]] = []
    made: dict[str, str] = {}
    for at, (one, our_code) in enumerate(
        zip(fresh, sku_codes.fresh(session, len(fresh)), strict=True)
    ):
        option = one.option
        name = option.name or (option.code or option.option_no if option.option_no else "")
        sku = {
            "id": new_id(),
            "product_id": products[one.listing.id],
            "own_code": one.code or None,
            "our_code": our_code,
            "option_name": name[:200],
            "price": min(sku_fields.MOST_WON, max(0, (one.listing.price or 0) + option.extra)),
            "image": one.listing.image,
            "words": catalogue_list.words_of(_name(one.listing), name[:200], one.code, our_code),
            "created_at": first - timedelta(microseconds=at),
            "changed_at": now,
        }
        skus.append(sku)
        made[option.id] = str(sku["id"])
    row_writes.insert_rows(session, _SKU, skus)
    thumbnails.want(session, [str(sku["image"]) for sku in skus])
    wanted = {option_id: [Part(sku_id)] for option_id, sku_id in made.items()}
    matching.match(session, wanted, how=MADE, who=who)
    stock.move_all(session, _counted(session, fresh, made, who))


def _products(session: Session, fresh: Sequence[_New], first: datetime) -> dict[str, str]:
    """The product of each listing: that of its other options where one was made of it, else new."""
    rows = {one.listing.id: one.listing for one in fresh}
    options = {
        one.id: one.listing_id
        for one in listings.options_of(session, list(rows))
        if one.match_id is not None
    }
    parts = {
        option_id: versions[-1].parts
        for option_id, versions in match_versions.of(session, options).items()
        if versions[-1].how == MADE
    }
    skus = catalogue_list.by_id(
        session, sorted({p.sku_id for told in parts.values() for p in told})
    )
    found = {
        options[option_id]: str(skus[part.sku_id].product_id)
        for option_id, told in parts.items()
        for part in told
    }
    fresh_products = []
    for at, row_id in enumerate(rows):
        if row_id not in found:
            found[row_id] = new_id()
            made_at = first - timedelta(microseconds=at)
            told = {"id": found[row_id], "name": _name(rows[row_id]), "created_at": made_at}
            fresh_products.append(told)
    row_writes.insert_rows(session, _PRODUCT, fresh_products)
    return found


def _counted(
    session: Session, fresh: Sequence[_New], made: Mapping[str, str], who: str
) -> list[Move]:
    """What the marketplace told to be left, and what waits to be sent for orders before that."""
    query = store.select_in(_HOLD, _HOLD.c.sku_id, _HOLD.c.ordered_at, _HOLD.c.reserved)
    query = query.where(_HOLD.c.reserved > 0)
    held: dict[str, list[Any]] = {}
    for row in store.rows_among(session, query, _HOLD.c.sku_id, made.values()):
        held.setdefault(row.sku_id, []).append(row)
    moves = []
    for one in fresh:
        sku_id, told_at = made[one.option.id], one.option.stock_at
        waiting = sum(
            row.reserved
            for row in held.get(sku_id, ())
            if told_at is None or row.ordered_at <= told_at
        )
        moves.append(
            Move(
                sku_id=sku_id,
                why=Why.LISTING,
                key="made",
                who=who,
                on_hand=min(stock.MOST, (one.option.stock or 0) + waiting),
                detail={"listing": one.listing.id},
            )
        )
    return moves
