"""Stock goes to every linked listing: the newest version, once, whatever happens on the way."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import store
from core.models import Command, Sku, new_id
from core.models.work import LIVE
from core.services import listing_edits, publishing, push_rows, push_waking, stock
from core.services.kind_names import PUSH
from core.services.listing_changes import Change
from core.services.matching import Part
from core.services.stock import Move, Why
from tests.faults.stage import TESTER
from tests.faults.stockroom import Stockroom
from tests.faults.test_restore import back_up, put_back, resume

SOAK = os.environ.get("HANPAN_SOAK") == "1"

OPTIONED, PLAIN = "9500000001", "9500000002"
FIGURES = "/multi-update"
"""Where the stock of a product without options is written."""


@pytest.fixture
def open_room(database: str, tmp_path: Path) -> Iterator[Callable[..., Stockroom]]:
    """Open a stockroom with its channels connected."""
    with ExitStack() as stack:

        def opening(**chosen: Any) -> Stockroom:
            folder = tmp_path / "room"
            folder.mkdir()
            room = stack.enter_context(Stockroom(folder, database, **chosen))
            room.open_channels()
            return room

        yield opening


@pytest.fixture
def room(open_room: Callable[..., Stockroom]) -> Stockroom:
    """One 스마트스토어, its listings here."""
    found = open_room(markets=["smartstore"])
    found.see("smartstore")
    return found


def linked(room: Stockroom, pieces: int, number: str = PLAIN, **told: Any) -> tuple[str, str]:
    """A SKU with so many pieces, sold as this listing; returns both ids."""
    sku = room.sku(pieces, **told)
    room.match({room.option("smartstore", number): [Part(sku)]})
    listing = room.listing("smartstore", number)
    assert room.link([listing]) == {}
    return sku, listing


def there(room: Stockroom, number: str = PLAIN) -> int:
    """The pieces that the marketplace has."""
    return int(room.shelf("smartstore")[number]["options"][""]["stock"])


def writes(room: Stockroom, number: str = PLAIN) -> int:
    """How often the stock of the listing was written there."""
    return int(room.shelf("smartstore")[number]["writes"].get("stock", 0))


def asked(room: Stockroom, after: int = 0) -> list[str]:
    """The product calls that the marketplace got."""
    return [call["path"] for call in room.calls("/products", after=after)]


def pushes_in(session: Session) -> list[Command]:
    """The channel's pushes that have not ended."""
    query = select(Command).where(Command.kind == PUSH, Command.state.in_(LIVE))
    return list(session.scalars(query))


def test_stock_is_sent_as_it_changes_and_an_order_and_its_cancel_move_it(room: Stockroom) -> None:
    sku, listing = linked(room, 9, buffer=2)
    room.drain()
    assert (there(room), writes(room)) == (7, 1)
    (key,) = room.arrive(goods=1, quantity=3)
    assert there(room) == 4, "9 on hand − 3 reserved − 2 kept back"
    room.act("buyer_cancels", line=key, done=True)
    room.collect()
    assert there(room) == 7
    room.move(sku, -9)
    room.drain()
    assert there(room) == 0
    room.move(sku, 12)
    room.drain()
    assert there(room) == 10
    row = room.pushes()[listing, "stock"]
    assert row.done_version == row.version
    assert (writes(room), row.version) == (5, 5), "a version for each change, each sent once"
    pushed = len(room.push_commands())
    room.pass_time(60)
    room.see("smartstore")  # our own stock comes back
    room.drain()
    assert room.pushes()[listing, "stock"].version == 5, "an echo is no news"
    assert len(room.push_commands()) == pushed


def test_a_set_is_sold_as_often_as_its_scarcest_sku_allows(room: Stockroom) -> None:
    bowl, spoon = room.sku(9), room.sku(5)
    option = room.option("smartstore", PLAIN)
    room.match({option: [Part(bowl, 2), Part(spoon, 1)]})
    room.link([room.listing("smartstore", PLAIN)])
    room.drain()
    assert there(room) == 4
    room.move(spoon, -3)
    room.drain()
    assert there(room) == 2


def test_a_lost_answer_is_read_back_and_not_sent_again(room: Stockroom) -> None:
    linked(room, 5)
    room.fault(FIGURES, "reset_after")
    room.quiet()
    assert (there(room), writes(room)) == (5, 1)
    assert room.live() == []


def test_a_write_that_never_arrived_is_sent_once_more_when_two_looks_found_nothing(
    room: Stockroom,
) -> None:
    linked(room, 5)
    room.fault(FIGURES, "login")
    moved = room.quiet()
    assert (there(room), writes(room)) == (5, 1)
    assert moved >= 60


