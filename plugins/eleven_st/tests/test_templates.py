"""주소지 and 발송마감: what is read, what is sent, what is refused where."""

from __future__ import annotations

from typing import Any

import pytest

from core.fields import clean
from hanpan.api import Capability, ContractError, Rejected
from plugins.eleven_st.assumed import ASSUMED
from plugins.eleven_st.templates import TYPES
from plugins.eleven_st.templates.addresses import ADDRESS
from plugins.eleven_st.templates.deadlines import DISPATCH_DEADLINE
from plugins.eleven_st.tests.conftest import Eleven, book, client_message

OUT, IN = "/areaservice/outboundarea", "/areaservice/inboundarea"
ONE = "/areaservice/getOutAddressInfo/"
CLOSE = "/prodservices/sendCloseList"
BUILDING = "4148025021100010002000001"
GONE = book(message="출고지 조회 오류 : 존재하지 않는 주소입니다.")


def fetched(template: Any, client: Any) -> list[Any]:
    """Every row, page by page as core asks for them."""
    found, cursor, more = [], "", True
    while more:
        page = template.fetch(client, cursor)
        found += page.items
        cursor, more = page.cursor, page.more
    return found


def thin(number: int, **more: Any) -> dict[str, Any]:
    return {"addr": f"경기 시험시 물류로 {number} 2층", "addrNm": f"창고 {number}"} | {
        "addrSeq": number,
        "gnrlTlphnNo": "031-000-0000",
        "prtblTlphnNo": "010-0000-0000",
        "rcvrNm": "김견본",
        "memNo": "1",
        **more,
    }


def single(number: int, **more: Any) -> dict[str, Any]:
    told = {"addrSeq": number, "dtlsAddr": "2층", "mailNO": "10881", "buildMngNO": BUILDING}
    return thin(number) | told | more


# -- 주소지 ------------------------------------------------------------------------------------


def test_addresses_of_both_lists_are_read_with_their_details_twenty_at_a_time(
    eleven: Eleven,
) -> None:
    eleven.on("GET", OUT, book(*(thin(n) for n in range(1, 23))))
    eleven.on("POST", ONE, book(single(1)))
    eleven.on("GET", IN, book(thin(1)))
    eleven.on("GET", "/areaservice/getRtnAddressInfo/1", book(single(1)))
    rows = fetched(ADDRESS, eleven.client())
    ids = [row.id for row in rows]
    assert ids == [f"out:{n}" for n in range(1, 23)] + ["in:1"]
    assert eleven.paths().count(OUT) == 2
    assert rows[0].values["building"] == BUILDING and rows[0].values["postcode"] == "10881"
    assert rows[0].values["address"] == "경기 시험시 물류로 1 2층"
    assert set(rows[0].values) == {field.name for field in ADDRESS.fields}
    assert ADDRESS.title(rows[-1].values) == "[반품/교환지] 창고 1"


def test_what_is_no_domestic_address_is_read_as_an_overseas_one(eleven: Eleven) -> None:
    abroad = {"countryCd": "CN", "city": "상하이", "zipCode": "200000"}
    number = {"gnrlTlphnNo": "86-2100-0000"}
    eleven.on("GET", OUT, book(thin(3, **number)))
    eleven.on("POST", ONE, GONE)
    eleven.on("GET", "/areaservice/global/getGlobalOutAddress/3", book({"addrSeq": 3} | abroad))
    eleven.on("GET", IN, book(message="등록된 주소가 없습니다."))
    (row,) = fetched(ADDRESS, eleven.client())
    assert row.id == "global:3" and row.values["country"] == "CN"
    assert row.values["phone_abroad"] == "8621000000" and row.values["phone"] is None
    assert ASSUMED[0].calls == ("template.address.import",)


def test_an_address_that_went_while_it_was_read_is_shown_as_the_list_told_it(
    eleven: Eleven,
) -> None:
    eleven.on("GET", OUT, book(thin(1)))
    eleven.on("POST", ONE, GONE)
    eleven.on("GET", "/areaservice/global/", GONE)
    eleven.on("GET", IN, book(message="등록된 주소가 없습니다."))
    (row,) = fetched(ADDRESS, eleven.client())
    assert row.id == "out:1" and row.values["name"] == "창고 1" and row.values["building"] == ""


def test_a_cursor_of_another_kind_is_refused(eleven: Eleven) -> None:
    for cursor in ("2", "out:", "global:1", "out:1; drop"):
        with pytest.raises(ContractError):
            ADDRESS.fetch(eleven.client(), cursor)


TYPED = {
    "kind": "out",
    "name": "파주 물류",
    "person": "김창고",
    "phone": "0311112222",
    "mobile": "010 1111 2222",
    "building": BUILDING,
    "detail": "2동 3층",
}
ABROAD = {
    "kind": "global",
    "name": "상하이 창고",
    "person": "Hong",
    "country": "cn",
    "state": "Example",
    "city": "Mockcity",
    "line1": "1 Sample Road",
    "zip": "200000",
    "phone_abroad": "+86 (21) 0000-000",
    "mobile_abroad": "+86 138-0000-0000",
}


