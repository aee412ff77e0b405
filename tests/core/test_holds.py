"""What open orders hold of the stock, whatever was told first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from core import clock, store
from core.contracts.order import LineState
from core.services import holds
from tests.core import goods
from tests.core.goods import figures, moves

pytestmark = pytest.mark.usefixtures("both_databases", "store_bound")

NEW, SENT, CANCELLED = LineState.NEW, LineState.SHIPPING, LineState.CANCELLED


def test_an_order_reserves_its_dispatch_takes_and_nothing_is_moved_twice() -> None:
    shop, sku = goods.channel(), goods.sku("A")
    (option,) = goods.listing(shop, "1")
    goods.match(option, (sku, 2))
    line = goods.order(shop, "100", "1", quantity=3)
    assert figures(sku) == (10, 6)
    goods.order(shop, "100", "1", quantity=3, state=LineState.CONFIRMED)
    with store.write() as session:
        assert holds.settle(session, [line]) == 0
    goods.order(shop, "100", "1", quantity=3, state=SENT)
    assert figures(sku) == (4, 0)
    goods.order(shop, "100", "1", quantity=3, state=LineState.DELIVERED)
    assert figures(sku) == (4, 0) and goods.holds(line) == {sku: (0, 6)}
    assert moves(sku) == [("manual", 10, 0), ("order", 0, 6), ("order", -6, -6)]


def test_what_is_cancelled_is_given_back_wholly_or_in_part() -> None:
    shop, sku = goods.channel(), goods.sku("A")
    (option,) = goods.listing(shop, "1")
    goods.match(option, (sku, 1))
    line = goods.order(shop, "100", "1", quantity=3)
    goods.order(shop, "100", "1", quantity=3, cancelled=1)
    assert figures(sku) == (10, 2)
    goods.order(shop, "100", "1", quantity=3, cancelled=3, state=CANCELLED)
    assert figures(sku) == (10, 0) and goods.holds(line) == {}
    assert moves(sku)[1:] == [("order", 0, 3), ("cancel", 0, -1), ("cancel", 0, -2)]


def test_an_older_observation_moves_nothing() -> None:
    shop, sku = goods.channel(), goods.sku("A")
    (option,) = goods.listing(shop, "1")
    goods.match(option, (sku, 1))
    goods.order(shop, "100", "1", state=SENT)
    goods.order(shop, "100", "1", seen=goods.later(-60))
    assert figures(sku) == (9, 0)


def test_a_set_holds_each_of_its_skus_and_only_the_option_that_was_ordered() -> None:
    shop, first, second = goods.channel(), goods.sku("A"), goods.sku("B")
    both, other = goods.listing(shop, "1", ["11", "12"])
    goods.match(both, (first, 1), (second, 2))
    goods.match(other, (second, 5))
    goods.order(shop, "100", "1", "11", quantity=2)
    goods.order(shop, "101", "1", None)
    goods.order(shop, "102", "2", "11")
    assert (figures(first), figures(second)) == ((10, 2), (10, 4))


def test_a_first_match_reserves_for_open_orders_and_takes_nothing_of_those_that_had_left() -> None:
    shop, sku = goods.channel(), goods.sku("A")
    waits = goods.order(shop, "100", "1", state=LineState.WAITING_PAYMENT)
    left = goods.order(shop, "101", "1", state=SENT)
    (option,) = goods.listing(shop, "1")
    goods.match(option, (sku, 1))
    assert goods.holds(waits) == {sku: (1, 0)} and goods.holds(left) == {}
    goods.order(shop, "101", "1", state=LineState.DELIVERED, ordered=goods.later(-5))
    assert figures(sku) == (10, 1)


def test_one_that_came_and_left_between_two_looks_is_taken_all_the_same() -> None:
    shop, sku = goods.channel(), goods.sku("A")
    (option,) = goods.listing(shop, "1")
    before = goods.later(-3600)
    goods.match(option, (sku, 1))
    goods.order(shop, "100", "1", state=SENT)
    goods.order(shop, "101", "1", state=SENT, ordered=before, dispatched_at=clock.now())
    goods.order(shop, "102", "1", state=SENT, ordered=before, dispatched_at=before)
    assert figures(sku) == (8, 0)


def test_an_order_keeps_the_match_under_which_it_was_placed_until_that_is_undone() -> None:
    shop, old, new = goods.channel(), goods.sku("A"), goods.sku("B")
    (option,) = goods.listing(shop, "1")
    goods.match(option, (old, 1))
    first = goods.order(shop, "100", "1")
    goods.match(option, (new, 2))
    second = goods.order(shop, "101", "1")
    goods.order(shop, "100", "1", state=LineState.CONFIRMED, ordered=goods.later(-30))
    assert goods.holds(first) == {old: (1, 0)} and goods.holds(second) == {new: (2, 0)}
    goods.order(shop, "101", "1", state=SENT)
    assert figures(new) == (8, 0)
    assert goods.undo(option)
    assert goods.holds(second) == {old: (0, 1)}
    assert (figures(old), figures(new)) == ((9, 1), (10, 0))
    assert moves(new)[-1] == ("correction", 2, 0)
    assert goods.undo(option) and not goods.undo(option)
    assert (figures(old), figures(new)) == ((10, 0), (10, 0))


def test_a_line_of_which_the_marketplace_names_another_option_holds_that_instead() -> None:
    shop, first, second = goods.channel(), goods.sku("A"), goods.sku("B")
    one, other = goods.listing(shop, "1", ["11", "12"])
    goods.match(one, (first, 1))
    goods.match(other, (second, 1))
    line = goods.order(shop, "100", "1", "11")
    goods.order(shop, "100", "1", "12")
    assert goods.holds(line) == {second: (1, 0)}
    goods.order(shop, "100", "9", "12")
    assert goods.holds(line) == {} and figures(second) == (10, 0)


def test_a_state_that_is_not_understood_changes_nothing() -> None:
    shop, sku = goods.channel(), goods.sku("A")
    (option,) = goods.listing(shop, "1")
    goods.match(option, (sku, 1))
    goods.order(shop, "100", "1")
    goods.order(shop, "100", "1", state=LineState.UNKNOWN)
    assert figures(sku) == (10, 1)


def test_a_page_of_lines_costs_one_question_where_no_listing_is_here() -> None:
    shop = goods.channel()
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if any(word in statement for word in ("listing", "match", "stock_hold", "sku")):
            asked.append(statement)

    event.listen(store.engine(), "before_cursor_execute", note)
    goods.order(shop, "100", "1")
    assert len(asked) == 1
    event.remove(store.engine(), "before_cursor_execute", note)


def test_of_lines_placed_at_the_very_moment_of_a_match_the_new_one_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop, old, new = goods.channel(), goods.sku("A"), goods.sku("B")
    (option,) = goods.listing(shop, "1")
    goods.match(option, (old, 1))
    at = clock.now() + timedelta(seconds=5)
    monkeypatch.setattr(clock, "now", lambda: at)
    goods.match(option, (new, 1))
    assert goods.holds(goods.order(shop, "100", "1")) == {new: (1, 0)}
