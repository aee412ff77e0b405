"""The whole plugin against the practice marketplace: what is sent there is taken there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from core import practice
from core.fields import clean
from core.network import transport
from core.practice.faults import Reply, Rule
from core.practice.server import Request, Server
from hanpan.api import (
    AuthError,
    ClaimKind,
    ClaimState,
    Host,
    Http,
    LineState,
    OutcomeUnknown,
    Rejected,
)
from hanpan.testing import Gate, Kept
from plugins.interpark.client import ORDERS, TAKE
from plugins.interpark.forms import FIELDS, FORM
from plugins.interpark.orders import SYNC, changes
from plugins.interpark.services import cite_name, secret_name
from plugins.interpark.templates import TYPES
from plugins.interpark.templates.bundle_fees import BUNDLE_FEE
from plugins.interpark.templates.dispatch_today import DISPATCH_TODAY
from plugins.interpark.templates.return_addresses import RETURN_ADDRESS

TAKING = SYNC.take_new
assert TAKING is not None


class Board:
    """Stands for Hanpan's own address: what was published is there, for whoever knows where."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, str]] = {}
        self.fetched: list[str] = []
        self._server = Server(self._serve)
        self._server.start()

    def publish(self, content: bytes, content_type: str, minutes: int) -> str:
        path = f"/published/{len(self.kept)}"
        self.kept[path] = (content, content_type)
        return f"http://127.0.0.1:{self._server.port}{path}"

    def stop(self) -> None:
        self._server.stop()

    def _serve(self, request: Request) -> Reply:
        self.fetched.append(request.path)
        if request.path not in self.kept:
            return Reply(status=404)
        content, kind = self.kept[request.path]
        return Reply(status=200, headers=(("Content-Type", kind),), body=content)


class Shop:
    """A practice 인터파크 and clients that talk to it."""

    def __init__(self, host: practice.PracticeHost, board: Board) -> None:
        self.host, self.board = host, board
        self.place = host.place("interpark")
        self.place.shift(0)
        self.place.seed("small", {})
        self.skew = timedelta()
        self._transports: list[httpx.HTTPTransport] = []

    def client(self, *, publish: Any = None, **values: Any) -> Any:
        typed = clean(FIELDS, {**self.place.sandbox.credentials(self.place.world), **values})
        assert typed.ok, typed.problems
        shared = transport(private=True)
        self._transports.append(shared)
        https = {
            name: Http(name, self.host.address("interpark", name), Gate(), transport=shared)
            for name in ("seller", "orders")
        }
        host = Host(
            http=https,
            memory=Kept(),
            now=lambda: datetime.now(UTC) + self.skew,
            log=logging.getLogger("test"),
            publish=publish or self.board.publish,
        )
        return FORM.connect(typed.values, host)

    def later(self, **more: float) -> None:
        """Time passes for the marketplace and for us."""
        self.skew += timedelta(**more)
        self.place.world.skew = self.skew.total_seconds()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skew

    def fault(self, kind: str, path: str, **more: Any) -> None:
        self.place.faults.append(Rule.read({"kind": kind, "match": path, "times": 1, **more}))

    def asked(self, method: str) -> int:
        """How often a `_method` was called."""
        told = self.place.ledger()["calls"]
        return sum(count for call, count in told.items() if call.endswith(f"_method={method}"))

    def lines(self) -> dict[str, Any]:
        return dict(self.place.ledger()["lines"])

    def order(self, **told: Any) -> list[str]:
        (made,) = self.place.act("new_order", told)
        return list(made["lines"])

    def close(self) -> None:
        for kept in self._transports:
            kept.close()


@pytest.fixture(scope="module")
def board() -> Iterator[Board]:
    board = Board()
    yield board
    board.stop()


@pytest.fixture
def shop(practice_host: practice.PracticeHost, board: Board) -> Iterator[Shop]:
    shop = Shop(practice_host, board)
    yield shop
    shop.close()


def collect(client: Any, cursor: str) -> tuple[dict[str, list[Any]], str]:
    """Everything up to now: what each page told of a line, by its key."""
    found: dict[str, list[Any]] = {}
    more = True
    while more:
        page = changes(client, cursor)
        for line in page.items:
            found.setdefault(line.line_key, []).append(line)
        cursor, more = page.cursor, page.more
    return found, cursor


