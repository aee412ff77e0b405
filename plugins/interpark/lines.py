"""From 인터파크's words for an order line to ours: states, amounts, people, couriers (§5.1, §7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

from hanpan.api import (
    KST,
    UNCHANGED,
    Buyer,
    ContractError,
    Courier,
    Line,
    LineState,
    whole,
)
from plugins.interpark.client import CONFIRMED, DECIDED, DELIVERED, SHIPPED, TAKE

STATES = {
    "50": LineState.CONFIRMED,
    "70": LineState.SHIPPING,
    "75": LineState.DELIVERED,
    "80": LineState.DECIDED,
}
"""CURRENT_STATE (§5.1)."""
OF_LIST = {
    TAKE: LineState.CONFIRMED,
    CONFIRMED: LineState.CONFIRMED,
    SHIPPED: LineState.SHIPPING,
    DELIVERED: LineState.DELIVERED,
    DECIDED: LineState.DECIDED,
}
"""What it means that a list has a line: new ones were confirmed by asking for them."""
BY_DATE = (
    ("ORD_COMP_DTS", LineState.DECIDED),
    ("DELV_COMPLETE_DT", LineState.DELIVERED),
    ("DELV_NO", LineState.SHIPPING),
)
"""What it means that a line has one of these."""
ORDER_OF_STATES = tuple(STATES.values())

ADDED_PRODUCT = "03"
COLLECT_ON_DELIVERY = "Y"

_COURIERS = {
    "cj": "169168", "hanjin": "169178", "lotte": "169198", "epost": "169199", "logen": "169182",
    "kgb": "169187", "kyungdong": "303978", "goryeo": "169526", "ilyang": "263792",
    "kunyoung": "231194", "chunil": "230175", "honam": "250701", "daesin": "258064",
    "gs": "169172", "quick": "169316", "other": "169167",
}  # fmt: skip
"""§7: our name of a courier, and the wire's."""
COURIERS = tuple(Courier(key=key, code=code) for key, code in _COURIERS.items())
_COURIER_KEYS = {code: key for key, code in _COURIERS.items()}


def key_of(order_no: str, seq: str) -> str:
    """What lines are named by: order number and place within the order."""
    return f"{order_no}-{seq}"


def orders_of(root: Element) -> Iterator[tuple[Element, dict[str, str], list[dict[str, str]]]]:
    """Each ORDER of a list: the element, its own fields, and those of its lines.

    Raises ContractError for one without a number.
    """
    for order in root.iter("ORDER"):
        told = _texts(order)
        lines = [_texts(one) for one in order.iterfind("PRODUCT/PRD")]
        if not told.get("ORD_NO") or not all(one.get("ORD_SEQ") for one in lines):
            raise ContractError(detail="an order without ORD_NO or ORD_SEQ")
        yield order, told, lines


def _texts(element: Element) -> dict[str, str]:
    """The texts of an element's children: this wire has no namespaces, and lists are long."""
    return {one.tag: (one.text or "").strip() for one in element if not len(one)}


def read_lines(root: Element, name: str) -> dict[str, Line]:
    """The whole lines of a list by their key; a line told twice counts as far as it has come."""
    found: dict[str, Line] = {}
    for order, told, lines in orders_of(root):
        fees = _fees(order, lines)
        buyer = _buyer(told)
        for one in lines:
            line = _line(name, told, one, fees.pop(_settled(one), 0), buyer)
            known = found.get(line.line_key)
            if known is None or _further(line, known):
                found[line.line_key] = line
    return found


def _further(line: Line, known: Line) -> bool:
    return _place(line.state) > _place(known.state)


def _place(state: Any) -> int:
    return ORDER_OF_STATES.index(state) if state in ORDER_OF_STATES else -1


