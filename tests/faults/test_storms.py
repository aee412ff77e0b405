"""Limits, broken answers and refusals: calls stay in the budget, the seller is told, it goes on."""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from core import store, vault
from core.ledger.run import forget_connections
from core.models import Channel
from core.services import channels, jobs, orders, templates, verification
from tests.faults.shop import ADDRESSES, BUNDLES, CHANGES, CONFIRM, ORDERS, QUERY, TOKEN, Shop
from tests.faults.stage import TESTER

RATE, BURST = 2.0, 4.0


def said(text: str) -> None:
    """Print a figure."""
    sys.stdout.write(f"\n{text}\n")


def patient(shop: Shop, seconds: float = 60.0) -> None:
    """Work in real time, as budgets do, until nothing is open."""
    until = time.monotonic() + seconds
    while True:
        shop.drain()
        if not shop.live() and not shop.open_commands():
            return
        assert time.monotonic() < until, shop.open_commands()
        time.sleep(0.05)


def gaps(calls: list[dict[str, Any]]) -> list[float]:
    """Seconds between calls, by the marketplace's clock."""
    times = [datetime.fromisoformat(call["at"]) for call in calls]
    return [(b - a).total_seconds() for a, b in pairwise(times)]


def over_limit(calls: list[dict[str, Any]], rate: float, burst: float) -> list[str]:
    """Every stretch of calls to one API that is more than its bucket ever gives."""
    found = []
    by_api: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        by_api[f"{call['method']} {call['path']}"].append(
            datetime.fromisoformat(call["at"]).timestamp()
        )
    for api, times in by_api.items():
        for first in range(len(times)):
            for last in range(first, len(times)):
                allowed = burst + rate * (times[last] - times[first]) + 0.1
                if last - first + 1 > allowed:
                    found.append(f"{api}: {last - first + 1} calls, {allowed:.1f} allowed")
    return found


# -- limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("wait", [None, 2])
def test_a_storm_of_429_is_waited_out_and_not_fed(shop: Shop, wait: int | None) -> None:
    shop.act("set_limits", per_second=RATE, burst=BURST)
    value: dict[str, Any] = {"status": 429, "body": json.dumps({"code": "GW.RATE_LIMIT"})}
    if wait is not None:
        value["retry_after"] = wait
    keys = shop.arrive(2)
    command = shop.press(keys)
    before = shop.last_call()
    shop.fault(CONFIRM, "status", times=3, value=value)
    patient(shop)
    sent = shop.calls(CONFIRM, after=before)
    assert [call["status"] for call in sent] == [429, 429, 429, 200]
    assert min(gaps(sent)) >= (wait or 1) - 0.05, gaps(sent)
    found = shop.command(command)
    assert (found.state, found.attempt) == ("done", 0), "a limit costs no attempt"
    assert shop.confirms(keys) == [1, 1]
    assert shop.channel().state == "active"
    assert shop.broken() == []
    said(f"429 x 3, Retry-After {wait}: pauses of {[round(gap, 1) for gap in gaps(sent)]} s")


def test_heavy_work_stays_inside_the_limit_also_when_processes_start_anew(
    open_shop: Callable[..., Shop],
) -> None:
    shop = open_shop()
    shop.act("set_limits", per_second=RATE, burst=BURST)
    shop.connect()
    shop.pass_time(10)
    with store.workspace(shop.workspace_id):
        orders.collect_now(None)
    patient(shop)
    made = shop.act("new_order", orders=270)
    keys = [key for order in made for key in order["lines"]]
    shop.pass_time(10)
    with store.workspace(shop.workspace_id):
        orders.collect_now(None)
    patient(shop)
    began, before = time.monotonic(), shop.last_call()
    shop.press(keys)
    until = time.monotonic() + 60
    while shop.live():
        forget_connections()  # a crash loop, or a flush: what is left stands in the database
        shop.drain("urgent")
        assert time.monotonic() < until
        time.sleep(0.05)
    took = time.monotonic() - began
    calls = shop.calls()
    refused = [call for call in calls if call["status"] == 429]
    assert refused == [], "the marketplace had to refuse calls"
    assert over_limit(shop.calls(after=before), RATE, BURST) == []
    sent = shop.calls(CONFIRM, after=before)
    assert len(sent) == 9
    assert shop.confirms(keys) == [1] * 270
    assert shop.broken() == []
    said(f"{len(calls)} calls, 0 refused for the limit; 9 confirms in {took:.1f} s at 2 a second")


