"""Whether what a plugin tells of listings is what the contract says, as `shape` looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import shape
from core.contracts.page import UNCHANGED, Page
from core.contracts.product import Listing, ListingGroup, ListingOption, MigrationRow
from core.contracts.text import Text
from core.errors import ContractError

MISREAD = Text(
    "플러그인이 이 줄을 잘못 읽었습니다({fault}). 플러그인을 만든 곳에 알려 주세요.",
    "The plugin made something wrong of this row ({fault}). Tell whoever made it.",
)


def told(what: str, found: Any) -> Sequence[Listing]:
    """The listings that a call brought. Raises ContractError, with the place of what is wrong."""
    return shape.told(what, found, Listing, _fault_of_told)


def _fault_of_told(one: Listing) -> str | None:
    return fault(one) or (None if one.product_no else "product_no: it is empty")


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
    if wrong := shape.fault(item):
        return wrong
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