def days_ago(days: float) -> str:
    return SYNC.start(datetime.now(UTC) - timedelta(days=days))


def fetched(template: Any, client: Any) -> dict[str, Any]:
    page = template.fetch(client, "")
    assert not page.more
    return {row.id: dict(row.values) for row in page.items}


STATES = {
    "50": LineState.CONFIRMED,
    "70": LineState.SHIPPING,
    "75": LineState.DELIVERED,
    "80": LineState.DECIDED,
    "90": LineState.CANCELLED,
}

# -- the connection -------------------------------------------------------------------------------


def test_the_connection_is_verified_without_confirming_anything(shop: Shop) -> None:
    found = FORM.verify(shop.client())
    seller = shop.place.world.state["seller"]
    assert found.granted and found.identity == f"{seller['entr_no']}-1"
    assert shop.asked(TAKE) == 0
    assert not any(line["confirms"] for line in shop.lines().values())


def test_an_order_api_that_is_not_approved_is_waited_for(shop: Shop) -> None:
    shop.place.seed("small", {"granted": False})
    client = shop.client()
    waiting = FORM.verify(client)
    assert not waiting.granted and waiting.identity
    assert fetched(RETURN_ADDRESS, client), "the seller services go on meanwhile"
    shop.place.act("approve_orders", {})
    assert FORM.verify(client).granted


@pytest.mark.parametrize(
    "values",
    [{"supply_entr_no": "3999999999"}, {"supply_ctrt_seq": "2"}, {"entr_id": "SOMEBODY"}],
)
def test_wrong_seller_numbers_have_their_own_sentence(shop: Shop, values: Any) -> None:
    with pytest.raises(AuthError) as caught:
        FORM.verify(shop.client(**values))
    assert "업체번호" in caught.value.text.ko


# -- collecting -----------------------------------------------------------------------------------


def test_every_line_that_may_be_read_is_collected_and_equals_the_ledger(shop: Shop) -> None:
    shop.place.seed("busy", {"orders": 600, "days": 6})
    found, _ = collect(shop.client(), days_ago(7))
    ledger = shop.lines()
    readable = {key for key, told in ledger.items() if told["status"] != "40"}
    assert readable <= set(found) and len(ledger) == 600
    for key in readable:
        told, last = ledger[key], found[key]
        states = [line.state for line in last if isinstance(line.state, LineState)]
        assert states[-1] is STATES[told["status"]], key
        if told["status"] != "90":
            assert last[0].quantity == told["quantity"] and last[0].bundle_no == told["package"]
    assert shop.asked(TAKE) == 0
    assert not any(told["confirms"] for told in ledger.values())


def test_the_claims_of_the_small_world_are_told_with_what_they_took_away(shop: Shop) -> None:
    found, _ = collect(shop.client(), days_ago(8))
    told = {
        (line.claim.kind, line.claim.state)
        for lines in found.values()
        for line in lines
        if hasattr(line.claim, "kind")
    }
    assert told >= {
        (ClaimKind.CANCEL, ClaimState.REQUESTED),
        (ClaimKind.CANCEL, ClaimState.WITHDRAWN),
        (ClaimKind.CANCEL, ClaimState.DONE),
        (ClaimKind.RETURN, ClaimState.IN_PROGRESS),
        (ClaimKind.RETURN, ClaimState.DONE),
        (ClaimKind.EXCHANGE, ClaimState.IN_PROGRESS),
    }
    for key, line in shop.lines().items():
        if line["gone"]:
            assert found[key][-1].cancelled == line["gone"]
            whole = line["gone"] == line["quantity"]
            assert (found[key][-1].state is LineState.CANCELLED) == whole