@pytest.mark.usefixtures("both_databases")
def test_a_newer_version_takes_the_place_of_one_whose_answer_was_lost(room: Stockroom) -> None:
    sku, listing = linked(room, 5)
    room.fault(FIGURES, "login")
    room.drain()
    assert there(room) == 100, "nobody knows what came of it"
    room.move(sku, 3)
    room.pass_time(2)
    room.drain()
    assert there(room) == 8, "the newest goes without waiting"
    row = room.pushes()[listing, "stock"]
    assert row.doubt_at is not None
    # The first request arrives late, after the newer one.
    room.act("edit_listing", product_no=PLAIN, stock=5)
    room.collect()
    room.quiet()
    room.pass_time(600)
    room.collect()
    room.quiet()
    assert there(room) == 8, "I7: the last version stays"
    assert room.pushes()[listing, "stock"].doubt_at is None


@pytest.mark.parametrize("replaced", [False, True])
def test_a_change_by_hand_waits_as_long_as_a_lost_push_may_still_arrive(
    room: Stockroom, replaced: bool
) -> None:
    sku, listing = linked(room, 5)
    room.fault(FIGURES, "login")
    room.drain()
    if replaced:
        room.move(sku, 3)
        room.pass_time(2)
        room.drain()
        assert there(room) == 8, "a newer push took its place"
    room.link([listing], False)
    change = Change(what="stock", options={room.option("smartstore", PLAIN): 3})
    with store.workspace(room.workspace_id):
        with store.read() as session:
            seen = listing_edits.propose(session, [listing], change).digest
        listing_edits.submit([listing], change, TESTER, submission=new_id(), seen=seen)
    room.drain()
    assert there(room) != 3
    room.act("edit_listing", product_no=PLAIN, stock=5)  # the lost one arrives late
    assert 0 < room.quiet() <= 120
    assert there(room) == 3, "what the seller said last stays"


def test_while_the_switch_is_off_nothing_is_called_and_afterwards_only_the_newest_goes(
    room: Stockroom,
) -> None:
    sku, _ = linked(room, 5)
    room.drain()
    room.switch(on_stock="")
    before = room.last_call()
    for by in (1, 2, 3, 4):
        room.move(sku, by)
        room.drain()
    assert asked(room, before) == []
    room.switch()
    room.drain()
    assert (there(room), writes(room)) == (15, 2)


def test_what_cannot_be_told_is_refused_with_its_reason_and_holds_up_nobody(
    room: Stockroom,
) -> None:
    _, listing = linked(room, 5)
    room.fault(FIGURES, "login")
    room.drain()
    room.act("remove_listing", product_no=PLAIN)
    linked(room, 6, "9500000003")
    room.quiet()
    row = room.pushes()[listing, "stock"]
    assert row.refused_version == row.version
    assert row.reason is not None
    assert there(room, "9500000003") == 6
    assert {command.state for command in room.push_commands()} == {"done"}


def counted(room: Stockroom, on: bool) -> None:
    """Switch there whether the first ware keeps stock by option: without it, it cannot be set."""
    fields = {"detailAttribute": {"optionInfo": {"useStockManagement": on}}}
    room.act("edit_listing", product_no=OPTIONED, fields=fields)


def test_a_refusal_is_kept_with_its_reason_and_the_others_go_on(room: Stockroom) -> None:
    counted(room, False)
    option, *_ = room.shelf("smartstore")[OPTIONED]["options"]
    room.match({room.option("smartstore", OPTIONED, option): [Part(room.sku(4))]})
    listing = room.listing("smartstore", OPTIONED)
    room.link([listing])
    linked(room, 6)
    room.quiet()
    assert there(room) == 6
    row = room.pushes()[listing, "stock"]
    assert (row.refused_version, row.done_version) == (1, 0)
    assert row.reason is not None
    assert "옵션" in row.reason["ko"]
    with store.workspace(room.workspace_id), store.read() as session:
        assert push_rows.refused(session) == 1
    before = room.last_call()
    room.pass_time(3600)
    room.drain()
    assert push_waking.look() == 0
    assert asked(room, before) == [], "what was refused is not repeated by itself"
    counted(room, True)
    with store.workspace(room.workspace_id), store.write() as session:
        assert publishing.again(session, [listing], "시험") == 1
    room.quiet()
    assert room.shelf("smartstore")[OPTIONED]["options"][option]["stock"] == 4
    with store.workspace(room.workspace_id), store.read() as session:
        assert push_rows.refused(session) == 0


