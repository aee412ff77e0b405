"""The practice 스마트스토어 over real HTTP: it is as strict as protocols/smartstore says."""

from __future__ import annotations

import base64
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import bcrypt
import httpx
import pytest

from core import clock
from core.practice import PracticeHost, start
from hanpan.api import KST
from plugins.smartstore.sandbox import SANDBOX

ORDERS = "/v1/pay-order/seller/product-orders"
FEED = f"{ORDERS}/last-changed-statuses"
GROUPS = "/v1/product-delivery-info/bundle-groups"
DAY = "/v1/seller/this-day-dispatch"
TOKEN = "/v1/oauth2/token"


class Shop:
    """A bare client of the practice marketplace, and its `_world`."""

    def __init__(self, host: PracticeHost) -> None:
        self.host = host
        self.http = httpx.Client(timeout=10)
        self.token = ""

    @property
    def credentials(self) -> dict[str, Any]:
        return self.world("GET", "credentials")

    def world(self, method: str, call: str, body: Any = None, status: int = 200) -> Any:
        url = f"{self.host.url}/smartstore/_world/{call}"
        answer = self.http.request(method, url, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def act(self, act: str, **data: Any) -> Any:
        return self.world("POST", "act", {"act": act, **data})["result"]

    def ledger(self) -> Any:
        return self.world("GET", "ledger")

    def sign(self, stamp: str) -> str:
        told = self.credentials
        hashed = bcrypt.hashpw(
            f"{told['client_id']}_{stamp}".encode(), told["client_secret"].encode()
        )
        return base64.b64encode(hashed).decode()

    def form(self, ahead: float = 0.0, **changed: Any) -> dict[str, str]:
        told = self.credentials
        stamp = str(int((self.host.world("smartstore").now().timestamp() + ahead) * 1000))
        form = {
            "client_id": told["client_id"],
            "timestamp": stamp,
            "grant_type": "client_credentials",
            "client_secret_sign": self.sign(stamp),
            "type": told["token_type"],
        }
        if told["account_id"]:
            form["account_id"] = told["account_id"]
        return {name: value for name, value in (form | changed).items() if value is not None}

    def ask_token(self, base: str = "", **changed: Any) -> httpx.Response:
        base = base or self.credentials["app_base"]
        url = self.host.address("smartstore", base) + TOKEN
        return self.http.post(url, data=self.form(**changed))

    def enter(self) -> Shop:
        self.token = self.ask_token().json()["access_token"]
        return self

    def call(
        self, method: str, path: str, *, base: str = "external", **more: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        url = self.host.address("smartstore", base) + path
        return self.http.request(method, url, headers=headers, **more)

    def feed(self, hours: float = 23.9, **more: Any) -> Any:
        now = self.host.world("smartstore").now().astimezone(KST)
        params = {
            "lastChangedFrom": (now - timedelta(hours=hours)).isoformat(timespec="milliseconds"),
            "lastChangedTo": (now - timedelta(seconds=1)).isoformat(timespec="milliseconds"),
        } | more
        return self.call("GET", FEED, params=params)

    def details(self, *keys: str) -> dict[str, Any]:
        answer = self.call("POST", f"{ORDERS}/query", json={"productOrderIds": list(keys)})
        assert answer.status_code == 200, answer.text
        return {one["productOrder"]["productOrderId"]: one for one in answer.json()["data"]}

    def place(self, key: str) -> str:
        return str(self.details(key)[key]["productOrder"]["placeOrderStatus"])

    def confirm(self, *keys: str) -> tuple[list[str], dict[str, str]]:
        answer = self.call("POST", f"{ORDERS}/confirm", json={"productOrderIds": list(keys)})
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        done = [info["productOrderId"] for info in data["successProductOrderInfos"]]
        failed = {info["productOrderId"]: info["code"] for info in data["failProductOrderInfos"]}
        return done, failed

    def order(self, **told: Any) -> list[str]:
        made: list[str] = self.act("new_order", **told)[0]["lines"]
        return made


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """An empty store (no orders) at its strict limits, without a token."""
    monkeypatch.setenv("HANPAN_DATA", str(tmp_path))
    clock.move(0)
    with start([SANDBOX], seed=None) as host:
        shop = Shop(host)
        shop.world("POST", "seed", {"size": "small", "orders": 0, "products": 10})
        yield shop
        shop.http.close()
    clock.move(0)


@pytest.fixture
def shop(door: Shop) -> Shop:
    """An empty store that may be called as often as one likes, with a token."""
    door.act("set_limits", per_second=10_000)
    return door.enter()


def names(answer: httpx.Response) -> set[str]:
    return {one["name"] for one in answer.json()["invalidInputs"]}


# -- the token (§2) ---------------------------------------------------------------------------


def test_a_right_request_gets_a_token_for_three_hours(door: Shop) -> None:
    told = door.credentials
    assert re.fullmatch(r"[0-9A-Za-z]{22}", told["client_id"])
    assert re.fullmatch(r"\$2a\$04\$[./A-Za-z0-9]{21}[.Oeu]", told["client_secret"])
    answer = door.ask_token()
    assert answer.json()["token_type"] == "Bearer"
    assert 10_790 <= answer.json()["expires_in"] <= 10_800


def test_a_token_is_renewed_only_in_its_last_half_hour_and_the_old_one_stays(shop: Shop) -> None:
    shop.world("POST", "clock", {"mode": "skew", "seconds": 10_800 - 1_860})
    again = shop.ask_token().json()
    assert again["access_token"] == shop.token
    assert 1_850 <= again["expires_in"] <= 1_860
    shop.world("POST", "clock", {"mode": "skew", "seconds": 120})
    fresh = shop.ask_token().json()
    assert fresh["access_token"] != shop.token
    assert shop.call("GET", "/v1/seller/account").status_code == 200
    shop.world("POST", "clock", {"mode": "skew", "seconds": 1_800})
    assert shop.call("GET", "/v1/seller/account").json()["code"] == "GW.AUTHN"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"client_id": "0" * 22}, "client_id"),
        ({"timestamp": "1790553600"}, "timestamp"),
        ({"ahead": 60}, "timestamp"),
        ({"ahead": -301}, "timestamp"),
        ({"client_secret_sign": "JDJhJDA0JA=="}, "client_secret_sign"),
        ({"type": "OTHER"}, "type"),
    ],
)
def test_a_wrong_field_is_named_and_not_punished(
    door: Shop, changed: dict[str, Any], field: str
) -> None:
    answer = door.ask_token(**changed)
    assert (answer.status_code, names(answer)) == (400, {field})
    assert set(answer.json()) == {"code", "message", "invalidInputs", "timestamp", "data"}
    assert door.ledger()["token_punishments"] == 0