def test_the_next_reading_brings_what_became_of_lines_and_then_nothing_new(shop: Shop) -> None:
    client = shop.client()
    one, two, three = shop.order(lines=3, quantity=3, minutes_ago=1)
    shop.place.act("confirm_elsewhere", {"lines": [one, two, three]})
    found, cursor = collect(client, days_ago(2))
    assert found[one][-1].state is LineState.CONFIRMED

    shop.place.act("dispatch_elsewhere", {"line": one, "number": "600000000001"})
    shop.place.act("buyer_cancels", {"line": two})
    shop.place.act("buyer_cancels", {"line": three, "done": True, "quantity": 1})
    shop.later(minutes=5)
    found, cursor = collect(client, cursor)
    assert found[one][-1].state is LineState.SHIPPING
    assert (found[one][-1].courier, found[one][-1].invoice_no) == ("cj", "600000000001")
    assert found[two][-1].claim.state is ClaimState.REQUESTED
    assert found[three][-1].cancelled == 1 and found[three][-1].state not in LineState

    shop.place.act("buyer_withdraws", {"line": two})
    shop.place.act("buyer_cancels", {"line": three, "done": True, "quantity": 2})
    shop.place.act("deliver", {"line": one})
    shop.later(minutes=5)
    found, cursor = collect(client, cursor)
    assert found[one][-1].state is LineState.DELIVERED
    assert found[two][-1].claim.state is ClaimState.WITHDRAWN
    assert found[three][-1].cancelled == 3 and found[three][-1].state is LineState.CANCELLED


def test_a_line_confirmed_in_the_seller_centre_days_after_its_payment_is_found(
    shop: Shop,
) -> None:
    client = shop.client()
    (key,) = shop.order(minutes_ago=60 * 50)
    found, cursor = collect(client, days_ago(4))
    assert key not in found
    shop.place.act("confirm_elsewhere", {"line": key})
    shop.later(minutes=61)
    found, _ = collect(client, cursor)
    assert found[key][-1].state is LineState.CONFIRMED


def test_an_older_claim_that_is_read_again_does_not_hide_the_newer_one(shop: Shop) -> None:
    client = shop.client()
    (key,) = shop.order(quantity=2, minutes_ago=1)
    shop.place.act("confirm_elsewhere", {"line": key})
    shop.place.act("buyer_cancels", {"line": key, "done": True, "quantity": 1})
    _, cursor = collect(client, days_ago(1))
    shop.later(hours=30)
    shop.place.act("dispatch_elsewhere", {"line": key})
    shop.place.act("buyer_returns", {"line": key, "quantity": 1})
    shop.later(minutes=1)
    _, cursor = collect(client, cursor)
    shop.later(minutes=70)
    found, _ = collect(client, cursor)
    assert len(found[key]) >= 2, "the hourly look reads the old claim again"
    told = [line for line in found[key] if hasattr(line.claim, "kind")]
    assert {line.claim.kind for line in told} == {ClaimKind.RETURN}
    assert {line.cancelled for line in told} == {1}


def test_lines_are_found_by_their_key_in_whatever_list_they_are(shop: Shop) -> None:
    wanted = [key for key, told in shop.lines().items() if told["status"] in ("50", "70")]
    found = {line.line_key: line for line in SYNC.get(shop.client(), [*wanted, "x-1"])}
    assert set(found) == set(wanted)
    for key, line in found.items():
        assert line.state is STATES[shop.lines()[key]["status"]]


# -- new lines ------------------------------------------------------------------------------------


def test_new_lines_are_confirmed_once_by_asking_for_them(shop: Shop) -> None:
    client = shop.client()
    keys = shop.order(lines=2, addons=1, minutes_ago=1)
    window = (shop.now() - timedelta(minutes=10), shop.now())
    taken = {line.line_key: line for line in TAKING.take(client, *window)}
    assert set(taken) == set(keys)
    assert all(line.state is LineState.CONFIRMED for line in taken.values())
    assert all(isinstance(line.quantity, int) for line in taken.values())
    assert taken[keys[2]].line_class == "03:1"
    again = TAKING.take(client, *window)
    assert not again, "what was taken does not come again"
    assert all(shop.lines()[key]["confirms"] == {"1": 1} for key in keys)
    read = {line.line_key: line for line in TAKING.taken(client, *window)}
    assert set(read) >= set(keys)
    assert {key: line.quantity for key, line in read.items() if key in taken} == {
        key: line.quantity for key, line in taken.items()
    }


def test_a_lost_answer_is_unknown_and_read_back_from_the_confirmed_list(shop: Shop) -> None:
    client = shop.client()
    (key,) = shop.order(minutes_ago=1)
    window = (shop.now() - timedelta(minutes=10), shop.now())
    shop.fault("reset_after", ORDERS)
    with pytest.raises(OutcomeUnknown):
        TAKING.take(client, *window)
    assert shop.lines()[key]["confirms"] == {"1": 1}
    assert key in [line.line_key for line in TAKING.taken(client, *window)]


