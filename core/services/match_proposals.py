"""What an option is probably made of: what stands, its code, or what was once chosen by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import and_, or_, tuple_
from sqlalchemy.orm import Session

from core import store
from core.contracts.text import Text
from core.models import Listing, ListingOption, Match, Product, Sku
from core.services import match_versions
from core.services.catalogue_list import called
from core.services.joins import LISTING_OF_OPTION, MATCH_OF_OPTION, PRODUCT_OF_SKU
from core.services.match_versions import Part
from core.services.sku_codes import tidy

STANDS, OWN_CODE, OUR_CODE, LEARNT = "stands", "own_code", "our_code", "learnt"

TWO_SKUS = Text(
    "'{code}' 코드가 두 상품에 맞습니다: {first}, {second}. 하나를 골라 주세요.",
    "The code '{code}' fits two SKUs: {first} and {second}. Choose one.",
)
TWO_CODES = Text(
    "상품 코드와 옵션 코드가 서로 다른 상품입니다: {first}, {second}. 하나를 골라 주세요.",
    "The listing's code and the option's are those of two SKUs: {first} and {second}. Choose one.",
)
TWO_WAYS = Text(
    "같은 옵션을 전에 서로 다르게 연결했습니다. 직접 골라 주세요.",
    "The same option was matched in different ways before. Choose by hand.",
)
PUT_AWAY = Text(
    "{name} 상품이 보관돼 있습니다. 다시 꺼내거나 다른 상품을 골라 주세요.",
    "{name} is archived. Revive it or choose another one.",
)

_SKU: Any = Sku.__table__
_PRODUCT: Any = Product.__table__
_MATCH: Any = Match.__table__
_OPTION: Any = ListingOption.__table__
_LISTING: Any = Listing.__table__


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An option of a listing, stored (`option_id`) or not; `single`: the listing has no other."""

    key: Any
    option_id: str | None
    listing_code: str
    option_code: str
    name: str
    option_name: str
    single: bool

    @cached_property
    def codes(self) -> list[str]:
        """Codes that can only mean this option."""
        told = (self.option_code, self.listing_code if self.single else "")
        return [code for code in dict.fromkeys(map(tidy, told)) if code]


@dataclass(frozen=True)
class Proposal:
    """What an option is probably made of and `how` that is known, or why it cannot be said."""

    how: str = ""
    parts: tuple[Part, ...] = ()
    problem: Text | None = None


def propose(session: Session, asked: Sequence[Asked]) -> dict[Any, Proposal]:
    """A proposal for each of these options by its key; an empty one where nothing is known.

    The match that stands comes first, then the seller's own code, then ours, then what a person
    once chose for an option of the same code, or of the same names, on any channel.
    """
    standing = match_versions.of(session, [one.option_id for one in asked if one.option_id])
    by_code = _by_code(session, {code for one in asked for code in one.codes})
    found: dict[Any, Proposal] = {}
    unknown: list[Asked] = []
    for one in asked:
        versions = standing.get(one.option_id or "", [])
        if versions and versions[-1].parts:
            found[one.key] = Proposal(STANDS, versions[-1].parts)
            continue
        proposal = _of_codes(one, by_code)
        if proposal is None:
            unknown.append(one)
        else:
            found[one.key] = proposal
    learnt = _learnt(session, unknown)
    found |= {one.key: learnt.get(one.key, Proposal()) for one in unknown}
    return found


def _by_code(session: Session, codes: set[str]) -> dict[str, list[Any]]:
    """SKUs by the code that means them, the owner of an own code first."""
    query = store.select_in(
        _SKU,
        _SKU.c.id,
        _SKU.c.own_code,
        _SKU.c.our_code,
        _SKU.c.option_name,
        _SKU.c.archived_at,
        _PRODUCT.c.name,
    ).join(_PRODUCT, PRODUCT_OF_SKU)
    found: dict[str, list[Any]] = {}
    ours = {code.upper(): code for code in codes}
    either = (store.among(_SKU.c.own_code, codes), store.among(_SKU.c.our_code, ours))
    # Each by its own index: with OR, SQLite reads the whole catalogue.
    rows = {row.id: row for one in either for row in session.execute(query.where(one))}
    for row in rows.values():
        if row.own_code in codes:
            found.setdefault(row.own_code, []).insert(0, row)
        if row.our_code in ours and ours[row.our_code] != row.own_code:
            found.setdefault(ours[row.our_code], []).append(row)
    return found