def test_a_time_four_minutes_ago_is_good_enough(door: Shop) -> None:
    assert door.ask_token(ahead=-240).status_code == 200


@pytest.mark.parametrize("wrong", ["query", "no grant_type", "account_id", "json"])
def test_a_malformed_request_leaves_one_call_an_hour(shop: Shop, wrong: str) -> None:
    url = shop.host.address("smartstore", "external") + TOKEN
    if wrong == "query":
        answer = shop.http.post(url, params=shop.form())
    elif wrong == "json":
        answer = shop.http.post(url, json=shop.form())
    elif wrong == "account_id":
        answer = shop.ask_token(account_id="hanpan_practice")
    else:
        answer = shop.ask_token(grant_type=None)
    assert answer.status_code == 400
    assert shop.ledger()["token_punishments"] == 1
    assert shop.call("GET", "/v1/seller/account").status_code == 200
    refused = shop.call("GET", "/v1/seller/channels")
    assert (refused.status_code, refused.json()["code"]) == (429, "GW.QUOTA_LIMIT")
    assert refused.headers["GNCP-GW-Quota-Period"] == "HOURS"
    shop.world("POST", "clock", {"mode": "skew", "seconds": 3600})
    assert shop.call("GET", "/v1/seller/account").status_code == 200


def test_a_seller_token_needs_the_account_and_an_application_that_may(door: Shop) -> None:
    door.act("set_limits", per_second=1000)
    assert names(door.ask_token(type="SELLER")) == {"account_id"}
    answer = door.ask_token(type="SELLER", account_id="hanpan_practice")
    assert (answer.status_code, names(answer)) == (403, {"type"})
    door.act("use_app", app="solution")
    assert door.ask_token().status_code == 200
    assert door.ask_token(type="SELF", account_id=None).status_code == 200
    assert names(door.ask_token(account_id="somebody")) == {"account_id"}


def test_an_agency_works_only_on_partner_and_the_others_only_on_external(door: Shop) -> None:
    door.act("set_limits", per_second=1000)
    assert door.ask_token("partner").json()["code"] == "GW.IP_NOT_ALLOWED"
    door.enter()
    crossed = door.call("GET", "/v1/seller/account", base="partner")
    assert (crossed.status_code, crossed.json()["code"]) == (403, "GW.IP_NOT_ALLOWED")
    door.act("use_app", app="agency")
    told = door.credentials
    assert (told["app_base"], told["token_type"]) == ("partner", "SELLER")
    assert told["agency_confirmed"] is True
    assert door.ask_token("external").json()["code"] == "GW.IP_NOT_ALLOWED"
    door.enter()
    assert door.call("GET", "/v1/seller/account", base="partner").status_code == 200
    assert door.call("GET", "/v1/seller/account").json()["code"] == "GW.IP_NOT_ALLOWED"


def test_a_new_secret_kills_the_old_one_and_its_tokens(shop: Shop) -> None:
    old = shop.form()
    shop.act("new_secret")
    url = shop.host.address("smartstore", "external") + TOKEN
    assert names(shop.http.post(url, data=old)) == {"client_secret_sign"}
    assert shop.call("GET", "/v1/seller/account").status_code == 401
    assert shop.enter().call("GET", "/v1/seller/account").status_code == 200


# -- the gateway (§1, §3) ---------------------------------------------------------------------


def test_gateway_errors_have_the_gateways_shape(shop: Shop) -> None:
    answers = {
        "GW.NOT_FOUND": shop.call("GET", "/v1/seller/nothing"),
        "GW.AUTHN": shop.call("GET", "/v1/seller/account", headers={"Authorization": "x"}),
    }
    for code, answer in answers.items():
        body = answer.json()
        assert set(body) == {"code", "message", "timestamp", "traceId"}
        assert body["code"] == code
        assert answer.headers["GNCP-GW-Trace-ID"] == body["traceId"]
    assert [answer.status_code for answer in answers.values()] == [404, 401]
    assert shop.call("POST", "/v1/seller/account").json()["code"] == "GW.NOT_FOUND"


