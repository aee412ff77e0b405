"""The whole plugin against the practice marketplace: what is sent there is taken there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core import clock, registry
from core.fields import clean
from hanpan.api import (
    UNCHANGED,
    Absent,
    AuthError,
    ClaimKind,
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
from plugins import eleven_st
from plugins.eleven_st import position
from plugins.eleven_st.forms import FORM
from plugins.eleven_st.orders import SYNC, get, readback, send
from plugins.eleven_st.sandbox import orders as sandbox_orders
from plugins.eleven_st.templates.addresses import ADDRESS
from plugins.eleven_st.templates.deadlines import DISPATCH_DEADLINE

CONFIRM = "/ordservices/reqpackaging"


def collect(client: Any, cursor: str) -> tuple[dict[str, Any], str]:
    """A round; a line that is told in part is read whole, as core does where it is not known."""
    found: dict[str, Any] = {}
    more = True
    while more:
        page = SYNC.changes(client, cursor)
        thin = [line.line_key for line in page.items if line.quantity is UNCHANGED]
        whole = {
            line.line_key: line for line in get(client, [key for key in thin if key not in found])
        }
        for line in page.items:
            before = found.get(line.line_key) or whole.get(line.line_key)
            told = {name: value for name, value in vars(line).items() if value is not UNCHANGED}
            found[line.line_key] = type(line)(**{**(vars(before) if before else {}), **told})
        cursor, more = page.cursor, page.more
    return found, cursor


def days_ago(days: float = 8) -> str:
    return SYNC.start(clock.now() - timedelta(days=days))


def items(found: dict[str, Any], *keys: str) -> list[Item]:
    names = ("order_no", "line_no", "bundle_no", "line_class", "product_no")
    return [Item(key, {name: getattr(found[key], name) for name in names}) for key in keys]


def test_the_declarations_are_as_the_contracts_say() -> None:
    declared = registry.collect(eleven_st, "eleven_st")
    market = declared.marketplaces["eleven_st"]
    assert [step.target for step in market.setup] == ["", "address", "dispatch_deadline"]
    for language in ("ko", "en"):
        assert market.guide.in_(language).count("\n1. ") == 3


def test_the_key_of_the_world_verifies(shop: PracticeShop) -> None:
    found = FORM.verify(shop.client())
    assert found.identity == shop.place.world.state["member"]


@pytest.mark.parametrize(
    ("act", "data", "error", "word"),
    [
        ("register_ip", {"on": False}, IpNotAllowed, "127.0.0.1"),
        ("approve", {"on": False}, NotApproved, "아직 승인하지"),
        ("new_key", {}, AuthError, "쓰는 판매자가"),
        ("set_maintenance", {}, Unavailable, "점검 중"),
    ],
)
def test_what_is_wrong_with_the_connection_has_its_own_sentence(
    shop: PracticeShop, act: str, data: dict[str, Any], error: type[Exception], word: str
) -> None:
    client = shop.client()
    shop.place.act(act, data)
    with pytest.raises(error) as caught:
        FORM.verify(client)
    assert word in str(getattr(caught.value, "text", ""))


def test_a_seller_without_addresses_is_known_by_his_templates_or_asked_for_one(
    shop: PracticeShop,
) -> None:
    shop.place.act("set_addresses", {"clear": True})
    assert FORM.verify(shop.client()).identity == shop.place.world.state["member"]
    shop.place.act("set_deadlines", {"clear": True})
    with pytest.raises(Rejected) as caught:
        FORM.verify(shop.client())
    assert "출고지를 하나 등록" in caught.value.text.ko


STATES = {
    "202": LineState.NEW,
    "301": LineState.CONFIRMED,
    "401": LineState.SHIPPING,
    "501": LineState.DELIVERED,
    "901": LineState.DECIDED,
    "B01": LineState.CANCELLED,
    "A01": LineState.RETURNED,
}


@pytest.mark.parametrize("by_order", [False, True])
@pytest.mark.parametrize("size", [{}, {"orders": 700, "days": 3}])
def test_every_line_is_collected_once_and_equals_the_ledger_whichever_date_lists_go_by(
    shop: PracticeShop, size: dict[str, Any], by_order: bool
) -> None:
    shop.place.seed("small", {**size, "by_order": by_order})
    found, _ = collect(shop.client(), days_ago())
    ledger = {key: one for key, one in shop.ledger("lines").items() if one["provided"]}
    assert set(found) == set(ledger)
    for key, line in found.items():
        told = ledger[key]
        wanted = STATES.get(told["status"])
        assert line.state is wanted or wanted is None, (key, told)
        assert line.quantity == told["quantity"], key
        claim = told["claim"]
        if claim is not None:
            kind, state = claim.split()
            assert line.claim.kind.value == kind
            assert (line.claim.state is ClaimState.WITHDRAWN) == (state == "withdrawn")
        gone = [part for part in (line.cancelled, line.returned) if isinstance(part, int)]
        assert sum(gone) == told["gone"], key


def test_more_than_a_list_gives_is_read_in_parts(
    shop: PracticeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (position, sandbox_orders):
        monkeypatch.setattr(module, "CAP", 200)
    monkeypatch.setattr(position, "MANY", 100)
    monkeypatch.setattr(position, "FEW", 40)
    shop.place.seed("small", {"orders": 500, "days": 2, "mix": False})
    found, cursor = collect(shop.client(), days_ago(3))
    assert set(found) == {key for key, one in shop.ledger("lines").items() if one["provided"]}
    shop.place.calls.clear()
    again, _ = collect(shop.client(), cursor)
    assert len(again) == 500 and len(shop.place.calls) < 30


def test_news_arrive_with_the_next_round(shop: PracticeShop) -> None:
    client = shop.client()
    one, two = shop.order(lines=2, quantity=3)
    found, cursor = collect(client, days_ago())
    assert found[one].state is LineState.NEW and found[one].quantity == 3
    shop.place.act("buyer_cancels", {"line": one, "quantity": 1})
    shop.place.act("confirm_elsewhere", {"line": two})
    found, cursor = collect(client, cursor)
    assert found[one].claim.state is ClaimState.REQUESTED
    assert found[two].state is LineState.CONFIRMED
    shop.place.act("cancel_done", {"line": one})
    shop.place.act("dispatch_elsewhere", {"line": two})
    found, cursor = collect(client, cursor)
    assert found[one].claim.state is ClaimState.DONE and found[one].cancelled == 1
    assert found[one].state is LineState.NEW
    assert found[two].state is LineState.SHIPPING and found[two].invoice_no == "600000000000"
    shop.place.act("buyer_cancels", {"line": one})
    shop.place.act("deliver", {"line": two})
    found, cursor = collect(client, cursor)
    assert found[one].claim.state is ClaimState.REQUESTED
    shop.place.act("buyer_withdraws", {"line": one})
    shop.place.act("buyer_returns", {"line": two})
    found, cursor = collect(client, cursor)
    assert found[one].claim.state is ClaimState.WITHDRAWN and found[one].state is LineState.NEW
    assert found[two].claim.kind is ClaimKind.RETURN
    shop.place.act("hold_claim", {"line": two})
    found, cursor = collect(client, cursor)
    assert found[two].claim.state is ClaimState.HELD
    shop.place.act("return_done", {"line": two})
    shop.place.act("buyer_cancels", {"line": one, "done": True})
    found, cursor = collect(client, cursor)
    assert found[two].state is LineState.RETURNED and found[two].returned == 3
    assert found[one].state is LineState.CANCELLED and found[one].cancelled == 3


def test_lines_that_left_every_list_are_told_by_their_state(shop: PracticeShop) -> None:
    client = shop.client()
    (key,) = shop.order(quantity=2)
    for act in ("confirm_elsewhere", "dispatch_elsewhere", "deliver", "decide"):
        shop.place.act(act, {"line": key})
        (line,) = get(client, [key])
        assert line.state is not UNCHANGED and line.quantity == 2
    assert line.state is LineState.DECIDED and line.dispatched == 2
    assert get(client, ["20200101000000001-1"]) == []


def test_a_claim_while_the_line_is_unknown_is_stored_as_far_as_it_is_told(
    shop: PracticeShop,
) -> None:
    (key,) = shop.order()
    shop.place.act("buyer_cancels", {"line": key})
    found, _ = collect(shop.client(), days_ago(0.1))
    assert found[key].claim.state is ClaimState.REQUESTED and found[key].remote_state == "701"
    assert getattr(found[key], "state", UNCHANGED) is UNCHANGED


def test_what_no_document_names_is_passed_over(shop: PracticeShop) -> None:
    (key,) = shop.order()
    shop.place.act(
        "overwrite",
        {
            "line": key,
            "fields": {"sendClfCd": "Z", "ordQty": "1,000"},
            "states": {"ordPrdStat": "X9"},
        },
    )
    found, _ = collect(shop.client(), days_ago(0.1))
    assert found[key].quantity == 1000
    (line,) = get(shop.client(), [key])
    assert line.state is LineState.UNKNOWN and line.remote_state == "X9"


# -- 발주확인 -----------------------------------------------------------------------------------


def test_one_call_confirms_all_lines_of_a_product_in_a_delivery_once(shop: PracticeShop) -> None:
    client = shop.client()
    one, two, added = shop.order(lines=2, same=True, goods=0, addons=1)
    (other,) = shop.order(goods=0)
    found, _ = collect(client, days_ago(0.1))
    assert found[one].bundle_no == found[added].bundle_no != found[other].bundle_no
    results = send(client, items(found, one, two))
    assert all(result.done for result in results) and len(results) == 2
    assert send(client, items(found, added))[0].done
    ledger = shop.ledger("lines")
    assert [ledger[key]["confirms"] for key in (one, two, added)] == [{"1": 1}] * 3
    assert ledger[other]["confirms"] == {}
    again = send(client, items(found, two))
    assert again[0].done and shop.ledger("lines")[two]["confirms"] == {"1": 1}


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ({"act": "buyer_cancels"}, "-3214"),
        ({"act": "buyer_cancels", "done": True}, "-3211"),
    ],
)
def test_a_line_that_is_cancelled_meanwhile_is_refused(
    shop: PracticeShop, act: dict[str, Any], code: str
) -> None:
    client = shop.client()
    (key,) = shop.order()
    found, _ = collect(client, days_ago(0.1))
    shop.place.act(act.pop("act"), {**act, "line": key})
    (refused,) = send(client, items(found, key))
    assert refused.code == code and shop.ledger("lines")[key]["confirms"] == {}


def test_worldwide_delivery_is_confirmed_in_the_seller_office_alone(shop: PracticeShop) -> None:
    (key,) = shop.order(worldwide=True)
    found, _ = collect(shop.client(), days_ago(0.1))
    (refused,) = send(shop.client(), items(found, key))
    assert refused.code == "-3210" and "바코드" in refused.text.ko


def test_a_confirm_that_failed_once_is_absent_and_can_be_sent_again(shop: PracticeShop) -> None:
    client = shop.client()
    (key,) = shop.order()
    found, _ = collect(client, days_ago(0.1))
    shop.place.act("fail_confirms", {})
    assert send(client, items(found, key)) == []
    sent = [Sent(key, {}, datetime.now(UTC))]
    assert isinstance(readback(client, sent)[key], Absent)
    assert send(client, items(found, key))[0].done


@pytest.mark.parametrize("kind", ["reset_after", "late_effect"])
def test_a_lost_answer_is_unknown_and_read_back_as_done(shop: PracticeShop, kind: str) -> None:
    client = shop.client()
    one, two = shop.order(lines=2)
    found, _ = collect(client, days_ago(0.1))
    shop.fault(kind, CONFIRM, value=0.3 if kind == "late_effect" else None)
    with pytest.raises(OutcomeUnknown):
        send(client, items(found, one))
    sent = [Sent(key, {}, datetime.now(UTC)) for key in (one, two)]
    first = readback(client, sent)
    assert isinstance(first[one], Absent if kind == "late_effect" else Done)
    assert isinstance(first[two], Absent)
    shop.place.shift(1)
    assert isinstance(readback(client, sent)[one], Done)
    shop.place.shift(0)
    assert shop.ledger("lines")[one]["confirms"] == {"1": 1}


@pytest.mark.parametrize("kind", ["refuse", "reset_before", "login", "cut"])
def test_faults_on_a_write_are_unknown(shop: PracticeShop, kind: str) -> None:
    client = shop.client()
    (key,) = shop.order()
    found, _ = collect(client, days_ago(0.1))
    shop.fault(kind, CONFIRM)
    with pytest.raises(OutcomeUnknown):
        send(client, items(found, key))


@pytest.mark.parametrize("kind", ["refuse", "reset_before", "login", "cut", "reset_after"])
@pytest.mark.parametrize("path", ["/complete/", "/cancelorders/"])
def test_faults_on_a_read_are_tried_again_later(shop: PracticeShop, kind: str, path: str) -> None:
    client = shop.client()
    shop.order()
    shop.fault(kind, path)
    with pytest.raises(Unavailable):
        collect(client, days_ago())


def test_a_wrong_charset_label_changes_nothing(shop: PracticeShop) -> None:
    shop.fault("charset", "/complete/", value="utf-8")
    found, _ = collect(shop.client(), days_ago())
    assert any("예시" in line.buyer.receiver_name or "견본" in line.buyer.receiver_name
               for line in found.values() if line.buyer is not UNCHANGED)  # fmt: skip


def test_a_limit_is_waited_for(shop: PracticeShop) -> None:
    client = shop.client()
    shop.place.act("set_limits", {"per_second": 0.001, "burst": 1})
    client.addresses("out")
    with pytest.raises(RateLimited) as caught:
        client.addresses("out")
    assert caught.value.retry_after == 1


# -- templates ---------------------------------------------------------------------------------


def fetched(template: Any, client: Any) -> dict[str, Any]:
    found, cursor, more = {}, "", True
    while more:
        page = template.fetch(client, cursor)
        found |= {row.id: row for row in page.items}
        cursor, more = page.cursor, page.more
    return found


def test_every_address_is_imported(shop: PracticeShop) -> None:
    shop.place.act("set_addresses", {"add": 45})
    rows = fetched(ADDRESS, shop.client())
    assert set(rows) == set(shop.place.ledger()["templates"]["address"])
    assert {key.split(":")[0] for key in rows} == {"out", "in", "global"} and len(rows) == 49


HOME = {
    "name": "파주 물류 <2>",
    "person": "김창고",
    "phone": "031-111-2222",
    "mobile": "010-1111-2222",
    "detail": "2동 & 3층",
}
ABROAD = {
    "kind": "global",
    "name": "상하이 창고",
    "person": "Hong Gildong",
    "country": "CN",
    "state": "Example",
    "city": "Mockcity",
    "line1": "1 Sample Road",
    "line2": "",
    "zip": "200000",
    "phone_abroad": "+86-21-0000-0000",
    "mobile_abroad": "8613800000001",
}


@pytest.mark.parametrize("kind", ["out", "in", "global"])
def test_an_address_of_every_kind_is_made_changed_and_read_again(
    shop: PracticeShop, kind: str
) -> None:
    client = shop.client()
    before = fetched(ADDRESS, client)
    found = ADDRESS.lookups["building"](client, "물류단지로 7")
    typed = ABROAD if kind == "global" else {**HOME, "kind": kind, "building": found[0].value}
    values = clean(ADDRESS.fields, typed).values
    made = ADDRESS.create(client, values)
    after = fetched(ADDRESS, client)
    assert set(after) - set(before) == {made.id} and made.id.startswith(f"{kind}:")
    asked = [field.name for field in ADDRESS.fields if field.readonly is None]
    assert all(after[made.id].values[name] == values[name] for name in asked)
    assert after[made.id].values["address"] and after[made.id].values["postcode"]
    changed = {**values, "name": "옮긴 창고"}
    assert ADDRESS.update(client, made.id, changed).id == made.id
    again = fetched(ADDRESS, client)
    assert again[made.id].values["name"] == "옮긴 창고" and set(again) == set(after)
    assert shop.place.ledger()["templates"]["address"][made.id]["updates"] == 2


def test_an_address_of_a_lot_is_taken_but_its_lot_is_not_told_again(shop: PracticeShop) -> None:
    client = shop.client()
    lot = next(
        one for one in ADDRESS.lookups["building"](client, "물류동 107") if "lot:" in one.value
    )
    values = clean(ADDRESS.fields, {**HOME, "kind": "out", "building": lot.value}).values
    made = ADDRESS.create(client, values)
    told = fetched(ADDRESS, client)[made.id].values
    assert told["building"] == "" and "물류동 107" in told["address"]


def test_an_address_that_is_refused_says_so_beside_the_field(shop: PracticeShop) -> None:
    client = shop.client()
    values = clean(ADDRESS.fields, {**HOME, "kind": "out", "building": "1" * 25}).values
    with pytest.raises(Rejected) as caught:
        ADDRESS.create(client, values)
    assert set(caught.value.fields) == {"building"}
    with pytest.raises(Rejected):
        ADDRESS.update(client, "out:999", values)


def test_a_search_finds_streets_lots_and_postcodes_and_says_what_it_lacks(
    shop: PracticeShop,
) -> None:
    search, client = ADDRESS.lookups["building"], shop.client()
    assert search(client, "10881") and search(client, "보기로")
    assert search(client, "99999") == [] and search(client, "없는길") == []
    with pytest.raises(Rejected) as caught:
        search(client, "ab1")
    assert "두 글자 이상" in caught.value.text.ko


@pytest.mark.parametrize(
    "typed",
    [
        {"send_type": "02", "cutoff": "1600", "saturday": "1", "saturday_cutoff": "1000"},
        {"send_type": "01", "term": "1"},
        {"send_type": "03", "term": "7", "saturday": "on", "saturday_cutoff": "0900"},
    ],
)
def test_a_deadline_of_every_kind_is_made_changed_and_read_again(
    shop: PracticeShop, typed: dict[str, str]
) -> None:
    client = shop.client()
    values = clean(DISPATCH_DEADLINE.fields, typed).values
    assert DISPATCH_DEADLINE.check(values) == {}
    made = DISPATCH_DEADLINE.create(client, values)
    told = fetched(DISPATCH_DEADLINE, client)[made.id].values
    assert {**told, "name": ""} == {**values, "name": ""} and told["name"]
    changed = {**values, "saturday": True, "saturday_cutoff": "1300"}
    DISPATCH_DEADLINE.update(client, made.id, changed)
    told = fetched(DISPATCH_DEADLINE, client)[made.id].values
    assert told["saturday_cutoff"] == "1300" and "토요일 13시" in told["name"]


def test_a_new_representative_ends_the_old_one(shop: PracticeShop) -> None:
    client = shop.client()
    before = fetched(DISPATCH_DEADLINE, client)
    (old,) = [key for key, row in before.items() if row.values["representative"]]
    values = {**before[old].values, "cutoff": "1700"}
    made = DISPATCH_DEADLINE.create(client, values)
    after = fetched(DISPATCH_DEADLINE, client)
    assert [key for key, row in after.items() if row.values["representative"]] == [made.id]


def test_a_deadline_that_is_refused_says_so_beside_the_field(shop: PracticeShop) -> None:
    client = shop.client()
    values = clean(DISPATCH_DEADLINE.fields, {"send_type": "03", "term": "10"}).values
    with pytest.raises(Rejected) as caught:
        DISPATCH_DEADLINE.create(client, values)
    assert set(caught.value.fields) == {"term"}
    with pytest.raises(Rejected) as caught:
        DISPATCH_DEADLINE.update(client, "1", {**values, "term": 3})
    assert "존재하지 않는" in caught.value.text.ko
    shop.place.seed("small", {"seller_type": "global"})
    assert DISPATCH_DEADLINE.create(shop.client(), values).id
