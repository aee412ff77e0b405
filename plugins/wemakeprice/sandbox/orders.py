"""Orders: the list, one bundle (assumed), 주문확인 and 발송처리 (§5)."""

from __future__ import annotations

import re

from plugins.wemakeprice.sandbox.bundles import DATES, Row, change, lines_of, rows, shelf, written
from plugins.wemakeprice.sandbox.claims import is_cancelling
from plugins.wemakeprice.sandbox.telling import standing
from plugins.wemakeprice.sandbox.wire import Call, Refusal, settled

TYPES = tuple(DATES)
"""NEW and CONFIRM are documented, the other two are assumed."""
METHODS = ("PARCEL", "DIRECT", "POST", "ETC")


def listed(call: Call) -> list[bytes]:
    """`getOrderList`: the bundles that are in a state now, by the date asked for."""
    start, end = call.window()
    kind = call.one_of("type", TYPES)
    by = call.one_of("searchDateType", TYPES, default=kind)
    stock = shelf(call.world)
    stock.settle(call.now)
    if by == kind:
        keys = [key for _, key in stock.between(kind, start, end)]
    else:
        shown = {key: stock.shown(key, call.now) or {} for key in stock.every(kind)}
        keys = [key for key, row in shown.items() if start <= (row.get(DATES[by]) or -1) <= end]
    return [written(call.world, key, call.now) for key in keys]


def one(call: Call) -> list[bytes]:
    """`getOrderInfo` (assumed): one bundle as the list tells it, nothing when none of it stands."""
    number = str(call.number("bundleNo"))
    stock = shelf(call.world)
    stock.settle(call.now)
    row = stock.shown(number, call.now) if number in rows(call.world) else None
    return [written(call.world, number, call.now)] if row is not None and standing(row) else []


def confirm(call: Call) -> bytes:
    """`setOrderConfirm`: the whole bundle, once; what cannot be is a `returnKey` of 0."""
    row = rows(call.world).get(str(call.number("bundleNo")))
    if row is None:
        return settled(0, "존재하지 않는 배송번호입니다.")
    if row["status"] != "NEW":
        return settled(0, "신규주문 상태의 주문만 주문확인할 수 있습니다.")
    if not standing(row):
        return settled(0, "취소된 주문입니다.")
    if is_cancelling(call.world, row):
        return settled(0, "취소 신청된 주문입니다. 클레임을 먼저 처리해 주세요.")
    confirms = row.get("confirms", 0) + 1
    change(call.world, row, status="CONFIRM", confirmed=call.now, confirms=confirms)
    for key, _, _ in lines_of(row):
        call.world.record("confirm", key, bundle=row["no"])
    return settled(1)


def dispatch(call: Call) -> bytes:
    """`setOrderDelivery`: only what is confirmed, once."""
    row = rows(call.world).get(str(call.number("bundleNo")))
    parcel = _parcel(call)
    if row is None:
        return settled(0, "존재하지 않는 배송번호입니다.")
    if row["status"] == "NEW" or not standing(row):
        return settled(0, "주문확인건만 발송처리 가능합니다")
    if row["status"] != "CONFIRM":
        return settled(0, "이미 발송된 상품입니다")
    count = row.get("dispatches", 0) + 1
    change(call.world, row, status="SHIPPING", shipped=call.now, delivery=parcel, dispatches=count)
    for key, _, _ in lines_of(row):
        call.world.record("dispatch", key, number=parcel["number"])
    return settled(1)


def _parcel(call: Call) -> Row:
    method = call.one_of("shipMethod", METHODS)
    company, number = (
        str(call.body.get(name) or "") for name in ("parcelCompanyCode", "invoiceNo")
    )
    wrong = {}
    if method == "PARCEL":
        if not re.fullmatch(r"D0[0-4][0-9]", company):
            wrong["parcelCompanyCode"] = "택배사 코드가 올바르지 않습니다."
        if not re.fullmatch(r"[0-9A-Za-z-]{6,30}", number):
            wrong["invoiceNo"] = "송장번호가 올바르지 않습니다."
    if method == "ETC" and not call.body.get("shipMethodMessage"):
        wrong["shipMethodMessage"] = "배송방법을 입력해 주세요."
    if method == "DIRECT" and not re.fullmatch(
        r"\d{4}-\d\d-\d\d", str(call.body.get("scheduleShipDate") or "")
    ):
        wrong["scheduleShipDate"] = "yyyy-MM-dd 형식이어야 합니다."
    if wrong:
        raise Refusal(422, wrong)
    return {"company": company, "number": number}