def test_a_limit_that_the_marketplace_lowers_is_learnt(shop: Shop) -> None:
    for _ in range(3):
        shop.collect()
    shop.act("set_limits", per_second=1, burst=2)
    shop.arrive(1)
    before = shop.last_call()
    for _ in range(6):
        with store.workspace(shop.workspace_id):
            orders.collect_now(None)
        shop.drain("sync")
    patient(shop)
    found = shop.calls(CHANGES, after=before)
    assert len([call for call in found if call["status"] == 429]) <= 1
    assert over_limit(found[1:], 1, 2) == []


# -- broken answers -------------------------------------------------------------------------------

BREAKAGES: tuple[tuple[str, Any], ...] = (
    ("status", 503),
    ("status", {"status": 500, "body": "<html>oops</html>", "content_type": "text/html"}),
    ("status", {"status": 502, "retry_after": 3}),
    ("refuse", None),
    ("reset_before", None),
    ("reset_after", None),
    ("cut", None),
    ("cut", 0),
    ("drip", 0.2),
    ("delay", 3),
    ("huge", 33 * 1024 * 1024),
    ("login", None),
    ("charset", "euc-kr"),
)


def import_(kind: str) -> Callable[[Shop], str]:
    """Have a template type read."""

    def begin(shop: Shop) -> str:
        with store.workspace(shop.workspace_id):
            return templates.submit_import(shop.channel_id, kind, TESTER)

    return begin


def token_then_import(shop: Shop) -> str:
    """The token is dead: the next call has to ask for another."""
    shop.act("expire_tokens")
    return import_("address")(shop)


def collect(shop: Shop) -> str:
    """A new order has come in."""
    shop.act("new_order", orders=1)
    shop.pass_time(10)
    with store.workspace(shop.workspace_id):
        orders.collect_now(None)
    return shop.standing().id


def press_collect(shop: Shop) -> None:
    """A person presses [지금 수집]."""
    with store.workspace(shop.workspace_id):
        orders.collect_now(None)
    shop.drain()


def confirm(shop: Shop) -> str:
    """Two new lines are confirmed."""
    return shop.press(shop.arrive(2))


WORK: dict[str, tuple[str, Callable[[Shop], str]]] = {
    "token": (TOKEN, token_then_import),
    "changes": (CHANGES, collect),
    "query": (QUERY, collect),
    "confirm": (CONFIRM, confirm),
    "addressbooks": (ADDRESSES, import_("address")),
    "bundle-groups": (BUNDLES, import_("bundle_group")),
}


@pytest.fixture
def hasty_shop(open_shop: Callable[..., Shop]) -> Shop:
    """A shop whose calls may take two seconds, set up as far as its address book and 오늘출발."""
    shop = open_shop(lease=4)
    shop.connect()
    shop.collect()
    for kind in ("address", "dispatch_today", "bundle_group"):
        import_(kind)(shop)
        shop.drain()
    return shop


@pytest.mark.parametrize("name", list(WORK))
def test_whatever_an_answer_looks_like_the_work_comes_right(hasty_shop: Shop, name: str) -> None:
    shop = hasty_shop
    path, begin = WORK[name]
    spoilt: dict[str, str] = {}
    for kind, value in BREAKAGES:
        made_before = set(shop.world("ledger")["lines"])
        shop.fault(path, kind, value=value)
        command = begin(shop)
        shop.quiet()
        found = shop.command(command)
        standing = found.standing
        assert found.state == ("ready" if standing else "done"), (kind, value, found.error_text)
        assert found.error_code == "", (kind, value, found.error_code)
        fresh = set(shop.world("ledger")["lines"]) - made_before
        assert all(shop.line(key) for key in fresh)
        if name == "confirm":
            assert set(shop.confirms(sorted(fresh))) == {1}
        assert shop.broken() == [], (kind, value)
        assert shop.channel().state == "active"
        told = [call for call in shop.calls(path) if call["fault"]]
        assert told, "the fault was never met"
        spoilt[f"{kind} {value}"] = found.state
        shop.mend()
    said(f"{name}: {len(spoilt)} ways to break its answer, each came right")


