"""The wire: what is sent, and which error every shape of a refusal becomes."""

from __future__ import annotations

from datetime import UTC, datetime
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
from plugins.eleven_st.refusals import GATEWAY
from plugins.eleven_st.tests.conftest import (
    API_KEY,
    NOTHING,
    PREFIX,
    Eleven,
    book,
    client_message,
    orders,
    result,
    stopped,
    told,
)

START = datetime(2026, 9, 20, 15, 0, tzinfo=UTC)
END = datetime(2026, 9, 27, 14, 59, tzinfo=UTC)
LIST = "/ordservices/complete/"
CONFIRM = "/ordservices/reqpackaging/"


def listed(eleven: Eleven) -> Any:
    return eleven.client().listed("complete", START, END)


def confirm(eleven: Eleven) -> tuple[str, str]:
    return eleven.client().confirm("20260921000000001", "1", "2716448228", None)


def test_a_list_is_asked_for_in_korean_minutes_with_the_key_and_without_a_content_type(
    eleven: Eleven,
) -> None:
    assert listed(eleven) == []
    assert eleven.paths() == ["/ordservices/complete/202609210000/202609272359"]
    sent = eleven.sent[0].headers
    assert sent["openapikey"] == API_KEY and "content-type" not in sent


def test_rows_are_read_whatever_their_prefix_is_and_null_is_left_out(eleven: Eleven) -> None:
    row = "<ordNo>1</ordNo><ordDlvReqCont>null</ordDlvReqCont><prdNm>면 &amp; 컵</prdNm>"
    root = '<n2:orders xmlns:n2="x">'
    eleven.on("GET", LIST, f"{root}<n2:order>{row}</n2:order></n2:orders>")
    assert listed(eleven) == [{"ordNo": "1", "prdNm": "면 & 컵"}]


def test_what_no_xml_may_hold_is_passed_over(eleven: Eleven) -> None:
    eleven.on("GET", LIST, orders({"ordNo": "1", "prdNm": "컵&#x1f; & \x1f받침"}))
    assert listed(eleven) == [{"ordNo": "1", "prdNm": "컵 & 받침"}]


def test_an_empty_list_is_no_error_in_either_spelling(eleven: Eleven) -> None:
    for empty in (NOTHING, told("-1", "해당 건이 없습니다."), f"<ns2:orders {PREFIX}/>"):
        eleven.on("GET", LIST, empty)
        assert listed(eleven) == []


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("100", AuthError),
        ("200", AuthError),
        ("300", NotApproved),
        ("500", IpNotAllowed),
        ("997", ContractError),
        ("1000", Unavailable),
    ],
)
def test_every_word_of_the_gateway_has_its_error_and_sentence_with_and_without_a_sign(
    eleven: Eleven, code: str, sign: str, error: type[MarketplaceError]
) -> None:
    eleven.on("GET", LIST, stopped(sign + code))
    with pytest.raises(error) as caught:
        listed(eleven)
    others = [known.text for other, known in GATEWAY.items() if other != code]
    assert caught.value.text not in others and caught.value.text.ko
    assert caught.value.text is not error.text_default


