"""Orders, cancels, edits, matches and lost answers over three channels, in any order: once the
pushes have drained, every marketplace shows what may be sold, and nothing was sent in vain."""

from __future__ import annotations

import copy
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from core import clock, registry, store
from core.contracts.write import Item, Result, Write
from core.errors import OutcomeUnknown
from core.ledger.run import forget_connections
from core.models import Effect, Listing, ListingPush, OrderLine, Sku, StockHold
from core.services import channels, oversold, publishing, push_waking
from core.services.matching import Part
from tests.faults.stage import TESTER
from tests.faults.stockroom import MARKETS, TWIN, Stockroom

SOAK = os.environ.get("HANPAN_SOAK") == "1"
EXAMPLES, STEPS = (150, 40) if SOAK else (6, 30)

WARES = {
    "smartstore": ("9500000001", "9500000002"),
    TWIN: ("9500000001", "9500000002"),
    "eleven_st": ("4000000001", "4000000002"),
}
"""At each market one listing with two options, and one without."""
SPOILT = ["reset_before", "reset_after", "late_effect", "login", "status", "cut"]
MARKET = st.sampled_from(MARKETS)


LATE_S = 55
"""A request that nobody answered arrives within so long; a look counts after 60."""


@dataclass
class Sends:
    """What plugins were given to send: how often each version was answered.

    The next request of a market in `holding` goes astray: it lies in `astray` until it arrives.
    """

    holding: set[str] = field(default_factory=set)
    astray: list[tuple[str, Item, float]] = field(default_factory=list)
    answered: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def watched(write: Write, market: str, room: Stockroom, told: Sends) -> Write:
    """The same write; what it carries must be what its version says."""

    def send(client: Any, items: Sequence[Item]) -> Sequence[Result]:
        versions = {item.key: _version(room, market, item, told) for item in items}
        if market in told.holding:
            told.holding.discard(market)
            told.astray += [(market, item, clock.now().timestamp()) for item in items]
            raise OutcomeUnknown(detail="went astray")
        results = write.send(client, items)
        told.answered.update((market, one.key, versions[one.key]) for one in results if one.done)
        return results

    return replace(write, send=send)


def _version(room: Stockroom, market: str, item: Item, told: Sends) -> int:
    with store.read() as session:
        effect = session.scalars(
            select(Effect).where(
                Effect.channel_id == room.channels[market],
                Effect.operation == "listing.stock",
                Effect.item == item.key,
                Effect.state == "sending",
            )
        ).one()
        row = session.scalars(
            select(ListingPush)
            .join(Listing, Listing.id == ListingPush.listing_id)
            .where(
                ListingPush.channel_id == room.channels[market],
                ListingPush.what == "stock",
                Listing.product_no == item.key,
            )
        ).one()
    if row.version == effect.revision and row.values != item.values:
        told.wrong.append(f"{market} {item.key}: {item.values} sent for {row.values}")
    return effect.revision


class Snapshot:
    """An installation and its practice worlds, as they were, to begin from again."""

    def __init__(self, room: Stockroom) -> None:
        self.room = room
        store.engine().dispose()
        shutil.copy(room.folder / "hanpan.db", room.folder / "then.db")
        self.offset = clock.offset()
        self.worlds = {
            market: (copy.deepcopy(world.state), world.rng.getstate())
            for market, world in self._worlds()
        }

    def _worlds(self) -> Iterator[tuple[str, Any]]:
        assert self.room.host is not None
        return ((market, self.room.host.world(market)) for market in self.room.markets)

    def bring_back(self) -> None:
        """Begin from it again."""
        forget_connections()
        store.engine().dispose()
        for name in ("hanpan.db-wal", "hanpan.db-shm"):
            (self.room.folder / name).unlink(missing_ok=True)
        shutil.copy(self.room.folder / "then.db", self.room.folder / "hanpan.db")
        clock.move(self.offset)
        for market, world in self._worlds():
            with world.lock:
                state, numbers = self.worlds[market]
                world.state, world.cache = copy.deepcopy(state), {}
                world.rng.setstate(numbers)
            assert self.room.host is not None
            self.room.host.place(market).faults.clear()


