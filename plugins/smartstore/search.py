"""How products of 스마트스토어 are searched (§6.1): the conditions, and the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hanpan.api import (
    ContractError,
    Field,
    Kind,
    Listing,
    NotFound,
    Page,
    Search,
    Text,
    Values,
    day_field,
    take,
    whole,
    wrong_days,
)
from plugins.smartstore.client import PRODUCTS_LIMIT, Smartstore
from plugins.smartstore.listings import STATE_WORDS, number_of, told_in_part

ALL, BY_NUMBER, BY_CODE = "all", "number", "code"
MOST = 1000
"""Numbers or codes at once: each code is a search of its own."""

_INPUTS = {
    "channelProductNos": "numbers",
    "sellerManagementCode": "codes",
    "periodType": "period",
    "fromDate": "since",
    "toDate": "until",
    "productStatusTypes": "states",
}
_PERIODS = (
    ("none", Text("기간 상관없이", "Any time")),
    ("PROD_REG_DAY", Text("상품 등록일", "Registered")),
    ("SALE_START_DAY", Text("판매 시작일", "Sale starts")),
    ("SALE_END_DAY", Text("판매 종료일", "Sale ends")),
    ("PROD_MOD_DAY", Text("최종 수정일", "Last changed")),
)
_DATED = ("period", tuple(key for key, _ in _PERIODS[1:]))
_NO_NUMBER = Text(
    "숫자가 아닌 상품번호가 있습니다: {wrong}. 스마트스토어센터의 상품번호를 한 줄에 하나씩 넣어 "
    "주세요.",
    "A product number is digits, unlike {wrong}. Give those of the seller centre, one a line.",
)
_TOO_MANY = Text(
    f"한 번에 {MOST:,}개까지 찾을 수 있습니다. 나누어 검색해 주세요.",
    f"At most {MOST:,} at once. Search in parts.",
)


def pages(client: Smartstore, values: Values, cursor: str) -> Page[Listing]:
    """One page of what fits; a name filters what was fetched, for the wire has no search by it."""
    place, number = _position(cursor)
    queries = list(_queries(values))
    if place >= len(queries):
        return Page([], cursor)
    try:
        answer = client.products(queries[place], number, _INPUTS)
    except NotFound:
        answer = {"contents": [], "totalPages": 0}
    found = [told_in_part(row) for row in product_rows(answer)]
    more = number < int(take(answer, "totalPages"))
    following = (place, number + 1) if more else (place + 1, 1)
    name = str(values.get("name") or "").casefold()
    total = whole(answer.get("totalElements")) if len(queries) == 1 and not name else None
    return Page(
        [one for one in found if name in str(one.name).casefold()],
        "{}.{}".format(*following),
        more=following[0] < len(queries),
        total=total,
    )


def product_rows(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The channel products of a page; several may belong to one origin product."""
    listed = take(answer, "contents")
    if not isinstance(listed, list):
        raise ContractError(detail="products: contents is not a list")
    rows = [row for one in listed for row in take(one, "channelProducts")]
    # The number of the origin product stands on the outside too, and only there at times.
    origins = {
        number_of(row): {"originProductNo": one["originProductNo"]}
        for one in listed
        for row in one["channelProducts"]
        if one.get("originProductNo")
    }
    return [
        row if row.get("originProductNo") else {**row, **origins.get(number_of(row), {})}
        for row in rows
    ]


def rows_of(client: Smartstore, product_nos: list[str]) -> dict[str, Mapping[str, Any]]:
    """The rows of the list by channelProductNo, of at most 100; what it does not tell is absent."""
    numbers = [int(one) for one in product_nos if one.isascii() and one.isdecimal()]
    if not numbers:
        return {}
    try:
        answer = client.products(_by_numbers(numbers), 1, {})
    except NotFound:
        return {}
    found = {number_of(row): row for row in product_rows(answer)}
    return {number: found[number] for number in product_nos if number in found}


def _by_numbers(numbers: list[int]) -> dict[str, Any]:
    return {"searchKeywordType": "CHANNEL_PRODUCT_NO", "channelProductNos": numbers}


def _position(cursor: str) -> tuple[int, int]:
    """Which search it is, and which page of it."""
    if not re.fullmatch(r"[0-9]{1,4}\.[0-9]{1,7}", cursor or "0.1"):
        raise ContractError(detail=f"a search cursor that is none: {cursor[:80]!r}")
    place, number = (cursor or "0.1").split(".")
    return int(place), int(number)


