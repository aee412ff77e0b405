"""Listings of the plugin against the practice marketplace: by number, and what is changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from core import clock
from hanpan.api import (
    Absent,
    ContractError,
    Done,
    Listing,
    OutcomeUnknown,
    Repeat,
    SaleState,
    Scope,
    Unclear,
    kst,
)
from hanpan.testing import PracticeShop, sent, verdict_of
from plugins.wemakeprice.assumed import OPTION_SAVE
from plugins.wemakeprice.orders import SYNC as ORDERS
from plugins.wemakeprice.products import (
    OPTIONS_CHANGED,
    PRICE_RANGE,
    SYNC,
    TOO_LONG,
    TOO_MANY,
)
from plugins.wemakeprice.refusals import GONE
from plugins.wemakeprice.tests.conftest import Wmp, said

SHIRT, RICE, RACK = "400000001", "400000002", "400000004"
"""With two options; without any, sold for 45 more days; always sold."""
M, L = "50000100", "50000101"
PRODUCT, SALE = "/product/out/getProduct", "/product/in/setProductSale"


def one(client: Any, number: str) -> Listing:
    (listing,) = SYNC.get(client, [number])
    return listing


def stocks(listing: Listing) -> dict[str, Any]:
    return {option.option_no: option.stock for option in listing.options}


def ledger(shop: PracticeShop, number: str) -> Any:
    return shop.place.ledger()["listings"][number]


# -- reading --------------------------------------------------------------------------------------


def test_listings_are_read_by_their_numbers(shop: PracticeShop) -> None:
    client = shop.client()
    shirt, rice = SYNC.get(client, [SHIRT, "999", RICE])
    assert (shirt.name, shirt.code, shirt.price) == ("면 티셔츠", "SKU-1001", 17900)
    assert (shirt.state, shirt.displayed) == (SaleState.ON_SALE, True)
    assert [(o.option_no, o.name, o.code, o.extra) for o in shirt.options] == [
        (M, "블랙/M", "SKU-1001-1", 0),
        (L, "블랙/L", "SKU-1001-2", 1000),
    ]
    assert stocks(rice) == {"": 300}
    assert "detail" not in shirt.raw and "option" in shirt.raw
    assert one(client, RACK).sale_ends == datetime.fromisoformat(ledger(shop, RACK)["sale_ends"])
    endless = [no for no, told in shop.place.ledger()["listings"].items() if not told["sale_ends"]]
    assert one(client, endless[0]).sale_ends is None


def test_listings_are_read_by_number_alone_and_it_says_why() -> None:
    assert SYNC.search is None
    assert "API가 없어" in SYNC.why_not["search"].ko


def test_an_order_line_finds_its_option_by_its_number(shop: PracticeShop) -> None:
    client = shop.client()
    for goods in range(10):
        shop.place.act("new_order", {"goods": goods, "minutes_ago": 1})
    cursor, more, lines = ORDERS.start(clock.now() - timedelta(hours=1)), True, []
    while more:
        page = ORDERS.changes(client, cursor)
        lines += page.items
        cursor, more = page.cursor, page.more
    assert len(lines) >= 10
    for line in lines:
        assert (line.option_no or "") in stocks(one(client, line.product_no))


def tree(**option: Any) -> dict[str, Any]:
    return {
        "productNo": SHIRT,
        "basic": {"productName": "면 티셔츠", "productStatusName": "판매중"},
        "sale": {"salePrice": 15000, "salePeriod": "A", "stockCount": 100},
        "option": option or {"selectOptionUseYn": "N"},
    }


def test_options_that_cannot_be_told_apart_are_no_answer(wmp: Wmp) -> None:
    good = {"optionNo": 1, "optionValue1": "블랙", "stockCount": 3}
    wmp.on(PRODUCT, tree(selectOptionUseYn="Y", selectOptionValueList=[good]))
    assert stocks(one(wmp.client(), SHIRT)) == {"1": 3}
    for rows in ([good, good], [{"optionValue1": "블랙"}], None):
        wmp.on(PRODUCT, tree(selectOptionUseYn="Y", selectOptionValueList=rows))
        with pytest.raises(ContractError):
            SYNC.get(wmp.client(), [SHIRT])


def test_no_data_is_no_product(wmp: Wmp) -> None:
    wmp.on(PRODUCT, None)
    assert SYNC.get(wmp.client(), [SHIRT]) == []


# -- changes --------------------------------------------------------------------------------------


def test_a_price_goes_back_with_all_of_its_sale(shop: PracticeShop) -> None:
    client = shop.client()
    for part in (SYNC.price, SYNC.stock, SYNC.status, SYNC.display, SYNC.extend):
        assert (part.scope, part.repeat, part.batch) == (Scope.LISTING, Repeat.READBACK, 1)
    before = ledger(shop, SHIRT)["parts"]
    assert isinstance(verdict_of(SYNC.price, client, SHIRT, price=21000), Absent)
    assert sent(SYNC.price, client, SHIRT, price=21000).done
    assert isinstance(verdict_of(SYNC.price, client, SHIRT, price=21000), Done)
    told = ledger(shop, SHIRT)
    assert (told["price"], told["writes"], told["parts"]) == (21000, {"price": 1}, before)


def test_a_part_that_is_not_told_is_not_sent_back(wmp: Wmp) -> None:
    wmp.on(PRODUCT, tree() | {"sale": {}})
    with pytest.raises(ContractError):
        sent(SYNC.price, wmp.client(), SHIRT, price=1000)
    assert wmp.asked(SALE) == []


@pytest.mark.parametrize("number", [SHIRT, RICE])
def test_pieces_are_set_option_by_option_or_of_the_product(shop: PracticeShop, number: str) -> None:
    client = shop.client()
    first, *others = stocks(one(client, number))
    before = ledger(shop, number)["parts"]
    assert sent(SYNC.stock, client, number, options={first: 7}).done
    assert isinstance(verdict_of(SYNC.stock, client, number, options={first: 7}), Done)
    assert stocks(one(client, number)) == {first: 7, **dict.fromkeys(others, 300)}
    assert sent(SYNC.stock, client, number, options=dict.fromkeys([first, *others], 0)).done
    assert one(client, number).state is SaleState.SOLD_OUT
    assert ledger(shop, number)["parts"] == before
    assert ledger(shop, number)["writes"] == {"stock": 2}


@pytest.mark.parametrize(
    ("part", "number", "values", "text"),
    [
        ("price", SHIRT, {"price": 1_000_000_000}, PRICE_RANGE),
        ("stock", SHIRT, {"options": {M: 100_000}}, TOO_MANY),
        ("stock", SHIRT, {"options": {"1": 1}}, OPTIONS_CHANGED),
        ("stock", RICE, {"options": {M: 1}}, OPTIONS_CHANGED),
        ("extend", RICE, {"days": 30, "until": "2050-01-01"}, TOO_LONG),
        ("price", "999", {"price": 1000}, GONE),
        ("status", "999", {"on_sale": True}, GONE),
    ],
)
def test_what_cannot_be_so_is_refused_in_a_sentence(
    shop: PracticeShop, part: str, number: str, values: dict[str, Any], text: Any
) -> None:
    refused = sent(getattr(SYNC, part), shop.client(), number, **values)
    assert refused.text == text
    assert all(not told["writes"] for told in shop.place.ledger()["listings"].values())


def test_state_and_display_are_switched_apart(shop: PracticeShop) -> None:
    client = shop.client()
    assert sent(SYNC.status, client, SHIRT, on_sale=False).done
    assert sent(SYNC.display, client, SHIRT, displayed=False).done
    listing = one(client, SHIRT)
    assert (listing.state, listing.displayed) == (SaleState.STOPPED, False)
    assert isinstance(verdict_of(SYNC.display, client, SHIRT, displayed=False), Done)
    assert sent(SYNC.status, client, SHIRT, on_sale=True).done
    listing = one(client, SHIRT)
    assert (listing.state, listing.displayed) == (SaleState.ON_SALE, False)
    assert isinstance(verdict_of(SYNC.status, client, SHIRT, on_sale=True), Done)
    assert isinstance(verdict_of(SYNC.display, client, "999", displayed=True), Unclear)


def test_a_period_is_extended_to_a_day_and_never_shortened(shop: PracticeShop) -> None:
    client = shop.client()
    before = one(client, RICE).sale_ends
    until = str((kst(before) + timedelta(days=30)).date())
    assert isinstance(verdict_of(SYNC.extend, client, RICE, days=30, until=until), Absent)
    assert sent(SYNC.extend, client, RICE, days=30, until=until).done
    assert str(kst(one(client, RICE).sale_ends).date()) == until
    assert sent(SYNC.extend, client, RICE, days=3, until=str(kst(before).date())).done
    assert ledger(shop, RICE)["writes"] == {"extend": 1}
    shop.place.act("edit_listing", {"product_no": RICE, "ends_in_days": None})
    assert isinstance(verdict_of(SYNC.extend, client, RICE, days=3, until="2050-01-01"), Done)
    assert sent(SYNC.extend, client, RICE, days=3, until="2050-01-01").done


def test_what_has_ended_says_so(shop: PracticeShop) -> None:
    client = shop.client()
    shop.place.act("edit_listing", {"product_no": SHIRT, "ends_in_days": -2})
    assert one(client, SHIRT).state is SaleState.ENDED
    refused = sent(SYNC.status, client, SHIRT, on_sale=False)
    assert not refused.done and "종료된" in refused.text.ko


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_a_lost_answer_is_read_back(shop: PracticeShop, kind: str) -> None:
    client, values = shop.client(), {"options": {M: 4, L: 4}}
    shop.fault(kind, OPTION_SAVE)
    with pytest.raises(OutcomeUnknown):
        sent(SYNC.stock, client, SHIRT, **values)
    wanted = Absent if kind == "reset_before" else Done
    assert isinstance(verdict_of(SYNC.stock, client, SHIRT, **values), wanted)


def test_an_answer_to_a_write_tells_its_number_or_nothing_is_known(wmp: Wmp) -> None:
    wmp.on(PRODUCT, tree())
    wmp.on(SALE, said(0, "판매금지 상품입니다."))
    refused = sent(SYNC.price, wmp.client(), SHIRT, price=1000)
    assert not refused.done and "판매금지" in refused.text.ko
    for told in (None, {"returnMsg": "성공"}):
        wmp.on(SALE, told)
        with pytest.raises(OutcomeUnknown):
            sent(SYNC.price, wmp.client(), SHIRT, price=1000)
    wmp.on(SALE, {"productNo": SHIRT, "returnMsg": "성공"})
    assert sent(SYNC.price, wmp.client(), SHIRT, price=1000).done
    assert wmp.asked(SALE)[-1] == {
        "productNo": int(SHIRT),
        "sale": {"salePrice": 1000, "salePeriod": "A", "stockCount": 100},
    }
