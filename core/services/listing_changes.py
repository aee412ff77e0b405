"""What a person wants changed of listings: read from a form, and what it makes of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.contracts.product import SaleState
from core.contracts.text import Text
from core.fields import Field, Kind, clean
from core.services.outcome import Wrong

WHATS = ("price", "status", "display", "stock")
MOST_WON = 999_999_990
MOST_PIECES = 999_999
MOST_PERCENT = 99
TENS = 10
"""A price by per cent is cut to so many won, as marketplaces take no single ones."""

LABELS = {
    "price": Text("판매가", "Price"),
    "status": Text("판매상태", "Sale state"),
    "display": Text("진열", "Display"),
    "stock": Text("재고", "Stock"),
}
SAME = Text("이미 그 값입니다.", "It is so already.")
NO_PRICE = Text(
    "지금 판매가를 모릅니다. [동기화]한 뒤 다시 해 주세요.",
    "Its present price is not known. Sync it, then try again.",
)
TOO_LOW = Text("판매가가 1원보다 작아집니다.", "The price would be below one won.")
TOO_HIGH = Text("판매가가 너무 커집니다.", "The price would be too large.")
NO_OPTIONS = Text(
    "옵션과 재고를 아직 모릅니다. [동기화]한 뒤 다시 해 주세요.",
    "Its options and stock are not known yet. Sync it, then try again.",
)

PERCENT = Text(
    "0.1부터 99까지, 소수 한 자리까지 넣을 수 있습니다.",
    "Between 0.1 and 99, with one decimal at most.",
)


def _check_percent(text: str) -> Text | None:
    sound = re.fullmatch(r"[0-9]{1,2}(\.[0-9])?", text) and 0 < float(text) <= MOST_PERCENT
    return None if sound else PERCENT


_MONEY_WAYS = ("set", "raise", "lower")
_PERCENT_WAYS = ("raise_percent", "lower_percent")
_PRICE = (
    Field(
        name="how",
        label=Text("바꾸는 방법", "How"),
        kind=Kind.CHOICE,
        default="set",
        choices=(
            ("set", Text("이 판매가로 맞추기", "Set it to this")),
            ("raise", Text("얼마 올리기", "Raise it by won")),
            ("lower", Text("얼마 내리기", "Lower it by won")),
            ("raise_percent", Text("몇 % 올리기", "Raise it by per cent")),
            ("lower_percent", Text("몇 % 내리기", "Lower it by per cent")),
        ),
    ),
    Field(
        name="won",
        label=Text("금액", "Won"),
        kind=Kind.MONEY,
        minimum=1,
        maximum=MOST_WON,
        show_if=("how", _MONEY_WAYS),
    ),
    Field(
        name="percent",
        label=Text("비율", "Per cent"),
        max_length=6,
        unit=Text("%", "%"),
        help=Text(
            "3.5처럼 소수 한 자리까지 넣을 수 있습니다. 10원 아래는 버립니다.",
            "One decimal is allowed, such as 3.5. Cut to tens of won.",
        ),
        tidy=lambda text: text.removesuffix("%").strip(),
        check=_check_percent,
        show_if=("how", _PERCENT_WAYS),
    ),
)
_STATUS = (
    Field(
        name="on_sale",
        label=LABELS["status"],
        kind=Kind.CHOICE,
        choices=(("1", Text("판매중", "On sale")), ("0", Text("판매중지", "Stopped"))),
    ),
)
_DISPLAY = (
    Field(
        name="displayed",
        label=LABELS["display"],
        kind=Kind.CHOICE,
        choices=(("1", Text("진열", "Displayed")), ("0", Text("진열 안 함", "Hidden"))),
    ),
)
_STOCK = (
    Field(
        name="pieces",
        label=Text("옵션마다의 재고", "Stock of each option"),
        kind=Kind.NUMBER,
        maximum=MOST_PIECES,
        unit=Text("개", "pieces"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change as it was asked for: an `amount` of won, pieces, or tenths of a per cent; `options`
    holds pieces by the id of an option."""

    what: str
    how: str = ""
    amount: int = 0
    on: bool = False
    options: Mapping[str, int] | None = None


