"""From 11번가's words for an order line to ours: states, amounts, people (§6.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hanpan.api import (
    UNCHANGED,
    Buyer,
    Claim,
    ClaimKind,
    ClaimState,
    Courier,
    Line,
    LineState,
    moment_of,
    take,
    whole,
)
from plugins.eleven_st.client import Row

NEW, CONFIRMED, SHIPPING, DELIVERED, DECIDED = "202", "301", "401", "501", "901"
CANCELLED, RETURNED = "B01", "A01"

STATES: Mapping[str, LineState] = {
    "101": LineState.WAITING_PAYMENT,
    "102": LineState.WAITING_PAYMENT,
    "103": LineState.WAITING_PAYMENT,
    NEW: LineState.NEW,
    CONFIRMED: LineState.CONFIRMED,
    SHIPPING: LineState.SHIPPING,
    DELIVERED: LineState.DELIVERED,
    DECIDED: LineState.DECIDED,
    RETURNED: LineState.RETURNED,
    CANCELLED: LineState.CANCELLED,
    "C01": LineState.CANCELLED,
}
"""ordPrdStat (§6.2). 200 and 201 (a gift's address, a reservation) stand beside UNKNOWN."""
IN_CLAIM = ("601", "701", "801")
"""States that tell of a claim alone: where the line stood before is not told."""
ENDED_BY: Mapping[str, ClaimKind] = {
    RETURNED: ClaimKind.RETURN,
    CANCELLED: ClaimKind.CANCEL,
    "C01": ClaimKind.CANCEL,
}
SENT = (SHIPPING, DELIVERED, DECIDED)

LIST_STATES: Mapping[str, str] = {
    "complete": NEW,
    "packaging": CONFIRMED,
    "shipping": SHIPPING,
    "dlvcompleted": DELIVERED,
    "completed": DECIDED,
}
"""What state a list's lines are in: a line leaves a list as it changes (§11)."""

ADDED = "추가구성:"
"""The line_class of an 추가구성상품 begins so and ends in its main product's number."""

_COURIERS = {
    "cj": "00034", "lotte": "00012", "hanjin": "00011", "logen": "00002", "epost": "00007",
    "cu": "00061", "gs": "00060", "kyungdong": "00026", "daesin": "00021", "chunil": "00027",
    "hapdong": "00035", "ilyang": "00022", "kunyoung": "00037", "slx": "00063",
    "honam": "00062", "homepick": "00070", "goryeo": "00086", "nonghyup": "00067",
    "sebang": "00066", "yongma": "00065", "hanuisarang": "00064", "glovis": "00122",
    "kakao": "00109", "teamfresh": "00116", "logisvalley": "00101", "samsung": "00036",
    "lg": "00038", "pantos": "00041", "cj_global": "00045", "lotte_global": "00040",
    "airboy": "00042", "apex": "00044", "gsi": "00048", "gsm": "00049", "i_parcel": "00050",
    "kgl": "00072", "tpl": "00052", "gps": "00056", "qxpress": "00108", "dhl": "00039",
    "dhl_mail": "00046", "fedex": "00047", "ups": "00053", "tnt": "00051", "usps": "00054",
    "ems": "00058", "other": "00099",
}  # fmt: skip
"""§9: our name of a courier, and the wire's."""
COURIERS = tuple(Courier(key=key, code=code) for key, code in _COURIERS.items())
_COURIER_KEYS = {code: key for key, code in _COURIERS.items()}


def key_of(row: Row) -> str:
    """What our writes and reads name a line by. Raises ContractError for a row without one."""
    return f"{take(row, 'ordNo')}-{take(row, 'ordPrdSeq')}"


def order_of(key: str) -> str:
    """The order number within a line_key."""
    return key.rpartition("-")[0]


def listed_line(row: Row, name: str) -> Line:
    """A line as its state list tells it: whole, but thin for `shipping` (§6.2)."""
    state = LIST_STATES[name]
    if name == "shipping":
        return Line(
            order_no=take(row, "ordNo"),
            line_no=take(row, "ordPrdSeq"),
            line_key=key_of(row),
            state=STATES[state],
            remote_state=state,
            dispatched_at=time_of(row.get("sndEndDt")),
            courier=_courier(row),
            invoice_no=row.get("invcNo") or None,
        )
    quantity = whole(row.get("ordQty"))
    price, amount = whole(row.get("selPrc")), whole(row.get("ordAmt"))
    fee = row.get("dlvCst") or row.get("lstDlvCst")
    sent = "sndEndDt" in row or "invcNo" in row
    return Line(
        order_no=take(row, "ordNo"),
        line_no=take(row, "ordPrdSeq"),
        line_key=key_of(row),
        state=STATES[state],
        remote_state=state,
        ordered_at=time_of(row.get("ordDt")) or UNCHANGED,
        paid_at=time_of(row.get("ordStlEndDt")) or UNCHANGED,
        confirmed_at=time_of(row.get("plcodrCnfDt")) or UNCHANGED,
        dispatched_at=time_of(row.get("sndEndDt")) if sent else UNCHANGED,
        dispatch_due=time_of(row.get("dlvSndDue")) or UNCHANGED,
        bundle_no=row.get("dlvNo") or UNCHANGED,
        product_no=row.get("prdNo") or UNCHANGED,
        option_no=row.get("prdStckNo") or UNCHANGED,
        product_name=row.get("prdNm") or UNCHANGED,
        option_text=_option(row),
        seller_code=row.get("sellerPrdCd") or UNCHANGED,
        option_code=row.get("sellerStockCd") or UNCHANGED,
        line_class=_class(row) if "addPrdYn" in row else UNCHANGED,
        quantity=UNCHANGED if quantity is None else quantity,
        unit_price=UNCHANGED if price is None else price,
        # 주문총액, before discounts: whether sellerDscPrc is the line's or the order's is not told.
        amount=UNCHANGED if amount is None else amount,
        shipping_fee=UNCHANGED if fee is None else whole(fee),
        settlement=_told(row, "stlPlnAmt"),
        courier=_courier(row) if sent else UNCHANGED,
        invoice_no=(row.get("invcNo") or None) if sent else UNCHANGED,
        buyer=_buyer(row) if "rcvrNm" in row else UNCHANGED,
        raw=row,
    )


def stated_line(row: Row) -> Line:
    """A line as `orderlistall` tells it: its state, what is gone of it, and no buyer."""
    state = row.get("ordPrdStat", "")
    ended = ENDED_BY.get(state)
    ordered, cancelled = whole(row.get("ordQty")), whole(row.get("ordCnQty")) or 0
    if ordered is not None and ended is ClaimKind.CANCEL:
        cancelled = ordered
    left = max(0, (ordered or 0) - cancelled)
    return Line(
        order_no=take(row, "ordNo"),
        line_no=take(row, "ordPrdSeq"),
        line_key=key_of(row),
        state=UNCHANGED if state in IN_CLAIM else STATES.get(state, LineState.UNKNOWN),
        remote_state=state,
        bundle_no=row.get("dlvNo") or UNCHANGED,
        product_no=row.get("prdNo") or UNCHANGED,
        product_name=row.get("prdNm") or UNCHANGED,
        option_code=row.get("sellerStockCd") or UNCHANGED,
        quantity=UNCHANGED if ordered is None else ordered,
        cancelled=cancelled,
        returned=left if ended is ClaimKind.RETURN else UNCHANGED,
        dispatched=left if state in SENT else UNCHANGED,
        commission=_told(row, "selFee"),
        settlement=_told(row, "stlPlnAmt"),
        invoice_no=row.get("invcNo") or UNCHANGED,
        claim=UNCHANGED
        if ended is None
        else Claim(kind=ended, state=ClaimState.DONE, remote_state=state),
    )


def _told(row: Row, name: str) -> Any:
    return whole(row[name]) if row.get(name) else UNCHANGED


def _class(row: Row) -> str | None:
    """None for an ordinary line; an 추가구성상품 names its main product (0 is none, §6.2)."""
    main = row.get("addPrdNo", "")
    return f"{ADDED}{main}" if row["addPrdYn"] == "Y" and main not in ("", "0") else None


def main_product(line_class: str | None) -> str | None:
    """The main product that an 추가구성상품 was added to, or None."""
    told = line_class or ""
    return told.removeprefix(ADDED) if told.startswith(ADDED) else None


def _option(row: Row) -> str | None:
    """The option without the quantity that 11번가 writes behind it (§6.2)."""
    return re.sub(r"-\d+개\Z", "", row.get("slctPrdOptNm", "")).strip() or None


def _courier(row: Row) -> str | None:
    code = row.get("dlvEtprsCd", "")
    return _COURIER_KEYS.get(code, code) or None


def _buyer(row: Row) -> Buyer:
    return Buyer(
        orderer_name=row.get("ordNm", ""),
        orderer_phone=row.get("ordPrtblTel") or row.get("ordTlphnNo", ""),
        orderer_id=row.get("memID", ""),
        receiver_name=row.get("rcvrNm", ""),
        receiver_phone=row.get("rcvrPrtblNo") or row.get("rcvrTlphn", ""),
        receiver_phone2=row.get("rcvrTlphn", "") if row.get("rcvrPrtblNo") else "",
        postcode=row.get("rcvrMailNo", ""),
        address=row.get("rcvrBaseAddr", ""),
        address_detail=row.get("rcvrDtlsAddr", ""),
        message=row.get("ordDlvReqCont", ""),
        customs_code=row.get("psnCscUniqNo", ""),
    )


def time_of(value: str | None) -> datetime | None:
    """A time of an order, which is Korean (§1.4). None for none, or for what is not one."""
    return moment_of((value or "").replace("/", "-"))
