"""A write at a marketplace: how far it reaches, whether it may be repeated, how it is read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from core.contracts.text import Text

SETTLES_AFTER = timedelta(seconds=60)


class Scope(Enum):
    """What one call of the write really touches; core widens a selection to it.

    BUNDLE_PRODUCT is every line of one product in one bundle. LINE_QUANTITY, a write of some of
    a line's pieces, is not used yet: it counts as LINE. LISTING is a write of one listing.
    """

    LINE = "line"
    LINE_QUANTITY = "line_quantity"
    BUNDLE = "bundle"
    BUNDLE_PRODUCT = "bundle_product"
    ORDER = "order"
    LISTING = "listing"


class Repeat(Enum):
    """What happens when the same write is sent twice.

    HARMLESS: nothing. READBACK: it must be read back first. ONCE: never again without a person.
    """

    HARMLESS = "harmless"
    READBACK = "readback"
    ONCE = "once"


@dataclass(frozen=True)
class Item:
    """One thing to write: the marketplace's own `key` of it, and the values that go with it."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What the marketplace said about one item. `text` None means done."""

    key: str
    text: Text | None = None
    code: str = ""
    reference: str = ""

    @property
    def done(self) -> bool:
        """True when the marketplace accepted the item."""
        return self.text is None


@dataclass(frozen=True)
class Sent:
    """A write whose outcome is unknown, as a read-back sees it.

    `before` is what the marketplace listed before sending (creates only), `sent_at` is UTC.
    """

    key: str
    values: Mapping[str, Any]
    sent_at: datetime
    before: Sequence[str] = ()


@dataclass(frozen=True)
class Done:
    """Read back: it happened. `reference` is the marketplace's id of what came of it."""

    reference: str = ""


@dataclass(frozen=True)
class Absent:
    """Read back: not there (yet). Counts only when seen twice."""


@dataclass(frozen=True)
class Unclear:
    """Read back: it cannot be told; a person decides."""

    text: Text | None = None


Verdict = Done | Absent | Unclear
Client = Any


@dataclass(frozen=True, kw_only=True)
class Write:
    """A write over lines. `send` gets the items of at most `batch` units and answers for each.

    A unit is what `scope` says, a line or a whole bundle or order, and is never cut. One `send`
    should make one request that changes something: when a later one fails, nothing tells which
    of its items were done before, and all of them are read back. It raises OutcomeUnknown when
    the answer was lost, Unavailable or RateLimited when nothing was done, and returns per-item
    refusals as Results; an item without one counts as unknown. `readback` answers for each key
    of the given items and changes nothing at the marketplace. `order(item)` sorts the items
    before they are cut into batches (a main product before what was added to it).

    The values of a confirm's items are order_no, line_no, bundle_no, line_class, product_no.
    """

    scope: Scope
    repeat: Repeat
    send: Callable[[Client, Sequence[Item]], Sequence[Result]]
    readback: Callable[[Client, Sequence[Sent]], Mapping[str, Verdict]] | None = None
    order: Callable[[Item], Any] | None = None
    batch: int = 1
    settles_after: timedelta = SETTLES_AFTER