def test_a_missing_group_looks_like_an_expired_token(shop: Shop) -> None:
    shop.act("set_groups", missing=["주문 판매자"])
    assert shop.feed().json()["code"] == "GW.AUTHN"
    assert shop.call("GET", "/v1/seller/account").status_code == 200
    shop.act("set_groups")
    assert shop.feed().status_code == 200
    shop.act("expire_tokens")
    assert shop.feed().json()["code"] == "GW.AUTHN"


def test_an_unregistered_ip_is_refused_everywhere(shop: Shop) -> None:
    shop.act("register_ip", on=False)
    assert shop.call("GET", "/v1/seller/account").json()["code"] == "GW.IP_NOT_ALLOWED"
    assert shop.ask_token().json()["code"] == "GW.IP_NOT_ALLOWED"
    shop.act("register_ip", on=True)
    assert shop.call("GET", "/v1/seller/account").status_code == 200


def test_a_suspended_store_gets_no_token(shop: Shop) -> None:
    shop.act("suspend")
    assert shop.ask_token().status_code == 403
    assert shop.call("GET", "/v1/seller/account").json()["code"] == "INVALID_STORE_STATUS"


def test_each_api_has_its_own_bucket_and_says_what_is_left(door: Shop) -> None:
    door.enter()
    answers = [door.call("GET", "/v1/seller/account") for _ in range(6)]
    codes = [answer.status_code for answer in answers]
    assert codes[:4] == [200] * 4
    assert 429 in codes
    refused = answers[codes.index(429)]
    assert refused.json()["code"] == "GW.RATE_LIMIT"
    assert answers[0].headers["GNCP-GW-RateLimit-Replenish-Rate"] == "2"
    assert answers[0].headers["GNCP-GW-RateLimit-Burst-Capacity"] == "4"
    assert [a.headers["GNCP-GW-RateLimit-Remaining"] for a in answers[:2]] == ["3", "2"]
    assert door.call("GET", "/v1/seller/channels").status_code == 200
    assert door.ledger()["calls"]["GET /v1/seller/account"] == 6
    tokens = [door.ask_token() for _ in range(5)]
    assert tokens[-1].json()["code"] == "GW.RATE_LIMIT"


def test_the_log_names_the_key_of_each_call(shop: Shop) -> None:
    shop.call("GET", "/v1/seller/account")
    (call,) = shop.world("GET", "log?path=/seller/account")["calls"]
    assert (call["key"], call["status"]) == (shop.credentials["client_id"], 200)


# -- the seller (§4) --------------------------------------------------------------------------


def test_the_account_tells_an_identity_that_stays(shop: Shop) -> None:
    told = shop.call("GET", "/v1/seller/account").json()
    assert set(told) == {"accountId", "accountUid", "grade"}
    assert told["accountUid"].startswith("ncp_")
    (channel,) = shop.call("GET", "/v1/seller/channels").json()
    assert channel["channelType"] == "STOREFARM"


def test_addresses_come_a_hundred_a_page(shop: Shop) -> None:
    path = "/v1/seller/addressbooks-for-page"
    shop.act("set_addresses", add=100)
    pages = [shop.call("GET", path, params={"page": page}).json() for page in (1, 2)]
    assert [(len(p["addressBooks"]), p["page"], p["totalPage"]) for p in pages] == [
        (100, 1, 2),
        (3, 2, 2),
    ]
    first = pages[0]["addressBooks"][0]
    assert shop.call("GET", f"/v1/seller/addressbooks/{first['addressBookNo']}").json() == first
    assert {a["addressType"] for a in pages[0]["addressBooks"]} == {
        "RELEASE",
        "REFUND_OR_EXCHANGE",
        "REPRESENTATIVE",
    }
    assert shop.call("GET", path, params={"page": 0}).status_code == 400


GOOD_DAY = {
    "basisHour": 15,
    "basisMinute": 30,
    "holidayOfTheWeek": "FRIDAY",
    "sellerHolidays": ["2026-10-05"],
    "reason": "연휴",
}


def test_this_day_dispatch_is_replaced_as_a_whole(shop: Shop) -> None:
    answer = shop.call("POST", DAY, json=GOOD_DAY)
    assert (answer.status_code, answer.content) == (200, b"")
    assert shop.call("GET", DAY).json() == {"sellerId": "hanpan_practice", **GOOD_DAY}
    shop.call("POST", DAY, json={"basisHour": 9, "basisMinute": 0, "reason": "x"})
    told = shop.call("GET", DAY).json()
    assert (told["holidayOfTheWeek"], told["sellerHolidays"]) == (None, [])
    assert shop.ledger()["templates"]["dispatch_today"]["dispatch_today"]["updates"] == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("basisHour", 24),
        ("basisHour", "9"),
        ("basisMinute", 60),
        ("basisMinute", None),
        ("holidayOfTheWeek", "SATURDAY"),
        ("holidayOfTheWeek", "SUNDAY"),
        ("sellerHolidays", ["2026-13-01"]),
        ("sellerHolidays", ["20261005"]),
        ("reason", " "),
        ("surprise", 1),
    ],
)
def test_a_wrong_day_is_refused_in_a_sentence_that_names_it(
    shop: Shop, name: str, value: Any
) -> None:
    answer = shop.call("POST", DAY, json={**GOOD_DAY, name: value})
    assert (answer.status_code, answer.json()["code"]) == (400, "GENERAL_ERROR")
    assert name in answer.json()["message"]
    assert shop.ledger()["templates"]["dispatch_today"]["dispatch_today"]["updates"] == 0


