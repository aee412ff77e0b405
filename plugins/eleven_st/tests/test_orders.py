"""Rounds of lists, thin rows, claims, and 발주확인 with its read-back."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from hanpan.api import (
    KST,
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
    Scope,
    Sent,
    Unclear,
)
from plugins.eleven_st import claims, position
from plugins.eleven_st.feeds import FEEDS
from plugins.eleven_st.lines import STATES, main_product
from plugins.eleven_st.orders import SYNC, changes, get, main_first, readback, send, start
from plugins.eleven_st.position import Position
from plugins.eleven_st.tests.conftest import NOW, Eleven, orders, result, told

ORDER, DELIVERY, PRODUCT = "20260921000000001", "2716448228", "4000000001"
CONFIRM = "/ordservices/reqpackaging/"
STATED = "/claimservice/orderlistall/"
ROW = {
    "addPrdNo": "0", "addPrdYn": "N", "dlvCst": "3000", "dlvNo": DELIVERY, "memID": "buyer**",
    "ordAmt": "19,000", "ordDlvReqCont": "null", "ordDt": "2026-09-21 10:00:00", "ordNm": "홍예시",
    "ordNo": ORDER, "ordPrdSeq": "1", "ordPrtblTel": "010-0000-0001", "ordQty": "2",
    "ordStlEndDt": "2026-09-21 10:01:30", "prdNm": "면 머플러", "prdNo": PRODUCT,
    "prdStckNo": "434450294", "rcvrBaseAddr": "서울 예시구 보기로 110", "rcvrDtlsAddr": "1층",
    "rcvrMailNo": "04524", "rcvrNm": "홍예시", "rcvrPrtblNo": "010-0000-0001", "selPrc": "9500",
    "sellerPrdCd": "SKU-1", "slctPrdOptNm": "색상:블랙-2개", "dlvSndDue": "2026-09-23 23:59:59",
}  # fmt: skip


def stated(state: str, seq: str = "1", **more: Any) -> dict[str, Any]:
    return {
        "dlvNo": DELIVERY,
        "ordCnQty": "0",
        "ordNo": ORDER,
        "ordPrdSeq": seq,
        "ordPrdStat": state,
        "ordPrdStatNm": "이름",
        "ordQty": "2",
        "prdNo": PRODUCT,
        **more,
    }


def a_round(eleven: Eleven, cursor: str) -> tuple[list[Any], str]:
    found, more = [], True
    client = eleven.client()
    while more:
        page = changes(client, cursor)
        assert page.cursor != cursor or not page.more
        found += page.items
        cursor, more = page.cursor, page.more
    return found, cursor


def since(days: float) -> str:
    return start(NOW - timedelta(days=days))


def windows(eleven: Eleven, name: str) -> list[tuple[datetime, datetime]]:
    parts = [path.split("/") for path in eleven.paths() if path.split("/")[2] == name]
    return [(at(first), at(last)) for *_, first, last in parts]


def at(minute: str) -> datetime:
    return datetime.strptime(minute, "%Y%m%d%H%M").replace(tzinfo=KST)


# -- rounds ------------------------------------------------------------------------------------


def test_a_first_round_asks_for_every_list_from_where_the_seller_chose(eleven: Eleven) -> None:
    found, cursor = a_round(eleven, since(20))
    assert found == [] and json.loads(cursor)["since"] == "202609280906"
    asked = {path.split("/")[2] for path in eleven.paths()}
    assert asked == {feed.name for feed in FEEDS[:-1]} | {one.name for one in claims.LISTS}
    for feed in FEEDS[:-1]:
        spans = windows(eleven, feed.name)
        assert spans[0][0] == at("202609080905") and spans[-1][1] == at("202609280906")
        assert all(last - first <= timedelta(days=7) for first, last in spans)
        assert all(a[1] == b[0] for a, b in pairwise(spans))
    assert windows(eleven, "cancelorders") == [(at("202609080905"), at("202609280906"))]


def test_every_later_round_looks_back_and_the_first_of_a_day_further(eleven: Eleven) -> None:
    _, cursor = a_round(eleven, since(40))

    def back(name: str) -> float:
        eleven.sent.clear()
        nonlocal cursor
        eleven.now += timedelta(minutes=5)
        _, cursor = a_round(eleven, cursor)
        spans = windows(eleven, name)
        return (spans[-1][1] - spans[0][0]) / timedelta(days=1)

    assert [back("complete"), back("packaging"), back("dlvcompleted")] == [3, 1, 1]
    assert back("cancelorders") == 7
    assert len(eleven.sent) == 5 + 9
    eleven.now += timedelta(days=1)
    assert back("complete") == 30
    eleven.now += timedelta(days=1)
    assert back("cancelorders") == 30


def test_after_days_of_silence_a_round_begins_where_the_last_one_ended(eleven: Eleven) -> None:
    _, cursor = a_round(eleven, since(1))
    eleven.now += timedelta(days=12)
    eleven.sent.clear()
    a_round(eleven, cursor)
    assert windows(eleven, "completed")[0][0] == at("202609280856")


def test_nothing_before_the_chosen_day_is_asked_for(eleven: Eleven) -> None:
    _, cursor = a_round(eleven, since(1))
    eleven.sent.clear()
    eleven.now += timedelta(minutes=5)
    a_round(eleven, cursor)
    for name in ("shipping", "cancelorders"):
        assert min(first for first, _ in windows(eleven, name)) == at("202609270905")


def test_an_order_of_earlier_is_new_when_it_was_paid_since_the_chosen_day(eleven: Eleven) -> None:
    _, cursor = a_round(eleven, since(1))
    eleven.now += timedelta(minutes=5)
    paid = {"ordDt": "2026-09-26 10:00:00", "ordStlEndDt": "2026-09-28 08:00:00"}
    before = {"ordPrdSeq": "2", "ordStlEndDt": "2026-09-26 10:01:00"}
    eleven.on("GET", "/ordservices/complete/", orders({**ROW, **paid}, {**ROW, **before}))
    found, _ = a_round(eleven, cursor)
    assert [line.line_no for line in found] == ["1"]
    assert windows(eleven, "complete")[-1][0] == at("202609250911")


def test_lists_without_rows_are_passed_by_in_one_page(eleven: Eleven) -> None:
    _, cursor = a_round(eleven, since(7))
    eleven.now += timedelta(minutes=5)
    page = changes(eleven.client(), cursor)
    assert page.more and page.items == []
    page = changes(eleven.client(), page.cursor)
    assert not page.more and page.items == []


def test_a_window_that_is_cut_is_asked_for_in_halves(
    eleven: Eleven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(position, "CAP", 3)
    _, cursor = a_round(eleven, since(8))
    eleven.now += timedelta(minutes=5)
    eleven.sent.clear()
    cut = orders(*({**ROW, "ordNo": str(n)} for n in range(3)))
    eleven.on("GET", "/ordservices/complete/", cut, orders(ROW))
    found, _ = a_round(eleven, cursor)
    spans = windows(eleven, "complete")
    assert {line.order_no for line in found} == {ORDER}
    whole, half, rest = spans
    assert half[0] == whole[0] and half[1] - half[0] == (whole[1] - whole[0]) / 2
    assert rest[0] == half[1] and rest[1] == whole[1]


def test_a_single_minute_beyond_the_cap_is_kept_and_noted(
    eleven: Eleven, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(position, "CAP", 2)
    monkeypatch.setattr(position, "MANY", 2)
    eleven.on("GET", "/ordservices/complete/", orders(ROW, {**ROW, "ordPrdSeq": "2"}))
    with caplog.at_level(logging.WARNING):
        found, _ = a_round(eleven, since(0))
    assert len(found) == 2 and "complete: 2 rows" in caplog.text


def test_a_full_window_makes_the_next_shorter_and_an_empty_one_longer(eleven: Eleven) -> None:
    day = timedelta(days=1)
    assert position.fitting(day, position.MANY + 1, 7 * day) == day / 2
    assert position.fitting(day, 0, 7 * day) == 2 * day
    assert position.fitting(6 * day, 0, 7 * day) == 7 * day
    assert position.fitting(timedelta(minutes=1), 9999, day) == timedelta(minutes=1)


def test_a_clock_that_went_back_reads_the_day_before_once_more(eleven: Eleven) -> None:
    _, cursor = a_round(eleven, since(9))
    eleven.now -= timedelta(days=2)
    eleven.sent.clear()
    a_round(eleven, cursor)
    (span,) = windows(eleven, "completed")
    assert span[0] <= at("202609250855") and span[1] == at("202609260906")
    eleven.sent.clear()
    a_round(eleven, start(NOW + timedelta(days=4000)))
    assert windows(eleven, "complete")[0][0] == at("202609250905")


@pytest.mark.parametrize(
    "cursor",
    ["", "{}", "null", "[]", '{"since":"x","floor":"202609010000"}', "since:2026-09-01"]
    + [
        json.dumps(
            {"since": "202609010000", "floor": "202609010000", "until": "202609020000"} | more
        )
        for more in (
            {"list": "none", "at": "202609010000", "span": "60"},
            {"list": "complete", "at": "202609010000", "span": "0"},
            {"list": "complete", "at": "202609010000", "span": "99999"},
            {"list": "complete", "at": "202609030000", "span": "60"},
            {"list": "complete", "at": "209913010000", "span": "60"},
        )
    ],
)
def test_a_cursor_that_is_none_of_ours_is_a_broken_promise(eleven: Eleven, cursor: str) -> None:
    with pytest.raises(ContractError):
        changes(eleven.client(), cursor)


def test_a_cursor_is_read_as_it_was_written() -> None:
    here = Position(at("202609200000"), at("202609010000"), "2026-09-20", at("202609210000"), 5,
                    at("202609200100"), timedelta(minutes=90))  # fmt: skip
    assert Position.read(here.write()) == here
    assert Position.read(start(NOW)).since == at("202609280905")


# -- lines -------------------------------------------------------------------------------------


def test_a_new_line_is_read_whole(eleven: Eleven) -> None:
    eleven.on("GET", "/ordservices/complete/", orders(ROW))
    (line,), _ = a_round(eleven, since(0.5))
    assert (line.order_no, line.line_no, line.line_key) == (ORDER, "1", f"{ORDER}-1")
    assert line.state is LineState.NEW and line.remote_state == "202"
    assert line.paid_at == datetime(2026, 9, 21, 1, 1, 30, tzinfo=UTC)
    assert (line.quantity, line.unit_price, line.amount, line.shipping_fee) == (
        2,
        9500,
        19000,
        3000,
    )
    assert (line.bundle_no, line.product_no, line.option_no) == (DELIVERY, PRODUCT, "434450294")
    assert line.option_text == "색상:블랙" and line.line_class is None
    assert line.buyer.receiver_name == "홍예시" and line.buyer.message == ""
    assert line.claim is UNCHANGED and line.changed_at is None and line.raw["prdNm"] == "면 머플러"


def test_what_was_added_to_a_product_names_it(eleven: Eleven) -> None:
    added = {**ROW, "addPrdYn": "Y", "addPrdNo": PRODUCT, "prdNo": "4000000502"}
    eleven.on("GET", "/ordservices/complete/", orders(added))
    (line,), _ = a_round(eleven, since(0.5))
    assert main_product(line.line_class) == PRODUCT
    plain, extra = ({"bundle_no": "1", "line_class": one} for one in (None, line.line_class))
    assert sorted([Item("b", extra), Item("a", plain)], key=main_first)[0].key == "a"


def test_a_shipped_line_is_thin_and_one_that_is_unknown_is_read_by_its_state(
    eleven: Eleven,
) -> None:
    sent = {"dlvEtprsCd": "00034", "invcNo": "608393450166", "sndEndDt": "2026-09-22 14:30:00"}
    row = {"ordNo": ORDER, "ordPrdSeq": "1", **sent}
    eleven.on("GET", "/ordservices/shipping/", orders(row))
    (line,), _ = a_round(eleven, since(0.5))
    assert line.state is LineState.SHIPPING and line.courier == "cj"
    assert line.quantity is UNCHANGED and line.bundle_no is UNCHANGED and line.raw is UNCHANGED
    eleven.on("GET", STATED, orders(stated("401"), stated("401", seq="2")))
    (whole,) = get(eleven.client(), [line.line_key])
    assert (whole.quantity, whole.dispatched, whole.bundle_no) == (2, 2, DELIVERY)
    assert whole.buyer is UNCHANGED


@pytest.mark.parametrize("state", [*STATES, "601", "701", "801", "999", "201"])
def test_every_state_of_orderlistall_is_ours_or_unknown(eleven: Eleven, state: str) -> None:
    eleven.on("GET", STATED, orders(stated(state, ordCnQty="1")))
    (line,) = get(eleven.client(), [f"{ORDER}-1"])
    assert line.remote_state == state
    if state in ("601", "701", "801"):
        assert line.state is UNCHANGED and line.claim is UNCHANGED
    else:
        assert line.state is STATES.get(state, LineState.UNKNOWN)
    gone = (line.cancelled, line.returned)
    wanted = {"B01": (2, UNCHANGED), "C01": (2, UNCHANGED), "A01": (1, 1)}
    assert gone == wanted.get(state, (1, UNCHANGED))
    if state in wanted:
        assert line.claim.state is ClaimState.DONE


def test_states_are_asked_for_by_a_hundred_orders_and_only_what_was_wanted_comes(
    eleven: Eleven,
) -> None:
    eleven.on("GET", STATED, orders(stated("301"), stated("202", seq="2")))
    keys = [f"{ORDER}-1", *(f"{n:017}-1" for n in range(120))]
    assert [line.line_key for line in get(eleven.client(), keys)] == [f"{ORDER}-1"]
    assert [path.count(",") for path in eleven.paths()] == [99, 20]


# -- claims ------------------------------------------------------------------------------------


def cancel(number: int, made: str, **more: Any) -> dict[str, Any]:
    return {
        "createDt": f"2026-09-{made} 11:00:00",
        "dlvNo": DELIVERY,
        "ordCnQty": "1",
        "ordCnRsnCd": "14",
        "ordCnStatCd": "01",
        "ordNo": ORDER,
        "ordPrdCnSeq": str(number),
        "ordPrdSeq": "1",
        **more,
    }


def claimed(number: int, made: str, state: str, **more: Any) -> dict[str, Any]:
    return {
        "clmReqQty": "1",
        "clmReqRsn": "101",
        "clmReqSeq": str(number),
        "clmStat": state,
        "ordNo": ORDER,
        "ordPrdSeq": "1",
        "reqDt": f"2026-09-{made} 11:00:00",
        **more,
    }


def claim_of(eleven: Eleven) -> Any:
    found, _ = a_round(eleven, since(7))
    (line,) = found
    return line


def test_the_buyers_reason_is_told_in_words_and_one_we_do_not_know_by_its_code(
    eleven: Eleven,
) -> None:
    told = {
        ("01", "10"): "타사이트 주문",
        ("02", "10"): "고객 변심",
        ("01", "77"): "77",
        ("", "10"): "10",
    }
    for (who, code), said in told.items():
        row = cancel(1, "25", ordCnMnbdCd=who, ordCnRsnCd=code)
        (one,) = claims.read(claims.LISTS[0], [row])
        assert one.reason == said
    (one,) = claims.read(claims.LISTS[3], [claimed(1, "25", "105", clmReqRsn="111")])
    assert one.reason == "파손·하자"


def test_a_cancel_request_is_a_claim_of_a_partial_line(eleven: Eleven) -> None:
    eleven.on("GET", "/claimservice/cancelorders/", orders(cancel(1, "25")))
    line = claim_of(eleven)
    assert (line.claim.kind, line.claim.state) == (ClaimKind.CANCEL, ClaimState.REQUESTED)
    assert line.claim.reason == "14" and line.quantity is UNCHANGED and line.state is UNCHANGED
    assert not any(path.startswith(STATED) for path in eleven.paths())


@pytest.mark.parametrize(
    ("name", "state", "kind", "wanted"),
    [
        ("returnorders", "105", ClaimKind.RETURN, ClaimState.REQUESTED),
        ("returnorders", "104", ClaimKind.RETURN, ClaimState.HELD),
        ("returnorders", "107", ClaimKind.RETURN, ClaimState.WITHDRAWN),
        ("retractretorders", "108", ClaimKind.RETURN, ClaimState.WITHDRAWN),
        ("exchangeorders", "201", ClaimKind.EXCHANGE, ClaimState.REQUESTED),
        ("exchangeorders", "221", ClaimKind.EXCHANGE, ClaimState.IN_PROGRESS),
        ("retractexcorders", "233", ClaimKind.EXCHANGE, ClaimState.WITHDRAWN),
        ("returnorders", "555", ClaimKind.RETURN, ClaimState.REQUESTED),
    ],
)
def test_returns_and_exchanges_go_by_their_own_state(
    eleven: Eleven, name: str, state: str, kind: ClaimKind, wanted: ClaimState
) -> None:
    eleven.on("GET", f"/claimservice/{name}/", orders(claimed(1, "25", state)))
    line = claim_of(eleven)
    assert (line.claim.kind, line.claim.state) == (kind, wanted)
    assert line.claim.remote_state == state


def test_what_is_gone_is_told_together_with_the_state_that_the_line_has_now(
    eleven: Eleven,
) -> None:
    done = cancel(1, "25", ordCnStatCd="02", cnTrtEndDt="2026-09-26 11:00:00")
    eleven.on("GET", "/claimservice/canceledorders/", orders(done))
    eleven.on("GET", STATED, orders(stated("202", ordCnQty="1")))
    line = claim_of(eleven)
    assert line.claim.state is ClaimState.DONE and line.state is LineState.NEW
    assert (line.quantity, line.cancelled) == (2, 1)
    eleven.on("GET", STATED, orders(stated("B01", ordCnQty="2")))
    line = claim_of(eleven)
    assert line.state is LineState.CANCELLED and line.cancelled == 2


def test_a_return_of_a_part_and_an_exchange_are_quantities(eleven: Eleven) -> None:
    eleven.on("GET", "/claimservice/returnedorders/", orders(claimed(1, "24", "106")))
    eleven.on("GET", "/claimservice/exchangedorders/", orders(claimed(2, "25", "302")))
    eleven.on("GET", STATED, orders(stated("501")))
    line = claim_of(eleven)
    assert (line.returned, line.exchanged, line.cancelled) == (1, 1, 0)
    assert line.claim.kind is ClaimKind.EXCHANGE and line.state is LineState.DELIVERED


def test_of_several_claims_of_a_line_the_latest_counts(eleven: Eleven) -> None:
    eleven.on("GET", "/claimservice/withdrawcanceledorders/", orders(cancel(1, "20")))
    eleven.on("GET", "/claimservice/cancelorders/", orders(cancel(2, "25")))
    assert claim_of(eleven).claim.state is ClaimState.REQUESTED


def test_a_claim_that_moved_on_between_two_lists_is_where_it_went(eleven: Eleven) -> None:
    eleven.on("GET", "/claimservice/cancelorders/", orders(cancel(1, "25")))
    done = cancel(1, "25", ordCnStatCd="02")
    eleven.on("GET", "/claimservice/canceledorders/", orders(done))
    eleven.on("GET", STATED, orders(stated("202", ordCnQty="1")))
    line = claim_of(eleven)
    assert line.claim.state is ClaimState.DONE and line.cancelled == 1


def test_a_claim_list_that_is_cut_is_asked_for_in_halves(
    eleven: Eleven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(position, "CAP", 2)
    monkeypatch.setattr(position, "MANY", 2)
    both = orders(cancel(1, "25"), cancel(2, "26", ordPrdSeq="2"))
    eleven.on("GET", "/claimservice/cancelorders/", both, orders(cancel(1, "25")))
    found, _ = a_round(eleven, since(8))
    whole, half, *_ = windows(eleven, "cancelorders")
    assert half[1] - half[0] <= (whole[1] - whole[0]) / 2 and len(found) >= 1


# -- 발주확인 -----------------------------------------------------------------------------------


def item(seq: str = "1", **more: Any) -> Item:
    values = {"order_no": ORDER, "line_no": seq, "bundle_no": DELIVERY, "line_class": None}
    return Item(f"{ORDER}-{seq}", {**values, "product_no": PRODUCT, **more})


def test_one_call_confirms_every_line_of_a_product_in_a_delivery(eleven: Eleven) -> None:
    assert SYNC.confirm.scope is Scope.BUNDLE_PRODUCT and SYNC.confirm.batch == 1
    eleven.on("GET", CONFIRM, result("0", "전체 2건이 정상적으로 발주처리가 되었습니다."))
    results = send(eleven.client(), [item("1"), item("2")])
    assert [one.key for one in results if one.done] == [f"{ORDER}-1", f"{ORDER}-2"]
    assert len(eleven.sent) == 1


def test_fewer_than_were_meant_leaves_all_of_them_to_be_read_back(eleven: Eleven) -> None:
    eleven.on("GET", CONFIRM, result("0", "전체 1건이 정상적으로 발주처리가 되었습니다."))
    assert send(eleven.client(), [item("1"), item("2")]) == []


def test_what_was_confirmed_before_is_done_and_what_was_not_is_refused(eleven: Eleven) -> None:
    eleven.on("GET", CONFIRM, result("-3206", "이미 발주확인되었거나 내역이 없습니다."))
    eleven.on("GET", STATED, orders(stated("301"), stated("202", seq="2")))
    one, two = send(eleven.client(), [item("1"), item("2")])
    assert one.done and not two.done and two.code == "-3206"
    eleven.on("GET", STATED, httpx.ReadTimeout("late"))
    assert send(eleven.client(), [item("1")]) == []


def test_a_state_that_could_not_be_changed_is_read_back_and_sent_again(eleven: Eleven) -> None:
    eleven.on("GET", CONFIRM, result("-3207", "주문상태 변경에 실패하였습니다."))
    eleven.on("GET", STATED, orders(stated("202"), stated("301", seq="2")))
    results = send(eleven.client(), [item("1"), item("2")])
    assert [one.key for one in results] == [f"{ORDER}-2"] and results[0].done


@pytest.mark.parametrize(
    ("code", "word"),
    [("-3210", "바코드"), ("-3211", "취소된 주문"), ("-3214", "취소가 진행 중"), ("-1", "그 말")],
)
def test_a_refusal_has_its_sentence(eleven: Eleven, code: str, word: str) -> None:
    eleven.on("GET", CONFIRM, result(code, "그 말"))
    (refused,) = send(eleven.client(), [item()])
    assert not refused.done and refused.code == code and word in refused.text.ko


def test_a_key_that_died_is_no_refusal_of_the_order(eleven: Eleven) -> None:
    eleven.on("GET", CONFIRM, result("-1", "OpenAPI Key 에 해당하는 유저가 없습니다."))
    with pytest.raises(AuthError):
        send(eleven.client(), [item()])


def test_a_line_whose_delivery_is_not_known_is_not_sent(eleven: Eleven) -> None:
    (refused,) = send(eleven.client(), [item(bundle_no=None)])
    assert refused.code == "NO_BUNDLE" and eleven.sent == []


def test_a_lost_answer_is_unknown(eleven: Eleven) -> None:
    eleven.on("GET", CONFIRM, httpx.ReadError("gone"))
    with pytest.raises(OutcomeUnknown):
        send(eleven.client(), [item()])


def test_reading_back_tells_done_absent_and_unclear_apart(eleven: Eleven) -> None:
    states = {"1": "301", "2": "202", "3": "B01", "4": "901", "5": "701"}
    eleven.on("GET", STATED, orders(*(stated(state, seq=seq) for seq, state in states.items())))
    asked = [Sent(f"{ORDER}-{seq}", {}, NOW) for seq in [*states, "9"]]
    verdicts = readback(eleven.client(), asked)
    kinds = [type(verdicts[one.key]) for one in asked]
    assert kinds == [Done, Absent, Unclear, Done, Unclear, Unclear]
    eleven.on("GET", STATED, told("0", "조회된 결과가 없습니다."))
    assert isinstance(readback(eleven.client(), asked[:1])[f"{ORDER}-1"], Unclear)
