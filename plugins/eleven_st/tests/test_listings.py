"""The wire of listings: what is sent, what each answer is read as, and why a change is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from core.fields import clean
from hanpan.api import (
    KST,
    UNCHANGED,
    AuthError,
    ContractError,
    IpNotAllowed,
    Item,
    MarketplaceError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    SaleState,
    Unavailable,
)
from plugins.eleven_st.products import SYNC
from plugins.eleven_st.refusals import (
    BELOW_DISCOUNT,
    GONE,
    NO_CHANGE,
    NO_TERM,
    NOT_TENS,
    OPTION_PRICE,
    TOO_FAR,
)
from plugins.eleven_st.tests.conftest import PREFIX, Eleven, client_message, leaves, stopped

NUMBER, ROW = "4000000001", "434450294"
MARKET = "/prodmarketservice/prodmarket"
STOCK = f"/prodservices/stockqty/{ROW}"
NO_USER = "OpenAPI Key 에 해당하는 유저가 없습니다."
EUC = "text/xml;charset=EUC-KR"


def product(**more: Any) -> str:
    told = {
        "prdNo": NUMBER, "prdNm": "면 티셔츠", "selPrc": "19,000", "selStatCd": "103",
        "selStatNm": "판매중", "sellerPrdCd": "SKU-1", "aplBgnDy": "2026-01-01 00:00:00",
        "aplEndDy": "2028-12-31 23:59:59", "message": "", **more,
    }  # fmt: skip
    return f"<Product>{leaves(**told)}</Product>"


def found(*rows: dict[str, Any]) -> str:
    inside = "".join(f"<ns2:product>{leaves(**row)}</ns2:product>" for row in rows)
    return f"<ns2:products {PREFIX}>{inside}</ns2:products>"


def stocks(*rows: dict[str, Any]) -> str:
    inside = "".join(
        f"<ns2:ProductStock>{leaves(**{'prdStckNo': ROW, 'stckQty': 5, **row})}</ns2:ProductStock>"
        for row in rows
    )
    beside = f"<ns2:prdNo>{NUMBER}</ns2:prdNo>"
    return f"<ns2:ProductStocks {PREFIX}>{inside}{beside}</ns2:ProductStocks>"


@pytest.fixture
def shelf(eleven: Eleven) -> Eleven:
    eleven.on("POST", MARKET, found({"prdNo": NUMBER}))
    eleven.on("GET", f"{MARKET}/", product())
    eleven.on("GET", f"{MARKET}/stck/", stocks({}))
    return eleven


def search(eleven: Eleven, **typed: str) -> Any:
    values = clean(SYNC.search.fields, {"period": "none", **typed}).values
    return SYNC.search.pages(eleven.client(), values, "")


def get(eleven: Eleven) -> Any:
    return SYNC.get(eleven.client(), [NUMBER])


def change(eleven: Eleven, part: str, **values: Any) -> Any:
    (result,) = getattr(SYNC, part).send(eleven.client(), [Item(NUMBER, values)])
    return result


# -- reading ------------------------------------------------------------------------------------


def test_conditions_go_in_euc_kr_with_the_rows_that_are_wanted(shelf: Eleven) -> None:
    page = search(
        shelf, name="면 <티>", state="103", period="3", since="2026-09-01", until="2026-09-30"
    )
    assert [listing.product_no for listing in page.items] == [NUMBER]
    assert not page.more and not shelf.gate.calls[0].write
    assert shelf.sent[0].headers["content-type"] == EUC
    (body,) = shelf.bodies()
    assert body.startswith('<?xml version="1.0" encoding="EUC-KR"?>')
    for told in (
        "<prdNm>면 &lt;티&gt;</prdNm>",
        "<selStatCd>103</selStatCd>",
        "<schDateType>3</schDateType><schBgnDt>202609010000</schBgnDt>",
        "<schEndDt>202609302359</schEndDt>",
        "<limit>500</limit><start>1</start><end>500</end>",
    ):
        assert told in body
    search(shelf)
    assert "<SearchProduct><limit>" in shelf.bodies()[1]


def test_no_listing_is_no_error(shelf: Eleven) -> None:
    for empty in (
        f"<ns2:products {PREFIX}/>",
        "<Products><message>조회된 상품이 없습니다.</message></Products>",
    ):
        shelf.on("POST", MARKET, empty)
        assert search(shelf).items == []


def test_a_thin_row_changes_only_what_it_tells(shelf: Eleven) -> None:
    (listing,) = search(shelf).items
    for name in ("name", "state", "displayed", "price", "sale_starts", "sale_ends", "options"):
        assert getattr(listing, name) is UNCHANGED, name


@pytest.mark.parametrize(
    ("told", "state", "displayed"),
    [
        ("101", SaleState.WAITING, False),
        ("103", SaleState.ON_SALE, True),
        ("104", SaleState.SOLD_OUT, True),
        ("105", SaleState.STOPPED, False),
        ("106", SaleState.ENDED, False),
        ("107", SaleState.ENDED, False),
        ("108", SaleState.FORBIDDEN, False),
        ("999", SaleState.UNKNOWN, UNCHANGED),
    ],
)
def test_every_state_has_ours(shelf: Eleven, told: str, state: SaleState, displayed: Any) -> None:
    shelf.on("GET", f"{MARKET}/", product(selStatCd=told, selStatNm="그 상태"))
    (listing,) = get(shelf)
    assert (listing.state, listing.displayed) == (state, displayed)
    assert listing.remote_state == "그 상태"


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        ({"selTermUseYn": "N"}, None),
        ({"aplEndDy": "2028/12/31"}, datetime(2028, 12, 31, 23, 59, 59, tzinfo=KST)),
        ({"aplEndDy": "null"}, UNCHANGED),
    ],
)
def test_the_last_day_is_told_in_several_ways(
    shelf: Eleven, told: dict[str, str], ends: Any
) -> None:
    shelf.on("GET", f"{MARKET}/", product(**told))
    assert get(shelf)[0].sale_ends == ends


def test_stock_rows_are_options(shelf: Eleven) -> None:
    rows = (
        {"mixOptNm": "사이즈,색상", "mixDtlOptNm": "M,블랙", "addPrc": "1,000", "stckQty": "1,200"},
        {"prdStckNo": "2", "mixOptNm": "색상", "mixDtlOptNm": "블랙,화이트", "stckQty": "0"},
        {"prdStckNo": "3", "mixDtlOptNm": "null", "prdStckStatCd": "02", "sellerStockCd": "A-3"},
    )
    shelf.on("GET", f"{MARKET}/stck/", stocks(*rows))
    one, two, three = get(shelf)[0].options
    assert (one.name, one.extra, one.stock) == ("사이즈:M,색상:블랙", 1000, 1200)
    assert (two.name, two.state, two.extra) == ("블랙,화이트", SaleState.SOLD_OUT, 0)
    assert (three.name, three.code, three.state) == ("", "A-3", SaleState.SOLD_OUT)


@pytest.mark.parametrize(
    "gone",
    [
        "<Product><message>그 상품</message><nResult>0</nResult></Product>",
        "<Products><message>존재하지 않는 상품입니다.</message></Products>",
        "<Product><message>조회된 상품이 없습니다.</message></Product>",
        client_message("404", "그 상품"),
    ],
)
def test_a_listing_that_is_gone_is_absent_and_cannot_be_changed(shelf: Eleven, gone: str) -> None:
    for path in (f"{MARKET}/", f"{MARKET}/stck/"):
        shelf.on("GET", path, gone)
    assert get(shelf) == []
    assert change(shelf, "stock", options={ROW: 1}).text == GONE
    with pytest.raises(NotFound):
        shelf.client().stocks(NUMBER)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("<Products><message>시스템 오류</message></Products>", ContractError),
        ("<Product></Product>", ContractError),
        (stopped("-500"), IpNotAllowed),
        (client_message("-1000", "서버 점검중입니다"), Unavailable),
        (
            "<Product><message>OpenAPI Key 에 해당하는 유저가 없습니다.</message></Product>",
            AuthError,
        ),
        ((429, b""), RateLimited),
        (httpx.ReadTimeout("late"), Unavailable),
    ],
)
def test_a_listing_that_cannot_be_read_is_not_taken_for_gone(
    shelf: Eleven, answer: Any, error: type[MarketplaceError]
) -> None:
    shelf.on("GET", f"{MARKET}/", answer)
    with pytest.raises(error):
        get(shelf)


def test_a_search_that_is_not_taken_says_so_beside_its_field(shelf: Eleven) -> None:
    shelf.on("POST", MARKET, "<Products><message>시작일 형식 오류</message></Products>")
    with pytest.raises(Rejected) as caught:
        search(shelf)
    assert set(caught.value.fields) == {"since"} and "시작일 형식 오류" in caught.value.text.ko


# -- changes ------------------------------------------------------------------------------------


def test_a_price_is_a_get_that_counts_as_a_write(shelf: Eleven) -> None:
    shelf.on("GET", "/prodservices/product/price/", client_message("200", "수정", preSelPrc=1))
    assert change(shelf, "price", price=18000).done
    assert shelf.paths() == [f"/prodservices/product/price/{NUMBER}/18000"]
    assert shelf.gate.calls[0].write and "content-type" not in shelf.sent[0].headers


@pytest.mark.parametrize("won", [18005, 0, 1_000_000_000])
def test_a_price_that_no_listing_may_have_is_not_sent(shelf: Eleven, won: int) -> None:
    assert change(shelf, "price", price=won).text == NOT_TENS
    assert shelf.sent == []


def test_a_stock_is_told_with_the_weight_that_its_row_has(shelf: Eleven) -> None:
    shelf.on("GET", f"{MARKET}/stck/", stocks({"optWght": "120"}, {"prdStckNo": "2"}))
    shelf.on("PUT", STOCK, client_message("200", "변경", productNo=ROW))
    assert change(shelf, "stock", options={ROW: 9, "2": 5}).done
    assert shelf.paths() == [f"{MARKET}/stck/{NUMBER}", STOCK]
    body = (
        f"<ProductStock><prdNo>{NUMBER}</prdNo><prdStckNo>{ROW}</prdStckNo>"
        "<stckQty>9</stckQty><optWght>120</optWght></ProductStock>"
    )
    assert shelf.bodies()[1].endswith(body)
    assert shelf.sent[1].headers["content-type"] == EUC


def test_a_limit_met_half_way_leaves_the_listing_to_be_read_back(shelf: Eleven) -> None:
    shelf.on("GET", f"{MARKET}/stck/", stocks({}, {"prdStckNo": "2"}))
    shelf.on("PUT", STOCK, client_message("200", "변경"))
    shelf.on("PUT", "/prodservices/stockqty/2", (429, b""))
    with pytest.raises(OutcomeUnknown):
        change(shelf, "stock", options={ROW: 9, "2": 8})
    with pytest.raises(RateLimited):
        change(shelf, "stock", options={"2": 8})


def test_state_and_period_are_puts_without_a_body(shelf: Eleven) -> None:
    paths = (
        ("status", {"on_sale": False}, f"/prodstatservice/stat/stopdisplay/{NUMBER}"),
        ("status", {"on_sale": True}, f"/prodstatservice/stat/restartdisplay/{NUMBER}"),
        ("extend", {"days": 30, "until": "2028-01-01"}, f"/prodservices/sellterm/{NUMBER}/30"),
    )
    for part, values, path in paths:
        shelf.on("PUT", path, client_message("200", "되었습니다."))
        assert change(shelf, part, **values).done
        assert shelf.paths()[-1] == path and shelf.sent[-1].content == b""
        assert shelf.gate.calls[-1].write


@pytest.mark.parametrize(
    ("code", "message", "text"),
    [
        ("500", "판매가는 최대 50% 까지만 인상", TOO_FAR),
        ("500", "80% 이상 인하할 수 없습니다", TOO_FAR),
        ("500", "기본즉시할인 금액보다", BELOW_DISCOUNT),
        ("500", "옵션가격 범위", OPTION_PRICE),
        ("500", "삭제된 상품은 수정할 수 없습니다.", GONE),
        ("404", "그 상품", GONE),
        ("500", "판매기간을 연장", NO_TERM),
        ("500", "판매상태를 변경", NO_CHANGE),
        ("500", "그 말", None),
        ("400", "", None),
    ],
)
def test_a_refusal_has_its_sentence(shelf: Eleven, code: str, message: str, text: Any) -> None:
    shelf.on("GET", "/prodservices/product/price/", client_message(code, message))
    refused = change(shelf, "price", price=18000)
    assert not refused.done and refused.code == code
    assert refused.text == text or (text is None and (message or code) in refused.text.ko)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, b"<html><body>login</body></html>"), OutcomeUnknown),
        ("<ClientMessage><message>?</message></ClientMessage>", OutcomeUnknown),
        (httpx.ReadError("gone"), OutcomeUnknown),
        (httpx.ConnectError("refused"), Unavailable),
        (client_message("-1000", "서버 점검중입니다"), Unavailable),
        (stopped("-200"), AuthError),
    ],
)
def test_a_change_whose_answer_says_nothing_is_unknown(
    shelf: Eleven, answer: Any, error: type[MarketplaceError]
) -> None:
    shelf.on("GET", "/prodservices/product/price/", answer)
    with pytest.raises(error):
        change(shelf, "price", price=18000)
