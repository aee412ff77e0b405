"""발주확인 and 발송처리: at most 30 a call, each answered for by itself inside a 200 (§8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from plugins.smartstore.sandbox.lines import Row, change, rows
from plugins.smartstore.sandbox.orders import wrapped, wrong
from plugins.smartstore.sandbox.wire import Answered, Call, pack, read_time

MOST = 30

# §8.9 names no code for an 추가구성상품 that is confirmed before its main product (§14.10 only
# says that the order matters): this one is ours, from a gap between the codes that it does name.
MAIN_FIRST = "104448"

REASONS = {
    "100001": "상품 주문을 찾을 수 없음",
    "101011": "직계약 상품은 물류사만 발주확인 가능",
    "104117": "배송 방법 변경 필요",
    "104118": "택배사 미입력",
    "104119": "택배사 코드 확인",
    "104120": "송장 번호 미입력",
    "104122": "배송 송장 오류(비유효 송장)",
    "104131": "상품 주문 번호 중복",
    "104442": "상품 주문 상태 확인 필요",
    "104443": "발주 상태 확인 필요",
    "105306": "변경을 요청한 상태가 기존과 동일",
    "105308": "직계약 상품은 물류사만 발송처리 가능",
    MAIN_FIRST: "본상품의 발주를 먼저 확인해 주세요.",
}
COURIERS = frozenset(
    re.findall(
        r"\S+",
        """
    CJGLS HYUNDAI HANJIN KGB EPOST CUPARCEL CVSNET KDEXP DAESIN CHUNIL HDEXP ILYANG
    KUNYOUNG SLX HONAM REGISTPOST GENERALPOST HOMEPICK TODAYPICKUP KURLY TEAMFRESH DHL
    FEDEX UPS EMS TNT USPS SFEX KOREXG HLCGLOBAL PANTOS QXPRESS CH1
        """,
    )
)
WITHOUT_COURIER = ("DIRECT_DELIVERY", "VISIT_RECEIPT", "QUICK_SVC", "NOTHING")

Failures = list[dict[str, str]]


def confirm(call: Call) -> Answered:
    """§8.1; `isReceiverAddressChanged` says that the address is another than at the order."""
    keys = call.json(wrong("JSON 형식이 유효하지 않습니다.")).get("productOrderIds")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        raise wrong("productOrderIds: 상품 주문 번호의 배열이어야 합니다.")
    if len(keys) > MOST:
        raise wrong("productOrderIds: 최대 30개입니다.")
    done: list[dict[str, Any]] = []
    failed = _each(call, keys, _cannot_confirm, lambda row: done.append(_confirmed(call, row)))
    told = {"successProductOrderInfos": done, "failProductOrderInfos": failed}
    return 200, wrapped(call, pack(told))


def dispatch(call: Call) -> Answered:
    """§8.2; dispatching a line with a cancel request withdraws the request (#1321)."""
    given = call.json(wrong("JSON 형식이 유효하지 않습니다.")).get("dispatchProductOrders")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise wrong("dispatchProductOrders: 배열이어야 합니다.")
    if len(given) > MOST:
        raise wrong("dispatchProductOrders: 최대 30개입니다.")
    if any(read_time(str(one.get("dispatchDate"))) is None for one in given):
        raise wrong("dispatchDate: yyyy-MM-dd'T'HH:mm:ss.SSSXXX 형식이어야 합니다.")
    parcels = {str(one.get("productOrderId")): one for one in given}
    done: list[str] = []

    def cannot(call: Call, row: Row) -> str:
        return _cannot_dispatch(row, parcels[row["id"]])

    def apply(row: Row) -> None:
        _dispatched(call, row, parcels[row["id"]])
        done.append(row["id"])

    keys = [str(one.get("productOrderId")) for one in given]
    failed = _each(call, keys, cannot, apply)
    told = {"successProductOrderIds": done, "failProductOrderInfos": failed}
    return 200, wrapped(call, pack(told))


def _each(
    call: Call,
    keys: list[str],
    cannot: Callable[[Call, Row], str],
    apply: Callable[[Row], object],
) -> Failures:
    """Apply to each in the order given; answer for those that could not."""
    failed: Failures = []
    met: set[str] = set()
    for key in keys:
        row = rows(call.world).get(key)
        if key in met:
            code = "104131"
        elif row is None or row.get("withdrawn"):
            code = "100001"
        else:
            code = cannot(call, row)
            if not code:
                apply(row)
        met.add(key)
        if code:
            failed.append({"productOrderId": key, "code": code, "message": REASONS[code]})
    return failed


def _cannot_confirm(call: Call, row: Row) -> str:
    if row.get("direct"):
        return "101011"
    if row.get("status", "PAYED") != "PAYED":
        return "104442"
    if row.get("claim") and not row["claim"]["status"].endswith("_REJECT"):
        return "104443"
    if row.get("gift") == "WAIT_FOR_RECEIVING":
        return "104443"
    if row.get("place", "NOT_YET") == "OK":
        return "105306"
    main = rows(call.world).get(row.get("main", ""))
    if main and main.get("status", "PAYED") == "PAYED" and main.get("place", "NOT_YET") != "OK":
        return MAIN_FIRST
    return ""


def _confirmed(call: Call, row: Row) -> dict[str, Any]:
    revision = str(row.get("revision", 1))
    confirms = row.get("confirms", {})
    # The feed does not tell 발주확인 (§7.1 has no such lastChangedType): only the details do.
    change(
        call.world,
        row,
        None,
        place="OK",
        placed=call.now,
        confirms={**confirms, revision: confirms.get(revision, 0) + 1},
    )
    call.world.record("confirm", row["id"], revision=int(revision))
    return {"productOrderId": row["id"], "isReceiverAddressChanged": bool(row.get("moved"))}


def _cannot_dispatch(row: Row, parcel: dict[str, Any]) -> str:
    if row.get("direct"):
        return "105308"
    status = row.get("status", "PAYED")
    if status != "PAYED":
        return "105306" if status == "DELIVERING" else "104442"
    if row.get("gift") == "WAIT_FOR_RECEIVING" or row.get("place", "NOT_YET") != "OK":
        return "104443"
    method = parcel.get("deliveryMethod")
    if method in WITHOUT_COURIER:
        return ""
    if method != "DELIVERY":
        return "104117"
    if not parcel.get("deliveryCompanyCode"):
        return "104118"
    if parcel["deliveryCompanyCode"] not in COURIERS:
        return "104119"
    if not parcel.get("trackingNumber"):
        return "104120"
    number = str(parcel["trackingNumber"])
    return "" if re.fullmatch(r"[0-9]{9,14}", number) else "104122"


def _dispatched(call: Call, row: Row, parcel: dict[str, Any]) -> None:
    delivery = {
        "company": parcel.get("deliveryCompanyCode"),
        "method": parcel["deliveryMethod"],
        "number": parcel.get("trackingNumber"),
        "sent": call.now,
    }
    claim = row.get("claim")
    if claim and claim["status"] == "CANCEL_REQUEST":
        claim = {**claim, "status": "CANCEL_REJECT"}
    change(
        call.world,
        row,
        "DISPATCHED",
        status="DELIVERING",
        delivery=delivery,
        claim=claim,
        dispatches=row.get("dispatches", 0) + 1,
    )
    call.world.record("dispatch", row["id"], number=delivery["number"])
