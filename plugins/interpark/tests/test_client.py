"""What is sent on either half of the wire, and what every refusal becomes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from hanpan.api import (
    AuthError,
    ContractError,
    IpNotAllowed,
    NotApproved,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
    first,
    inner,
)
from plugins.interpark.client import CONFIRMED, DELIVERED, TAKE
from plugins.interpark.services import cite_name, secret_name
from plugins.interpark.tests.conftest import KEYS, NOW, Desk, order, order_list, product

INSERT, GET = "insertDelvCostPlcAPIData", "getDelvCostPlcAPIData"
ITEM = {"distCostTp": "99", "distCostCd": "02", "distCost": 2500}
LOGIN = "<!doctype html><html><body><form>로그인</form></body></html>"


def error(said: str, code: str = "000") -> str:
    return (
        '<?xml version="1.0" encoding="euc-kr"?><result><title/><description/><error>'
        f"<code>{code}</code><message>오류</message><explanation>{said}</explanation>"
        "</error></result>"
    )


def read(desk: Desk, name: str = CONFIRMED, **more: Any) -> Any:
    return desk.client().order_list(name, NOW - timedelta(hours=2), NOW, **more)


# -- orders ---------------------------------------------------------------------------------------


def test_a_list_is_asked_for_by_the_seller_numbers_and_korean_times(desk: Desk) -> None:
    read(desk)
    (request,) = desk.sent
    assert request.method == "GET" and request.url.path == "/order/OrderClmAPI.do"
    assert dict(request.url.params) == {
        "_method": CONFIRMED,
        "sc.entrId": "EXAMPLESHOP",
        "sc.supplyEntrNo": "3000000001",
        "sc.supplyCtrtSeq": "1",
        "sc.strDate": "20260928070500",
        "sc.endDate": "20260928090500",
    }


def test_only_the_list_of_delivered_lines_has_pages(desk: Desk) -> None:
    read(desk, DELIVERED, page=3)
    (asked,) = desk.asked(DELIVERED)
    assert (asked["sc.pageNo"], asked["sc.rowCnt"]) == ("3", "1000")


@pytest.mark.parametrize(("name", "write"), [(TAKE, True), (CONFIRMED, False)])
def test_only_the_read_that_confirms_is_a_write(desk: Desk, name: str, write: bool) -> None:
    read(desk, name)
    (call,) = desk.gate.calls
    assert call.write is write


def test_a_bare_ampersand_and_korean_letters_are_read(desk: Desk) -> None:
    desk.on(CONFIRMED, order_list(order("1" * 20, product(PRD_NM="트레이 & 컵 &amp; 받침"))))
    assert first(read(desk), "PRD_NM") == "트레이 & 컵 & 받침"


@pytest.mark.parametrize("code", ["003", "000", "999"])
def test_a_list_that_holds_nothing_is_empty_whatever_its_code(desk: Desk, code: str) -> None:
    desk.on(CONFIRMED, order_list(code=code, message="요청한 데이터가 존재하지않습니다."))
    assert not list(inner(read(desk), "ORDER"))


@pytest.mark.parametrize(
    ("code", "error", "word"),
    [
        ("001", Unavailable, "자동으로"),
        ("002", Unavailable, "자동으로"),
        ("101", AuthError, "관리계정 ID관리"),
        ("102", NotApproved, "영업일 2~5일"),
        ("103", ContractError, "저희 쪽"),
        ("777", Rejected, "점검 중입니다"),
    ],
)
@pytest.mark.parametrize("name", [TAKE, CONFIRMED])
def test_a_result_code_becomes_its_error(
    desk: Desk, name: str, code: str, error: type[Exception], word: str
) -> None:
    desk.on(name, order_list(code=code, message="점검 중입니다"))
    with pytest.raises(error) as caught:
        read(desk, name)
    assert word in caught.value.text.ko and caught.value.code == code


@pytest.mark.parametrize(
    "answer",
    [LOGIN, "", "<ORDER_LIST/>", order_list(order("1" * 20, product()))[:-40], (503, "x"),
     (302, ""), httpx.ReadTimeout("slow")],
)  # fmt: skip
@pytest.mark.parametrize(("name", "error"), [(TAKE, OutcomeUnknown), (CONFIRMED, Unavailable)])
def test_an_answer_that_says_nothing_is_unknown_for_the_read_that_confirms(
    desk: Desk, name: str, error: type[Exception], answer: Any
) -> None:
    desk.on(name, answer)
    with pytest.raises(error):
        read(desk, name)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((429, "", {"Retry-After": "7"}), RateLimited),
        ((403, ""), IpNotAllowed),
        ((404, ""), ContractError),
        (httpx.ConnectError("refused"), Unavailable),
    ],
)
@pytest.mark.parametrize("name", [TAKE, CONFIRMED])
def test_a_status_becomes_its_error(
    desk: Desk, name: str, answer: Any, error: type[Exception]
) -> None:
    desk.on(name, answer)
    with pytest.raises(error) as caught:
        read(desk, name)
    assert getattr(caught.value, "retry_after", 7.0) == 7.0


# -- seller services ------------------------------------------------------------------------------


def test_a_service_is_called_with_its_own_pair_in_the_body(desk: Desk) -> None:
    desk.on(GET, "<result/>")
    desk.client().service("bundle_fee")
    (request,) = desk.sent
    assert request.method == "POST"
    assert request.url.path == "/openapi/enterprise/EntrDelvAPIService.do"
    assert request.url.query == b"_method=getDelvCostPlcAPIData"
    assert desk.asked(GET) == [
        {
            "_method": GET,
            "citeKey": KEYS[cite_name("bundle_fee_get")],
            "secretKey": KEYS[secret_name("bundle_fee_get")],
        }
    ]


def test_neither_keys_nor_the_published_address_stand_in_the_journal(desk: Desk) -> None:
    desk.on(INSERT, "<result/>")
    desk.client().service("bundle_fee.create", ITEM)
    (call,) = desk.gate.calls
    body = call.clean(call.request_body)
    assert "citeKey=" in body and "exampleKey" not in body
    assert "unguessable" not in body and "unguessable" not in call.clean(call.query)


def test_what_is_written_is_published_and_its_address_sent(desk: Desk) -> None:
    desk.on(INSERT, "<result/>")
    desk.client().service("bundle_fee.create", ITEM)
    (content,) = desk.published
    assert content.startswith(b'<?xml version="1.0" encoding="EUC-KR"?>')
    assert b"<item><distCostTp>99</distCostTp>" in content
    (asked,) = desk.asked(INSERT)
    assert asked["dataUrl"] == "https://hanpan.example/published/unguessable-1"


def test_without_an_address_of_ours_nothing_is_sent_and_it_is_said(desk: Desk) -> None:
    desk.can_publish = False
    with pytest.raises(Rejected) as caught:
        desk.client().service("bundle_fee.create", ITEM)
    assert "HANPAN_PUBLIC_URL" in caught.value.text.ko and not desk.sent


def test_a_letter_that_euc_kr_lacks_is_refused_at_our_field(desk: Desk) -> None:
    with pytest.raises(Rejected) as caught:
        desk.client().service("return_address.create", {"delvNm": "똠얌"}, {"delvNm": "name"})
    assert "똠" in caught.value.fields["name"].ko and not desk.sent and not desk.published


@pytest.mark.parametrize("half", [cite_name("bundle_fee_get"), secret_name("bundle_fee_get")])
def test_a_pair_that_is_missing_is_named_and_nothing_is_sent(desk: Desk, half: str) -> None:
    with pytest.raises(Rejected) as caught:
        desk.client(**{half: ""}).service("bundle_fee")
    assert "'배송비정책 조회'" in caught.value.text.ko and not desk.sent
    assert "'Read bundle fees'" in caught.value.text.en


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("인증키 또는 비밀키가 올바르지 않습니다.", "서로 바뀌지 않았는지"),
        ("dataUrl 에 접근할 수 없습니다. (timeout)", "HANPAN_PUBLIC_URL"),
        ("XML 을 읽을 수 없습니다.", "저희 쪽 잘못"),
        ("점검 중입니다", "점검 중입니다"),
    ],
)
def test_what_a_service_refuses_is_said(desk: Desk, said: str, word: str) -> None:
    desk.on(INSERT, error(said))
    with pytest.raises(Rejected) as caught:
        desk.client().service("bundle_fee.create", ITEM)
    assert word in caught.value.text.ko and not caught.value.fields


def test_a_refusal_that_names_an_element_stands_beside_our_field(desk: Desk) -> None:
    desk.on(INSERT, error("종류를 확인해 주세요. 'distCostTp'"))
    with pytest.raises(Rejected) as caught:
        desk.client().service("bundle_fee.create", ITEM, {"distCost": "fee", "distCostTp": "type"})
    assert set(caught.value.fields) == {"type"}


def test_the_message_is_told_where_there_is_no_explanation(desk: Desk) -> None:
    desk.on(INSERT, "<result><error><code>9|8</code><message>안 됩니다</message></error></result>")
    with pytest.raises(Rejected) as caught:
        desk.client().service("bundle_fee.create", ITEM)
    assert "안 됩니다" in caught.value.text.ko and caught.value.code == "9|8"


@pytest.mark.parametrize(
    "answer", [LOGIN, "", "<html/>", "<result>", (500, ""), httpx.ReadError("cut")]
)
@pytest.mark.parametrize(
    ("name", "method", "item", "error"),
    [
        ("bundle_fee", GET, None, Unavailable),
        ("bundle_fee.create", INSERT, ITEM, OutcomeUnknown),
    ],
)
def test_an_answer_that_says_nothing_is_unknown_for_a_write(
    desk: Desk, name: str, method: str, item: Any, error: type[Exception], answer: Any
) -> None:
    desk.on(method, answer)
    with pytest.raises(error):
        desk.client().service(name, item)
