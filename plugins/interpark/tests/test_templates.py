"""Return addresses, bundle fees and 오늘출발: what is read, what is sent, what is refused where."""

from __future__ import annotations

from typing import Any

import pytest

from core.fields import clean
from hanpan.api import Capability, OutcomeUnknown, Rejected
from plugins.interpark.assumed import ASSUMED
from plugins.interpark.templates import TYPES
from plugins.interpark.templates.bundle_fees import BUNDLE_FEE
from plugins.interpark.templates.dispatch_today import DISPATCH_TODAY
from plugins.interpark.templates.return_addresses import RETURN_ADDRESS
from plugins.interpark.tests.conftest import Desk, fields

INSERT, UPDATE, GET = (f"{name}DelvCostPlcAPIData" for name in ("insert", "update", "get"))
ADDRESS = {
    "name": "새 반품지",
    "postcode": "06236",
    "address": "서울 예시구 보기로 1",
    "address_detail": "2층",
    "phone": "02-0000-0000",
    "mobile": "",
    "use": True,
}
RULES = {
    "basis": "15:30",
    "saturday": "YES",
    "saturday_basis": "11:00",
    "days_off": ["MONDAY", "SUNDAY"],
    "dates_off": ["2036-10-05"],
}


def told(element: str, *rows: dict[str, Any]) -> str:
    inside = "".join(f"<{element}>{fields(**row)}</{element}>" for row in rows)
    return f"<result><title/><description/>{inside}</result>"


def fee(**typed: Any) -> dict[str, Any]:
    values = clean(BUNDLE_FEE.fields, {"payment": "02", **typed})
    assert values.ok, values.problems
    return dict(values.values)


def policy(number: str, **more: Any) -> dict[str, Any]:
    row = {"delvCostPlcNo": number, "distCostTp": "99", "distCostCd": "02", "distCost": 2500}
    return row | {"defaultYn": "N"} | more


def sent(desk: Desk) -> str:
    """The item of what was published last."""
    return desk.published[-1].decode("euc-kr").partition("<item>")[2].partition("</item>")[0]


@pytest.mark.parametrize("template", TYPES)
def test_only_deleting_is_not_offered_and_it_says_why(template: Any) -> None:
    assert set(Capability) - template.capabilities == {Capability.DELETE} == set(template.why_not)
    assert template.marketplace == "interpark" and not template.single


def test_what_was_composed_is_declared() -> None:
    calls = {call for assumed in ASSUMED for call in assumed.calls}
    assert {f"template.dispatch_today.{name}" for name in ("import", "create", "update")} <= calls
    assert "template.return_address.create" not in calls


@pytest.mark.parametrize("name", ["name", "address", "address_detail"])
def test_a_letter_that_euc_kr_lacks_is_refused_at_the_field(name: str) -> None:
    typed = clean(RETURN_ADDRESS.fields, {**ADDRESS, name: "똠얌 상점"})
    assert list(typed.problems) == [name] and "똠" in typed.problems[name].ko


# -- 반품 주소지 ----------------------------------------------------------------------------------


def test_addresses_are_read_as_the_form_gives_them(desk: Desk) -> None:
    row = {
        "entrDelvInfoNo": "98765", "delvNm": "새 반품지", "delvZipcd": "06236",
        "delvAddr1": "서울 예시구 보기로 1", "delvAddr2": "2층", "delvTelno": "02-0000-0000",
    }  # fmt: skip
    nameless = {"delvNm": "번호 없음"}
    desk.on(
        "getEntrDelvAAPIData",
        told("item", row, row | {"useYn": "N"} | {"entrDelvInfoNo": 2}, nameless),
    )
    first, second = RETURN_ADDRESS.fetch(desk.client(), "").items
    assert (first.id, first.values) == ("98765", ADDRESS)
    assert (second.id, second.values["use"]) == ("2", False)
    assert clean(RETURN_ADDRESS.fields, {**ADDRESS, "use": "on"}).values == ADDRESS


