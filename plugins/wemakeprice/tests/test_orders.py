"""Lists, windows and cursors; lines and claims; withdrawn cancels; 주문확인 and its read-back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from hanpan.api import (
    UNCHANGED,
    Absent,
    AuthError,
    ClaimKind,
    ClaimState,
    ContractError,
    Done,
    Item,
    LineState,
    OutcomeUnknown,
    Rejected,
    Repeat,
    Scope,
    Sent,
    Unavailable,
    Unclear,
)
from plugins.wemakeprice.assumed import CLAIM_LIST, ORDER_INFO
from plugins.wemakeprice.feeds import BUNDLES_MOST, FEEDS
from plugins.wemakeprice.orders import SYNC, changes, get, readback, send, start
from plugins.wemakeprice.tests.conftest import CONFIRM, NOW, ORDERS, Wmp, refused, said

KEY = "90000001-60000001"
HOUR = timedelta(hours=1)


def option(number: int = 60000001, quantity: int = 2, **more: Any) -> dict[str, Any]:
    return {
        "orderOptionNo": number,
        "optionNo": 50000001,
        "optionName": "블랙/M",
        "optionQty": quantity,
        "sellerOptionCode": "SKU-1001-1",
        "optionAddPrice": 1000,
        "optionSalePrice": 16000,
        "optionCommissionPrice": 14000,
        **more,
    }


def product(*options: Any, number: int = 70000001) -> dict[str, Any]:
    return {
        "orderNo": number,
        "productNo": 400000001,
        "productName": "면 티셔츠",
        "productPrice": 15000,
        "sellerProductCode": "SKU-1001",
        "orderOption": list(options) or [option()],
    }


def bundle(number: int = 90000001, status: str = "신규주문", **more: Any) -> dict[str, Any]:
    """A bundle as §5 shows it."""
    told = {
        "bundleNo": number,
        "purchaseNo": 80000001,
        "orderDate": "2026-09-28 08:34:56",
        "payDate": "2026-09-28 08:35:10",
        "originShipDate": "2026-09-30",
        "orderConfirmDate": "",
        "orderShippingDate": "",
        "shipCompleteDate": "",
        "buyerName": "김예시",
        "buyerPhone": "010-0000-0000",
        "shipPrice": 3000,
        "prepayment": "선결제",
        "shipType": "조건부무료",
        "delivery": {
            "shipStatus": status,
            "parcelCompany": "",
            "invoiceNo": "",
            "name": "이예시",
            "phone": "010-0000-0001",
            "customsPin": "P000",
            "shipAddress": {
                "zipcode": "06236",
                "addrFixed": "서울특별시 예시구 보기로 1",
                "addrDetail": "2층",
                "message": "문앞",
            },
        },
        "orderProduct": [product()],
        "aFieldOfTomorrow": {"x": 1},
    }
    return told | more


def claim(
    number: int = 30000001, status: str = "신청", pieces: int = 1, **more: Any
) -> dict[str, Any]:
    """A claim as §6 shows it."""
    told = {
        "claimBundleNo": number,
        "claimType": "취소",
        "claimStatus": status,
        "purchaseNo": 80000001,
        "bundleNo": 90000001,
        "requestDate": "2026-09-28 08:50:00",
        "claimReason": "단순변심",
        "orderProduct": [product(option(60000001, pieces))],
    }
    return told | more


class Lists:
    """Answers a whole round: rows by the name of the list, nothing in the others."""

    def __init__(self, wmp: Wmp, **rows: Any) -> None:
        names = [feed.name for feed in FEEDS]
        assert set(rows) <= {name.replace(".", "_") for name in names}
        told = {name: rows.get(name.replace(".", "_"), []) for name in names}
        orders = [told[name] for name in names if "." not in name]
        claims = [told[name] for name in names if "." in name]
        wmp.on(ORDERS, *[{"bundle": one} for one in orders])
        wmp.on(CLAIM_LIST, *[{"claim": one} for one in claims], None)
        self.client = wmp.client()

    def read(self, cursor: str = "") -> tuple[list[Any], str]:
        found, more, cursor = [], True, cursor or start(NOW - HOUR)
        while more:
            page = changes(self.client, cursor)
            found += page.items
            cursor, more = page.cursor, page.more
        return found, cursor


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


# -- rounds, windows and cursors ------------------------------------------------------------------


def test_a_round_asks_every_list_up_to_a_little_before_now(wmp: Wmp) -> None:
    page = changes(wmp.client(), start(NOW - HOUR))
    assert page.items == [] and not page.more
    orders, claims = wmp.asked(ORDERS), wmp.asked(CLAIM_LIST)
    assert [one["type"] for one in orders] == ["NEW", "CONFIRM", "SHIPPING", "COMPLETE"]
    asked = [(one["claimStatus"], one["claimType"]) for one in claims]
    assert len(asked) == 8 and ("WITHDRAW", "CANCEL") not in asked
    assert [status for status, _ in asked] == ["WITHDRAW"] * 2 + ["APPROVE"] * 3 + ["REQUEST"] * 3
    for one in orders + claims:
        assert (one["fromDate"], one["toDate"]) == ("2026-09-28 08:05:00", "2026-09-28 09:04:55")
        assert one["searchDateType"] == one.get("claimStatus", one.get("type"))


def test_the_next_round_overlaps_the_last(wmp: Wmp) -> None:
    page = changes(wmp.client(), start(NOW - HOUR))
    wmp.now += timedelta(minutes=5)
    changes(wmp.client(), page.cursor)
    first, second = wmp.asked(ORDERS)[0], wmp.asked(ORDERS)[4]
    assert second["fromDate"] == "2026-09-28 09:01:55" < first["toDate"]


def test_a_long_way_back_is_read_in_windows_shorter_than_a_day_that_leave_no_gap(wmp: Wmp) -> None:
    client, cursor, more = wmp.client(), start(NOW - timedelta(days=7)), True
    while more:
        page = changes(client, cursor)
        assert page.items == [] and page.cursor != cursor
        cursor, more = page.cursor, page.more
    for kind in ("NEW", "CONFIRM", "SHIPPING", "COMPLETE"):
        spans = [
            [datetime.fromisoformat(one[name]) for name in ("fromDate", "toDate")]
            for one in wmp.asked(ORDERS)
            if one["type"] == kind
        ]
        assert len(spans) == 8
        assert spans[0][0] == datetime(2026, 9, 21, 9, 5)
        assert spans[-1][1] == datetime(2026, 9, 28, 9, 4, 55)
        assert all(until - since < timedelta(hours=24) for since, until in spans)
        assert all(later[0] <= earlier[1] for earlier, later in pairwise(spans))


def test_the_end_of_a_round_stays_while_its_lists_are_read(wmp: Wmp) -> None:
    wmp.on(ORDERS, {"bundle": [bundle()]}, None)
    page = changes(wmp.client(), start(NOW - HOUR))
    assert page.more and [line.line_key for line in page.items] == [KEY]
    wmp.now += timedelta(minutes=10)
    page = changes(wmp.client(), page.cursor)
    assert {one["toDate"] for one in wmp.asked(ORDERS)} == {"2026-09-28 09:04:55"}
    # Much has gone by since the round was opened: there is more to read right now.
    assert page.more


def test_a_list_that_holds_too_much_is_read_in_shorter_windows(wmp: Wmp) -> None:
    many = [bundle(90000001 + n) for n in range(BUNDLES_MOST * 4)]
    wmp.on(ORDERS, {"bundle": many}, {"bundle": many[:5]}, None)
    page = changes(wmp.client(), start(NOW - HOUR))
    assert len(page.items) == 5 and page.more
    first, second = wmp.asked(ORDERS)
    assert first["fromDate"] == second["fromDate"]
    spans = [
        datetime.fromisoformat(one["toDate"]) - datetime.fromisoformat(one["fromDate"])
        for one in (first, second)
    ]
    assert spans[1] <= spans[0] / 4
    changes(wmp.client(), page.cursor)
    third = wmp.asked(ORDERS)[2]
    assert third["type"] == "NEW" and third["fromDate"] == second["toDate"]


def test_a_window_of_a_second_is_taken_whatever_it_holds(wmp: Wmp) -> None:
    many = [bundle(90000001 + n) for n in range(BUNDLES_MOST * 4)]
    wmp.on(ORDERS, {"bundle": many})
    told = {
        "from": "2026-09-28 09:00:00",
        "to": "2026-09-28 09:00:10",
        "list": "NEW",
        "at": "2026-09-28 09:00:00",
        "span": 1,
    }
    page = changes(wmp.client(), json.dumps(told))
    assert len(page.items) == len(many)


def test_reading_from_this_moment_on_is_no_window_backwards(wmp: Wmp) -> None:
    changes(wmp.client(), start(NOW))
    assert all(one["fromDate"] <= one["toDate"] for one in wmp.asked(ORDERS))


def test_a_cursor_of_the_future_reads_the_last_day_again(wmp: Wmp) -> None:
    changes(wmp.client(), start(NOW + timedelta(days=400)))
    assert wmp.asked(ORDERS)[0]["fromDate"] == "2026-09-27 09:04:56"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "[]",
        "7",
        "not json",
        '{"from":"yesterday"}',
        '{"from":"1999-01-01 00:00:00"}',
        '{"from":"2026-09-28 09:00:00","to":"2026-09-28 09:05:00"}',
        '{"from":"2026-09-28 09:00:00","to":"2026-09-28 09:05:00","list":"?","at":"2026-09-28 '
        '09:00:00","span":9}',
        '{"from":"2026-09-28 09:00:00","to":"2026-09-28 09:05:00","list":"NEW","at":"2026-09-28 '
        '09:06:00","span":9}',
        '{"from":"2026-09-28 09:00:00","to":"2026-09-28 09:05:00","list":"NEW","at":"2026-09-28 '
        '09:00:00","span":0}',
        '{"from":"2026-09-28 09:00:00","open":{"1":["2026-09-28 09:00:00","",["1/2"]]}}',
    ],
)
def test_a_cursor_that_is_none_is_an_error(wmp: Wmp, cursor: str) -> None:
    with pytest.raises(ContractError):
        changes(wmp.client(), cursor)
    assert wmp.sent == []


def test_an_answer_that_failed_moves_nothing_on(wmp: Wmp) -> None:
    wmp.on(ORDERS, None, refused(500, "오류"))
    with pytest.raises(Unavailable):
        changes(wmp.client(), start(NOW - HOUR))


# -- lines ----------------------------------------------------------------------------------------


def one_line(wmp: Wmp, told: dict[str, Any]) -> Any:
    wmp.on(ORDER_INFO, {"bundle": [told]})
    (line,) = get(wmp.client(), [KEY])
    return line


def test_a_line_is_told_whole(wmp: Wmp) -> None:
    line = one_line(wmp, bundle())
    assert (line.order_no, line.line_no, line.line_key) == ("80000001", "60000001", KEY)
    assert (line.bundle_no, line.product_no, line.option_no) == (
        "90000001",
        "400000001",
        "50000001",
    )
    assert (line.state, line.remote_state) == (LineState.NEW, "신규주문")
    assert (line.seller_code, line.option_code) == ("SKU-1001", "SKU-1001-1")
    assert line.ordered_at == utc(2026, 9, 27, 23, 34, 56)
    assert line.paid_at == utc(2026, 9, 27, 23, 35, 10)
    assert line.dispatch_due == utc(2026, 9, 30, 14, 59, 59)
    assert (line.confirmed_at, line.dispatched_at, line.invoice_no) == (None, None, None)
    assert (line.quantity, line.unit_price, line.amount) == (2, 16000, 32000)
    assert (line.commission, line.settlement, line.shipping_fee) == (4000, 28000, 3000)
    assert line.claim is UNCHANGED and line.cancelled is UNCHANGED
    assert (line.buyer.receiver_name, line.buyer.postcode) == ("이예시", "06236")
    assert (line.buyer.message, line.buyer.customs_code) == ("문앞", "P000")
    assert line.raw["orderProduct"][0]["orderOption"][0]["orderOptionNo"] == 60000001


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("신규주문", LineState.NEW),
        ("상품준비중", LineState.CONFIRMED),
        ("배송중", LineState.SHIPPING),
        ("배송완료", LineState.DELIVERED),
        ("합포장대기", LineState.UNKNOWN),
        ("", LineState.UNKNOWN),
    ],
)
def test_a_display_text_is_a_state_and_an_unknown_one_is_kept(
    wmp: Wmp, text: str, state: LineState
) -> None:
    line = one_line(wmp, bundle(status=text))
    assert (line.state, line.remote_state) == (state, text)


def test_a_shipped_line_has_its_courier_by_our_name(wmp: Wmp) -> None:
    delivery = {"shipStatus": "배송중", "parcelCompany": "CJ대한통운", "invoiceNo": "600000000000"}
    line = one_line(wmp, bundle(delivery=delivery, orderShippingDate="2026-09-28 18:00:00"))
    assert (line.courier, line.invoice_no, line.dispatched) == ("cj", "600000000000", 2)
    assert line.dispatched_at == utc(2026, 9, 28, 9, 0)
    other = one_line(wmp, bundle(delivery={**delivery, "parcelCompany": "새벽택배"}))
    assert other.courier == "새벽택배"


def test_the_fee_of_a_bundle_stands_once_and_only_where_it_is_prepaid(wmp: Wmp) -> None:
    products = [product(option(), option(60000002)), product(option(60000003), number=70000002)]
    wmp.on(ORDERS, {"bundle": [bundle(orderProduct=products)]}, None)
    lines = changes(wmp.client(), start(NOW - HOUR)).items
    assert [line.shipping_fee for line in lines] == [3000, 0, 0]
    assert {line.bundle_no for line in lines} == {"90000001"}
    assert one_line(wmp, bundle(prepayment="착불")).shipping_fee == 0


@pytest.mark.parametrize("missing", ["bundleNo", "purchaseNo"])
def test_a_bundle_without_its_numbers_is_an_error(wmp: Wmp, missing: str) -> None:
    told = {name: value for name, value in bundle().items() if name != missing}
    wmp.on(ORDERS, {"bundle": [told]})
    with pytest.raises(ContractError):
        changes(wmp.client(), start(NOW - HOUR))


@pytest.mark.parametrize(
    "missing", ["delivery", "payDate", "originShipDate", "shipPrice", "buyerName"]
)
def test_what_else_is_missing_leaves_the_line(wmp: Wmp, missing: str) -> None:
    told = {name: value for name, value in bundle().items() if name != missing}
    wmp.on(ORDERS, {"bundle": [told]}, None)
    assert [line.line_key for line in changes(wmp.client(), start(NOW - HOUR)).items] == [KEY]


def test_lines_are_read_bundle_by_bundle_and_what_is_gone_is_absent(wmp: Wmp) -> None:
    products = [product(option(), option(60000002))]
    wmp.on(ORDER_INFO, {"bundle": [bundle(orderProduct=products)]}, None)
    keys = [KEY, "90000001-60000002", "90000002-60000009"]
    assert [line.line_key for line in get(wmp.client(), keys)] == keys[:2]
    assert wmp.asked(ORDER_INFO) == [{"bundleNo": 90000001}, {"bundleNo": 90000002}]


def test_of_a_bundle_only_the_lines_asked_for_are_told(wmp: Wmp) -> None:
    wmp.on(ORDER_INFO, {"bundle": [bundle(orderProduct=[product(option(), option(60000002))])]})
    assert [line.line_key for line in get(wmp.client(), [KEY])] == [KEY]


# -- claims ---------------------------------------------------------------------------------------


def test_a_cancel_request_is_a_thin_line_that_leaves_the_rest_as_it_is(wmp: Wmp) -> None:
    (line,), cursor = Lists(wmp, CANCEL_REQUEST=[claim()]).read()
    assert (line.order_no, line.line_no, line.line_key) == ("80000001", "60000001", KEY)
    assert line.state is UNCHANGED and line.quantity is UNCHANGED and line.cancelled is UNCHANGED
    assert (line.claim.kind, line.claim.state) == (ClaimKind.CANCEL, ClaimState.REQUESTED)
    assert (line.claim.remote_state, line.claim.reason) == ("신청", "단순변심")
    assert json.loads(cursor)["open"] == {
        "30000001": ["2026-09-28 08:50:00", "", [f"80000001/{KEY}"]]
    }


@pytest.mark.parametrize(
    ("told", "whole", "state", "cancelled"),
    [
        (1, {"bundle": [bundle()]}, LineState.NEW, 1),
        (2, {"bundle": [bundle()]}, LineState.CANCELLED, 2),
        (2, None, LineState.CANCELLED, 2),
        (1, {"bundle": [bundle(orderProduct=[product(option(60000009))])]}, LineState.CANCELLED, 1),
    ],
)
def test_a_finished_cancel_asks_its_bundle_what_still_stands(
    wmp: Wmp, told: int, whole: Any, state: LineState, cancelled: int
) -> None:
    wmp.on(ORDER_INFO, whole)
    lists = Lists(wmp, CANCEL_APPROVE=[claim(status="승인", pieces=told)])
    (line,), _ = lists.read()
    assert (line.state, line.cancelled, line.claim.state) == (state, cancelled, ClaimState.DONE)
    assert wmp.asked(ORDER_INFO) == [{"bundleNo": 90000001}]


def test_two_claims_of_one_line_count_together_and_one_told_twice_counts_once(wmp: Wmp) -> None:
    wmp.on(ORDER_INFO, {"bundle": [bundle(orderProduct=[product(option(quantity=5))])]})
    rows = [claim(status="승인"), claim(status="승인"), claim(30000002, "승인", pieces=2)]
    (line,), _ = Lists(wmp, CANCEL_APPROVE=rows).read()
    assert line.cancelled == 3 and line.state is LineState.NEW


def test_a_finished_return_counts_as_returned(wmp: Wmp) -> None:
    wmp.on(ORDER_INFO, {"bundle": [bundle(status="배송완료")]})
    (line,), _ = Lists(wmp, RETURN_APPROVE=[claim(status="승인", claimType="반품")]).read()
    assert (line.returned, line.cancelled, line.state) == (1, UNCHANGED, LineState.DELIVERED)
    assert line.claim.kind is ClaimKind.RETURN


@pytest.mark.parametrize(
    ("name", "row", "kind", "state"),
    [
        ("EXCHANGE_APPROVE", claim(status="승인"), ClaimKind.EXCHANGE, ClaimState.IN_PROGRESS),
        ("EXCHANGE_APPROVE", claim(status="완료"), ClaimKind.EXCHANGE, ClaimState.DONE),
        ("RETURN_WITHDRAW", claim(status="철회"), ClaimKind.RETURN, ClaimState.WITHDRAWN),
        ("EXCHANGE_WITHDRAW", claim(status="?"), ClaimKind.EXCHANGE, ClaimState.WITHDRAWN),
        ("RETURN_REQUEST", claim(status="보류"), ClaimKind.RETURN, ClaimState.HELD),
        ("RETURN_REQUEST", claim(pendingDate="2026-09-28"), ClaimKind.RETURN, ClaimState.HELD),
        ("RETURN_REQUEST", claim(rejectDate="2026-09-28"), ClaimKind.RETURN, ClaimState.WITHDRAWN),
        ("RETURN_REQUEST", claim(status="새 말"), ClaimKind.RETURN, ClaimState.REQUESTED),
    ],
)
def test_every_claim_has_a_state_whatever_it_is_called(
    wmp: Wmp, name: str, row: Any, kind: ClaimKind, state: ClaimState
) -> None:
    (line,), _ = Lists(wmp, **{name: [row]}).read()
    assert (line.claim.kind, line.claim.state) == (kind, state)


# -- cancels that are taken back (§6) -------------------------------------------------------------


def after_a_request(wmp: Wmp) -> str:
    """The cursor after a round that saw an open cancel request, an hour later."""
    _, cursor = Lists(wmp, CANCEL_REQUEST=[claim()]).read()
    wmp.now += HOUR
    return cursor


def looked(wmp: Wmp) -> list[tuple[str, str, str]]:
    """Status, date and beginning of the looks for a single request."""
    told = wmp.asked(CLAIM_LIST)
    return [
        (one["claimStatus"], one["searchDateType"], one["fromDate"])
        for one in told
        if one["fromDate"] == one["toDate"]
    ]


def later(wmp: Wmp, cursor: str, request: Any, approve: Any = None) -> tuple[list[Any], str]:
    """The next round: nothing in its lists, and these answers to the looks for the request."""
    nothing = [None] * (len(FEEDS) - 4)
    wmp.on(ORDERS, None)
    wmp.on(CLAIM_LIST, *nothing, request, approve, None)
    page = changes(wmp.client(), cursor)
    return list(page.items), page.cursor


def test_a_request_that_is_still_there_is_no_news(wmp: Wmp) -> None:
    cursor = after_a_request(wmp)
    found, cursor = later(wmp, cursor, {"claim": [claim()]})
    assert found == [] and "30000001" in json.loads(cursor)["open"]
    assert looked(wmp) == [("REQUEST", "REQUEST", "2026-09-28 08:50:00")]


def test_a_request_that_is_neither_open_nor_granted_was_taken_back(wmp: Wmp) -> None:
    cursor = after_a_request(wmp)
    wmp.on(ORDER_INFO, {"bundle": [bundle()]})
    (line,), cursor = later(wmp, cursor, None)
    assert (line.order_no, line.line_no, line.line_key) == ("80000001", "60000001", KEY)
    assert (line.claim.kind, line.claim.state) == (ClaimKind.CANCEL, ClaimState.WITHDRAWN)
    assert line.state is UNCHANGED
    again, cursor = later(wmp, cursor, None)
    assert again == []
    wmp.now += timedelta(hours=2)
    found, cursor = later(wmp, cursor, None)
    assert found == [] and "open" not in json.loads(cursor)


def test_a_request_that_was_granted_is_told_by_its_own_list(wmp: Wmp) -> None:
    cursor = after_a_request(wmp)
    found, cursor = later(wmp, cursor, None, {"claim": [claim(status="승인")]})
    assert found == [] and "open" not in json.loads(cursor)
    assert wmp.asked(ORDER_INFO) == []


def test_a_request_of_an_order_that_is_gone_too_is_waited_for(wmp: Wmp) -> None:
    cursor = after_a_request(wmp)
    wmp.on(ORDER_INFO, None)
    found, cursor = later(wmp, cursor, None)
    assert found == [] and json.loads(cursor)["open"]["30000001"][1] == ""


def test_a_list_that_was_empty_by_mistake_is_mended(wmp: Wmp) -> None:
    cursor = after_a_request(wmp)
    wmp.on(ORDER_INFO, {"bundle": [bundle()]})
    _, cursor = later(wmp, cursor, None)
    wmp.now += timedelta(minutes=5)
    (line,), cursor = later(wmp, cursor, {"claim": [claim()]})
    assert line.claim.state is ClaimState.REQUESTED
    assert json.loads(cursor)["open"]["30000001"][1] == ""


def test_requests_of_several_days_are_looked_for_day_by_day(wmp: Wmp) -> None:
    days = [f"2026-09-{day} 08:00:00" for day in (25, 25, 27)]
    told = {str(n): [day, "", [f"80000001/9000000{n}-6000000{n}"]] for n, day in enumerate(days, 1)}
    cursor = json.dumps({"from": "2026-09-28 09:00:00", "open": told})
    rows = [{"claim": [claim(1), claim(2)]}, {"claim": [claim(3)]}]
    found, _ = later(wmp, cursor, *rows)
    assert found == []
    assert looked(wmp) == [("REQUEST", "REQUEST", day) for day in (days[0], days[2])]


def test_a_request_of_long_ago_is_not_looked_for_any_more(wmp: Wmp) -> None:
    told = {"1": ["2026-09-01 08:00:00", "", [f"80000001/{KEY}"]]}
    found, cursor = later(wmp, json.dumps({"from": "2026-09-28 09:00:00", "open": told}), None)
    assert found == [] and "open" not in json.loads(cursor)


# -- 주문확인 --------------------------------------------------------------------------------------


def sent(key: str = KEY) -> Sent:
    return Sent(key, {}, NOW)


def test_a_bundle_is_confirmed_with_one_call_for_all_its_lines(wmp: Wmp) -> None:
    wmp.on(CONFIRM, said(1))
    results = send(wmp.client(), [Item(KEY), Item("90000001-60000002")])
    assert [(result.key, result.done) for result in results] == [
        (KEY, True),
        ("90000001-60000002", True),
    ]
    assert wmp.asked(CONFIRM) == [{"bundleNo": 90000001}]
    write = SYNC.confirm
    assert write is not None
    assert (write.scope, write.batch, write.repeat) == (Scope.BUNDLE, 1, Repeat.READBACK)


def test_a_refused_bundle_says_why_on_each_line(wmp: Wmp) -> None:
    wmp.on(CONFIRM, said(0, "취소된 주문입니다."))
    wmp.on(ORDER_INFO, None)
    results = send(wmp.client(), [Item(KEY), Item("90000001-60000002")])
    assert [result.done for result in results] == [False, False]
    assert all(result.text and "취소된 주문" in result.text.ko for result in results)


def test_a_refusal_of_what_is_confirmed_already_is_done(wmp: Wmp) -> None:
    wmp.on(CONFIRM, said(0, "신규주문 상태가 아닙니다."))
    wmp.on(
        ORDER_INFO,
        {"bundle": [bundle(status="상품준비중", orderConfirmDate="2026-09-28 09:00:00")]},
    )
    (result,) = send(wmp.client(), [Item(KEY)])
    assert result.done and result.reference == "2026-09-28 09:00:00"


def test_a_refusal_stands_where_the_bundle_cannot_be_read(wmp: Wmp) -> None:
    wmp.on(CONFIRM, said(0, "신규주문 상태가 아닙니다."))
    wmp.on(ORDER_INFO, refused(500, "오류"))
    (result,) = send(wmp.client(), [Item(KEY)])
    assert not result.done


@pytest.mark.parametrize(
    ("answer", "error"),
    [(refused(500, "오류"), OutcomeUnknown), (refused(401, "키"), AuthError)],
)
def test_what_is_no_refusal_of_the_bundle_is_raised(wmp: Wmp, answer: Any, error: Any) -> None:
    wmp.on(CONFIRM, answer)
    with pytest.raises(error):
        send(wmp.client(), [Item(KEY)])


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (bundle(), Absent),
        (bundle(status="상품준비중"), Done),
        (bundle(status="배송중"), Done),
        (bundle(status="배송완료"), Done),
        (bundle(status="합포장대기"), Unclear),
    ],
)
def test_reading_back_goes_by_the_state_of_the_bundle(wmp: Wmp, told: Any, verdict: type) -> None:
    wmp.on(ORDER_INFO, {"bundle": [told]})
    assert isinstance(readback(wmp.client(), [sent()])[KEY], verdict)


def test_a_bundle_that_is_not_told_is_unclear(wmp: Wmp) -> None:
    wmp.on(ORDER_INFO, None)
    verdict = readback(wmp.client(), [sent()])[KEY]
    assert isinstance(verdict, Unclear) and verdict.text and "파트너 2.0" in verdict.text.ko


def test_a_refusal_of_the_body_is_a_result_too(wmp: Wmp) -> None:
    wmp.on(CONFIRM, refused(422, "bundleNo는 필수입니다."))
    wmp.on(ORDER_INFO, {"bundle": [bundle()]})
    (result,) = send(wmp.client(), [Item(KEY)])
    assert result.code == "422" and not isinstance(result.text, Rejected)