def test_numbers_are_tidied_into_the_form_that_the_wire_wants(eleven: Eleven) -> None:
    values = clean(ADDRESS.fields, TYPED).values
    assert (values["phone"], values["mobile"]) == ("031-111-2222", "010-1111-2222")
    for typed, kept in (("021234567", "02-123-4567"), ("050712345678", "0507-1234-5678")):
        assert clean(ADDRESS.fields, {**TYPED, "phone": typed}).values["phone"] == kept
    values = clean(ADDRESS.fields, ABROAD).values
    assert (values["phone_abroad"], values["country"]) == ("86210000000", "CN")
    assert values["phone"] is None and values["building"] is None


@pytest.mark.parametrize(
    ("name", "typed", "word"),
    [
        ("name", "물류 😀", "😀"),
        ("detail", "뷁동 3층", "뷁"),
        ("phone", "1588-0000", "지역번호"),
        ("building", "경기 시험시 물류로 1", "검색해"),
        ("detail", "가" * 101, "200바이트"),
        ("detail", "가" * 201, "200바이트"),
        ("building", "", "꼭"),
    ],
)
def test_what_the_wire_cannot_take_is_refused_at_its_field(
    name: str, typed: str, word: str
) -> None:
    assert word in clean(ADDRESS.fields, {**TYPED, name: typed}).problems[name].ko


def test_an_address_of_a_street_goes_with_its_building_and_one_of_a_lot_with_its_lot(
    eleven: Eleven,
) -> None:
    path = "/areaservice/v2/registerOutAddress"
    eleven.on("POST", path, book({"addrSeq": "14"}, message="SUCCESS"))
    client, values = eleven.client(), clean(ADDRESS.fields, TYPED).values
    made = ADDRESS.create(client, values)
    assert made.id == "out:14" and made.values == values
    ADDRESS.create(client, {**values, "building": "lot:700001"})
    road, lot = eleven.bodies()
    assert f"<buildMngNO>{BUILDING}</buildMngNO><lnmAddrSeq /><dtlsAddr>2동 3층<" in road
    assert "<addrClfCd>01</addrClfCd>" in road
    assert "<buildMngNO /><lnmAddrSeq>700001</lnmAddrSeq>" in lot and ">02</addrClfCd>" in lot


def test_an_overseas_address_is_changed_by_its_own_call(eleven: Eleven) -> None:
    path = "/areaservice/global/updateGlobalOutAddress"
    eleven.on("POST", path, book({"addrSeq": "3"}, message="SUCCESS"))
    values = clean(ADDRESS.fields, ABROAD).values
    assert ADDRESS.update(eleven.client(), "global:3", values).id == "global:3"
    (body,) = eleven.bodies()
    assert "<addrSeq>3</addrSeq>" in body and "<countryCd>CN</countryCd>" in body
    assert "<gnrlTlphnNo>86210000000</gnrlTlphnNo>" in body and "buildMngNO" not in body


@pytest.mark.parametrize(
    ("kind", "said", "field"),
    [
        ("out", "건물관리번호와 지번일련번호 중 하나를 입력해 주세요.", "building"),
        ("out", "전화번호 형식이 올바르지 않습니다.", "phone"),
        ("out", "휴대폰번호 형식이 올바르지 않습니다.", "mobile"),
        ("out", "상세주소는 한글 100자까지 입력할 수 있습니다.", "detail"),
        ("global", "전화번호 형식이 올바르지 않습니다.", "phone_abroad"),
        ("global", "국가코드가 올바르지 않습니다.", "country"),
        ("out", "시스템 오류", ""),
    ],
)
def test_a_refusal_stands_beside_the_field_that_its_sentence_is_about(
    eleven: Eleven, kind: str, said: str, field: str
) -> None:
    eleven.on("POST", "/areaservice/", book(message=f"출고지 등록 오류 : {said}"))
    values = clean(ADDRESS.fields, TYPED if kind == "out" else ABROAD).values
    with pytest.raises(Rejected) as caught:
        ADDRESS.create(eleven.client(), values)
    assert list(caught.value.fields) == [field][: len(field)]
    assert said in caught.value.text.ko


def test_the_search_offers_the_street_and_the_lot(eleven: Eleven) -> None:
    row = (
        f"<roadAddrInfo><buildMngNO>{BUILDING}</buildMngNO><roadAddr>물류로 1</roadAddr>"
        "<mailAddr>물류동 101</mailAddr><mailNo>10881</mailNo><lnmAddrSeq>77</lnmAddrSeq>"
        "</roadAddrInfo>"
    )
    eleven.on("POST", "/commonservices/v2/searchAddr", f"<RoadAddrList>{row}</RoadAddrList>")
    road, lot = ADDRESS.lookups["building"](eleven.client(), " 물류로 1 ")
    assert (road.value, road.label) == (BUILDING, "물류로 1 (10881)")
    assert road.fills == {"address": "물류로 1", "postcode": "10881"}
    assert (lot.value, lot.fills["address"]) == ("lot:77", "물류동 101")
    eleven.sent.clear()
    with pytest.raises(Rejected):
        ADDRESS.lookups["building"](eleven.client(), " 물 ")
    assert eleven.sent == []


