"""Listings of the plugin against the practice marketplace: search, reading, changes, orders."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from core import clock
from core.fields import clean
from hanpan.api import (
    KST,
    UNCHANGED,
    Absent,
    ContractError,
    Done,
    Listing,
    OutcomeUnknown,
    Rejected,
    Repeat,
    SaleState,
    Scope,
    Unavailable,
    Unclear,
)
from hanpan.testing import PracticeShop, searched, sent, verdict_of
from plugins.eleven_st import products
from plugins.eleven_st.listings import STATES
from plugins.eleven_st.orders import SYNC as ORDERS
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
from plugins.eleven_st.sandbox import products as sandbox_products

SHIRT, RICE, RACK = "4000000001", "4000000002", "4000000004"
"""With two options of two axes; without any; with a discount of 3,000 won."""
M, L = "430000100", "430000101"
"""The stock rows of the shirt."""
ONLY = "440000002"
"""That of the rice."""


def conditions(**typed: Any) -> Any:
    cleaned = clean(SYNC.search.fields, {"period": "none", **typed})
    assert cleaned.ok, cleaned.problems
    assert SYNC.search.check(cleaned.values) == {}
    return cleaned.values


def search(client: Any, **typed: Any) -> dict[str, Listing]:
    return searched(SYNC.search, client, **{"period": "none"} | typed)


def one(client: Any, number: str) -> Listing:
    (listing,) = SYNC.get(client, [number])
    return listing


def stocks(listing: Listing) -> dict[str, Any]:
    return {option.option_no: option.stock for option in listing.options}


def ledger(shop: PracticeShop, number: str) -> Any:
    return shop.place.ledger()["listings"][number]


# -- search and get -----------------------------------------------------------------------------


def test_the_search_tells_every_listing_in_part(shop: PracticeShop, monkeypatch: Any) -> None:
    for module in (products, sandbox_products):
        monkeypatch.setattr(module, "LIMIT" if module is products else "MOST", 50)
    shop.place.seed("small", {"products": 120})
    client = shop.client()
    shop.place.calls.clear()
    found = search(client)
    told = shop.place.ledger()["listings"]
    assert set(found) == set(told) and len(found) == 120
    assert len(shop.place.calls) == 3
    for number, listing in found.items():
        assert listing.options is UNCHANGED
        assert listing.price == told[number]["price"]
        assert listing.state is STATES[told[number]["state"]][1]


def test_a_full_last_page_is_followed_by_an_empty_one(shop: PracticeShop, monkeypatch: Any) -> None:
    monkeypatch.setattr(products, "LIMIT", 5)
    shop.place.calls.clear()
    assert len(search(shop.client())) == 10
    assert len(shop.place.calls) == 3


def test_conditions_are_those_of_11st(shop: PracticeShop) -> None:
    client = shop.client()
    assert set(search(client, product_no=SHIRT)) == {SHIRT}
    assert set(search(client, name="티셔츠")) == {SHIRT}
    assert search(client, name="없는 상품") == search(client, product_no="1") == {}
    shop.place.act("edit_listing", {"product_no": RICE, "state": "105"})
    assert set(search(client, state="105")) == {RICE}
    assert RICE not in search(client, state="103")
    today = shop.place.world.now().astimezone(KST).date()
    changed = {"period": "4", "since": str(today), "until": str(today)}
    assert set(search(client, **changed)) == {RICE}
    ending = search(client, period="3", since=str(today), until=str(today + timedelta(days=7)))
    assert ending and all(
        one.sale_ends < clock.now() + timedelta(days=8) for one in ending.values()
    )


def test_conditions_that_do_not_fit_say_why() -> None:
    typed = {"period": "1", "since": "2026.2.1", "until": "20260131"}
    values = clean(SYNC.search.fields, typed).values
    assert (values["since"], values["until"]) == ("2026-02-01", "2026-01-31")
    assert set(SYNC.search.check(values)) == {"until"}
    wrong = clean(SYNC.search.fields, {"product_no": "SKU-1", "name": "뷁", "period": "1"})
    assert set(wrong.problems) == {"product_no", "name", "since", "until"}
    wrong = clean(SYNC.search.fields, {"period": "1", "since": "2026-02-30", "until": "내일"})
    assert set(wrong.problems) == {"since", "until"}


def test_a_condition_that_11st_refuses_is_told_beside_its_field(shop: PracticeShop) -> None:
    values = {**conditions(), "product_no": "SKU"}
    with pytest.raises(Rejected) as caught:
        SYNC.search.pages(shop.client(), values, "")
    assert set(caught.value.fields) == {"product_no"}
    with pytest.raises(ContractError):
        SYNC.search.pages(shop.client(), conditions(), "0")


def test_a_listing_is_read_whole(shop: PracticeShop) -> None:
    shirt, rice = SYNC.get(shop.client(), [SHIRT, "999", RICE])
    assert (shirt.product_no, rice.product_no) == (SHIRT, RICE)
    assert (shirt.name, shirt.code, shirt.price) == ("면 티셔츠", "SKU-1001", 19900)
    assert (shirt.state, shirt.displayed) == (SaleState.ON_SALE, True)
    assert shirt.remote_state == "판매중"
    assert [option.option_no for option in shirt.options] == [M, L]
    assert [option.name for option in shirt.options] == [
        "색상:블랙,사이즈:M",
        "색상:블랙,사이즈:L",
    ]
    assert [option.code for option in shirt.options] == ["SKU-1001-1", "SKU-1001-2"]
    assert [option.extra for option in shirt.options] == [0, 1000]
    (only,) = rice.options
    assert (only.option_no, only.name, only.stock) == (ONLY, "", 300)
    assert "htmlDetail" not in shirt.raw and len(shirt.raw["stocks"]) == 2
    assert datetime.fromisoformat(ledger(shop, SHIRT)["sale_ends"]) == shirt.sale_ends
    endless = [no for no, told in shop.place.ledger()["listings"].items() if not told["sale_ends"]]
    assert one(shop.client(), endless[0]).sale_ends is None


def test_an_order_line_finds_its_option_by_its_number(shop: PracticeShop) -> None:
    client = shop.client()
    for goods in range(10):
        shop.order(goods=goods, lines=1)
    cursor, more, lines = ORDERS.start(clock.now() - timedelta(hours=1)), True, []
    while more:
        page = ORDERS.changes(client, cursor)
        lines += page.items
        cursor, more = page.cursor, page.more
    assert len(lines) >= 10
    for line in lines:
        options = {option.option_no for option in one(client, line.product_no).options}
        assert line.option_no in options


# -- price --------------------------------------------------------------------------------------


def test_a_price_is_changed_by_a_get_that_writes(shop: PracticeShop) -> None:
    client = shop.client()
    for part in (SYNC.price, SYNC.stock, SYNC.status, SYNC.extend):
        assert (part.scope, part.repeat, part.batch) == (Scope.LISTING, Repeat.READBACK, 1)
    assert isinstance(verdict_of(SYNC.price, client, SHIRT, price=25000), Absent)
    assert sent(SYNC.price, client, SHIRT, price=25000).done
    assert shop.gate.calls[-1].write and shop.gate.calls[-1].method == "GET"
    assert isinstance(verdict_of(SYNC.price, client, SHIRT, price=25000), Done)
    assert ledger(shop, SHIRT)["price"] == 25000 == one(client, SHIRT).price
    assert ledger(shop, SHIRT)["writes"] == {"price": 1}


@pytest.mark.parametrize(
    ("number", "won", "text"),
    [
        (SHIRT, 19905, NOT_TENS),
        (SHIRT, 0, NOT_TENS),
        (SHIRT, 1_000_000_000, NOT_TENS),
        (SHIRT, 29860, TOO_FAR),
        (RICE, 4970, TOO_FAR),
        ("999", 1000, GONE),
    ],
)
def test_a_price_beyond_the_limits_is_refused_in_a_sentence(
    shop: PracticeShop, number: str, won: int, text: Any
) -> None:
    refused = sent(SYNC.price, shop.client(), number, price=won)
    assert not refused.done and refused.text == text
    assert all(not told["writes"] for told in shop.place.ledger()["listings"].values())


def test_a_price_below_the_discount_or_beside_the_extras_is_refused(shop: PracticeShop) -> None:
    client = shop.client()
    for won in (10000, 4000):
        assert sent(SYNC.price, client, RACK, price=won).done
    assert sent(SYNC.price, client, RACK, price=3000).text == BELOW_DISCOUNT
    shop.place.act("edit_listing", {"product_no": "4000000007", "price": 3000})
    assert sent(SYNC.price, client, "4000000007", price=1900).text == OPTION_PRICE


# -- stock --------------------------------------------------------------------------------------


def test_the_stock_of_options_is_set_row_by_row_and_only_where_it_differs(
    shop: PracticeShop,
) -> None:
    client = shop.client()
    wanted = {M: 7, L: 300}
    assert isinstance(verdict_of(SYNC.stock, client, SHIRT, options=wanted), Absent)
    assert sent(SYNC.stock, client, SHIRT, options=wanted).done
    assert isinstance(verdict_of(SYNC.stock, client, SHIRT, options=wanted), Done)
    assert stocks(one(client, SHIRT)) == wanted
    assert ledger(shop, SHIRT)["writes"] == {"stock": 1}
    assert sent(SYNC.stock, client, SHIRT, options={L: 0}).done
    listing = one(client, SHIRT)
    assert stocks(listing) == {M: 7, L: 0} and listing.state is SaleState.ON_SALE
    assert listing.options[1].state is SaleState.SOLD_OUT
    assert sent(SYNC.stock, client, SHIRT, options={M: 0, L: 4}).done
    assert stocks(one(client, SHIRT)) == {M: 0, L: 4}


def test_an_option_that_is_not_there_changes_nothing(shop: PracticeShop) -> None:
    client = shop.client()
    refused = sent(SYNC.stock, client, SHIRT, options={M: 1, "1": 1})
    assert refused.code == "NO_OPTION" and "(1)" in refused.text.ko
    assert ledger(shop, SHIRT)["writes"] == {}
    assert sent(SYNC.stock, client, "999", options={"1": 1}).text == GONE


@pytest.mark.parametrize(("number", "rows"), [(RICE, [ONLY]), (SHIRT, [M, L])])
def test_nothing_left_stops_the_sale_and_pieces_resume_it(
    shop: PracticeShop, number: str, rows: list[str]
) -> None:
    client = shop.client()
    nothing, some = dict.fromkeys(rows, 0), dict.fromkeys(rows, 3)
    assert isinstance(verdict_of(SYNC.stock, client, number, options=nothing), Absent)
    assert sent(SYNC.stock, client, number, options=nothing).done
    told = ledger(shop, number)
    assert told["state"] == "105" and told["writes"] == {"status": 1}
    assert {row["buyable"] for row in told["options"].values()} == {0}
    listing = one(client, number)
    assert stocks(listing) == nothing and listing.state is SaleState.SOLD_OUT
    assert search(client, product_no=number)[number].state is SaleState.SOLD_OUT
    assert isinstance(verdict_of(SYNC.stock, client, number, options=nothing), Done)
    assert isinstance(verdict_of(SYNC.status, client, number, on_sale=True), Done)
    assert sent(SYNC.stock, client, number, options=nothing).done
    assert ledger(shop, number)["writes"] == {"status": 1}
    assert isinstance(verdict_of(SYNC.stock, client, number, options=some), Absent)
    assert sent(SYNC.stock, client, number, options=some).done
    assert isinstance(verdict_of(SYNC.stock, client, number, options=some), Done)
    told = ledger(shop, number)
    assert told["state"] == "103" and told["writes"] == {"status": 2, "stock": len(rows)}


def test_what_orders_took_to_the_last_piece_needs_no_stop(shop: PracticeShop) -> None:
    client = shop.client()
    shop.place.act("edit_listing", {"product_no": RICE, "stock": 2})
    (key,) = shop.order(goods=1, quantity=3)
    assert one(client, RICE).state is SaleState.SOLD_OUT
    assert sent(SYNC.stock, client, RICE, options={ONLY: 0}).done
    assert ledger(shop, RICE)["writes"] == {}
    shop.place.act("buyer_cancels", {"line": key, "quantity": 1, "done": True})
    assert stocks(one(client, RICE)) == {ONLY: 1}
    assert one(client, RICE).state is SaleState.ON_SALE


def test_a_listing_that_the_seller_stopped_stays_stopped_when_pieces_come(
    shop: PracticeShop,
) -> None:
    client = shop.client()
    assert sent(SYNC.status, client, RICE, on_sale=False).done
    assert isinstance(verdict_of(SYNC.status, client, RICE, on_sale=False), Done)
    assert sent(SYNC.stock, client, RICE, options={ONLY: 0}).done
    listing = one(client, RICE)
    assert stocks(listing) == {ONLY: 0} and listing.state is SaleState.STOPPED
    assert sent(SYNC.stock, client, RICE, options={ONLY: 5}).done
    assert ledger(shop, RICE)["state"] == "105"
    assert stocks(one(client, RICE)) == {ONLY: 5}
    assert sent(SYNC.status, client, RICE, on_sale=True).done
    assert ledger(shop, RICE)["state"] == "103"


def test_a_listing_without_pieces_is_resumed_when_there_are_some(shop: PracticeShop) -> None:
    client = shop.client()
    assert sent(SYNC.status, client, RICE, on_sale=False).done
    assert sent(SYNC.stock, client, RICE, options={ONLY: 0}).done
    assert sent(SYNC.status, client, RICE, on_sale=True).done
    assert ledger(shop, RICE)["options"][ONLY]["buyable"] == 0
    assert isinstance(verdict_of(SYNC.status, client, RICE, on_sale=True), Done)
    assert sent(SYNC.stock, client, RICE, options={ONLY: 5}).done
    assert ledger(shop, RICE)["state"] == "103"
    assert sent(SYNC.stock, client, RICE, options={ONLY: 0}).done
    assert sent(SYNC.status, client, RICE, on_sale=False).done
    assert isinstance(verdict_of(SYNC.status, client, RICE, on_sale=False), Done)
    assert sent(SYNC.stock, client, RICE, options={ONLY: 5}).done
    assert ledger(shop, RICE)["state"] == "105"


def test_what_is_resumed_in_the_seller_office_is_told_as_it_is(shop: PracticeShop) -> None:
    client = shop.client()
    assert sent(SYNC.stock, client, RICE, options={ONLY: 0}).done
    shop.place.act("edit_listing", {"product_no": RICE, "state": "103"})
    listing = one(client, RICE)
    assert stocks(listing) == {ONLY: 300} and listing.state is SaleState.ON_SALE
    assert sent(SYNC.stock, client, RICE, options={ONLY: 0}).done
    assert ledger(shop, RICE)["state"] == "105"
    shop.place.act("edit_listing", {"product_no": RICE, "state": "103"})
    assert sent(SYNC.status, client, RICE, on_sale=False).done
    assert sent(SYNC.stock, client, RICE, options={ONLY: 1}).done
    assert ledger(shop, RICE)["state"] == "105"


def test_a_stop_that_is_refused_is_not_remembered(shop: PracticeShop) -> None:
    client = shop.client()
    shop.place.act("edit_listing", {"product_no": RICE, "state": "108"})
    assert sent(SYNC.stock, client, RICE, options={ONLY: 0}).text == NO_CHANGE
    shop.place.act("edit_listing", {"product_no": RICE, "state": "105"})
    assert sent(SYNC.stock, client, RICE, options={ONLY: 5}).done
    assert ledger(shop, RICE)["state"] == "105"


@pytest.mark.parametrize("path", ["/stopdisplay/", "/restartdisplay/", "/stockqty/"])
@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_a_stock_whose_answer_was_lost_is_sent_again_until_it_holds(
    shop: PracticeShop, path: str, kind: str
) -> None:
    client, lost = shop.client(), 0
    shop.fault(kind, path)
    for wanted in ({ONLY: 0}, {ONLY: 9}):
        while not isinstance(verdict_of(SYNC.stock, client, RICE, options=wanted), Done):
            try:
                assert sent(SYNC.stock, client, RICE, options=wanted).done
            except OutcomeUnknown:
                lost += 1
            assert lost < 2
    assert lost == 1
    told = ledger(shop, RICE)
    assert told["state"] == "103" and told["options"][ONLY]["stock"] == 9


# -- state and period -----------------------------------------------------------------------------


def test_a_state_that_cannot_be_changed_says_so(shop: PracticeShop) -> None:
    client = shop.client()
    shop.place.act("edit_listing", {"product_no": RICE, "state": "108"})
    assert one(client, RICE).state is SaleState.FORBIDDEN
    assert sent(SYNC.status, client, RICE, on_sale=True).text == NO_CHANGE
    assert isinstance(verdict_of(SYNC.status, client, RICE, on_sale=True), Absent)
    assert sent(SYNC.status, client, "999", on_sale=True).text == GONE
    assert isinstance(verdict_of(SYNC.status, client, "999", on_sale=True), Unclear)
    assert SYNC.display is None and SYNC.why_not["display"].ko


def test_a_period_is_extended_and_read_back_by_its_last_day(shop: PracticeShop) -> None:
    client = shop.client()
    before = one(client, SHIRT).sale_ends
    until = str((before + timedelta(days=30)).astimezone(KST).date())
    values = {"days": 30, "until": until}
    assert isinstance(verdict_of(SYNC.extend, client, SHIRT, **values), Absent)
    assert sent(SYNC.extend, client, SHIRT, **values).done
    assert isinstance(verdict_of(SYNC.extend, client, SHIRT, **values), Done)
    assert one(client, SHIRT).sale_ends == before + timedelta(days=30)
    assert ledger(shop, SHIRT)["writes"] == {"extend": 1}
    endless = next(
        number for number, told in shop.place.ledger()["listings"].items() if not told["sale_ends"]
    )
    assert sent(SYNC.extend, client, endless, **values).text == NO_TERM
    assert isinstance(verdict_of(SYNC.extend, client, endless, **values), Done)


@pytest.mark.parametrize("days", SYNC.extend_days)
def test_every_extension_that_is_offered_is_taken(shop: PracticeShop, days: int) -> None:
    assert sent(SYNC.extend, shop.client(), SHIRT, days=days, until="2026-01-01").done


def test_a_listing_past_its_last_day_has_ended(shop: PracticeShop) -> None:
    shop.place.shift(60 * 86400)
    listing = one(shop.client(), SHIRT)
    assert listing.state is SaleState.ENDED and listing.displayed is False
    shop.place.shift(0)


# -- answers that are lost ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["refuse", "reset_before", "login", "cut"])
@pytest.mark.parametrize(
    ("part", "path", "values"),
    [
        ("price", "/product/price/", {"price": 20000}),
        ("stock", "/stockqty/", {"options": {M: 1}}),
        ("status", "/stopdisplay/", {"on_sale": False}),
        ("extend", "/sellterm/", {"days": 30, "until": "2030-01-01"}),
    ],
)
def test_faults_on_a_write_are_unknown_and_on_its_readings_tried_again(
    shop: PracticeShop, kind: str, part: str, path: str, values: dict[str, Any]
) -> None:
    client, write = shop.client(), getattr(SYNC, part)
    shop.fault(kind, path)
    with pytest.raises(OutcomeUnknown):
        sent(write, client, SHIRT, **values)
    shop.fault(kind, "/prodmarketservice/")
    with pytest.raises(Unavailable):
        verdict_of(write, client, SHIRT, **values)


def test_an_effect_that_shows_late_is_absent_first(shop: PracticeShop) -> None:
    client = shop.client()
    shop.fault("late_effect", "/product/price/", value=0.3)
    with pytest.raises(OutcomeUnknown):
        sent(SYNC.price, client, SHIRT, price=20000)
    assert isinstance(verdict_of(SYNC.price, client, SHIRT, price=20000), Absent)
    shop.place.shift(1)
    assert isinstance(verdict_of(SYNC.price, client, SHIRT, price=20000), Done)
    shop.place.shift(0)
    assert ledger(shop, SHIRT)["writes"] == {"price": 1}


def test_a_wrong_charset_label_changes_nothing(shop: PracticeShop) -> None:
    client = shop.client()
    whole = one(client, SHIRT)
    shop.fault("charset", "/prodmarketservice/", value="utf-8", times=2)
    assert replace(one(client, SHIRT), raw=None) == replace(whole, raw=None)
