"""Listings as a marketplace holds them: how they are found, read, changed, and read from files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from core.contracts.file import Column, FileRow
from core.contracts.form import Client
from core.contracts.page import UNCHANGED, Page, Unchanged
from core.contracts.text import Text
from core.contracts.write import Write
from core.fields import Field, Values


class SaleState(Enum):
    """Whether a listing or an option can be bought, in our words."""

    ON_SALE = "on_sale"
    SOLD_OUT = "sold_out"
    STOPPED = "stopped"
    WAITING = "waiting"
    ENDED = "ended"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class ListingOption:
    """One row of a listing: what is really sold. `option_no` never changes; a listing that has
    no options has one row, with `option_no` "". `extra` is won on top of the listing's price,
    `code` the seller's own. A field left out (UNCHANGED) keeps what is stored."""

    option_no: str
    name: str | Unchanged = UNCHANGED
    code: str | Unchanged = UNCHANGED
    extra: int | Unchanged = UNCHANGED
    stock: int | Unchanged | None = UNCHANGED
    state: SaleState | Unchanged = UNCHANGED


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A product as it stands on one channel; `product_no` never changes.

    A field left out (UNCHANGED) keeps what is stored, None means empty; `options` are all of
    its rows, or UNCHANGED where the source does not tell them: `[]` says that all are gone. Money
    is won, times are aware: what is otherwise is refused where core takes it in.
    `code` is the seller's own (판매자 상품코드), `remote_state` the marketplace's own word,
    `image` an address, `category` a path of names. `sale_ends` is None for a listing that does
    not end. `changed_at` is the marketplace's own time of the change, when it tells one. `raw`
    is its answer, for support.
    """

    product_no: str
    name: str | Unchanged = UNCHANGED
    code: str | Unchanged = UNCHANGED
    state: SaleState | Unchanged = UNCHANGED
    remote_state: str | Unchanged = UNCHANGED
    displayed: bool | Unchanged | None = UNCHANGED
    price: int | Unchanged = UNCHANGED
    category: str | Unchanged = UNCHANGED
    image: str | Unchanged = UNCHANGED
    sale_starts: datetime | Unchanged | None = UNCHANGED
    sale_ends: datetime | Unchanged | None = UNCHANGED
    changed_at: datetime | None = None
    options: Sequence[ListingOption] | Unchanged = UNCHANGED
    raw: Mapping[str, Any] | str | Unchanged = UNCHANGED


@dataclass(frozen=True, kw_only=True)
class ListingGroup:
    """Several listings sold together (a deal): its number, name, and their numbers."""

    group_no: str
    name: str
    product_nos: Sequence[str]
    state: SaleState = SaleState.UNKNOWN
    remote_state: str = ""
    sale_starts: datetime | None = None
    sale_ends: datetime | None = None


@dataclass(frozen=True)
class MigrationRow:
    """What one line of a file, or several that belong together, say.

    `number` is the (first) row in the sheet. Either a `listing` or a `group` is given, or a
    `problem`, which is shown with its reason and not imported; beside it may stand what of the
    listing could be read.
    """

    number: int
    listing: Listing | None = None
    group: ListingGroup | None = None
    problem: Text | None = None


@dataclass(frozen=True, kw_only=True)
class MigrationParser:
    """Reads the export of a seller centre or of another tool, row by row.

    Core finds the sheet, the header row and the `columns` in it (or is told by hand), reads and
    repairs the cells in a child process, and hands the rows to `rows(rows)` there; what it
    yields is stored as a preview. `how` says where the seller gets the file. `sample` is a small
    invented one, its header row first, for the kit: where the practice marketplace gives none.
    """

    marketplace: str
    key: str
    label: Text
    how: Text
    columns: Sequence[Column]
    rows: Callable[[Iterator[FileRow]], Iterable[MigrationRow]]
    sample: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, kw_only=True)
class Search:
    """How listings are found at the marketplace: the seller's conditions, and the pages.

    `fields` make the search form. `pages(client, values, cursor)` reads one page, the first
    when the cursor is ""; listings may be told in part. `check(values)` is pure: reasons by field
    name for conditions that do not fit together. `asked(values)` is pure too: what the conditions
    name one by one, by the field of `Listing` ("product_no" or "code"); what of it is not found
    is told to the seller.
    """

    fields: Sequence[Field]
    pages: Callable[[Client, Values, str], Page[Listing]]
    check: Callable[[Values], dict[str, Text]] | None = None
    asked: Callable[[Values], Mapping[str, Sequence[str]]] | None = None


EXTEND_DAYS = (3, 5, 7, 15, 30, 60, 90, 120)
"""The periods that sellers choose from: `extend_days` are some of these."""
WRITES = ("price", "stock", "status", "display", "extend")
"""The parts of a `ProductSync` that change something."""


@dataclass(frozen=True, kw_only=True)
class ProductSync:
    """How listings are searched, read and changed; what is left out is not offered.

    `get(client, product_nos)` reads whole listings, with all of their options; those that the
    marketplace no longer tells are absent. `at_once` is how many numbers one `get` takes: all
    its calls have to be made within 30 seconds.
    Writes are over listings: an item's key is its `product_no`, and its values say what shall be
    so afterwards, in absolute figures: `price` {"price": won}; `stock` {"options": {option_no:
    pieces}}, all options that are matched (the others keep theirs); `status` {"on_sale": bool};
    `display` {"displayed": bool}; `extend` {"days": one of `extend_days` (each of 3, 5, 7, 15, 30,
    60, 90, 120), "until": the last day that is wanted, ISO}: it never shortens a period, and a
    listing that does not end stays so.
    Where the marketplace replaces whole products, `send` reads, changes and writes, and refuses
    what would lose a field. Each is read back by `get` where its answer was lost.
    `quiet_hours` are hours of the day in Korea, from the first to before the last, in which sale
    periods are extended by themselves.
    `why_not` says, by the name of a part that is left out, why; `needs` names, by part, the fields
    of the credentials form without which it cannot work.
    """

    marketplace: str
    search: Search | None = None
    get: Callable[[Client, Sequence[str]], Sequence[Listing]] | None = None
    at_once: int = 20
    price: Write | None = None
    stock: Write | None = None
    status: Write | None = None
    display: Write | None = None
    extend: Write | None = None
    extend_days: Sequence[int] = ()
    quiet_hours: tuple[int, int] = (2, 5)
    why_not: Mapping[str, Text] = field(default_factory=dict)
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict)