def test_a_new_address_is_sent_without_its_use_and_a_changed_one_with_it(desk: Desk) -> None:
    desk.on("insertDelvAPIData", told("item", {"entrDelvInfoNo": 7}))
    assert RETURN_ADDRESS.create(desk.client(), ADDRESS).id == "7"
    assert sent(desk) == (
        "<delvNm>새 반품지</delvNm><delvZipcd>06236</delvZipcd>"
        "<delvAddr1>서울 예시구 보기로 1</delvAddr1><delvAddr2>2층</delvAddr2>"
        "<delvTelno>02-0000-0000</delvTelno><delvHp />"
    )
    desk.on("updateDelvAPIData", told("item", {"entrDelvInfoNo": 7}))
    RETURN_ADDRESS.update(desk.client(), "7", {**ADDRESS, "use": False})
    assert sent(desk).startswith("<entrDelvInfoNo>7</entrDelvInfoNo>")
    assert sent(desk).endswith("<useYn>N</useYn>")


def test_a_new_address_that_is_not_in_use_is_refused_without_a_call(desk: Desk) -> None:
    with pytest.raises(Rejected) as caught:
        RETURN_ADDRESS.create(desk.client(), {**ADDRESS, "use": False})
    assert set(caught.value.fields) == {"use"} and not desk.sent


@pytest.mark.parametrize("answer", ["<result/>", told("item", {"entrDelvInfoNo": ""})])
def test_a_write_that_does_not_tell_its_number_is_unknown(desk: Desk, answer: str) -> None:
    desk.on("insertDelvAPIData", answer)
    with pytest.raises(OutcomeUnknown):
        RETURN_ADDRESS.create(desk.client(), ADDRESS)


@pytest.mark.parametrize("code", ["1350", "135-080", "가나다라마"])
def test_a_postcode_that_is_none_is_said(code: str) -> None:
    typed = clean(RETURN_ADDRESS.fields, {**ADDRESS, "postcode": code})
    assert list(typed.problems) == ["postcode"]


# -- 묶음배송비 ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "values", "title"),
    [
        (
            policy("1", distCostTp="00", distCost=0, localCostYn="Y"),
            fee(type="00", local_paid="on"),
            "무료 (일부지역 유료) · 선불",
        ),
        (policy("1", distCostTp="00", distCost=0), fee(type="00"), "무료 · 선불"),
        (
            policy("1", distCostCd="01", defaultYn="Y"),
            fee(type="99", fee="2500", payment="01", base="on"),
            "정액 2,500원 · 착불",
        ),
        (
            policy("1", distCostTp="98", distCost="3000", maxbuyAmt="50000", distCostCd="03"),
            fee(type="98", fee="3000", free_from="50000", payment="03"),
            "조건부 무료 3,000원, 50,000원부터 무료 · 선불/착불 선택",
        ),
    ],
)
def test_policies_are_read_as_the_form_gives_them(
    desk: Desk, row: dict[str, Any], values: dict[str, Any], title: str
) -> None:
    desk.on(GET, told("delvCostPlc", row))
    (found,) = BUNDLE_FEE.fetch(desk.client(), "").items
    assert found.values == values and BUNDLE_FEE.title(found.values) == title


def test_a_kind_that_nobody_knows_is_shown_all_the_same(desk: Desk) -> None:
    desk.on(GET, told("delvCostPlc", policy("1", distCostTp="77", distCostCd="9")))
    (found,) = BUNDLE_FEE.fetch(desk.client(), "").items
    assert found.values["type"] == "77" and BUNDLE_FEE.title(found.values).endswith("9")


@pytest.mark.parametrize(
    ("values", "item"),
    [
        (
            fee(type="00"),
            fields(distCostTp="00", distCostCd="02", localCostYn="N", distCost=0, defaultYn="N"),
        ),
        (
            fee(type="99", fee="2500", base="on"),
            fields(distCostTp="99", distCostCd="02", distCost=2500, defaultYn="Y"),
        ),
        (
            fee(type="98", fee="3000", free_from="50000"),
            fields(distCostTp="98", distCostCd="02", distCost=3000, maxbuyAmt=50000, defaultYn="N"),
        ),
    ],
)
def test_a_policy_is_sent_with_what_belongs_to_its_kind(
    desk: Desk, values: dict[str, Any], item: str
) -> None:
    desk.on(UPDATE, told("delvCostPlc", policy("5")))
    BUNDLE_FEE.update(desk.client(), "5", values)
    assert sent(desk) == "<delvPlcNo>5</delvPlcNo>" + item


