"""Orders, requests and claims as the wire writes them (§5.1–§5.3)."""

from __future__ import annotations

from hanpan.api import Person, person
from plugins.interpark.sandbox.goods import EXTRA, MAIN
from plugins.interpark.sandbox.lines import CONFIRMED, NEW, Row, state_of
from plugins.interpark.sandbox.wire import day_of, element, elements, stamp, xml

REQUEST_TYPES = {"CANCEL": ("1", "출고전취소"), "RETURN": ("2", "반품"), "EXCHANGE": ("3", "교환")}
CLAIM_TYPES = {"CANCEL": ("01", "취소"), "RETURN": ("02", "반품"), "EXCHANGE": ("03", "교환")}
CLAIM_STEPS = {
    "30": "클레임접수",
    "40": "클레임취소",
    "50": "반품/교환수거지시",
    "80": "반품/교환입고완료",
    "90": "클레임확정_환불완료",
}
REASON = ("04", "단순변심")

NUMBERS = {"SUPPLY_ENTR_NO": "entr_no", "SUPPLY_CTRT_SEQ": "ctrt_seq"}


def head(row: Row, seller: Row) -> bytes:
    """What an ORDER begins with: who ordered, and where it goes."""
    buyer = person(row["buyer"])
    told: dict[str, object] = {
        "ORD_NO": row["order"],
        "ORDER_DT": day_of(row["ordered"]),
        "ORDER_DTS": stamp(row["ordered"]),
        "PAY_DTS": stamp(row["paid"]),
        "ORD_NM": buyer.name,
        "TEL": "",
        "MOBILE_TEL": buyer.phone,
        "EMAIL": "",
        "MEM_ID": buyer.login,
        "RCVR_NM": buyer.name,
        "DELI_TEL": "",
        "DELI_MOBILE": buyer.phone,
        **_address(buyer, row["buyer"]),
        "DELI_COMMENT": buyer.note,
        "GIFT_MSG": "",
    }
    fee = row.get("order_fee", 0)
    numbers = elements({name: seller[ours] for name, ours in NUMBERS.items()})
    delivery = f"<DELIVERY><DELV>{numbers}{elements({'DEL_AMT': fee, 'ADD_DEL_AMT': 0})}"
    settled: dict[str, object] = {"DELVSETL_SEQ": 1, "DELV_AMT": fee, "ADD_DELV_AMT": 0}
    detail = f"<DELIVERY_DETAIL><PRD_DELV>{elements(settled)}</PRD_DELV></DELIVERY_DETAIL>"
    return xml(f"{elements(told)}{delivery}</DELV></DELIVERY>{detail}<PRODUCT>")


def _address(buyer: Person, number: int) -> dict[str, object]:
    """Some orders have no road address: then its elements are empty (§5.1)."""
    road = number % 4 > 0
    return {
        "DEL_ZIP": buyer.postcode,
        "DELI_ADDR1": buyer.address if not road else "서울 예시구 보기동",
        "DELI_ADDR2": buyer.detail if not road else "1-1",
        "DEL_ZIP_DORO": buyer.postcode if road else "",
        "DELI_ADDR1_DORO": buyer.address if road else "",
        "DELI_ADDR2_DORO": buyer.detail if road else "",
    }


def line(row: Row, seller: Row) -> bytes:
    """A PRD. What `set` holds is told instead of what is so."""
    goods = (EXTRA if "parent" in row else MAIN)[row["goods"]]
    text, number, code = ("", "", "")
    if goods.options:
        text, number, code = goods.options[row.get("option", 0)]
    quantity = row.get("quantity", 1)
    state = state_of(row)
    shipped = row.get("delivery") or {}
    told: dict[str, object] = {
        "ORD_SEQ": row["seq"],
        "OPT_PRD_TP": row.get("type", "01"),
        "OPT_PARENT_SEQ": row.get("parent", row["seq"]),
        "PRD_NO": goods.number,
        "OPT_PRD_NO": number or goods.number,
        "ENTR_PRD_NO": goods.code,
        "OPT_NO": code,
        "PRD_NM": goods.name,
        "OPT_NM": text,
        "IN_OPT_NM": row.get("typed", ""),
        **{name: seller[ours] for name, ours in NUMBERS.items()},
        "SALE_UNITCOST": goods.price,
        "ORD_QTY": quantity,
        "ORD_AMT": goods.price * quantity,
        "PRE_USE_UNITCOST": 0,
        "DC_COUPON_AMT": 0,
        "ENTR_DC_COUPON_AMT": 0,
        "IS_COLLECTED": "Y" if row.get("collected") else "N",
        "DELVSETL_SEQ": 1,
        # New lines are told as what asking for them makes them.
        "CURRENT_STATE": CONFIRMED if state == NEW else state,
    }
    if shipped:
        told |= {
            "DELV_DT": day_of(row["shipped"]),
            "DELV_DTS": stamp(row["shipped"]),
            "DELV_COMP": shipped["company"],
            "DELV_NO": shipped["number"],
        }
    if row.get("delivered"):
        told["DELV_COMPLETE_DT"] = day_of(row["delivered"])
    if row.get("decided"):
        told["ORD_COMP_DTS"] = stamp(row["decided"])
    return xml(f"<PRD>{elements(told | row.get('set', {}))}</PRD>")


