"""The token, and what every refusal of the gateway becomes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from hanpan.api import (
    AuthError,
    ContractError,
    IpNotAllowed,
    MarketplaceError,
    NotApproved,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from plugins.smartstore.apis import APIS
from plugins.smartstore.signature import check_secret, sign
from plugins.smartstore.tests.conftest import SECRET, TOKEN, Naver, refused

ACCOUNT = "/v1/seller/account"
CONFIRM = "/v1/pay-order/seller/product-orders/confirm"
GROUPS = "/v1/product-delivery-info/bundle-groups"
FORM = ["client_id", "client_secret_sign", "grant_type", "timestamp", "type"]


# -- the signature and the secret ------------------------------------------------------------------


def test_the_official_vector_is_signed_as_documented() -> None:
    # The documented salt ends in a character that is not canonical; `u` is the same salt.
    signed = sign("aaaabbbbcccc", "$2a$10$abcdefghijklmnopqrstuu", 1643961623299)
    assert signed == (
        "JDJhJDEwJGFiY2RlZmdoaWprbG1ub3BxcnN0dXVCVldZSk42T0VPdEx1OFY0cDQxa2IuTnpVaUEzbmsy"
    )


@pytest.mark.parametrize(
    "secret",
    [
        "$2a$10$abcdefghijklmnopqrstuv",  # the sample of the documents itself
        "$2a$04$abcdefghijklmnopqrst",
        "$2a$04$abcdefghijklmnopqrstuuu",
        "$2a$31$abcdefghijklmnopqrstuu",  # would keep a page busy for hours
        "$2a$4$abcdefghijklmnopqrstuu",
        "secret",
        "가나다",
    ],
)
def test_a_malformed_secret_is_named_without_a_call(naver: Naver, secret: str) -> None:
    reason = check_secret(secret)
    assert reason is not None and "시크릿" in reason.ko
    with pytest.raises(AuthError) as caught:
        naver.client(client_secret=secret).account()
    assert caught.value.text == reason
    assert naver.sent == []


def test_a_whole_secret_passes() -> None:
    assert check_secret(SECRET) is None


# -- the token ---------------------------------------------------------------------------------


def test_a_self_token_is_asked_for_with_exactly_its_fields_in_the_body(naver: Naver) -> None:
    naver.on("GET", ACCOUNT, {"accountUid": "ncp_1"})
    naver.client().account()
    request, call = naver.sent
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.url.query == b""
    form = naver.asked(TOKEN)[0]
    assert sorted(form) == FORM
    assert form["grant_type"] == "client_credentials" and form["type"] == "SELF"
    assert len(form["timestamp"]) == 13
    assert 0 < naver.now.timestamp() * 1000 - int(form["timestamp"]) < 5000
    assert form["client_secret_sign"] == sign(form["client_id"], SECRET, int(form["timestamp"]))
    assert call.headers["authorization"] == "Bearer token-1"


def test_a_seller_token_carries_the_account(naver: Naver) -> None:
    naver.on("GET", ACCOUNT, {})
    naver.client(token_type="SELLER").account()
    form = naver.asked(TOKEN)[0]
    assert sorted(form) == ["account_id", *FORM]
    assert form["account_id"] == "ncp_example"


@pytest.mark.parametrize(
    "values",
    [
        {"client_id": ""},
        {"client_secret": ""},
        {"client_secret": None},
        {"token_type": ""},
        {"token_type": "OTHER"},
        {"token_type": "SELLER", "account_id": ""},
    ],
)
def test_an_incomplete_token_request_is_never_sent(naver: Naver, values: dict[str, Any]) -> None:
    with pytest.raises(AuthError) as caught:
        naver.client(**values).account()
    assert naver.sent == []
    assert "비어 있어" in caught.value.text.ko


def test_a_token_is_kept_until_half_an_hour_is_left_and_shared(naver: Naver) -> None:
    naver.on("GET", ACCOUNT, {})
    naver.client().account()
    naver.now += timedelta(seconds=10793 - 1801)
    naver.client().account()
    assert naver.paths().count(TOKEN) == 1
    naver.now += timedelta(seconds=2)
    naver.client().account()
    assert naver.paths().count(TOKEN) == 2


def test_a_refused_token_is_renewed_once_and_the_call_repeated(naver: Naver) -> None:
    naver.memory.set("token", "old", seconds=999)
    naver.on("GET", ACCOUNT, refused(401, "GW.AUTHN"), {"accountUid": "ncp_1"})
    assert naver.client().account() == {"accountUid": "ncp_1"}
    assert naver.paths() == [ACCOUNT, TOKEN, ACCOUNT]
    assert naver.sent[-1].headers["authorization"] == "Bearer token-1"


def test_a_dead_token_is_not_tried_a_second_time(naver: Naver) -> None:
    naver.memory.set("token", "old", seconds=999)
    naver.on("GET", ACCOUNT, refused(401, "GW.AUTHN"))
    naver.on("POST", TOKEN, refused(503, "GW.BLOCK.02"))
    for _ in range(2):
        with pytest.raises(Unavailable):
            naver.client().account()
    assert naver.paths() == [ACCOUNT, TOKEN, TOKEN]


@pytest.mark.parametrize("kept", [True, False])
def test_a_group_that_is_missing_is_named_and_not_tried_for_ever(naver: Naver, kept: bool) -> None:
    if kept:
        naver.memory.set("token", "old", seconds=999)
    naver.on("POST", CONFIRM, refused(401, "GW.AUTHN"))
    with pytest.raises(NotApproved) as caught:
        naver.client().confirm(["1"])
    assert "'주문 판매자'" in caught.value.text.ko and "'주문 판매자'" in caught.value.text.en
    assert naver.paths().count(CONFIRM) == (2 if kept else 1)
    assert naver.paths().count(TOKEN) == 1


def test_neither_secret_nor_signature_nor_token_reach_the_journal(naver: Naver) -> None:
    naver.on("GET", ACCOUNT, {"echo": "token-1"})
    naver.client().account()
    signature = naver.asked(TOKEN)[0]["client_secret_sign"]
    assert len(naver.gate.calls) == 2
    kept = "".join(call.clean(call.request_body + call.response_body) for call in naver.gate.calls)
    assert "client_secret_sign" in kept
    for secret in (SECRET, signature, "token-1"):
        assert secret not in kept


# -- what a refused token tells ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("client_id", "애플리케이션 ID를 모른다"),
        ("client_secret_sign", "시크릿이 맞지 않습니다"),
        ("account_id", "연동용 판매자 ID"),
        ("type", "SELF를 선택"),
    ],
)
def test_the_input_that_naver_refuses_has_its_own_sentence(
    naver: Naver, name: str, word: str
) -> None:
    inputs = [{"name": name, "type": "Invalid", "message": "유효하지 않습니다."}]
    naver.on("POST", TOKEN, refused(400, "BAD_REQUEST", invalidInputs=inputs))
    with pytest.raises(AuthError) as caught:
        naver.client().account()
    assert word in caught.value.text.ko
    assert naver.paths() == [TOKEN]


@pytest.mark.parametrize("minutes", [60, -60])
def test_a_clock_that_is_off_is_said_in_minutes(naver: Naver, minutes: int) -> None:
    naver.skew = timedelta(minutes=minutes)
    inputs = [{"name": "timestamp", "type": "Invalid", "message": "유효하지 않습니다."}]
    naver.on("POST", TOKEN, refused(400, "BAD_REQUEST", invalidInputs=inputs))
    with pytest.raises(AuthError) as caught:
        naver.client().account()
    assert "60분" in caught.value.text.ko and "NTP" in caught.value.text.ko
    assert naver.paths() == [TOKEN]


def test_a_clock_that_the_answer_corrected_is_tried_once_more(naver: Naver) -> None:
    naver.skew = timedelta(minutes=7)
    client = naver.client()
    refusal = httpx.Response(400, json={"code": "BAD_REQUEST", "invalidInputs": []})
    answers = [refusal, httpx.Response(200, json={"access_token": "t-2", "expires_in": 9000})]

    def serve(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith(TOKEN):
            return httpx.Response(200, json={"accountUid": "ncp_1"})
        naver.sent.append(request)
        naver.skew = timedelta()
        answer = answers.pop(0)
        answer.headers["date"] = "Mon, 28 Sep 2026 00:05:00 GMT"
        return answer

    naver.answers.transport = httpx.MockTransport(serve)
    client = naver.client()
    assert client.account() == {"accountUid": "ncp_1"}
    first, second = naver.asked(TOKEN)
    assert int(first["timestamp"]) - int(second["timestamp"]) == 7 * 60 * 1000


@pytest.mark.parametrize(
    ("answer", "error", "word"),
    [
        (refused(403, "FORBIDDEN"), AuthError, "운영 중지"),
        (refused(403, "GW.IP_NOT_ALLOWED"), IpNotAllowed, "API 호출 IP"),
        (refused(400, "BAD_REQUEST"), AuthError, "인증 토큰"),
        (refused(429, "GW.RATE_LIMIT"), RateLimited, "한도"),
        (refused(503, "GW.BLOCK.02"), Unavailable, "응답"),
        ((200, b"<html>login</html>"), Unavailable, "응답"),
        ({"token": 1}, ContractError, "이해하지"),
        (httpx.ReadError("gone"), Unavailable, "응답"),
    ],
)
def test_a_refused_token_leaves_a_write_surely_undone(
    naver: Naver, answer: Any, error: type[MarketplaceError], word: str
) -> None:
    naver.on("POST", TOKEN, answer)
    with pytest.raises(error) as caught:
        naver.client().confirm(["1"])
    assert word in caught.value.text.ko
    assert naver.paths() == [TOKEN]


# -- the gateway's table -----------------------------------------------------------------------

HTML = (200, b"<html>login</html>")
EMPTY: tuple[int, bytes] = (200, b"")


@pytest.mark.parametrize(
    ("answer", "read", "write"),
    [
        (refused(301, "PERMANENT_REDIRECT"), ContractError, ContractError),
        (refused(400, "BAD_REQUEST"), ContractError, Rejected),
        (refused(401, "GW.AUTHN"), NotApproved, NotApproved),
        (refused(403, "GW.IP_NOT_ALLOWED"), IpNotAllowed, IpNotAllowed),
        (refused(403, "INVALID_STORE_STATUS"), AuthError, AuthError),
        (refused(403, "ROLE_NOT_FOUND"), NotApproved, NotApproved),
        (refused(403, "SOMETHING_NEW"), NotApproved, NotApproved),
        (refused(404, "GW.NOT_FOUND"), ContractError, ContractError),
        (refused(404, "NOT_FOUND"), NotFound, NotFound),
        (refused(405, ""), ContractError, ContractError),
        (refused(429, "GW.RATE_LIMIT"), RateLimited, RateLimited),
        (refused(429, "GW.QUOTA_LIMIT"), RateLimited, RateLimited),
        (refused(500, "GW.PROXY.03"), Unavailable, OutcomeUnknown),
        (refused(500, "GW.INTERNAL_SERVER_ERROR"), Unavailable, OutcomeUnknown),
        (refused(502, ""), Unavailable, OutcomeUnknown),
        (refused(503, "GW.BLOCK.01"), Unavailable, Unavailable),
        (refused(503, "GW.BLOCK.02"), Unavailable, Unavailable),
        (refused(504, "GW.TIMEOUT.02"), Unavailable, OutcomeUnknown),
        ((503, b"<html>"), Unavailable, OutcomeUnknown),
        (HTML, Unavailable, OutcomeUnknown),
        (EMPTY, Unavailable, OutcomeUnknown),
        ({"timestamp": "x"}, None, OutcomeUnknown),
        (httpx.ReadTimeout("late"), Unavailable, OutcomeUnknown),
        (httpx.ConnectError("no"), Unavailable, Unavailable),
    ],
)
def test_each_refusal_has_one_class_for_reads_and_one_for_writes(
    naver: Naver,
    answer: Any,
    read: type[MarketplaceError] | None,
    write: type[MarketplaceError],
) -> None:
    naver.on("GET", GROUPS, answer)
    naver.on("POST", CONFIRM, answer)
    client = naver.client()
    if read is None:
        client.bundles(1)
    else:
        with pytest.raises(MarketplaceError) as caught:
            client.bundles(1)
        assert type(caught.value) is read
    with pytest.raises(MarketplaceError) as caught:
        client.confirm(["1"])
    assert type(caught.value) is write


@pytest.mark.parametrize(
    ("code", "headers", "seconds"),
    [
        ("GW.RATE_LIMIT", {}, 1),
        ("GW.RATE_LIMIT", {"Retry-After": "7"}, 7),
        ("GW.RATE_LIMIT", {"Retry-After": "soon"}, 1),
        ("GW.QUOTA_LIMIT", {}, 60),
        ("GW.QUOTA_LIMIT", {"GNCP-GW-Quota-Period": "HOURS"}, 3600),
        ("GW.QUOTA_LIMIT", {"GNCP-GW-Quota-Period": "HOURS", "Retry-After": "30"}, 30),
    ],
)
def test_a_limit_says_how_long_to_wait(
    naver: Naver, code: str, headers: dict[str, str], seconds: float
) -> None:
    naver.on("GET", ACCOUNT, (*refused(429, code), headers))
    with pytest.raises(RateLimited) as caught:
        naver.client().account()
    assert caught.value.retry_after == seconds


def test_the_limits_that_answers_tell_are_learnt_per_api(naver: Naver) -> None:
    told = {
        "GNCP-GW-RateLimit-Replenish-Rate": "5",
        "GNCP-GW-RateLimit-Burst-Capacity": "10",
        "GNCP-GW-RateLimit-Remaining": "3",
    }
    naver.on("GET", ACCOUNT, (200, {}, told))
    naver.on("GET", GROUPS, (200, {}, {"GNCP-GW-RateLimit-Replenish-Rate": "many"}))
    client = naver.client()
    client.account()
    client.bundles(1)
    assert naver.gate.learnt == {"account": (5.0, 10.0, 3.0)}


def test_an_agency_calls_the_partner_base(naver: Naver) -> None:
    naver.on("GET", ACCOUNT, {})
    naver.client(app_base="partner", token_type="SELLER").account()
    assert {request.url.path.split("/")[1] for request in naver.sent} == {"partner"}


def test_every_write_is_declared_as_one() -> None:
    reads_by_post = {"token", "details", "products"}
    for name, api in APIS.items():
        assert api.write == (api.method != "GET" and name not in reads_by_post), name
