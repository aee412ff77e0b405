"""Rows of a parser as plain data and back: how they leave the child, and how a preview keeps them.

A field that is left out (UNCHANGED) is no key; None means empty. Times are ISO text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.contracts.page import UNCHANGED
from core.contracts.product import Listing, ListingGroup, ListingOption, MigrationRow, SaleState
from core.contracts.text import Text

Plain = dict[str, Any]


_AS_THEY_ARE = frozenset((str, int, bool, type(None), dict))


def plain_of(item: Listing | ListingOption | ListingGroup) -> Plain:
    """Everything that the item tells."""
    return {
        name: value if type(value) in _AS_THEY_ARE else _plain(value)
        for name, value in vars(item).items()
        if value is not UNCHANGED
    }


def _plain(value: Any) -> Any:
    if isinstance(value, SaleState):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [plain_of(one) if isinstance(one, ListingOption) else one for one in value]
    return dict(value) if isinstance(value, Mapping) else value


def listing_of(plain: Mapping[str, Any]) -> Listing:
    """The listing that `plain_of` made these of."""
    told = _told(plain)
    if "options" in told:
        told["options"] = [ListingOption(**_told(one)) for one in told["options"]]
    return Listing(**told)


def group_of(plain: Mapping[str, Any]) -> ListingGroup:
    """The group that `plain_of` made these of."""
    return ListingGroup(**_told(plain))


def _told(plain: Mapping[str, Any]) -> Plain:
    told = dict(plain)
    if "state" in told:
        told["state"] = SaleState(told["state"])
    for name in ("sale_starts", "sale_ends", "changed_at"):
        if told.get(name) is not None:
            told[name] = datetime.fromisoformat(told[name])
    return told


def plain_row(row: MigrationRow) -> list[Any]:
    """A row of a parser, as the child sends it."""
    listing = plain_of(row.listing) if row.listing is not None else None
    group = plain_of(row.group) if row.group is not None else None
    return [row.number, listing, group, row.problem.stored() if row.problem else None]


def row_of(plain: list[Any]) -> MigrationRow:
    """The row that `plain_row` made these of."""
    number, listing, group, problem = plain
    return MigrationRow(
        number,
        listing=None if listing is None else listing_of(listing),
        group=None if group is None else group_of(group),
        problem=None if problem is None else Text.of(problem),
    )