def test_our_address_is_shown_when_the_refusal_names_it_and_nothing_else_of_it(
    eleven: Eleven,
) -> None:
    for message, address, shown in (
        ("[203.0.113.7]인증된 IP가 아닙니다.", "203.0.113.7", "IP (203.0.113.7)가"),
        ("[203.0.113.700]인증된 IP가 아닙니다.", "", "IP가"),
        ("[IP]인증된 IP가 아닙니다.", "", "IP가"),
    ):
        eleven.on("GET", LIST, stopped("-500", message))
        with pytest.raises(IpNotAllowed) as caught:
            listed(eleven)
        assert caught.value.address == address
        assert f"이 서버의 {shown} 11번가에" in caught.value.text.ko


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (told("-1000", "서버 점검중입니다"), Unavailable),
        (told("-1", "OpenAPI Key 에 해당하는 유저가 없습니다."), AuthError),
        (told("-3105", "최대 조회기간은 일주일 입니다."), ContractError),
        (told("-1", "주문 조회 오류"), ContractError),
        ((429, b"", {"Retry-After": "7"}), RateLimited),
        ((503, b"<html><body>busy</body></html>"), Unavailable),
        ((500, b""), Unavailable),
        ((415, b""), ContractError),
        ((404, b"<html/>"), ContractError),
        ((200, b"<html><body>login</body></html>"), Unavailable),
        ((200, orders({"ordNo": "1"}).encode()[:-9]), Unavailable),
        (httpx.ReadTimeout("late"), Unavailable),
    ],
)
def test_a_read_that_fails_says_who_acts_next(
    eleven: Eleven, answer: Any, error: type[MarketplaceError]
) -> None:
    eleven.on("GET", LIST, answer)
    with pytest.raises(error) as caught:
        listed(eleven)
    assert API_KEY not in str(caught.value) + caught.value.detail
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, b"<html><body>login</body></html>"), OutcomeUnknown),
        ((502, b""), OutcomeUnknown),
        ((200, b"<ResultOrder><result_co"), OutcomeUnknown),
        ("<ResultOrder><openMallID>11ST</openMallID></ResultOrder>", OutcomeUnknown),
        (httpx.ReadError("gone"), OutcomeUnknown),
        (httpx.ConnectError("refused"), Unavailable),
        (stopped("-500"), IpNotAllowed),
        (result("-1000", "서버 점검중입니다"), Unavailable),
        ((429, b""), RateLimited),
    ],
)
def test_a_confirm_whose_answer_says_nothing_is_unknown_and_a_refused_one_is_not(
    eleven: Eleven, answer: Any, error: type[MarketplaceError]
) -> None:
    eleven.on("GET", CONFIRM, answer)
    with pytest.raises(error):
        confirm(eleven)
    assert eleven.gate.calls[-1].write


def test_a_confirm_names_the_line_and_its_delivery_in_the_path(eleven: Eleven) -> None:
    eleven.on("GET", CONFIRM, result("0", "전체 1건이 정상적으로 발주처리가 되었습니다."))
    assert confirm(eleven)[0] == "0"
    eleven.client().confirm("20260921000000001", "2", "2716448228", "4000000001")
    assert eleven.paths() == [
        "/ordservices/reqpackaging/20260921000000001/1/N/null/2716448228",
        "/ordservices/reqpackaging/20260921000000001/2/Y/4000000001/2716448228",
    ]
    assert all(call.write for call in eleven.gate.calls)


def test_a_business_refusal_counts_whatever_its_status_is(eleven: Eleven) -> None:
    eleven.on("GET", CONFIRM, (500, result("-3211", "취소된 주문입니다.")))
    assert confirm(eleven) == ("-3211", "취소된 주문입니다.")


def test_states_are_asked_for_by_order_numbers_without_blanks(eleven: Eleven) -> None:
    eleven.on("GET", "/claimservice/orderlistall/", orders({"ordNo": "2", "ordPrdSeq": "1"}))
    assert eleven.client().states(["1", "2"]) == [{"ordNo": "2", "ordPrdSeq": "1"}]
    assert eleven.paths() == ["/claimservice/orderlistall/1,2"]


# -- the address book and 발송마감 ----------------------------------------------------------------


def test_the_rows_of_the_address_book_come_by_number_with_and_without_success(
    eleven: Eleven,
) -> None:
    rows = ({"addrSeq": "14", "memNo": "1"}, {"addrSeq": "2", "memNo": "1"})
    for message in ("", "SUCCESS"):
        eleven.on("GET", "/areaservice/outboundarea", book(*rows, message=message))
        assert [row["addrSeq"] for row in eleven.client().addresses("out")] == ["2", "14"]
    eleven.on("GET", "/areaservice/outboundarea", book(message="등록된 주소가 없습니다."))
    assert eleven.client().addresses("out") == []
    eleven.on("GET", "/areaservice/outboundarea", book(message="출고지 조회 오류"))
    with pytest.raises(ContractError):
        eleven.client().addresses("out")


def test_one_outbound_address_is_read_by_a_post_without_a_body(eleven: Eleven) -> None:
    eleven.on("POST", "/areaservice/getOutAddressInfo/14", book({"addrSeq": "14"}))
    assert eleven.client().address("out", "14") == {"addrSeq": "14"}
    sent = eleven.sent[0]
    assert sent.content == b"" and "content-type" not in sent.headers
    assert not eleven.gate.calls[0].write
    eleven.on("POST", "/areaservice/getOutAddressInfo/14", book(message="존재하지 않는 주소"))
    with pytest.raises(NotFound):
        eleven.client().address("out", "14")