@pytest.mark.parametrize("name", ["changes", "addressbooks", "confirm", "token"])
def test_an_outage_that_lasts_is_told_and_goes_on_by_itself_or_at_a_word(
    hasty_shop: Shop, name: str
) -> None:
    shop = hasty_shop
    path, begin = WORK[name]
    shop.fault(path, "status", value=503, times=-1)
    command = begin(shop)
    before = shop.last_call()
    for _ in range(30):
        shop.drain()
        shop.pass_time(121)
    calls = len(shop.calls(path, after=before))
    found = shop.command(command)
    assert shop.channel().state == "active"
    shop.mend()
    if found.standing:
        assert found.state == "ready" and found.attempt >= 5
        assert "니다" in found.error_text["ko"]
        assert calls <= 15, f"{calls} calls in an hour of outage"
        shop.pass_time(900)
    elif name == "confirm":
        # Nothing may be assumed of a write: it is read back, and a person looks after five.
        assert found.state == "review"
        with store.workspace(shop.workspace_id):
            unknown = {effect.id: "again" for effect in shop.effects()}
            assert jobs.decide(command, unknown, TESTER) == 0
    else:
        assert found.state == "refused" and "[다시 시도]" in found.error_text["ko"]
        limit = 25 if name == "token" else 10  # whatever is at work asks for a token
        assert calls <= limit, f"{calls} calls in an hour of outage"
        with store.workspace(shop.workspace_id):
            assert jobs.retry(command, TESTER)
    shop.quiet()
    assert shop.command(command).state == ("ready" if found.standing else "done")
    assert shop.command(command).error_code == ""
    assert shop.broken() == []
    said(f"{name} away for an hour: {calls} calls")


# -- refusals that only the seller can mend -------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403])
def test_a_permanent_refusal_is_repeated_at_most_twice(shop: Shop, status: int) -> None:
    body = json.dumps({"code": "GW.AUTHN", "message": "요청을 보낼 권한이 없습니다."})
    keys = shop.arrive(2)
    before = shop.last_call()
    shop.fault(ORDERS, "status", times=-1, value={"status": status, "body": body})
    command = shop.press(keys)
    for _ in range(40):
        shop.pass_time(1800)
        with store.workspace(shop.workspace_id):
            orders.collect_now(None)
        shop.drain()
    asked = shop.calls(ORDERS, after=before)
    assert len(asked) <= 3, [call["path"] for call in asked]
    channel = shop.channel()
    assert channel.state == "needs_you"
    assert channel.problem is not None and "주세요" in channel.problem["ko"]
    assert shop.command(command).held_for == "needs_you"
    shop.mend()
    with store.workspace(shop.workspace_id):
        channels.check_again(shop.channel_id, TESTER)
    shop.drain()
    assert shop.channel().state == "active"
    assert shop.command(command).held_for == "asks", "a day has passed"
    with store.workspace(shop.workspace_id):
        jobs.retry(command, TESTER)
    shop.quiet()
    assert shop.command(command).state == "done"
    shop.collect()
    assert shop.confirms(keys) == [1, 1]
    assert shop.broken() == []
    said(f"{status} for 20 hours: {len(asked)} calls")


@pytest.mark.parametrize("code", ["4000", "100001"])
def test_a_read_refused_for_good_is_parked_after_two(shop: Shop, code: str) -> None:
    before = shop.last_call()
    body = json.dumps({"code": code, "message": "조회할 수 없습니다."})
    shop.fault(CHANGES, "status", times=-1, value={"status": 404, "body": body})
    for _ in range(20):
        shop.pass_time(1800)
        shop.drain()
    assert len(shop.calls(CHANGES, after=before)) <= 2
    assert (shop.standing().state, shop.standing().held_for) == ("held", "parked")
    assert shop.standing().error_text is not None
    shop.mend()
    shop.collect()  # a press lets it go on
    assert shop.standing().state == "ready"
    assert shop.broken() == []


@dataclass(frozen=True)
class Trouble:
    """What is wrong at the marketplace or here, what the seller is told, and how it ends."""

    begin: Callable[[Shop], object]
    words: tuple[str, ...]
    end: Callable[[Shop], object]
    at_verify: bool = True


def set_secret(shop: Shop, secret: str) -> None:
    """Store another secret, as an older version may have let through."""
    with store.workspace(shop.workspace_id), store.write() as session:
        channel = channels.get(session, shop.channel_id)
        assert channel.credentials is not None
        values = vault.unseal_json("channel", "credentials", channel.id, channel.credentials)
        values["client_secret"] = secret
        channel.credentials = vault.seal_json("channel", "credentials", channel.id, values)
        channel.seal_version += 1


def true_secret(shop: Shop) -> None:
    """Store the secret that the marketplace knows."""
    set_secret(shop, shop.world("credentials")["client_secret"])