def _of_codes(one: Asked, by_code: Mapping[str, Sequence[Any]]) -> Proposal | None:
    """What the codes of an option say; None where no SKU has one of them."""
    hits: dict[str, Any] = {}
    for code in one.codes:
        rows = by_code.get(code, ())
        if len(rows) > 1:
            told = TWO_SKUS.format(code=code, first=called(rows[0]), second=called(rows[1]))
            return Proposal(problem=told)
        hits |= {row.id: (row, code) for row in rows}
    if not hits:
        return None
    (sku, code), *more = hits.values()
    if more:
        told = TWO_CODES.format(first=called(sku), second=called(more[0][0]))
        return Proposal(problem=told)
    if sku.archived_at is not None:
        return Proposal(problem=PUT_AWAY.format(name=called(sku)))
    how = OWN_CODE if sku.own_code == code else OUR_CODE
    return Proposal(how, (Part(sku.id),))


def _learnt(session: Session, asked: Sequence[Asked]) -> dict[Any, Proposal]:
    """What a person chose for options of the same code, else for those of the same names."""
    if not asked or not _is_taught(session):
        return {}
    coded = {code for one in asked for code in one.codes}
    named = {(one.name, one.option_name) for one in asked if one.name}
    taught = _taught(session, coded, named)
    away = _archived(
        session, (part for told in taught.values() for parts in told for part in parts)
    )
    found: dict[Any, Proposal] = {}
    for one in asked:
        keys: list[Any] = [*one.codes, (one.name, one.option_name)]
        ways = next((taught[key] for key in keys if key in taught), None)
        if ways is None:
            continue
        if len(ways) > 1:
            found[one.key] = Proposal(problem=TWO_WAYS)
            continue
        (parts,) = ways
        gone = next((away[part.sku_id] for part in parts if part.sku_id in away), None)
        if gone is not None:
            found[one.key] = Proposal(problem=PUT_AWAY.format(name=gone))
        else:
            found[one.key] = Proposal(LEARNT, parts)
    return found


def _is_taught(session: Session) -> bool:
    """Whether a person has matched anything at all."""
    by_hand = store.select_in(_MATCH, _MATCH.c.id).where(_MATCH.c.how == "hand")
    return session.scalars(by_hand.limit(1)).first() is not None


def _taught(
    session: Session, codes: Iterable[str], names: Iterable[tuple[str, str]]
) -> dict[Any, set[tuple[Part, ...]]]:
    """What options are made of by hand, by their code, and by their names."""
    query = (
        store.select_in(
            _OPTION,
            _OPTION.c.id,
            _OPTION.c.option_no,
            _OPTION.c.code,
            _OPTION.c.name.label("option_name"),
            _LISTING.c.code.label("listing_code"),
            _LISTING.c.name,
        )
        .join(_LISTING, LISTING_OF_OPTION)
        .join(_MATCH, MATCH_OF_OPTION)
        .where(_MATCH.c.how == "hand")
    )
    rows: dict[str, Any] = {}
    if codes:
        of_listing = and_(_OPTION.c.option_no == "", store.among(_LISTING.c.code, codes))
        own = query.where(or_(store.among(_OPTION.c.code, codes), of_listing))
        rows |= {row.id: row for row in session.execute(own)}
    for some_names in store.in_chunks(sorted(names)):
        alike = tuple_(_LISTING.c.name, _OPTION.c.name).in_(some_names)
        rows |= {row.id: row for row in session.execute(query.where(alike))}
    versions = match_versions.of(session, rows)
    found: dict[Any, set[tuple[Part, ...]]] = {}
    for row in rows.values():
        parts = versions[row.id][-1].parts
        told = (row.code, row.listing_code if row.option_no == "" else "")
        keys: list[Any] = [*filter(None, map(tidy, told)), (row.name, row.option_name)]
        for key in keys:
            found.setdefault(key, set()).add(parts)
    return found


def _archived(session: Session, parts: Iterable[Part]) -> dict[str, str]:
    """Names of those SKUs of these parts that were put away, by id."""
    query = store.select_in(_SKU, _SKU.c.id, _SKU.c.option_name, _PRODUCT.c.name)
    query = query.join(_PRODUCT, PRODUCT_OF_SKU).where(_SKU.c.archived_at.is_not(None))
    return {
        row.id: called(row)
        for row in store.rows_among(session, query, _SKU.c.id, {part.sku_id for part in parts})
    }
