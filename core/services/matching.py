"""Which SKUs an option of a listing is made of: matched, undone, and what that touches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.orm import Session

from core import clock, row_writes, store
from core.models import Listing, ListingOption, Match, MatchPart, OrderLine, StockHold, new_id
from core.services import holds, match_proposals, match_versions, publishing, sellable
from core.services.joins import LINE_OF_HOLD, LISTING_OF_OPTION
from core.services.match_proposals import Asked as Asked
from core.services.match_proposals import Proposal as Proposal
from core.services.match_versions import Part as Part
from core.services.match_versions import Version as Version
from core.services.stock import Why

BY_HAND = "hand"
"""How a match came about: by a person; else own_code, our_code, learnt or made."""

_MATCH: Any = Match.__table__
_PART: Any = MatchPart.__table__
_OPTION: Any = ListingOption.__table__
_LISTING: Any = Listing.__table__
_LINE: Any = OrderLine.__table__
_HOLD: Any = StockHold.__table__

propose = match_proposals.propose
STANDS = match_proposals.STANDS


def match(session: Session, wanted: Mapping[str, Sequence[Part]], *, how: str, who: str) -> int:
    """Give options (by id) these parts from now on; how many of them got a new version.

    Within the caller's transaction. Where the parts stand already nothing changes; an option
    that is not there is left out. No parts: it is made of nothing from now on. Open orders hold
    what they should afterwards, and what is published follows.
    """
    options = hold(session, wanted)
    versions = match_versions.of(session, [row.id for row in options], voided=True)
    now = clock.now()
    rows: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    newest: dict[str, str | None] = {}
    for option in options:
        told = versions.get(option.id, [])
        standing = [version for version in told if version.voided_at is None]
        shall = _tidy(wanted[option.id])
        if shall == (standing[-1].parts if standing else ()):
            continue
        row_id = new_id()
        rows.append(
            {
                "id": row_id,
                "option_id": option.id,
                "version": told[-1].number + 1 if told else 1,
                "from_at": now,
                "how": how,
                "who": who[:80],
                "voided_at": None,
            }
        )
        parts += [
            {"match_id": row_id, "sku_id": part.sku_id, "quantity": part.quantity} for part in shall
        ]
        newest[option.id] = row_id if shall else None
    row_writes.insert_rows(session, _MATCH, rows)
    row_writes.insert_rows(session, _PART, parts)
    _changed(session, newest, who)
    return len(rows)


def undo(session: Session, option_id: str, who: str) -> bool:
    """Take the newest standing version of an option back, as if it had never been.

    Within the caller's transaction; returns whether there was one. Orders placed meanwhile hold
    what the version before says.
    """
    if not hold(session, [option_id]):
        return False
    standing = match_versions.of(session, [option_id]).get(option_id, [])
    if not standing:
        return False
    session.execute(
        store.update_in(_MATCH).where(_MATCH.c.id == standing[-1].id).values(voided_at=clock.now())
    )
    before = standing[-2] if len(standing) > 1 and standing[-2].parts else None
    _changed(session, {option_id: before.id if before else None}, who)
    return True


def _tidy(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Each SKU once, in one order; pieces of a SKU that is named twice are added."""
    pieces: dict[str, int] = {}
    for part in parts:
        if part.quantity > 0:
            pieces[part.sku_id] = pieces.get(part.sku_id, 0) + part.quantity
    return tuple(sorted(Part(sku_id, many) for sku_id, many in pieces.items()))


def hold(session: Session, option_ids: Iterable[str]) -> list[Any]:
    """These options, whose matches nobody else changes until the transaction ends."""
    sellable.alone(session)
    query = store.select_in(_OPTION, _OPTION.c.id, _OPTION.c.listing_id)
    return store.rows_among(session, query, _OPTION.c.id, option_ids)


def _changed(session: Session, newest: Mapping[str, str | None], who: str) -> None:
    """Tell the options their newest match, and bring holds and published figures after it."""
    if not newest:
        return
    session.connection().execute(
        store.update_in(_OPTION)
        .where(_OPTION.c.id == bindparam("of"))
        .values(match_id=bindparam("newest")),
        [{"of": option_id, "newest": match_id} for option_id, match_id in newest.items()],
    )
    holds.settle(session, lines_of(session, list(newest)), who=who, less=Why.CORRECTION)
    listed = {row.listing_id for row in _listed(session, newest)}
    publishing.refresh(session, listing_ids=sorted(listed))


def lines_of(session: Session, option_ids: Sequence[str]) -> list[str]:
    """The order lines of options that wait, or that hold something by an earlier version."""
    wanted = set(option_ids)
    products = {row.product_no for row in _listed(session, option_ids)}
    versions = match_versions.of(session, option_ids, voided=True)
    skus = {part.sku_id for told in versions.values() for one in told for part in one.parts}
    columns = (_LINE.c.id, _LINE.c.account, _LINE.c.product_no, _LINE.c.option_no)
    waiting = store.select_in(_LINE, *columns).where(_LINE.c.state.in_(holds.WAITS))
    holding = store.select_in(_LINE, *columns).join(_HOLD, LINE_OF_HOLD)
    found = {
        row.id: row
        for row in (
            *store.rows_among(session, waiting, _LINE.c.product_no, products),
            *store.rows_among(session, holding, _HOLD.c.sku_id, skus),
        )
    }
    return [row_id for row_id, row in found.items() if holds.option_of(row) in wanted]


def waiting(session: Session, option_ids: Sequence[str]) -> dict[str, int]:
    """How many open order lines there are of each of these options that has any."""
    numbers = {row.product_no for row in _listed(session, option_ids)}
    columns = (_LINE.c.id, _LINE.c.account, _LINE.c.product_no, _LINE.c.option_no)
    query = store.select_in(_LINE, *columns).where(_LINE.c.state.in_(holds.WAITS))
    lines = store.rows_among(session, query, _LINE.c.product_no, numbers)
    found = Counter(holds.option_of(row) for row in lines)
    return {option_id: found[option_id] for option_id in option_ids if found[option_id]}


def _listed(session: Session, option_ids: Iterable[str]) -> list[Any]:
    """Options with the account and the product number of their listings."""
    query = store.select_in(
        _OPTION, _OPTION.c.id, _OPTION.c.listing_id, _LISTING.c.account, _LISTING.c.product_no
    ).join(_LISTING, LISTING_OF_OPTION)
    return store.rows_among(session, query, _OPTION.c.id, option_ids)
