"""The practice products over real HTTP: as strict as protocols/smartstore §6 says."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from plugins.smartstore.tests.test_sandbox import Shop, door, names, shop

__all__ = ["door", "shop"]

LIST = "/v1/products/search"
BY_NO = "CHANNEL_PRODUCT_NO"
ORIGINS = "/v1/products/origin-products"
TSHIRT, RICE = "9500000001", "9500000002"
TSHIRT_ORIGIN, RICE_ORIGIN = "9000000001", "9000000002"
M, L = 41000000100, 41000000101


def search(shop: Shop, **body: Any) -> httpx.Response:
    return shop.call("POST", LIST, json=body)


def product(shop: Shop, number: str = TSHIRT) -> Any:
    answer = shop.call("GET", f"/v2/products/channel-products/{number}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def replace(shop: Shop, whole: Any, number: str = TSHIRT) -> httpx.Response:
    return shop.call("PUT", f"/v2/products/channel-products/{number}", json=whole)


def status(shop: Shop, **body: Any) -> httpx.Response:
    return shop.call("PUT", f"{ORIGINS}/{RICE_ORIGIN}/change-status", json=body)


def options(shop: Shop, *rows: Any, **info: Any) -> httpx.Response:
    body = {"optionInfo": {"optionCombinations": list(rows), **info}}
    return shop.call("PUT", f"{ORIGINS}/{TSHIRT_ORIGIN}/option-stock", json=body)


def figures(shop: Shop, *changes: Any) -> httpx.Response:
    body = {"multiProductUpdateRequestVos": list(changes)}
    return shop.call("PATCH", f"{ORIGINS}/multi-update", json=body)


def price(origin: str, won: Any) -> dict[str, Any]:
    figure = {"multiUpdateTypes": ["SALE_PRICE"], "productSalePrice": {"salePrice": won}}
    return {"originProductNo": int(origin), **figure}


def stock(origin: str, pieces: Any) -> dict[str, Any]:
    figure = {"multiUpdateTypes": ["STOCK"], "stockQuantity": pieces}
    return {"originProductNo": int(origin), **figure}


def period(shop: Shop, **dates: Any) -> httpx.Response:
    body = {
        "originProductNos": [int(RICE_ORIGIN)],
        "productBulkUpdateType": "SALE_PERIOD",
        "productSalePeriod": dates,
    }
    return shop.call("PUT", f"{ORIGINS}/bulk-update", json=body)


def listing(shop: Shop, number: str = TSHIRT) -> Any:
    return shop.ledger()["listings"][number]


# -- the list and the product ------------------------------------------------------------------


def test_the_list_is_paged_from_one_and_tells_no_options(shop: Shop) -> None:
    first = search(shop, page=1, size=4).json()
    last = search(shop, page=3, size=4).json()
    assert (first["totalElements"], first["totalPages"]) == (10, 3)
    assert (len(first["contents"]), len(last["contents"])) == (4, 2)
    assert (first["first"], first["last"], last["last"]) == (True, False, True)
    (told,) = first["contents"][0]["channelProducts"]
    assert told["channelProductNo"] == int(TSHIRT) and told["salePrice"] == 19900
    assert told["discountedPrice"] == 17900 and "optionInfo" not in str(told)


def test_numbers_count_only_where_the_kind_of_search_says_so(shop: Shop) -> None:
    assert search(shop, channelProductNos=[int(RICE)]).json()["totalElements"] == 10
    found = search(shop, searchKeywordType="PRODUCT_NO", originProductNos=[int(RICE_ORIGIN)])
    assert found.json()["contents"][0]["originProductNo"] == int(RICE_ORIGIN)
    found = search(shop, searchKeywordType="SELLER_CODE", sellerManagementCode="SKU-100")
    assert found.json()["contents"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"page": 0}, "page"),
        ({"size": 501}, "size"),
        ({"size": "50"}, "size"),
        ({"orderType": "COLOUR"}, "orderType"),
        ({"searchKeywordType": "NAME"}, "searchKeywordType"),
        ({"searchKeywordType": BY_NO}, "channelProductNos"),
        ({"searchKeywordType": BY_NO, "channelProductNos": ["1"]}, "channelProductNos"),
        ({"searchKeywordType": "SELLER_CODE"}, "sellerManagementCode"),
        ({"productStatusTypes": ["SOLD"]}, "productStatusTypes"),
        ({"periodType": "ANY"}, "periodType"),
        ({"periodType": "PROD_REG_DAY", "fromDate": "20260101"}, "fromDate"),
        ({"periodType": "PROD_REG_DAY", "fromDate": "2026-01-01"}, "toDate"),
    ],
)
def test_a_wrong_condition_is_named(shop: Shop, body: dict[str, Any], field: str) -> None:
    answer = search(shop, **body)
    assert (answer.status_code, names(answer)) == (400, {field})


def test_numbers_that_nobody_has_are_not_found(shop: Shop) -> None:
    calls = (
        ("GET", "/v2/products/channel-products/1", None),
        ("GET", "/v2/products/origin-products/1", None),
        ("PUT", "/v2/products/channel-products/1", {}),
        ("PUT", f"{ORIGINS}/1/change-status", {"statusType": "SALE"}),
        ("PUT", f"{ORIGINS}/1/option-stock", {}),
        ("PATCH", f"{ORIGINS}/multi-update", {"multiProductUpdateRequestVos": [price("1", 100)]}),
    )
    for method, path, body in calls:
        answer = shop.call(method, path, **({} if body is None else {"json": body}))
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), path
    origin = shop.call("GET", f"/v2/products/origin-products/{TSHIRT_ORIGIN}").json()
    assert origin == product(shop)


# -- option stocks (§6.3) ----------------------------------------------------------------------


def test_what_an_option_row_leaves_out_becomes_nothing_and_other_rows_stay(shop: Shop) -> None:
    assert options(shop, {"id": L, "stockQuantity": 7}).status_code == 200
    assert listing(shop)["options"] == {
        str(M): {"stock": 50, "extra": 0},
        str(L): {"stock": 7, "extra": 0},  # it was 1,000 won more
    }
    answer = options(shop, {"id": M, "price": 100, "usable": False}).json()
    assert answer["originProductNo"] == int(TSHIRT_ORIGIN)
    assert listing(shop)["options"][str(M)] == {"stock": 0, "extra": 100}
    assert (listing(shop)["stock"], listing(shop)["writes"]) == (7, {"stock": 2})


def test_stock_that_is_not_kept_shows_as_9999(shop: Shop) -> None:
    options(shop, {"id": M, "stockQuantity": 1}, useStockManagement=False)
    assert listing(shop)["stock"] == 2 * 9_999


@pytest.mark.parametrize(
    "row",
    [{"id": 1, "stockQuantity": 1}, {"stockQuantity": 1}, {"id": M, "stockQuantity": -1}],
)
def test_a_wrong_option_row_is_refused(shop: Shop, row: dict[str, Any]) -> None:
    assert options(shop, row).status_code == 400
    assert listing(shop)["writes"] == {}


def test_stock_of_options_does_not_end_sold_out(shop: Shop) -> None:
    options(shop, {"id": M, "stockQuantity": 0}, {"id": L, "stockQuantity": 0})
    assert listing(shop)["state"] == "OUTOFSTOCK"
    options(shop, {"id": M, "stockQuantity": 5}, {"id": L, "stockQuantity": 0})
    assert listing(shop)["state"] == "OUTOFSTOCK"
    path = f"{ORIGINS}/{TSHIRT_ORIGIN}/change-status"
    wrong = shop.call("PUT", path, json={"statusType": "SALE", "stockQuantity": 6})
    assert names(wrong) == {"stockQuantity"}
    shop.call("PUT", path, json={"statusType": "SALE", "stockQuantity": 5})
    assert listing(shop)["state"] == "SALE"
    assert names(figures(shop, stock(TSHIRT_ORIGIN, 9))) == {"stockQuantity"}


# -- state, figures, period (§6.4) -------------------------------------------------------------


def test_states_change_only_as_documented(shop: Shop) -> None:
    assert status(shop, statusType="SALE").status_code == 400
    assert names(status(shop, statusType="CLOSE")) == {"statusType"}
    assert status(shop, statusType="OUTOFSTOCK").status_code == 200
    assert (listing(shop, RICE)["state"], listing(shop, RICE)["stock"]) == ("OUTOFSTOCK", 0)
    assert names(status(shop, statusType="SALE")) == {"stockQuantity"}
    status(shop, statusType="SALE", stockQuantity=0)
    assert listing(shop, RICE)["state"] == "OUTOFSTOCK"
    status(shop, statusType="SALE", stockQuantity=4)
    assert (listing(shop, RICE)["state"], listing(shop, RICE)["stock"]) == ("SALE", 4)
    status(shop, statusType="SUSPENSION")
    assert status(shop, statusType="OUTOFSTOCK").status_code == 400
    figures(shop, stock(RICE_ORIGIN, 0))
    assert listing(shop, RICE)["state"] == "SUSPENSION"
    status(shop, statusType="SALE")
    assert listing(shop, RICE)["state"] == "OUTOFSTOCK"


def test_one_wrong_figure_refuses_them_all(shop: Shop) -> None:
    answer = figures(shop, price(RICE_ORIGIN, 5000), price(TSHIRT_ORIGIN, 5005))
    assert names(answer) == {"multiProductUpdateRequestVos[1].productSalePrice.salePrice"}
    assert listing(shop, RICE)["price"] == 24900
    assert figures(shop, price(RICE_ORIGIN, 5000), price(TSHIRT_ORIGIN, 6000)).status_code == 200
    assert [listing(shop, one)["price"] for one in (RICE, TSHIRT)] == [5000, 6000]


@pytest.mark.parametrize("won", [0, -10, 15, 1_000_000_000, "100", None, 2000])
def test_a_price_that_cannot_be_is_refused(shop: Shop, won: Any) -> None:
    # 2,000 won are what the 면 티셔츠 is reduced by: nothing may be left of less than 10 won.
    assert figures(shop, price(TSHIRT_ORIGIN, won)).status_code == 400
    assert listing(shop)["price"] == 19900


@pytest.mark.parametrize(
    ("dates", "field"),
    [
        ({"saleEndDate": "2036-12-31T23:00:00.000+09:00"}, "saleEndDate"),
        ({"saleEndDate": "2036-12-31"}, "saleEndDate"),
        ({"saleStartDate": "2026-01-01T00:30:00.000+09:00"}, "saleStartDate"),
    ],
)
def test_a_sale_begins_and_ends_at_its_minutes(
    shop: Shop, dates: dict[str, str], field: str
) -> None:
    assert names(period(shop, **dates)) == {f"productSalePeriod.{field}"}
    assert listing(shop, RICE)["writes"] == {}


def test_a_period_is_replaced_as_a_whole(shop: Shop) -> None:
    ends = "2036-12-31T23:59:00.000+09:00"
    period(shop, saleEndDate=ends)
    told = product(shop, RICE)["originProduct"]
    assert told["saleEndDate"] == ends and "saleStartDate" not in told
    assert listing(shop, RICE)["writes"] == {"extend": 1}


def test_a_sale_that_ran_out_is_ended_and_cannot_be_changed(shop: Shop) -> None:
    shop.act("edit_listing", product_no=RICE, ends_in_days=1)
    assert listing(shop, RICE)["state"] == "SALE"
    shop.world("POST", "clock", {"mode": "skew", "seconds": 2 * 86_400})
    shop.enter()
    assert listing(shop, RICE)["state"] == "CLOSE"
    assert search(shop, productStatusTypes=["CLOSE"]).json()["totalElements"] == 1
    assert period(shop, saleEndDate="2036-12-31T23:59:00.000+09:00").status_code == 400
    assert status(shop, statusType="SUSPENSION").status_code == 400


# -- the whole (§6.2) --------------------------------------------------------------------------


def test_a_replacement_erases_what_it_leaves_out(shop: Shop) -> None:
    whole = product(shop)
    detail = whole["originProduct"]["detailAttribute"]
    for name in ("seoInfo", "productInfoProvidedNotice"):
        del detail[name]
    del whole["originProduct"]["detailContent"], whole["originProduct"]["stockQuantity"]
    del whole["originProduct"]["customerBenefit"]
    assert replace(shop, whole).status_code == 200
    now = product(shop)["originProduct"]
    assert "seoInfo" not in now["detailAttribute"] and "customerBenefit" not in now
    # These are documented to be kept.
    assert now["detailContent"] and now["stockQuantity"] == 100
    assert now["detailAttribute"]["productInfoProvidedNotice"]["etc"]


def test_option_rows_are_matched_by_id_or_name_and_the_others_vanish(shop: Shop) -> None:
    whole = product(shop)
    info = whole["originProduct"]["detailAttribute"]["optionInfo"]
    first, second = copy.deepcopy(info["optionCombinations"])
    del first["id"], second["id"]
    second["optionName2"] = "XL"
    del second["price"]
    info["optionCombinations"] = [first, second]
    assert replace(shop, whole).status_code == 200
    now = listing(shop)["options"]
    (fresh,) = set(now) - {str(M)}
    assert now[str(M)]["stock"] == 50 and fresh != str(L) and now[fresh]["extra"] == 0


def test_the_stock_of_a_product_is_the_sum_of_its_options(shop: Shop) -> None:
    whole = product(shop)
    whole["originProduct"]["stockQuantity"] = 99
    assert names(replace(shop, whole)) == {"originProduct.stockQuantity"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("originProduct.name", None),
        ("originProduct.salePrice", None),
        ("originProduct.salePrice", 9),
        ("originProduct.statusType", "OUTOFSTOCK"),
        ("originProduct.images.representativeImage.url", ""),
        ("originProduct.detailAttribute.afterServiceInfo", None),
        ("originProduct.detailAttribute.originAreaInfo", None),
        ("originProduct.detailAttribute.minorPurchasable", None),
        ("originProduct.saleEndDate", "2036-12-31T22:58:00+09:00"),
        ("smartstoreChannelProduct.naverShoppingRegistration", None),
        ("smartstoreChannelProduct.channelProductDisplayStatusType", "WAIT"),
    ],
)
def test_a_wrong_replacement_changes_nothing(shop: Shop, path: str, value: Any) -> None:
    whole = product(shop)
    *way, last = path.split(".")
    inner = whole
    for name in way:
        inner = inner[name]
    inner[last] = value
    answer = replace(shop, whole)
    assert (answer.status_code, names(answer)) == (400, {path})
    assert listing(shop)["writes"] == {}


# -- worlds and acts ---------------------------------------------------------------------------


def test_the_wares_stand_in_every_world_and_more_when_asked_for(door: Shop) -> None:
    codes = {one["code"] for one in door.ledger()["listings"].values()}
    assert codes >= {f"SKU-{1000 + n}" for n in range(1, 11)}
    door.world("POST", "seed", {"size": "small", "orders": 0, "products": 1000})
    told = door.ledger()["listings"]
    assert len(told) == 1000 and len({one["origin"] for one in told.values()}) == 1000
    numbers = [number for one in told.values() for number in one["options"] if number]
    assert len(numbers) == len(set(numbers)) > 300
    ends = [one["sale_ends"] for one in told.values() if one["sale_ends"]]
    soon = door.host.world("smartstore").now() + timedelta(days=7)
    due = [end for end in ends if datetime.fromisoformat(end) < soon]
    assert 20 < len(due) < len(ends) < 1000
    assert all(datetime.fromisoformat(end).minute == 59 for end in ends)


def test_orders_of_before_took_their_stock_before(door: Shop) -> None:
    door.world("POST", "seed", {"size": "small"})
    assert {one["stock"] for one in door.ledger()["listings"].values()} == {100, 150}


def test_an_order_beyond_the_stock_comes_all_the_same(shop: Shop) -> None:
    shop.act("sell_out", product_no=RICE)
    (key,) = shop.order(goods=1, quantity=2)
    assert (listing(shop, RICE)["stock"], listing(shop, RICE)["state"]) == (0, "OUTOFSTOCK")
    shop.act("buyer_cancels", line=key, done=True)
    assert (listing(shop, RICE)["stock"], listing(shop, RICE)["state"]) == (2, "SALE")


@pytest.mark.parametrize(
    "act",
    [
        {"act": "edit_listing", "product_no": "1", "price": 100},
        {"act": "edit_listing", "product_no": RICE, "colour": "red"},
        {"act": "edit_listing", "product_no": RICE, "state": "SOLD"},
        {"act": "edit_listing", "product_no": RICE, "options": {"7": 1}},
        {"act": "edit_listing", "product_no": RICE, "stock": 1, "option_no": "7"},
        {"act": "edit_listing", "product_no": RICE},
        {"act": "sell_out"},
        {"act": "remove_listing", "product_no": "1"},
    ],
)
def test_an_act_on_a_listing_that_cannot_be_is_refused(shop: Shop, act: dict[str, Any]) -> None:
    assert shop.world("POST", "act", act, status=400)["error"]
    assert listing(shop, RICE)["stock"] == 100


def test_the_seller_centre_changes_one_option_or_all(shop: Shop) -> None:
    shop.act("sell_out", product_no=TSHIRT, option_no=str(M))
    told = {number: one["stock"] for number, one in listing(shop)["options"].items()}
    assert told == {str(M): 0, str(L): 50} and listing(shop)["state"] == "SALE"
    shop.act("edit_listing", product_no=TSHIRT, stock=3)
    assert (listing(shop)["stock"], listing(shop)["writes"]) == (6, {})


def test_a_world_of_before_there_were_listings_gets_its_own(shop: Shop) -> None:
    del shop.host.world("smartstore").state["listings"]
    assert search(shop).json()["totalElements"] == 10
