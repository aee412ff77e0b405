"""The practice 인터파크 over real HTTP: it is as strict as protocols/interpark says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import httpx
import pytest

from core import clock
from core.practice import PracticeHost, start
from hanpan.api import KST, inner, leaves, parse_xml
from plugins.interpark.sandbox import SANDBOX, published
from plugins.interpark.sandbox.lines import LIST_OF
from plugins.interpark.sandbox.wire import Refusal
from plugins.interpark.services import SERVICES, cite_name, secret_name
from plugins.interpark.tests.test_round import Board

TAKE = LIST_OF["40"]
CONFIRMED = LIST_OF["50"]
SHIPPED = LIST_OF["70"]
DELIVERED = LIST_OF["75"]
REQUESTS, CLAIMS = "cnclNClmReqListForSingle", "clmListForSingle"
NOTHING = "요청한 데이터가 존재하지않습니다."
INSERT, UPDATE, GET = (f"{name}DelvCostPlcAPIData" for name in ("insert", "update", "get"))


class Shop:
    """A bare client of the practice marketplace, and its `_world`."""

    def __init__(self, host: PracticeHost, board: Board) -> None:
        self.host, self.board = host, board
        self.http = httpx.Client(timeout=10, verify=False)

    @property
    def credentials(self) -> dict[str, Any]:
        return self.world("GET", "credentials")

    def world(self, method: str, call: str, body: Any = None, status: int = 200) -> Any:
        url = f"{self.host.url}/interpark/_world/{call}"
        answer = self.http.request(method, url, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def act(self, act: str, **data: Any) -> Any:
        return self.world("POST", "act", {"act": act, **data})["result"]

    def ledger(self) -> Any:
        return self.world("GET", "ledger")

    def order(self, **told: Any) -> list[str]:
        made: list[str] = self.act("new_order", **told)[0]["lines"]
        return made

    def now(self) -> datetime:
        return self.host.world("interpark").now().astimezone(KST)

    def asked(self, method: str, hours: float = 24, **more: str) -> httpx.Response:
        told, now = self.credentials, self.now().replace(microsecond=0)
        params = {
            "_method": method,
            "sc.entrId": told["entr_id"],
            "sc.supplyEntrNo": told["supply_entr_no"],
            "sc.supplyCtrtSeq": told["supply_ctrt_seq"],
            "sc.strDate": (now - timedelta(hours=hours)).strftime("%Y%m%d%H%M%S"),
            "sc.endDate": now.strftime("%Y%m%d%H%M%S"),
        } | more
        url = self.host.address("interpark", "orders") + "/OrderClmAPI.do"
        return self.http.get(url, params={k: v for k, v in params.items() if v is not None})

    def read(self, method: str, hours: float = 24, **more: str) -> Element:
        return parsed(self.asked(method, hours, **more))

    def keys(self, method: str, **more: Any) -> list[str]:
        return [
            f"{leaves(order)['ORD_NO']}-{leaves(one)['ORD_SEQ']}"
            for order in inner(self.read(method, **more), "ORDER")
            for one in inner(order, "PRD")
        ]

    def do(self, method: str, key: str, **more: str) -> tuple[str, str]:
        number, _, seq = key.partition("-")
        names = {"sc.ordclmNo": number, "sc.ordSeq": seq, "sc.optOrdSeqList": seq}
        return result(self.read(method, **names, **more))

    def service(self, method: str, body: bytes | None = None, **more: str) -> Element:
        return parsed(self.serviced(method, body, **more))

    def serviced(
        self, method: str, body: bytes | None = None, how: str = "POST", **more: str
    ) -> httpx.Response:
        pair = SERVICE_OF[method]
        told = self.credentials
        form = {"citeKey": told[cite_name(pair)], "secretKey": told[secret_name(pair)]}
        if body is not None:
            form["dataUrl"] = self.board.publish(body, "text/xml; charset=euc-kr", 10)
        url = self.host.address("interpark", "seller") + "/enterprise/EntrDelvAPIService.do"
        params = {"_method": method}
        if how == "GET":
            return self.http.get(url, params={**params, **form, **more})
        return self.http.post(url, params=params, data={**form, **more})

    def close(self) -> None:
        self.http.close()


SERVICE_OF = {
    INSERT: "bundle_fee_create",
    UPDATE: "bundle_fee_update",
    GET: "bundle_fee_get",
    "insertDelvAPIData": "return_address_create",
    "updateDelvAPIData": "return_address_update",
    "getEntrDelvAAPIData": "return_address_get",
    "insertTodayDelvAPIData": "dispatch_today_create",
    "noSuchMethod": "product_get",
}


def parsed(answer: httpx.Response) -> Element:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/xml; charset=euc-kr"
    head, _, body = answer.content.partition(b"?>")
    assert b'encoding="EUC-KR"' in head
    root: Element = parse_xml(body.decode("euc-kr").replace("&", "&amp;"))
    return root


def result(root: Element) -> tuple[str, str]:
    told = leaves(next(inner(root, "RESULT")))
    return told["CODE"], told["MESSAGE"]


def refused(root: Element) -> str:
    return leaves(next(inner(root, "error")))["explanation"]


def xml(*items: str, encoding: str = "euc-kr", declared: str = "euc-kr") -> bytes:
    inside = "".join(f"<item>{item}</item>" for item in items)
    head = f'<?xml version="1.0" encoding="{declared}"?>'
    return f"{head}<result><title/><description/>{inside}</result>".encode(encoding)


def elements(**told: Any) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in told.items())


FIXED = elements(distCostTp="99", distCostCd="02", distCost="2500", defaultYn="N")
ADDRESS = {
    "delvNm": "<![CDATA[새 반품지]]>",
    "delvZipcd": "06236",
    "delvAddr1": "<![CDATA[서울 예시구 & 보기로]]>",
    "delvAddr2": "2층",
    "delvTelno": "02-0000-0000",
}
RULES = {
    "stdTime": "1400", "satDelvYn": "N", "satStdTime": "", "offWeek": "7", "offDts": "",
}  # fmt: skip


@pytest.fixture(scope="module")
def board() -> Iterator[Board]:
    board = Board()
    yield board
    board.stop()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, board: Board) -> Iterator[Shop]:
    """A store without orders."""
    monkeypatch.setenv("HANPAN_DATA", str(tmp_path))
    clock.move(0)
    with start([SANDBOX], seed=None) as host:
        shop = Shop(host, board)
        shop.world("POST", "seed", {"size": "small", "orders": 0})
        yield shop
        shop.close()
    clock.move(0)


# -- who may ask, and for what --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"sc.entrId": "X"}, "101"),
        ({"sc.supplyEntrNo": "3000000000"}, "101"),
        ({"sc.supplyCtrtSeq": "9"}, "101"),
        ({"sc.entrId": None}, "101"),
        ({"sc.strDate": None}, "103"),
        ({"sc.endDate": "20260101"}, "103"),
        ({"sc.strDate": "20261340000000"}, "103"),
        ({"sc.strDate": "20991231000000"}, "103"),
    ],
)
def test_a_wrong_or_missing_parameter_is_refused(shop: Shop, changed: Any, code: str) -> None:
    assert result(shop.read(CONFIRMED, **changed))[0] == code


@pytest.mark.parametrize("name", [TAKE, CONFIRMED, CLAIMS])
def test_a_window_of_more_than_a_day_is_refused(shop: Shop, name: str) -> None:
    assert result(shop.read(name, hours=24)) == ("003", NOTHING)
    code, message = result(shop.read(name, hours=24.01))
    assert code == "103" and "1일" in message


def test_a_method_that_does_not_exist_is_refused(shop: Shop) -> None:
    assert result(shop.read("cnfmRcvOrdForSingle"))[0] == "103"
    url = shop.host.address("interpark", "orders") + "/Other.do"
    assert shop.http.get(url).status_code == 404
    answer = shop.http.post(shop.host.address("interpark", "orders") + "/OrderClmAPI.do")
    assert result(parsed(answer))[0] == "103"


def test_orders_are_told_only_once_the_api_is_approved(shop: Shop) -> None:
    shop.world("POST", "seed", {"granted": False})
    assert result(shop.read(CONFIRMED))[0] == "102"
    assert result(shop.read(TAKE))[0] == "102"
    assert not [key for key, line in shop.ledger()["lines"].items() if line["confirms"]]
    assert list(inner(shop.service(GET), "delvCostPlc")), "seller services need no approval"
    shop.act("approve_orders")
    assert result(shop.read(TAKE))[0] == "000"


def test_a_limit_is_kept_where_one_is_asked_for(shop: Shop) -> None:
    shop.act("set_limits", per_second=0.01, burst=2)
    statuses = [shop.asked(CONFIRMED).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


# -- lists ----------------------------------------------------------------------------------------


def test_asking_for_new_lines_confirms_them_once(shop: Shop) -> None:
    keys = shop.order(lines=2, minutes_ago=1)
    assert shop.keys(CONFIRMED) == []
    assert shop.keys(TAKE) == keys
    assert shop.keys(TAKE) == [] and shop.keys(CONFIRMED) == keys
    ledger = shop.ledger()
    assert [ledger["lines"][key]["confirms"] for key in keys] == [{"1": 1}, {"1": 1}]
    assert ledger["counts"]["confirm"][keys[0]]["count"] == 1


def test_new_lines_outside_the_window_stay_new(shop: Shop) -> None:
    (old,) = shop.order(minutes_ago=180)
    (late,) = shop.order(minutes_ago=1)
    end = (shop.now() - timedelta(minutes=30)).strftime("%Y%m%d%H%M%S")
    assert shop.keys(TAKE, hours=2, **{"sc.endDate": end}) == []
    lines = shop.ledger()["lines"]
    assert {lines[key]["status"] for key in (old, late)} == {"40"}


def test_a_window_may_end_in_the_future_but_tells_nothing_of_it(shop: Shop) -> None:
    (key,) = shop.order(minutes_ago=1)
    end = (shop.now() + timedelta(hours=10)).strftime("%Y%m%d%H%M%S")
    assert shop.keys(TAKE, hours=1, **{"sc.endDate": end}) == [key]


def test_each_state_has_its_list_and_its_date(shop: Shop) -> None:
    (key,) = shop.order(minutes_ago=60 * 30)
    shop.act("confirm_elsewhere", line=key)
    assert shop.keys(CONFIRMED) == [], "it was paid more than a day ago"
    shop.act("dispatch_elsewhere", line=key, number="600000000009")
    assert shop.keys(SHIPPED) == [key]
    (one,) = inner(shop.read(SHIPPED), "PRD")
    told = leaves(one)
    assert (told["CURRENT_STATE"], told["DELV_COMP"], told["DELV_NO"]) == (
        "70", "169168", "600000000009",
    )  # fmt: skip
    shop.act("deliver", line=key)
    paged = {"sc.pageNo": "1", "sc.rowCnt": "1000"}
    assert shop.keys(SHIPPED) == [] and shop.keys(DELIVERED, **paged) == [key]
    shop.act("decide", line=key)
    assert shop.keys("orderCompListForSingle") == [key]
    assert shop.ledger()["lines"][key]["confirms"] == {}


@pytest.mark.parametrize("size", ["0", "1001", "x", ""])
def test_pages_of_delivered_lines_have_a_thousand_rows_at_most(shop: Shop, size: str) -> None:
    paged = {"sc.pageNo": "1", "sc.rowCnt": size}
    assert result(shop.read(DELIVERED, **paged))[0] == "103"


def test_delivered_lines_come_page_by_page(shop: Shop) -> None:
    keys = [key for _ in range(5) for key in shop.order(minutes_ago=5)]
    shop.act("dispatch_elsewhere", lines=keys)
    shop.act("deliver", lines=keys)
    found = []
    for page in ("1", "2", "3"):
        root = shop.read(DELIVERED, **{"sc.pageNo": page, "sc.rowCnt": "2"})
        info = leaves(next(inner(root, "PAGE_INFO")))
        assert (info["TOT_PAGE_NUM"], info["TOT_CNT"]) == ("3", "5")
        found += [leaves(order)["ORD_NO"] + "-1" for order in inner(root, "ORDER")]
    assert sorted(found) == sorted(keys)


def test_an_order_is_told_as_documented(shop: Shop) -> None:
    keys = shop.order(lines=1, addons=1, quantity=3, goods=0, collected=True, minutes_ago=1)
    root = shop.read(TAKE)
    (order,) = inner(root, "ORDER")
    told, lines = leaves(order), [leaves(one) for one in inner(order, "PRD")]
    number = keys[0].partition("-")[0]
    assert told["ORD_NO"] == number and len(number) == 20
    assert told["ORDER_DTS"] == number[:14] and told["PAY_DTS"] > told["ORDER_DTS"]
    main, added = lines
    assert (main["OPT_PRD_TP"], added["OPT_PRD_TP"]) == ("02", "03")
    assert added["OPT_PARENT_SEQ"] == main["ORD_SEQ"] == "1"
    assert main["ENTR_PRD_NO"] == "SKU-1001" and main["OPT_NO"].startswith("SKU-1001-")
    assert int(main["ORD_AMT"]) == 3 * int(main["SALE_UNITCOST"])
    assert main["IS_COLLECTED"] == "Y" and main["CURRENT_STATE"] == "50"


def test_a_bare_ampersand_is_left_as_it_is(shop: Shop) -> None:
    shop.order(goods=9, minutes_ago=1)
    assert "트레이 & 컵".encode("euc-kr") in shop.asked(TAKE).content


def test_what_the_marketplace_adds_reads_as_told(shop: Shop) -> None:
    (key,) = shop.order(minutes_ago=1)
    shop.act("confirm_elsewhere", line=key)
    shop.act("overwrite", line=key, fields={"CURRENT_STATE": "61", "NEW_FIELD": "x"})
    (one,) = inner(shop.read(CONFIRMED), "PRD")
    assert (leaves(one)["CURRENT_STATE"], leaves(one)["NEW_FIELD"]) == ("61", "x")


# -- requests and claims --------------------------------------------------------------------------


def test_a_request_is_listed_withdrawn_and_accepted(shop: Shop) -> None:
    one, two = shop.order(lines=2, quantity=2, minutes_ago=1)
    shop.act("buyer_cancels", line=one)
    shop.act("buyer_cancels", line=two, quantity=1, done=True)
    shop.act("buyer_withdraws", line=one)
    told = {leaves(part)["ORD_SEQ"]: leaves(part) for part in inner(shop.read(REQUESTS), "PRD")}
    assert told["1"]["CLMREQ_STAT"] == "2" and told["1"]["CLMREQ_CNCL_DTS"]
    assert told["2"]["CLMREQ_STAT"] == "1" and told["2"]["CLMREQ_ACCEPT_DTS"]
    (claim,) = inner(shop.read(CLAIMS), "ORDER")
    assert leaves(claim)["CLM_CRT_TP"] == "01" and "CLM_RCVR__ADDR1_DORO" in leaves(claim)
    part = leaves(next(inner(claim, "PRD")))
    assert (part["CLM_QTY"], part["CURRENT_CLMPRD_STAT"]) == ("1", "90")
    assert shop.ledger()["lines"][two]["gone"] == 1
    assert shop.keys(TAKE) == [one, two], "what is left of it is new all the same"


def test_a_line_that_was_cancelled_whole_is_in_no_list_of_lines(shop: Shop) -> None:
    (key,) = shop.order(minutes_ago=1)
    shop.act("buyer_cancels", line=key, done=True)
    assert shop.keys(TAKE) == [] and shop.keys(CONFIRMED) == []
    assert shop.ledger()["lines"][key]["status"] == "90"


@pytest.mark.parametrize(("act", "kind"), [("buyer_returns", "02"), ("buyer_exchanges", "03")])
def test_a_return_goes_on_step_by_step(shop: Shop, act: str, kind: str) -> None:
    (key,) = shop.order(minutes_ago=1)
    shop.act("dispatch_elsewhere", line=key)
    shop.act(act, line=key)
    assert shop.keys(CLAIMS) == []
    for stat in ("30", "50", "80", "90"):
        shop.act("claim_moves", line=key, stat=stat)
        (claim,) = inner(shop.read(CLAIMS), "ORDER")
        assert leaves(claim)["CLM_CRT_TP"] == kind
        assert leaves(next(inner(claim, "PRD")))["CURRENT_CLMPRD_STAT"] == stat


@pytest.mark.parametrize(
    ("act", "data"),
    [
        ("buyer_cancels", {"quantity": 5}),
        ("buyer_withdraws", {}),
        ("cancel_done", {}),
        ("buyer_returns", {}),
        ("deliver", {}),
        ("decide", {}),
        ("no_such_act", {}),
    ],
)
def test_what_cannot_happen_is_refused(shop: Shop, act: str, data: dict[str, Any]) -> None:
    (key,) = shop.order(minutes_ago=1)
    shop.world("POST", "act", {"act": act, "line": key, **data}, status=400)


# -- acting on orders -----------------------------------------------------------------------------

PARCEL = {"sc.delvDt": "20260928", "sc.delvEntrNo": "169168", "sc.invoNo": "600000000001"}


def test_an_invoice_ships_a_line_and_refuses_its_cancel_request(shop: Shop) -> None:
    (key,) = shop.order(minutes_ago=1)
    assert shop.do("delvCompForComm", key, **PARCEL)[0] == "103", "it is not confirmed"
    shop.read(TAKE)
    shop.act("buyer_cancels", line=key)
    assert shop.do("delvCompForComm", key, **{**PARCEL, "sc.delvEntrNo": "1"})[0] == "103"
    assert shop.do("delvCompForComm", key, **{**PARCEL, "sc.invoNo": ""})[0] == "103"
    assert shop.do("delvCompForComm", key, **PARCEL)[0] == "000"
    (one,) = inner(shop.read(REQUESTS), "PRD")
    assert leaves(one)["CLMREQ_REFUSE_DTS"] and leaves(one)["CLMREQ_STAT"] == "1"
    assert shop.do("delvCompForComm", key, **PARCEL)[0] == "015"
    assert shop.ledger()["lines"][key]["dispatches"] == 1


def test_a_cancel_is_accepted_once_and_not_when_it_was_withdrawn(shop: Shop) -> None:
    one, two = shop.order(lines=2, minutes_ago=1)
    shop.read(TAKE)
    shop.act("buyer_cancels", lines=[one, two])
    seqs = {
        leaves(part)["ORD_SEQ"]: leaves(order)["CLMREQ_SEQ"]
        for order in inner(shop.read(REQUESTS), "ORDER")
        for part in inner(order, "PRD")
    }
    shop.act("buyer_withdraws", line=two)
    codes = [
        shop.do("cnclReqAcceptForComm", key, **{"sc.clmReqSeq": seqs[key[-1]]})[0]
        for key in (one, one, two)
    ]
    assert codes == ["000", "006", "004"]
    assert shop.do("cnclOutOfStockReqForComm", two)[0] == "000"
    assert shop.do("cnclOutOfStockReqForComm", two)[0] == "005"
    assert {line["status"] for line in shop.ledger()["lines"].values()} == {"90"}


# -- seller services ------------------------------------------------------------------------------


def test_every_service_has_a_pair_of_its_own(shop: Shop) -> None:
    told = shop.credentials
    keys = [told[name(service)] for service in SERVICES for name in (cite_name, secret_name)]
    assert len(set(keys)) == len(keys) == 30
    assert all(32 <= len(key) <= 44 for key in keys)


@pytest.mark.parametrize("how", ["GET", "POST"])
def test_a_service_answers_by_query_and_by_form(shop: Shop, how: str) -> None:
    root = parsed(shop.serviced(GET, how=how))
    assert len(list(inner(root, "delvCostPlc"))) == 2


def test_a_pair_opens_only_its_own_method_and_the_right_way_round(shop: Shop) -> None:
    told = shop.credentials
    cite, secret = told[cite_name("bundle_fee_get")], told[secret_name("bundle_fee_get")]
    other = told[cite_name("product_get")]
    for pair in ((secret, cite), (other, secret), (cite, ""), ("", "")):
        root = shop.service(GET, citeKey=pair[0], secretKey=pair[1])
        assert "인증키" in refused(root)
    assert "_method" in refused(shop.service("noSuchMethod"))
    shop.act("new_keys", service="bundle_fee_get")
    assert "인증키" in refused(shop.service(GET, citeKey=cite, secretKey=secret))


def test_what_is_registered_answers_with_all_policies(shop: Shop) -> None:
    root = shop.service(INSERT, xml(FIXED))
    told = [leaves(one) for one in inner(root, "delvCostPlc")]
    assert len(told) == 3 and told[-1]["distCost"] == "2500"
    number = told[-1]["delvCostPlcNo"]
    changed = elements(delvPlcNo=number) + FIXED.replace("2500", "4000")
    root = shop.service(UPDATE, xml(changed))
    assert [leaves(one)["distCost"] for one in inner(root, "delvCostPlc")][-1] == "4000"
    entry = shop.ledger()["templates"]["bundle_fee"][number]
    assert entry["updates"] == 1


def test_korean_in_cdata_is_taken(shop: Shop) -> None:
    root = shop.service("insertDelvAPIData", xml(elements(**ADDRESS)))
    number = leaves(next(inner(root, "item")))["entrDelvInfoNo"]
    row = shop.ledger()["templates"]["return_address"][number]
    assert row["values"]["delvAddr1"] == "서울 예시구 & 보기로"
    assert row["values"]["useYn"] == "Y"


@pytest.mark.parametrize(
    "body",
    [
        xml(FIXED, declared="utf-8"),
        xml(elements(**ADDRESS), encoding="utf-8"),
        xml(FIXED)[:-9],
        xml(),
        xml(FIXED, FIXED),
        xml(FIXED).partition(b"?>")[2],
        b'<?xml version="1.0" encoding="euc-kr"?><!DOCTYPE r [<!ENTITY a "b">]>'
        b"<result><item>&a;</item></result>",
    ],
)
def test_what_is_no_xml_of_one_item_in_euc_kr_is_refused(shop: Shop, body: bytes) -> None:
    before = shop.ledger()["templates"]
    assert "XML 을 읽을 수 없습니다" in refused(shop.service(INSERT, body))
    assert shop.ledger()["templates"] == before


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://127.0.0.1/a", "http://hanpan.example/a", "http://127.0.0.1:9/a",
     "http://[", "https://169.254.169.254/a"],
)  # fmt: skip
def test_an_address_that_cannot_be_reached_is_refused(shop: Shop, url: str) -> None:
    assert "dataUrl 에 접근할 수 없습니다" in refused(shop.service(INSERT, dataUrl=url))


@pytest.mark.parametrize(
    "url", ["http://hanpan.example/a", "https://169.254.169.254/a", "http://10.0.0.1/a"]
)
def test_nobody_but_this_machine_is_ever_asked_for_data(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(published.httpx, "Client", None)
    with pytest.raises(Refusal):
        published.fetch(url)


def test_an_address_where_nothing_is_any_more_is_refused(shop: Shop) -> None:
    url = shop.board.publish(b"", "", 10) + "-gone"
    assert "HTTP 404" in refused(shop.service(INSERT, dataUrl=url))


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (FIXED.replace("99", "97"), "distCostTp"),
        (FIXED.replace("02", "05"), "distCostCd"),
        (FIXED.replace("2500", "0"), "distCost"),
        (FIXED + elements(maxbuyAmt="1"), "maxbuyAmt"),
        (FIXED + elements(localCostYn="Y"), "localCostYn"),
        (FIXED.replace("99", "98"), "maxbuyAmt"),
        (FIXED.replace("99", "00").replace("2500", "0"), "localCostYn"),
        (FIXED.replace("N", "X"), "defaultYn"),
    ],
)
def test_a_policy_that_does_not_fit_together_is_refused_by_its_element(
    shop: Shop, item: str, name: str
) -> None:
    assert f"'{name}'" in refused(shop.service(INSERT, xml(item)))


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"delvNm": ""}, "delvNm"),
        ({"delvZipcd": "135-08"}, "delvZipcd"),
        ({"delvTelno": "전화"}, "delvTelno"),
        ({"useYn": "Y"}, "useYn"),
        ({"other": "1"}, "other"),
    ],
)
def test_an_address_that_is_none_is_refused_by_its_element(
    shop: Shop, changed: Any, name: str
) -> None:
    root = shop.service("insertDelvAPIData", xml(elements(**ADDRESS | changed)))
    assert f"'{name}'" in refused(root)


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"stdTime": "2500"}, "stdTime"),
        ({"satDelvYn": "Y"}, "satStdTime"),
        ({"satStdTime": "1100"}, "satStdTime"),
        ({"offWeek": "6"}, "offWeek"),
        ({"offDts": "20200101"}, "offDts"),
        ({"offDts": "20361301"}, "offDts"),
    ],
)
def test_rules_that_are_none_are_refused_by_their_element(
    shop: Shop, changed: Any, name: str
) -> None:
    root = shop.service("insertTodayDelvAPIData", xml(elements(**RULES | changed)))
    assert f"'{name}'" in refused(root)


def test_a_number_of_somebody_else_is_refused(shop: Shop) -> None:
    item = elements(delvPlcNo="1") + FIXED
    assert "'delvPlcNo'" in refused(shop.service(UPDATE, xml(item)))


# -- worlds ---------------------------------------------------------------------------------------


def test_a_seed_with_an_unknown_option_is_refused(shop: Shop) -> None:
    shop.world("POST", "seed", {"size": "small", "wanted": 1}, status=400)


def test_orders_come_by_themselves_where_a_trickle_is_asked_for(shop: Shop) -> None:
    shop.world("POST", "seed", {"orders": 0, "trickle": 1})
    shop.read(CONFIRMED)
    shop.world("POST", "clock", {"mode": "skew", "seconds": 300})
    assert len(shop.keys(TAKE)) >= 5


def test_a_bench_world_can_be_read_without_confirming(shop: Shop) -> None:
    shop.world("POST", "seed", {"size": "bench", "orders": 300, "days": 1})
    lines = shop.ledger()["lines"]
    assert {line["status"] for line in lines.values()} == {"50"}
    assert sorted(shop.keys(CONFIRMED)) == sorted(lines) and len(lines) == 300


def test_what_was_kept_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANPAN_DATA", str(tmp_path))
    board = Board()
    with start([SANDBOX], data=tmp_path) as host:
        shop = Shop(host, board)
        (key,) = shop.order(minutes_ago=1)
        shop.act("buyer_cancels", line=key)
        before, keys = shop.ledger()["lines"], shop.credentials
        shop.close()
    with start([SANDBOX], data=tmp_path) as host:
        shop = Shop(host, board)
        assert shop.ledger()["lines"] == before and shop.credentials == keys
        assert key in shop.keys(REQUESTS)
        shop.close()
    board.stop()
