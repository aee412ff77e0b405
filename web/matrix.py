"""What each marketplace offers, as tables: the reasons of what it does not are notes below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core import registry, support
from core.contracts.marketplace import Marketplace
from core.contracts.text import Text
from core.support import Cell


@dataclass(frozen=True)
class Matrix:
    """`templates`, `listings` and `orders` are rows {market, first, label, cells}, a cell {mark,
    label, note}.

    `notes` are the reasons by their number, counted from 1: {market, text, assumed}.
    """

    templates: list[dict[str, Any]] = field(default_factory=list)
    listings: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def capabilities(self) -> list[Text]:
        """What stands above the cells of the templates."""
        return [label for _, label in support.CAPABILITIES]

    @property
    def parts(self) -> list[Text]:
        """What stands above the cells of the listings."""
        return [label for _, label in support.LISTINGS]

    @property
    def calls(self) -> list[Text]:
        """What stands above the cells of the orders."""
        return [label for _, label in support.ORDERS]


def of(markets: Sequence[Marketplace]) -> Matrix:
    """The tables of these marketplaces."""
    found = Matrix()
    for market in markets:
        told = support.support(registry.current(), market.key)
        for number, row in enumerate(told.templates):
            cells = [_cell(found, market, cell) for cell in row.cells]
            first = len(told.templates) if not number else 0
            found.templates.append(
                {"market": market, "first": first, "label": row.label, "cells": cells}
            )
        for rows, row in ((found.listings, told.listings), (found.orders, told.orders)):
            cells = [_cell(found, market, cell) for cell in row.cells]
            rows.append({"market": market, "label": market.label, "cells": cells})
    return found


def _cell(matrix: Matrix, market: Marketplace, cell: Cell) -> dict[str, Any]:
    text = cell.assumed if cell.offered else cell.why_not
    return {
        "offered": cell.offered,
        "assumed": cell.offered and cell.assumed is not None,
        "label": cell.label,
        "note": _note(matrix, market, text, assumed=cell.offered) if text is not None else 0,
    }


def _note(matrix: Matrix, market: Marketplace, text: Text, *, assumed: bool) -> int:
    """The number of a reason; the same reason of one marketplace is told once."""
    for number, one in enumerate(matrix.notes, start=1):
        if one["market"] is market and one["text"] == text:
            return number
    matrix.notes.append({"market": market, "text": text, "assumed": assumed})
    return len(matrix.notes)