def test_bodies_must_be_json_and_say_so(shop: Shop) -> None:
    plain = shop.call("POST", DAY, content=b"{}", headers={"Content-Type": "text/plain"})
    assert plain.status_code == 415
    broken = shop.call("POST", DAY, content=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["code"]) == (500, "PARSING_FAIL")
    query = {"content": b"[", "headers": {"Content-Type": "application/json"}}
    assert shop.call("POST", f"{ORDERS}/query", **query).json()["code"] == "4000"


# -- bundle groups (§5) -----------------------------------------------------------------------

GROUP = {
    "name": "의류 묶음",
    "usable": True,
    "baseGroup": False,
    "deliveryFeeChargeMethodType": "MAX",
    "deliveryFeeByArea": {
        "deliveryAreaType": "AREA_3",
        "area2extraFee": 3000,
        "area3extraFee": 5000,
    },
}


def groups(shop: Shop, **params: Any) -> Any:
    return shop.call("GET", GROUPS, params={"page": 1, "size": 100} | params)


def save(shop: Shop, group: dict[str, Any], number: int | None = None) -> httpx.Response:
    body = {"deliveryBundleGroup": group}
    if number is None:
        return shop.call("POST", GROUPS, json=body)
    return shop.call("PUT", f"{GROUPS}/{number}", json=body)


def test_groups_are_made_read_and_changed(shop: Shop) -> None:
    number = save(shop, {**GROUP, "id": 1}).json()["groupId"]
    told = shop.call("GET", f"{GROUPS}/{number}").json()["deliveryBundleGroup"]
    assert told == {**GROUP, "id": number}
    assert save(shop, {**GROUP, "name": "새 이름"}, number).json() == {"groupId": number}
    (found,) = groups(shop, name="새 이").json()["contents"]
    assert found["id"] == number
    assert groups(shop, name="이름").json()["contents"] == []
    kept = shop.ledger()["templates"]["bundle_group"][str(number)]
    assert (kept["values"]["name"], kept["updates"]) == ("새 이름", 1)
    assert save(shop, GROUP, 999).status_code == 404
    assert shop.call("DELETE", f"{GROUPS}/{number}").json()["code"] == "GW.NOT_FOUND"


def test_the_list_is_paged_from_one_and_filtered(shop: Shop) -> None:
    for n in range(3):
        save(shop, {**GROUP, "name": f"그룹 {n}", "usable": n > 0})
    page = groups(shop, page=2, size=2).json()
    assert {k: page[k] for k in ("page", "size", "totalElements", "totalPages")} == {
        "page": 2,
        "size": 2,
        "totalElements": 5,
        "totalPages": 3,
    }
    assert (len(page["contents"]), page["first"], page["last"]) == (2, False, False)
    assert groups(shop, usable="false").json()["totalElements"] == 1
    assert groups(shop, baseGroup="true").json()["totalElements"] == 1
    for wrong in ({"page": 0}, {"size": 101}, {"usable": "ja"}):
        assert groups(shop, **wrong).status_code == 400


def test_there_is_one_base_group_and_it_is_usable(shop: Shop) -> None:
    number = save(shop, {**GROUP, "baseGroup": True, "usable": False}).json()["groupId"]
    (base,) = groups(shop, baseGroup="true").json()["contents"]
    assert (base["id"], base["usable"]) == (number, True)
    answer = save(shop, GROUP, number)
    assert names(answer) == {"deliveryBundleGroup.baseGroup"}


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("name", "", "name"),
        ("name", None, "name"),
        ("usable", "true", "usable"),
        ("deliveryFeeChargeMethodType", "SUM", "deliveryFeeChargeMethodType"),
        ("surprise", 1, "surprise"),
        ("deliveryFeeByArea", {}, "deliveryFeeByArea.deliveryAreaType"),
        (
            "deliveryFeeByArea",
            {"deliveryAreaType": "AREA_3", "area2extraFee": 0},
            "deliveryFeeByArea.area3extraFee",
        ),
        (
            "deliveryFeeByArea",
            {"deliveryAreaType": "AREA_2", "area2extraFee": 200_001},
            "deliveryFeeByArea.area2extraFee",
        ),
    ],
)
def test_a_wrong_group_is_refused_field_by_field(
    shop: Shop, name: str, value: Any, field: str
) -> None:
    answer = save(shop, {**GROUP, name: value})
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")
    assert names(answer) == {f"deliveryBundleGroup.{field}"}
    assert set(answer.json()) == {"code", "message", "invalidInputs", "timestamp"}
    assert groups(shop).json()["totalElements"] == 2


# -- reading orders (§7) ----------------------------------------------------------------------


def test_without_changes_there_is_no_data(shop: Shop) -> None:
    assert set(shop.feed().json()) == {"timestamp", "traceId"}


