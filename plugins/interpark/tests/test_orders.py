"""Lines as they are read, windows and lists as they are walked, claims as they add up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hanpan.api import (
    UNCHANGED,
    ClaimKind,
    ClaimState,
    ContractError,
    LineState,
    RateLimited,
    Unavailable,
)
from plugins.interpark import position
from plugins.interpark.client import (
    CLAIMS,
    CONFIRMED,
    DECIDED,
    DELIVERED,
    REQUESTS,
    SHIPPED,
    TAKE,
)
from plugins.interpark.lines import COURIERS
from plugins.interpark.orders import SYNC, changes, start
from plugins.interpark.tests.conftest import NOW, Desk, fields, order, order_list, product

READ = (CONFIRMED, SHIPPED, DELIVERED, DECIDED, REQUESTS, CLAIMS)
NUMBER = "20260928080000000001"
DAY = timedelta(days=1)
TAKING = SYNC.take_new
assert TAKING is not None


def one_line(desk: Desk, name: str, *told: Any, **head: Any) -> Any:
    desk.on(name, order_list(order(NUMBER, *told, **head)))
    (line,) = [
        line
        for line in sweep(desk, start(NOW - timedelta(hours=2)))[0]
        if line.quantity is not UNCHANGED
    ]
    return line


def sweep(desk: Desk, cursor: str) -> tuple[list[Any], str]:
    """Everything up to now, and the cursor for the next time."""
    client, found, more = desk.client(), [], True
    while more:
        page = changes(client, cursor)
        assert page.cursor != cursor or not page.more
        found += page.items
        cursor, more = page.cursor, page.more
    return found, cursor


# -- a line ---------------------------------------------------------------------------------------


def test_a_line_is_read_whole(desk: Desk) -> None:
    line = one_line(
        desk,
        CONFIRMED,
        product(IN_OPT_NM="각인 '한판'"),
        MOBILE_TEL="010-0000-0002",
        DELI_TEL="02-0000-0000",
        DELI_COMMENT="문 앞",
        RESIDENT_NO="P000000000000",
        DELIVERY_DETAIL="<PRD_DELV><DELVSETL_SEQ>1</DELVSETL_SEQ><DELV_AMT>3000</DELV_AMT>"
        "<ADD_DELV_AMT>2500</ADD_DELV_AMT></PRD_DELV>",
    )
    assert (line.order_no, line.line_no, line.line_key) == (NUMBER, "1", f"{NUMBER}-1")
    assert line.state is LineState.CONFIRMED and line.remote_state == "50"
    assert line.ordered_at == datetime(2026, 9, 27, 23, 0, tzinfo=UTC) == line.paid_at
    assert (line.product_no, line.option_no) == ("7100000100", "7100000101")
    assert (line.product_name, line.option_text) == ("면 티셔츠", "블랙/M / 각인 '한판'")
    assert (line.seller_code, line.option_code) == ("SKU-1001", "SKU-1001-1")
    assert (line.quantity, line.unit_price, line.amount) == (2, 16000, 32000)
    assert line.shipping_fee == 5500 and line.bundle_no == f"{NUMBER}-1"
    assert line.line_class == "01" and line.dispatched == 0
    assert line.buyer.orderer_phone == "010-0000-0002" and line.buyer.receiver_name == "김견본"
    assert (line.buyer.receiver_phone, line.buyer.receiver_phone2) == (
        "010-0000-0001", "02-0000-0000",
    )  # fmt: skip
    assert line.buyer.address == "서울 예시구 보기동" and line.buyer.message == "문 앞"
    assert line.buyer.customs_code == "P000000000000"
    assert line.claim is UNCHANGED and line.cancelled is UNCHANGED
    assert line.raw["line"]["PRD_NM"] == "면 티셔츠"


def test_the_road_address_is_preferred_when_there_is_one(desk: Desk) -> None:
    road = {
        "DEL_ZIP_DORO": "06237",
        "DELI_ADDR1_DORO": "서울 예시구 보기로 1",
        "DELI_ADDR2_DORO": "2층",
    }
    buyer = one_line(desk, CONFIRMED, product(), **road).buyer
    assert (buyer.postcode, buyer.address, buyer.address_detail) == tuple(road.values())


def test_the_fee_of_a_bundle_is_told_once_and_none_where_it_is_collected(desk: Desk) -> None:
    fee = "<DELV><DEL_AMT>3000</DEL_AMT><ADD_DEL_AMT>0</ADD_DEL_AMT></DELV>"
    desk.on(
        CONFIRMED,
        order_list(
            order(NUMBER, product(1), product(2), DELIVERY=fee),
            order("2" * 20, product(1, IS_COLLECTED="Y"), DELIVERY=fee),
        ),
    )
    lines, _ = sweep(desk, start(NOW - timedelta(hours=1)))
    assert [line.shipping_fee for line in lines] == [3000, 0, 0]


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"OPT_PRD_TP": "02"}, "02"),
        ({"OPT_PRD_TP": "03", "OPT_PARENT_SEQ": 1}, "03:1"),
        ({"OPT_PRD_TP": ""}, None),
    ],
)
def test_an_added_product_names_the_line_it_was_added_to(
    desk: Desk, told: Any, wanted: str | None
) -> None:
    assert one_line(desk, CONFIRMED, product(2, **told)).line_class == wanted


@pytest.mark.parametrize(
    ("name", "told", "state"),
    [
        (CONFIRMED, {"CURRENT_STATE": ""}, LineState.CONFIRMED),
        (CONFIRMED, {"CURRENT_STATE": "70"}, LineState.SHIPPING),
        (CONFIRMED, {"CURRENT_STATE": "", "DELV_NO": "600000000001"}, LineState.SHIPPING),
        (SHIPPED, {"CURRENT_STATE": ""}, LineState.SHIPPING),
        (SHIPPED, {"CURRENT_STATE": "50"}, LineState.SHIPPING),
        (SHIPPED, {"DELV_COMPLETE_DT": "20260928"}, LineState.DELIVERED),
        (DELIVERED, {"CURRENT_STATE": "75"}, LineState.DELIVERED),
        (DECIDED, {"CURRENT_STATE": "80"}, LineState.DECIDED),
        (CONFIRMED, {"CURRENT_STATE": "61"}, LineState.UNKNOWN),
    ],
)
def test_a_line_stands_as_far_as_anything_says(
    desk: Desk, name: str, told: Any, state: LineState
) -> None:
    line = one_line(desk, name, product(**told))
    assert line.state is state
    sent = state in (LineState.SHIPPING, LineState.DELIVERED, LineState.DECIDED)
    assert line.dispatched == (2 if sent else 0)


def test_a_courier_is_known_by_its_number_and_an_unknown_one_keeps_it(desk: Desk) -> None:
    told = {"DELV_COMP": "169178", "DELV_NO": "60000001", "DELV_DTS": "20260928070000"}
    line = one_line(desk, SHIPPED, product(**told))
    assert (line.courier, line.invoice_no) == ("hanjin", "60000001")
    assert line.dispatched_at == datetime(2026, 9, 27, 22, 0, tzinfo=UTC)
    assert one_line(desk, SHIPPED, product(DELV_COMP="999999")).courier == "999999"
    assert len({courier.code for courier in COURIERS}) == len(COURIERS) >= 16


def test_a_line_that_is_told_twice_counts_as_far_as_it_has_come(desk: Desk) -> None:
    twice = order(NUMBER, product(CURRENT_STATE="70"), product(CURRENT_STATE="50"))
    desk.on(CONFIRMED, order_list(twice))
    (line,) = sweep(desk, start(NOW - timedelta(hours=1)))[0]
    assert line.state is LineState.SHIPPING


@pytest.mark.parametrize(
    "broken", [order("", product()), order(NUMBER, "<PRD><PRD_NO>1</PRD_NO></PRD>")]
)
def test_an_order_without_its_numbers_is_an_error(desk: Desk, broken: str) -> None:
    desk.on(CONFIRMED, order_list(broken))
    with pytest.raises(ContractError):
        sweep(desk, start(NOW - timedelta(hours=1)))


def test_amounts_and_times_that_are_none_are_left_out(desk: Desk) -> None:
    line = one_line(
        desk, CONFIRMED, product(ORD_AMT="무료", SALE_UNITCOST=""), PAY_DTS="20261399", ORDER_DTS=""
    )
    assert line.amount is UNCHANGED and line.unit_price is UNCHANGED
    assert line.paid_at is UNCHANGED and line.ordered_at is UNCHANGED


# -- windows and lists ----------------------------------------------------------------------------


def test_a_sweep_reads_every_list_but_the_one_that_confirms(desk: Desk) -> None:
    sweep(desk, start(NOW - timedelta(hours=2)))
    assert set(desk.methods()) == set(READ) and TAKE not in desk.methods()
    for name in READ:
        assert desk.windows(name) == [("20260928070500", "20260928090455")]


def test_windows_are_a_day_at_most_without_a_gap_and_across_midnight(desk: Desk) -> None:
    sweep(desk, start(NOW - timedelta(days=5)))
    for name in READ:
        windows = [
            tuple(datetime.strptime(moment, "%Y%m%d%H%M%S") for moment in window)
            for window in desk.windows(name)
        ]
        assert all(end - begin <= DAY for begin, end in windows)
        ends, starts = [w[1] for w in windows[:-1]], [w[0] for w in windows[1:]]
        assert ends == starts
        assert windows[0][0] == datetime(2026, 9, 23, 9, 5)
        assert windows[-1][1] == datetime(2026, 9, 28, 9, 4, 55)


def test_windows_shrink_where_a_list_is_long(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(position, "FEW", 2)
    monkeypatch.setattr(position, "MANY", 3)
    desk.on(CONFIRMED, order_list(*(order(f"{n:020d}", product()) for n in range(4))))
    sweep(desk, start(NOW - timedelta(hours=4)))
    assert [window[0][8:] for window in desk.windows(CONFIRMED)] == ["050500", "080500"]
    sizes = [
        datetime.strptime(end, "%Y%m%d%H%M%S") - datetime.strptime(begin, "%Y%m%d%H%M%S")
        for begin, end in desk.windows(SHIPPED)
    ]
    assert sizes[0] <= timedelta(hours=1.5), "the next window after two long ones"


def test_the_pages_of_delivered_lines_are_read_to_the_end(desk: Desk) -> None:
    info = "<PAGE_INFO><TOT_PAGE_NUM>2</TOT_PAGE_NUM></PAGE_INFO>"
    desk.on(
        DELIVERED,
        order_list(order("1" * 20, product()), more=info),
        order_list(order("2" * 20, product()), more=info),
    )
    lines, _ = sweep(desk, start(NOW - timedelta(hours=1)))
    assert [line.order_no for line in lines] == ["1" * 20, "2" * 20]
    assert [asked["sc.pageNo"] for asked in desk.asked(DELIVERED)] == ["1", "2"]


def test_pages_that_never_end_are_left_when_one_is_empty(desk: Desk) -> None:
    info = "<PAGE_INFO><TOT_PAGE_NUM>999999</TOT_PAGE_NUM></PAGE_INFO>"
    desk.on(DELIVERED, order_list(order(NUMBER, product()), more=info), order_list(more=info))
    sweep(desk, start(NOW - timedelta(hours=1)))
    assert len(desk.asked(DELIVERED)) == 2


def test_the_next_sweep_overlaps_by_half_an_hour(desk: Desk) -> None:
    _, cursor = sweep(desk, start(NOW - timedelta(hours=2)))
    desk.sent.clear()
    desk.later(minutes=5)
    _, cursor = sweep(desk, cursor)
    assert desk.windows(CONFIRMED) == [("20260928083455", "20260928090955")]
    assert len(desk.sent) == len(READ), "nothing found: one call of each list"


def test_an_idle_poll_is_one_page(desk: Desk) -> None:
    _, cursor = sweep(desk, start(NOW - timedelta(hours=2)))
    desk.later(minutes=5)
    page = changes(desk.client(), cursor)
    assert not page.items and not page.more


def test_once_an_hour_the_days_before_are_read_again_but_nothing_before_the_beginning(
    desk: Desk,
) -> None:
    _, cursor = sweep(desk, start(NOW - timedelta(days=3)))
    desk.sent.clear()
    desk.later(minutes=61)
    _, cursor = sweep(desk, cursor)
    firsts = {name: desk.windows(name)[0][0] for name in READ}
    assert firsts == {
        CONFIRMED: "20260925090500",  # seven days would lead before the beginning
        SHIPPED: "20260927100555",
        DELIVERED: "20260927100555",
        DECIDED: "20260927100555",
        REQUESTS: "20260925090500",
        CLAIMS: "20260925090500",
    }
    desk.sent.clear()
    desk.later(minutes=5)
    sweep(desk, cursor)
    assert len(desk.sent) == len(READ)


def test_claims_that_were_forgotten_are_read_again_at_once(desk: Desk) -> None:
    _, cursor = sweep(desk, start(NOW - timedelta(days=3)))
    desk.memory.clear()
    desk.sent.clear()
    desk.later(minutes=5)
    sweep(desk, cursor)
    assert desk.windows(CLAIMS)[0][0] == "20260925090500"


def test_a_refused_page_is_read_again_from_where_it_was(desk: Desk) -> None:
    desk.on(DECIDED, (429, ""), order_list(order(NUMBER, product(CURRENT_STATE=80))))
    cursor = start(NOW - timedelta(hours=2))
    with pytest.raises(RateLimited):
        changes(desk.client(), cursor)
    lines, _ = sweep(desk, cursor)
    assert [line.state for line in lines] == [LineState.DECIDED]


@pytest.mark.parametrize("broken", ["", "x", "[]", "{}", "null", '{"begin":"2026-09-28"}'])
def test_a_cursor_that_is_none_is_an_error(desk: Desk, broken: str) -> None:
    with pytest.raises(ContractError):
        changes(desk.client(), broken)
    assert not desk.sent


@pytest.mark.parametrize(
    "told", [{"feed": 99}, {"page": 0}, {"span": 9999}, {"until": "2026-09-28T00:00:00+00:00"},
             {"begin": "1970-01-01T00:00:00+00:00"}, {"since": "2026-09-28T00:00:00"}]
)  # fmt: skip
def test_a_cursor_out_of_range_is_an_error(desk: Desk, told: dict[str, Any]) -> None:
    cursor = json.dumps({**json.loads(start(NOW)), **told})
    with pytest.raises(ContractError):
        changes(desk.client(), cursor)


def test_a_cursor_of_the_far_future_reads_the_day_before_once_more(desk: Desk) -> None:
    _, cursor = sweep(desk, start(NOW + timedelta(days=400)))
    assert desk.windows(CONFIRMED)[0][0] == "20260927090500"
    assert json.loads(cursor)["since"] < NOW.isoformat()


# -- single lines ---------------------------------------------------------------------------------


def test_lines_are_looked_for_on_the_days_after_they_were_ordered(desk: Desk) -> None:
    number = "20260926120000000009"
    desk.on(CONFIRMED, order_list(order(number, product(1), product(2))))
    lines = SYNC.get(desk.client(), [f"{number}-2", "20260926130000000001-1"])
    assert [line.line_key for line in lines] == [f"{number}-2"]
    assert desk.windows(SHIPPED) == [
        ("20260926000000", "20260926235959"),
        ("20260927000000", "20260927235959"),
        ("20260928000000", "20260928235959"),
    ]
    assert TAKE not in desk.methods()


def test_looking_ends_when_all_are_found(desk: Desk) -> None:
    number = "20260926120000000009"
    desk.on(CONFIRMED, order_list(order(number, product(1))))
    SYNC.get(desk.client(), [f"{number}-1"])
    assert len(desk.windows(CONFIRMED)) == 1


def test_a_search_of_very_many_days_looks_at_the_latest(desk: Desk) -> None:
    keys = [f"202608{day:02d}120000000001-1" for day in range(1, 31)]
    assert SYNC.get(desk.client(), keys) == []
    assert len(desk.windows(CONFIRMED)) == 12
    assert desk.windows(CONFIRMED)[-1][0] == "20260901000000"


# -- new lines ------------------------------------------------------------------------------------


def test_taking_asks_for_exactly_the_window_and_confirms(desk: Desk) -> None:
    desk.on(TAKE, order_list(order(NUMBER, product(CURRENT_STATE=""))))
    (line,) = TAKING.take(desk.client(), NOW - DAY, NOW)
    assert line.state is LineState.CONFIRMED and line.quantity == 2
    assert desk.windows(TAKE) == [("20260927090500", "20260928090500")]
    assert [call.write for call in desk.gate.calls] == [True]


def test_what_was_taken_is_read_back_without_taking(desk: Desk) -> None:
    desk.on(CONFIRMED, order_list(order(NUMBER, product())))
    (line,) = TAKING.taken(desk.client(), NOW - DAY, NOW)
    assert line.state is LineState.CONFIRMED
    assert desk.methods() == [CONFIRMED]
    assert SYNC.confirm is None and TAKING.window == DAY


# -- claims ---------------------------------------------------------------------------------------


def asked(kind: str = "1", stat: str = "1", at: str = "20260928080000", **told: Any) -> str:
    head = fields(ORD_NO=NUMBER, CLMREQ_SEQ="7", CLMREQ_DTS=at, CLMREQ_TP=kind)
    line = {"ORD_SEQ": 1, "CLMREQ_STAT": stat, "CLMREQ_QTY": 1, "CLMREQ_RSN_TPNM": "단순변심"}
    return f"<ORDER>{head}<PRODUCT><PRD>{fields(**(line | told))}</PRD></PRODUCT></ORDER>"


def claimed(
    number: str = "C1",
    *,
    kind: str = "01",
    stat: str = "90",
    at: str = "20260928083000",
    pieces: int = 1,
) -> str:
    head = fields(ORD_NO=NUMBER, CLM_NO=number, CLM_SEQ=1, CLM_CRT_TP=kind)
    line = fields(ORD_SEQ=1, CLM_QTY=pieces, CURRENT_CLMPRD_STAT=stat, CLM_DTS=at)
    double = fields(CLM_RCVR__ADDR1_DORO="서울")
    return f"<ORDER>{head}{double}<PRODUCT><PRD>{line}</PRD></PRODUCT></ORDER>"


def claim_of(desk: Desk) -> Any:
    lines, _ = sweep(desk, start(NOW - timedelta(hours=2)))
    (line,) = [line for line in lines if line.quantity is UNCHANGED]
    return line


@pytest.mark.parametrize(
    ("request_", "kind", "state"),
    [
        (asked("1"), ClaimKind.CANCEL, ClaimState.REQUESTED),
        (asked("2"), ClaimKind.RETURN, ClaimState.REQUESTED),
        (asked("3"), ClaimKind.EXCHANGE, ClaimState.REQUESTED),
        (asked("1", stat="2"), ClaimKind.CANCEL, ClaimState.WITHDRAWN),
        (asked(CLMREQ_REFUSE_DTS="20260928081000"), ClaimKind.CANCEL, ClaimState.WITHDRAWN),
        (asked(CLMREQ_ACCEPT_DTS="20260928081000"), ClaimKind.CANCEL, ClaimState.IN_PROGRESS),
        (asked(stat="9"), ClaimKind.CANCEL, ClaimState.REQUESTED),
    ],
)
def test_a_request_is_told_as_a_part_of_its_line(
    desk: Desk, request_: str, kind: ClaimKind, state: ClaimState
) -> None:
    desk.on(REQUESTS, order_list(request_))
    line = claim_of(desk)
    assert line.line_key == f"{NUMBER}-1"
    assert (line.claim.kind, line.claim.state) == (kind, state)
    assert line.claim.reason == "단순변심"
    assert line.state is UNCHANGED and line.buyer is UNCHANGED and line.cancelled is UNCHANGED


@pytest.mark.parametrize(
    ("told", "state", "gone"),
    [
        (claimed(kind="02", stat="30"), ClaimState.REQUESTED, None),
        (claimed(kind="02", stat="50"), ClaimState.IN_PROGRESS, None),
        (claimed(kind="02", stat="80"), ClaimState.IN_PROGRESS, None),
        (claimed(kind="02", stat="40"), ClaimState.WITHDRAWN, None),
        (claimed(kind="02", stat="90"), ClaimState.DONE, "returned"),
        (claimed(kind="03", stat="90"), ClaimState.DONE, "exchanged"),
        (claimed(kind="02", stat="55"), ClaimState.IN_PROGRESS, None),
    ],
)
def test_a_claim_takes_pieces_away_when_it_is_done(
    desk: Desk, told: str, state: ClaimState, gone: str | None
) -> None:
    desk.on(CLAIMS, order_list(told))
    line = claim_of(desk)
    assert line.claim.state is state
    taken = {name: getattr(line, name) for name in ("cancelled", "returned", "exchanged")}
    assert {name for name, value in taken.items() if value is not UNCHANGED} == (
        {gone} if gone else set()
    )


def test_a_kind_that_nobody_knows_is_left_alone(desk: Desk) -> None:
    desk.on(REQUESTS, order_list(asked("8")))
    desk.on(CLAIMS, order_list(claimed(kind="09")))
    assert sweep(desk, start(NOW - timedelta(hours=2)))[0] == []


def test_a_claim_counts_more_than_the_request_it_was_made_of(desk: Desk) -> None:
    desk.on(REQUESTS, order_list(asked("2", at="20260928083000")))
    desk.on(CLAIMS, order_list(claimed(kind="02", stat="50")))
    assert claim_of(desk).claim.state is ClaimState.IN_PROGRESS


def test_pieces_of_several_claims_add_up_and_the_newest_is_shown(desk: Desk) -> None:
    desk.on(CONFIRMED, order_list(order(NUMBER, product(ORD_QTY=3))))
    desk.on(CLAIMS, order_list(claimed("C1"), claimed("C2", stat="40", at="20260928084000")))
    line = claim_of(desk)
    assert line.claim.state is ClaimState.WITHDRAWN and line.cancelled == 1
    desk.on(CLAIMS, order_list(claimed("C3", at="20260928090000", pieces=2)))
    line = claim_of(desk)
    assert line.claim.state is ClaimState.DONE and line.cancelled == 3
    assert line.state is LineState.CANCELLED


def test_a_line_of_which_pieces_are_left_is_not_cancelled(desk: Desk) -> None:
    desk.on(CONFIRMED, order_list(order(NUMBER, product(ORD_QTY=2))))
    desk.on(CLAIMS, order_list(claimed(pieces=1)))
    line = claim_of(desk)
    assert line.cancelled == 1 and line.state is UNCHANGED


def test_a_cancelled_line_that_no_list_has_any_more_is_cancelled_and_asked_for_once(
    desk: Desk,
) -> None:
    desk.on(CLAIMS, order_list(claimed(pieces=1)))
    assert claim_of(desk).state is LineState.CANCELLED
    calls = len(desk.sent)
    assert claim_of(desk).state is LineState.CANCELLED
    assert len(desk.sent) - calls == len(READ)


def test_old_claims_are_forgotten(desk: Desk) -> None:
    desk.on(CLAIMS, order_list(claimed(kind="02")), order_list())
    sweep(desk, start(NOW - timedelta(hours=2)))
    assert NUMBER in desk.memory["claims"]
    desk.later(days=17)
    desk.on(REQUESTS, order_list(asked("2", at="20261015080000").replace(NUMBER, "9" * 20)))
    sweep(desk, start(desk.now - timedelta(hours=2)))
    assert NUMBER not in desk.memory["claims"] and "9" * 20 in desk.memory["claims"]


def test_claims_that_could_not_be_read_are_not_passed_over(desk: Desk) -> None:
    desk.on(CLAIMS, (503, ""), order_list(claimed(kind="02")))
    cursor = start(NOW - timedelta(hours=2))
    with pytest.raises(Unavailable):
        sweep(desk, cursor)
    lines, _ = sweep(desk, cursor)
    assert lines[-1].returned == 1
