"""The whole plugin against the practice marketplace: what is sent there is taken there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.fields import clean
from hanpan.api import (
    Absent,
    AuthError,
    ClaimState,
    Done,
    IpNotAllowed,
    Item,
    LineState,
    NotApproved,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Sent,
    Unavailable,
)
from hanpan.testing import PracticeShop
from plugins.smartstore.forms import FORM
from plugins.smartstore.orders import CONFIRM_LIMIT, SYNC, changes, main_first, readback, send
from plugins.smartstore.templates.addresses import ADDRESS
from plugins.smartstore.templates.bundle_groups import BUNDLE_GROUP
from plugins.smartstore.templates.dispatch_today import DISPATCH_TODAY
from plugins.smartstore.tests.conftest import FAST

CONFIRM = "/v1/pay-order/seller/product-orders/confirm"


def collect(client: Any, cursor: str) -> tuple[dict[str, Any], str]:
    found, more = {}, True
    while more:
        page = changes(client, cursor)
        found |= {line.line_key: line for line in page.items}
        cursor, more = page.cursor, page.more
    return found, cursor


def week_ago() -> str:
    return SYNC.start(datetime.now(UTC) - timedelta(days=8))


@pytest.mark.parametrize("app", ["own", "solution", "agency"])
def test_every_kind_of_application_verifies(shop: PracticeShop, app: str) -> None:
    shop.place.act("use_app", {"app": app})
    found = FORM.verify(shop.client())
    assert found.identity == shop.place.world.state["seller"]["uid"]
    assert found.store == "한판연습상점" and found.note is None
    assert shop.place.ledger()["token_punishments"] == 0


@pytest.mark.parametrize(
    ("act", "data", "error", "word"),
    [
        ("register_ip", {"on": False}, IpNotAllowed, "API 호출 IP"),
        ("set_groups", {"missing": ["판매자정보"]}, NotApproved, "'판매자정보'"),
        ("suspend", {}, AuthError, "운영 중지"),
        ("new_secret", {}, AuthError, "시크릿이 맞지 않습니다"),
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
    assert shop.place.ledger()["token_punishments"] == 0


def test_an_unknown_application_has_its_own_sentence(shop: PracticeShop) -> None:
    with pytest.raises(AuthError) as caught:
        FORM.verify(shop.client(client_id="0000000000000000000000"))
    assert "애플리케이션 ID" in caught.value.text.ko


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_is_an_hour_off_has_its_own_sentence(shop: PracticeShop, hours: int) -> None:
    shop.ahead = timedelta(hours=hours)
    with pytest.raises(AuthError) as caught:
        FORM.verify(shop.client())
    assert "60분" in caught.value.text.ko
    assert len(shop.calls("/oauth2/token")) == 1


def test_a_secret_that_was_changed_meanwhile_is_noticed_and_the_new_one_works(
    shop: PracticeShop,
) -> None:
    old = shop.client()
    FORM.verify(old)
    shop.place.act("new_secret", {})
    with pytest.raises(AuthError):
        FORM.verify(old)
    assert FORM.verify(shop.client()).identity


def test_tokens_that_ended_are_renewed_in_passing(shop: PracticeShop) -> None:
    client = shop.client()
    FORM.verify(client)
    (order,) = shop.place.act("new_order", {"minutes_ago": 1})
    (key,) = order["lines"]
    shop.place.act("expire_tokens", {})
    (result,) = send(client, [Item(key)])
    assert result.done
    assert shop.place.ledger()["lines"][key]["confirms"] == {"1": 1}


def test_every_line_is_collected_once_and_equals_the_ledger(shop: PracticeShop) -> None:
    shop.place.seed("small", {**FAST, "orders": 700, "days": 3})
    found, _ = collect(shop.client(), week_ago())
    ledger = shop.place.ledger()["lines"]
    assert set(found) == set(ledger) and len(found) == 700
    states = {
        "PAYED": {
            "NOT_YET": LineState.NEW,
            "OK": LineState.CONFIRMED,
            "CANCEL": LineState.NEW,
        }
    }
    for key, line in found.items():
        told = ledger[key]
        if not told["provided"]:
            continue
        wanted = states.get(told["status"], {}).get(told["place"])
        assert wanted is None or line.state is wanted, key
        assert line.quantity == told["quantity"] and line.bundle_no == told["package"]
        assert line.cancelled + line.returned + line.exchanged >= told["gone"]


def test_the_small_world_with_all_its_oddities_is_read(shop: PracticeShop) -> None:
    found, _ = collect(shop.client(), week_ago())
    ledger = shop.place.ledger()["lines"]
    assert set(found) == set(ledger)
    assert {line.state for line in found.values()} >= {LineState.NEW, LineState.CONFIRMED}


def test_news_arrive_with_the_next_reading(shop: PracticeShop) -> None:
    client = shop.client()
    (order,) = shop.place.act("new_order", {"lines": 2, "quantity": 3, "minutes_ago": 1})
    found, cursor = collect(client, week_ago())
    one, two = order["lines"]
    assert found[one].state is LineState.NEW and found[one].quantity == 3

    shop.place.act("buyer_cancels", {"line": one})
    shop.wait(seconds=6)
    found, cursor = collect(client, cursor)
    assert found[one].claim.state is ClaimState.REQUESTED

    shop.place.act("buyer_withdraws", {"line": one})
    send(client, [Item(two)])
    shop.place.act("release_confirm", {"line": two})
    shop.wait(seconds=6)
    found, cursor = collect(client, cursor)
    assert found[one].claim.state is ClaimState.WITHDRAWN
    assert found[two].confirm_withdrawn and found[two].state is LineState.NEW


def test_a_buyer_who_left_leaves_a_thin_line(shop: PracticeShop) -> None:
    (order,) = shop.place.act("new_order", {"minutes_ago": 1})
    (key,) = order["lines"]
    shop.place.act("buyer_leaves", {"line": key})
    found, _ = collect(shop.client(), week_ago())
    assert found[key].remote_state == "PAYED" and found[key].order_no == order["order"]


def test_a_bundle_is_confirmed_with_the_main_product_first(shop: PracticeShop) -> None:
    client = shop.client()
    orders = shop.place.act("new_order", {"orders": 9, "lines": 1, "addons": 3, "minutes_ago": 1})
    found, _ = collect(client, week_ago())
    keys = [key for order in orders for key in reversed(order["lines"])]
    wanted = [
        Item(key, {"bundle_no": found[key].bundle_no, "line_class": found[key].line_class})
        for key in keys
    ]
    ordered = sorted(wanted, key=main_first)
    results = [
        result
        for first in range(0, len(ordered), CONFIRM_LIMIT)
        for result in send(client, ordered[first : first + CONFIRM_LIMIT])
    ]
    assert len(results) == 36 and all(result.done for result in results)
    ledger = shop.place.ledger()["lines"]
    assert all(ledger[key]["confirms"] == {"1": 1} for key in keys)


def test_a_lost_answer_is_unknown_and_read_back_as_done(shop: PracticeShop) -> None:
    client = shop.client()
    (order,) = shop.place.act("new_order", {"lines": 2, "minutes_ago": 1})
    one, two = order["lines"]
    shop.fault("reset_after", CONFIRM)
    with pytest.raises(OutcomeUnknown):
        send(client, [Item(one)])
    verdicts = readback(client, [Sent(key, {}, datetime.now(UTC)) for key in (one, two)])
    assert isinstance(verdicts[one], Done) and verdicts[one].reference
    assert isinstance(verdicts[two], Absent)
    assert shop.place.ledger()["lines"][one]["confirms"] == {"1": 1}


def test_confirming_again_is_no_second_confirm(shop: PracticeShop) -> None:
    client = shop.client()
    (order,) = shop.place.act("new_order", {"minutes_ago": 1})
    (key,) = order["lines"]
    assert send(client, [Item(key)])[0].done
    again = send(client, [Item(key)])
    assert again[0].done and again[0].reference
    assert shop.place.ledger()["lines"][key]["confirms"] == {"1": 1}


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("refuse", OutcomeUnknown),
        ("reset_before", OutcomeUnknown),
        ("login", OutcomeUnknown),
        ("cut", OutcomeUnknown),
    ],
)
def test_faults_on_a_write_are_unknown(
    shop: PracticeShop, kind: str, error: type[Exception]
) -> None:
    client = shop.client()
    (order,) = shop.place.act("new_order", {"minutes_ago": 1})
    FORM.verify(client)
    shop.fault(kind, CONFIRM)
    with pytest.raises(error):
        send(client, [Item(order["lines"][0])])


@pytest.mark.parametrize("kind", ["refuse", "reset_before", "login", "cut", "reset_after"])
def test_faults_on_a_read_are_tried_again_later(shop: PracticeShop, kind: str) -> None:
    client = shop.client()
    FORM.verify(client)
    shop.fault(kind, "last-changed-statuses")
    with pytest.raises(Unavailable):
        changes(client, week_ago())


def test_a_wrong_charset_label_changes_nothing(shop: PracticeShop) -> None:
    shop.fault("charset", "query")
    found, _ = collect(shop.client(), week_ago())
    assert any("예시" in str(line.raw) or "티셔츠" in str(line.raw) for line in found.values())


def test_the_limit_is_told_as_one(shop: PracticeShop) -> None:
    shop.place.seed("small", {"limits": {"per_second": 1, "burst": 2}})
    client = shop.client()
    with pytest.raises(RateLimited):
        for _ in range(4):
            client.account()
    assert client.http._gate.learnt["account"][:2] == (1.0, 2.0)


# -- templates ---------------------------------------------------------------------------------


def fetched(template: Any, client: Any) -> list[Any]:
    found, cursor, more = [], "", True
    while more:
        page = template.fetch(client, cursor)
        found += page.items
        cursor, more = page.cursor, page.more
    return found


def test_every_address_is_imported(shop: PracticeShop) -> None:
    shop.place.act("set_addresses", {"add": 150})
    rows = fetched(ADDRESS, shop.client())
    books = shop.place.world.state["addresses"]
    assert {row.id for row in rows} == {str(book["addressBookNo"]) for book in books}
    assert len(rows) > 150 and len(shop.calls("addressbooks")) == 2


def test_the_rules_of_the_day_are_changed_and_read_again(shop: PracticeShop) -> None:
    client = shop.client()
    (row,) = fetched(DISPATCH_TODAY, client)
    typed = {
        "basis": "11:30",
        "weekday": "WEDNESDAY",
        "holidays": "2036-12-25",
        "reason": "성탄절",
    }
    values = clean(DISPATCH_TODAY.fields, typed).values
    assert DISPATCH_TODAY.update(client, row.id, values).values == values
    assert fetched(DISPATCH_TODAY, client)[0].values == values
    none = {**values, "weekday": "NONE", "holidays": []}
    DISPATCH_TODAY.update(client, row.id, none)
    assert fetched(DISPATCH_TODAY, client)[0].values == none


def test_what_the_marketplace_refuses_of_the_day_comes_back_beside_the_field(
    shop: PracticeShop,
) -> None:
    values = {"basis": "11:30", "weekday": "SATURDAY", "holidays": [], "reason": "휴무"}
    with pytest.raises(Rejected) as caught:
        DISPATCH_TODAY.update(shop.client(), "dispatch_today", values)
    assert set(caught.value.fields) == {"weekday"}


BUNDLE = {"name": "새 묶음", "method": "MAX", "usable": "on"}


@pytest.mark.parametrize(
    "area",
    [
        {"area": "NONE"},
        {"area": "AREA_2", "area2_fee": "3000"},
        {"area": "AREA_3", "area2_fee": "0", "area3_fee": "5000"},
    ],
)
def test_a_group_is_created_changed_and_no_longer_used(
    shop: PracticeShop, area: dict[str, str]
) -> None:
    client = shop.client()
    before = {row.id for row in fetched(BUNDLE_GROUP, client)}
    values = clean(BUNDLE_GROUP.fields, {**BUNDLE, **area}).values
    made = BUNDLE_GROUP.create(client, values)
    assert made.values == values and made.id not in before
    stopped = {**values, "name": "그만 쓰는 묶음", "usable": False}
    assert BUNDLE_GROUP.update(client, made.id, stopped).values == stopped
    rows = {row.id: row.values for row in fetched(BUNDLE_GROUP, client)}
    assert set(rows) == before | {made.id} and rows[made.id] == stopped


def test_another_base_group_takes_the_place_of_the_first(shop: PracticeShop) -> None:
    client = shop.client()
    made = BUNDLE_GROUP.create(
        client, clean(BUNDLE_GROUP.fields, {**BUNDLE, "area": "NONE"}).values
    )
    BUNDLE_GROUP.update(client, made.id, {**made.values, "base": True})
    assert [row.id for row in fetched(BUNDLE_GROUP, client) if row.values["base"]] == [made.id]
    with pytest.raises(Rejected) as caught:
        BUNDLE_GROUP.update(client, made.id, {**made.values, "base": False})
    assert set(caught.value.fields) == {"base"}