def test_the_feed_is_sorted_paged_and_goes_on_where_it_said(shop: Shop) -> None:
    for minutes in (10, 30, 20, 20, 20):
        shop.order(minutes_ago=minutes, lines=2)
    found: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    pages = 0
    while True:
        data = shop.feed(hours=10, limitCount=3, **more).json()["data"]
        assert data["count"] == len(data["lastChangeStatuses"]) <= 3
        found += data["lastChangeStatuses"]
        pages += 1
        if "more" not in data:
            break
        told = datetime.fromisoformat(data["more"]["moreFrom"])
        assert len(data["more"]["moreFrom"]) < len("2026-09-28T09:00:31.000+09:00")
        more = {
            "lastChangedFrom": told.isoformat(timespec="milliseconds"),
            "moreSequence": data["more"]["moreSequence"],
        }
    keys = [(one["lastChangedDate"], one["productOrderId"]) for one in found]
    assert (pages, len(keys)) == (4, 10)
    assert keys == sorted(set(keys))


def test_both_ends_of_the_window_belong_to_it(shop: Shop) -> None:
    (key,) = shop.order(minutes_ago=60)
    at = shop.ledger()["lines"][key]["changed_at"]
    for window in ((at, at), (at, None)):
        params = {"lastChangedFrom": window[0], "lastChangedTo": window[1]}
        told = shop.call("GET", FEED, params={k: v for k, v in params.items() if v}).json()
        assert [one["productOrderId"] for one in told["data"]["lastChangeStatuses"]] == [key]
    past = datetime.fromisoformat(at) + timedelta(milliseconds=1)
    after = past.isoformat(timespec="milliseconds")
    assert "data" not in shop.feed(lastChangedFrom=after).json()


@pytest.mark.parametrize(
    ("hours", "more", "code"),
    [
        (25, {}, "104139"),
        (1, {"lastChangedTo": "future"}, "4000"),
        (1, {"lastChangedFrom": "2026-09-28T09:00:00+09:00"}, "4000"),
        (1, {"lastChangedFrom": "2026-09-28 09:00:00.000+09:00"}, "4000"),
        (1, {"lastChangedFrom": ""}, "4000"),
        (1, {"limitCount": "many"}, "4000"),
    ],
)
def test_a_wrong_window_is_refused_with_a_numeric_code(
    shop: Shop, hours: float, more: dict[str, str], code: str
) -> None:
    if more.get("lastChangedTo") == "future":
        soon = shop.host.world("smartstore").now().astimezone(KST) + timedelta(minutes=1)
        more = {"lastChangedTo": soon.isoformat(timespec="milliseconds")}
    answer = shop.feed(hours, **more)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert set(answer.json()) == {"code", "message", "timestamp", "traceId"}


def test_a_plus_that_is_not_encoded_is_a_blank(shop: Shop) -> None:
    at = "2026-09-28T09:00:00.000+09:00"
    assert shop.call("GET", f"{FEED}?lastChangedFrom={at}").json()["code"] == "4000"
    encoded = at.replace("+", "%2B")
    assert shop.call("GET", f"{FEED}?lastChangedFrom={encoded}").status_code == 200


def test_more_than_three_hundred_are_not_told_at_once(shop: Shop) -> None:
    shop.world("POST", "seed", {"size": "small", "orders": 301, "days": 0.5, "mix": False})
    shop.act("set_limits", per_second=10_000)
    shop.enter()
    data = shop.feed(limitCount=1000).json()["data"]
    assert (data["count"], "more" in data) == (300, True)
    keys = list(shop.ledger()["lines"])
    assert len(shop.details(*keys[:300])) == 300
    answer = shop.call("POST", f"{ORDERS}/query", json={"productOrderIds": keys})
    assert (answer.status_code, answer.json()["code"]) == (400, "4000")


def test_the_feed_tells_the_latest_state_of_a_line_once(shop: Shop) -> None:
    (key,) = shop.order(minutes_ago=60)
    shop.act("buyer_cancels", line=key)
    now = shop.host.world("smartstore").now().astimezone(KST)
    until = now.isoformat(timespec="milliseconds")
    (told,) = shop.feed(lastChangedTo=until).json()["data"]["lastChangeStatuses"]
    assert (told["lastChangedType"], told["claimStatus"]) == ("CLAIM_REQUESTED", "CANCEL_REQUEST")
    kinds = ("PAYED", "CLAIM_REQUESTED")
    found = [shop.feed(lastChangedTo=until, lastChangedType=kind).json() for kind in kinds]
    assert ["data" in one for one in found] == [False, True]


