"""The practice 11번가 over real HTTP: it is as strict as protocols/11st says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from core.practice import PracticeHost, start
from hanpan.api import KST, parse_xml
from plugins.eleven_st.sandbox import SANDBOX
from plugins.eleven_st.sandbox import orders as sandbox_orders
from plugins.eleven_st.sandbox.buildings import BUILDINGS

EUC = "text/xml;charset=EUC-KR"
CLOSE = "/prodservices/sendCloseTemplate"


class Shop:
    """A bare client of the practice marketplace, and its `_world`."""

    def __init__(self, host: PracticeHost) -> None:
        self.host = host
        self.http = httpx.Client(timeout=10)
        self.place = host.place("eleven_st")

    @property
    def key(self) -> str:
        return str(self.place.credentials()["api_key"])

    def act(self, act: str, **data: Any) -> Any:
        return self.place.act(act, data)

    def order(self, **told: Any) -> list[str]:
        (order,) = self.act("new_order", minutes_ago=1, **told)
        return list(order["lines"])

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"openapikey": self.key} | more.pop("headers", {})
        headers = {name: value for name, value in headers.items() if value is not None}
        url = self.host.address("eleven_st", "api") + path
        return self.http.request(method, url, headers=headers, **more)

    def get(self, path: str) -> Any:
        return self.read(self.call("GET", path))

    def read(self, answer: httpx.Response) -> Any:
        """The root, after checking that the bytes are the EUC-KR that they say they are."""
        assert answer.content.startswith(
            b'<?xml version="1.0" encoding="euc-kr" standalone="yes"?>'
        )
        text = answer.content.decode("euc-kr").partition("?>")[2]
        return parse_xml(text.replace("\x1f", ""))

    def post(self, path: str, root: str, values: dict[str, str], **more: Any) -> Any:
        return self.read(self.send("POST", path, root, values, **more))

    def send(
        self, method: str, path: str, root: str, values: dict[str, str], charset: str = "EUC-KR",
        encoding: str = "euc-kr",
    ) -> httpx.Response:  # fmt: skip
        inside = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
        text = f'<?xml version="1.0" encoding="{charset}"?><{root}>{inside}</{root}>'
        headers = {"Content-Type": f"text/xml;charset={charset}"}
        return self.call(method, path, content=text.encode(encoding), headers=headers)

    def window(self, days: float = 6.9, later: float = 0) -> str:
        end = self.place.world.now().astimezone(KST) + timedelta(minutes=1 + later)
        first = end - timedelta(days=days)
        return f"{first:%Y%m%d%H%M}/{end:%Y%m%d%H%M}"

    def listed(self, name: str, service: str = "ordservices", **more: Any) -> list[dict[str, str]]:
        root = self.get(f"/{service}/{name}/{self.window(**more)}")
        assert root.tag.endswith("}orders")
        return [{leaf.tag: leaf.text or "" for leaf in row} for row in root if len(row)]

    def keys(self, name: str, service: str = "ordservices") -> set[str]:
        return {f"{row['ordNo']}-{row['ordPrdSeq']}" for row in self.listed(name, service)}

    def refused(self, path: str) -> tuple[str, str]:
        root = self.get(path)
        told = {leaf.tag.rpartition("}")[2]: leaf.text or "" for leaf in root}
        return told.get("result_code", ""), told.get("result_text", "")

    def confirm(self, key: str, dlv: str | None = None, added: str = "N/null") -> tuple[str, str]:
        order, seq = key.split("-")
        dlv = dlv or self.place.ledger()["lines"][key]["package"]
        return self.refused(f"/ordservices/reqpackaging/{order}/{seq}/{added}/{dlv}")

    def state(self, key: str) -> str:
        root = self.get(f"/claimservice/orderlistall/{key.split('-')[0]}")
        return next(
            str(row.findtext("ordPrdStat")) for row in root
            if f"{row.findtext('ordNo')}-{row.findtext('ordPrdSeq')}" == key
        )  # fmt: skip


@pytest.fixture(scope="module")
def practice_host() -> Iterator[PracticeHost]:
    with start([SANDBOX], seed=None) as host:
        yield host


@pytest.fixture
def shop(practice_host: PracticeHost) -> Iterator[Shop]:
    shop = Shop(practice_host)
    shop.place.seed("small", {"products": 10})
    yield shop
    shop.http.close()


# -- the gateway (§1, §2.1) ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/zzz"),
        ("GET", "/ordervice/orderList"),
        ("GET", "/areaservice/getOutAddressInfo/1"),
        ("POST", "/areaservice/outboundarea"),
        ("POST", "/prodservices/sendCloseTemplate/1"),
        ("GET", "/areaservice/removeOutAddress/1"),
    ],
)
def test_an_unknown_pair_of_method_and_path_is_no_api(shop: Shop, method: str, path: str) -> None:
    answer = shop.call(method, path)
    assert answer.status_code == 500 and shop.read(answer).tag == "AuthMessage"
    assert shop.read(answer).findtext("resultCode") == "-997"


@pytest.mark.parametrize(
    ("act", "headers", "code"),
    [
        (None, {"openapikey": None}, "-100"),
        (None, {"openapikey": "0" * 32}, "-200"),
        ({"act": "approve", "on": False}, {}, "-300"),
        ({"act": "register_ip", "on": False}, {}, "-500"),
        ({"act": "set_maintenance"}, {}, "-1000"),
    ],
)
def test_the_gateway_stops_a_call_with_http_500_and_its_code(
    shop: Shop, act: dict[str, Any] | None, headers: dict[str, Any], code: str
) -> None:
    if act is not None:
        shop.act(**act)
    answer = shop.call("GET", "/areaservice/outboundarea", headers=headers)
    assert answer.status_code == 500
    assert shop.read(answer).findtext("resultCode") == code
    said = str(shop.read(answer).findtext("resultMessage"))
    assert ("127.0.0.1" in said) == (code == "-500")


def test_a_new_key_ends_the_old_one(shop: Shop) -> None:
    old = shop.key
    shop.act("new_key")
    answer = shop.call("GET", "/areaservice/outboundarea", headers={"openapikey": old})
    assert shop.read(answer).findtext("resultCode") == "-200" and shop.key != old


def test_a_get_with_a_content_type_and_a_body_that_is_no_text_xml_are_bare_415(shop: Shop) -> None:
    answer = shop.call("GET", "/areaservice/outboundarea", headers={"Content-Type": EUC})
    assert (answer.status_code, answer.content) == (415, b"")
    kind = {"Content-Type": "application/xml"}
    answer = shop.call("POST", CLOSE, content=b"<SendCloseTmplt/>", headers=kind)
    assert (answer.status_code, answer.content) == (415, b"")
    answer = shop.call("POST", CLOSE, content=b"<SendClose", headers={"Content-Type": EUC})
    assert answer.status_code == 400


def test_a_limit_is_only_there_when_it_is_set(shop: Shop) -> None:
    assert {shop.call("GET", "/areaservice/outboundarea").status_code for _ in range(30)} == {200}
    shop.act("set_limits", per_second=0.001, burst=2)
    codes = [shop.call("GET", "/areaservice/outboundarea").status_code for _ in range(3)]
    assert codes == [200, 200, 429]


def test_the_log_names_a_key_without_showing_it(shop: Shop) -> None:
    shop.call("GET", "/areaservice/outboundarea")
    call = shop.place.calls[-1]
    assert len(call["key"]) == 8 and shop.key not in str(call)


# -- lists (§1.5, §6.2) -------------------------------------------------------------------------


@pytest.mark.parametrize("name", sandbox_orders.LIST_NAMES)
def test_a_list_spans_less_than_eight_days_of_twelve_digits(shop: Shop, name: str) -> None:
    first, last, long = sandbox_orders.CODES[name]
    path = f"/ordservices/{name}"
    assert shop.refused(f"{path}/20260901/202609020000")[0] == first
    assert shop.refused(f"{path}/202609010000/202609312400")[0] == last
    assert shop.refused(f"{path}/202609010000/202609090000")[0] == long
    assert shop.refused(f"{path}/202009010000/202009082359")[0] == "0"
    assert shop.refused(f"{path}/202609020000/202609010000")[0] == "-1"


@pytest.mark.parametrize("name", sandbox_orders.CLAIMS)
def test_a_claim_list_spans_thirty_days_and_says_nothing_by_minus_one(
    shop: Shop, name: str
) -> None:
    first, last, long = sandbox_orders.CLAIMS[name][2:]
    path = f"/claimservice/{name}"
    assert shop.refused(f"{path}/2026-09-01/202609020000")[0] == first
    assert shop.refused(f"{path}/202609010000/2026")[0] == last
    assert shop.refused(f"{path}/202608010000/202609010000")[0] == long
    code, text = shop.refused(f"{path}/202008010000/202008310000")
    assert code == "-1" and "없습니다" in text


def test_a_line_is_in_the_list_of_its_state_alone(shop: Shop) -> None:
    (key,) = shop.order()
    names = [
        name for name in sandbox_orders.LIST_NAMES if name not in ("standby", "delvplacestandby")
    ]
    ways = ("confirm_elsewhere", "dispatch_elsewhere", "deliver", "decide")
    for name, way in zip(names, (*ways, None), strict=True):
        assert [other for other in names if key in shop.keys(other)] == [name]
        if way:
            shop.act(way, line=key)
    assert shop.state(key) == "901"


def test_each_list_tells_as_much_as_it_does(shop: Shop) -> None:
    row = shop.listed("complete")[0]
    assert row["ordDlvReqCont"] and row["rcvrTlphn"] == "null" and "plcodrCnfDt" not in row
    assert set(shop.listed("shipping")[0]) == {
        "dlvEtprsCd",
        "invcNo",
        "ordNo",
        "ordPrdSeq",
        "sndEndDt",
    }
    assert {"rcvrNm", "dlvEndDt", "invcNo"} <= set(shop.listed("dlvcompleted")[0])
    row = shop.listed("completed")[0]
    assert "pocnfrmDt" in row and not {"dlvNo", "rcvrNm"} & set(row)
    assert "plcodrCnfDt" in shop.listed("packaging")[0]
    key = shop.order()[0]
    root = shop.get(f"/claimservice/orderlistall/{key.split('-')[0]}")
    told = {leaf.tag for leaf in root[0]}
    assert {"dlvNo", "ordPrdStat", "ordCnQty"} <= told and not {"rcvrNm", "sellerPrdCd"} & told
    assert "," in root[0].findtext("stlPlnAmt")
    one = shop.get(f"/ordservices/complete/{key.split('-')[0]}")
    assert {"lstDlvCst", "ordCnQty"} <= {leaf.tag for leaf in one[0]}


def test_options_end_in_a_quantity_and_amounts_of_claims_have_commas(shop: Shop) -> None:
    (key,) = shop.order(goods=0, quantity=2)
    row = next(one for one in shop.listed("complete") if one["ordNo"] == key.split("-")[0])
    assert row["slctPrdOptNm"].endswith("-2개")
    row = shop.listed("returnorders", "claimservice")[0]
    assert row["clmLstDlvCst"] == "6,000" and "dlvNo" not in row


def test_a_list_is_cut_without_a_word(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sandbox_orders.CAP == 3000
    monkeypatch.setattr(sandbox_orders, "CAP", 5)
    shop.order(lines=8)
    assert len(shop.listed("complete")) == 5


def test_at_most_a_hundred_orders_are_told_at_once(shop: Shop) -> None:
    (key,) = shop.order()
    many = ",".join([key.split("-")[0]] * 101)
    assert shop.refused(f"/claimservice/orderlistall/{many}")[0] == "-1"
    assert shop.refused("/claimservice/orderlistall/1,2")[0] == "0"
    assert len(shop.get(f"/claimservice/orderlistall/{key.split('-')[0]},2")) == 1


def test_by_order_every_list_goes_by_the_date_of_the_order(shop: Shop) -> None:
    shop.place.seed("small", {"by_order": True})
    (key,) = shop.act("new_order", minutes_ago=3 * 24 * 60)[0]["lines"]
    shop.act("dispatch_elsewhere", line=key)
    shown = {f"{row['ordNo']}-1" for row in shop.listed("shipping", days=1)}
    assert key not in shown and key in shop.keys("shipping")
    shop.place.seed("small", {})
    (key,) = shop.act("new_order", minutes_ago=3 * 24 * 60)[0]["lines"]
    shop.act("dispatch_elsewhere", line=key)
    assert key in {f"{row['ordNo']}-1" for row in shop.listed("shipping", days=1)}


def test_a_file_of_a_world_is_taken_up_again(shop: Shop, tmp_path: Any) -> None:
    (key,) = shop.order()
    shop.place.world.save(tmp_path / "world.json")
    shop.place.world.cache.clear()
    assert shop.place.world.load(tmp_path / "world.json")
    assert shop.state(key) == "202" and key in shop.keys("complete")


# -- claims (§7) --------------------------------------------------------------------------------


def test_a_cancel_is_asked_for_withdrawn_and_done(shop: Shop) -> None:
    (key,) = shop.order(quantity=3)
    shop.act("buyer_cancels", line=key, quantity=1)
    assert shop.state(key) == "701" and key not in shop.keys("complete")
    assert key in shop.keys("cancelorders", "claimservice")
    shop.act("buyer_withdraws", line=key)
    assert shop.state(key) == "202" and key not in shop.keys("cancelorders", "claimservice")
    assert key in shop.keys("withdrawcanceledorders", "claimservice")
    shop.act("buyer_cancels", line=key, quantity=1, done=True)
    assert shop.state(key) == "202" and key in shop.keys("canceledorders", "claimservice")
    shop.act("buyer_cancels", line=key, done=True)
    assert shop.state(key) == "B01" and shop.place.ledger()["lines"][key]["gone"] == 3


@pytest.mark.parametrize(
    ("act", "done", "lists", "end"),
    [
        ("buyer_returns", "return_done", ("returnorders", "returnedorders"), "A01"),
        ("buyer_exchanges", "exchange_done", ("exchangeorders", "exchangedorders"), "401"),
    ],
)
def test_what_was_sent_comes_back(
    shop: Shop, act: str, done: str, lists: tuple[str, str], end: str
) -> None:
    (key,) = shop.order()
    with pytest.raises(ValueError, match="not 401"):
        shop.act(act, line=key)
    shop.act("dispatch_elsewhere", line=key)
    shop.act(act, line=key)
    assert shop.state(key) == "601" and key in shop.keys(lists[0], "claimservice")
    shop.act(done, line=key)
    assert shop.state(key) == end and key in shop.keys(lists[1], "claimservice")


def test_what_cannot_be_done_is_refused(shop: Shop) -> None:
    (key,) = shop.order()
    for act, data in (
        ("deliver", {"line": key}),
        ("buyer_withdraws", {"line": key}),
        ("buyer_cancels", {"line": key, "quantity": 9}),
        ("buyer_cancels", {"line": "1-1"}),
        ("new_order", {"colour": "red"}),
        ("new_order", {"goods": 99}),
        ("fly", {}),
    ):
        with pytest.raises(ValueError):
            shop.act(act, **data)
    with pytest.raises(ValueError, match="color"):
        shop.place.seed("small", {"color": 1})


# -- 발주확인 (§6.1, §6.3) -----------------------------------------------------------------------


def test_a_confirm_takes_every_line_of_the_product_in_the_delivery(shop: Shop) -> None:
    one, two, added = shop.order(lines=2, same=True, goods=0, addons=1)
    (other,) = shop.order(goods=0)
    code, text = shop.confirm(one)
    assert code == "0" and text.startswith("전체 2건이")
    assert [shop.state(key) for key in (one, two, added, other)] == ["301", "301", "202", "202"]
    assert shop.confirm(two)[0] == "-3206"
    main = shop.get(f"/claimservice/orderlistall/{one.split('-')[0]}")[0].findtext("prdNo")
    assert shop.confirm(added)[0] == "-1"
    assert shop.confirm(added, added=f"Y/{main}") == (
        "0",
        "전체 1건이 정상적으로 발주처리가 되었습니다.",
    )
    assert shop.place.ledger()["lines"][two]["confirms"] == {"1": 1}


def test_a_confirm_is_refused_for_its_reason_and_changes_nothing(shop: Shop) -> None:
    (key,) = shop.order()
    assert shop.confirm("20200101000000001-1", dlv="1")[0] == "-1"
    assert shop.confirm(key, dlv="1")[0] == "-3206"
    shop.act("fail_confirms")
    assert shop.confirm(key)[0] == "-3207"
    shop.act("buyer_cancels", line=key)
    assert shop.confirm(key)[0] == "-3214"
    shop.act("cancel_done", line=key)
    assert shop.confirm(key)[0] == "-3211"
    (abroad,) = shop.order(worldwide=True)
    assert shop.confirm(abroad)[0] == "-3210"
    ledger = shop.place.ledger()
    assert ledger["lines"][key]["confirms"] == ledger["lines"][abroad]["confirms"] == {}


# -- the address book (§3) and 발송마감 (§4) -------------------------------------------------------


def address(**more: str) -> dict[str, str]:
    return {
        "addrNm": "파주 물류",
        "rcvrNm": "김창고",
        "gnrlTlphnNo": "031-111-2222",
        "prtblTlphnNo": "010-1111-2222",
        "buildMngNO": BUILDINGS[0].number,
        "lnmAddrSeq": "",
        "dtlsAddr": "2층",
        "addrClfCd": "01",
        **more,
    }


def test_numbers_of_the_two_lists_may_be_the_same(shop: Shop) -> None:
    numbers = [
        {row.findtext("addrSeq") for row in shop.get(f"/areaservice/{name}") if len(row)}
        for name in ("outboundarea", "inboundarea")
    ]
    assert numbers[0] & numbers[1]


def test_an_address_is_made_and_a_change_is_told_by_another_name(shop: Shop) -> None:
    root = shop.post("/areaservice/v2/registerOutAddress", "InOutAddress", address())
    number = root[0].findtext("addrSeq")
    assert root[0].tag.endswith("}inOutAddress") and root[1].text == "SUCCESS"
    body = {"addrSeq": number} | address(addrNm="새 이름")
    root = shop.post("/areaservice/v2/updateOutAddress", "InOutAddress", body)
    assert root[0].tag.endswith("}intOutAddress")
    kept = shop.place.ledger()["templates"]["address"][f"out:{number}"]
    assert kept["values"]["addrNm"] == "새 이름" and kept["updates"] == 2


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"buildMngNO": ""}, "하나를 입력"),
        ({"lnmAddrSeq": "1"}, "하나를 입력"),
        ({"buildMngNO": "1" * 25}, "주소정보"),
        ({"addrClfCd": "02"}, "주소정보"),
        ({"gnrlTlphnNo": "0311112222"}, "전화번호"),
        ({"prtblTlphnNo": "+821011112222"}, "휴대폰"),
        ({"dtlsAddr": "가" * 101}, "상세주소"),
        ({"rcvrNm": ""}, "담당자"),
        ({"addrNm": ""}, "주소명"),
    ],
)
def test_a_wrong_address_is_refused_in_one_sentence_without_a_code(
    shop: Shop, wrong: dict[str, str], word: str
) -> None:
    root = shop.post("/areaservice/v2/registerOutAddress", "InOutAddress", address(**wrong))
    assert len(root) == 1 and word in root[0].text
    assert root[0].text.startswith("출고지 등록 오류 : ")
    body = {"addrSeq": "999"} | address()
    root = shop.post("/areaservice/v2/updateRtnAddress", "InOutAddress", body)
    assert "존재하지 않는" in root[0].text


def test_bytes_that_are_not_what_they_say_are_stored_garbled(shop: Shop) -> None:
    path = "/areaservice/v2/registerOutAddress"
    number = shop.read(
        shop.send("POST", path, "InOutAddress", address(addrNm="파주"), "EUC-KR", "utf-8")
    )[0].findtext("addrSeq")
    kept = shop.place.ledger()["templates"]["address"][f"out:{number}"]["values"]
    assert kept["addrNm"] != "파주" and kept["buildMngNO"] == BUILDINGS[0].number
    root = shop.read(shop.send("POST", path, "InOutAddress", address(), "UTF-8", "utf-8"))
    number = root[0].findtext("addrSeq")
    kept = shop.place.ledger()["templates"]["address"][f"out:{number}"]["values"]
    assert kept["addrNm"] == "파주 물류"


def test_an_overseas_answer_is_nested_and_its_numbers_get_hyphens(shop: Shop) -> None:
    body = {
        "addrNm": "창고", "rcvrNm": "Hong", "gnrlTlphnNo": "8621000000", "city": "Mockcity",
        "prtblTlphnNo": "8613800000000", "countryCd": "CN", "addr1": "1 Road", "zipCode": "2",
    }  # fmt: skip
    path = "/areaservice/global/registerGlobalOutAddress"
    root = shop.post(path, "InOutAddress", body)
    assert root.tag == root[0].tag and root[0].findtext("gnrlTlphnNo") == "86-2100-0000"
    for wrong, word in (({"countryCd": "CHN"}, "국가코드"), ({"zipCode": ""}, "우편번호")):
        assert word in shop.post(path, "InOutAddress", body | wrong)[0].text


def test_the_search_wants_utf_8_and_four_bytes(shop: Shop) -> None:
    def found(words: str, encoding: str = "utf-8", **more: str) -> Any:
        body = {"searchRoadAddrKwd": words, "fetchSize": "5", "pageNum": "1", **more}
        path = "/commonservices/v2/searchAddr"
        return shop.read(shop.send("POST", path, "RoadAddrSearchRequest", body, "UTF-8", encoding))

    root = found("보기로 3")
    assert root.tag == "RoadAddrList" and "보기로 3" in root[0].findtext("roadAddr")
    assert len(found("보기로", encoding="euc-kr")) == 0
    codes = [found(words).findtext("result_code") for words in ("", "로", "ab1")]
    assert codes == ["E011", "E013", "E013"]
    assert found("보기로", fetchSize="x").findtext("result_code") == "E012"
    first, second = found("예시구"), found("예시구", pageNum="2")
    assert len(first) == 5 and first[0].findtext("buildMngNO") != second[0].findtext("buildMngNO")


def test_buildings_have_numbers_of_their_own() -> None:
    assert (
        len({one.number for one in BUILDINGS})
        == len({one.lot for one in BUILDINGS})
        == len(BUILDINGS)
    )
    assert all(len(one.number) == 25 and one.number.isdecimal() for one in BUILDINGS)


def closing(**more: str) -> dict[str, str]:
    return {
        "sendClfCd": "02", "satSendYn": "N", "sendCmplTerm": "1", "wkdayPayCmplHm": "1500",
        "satPayCmplHm": "0900", "repCloseTimeYn": "N", **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"sendClfCd": "04"}, "발송유형"),
        ({"sendClfCd": "01", "sendCmplTerm": "3"}, "발송기한"),
        ({"sendClfCd": "03", "sendCmplTerm": "8"}, "발송기한"),
        ({"wkdayPayCmplHm": "1530"}, "평일 마감시간"),
        ({"satSendYn": "Y", "satPayCmplHm": "2100"}, "토요일 마감시간"),
        ({"repCloseTimeYn": "1"}, "대표"),
        ({"satPayCmplHm": ""}, "satPayCmplHm"),
    ],
)
def test_a_wrong_deadline_is_refused_by_code_500(
    shop: Shop, wrong: dict[str, str], word: str
) -> None:
    root = shop.post(CLOSE, "SendCloseTmplt", closing(**wrong))
    assert root.findtext("resultCode") == "500" and word in root.findtext("message")
    assert len(shop.place.ledger()["templates"]["dispatch_deadline"]) == 2


def test_a_deadline_gets_its_name_from_11st_and_one_of_somebody_else_is_not_there(
    shop: Shop,
) -> None:
    root = shop.post(CLOSE, "SendCloseTmplt", closing(repCloseTimeYn="Y"))
    number = root.findtext("prdInfoTmpltNo")
    rows = [row for row in shop.get("/prodservices/sendCloseList") if len(row)]
    assert [row.findtext("repCloseTimeYn") for row in rows] == ["N", "N", "Y"]
    assert rows[-1].findtext("prdInfoTmpltNm") == "오늘발송 / 평일 15시 마감"
    for other, code in ((number, "200"), ("1", "500")):
        answer = shop.send("PUT", f"{CLOSE}/{other}", "SendCloseTmplt", closing())
        assert shop.read(answer).findtext("resultCode") == code


def test_orders_come_by_themselves_where_they_were_asked_for(shop: Shop) -> None:
    shop.place.seed("small", {"orders": 1, "trickle": 60})
    before = len(shop.keys("complete"))
    shop.place.shift(120)
    assert len(shop.keys("complete")) > before
    shop.place.shift(0)


def test_times_are_korean(shop: Shop) -> None:
    (key,) = shop.order()
    row = next(one for one in shop.listed("complete") if one["ordNo"] == key.split("-")[0])
    told = datetime.fromisoformat(row["ordStlEndDt"]).replace(tzinfo=KST)
    assert abs(shop.place.world.now() - told) < timedelta(minutes=2)


# -- listings (§5) --------------------------------------------------------------------------------

MARKET = "/prodmarketservice/prodmarket"
SHIRT, RICE = "4000000001", "4000000002"
M, L, ONLY = "430000100", "430000101", "440000002"


def found(shop: Shop, **conditions: str) -> Any:
    root = shop.post(MARKET, "SearchProduct", {"limit": "500", **conditions})
    assert root.tag.endswith("}products"), root.findtext("message")
    return {row.findtext("prdNo"): row for row in root}


def message_of(shop: Shop, **conditions: str) -> str:
    root = shop.post(MARKET, "SearchProduct", conditions)
    assert root.tag == "Products"
    return str(root.findtext("message"))


def pieces(shop: Shop, number: str) -> dict[str, str]:
    root = shop.get(f"{MARKET}/stck/{number}")
    return {row.findtext("prdStckNo"): row.findtext("stckQty") for row in root if len(row)}


def put(shop: Shop, path: str) -> Any:
    return shop.read(shop.call("PUT", path))


def stockqty(shop: Shop, row: str, **values: str) -> tuple[str, str]:
    answer = shop.send("PUT", f"/prodservices/stockqty/{row}", "ProductStock", values)
    root = shop.read(answer)
    return root.findtext("resultCode"), root.findtext("message")


def test_a_search_needs_a_limit_and_pages_within_it(shop: Shop) -> None:
    assert len(found(shop)) == 10
    pages = [found(shop, limit="4", start=str(at), end=str(at + 3)) for at in (1, 5, 9, 13)]
    assert [len(page) for page in pages] == [4, 4, 2, 0]
    assert len({number for page in pages for number in page}) == 10
    for wrong in (
        {},
        {"limit": "501"},
        {"limit": "0"},
        {"limit": "5", "start": "0"},
        {"limit": "5", "start": "1", "end": "6"},
        {"limit": "5", "selStatCd": "판매중"},
        {"limit": "5", "prdNo": "SKU-1001"},
        {"limit": "5", "schBgnDt": "202609010000"},
        {"limit": "5", "schDateType": "5", "schBgnDt": "202609010000", "schEndDt": "202609020000"},
        {"limit": "5", "schDateType": "1", "schBgnDt": "20260901", "schEndDt": "20260902"},
    ):
        assert message_of(shop, **wrong)


def test_a_search_tells_no_stock_and_a_single_read_tells_more(shop: Shop) -> None:
    row = found(shop, prdNo=SHIRT)[SHIRT]
    told = {leaf.tag for leaf in row}
    assert {"selPrc", "selStatCd", "sellerPrdCd"} <= told
    assert not {"stckQty", "prdStckNo", "prdImage01"} & told
    root = shop.get(f"{MARKET}/{SHIRT}")
    assert root.tag == "Product" and {leaf.tag for leaf in root} > told
    assert root.findtext("sellerPrdCd") == "SKU-1001"


def test_an_unknown_product_is_told_in_its_own_shape(shop: Shop) -> None:
    for path in (f"{MARKET}/999", f"{MARKET}/stck/999"):
        root = shop.get(path)
        assert root.tag == "Product" and root.findtext("nResult") == "0"


def test_a_product_without_options_has_one_stock_row(shop: Shop) -> None:
    assert pieces(shop, SHIRT) == {M: "300", L: "300"} and pieces(shop, RICE) == {ONLY: "300"}
    row = next(row for row in shop.get(f"{MARKET}/stck/{RICE}") if len(row))
    assert row.findtext("mixOptNm") == ""


def test_orders_take_pieces_off_and_cancels_give_them_back(shop: Shop) -> None:
    (key,) = shop.order(goods=1, quantity=5)
    assert pieces(shop, RICE) == {ONLY: "295"}
    shop.act("buyer_cancels", line=key, quantity=2)
    assert pieces(shop, RICE) == {ONLY: "295"}
    shop.act("cancel_done", line=key)
    assert pieces(shop, RICE) == {ONLY: "297"}
    shop.act("edit_listing", product_no=RICE, stock=1)
    (key,) = shop.order(goods=1, quantity=5)
    assert pieces(shop, RICE) == {ONLY: "0"}
    assert set(found(shop, selStatCd="104")) == {RICE}
    shop.order(goods=0, addons=1)
    told = shop.place.ledger()["listings"]
    assert told[SHIRT]["stock"] == 599 and told[RICE]["state"] == "104"


@pytest.mark.parametrize(
    ("won", "word"),
    [
        ("29860", "50%"),
        ("3970", "80%"),
        ("19905", "10원"),
        ("0", "10원"),
        ("1000000000", "10원"),
        ("abc", "숫자"),
    ],
)
def test_a_price_keeps_to_its_limits(shop: Shop, won: str, word: str) -> None:
    root = shop.get(f"/prodservices/product/price/{SHIRT}/{won}")
    assert root.findtext("resultCode") in ("400", "500") and word in root.findtext("message")
    assert shop.place.ledger()["listings"][SHIRT]["writes"] == {}


def test_a_price_is_changed_at_its_limits(shop: Shop) -> None:
    for number, won in ((SHIRT, "29850"), (RICE, "4980")):
        root = shop.get(f"/prodservices/product/price/{number}/{won}")
        assert root.findtext("resultCode") == "200"
        assert found(shop)[number].findtext("selPrc") == won
    assert shop.place.world.count("listing_price", SHIRT) == 1


def test_a_stock_names_its_row_its_product_and_its_weight(shop: Shop) -> None:
    whole = {"prdNo": SHIRT, "prdStckNo": M, "stckQty": "7", "optWght": "0"}
    for name in whole:
        assert stockqty(shop, M, **{**whole, name: ""})[0] == "400"
    assert stockqty(shop, L, **whole)[0] == "400"
    assert stockqty(shop, M, **{**whole, "stckQty": "-1"})[0] == "400"
    assert stockqty(shop, M, **{**whole, "prdNo": RICE})[0] == "404"
    assert stockqty(shop, M, **whole) == (
        "200",
        f"옵션재고 번호 {M}(상품번호:{SHIRT})의 수량이 업데이트 되었습니다. 변경된 수량 : 7",
    )
    assert pieces(shop, SHIRT) == {M: "7", L: "300"}


def test_a_product_is_not_left_without_a_piece(shop: Shop) -> None:
    none = {"stckQty": "0", "optWght": "0"}
    code, text = stockqty(shop, ONLY, prdNo=RICE, prdStckNo=ONLY, **none)
    assert code == "500" and "판매중지" in text
    assert stockqty(shop, M, prdNo=SHIRT, prdStckNo=M, **none)[0] == "200"
    assert stockqty(shop, L, prdNo=SHIRT, prdStckNo=L, **none)[0] == "500"
    assert pieces(shop, SHIRT) == {M: "0", L: "300"}


def test_display_and_sale_are_one_switch(shop: Shop) -> None:
    for path, state in (("stopdisplay", "105"), ("restartdisplay", "103")):
        root = put(shop, f"/prodstatservice/stat/{path}/{RICE}")
        assert root.findtext("resultCode") == "200"
        assert f"[STAT : {state}]" in root.findtext("message")
        assert found(shop)[RICE].findtext("selStatCd") == state
    shop.act("edit_listing", product_no=RICE, state="108")
    for number in (RICE, "999"):
        root = put(shop, f"/prodstatservice/stat/restartdisplay/{number}")
        assert root.findtext("resultCode") == "500"


def test_a_period_is_extended_by_the_days_that_there_are(shop: Shop) -> None:
    before = shop.place.ledger()["listings"]
    endless = next(number for number, told in before.items() if not told["sale_ends"])
    for number, days, code in (
        (SHIRT, "30", "200"),
        (SHIRT, "31", "400"),
        (SHIRT, "0", "400"),
        (endless, "30", "500"),
        ("999", "30", "500"),
    ):
        root = put(shop, f"/prodservices/sellterm/{number}/{days}")
        assert root.findtext("resultCode") == code, (number, days)
    told = shop.place.ledger()["listings"][SHIRT]
    moved = datetime.fromisoformat(told["sale_ends"]) - datetime.fromisoformat(
        before[SHIRT]["sale_ends"]
    )
    assert moved == timedelta(days=30) and told["writes"] == {"extend": 1}


def test_the_seller_edits_a_listing_and_sells_it_out(shop: Shop) -> None:
    shop.act("edit_listing", product_no=SHIRT, price=5000, name="새 이름")
    row = found(shop, prdNm="새 이름")[SHIRT]
    assert row.findtext("selPrc") == "5000"
    shop.act("edit_listing", product_no=SHIRT, option_no=L, stock=4)
    assert pieces(shop, SHIRT) == {M: "300", L: "4"}
    shop.act("sell_out", product_no=SHIRT, option_no=M)
    assert pieces(shop, SHIRT) == {M: "0", L: "4"}
    shop.act("sell_out", product_no=SHIRT)
    assert found(shop)[SHIRT].findtext("selStatNm") == "품절"
    shop.act("edit_listing", product_no=SHIRT, options={L: 2}, ends_in_days=-1, code="NEW-1")
    row = found(shop)[SHIRT]
    assert (row.findtext("selStatCd"), row.findtext("sellerPrdCd")) == ("106", "NEW-1")
    assert pieces(shop, SHIRT) == {M: "0", L: "2"}
    shop.act("remove_listing", product_no=RICE)
    assert RICE not in found(shop) and shop.order(goods=1)
    for act, data in (
        ("edit_listing", {"product_no": SHIRT}),
        ("edit_listing", {"product_no": SHIRT, "colour": "red"}),
        ("edit_listing", {"product_no": "999", "price": 1000}),
        ("edit_listing", {"product_no": SHIRT, "state": "104"}),
        ("sell_out", {"product_no": SHIRT, "option_no": "1"}),
    ):
        with pytest.raises(ValueError):
            shop.act(act, **data)


def test_as_many_listings_as_are_asked_for(shop: Shop) -> None:
    shop.place.seed("small", {"products": 1000})
    numbers = [set(found(shop, start=str(at), end=str(at + 499))) for at in (1, 501, 1001)]
    assert [len(page) for page in numbers] == [500, 500, 0]
    told = shop.place.ledger()["listings"]
    assert set().union(*numbers) == set(told)
    rows = [row for one in told.values() for row in one["options"]]
    assert len(set(rows)) == len(rows)


def test_a_world_of_before_there_were_listings_gets_them(shop: Shop) -> None:
    del shop.place.world.state["listings"]
    assert len(found(shop)) == 10
