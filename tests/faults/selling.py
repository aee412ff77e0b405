"""Listings of a practice marketplace brought here, matched with SKUs and linked; and the flows in
which they are pushed and extended, to be killed at any point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from core import clock, store
from core.contracts.product import Listing, ListingOption, SaleState
from core.contracts.text import Text
from core.models import ListingPush, Product, Sku, new_id
from core.services import channels, extension, listings, matching, publishing, stock
from core.services.matching import Part
from core.services.stock import Why
from tests.faults import stage as stages
from tests.faults.importing import FindListings, ImportListings, ReadListings
from tests.faults.making import MakeSkus
from tests.faults.stage import TESTER, Flow, Stage

Shelf = Mapping[str, Mapping[str, Any]]
"""Listings as a ledger tells them, by their number."""


def moment(told: Any) -> datetime | None:
    """A time as a ledger tells it."""
    if isinstance(told, int | float):
        return datetime.fromtimestamp(told, UTC)
    return datetime.fromisoformat(told) if told else None


def see(stage: Stage, channel_id: str, shelf: Shelf, numbers: Sequence[str] | None = None) -> None:
    """Have these listings (None: all) here as the marketplace has them now."""
    found = [
        Listing(
            product_no=number,
            name=shelf[number]["name"],
            state=SaleState.ON_SALE if shelf[number]["displayed"] else SaleState.STOPPED,
            displayed=shelf[number]["displayed"],
            price=shelf[number]["price"],
            sale_ends=moment(shelf[number]["sale_ends"]),
            options=[
                ListingOption(option_no=key, stock=row["stock"], state=SaleState.ON_SALE)
                for key, row in shelf[number]["options"].items()
            ],
        )
        for number in (shelf if numbers is None else numbers)
    ]
    with store.workspace(stage.workspace_id), store.write() as session:
        listings.keep(session, channels.get(session, channel_id), found, clock.now())


def listing(stage: Stage, channel_id: str, number: str) -> str:
    """The id of a listing."""
    with store.workspace(stage.workspace_id), store.read() as session:
        account = channels.get(session, channel_id).account
    return listings.listing_id(stage.workspace_id, str(account), number)


def new_sku(stage: Stage, on_hand: int, buffer: int = 0) -> str:
    """A new SKU with so many pieces; returns its id."""
    product, row, now = new_id(), new_id(), clock.now()
    with store.workspace(stage.workspace_id), store.write() as session:
        session.add(Product(id=product, name="상품", created_at=now))
        session.flush()
        session.add(
            Sku(
                id=row, product_id=product, our_code=row[:10], words="상품", buffer=buffer,
                on_hand=on_hand, created_at=now, changed_at=now,
            )
        )  # fmt: skip
    return row


def match(stage: Stage, parts: Mapping[str, Sequence[Part]]) -> None:
    """Match options by their ids."""
    with store.workspace(stage.workspace_id), store.write() as session:
        matching.match(session, parts, how="hand", who="시험")


def link(stage: Stage, ids: Sequence[str], on: bool = True) -> Mapping[str, Text]:
    """Switch 재고연동 of listings."""
    with store.workspace(stage.workspace_id), store.write() as session:
        return publishing.link(session, ids, on, "시험")


def move(stage: Stage, sku: str, by: int) -> None:
    """A person changes the stock."""
    with store.workspace(stage.workspace_id), store.write() as session:
        stock.move(session, sku, Why.MANUAL, key=new_id(), who="시험", on_hand=by)


# -- the flows -------------------------------------------------------------------------------------


class Push(Flow):
    """The stock of two listings is sent, of one of them in two options."""

    name = "stock push"
    queues = ("sync",)
    last_too = False

    def prepare(self, stage: Stage) -> None:
        """Everything is here and matched; nobody has ordered anything."""
        stage.world("seed", size="small", orders=0)
        stage.world("act", act="set_limits", per_second=500)
        stage.connect()
        shelf = stage.world("ledger")["listings"]
        numbers = sorted(shelf)[:2]
        see(stage, stage.channel_id, shelf, numbers)
        self.ids = [listing(stage, stage.channel_id, number) for number in numbers]
        self.wanted: dict[tuple[str, str], int] = {}
        for row_id, number in zip(self.ids, numbers, strict=True):
            for option in shelf[number]["options"]:
                pieces = 3 + len(self.wanted)
                part = Part(new_sku(stage, pieces))
                match(stage, {listings.option_id(row_id, option): [part]})
                self.wanted[number, option] = pieces

    def begin(self, stage: Stage) -> None:
        """Link them."""
        assert link(stage, self.ids) == {}

    def check(self, stage: Stage) -> Iterator[str]:
        """Each shows what it should, sent once."""
        yield from stage.broken()
        shelf = stage.world("ledger")["listings"]
        for (number, option), pieces in self.wanted.items():
            there = shelf[number]["options"][option]["stock"]
            if there != pieces:
                yield f"{number} {option} shows {there}, not {pieces}"
            if shelf[number]["writes"] != {"stock": 1}:
                yield f"{number} was written {shelf[number]['writes']}"
        with store.read() as session:
            rows = session.query(ListingPush).filter_by(what="stock").all()
        if [row for row in rows if row.done_version != row.version]:
            yield "a push is noted as not done"


class Extend(Flow):
    """By night the two listings that end soon are extended."""

    name = "sale period"
    queues = ("bulk",)
    last_too = False

    def prepare(self, stage: Stage) -> None:
        """Everything is here, and it is night."""
        stage.connect()
        raw = {name: "1" for name in channels.SWITCHES} | {"extend_days": "30"}
        channels.switch(stage.channel_id, raw, TESTER)
        stage.pass_time(_until_night())
        self.before = stage.world("ledger")["listings"]
        see(stage, stage.channel_id, self.before)
        soon = clock.now() + timedelta(days=7)
        ends = {number: moment(told["sale_ends"]) for number, told in self.before.items()}
        self.due = {number for number, at in ends.items() if at is not None and at < soon}
        assert self.due

    def begin(self, stage: Stage) -> None:
        """The clock looks."""
        assert extension.look() == 1

    def check(self, stage: Stage) -> Iterator[str]:
        """Those that were due end thirty days later, extended once; the others as before."""
        yield from stage.broken()
        assert extension.look() == 0
        for number, told in stage.world("ledger")["listings"].items():
            was, now = moment(self.before[number]["sale_ends"]), moment(told["sale_ends"])
            days = (now - was).days if now is not None and was is not None else 0
            if (days, told["writes"].get("extend", 0)) != (
                (30, 1) if number in self.due else (0, 0)
            ):
                yield f"{number} was extended by {days} days: {told['writes']}"


def _until_night() -> float:
    """Seconds until the next half past two in Korea."""
    now = clock.kst(clock.now())
    then = now.replace(hour=2, minute=30, second=0, microsecond=0)
    return (then - now).total_seconds() % timedelta(days=1).total_seconds()


FLOWS: dict[str, type[Flow]] = {
    **stages.FLOWS,
    **{
        flow.name: flow
        for flow in (Push, Extend, FindListings, ReadListings, ImportListings, MakeSkus)
    },
}
