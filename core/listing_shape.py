"""Whether what a plugin tells of listings is what the contract says: its kinds, and aware times.

Held where core takes it in. A file may have 100,000 rows, most with the same fields told: what is
to be looked at of these is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from core.contracts.page import UNCHANGED, Page
from core.contracts.product import Listing, ListingGroup, ListingOption, MigrationRow
from core.contracts.text import Text
from core.errors import ContractError

MOST = 10**15
"""Figures at and beyond this one are none of won or pieces."""
MISREAD = Text(
    "플러그인이 이 줄을 잘못 읽었습니다({fault}). 플러그인을 만든 곳에 알려 주세요.",
    "The plugin made something wrong of this row ({fault}). Tell whoever made it.",
)


def told(what: str, found: Any) -> Sequence[Listing]:
    """The listings that a call brought. Raises ContractError, with the place of what is wrong."""
    if not isinstance(found, Sequence):
        raise ContractError(detail=f"{what}: a list was expected, not {type(found).__name__}")
    for at, one in enumerate(found):
        if not isinstance(one, Listing):
            kind = type(one).__name__
            raise ContractError(detail=f"{what}: [{at}]: Listing was expected, not {kind}")
        if wrong := fault(one) or (None if one.product_no else "product_no: it is empty"):
            raise ContractError(detail=f"{what}: [{at}].{wrong}")
    return found


def page(what: str, found: Any) -> Page[Listing]:
    """The same for a page of them."""
    if not isinstance(found, Page) or not isinstance(found.cursor, str):
        raise ContractError(detail=f"{what}: a Page with a cursor of str was expected")
    told(what, found.items)
    return found


def sound(row: Any) -> MigrationRow:
    """The row of a parser, as a problem where something of it is wrong. Raises TypeError for what
    is no row: nobody could say where it stands."""
    if not isinstance(row, MigrationRow) or type(row.number) is not int:
        raise TypeError("MigrationRow was expected")
    wrong = _wrong(row)
    if wrong is None:
        return row
    return MigrationRow(row.number, problem=row.problem or MISREAD.format(fault=wrong))


def _wrong(row: MigrationRow) -> str | None:
    for name, kind in (("listing", Listing), ("group", ListingGroup)):
        item = getattr(row, name)
        if item is not None and not isinstance(item, kind):
            return f"{name}: {kind.__name__} was expected, not {type(item).__name__}"
        if item is not None and (wrong := fault(item)):
            return wrong
    if row.listing is None and row.group is None and row.problem is None:
        return "listing, group: neither"
    return "listing, group: both" if row.listing is not None and row.group is not None else None


def fault(item: Listing | ListingGroup | ListingOption) -> str | None:
    """Where a field is not what the contract says, and how; None where all is sound."""
    told = vars(item)
    kind: Any = type(item)
    wrong, figures, times = _looked_at(kind, tuple(map(type, told.values())))
    if wrong:
        return wrong
    for name in figures:
        if not -MOST < told[name] < MOST:
            return f"{name}: the number is too large"
    for name in times:
        if told[name].utcoffset() is None:
            return f"{name}: the time has no zone"
    if isinstance(item, Listing) and item.options is not UNCHANGED:
        return _options(item.options)
    if isinstance(item, ListingGroup):
        numbers = enumerate(item.product_nos)
        return next(
            (
                f"product_nos[{at}]: str was expected"
                for at, no in numbers
                if not isinstance(no, str)
            ),
            None,
        )
    return None


def _options(options: Sequence[Any]) -> str | None:
    for at, one in enumerate(options):
        if not isinstance(one, ListingOption):
            return f"options[{at}]: ListingOption was expected, not {type(one).__name__}"
        if wrong := fault(one):
            return f"options[{at}].{wrong}"
    return None


@lru_cache(maxsize=1000)
def _looked_at(
    kind: type, types: tuple[type, ...]
) -> tuple[str | None, Sequence[str], Sequence[str]]:
    """Of an item whose fields have these types: which is wrong, or else the names of those that
    hold a figure and of those that hold a time."""
    figures, times = [], []
    for (name, wanted), one in zip(_kinds(kind).items(), types, strict=False):
        if (one is bool and bool not in wanted) or not issubclass(one, wanted):
            shown = " or ".join(part.__name__ for part in wanted).replace("NoneType", "None")
            return f"{name}: {shown} was expected, not {one.__name__}", (), ()
        if one is not bool and issubclass(one, int):
            figures.append(name)
        elif issubclass(one, datetime):
            times.append(name)
    return None, figures, times


@cache
def _kinds(kind: type) -> Mapping[str, tuple[type, ...]]:
    """The types that a field of the contract may have."""
    return {name: _types(hint) for name, hint in get_type_hints(kind).items()}


def _types(hint: Any) -> tuple[type, ...]:
    parts = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    found: list[type] = []
    for part in parts:
        if get_origin(part) is Sequence:
            found += (list, tuple)
        elif get_origin(part) is Mapping:
            found.append(Mapping)
        else:
            found.append(part)
    return tuple(found)