def test_a_confirm_that_shows_late_is_found_by_the_next_reading(shop: Shop) -> None:
    client = shop.client()
    _, cursor = collect(client, days_ago(1))
    (key,) = shop.order(minutes_ago=0)
    shop.later(seconds=2)
    window = (shop.now() - timedelta(minutes=10), shop.now())
    shop.fault("late_effect", ORDERS, value=60)
    with pytest.raises(OutcomeUnknown):
        TAKING.take(client, *window)
    assert key not in [line.line_key for line in TAKING.taken(client, *window)]
    assert not TAKING.take(client, *window)
    shop.later(seconds=61)
    found, _ = collect(client, cursor)
    assert found[key][-1].state is LineState.CONFIRMED
    assert shop.lines()[key]["confirms"] == {"1": 1}


def test_a_claim_on_a_line_that_nobody_has_taken_is_told_as_far_as_it_is_known(
    shop: Shop,
) -> None:
    client = shop.client()
    (key,) = shop.order(minutes_ago=1)
    shop.place.act("buyer_cancels", {"line": key, "done": True})
    shop.later(seconds=10)
    found, _ = collect(client, days_ago(1))
    line = found[key][-1]
    assert line.state is LineState.CANCELLED and line.quantity not in range(100)
    assert not SYNC.get(client, [key])
    assert not [one for one in TAKING.take(client, shop.now() - timedelta(hours=1), shop.now())
                if one.line_key == key]  # fmt: skip


# -- templates ------------------------------------------------------------------------------------

ADDRESS = {
    "name": "새 반품지",
    "postcode": "06236",
    "address": "서울특별시 예시구 보기로 1",
    "address_detail": "101동 <2층> & 옆",
    "phone": "02-0000-0000",
    "mobile": "",
    "use": "on",
}
FEES = {
    "free": {"type": "00", "payment": "02", "local_paid": "on"},
    "fixed": {"type": "99", "payment": "01", "fee": "2,500"},
    "conditional": {"type": "98", "payment": "03", "fee": "3000", "free_from": "50000"},
}
RULES = {
    "basis": "15:30",
    "saturday": "YES",
    "saturday_basis": "11:00",
    "days_off": ["MONDAY", "SUNDAY"],
    "dates_off": "2036-01-01 2036-02-01",
}
WEEK = {"basis": "09:00", "saturday": "NO", "days_off": "", "dates_off": ""}


@pytest.mark.parametrize(
    ("template", "typed", "other"),
    [
        (RETURN_ADDRESS, ADDRESS, {"name": "다른 이름", "use": ""}),
        (BUNDLE_FEE, FEES["free"], FEES["fixed"] | {"local_paid": ""}),
        (BUNDLE_FEE, FEES["fixed"], FEES["conditional"]),
        (BUNDLE_FEE, FEES["conditional"], FEES["free"]),
        (DISPATCH_TODAY, RULES, WEEK),
        (DISPATCH_TODAY, WEEK, RULES),
    ],
)
def test_a_template_is_imported_created_and_changed(
    shop: Shop, template: Any, typed: dict[str, Any], other: dict[str, Any]
) -> None:
    client = shop.client()
    before = fetched(template, client)
    assert before
    values = clean(template.fields, typed)
    assert values.ok, values.problems
    made = template.create(client, values.values)
    assert made.id not in before and fetched(template, client)[made.id] == values.values
    changed = clean(template.fields, {**typed, **other}).values
    assert template.update(client, made.id, changed).id == made.id
    rows = fetched(template, client)
    assert rows[made.id] == changed and set(rows) == set(before) | {made.id}
    assert template.title(rows[made.id])


def test_what_is_registered_is_fetched_from_us_in_euc_kr(shop: Shop) -> None:
    RETURN_ADDRESS.create(shop.client(), clean(RETURN_ADDRESS.fields, ADDRESS).values)
    path = shop.board.fetched[-1]
    content, kind = shop.board.kept[path]
    assert kind == "text/xml; charset=euc-kr"
    assert content.startswith(b'<?xml version="1.0" encoding="EUC-KR"?>')
    assert "새 반품지".encode("euc-kr") in content


