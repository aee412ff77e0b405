"""Reading listings: the search, one product, its stock rows (§5.2, §5.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hanpan.api import Response, seen, shelves
from plugins.eleven_st.sandbox.listings import (
    NAMES,
    Listing,
    listings,
    shown,
    status_of,
)
from plugins.eleven_st.sandbox.wire import (
    DECLARED,
    LABEL,
    NAMESPACE,
    Call,
    Refusal,
    body_of,
    encoded,
    leaf,
    listed,
    plain,
    read_minute,
    row,
    when,
)

MOST = 500
"""Rows of one call (§5.2)."""
GONE = "존재하지 않는 상품입니다."
_STATES = {*NAMES, "102", "109", "110"}
_DATES = {"1": "made", "2": "starts", "3": "ends", "4": "changed"}
"""schDateType."""


def search(call: Call) -> Response:
    """`SearchProduct`: only `limit` is needed; no stock, no options, no images in the rows."""
    given = body_of(call, "SearchProduct")
    first, last = _range(given)
    tests = [*_named(call, given), *_dated(given)]
    fitting = [one for one in shown(call.world) if all(test(one) for test in tests)]
    told = [encoded(row("product", _thin(call, one))) for one in fitting[first - 1 : last]]
    return listed("products", told)


Test = Callable[[Listing], bool]


def _range(given: dict[str, str]) -> tuple[int, int]:
    """The first and the last row that are asked for."""
    limit, start = given.get("limit", ""), given.get("start") or "1"
    if not limit.isdecimal() or not 1 <= int(limit) <= MOST:
        raise Refusal("500", f"limit 값은 1 이상 {MOST} 이하로 입력해 주세요.")
    if not start.isdecimal() or not int(start):
        raise Refusal("500", "start 값이 올바르지 않습니다.")
    end = given.get("end") or str(int(start) + int(limit) - 1)
    if not end.isdecimal() or not int(start) <= int(end) < int(start) + int(limit):
        raise Refusal("500", "end 값이 올바르지 않습니다.")
    return int(start), int(end)


def _named(call: Call, given: dict[str, str]) -> list[Test]:
    """By state, number, and what stands in the name."""
    state, number, word = (given.get(name, "") for name in ("selStatCd", "prdNo", "prdNm"))
    if state and state not in _STATES:
        raise Refusal("500", "판매상태 코드가 올바르지 않습니다.")
    if number and not number.isdecimal():
        raise Refusal("500", "상품번호는 숫자만 입력 가능합니다.")
    return [
        lambda one: not state or state == status_of(one, call.now),
        lambda one: not number or number == one["number"],
        lambda one: word in one["name"],
    ]


def _dated(given: dict[str, str]) -> list[Test]:
    """By a date. How it is written is nowhere told: sellterm's is yyyyMMddHHmm (§12)."""
    kind = given.get("schDateType", "")
    written = [given.get("schBgnDt", ""), given.get("schEndDt", "")]
    if not kind and not any(written):
        return []
    if kind not in _DATES:
        raise Refusal("500", "기간 검색 유형이 올바르지 않습니다.")
    since, until = (read_minute(text) for text in written)
    if since is None or until is None or until < since:
        raise Refusal("500", "검색 시작일, 종료일이 올바르지 않습니다.")
    return [lambda one: since <= (one[_DATES[kind]] or 0) <= until + 59]


def one(call: Call) -> Response:
    """`prodmarket/{prdNo}`: without its stock; an unknown number is told in a Product (§2 G)."""
    found = _found(call)
    told = _thin(call, found) | {
        "bndlDlvCnYn": "Y",
        "dispCtgrStatCd": "03",
        "dlvClf": "02",
        "htmlDetail": f"<p>{found['name']}</p>",
        "message": "",
        "optionAllQty": shelves.pieces_of(found),
        "selTermUseYn": "N" if found["ends"] is None else "Y",
        "selPrdClfCd": "0:100",
        "dscAmtPercnt": found["off"],
        "cupnDscMthdCd": "01",
    }
    return plain("Product", told)


def stock(call: Call) -> Response:
    """`prodmarket/stck/{prdNo}`: a product without options has one row."""
    found = _found(call)
    rows = "".join(
        row(
            "ProductStock",
            {
                "addPrc": one["extra"],
                "mixDtlOptNm": one["values"],
                "mixOptNm": one["axes"],
                "optWght": "0",
                "prdNo": found["number"],
                "prdStckNo": number,
                "prdStckStatCd": "01" if one["qty"] else "02",
                "selQty": one["sold"],
                "sellerStockCd": one["code"] or "null",
                "stckQty": one["qty"],
            },
        )
        for number, one in found["rows"].items()
    )
    named = {"prdNm": found["name"], "prdNo": found["number"], "sellerPrdCd": found["code"]}
    beside = "".join(leaf(f"ns2:{name}", value) for name, value in named.items())
    text = f'<ns2:ProductStocks xmlns:ns2="{NAMESPACE}">{rows}{beside}</ns2:ProductStocks>'
    return Response(200, DECLARED + encoded(text), content_type=LABEL)


def _found(call: Call) -> Listing:
    listing = listings(call.world).get(call.parts[0])
    found = seen(listing, call.request.now) if listing is not None else None
    if found is None:
        raise Refusal("0", GONE)
    return found


def _thin(call: Call, one: Listing) -> dict[str, Any]:
    """A row of the search."""
    status = status_of(one, call.now)
    return {
        "cuponcheck": "Y" if one["off"] else "N",
        "dispCtgrNo": "1122",
        "exchDlvCst": "6,000",
        "prdNm": one["name"],
        "prdNo": one["number"],
        "proxyYn": "N",
        "rtngdDlvCst": "3,000",
        "selPrc": one["price"],
        "selStatCd": status,
        "selStatNm": NAMES[status],
        "sellerPrdCd": one["code"],
        "validateMsg": "null",
        "gblDlvYn": "N",
        "aplBgnDy": when(one["starts"]),
        "aplEndDy": "null" if one["ends"] is None else when(one["ends"]),
        "stdPrdYn": "N",
    }