def request(row: Row, one: Row) -> bytes:
    """A whole ORDER of the request list (§5.2)."""
    kind, name = REQUEST_TYPES[one["kind"]]
    withdrawn = bool(one.get("withdrawn"))
    order: dict[str, object] = {
        "ORD_NO": row["order"],
        "CLMREQ_SEQ": one["seq"],
        "CLMREQ_DTS": stamp(one["at"]),
        "CLMREQ_DT": day_of(one["at"]),
        "CLMREQ_TP": kind,
        "CLMREQ_TPNM": name,
    }
    product: dict[str, object] = {
        "ORD_SEQ": row["seq"],
        "CLMREQ_STAT": "2" if withdrawn else "1",
        "CLMREQ_STATNM": "철회" if withdrawn else "요청",
        "CLMREQ_QTY": one["quantity"],
        "CLMREQ_RSN_TP": REASON[0],
        "CLMREQ_RSN_TPNM": one.get("reason", REASON[1]),
        "CLMREQ_CNCL_DTS": stamp(one["withdrawn"]) if withdrawn else "",
        "CLMREQ_ACCEPT_DTS": stamp(one["accepted"]) if one.get("accepted") else "",
        "CLMREQ_REFUSE_DTS": stamp(one["refused"]) if one.get("refused") else "",
    }
    return _order(order, product)


def claim(row: Row, one: Row) -> bytes:
    """A whole ORDER of the claim list (§5.3), with the element that has two underscores."""
    kind, name = CLAIM_TYPES[one["kind"]]
    buyer = person(row["buyer"])
    order: dict[str, object] = {
        "ORD_NO": row["order"],
        "CLM_NO": one["number"],
        "CLM_SEQ": 1,
        "CLM_CRT_TP": kind,
        "CLM_CRT_TPNM": name,
        "CLM_RCVR_NM": buyer.name,
        "CLM_RCVR_MOBILE": buyer.phone,
        "CLM_RCVR_ZIP": buyer.postcode,
        "CLM_RCVR_ADDR1": buyer.address,
        "CLM_RCVR__ADDR1_DORO": buyer.address,
        "CLM_RCVR_ADDR2_DORO": buyer.detail,
    }
    product: dict[str, object] = {
        "ORD_SEQ": row["seq"],
        "CLM_QTY": one["quantity"],
        "CURRENT_CLMPRD_STAT": one["stat"],
        "CURRENT_CLMPRD_STATNM": CLAIM_STEPS.get(one["stat"], ""),
        "CLM_DTS": stamp(one["at"]),
        "CLM_RSN_TP": REASON[0],
        "CLM_RSN_TPNM": one.get("reason", REASON[1]),
    }
    return _order(order, product)


def _order(order: dict[str, object], product: dict[str, object]) -> bytes:
    inside = f"<PRODUCT><PRD>{elements(product)}</PRD></PRODUCT>"
    return xml(f"<ORDER>{elements(order)}{inside}</ORDER>")


def page_info(pages: int, total: int, rows: int, page: int) -> bytes:
    """What only the list of delivered lines has."""
    told = {"TOT_PAGE_NUM": pages, "TOT_CNT": total, "ROW_CNT": rows, "CURRENT_PAGE_NUM": page}
    return xml(f"<PAGE_INFO>{''.join(element(k, v) for k, v in told.items())}</PAGE_INFO>")
