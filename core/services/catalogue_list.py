"""The list of SKUs: every query behind its pages, its counts and its export."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, true, union_all
from sqlalchemy.orm import Session

from core import store
from core.models import Product, Sku
from core.services import keyset
from core.services.joins import PRODUCT_OF_SKU
from core.services.keyset import Slice
from core.services.outcome import Missing
from core.services.sellable import AVAILABLE

CAP = 10_000
"""Nobody reads further: a count ends here, and says so."""
LONGEST = 200

_SKU: Any = Sku.__table__
_PRODUCT: Any = Product.__table__
_SHOWN = (*_SKU.c, _PRODUCT.c.name, AVAILABLE.label("available"))

VIEWS = ("", "on_sale", "stopped", "out", "low", "short", "no_code", "archived")
SORTS: dict[str, tuple[Any, bool]] = {
    "": (_SKU.c.created_at, False),
    "name": (_SKU.c.words, True),
    "price": (_SKU.c.price, True),
    "-price": (_SKU.c.price, False),
    "stock": (_SKU.c.on_hand, True),
    "-stock": (_SKU.c.on_hand, False),
    "available": (AVAILABLE, True),
    "-available": (AVAILABLE, False),
}
"""The sorting column by the name of the order, and whether it runs up."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a list shows: `view` is one of VIEWS, `sort` one of SORTS, `find` as it was typed."""

    view: str = ""
    find: str = ""
    sort: str = ""


def folded(text: str) -> str:
    """A text as it is searched: width, case and surplus blanks do not matter."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words_of(name: str, option_name: str, own_code: str | None, our_code: str) -> str:
    """What a SKU is found and sorted by."""
    told = (name, option_name, own_code or "", our_code)
    return " ".join(filter(None, map(folded, told)))[:600]


def called(sku: Any) -> str:
    """A SKU as a sentence names it: its product's name, and its option."""
    return f"{sku.name} {sku.option_name}".strip()


# -- what is wanted --------------------------------------------------------------------------------


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [view(wanted.view)]
    for word in folded(wanted.find)[:LONGEST].split():
        found.append(_SKU.c.words.contains(word, autoescape=True))
    return found


def view(name: str) -> Any:
    """The condition that a view stands for; what was put away is shown by its own view only."""
    if name == "archived":
        return _SKU.c.archived_at.is_not(None)
    left = _SKU.c.on_hand - _SKU.c.reserved
    conditions: dict[str, Any] = {
        "on_sale": _SKU.c.on_sale.is_(True),
        "stopped": _SKU.c.on_sale.is_(False),
        "out": left <= _SKU.c.buffer,
        "low": and_(left > 0, left <= _SKU.c.buffer),
        "short": _SKU.c.reserved > _SKU.c.on_hand,
        "no_code": _SKU.c.own_code.is_(None),
    }
    return and_(_SKU.c.archived_at.is_(None), conditions.get(name, true()))


def _rows(*columns: Any) -> Any:
    return store.select_in(_SKU, *columns).join(_PRODUCT, PRODUCT_OF_SKU)


# -- the list --------------------------------------------------------------------------------------


def page(
    session: Session, wanted: Wanted, *, after: str = "", before: str = "", limit: int = 50
) -> Slice:
    """One page after or before a SKU's id; an id that is none begins at the top."""
    key, up = SORTS[wanted.sort]
    edge = keyset.edge_of(session, _SKU, key, after or before)
    back = edge is not None and not after
    query = _rows(*_SHOWN).where(*_where(wanted))
    return keyset.page(session, query, key, _SKU.c.id, up=up, edge=edge, back=back, limit=limit)


def each(session: Session, wanted: Wanted) -> Iterator[Any]:
    """Everything that was found, by name, a few at a time."""
    last = ("", "")
    while True:
        words, row_id = last
        query = _rows(*_SHOWN).where(
            *_where(wanted),
            _SKU.c.words >= words,
            or_(_SKU.c.words > words, _SKU.c.id > row_id),
        )
        some = list(session.execute(query.order_by(_SKU.c.words, _SKU.c.id).limit(store.CHUNK)))
        yield from some
        if len(some) < store.CHUNK:
            return
        last = (some[-1].words, some[-1].id)


def get(session: Session, sku_id: str) -> Any:
    """One SKU with the name of its product and what is available; Missing when there is none."""
    found = session.execute(_rows(*_SHOWN).where(_SKU.c.id == sku_id)).one_or_none()
    if found is None:
        raise Missing
    return found


def by_id(session: Session, sku_ids: Sequence[str]) -> dict[str, Any]:
    """SKUs by their ids."""
    return {row.id: row for row in store.rows_among(session, _rows(*_SHOWN), _SKU.c.id, sku_ids)}


def beside(session: Session, sku: Any, limit: int = 200) -> list[Any]:
    """The other options of a SKU's product, those put away last."""
    query = _rows(*_SHOWN).where(_SKU.c.product_id == sku.product_id, _SKU.c.id != sku.id)
    order = (_SKU.c.archived_at.is_not(None), _SKU.c.words, _SKU.c.id)
    return list(session.execute(query.order_by(*order).limit(limit)))


# -- counting --------------------------------------------------------------------------------------


def counts(session: Session, wanted: Wanted) -> dict[str, int]:
    """How many SKUs each view would show under the same search; never more than CAP + 1."""
    parts = []
    for name in VIEWS:
        where = _where(replace(wanted, view=name))
        some = store.select_in(_SKU, _SKU.c.id).where(*where).limit(CAP + 1).subquery()
        parts.append(select(literal(name), func.count()).select_from(some))
    return {name: int(count) for name, count in session.execute(union_all(*parts))}


def total(session: Session, wanted: Wanted) -> int:
    """How many SKUs were found in all."""
    query = store.select_in(_SKU, func.count()).where(*_where(wanted))
    return int(session.scalar(query) or 0)
