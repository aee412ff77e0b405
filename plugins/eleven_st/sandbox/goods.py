"""What the practice store sells here: the shop of every practice marketplace, as 11번가 has it."""

from __future__ import annotations

from dataclasses import dataclass

from hanpan.api import EXTRAS, WARES, Ware, code_of, ware_of


@dataclass(frozen=True)
class Option:
    """One option row: its text, what it adds to the price (won), its stock number and own code."""

    text: str
    extra: int
    stock: str
    code: str


@dataclass(frozen=True)
class Goods:
    """One product. `price` and the seller's discount `off` are won."""

    number: str
    name: str
    price: int
    off: int
    code: str
    stock: str
    options: tuple[Option, ...] = ()


def _goods(n: int, ware: Ware, first: int) -> Goods:
    options = tuple(
        Option(
            text.replace(": ", ":").replace(" / ", ","),
            1000 * i,
            f"43{first + n:05d}{i:02d}",
            code_of(n, i + 1),
        )
        for i, text in enumerate(ware.options)
    )
    number = 4_000_000_000 + first + n
    return Goods(
        str(number), ware.name, ware.price, ware.off, code_of(n), f"44{first + n:07d}", options
    )  # fmt: skip


MAIN: tuple[Goods, ...] = tuple(_goods(n, ware, 0) for n, ware in enumerate(WARES, start=1))
EXTRA: tuple[Goods, ...] = tuple(_goods(n, ware, 500) for n, ware in enumerate(EXTRAS, start=1))


def generated(n: int) -> Goods:
    """The n-th of the listings that a seed may ask for beyond what orders are of (from 1)."""
    return _goods(n, ware_of(n), 1_000_000)


def goods_of(row: dict[str, object]) -> tuple[Goods, Option | None]:
    """The product and option of a line."""
    goods = (EXTRA if "main" in row else MAIN)[int(str(row["goods"]))]
    if not goods.options:
        return goods, None
    return goods, goods.options[int(str(row.get("option", 0)))]
