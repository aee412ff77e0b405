"""Reading products: the list, a channel product, an origin product (§6.1, §6.2)."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from hanpan.api import seen
from plugins.smartstore.sandbox.bundles import wrong
from plugins.smartstore.sandbox.listings import Row, listings, shown, status_of
from plugins.smartstore.sandbox.trees import CATEGORY
from plugins.smartstore.sandbox.wire import Answered, Call, Refusal, day_of, iso, pack

MOST = 500
STATUSES = (
    "WAIT", "SALE", "OUTOFSTOCK", "UNADMISSION", "REJECTION", "SUSPENSION", "CLOSE",
    "PROHIBITION", "DELETE",
)  # fmt: skip
_NUMBERS = {
    "CHANNEL_PRODUCT_NO": ("channelProductNos", "id"),
    "PRODUCT_NO": ("originProductNos", "origin"),
    "GROUP_PRODUCT_NO": ("groupProductNos", "group"),
}
_PERIODS: dict[str, Callable[[Row], str | None]] = {
    "PROD_REG_DAY": lambda row: _dashed(day_of(row["registered"])),
    "PROD_MOD_DAY": lambda row: _dashed(day_of(row["modified"])),
    "SALE_START_DAY": lambda row: (row["tree"].get("saleStartDate") or "")[:10] or None,
    "SALE_END_DAY": lambda row: (row["tree"].get("saleEndDate") or "")[:10] or None,
}
_ORDERS: dict[str, Callable[[Row], Any]] = {
    "NO": lambda row: int(row["id"]),
    "NAME": lambda row: row["tree"]["name"],
    "SELLER_CODE": lambda row: _code(row) or "",
    "LOW_PRICE": lambda row: row["tree"]["salePrice"],
    "HIGH_PRICE": lambda row: -row["tree"]["salePrice"],
    "REG_DATE": lambda row: -row["registered"],
    "MOD_DATE": lambda row: -row["modified"],
    "SALE_START": lambda row: row["tree"].get("saleStartDate") or "",
    "SALE_END": lambda row: row["tree"].get("saleEndDate") or "",
}


def search(call: Call) -> Answered:
    """`POST /v1/products/search`: pages from 1, 500 at most; it tells no options."""
    data = call.json(wrong())
    page, size = (_number(data, name, usual) for name, usual in (("page", 1), ("size", 50)))
    if page < 1:
        raise wrong(("page", "Min", "1 이상이어야 합니다."))
    if not 1 <= size <= MOST:
        raise wrong(("size", "Max", "500 이하여야 합니다."))
    order = _ORDERS.get(data.get("orderType", "NO"))
    if order is None:
        raise wrong(("orderType", "NotValidEnum", "지원하지 않는 정렬 기준입니다."))
    fits = [_keyword(data), _status(data, call.now), _period(data)]
    found = [row for row in shown(call.world) if all(fit(row) for fit in fits)]
    found.sort(key=order)
    contents = found[(page - 1) * size : page * size]
    pages = -(-len(found) // size)
    told = {
        "contents": [
            {"originProductNo": int(row["origin"]), "channelProducts": [_told(row, call.now)]}
            for row in contents
        ],
        "page": page,
        "size": size,
        "totalElements": len(found),
        "totalPages": pages,
        "sort": {"sorted": True, "fields": [{"name": "no", "direction": "ASC"}]},
        "first": page == 1,
        "last": page >= pages,
    }
    return 200, pack(told)


def channel_product(call: Call) -> Answered:
    """`GET /v2/products/channel-products/{channelProductNo}`."""
    return 200, pack(whole(_seen(call, listings(call.world).get(call.parts[0])), call.now))


def origin_product(call: Call) -> Answered:
    """`GET /v2/products/origin-products/{originProductNo}`."""
    return 200, pack(whole(_seen(call, by_origin(call, call.parts[0])), call.now))


def by_origin(call: Call, origin_no: str) -> Row | None:
    """The listing of an originProductNo."""
    rows = listings(call.world).values()
    return next((row for row in rows if row["origin"] == origin_no), None)


def row_of(call: Call) -> Row:
    """The listing whose originProductNo the path names. Raises Refusal."""
    row = by_origin(call, call.parts[0])
    if row is None:
        raise absent()
    return row


def saved(call: Call, row: Row) -> Answered:
    """The answer to a write that gives the product back."""
    numbers = {
        "originProductNo": int(row["origin"]),
        "smartstoreChannelProductNo": int(row["id"]),
        "windowChannelProductNo": None,
    }
    return 200, pack(numbers | whole(row, call.now))


def absent() -> Refusal:
    """There is no such product."""
    return Refusal(404, "NOT_FOUND", "상품이 존재하지 않습니다.")


def whole(row: Row, now: int) -> dict[str, Any]:
    """A product as the wire tells it; its numbers are not in it."""
    return {
        "originProduct": {**copy.deepcopy(row["tree"]), "statusType": status_of(row["tree"], now)},
        "smartstoreChannelProduct": row["channel"],
        # Fields that no document names yet: clients must pass over them.
        "practiceNewField": {"since": "2.90.0"},
    }


def _seen(call: Call, row: Row | None) -> Row:
    found = seen(row, call.now) if row is not None else None
    if found is None:
        raise absent()
    return found


def _told(row: Row, now: int) -> dict[str, Any]:
    tree, channel = row["tree"], row["channel"]
    benefit = tree.get("customerBenefit") or {}
    off = (benefit.get("immediateDiscountPolicy") or {}).get("discountMethod") or {}
    delivery = tree.get("deliveryInfo") or {}
    told = {
        "originProductNo": int(row["origin"]),
        "channelProductNo": int(row["id"]),
        "channelServiceType": "STOREFARM",
        "categoryId": tree.get("leafCategoryId"),
        "name": channel.get("channelProductName") or tree["name"],
        "sellerManagementCode": _code(row),
        "statusType": status_of(tree, now),
        "channelProductDisplayStatusType": channel["channelProductDisplayStatusType"],
        "salePrice": tree["salePrice"],
        "discountedPrice": tree["salePrice"] - int(off.get("value", 0)),
        "stockQuantity": tree["stockQuantity"],
        "knowledgeShoppingProductRegistration": channel["naverShoppingRegistration"],
        "deliveryAttributeType": delivery.get("deliveryAttributeType"),
        "deliveryFee": (delivery.get("deliveryFee") or {}).get("baseFee"),
        "saleStartDate": tree.get("saleStartDate"),
        "saleEndDate": tree.get("saleEndDate"),
        "wholeCategoryId": CATEGORY[0],
        "wholeCategoryName": CATEGORY[1],
        "representativeImage": tree["images"]["representativeImage"],
        "regDate": iso(row["registered"]),
        "modifiedDate": iso(row["modified"]),
        "practiceNewField": 1,
    }
    return {name: value for name, value in told.items() if value is not None}


def _code(row: Row) -> str | None:
    code: str | None = (row["tree"]["detailAttribute"].get("sellerCodeInfo") or {}).get(
        "sellerManagementCode"
    )
    return code


def _dashed(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


# -- conditions ---------------------------------------------------------------------------------


def _keyword(data: dict[str, Any]) -> Callable[[Row], bool]:
    """Numbers or a code count only where `searchKeywordType` says so."""
    kind = data.get("searchKeywordType")
    if kind is None:
        return lambda row: True
    if kind == "SELLER_CODE":
        code = data.get("sellerManagementCode")
        if not isinstance(code, str) or not code:
            raise wrong(("sellerManagementCode", "NotBlank", "판매자 관리 코드를 입력해 주세요."))
        return lambda row: _code(row) == code
    if kind not in _NUMBERS:
        raise wrong(("searchKeywordType", "NotValidEnum", "지원하지 않는 검색 종류입니다."))
    name, field = _NUMBERS[kind]
    given = data.get(name)
    if not isinstance(given, list) or not given or not all(_is_number(one) for one in given):
        raise wrong((name, "NotEmpty", "상품번호 목록을 입력해 주세요."))
    wanted = {str(one) for one in given}
    return lambda row: row.get(field) in wanted


def _status(data: dict[str, Any], now: int) -> Callable[[Row], bool]:
    given = data.get("productStatusTypes")
    if not given:
        return lambda row: True
    if not isinstance(given, list) or any(status not in STATUSES for status in given):
        raise wrong(("productStatusTypes", "NotValidEnum", "지원하지 않는 판매 상태입니다."))
    return lambda row: status_of(row["tree"], now) in given


def _period(data: dict[str, Any]) -> Callable[[Row], bool]:
    kind = data.get("periodType")
    if kind is None:
        return lambda row: True
    day = _PERIODS.get(kind)
    if day is None:
        raise wrong(("periodType", "NotValidEnum", "지원하지 않는 기간 유형입니다."))
    since, until = (_date(data, name) for name in ("fromDate", "toDate"))
    if since > until:
        raise wrong(("fromDate", "Invalid", "시작일이 종료일보다 늦습니다."))
    return lambda row: since <= (day(row) or "") <= until


def _date(data: dict[str, Any], name: str) -> str:
    given = data.get(name)
    if isinstance(given, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", given):
        try:
            return date.fromisoformat(given).isoformat()
        except ValueError:
            pass
    raise wrong((name, "typeMismatch", "yyyy-MM-dd 형식이어야 합니다."))


def _number(data: dict[str, Any], name: str, usual: int) -> int:
    given = data.get(name, usual)
    if not _is_number(given):
        raise wrong((name, "typeMismatch", "숫자여야 합니다."))
    return int(given)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
