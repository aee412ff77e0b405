"""Addresses, 오늘출발 and bundle groups: what is read, what is sent, what is refused where."""

from __future__ import annotations

from typing import Any

import pytest

from core.fields import clean
from hanpan.api import Capability, ContractError, OutcomeUnknown, Rejected
from plugins.smartstore.templates import TYPES
from plugins.smartstore.templates.addresses import ADDRESS
from plugins.smartstore.templates.bundle_groups import BUNDLE_GROUP
from plugins.smartstore.templates.dispatch_today import DISPATCH_TODAY
from plugins.smartstore.tests.conftest import Naver, refused

BOOK = "/v1/seller/addressbooks-for-page"
DAY = "/v1/seller/this-day-dispatch"
GROUPS = "/v1/product-delivery-info/bundle-groups"


def fetched(template: Any, client: Any) -> list[Any]:
    """Every row, page by page as core asks for them."""
    found, cursor, more = [], "", True
    while more:
        page = template.fetch(client, cursor)
        found += page.items
        cursor, more = page.cursor, page.more
    return found


# -- 주소지 ------------------------------------------------------------------------------------


def address(number: int, kind: str = "RELEASE") -> dict[str, Any]:
    return {
        "addressBookNo": number,
        "name": f"창고 {number}",
        "addressType": kind,
        "postalCode": "06236",
        "baseAddress": "서울특별시 강남구 테헤란로 1",
        "detailAddress": "2층",
        "phoneNumber1": "02-000-0000",
        "phoneNumber2": None,
        "overseasAddress": False,
    }


def test_every_page_of_the_address_book_is_read(naver: Naver) -> None:
    naver.on(
        "GET",
        BOOK,
        {"addressBooks": [address(1)], "page": 1, "totalPage": 2},
        {"addressBooks": [address(2, "NEW_KIND")], "page": 2, "totalPage": 2},
    )
    first, second = fetched(ADDRESS, naver.client())
    assert [call["page"] for call in naver.asked(BOOK)] == ["1", "2"]
    assert first.id == "1" and first.values["phone2"] == ""
    assert ADDRESS.title(first.values) == "[출고지] 창고 1"
    assert ADDRESS.title(second.values) == "[NEW_KIND] 창고 2"
    assert set(first.values) == {field.name for field in ADDRESS.fields}


def test_an_address_is_read_only_and_says_why() -> None:
    assert ADDRESS.capabilities == {Capability.IMPORT}
    assert not ADDRESS.may_be_empty
    assert all(field.readonly for field in ADDRESS.fields)
    assert ADDRESS.seller_center.startswith("https://")


@pytest.mark.parametrize("template", TYPES)
def test_what_cannot_be_done_says_why(template: Any) -> None:
    missing = set(Capability) - template.capabilities
    assert set(template.why_not) == missing


@pytest.mark.parametrize("answer", [{}, [], {"addressBooks": []}])
def test_an_answer_that_is_no_page_is_an_error(naver: Naver, answer: Any) -> None:
    naver.on("GET", BOOK, answer)
    with pytest.raises(ContractError):
        fetched(ADDRESS, naver.client())


def test_a_cursor_that_is_none_is_an_error(naver: Naver) -> None:
    with pytest.raises(ContractError):
        ADDRESS.fetch(naver.client(), "x")
    assert naver.sent == []


# -- 오늘출발 -----------------------------------------------------------------------------------

RULES = {
    "sellerId": "s",
    "basisHour": 14,
    "basisMinute": 5,
    "holidayOfTheWeek": "FRIDAY",
    "sellerHolidays": ["2036-10-05", "2036-10-03T00:00:00.000+09:00"],
    "reason": "추석 연휴",
}
VALUES = {
    "basis": "14:05",
    "weekday": "FRIDAY",
    "holidays": ["2036-10-03", "2036-10-05"],
    "reason": "추석 연휴",
}


def test_the_rules_are_read_as_the_form_gives_them(naver: Naver) -> None:
    naver.on("GET", DAY, RULES)
    (row,) = fetched(DISPATCH_TODAY, naver.client())
    assert row.values == VALUES
    typed = {**VALUES, "holidays": "2036-10-05 2036-10-03"}
    assert clean(DISPATCH_TODAY.fields, typed).values == VALUES


