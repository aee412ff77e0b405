"""Sale periods that end soon are extended by night: exactly those, each end once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core import clock, registry, store
from core.contracts.product import SaleState
from core.services import channels, extension, extension_plan, job_items
from tests.faults.selling import moment
from tests.faults.stage import TESTER
from tests.faults.stockroom import Stockroom

LISTINGS = 1000 if os.environ.get("HANPAN_SOAK") == "1" else 100


@pytest.fixture
def open_shelf(database: str, tmp_path: Path) -> Iterator[Callable[..., Stockroom]]:
    """Open a shop of one market with so many listings, all of them here."""
    with ExitStack() as stack:

        def opening(market: str, products: int) -> Stockroom:
            folder = tmp_path / "room"
            folder.mkdir()
            room = stack.enter_context(
                Stockroom(folder, database, markets=[market], products=products)
            )
            room.open_channels()
            room.see(market)
            return room

        yield opening


def set_days(room: Stockroom, days: int, **switches: str) -> None:
    """Set 판매기간 자동연장; everything is on, except what is given."""
    raw = {name: "1" for name in channels.SWITCHES} | {"extend_days": str(days)} | switches
    with store.workspace(room.workspace_id):
        channels.switch(room.channel_id, raw, TESTER)


def to_hour(room: Stockroom, hour: int, minute: int = 0) -> None:
    """Move the day to the next time it is so late in Korea."""
    now = clock.kst(clock.now())
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    then += timedelta(days=1) if then <= now else timedelta()
    room.pass_time((then - now).total_seconds())


def ends(room: Stockroom) -> dict[str, Any]:
    """When each listing ends there."""
    return {number: one["sale_ends"] for number, one in room.shelf(room.market).items()}


def extended(room: Stockroom) -> dict[str, int]:
    """How often each listing's period was written there."""
    shelf = room.shelf(room.market)
    return {n: one["writes"]["extend"] for n, one in shelf.items() if "extend" in one["writes"]}


def night(room: Stockroom) -> None:
    """What the clock does, and the work that comes of it."""
    extension.look()
    room.drain()


def due_there(room: Stockroom) -> set[str]:
    """What ends within 7 days by the marketplace's own account."""
    soon = clock.now() + timedelta(days=7)
    return {
        number
        for number, told in ends(room).items()
        if (at := moment(told)) is not None and clock.now() < at < soon
    }


def days_moved(room: Stockroom, before: dict[str, Any]) -> dict[str, int]:
    """By how many days the end of each listing was moved there, of those that were."""
    after = ends(room)
    moved = {}
    for number, told in before.items():
        was, now = moment(told), moment(after[number])
        if was != now and was is not None and now is not None:
            moved[number] = round((now - was) / timedelta(days=1))
    return moved


@pytest.mark.parametrize("market", ["smartstore", "eleven_st"])
def test_exactly_what_ends_soon_is_extended_once_in_the_quiet_hours(
    open_shelf: Callable[..., Stockroom], market: str
) -> None:
    room = open_shelf(market, LISTINGS if market == "smartstore" else 40)
    set_days(room, 30)
    to_hour(room, 1)
    night(room)
    assert extended(room) == {}, "it is too early, and none of them ends before the morning"
    to_hour(room, 2, 1)
    wanted, before = due_there(room), ends(room)
    assert wanted
    night(room)
    room.quiet()
    assert extended(room) == dict.fromkeys(wanted, 1)
    assert days_moved(room, before) == dict.fromkeys(wanted, 30)
    assert due_there(room) == set()
    with store.workspace(room.workspace_id), store.read() as session:
        assert extension_plan.preview(session, room.channel()).due == 0
    night(room)
    to_hour(room, 3, 1)
    night(room)
    assert extended(room) == dict.fromkeys(wanted, 1)
    with store.workspace(room.workspace_id), store.read() as session:
        told = extension.report(session)
        assert told is not None
        assert (told.extended, told.refused, told.under_way) == (len(wanted), 0, 0)
        (command,) = told.commands
        named = {item.product for item in job_items.done(session, command, limit=LISTINGS)}
        assert named == wanted
    sys.stdout.write(f"\n{market}: {len(wanted)} of {len(before)} listings extended\n")