def test_an_overseas_address_is_found_within_its_second_root(eleven: Eleven) -> None:
    inside = "<addrSeq>3</addrSeq><city>서울</city><ns2:result_message>SUCCESS</ns2:result_message>"
    row = f"<ns2:inOutAddresss>{inside}</ns2:inOutAddresss>"
    nested = f"<ns2:inOutAddresss {PREFIX}>{row}</ns2:inOutAddresss>"
    eleven.on("GET", "/areaservice/global/getGlobalOutAddress/3", nested)
    assert eleven.client().address("global", "3")["city"] == "서울"


def test_an_address_is_written_in_euc_kr_and_its_number_comes_back(eleven: Eleven) -> None:
    path = "/areaservice/v2/updateOutAddress"
    eleven.on("POST", path, book({"addrSeq": "14"}, message="SUCCESS", row="intOutAddress"))
    assert eleven.client().save_address("out", "14", {"addrNm": "파주 <물류>"}, {}) == "14"
    sent = eleven.sent[0]
    assert sent.headers["content-type"] == "text/xml;charset=EUC-KR"
    assert sent.content.startswith(b'<?xml version="1.0" encoding="EUC-KR"?>')
    assert "<addrSeq>14</addrSeq><addrNm>파주 &lt;물류&gt;</addrNm>" in eleven.bodies()[0]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (book(message="출고지 등록 오류 : 휴대폰번호 형식이 올바르지 않습니다."), Rejected),
        (book(message="SUCCESS"), OutcomeUnknown),
        (book(), OutcomeUnknown),
        ((500, b"<html/>"), OutcomeUnknown),
        (stopped("-997"), ContractError),
    ],
)
def test_an_address_that_is_not_taken_says_so_and_silence_is_unknown(
    eleven: Eleven, answer: Any, error: type[MarketplaceError]
) -> None:
    eleven.on("POST", "/areaservice/v2/registerOutAddress", answer)
    with pytest.raises(error) as caught:
        eleven.client().save_address("out", None, {"addrNm": "창고"}, {"휴대": "mobile"})
    if isinstance(caught.value, Rejected):
        assert "휴대폰번호 형식" in caught.value.fields["mobile"].ko


def test_an_address_is_searched_for_in_utf_8(eleven: Eleven) -> None:
    row = "<roadAddrInfo><buildMngNO>1</buildMngNO><roadAddr>보기로 1</roadAddr></roadAddrInfo>"
    eleven.on("POST", "/commonservices/v2/searchAddr", f"<RoadAddrList>{row}</RoadAddrList>")
    assert eleven.client().search("보기로 1") == [{"buildMngNO": "1", "roadAddr": "보기로 1"}]
    assert eleven.sent[0].headers["content-type"] == "text/xml;charset=UTF-8"
    assert "<searchRoadAddrKwd>보기로 1<" in eleven.sent[0].content.decode()


@pytest.mark.parametrize(
    ("code", "error"),
    [("E011", Rejected), ("E013", Rejected), ("E012", Rejected), ("E099", Unavailable)],
)
def test_a_search_that_fails_says_what_to_type_or_goes_on_later(
    eleven: Eleven, code: str, error: type[MarketplaceError]
) -> None:
    answer = f"<ResultMessage><result_code>{code}</result_code><result_message/></ResultMessage>"
    eleven.on("POST", "/commonservices/v2/searchAddr", answer)
    with pytest.raises(error):
        eleven.client().search("보기로")


def test_a_deadline_is_changed_by_a_put_and_made_by_a_post(eleven: Eleven) -> None:
    path = "/prodservices/sendCloseTemplate"
    done = client_message("200", "발송마감 템플릿 등록 성공", prdInfoTmpltNo="344842")
    eleven.on("PUT", f"{path}/344842", done)
    eleven.on("POST", path, done)
    client = eleven.client()
    assert client.save_deadline("344842", {"sendClfCd": "02"}, {}) == "344842"
    assert client.save_deadline(None, {"sendClfCd": "02"}, {}) == "344842"
    eleven.on("POST", path, client_message("500", "발송기한이 올바르지 않습니다."))
    with pytest.raises(Rejected) as caught:
        client.save_deadline(None, {"sendClfCd": "02"}, {"발송기한": "term"})
    assert set(caught.value.fields) == {"term"}
    eleven.on("POST", path, client_message("200", "등록 성공"))
    with pytest.raises(OutcomeUnknown):
        client.save_deadline(None, {"sendClfCd": "02"}, {})
