"""배송 템플릿: what is read, what is sent, what is refused where."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest

from core.fields import clean
from hanpan.api import Capability, NotFound, OutcomeUnknown, Rejected
from plugins.wemakeprice.assumed import POLICY_DELETE
from plugins.wemakeprice.templates.shipping import (
    SHIPPING,
    check_policy,
    create_policy,
    delete_policy,
    fetch_policies,
    update_policy,
)
from plugins.wemakeprice.templates.shipping_fields import FIELDS
from plugins.wemakeprice.tests.conftest import POLICIES, SAVE, Wmp, refused, said

ADDRESSES = {
    "releaseZipCode": "06236",
    "releaseRoadAddress1": "서울특별시 예시구 보기로 1",
    "releaseRoadAddress2": "2층",
    "releaseAddress1": "서울특별시 예시구 보기동 1",
    "releaseAddress2": "",
    "returnZipCode": "13529",
    "returnRoadAddress1": "경기도 견본시 시범로 3",
    "returnRoadAddress2": "",
    "returnAddress1": "경기도 견본시 시범동 3",
    "returnAddress2": "1층",
}
ROW: dict[str, Any] = {
    "shipPolicyNo": 1001,
    "shipPolicyName": "기본 3,000원",
    "shipMethod": "KP",
    "bundleKind": "BND",
    "shipType": "COND",
    "shipFee": 3000,
    "shipFeeDisplayYn": "Y",
    "freeCondition": 50000,
    "differenceYn": "N",
    "differenceCount": None,
    "prepaymentYn": "Y",
    "claimShipFee": 3000,
    "shipArea": "WHOLE",
    "jejuShipFee": 3000,
    "islandMountainShipFee": 5000,
    "releaseDay": 2,
    "releaseTime": None,
    "holidayExceptYn": "Y",
    **ADDRESSES,
    "safetyNoDisplayYn": "N",
}
TYPED: dict[str, Any] = {
    "name": "기본 3,000원",
    "method": "KP",
    "bundle": "BND",
    "fee_type": "COND",
    "fee": "3,000",
    "free_from": "50,000",
    "claim_fee": "3000",
    "area": "WHOLE",
    "jeju_fee": "3000",
    "island_fee": "5000",
    "release_day": "2",
    "holidays": "Y",
    "release_postcode": "06236",
    "release_road": "서울특별시 예시구 보기로 1",
    "release_road_detail": "2층",
    "release_lot": "서울특별시 예시구 보기동 1",
    "return_postcode": "13529",
    "return_road": "경기도 견본시 시범로 3",
    "return_lot": "경기도 견본시 시범동 3",
    "return_lot_detail": "1층",
    "safety_number": "",
}
FREE = {"fee_type": "FREE"}, {"shipType": "FREE", "shipFee": None, "freeCondition": None}
COLLECT = (
    {"fee_type": "FIXED", "payment": "COLLECT_HIDDEN", "bundle": "PRD", "per_count": "2"}
    | {"safety_number": "on"},
    {
        "shipType": "FIXED",
        "freeCondition": None,
        "prepaymentYn": "N",
        "shipFeeDisplayYn": "N",
        "bundleKind": "PRD",
        "differenceYn": "Y",
        "differenceCount": 2,
        "safetyNoDisplayYn": "Y",
    },
)
NEAR = (
    {"area": "NO_MOUNTAIN_ISLAND", "release_day": "1", "release_time": "14", "holidays": "A"},
    {
        "shipArea": "NO_MOUNTAIN_ISLAND",
        "jejuShipFee": None,
        "islandMountainShipFee": None,
        "releaseDay": 1,
        "releaseTime": 14,
        "holidayExceptYn": "A",
    },
)
PREPAID = {"fee_type": "FIXED", "payment": "PREPAID"}, {"shipType": "FIXED", "freeCondition": None}
KINDS = [({}, {}), FREE, COLLECT, NEAR, PREPAID]


def typed(**changed: Any) -> dict[str, Any]:
    done = clean(FIELDS, {**TYPED, **changed})
    assert done.ok, done.problems
    return done.values


@pytest.mark.parametrize(("changed", "row"), KINDS)
def test_a_policy_is_read_as_the_form_gives_it(
    wmp: Wmp, changed: dict[str, Any], row: dict[str, Any]
) -> None:
    extra = {"partnerGroupId": "G1", "shipMng": None, "parcelCompanyCode": "D002"}
    wmp.on(POLICIES, [{**ROW, **row, **extra}])
    (found,) = fetch_policies(wmp.client(), "").items
    assert (found.id, found.values) == ("1001", typed(**changed))
    assert SHIPPING.title(found.values) == "기본 3,000원"


def test_a_policy_without_its_extra_fees_has_none_of_them(wmp: Wmp) -> None:
    fees = ("claimShipFee", "jejuShipFee", "islandMountainShipFee")
    wmp.on(POLICIES, [ROW | dict.fromkeys(fees)])
    (found,) = fetch_policies(wmp.client(), "").items
    assert found.values == typed(claim_fee="0", jeju_fee="0", island_fee="0")


@pytest.mark.parametrize(("changed", "row"), KINDS)
def test_a_new_policy_is_sent_whole_and_without_a_number(
    wmp: Wmp, changed: dict[str, Any], row: dict[str, Any]
) -> None:
    wmp.on(SAVE, said(1007))
    values = typed(**changed)
    made = create_policy(wmp.client(), values)
    assert (made.id, made.values) == ("1007", values)
    assert wmp.asked(SAVE) == [{**ROW, **row, "shipPolicyNo": None}]


def test_a_changed_policy_goes_by_the_same_call_with_its_number(wmp: Wmp) -> None:
    wmp.on(SAVE, said(1001))
    assert update_policy(wmp.client(), "1001", typed(fee="2500")).id == "1001"
    assert wmp.asked(SAVE) == [{**ROW, "shipFee": 2500}]


@pytest.mark.parametrize(
    "leftover",
    [
        {"fee_type": "COND", "payment": "COLLECT"},
        {"fee_type": "FREE", "fee": "3000", "free_from": "100"},
        {"area": "NO_MOUNTAIN_ISLAND", "jeju_fee": "3000"},
        {"release_day": "3", "release_time": "14"},
    ],
)
def test_what_a_hidden_input_still_holds_is_not_sent(wmp: Wmp, leftover: dict[str, Any]) -> None:
    wmp.on(SAVE, said(1))
    values = typed(**leftover)
    assert check_policy(values) == {}
    create_policy(wmp.client(), values)
    (body,) = wmp.asked(SAVE)
    wmp.on(POLICIES, [{**body, "shipPolicyNo": 1}])
    assert fetch_policies(wmp.client(), "").items[0].values == values
    assert body["prepaymentYn"] == "Y"


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"fee_type": "COND", "payment": "COLLECT", "fee": 1, "free_from": 1}, {"payment"}),
        ({"fee_type": "COND", "fee": 0, "free_from": None}, {"fee", "free_from"}),
        ({"fee_type": "FIXED", "fee": None}, {"fee"}),
        ({"fee_type": "FIXED", "fee": 1, "per_count": 2, "bundle": "BND"}, {"per_count"}),
        ({"fee_type": "FIXED", "fee": 1, "per_count": 2, "bundle": "PRD"}, set()),
        ({"fee_type": "FREE", "per_count": 2, "bundle": "PRD"}, {"per_count"}),
        ({"fee_type": "FREE", "release_day": "2", "release_time": "14"}, {"release_time"}),
        ({"fee_type": "FREE", "release_day": "1", "release_time": "14"}, set()),
        (
            {"fee_type": "FREE", "area": "NO_MOUNTAIN_ISLAND", "jeju_fee": 0, "island_fee": 1},
            {"jeju_fee", "island_fee"},
        ),
        (
            {"fee_type": "COND", "payment": "COLLECT", "fee": 0, "release_time": "1"},
            {"payment", "fee", "free_from", "release_time"},
        ),
    ],
)
def test_values_that_do_not_fit_together_are_all_named(
    values: dict[str, Any], wrong: set[str]
) -> None:
    problems = check_policy({"area": "WHOLE", **values})
    assert set(problems) == wrong
    assert all("주세요" in text.ko for text in problems.values())


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"fee": "0"}, {"fee"}),
        ({"fee": "10000000"}, {"fee"}),
        ({"fee": ""}, {"fee"}),
        ({"free_from": "삼만원"}, {"free_from"}),
        ({"claim_fee": ""}, {"claim_fee"}),
        ({"release_day": "0"}, {"release_day"}),
        ({"release_day": "16"}, {"release_day"}),
        ({"release_day": "1", "release_time": "25"}, {"release_time"}),
        ({"holidays": "B"}, {"holidays"}),
        ({"method": "XX"}, {"method"}),
        ({"release_postcode": "0623"}, {"release_postcode"}),
        ({"return_postcode": "135-29"}, {"return_postcode"}),
        ({"release_lot": "", "return_road": ""}, {"release_lot", "return_road"}),
        ({"name": "", "area": ""}, {"name", "area"}),
    ],
)
def test_what_the_form_itself_refuses(changed: dict[str, str], wrong: set[str]) -> None:
    assert set(clean(FIELDS, {**TYPED, **changed}).problems) == wrong


def test_what_cannot_be_changed_afterwards_is_marked() -> None:
    assert [item.name for item in FIELDS if item.fixed] == ["bundle"]
    assert SHIPPING.capabilities == set(Capability)


@pytest.mark.parametrize(
    ("answer", "fields"),
    [
        (refused(422, {"bundleKind": "수정할 수 없습니다."}), {"bundle"}),
        (
            refused(422, {"releaseDay": "1~15", "releaseTime": "1~24"}),
            {"release_day", "release_time"},
        ),
        (refused(422, {"shipFeeDisplayYn": "착불일 때만"}), {"payment"}),
        (refused(422, {"safetyNoDisplayYn": "Y, N 중 하나"}), {"safety_number"}),
        (refused(422, "prepaymentYn: 선결제만 가능합니다."), {"payment"}),
        (
            refused(422, {"differenceYn": "불가", "releaseAddress1": "필수"}),
            {"per_count", "release_lot"},
        ),
        (said(0, "배송정책을 저장하지 못했습니다."), set()),
    ],
)
def test_a_refusal_comes_back_beside_the_field(wmp: Wmp, answer: Any, fields: set[str]) -> None:
    wmp.on(SAVE, answer)
    with pytest.raises(Rejected) as caught:
        update_policy(wmp.client(), "1001", typed())
    assert set(caught.value.fields) == fields
    assert caught.value.text.ko.startswith("위메프가 받지 않았습니다")


def test_a_policy_that_is_gone_cannot_be_changed(wmp: Wmp) -> None:
    wmp.on(SAVE, refused(404, "존재하지 않는 배송정책입니다."))
    with pytest.raises(NotFound):
        update_policy(wmp.client(), "1001", typed())


def test_a_created_policy_whose_number_was_lost_is_unknown(wmp: Wmp) -> None:
    wmp.on(SAVE, (200, b'{"resultCode":200,"data":{"retur'))
    with pytest.raises(OutcomeUnknown):
        create_policy(wmp.client(), typed())


def test_a_policy_is_deleted_by_its_number(wmp: Wmp) -> None:
    wmp.on(POLICY_DELETE, said(1001))
    delete_policy(wmp.client(), "1001")
    assert wmp.asked(POLICY_DELETE) == [{"shipPolicyNo": 1001}]


@pytest.mark.parametrize(
    ("message", "count"),
    [
        ("이 배송정책을 사용하는 상품이 300개 있습니다.", "300개"),
        ("사용중인 상품 1,204 개가 있어 삭제할 수 없습니다.", "1,204개"),
    ],
)
def test_a_policy_in_use_is_refused_with_the_number_of_products(
    wmp: Wmp, message: str, count: str
) -> None:
    wmp.on(POLICY_DELETE, said(0, message))
    with pytest.raises(Rejected) as caught:
        delete_policy(wmp.client(), "1001")
    assert f"상품이 {count}" in caught.value.text.ko and "먼저" in caught.value.text.ko


def test_the_list_has_room_for_its_columns_and_shows_no_address() -> None:
    assert 4 <= len(SHIPPING.columns) <= 6
    assert not [name for name in SHIPPING.columns if name.startswith(("release_r", "return_"))]


def test_the_fields_of_each_address_stand_under_its_heading() -> None:
    groups = [field.group.ko if field.group else "" for field in FIELDS]
    assert [name for name, _ in groupby(groups)] == ["", "출고지", "반품지"]
