"""What two people press in the same moment, or one person twice: the second finds the first's."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select

from core import store, work
from core.models import Batch, Command, ListingPush, Sku, new_id
from core.services import batches, catalogue, listing_changes, listing_edits, listings
from tests.core import goods, imports, sheets

pytestmark = pytest.mark.postgresql
BY = goods.BY


@pytest.fixture(autouse=True)
def shop(store_bound: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workspace; nobody rings."""
    monkeypatch.setattr("core.queue.ring", lambda name: None)
    work.begin()


def at_once(*presses: Callable[[], object]) -> list[Any]:
    """What each came to: its answer, or what it raised."""
    mine = store.current_workspace()
    came: list[Any] = [None] * len(presses)
    together = threading.Barrier(len(presses))

    def press(number: int) -> None:
        with store.workspace(mine):
            together.wait()
            try:
                came[number] = presses[number]()
            except Exception as error:
                came[number] = error

    hands = [threading.Thread(target=press, args=(number,)) for number in range(len(presses))]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    return came


def slowly(monkeypatch: pytest.MonkeyPatch, of: Any, name: str) -> None:
    """Have both stand behind this step before either goes on, where nothing keeps them apart."""
    step, both = getattr(of, name), threading.Barrier(2)

    def slow(*args: Any, **more: Any) -> Any:
        found = step(*args, **more)
        with suppress(threading.BrokenBarrierError):
            both.wait(0.5)
        return found

    monkeypatch.setattr(of, name, slow)


def test_two_prices_for_one_listing_are_never_wanted_in_one_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = imports.channel()
    goods.listing(channel, "1")
    mine = listings.listing_id(store.current_workspace(), str(channel.account), "1")
    changes = [listing_changes.Change(what="price", how="set", amount=won) for won in (2000, 3000)]
    with store.read() as session:
        seen = [listing_edits.propose(session, [mine], change).digest for change in changes]
    slowly(monkeypatch, listing_edits, "propose")

    def press(number: int) -> object:
        return listing_edits.submit(
            [mine], changes[number], BY, submission=new_id(), seen=seen[number]
        )

    came = at_once(lambda: press(0), lambda: press(1))
    assert sorted(type(one).__name__ for one in came) == ["Wrong", "list"], came
    with store.read() as session:
        assert len(session.scalars(select(Command)).all()) == 1
        assert [row.version for row in session.scalars(select(ListingPush))] == [1]


def test_a_file_that_is_sent_twice_at_once_is_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    mark = new_id()
    slowly(monkeypatch, batches, "_of_submission")

    def press() -> object:
        data = io.BytesIO(sheets.delimited([["상품명"], ["대나무 도마"]]).encode())
        return batches.upload(batches.CATALOGUE, data, "상품.csv", BY, submission=mark)

    first, second = at_once(press, press)
    assert first == second
    with store.read() as session:
        assert len(session.scalars(select(Batch)).all()) == 1


def test_a_sku_that_is_sent_twice_at_once_is_made_once() -> None:
    mark = new_id()
    told = {"name": "대나무 도마", "price": "1000", "on_hand": "3", "buffer": "0"}
    came = at_once(*[lambda: catalogue.create(told, BY, submission=mark)] * 4)
    assert came == [mark] * 4
    with store.read() as session:
        assert [sku.on_hand for sku in session.scalars(select(Sku))] == [3]
