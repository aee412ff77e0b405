"""Stock changes by movements only, each once, and never by two hands at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import store
from core.services import catalogue, catalogue_list, sellable, stock
from core.services.audit import Actor
from core.services.stock import Why

BY = Actor(None, "시험")
BOTH = pytest.mark.usefixtures("both_databases")


@pytest.fixture
def sku(store_bound: object) -> Iterator[str]:
    """A SKU of ten pieces."""
    yield catalogue.create({"name": "보리차", "price": "1000", "on_hand": "10", "buffer": "2"}, BY)


def figures(sku_id: str) -> tuple[int, int, int]:
    """On hand, reserved and available."""
    with store.read() as session:
        found = catalogue_list.get(session, sku_id)
    return found.on_hand, found.reserved, found.available


def moves(sku_id: str) -> list[Any]:
    with store.read() as session:
        return stock.moves(session, sku_id)


def move(sku_id: str, key: str, **more: int) -> bool:
    with store.write() as session:
        return stock.move(session, sku_id, Why.ORDER, key=key, who="한판", **more)


@given(st.integers(-50, 50), st.integers(0, 50), st.integers(0, 50))
def test_what_is_available_is_never_below_none_nor_more_than_is_left(
    on_hand: int, reserved: int, buffer: int
) -> None:
    found = sellable.available(on_hand, reserved, buffer)
    assert found == max(0, on_hand - reserved - buffer)


@BOTH
def test_the_first_stock_is_a_movement_too(sku: str) -> None:
    (first,) = moves(sku)
    assert (first.kind, first.on_hand, first.left_on_hand, first.who) == ("manual", 10, 10, "시험")
    assert figures(sku) == (10, 0, 8)


@BOTH
def test_a_movement_that_is_told_twice_is_made_once(sku: str) -> None:
    assert move(sku, "order:1", reserved=3)
    assert not move(sku, "order:1", reserved=3)
    assert figures(sku) == (10, 3, 5)
    assert move(sku, "order:1:sent", on_hand=-3, reserved=-3)
    assert figures(sku) == (7, 0, 5)
    assert moves(sku)[0].left_on_hand == 7
    assert len(moves(sku)) == 3


@BOTH
def test_a_movement_of_nothing_or_of_no_sku_leaves_no_entry(sku: str) -> None:
    assert not move(sku, "order:0")
    assert not move("0" * 32, "order:1", reserved=1)
    assert len(moves(sku)) == 1


@BOTH
def test_more_may_be_ordered_than_there_is_and_nothing_is_available_then(sku: str) -> None:
    assert move(sku, "order:1", reserved=12)
    assert figures(sku) == (10, 12, 0)


@BOTH
def test_counting_moves_by_the_difference_and_says_nothing_new_where_there_is_none(
    sku: str,
) -> None:
    with store.write() as session:
        assert stock.count(session, sku, 4, Why.CORRECTION, who="한판", key="count:1")
        assert not stock.count(session, sku, 4, Why.CORRECTION, who="한판", key="count:2")
        assert not stock.count(session, "0" * 32, 4, Why.MANUAL, who="한판", key="count:1")
    assert figures(sku) == (4, 0, 2)
    assert moves(sku)[0].on_hand == -6


@BOTH
def test_movements_at_the_same_time_lose_none(sku: str, store_bound: Any) -> None:
    def take(number: int) -> None:
        with store.workspace(store_bound.workspace):
            for turn in range(5):
                move(sku, f"order:{number}:{turn}", reserved=1)

    hands = [threading.Thread(target=take, args=(number,)) for number in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert figures(sku) == (10, 20, 0)
    lefts = sorted(one.left_reserved for one in moves(sku))
    assert lefts == list(range(21)), "each saw what the one before had left"