def skewed(seconds: float) -> Callable[[Shop], object]:
    """The marketplace's clock and ours are so far apart, and a token is needed."""

    def begin(shop: Shop) -> None:
        shop.world("clock", mode="skew", seconds=seconds)
        shop.act("expire_tokens")

    return begin


def unskewed(shop: Shop) -> None:
    """The clocks agree again."""
    shop.world("clock", mode="skew", to="now")


@pytest.fixture
def own_keys(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, a check leaves the stored keys alone, as with a seller's own."""

    def keep() -> None:
        monkeypatch.setattr(verification, "_fetch_practice_keys", lambda run: None)

    return keep


TROUBLES: dict[str, Trouble] = {
    "wrong key": Trouble(
        lambda shop: (shop.act("new_secret"), forget_connections()),
        ("시크릿이 맞지 않습니다", "다시 복사해 주세요"),
        true_secret,
    ),
    "malformed secret": Trouble(
        lambda shop: set_secret(shop, "not a salt at all"),
        ("$2a$", "붙여 넣어 주세요"),
        true_secret,
    ),
    "unregistered IP": Trouble(
        lambda shop: shop.act("register_ip", on=False),
        ("IP", "등록해 주세요"),
        lambda shop: shop.act("register_ip", on=True),
    ),
    "missing group": Trouble(
        lambda shop: shop.act("set_groups", missing=["주문 판매자"]),
        ("'주문 판매자'", "체크하고"),
        lambda shop: shop.act("set_groups"),
        at_verify=False,
    ),
    "clock an hour behind": Trouble(skewed(3600), ("60분", "시간 동기화"), unskewed),
    "clock an hour ahead": Trouble(skewed(-3600), ("60분", "시간 동기화"), unskewed),
    "store suspended": Trouble(
        lambda shop: (shop.act("suspend"), shop.act("expire_tokens")),
        ("운영 중지", "확인해 주세요"),
        lambda shop: shop.act("suspend", on=False),
    ),
}


def problem_of(shop: Shop) -> str:
    """What the channel tells the seller."""
    channel: Channel = shop.channel()
    assert channel.state == "needs_you", (channel.state, shop.standing().error_text)
    assert channel.problem is not None and channel.problem["en"]
    return str(channel.problem["ko"])


@pytest.mark.parametrize("name", list(TROUBLES))
def test_each_trouble_has_its_own_sentence_and_ends_when_it_is_mended(
    shop: Shop, own_keys: Callable[[], None], name: str
) -> None:
    own_keys()
    trouble = TROUBLES[name]
    keys = shop.arrive(2)
    trouble.begin(shop)
    before = shop.last_call()
    command = shop.press(keys)
    shop.drain()
    told = problem_of(shop)
    assert all(word in told for word in trouble.words), told
    for _ in range(30):
        shop.pass_time(1800)
        shop.drain()
    calls = shop.calls(after=before)
    assert len(calls) <= 4, "it went on asking"
    with store.workspace(shop.workspace_id):
        check = channels.check_again(shop.channel_id, TESTER)
    shop.drain()
    if trouble.at_verify:
        assert shop.command(check).state == "refused"
        assert problem_of(shop) == told, "the form says another thing"
        assert len(shop.calls(after=before)) <= 8
    trouble.end(shop)
    with store.workspace(shop.workspace_id):
        channels.check_again(shop.channel_id, TESTER)
    shop.drain()
    assert shop.channel().state == "active" and shop.channel().problem is None
    if shop.command(command).held_for == "asks":
        with store.workspace(shop.workspace_id):
            jobs.retry(command, TESTER)
    shop.quiet()
    shop.collect()
    assert shop.confirms(keys) == [1, 1]
    assert shop.broken() == []
    said(f"{name}: {len(calls)} calls in 15 hours: {told}")


def test_the_sentences_of_the_troubles_differ(shop: Shop, own_keys: Callable[[], None]) -> None:
    own_keys()
    told: dict[str, str] = {}
    for name, trouble in TROUBLES.items():
        trouble.begin(shop)
        with store.workspace(shop.workspace_id):
            channels.check_again(shop.channel_id, TESTER)
        shop.drain()
        press_collect(shop)
        told[name] = problem_of(shop)
        trouble.end(shop)
        with store.workspace(shop.workspace_id):
            channels.check_again(shop.channel_id, TESTER)
        shop.drain()
        shop.quiet()
        assert shop.channel().state == "active", name
    assert len(set(told.values())) == len(told) - 1, "only the two clocks say the same"
    assert shop.broken() == []