def test_the_policy_with_the_same_values_that_is_new_is_the_one_that_was_made(
    shop: Shop,
) -> None:
    client = shop.client()
    values = clean(BUNDLE_FEE.fields, FEES["fixed"]).values
    first = BUNDLE_FEE.create(client, values)
    second = BUNDLE_FEE.create(client, values)
    assert first.id != second.id and {first.id, second.id} <= set(fetched(BUNDLE_FEE, client))


def test_another_default_takes_the_place_of_the_first(shop: Shop) -> None:
    client = shop.client()
    values = clean(BUNDLE_FEE.fields, {**FEES["fixed"], "base": "on"}).values
    made = BUNDLE_FEE.create(client, values)
    rows = fetched(BUNDLE_FEE, client)
    assert [key for key, row in rows.items() if row["base"]] == [made.id]
    with pytest.raises(Rejected) as caught:
        BUNDLE_FEE.update(client, made.id, {**values, "base": False})
    assert set(caught.value.fields) == {"base"}


@pytest.mark.parametrize("template", TYPES)
def test_a_lost_answer_to_a_create_is_found_by_importing(shop: Shop, template: Any) -> None:
    client = shop.client()
    before = fetched(template, client)
    typed = {"return_address": ADDRESS, "bundle_fee": FEES["fixed"], "dispatch_today": RULES}
    values = clean(template.fields, typed[template.key]).values
    shop.fault("reset_after", "/enterprise/")
    with pytest.raises(OutcomeUnknown):
        template.create(client, values)
    fresh = {key: row for key, row in fetched(template, client).items() if key not in before}
    assert list(fresh.values()) == [values]


def test_an_address_that_cannot_be_reached_is_said_and_nothing_is_made(shop: Shop) -> None:
    values = clean(BUNDLE_FEE.fields, FEES["fixed"]).values
    before = fetched(BUNDLE_FEE, shop.client())
    nowhere = shop.client(publish=lambda content, kind, minutes: "http://127.0.0.1:9/nothing")
    missing = shop.client(publish=lambda *told: shop.board.publish(*told) + "-gone")
    foreign = shop.client(publish=lambda *told: "https://hanpan.example/published/1")
    for client in (nowhere, missing, foreign):
        with pytest.raises(Rejected) as caught:
            BUNDLE_FEE.create(client, values)
        assert "HANPAN_PUBLIC_URL" in caught.value.text.ko
    shop.place.act("reach_us", {"on": False})
    with pytest.raises(Rejected):
        BUNDLE_FEE.create(shop.client(), values)
    assert fetched(BUNDLE_FEE, shop.client()) == before


@pytest.mark.parametrize("how", ["swapped", "another", "new"])
def test_a_pair_that_is_refused_names_its_service_and_only_that_one_is_off(
    shop: Shop, how: str
) -> None:
    told = shop.place.sandbox.credentials(shop.place.world)
    cite, secret = cite_name("bundle_fee_get"), secret_name("bundle_fee_get")
    keys = {
        "swapped": {cite: told[secret], secret: told[cite]},
        "another": {
            cite: told[cite_name("product_get")], secret: told[secret_name("product_get")]
        },
        "new": {},
    }[how]  # fmt: skip
    client = shop.client(**keys)
    if how == "new":
        shop.place.act("new_keys", {"service": "bundle_fee_get"})
    with pytest.raises(Rejected) as caught:
        fetched(BUNDLE_FEE, client)
    assert "'배송비정책 조회'" in caught.value.text.ko
    assert fetched(RETURN_ADDRESS, client) and FORM.verify(client).granted


def test_a_date_that_has_passed_is_refused_beside_the_field(shop: Shop) -> None:
    typed = {**RULES, "dates_off": "2020-01-01 2036-01-01"}
    done = clean(DISPATCH_TODAY.fields, typed)
    assert "2020-01-01" in done.problems["dates_off"].ko
    stale = {**clean(DISPATCH_TODAY.fields, RULES).values, "dates_off": ["2020-01-01"]}
    with pytest.raises(Rejected) as caught:
        DISPATCH_TODAY.create(shop.client(), stale)
    assert set(caught.value.fields) == {"dates_off"}
