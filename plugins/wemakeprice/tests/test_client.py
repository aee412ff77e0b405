"""The wire: what is sent, and what every answer of W API becomes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from hanpan.api import (
    AuthError,
    ContractError,
    MarketplaceError,
    NotApproved,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from plugins.wemakeprice.assumed import ASSUMED, CLAIM_LIST, ORDER_INFO, POLICY_DELETE
from plugins.wemakeprice.client import APIS
from plugins.wemakeprice.tests.conftest import (
    API_KEY,
    CONFIRM,
    ORDERS,
    POLICIES,
    SAVE,
    Wmp,
    refused,
    said,
)

SINCE, UNTIL = datetime(2026, 9, 27, 1, 0, tzinfo=UTC), datetime(2026, 9, 28, 0, 59, tzinfo=UTC)
LOGIN = b"<!doctype html><html><title>login</title></html>"


def test_the_key_goes_along_in_its_header_and_the_body_is_json(wmp: Wmp) -> None:
    wmp.client().orders("NEW", SINCE, UNTIL)
    (request,) = wmp.sent
    assert request.method == "POST"
    assert request.headers["apikey"] == API_KEY
    assert request.headers["content-type"] == request.headers["accept"] == "application/json"
    assert wmp.asked(ORDERS) == [
        {
            "fromDate": "2026-09-27 10:00:00",
            "toDate": "2026-09-28 09:59:00",
            "type": "NEW",
            "searchDateType": "NEW",
        }
    ]


def test_a_claim_list_is_asked_by_kind_status_and_date(wmp: Wmp) -> None:
    wmp.client().claims("CANCEL", "APPROVE", "REQUEST", SINCE, UNTIL)
    (asked,) = wmp.asked(CLAIM_LIST)
    assert (asked["claimType"], asked["claimStatus"]) == ("CANCEL", "APPROVE")
    assert asked["searchDateType"] == "REQUEST"


@pytest.mark.parametrize("answer", [None, {}, {"bundle": []}, {"bundle": None}, []])
def test_nothing_found_is_told_in_several_ways(wmp: Wmp, answer: Any) -> None:
    wmp.on(ORDERS, answer)
    assert wmp.client().orders("NEW", SINCE, UNTIL) == []


@pytest.mark.parametrize("answer", [None, {}, []])
def test_a_seller_without_policies_has_none(wmp: Wmp, answer: Any) -> None:
    wmp.on(POLICIES, answer)
    assert wmp.client().policies() == []


@pytest.mark.parametrize("answer", [{"bundle": "x"}, {"bundle": ["x"]}, {"bundle": {"a": 1}}, 7])
def test_rows_that_are_none_are_an_error(wmp: Wmp, answer: Any) -> None:
    wmp.on(ORDERS, answer)
    with pytest.raises(ContractError):
        wmp.client().orders("NEW", SINCE, UNTIL)


def test_one_bundle_is_found_by_its_number_and_another_is_none(wmp: Wmp) -> None:
    wmp.on(ORDER_INFO, {"bundle": [{"bundleNo": 90000001}]}, refused(404, "없음"))
    client = wmp.client()
    assert client.bundle("90000001") == {"bundleNo": 90000001}
    assert client.bundle("90000001") is None
    assert wmp.asked(ORDER_INFO)[0] == {"bundleNo": 90000001}


# -- refusals -------------------------------------------------------------------------------------

READ_REFUSALS: list[tuple[Any, type[MarketplaceError]]] = [
    (refused(401, "유효하지 않은 인증키입니다."), AuthError),
    (refused(401, {"message": "유효하지 않은 인증키입니다."}, http=200), AuthError),
    ((401, LOGIN), AuthError),
    (refused(403, "대행사"), NotApproved),
    (refused(404, "없는 API"), ContractError),
    (refused(422, "조회 기간은 24시간 미만이어야 합니다."), ContractError),
    (refused(422, {"toDate": "형식"}, http=200), ContractError),
    ((429, {}), RateLimited),
    (refused(500, "오류"), Unavailable),
    (refused(500, "오류", http=200), Unavailable),
    ((502, LOGIN), Unavailable),
    ((200, LOGIN), Unavailable),
    ((200, b'{"resultCode":200,"data":{"bun'), Unavailable),
    ((200, {"data": {}}), Unavailable),
    ((200, []), Unavailable),
    ((302, b""), ContractError),
    ((400, {}), ContractError),
    (httpx.ReadTimeout("lost"), Unavailable),
    (httpx.ConnectError("not sent"), Unavailable),
]
WRITE_REFUSALS: list[tuple[Any, type[MarketplaceError]]] = [
    (refused(401, "인증키"), AuthError),
    (refused(404, "없는 배송번호"), NotFound),
    (refused(422, "bundleNo는 필수입니다."), Rejected),
    (refused(422, {"bundleNo": ["필수입니다."]}, http=200), Rejected),
    (refused(500, "오류"), OutcomeUnknown),
    ((200, LOGIN), OutcomeUnknown),
    ((200, {"resultCode": 200}), OutcomeUnknown),
    (({"returnMsg": "성공"}), OutcomeUnknown),
    (({"returnKey": "?"}), OutcomeUnknown),
    (said(0, "철회된 클레임입니다."), Rejected),
    (said(2, "무슨 말인지 모름"), Rejected),
    (httpx.ReadTimeout("lost"), OutcomeUnknown),
    (httpx.ConnectError("not sent"), Unavailable),
]


@pytest.mark.parametrize(("answer", "error"), READ_REFUSALS)
def test_what_a_read_is_answered_says_who_acts(wmp: Wmp, answer: Any, error: type) -> None:
    wmp.on(ORDERS, answer)
    with pytest.raises(MarketplaceError) as caught:
        wmp.client().orders("NEW", SINCE, UNTIL)
    assert type(caught.value) is error
    assert API_KEY not in f"{caught.value} {caught.value.detail}"


@pytest.mark.parametrize(("answer", "error"), WRITE_REFUSALS)
def test_what_a_write_is_answered_says_who_acts(wmp: Wmp, answer: Any, error: type) -> None:
    wmp.on(CONFIRM, answer)
    with pytest.raises(MarketplaceError) as caught:
        wmp.client().confirm("90000001")
    assert type(caught.value) is error


@pytest.mark.parametrize("code", [200, 201])
def test_a_write_is_done_when_all_three_numbers_say_so(wmp: Wmp, code: int) -> None:
    wmp.on(CONFIRM, (code, {"resultCode": code, "data": said(1)}))
    wmp.client().confirm("90000001")
    assert wmp.asked(CONFIRM) == [{"bundleNo": 90000001}]
    assert wmp.gate.calls[-1].write


def test_a_void_key_says_that_another_agency_ends_it(wmp: Wmp) -> None:
    wmp.on(POLICIES, refused(401, "유효하지 않은 인증키입니다."))
    with pytest.raises(AuthError) as caught:
        wmp.client().policies()
    assert "대행사" in caught.value.text.ko and "폐기" in caught.value.text.ko


def test_a_refusal_with_key_0_shows_its_message(wmp: Wmp) -> None:
    wmp.on(CONFIRM, said(0, "취소된 주문입니다."))
    with pytest.raises(Rejected) as caught:
        wmp.client().confirm("1")
    assert "취소된 주문입니다." in caught.value.text.ko


@pytest.mark.parametrize(("told", "seconds"), [("7", 7.0), ("", 5.0), ("soon", 5.0), ("0", 1.0)])
def test_a_limit_waits_as_long_as_it_says(wmp: Wmp, told: str, seconds: float) -> None:
    wmp.on(ORDERS, (429, {}, {"Retry-After": told}))
    with pytest.raises(RateLimited) as caught:
        wmp.client().orders("NEW", SINCE, UNTIL)
    assert caught.value.retry_after == seconds


NAMES = {"shipFee": "fee", "bundleKind": "bundle", "releaseZipCode": "release_postcode"}


@pytest.mark.parametrize(
    ("error", "fields"),
    [
        ("shipFee는 1 이상입니다.", {"fee": "shipFee는 1 이상입니다."}),
        (
            {"shipFee": "1 이상", "bundleKind": "수정 불가"},
            {"fee": "1 이상", "bundle": "수정 불가"},
        ),
        ({"errors": [{"field": "shipFee", "message": "1 이상"}]}, {"fee": "1 이상"}),
        ([{"releaseZipCode": ["형식"]}, "그 밖"], {"release_postcode": "형식"}),
        ({"message": "bundleKind: 수정 불가"}, {"bundle": "bundleKind: 수정 불가"}),
        ("잘못된 요청입니다.", {}),
        (None, {}),
    ],
)
def test_an_error_of_any_shape_stands_beside_the_fields_that_it_names(
    wmp: Wmp, error: Any, fields: dict[str, str]
) -> None:
    wmp.on(SAVE, refused(422, error))
    with pytest.raises(Rejected) as caught:
        wmp.client().save_policy(None, {}, NAMES)
    assert {name: text.ko for name, text in caught.value.fields.items()} == fields


def test_every_assumed_path_is_marked_and_every_mark_says_why() -> None:
    paths = {api.path for api in APIS.values()}
    assert {CLAIM_LIST, ORDER_INFO, POLICY_DELETE} <= paths
    marked = {name for one in ASSUMED for name in one.calls}
    assert {"template.shipping.delete", "orders.claims", "orders.get"} <= marked
    assert all(one.text.ko and one.text.en for one in ASSUMED)