def test_details_leave_out_what_is_not_provided(shop: Shop) -> None:
    kept, left = shop.order(lines=2)
    shop.act("buyer_leaves", line=left)
    assert list(shop.details(kept, left, "2026092820000099")) == [kept]
    answer = shop.call("POST", f"{ORDERS}/query", json={"productOrderIds": ["2026092820000099"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "100001")
    for wrong in ({}, {"productOrderIds": []}, {"productOrderIds": [1]}, {"productOrderIds": "x"}):
        assert shop.call("POST", f"{ORDERS}/query", json=wrong).json()["code"] == "4000"


def test_details_agree_with_themselves(shop: Shop) -> None:
    main, addon = shop.order(addons=1, quantity=3, goods=0)
    told = shop.details(main, addon)
    product = told[main]["productOrder"]
    assert product["productClass"] == "조합형옵션상품"
    assert product["quantity"] == product["initialQuantity"] == 3
    assert product["totalPaymentAmount"] == (
        (product["unitPrice"] + product["optionPrice"]) * 3 - product["productDiscountAmount"]
    )
    assert told[main]["order"]["orderId"] == told[addon]["order"]["orderId"]
    extra = told[addon]["productOrder"]
    assert extra["productClass"] == "추가구성상품"
    assert extra["packageNumber"] == product["packageNumber"]
    assert extra["productId"] == product["productId"]
    assert (product["deliveryFeeAmount"], extra["deliveryFeeAmount"]) == (3000, 0)
    assert product["shippingAddress"]["tel1"].startswith("010-0000-")
    order = told[main]["order"]["orderId"]
    numbers = shop.call("GET", f"/v1/pay-order/seller/orders/{order}/product-order-ids").json()
    assert numbers["data"] == [main, addon]


def test_a_gift_has_no_address_until_it_is_received(shop: Shop) -> None:
    (key,) = shop.order(gift=True)
    told = shop.details(key)[key]
    assert told["productOrder"]["giftReceivingStatus"] == "WAIT_FOR_RECEIVING"
    assert "shippingAddress" not in told["productOrder"]
    assert "*" in told["order"]["ordererTel"]
    shop.act("gift_received", line=key)
    assert "shippingAddress" in shop.details(key)[key]["productOrder"]


def test_the_conditional_list_is_nested_and_paged(shop: Shop) -> None:
    for minutes in (50, 40, 30):
        shop.order(minutes_ago=minutes)
    waiting = shop.order(waiting=True, minutes_ago=20)
    now = shop.host.world("smartstore").now().astimezone(KST)
    params = {"from": (now - timedelta(hours=1)).isoformat(timespec="milliseconds"), "pageSize": 2}
    pages = [
        shop.call("GET", ORDERS, params={**params, "page": page}).json()["data"] for page in (1, 2)
    ]
    assert [len(page["contents"]) for page in pages] == [2, 1]
    assert [page["pagination"]["hasNext"] for page in pages] == [True, False]
    first = pages[0]["contents"][0]
    assert first["content"]["productOrder"]["productOrderId"] == first["productOrderId"]
    ordered = {**params, "rangeType": "ORDERED_DATETIME", "productOrderStatuses": "PAYMENT_WAITING"}
    (found,) = shop.call("GET", ORDERS, params=ordered).json()["data"]["contents"]
    assert found["productOrderId"] == waiting[0]
    day = {**params, "to": (now + timedelta(hours=24)).isoformat(timespec="milliseconds")}
    assert shop.call("GET", ORDERS, params=day).json()["code"] == "104139"


# -- 발주확인, 발송처리 (§8) --------------------------------------------------------------------


def test_confirm_answers_for_each_line_in_a_200(shop: Shop) -> None:
    (fine,) = shop.order()
    (again,) = shop.order()
    (sent,) = shop.order()
    (cancelling,) = shop.order()
    (gift,) = shop.order(gift=True)
    (direct,) = shop.order()
    shop.confirm(again)
    shop.act("dispatch_elsewhere", line=sent)
    shop.act("buyer_cancels", line=cancelling)
    shop.host.world("smartstore").state["lines"][direct]["direct"] = True
    done, failed = shop.confirm(fine, again, sent, cancelling, gift, direct, "2026092820000099")
    assert done == [fine]
    assert failed == {
        again: "105306",
        sent: "104442",
        cancelling: "104443",
        gift: "104443",
        direct: "101011",
        "2026092820000099": "100001",
    }
    lines = shop.ledger()["lines"]
    assert (lines[fine]["place"], lines[fine]["confirms"]) == ("OK", {"1": 1})
    assert lines[again]["confirms"] == {"1": 1}
    assert lines[cancelling]["confirms"] == {}
    product = shop.details(fine)[fine]["productOrder"]
    assert product["placeOrderStatus"] == "OK"
    assert datetime.fromisoformat(product["placeOrderDate"])


def test_confirming_is_not_told_by_the_feed(shop: Shop) -> None:
    (key,) = shop.order(minutes_ago=60)
    before = shop.feed().json()["data"]["lastChangeStatuses"]
    shop.confirm(key)
    assert shop.feed().json()["data"]["lastChangeStatuses"] == before


def test_more_than_thirty_are_refused_as_a_whole(shop: Shop) -> None:
    keys = [made["lines"][0] for made in shop.act("new_order", orders=31)]
    answer = shop.call("POST", f"{ORDERS}/confirm", json={"productOrderIds": keys})
    assert (answer.status_code, answer.json()["code"]) == (400, "4000")
    assert shop.confirm(*keys[:30])[0] == keys[:30]


def test_the_main_product_is_confirmed_before_its_additions(shop: Shop) -> None:
    main, addon = shop.order(addons=1)
    assert shop.confirm(addon, main) == ([main], {addon: "104448"})
    assert shop.confirm(addon) == ([addon], {})
    main, addon = shop.order(addons=1)
    assert shop.confirm(main, addon, addon) == ([main, addon], {addon: "104131"})


def test_a_changed_address_is_told_with_the_confirm(shop: Shop) -> None:
    (key,) = shop.order()
    before = shop.details(key)[key]["productOrder"]["shippingAddress"]
    shop.act("address_changed", line=key)
    assert shop.details(key)[key]["productOrder"]["shippingAddress"] != before
    answer = shop.call("POST", f"{ORDERS}/confirm", json={"productOrderIds": [key]})
    (info,) = answer.json()["data"]["successProductOrderInfos"]
    assert info == {"productOrderId": key, "isReceiverAddressChanged": True}


def test_a_confirm_taken_back_opens_the_next_revision(shop: Shop) -> None:
    (key,) = shop.order()
    shop.confirm(key)
    shop.act("release_confirm", line=key)
    assert shop.place(key) == "CANCEL"
    assert shop.confirm(key) == ([key], {})
    line = shop.ledger()["lines"][key]
    assert (line["revision"], line["confirms"]) == (2, {"1": 1, "2": 1})


def test_a_late_confirm_happens_at_once_and_shows_later(shop: Shop) -> None:
    (key,) = shop.order()
    rule = {"match": "/confirm", "kind": "late_effect", "value": 30}
    shop.world("POST", "faults", rule)
    with pytest.raises(httpx.TransportError):
        shop.confirm(key)
    assert shop.place(key) == "NOT_YET"
    assert shop.ledger()["lines"][key]["place"] == "OK"
    assert shop.confirm(key) == ([], {key: "105306"})
    shop.world("POST", "clock", {"mode": "skew", "seconds": 29})
    assert shop.place(key) == "NOT_YET"
    shop.world("POST", "clock", {"mode": "skew", "seconds": 2})
    assert shop.place(key) == "OK"
    assert shop.ledger()["lines"][key]["confirms"] == {"1": 1}


def test_a_late_dispatch_comes_late_into_the_feed_too(shop: Shop) -> None:
    (key,) = shop.order(minutes_ago=60)
    shop.confirm(key)
    shop.world("POST", "faults", {"match": "/dispatch", "kind": "late_effect", "value": 60})
    with pytest.raises(httpx.TransportError):
        dispatch(shop, parcel(key))
    shop.world("POST", "clock", {"mode": "skew", "seconds": 50})
    (told,) = shop.feed().json()["data"]["lastChangeStatuses"]
    assert told["lastChangedType"] == "PAYED"
    shop.world("POST", "clock", {"mode": "skew", "seconds": 15})
    (told,) = shop.feed().json()["data"]["lastChangeStatuses"]
    assert told["lastChangedType"] == "DISPATCHED"


def test_late_template_writes_show_later(shop: Shop) -> None:
    shop.world("POST", "faults", {"match": GROUPS, "kind": "late_effect", "value": 30})
    with pytest.raises(httpx.TransportError):
        save(shop, GROUP)
    shop.world("POST", "faults", {"match": DAY, "kind": "late_effect", "value": 30})
    with pytest.raises(httpx.TransportError):
        shop.call("POST", DAY, json=GOOD_DAY)
    assert groups(shop).json()["totalElements"] == 2
    assert shop.call("GET", DAY).json()["basisHour"] == 14
    shop.world("POST", "clock", {"mode": "skew", "seconds": 31})
    assert groups(shop).json()["totalElements"] == 3
    assert shop.call("GET", DAY).json()["basisHour"] == 15
    assert shop.ledger()["templates"]["dispatch_today"]["dispatch_today"]["updates"] == 1


def parcel(key: str, **changed: Any) -> dict[str, Any]:
    return {
        "productOrderId": key,
        "deliveryMethod": "DELIVERY",
        "deliveryCompanyCode": "CJGLS",
        "trackingNumber": "600000000001",
        "dispatchDate": "2026-09-28T15:00:00.000+09:00",
    } | changed


def dispatch(shop: Shop, *parcels: dict[str, Any]) -> tuple[list[str], list[str]]:
    answer = shop.call("POST", f"{ORDERS}/dispatch", json={"dispatchProductOrders": list(parcels)})
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    codes = [info["code"] for info in data["failProductOrderInfos"]]
    return data["successProductOrderIds"], codes


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"deliveryCompanyCode": ""}, "104118"),
        ({"deliveryCompanyCode": "FALCON"}, "104119"),
        ({"trackingNumber": ""}, "104120"),
        ({"trackingNumber": "6000-0000"}, "104122"),
        ({"deliveryMethod": "PIGEON"}, "104117"),
    ],
)
def test_a_wrong_parcel_is_refused_by_its_code(
    shop: Shop, changed: dict[str, Any], code: str
) -> None:
    (key,) = shop.order()
    shop.confirm(key)
    assert dispatch(shop, parcel(key, **changed)) == ([], [code])


