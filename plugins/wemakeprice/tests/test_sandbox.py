"""The practice 위메프 over real HTTP: it is as strict as protocols/wemakeprice says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from core.practice import PracticeHost, start
from hanpan.api import KST
from plugins.wemakeprice.assumed import CLAIM_LIST, ORDER_INFO, POLICY_DELETE
from plugins.wemakeprice.sandbox import SANDBOX
from plugins.wemakeprice.tests.conftest import CONFIRM, ORDERS, POLICIES, SAVE
from plugins.wemakeprice.tests.test_templates import ROW

SHIP = "/order/in/setOrderDelivery"


class Shop:
    """A bare client of the practice marketplace, and its `_world`."""

    def __init__(self, host: PracticeHost) -> None:
        self.host = host
        self.http = httpx.Client(timeout=10)
        self.world("POST", "seed", {"size": "small", "orders": 0})

    def world(self, method: str, call: str, body: Any = None, status: int = 200) -> Any:
        url = f"{self.host.url}/wemakeprice/_world/{call}"
        answer = self.http.request(method, url, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def act(self, act: str, **data: Any) -> Any:
        return self.world("POST", "act", {"act": act, **data})["result"]

    def order(self, **told: Any) -> list[str]:
        made: list[str] = self.act("new_order", minutes_ago=1, **told)[0]["lines"]
        return made

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        key = self.world("GET", "credentials")["api_key"]
        headers = {"apiKey": key} | more.pop("headers", {})
        url = self.host.address("wemakeprice", more.pop("base", "api")) + path
        return self.http.request(method, url, headers=headers, **more)

    def post(self, path: str, body: Any, status: int = 200) -> Any:
        answer = self.call("POST", path, json=body)
        assert answer.status_code == answer.json()["resultCode"] == status, answer.text
        return answer.json()

    def times(self, hours: float = 1.0) -> dict[str, str]:
        now = self.host.world("wemakeprice").now().astimezone(KST)
        ends = {"fromDate": now - timedelta(hours=hours), "toDate": now}
        return {name: f"{moment:%Y-%m-%d %H:%M:%S}" for name, moment in ends.items()}

    def listed(self, kind: str, **more: Any) -> list[int]:
        body = {**self.times(), "type": kind, "searchDateType": kind, **more}
        data = self.post(ORDERS, body).get("data") or {}
        return [one["bundleNo"] for one in data.get("bundle", [])]

    def claims(self, kind: str, status: str, **more: Any) -> list[dict[str, Any]]:
        body = {**self.times(), "claimType": kind, "claimStatus": status, **more}
        rows: list[dict[str, Any]] = (self.post(CLAIM_LIST, body).get("data") or {}).get(
            "claim", []
        )
        return rows

    def info(self, key: str) -> Any:
        data = self.post(ORDER_INFO, {"bundleNo": bundle_no(key)}).get("data") or {}
        return next(iter(data.get("bundle", [])), None)

    def confirm(self, key: str) -> tuple[int, str]:
        data = self.post(CONFIRM, {"bundleNo": bundle_no(key)})["data"]
        return data["returnKey"], data["returnMsg"]


def bundle_no(key: str) -> int:
    return int(key.partition("-")[0])


@pytest.fixture(scope="module")
def host() -> Iterator[PracticeHost]:
    with start([SANDBOX], seed=None) as host:
        yield host


@pytest.fixture
def shop(host: PracticeHost) -> Iterator[Shop]:
    """A store without orders."""
    shop = Shop(host)
    yield shop
    shop.world("POST", "clock", {"mode": "skew", "to": "now"})
    shop.http.close()


# -- the gateway (§1, §2) -------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{"apiKey": ""}, {"apiKey": "f" * 96}])
def test_a_missing_or_wrong_key_is_told_in_status_and_body(shop: Shop, headers: Any) -> None:
    answer = shop.call("GET", POLICIES, headers=headers)
    assert (answer.status_code, answer.json()["resultCode"]) == (401, 401)
    assert isinstance(answer.json()["error"], str)


def test_a_new_key_voids_the_old_one_at_once(shop: Shop) -> None:
    old = shop.world("GET", "credentials")["api_key"]
    assert len(old) == 96 and int(old, 16)
    shop.act("new_key")
    assert shop.call("GET", POLICIES, headers={"apiKey": old}).status_code == 401
    assert shop.call("GET", POLICIES).status_code == 200


def test_without_an_agency_nothing_is_approved(shop: Shop) -> None:
    shop.act("set_agency", on=False)
    answer = shop.call("GET", POLICIES)
    assert (answer.status_code, answer.json()["resultCode"]) == (403, 403)


@pytest.mark.parametrize(
    ("method", "path", "base"),
    [
        ("GET", "/product/out/getNothing", "api"),
        ("POST", POLICIES, "api"),
        ("GET", ORDERS, "api"),
        ("GET", POLICIES, "other"),
    ],
)
def test_what_is_no_call_is_not_found(shop: Shop, method: str, path: str, base: str) -> None:
    answer = shop.call(method, path, base=base, json={} if method == "POST" else None)
    assert (answer.status_code, answer.json()["resultCode"]) == (404, 404)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"bundleNo":1}', "text/plain"),
        (b"bundleNo=1", "application/x-www-form-urlencoded"),
        (b"{", "application/json"),
        (b"[1]", "application/json"),
    ],
)
def test_what_is_no_json_object_is_refused(shop: Shop, content: bytes, kind: str) -> None:
    answer = shop.call("POST", CONFIRM, content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["resultCode"]) == (422, 422)


def test_there_is_no_limit_until_one_is_set(shop: Shop) -> None:
    assert {shop.call("GET", POLICIES).status_code for _ in range(30)} == {200}
    shop.act("set_limits", per_second=1)
    codes = [shop.call("GET", POLICIES).status_code for _ in range(6)]
    assert codes[0] == 200 and codes[-1] == 429


def test_the_log_names_the_beginning_of_the_key_only(shop: Shop) -> None:
    key = shop.world("GET", "credentials")["api_key"]
    shop.call("GET", POLICIES)
    assert shop.world("GET", "log")["calls"][-1]["key"] == key[:8]


def test_nothing_found_has_an_empty_list_or_no_data_by_turns(shop: Shop) -> None:
    body = {**shop.times(), "type": "NEW", "searchDateType": "NEW"}
    answers = [shop.post(ORDERS, body) for _ in range(4)]
    assert [answer.get("data") for answer in answers].count(None) == 2
    assert [answer.get("data") for answer in answers].count({"bundle": []}) == 2


# -- orders (§5) ----------------------------------------------------------------------------------


def test_a_bundle_is_told_with_texts_and_its_four_levels(shop: Shop) -> None:
    keys = shop.order(lines=2, goods=0, text="축하해")
    told = shop.info(keys[0])
    assert told["delivery"]["shipStatus"] == "신규주문"
    assert (told["prepayment"], told["orderConfirmDate"]) == ("선결제", "")
    (product,) = told["orderProduct"]
    numbers = [f"{told['bundleNo']}-{one['orderOptionNo']}" for one in product["orderOption"]]
    assert numbers == keys
    first = product["orderOption"][0]["optionName"]
    assert first.startswith("블랙/") and first.endswith("|텍스트를 입력해주세요 : 축하해")


def test_a_purchase_may_have_several_bundles(shop: Shop) -> None:
    keys = shop.order(bundles=2)
    one, two = (shop.info(key) for key in keys)
    assert one["purchaseNo"] == two["purchaseNo"] and one["bundleNo"] != two["bundleNo"]


@pytest.mark.parametrize(
    ("changed", "shape"),
    [
        ({"fromDate": "2026-09-28"}, dict),
        ({"toDate": None}, dict),
        ({"fromDate": "2026-09-28T00:00:00"}, dict),
        ({"toDate": "2020-01-01 00:00:00"}, str),
        ({"type": "SHIPPED"}, str),
        ({"type": None}, str),
        ({"searchDateType": "PAY"}, str),
    ],
)
def test_a_wrong_query_is_a_422_in_a_text_or_an_object(
    shop: Shop, changed: dict[str, Any], shape: type
) -> None:
    body = {**shop.times(), "type": "NEW", "searchDateType": "NEW", **changed}
    assert isinstance(shop.post(ORDERS, body, 422)["error"], shape)


@pytest.mark.parametrize(("end", "status"), [("23:59:59", 200), ("24", 422)])
def test_a_window_is_shorter_than_a_day(shop: Shop, end: str, status: int) -> None:
    until = "2026-09-29 00:00:00" if end == "24" else f"2026-09-28 {end}"
    body = {"fromDate": "2026-09-28 00:00:00", "toDate": until, "type": "NEW"}
    shop.post(ORDERS, body, status)
    claim = {"claimType": "CANCEL", "claimStatus": "REQUEST", **body}
    del claim["type"]
    shop.post(CLAIM_LIST, claim, status)


def test_a_window_holds_both_its_ends_to_the_second(shop: Shop) -> None:
    (key,) = shop.order()
    paid = shop.info(key)["payDate"]
    assert shop.listed("NEW", fromDate=paid, toDate=paid) == [bundle_no(key)]


def test_a_bundle_is_in_the_list_of_its_state_by_the_date_of_that(shop: Shop) -> None:
    (key,) = shop.order()
    number = bundle_no(key)
    for act, kind in (
        ("", "NEW"),
        ("confirm_elsewhere", "CONFIRM"),
        ("dispatch_elsewhere", "SHIPPING"),
        ("deliver", "COMPLETE"),
    ):
        if act:
            shop.world("POST", "clock", {"mode": "skew", "seconds": 7200})
            shop.act(act, line=key)
        lists = {name: shop.listed(name) for name in ("NEW", "CONFIRM", "SHIPPING", "COMPLETE")}
        assert lists == {name: [number] if name == kind else [] for name in lists}
    assert shop.listed("COMPLETE", searchDateType="NEW") == []
    assert shop.listed("COMPLETE", searchDateType="NEW", **shop.times(8)) == [number]
    shop.act("decide", line=key)
    assert shop.listed("COMPLETE") == []


def test_reading_confirms_nothing(shop: Shop) -> None:
    (key,) = shop.order()
    shop.listed("NEW")
    assert shop.info(key)["delivery"]["shipStatus"] == "신규주문"
    assert shop.world("GET", "ledger")["lines"][key]["confirms"] == {}


def test_a_bundle_is_confirmed_once_and_every_other_time_refused_with_200(shop: Shop) -> None:
    keys = shop.order(lines=2)
    assert shop.confirm(keys[0]) == (1, "성공")
    key, message = shop.confirm(keys[1])
    assert key == 0 and "신규주문 상태" in message
    ledger = shop.world("GET", "ledger")
    assert [ledger["lines"][one]["confirms"] for one in keys] == [{"1": 1}] * 2
    assert ledger["counts"]["confirm"][keys[0]]["count"] == 1


def test_what_cannot_be_confirmed_is_a_key_of_0(shop: Shop) -> None:
    (one,), (two,) = shop.order(), shop.order()
    shop.act("buyer_cancels", line=one)
    assert shop.confirm(one)[0] == 0 and "취소 신청" in shop.confirm(one)[1]
    shop.act("buyer_withdraws", line=one)
    assert shop.confirm(one)[0] == 1
    shop.act("buyer_cancels", line=two, done=True)
    assert shop.confirm(two) == (0, "취소된 주문입니다.")
    assert shop.confirm("1-1")[0] == 0
    assert isinstance(shop.post(CONFIRM, {"bundleNo": "1"}, 422)["error"], dict)


def test_only_what_is_confirmed_ships_and_only_once(shop: Shop) -> None:
    (key,) = shop.order()
    body = {"bundleNo": bundle_no(key), "shipMethod": "PARCEL"}
    parcel = {**body, "parcelCompanyCode": "D002", "invoiceNo": "123456789012"}
    assert shop.post(SHIP, parcel)["data"]["returnMsg"] == "주문확인건만 발송처리 가능합니다"
    shop.confirm(key)
    assert set(shop.post(SHIP, body, 422)["error"]) == {"parcelCompanyCode", "invoiceNo"}
    assert shop.post(SHIP, parcel)["data"]["returnKey"] == 1
    assert shop.post(SHIP, parcel)["data"] == {
        "returnKey": 0,
        "returnMsg": "이미 발송된 상품입니다",
    }
    assert shop.info(key)["delivery"]["parcelCompany"] == "CJ대한통운"


# -- claims (§6) ----------------------------------------------------------------------------------


def test_a_claim_is_asked_for_in_codes_and_told_in_texts(shop: Shop) -> None:
    (key,) = shop.order(quantity=3)
    shop.act("buyer_cancels", line=key, quantity=2)
    (row,) = shop.claims("CANCEL", "REQUEST")
    assert (row["claimType"], row["claimStatus"], row["bundleNo"]) == (
        "취소",
        "신청",
        bundle_no(key),
    )
    assert row["orderProduct"][0]["orderOption"][0]["optionQty"] == 2
    assert shop.claims("RETURN", "REQUEST") == shop.claims("CANCEL", "APPROVE") == []
    shop.act("cancel_done", line=key)
    (row,) = shop.claims("CANCEL", "APPROVE", searchDateType="REQUEST")
    assert row["claimStatus"] == "승인" and row["approveDate"]
    assert shop.info(key)["orderProduct"][0]["orderOption"][0]["optionQty"] == 3


def test_a_cancel_that_is_taken_back_is_in_no_list_and_a_return_is(shop: Shop) -> None:
    (one,), (two,) = shop.order(), shop.order()
    shop.act("buyer_cancels", line=one)
    shop.act("buyer_withdraws", line=one)
    statuses = ("REQUEST", "APPROVE", "WITHDRAW")
    assert [shop.claims("CANCEL", status) for status in statuses] == [[], [], []]
    assert shop.info(one) is not None
    shop.act("dispatch_elsewhere", line=two)
    shop.act("buyer_returns", line=two)
    shop.act("buyer_withdraws", line=two)
    assert [len(shop.claims("RETURN", status)) for status in statuses] == [0, 0, 1]


def test_a_line_that_is_cancelled_whole_leaves_its_bundle_and_the_last_one_ends_it(
    shop: Shop,
) -> None:
    one, two = shop.order(lines=2, goods=0)
    shop.act("buyer_cancels", line=one, done=True)
    (product,) = shop.info(one)["orderProduct"]
    assert [option["orderOptionNo"] for option in product["orderOption"]] == [
        int(two.split("-")[1])
    ]
    shop.act("buyer_cancels", line=two, done=True)
    assert shop.info(two) is None and shop.listed("NEW") == []
    assert shop.world("GET", "ledger")["lines"][two]["status"] == "CANCELED"


@pytest.mark.parametrize(
    "changed", [{"claimType": "취소"}, {"claimStatus": "DONE"}, {"searchDateType": "PAY"}]
)
def test_a_wrong_claim_query_is_refused(shop: Shop, changed: dict[str, str]) -> None:
    body = {**shop.times(), "claimType": "CANCEL", "claimStatus": "REQUEST", **changed}
    shop.post(CLAIM_LIST, body, 422)


# -- policies (§4) --------------------------------------------------------------------------------

NEW = {**ROW, "shipPolicyNo": None}


def test_a_policy_is_made_without_a_number_and_replaced_with_it(shop: Shop) -> None:
    made = shop.post(SAVE, NEW)["data"]["returnKey"]
    assert shop.post(SAVE, {**NEW, "shipPolicyNo": made, "shipFee": 1})["data"]["returnKey"] == made
    rows = {row["shipPolicyNo"]: row for row in shop.call("GET", POLICIES).json()["data"]}
    assert rows[made]["shipFee"] == 1 and rows[made]["partnerGroupId"].startswith("partner")
    assert shop.world("GET", "ledger")["templates"]["shipping"][str(made)]["updates"] == 1
    assert shop.post(SAVE, {**NEW, "shipPolicyNo": 7}, 404)["error"]


FIXED = {"shipType": "FIXED", "freeCondition": None}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"shipFee": 0}, {"shipFee"}),
        ({"shipFee": 10_000_000}, {"shipFee"}),
        ({"shipFee": "3000"}, {"shipFee"}),
        ({"shipFee": None}, {"shipFee"}),
        ({"freeCondition": None}, {"freeCondition"}),
        ({"prepaymentYn": "N"}, {"prepaymentYn"}),
        ({"shipFeeDisplayYn": "N"}, {"shipFeeDisplayYn"}),
        ({**FIXED, "freeCondition": 100}, {"freeCondition"}),
        ({**FIXED, "differenceYn": "Y", "differenceCount": 2}, {"differenceYn"}),
        ({**FIXED, "differenceCount": 2}, {"differenceCount"}),
        ({"shipType": "FREE", "freeCondition": None}, {"shipFee"}),
        ({"claimShipFee": None}, {"claimShipFee"}),
        ({"shipArea": "NO_MOUNTAIN_ISLAND"}, {"jejuShipFee", "islandMountainShipFee"}),
        ({"releaseDay": 0}, {"releaseDay"}),
        ({"releaseDay": 16}, {"releaseDay"}),
        ({"releaseTime": 9}, {"releaseTime"}),
        ({"releaseDay": 1, "releaseTime": 25}, {"releaseTime"}),
        ({"holidayExceptYn": "B"}, {"holidayExceptYn"}),
        ({"shipMethod": "택배", "bundleKind": ""}, {"shipMethod", "bundleKind"}),
        ({"releaseRoadAddress1": ""}, {"releaseRoadAddress1"}),
        ({"returnAddress1": None, "returnZipCode": "1"}, {"returnAddress1", "returnZipCode"}),
        ({"shipPolicyName": " "}, {"shipPolicyName"}),
        ({"brandNew": 1}, {"brandNew"}),
    ],
)
def test_a_wrong_policy_names_each_field_in_a_text_or_an_object(
    shop: Shop, changed: dict[str, Any], named: set[str]
) -> None:
    error = shop.post(SAVE, {**NEW, **changed}, 422)["error"]
    told = {error.partition(":")[0]} if isinstance(error, str) else set(error)
    assert told == named
    assert isinstance(error, str) == (len(named) == 1)


def test_how_it_ships_together_is_fixed_once_it_is_made(shop: Shop) -> None:
    made = shop.post(SAVE, NEW)["data"]["returnKey"]
    error = shop.post(SAVE, {**NEW, "shipPolicyNo": made, "bundleKind": "PRD"}, 422)["error"]
    assert error.startswith("bundleKind")


def test_a_policy_that_products_use_stays_and_says_how_many(shop: Shop) -> None:
    used = int(shop.act("use_template", listings=300))
    data = shop.post(POLICY_DELETE, {"shipPolicyNo": used})["data"]
    assert data == {"returnKey": 0, "returnMsg": "이 배송정책을 사용하는 상품이 300개 있습니다."}
    shop.act("use_template", listings=0)
    assert shop.post(POLICY_DELETE, {"shipPolicyNo": used})["data"]["returnKey"] == used
    shop.post(POLICY_DELETE, {"shipPolicyNo": used}, 404)


# -- the world ------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"orders": 40, "mix": False}, {"orders": 300, "days": 2}])
def test_a_seed_has_as_many_lines_as_asked(shop: Shop, options: dict[str, Any]) -> None:
    shop.world("POST", "seed", {"size": "small", **options})
    lines = shop.world("GET", "ledger")["lines"]
    assert len(lines) == options["orders"]
    statuses = {line["status"] for line in lines.values()}
    assert statuses == {"NEW"} if options.get("mix") is False else len(statuses) > 2


def test_a_seed_may_bring_orders_of_its_own_and_let_more_trickle_in(shop: Shop) -> None:
    told = [{"lines": 3, "minutes_ago": 5}]
    shop.world("POST", "seed", {"size": "small", "orders": 0, "lines": told, "trickle": 60})
    assert len(shop.world("GET", "ledger")["lines"]) == 3
    shop.call("GET", POLICIES)
    shop.world("POST", "clock", {"mode": "skew", "seconds": 120})
    shop.call("GET", POLICIES)
    assert len(shop.world("GET", "ledger")["lines"]) > 10


@pytest.mark.parametrize(
    ("call", "body", "word"),
    [
        ("seed", {"size": "small", "colour": "red"}, "colour"),
        ("act", {"act": "nothing"}, "acts are"),
        ("act", {"act": "new_order", "facts": {}}, "an order has no facts"),
        ("act", {"act": "new_order", "goods": 99}, "goods"),
        ("act", {"act": "deliver", "line": "1-1"}, "no line"),
        ("act", {"act": "use_template", "template": "7", "listings": 1}, "no template"),
    ],
)
def test_what_cannot_be_done_says_why(shop: Shop, call: str, body: Any, word: str) -> None:
    assert word in shop.world("POST", call, body, 400)["error"]


@pytest.mark.parametrize(
    ("act", "data"),
    [
        ("deliver", {}),
        ("buyer_returns", {}),
        ("buyer_withdraws", {}),
        ("cancel_done", {}),
        ("buyer_cancels", {"quantity": 9}),
    ],
)
def test_an_act_that_does_not_fit_the_line_is_refused(shop: Shop, act: str, data: Any) -> None:
    (key,) = shop.order()
    if act in ("buyer_withdraws", "cancel_done"):
        shop.act("buyer_cancels", line=key, done=True)
    refusal = shop.world("POST", "act", {"act": act, "line": key, **data}, 400)
    assert key.split("-")[0] in refusal["error"]
