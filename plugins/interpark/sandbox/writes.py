"""Acting on orders: 출고완료, 품절취소, 취소요청 승인 (§6); all by GET, one line a call.

The approvals and refusals of returns and exchanges are not served: their parameters are not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hanpan.api import Request, Response, World
from plugins.interpark.assumed import NOT_UNDERSTOOD
from plugins.interpark.sandbox import listings
from plugins.interpark.sandbox.lines import (
    CANCELLED,
    CONFIRMED,
    SHIPPING,
    Row,
    change,
    left_of,
    rows,
    state_of,
)
from plugins.interpark.sandbox.wire import Refusal, now_of, order_answer

COURIERS = frozenset(
    re.findall(
        r"\d+",
        """
    169168 169177 169178 169198 169199 169182 169187 303978 169526 236288 231491 229381 263792
    169194 231145 231194 266237 230175 250701 258064 169172 169200 169211 169181 169316 169167
        """,
    )
)
"""§7."""
ALREADY_SENT, ALREADY_OUT, ALREADY_ACCEPTED, BUYER_WITHDREW = "015", "005", "006", "004"


def dispatch(world: World, call: Request) -> None:
    """delvCompForComm; it refuses a cancel request that waits (§6)."""
    row = _line(world, call)
    if state_of(row) == SHIPPING:
        raise Refusal(ALREADY_SENT, "이미 출고완료된 주문입니다.")
    if state_of(row) != CONFIRMED:
        raise Refusal(NOT_UNDERSTOOD, "출고완료할 수 없는 상태의 주문입니다.")
    if not re.fullmatch(r"\d{8}", call.one("sc.delvDt")):
        raise Refusal(NOT_UNDERSTOOD, "sc.delvDt 는 yyyyMMdd 형식이어야 합니다.")
    if call.one("sc.delvEntrNo") not in COURIERS:
        raise Refusal(NOT_UNDERSTOOD, "택배사 코드를 확인해 주세요.")
    if not re.fullmatch(r"[0-9A-Za-z-]{6,30}", call.one("sc.invoNo")):
        raise Refusal(NOT_UNDERSTOOD, "송장번호를 확인해 주세요.")
    now = now_of(world)
    requests = [
        one if one.get("withdrawn") or one.get("accepted") else {**one, "refused": now}
        for one in row.get("requests", ())
    ]
    delivery = {"company": call.one("sc.delvEntrNo"), "number": call.one("sc.invoNo")}
    change(
        world, row, state=SHIPPING, shipped=now, delivery=delivery, requests=requests,
        dispatches=row.get("dispatches", 0) + 1,
    )  # fmt: skip
    world.record("dispatch", row["id"], number=delivery["number"])


def out_of_stock(world: World, call: Request) -> None:
    """cnclOutOfStockReqForComm: the seller has none."""
    row = _line(world, call)
    if state_of(row) == CANCELLED:
        raise Refusal(ALREADY_OUT, "이미 취소된 주문입니다.")
    if state_of(row) != CONFIRMED:
        raise Refusal(NOT_UNDERSTOOD, "품절취소할 수 없는 상태의 주문입니다.")
    finish_cancel(world, row, left_of(row))
    world.record("out_of_stock", row["id"])


def accept_cancel(world: World, call: Request) -> None:
    """cnclReqAcceptForComm."""
    row = _line(world, call)
    asked = [one for one in row.get("requests", ()) if one["seq"] == call.one("sc.clmReqSeq")]
    if not asked:
        raise Refusal(NOT_UNDERSTOOD, "취소요청이 없습니다.")
    if asked[0].get("withdrawn"):
        raise Refusal(BUYER_WITHDREW, "구매자가 철회한 요청입니다.")
    if asked[0].get("accepted"):
        raise Refusal(ALREADY_ACCEPTED, "이미 승인된 요청입니다.")
    finish_cancel(world, row, asked[0]["quantity"], asked[0]["seq"])
    world.record("accept_cancel", row["id"])


def finish_cancel(world: World, row: Row, quantity: int, request: str = "") -> None:
    """Pieces of the line are cancelled; a request that led to it was accepted."""
    now = now_of(world)
    claim = {
        "kind": "CANCEL",
        "number": f"C{world.number('claim'):09d}",
        "quantity": quantity,
        "at": now,
        "stat": "90",
    }
    requests = [
        {**one, "accepted": now} if one["seq"] == request else one
        for one in row.get("requests", ())
    ]
    facts: Row = {"claims": [*row.get("claims", ()), claim], "requests": requests}
    if quantity >= left_of(row):
        facts["state"] = CANCELLED
    change(world, row, **facts)
    listings.give_back(world, row, quantity)


def _line(world: World, call: Request) -> Row:
    key = f"{call.one('sc.ordclmNo')}-{call.one('sc.ordSeq')}"
    row = rows(world).get(key)
    if row is None or call.one("sc.optOrdSeqList") != call.one("sc.ordSeq"):
        raise Refusal(NOT_UNDERSTOOD, "주문번호, 주문순번을 확인해 주세요.")
    return row


WRITES: dict[str, Callable[[World, Request], None]] = {
    "delvCompForComm": dispatch,
    "cnclOutOfStockReqForComm": out_of_stock,
    "cnclReqAcceptForComm": accept_cancel,
}


def written(world: World, call: Request) -> Response:
    """Do one of WRITES."""
    WRITES[call.one("_method")](world, call)
    return order_answer("000", "SUCCESS", world.number("log"), [])
