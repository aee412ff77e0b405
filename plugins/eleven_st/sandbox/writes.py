"""발주확인: a GET that confirms every line of the same delivery and product (§6.1, §6.3)."""

from __future__ import annotations

from hanpan.api import Response
from plugins.eleven_st.sandbox.goods import MAIN, goods_of
from plugins.eleven_st.sandbox.lines import Row, change, rows
from plugins.eleven_st.sandbox.telling import state_of
from plugins.eleven_st.sandbox.wire import Call, Refusal, told_order

REASONS = {
    "-1": "주문 정보가 올바르지 않습니다.",
    "-3206": "이미 발주확인되었거나 발주확인할 내역이 없습니다.",
    "-3207": "주문상태 변경에 실패하였습니다.",
    "-3210": "전세계배송 주문은 셀러오피스에서 바코드를 출력해 주세요.",
    "-3211": "취소된 주문입니다.",
    "-3214": "취소처리가 진행중인 주문입니다.",
}


def confirm(call: Call) -> Response:
    """`reqpackaging/{ordNo}/{ordPrdSeq}/{addPrdYn}/{addPrdNo}/{dlvNo}`."""
    order, seq, _, _, dlv = call.parts
    row = rows(call.world).get(f"{order}-{seq}")
    code = "-1" if row is None or not _fits(row, call.parts) else _cannot(row, dlv)
    failing = call.world.state["failing_confirms"]
    if not code and failing:
        call.world.state["failing_confirms"] = failing - 1
        code = "-3207"
    if code:
        raise Refusal(code, REASONS[code])
    assert row is not None
    # Lines of the unit that are in a claim stay where they are.
    together = [one for one in _unit(call, row) if state_of(one) == "202"]
    for one in together:
        confirms = one.get("confirms", 0) + 1
        change(call.world, one, state="301", confirmed=call.now, confirms=confirms)
        call.world.record("confirm", one["key"])
    return told_order("0", f"전체 {len(together)}건이 정상적으로 발주처리가 되었습니다.")


def _fits(row: Row, parts: tuple[str, ...]) -> bool:
    """Whether the add-on's part of the path is the line's own."""
    wanted = ("Y", MAIN[row["of"]].number) if "main" in row else ("N", "null")
    return parts[2:4] == wanted


def _cannot(row: Row, dlv: str) -> str:
    state = state_of(row)
    if row["dlv"] != dlv:
        return "-3206"
    if state in ("B01", "C01"):
        return "-3211"
    if state == "701":
        return "-3214"
    if state != "202":
        return "-3206"
    return "-3210" if row.get("worldwide") else ""


def _unit(call: Call, row: Row) -> list[Row]:
    product = goods_of(row)[0].number
    together = (rows(call.world)[key] for key in call.world.state["bundles"][row["dlv"]])
    return [one for one in together if goods_of(one)[0].number == product]