def test_only_a_matched_listing_can_be_linked_and_an_unlinked_one_is_left_alone(
    room: Stockroom,
) -> None:
    listing = room.listing("smartstore", PLAIN)
    assert room.link([listing])[listing] is publishing.UNMATCHED
    sku, _ = linked(room, 5)
    room.link([listing], on=False)
    before = room.last_call()
    room.move(sku, 1)
    room.drain()
    assert asked(room, before) == []
    assert not any(publishing.is_due(row) for row in room.pushes().values())
    assert room.link([listing]) == {}
    room.drain()
    assert there(room) == 6


def test_linking_puts_nothing_on_sale_that_the_seller_has_stopped(room: Stockroom) -> None:
    room.act("edit_listing", product_no=PLAIN, state="SUSPENSION")
    linked(room, 5)
    room.drain()
    told = room.shelf("smartstore")[PLAIN]
    assert (told["state"], told["stock"]) == ("SUSPENSION", 5)


def test_the_state_and_display_of_the_sku_are_sent_when_they_change(room: Stockroom) -> None:
    sku, _ = linked(room, 5)
    room.drain()
    for on in (False, True):
        with store.workspace(room.workspace_id), store.write() as session:
            row = session.get(Sku, sku)
            assert row is not None
            row.on_sale = row.displayed = on
            session.flush()
            publishing.refresh(session, sku_ids=[sku])
        room.quiet()
        told = room.shelf("smartstore")[PLAIN]
        assert (told["state"], told["displayed"]) == ("SALE" if on else "SUSPENSION", on)
        assert told["stock"] == (5 if on else 0)


def test_a_wake_is_not_lost_while_a_push_runs_nor_when_its_command_is_gone(
    room: Stockroom,
) -> None:
    sku, _ = linked(room, 5)
    room.drain()
    with store.workspace(room.workspace_id), store.write() as session:
        push_waking.wake(session, [room.channel_id])
        (first,) = pushes_in(session)
        first.state = "running"
        session.flush()
        push_waking.wake(session, [room.channel_id])
        keys = {command.natural_key for command in pushes_in(session)}
        assert keys == {"push", "push-next"}
        for command in pushes_in(session):
            session.delete(command)
    room.move(sku, 1)
    with store.workspace(room.workspace_id), store.write() as session:
        for command in pushes_in(session):
            session.delete(command)
    room.drain()
    assert there(room) == 5
    assert push_waking.look() == 1
    room.drain()
    assert there(room) == 6
    assert push_waking.look() == 0


def test_what_a_look_finds_above_is_mended_at_once_and_below_when_orders_were_collected(
    room: Stockroom,
) -> None:
    linked(room, 5)
    room.drain()
    room.act("edit_listing", product_no=PLAIN, stock=50)
    room.pass_time(5)
    room.see("smartstore", [PLAIN])
    room.drain()
    assert there(room) == 5
    room.act("edit_listing", product_no=PLAIN, stock=2)
    room.pass_time(5)
    room.see("smartstore", [PLAIN])
    room.drain()
    assert there(room) == 2, "an order may be the reason"
    room.pass_time(400)
    room.collect()
    room.quiet()
    assert there(room) == 5


def test_after_a_restore_nothing_is_sent_again_and_what_differs_goes_after_a_collection(
    open_room: Callable[..., Stockroom],
) -> None:
    room = open_room(markets=["smartstore"])
    room.see("smartstore")
    same, _ = linked(room, 5)
    other, moved = "9500000003", 4
    sku, _ = linked(room, moved, other)
    third = "9500000005"
    linked(room, 9, third)
    room.quiet()
    path = back_up(room)
    room.move(sku, 16)  # lost with the restore: the shop goes back to 4
    (key,) = room.arrive(goods=4, quantity=2)  # what is known of it comes back by collecting
    room.quiet()
    assert (there(room, other), there(room, third)) == (20, 7)
    room.pass_time(900)

    put_back(room, path)
    before = room.last_call()
    counted = {number: writes(room, number) for number in (PLAIN, other, third)}
    push_waking.look()
    room.drain()
    assert room.calls(after=before) == [], "a person has not said so yet"
    resume(room)
    room.quiet()
    assert there(room) == 5
    assert there(room, other) == 4
    assert there(room, third) == 7
    assert {number: writes(room, number) - n for number, n in counted.items()} == {
        PLAIN: 0, other: 1, third: 0,
    }  # fmt: skip
    calls = room.calls(after=before)
    first_write = next(call["n"] for call in calls if call["path"].endswith(FIGURES))
    assert any("last-changed" in call["path"] and call["n"] < first_write for call in calls)
    assert same
    assert key
    room.move(sku, 1)
    room.drain()
    assert there(room, other) == 5, "the next version goes without being read back"


