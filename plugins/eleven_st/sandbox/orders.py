"""Reading orders: the state lists, one order, states of many, and the claim lists (§6, §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from hanpan.api import Response
from plugins.eleven_st.sandbox.lines import CLAIMED, LISTS, Row, in_list, in_states, shelf, shown
from plugins.eleven_st.sandbox.telling import state_of, told, told_claim
from plugins.eleven_st.sandbox.wire import DAY, Call, Refusal, listed, read_minute

CAP = 3000
STATES_AT_ONCE = 100
NOTHING = "조회된 결과가 없습니다."
NO_CLAIM = "해당 건이 없습니다."

CODES = {
    "complete": ("-3103", "-3104", "-3105"),
    "packaging": ("-3303", "-3304", "-3305"),
    "shipping": ("-3902", "-3903", "-3904"),
    "dlvcompleted": ("-3902", "-3903", "-3904"),
    "completed": ("-3902", "-3903", "-3904"),
    "standby": ("-3102", "-3103", "-3104"),
    "delvplacestandby": ("-3102", "-3103", "-3104"),
}
"""§6.3: start or end written otherwise, and more than a week."""

CLAIMS = {
    "cancelorders": ("cancel", "open", "-28006", "-28007", "-28008"),
    "canceledorders": ("cancel", "done", "-28006", "-28007", "-28008"),
    "withdrawcanceledorders": ("cancel", "withdrawn", "-28006", "-28007", "-28008"),
    "returnorders": ("return", "open", "-29006", "-29007", "-29008"),
    "returnedorders": ("return", "done", "-29006", "-29007", "-29008"),
    "retractretorders": ("return", "withdrawn", "-29006", "-29007", "-29008"),
    "exchangeorders": ("exchange", "open", "-29006", "-29007", "-29008"),
    "exchangedorders": ("exchange", "done", "-29006", "-29007", "-29008"),
    "retractexcorders": ("exchange", "withdrawn", "-29006", "-29007", "-29008"),
}
"""Kind and state of a list's claims, and the codes of its dates (§7)."""


def of_state(name: str) -> Callable[[Call], Response]:
    """The list of that name: at most 3,000 rows, and nothing says that there are more (§1.5)."""

    def answer(call: Call) -> Response:
        start, end = _window(call, *CODES[name], days=8)
        stock = shelf(call.world)
        stock.settle(call.request.now)
        found = [
            in_list(call.world, key, name, call.now)
            for _, key in islice(stock.between(name, start, end), CAP)
        ]
        if not found:
            raise Refusal("0", NOTHING)
        return listed("orders", found)

    return answer


def one(call: Call) -> Response:
    """`complete/{ordNo}`: the lines of one order (§6.1)."""
    rows = [row for row in _of_order(call, call.parts[0]) if state_of(row) in ("202", "301")]
    if not rows:
        raise Refusal("0", NOTHING)
    return listed("orders", [told(row, "single") for row in rows])


def states(call: Call) -> Response:
    """`orderlistall`: the lines of at most 100 orders, whatever state they are in (§6.1)."""
    orders = call.parts[0].split(",")
    if len(orders) > STATES_AT_ONCE:
        raise Refusal("-1", "주문번호는 최대 100건까지 조회할 수 있습니다.")
    shelf(call.world).settle(call.request.now)
    known = call.world.state["orders"]
    found = [
        in_states(call.world, key, call.now)
        for order in dict.fromkeys(orders)
        for key in known.get(order, ())
    ]
    if not found:
        raise Refusal("0", NOTHING)
    return listed("orders", found)


def claimed(name: str) -> Callable[[Call], Response]:
    """The claim list of that name; a list without rows says -1 (§7)."""
    kind, state, *codes = CLAIMS[name]

    def answer(call: Call) -> Response:
        start, end = _window(call, codes[0], codes[1], codes[2], days=31)
        found = sorted(
            (at, claim["id"], told_claim(row, claim, name))
            for row, claim in _claims(call)
            if claim["kind"] == kind and claim["state"] == state
            for at in [_date(call, row, claim)]
            if start <= at <= end
        )
        if not found:
            raise Refusal("-1", NO_CLAIM)
        return listed("orders", [text for _, _, text in found[:CAP]])

    return answer


def _claims(call: Call) -> Iterator[tuple[Row, dict[str, Any]]]:
    stock = shelf(call.world)
    stock.settle(call.request.now)
    for key in stock.every(CLAIMED):
        row = shown(call.world, key, call.now)
        for claim in row.get("claims", ()):
            yield row, claim


def _date(call: Call, row: Row, claim: dict[str, Any]) -> int:
    if call.world.options.get("by_order"):
        return int(claim["at"])
    return int(claim.get("done") or claim["at"])


def _of_order(call: Call, order: str) -> list[Row]:
    shelf(call.world).settle(call.request.now)
    keys = call.world.state["orders"].get(order, ())
    return [shown(call.world, key, call.now) for key in keys]


def _window(
    call: Call, start_code: str, end_code: str, long_code: str, *, days: int
) -> tuple[int, int]:
    """From and to, in epoch seconds. An end that is yet to come is taken (the guide's own examples
    end at 23:59)."""
    start, end = read_minute(call.parts[0]), read_minute(call.parts[1])
    if start is None:
        raise Refusal(start_code, "조회 시작일이 올바르지 않습니다.")
    if end is None:
        raise Refusal(end_code, "조회 종료일이 올바르지 않습니다.")
    if end < start:
        raise Refusal("-1", "조회 시작일이 종료일보다 늦습니다.")
    if end - start >= days * DAY:
        raise Refusal(long_code, f"최대 조회기간은 {'일주일' if days == 8 else '30일'} 입니다.")
    return start, end


LIST_NAMES = tuple(name for name, _ in LISTS.values())