def _line(
    name: str, order: Mapping[str, str], one: Mapping[str, str], fee: int, buyer: Buyer
) -> Line:
    number, seq = order["ORD_NO"], one["ORD_SEQ"]
    quantity, price = whole(one.get("ORD_QTY")), whole(one.get("SALE_UNITCOST"))
    amount = whole(one.get("ORD_AMT"))
    state = _state(name, one)
    sent = _place(state) >= _place(LineState.SHIPPING)
    courier = one.get("DELV_COMP", "")
    options = (one.get("OPT_NM") or one.get("SEL_OPT_NM"), one.get("IN_OPT_NM"))
    own = one.get("OPT_PRD_NO", "")
    return Line(
        order_no=number,
        line_no=seq,
        line_key=key_of(number, seq),
        state=state,
        remote_state=one.get("CURRENT_STATE") or name,
        ordered_at=time_of(order.get("ORDER_DTS") or order.get("ORDER_DT")) or UNCHANGED,
        paid_at=time_of(order.get("PAY_DTS")) or UNCHANGED,
        dispatched_at=time_of(one.get("DELV_DTS") or one.get("DELV_DT")),
        bundle_no=f"{number}-{_settled(one)}" if _settled(one) else None,
        product_no=one.get("PRD_NO") or UNCHANGED,
        option_no=own if own and own != one.get("PRD_NO") else None,
        product_name=one.get("PRD_NM") or UNCHANGED,
        option_text=" / ".join(filter(None, options)) or None,
        seller_code=one.get("ENTR_PRD_NO") or None,
        option_code=one.get("OPT_NO") or None,
        line_class=_class(one),
        quantity=quantity or UNCHANGED,
        dispatched=UNCHANGED if quantity is None else quantity if sent else 0,
        unit_price=UNCHANGED if price is None else price,
        amount=UNCHANGED if amount is None else amount,
        shipping_fee=0 if one.get("IS_COLLECTED") == COLLECT_ON_DELIVERY else fee,
        courier=_COURIER_KEYS.get(courier, courier) or None,
        invoice_no=one.get("DELV_NO") or None,
        buyer=buyer,
        raw={"list": name, "order": dict(order), "line": dict(one)},
    )


def _state(name: str, one: Mapping[str, str]) -> LineState:
    """As far as the list, CURRENT_STATE or a date says that it has come."""
    told = one.get("CURRENT_STATE", "")
    if told and told not in STATES:
        return LineState.UNKNOWN
    found = [OF_LIST[name], *(state for date, state in BY_DATE if one.get(date))]
    if told:
        found.append(STATES[told])
    return max(found, key=_place)


def _class(one: Mapping[str, str]) -> str | None:
    """OPT_PRD_TP, and for an added product the line that it was added to (§5.1)."""
    kind, parent = one.get("OPT_PRD_TP", ""), one.get("OPT_PARENT_SEQ", "")
    return (f"{kind}:{parent}" if kind == ADDED_PRODUCT and parent else kind) or None


def _settled(one: Mapping[str, str]) -> str:
    return one.get("DELVSETL_SEQ", "")


def _fees(order: Element, lines: list[dict[str, str]]) -> dict[str, int]:
    """Shipping fees (won) by DELVSETL_SEQ; where none is told by it, the order's own."""
    found: dict[str, int] = {}
    for part in order.iterfind("DELIVERY_DETAIL/PRD_DELV"):
        told = _texts(part)
        fee = (whole(told.get("DELV_AMT")) or 0) + (whole(told.get("ADD_DELV_AMT")) or 0)
        found[told.get("DELVSETL_SEQ", "")] = fee
    if found or not lines:
        return found
    parts = [_texts(part) for part in order.iterfind("DELIVERY/DELV")]
    amounts = [whole(part.get(name)) or 0 for part in parts for name in ("DEL_AMT", "ADD_DEL_AMT")]
    return {_settled(lines[0]): sum(amounts)}


def _buyer(order: Mapping[str, str]) -> Buyer:
    road = "_DORO" if order.get("DELI_ADDR1_DORO") else ""
    phones = [order.get(name) for name in ("DELI_MOBILE", "DELI_TEL")]
    told = [phone for phone in phones if phone]
    return Buyer(
        orderer_name=order.get("ORD_NM", ""),
        orderer_phone=order.get("MOBILE_TEL") or order.get("TEL") or "",
        orderer_id=order.get("MEM_ID", ""),
        receiver_name=order.get("RCVR_NM", ""),
        receiver_phone=told[0] if told else "",
        receiver_phone2=told[1] if len(told) > 1 else "",
        postcode=order.get(f"DEL_ZIP{road}") or order.get("DEL_ZIP") or "",
        address=order.get(f"DELI_ADDR1{road}", ""),
        address_detail=order.get(f"DELI_ADDR2{road}", ""),
        message=order.get("DELI_COMMENT", ""),
        customs_code=order.get("RESIDENT_NO", ""),
    )


def time_of(value: str | None) -> datetime | None:
    """A time of the wire, yyyyMMddHHmmss or yyyyMMdd in Korea; None for none or for no time."""
    text = value or ""
    if len(text) not in (8, 14) or not (text.isascii() and text.isdigit()):
        return None
    try:
        day = datetime(int(text[:4]), int(text[4:6]), int(text[6:8]), tzinfo=KST)
        return day.replace(
            hour=int(text[8:10] or 0), minute=int(text[10:12] or 0), second=int(text[12:] or 0)
        )
    except ValueError:
        return None