# -- many at once ----------------------------------------------------------------------------------

LISTINGS, CHANGES = (1000, 10_000) if SOAK else (100, 1000)


AT_ONCE = 30 if SOAK else 10
"""Changes that one transaction makes."""


def stocked(open_room: Callable[..., Stockroom]) -> tuple[Stockroom, list[str], list[str]]:
    """A shop with many linked listings, each of an SKU of its own; nothing is sent yet."""
    room = open_room(markets=["smartstore"], products=LISTINGS)
    room.see("smartstore")
    numbers, skus, parts = [], [], {}
    for number, told in room.shelf("smartstore").items():
        skus.append(room.sku(500))
        numbers.append(number)
        option = next(iter(told["options"]))
        parts[room.option("smartstore", number, option)] = [Part(skus[-1])]
    room.match(parts)
    assert room.link([room.listing("smartstore", number) for number in numbers]) == {}
    return room, numbers, skus


def change(room: Stockroom, skus: list[str], n: int) -> None:
    """The n-th time that some stocks are changed."""
    moves = [
        Move(
            sku_id=skus[(n * AT_ONCE + place) * 7 % LISTINGS],
            why=Why.MANUAL,
            key=f"{n}:{place}",
            who="시험",
            on_hand=2 if n % 3 else -3,
        )
        for place in range(AT_ONCE)
    ]
    with store.workspace(room.workspace_id), store.write() as session:
        assert stock.move_all(session, moves) == AT_ONCE


def comes_right(room: Stockroom, numbers: list[str], skus: list[str]) -> tuple[int, int]:
    """Each listing ends at its newest version, and none was sent twice; how many versions there
    were, and how many pushes."""
    with store.workspace(room.workspace_id), store.read() as session:
        left = {sku.id: sku.on_hand for sku in session.scalars(select(Sku))}
        states = set(session.scalars(select(Command.state).where(Command.kind == PUSH)))
    shelf = room.shelf("smartstore")
    shown = [next(iter(shelf[number]["options"].values()))["stock"] for number in numbers]
    assert shown == [left[sku] for sku in skus]
    pushes = {key: row for key, row in room.pushes().items() if key[1] == "stock"}
    assert all(row.version == row.done_version for row in pushes.values())
    assert states == {"done"}
    versions = {room.listing("smartstore", number): 0 for number in numbers}
    versions |= {listing: row.version for (listing, _), row in pushes.items()}
    counts = [shelf[number]["writes"].get("stock", 0) for number in numbers]
    assert all(
        sent <= versions[room.listing("smartstore", number)]
        for number, sent in zip(numbers, counts, strict=True)
    )
    return sum(versions.values()), sum(counts)


def test_many_changes_while_the_lane_is_busy_become_one_push_a_listing(
    open_room: Callable[..., Stockroom],
) -> None:
    room, numbers, skus = stocked(open_room)
    began = time.process_time()
    for n in range(CHANGES // AT_ONCE):
        change(room, skus, n)
    took = time.process_time() - began
    room.quiet()
    versions, sent = comes_right(room, numbers, skus)
    assert versions >= CHANGES
    assert sent <= LISTINGS
    sys.stdout.write(
        f"\n{CHANGES} changes to {LISTINGS} listings: {versions} versions, {sent} pushes; "
        f"{took / CHANGES * 1000:.2f} ms of CPU a change, {AT_ONCE} in a transaction\n"
    )


@pytest.mark.usefixtures("both_databases")
def test_beside_a_running_worker_no_version_is_sent_twice_and_each_ends_at_its_newest(
    open_room: Callable[..., Stockroom],
) -> None:
    room, numbers, skus = stocked(open_room)
    ended = threading.Event()
    worker = threading.Thread(target=_work_until, args=(room, ended))
    worker.start()
    until = time.monotonic() + (60 if SOAK else 3)
    n = 0
    try:
        while time.monotonic() < until:
            change(room, skus, n)
            n += 1
            time.sleep(0.01)
    finally:
        ended.set()
        worker.join()
    room.quiet()
    versions, sent = comes_right(room, numbers, skus)
    assert sent < versions
    sys.stdout.write(f"\n{n * AT_ONCE} changes: {versions} versions, {sent} pushes\n")


def _work_until(room: Stockroom, ended: threading.Event) -> None:
    """What a worker does: drain whenever there is something."""
    while not ended.is_set():
        room.drain("sync")
        ended.wait(0.05)