def fields(what: str, options: Sequence[Any] = ()) -> tuple[Field, ...]:
    """The form of a change; with the `options` of one listing its stock is asked one by one."""
    if what == "stock" and options:
        return tuple(_of_option(one) for one in options)
    return {"price": _PRICE, "status": _STATUS, "display": _DISPLAY, "stock": _STOCK}[what]


def _of_option(option: Any) -> Field:
    name = option.name or option.option_no
    return Field(
        name=f"o-{option.id}",
        label=Text(name, name) if name else LABELS["stock"],
        kind=Kind.NUMBER,
        default="" if option.stock is None else option.stock,
        maximum=MOST_PIECES,
        unit=Text("개", "pieces"),
    )


def read(what: str, raw: Mapping[str, Any], options: Sequence[Any] = ()) -> Change:
    """The change that a form asks for. Raises Wrong with reasons by field name."""
    done = clean(fields(what, options), raw)
    if not done.ok:
        raise Wrong(done.problems)
    values = done.values
    if what == "price":
        by_share = values["how"] in _PERCENT_WAYS
        amount = round(float(values["percent"]) * 10) if by_share else int(values["won"])
        return Change(what=what, how=values["how"], amount=amount)
    if what == "stock" and options:
        pieces = {one.id: int(values[f"o-{one.id}"]) for one in options}
        return Change(what=what, options=pieces)
    if what == "stock":
        return Change(what=what, amount=int(values["pieces"]))
    return Change(what=what, on=values["on_sale" if what == "status" else "displayed"] == "1")


# -- what it makes of a listing --------------------------------------------------------------------


def before(what: str, listing: Any, options: Sequence[Any]) -> dict[str, Any]:
    """What stands now, in the words of the write; a state is told as it is."""
    if what == "price":
        return {"price": listing.price}
    if what == "status":
        return {"state": listing.state}
    if what == "display":
        return {"displayed": listing.displayed}
    return {"options": {one.option_no: one.stock for one in options}}


def after(
    change: Change, listing: Any, options: Sequence[Any]
) -> tuple[dict[str, Any], Text | None]:
    """The values of the write, or why there is nothing to write."""
    if change.what == "price":
        return _price(change, listing.price)
    if change.what == "status":
        good = (SaleState.ON_SALE.value, SaleState.SOLD_OUT.value)
        so = listing.state in (good if change.on else (SaleState.STOPPED.value,))
        return {"on_sale": change.on}, SAME if so else None
    if change.what == "display":
        return {"displayed": change.on}, SAME if listing.displayed is change.on else None
    return _stock(change, options)


def _price(change: Change, price: int | None) -> tuple[dict[str, Any], Text | None]:
    if change.how == "set":
        wanted = change.amount
    elif price is None:
        return {}, NO_PRICE
    elif change.how in _PERCENT_WAYS:
        share = 1000 + (change.amount if change.how == "raise_percent" else -change.amount)
        wanted = price * share // 1000 // TENS * TENS
    else:
        wanted = price + (change.amount if change.how == "raise" else -change.amount)
    if wanted < 1:
        return {}, TOO_LOW
    if wanted > MOST_WON:
        return {}, TOO_HIGH
    return {"price": wanted}, SAME if wanted == price else None


def _stock(change: Change, options: Sequence[Any]) -> tuple[dict[str, Any], Text | None]:
    if not options:
        return {}, NO_OPTIONS
    told = change.options
    pieces = {
        one.option_no: change.amount if told is None else told.get(one.id, one.stock or 0)
        for one in options
    }
    same = all(pieces[one.option_no] == one.stock for one in options)
    return {"options": pieces}, SAME if same else None
