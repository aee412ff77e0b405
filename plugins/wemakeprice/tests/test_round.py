"""The whole plugin against the practice marketplace: what is sent there is taken there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core import practice
from core.fields import clean
from hanpan.api import (
    UNCHANGED,
    Absent,
    AuthError,
    ClaimState,
    Done,
    Item,
    LineState,
    NotApproved,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Sent,
    Unavailable,
)
from hanpan.testing import PracticeShop, practice_shop
from plugins.wemakeprice.forms import FORM
from plugins.wemakeprice.orders import SYNC, changes, get, readback, send
from plugins.wemakeprice.templates.shipping import (
    SHIPPING,
    create_policy,
    delete_policy,
    fetch_policies,
    update_policy,
)
from plugins.wemakeprice.templates.shipping_fields import FIELDS as SHIPPING_FIELDS
from plugins.wemakeprice.tests.conftest import CONFIRM, ORDERS
from plugins.wemakeprice.tests.test_templates import KINDS, TYPED

STATES = {
    "NEW": LineState.NEW,
    "CONFIRM": LineState.CONFIRMED,
    "SHIPPING": LineState.SHIPPING,
    "COMPLETE": LineState.DELIVERED,
    "CANCELED": LineState.CANCELLED,
    "RETURNED": LineState.RETURNED,
}


@pytest.fixture
def shop(practice_host: practice.PracticeHost) -> Iterator[PracticeShop]:
    with practice_shop(practice_host, FORM) as shop:
        yield shop


def collect(client: Any, cursor: str) -> tuple[dict[str, Any], str]:
    """Every line by key, its pages laid over each other as core does it; and the cursor."""
    found: dict[str, dict[str, Any]] = {}
    more = True
    while more:
        page = changes(client, cursor)
        for line in page.items:
            told = {name: value for name, value in vars(line).items() if value is not UNCHANGED}
            found[line.line_key] = found.get(line.line_key, {}) | told
        cursor, more = page.cursor, page.more
    return found, cursor


def week_ago() -> str:
    return SYNC.start(datetime.now(UTC) - timedelta(days=8))


# -- the connection -------------------------------------------------------------------------------


def test_the_credentials_verify_and_another_key_of_the_same_seller_is_the_same_account(
    shop: PracticeShop,
) -> None:
    before = FORM.verify(shop.client()).identity
    shop.place.act("new_key", {})
    assert FORM.verify(shop.client()).identity == before


@pytest.mark.parametrize(
    ("act", "data", "error", "word"),
    [
        ("new_key", {}, AuthError, "폐기"),
        ("set_agency", {"on": False}, NotApproved, "API 대행사가 선택되어 있는지"),
        ("set_templates", {"clear": True}, Rejected, "배송정책이 하나도 없어"),
    ],
)
def test_what_is_wrong_with_the_connection_has_its_own_sentence(
    shop: PracticeShop, act: str, data: dict[str, Any], error: type[Exception], word: str
) -> None:
    client = shop.client()
    shop.place.act(act, data)
    with pytest.raises(error) as caught:
        FORM.verify(client)
    assert word in str(getattr(caught.value, "text", "")), caught.value


# -- orders ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"orders": 700, "days": 3}])
def test_every_line_is_collected_and_equals_the_ledger(shop: PracticeShop, options: Any) -> None:
    shop.place.seed("small", options)
    found, _ = collect(shop.client(), week_ago())
    ledger = shop.place.ledger()["lines"]
    assert set(found) == set(ledger) and len(found) >= 27
    for key, told in ledger.items():
        line = found[key]
        if line.get("remote_state") != "합포장대기" and "state" in line:
            assert line["state"] is STATES[told["status"]], key
        assert line["bundle_no"] == told["bundle"] and line["order_no"] == told["order"]
        assert line.get("quantity", told["quantity"]) == told["quantity"]
        assert line.get("cancelled", 0) + line.get("returned", 0) == told["gone"], key


def test_every_state_and_claim_of_the_small_world_is_met(shop: PracticeShop) -> None:
    found, _ = collect(shop.client(), week_ago())
    assert {line["state"] for line in found.values() if "state" in line} == set(STATES.values())
    claims = {line["claim"].state for line in found.values() if line.get("claim")}
    assert claims == {ClaimState.REQUESTED, ClaimState.DONE, ClaimState.WITHDRAWN}


def test_a_line_goes_through_its_states_as_the_rounds_tell_it(shop: PracticeShop) -> None:
    client = shop.client()
    (key,) = shop.order(quantity=3)
    found, cursor = collect(client, week_ago())
    assert found[key]["state"] is LineState.NEW and found[key]["quantity"] == 3
    for act, state in (
        ("confirm_elsewhere", LineState.CONFIRMED),
        ("dispatch_elsewhere", LineState.SHIPPING),
        ("deliver", LineState.DELIVERED),
    ):
        shop.place.act(act, {"line": key})
        shop.wait(minutes=6)
        found, cursor = collect(client, cursor)
        assert found[key]["state"] is state
    shop.place.act("decide", {"line": key})
    shop.wait(minutes=6)
    assert key not in collect(client, cursor)[0]


def test_a_cancel_comes_in_and_is_taken_back_though_no_list_tells_it(shop: PracticeShop) -> None:
    client = shop.client()
    one, two = shop.order(lines=2)
    _, cursor = collect(client, week_ago())
    shop.place.act("buyer_cancels", {"line": one})
    shop.wait(minutes=6)
    found, cursor = collect(client, cursor)
    assert found[one]["claim"].state is ClaimState.REQUESTED and "claim" not in found[two]
    shop.place.act("buyer_withdraws", {"line": one})
    shop.wait(minutes=6)
    found, cursor = collect(client, cursor)
    assert found[one]["claim"].state is ClaimState.WITHDRAWN and "state" not in found[one]
    shop.wait(minutes=6)
    found, _ = collect(client, cursor)
    assert found == {}


def test_a_cancel_of_some_pieces_leaves_the_line_and_one_of_all_ends_it(shop: PracticeShop) -> None:
    client = shop.client()
    some, all_ = shop.order(lines=2, quantity=3)
    _, cursor = collect(client, week_ago())
    shop.place.act("buyer_cancels", {"line": some, "quantity": 1, "done": True})
    shop.place.act("buyer_cancels", {"line": all_})
    shop.place.act("cancel_done", {"line": all_})
    shop.wait(minutes=6)
    found, _ = collect(client, cursor)
    assert (found[some]["state"], found[some]["cancelled"]) == (LineState.NEW, 1)
    assert (found[all_]["state"], found[all_]["cancelled"]) == (LineState.CANCELLED, 3)


def test_a_return_is_asked_for_taken_back_and_granted(shop: PracticeShop) -> None:
    client = shop.client()
    (key,) = shop.order(quantity=2)
    shop.place.act("dispatch_elsewhere", {"line": key})
    _, cursor = collect(client, week_ago())
    for act, state in (
        ("buyer_returns", ClaimState.REQUESTED),
        ("buyer_withdraws", ClaimState.WITHDRAWN),
        ("buyer_returns", ClaimState.REQUESTED),
        ("return_done", ClaimState.DONE),
    ):
        shop.place.act(act, {"line": key})
        shop.wait(minutes=6)
        found, cursor = collect(client, cursor)
        assert found[key]["claim"].state is state
    assert (found[key]["returned"], found[key]["state"]) == (2, LineState.RETURNED)


def test_a_text_and_a_field_that_no_document_names_are_borne(shop: PracticeShop) -> None:
    (key,) = shop.order()
    fields = {"delivery.shipStatus": "합포장대기", "brandNew": [1]}
    shop.place.act("overwrite", {"line": key, "fields": fields})
    shop.wait(minutes=1)
    found, _ = collect(shop.client(), week_ago())
    assert (found[key]["state"], found[key]["remote_state"]) == (LineState.UNKNOWN, "합포장대기")


def test_a_busy_day_is_read_in_pages_that_are_not_too_long(shop: PracticeShop) -> None:
    shop.place.seed("small", {"orders": 3000, "days": 1, "mix": False})
    client, cursor, more, sizes = shop.client(), week_ago(), True, []
    while more:
        page = changes(client, cursor)
        sizes.append(len(page.items))
        cursor, more = page.cursor, page.more
    assert sum(sizes) >= 3000 and max(sizes) <= 450


@pytest.mark.parametrize("kind", ["refuse", "reset_before", "login", "cut", "reset_after"])
def test_faults_on_a_read_are_tried_again_later(shop: PracticeShop, kind: str) -> None:
    client = shop.client()
    shop.fault(kind, ORDERS)
    with pytest.raises(Unavailable):
        changes(client, week_ago())


def test_a_wrong_charset_label_changes_nothing(shop: PracticeShop) -> None:
    shop.fault("charset", ORDERS, value="euc-kr")
    (key,) = shop.order(goods=0)
    found, _ = collect(shop.client(), week_ago())
    assert found[key]["product_name"] == "면 티셔츠"


def test_the_limit_is_told_as_one(shop: PracticeShop) -> None:
    shop.place.act("set_limits", {"per_second": 1})
    with pytest.raises(RateLimited):
        collect(shop.client(), week_ago())


# -- 주문확인 --------------------------------------------------------------------------------------


def test_a_bundle_is_confirmed_once_for_all_its_lines(shop: PracticeShop) -> None:
    client = shop.client()
    keys = shop.order(lines=3)
    results = send(client, [Item(key) for key in keys])
    assert [result.done for result in results] == [True] * 3
    again = send(client, [Item(key) for key in keys])
    assert all(result.done and result.reference for result in again)
    assert [shop.ledger("lines")[key]["confirms"] for key in keys] == [{"1": 1}] * 3
    assert {line.state for line in get(client, keys)} == {LineState.CONFIRMED}


def test_a_bundle_with_an_open_cancel_is_refused_in_a_sentence(shop: PracticeShop) -> None:
    one, two = shop.order(lines=2)
    shop.place.act("buyer_cancels", {"line": one})
    for result in send(shop.client(), [Item(one), Item(two)]):
        assert result.text is not None and "취소 신청" in result.text.ko
    assert shop.ledger("lines")[two]["confirms"] == {}


def test_a_lost_answer_is_unknown_and_read_back_as_done(shop: PracticeShop) -> None:
    client = shop.client()
    (one,), (two,) = shop.order(), shop.order()
    shop.fault("reset_after", CONFIRM)
    with pytest.raises(OutcomeUnknown):
        send(client, [Item(one)])
    verdicts = readback(client, [Sent(key, {}, datetime.now(UTC)) for key in (one, two)])
    assert isinstance(verdicts[one], Done) and verdicts[one].reference
    assert isinstance(verdicts[two], Absent)
    assert shop.ledger("lines")[one]["confirms"] == {"1": 1}


def test_an_effect_that_shows_late_is_absent_at_first(shop: PracticeShop) -> None:
    client = shop.client()
    (key,) = shop.order()
    shop.fault("late_effect", CONFIRM, value=30)
    with pytest.raises(OutcomeUnknown):
        send(client, [Item(key)])
    sent = [Sent(key, {}, datetime.now(UTC))]
    assert isinstance(readback(client, sent)[key], Absent)
    shop.wait(seconds=31)
    assert isinstance(readback(client, sent)[key], Done)
    found, _ = collect(client, week_ago())
    assert found[key]["state"] is LineState.CONFIRMED


@pytest.mark.parametrize("kind", ["refuse", "reset_before", "login", "cut"])
def test_faults_on_a_write_are_unknown(shop: PracticeShop, kind: str) -> None:
    client = shop.client()
    (key,) = shop.order()
    shop.fault(kind, CONFIRM)
    with pytest.raises(OutcomeUnknown):
        send(client, [Item(key)])


# -- 배송 템플릿 -----------------------------------------------------------------------------------


def rows_of(client: Any) -> dict[str, Any]:
    return {row.id: row.values for row in fetch_policies(client, "").items}


def test_the_templates_of_the_world_fit_the_form(shop: PracticeShop) -> None:
    rows = rows_of(shop.client())
    assert len(rows) == 3
    for values in rows.values():
        typed = {name: "on" if value is True else value or "" for name, value in values.items()}
        done = clean(SHIPPING_FIELDS, typed)
        assert done.ok and done.values == values
        assert SHIPPING.check is not None and SHIPPING.check(values) == {}


@pytest.mark.parametrize("changed", [changed for changed, _ in KINDS])
def test_a_template_is_created_changed_and_deleted(
    shop: PracticeShop, changed: dict[str, Any]
) -> None:
    client = shop.client()
    before = rows_of(client)
    values = clean(SHIPPING_FIELDS, {**TYPED, **changed}).values
    made = create_policy(client, values)
    assert rows_of(client) == {**before, made.id: values}
    other = {**values, "name": "새 이름", "claim_fee": 0, "method": "KM"}
    assert update_policy(client, made.id, other).id == made.id
    assert rows_of(client)[made.id] == other
    delete_policy(client, made.id)
    assert rows_of(client) == before
    counts = shop.place.ledger()["counts"]
    for what in ("template_create", "template_update", "template_delete"):
        assert counts[what][f"shipping:{made.id}"]["count"] == 1


def test_a_template_that_products_use_is_not_deleted_and_says_how_many(shop: PracticeShop) -> None:
    client = shop.client()
    used = shop.place.act("use_template", {"listings": 300})
    with pytest.raises(Rejected) as caught:
        delete_policy(client, used)
    assert "상품이 300개" in caught.value.text.ko and "먼저 바꾼 뒤" in caught.value.text.ko
    assert used in rows_of(client)
    shop.place.act("use_template", {"listings": 0, "template": used})
    delete_policy(client, used)
    assert used not in rows_of(client)


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"bundle": "PRD"}, {"bundle"}),
        ({"release_lot": ""}, {"release_lot"}),
        ({"release_road": "", "return_lot": " "}, {"release_road", "return_lot"}),
        ({"fee": 10_000_000}, {"fee"}),
        ({"release_day": "16"}, {"release_day"}),
        ({"release_day": "1", "release_time": "25"}, {"release_time"}),
        ({"payment": "COLLECT"}, {"payment"}),
    ],
)
def test_what_the_marketplace_refuses_comes_back_beside_the_field(
    shop: PracticeShop, wrong: dict[str, Any], fields: set[str]
) -> None:
    client = shop.client()
    values = clean(SHIPPING_FIELDS, TYPED).values
    made = create_policy(client, values)
    with pytest.raises(Rejected) as caught:
        update_policy(client, made.id, {**values, **wrong})
    assert set(caught.value.fields) == fields
    assert rows_of(client)[made.id] == values


def test_a_created_template_whose_answer_was_lost_is_in_the_list_once(shop: PracticeShop) -> None:
    client = shop.client()
    before = rows_of(client)
    values = clean(SHIPPING_FIELDS, TYPED).values
    shop.fault("late_effect", "setSellerShipPolicy", value=30)
    with pytest.raises(OutcomeUnknown):
        create_policy(client, values)
    assert rows_of(client) == before
    shop.wait(seconds=31)
    fresh = {key: row for key, row in rows_of(client).items() if key not in before}
    assert list(fresh.values()) == [values]
