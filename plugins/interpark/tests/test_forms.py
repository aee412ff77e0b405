"""The connection form, and how it becomes a verified client."""

from __future__ import annotations

from typing import Any

import pytest

from core import registry
from core.fields import clean
from hanpan.api import AuthError, Kind, Service, Unavailable
from plugins import interpark
from plugins.interpark.client import CONFIRMED, TAKE
from plugins.interpark.forms import FIELDS, FORM, bucket, check
from plugins.interpark.products import SYNC as PRODUCTS
from plugins.interpark.services import SERVICES, cite_name, secret_name
from plugins.interpark.tests.conftest import KEYS, NOW, VALUES, Desk, order_list

NUMBERS = {name: VALUES[name] for name in ("supply_entr_no", "supply_ctrt_seq", "entr_id")}
CITE, SECRET = cite_name("product_get"), secret_name("product_get")


def test_the_plugin_is_sound() -> None:
    declared = registry.collect(interpark, "interpark")
    market = declared.marketplaces["interpark"]
    assert [step.target for step in market.setup] == [
        "", "return_address", "bundle_fee", "dispatch_today",
    ]  # fmt: skip
    assert market.sunset is not None and market.sunset.on.isoformat() == "2025-12-16"
    assert all(guide.count("\n1. ") >= 4 for guide in (market.guide.ko, market.guide.en))


def test_needs_name_fields_of_the_form() -> None:
    typed = {field.name for field in FIELDS}
    for template in interpark.register_template_types():
        named = {name for names in template.needs.values() for name in names}
        assert named and named <= typed and set(template.needs) == template.capabilities
    assert set(PRODUCTS.needs) == {"search", "get", "stock", "status"}
    assert {name for names in PRODUCTS.needs.values() for name in names} <= typed


def test_there_is_a_row_of_two_secrets_for_every_service() -> None:
    pairs = [field for field in FIELDS if field.row is not None]
    assert all(field.kind is Kind.SECRET and not field.required for field in pairs)
    assert [field.row for field in pairs] == [row for row in SERVICES.values() for _ in (1, 2)]


def test_no_pair_is_needed_to_connect() -> None:
    typed = clean(FIELDS, NUMBERS)
    assert typed.ok and not check(typed.values)


def test_blanks_and_quotes_that_come_along_are_taken_off() -> None:
    pasted = {
        "supply_entr_no": " '3000000001' ",
        "supply_ctrt_seq": "1\u200b",
        "entr_id": '"EXAMPLESHOP"',
        CITE: f" “{KEYS[CITE]}”\n",
        SECRET: f"'{KEYS[SECRET]}' ",
    }
    typed = clean(FIELDS, pasted)
    assert typed.ok, typed.problems
    assert {name: typed.values[name] for name in pasted} == {name: VALUES[name] for name in pasted}


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("supply_entr_no", "300000000", "10자리"),
        ("supply_entr_no", "MYSHOP", "10자리"),
        ("supply_ctrt_seq", "0", "1, 2"),
        ("supply_ctrt_seq", "1/2", "1, 2"),
        ("entr_id", "한판상점", "한글"),
        (CITE, "$2a$04$abcdefghijklmnopqrstuu", "다른 판매채널"),
        (CITE, "0b8f7f6e-1111-2222-3333-444455556666", "다른 판매채널"),
        (SECRET, "짧은키", "다른 판매채널"),
    ],
)
def test_what_cannot_be_one_is_said_beside_its_field(name: str, value: str, word: str) -> None:
    typed = clean(FIELDS, {**NUMBERS, name: value})
    assert word in typed.problems[name].ko and len(typed.problems) == 1


@pytest.mark.parametrize(("filled", "empty"), [(CITE, SECRET), (SECRET, CITE)])
def test_half_a_pair_is_refused_beside_the_empty_half(filled: str, empty: str) -> None:
    problems = check({**NUMBERS, filled: KEYS[filled]})
    assert list(problems) == [empty] and "함께" in problems[empty].ko


def test_the_same_key_in_both_halves_is_said() -> None:
    problems = check({**NUMBERS, CITE: KEYS[CITE], SECRET: KEYS[CITE]})
    assert list(problems) == [SECRET] and "같은 값" in problems[SECRET].ko


def test_a_key_that_stands_at_two_services_names_the_other() -> None:
    other = "bundle_fee_get"
    twice = {cite_name(other): KEYS[CITE], secret_name(other): KEYS[SECRET]}
    problems = check({**VALUES, **twice})
    assert set(problems) == set(twice)
    assert "'상품조회'" in problems[cite_name(other)].ko
    assert "'Read products'" in problems[cite_name(other)].en


def test_each_supply_contract_has_a_budget_of_its_own() -> None:
    one, other = bucket(VALUES), bucket({**VALUES, "supply_ctrt_seq": "2"})
    assert one != other and VALUES["supply_entr_no"] not in one


def test_verifying_reads_what_was_confirmed_and_never_what_is_new(desk: Desk) -> None:
    found = FORM.verify(desk.client())
    assert found.identity == "3000000001-1" and found.granted
    assert desk.methods() == [CONFIRMED] and TAKE not in desk.methods()
    assert desk.windows(CONFIRMED) == [("20260928080500", "20260928090500")]


def test_an_order_api_that_is_not_approved_is_no_error(desk: Desk) -> None:
    desk.on(CONFIRMED, order_list(code="102", message="승인이 필요합니다."))
    found = FORM.verify(desk.client())
    assert not found.granted and found.identity == "3000000001-1"
    assert FORM.approval.service is Service.ORDER and FORM.approval.usual_days == (2, 5)


@pytest.mark.parametrize(
    ("answer", "error"), [(order_list(code="101"), AuthError), ((503, ""), Unavailable)]
)
def test_what_else_is_wrong_stays_an_error(desk: Desk, answer: Any, error: type[Exception]) -> None:
    desk.on(CONFIRMED, answer)
    with pytest.raises(error):
        FORM.verify(desk.client())


def test_connecting_calls_nobody(desk: Desk) -> None:
    client = FORM.connect(VALUES, desk.client().host)
    assert client.host.now() == NOW and not desk.sent