def test_a_night_that_was_missed_is_made_up_for_and_by_day_only_what_cannot_wait(
    open_shelf: Callable[..., Stockroom],
) -> None:
    room = open_shelf("smartstore", 40)
    set_days(room, 30)
    to_hour(room, 9)  # the machine was off all night
    wanted, before = due_there(room), ends(room)
    first = min(wanted, key=lambda number: str(before[number]))
    room.act("edit_listing", product_no=first, ends_in_days=0.4)
    room.see("smartstore", [first])
    before = ends(room)
    night(room)
    room.quiet()
    assert extended(room) == {first: 1}
    to_hour(room, 2, 1)
    wanted |= due_there(room)
    night(room)
    room.quiet()
    assert extended(room) == dict.fromkeys(wanted, 1)
    assert days_moved(room, before) == dict.fromkeys(wanted, 30)


def test_what_the_seller_has_extended_or_taken_away_meanwhile_is_left_alone(
    open_shelf: Callable[..., Stockroom],
) -> None:
    room = open_shelf("eleven_st", 40)
    set_days(room, 30)
    to_hour(room, 2, 1)
    mine, gone, *others = sorted(due_there(room))
    room.act("edit_listing", product_no=mine, ends_in_days=200)
    room.act("remove_listing", product_no=gone)
    night(room)
    room.quiet()
    assert extended(room) == dict.fromkeys(others, 1)


def test_an_answer_that_was_lost_extends_nothing_twice(
    open_shelf: Callable[..., Stockroom],
) -> None:
    room = open_shelf("eleven_st", 40)
    set_days(room, 30)
    to_hour(room, 2, 1)
    wanted, before = due_there(room), ends(room)
    room.fault("sellterm", "reset_after", times=2)
    room.fault("sellterm", "login", times=1, after=2)
    night(room)
    room.quiet()
    assert extended(room) == dict.fromkeys(wanted, 1)
    assert days_moved(room, before) == dict.fromkeys(wanted, 30)


def test_a_refusal_is_told_and_not_repeated_more_than_once(
    open_shelf: Callable[..., Stockroom],
) -> None:
    room = open_shelf("smartstore", 40)
    set_days(room, 30)
    to_hour(room, 2, 1)
    bad, *others = sorted(due_there(room), key=lambda number: str(ends(room)[number]), reverse=True)
    room.act("edit_listing", product_no=bad, state="PROHIBITION")
    with as_if_on_sale():
        for _ in range(4):
            night(room)
            room.quiet()
            to_hour(room, 2, 1)
        effects = [one for one in room.effects() if one.item == bad]
    told = extended(room)
    assert bad not in told
    assert set(others) < set(told), "the others went, and what came to its end in these nights"
    assert set(told.values()) == {1}
    assert [(one.state, one.attempt) for one in effects] == [("refused", 2)]
    assert effects[0].reason is not None


@contextmanager
def as_if_on_sale() -> Iterator[None]:
    """A marketplace that tells every listing to be on sale, whatever it does with it."""
    known = registry.current()
    sync = known.products["smartstore"]
    assert sync.get is not None
    get = sync.get

    def told(client: Any, numbers: Any) -> list[Any]:
        return [replace(one, state=SaleState.ON_SALE) for one in get(client, numbers)]

    registry.use(replace(known, products={**known.products, "smartstore": replace(sync, get=told)}))
    yield
    registry.use(known)


@pytest.mark.parametrize("off", ["on_product", "extend_days"])
def test_what_is_switched_off_calls_nothing(open_shelf: Callable[..., Stockroom], off: str) -> None:
    room = open_shelf("smartstore", 40)
    set_days(room, 0 if off == "extend_days" else 30, **({} if off == "extend_days" else {off: ""}))
    to_hour(room, 2, 1)
    before = room.last_call()
    assert extension.look() == 0
    room.drain("bulk")
    assert room.calls("/products", after=before) == []
    with store.workspace(room.workspace_id), store.read() as session:
        preview = extension_plan.preview(session, room.channel())
    assert preview.off is not None
    assert (preview.due, preview.rows) == (0, [])


def test_the_preview_says_what_the_night_then_does(open_shelf: Callable[..., Stockroom]) -> None:
    room = open_shelf("smartstore", 40)
    set_days(room, 15)
    to_hour(room, 1, 30)
    with store.workspace(room.workspace_id), store.read() as session:
        preview = extension_plan.preview(session, room.channel())
    assert preview.begins is not None
    assert clock.kst(preview.begins).hour == 2
    before = ends(room)
    to_hour(room, 2)
    night(room)
    room.quiet()
    moved = days_moved(room, before)
    assert {
        one.product_no: (one.until - clock.kst(one.sale_ends).date()).days for one in preview.rows
    } == moved
    assert preview.due == len(moved)
    assert sum(preview.others.values()) + preview.due == len(before)
