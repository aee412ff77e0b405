"""Writing products: state, option stocks, figures, sale period (§6.3, §6.4)."""

from __future__ import annotations

import copy
from typing import Any

from plugins.smartstore.sandbox.bundles import wrong
from plugins.smartstore.sandbox.listings import (
    Row,
    Tree,
    option_rows,
    status_of,
    stocked,
    summed,
    written,
)
from plugins.smartstore.sandbox.product_values import (
    MOST_STOCK,
    all_zero,
    check_prices,
    fill_option,
    price_of,
    quantity,
    set_period,
    with_sum,
)
from plugins.smartstore.sandbox.products import absent, by_origin, row_of, saved
from plugins.smartstore.sandbox.wire import Answered, Call, Refusal, pack

ALLOWED = {
    "OUTOFSTOCK": ("SALE",),
    "SALE": ("SUSPENSION", "OUTOFSTOCK"),
    "SUSPENSION": ("SALE", "OUTOFSTOCK", "WAIT"),
}
"""What a product may be made (change-status), from which states."""

_DONE = {"code": "SUCCESS", "message": "성공", "data": {}}


def change_status(call: Call) -> Answered:
    """`PUT …/{originProductNo}/change-status`."""
    row = row_of(call)
    data = call.json(wrong())
    tree = copy.deepcopy(row["tree"])
    set_period(tree, data)
    before, target = status_of(row["tree"], call.now), data.get("statusType")
    if target not in ALLOWED:
        raise wrong(("statusType", "NotValidEnum", "SALE, OUTOFSTOCK, SUSPENSION만 가능합니다."))
    if before not in ALLOWED[target]:
        raise Refusal(400, "BAD_REQUEST", f"{before} 상태에서 {target}(으)로 변경할 수 없습니다.")
    stock = data.get("stockQuantity")
    if stock is not None:
        tree = with_sum(tree, quantity(stock, "stockQuantity", MOST_STOCK))
    elif target == "SALE" and before == "OUTOFSTOCK":
        raise wrong(("stockQuantity", "NotNull", "재고 수량을 입력해 주세요."))
    if target == "OUTOFSTOCK":
        tree = stocked(tree, all_zero(tree))
    tree["statusType"] = target
    tree = summed(tree)
    kinds = ["status"] if tree["statusType"] != row["tree"]["statusType"] else []
    if tree["stockQuantity"] != row["tree"]["stockQuantity"]:
        kinds.append("stock")
    written(call.world, row, tuple(kinds), tree=tree)
    return 200, pack(_DONE)


def option_stock(call: Call) -> Answered:
    """`PUT …/{originProductNo}/option-stock`: what a row leaves out becomes 0, rows that are not
    sent stay. A product that was 품절 stays so until its state is changed."""
    row = row_of(call)
    data = call.json(wrong())
    info = data.get("optionInfo")
    if not isinstance(info, dict):
        raise wrong(("optionInfo", "NotNull", "필수 항목입니다."))
    tree = copy.deepcopy(row["tree"])
    kind, rows = option_rows(tree)
    given = info.get(kind) if kind else None
    if not isinstance(given, list) or not given:
        raise wrong(("optionInfo", "NotValid", "옵션 재고를 설정할 수 없는 상품입니다."))
    known = {one["id"]: one for one in rows}
    for place, one in enumerate(given):
        at = f"optionInfo.{kind}[{place}]"
        if not isinstance(one, dict) or one.get("id") not in known:
            raise wrong((f"{at}.id", "NotFound", "존재하지 않는 옵션입니다."))
        fill_option(known[one["id"]], one, at, priced=kind == "optionCombinations")
    if info.get("useStockManagement") is False:
        for one in rows:
            one["stockQuantity"] = 9_999
    tree["detailAttribute"]["optionInfo"]["useStockManagement"] = bool(
        info.get("useStockManagement", True)
    )
    kinds = ["stock"]
    if data.get("productSalePrice") is not None:
        tree["salePrice"] = price_of(data["productSalePrice"], "productSalePrice")
        kinds.append("price")
    check_prices(tree)
    written(call.world, row, tuple(kinds), tree=summed(tree))
    return saved(call, row)


