"""상품: reading one by its number, and replacing a part of it (§2, §3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from hanpan.api import seen, shelves
from plugins.wemakeprice.assumed import OPTION_NO
from plugins.wemakeprice.sandbox.bundles import Row
from plugins.wemakeprice.sandbox.listings import (
    ENDED,
    OFF,
    ON,
    change,
    listings,
    rows_of,
    word_of,
)
from plugins.wemakeprice.sandbox.wire import DAY, Call, Refusal, pack, read_minute

GONE = "존재하지 않는 상품입니다."
PARTS = ("basic", "sale", "detail", "option", "etc")
_MOST = 99_999
_MOST_PRICE = 999_999_999
_YEARS = 5 * 366 * DAY
_MINUTE = re.compile(r"\d{4}-\d\d-\d\d \d\d:00")
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "basic": ("productName", "productType", "dcateCode", "shipPolicyNo", "displayYn", "bizYn"),
    "sale": (
        "salePeriod", "saleStartDate", "saleEndDate", "originPrice", "salePrice", "stockCount",
        "taxYn", "purchaseMinCount",
    ),
    "option": ("selectOptionUseYn", "textOptionUseYn"),
}  # fmt: skip


def one(call: Call) -> bytes:
    """getProduct: the tree of setProduct, with its state as a text and the options' numbers."""
    row = listings(call.world).get(call.request.one("productNo"))
    found = seen(row, call.now) if row is not None else None
    if found is None:
        raise Refusal(404, GONE)
    tree: Row = {"productNo": str(found["no"]), **{name: found[name] for name in PARTS}}
    tree["basic"] = {**found["basic"], "productStatusName": word_of(found, call.now)}
    return pack({**tree, "noticeList": [], "branchList": []})


def save(name: str, what: Callable[[Row, Row], str]) -> Callable[[Call], bytes]:
    """setProductBasic, setProductSale and the assumed setProductOption: the part is replaced
    whole, and what it lacks is refused where it is needed, else gone."""

    def answer(call: Call) -> bytes:
        listing = _listing(call)
        given = call.body.get(name)
        if not isinstance(given, dict):
            raise Refusal(422, {name: f"{name}은(는) 필수입니다."})
        part = {key: value for key, value in given.items() if key != "productStatusName"}
        problems = {key: "필수 항목입니다." for key in _NEEDED[name] if part.get(key) is None}
        problems |= {} if problems else _CHECKS[name](listing, part)
        if problems:
            raise Refusal(422, problems)
        done = what(listing, part)
        change(call.world, listing, **{name: part}, writes=shelves.written(listing, done))
        call.world.record(f"listing_{done}", str(listing["no"]))
        return _done(listing)

    return answer


def status(call: Call) -> bytes:
    """setProductStatus: A or S."""
    listing, wanted = _listing(call), call.one_of("productStatus", (ON, OFF))
    if word_of(listing, call.now) == ENDED:
        raise Refusal(422, "판매기간이 종료된 상품은 상태를 변경할 수 없습니다.")
    change(call.world, listing, status=wanted, writes=shelves.written(listing, "status"))
    call.world.record("listing_status", str(listing["no"]))
    return _done(listing)


def _listing(call: Call) -> Row:
    found = listings(call.world).get(str(call.number("productNo")))
    if found is None:
        raise Refusal(404, GONE)
    return found


def _done(listing: Row) -> bytes:
    return pack({"productNo": str(listing["no"]), "returnMsg": "성공"})


# -- what may be saved ----------------------------------------------------------------------------


def _basic(listing: Row, part: Row) -> dict[str, str]:
    problems = {}
    if part["displayYn"] not in ("Y", "D", "N"):
        problems["displayYn"] = "Y, D, N 중 하나여야 합니다."
    if part["bizYn"] != listing["basic"]["bizYn"]:
        problems["bizYn"] = "등록 후 수정할 수 없습니다."
    if not 0 < len(str(part["productName"])) <= 70:
        problems["productName"] = "70자 이하로 입력해 주세요."
    return problems


def _sale(listing: Row, part: Row) -> dict[str, str]:
    problems = {}
    for name, most in (
        ("originPrice", _MOST_PRICE),
        ("salePrice", _MOST_PRICE),
        ("stockCount", _MOST),
    ):
        if type(part[name]) is not int or not 0 <= part[name] <= most:
            problems[name] = f"0~{most:,} 사이여야 합니다."
    starts, ends = (read_minute(part[name]) for name in ("saleStartDate", "saleEndDate"))
    if ends is None or not _MINUTE.fullmatch(str(part["saleEndDate"])):
        problems["saleEndDate"] = "yyyy-MM-dd HH:00 형식이어야 합니다."
    elif starts is None or part["saleStartDate"] != listing["sale"]["saleStartDate"]:
        problems["saleStartDate"] = "판매 시작 후에는 변경할 수 없습니다."
    elif part["salePeriod"] == "P" and not starts < ends <= starts + _YEARS:
        problems["saleEndDate"] = "판매 시작일부터 5년 이내여야 합니다."
    return problems


def _option(listing: Row, part: Row) -> dict[str, str]:
    if part["selectOptionUseYn"] != "Y":
        return {}
    rows = part.get("selectOptionValueList")
    if not isinstance(rows, list) or not rows:
        return {"selectOptionValueList": "필수 항목입니다."}
    known = rows_of(listing)
    for row in rows:
        if str(row.get(OPTION_NO)) not in known:
            return {"selectOptionValueList": "등록되지 않은 옵션입니다."}
        if type(row.get("stockCount")) is not int or not 0 <= row["stockCount"] <= _MOST:
            return {"stockCount": f"0~{_MOST:,} 사이여야 합니다."}
        if row.get("saleStatus") not in ("A", "S") or type(row.get("optAddPrice")) is not int:
            return {"selectOptionValueList": "saleStatus, optAddPrice 값을 확인해 주세요."}
    return {}


_CHECKS: Mapping[str, Callable[[Row, Row], dict[str, str]]] = {
    "basic": _basic, "sale": _sale, "option": _option,
}  # fmt: skip


def _of_sale(listing: Row, part: Row) -> str:
    """What was meant by a new sale part."""
    before: Any = listing["sale"]
    if part["salePrice"] != before["salePrice"]:
        return "price"
    return "stock" if part["stockCount"] != before["stockCount"] else "extend"


SAVES = {
    "/product/in/setProductBasic": save("basic", lambda listing, part: "display"),
    "/product/in/setProductSale": save("sale", _of_sale),
}
save_option = save("option", lambda listing, part: "stock")