def test_a_dispatch_needs_the_confirm_and_happens_once(shop: Shop) -> None:
    (key,) = shop.order()
    assert dispatch(shop, parcel(key)) == ([], ["104443"])
    shop.confirm(key)
    assert dispatch(shop, parcel(key)) == ([key], [])
    assert dispatch(shop, parcel(key)) == ([], ["105306"])
    line = shop.ledger()["lines"][key]
    assert (line["status"], line["dispatches"]) == ("DELIVERING", 1)
    assert line["invoice"] == "600000000001"
    assert shop.details(key)[key]["delivery"]["trackingNumber"] == "600000000001"


def test_dispatching_withdraws_a_cancel_request(shop: Shop) -> None:
    (key,) = shop.order()
    shop.confirm(key)
    shop.act("buyer_cancels", line=key)
    assert dispatch(shop, parcel(key)) == ([key], [])
    assert shop.ledger()["lines"][key]["claim"] == "CANCEL_REJECT"


# -- acts and worlds --------------------------------------------------------------------------


def test_a_line_lives_through_what_others_do(shop: Shop) -> None:
    (key,) = shop.order(waiting=True, quantity=3)
    assert shop.confirm(key) == ([], {key: "104442"})
    shop.act("buyer_pays", line=key)
    shop.act("buyer_cancels", line=key, quantity=1, done=True)
    line = shop.ledger()["lines"][key]
    assert (line["status"], line["gone"], line["claim"]) == ("PAYED", 1, "CANCEL_DONE")
    assert shop.details(key)[key]["productOrder"]["remainQuantity"] == 2
    shop.act("confirm_elsewhere", line=key)
    shop.act("dispatch_elsewhere", line=key)
    shop.act("deliver", line=key)
    shop.act("buyer_returns", line=key)
    shop.act("buyer_withdraws", line=key)
    assert shop.ledger()["lines"][key]["claim"] == "RETURN_REJECT"
    shop.act("decide", line=key)
    told = shop.details(key)[key]
    assert told["productOrder"]["productOrderStatus"] == "PURCHASE_DECIDED"
    shop.act("overwrite", line=key, fields={"productOrderStatus": "MYSTERY"})
    assert shop.details(key)[key]["productOrder"]["productOrderStatus"] == "MYSTERY"


