"""What the practice store sells: the shop of every practice marketplace, in this wire's words."""

from __future__ import annotations

from dataclasses import dataclass

from hanpan.api import WARES, Ware, code_of, ware_of


@dataclass(frozen=True)
class Option:
    """One option row: its text, what it adds to the price (won), its number and seller code."""

    text: str
    extra: int
    number: int
    code: str


@dataclass(frozen=True)
class Goods:
    """One product. `list_price` is before the seller's discount (both won)."""

    number: int
    name: str
    list_price: int
    price: int
    code: str
    options: tuple[Option, ...]


def _goods(n: int, ware: Ware, first: int = 0) -> Goods:
    texts = [
        "/".join(part.partition(": ")[2] for part in text.split(" / ")) for text in ware.options
    ]
    # A product without options has one row all the same: the line is the row (§5).
    rows = [
        Option(
            text,
            1000 * i,
            50_000_000 + 100 * (first + n) + i,
            code_of(n, i + 1 if ware.options else 0),
        )
        for i, text in enumerate(texts or ["단품"])
    ]
    price = ware.price - ware.off
    return Goods(400_000_000 + first + n, ware.name, ware.price, price, code_of(n), tuple(rows))


GOODS: tuple[Goods, ...] = tuple(_goods(n, ware) for n, ware in enumerate(WARES, start=1))


def generated(n: int) -> Goods:
    """The n-th of the listings that a seed may ask for beyond what orders are of (from 1)."""
    return _goods(n, ware_of(n), 1000)