@pytest.mark.parametrize(
    "answer",
    [refused(404, "NOT_FOUND"), {"basisHour": None, "basisMinute": None, "sellerHolidays": None}],
)
def test_a_store_without_rules_has_one_empty_row(naver: Naver, answer: Any) -> None:
    naver.on("GET", DAY, answer)
    (row,) = fetched(DISPATCH_TODAY, naver.client())
    assert row.values == {"basis": "", "weekday": "NONE", "holidays": [], "reason": ""}


def test_saving_sends_what_naver_takes_and_tells_what_is_there(naver: Naver) -> None:
    naver.on("GET", DAY, {**RULES, "reason": "추석"})
    naver.on("POST", DAY, (200, b""))
    row = DISPATCH_TODAY.update(naver.client(), "dispatch_today", {**VALUES, "weekday": "NONE"})
    body = naver.asked(DAY)[0]
    assert body == {
        "basisHour": 14,
        "basisMinute": 5,
        "sellerHolidays": ["2036-10-03", "2036-10-05"],
        "reason": "추석 연휴",
    }
    assert row.values["reason"] == "추석"


def test_a_saved_change_is_not_undone_by_failing_to_read_it(naver: Naver) -> None:
    naver.on("GET", DAY, refused(500, "GW.PROXY.01"))
    naver.on("POST", DAY, (200, b""))
    row = DISPATCH_TODAY.update(naver.client(), "dispatch_today", VALUES)
    assert row.values == VALUES


@pytest.mark.parametrize("day", ["SATURDAY", "SUNDAY"])
def test_a_weekend_day_cannot_be_chosen(day: str) -> None:
    assert set(clean(DISPATCH_TODAY.fields, {**VALUES, "weekday": day}).problems) == {"weekday"}


@pytest.mark.parametrize(
    ("refusal", "fields"),
    [
        (
            refused(
                400,
                "BAD_REQUEST",
                invalidInputs=[{"name": "basisHour", "type": "Max", "message": "너무 큽니다."}],
            ),
            {"basis"},
        ),
        (refused(400, "GENERAL_ERROR", message="sellerHolidays: 형식"), {"holidays"}),
        (refused(400, "GENERAL_ERROR", message="안 됩니다."), set()),
    ],
)
def test_a_refusal_comes_back_beside_the_field(
    naver: Naver, refusal: Any, fields: set[str]
) -> None:
    naver.on("POST", DAY, refusal)
    with pytest.raises(Rejected) as caught:
        DISPATCH_TODAY.update(naver.client(), "dispatch_today", VALUES)
    assert set(caught.value.fields) == fields
    assert refusal[1]["message"] in caught.value.text.ko


# -- 묶음배송그룹 --------------------------------------------------------------------------------

GROUP = {
    "id": 55501,
    "name": "냉장 묶음",
    "usable": True,
    "baseGroup": False,
    "deliveryFeeChargeMethodType": "MIN",
    "deliveryFeeByArea": {
        "deliveryAreaType": "AREA_3",
        "area2extraFee": 3000,
        "area3extraFee": 5000,
    },
}
TYPED = {
    "name": "냉장 묶음",
    "method": "MIN",
    "area": "AREA_3",
    "area2_fee": "3,000",
    "area3_fee": "5000",
    "usable": "on",
}


def test_a_group_is_read_as_the_form_gives_it(naver: Naver) -> None:
    plain = {**GROUP, "id": 2, "deliveryFeeByArea": None}
    naver.on("GET", GROUPS, {"contents": [GROUP, plain], "page": 1, "totalPages": 1})
    three, none = fetched(BUNDLE_GROUP, naver.client())
    assert three.id == "55501"
    assert three.values == clean(BUNDLE_GROUP.fields, TYPED).values
    assert none.values == clean(BUNDLE_GROUP.fields, {**TYPED, "area": "NONE"}).values
    assert naver.asked(GROUPS)[0] == {"page": "1", "size": "100"}