def test_an_act_that_cannot_be_is_refused(shop: Shop) -> None:
    (key,) = shop.order()
    for act in (
        {"act": "buyer_returns", "line": key},
        {"act": "buyer_withdraws", "line": key},
        {"act": "release_confirm", "line": key},
        {"act": "buyer_cancels", "line": "nobody"},
        {"act": "buyer_cancels", "line": key, "quantity": 2},
        {"act": "new_order", "colour": "red"},
        {"act": "use_app", "app": "other"},
        {"act": "unheard"},
    ):
        assert shop.world("POST", "act", act, status=400)["error"]
    assert shop.ledger()["lines"][key]["claim"] is None


def test_the_small_world_has_every_kind_of_line(door: Shop) -> None:
    door.world("POST", "seed", {"size": "small"})
    lines = door.ledger()["lines"]
    assert 22 <= len(lines) <= 28
    now = door.host.world("smartstore").now()
    for line in lines.values():
        age = now - datetime.fromisoformat(line["changed_at"])
        assert timedelta() < age < timedelta(days=5)
    kinds = Counter((line["status"], line["place"], line["claim"]) for line in lines.values())
    assert kinds[("PAYED", "NOT_YET", None)] >= 10
    assert {status for status, _, _ in kinds} == {
        "PAYMENT_WAITING",
        "PAYED",
        "DELIVERING",
        "DELIVERED",
        "PURCHASE_DECIDED",
        "CANCELED",
    }
    assert {claim for _, _, claim in kinds} == {
        None,
        "CANCEL_REQUEST",
        "CANCEL_DONE",
        "RETURN_REQUEST",
    }
    assert max(Counter(line["package"] for line in lines.values()).values()) == 3
    assert any(line["main"] for line in lines.values())
    assert all(line["confirms"] == {} for line in lines.values())


def test_the_busy_world_has_five_thousand_lines_over_a_week(door: Shop) -> None:
    began = time.monotonic()
    door.world("POST", "seed", {"size": "busy"})
    assert time.monotonic() - began < 20
    lines = door.ledger()["lines"]
    assert len(lines) == 5000
    now = door.host.world("smartstore").now()
    ages = Counter((now - datetime.fromisoformat(a["changed_at"])).days for a in lines.values())
    assert set(ages) == set(range(7))
    door.enter()
    odd = [key for key, line in lines.items() if line["change"] == "PRACTICE_FUTURE_CHANGE"]
    assert door.details(odd[0])[odd[0]]["productOrder"]["productClass"] == "신규유형상품"


def test_a_bench_world_is_generous_and_written_ahead(door: Shop) -> None:
    door.world("POST", "seed", {"size": "bench", "orders": 400, "days": 0.5})
    door.enter()
    assert [door.feed().status_code for _ in range(20)] == [200] * 20
    assert len(door.ledger()["lines"]) == 400


def test_orders_trickle_in_when_asked_for(shop: Shop) -> None:
    shop.world("POST", "seed", {"size": "small", "orders": 0, "trickle": 2})
    shop.enter()
    shop.call("GET", "/v1/seller/account")
    shop.world("POST", "clock", {"mode": "skew", "seconds": 120})
    shop.call("GET", "/v1/seller/account")
    orders = {line["order"] for line in shop.ledger()["lines"].values()}
    assert len(orders) == 4


def test_a_kept_world_is_told_the_same_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANPAN_DATA", str(tmp_path))
    clock.move(0)
    told = []
    for _ in range(2):
        with start([SANDBOX], data=tmp_path) as host:
            shop = Shop(host).enter()
            data = shop.feed(hours=23).json()["data"]["lastChangeStatuses"]
            told.append((data, shop.details(*[one["productOrderId"] for one in data])))
            shop.http.close()
    assert told[0] == told[1]


def test_seeds_can_begin_with_given_orders(door: Shop) -> None:
    given = [{"lines": 2}, {"orders": 2, "gift": True}]
    door.world("POST", "seed", {"size": "small", "orders": 0, "lines": given, "app": "agency"})
    assert len(door.ledger()["lines"]) == 4
    assert door.credentials["app_base"] == "partner"
    door.world("POST", "seed", {"size": "small", "colour": "red"}, status=400)