def _queries(values: Values) -> Iterator[dict[str, Any]]:
    """The searches that make up the conditions: one for each seller code, else for 100 numbers."""
    shared: dict[str, Any] = {}
    if values.get("states"):
        shared["productStatusTypes"] = list(values["states"])
    if values.get("period") not in (None, "", "none"):
        shared |= {
            "periodType": values["period"],
            "fromDate": values["since"],
            "toDate": values["until"],
        }
    if values.get("by") == BY_NUMBER:
        numbers = [int(one) for one in _words(values["numbers"])]
        for first in range(0, len(numbers), PRODUCTS_LIMIT):
            yield shared | _by_numbers(numbers[first : first + PRODUCTS_LIMIT])
    elif values.get("by") == BY_CODE:
        for code in _codes(values["codes"]):
            yield shared | {"searchKeywordType": "SELLER_CODE", "sellerManagementCode": code}
    else:
        yield shared


def asked(values: Values) -> dict[str, list[str]]:
    """The numbers or codes that are searched for; without any, where other conditions could be why
    one is not found."""
    others = (
        values.get("states") or values.get("name") or values.get("period") not in (None, "", "none")
    )
    if others:
        return {}
    if values.get("by") == BY_NUMBER:
        return {"product_no": [str(int(word)) for word in _words(values["numbers"])]}
    return {"code": _codes(values["codes"])} if values.get("by") == BY_CODE else {}


def _words(text: Any) -> list[str]:
    return list(dict.fromkeys(re.findall(r"[^\s,]+", str(text or ""))))


def _codes(text: Any) -> list[str]:
    """Codes by line or comma: they may hold blanks."""
    found = (code.strip() for code in re.split(r"[\r\n,]+", str(text or "")))
    return list(dict.fromkeys(code for code in found if code))


def _check_numbers(text: str) -> Text | None:
    words = _words(text)
    wrong = [word for word in words if not re.fullmatch(r"[0-9]{1,18}", word)]
    if wrong:
        return _NO_NUMBER.format(wrong=", ".join(word[:40] for word in wrong[:3]))
    return _TOO_MANY if len(words) > MOST else None


def _check_codes(text: str) -> Text | None:
    return _TOO_MANY if len(_codes(text)) > MOST else None


def check(values: Values) -> dict[str, Text]:
    """Reasons for conditions that do not fit together."""
    wrong = wrong_days(values.get("since"), values.get("until"))
    return {} if wrong is None else {"until": wrong}


SEARCH = Search(
    fields=(
        Field(
            name="by",
            label=Text("검색 종류", "Search by"),
            kind=Kind.CHOICE,
            choices=(
                (ALL, Text("전체 상품", "All products")),
                (BY_NUMBER, Text("상품번호", "Product number")),
                (BY_CODE, Text("판매자 상품코드", "Seller code")),
            ),
            default=ALL,
        ),
        Field(
            name="numbers",
            label=Text("상품번호", "Product numbers"),
            kind=Kind.TEXTAREA,
            max_length=20_000,
            show_if=("by", (BY_NUMBER,)),
            check=_check_numbers,
            help=Text("한 줄에 하나씩 넣어 주세요.", "One a line."),
        ),
        Field(
            name="codes",
            label=Text("판매자 상품코드", "Seller codes"),
            kind=Kind.TEXTAREA,
            max_length=60_000,
            show_if=("by", (BY_CODE,)),
            check=_check_codes,
            help=Text("한 줄에 하나씩 넣어 주세요.", "One a line."),
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
        Field(
            name="states",
            label=Text("판매상태", "States"),
            kind=Kind.WEEKDAYS,  # several of the choices
            required=False,
            default=(),
            choices=tuple(STATE_WORDS.items()),
            help=Text("고르지 않으면 모든 상태를 찾습니다.", "Without any, all of them."),
        ),
        Field(
            name="name",
            label=Text("상품명", "Name"),
            required=False,
            help=Text(
                "네이버에는 상품명 검색이 없어 찾은 상품 중에서 고릅니다.",
                "Naver cannot search by name: it filters what was found.",
            ),
        ),
    ),
    pages=pages,
    check=check,
    asked=asked,
)
