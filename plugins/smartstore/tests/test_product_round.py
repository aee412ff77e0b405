"""Products against the practice marketplace: found, read, written, and as the ledger has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core import practice
from hanpan.api import (
    Absent,
    Done,
    Item,
    OutcomeUnknown,
    SaleState,
    Sent,
    Unavailable,
    kst,
)
from hanpan.testing import PracticeShop, searched
from plugins.smartstore.orders import get as get_lines
from plugins.smartstore.products import SYNC
from plugins.smartstore.search import SEARCH
from plugins.smartstore.tests.conftest import FAST

TSHIRT, RICE, ENDING = "9500000001", "9500000002", "9500000008"
M, L = "41000000100", "41000000101"
PARTS = {
    "price": {"price": 12340},
    "stock": {"options": {"": 7}},
    "status": {"on_sale": False},
    "display": {"displayed": False},
    "extend": {"days": 30},
}


def found(client: Any, **typed: Any) -> dict[str, Any]:
    """Everything that a search finds."""
    return searched(SEARCH, client, **{"by": "all", "period": "none"} | typed)


def ledger(shop: PracticeShop, number: str) -> Any:
    return shop.place.ledger()["listings"][number]


def read(client: Any, number: str) -> Any:
    assert SYNC.get is not None
    (listing,) = SYNC.get(client, [number])
    return listing


def write(client: Any, part: str, number: str, **values: Any) -> Any:
    (result,) = getattr(SYNC, part).send(client, [Item(number, values)])
    return result


def until(days: int) -> str:
    return (kst(datetime.now(UTC)).date() + timedelta(days=days)).isoformat()


def test_a_thousand_products_are_found_once_each(shop: PracticeShop) -> None:
    shop.place.seed("small", {**FAST, "orders": 0, "products": 1000})
    listings = found(shop.client())
    assert set(listings) == set(shop.place.ledger()["listings"]) and len(listings) == 1000
    assert len(shop.calls("/products/search")) == 10
    codes = {one.code for one in listings.values()}
    assert len(codes) == 1000 and {"SKU-1001", "SKU-1010", "SKU-2000"} <= codes


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ({"by": "number", "numbers": f"{TSHIRT}\n{RICE}\n123"}, {TSHIRT, RICE}),
        ({"by": "code", "codes": "SKU-1002\nSKU-1008\nSKU-9999"}, {RICE, ENDING}),
        ({"name": "현미"}, {RICE}),
        ({"states": ["SUSPENSION", "OUTOFSTOCK"]}, {TSHIRT, ENDING}),
        ({"period": "SALE_END_DAY", "since": until(5), "until": until(7)}, {ENDING}),
        ({"period": "PROD_MOD_DAY", "since": until(0), "until": until(0)}, {TSHIRT, ENDING}),
    ],
)
def test_each_condition_finds_what_it_says(
    shop: PracticeShop, typed: dict[str, Any], numbers: set[str]
) -> None:
    shop.place.act("sell_out", {"product_no": TSHIRT})
    shop.place.act("edit_listing", {"product_no": ENDING, "state": "SUSPENSION"})
    assert set(found(shop.client(), **typed)) == numbers


def test_a_listing_is_read_as_the_ledger_has_it(shop: PracticeShop) -> None:
    shop.place.seed("small", {**FAST, "orders": 0, "products": 40})
    client = shop.client()
    told = shop.place.ledger()["listings"]
    numbers = sorted(told)
    assert SYNC.get is not None
    listings = [*SYNC.get(client, numbers[:20]), *SYNC.get(client, numbers[20:])]
    for listing in listings:
        real = told[listing.product_no]
        assert listing.price == real["price"] and listing.code == real["code"]
        assert listing.name == real["name"] and listing.displayed == real["displayed"]
        options = {o.option_no: {"stock": o.stock, "extra": o.extra} for o in listing.options}
        assert options == real["options"], listing.product_no
        ends = real["sale_ends"]
        assert listing.sale_ends == (datetime.fromisoformat(ends) if ends else None)
    assert len(listings) == 40
    assert {len(listing.options) for listing in listings} == {1, 2, 3}


def test_orders_and_listings_name_products_and_options_alike(shop: PracticeShop) -> None:
    client = shop.client()
    orders = [
        *shop.place.act("new_order", {"goods": 0, "addons": 1}),
        *shop.place.act("new_order", {"goods": 1, "addons": 1}),
    ]
    lines = get_lines(client, [key for order in orders for key in order["lines"]])
    assert [line.product_no for line in lines] == [TSHIRT, TSHIRT, RICE, RICE]
    first, added, plain, too = lines
    assert first.option_no in {option.option_no for option in read(client, TSHIRT).options}
    assert plain.option_no is None
    # What was added goes by the product's number, and is none of its rows.
    assert added.option_no == too.option_no == "추가구성상품"


def test_an_order_takes_stock_and_a_cancel_gives_it_back(shop: PracticeShop) -> None:
    client = shop.client()
    (order,) = shop.place.act("new_order", {"goods": 1, "quantity": 3})
    assert read(client, RICE).options[0].stock == 97
    (key,) = order["lines"]
    shop.place.act("buyer_cancels", {"line": key, "quantity": 2, "done": True})
    assert read(client, RICE).options[0].stock == 99
    (waiting,) = shop.place.act("new_order", {"goods": 1, "waiting": True})
    assert read(client, RICE).options[0].stock == 99
    shop.place.act("buyer_pays", {"line": waiting["lines"][0]})
    assert read(client, RICE).options[0].stock == 98
    shop.place.act("new_order", {"goods": 1, "quantity": 99})
    assert read(client, RICE).state is SaleState.SOLD_OUT
    assert ledger(shop, RICE)["writes"] == {}


def test_prices_are_changed_together(shop: PracticeShop) -> None:
    client = shop.client()
    assert SYNC.price is not None
    items = [Item(TSHIRT, {"price": 21000}), Item(RICE, {"price": 22000}), Item("1", {"price": 9})]
    results = {one.key: one for one in SYNC.price.send(client, items)}
    assert results[TSHIRT].done and results[RICE].done and results["1"].code == "NOT_FOUND"
    assert [read(client, number).price for number in (TSHIRT, RICE)] == [21000, 22000]
    assert ledger(shop, TSHIRT)["writes"] == {"price": 1}
    assert len(shop.calls("/multi-update")) == 1


def test_a_price_that_is_refused_does_not_hold_the_others_up(shop: PracticeShop) -> None:
    client = shop.client()
    assert SYNC.price is not None
    items = [Item(TSHIRT, {"price": 21005}), Item(RICE, {"price": 22000})]
    results = {one.key: one for one in SYNC.price.send(client, items)}
    assert "10원 단위" in str(results[TSHIRT].text) and results[RICE].done
    assert ledger(shop, TSHIRT)["price"] == 19900


def test_stocks_by_option_keep_prices_and_the_rows_that_are_not_ours(shop: PracticeShop) -> None:
    client = shop.client()
    assert write(client, "stock", TSHIRT, options={M: 3}).done
    told = ledger(shop, TSHIRT)
    assert told["options"] == {M: {"stock": 3, "extra": 0}, L: {"stock": 50, "extra": 1000}}
    assert (told["stock"], told["writes"]) == (53, {"stock": 1})


@pytest.mark.parametrize(
    ("number", "none", "some"),
    [(TSHIRT, {M: 0, L: 0}, {M: 2, L: 0}), (RICE, {"": 0}, {"": 2})],
)
def test_a_product_is_sold_out_by_stock_and_on_sale_again(
    shop: PracticeShop, number: str, none: dict[str, int], some: dict[str, int]
) -> None:
    client = shop.client()
    assert write(client, "stock", number, options=none).done
    assert read(client, number).state is SaleState.SOLD_OUT
    assert not write(client, "status", number, on_sale=True).done
    assert write(client, "stock", number, options=some).done
    listing = read(client, number)
    assert listing.state is SaleState.ON_SALE
    assert {option.option_no: option.stock for option in listing.options} == some


def test_standard_options_of_a_generated_product_are_written(shop: PracticeShop) -> None:
    shop.place.seed("small", {**FAST, "orders": 0, "products": 40})
    client = shop.client()
    standard = next(
        number for number, told in shop.place.ledger()["listings"].items() if
        any(key.startswith("91") for key in told["options"])
    )  # fmt: skip
    options = {option.option_no: 4 for option in read(client, standard).options}
    assert write(client, "stock", standard, options=options).done
    assert ledger(shop, standard)["stock"] == 8


def test_a_listing_is_stopped_and_sold_again(shop: PracticeShop) -> None:
    client = shop.client()
    assert write(client, "status", RICE, on_sale=False).done
    assert read(client, RICE).state is SaleState.STOPPED
    assert write(client, "status", RICE, on_sale=False).done
    assert write(client, "status", RICE, on_sale=True).done
    assert read(client, RICE).state is SaleState.ON_SALE
    assert ledger(shop, RICE)["writes"] == {"status": 2}


@pytest.mark.parametrize("number", [TSHIRT, RICE])
def test_hiding_a_listing_changes_nothing_else_of_it(shop: PracticeShop, number: str) -> None:
    client = shop.client()
    before = client.product(number)
    assert write(client, "display", number, displayed=False).done
    after = client.product(number)
    channel = after.pop("smartstoreChannelProduct")
    assert channel["channelProductDisplayStatusType"] == "SUSPENSION"
    assert after == {key: value for key, value in before.items() if key in after}
    assert read(client, number).displayed is False
    assert write(client, "display", number, displayed=True).done
    assert client.product(number) == before
    assert ledger(shop, number)["writes"] == {"display": 2, "replace": 2}


def test_a_field_that_a_replacement_would_erase_stops_it(shop: PracticeShop) -> None:
    client = shop.client()
    shop.place.act("edit_listing", {"product_no": RICE, "fields": {"quickCommerce": {"on": True}}})
    result = write(client, "display", RICE, displayed=False)
    assert "originProduct.quickCommerce 항목" in result.text.ko
    assert ledger(shop, RICE)["displayed"] and ledger(shop, RICE)["writes"] == {}


def test_a_sale_period_is_extended_once(shop: PracticeShop) -> None:
    client = shop.client()
    for _ in range(2):
        assert write(client, "extend", ENDING, days=30, until=until(30)).done
    told = ledger(shop, ENDING)
    assert told["sale_ends"] == f"{until(30)}T23:59:00.000+09:00"
    assert told["writes"] == {"extend": 1}
    assert read(client, ENDING).sale_starts is not None


def test_what_was_changed_in_the_seller_centre_is_read(shop: PracticeShop) -> None:
    client = shop.client()
    edit = {"price": 9900, "name": "새 이름", "options": {M: 1}, "displayed": False}
    shop.place.act("edit_listing", {"product_no": TSHIRT, **edit})
    listing = read(client, TSHIRT)
    assert (listing.price, listing.name, listing.displayed) == (9900, "새 이름", False)
    assert listing.options[0].stock == 1
    shop.place.act("remove_listing", {"product_no": TSHIRT})
    assert SYNC.get is not None and SYNC.get(client, [TSHIRT]) == []


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_lost_answer_is_unknown_and_read_back_as_done(shop: PracticeShop, part: str) -> None:
    client = shop.client()
    values = PARTS[part] | ({"until": until(30)} if part == "extend" else {})
    number = ENDING if part == "extend" else RICE
    sent = Sent(number, values, datetime.now(UTC))
    api = getattr(SYNC, part)
    assert isinstance(api.readback(client, [sent])[number], Absent)
    for path in ("multi-update", "change-status", "bulk-update"):
        shop.fault("reset_after", path)
    shop.place.faults.append(_replacing())
    with pytest.raises(OutcomeUnknown):
        api.send(client, [Item(number, values)])
    shop.place.faults.clear()
    assert isinstance(api.readback(client, [sent])[number], Done)
    assert ledger(shop, number)["writes"][part] == 1


def _replacing() -> Any:
    match = {"method": "PUT", "path": "channel-products"}
    rule = {"kind": "reset_after", "match": match, "times": 1}
    return practice.faults.Rule.read(rule)


def test_a_late_write_shows_late(shop: PracticeShop) -> None:
    client = shop.client()
    rule = {"kind": "late_effect", "match": "multi-update", "times": 1, "value": 60}
    shop.place.faults.append(practice.faults.Rule.read(rule))
    with pytest.raises(OutcomeUnknown):
        write(client, "price", RICE, price=11110)
    assert ledger(shop, RICE)["price"] == 11110
    assert read(client, RICE).price == 24900 and found(client)[RICE].price == 24900
    shop.place.world.skew = 61
    assert read(client, RICE).price == 11110
    shop.place.world.skew = 0


@pytest.mark.parametrize("kind", ["reset_before", "login", "cut"])
def test_faults_on_reading_products_are_tried_again_later(shop: PracticeShop, kind: str) -> None:
    client = shop.client()
    read(client, RICE)
    shop.fault(kind, "channel-products")
    with pytest.raises(Unavailable):
        read(client, RICE)
