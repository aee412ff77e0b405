"""The fields of a SKU as forms ask for them."""

from __future__ import annotations

from functools import partial

from core.contracts.text import Text
from core.fields import Field, Kind
from core.services import stock

MOST_WON = 9_999_999_999

PIECES = Text("개", "pcs")

_won = partial(Field, kind=Kind.MONEY, maximum=MOST_WON)
_pieces = partial(Field, kind=Kind.NUMBER, maximum=stock.MOST, unit=PIECES)
_flag = partial(Field, kind=Kind.FLAG, required=False)

NAME = Field(name="name", label=Text("상품명", "Name"))
OPTION = Field(
    name="option_name",
    label=Text("옵션명", "Option"),
    required=False,
    help=Text("색상, 크기처럼 나뉘지 않으면 비워 두세요.", "Leave empty where there are none."),
)
OWN_CODE = Field(
    name="own_code",
    label=Text("자체상품코드", "Own code"),
    required=False,
    max_length=120,
    help=Text(
        "쓰시는 상품코드입니다. 한 코드는 한 상품에만 쓸 수 있습니다.",
        "The code that you use yourself. One code belongs to one SKU.",
    ),
)
PRICE = _won(name="price", label=Text("판매가", "Price"), default=0)
COST = _won(name="cost", label=Text("원가", "Cost"), required=False)
ON_HAND = _pieces(
    name="on_hand",
    label=Text("재고", "Stock"),
    default=0,
    help=Text("지금 창고에 있는 수량입니다.", "Pieces that are in the warehouse now."),
)
RETURNED = _pieces(name="returned", label=Text("들어온 수량", "Pieces that came back"), minimum=1)
BUFFER = _pieces(
    name="buffer",
    label=Text("안전재고", "Safety buffer"),
    default=0,
    help=Text("판매채널에 올리지 않고 남겨 두는 수량입니다.", "Pieces that are never published."),
)
ON_SALE = _flag(name="on_sale", label=Text("판매중", "On sale"), default=True)
DISPLAYED = _flag(name="displayed", label=Text("진열", "Displayed"), default=True)
RUNPLE = _flag(name="runple", label=Text("런플상품", "Runple"), default=False)
IMAGE = Field(
    name="image",
    label=Text("이미지 주소", "Image address"),
    kind=Kind.URL,
    required=False,
    max_length=1000,
)
MEMO = Field(
    name="memo", label=Text("메모", "Memo"), kind=Kind.TEXTAREA, required=False, max_length=1000
)


def form(*, new: bool, with_runple: bool) -> list[Field]:
    """The fields of a SKU's form; stock is asked for when it is made, later it is counted."""
    found = [NAME, OPTION, OWN_CODE, PRICE, COST]
    found += [ON_HAND, BUFFER] if new else [BUFFER]
    found += [ON_SALE, DISPLAYED]
    if with_runple:
        found.append(RUNPLE)
    return [*found, IMAGE, MEMO]