def test_the_new_policy_is_found_by_its_values_and_by_the_highest_number(desk: Desk) -> None:
    listed = [policy("99"), policy("101"), policy("102", distCost=9), policy("100")]
    desk.on(INSERT, told("delvCostPlc", *listed))
    assert BUNDLE_FEE.create(desk.client(), fee(type="99", fee="2500", base="on")).id == "101"


def test_a_policy_that_is_not_listed_afterwards_is_unknown(desk: Desk) -> None:
    desk.on(INSERT, told("delvCostPlc", policy("99", distCost=1)))
    with pytest.raises(OutcomeUnknown):
        BUNDLE_FEE.create(desk.client(), fee(type="99", fee="2500"))
    desk.on(UPDATE, told("delvCostPlc", policy("98")))
    with pytest.raises(OutcomeUnknown):
        BUNDLE_FEE.update(desk.client(), "99", fee(type="99", fee="2500"))


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"type": "99"}, "fee"),
        ({"type": "99", "fee": "0"}, "fee"),
        ({"type": "98", "fee": "3000"}, "free_from"),
        ({"type": "98", "fee": "3000", "free_from": "0"}, "free_from"),
        ({"type": "01"}, "type"),
        ({"type": "00", "payment": "9"}, "payment"),
    ],
)
def test_what_a_kind_of_fee_needs_is_asked_for(typed: dict[str, str], wrong: str) -> None:
    found = clean(BUNDLE_FEE.fields, {"payment": "02", **typed})
    assert list(found.problems) == [wrong]


# -- 오늘출발 --------------------------------------------------------------------------------------


def test_rules_are_read_as_the_form_gives_them_and_sent_as_they_are_read(desk: Desk) -> None:
    item = {
        "stdTime": "1530", "satDelvYn": "Y", "satStdTime": "1100", "offWeek": "1,7",
        "offDts": "20361005",
    }  # fmt: skip
    desk.on("getTodayDelvAPIData", told("item", {"todayDelvNo": "3"} | item))
    (found,) = DISPATCH_TODAY.fetch(desk.client(), "").items
    assert (found.id, found.values) == ("3", RULES)
    assert clean(DISPATCH_TODAY.fields, {**RULES, "dates_off": "2036-10-05"}).values == RULES
    desk.on("insertTodayDelvAPIData", told("item", {"todayDelvNo": "4"}))
    assert DISPATCH_TODAY.create(desk.client(), RULES).id == "4"
    assert sent(desk) == fields(**item)
    desk.on("updateTodayDelvAPIData", told("item", {"todayDelvNo": "4"}))
    DISPATCH_TODAY.update(desk.client(), "4", RULES)
    assert sent(desk) == fields(todayDelvNo="4", **item)
    assert DISPATCH_TODAY.title(RULES) == "평일 15:30, 토요일 11:00"


def test_without_saturdays_there_is_no_time_for_them(desk: Desk) -> None:
    typed = {"basis": "09:00", "saturday": "NO", "saturday_basis": "11:00"}
    values = clean(DISPATCH_TODAY.fields, typed).values
    assert values["saturday_basis"] is None and DISPATCH_TODAY.title(values) == "평일 09:00"
    desk.on("insertTodayDelvAPIData", told("item", {"todayDelvNo": "4"}))
    DISPATCH_TODAY.create(desk.client(), values)
    assert "<satDelvYn>N</satDelvYn><satStdTime />" in sent(desk)


def test_saturdays_need_a_time_and_saturday_is_no_day_off() -> None:
    typed = {"basis": "09:00", "saturday": "YES", "days_off": ["SATURDAY"]}
    assert set(clean(DISPATCH_TODAY.fields, typed).problems) == {"saturday_basis", "days_off"}
