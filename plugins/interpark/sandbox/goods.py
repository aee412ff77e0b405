"""What the practice store sells: the shop of every practice marketplace, in this wire's words."""

from __future__ import annotations

from dataclasses import dataclass

from hanpan.api import EXTRAS, WARES, Ware, code_of, ware_of


@dataclass(frozen=True)
class Goods:
    """One product. `price` (won) is what is paid; `options` are (text, number, seller's code)."""

    number: str
    name: str
    price: int
    code: str
    options: tuple[tuple[str, str, str], ...] = ()


def _goods(n: int, ware: Ware, first: int) -> Goods:
    options = tuple(
        (text, f"{first + n}{i + 1:02d}", code_of(n, i + 1)) for i, text in enumerate(ware.options)
    )
    return Goods(str((first + n) * 100), ware.name, ware.price - ware.off, code_of(n), options)


MAIN: tuple[Goods, ...] = tuple(_goods(n, ware, 71_000_000) for n, ware in enumerate(WARES, 1))
EXTRA: tuple[Goods, ...] = tuple(_goods(n, ware, 72_000_000) for n, ware in enumerate(EXTRAS, 1))


def generated(n: int) -> Goods:
    """The n-th of the listings that a seed may ask for beyond what orders are of (from 1)."""
    return _goods(n, ware_of(n), 73_000_000)
