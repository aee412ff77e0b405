"""The columns of a file of SKUs: how they are found, read, and written so that they read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.contracts.file import Column, ColumnKind, FileRow
from core.contracts.text import Text
from core.files.cells import of_text
from core.files.headers import key_of
from core.services import sku_fields, stock
from core.services.sku_codes import tidy

NAME = "name"
CODES = ("own_code", "our_code")

_CODE, _WON, _COUNT = ColumnKind.CODE, ColumnKind.WON, ColumnKind.COUNT


def _column(name: str, ko: str, en: str, *more: str, kind: ColumnKind = ColumnKind.TEXT) -> Column:
    return Column(name=name, label=Text(ko, en), headers=(ko, en, *more), kind=kind)


COLUMNS: tuple[Column, ...] = (
    _column(NAME, "상품명", "Product name", "상품 이름", "품명", "제품명", "상품명칭"),
    _column("option_name", "옵션명", "Option", "옵션", "옵션값", "옵션정보", "규격"),
    _column(
        "own_code", "자체상품코드", "Own code", "자체 코드", "판매자 상품코드", "판매자상품코드",
        "판매자관리코드", "관리코드", "상품코드", "품번", "SKU", kind=_CODE,
    ),
    _column("our_code", "고유상품코드", "Hanpan code", kind=_CODE),
    _column("price", "판매가", "Price", "판매가격", "판매단가", "가격", kind=_WON),
    _column("cost", "원가", "Cost", "매입가", "사입가", "공급가", "매입단가", kind=_WON),
    _column("on_hand", "재고", "Stock", "재고수량", "현재고", "재고량", "수량", kind=_COUNT),
    _column("buffer", "안전재고", "Safety buffer", "안전재고수량", kind=_COUNT),
    _column("on_sale", "판매상태", "Sale state", "판매여부"),
    _column("displayed", "진열", "Displayed", "진열상태", "진열여부", "전시상태", "전시여부"),
    _column("image", "이미지", "Image", "이미지주소", "이미지 URL", "대표이미지"),
    _column("memo", "메모", "Memo", "비고"),
)  # fmt: skip
RUNPLE = _column("runple", "런플", "Runple", "런플상품", "런플사용")

LABELS = {column.name: column.label for column in (*COLUMNS, RUNPLE)}

_ON_SALE = Text("판매중", "On sale")
_STOPPED = Text("판매중지", "Stopped")
_SHOWN = Text("진열", "Displayed")
_HIDDEN = Text("진열안함", "Not displayed")
_WORDS: dict[str, dict[bool, tuple[str, ...]]] = {
    "on_sale": {
        True: (_ON_SALE.ko, _ON_SALE.en, "판매", "정상", "정상판매", "Y", "예", "O", "1", "true"),
        False: (
            _STOPPED.ko, _STOPPED.en, "중지", "판매안함", "품절", "일시품절", "판매종료", "N",
            "아니오", "X", "0", "false",
        ),
    },
    "displayed": {
        True: (_SHOWN.ko, _SHOWN.en, "진열함", "전시", "전시중", "노출", "Y", "예", "O", "1",
               "true"),
        False: (
            _HIDDEN.ko, _HIDDEN.en, "미진열", "진열중지", "전시안함", "전시중지", "미노출", "숨김",
            "N", "아니오", "X", "0", "false",
        ),
    },
    "runple": {
        True: ("Y", "예", "O", "1", "true", "런플", "사용"),
        False: ("N", "아니오", "X", "0", "false", "미사용", "사용안함"),
    },
}  # fmt: skip
_FLAGS = {
    name: {key_of(word): value for value, some in words.items() for word in some}
    for name, words in _WORDS.items()
}
_LONGEST = {
    "name": 200, "option_name": 200, "own_code": 120, "our_code": 16, "image": 1000, "memo": 1000,
}  # fmt: skip
_MOST = {"price": sku_fields.MOST_WON, "cost": sku_fields.MOST_WON, "on_hand": stock.MOST,
         "buffer": stock.MOST}  # fmt: skip

_FLAG_WRONG = Text(
    "'{value}'은(는) 알 수 없습니다. '{yes}' 또는 '{no}'로 적어 주세요.",
    "'{value}' is not known. Write '{yes}' or '{no}'.",
)
_LONG = Text("{n}자까지 넣을 수 있습니다.", "At most {n} characters.")
_ADDRESS = Text(
    "이미지는 https:// 로 시작하는 주소여야 합니다.",
    "An image is an address that begins with https://.",
)
_TOO_MUCH = Text("{n}까지 넣을 수 있습니다.", "At most {n}.")


def columns(*, with_runple: bool, remembered: Mapping[str, str] | None = None) -> list[Column]:
    """What is looked for; `remembered` are headers that a person chose before, by column."""
    known = remembered or {}
    return [
        replace(column, headers=(known[column.name], *column.headers))
        if column.name in known
        else column
        for column in (*COLUMNS, *((RUNPLE,) if with_runple else ()))
    ]


def with_name_required(of: Sequence[Column]) -> list[Column]:
    """The same, by which a header row is told from a title."""
    return [replace(column, required=column.name == NAME) for column in of]


def parsed(row: FileRow) -> tuple[dict[str, Any], dict[str, Text]]:
    """The values that a row gives (an empty cell gives none), and reasons by column."""
    values: dict[str, Any] = {}
    problems = dict(row.problems)
    for name, value in row.values.items():
        if value is None or name in problems:
            continue
        made = _value(name, value)
        if isinstance(made, Text):
            problems[name] = made
        elif made is not None:
            values[name] = made
    return values, problems


def _value(name: str, value: Any) -> Any:
    if name in _FLAGS:
        known = _FLAGS[name].get(key_of(str(value)))
        if known is None:
            yes, no = _WORDS[name][True][0], _WORDS[name][False][0]
            return _FLAG_WRONG.format(value=str(value)[:40], yes=yes, no=no)
        return known
    if name in _MOST:
        most = _MOST[name]
        return value if value <= most else _TOO_MUCH.format(n=f"{most:,}")
    text = str(value)
    if name == "own_code":
        text = tidy(text)
    elif name == "our_code":
        text = text.strip().upper()
    if len(text) > _LONGEST[name]:
        return _LONG.format(n=_LONGEST[name])
    if name == "image" and not text.startswith("https://"):
        return _ADDRESS
    return text or None


def same(name: str, stored: Any, told: Any) -> bool:
    """Whether a file says what is stored, seen through the repairs that reading makes."""
    if stored == told:
        return True
    if not isinstance(stored, str) or not isinstance(told, str):
        return False
    kind = ColumnKind.CODE if name in CODES else ColumnKind.TEXT
    as_read = of_text(kind, stored.replace("\r\n", "\n"), typed=True).value
    return bool(as_read == told.replace("\r\n", "\n"))


def cells(sku: Any, *, with_runple: bool) -> list[Any]:
    """A row of the list as a file has it, in the order of `columns`."""
    flags = {
        "on_sale": _ON_SALE.ko if sku.on_sale else _STOPPED.ko,
        "displayed": _SHOWN.ko if sku.displayed else _HIDDEN.ko,
        "runple": "Y" if sku.runple else "N",
    }
    return [
        flags[column.name] if column.name in flags else getattr(sku, column.name)
        for column in columns(with_runple=with_runple)
    ]