@pytest.mark.parametrize(
    ("area", "sent"),
    [
        ("NONE", None),
        ("AREA_2", {"deliveryAreaType": "AREA_2", "area2extraFee": 3000}),
        ("AREA_3", GROUP["deliveryFeeByArea"]),
    ],
)
def test_creating_sends_the_fees_of_the_areas(naver: Naver, area: str, sent: Any) -> None:
    naver.on("POST", GROUPS, {"groupId": 55501})
    naver.on("GET", f"{GROUPS}/55501", {"deliveryBundleGroup": GROUP})
    values = clean(BUNDLE_GROUP.fields, {**TYPED, "area": area}).values
    row = BUNDLE_GROUP.create(naver.client(), values)
    (body,) = naver.asked(GROUPS)
    assert body["deliveryBundleGroup"].get("deliveryFeeByArea") == sent
    assert "id" not in body["deliveryBundleGroup"]
    assert row.id == "55501" and row.values["area"] == "AREA_3"


def test_stopping_to_use_a_group_replaces_it_whole(naver: Naver) -> None:
    naver.on("PUT", f"{GROUPS}/55501", {"groupId": 55501})
    naver.on("GET", f"{GROUPS}/55501", refused(503, "GW.BLOCK.02"))
    values = clean(BUNDLE_GROUP.fields, {**TYPED, "usable": ""}).values
    row = BUNDLE_GROUP.update(naver.client(), "55501", values)
    (body, _) = naver.asked(f"{GROUPS}/55501")
    assert body["deliveryBundleGroup"]["usable"] is False
    assert body["deliveryBundleGroup"]["deliveryFeeByArea"] == GROUP["deliveryFeeByArea"]
    assert row.values == values


def test_a_created_group_whose_id_was_lost_is_unknown(naver: Naver) -> None:
    naver.on("POST", GROUPS, (200, b'{"grou'))
    with pytest.raises(OutcomeUnknown):
        BUNDLE_GROUP.create(naver.client(), clean(BUNDLE_GROUP.fields, TYPED).values)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"base": True, "usable": False}, {"usable"}),
        ({"base": True, "usable": True}, set()),
        ({"area": "AREA_2", "area2_fee": None}, {"area2_fee"}),
        ({"area": "AREA_3", "area2_fee": 0, "area3_fee": None}, {"area3_fee"}),
        ({"area": "AREA_3", "area2_fee": 0, "area3_fee": 0}, set()),
        ({"area": "NONE", "area2_fee": None}, set()),
    ],
)
def test_values_that_do_not_fit_together_are_named(values: dict[str, Any], wrong: set[str]) -> None:
    assert BUNDLE_GROUP.check is not None
    assert set(BUNDLE_GROUP.check(values)) == wrong


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"area2_fee": "200001"}, {"area2_fee"}),
        ({"area2_fee": ""}, {"area2_fee"}),
        ({"area": "AREA_2", "area3_fee": "x"}, set()),
        ({"method": "AVERAGE"}, {"method"}),
        ({"name": ""}, {"name"}),
    ],
)
def test_what_the_form_itself_refuses(typed: dict[str, str], wrong: set[str]) -> None:
    assert set(clean(BUNDLE_GROUP.fields, {**TYPED, **typed}).problems) == wrong


def test_the_refusal_of_a_fee_comes_back_beside_it(naver: Naver) -> None:
    name = "deliveryBundleGroup.deliveryFeeByArea.area3extraFee"
    inputs = [
        {"name": name, "type": "Max", "message": "200,000원까지 입력할 수 있습니다."},
        {"name": "deliveryBundleGroup.other", "type": "New", "message": "?"},
    ]
    naver.on("POST", GROUPS, refused(400, "BAD_REQUEST", invalidInputs=inputs))
    with pytest.raises(Rejected) as caught:
        BUNDLE_GROUP.create(naver.client(), clean(BUNDLE_GROUP.fields, TYPED).values)
    assert {name: text.ko for name, text in caught.value.fields.items()} == {
        "area3_fee": "200,000원까지 입력할 수 있습니다."
    }
