"""What the practice store sells here: the shop of every practice marketplace, in this wire."""

from __future__ import annotations

from dataclasses import dataclass

from hanpan.api import EXTRAS, WARES, Ware, code_of

SINGLE, OPTIONS, ADDON = "단일상품", "조합형옵션상품", "추가구성상품"


@dataclass(frozen=True)
class Option:
    """One option row: its text, what it adds to the price (won), its number and seller code."""

    text: str
    extra: int
    number: str
    code: str


@dataclass(frozen=True)
class Goods:
    """One channel product. `price` is before the immediate discount `off` (both won)."""

    channel_no: str
    origin_no: str
    name: str
    price: int
    off: int
    code: str
    options: tuple[Option, ...] = ()
    addon: bool = False

    @property
    def kind(self) -> str:
        """The wire's productClass."""
        if self.addon:
            return ADDON
        return OPTIONS if self.options else SINGLE


def _goods(n: int, ware: Ware, *, addon: bool = False) -> Goods:
    options = tuple(
        Option(text, 1000 * i, f"4100000{n:02d}{i:02d}", code_of(n, i + 1))
        for i, text in enumerate(ware.options)
    )
    return Goods(
        f"95000000{n:02d}", f"90000000{n:02d}", ware.name, ware.price, ware.off, code_of(n),
        options, addon,
    )  # fmt: skip


MAIN: tuple[Goods, ...] = tuple(_goods(n, ware) for n, ware in enumerate(WARES, start=1))
EXTRA: tuple[Goods, ...] = tuple(
    _goods(n, ware, addon=True) for n, ware in enumerate(EXTRAS, start=1)
)
