"""Whether what a plugin tells of order lines is what the contract says, as `shape` looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import shape
from core.contracts.order import Buyer, Claim, Line
from core.contracts.page import Page
from core.errors import ContractError


def told(what: str, found: Any) -> Sequence[Line]:
    """The lines that a call brought. Raises ContractError, with the place of what is wrong."""
    return shape.told(what, found, Line, fault)


def page(what: str, found: Any) -> Page[Line]:
    """The same for a page of them."""
    if not isinstance(found, Page) or not isinstance(found.cursor, str):
        raise ContractError(detail=f"{what}: a Page with a cursor of str was expected")
    if type(found.more) is not bool or not isinstance(found.total, int | None):
        raise ContractError(detail=f"{what}: more: bool was expected, and total: int or None")
    told(what, found.items)
    return found


def fault(line: Line) -> str | None:
    """Where a field is not what the contract says, and how; None where all is sound."""
    if wrong := shape.fault(line):
        return wrong
    for name, one, kind in (("claim", line.claim, Claim), ("buyer", line.buyer, Buyer)):
        if isinstance(one, kind) and (wrong := shape.fault(one)):
            return f"{name}.{wrong}"
    if not line.order_no:
        return "order_no: it is empty"
    return None if line.line_key else "line_key: it is empty"
