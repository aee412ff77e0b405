"""Listings as a marketplace holds them, and the reading of its own export files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.contracts.form import Client
from core.contracts.page import Page
from core.contracts.text import Text
from core.contracts.write import Write


@dataclass(frozen=True, kw_only=True)
class ListingOption:
    """One row of a listing: what is really sold. Price is won, on top of the listing's."""

    option_no: str
    name: str
    code: str = ""
    price: int = 0
    stock: int | None = None
    on_sale: bool = True


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A product as it stands on one channel. Price is won."""

    product_no: str
    name: str
    code: str = ""
    state: str = ""
    price: int = 0
    stock: int | None = None
    sale_ends: datetime | None = None
    options: Sequence[ListingOption] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MigrationRow:
    """One line of a file: `problem` set means shown with the reason, not imported."""

    number: int
    values: Mapping[str, Any] = field(default_factory=dict)
    problem: Text | None = None


@dataclass(frozen=True, kw_only=True)
class MigrationParser:
    """Reads a seller centre's export as a stream of rows; never the whole file at once.

    Not called yet.
    """

    marketplace: str
    key: str
    label: Text
    suffixes: Sequence[str]
    headers: Mapping[str, Sequence[str]]
    rows: Callable[[Iterable[Sequence[str]]], Iterator[MigrationRow]]


@dataclass(frozen=True, kw_only=True)
class ProductSync:
    """How listings are found, read and changed; a callable left out is not offered.

    Not called yet.
    """

    marketplace: str
    search: Callable[[Client, Mapping[str, Any], str], Page[Listing]] | None = None
    get: Callable[[Client, str], Listing] | None = None
    push_price: Write | None = None
    push_stock: Write | None = None
    push_status: Write | None = None
    extend_period: Write | None = None