class Selling(RuleBasedStateMachine):
    """One seller, three channels, three SKUs."""

    room: Stockroom
    then: Snapshot
    sends: Sends
    skus: Sequence[str]
    figures: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.then.bring_back()
        for kept in (self.sends.answered, self.sends.holding, self.sends.astray):
            kept.clear()
        self.known: list[tuple[str, str]] = []
        self.figures["examples"] += 1

    def teardown(self) -> None:
        """Let everything come to rest, and look at all of it."""
        assert self.room.host is not None
        for market in MARKETS:
            self.room.host.place(market).faults.clear()
        self.sends.holding.clear()
        self._switch(True)
        for _ in range(3):
            self.room.pass_time(400)
            self.room.collect_all()
            self.room.quiet(within=30_000)
        assert self.room.live() == []
        self._every_marketplace_shows_what_may_be_sold()
        assert push_waking.look() == 0
        self.figures["sent"] += sum(self.sends.answered.values())

    def _every_marketplace_shows_what_may_be_sold(self) -> None:
        wanted = self._wanted()
        shown = {}
        for market, numbers in WARES.items():
            shelf = self.room.shelf(market)
            for number in numbers:
                shown[market, number] = {
                    option: row["buyable" if market == "eleven_st" else "stock"]
                    for option, row in shelf[number]["options"].items()
                }
        assert shown == wanted

    def _wanted(self) -> dict[tuple[str, str], dict[str, int]]:
        """What each option may sell, worked out from the SKUs alone."""
        with store.workspace(self.room.workspace_id), store.read() as session:
            left = {
                sku.id: max(0, sku.on_hand - sku.reserved - sku.buffer) if sku.on_sale else 0
                for sku in session.scalars(select(Sku))
            }
        return {
            key: {
                option: min(left[part.sku_id] // part.quantity for part in parts)
                for option, parts in options.items()
            }
            for key, options in self.matches.items()
        }

    matches: dict[tuple[str, str], dict[str, list[Part]]]

    @initialize()
    def everything_is_linked(self) -> None:
        self.matches = copy.deepcopy(_matches(self.room, self.skus))

    # -- the marketplaces and their buyers --------------------------------------------------------

    @rule(market=MARKET, ware=st.integers(0, 1), quantity=st.integers(1, 6))
    def somebody_orders(self, market: str, ware: int, quantity: int) -> None:
        (made,) = self.room.at(market).act("new_order", orders=1, goods=ware, quantity=quantity)
        self.known += [(market, key) for key in made["lines"]]
        self.figures["orders"] += 1

    @rule(number=st.integers(0, 50))
    def somebody_cancels(self, number: int) -> None:
        if not self.known or self.room.host is None:
            return
        market, key = self.known.pop(number % len(self.known))
        self.room.host.place(market).act("buyer_cancels", {"line": key, "done": True})
        self.figures["cancels"] += 1

    # -- the seller -------------------------------------------------------------------------------

    @rule(sku=st.integers(0, 2), by=st.integers(-12, 12))
    def the_stock_is_changed(self, sku: int, by: int) -> None:
        self.room.move(self.skus[sku], by)

    @rule(sku=st.integers(0, 2), buffer=st.integers(0, 4), on_sale=st.booleans())
    def the_sku_is_edited(self, sku: int, buffer: int, on_sale: bool) -> None:
        with store.workspace(self.room.workspace_id), store.write() as session:
            row = session.get(Sku, self.skus[sku])
            assert row is not None
            row.buffer, row.on_sale = buffer, on_sale or sku == 0
            session.flush()
            publishing.refresh(session, sku_ids=[row.id])

    @rule(market=MARKET, sku=st.integers(0, 2), quantity=st.integers(1, 3))
    def an_option_is_matched_anew(self, market: str, sku: int, quantity: int) -> None:
        number = WARES[market][0]
        option = min(self.matches[market, number])
        parts = [Part(self.skus[sku], quantity)]
        self.matches[market, number][option] = parts
        self.room.match({self.room.option(market, number, option): parts})

    @rule(on=st.booleans())
    def stock_is_switched(self, on: bool) -> None:
        self._switch(on)

    def _switch(self, on: bool) -> None:
        raw = {name: "1" for name in channels.SWITCHES} | {"on_stock": "1" if on else ""}
        with store.workspace(self.room.workspace_id):
            channels.switch(self.room.channels["smartstore"], raw, TESTER)

    # -- bad luck, and time -----------------------------------------------------------------------

    @rule(market=MARKET, kind=st.sampled_from(SPOILT), method=st.sampled_from(["PUT", "PATCH"]))
    def an_answer_is_spoilt(self, market: str, kind: str, method: str) -> None:
        value = 20 if kind == "late_effect" else None
        self.room.at(market).fault("", kind, method=method, value=value)

    @rule(market=MARKET)
    def a_request_goes_astray(self, market: str) -> None:
        self.sends.holding.add(market)

    @rule()
    def what_went_astray_arrives(self) -> None:
        """Late, after whatever was sent since; an empty listing of 11번가 is another call."""
        assert self.room.host is not None
        now = clock.now().timestamp()
        for market, item, at in self.sends.astray:
            pieces = item.values["options"]
            if now - at < LATE_S and (market != "eleven_st" or all(pieces.values())):
                told = {"product_no": item.key, "options": pieces}
                self.room.host.place(market).act("edit_listing", told)
                self.figures["late"] += 1
        self.sends.astray.clear()

    @rule()
    def orders_are_collected(self) -> None:
        self.room.collect_all()

    @rule(seconds=st.sampled_from([1, 31, 61, 100, 400]))
    def time_passes(self, seconds: int) -> None:
        self.room.pass_time(seconds)
        self.room.drain()

    # -- what must hold at any moment -------------------------------------------------------------

    @invariant()
    def what_is_wanted_follows_from_the_skus(self) -> None:
        wanted = self._wanted()
        pushes = self.room.pushes()
        for (market, number), options in wanted.items():
            row = pushes[self.room.listing(market, number), "stock"]
            assert row.values == {"options": options}, (market, number)
        assert self.sends.wrong == []
        self.figures["steps"] += 1

    @invariant()
    def no_version_is_sent_twice_without_need(self) -> None:
        twice = {key: times for key, times in self.sends.answered.items() if times > 1}
        assert twice == {}

    @invariant()
    def every_oversold_order_is_flagged(self) -> None:
        with store.workspace(self.room.workspace_id), store.read() as session:
            flagged = set(session.scalars(oversold.line_ids()))
            shall: set[str] = set()
            for sku in session.scalars(select(Sku)):
                until = 0
                for hold in session.scalars(
                    select(StockHold)
                    .where(StockHold.sku_id == sku.id, StockHold.reserved > 0)
                    .order_by(StockHold.ordered_at, StockHold.line_id)
                ):
                    until += hold.reserved
                    if until > sku.on_hand:
                        shall.add(hold.line_id)
            lines = set(session.scalars(select(OrderLine.id)))
        assert flagged == shall
        assert shall <= lines
        self.figures["oversold"] += len(shall)


def _matches(room: Stockroom, skus: Sequence[str]) -> dict[tuple[str, str], dict[str, list[Part]]]:
    found: dict[tuple[str, str], dict[str, list[Part]]] = {}
    for market, (optioned, plain) in WARES.items():
        shelf = room.shelf(market)
        first, second, *_ = sorted(shelf[optioned]["options"])
        found[market, optioned] = {first: [Part(skus[0])], second: [Part(skus[1])]}
        (only,) = shelf[plain]["options"]
        found[market, plain] = {only: [Part(skus[0], 1), Part(skus[2], 2)]}
    return found


@pytest.fixture
def furnished(sqlite_template: Path, tmp_path: Path) -> Iterator[tuple[Stockroom, list[str]]]:
    """Three channels, three SKUs, everything matched, linked and sent."""
    folder = tmp_path / "room"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "hanpan.db")
    with Stockroom(folder, f"sqlite:///{folder / 'hanpan.db'}") as room:
        room.open_channels()
        skus = [room.sku(pieces) for pieces in (9, 6, 14)]
        for market, numbers in WARES.items():
            room.see(market, numbers)
        for (market, number), options in _matches(room, skus).items():
            room.match({room.option(market, number, key): parts for key, parts in options.items()})
            assert room.link([room.listing(market, number)]) == {}
        room.quiet()
        yield room, skus


def test_whatever_happens_every_marketplace_ends_at_what_may_be_sold(
    furnished: tuple[Stockroom, list[str]],
) -> None:
    room, skus = furnished
    sends, figures = Sends(), Counter[str]()
    known = registry.current()
    syncs = {
        market: replace(sync, stock=watched(sync.stock, market, room, sends))
        for market, sync in known.products.items()
        if market in MARKETS and sync.stock is not None
    }
    registry.use(replace(known, products={**known.products, **syncs}))
    told = {"room": room, "then": Snapshot(room), "sends": sends, "skus": skus, "figures": figures}
    machine: Callable[[], Selling] = type("Machine", (Selling,), told)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=not SOAK,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert figures["examples"] >= EXAMPLES
    assert figures["sent"] > 0
    sys.stdout.write(f"\n{dict(figures)}\n")
