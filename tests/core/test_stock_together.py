"""What touches the same goods at the same time: none waits for ever, and none is lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import func

from core import store, work
from core.contracts.order import LineState
from core.models import Channel, OrderLine, StockHold
from core.services import holds, listings, publishing
from tests.core import goods

_LINE: Any = OrderLine.__table__
_HOLD: Any = StockHold.__table__
STATES = (LineState.NEW, LineState.SHIPPING, LineState.CANCELLED)
TURNS = 10


def follow(shops: Sequence[Channel]) -> None:
    """Let every listing follow the stock."""
    mine = store.current_workspace()
    named = [
        listings.listing_id(mine, str(shops[number % 2].account), str(number))
        for number in range(4)
    ]
    with store.write() as session:
        assert publishing.link(session, named, True, "시험") == {}


@pytest.mark.postgresql
def test_hands_that_touch_the_same_goods_do_not_stop_each_other(store_bound: Any) -> None:
    work.begin()
    shops = [goods.channel(str(number)) for number in range(2)]
    skus = [goods.sku(f"S{number}", 100) for number in range(3)]
    options = [goods.listing(shops[number % 2], str(number))[0] for number in range(4)]
    for number, option in enumerate(options):
        goods.match(option, (skus[number % 3], 1), (skus[(number + 1) % 3], 2))
    mine = store.current_workspace()
    follow(shops)
    wrong: list[str] = []

    def hand(work_: Callable[[random.Random, int], object], seed: int) -> None:
        chance = random.Random(seed)
        with store.workspace(mine):
            for turn in range(TURNS):
                try:
                    work_(chance, turn)
                except Exception as error:
                    wrong.append(repr(error)[:200])

    def order(chance: random.Random, turn: int) -> None:
        number = chance.randrange(4)
        goods.order(
            shops[number % 2], f"{number}:{chance.randrange(4)}", str(number),
            quantity=chance.randrange(1, 3), state=chance.choice(STATES), seen=goods.later(turn),
        )  # fmt: skip

    def count(chance: random.Random, turn: int) -> None:
        goods.count(chance.choice(skus), 90 + turn, f"count:{turn}")

    def match(chance: random.Random, turn: int) -> None:
        if turn % 3:
            goods.match(chance.choice(options), (chance.choice(skus), 1), (chance.choice(skus), 1))
        else:
            goods.undo(chance.choice(options))

    def listed(chance: random.Random, turn: int) -> None:
        number = chance.randrange(4)
        goods.listing(shops[number % 2], str(number), price=1000 + turn)

    hands = [
        threading.Thread(target=hand, args=(done, seed))
        for seed, done in enumerate((order, order, count, match, match, listed, listed))
    ]
    for one in hands:
        one.start()
    for one in hands:
        one.join()
    assert wrong == []
    assert_settled(skus)


def assert_settled(skus: Sequence[str]) -> None:
    """Every line holds what it should, and that is what is reserved."""
    with store.write() as session:
        ids = list(session.scalars(store.select_in(_LINE, _LINE.c.id)))
        assert ids and holds.settle(session, ids) == 0, "each line holds what it should"
    for sku in skus:
        with store.read() as session:
            held = store.select_in(_HOLD, func.sum(_HOLD.c.reserved)).where(_HOLD.c.sku_id == sku)
            assert goods.figures(sku)[1] == (session.scalar(held) or 0)
