"""Order changes, windows and cursors; lines; 발주확인 and its read-back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
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
    RateLimited,
    Rejected,
    Sent,
    Unclear,
)
from plugins.smartstore.orders import SYNC, changes, get, main_first, readback, send, start
from plugins.smartstore.tests.conftest import NOW, Naver, refused

P = "/v1/pay-order/seller/product-orders"
FEED, QUERY, CONFIRM = f"{P}/last-changed-statuses", f"{P}/query", f"{P}/confirm"
HEAD = {"timestamp": "2026-09-28T09:05:00.123+09:00", "traceId": "trace-1"}
EMPTY = HEAD
LATEST = "2026-09-28T09:04:55.000+09:00"


def row(key: str, **more: Any) -> dict[str, Any]:
    """A change as §7.1 shows it."""
    told = {
        "orderId": "2026092810000011",
        "productOrderId": key,
        "lastChangedType": "PAYED",
        "paymentDate": "2026-09-28T08:59:10.000+09:00",
        "lastChangedDate": "2026-09-28T08:59:11.000+09:00",
        "productOrderStatus": "PAYED",
        "receiverAddressChanged": False,
    }
    return told | more


def feed(*rows: Any, more: Any = None) -> dict[str, Any]:
    data = {"count": len(rows), "lastChangeStatuses": list(rows)}
    return {**HEAD, "data": {**data, "more": more} if more else data}


def detail(key: str, order: Any = None, **product: Any) -> dict[str, Any]:
    """A detail as §7.2 shows it; keyword arguments overwrite the productOrder."""
    return {
        "order": {
            "orderId": "2026092810000011",
            "orderDate": "2026-09-28T08:58:40.000+09:00",
            "ordererId": "abc****",
            "ordererName": "김예시",
            "ordererTel": "01000000000",
            "paymentDate": "2026-09-28T08:59:10.000+09:00",
            **(order or {}),
        },
        "productOrder": {
            "productOrderId": key,
            "productOrderStatus": "PAYED",
            "placeOrderStatus": "NOT_YET",
            "productId": "9500000001",
            "productName": "면 티셔츠",
            "productOption": "색상: 블랙 / 사이즈: L",
            "productClass": "조합형옵션상품",
            "optionCode": "41000000002",
            "optionManageCode": "SKU-1001-BL",
            "sellerProductCode": "SKU-1001",
            "quantity": 2,
            "initialQuantity": 2,
            "remainQuantity": 2,
            "unitPrice": 17900,
            "optionPrice": 1000,
            "totalPaymentAmount": 37800,
            "deliveryFeeAmount": 3000,
            "packageNumber": "2026092810000061",
            "shippingDueDate": "2026-10-01T23:59:59.000+09:00",
            "shippingMemo": "문 앞",
            "shippingAddress": {
                "name": "이예시",
                "tel1": "010-0000-0000",
                "zipCode": "06236",
                "baseAddress": "서울특별시 강남구 테헤란로 1",
                "detailedAddress": "101호",
            },
            "paymentCommission": 686,
            "knowledgeShoppingSellingInterlockCommission": 567,
            "expectedSettlementAmount": 39547,
            "aFieldOfTomorrow": {"x": 1},
            **product,
        },
    }


def details(*items: Any) -> dict[str, Any]:
    return {**HEAD, "data": list(items)}


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def one_line(naver: Naver, item: dict[str, Any]) -> Any:
    naver.on("POST", QUERY, details(item))
    (line,) = get(naver.client(), [item["productOrder"]["productOrderId"]])
    return line


# -- windows and cursors -----------------------------------------------------------------------


def test_reading_starts_where_it_was_told_and_ends_a_little_before_now(naver: Naver) -> None:
    naver.on("GET", FEED, EMPTY)
    page = changes(naver.client(), start(NOW - timedelta(hours=1)))
    (asked,) = naver.asked(FEED)
    assert asked == {
        "lastChangedFrom": "2026-09-28T08:05:00.000+09:00",
        "lastChangedTo": LATEST,
        "limitCount": "300",
    }
    assert b"lastChangedFrom=2026-09-28T08%3A05%3A00.000%2B09%3A00" in naver.sent[-1].url.query
    assert page.items == [] and not page.more
    assert naver.paths().count(QUERY) == 0


def test_the_next_window_overlaps_the_last(naver: Naver) -> None:
    naver.on("GET", FEED, EMPTY)
    page = changes(naver.client(), start(NOW - timedelta(hours=1)))
    naver.now += timedelta(minutes=5)
    changes(naver.client(), page.cursor)
    first, second = naver.asked(FEED)
    assert second["lastChangedFrom"] == "2026-09-28T09:01:55.000+09:00"
    assert second["lastChangedFrom"] < first["lastChangedTo"]


def test_a_long_way_back_is_read_in_windows_of_a_day_that_leave_no_gap(naver: Naver) -> None:
    naver.on("GET", FEED, EMPTY)
    client, cursor, more, pages = naver.client(), start(NOW - timedelta(days=7)), True, 0
    while more:
        page = changes(client, cursor)
        cursor, more, pages = page.cursor, page.more, pages + 1
    assert pages == 8
    spans = [
        [datetime.fromisoformat(asked[name]) for name in ("lastChangedFrom", "lastChangedTo")]
        for asked in naver.asked(FEED)
    ]
    assert spans[0][0] == NOW - timedelta(days=7)
    assert spans[-1][1] == NOW - timedelta(seconds=5)
    assert all(until - since <= timedelta(hours=24) for since, until in spans)
    assert all(later[0] < earlier[1] for earlier, later in pairwise(spans))


@pytest.mark.parametrize(("waited", "on"), [(10, False), (600, True)])
def test_more_goes_on_in_the_same_window_with_the_time_written_anew(
    naver: Naver, waited: int, on: bool
) -> None:
    more = {"moreFrom": "2026-09-28T09:00:31.0+09:00", "moreSequence": "2026092810000051"}
    naver.on("GET", FEED, feed(row("21"), more=more), feed(row("51")))
    naver.on("POST", QUERY, details(detail("21")), details(detail("51")))
    client = naver.client()
    page = changes(client, start(NOW - timedelta(hours=1)))
    assert page.more and [line.line_key for line in page.items] == ["21"]
    naver.now += timedelta(seconds=waited)
    page = changes(client, page.cursor)
    assert naver.asked(FEED)[1] == {
        "lastChangedFrom": "2026-09-28T09:00:31.000+09:00",
        "lastChangedTo": LATEST,
        "limitCount": "300",
        "moreSequence": "2026092810000051",
    }
    # Much has gone by since the window was opened: there is more to read right now.
    assert page.more == on


def test_a_clock_that_trembles_between_two_pages_changes_nothing(naver: Naver) -> None:
    more = {"moreFrom": "2026-09-28T09:04:55.000+09:00", "moreSequence": "51"}
    naver.on("GET", FEED, feed(row("21"), more=more), feed(row("51")))
    naver.on("POST", QUERY, details(detail("21")), details(detail("51")))
    page = changes(naver.client(), start(NOW - timedelta(hours=1)))
    naver.skew = timedelta(seconds=-2)
    changes(naver.client(), page.cursor)
    second = naver.asked(FEED)[1]
    assert (second["lastChangedFrom"], second["moreSequence"]) == (LATEST, "51")
    assert second["lastChangedTo"] == LATEST


def test_reading_from_this_moment_on_asks_for_no_window_that_ends_before_it(naver: Naver) -> None:
    naver.on("GET", FEED, EMPTY)
    changes(naver.client(), start(NOW))
    (asked,) = naver.asked(FEED)
    assert asked["lastChangedFrom"] == asked["lastChangedTo"] == "2026-09-28T09:05:00.000+09:00"


@pytest.mark.parametrize(
    "more",
    [
        {"moreFrom": "2026-09-28T08:05:00+09:00", "moreSequence": ""},
        {"moreFrom": "2026-09-28T08:00:00+09:00", "moreSequence": "9"},
        {"moreFrom": "yesterday", "moreSequence": "9"},
        {"moreSequence": "9"},
    ],
)
def test_more_that_does_not_lead_on_is_an_error(naver: Naver, more: Any) -> None:
    naver.on("GET", FEED, feed(row("21"), more=more))
    naver.on("POST", QUERY, details(detail("21")))
    with pytest.raises(ContractError):
        changes(naver.client(), start(NOW - timedelta(hours=1)))


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "[]",
        "null",
        "3",
        "{}",
        '{"from":"soon"}',
        '{"from":null}',
        '{"from":"0001-01-01T00:00:00.000+09:00"}',
        '{"from":"2026-09-28T08:00:00.000+09:00","limit":0}',
        '{"from":"2026-09-28T08:00:00.000+09:00","limit":"all"}',
        '{"from":"2026-09-28T08:00:00.000+09:00","limit":1000}',
    ],
)
def test_a_cursor_that_is_none_is_an_error_that_shows_it(naver: Naver, cursor: str) -> None:
    with pytest.raises(ContractError) as caught:
        changes(naver.client(), cursor)
    assert "cursor" in caught.value.detail
    assert naver.sent == []


@pytest.mark.parametrize(
    "cursor",
    [
        '{"from":"2031-01-01T00:00:00.000+09:00"}',
        '{"from":"2026-09-28T09:10:00.000+09:00"}',
        '{"from":"2026-09-28T08:00:00.000+09:00","to":"2026-09-28T09:30:00.000+09:00","seq":"5"}',
    ],
)
def test_after_the_clock_went_back_the_day_before_is_read_again(naver: Naver, cursor: str) -> None:
    naver.on("GET", FEED, EMPTY)
    changes(naver.client(), cursor)
    assert naver.asked(FEED) == [
        {
            "lastChangedFrom": "2026-09-27T09:04:55.000+09:00",
            "lastChangedTo": LATEST,
            "limitCount": "300",
        }
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {**HEAD, "data": {"count": 1}},
        {**HEAD, "data": {"lastChangeStatuses": "?"}},
        {**HEAD, "data": {"lastChangeStatuses": [{"orderId": "1"}]}},
    ],
)
def test_an_answer_of_another_shape_never_moves_the_cursor(naver: Naver, answer: Any) -> None:
    naver.on("GET", FEED, answer)
    with pytest.raises(ContractError):
        changes(naver.client(), start(NOW - timedelta(hours=1)))


def test_details_of_another_shape_never_move_the_cursor(naver: Naver) -> None:
    naver.on("GET", FEED, feed(row("21")))
    for answer in ({}, {**HEAD, "data": {"21": {}}}):
        naver.on("POST", QUERY, answer)
        with pytest.raises(ContractError):
            changes(naver.client(), start(NOW - timedelta(hours=1)))


def test_a_cursor_is_short_enough_to_store(naver: Naver) -> None:
    more = {"moreFrom": "2026-09-28T09:00:31.0+09:00", "moreSequence": "2026092810000051"}
    naver.on("GET", FEED, feed(row("21"), more=more))
    naver.on("POST", QUERY, details(detail("21")))
    page = changes(naver.client(), start(NOW - timedelta(hours=1)))
    assert len(page.cursor) < 200 and json.loads(page.cursor)["seq"] == "2026092810000051"


# -- details that are kept back ----------------------------------------------------------------


def test_details_are_asked_for_at_once_and_as_someone_who_knows_part_claims(naver: Naver) -> None:
    keys = [str(key) for key in range(300)]
    naver.on("GET", FEED, feed(*(row(key) for key in keys)))
    naver.on("POST", QUERY, details(*(detail(key) for key in keys)))
    page = changes(naver.client(), start(NOW - timedelta(hours=1)))
    assert len(page.items) == 300
    assert naver.asked(QUERY) == [{"productOrderIds": keys, "quantityClaimCompatibility": True}]


def test_a_line_without_details_is_told_with_what_the_change_says(naver: Naver) -> None:
    cancelled = {"productOrderStatus": "CANCELED", "claimType": "CANCEL"}
    naver.on(
        "GET",
        FEED,
        feed(row("21"), row("41", claimStatus="CANCEL_DONE", **cancelled), row("51")),
    )
    naver.on("POST", QUERY, details(detail("21"), {"other": 1}, detail("99")))
    whole, gone, paid = changes(naver.client(), start(NOW - timedelta(hours=1))).items
    assert whole.product_name == "면 티셔츠"
    assert (gone.order_no, gone.line_no, gone.line_key) == ("2026092810000011", "41", "41")
    assert gone.state is LineState.CANCELLED and gone.remote_state == "CANCELED"
    assert gone.claim.state is ClaimState.DONE
    assert gone.changed_at == utc(2026, 9, 27, 23, 59, 11)
    assert gone.buyer is UNCHANGED and gone.quantity is UNCHANGED and gone.raw is UNCHANGED
    # A paid line may have been confirmed: the change alone does not tell.
    assert paid.state is UNCHANGED and paid.claim is UNCHANGED


def test_one_line_that_refuses_all_details_stops_nobody(naver: Naver) -> None:
    """The feed holds 40 lines; asking for the details of line 17 refuses the whole query."""
    keys = [f"{number:02}" for number in range(40)]
    base = datetime.fromisoformat("2026-09-28T08:30:00.000+09:00")

    def serve(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("token"):
            return httpx.Response(200, json={"access_token": "token-1", "expires_in": 9000})
        if request.method == "POST":
            wanted = json.loads(request.content)["productOrderIds"]
            if "17" in wanted:
                return httpx.Response(400, json={"code": "100001", "message": "없음"})
            return httpx.Response(200, json=details(*map(detail, wanted)))
        params = request.url.params
        first = int(params.get("moreSequence", "0"))
        last = first + int(params["limitCount"])
        told = [row(key) for key in keys[first:last]]
        at = (base + timedelta(seconds=last)).isoformat()
        more = {"moreFrom": at, "moreSequence": f"{last:02}"} if last < len(keys) else None
        return httpx.Response(200, json=feed(*told, more=more) if told else EMPTY)

    naver.answers.transport = httpx.MockTransport(serve)
    client, cursor, more, pages = naver.client(), start(NOW - timedelta(hours=1)), True, 0
    found: list[Any] = []
    while more:
        page = changes(client, cursor)
        found += page.items
        cursor, more, pages = page.cursor, page.more, pages + 1
        assert pages < 30
    assert [line.line_key for line in found] == keys
    thin = [line.line_key for line in found if line.product_name is UNCHANGED]
    assert thin == ["17"]
    assert "limit" not in json.loads(cursor)


def test_getting_lines_leaves_out_what_is_not_told(naver: Naver) -> None:
    missing = refused(400, "100001")
    naver.on("POST", QUERY, missing, details(detail("21")), missing)
    found = get(naver.client(), ["21", "22"])
    assert [line.line_key for line in found] == ["21"]
    assert [asked["productOrderIds"] for asked in naver.asked(QUERY)] == [
        ["21", "22"],
        ["21"],
        ["22"],
    ]


# -- a line ------------------------------------------------------------------------------------


def test_a_line_is_told_whole(naver: Naver) -> None:
    item = detail("21")
    naver.on("GET", FEED, feed(row("21")))
    naver.on("POST", QUERY, details(item))
    (line,) = changes(naver.client(), start(NOW - timedelta(hours=1))).items
    assert line.raw == item
    assert line.buyer.receiver_name == "이예시" and line.buyer.orderer_name == "김예시"
    assert line.buyer.message == "문 앞" and line.buyer.address_detail == "101호"
    told = replace(line, raw=UNCHANGED, buyer=UNCHANGED)
    assert told == type(line)(
        order_no="2026092810000011",
        line_no="21",
        line_key="21",
        state=LineState.NEW,
        remote_state="PAYED NOT_YET",
        changed_at=utc(2026, 9, 27, 23, 59, 11),
        ordered_at=utc(2026, 9, 27, 23, 58, 40),
        paid_at=utc(2026, 9, 27, 23, 59, 10),
        confirmed_at=None,
        dispatched_at=None,
        dispatch_due=utc(2026, 10, 1, 14, 59, 59),
        bundle_no="2026092810000061",
        product_no="9500000001",
        option_no="41000000002",
        product_name="면 티셔츠",
        option_text="색상: 블랙 / 사이즈: L",
        seller_code="SKU-1001",
        option_code="SKU-1001-BL",
        line_class="조합형옵션상품",
        quantity=2,
        cancelled=0,
        returned=0,
        exchanged=0,
        dispatched=0,
        unit_price=18900,
        amount=37800,
        shipping_fee=3000,
        commission=1253,
        settlement=39547,
        courier=None,
        invoice_no=None,
        claim=None,
    )


@pytest.mark.parametrize(
    ("status", "place", "state", "remote"),
    [
        ("PAYMENT_WAITING", "NOT_YET", LineState.WAITING_PAYMENT, "PAYMENT_WAITING"),
        ("PAYED", "NOT_YET", LineState.NEW, "PAYED NOT_YET"),
        ("PAYED", "OK", LineState.CONFIRMED, "PAYED OK"),
        ("PAYED", "CANCEL", LineState.NEW, "PAYED CANCEL"),
        ("PAYED", "LATER", LineState.UNKNOWN, "PAYED LATER"),
        ("DELIVERING", "OK", LineState.SHIPPING, "DELIVERING"),
        ("DELIVERED", "OK", LineState.DELIVERED, "DELIVERED"),
        ("PURCHASE_DECIDED", "OK", LineState.DECIDED, "PURCHASE_DECIDED"),
        ("EXCHANGED", "OK", LineState.EXCHANGED, "EXCHANGED"),
        ("CANCELED", "NOT_YET", LineState.CANCELLED, "CANCELED"),
        ("RETURNED", "OK", LineState.RETURNED, "RETURNED"),
        ("CANCELED_BY_NOPAYMENT", "NOT_YET", LineState.CANCELLED, "CANCELED_BY_NOPAYMENT"),
        ("BEING_DREAMT", "OK", LineState.UNKNOWN, "BEING_DREAMT"),
    ],
)
def test_states_become_ours_and_keep_their_own_name(
    naver: Naver, status: str, place: str, state: LineState, remote: str
) -> None:
    line = one_line(naver, detail("21", productOrderStatus=status, placeOrderStatus=place))
    assert (line.state, line.remote_state) == (state, remote)
    assert line.confirm_withdrawn == (place == "CANCEL")


@pytest.mark.parametrize(
    ("kind", "status", "extra", "ours", "state"),
    [
        ("CANCEL", "CANCEL_REQUEST", {}, ClaimKind.CANCEL, ClaimState.REQUESTED),
        ("CANCEL", "CANCEL_REJECT", {}, ClaimKind.CANCEL, ClaimState.WITHDRAWN),
        ("ADMIN_CANCEL", "ADMIN_CANCELING", {}, ClaimKind.CANCEL, ClaimState.IN_PROGRESS),
        ("RETURN", "COLLECTING", {}, ClaimKind.RETURN, ClaimState.IN_PROGRESS),
        (
            "RETURN",
            "RETURN_REQUEST",
            {"holdbackStatus": "HOLDBACK"},
            ClaimKind.RETURN,
            ClaimState.HELD,
        ),
        (
            "RETURN",
            "RETURN_REQUEST",
            {"holdbackStatus": "RELEASED"},
            ClaimKind.RETURN,
            ClaimState.REQUESTED,
        ),
        (
            "RETURN",
            "RETURN_DONE",
            {"holdbackStatus": "HOLDBACK"},
            ClaimKind.RETURN,
            ClaimState.DONE,
        ),
        ("RETURN", "RETURN_REJECT", {}, ClaimKind.RETURN, ClaimState.WITHDRAWN),
        ("EXCHANGE", "EXCHANGE_DONE", {}, ClaimKind.EXCHANGE, ClaimState.DONE),
        ("EXCHANGE", "EXCHANGE_REJECT", {}, ClaimKind.EXCHANGE, ClaimState.WITHDRAWN),
        ("EXCHANGE", "SOMETHING_NEW", {}, ClaimKind.EXCHANGE, ClaimState.IN_PROGRESS),
    ],
)
@pytest.mark.parametrize("where", ["currentClaim", "top"])
def test_claims_become_ours(
    naver: Naver,
    kind: str,
    status: str,
    extra: dict[str, str],
    ours: ClaimKind,
    state: ClaimState,
    where: str,
) -> None:
    claim = {
        "claimRequestDate": "2026-09-28T09:00:30.000+09:00",
        "requestQuantity": 1,
        f"{ours.value}Reason": "INTENT_CHANGED",
        **extra,
    }
    item = detail("21", claimType=kind, claimStatus=status, claimId="7")
    item |= (
        {"currentClaim": {ours.value: claim}} if where == "currentClaim" else {ours.value: claim}
    )
    told = one_line(naver, item).claim
    assert (told.kind, told.state, told.remote_state) == (ours, state, status)
    assert told.reason == "INTENT_CHANGED"


@pytest.mark.parametrize(
    ("kind", "claim"),
    [(None, None), ("PURCHASE_DECISION_HOLDBACK", None), ("A_NEW_KIND", UNCHANGED)],
)
def test_what_is_no_claim_of_ours(naver: Naver, kind: Any, claim: Any) -> None:
    line = one_line(naver, detail("21", claimType=kind, claimStatus="X"))
    assert line.claim is claim


def finished(kind: str, quantity: int, status: str) -> dict[str, Any]:
    return {"claimType": kind, "claimStatus": status, "requestQuantity": quantity}


@pytest.mark.parametrize(
    ("product", "claims", "counts"),
    [
        ({}, [], (0, 0, 0)),
        ({"remainQuantity": 1, "quantity": 1}, [finished("CANCEL", 1, "CANCEL_DONE")], (1, 0, 0)),
        ({"remainQuantity": 1}, [], (1, 0, 0)),
        ({"productOrderStatus": "CANCELED", "remainQuantity": None}, [], (2, 0, 0)),
        ({"productOrderStatus": "RETURNED", "remainQuantity": 0}, [], (0, 2, 0)),
        (
            {"productOrderStatus": "RETURNED", "remainQuantity": 0},
            [finished("CANCEL", 1, "CANCEL_DONE")],
            (1, 1, 0),
        ),
        ({"productOrderStatus": "EXCHANGED"}, [], (0, 0, 2)),
        ({"productOrderStatus": "DELIVERED", "remainQuantity": 1}, [], (0, 1, 0)),
        ({}, [finished("CANCEL", 2, "CANCEL_REJECT"), finished("NEW", 1, "NEW_DONE")], (0, 0, 0)),
        ({"initialQuantity": None, "remainQuantity": None}, [], (0, 0, 0)),
    ],
)
def test_pieces_are_counted_by_what_became_of_them(
    naver: Naver, product: dict[str, Any], claims: list[Any], counts: tuple[int, int, int]
) -> None:
    line = one_line(naver, detail("21", **product) | {"completedClaims": claims})
    assert line.quantity == 2
    assert (line.cancelled, line.returned, line.exchanged) == counts


@pytest.mark.parametrize(("code", "courier"), [("CJGLS", "cj"), ("GS더프레시", "GS더프레시")])
def test_a_dispatched_line_tells_its_parcel(naver: Naver, code: str, courier: str) -> None:
    delivery = {
        "deliveryCompany": code,
        "trackingNumber": "600000000001",
        "sendDate": "2026-09-28T15:00:00.000+09:00",
    }
    item = detail("21", productOrderStatus="DELIVERING", placeOrderStatus="OK")
    line = one_line(naver, item | {"delivery": delivery})
    assert (line.courier, line.invoice_no, line.dispatched) == (courier, "600000000001", 2)
    assert line.dispatched_at == utc(2026, 9, 28, 6)


def test_odd_values_do_not_stop_a_line(naver: Naver) -> None:
    item = detail(
        "21",
        order={"orderDate": "someday", "paymentDate": None, "ordererName": None},
        shippingAddress=None,
        unitPrice="17900",
        optionPrice=None,
        totalPaymentAmount=None,
        expectedSettlementAmount="?",
        deliveryFeeAmount=True,
        packageNumber="",
        shippingDueDate="2026-10-01T23:59:59",
    )
    line = one_line(naver, item)
    assert line.ordered_at is UNCHANGED and line.paid_at is None and line.amount is UNCHANGED
    assert line.unit_price == 17900 and line.settlement is None and line.shipping_fee is None
    assert line.bundle_no is None and line.buyer.receiver_name == ""
    assert line.dispatch_due == utc(2026, 10, 1, 14, 59, 59)


# -- 발주확인 -----------------------------------------------------------------------------------


def accepted(done: list[str], failed: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        **HEAD,
        "data": {
            "successProductOrderInfos": [
                {"productOrderId": key, "isReceiverAddressChanged": False} for key in done
            ],
            "failProductOrderInfos": [
                {"productOrderId": key, "code": code, "message": "네이버의 말"}
                for key, code in (failed or {}).items()
            ],
        },
    }


def items(*keys: str) -> list[Item]:
    return [Item(key) for key in keys]


def test_each_line_has_its_own_answer_inside_a_200(naver: Naver) -> None:
    naver.on("POST", CONFIRM, accepted(["1"], {"2": "104442", "3": "999999"}))
    one, two, three = send(naver.client(), items("1", "2", "3"))
    assert naver.asked(CONFIRM) == [{"productOrderIds": ["1", "2", "3"]}]
    assert one.done and one.key == "1"
    assert (two.key, two.code) == ("2", "104442")
    assert two.text is not None and "발주확인할 수 없습니다" in two.text.ko
    assert three.text is not None and "네이버의 말" in three.text.ko


def test_what_the_answer_does_not_name_or_names_twice_has_no_result(naver: Naver) -> None:
    naver.on("POST", CONFIRM, accepted(["1", "3", "9"], {"3": "104442", "8": "104442"}))
    assert [result.key for result in send(naver.client(), items("1", "2", "3"))] == ["1"]


@pytest.mark.parametrize(
    "answer", [{**HEAD}, {**HEAD, "data": []}, (200, b"<html>"), httpx.ReadError("cut")]
)
def test_an_answer_that_tells_nothing_is_unknown_and_not_repeated(
    naver: Naver, answer: Any
) -> None:
    naver.on("POST", CONFIRM, answer)
    with pytest.raises(OutcomeUnknown):
        send(naver.client(), items("1", "2"))
    assert len(naver.asked(CONFIRM)) == 1


def test_one_bad_line_does_not_refuse_the_others(naver: Naver) -> None:
    bad = refused(400, "100001")
    naver.on("POST", CONFIRM, bad, accepted(["1"]), bad, accepted(["3"]))
    one, two, three = send(naver.client(), items("1", "2", "3"))
    assert one.done and three.done
    assert two.code == "100001" and two.text is not None and "없는 상품주문" in two.text.ko


def test_one_line_alone_that_is_refused_is_refused(naver: Naver) -> None:
    naver.on("POST", CONFIRM, refused(400, "4000"))
    with pytest.raises(Rejected):
        send(naver.client(), items("1"))
    assert len(naver.asked(CONFIRM)) == 1


def test_what_was_done_one_by_one_is_never_told_as_not_sent(naver: Naver) -> None:
    limit = refused(429, "GW.RATE_LIMIT")
    naver.on("POST", CONFIRM, refused(400, "4000"), accepted(["1"]), limit)
    (only,) = send(naver.client(), items("1", "2", "3"))
    assert only.key == "1" and only.done
    assert len(naver.asked(CONFIRM)) == 3


def test_a_limit_before_anything_was_sent_is_told(naver: Naver) -> None:
    naver.on("POST", CONFIRM, refused(429, "GW.RATE_LIMIT"))
    with pytest.raises(RateLimited):
        send(naver.client(), items("1"))


@pytest.mark.parametrize("code", ["105306", "104443"])
def test_already_so_is_done_only_when_the_line_itself_says_it(naver: Naver, code: str) -> None:
    naver.on("POST", CONFIRM, accepted(["1"], {"2": code, "3": code, "4": code}))
    placed = "2026-09-28T09:01:00.000+09:00"
    naver.on(
        "POST",
        QUERY,
        details(
            detail("2", placeOrderStatus="OK", placeOrderDate=placed),
            detail("3", productOrderStatus="CANCELED"),
        ),
    )
    one, two, three, four = send(naver.client(), items("1", "2", "3", "4"))
    assert one.done and two.done and two.reference == placed
    assert three.code == code and four.code == code and not three.done and not four.done
    assert naver.asked(QUERY)[0]["productOrderIds"] == ["2", "3", "4"]


def test_already_so_that_cannot_be_looked_at_is_left_to_the_read_back(naver: Naver) -> None:
    naver.on("POST", CONFIRM, accepted(["1"], {"2": "105306", "3": "104442"}))
    naver.on("POST", QUERY, refused(503, "GW.BLOCK.01"))
    results = send(naver.client(), items("1", "2", "3"))
    assert [result.key for result in results] == ["1", "3"]


@pytest.mark.parametrize(
    ("product", "verdict"),
    [
        ({"placeOrderStatus": "OK", "placeOrderDate": "2026-09-28T09:01:00+09:00"}, Done),
        ({"placeOrderStatus": "OK", "productOrderStatus": "DELIVERING"}, Done),
        ({"placeOrderStatus": "NOT_YET"}, Absent),
        ({"placeOrderStatus": "CANCEL"}, Unclear),
        ({"placeOrderStatus": "NOT_YET", "productOrderStatus": "CANCELED"}, Unclear),
        ({"placeOrderStatus": "SOON"}, Unclear),
    ],
)
def test_a_line_is_read_back(naver: Naver, product: dict[str, str], verdict: type) -> None:
    naver.on("POST", QUERY, details(detail("1", **product)))
    told = readback(naver.client(), [Sent("1", {}, NOW), Sent("2", {}, NOW)])
    assert type(told["1"]) is verdict
    assert isinstance(told["2"], Unclear) and told["2"].text is not None
    if verdict is Done and "placeOrderDate" in product:
        assert told["1"] == Done("2026-09-28T09:01:00+09:00")


def test_reading_back_that_fails_says_so(naver: Naver) -> None:
    naver.on("POST", QUERY, refused(403, "INVALID_STORE_STATUS"))
    with pytest.raises(AuthError):
        readback(naver.client(), [Sent("1", {}, NOW)])


def test_an_added_product_goes_after_its_main_product() -> None:
    def item(key: str, bundle: str | None, line_class: str | None) -> Item:
        return Item(key, {"bundle_no": bundle, "line_class": line_class})

    mixed = [
        item("a", "B", "추가구성상품"),
        item("b", "A", "추가구성상품"),
        item("c", "B", "조합형옵션상품"),
        item("d", "A", None),
        item("e", None, "단일상품"),
    ]
    assert [one.key for one in sorted(mixed, key=main_first)] == ["e", "d", "b", "c", "a"]


def test_confirming_is_declared_per_line_read_back_and_thirty_at_once() -> None:
    confirm = SYNC.confirm
    assert confirm is not None and confirm.readback is not None
    assert (confirm.scope.value, confirm.repeat.value, confirm.batch) == ("line", "readback", 30)