# -- 발송마감 -----------------------------------------------------------------------------------


def template(**more: Any) -> str:
    told = {
        "memNo": "1",
        "prdInfoTmpltNm": "오늘발송 15시",
        "prdInfoTmpltNo": "344842",
        "repCloseTimeYn": "Y",
        "satPayCmplHm": "0900",
        "satSendYn": "N",
        "sendClfCd": "02",
        "sendCmplTerm": "0",
        "wkdayPayCmplHm": "1500",
        **more,
    }
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in told.items())
    root = "productInformationTemplateList"
    return f"<{root}><templateBOList>{inside}</templateBOList></{root}>"


def deadline(eleven: Eleven, **more: Any) -> Any:
    eleven.on("GET", CLOSE, template(**more))
    (row,) = fetched(DISPATCH_DEADLINE, eleven.client())
    return row


def test_only_what_counts_for_its_kind_is_read_of_a_template(eleven: Eleven) -> None:
    row = deadline(eleven)
    assert row.id == "344842" and DISPATCH_DEADLINE.title(row.values) == "오늘발송 15시"
    assert row.values["cutoff"] == "1500" and row.values["term"] is None
    assert row.values["saturday"] is False and row.values["saturday_cutoff"] is None
    row = deadline(eleven, sendClfCd="03", sendCmplTerm="5", satSendYn="Y", satPayCmplHm="1100")
    assert row.values["cutoff"] is None and row.values["term"] == 5
    assert row.values["saturday_cutoff"] == "1100"
    assert set(row.values) == {field.name for field in DISPATCH_DEADLINE.fields}


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (
            {"send_type": "02", "cutoff": "1500", "saturday": "1", "saturday_cutoff": "1100"},
            {"sendClfCd": "02", "satSendYn": "Y", "sendCmplTerm": "0", "wkdayPayCmplHm": "1500"}
            | {"satPayCmplHm": "1100", "repCloseTimeYn": "N"},
        ),
        (
            {"send_type": "03", "term": "5", "cutoff": "1500", "representative": "1"},
            {"sendClfCd": "03", "satSendYn": "N", "sendCmplTerm": "5", "wkdayPayCmplHm": "0900"}
            | {"satPayCmplHm": "0900", "repCloseTimeYn": "Y"},
        ),
    ],
)
def test_every_field_of_the_wire_is_sent_even_where_it_has_no_meaning(
    eleven: Eleven, typed: dict[str, str], sent: dict[str, str]
) -> None:
    done = client_message("200", "성공", prdInfoTmpltNo="344842")
    eleven.on("PUT", "/prodservices/sendCloseTemplate/344842", done)
    values = clean(DISPATCH_DEADLINE.fields, typed).values
    assert DISPATCH_DEADLINE.check(values) == {}
    assert DISPATCH_DEADLINE.update(eleven.client(), "344842", values).values == values
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in sent.items())
    assert f"<SendCloseTmplt>{inside}</SendCloseTmplt>" in eleven.bodies()[0]


@pytest.mark.parametrize(
    ("kind", "term", "fits"),
    [("01", 2, True), ("01", 3, False), ("03", 2, False), ("03", 7, True), ("03", 14, True)],
)
def test_the_days_must_fit_the_kind(kind: str, term: int, fits: bool) -> None:
    problems = DISPATCH_DEADLINE.check({"send_type": kind, "term": term})
    assert (problems == {}) is fits


@pytest.mark.parametrize(("kind", "word"), [("01", "1일이나 2일"), ("03", "7일까지")])
def test_days_of_any_size_are_told_the_reason_of_their_kind(kind: str, word: str) -> None:
    done = clean(DISPATCH_DEADLINE.fields, {"send_type": kind, "term": "20"})
    assert done.ok and word in DISPATCH_DEADLINE.check(done.values)["term"].ko


def test_until_11st_has_named_it_a_template_is_called_by_its_values() -> None:
    typed = {"send_type": "02", "cutoff": "1500", "saturday": "1", "saturday_cutoff": "1100"}
    values = clean(DISPATCH_DEADLINE.fields, typed).values
    assert DISPATCH_DEADLINE.title(values) == "오늘발송 · 평일 15:00 마감 · 토요일 11:00 마감"


def test_nothing_can_be_deleted_and_it_says_why() -> None:
    for one in TYPES:
        assert one.capabilities == {Capability.IMPORT, Capability.CREATE, Capability.UPDATE}
        assert "삭제하는 API가 없습니다" in one.why_not[Capability.DELETE].ko
        assert one.touches_others and one.seller_center
