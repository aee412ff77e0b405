"""The credentials form: what it refuses without any call, and what verifying tells."""

from __future__ import annotations

from typing import Any

import pytest

from core.fields import clean
from hanpan.api import AuthError, Rejected
from plugins.wemakeprice import register_marketplaces
from plugins.wemakeprice.forms import FIELDS, FORM
from plugins.wemakeprice.tests.conftest import API_KEY, POLICIES, Wmp, refused

TYPED = {"api_key": API_KEY, "settle_cycle": "weekly"}


def test_a_key_and_a_cycle_are_enough() -> None:
    assert clean(FIELDS, TYPED).values == TYPED


@pytest.mark.parametrize(
    "pasted",
    [f"  {API_KEY}\n", f'"{API_KEY}"', f"‘{API_KEY}’", f"{API_KEY[:40]} {API_KEY[40:]}\t"],
)
def test_blanks_and_quotes_around_a_key_are_taken_out(pasted: str) -> None:
    assert clean(FIELDS, {**TYPED, "api_key": pasted}).values["api_key"] == API_KEY


@pytest.mark.parametrize("length", [64, 96, 128])
def test_keys_of_every_known_length_pass(length: int) -> None:
    assert clean(FIELDS, {**TYPED, "api_key": ("aF0" * 50)[:length]}).ok


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("$2a$04$abcdefghijklmnopqrstuu", "스마트스토어의 키"),
        ("7exampleIdExampleId00X", "스마트스토어의 키"),
        ("0123456789abcdef0123456789abcdef", "11번가의 키"),
        ("12345678-1234-abcd-ef00-1234567890ab", "쿠팡의 키"),
        ("0123456789abcdef0123456789abcdef01234567", "쿠팡의 키"),
        ("0123456789abcdef0123", "롯데ON의 키"),
        (API_KEY[:50], "50자"),
        (API_KEY + API_KEY, "64~128자"),
        ("g" * 96, "64~128자"),
        ("비밀번호", "64~128자"),
    ],
)
def test_what_is_no_key_of_this_marketplace_is_said_plainly(key: str, word: str) -> None:
    problems = clean(FIELDS, {**TYPED, "api_key": key}).problems
    assert set(problems) == {"api_key"} and word in problems["api_key"].ko


@pytest.mark.parametrize(("name", "value"), [("api_key", ""), ("settle_cycle", "yearly")])
def test_a_wrong_value_is_refused_beside_its_field(name: str, value: str) -> None:
    assert set(clean(FIELDS, {**TYPED, name: value}).problems) == {name}


def test_a_stored_key_is_kept_when_left_empty() -> None:
    done = clean(FIELDS, {**TYPED, "api_key": ""}, kept={"api_key": API_KEY})
    assert done.values["api_key"] == API_KEY


def test_a_budget_is_that_of_a_key_and_does_not_show_it() -> None:
    assert FORM.bucket(TYPED) != FORM.bucket({"api_key": "a" * 64})
    assert API_KEY not in FORM.bucket(TYPED)


def test_verifying_is_one_read_and_tells_who_it_is(wmp: Wmp) -> None:
    wmp.on(POLICIES, [{"shipPolicyNo": 1}, {"shipPolicyNo": 2, "partnerGroupId": "G0000001"}])
    found = FORM.verify(wmp.client())
    assert found.identity == "G0000001" and found.granted
    assert [request.method for request in wmp.sent] == ["GET"]


@pytest.mark.parametrize("rows", [None, [], [{"shipPolicyNo": 1}], [{"partnerGroupId": None}]])
def test_a_seller_that_no_policy_names_is_asked_for_one(wmp: Wmp, rows: Any) -> None:
    wmp.on(POLICIES, rows)
    with pytest.raises(Rejected) as caught:
        FORM.verify(wmp.client())
    assert "배송정책을 하나 등록" in caught.value.text.ko


def test_the_account_stays_the_same_with_the_key_of_another_agency(wmp: Wmp) -> None:
    wmp.on(POLICIES, [{"partnerGroupId": "G1"}])
    other = FORM.verify(wmp.client(api_key="f" * 96))
    assert FORM.verify(wmp.client()).identity == other.identity


def test_verifying_with_a_void_key_says_so(wmp: Wmp) -> None:
    wmp.on(POLICIES, refused(401, "유효하지 않은 인증키입니다."))
    with pytest.raises(AuthError):
        FORM.verify(wmp.client())


def test_connecting_sends_nothing(wmp: Wmp) -> None:
    FORM.connect(TYPED, wmp.client().host)
    assert wmp.sent == []


def test_the_marketplace_has_closed_and_says_when_and_by_what_source() -> None:
    (market,) = register_marketplaces()
    assert market.sunset is not None and market.sunset.on.isoformat() == "2025-11-10"
    assert "segye.com" in market.sunset.source and "연습" in market.sunset.text.ko
    assert [step.target for step in market.setup] == ["", "shipping"]
    assert market.guide is not None and "API 대행사" in market.guide.ko
