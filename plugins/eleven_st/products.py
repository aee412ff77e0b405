"""Listings of 11번가: how they are searched, read and changed (§5)."""

from __future__ import annotations

import re
from typing import Any

from hanpan.api import (
    ContractError,
    Field,
    Kind,
    Listing,
    Page,
    ProductSync,
    Search,
    Text,
    Values,
    day_field,
    shaped,
    wrong_days,
)
from plugins.eleven_st import emptiness
from plugins.eleven_st.client import ElevenSt
from plugins.eleven_st.listings import listing_of
from plugins.eleven_st.product_writes import EXTEND, PRICE, STATUS, STOCK, get
from plugins.eleven_st.refusals import NO_DISPLAY

KEY = "eleven_st"

LIMIT = 500
"""§5.2: rows of one call at most. There is no total: a full page is followed by another call."""
AT_ONCE = 10
"""Each listing takes two calls, at 5 a second with orders collected beside them."""
DAYS = (3, 5, 7, 15, 30, 60, 90, 120)

_NUMBER = Text(
    "상품번호는 숫자입니다. 셀러오피스의 상품번호를 넣어 주세요.",
    "A product number is digits. Give the one of the seller office.",
)
_WORDS = {
    "상품번호": "product_no",
    "상품명": "name",
    "판매상태": "state",
    "시작일": "since",
    "종료일": "until",
    "기간": "period",
}
"""Words of 11번가's sentence, and the condition that they are about."""
_STATES = (
    ("103", Text("판매중", "On sale")),
    ("104", Text("품절", "Sold out")),
    ("105", Text("판매중지 (전시중지)", "Stopped")),
    ("106", Text("판매종료", "Ended")),
    ("107", Text("판매강제종료", "Ended by 11st")),
    ("108", Text("판매금지", "Forbidden")),
    ("101", Text("승인대기", "Waits for approval")),
)
_PERIODS = (
    ("none", Text("기간 상관없이", "Any time")),
    ("1", Text("상품 등록일", "Registered")),
    ("2", Text("판매 시작일", "Sale starts")),
    ("3", Text("판매 종료일", "Sale ends")),
    ("4", Text("최종 수정일", "Last changed")),
)
_DATED = ("period", tuple(key for key, _ in _PERIODS[1:]))


FIELDS = (
    Field(
        name="state",
        label=Text("판매상태", "State"),
        kind=Kind.CHOICE,
        choices=_STATES,
        required=False,
        help=Text("고르지 않으면 모든 상태를 찾습니다.", "Without one, all of them."),
    ),
    Field(
        name="product_no",
        label=Text("상품번호", "Product number"),
        required=False,
        max_length=18,
        check=shaped(r"[0-9]{1,18}", _NUMBER),
    ),
    Field(
        name="name",
        label=Text("상품명", "Name"),
        required=False,
        max_length=100,
        encoding="euc-kr",
    ),
    Field(
        name="period",
        label=Text("기간 종류", "Period"),
        kind=Kind.CHOICE,
        choices=_PERIODS,
        default="none",
    ),
    day_field("since", Text("시작일", "First day"), show_if=_DATED),
    day_field("until", Text("종료일", "Last day"), show_if=_DATED),
)


def check(values: Values) -> dict[str, Text]:
    """Reasons for conditions that do not fit together."""
    wrong = wrong_days(values.get("since"), values.get("until"))
    return {} if wrong is None else {"until": wrong}


def asked(values: Values) -> dict[str, list[str]]:
    """The number that is searched for, where it is all that is asked."""
    others = values.get("name") or values.get("state") or _is_dated(values)
    number = values.get("product_no")
    return {"product_no": [str(number)]} if number and not others else {}


def _is_dated(values: Values) -> bool:
    return values.get("period") in _DATED[1]


def pages(client: ElevenSt, values: Values, cursor: str) -> Page[Listing]:
    """Up to 500 listings: without stock, options and images, which no search tells (§5.2)."""
    if cursor and not re.fullmatch(r"[1-9][0-9]{0,8}", cursor):
        raise ContractError(detail=f"a search cursor that is none: {cursor[:80]!r}")
    start = int(cursor or 1)
    rows = client.products(_conditions(values, start), _WORDS)
    more = len(rows) >= LIMIT
    found = emptiness.told(client, map(listing_of, rows))
    return Page(found, str(start + len(rows)), more)


def _conditions(values: Values, start: int) -> dict[str, Any]:
    """§5.2; the days as minutes of 12 digits, which no source tells (§12)."""
    told: dict[str, Any] = {
        "prdNo": values.get("product_no"),
        "prdNm": values.get("name"),
        "selStatCd": values.get("state"),
    }
    if _is_dated(values):
        told |= {
            "schDateType": values["period"],
            "schBgnDt": values["since"].replace("-", "") + "0000",
            "schEndDt": values["until"].replace("-", "") + "2359",
        }
    told |= {"limit": LIMIT, "start": start, "end": start + LIMIT - 1}
    return {name: value for name, value in told.items() if value}


SYNC = ProductSync(
    marketplace=KEY,
    search=Search(fields=FIELDS, pages=pages, check=check, asked=asked),
    get=get,
    at_once=AT_ONCE,
    price=PRICE,
    stock=STOCK,
    status=STATUS,
    extend=EXTEND,
    extend_days=DAYS,
    why_not={"display": NO_DISPLAY},
)