def multi_update(call: Call) -> Answered:
    """`PATCH …/multi-update`: all of them, or none where one is wrong (assumed)."""
    given = call.json(wrong()).get("multiProductUpdateRequestVos")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise wrong(("multiProductUpdateRequestVos", "NotEmpty", "필수 항목입니다."))
    done: list[tuple[Row, tuple[str, ...], Tree]] = []
    for place, one in enumerate(given):
        row = by_origin(call, str(one.get("originProductNo")))
        if row is None:
            raise absent()
        kinds, tree = _updated(call, row, one, f"multiProductUpdateRequestVos[{place}]")
        done.append((row, kinds, tree))
    for row, kinds, tree in done:
        written(call.world, row, kinds, tree=tree)
    return 200, pack(_DONE)


def _updated(
    call: Call, row: Row, data: dict[str, Any], at: str
) -> tuple[tuple[str, ...], dict[str, Any]]:
    tree = copy.deepcopy(row["tree"])
    kinds: list[str] = []
    types = data.get("multiUpdateTypes")
    if not isinstance(types, list) or not types or set(types) - set(_UPDATES):
        raise wrong((f"{at}.multiUpdateTypes", "NotValidEnum", "지원하지 않는 종류입니다."))
    for name in types:
        if name == "SALE_PRICE":
            price = data.get("productSalePrice")
            tree["salePrice"] = price_of(price, f"{at}.productSalePrice")
        elif name == "STOCK":
            stock = quantity(data.get("stockQuantity"), f"{at}.stockQuantity", MOST_STOCK)
            tree = with_sum(tree, stock)
        else:
            target = name.removeprefix("PRODUCT_STATUS_")
            before = status_of(row["tree"], call.now)
            if before not in ALLOWED[target]:
                message = f"{before} 상태에서 {target}(으)로 변경할 수 없습니다."
                raise Refusal(400, "BAD_REQUEST", message)
            tree["statusType"] = target
        kinds.append(_UPDATES[name])
    check_prices(tree)
    return tuple(kinds), summed(tree)


_UPDATES = {
    "SALE_PRICE": "price",
    "STOCK": "stock",
    "PRODUCT_STATUS_SALE": "status",
    "PRODUCT_STATUS_SUSPENSION": "status",
}


def bulk_update(call: Call) -> Answered:
    """`PUT …/bulk-update`, of which the sale period only."""
    data = call.json(wrong())
    if data.get("productBulkUpdateType") != "SALE_PERIOD":
        raise wrong(("productBulkUpdateType", "NotSupported", "연습 서버는 SALE_PERIOD만 압니다."))
    period = data.get("productSalePeriod")
    if not isinstance(period, dict):
        raise wrong(("productSalePeriod", "NotNull", "필수 항목입니다."))
    numbers = data.get("originProductNos")
    if not isinstance(numbers, list) or not numbers:
        raise wrong(("originProductNos", "NotEmpty", "필수 항목입니다."))
    found = [by_origin(call, str(number)) for number in numbers]
    if None in found:
        raise absent()
    for row in found:
        assert row is not None
        if status_of(row["tree"], call.now) in ("CLOSE", "PROHIBITION"):
            raise Refusal(400, "BAD_REQUEST", "판매가 종료된 상품은 기간을 변경할 수 없습니다.")
        tree = copy.deepcopy(row["tree"])
        # Assumed: the period is replaced as a whole, as everything else is.
        for name in ("saleStartDate", "saleEndDate"):
            tree.pop(name, None)
        set_period(tree, period, "productSalePeriod.")
        written(call.world, row, ("extend",), tree=tree)
    return 200, pack(_DONE)
