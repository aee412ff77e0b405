"""Listings of the plugin against the practice marketplace: the list, reading, stock, state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core import clock
from hanpan.api import (
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
    Unclear,
)
from hanpan.testing import PracticeShop, searched, sent, verdict_of
from plugins.interpark.listings import option_text
from plugins.interpark.orders import SYNC as ORDERS
from plugins.interpark.products import OPTIONS_CHANGED, SYNC, TOO_MANY, WOULD_LOSE
from plugins.interpark.refusals import FORBIDDEN, GONE
from plugins.interpark.sandbox.products import read_options
from plugins.interpark.tests.conftest import Desk, fields

SHIRT, RICE, RACK = "7100000100", "7100000200", "7100000400"
"""With two options of two levels; without any; with two of one level."""
M, L = "7100000101", "7100000102"
SERVICE = "/ProductAPIService.do"


def one(client: Any, number: str) -> Listing:
    (listing,) = SYNC.get(client, [number])
    return listing


def stocks(listing: Listing) -> dict[str, Any]:
    return {option.option_no: option.stock for option in listing.options}


def ledger(shop: PracticeShop, number: str) -> Any:
    return shop.place.ledger()["listings"][number]


# -- reading --------------------------------------------------------------------------------------


def test_the_list_tells_every_state_page_by_page(shop: PracticeShop) -> None:
    shop.place.seed("small", {"products": 120})
    shop.place.act("sell_out", {"product_no": RICE})
    client = shop.client()
    found = searched(SYNC.search, client)
    told = shop.place.ledger()["listings"]
    assert set(found) == set(told) and len(found) == 120
    assert all(listing.options is UNCHANGED for listing in found.values())
    assert found[RICE].state is SaleState.SOLD_OUT
    assert {number for number, row in told.items() if row["state"] == "03"} == set(
        searched(SYNC.search, client, state="03")
    )
    with pytest.raises(ContractError):
        SYNC.search.pages(client, {}, "1")


def test_a_listing_is_read_with_all_of_its_options(shop: PracticeShop) -> None:
    client = shop.client()
    shop.place.act("remove_listing", {"product_no": RACK})
    shirt, rice = SYNC.get(client, [SHIRT, RACK, "999", RICE])
    assert (shirt.name, shirt.code, shirt.price) == ("면 티셔츠", "SKU-1001", 17900)
    assert (shirt.state, shirt.remote_state) == (SaleState.ON_SALE, "판매중")
    assert [(o.option_no, o.name, o.code, o.extra) for o in shirt.options] == [
        (M, "블랙/M", "SKU-1001-1", 0),
        (L, "블랙/L", "SKU-1001-2", 0),
    ]
    assert stocks(rice) == {"": 300}
    assert RACK not in searched(SYNC.search, client)


def test_an_order_line_finds_its_option_by_its_number(shop: PracticeShop) -> None:
    client = shop.client()
    for goods in range(10):
        (made,) = shop.place.act("new_order", {"goods": goods, "minutes_ago": 1})
        shop.place.act("confirm_elsewhere", {"line": made["lines"][0]})
    cursor, more, lines = ORDERS.start(clock.now() - timedelta(hours=1)), True, []
    while more:
        page = ORDERS.changes(client, cursor)
        lines += page.items
        cursor, more = page.cursor, page.more
    assert len(lines) >= 10
    for line in lines:
        assert (line.option_no or "") in stocks(one(client, line.product_no))


def test_a_missing_pair_is_said_and_calls_nobody(shop: PracticeShop) -> None:
    client = shop.client(product_stock_get_cite="", product_stock_get_secret="")
    shop.place.calls.clear()
    with pytest.raises(Rejected) as caught:
        SYNC.get(client, [SHIRT])
    assert "재고조회" in caught.value.text.ko and not shop.place.calls


# -- stock ----------------------------------------------------------------------------------------


def test_the_stock_of_options_is_set_and_the_others_keep_theirs(shop: PracticeShop) -> None:
    client = shop.client()
    for part in (SYNC.stock, SYNC.status):
        assert (part.scope, part.repeat, part.batch) == (Scope.LISTING, Repeat.READBACK, 1)
    assert isinstance(verdict_of(SYNC.stock, client, SHIRT, options={M: 7}), Absent)
    assert sent(SYNC.stock, client, SHIRT, options={M: 7}).done
    assert isinstance(verdict_of(SYNC.stock, client, SHIRT, options={M: 7}), Done)
    assert stocks(one(client, SHIRT)) == {M: 7, L: 300}
    told = ledger(shop, SHIRT)
    assert told["writes"] == {"stock": 1} and set(told["options"]) == {M, L}


@pytest.mark.parametrize("number", [SHIRT, RICE, RACK])
def test_nothing_left_is_sold_out_and_pieces_sell_it_again(shop: PracticeShop, number: str) -> None:
    client = shop.client()
    rows = list(stocks(one(client, number)))
    assert sent(SYNC.stock, client, number, options=dict.fromkeys(rows, 0)).done
    listing = one(client, number)
    assert listing.state is SaleState.SOLD_OUT and set(stocks(listing).values()) == {0}
    assert isinstance(verdict_of(SYNC.status, client, number, on_sale=True), Done)
    assert sent(SYNC.stock, client, number, options=dict.fromkeys(rows, 5)).done
    assert one(client, number).state is SaleState.ON_SALE


def test_a_stop_outlasts_a_change_of_stock(shop: PracticeShop) -> None:
    client = shop.client()
    assert sent(SYNC.status, client, SHIRT, on_sale=False).done
    assert sent(SYNC.stock, client, SHIRT, options={M: 0, L: 0}).done
    assert one(client, SHIRT).state is SaleState.STOPPED
    assert sent(SYNC.status, client, SHIRT, on_sale=True).done
    assert one(client, SHIRT).state is SaleState.SOLD_OUT


@pytest.mark.parametrize(
    ("number", "options", "text"),
    [
        (SHIRT, {M: 100_000}, TOO_MANY),
        (SHIRT, {"1": 1}, OPTIONS_CHANGED),
        (SHIRT, {"": 1}, OPTIONS_CHANGED),
        ("999", {"": 1}, GONE),
    ],
)
def test_a_stock_that_cannot_be_so_is_refused_in_a_sentence(
    shop: PracticeShop, number: str, options: dict[str, int], text: Any
) -> None:
    refused = sent(SYNC.stock, shop.client(), number, options=options)
    assert refused.text == text
    assert all(not told["writes"] for told in shop.place.ledger()["listings"].values())


def item(**more: Any) -> dict[str, str]:
    return {"prdNo": M, "prdNm": "블랙/M", "saleUnitcost": "16000", "saleStatTp": "01",
            "externalPrdNo": "B-M", "salePossRestQty": "3", **more}  # fmt: skip


def test_the_option_text_is_that_of_the_protocol() -> None:
    rows = [
        item(),
        item(prdNo=L, prdNm="블랙/L", saleUnitcost="17000", externalPrdNo="B-L"),
        item(prdNo="3", prdNm="화이트/M", saleStatTp="03", externalPrdNo=""),
    ]
    text = option_text({"saleUnitcost": "16000"}, rows, {L: 9})
    assert text == (
        "{블랙<M,L>수량<3,9>추가금액<0,1000>옵션코드<B-M,B-L>사용여부<Y,Y>}"
        "{화이트<M>수량<3>추가금액<0>옵션코드<>사용여부<N>}"
    )
    assert list(read_options(text)) == ["블랙/M", "블랙/L", "화이트/M"]
    flat = option_text({"saleUnitcost": "16000"}, [item(prdNm="실버")], {})
    assert flat == "{실버수량<3>추가금액<0>옵션코드<B-M>사용여부<Y>}"


@pytest.mark.parametrize(
    "odd",
    [
        {"prdNm": "블랙, 유광/M"},
        {"prdNm": "블랙<유광>/M"},
        {"prdNm": ""},
        {"prdNm": "블랙"},
        {"saleUnitcost": ""},
        {"salePossRestQty": ""},
    ],
)
def test_an_option_that_would_be_lost_stops_the_write(desk: Desk, odd: dict[str, str]) -> None:
    head = {"prdNo": SHIRT, "saleUnitcost": "16000", "saleStatTp": "01", "optStkMgtYn": "Y"}
    rows = [head, item(prdNo=L, prdNm="블랙/L"), item(**odd)]
    told = "".join(
        f"<item>{fields(**row).replace('<유광>', '&lt;유광&gt;')}</item>" for row in rows
    )
    desk.on("GetPrdSaleQtyForAPI", f"<result>{told}</result>")
    refused = sent(SYNC.stock, desk.client(), SHIRT, options={L: 1})
    assert refused.text == WOULD_LOSE
    assert desk.methods() == ["GetPrdSaleQtyForAPI"] and not desk.published


# -- state ----------------------------------------------------------------------------------------


def test_a_state_that_cannot_be_changed_says_so(shop: PracticeShop) -> None:
    client = shop.client()
    shop.place.act("edit_listing", {"product_no": RICE, "state": "10"})
    assert one(client, RICE).state is SaleState.UNKNOWN
    refused = sent(SYNC.status, client, RICE, on_sale=True)
    assert not refused.done and "(10)" in refused.text.ko
    assert sent(SYNC.stock, client, RICE, options={"": 1}).text == FORBIDDEN
    assert sent(SYNC.status, client, "999", on_sale=True).text == GONE
    assert isinstance(verdict_of(SYNC.status, client, "999", on_sale=True), Unclear)
    for part in ("price", "display", "extend"):
        assert getattr(SYNC, part) is None and SYNC.why_not[part].ko


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_a_lost_answer_is_read_back(shop: PracticeShop, kind: str) -> None:
    client, values = shop.client(), {"options": {M: 4, L: 4}}
    shop.fault(kind, SERVICE, after=1)
    with pytest.raises(OutcomeUnknown):
        sent(SYNC.stock, client, SHIRT, **values)
    wanted = Absent if kind == "reset_before" else Done
    assert isinstance(verdict_of(SYNC.stock, client, SHIRT, **values), wanted)
    assert sent(SYNC.stock, client, SHIRT, **values).done
    assert stocks(one(client, SHIRT)) == {M: 4, L: 4}


def test_an_answer_without_success_or_error_is_unknown(desk: Desk) -> None:
    desk.on("UpdateProductAPIStatTpQty", "<result><title>a</title></result>")
    with pytest.raises(OutcomeUnknown):
        desk.client().update_product({"prdNo": SHIRT, "saleStatTp": "01"})
