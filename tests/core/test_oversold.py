"""Orders that were sold beyond the stock: which they are, and where that is seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core import clock, store
from core.contracts.order import LineState
from core.services import board, catalogue, oversold
from core.services.board import Filter
from core.services.stock import Why
from tests.core import goods
from tests.core.goods import BY

pytestmark = pytest.mark.usefixtures("both_databases", "store_bound")


def flagged() -> list[str]:
    """Order numbers of the lines that the board shows as oversold."""
    with store.read() as session:
        rows = board.page(session, Filter(view="oversold", sort="old")).rows
        assert board.counts(session, Filter())["oversold"] == len(rows)
        assert oversold.of(session, [row.id for row in rows]) == {row.id for row in rows}
    return [row.order_no for row in rows]


def ordered(of: Any, number: str, ago: int, quantity: int = 1, product: str = "1") -> str:
    when = clock.now() - timedelta(minutes=ago)
    return goods.order(of, number, product, ordered=when, quantity=quantity)


def test_the_newest_orders_beyond_the_stock_are_flagged_across_channels() -> None:
    first, second = goods.channel("하나"), goods.channel("둘")
    sku, other = goods.sku("A", 3), goods.sku("B", 1)
    for shop in (first, second):
        (option,) = goods.listing(shop, "1")
        goods.match(option, (sku, 1))
    (option,) = goods.listing(second, "2")
    goods.match(option, (other, 1))
    ordered(first, "101", 50, 2)
    ordered(second, "102", 10)
    assert flagged() == []
    ordered(first, "103", 30, 1)
    assert flagged() == ["102"], "the one that was ordered last, not that which was told last"
    ordered(second, "104", 5, 3)
    ordered(second, "105", 4, 1, "2")
    assert flagged() == ["102", "104"]
    goods.order(first, "101", "1", quantity=2, state=LineState.CANCELLED, cancelled=2)
    assert flagged() == ["104"]
    goods.count(sku, 5, "more")
    assert flagged() == []


def test_what_is_short_of_each_order_is_told_by_line_and_by_sku() -> None:
    shop, sku = goods.channel(), goods.sku("A", 3, name="보리차")
    (option,) = goods.listing(shop, "1")
    goods.match(option, (sku, 2))
    early, late = ordered(shop, "101", 50), ordered(shop, "102", 10, 2)
    with store.read() as session:
        told = oversold.of_lines(session, [early, late])
        waiting = oversold.waiting_for(session, sku)
    assert [(one.sku.name, one.reserved, one.short) for one in told[early]] == [("보리차", 2, 0)]
    assert [(one.reserved, one.short) for one in told[late]] == [(4, 3)]
    assert [(one.line.order_no, one.reserved, one.short) for one in waiting] == [
        ("102", 4, 3),
        ("101", 2, 0),
    ]


def test_orders_that_have_left_are_not_flagged_however_little_is_there() -> None:
    shop, sku = goods.channel(), goods.sku("A", 1)
    (option,) = goods.listing(shop, "1")
    goods.match(option, (sku, 1))
    goods.order(shop, "101", "1", quantity=3)
    assert flagged() == ["101"]
    line = goods.order(shop, "101", "1", quantity=3, state=LineState.SHIPPING)
    assert flagged() == [] and goods.figures(sku) == (-2, 0)
    with store.read() as session:
        assert [one.taken for one in oversold.of_lines(session, [line])[line]] == [3]
        assert oversold.waiting_for(session, sku) == []


def test_the_board_finds_them_by_indexes(database_kind: str) -> None:
    if database_kind != "sqlite":
        return
    with store.read() as session:
        query = oversold.line_ids().compile(compile_kwargs={"literal_binds": True})
        plan = session.execute(text(f"EXPLAIN QUERY PLAN {query}"))
        told = " ".join(str(row) for row in plan)
    assert "ix_sku_short" in told and "ix_stock_hold_reserved" in told, told


def test_pieces_that_came_back_are_counted_in_by_hand_once() -> None:
    sku = goods.sku("A", 1)
    for _ in range(2):
        catalogue.take_back(sku, {"returned": "3"}, BY, key="press")
    assert goods.figures(sku) == (4, 0)
    assert goods.moves(sku)[-1] == ("return", 3, 0)
    catalogue.count_stock(sku, {"on_hand": "9", "why": "correction"}, BY, seen=4, key="count")
    assert goods.moves(sku)[-1][0] == Why.CORRECTION.value
    for wrong in ({"returned": "0"}, {"returned": "-1"}, {"returned": ""}):
        with pytest.raises(catalogue.Wrong):
            catalogue.take_back(sku, wrong, BY, key="other")
    with pytest.raises(catalogue.Wrong):
        catalogue.count_stock(sku, {"on_hand": "1", "why": "order"}, BY, seen=9, key="other")
