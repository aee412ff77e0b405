"""Products over the wire: what a search asks, what is read, what each write sends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.fields import clean
from hanpan.api import (
    UNCHANGED,
    Absent,
    ContractError,
    Done,
    Item,
    OutcomeUnknown,
    Rejected,
    SaleState,
    Sent,
    Unavailable,
    Unclear,
)
from plugins.smartstore.products import SYNC
from plugins.smartstore.search import SEARCH
from plugins.smartstore.tests.conftest import Naver, refused

LIST = "/v1/products/search"
NO, ORIGIN = "9500000001", "9000000001"
PRODUCT = f"/v2/products/channel-products/{NO}"
ORIGINS = "/v1/products/origin-products"
STATUS = f"{ORIGINS}/{ORIGIN}/change-status"
OPTIONS = f"{ORIGINS}/{ORIGIN}/option-stock"
FIGURES = f"{ORIGINS}/multi-update"
PERIOD = f"{ORIGINS}/bulk-update"
ANSWERED = {"code": "SUCCESS", "message": "성공", "data": {}}
SAVED = {"originProductNo": int(ORIGIN), "originProduct": {"statusType": "SALE"}}


def row(number: str = NO, **more: Any) -> dict[str, Any]:
    """A channel product of the list as §6.1 shows it."""
    return {
        "originProductNo": int(number) - 500000000,
        "channelProductNo": int(number),
        "channelServiceType": "STOREFARM",
        "name": "면 티셔츠",
        "sellerManagementCode": "SKU-1001",
        "statusType": "SALE",
        "channelProductDisplayStatusType": "ON",
        "salePrice": 19900,
        "stockQuantity": 40,
        "wholeCategoryName": "패션의류>여성의류>티셔츠",
        "representativeImage": {"url": "https://shop-phinf.pstatic.net/x/1.jpg"},
        "modifiedDate": "2026-09-20T10:00:00+09:00",
        "aFieldOfTomorrow": [1],
    } | more


def page(*rows: dict[str, Any], number: int = 1, pages: int = 1) -> dict[str, Any]:
    return {
        "contents": [
            {"originProductNo": one["originProductNo"], "channelProducts": [one]} for one in rows
        ],
        "page": number,
        "totalElements": len(rows) * pages,
        "totalPages": pages,
    }


COMBINED = {
    "optionCombinationGroupNames": {"optionGroupName1": "색상", "optionGroupName2": "사이즈"},
    "optionCombinations": [
        {
            "id": 41,
            "optionName1": "블랙",
            "optionName2": "M",
            "stockQuantity": 20,
            "price": 0,
            "sellerManagerCode": "SKU-1001-1",
            "usable": True,
        },
        {"id": 42, "optionName1": "블랙", "optionName2": "L", "stockQuantity": 0, "price": 1000},
        {"id": 43, "optionName1": "블랙", "stockQuantity": 5, "price": 0, "usable": False},
    ],
    "useStockManagement": True,
}
STANDARD = {
    "standardOptionGroups": [{"groupName": "색상"}, {"groupName": "사이즈"}],
    "optionStandards": [
        {"id": 51, "optionName1": "블랙", "optionName2": "M", "stockQuantity": 3, "usable": True}
    ],
    "useStockManagement": True,
}


def product(options: Any = None, display: str = "ON", **origin: Any) -> dict[str, Any]:
    """A product as §6.2 tells it."""
    detail: dict[str, Any] = {
        "sellerCodeInfo": {"sellerManagementCode": "SKU-1001"},
        "supplementProductInfo": {"supplementProducts": [{"id": 9, "name": "선물 포장"}]},
        "minorPurchasable": False,
        "seoInfo": {"sellerTags": [{"text": "여름"}]},
        "naverShoppingSearchInfo": {"catalogMatchingYn": True, "matchedCatalogId": 7},
    }
    if options:
        detail["optionInfo"] = options
    told = {
        "statusType": "SALE",
        "name": "면 티셔츠",
        "detailContent": "<p>길다</p>",
        "images": {"representativeImage": {"url": "https://shop-phinf.pstatic.net/x/1.jpg"}},
        "salePrice": 19900,
        "stockQuantity": 40,
        "detailAttribute": detail,
    } | origin
    channel = {"naverShoppingRegistration": True, "channelProductDisplayStatusType": display}
    return {"originProduct": told, "smartstoreChannelProduct": channel}


def asked(**typed: str | list[str]) -> dict[str, Any]:
    found = clean(SEARCH.fields, {"by": "all", "period": "none"} | typed)
    assert found.ok, found.problems
    return found.values


def searched(naver: Naver, **typed: str | list[str]) -> list[Any]:
    """Every page that follows, as core reads them."""
    client, cursor, more, pages = naver.client(), "", True, []
    while more:
        got = SEARCH.pages(client, asked(**typed), cursor)
        pages.append(got)
        cursor, more = got.cursor, got.more
    return pages


# -- search (§6.1) -----------------------------------------------------------------------------


def test_a_search_asks_for_a_hundred_a_page_until_the_last(naver: Naver) -> None:
    naver.on("POST", LIST, page(row(), pages=2), page(row("9500000002"), number=2, pages=2))
    first, last = searched(naver)
    assert naver.asked(LIST) == [
        {"page": 1, "size": 100, "orderType": "NO"},
        {"page": 2, "size": 100, "orderType": "NO"},
    ]
    assert [one.product_no for one in (*first.items, *last.items)] == [NO, "9500000002"]
    assert first.total == 2 and first.more and not last.more


def test_a_row_of_the_list_tells_no_options(naver: Naver) -> None:
    naver.on("POST", LIST, page(row()))
    ((told,),) = [one.items for one in searched(naver)]
    assert told.options is UNCHANGED and told.code == "SKU-1001" and told.price == 19900
    assert told.state is SaleState.ON_SALE and told.remote_state == "SALE" and told.displayed
    assert told.changed_at == datetime(2026, 9, 20, 1, tzinfo=UTC) and told.sale_ends is None
    assert told.category == "패션의류>여성의류>티셔츠" and told.image.endswith("/1.jpg")


def test_conditions_become_those_of_the_wire(naver: Naver) -> None:
    naver.on("POST", LIST, page())
    searched(
        naver,
        by="number",
        numbers="9500000001, 9500000002\n9500000001",
        period="SALE_END_DAY",
        since="2026.9.1",
        until="20260930",
        states=["SALE", "OUTOFSTOCK"],
    )
    assert naver.asked(LIST)[0] == {
        "searchKeywordType": "CHANNEL_PRODUCT_NO",
        "channelProductNos": [9500000001, 9500000002],
        "productStatusTypes": ["SALE", "OUTOFSTOCK"],
        "periodType": "SALE_END_DAY",
        "fromDate": "2026-09-01",
        "toDate": "2026-09-30",
        "page": 1,
        "size": 100,
        "orderType": "NO",
    }


def test_each_seller_code_is_a_search_of_its_own(naver: Naver) -> None:
    naver.on("POST", LIST, page(row()), page(), page(row("9500000003")))
    pages = searched(naver, by="code", codes="SKU 1001\nSKU-1002\n\nSKU-1003")
    codes = [call["sellerManagementCode"] for call in naver.asked(LIST)]
    assert codes == ["SKU 1001", "SKU-1002", "SKU-1003"]
    assert [len(one.items) for one in pages] == [1, 0, 1]
    assert all(one.total is None for one in pages)


def test_more_numbers_than_a_page_holds_are_asked_in_parts(naver: Naver) -> None:
    naver.on("POST", LIST, page())
    searched(naver, by="number", numbers="\n".join(str(n) for n in range(1, 202)))
    assert [len(call["channelProductNos"]) for call in naver.asked(LIST)] == [100, 100, 1]


def test_a_name_filters_what_was_fetched(naver: Naver) -> None:
    naver.on("POST", LIST, page(row(), row("9500000002", name="Linen 셔츠")))
    (got,) = searched(naver, name="LINEN")
    assert [one.product_no for one in got.items] == ["9500000002"] and got.total is None
    assert "name" not in naver.asked(LIST)[0]


def test_nothing_found_is_an_empty_page_however_it_is_told(naver: Naver) -> None:
    naver.on("POST", LIST, page(), refused(404, "NOT_FOUND"))
    assert [one.items for one in (*searched(naver), *searched(naver))] == [[], []]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"by": "number", "numbers": ""}, "numbers"),
        ({"by": "number", "numbers": "SKU-1001"}, "numbers"),
        ({"by": "number", "numbers": " ".join(str(n) for n in range(1001))}, "numbers"),
        ({"by": "code", "codes": ""}, "codes"),
        ({"period": "PROD_REG_DAY", "since": "", "until": "2026-01-31"}, "since"),
        ({"period": "PROD_REG_DAY", "since": "2026-02-30", "until": "2026-03-01"}, "since"),
        ({"states": ["SOLD"]}, "states"),
    ],
)
def test_a_condition_that_cannot_be_is_refused_beside_its_field(
    typed: dict[str, Any], field: str
) -> None:
    assert set(clean(SEARCH.fields, {"by": "all", "period": "none"} | typed).problems) == {field}


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    values = asked(period="PROD_REG_DAY", since="2026-02-02", until="2026-02-01")
    assert SEARCH.check is not None and set(SEARCH.check(values)) == {"until"}
    assert SEARCH.check(values | {"until": "2026-02-02"}) == {}
    assert SEARCH.check(asked()) == {}


def test_a_search_that_naver_refuses_comes_back_beside_the_field(naver: Naver) -> None:
    wrong = [{"name": "fromDate", "type": "Max", "message": "1년까지 조회할 수 있습니다."}]
    naver.on("POST", LIST, refused(400, "BAD_REQUEST", invalidInputs=wrong))
    with pytest.raises(Rejected) as caught:
        searched(naver, period="PROD_REG_DAY", since="2020-01-01", until="2026-01-01")
    assert set(caught.value.fields) == {"since"}


@pytest.mark.parametrize("cursor", ["x", "1", "0.1.2", "-1.1"])
def test_a_cursor_that_is_none_is_an_error(naver: Naver, cursor: str) -> None:
    with pytest.raises(ContractError):
        SEARCH.pages(naver.client(), asked(), cursor)
    assert naver.sent == []


@pytest.mark.parametrize("answer", [{}, [], {"contents": {}, "totalPages": 1}, {"contents": [{}]}])
def test_an_answer_that_is_no_list_is_an_error(naver: Naver, answer: Any) -> None:
    naver.on("POST", LIST, answer)
    with pytest.raises(ContractError):
        searched(naver)


# -- reading (§6.2, §6.3) ----------------------------------------------------------------------


def read(naver: Naver, told: Any, **listed: Any) -> Any:
    naver.on("POST", LIST, page(row(**listed)))
    naver.on("GET", PRODUCT, told)
    assert SYNC.get is not None
    (listing,) = SYNC.get(naver.client(), [NO])
    return listing


def test_options_are_told_as_orders_name_them(naver: Naver) -> None:
    listing = read(naver, product(COMBINED))
    told = [(o.option_no, o.name, o.code, o.extra, o.stock, o.state) for o in listing.options]
    assert told == [
        ("41", "색상: 블랙 / 사이즈: M", "SKU-1001-1", 0, 20, SaleState.ON_SALE),
        ("42", "색상: 블랙 / 사이즈: L", "", 1000, 0, SaleState.SOLD_OUT),
        ("43", "색상: 블랙", "", 0, 5, SaleState.STOPPED),
    ]
    assert listing.product_no == NO and listing.category == "패션의류>여성의류>티셔츠"


def test_standard_options_have_no_price_of_their_own(naver: Naver) -> None:
    (option,) = read(naver, product(STANDARD)).options
    assert (option.option_no, option.name, option.extra, option.stock) == (
        "51",
        "색상: 블랙 / 사이즈: M",
        0,
        3,
    )


@pytest.mark.parametrize(
    "options", [None, {"optionSimple": [{"id": 1, "groupName": "색상", "name": "블랙"}]}]
)
def test_a_product_without_option_stocks_is_one_row(naver: Naver, options: Any) -> None:
    (option,) = read(naver, product(options)).options
    assert (option.option_no, option.stock, option.extra) == ("", 40, 0)


def test_options_whose_stock_is_not_kept_have_none(naver: Naver) -> None:
    options = read(naver, product(COMBINED | {"useStockManagement": False})).options
    assert [option.stock for option in options] == [None, None, None]


def test_of_what_both_tell_the_product_counts_and_not_the_list(naver: Naver) -> None:
    told = product(statusType="SUSPENSION", salePrice=9900, saleEndDate="2026-12-31T23:59:59+09:00")
    listing = read(naver, told, statusType="SALE", salePrice=1)
    assert listing.state is SaleState.STOPPED and listing.price == 9900
    assert listing.sale_ends == datetime(2026, 12, 31, 14, 59, 59, tzinfo=UTC)
    assert "길다" not in str(listing.raw)


def test_a_window_product_goes_by_its_own_display(naver: Naver) -> None:
    told = product() | {
        "windowChannelProduct": {
            "channelProductName": "윈도 티셔츠",
            "channelProductDisplayStatusType": "SUSPENSION",
        }
    }
    assert read(naver, told).displayed is True
    listing = read(naver, told, channelServiceType="WINDOW")
    assert listing.displayed is False and listing.name == "윈도 티셔츠"


def test_a_state_that_we_do_not_know_is_shown_by_its_name(naver: Naver) -> None:
    listing = read(naver, product(statusType="MYSTERY"))
    assert listing.state is SaleState.UNKNOWN and listing.remote_state == "MYSTERY"


def test_what_is_gone_is_absent_and_what_the_list_does_not_tell_yet_is_read(naver: Naver) -> None:
    naver.on("POST", LIST, page())
    naver.on("GET", PRODUCT, product())
    naver.on("GET", "/v2/products/channel-products/1", refused(404, "NOT_FOUND"))
    assert SYNC.get is not None
    (listing,) = SYNC.get(naver.client(), [NO, "1"])
    assert listing.product_no == NO and listing.category is UNCHANGED


def test_a_route_that_is_missing_is_no_missing_product(naver: Naver) -> None:
    naver.on("POST", LIST, page(row()))
    naver.on("GET", PRODUCT, refused(404, "GW.NOT_FOUND"))
    assert SYNC.get is not None
    with pytest.raises(ContractError):
        SYNC.get(naver.client(), [NO])


# -- writing (§6.2, §6.3, §6.4) ----------------------------------------------------------------


def write(naver: Naver, part: str, told: Any = None, **values: Any) -> Any:
    """One write of the product; its Result."""
    naver.on("POST", LIST, page(row()))
    if told is not None:
        naver.on("GET", PRODUCT, told)
    (result,) = getattr(SYNC, part).send(naver.client(), [Item(NO, values)])
    return result


def test_a_price_is_all_that_is_sent_of_a_product(naver: Naver) -> None:
    naver.on("PATCH", FIGURES, ANSWERED)
    assert write(naver, "price", price=21000).done
    assert naver.asked(FIGURES) == [
        {
            "multiProductUpdateRequestVos": [
                {
                    "originProductNo": int(ORIGIN),
                    "multiUpdateTypes": ["SALE_PRICE"],
                    "productSalePrice": {"salePrice": 21000},
                }
            ]
        }
    ]


def test_one_bad_price_does_not_fail_the_others(naver: Naver) -> None:
    bad = refused(400, "BAD_REQUEST", message="판매가는 10원 단위입니다.")
    naver.on("POST", LIST, page(row(), row("9500000002")))
    naver.on("PATCH", FIGURES, bad, ANSWERED, bad)
    assert SYNC.price is not None
    items = [Item(NO, {"price": 100}), Item("9500000002", {"price": 3}), Item("7", {"price": 1})]
    results = {one.key: one for one in SYNC.price.send(naver.client(), items)}
    assert results[NO].done and len(naver.asked(FIGURES)) == 3
    assert "10원" in str(results["9500000002"].text) and results["7"].code == "NOT_FOUND"


def test_prices_behind_a_lost_answer_have_no_result(naver: Naver) -> None:
    bad = refused(400, "BAD_REQUEST")
    naver.on("POST", LIST, page(row(), row("9500000002")))
    naver.on("PATCH", FIGURES, bad, ANSWERED, (500, b""))
    assert SYNC.price is not None
    items = [Item(NO, {"price": 100}), Item("9500000002", {"price": 200})]
    assert [one.key for one in SYNC.price.send(naver.client(), items)] == [NO]


def test_every_option_row_is_sent_with_its_price(naver: Naver) -> None:
    naver.on("PUT", OPTIONS, SAVED)
    assert write(naver, "stock", product(COMBINED), options={"41": 7}).done
    assert naver.asked(OPTIONS) == [
        {
            "optionInfo": {
                "optionCombinations": [
                    {"id": 41, "stockQuantity": 7, "usable": True, "price": 0},
                    {"id": 42, "stockQuantity": 0, "usable": True, "price": 1000},
                    {"id": 43, "stockQuantity": 5, "usable": False, "price": 0},
                ],
                "useStockManagement": True,
            }
        }
    ]


def test_standard_option_rows_are_sent_without_a_price(naver: Naver) -> None:
    naver.on("PUT", OPTIONS, SAVED)
    assert write(naver, "stock", product(STANDARD), options={"51": 8}).done
    (sent,) = naver.asked(OPTIONS)
    assert sent["optionInfo"]["optionStandards"] == [{"id": 51, "stockQuantity": 8, "usable": True}]


def test_options_in_stock_again_put_a_sold_out_product_on_sale(naver: Naver) -> None:
    still = SAVED | {"originProduct": {"statusType": "OUTOFSTOCK"}}
    naver.on("PUT", OPTIONS, still)
    naver.on("PUT", STATUS, ANSWERED)
    assert write(naver, "stock", product(STANDARD, statusType="OUTOFSTOCK"), options={"51": 8}).done
    assert naver.asked(STATUS) == [{"statusType": "SALE", "stockQuantity": 8}]


@pytest.mark.parametrize(
    ("status", "pieces", "path", "sent"),
    [
        ("OUTOFSTOCK", 5, STATUS, {"statusType": "SALE", "stockQuantity": 5}),
        ("SALE", 0, STATUS, {"statusType": "OUTOFSTOCK"}),
        ("OUTOFSTOCK", 0, STATUS, None),
        ("SALE", 5, FIGURES, 5),
        ("SUSPENSION", 0, FIGURES, 0),
    ],
)
def test_the_stock_of_a_plain_product_is_sent_by_its_state(
    naver: Naver, status: str, pieces: int, path: str, sent: Any
) -> None:
    naver.on("PUT", STATUS, ANSWERED)
    naver.on("PATCH", FIGURES, ANSWERED)
    assert write(naver, "stock", product(statusType=status), options={"": pieces}).done
    calls = naver.asked(path)
    if path == FIGURES:
        (call,) = calls
        ((one,),) = call.values()
        assert (one["multiUpdateTypes"], one["stockQuantity"]) == (["STOCK"], sent)
    else:
        assert calls == ([] if sent is None else [sent])


@pytest.mark.parametrize(
    ("options", "wanted", "word"),
    [
        (COMBINED, {"41": 1, "99": 1}, "옵션이 판매자센터에서 바뀌었습니다"),
        (COMBINED, {"": 1}, "옵션이 판매자센터에서 바뀌었습니다"),
        (None, {"41": 1}, "옵션이 판매자센터에서 바뀌었습니다"),
        (COMBINED | {"useStockManagement": False}, {"41": 1}, "옵션별 재고 관리를 쓰지 않는"),
    ],
)
def test_a_stock_that_does_not_fit_the_options_is_not_sent(
    naver: Naver, options: Any, wanted: dict[str, int], word: str
) -> None:
    result = write(naver, "stock", product(options), options=wanted)
    assert word in result.text.ko
    assert {request.method for request in naver.sent} <= {"GET", "POST"}


@pytest.mark.parametrize(
    ("status", "on_sale", "sent"),
    [
        ("SALE", False, "SUSPENSION"),
        ("OUTOFSTOCK", False, "SUSPENSION"),
        ("WAIT", False, "SUSPENSION"),
        ("SUSPENSION", True, "SALE"),
        ("SALE", True, None),
        ("SUSPENSION", False, None),
    ],
)
def test_a_state_is_changed_unless_it_is_so(
    naver: Naver, status: str, on_sale: bool, sent: str | None
) -> None:
    naver.on("PUT", STATUS, ANSWERED)
    assert write(naver, "status", product(statusType=status), on_sale=on_sale).done
    assert naver.asked(STATUS) == ([] if sent is None else [{"statusType": sent}])


@pytest.mark.parametrize(
    ("status", "on_sale", "word"),
    [
        ("OUTOFSTOCK", True, "재고를 먼저"),
        ("PROHIBITION", True, "판매금지"),
        ("CLOSE", False, "판매종료"),
    ],
)
def test_a_state_that_cannot_be_left_says_why(
    naver: Naver, status: str, on_sale: bool, word: str
) -> None:
    result = write(naver, "status", product(statusType=status), on_sale=on_sale)
    assert word in result.text.ko and naver.asked(STATUS) == []


def test_the_display_is_changed_by_saving_all_that_was_told(naver: Naver) -> None:
    naver.on("PUT", PRODUCT, SAVED)
    told = product(COMBINED, statusType="OUTOFSTOCK")
    assert write(naver, "display", told, displayed=False).done
    (sent,) = [one for one in naver.asked(PRODUCT) if one]
    channel = {**told["smartstoreChannelProduct"], "channelProductDisplayStatusType": "SUSPENSION"}
    assert sent["smartstoreChannelProduct"] == channel
    # 품절 is no state that may be sent: a product on sale that has no stock is that.
    assert sent["originProduct"] == told["originProduct"] | {"statusType": "SALE"}


def test_stock_that_a_replacement_keeps_is_left_to_it(naver: Naver) -> None:
    naver.on("PUT", PRODUCT, SAVED)
    assert write(naver, "display", product(), displayed=False).done
    (sent,) = [one for one in naver.asked(PRODUCT) if one]
    # A piece that is sold between the reading and the writing would be back otherwise.
    assert "stockQuantity" not in sent["originProduct"]


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"promotionDiscountPolicies": [{"promotionName": "가을"}]}, "promotionDiscountPolicies"),
        ({"newField": "값"}, "originProduct.newField"),
    ],
)
def test_a_field_that_would_vanish_stops_the_write_and_is_named(
    naver: Naver, more: dict[str, Any], named: str
) -> None:
    told = product(newField="값") if "newField" in more else product(customerBenefit=more)
    result = write(naver, "display", told, displayed=False)
    assert named in result.text.ko and naver.paths().count(PRODUCT) == 1


def test_a_display_that_is_so_already_is_not_sent(naver: Naver) -> None:
    assert write(naver, "display", product(display="SUSPENSION"), displayed=False).done
    assert "PUT" not in {request.method for request in naver.sent}


def test_a_sale_is_extended_to_minute_59_of_the_day(naver: Naver) -> None:
    naver.on("PUT", PERIOD, ANSWERED)
    starts = "2026-01-01T00:00:00+09:00"
    told = product(saleStartDate=starts, saleEndDate="2026-10-02T23:59:00+09:00")
    assert write(naver, "extend", told, days=30, until="2026-11-01").done
    assert naver.asked(PERIOD) == [
        {
            "originProductNos": [int(ORIGIN)],
            "productBulkUpdateType": "SALE_PERIOD",
            "productSalePeriod": {
                "saleStartDate": starts,
                "saleEndDate": "2026-11-01T23:59:00.000+09:00",
            },
        }
    ]


@pytest.mark.parametrize("ends", [None, "2026-12-31T23:59:00+09:00"])
def test_a_sale_is_never_made_shorter(naver: Naver, ends: str | None) -> None:
    assert write(naver, "extend", product(saleEndDate=ends), days=3, until="2026-11-01").done
    assert naver.asked(PERIOD) == []


def test_a_sale_that_has_ended_is_not_extended(naver: Naver) -> None:
    told = product(statusType="CLOSE", saleEndDate="2026-09-01T23:59:00+09:00")
    result = write(naver, "extend", told, days=3, until="2026-11-01")
    assert "판매종료" in result.text.ko and naver.asked(PERIOD) == []


@pytest.mark.parametrize(
    ("part", "values"),
    [
        ("price", {"price": 1000}),
        ("stock", {"options": {"": 1}}),
        ("status", {"on_sale": True}),
        ("display", {"displayed": True}),
        ("extend", {"days": 3, "until": "2026-11-01"}),
    ],
)
def test_a_product_that_is_gone_has_its_own_sentence(
    naver: Naver, part: str, values: dict[str, Any]
) -> None:
    naver.on("POST", LIST, page())
    (result,) = getattr(SYNC, part).send(naver.client(), [Item(NO, values)])
    assert result.code == "NOT_FOUND" and "네이버에 없는 상품" in result.text.ko


def test_what_naver_refuses_is_said_in_its_words(naver: Naver) -> None:
    naver.on("PUT", STATUS, refused(400, "BAD_REQUEST", message="판매 권한이 없습니다."))
    result = write(naver, "status", product(), on_sale=False)
    assert "판매 권한이 없습니다" in result.text.ko and result.code == "BAD_REQUEST"


@pytest.mark.parametrize("answer", [(500, b""), (200, b"<html>"), [], "ok"])
def test_a_write_whose_answer_says_nothing_is_unknown(naver: Naver, answer: Any) -> None:
    naver.on("PUT", STATUS, answer)
    with pytest.raises(OutcomeUnknown):
        write(naver, "status", product(), on_sale=False)


def test_a_write_that_was_not_begun_is_tried_again(naver: Naver) -> None:
    naver.on("POST", LIST, (503, b""))
    assert SYNC.status is not None
    with pytest.raises(Unavailable):
        SYNC.status.send(naver.client(), [Item(NO, {"on_sale": True})])


# -- reading back ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "values", "so", "not_so"),
    [
        ("price", {"price": 100}, product(salePrice=100), product(salePrice=90)),
        ("stock", {"options": {"": 4}}, product(stockQuantity=4), product(stockQuantity=5)),
        (
            "stock",
            {"options": {"51": 3}},
            product(STANDARD),
            product(STANDARD, statusType="OUTOFSTOCK"),
        ),
        ("status", {"on_sale": True}, product(), product(statusType="SUSPENSION")),
        ("status", {"on_sale": False}, product(statusType="SUSPENSION"), product()),
        ("display", {"displayed": False}, product(display="SUSPENSION"), product()),
        (
            "extend",
            {"days": 3, "until": "2026-11-01"},
            product(saleEndDate="2026-11-01T23:59:00+09:00"),
            product(saleEndDate="2026-10-01T23:59:00+09:00"),
        ),
    ],
)
def test_each_write_is_read_back(
    naver: Naver, part: str, values: dict[str, Any], so: Any, not_so: Any
) -> None:
    naver.on("POST", LIST, page(row()))
    naver.on("GET", PRODUCT, so, not_so)
    naver.on("GET", "/v2/products/channel-products/7", refused(404, "NOT_FOUND"))
    back = getattr(SYNC, part).readback
    sent = Sent(NO, values, naver.now)
    assert isinstance(back(naver.client(), [sent])[NO], Done)
    assert isinstance(back(naver.client(), [sent])[NO], Absent)
    assert isinstance(back(naver.client(), [Sent("7", values, naver.now)])["7"], Unclear)
