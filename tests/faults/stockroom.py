"""A shop that sells one stock on several channels: two 스마트스토어 and one 11번가."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core import registry, store
from core.contracts.text import Text
from core.models import Command, ListingPush
from core.registry import Registry
from core.services import listings, orders
from core.services.kind_names import PUSH
from core.services.matching import Part
from tests.faults import selling
from tests.faults.shop import Shop

TWIN = "smartstore_b"
"""A second account of 스마트스토어: a practice host has one world for each marketplace."""
MARKETS = ("smartstore", TWIN, "eleven_st")


def with_twin(known: Registry) -> Registry:
    """The same marketplaces, and 스마트스토어 once more under another key."""
    twins: dict[str, Any] = {
        name: {**getattr(known, name), TWIN: replace(getattr(known, name)["smartstore"], **told)}
        for name, told in (
            ("marketplaces", {"key": TWIN}),
            ("forms", {"marketplace": TWIN}),
            ("orders", {"marketplace": TWIN}),
            ("products", {"marketplace": TWIN}),
            ("sandboxes", {"marketplace": TWIN}),
        )
    }
    return replace(known, **twins)


class Stockroom(Shop):
    """A shop with a channel on each of `markets`; listings are matched and linked by the test."""

    def __init__(
        self, folder: Path, url: str, *, markets: Sequence[str] = MARKETS, products: int = 0
    ) -> None:
        super().__init__(folder, url)
        self.markets, self.products = markets, products
        self.channels: dict[str, str] = {}
        self._ids: dict[tuple[str, str], str] = {}

    def open_practice(self) -> int:
        """Serve the twin as well."""
        registry.use(with_twin(registry.current()))
        return super().open_practice()

    def open_channels(self) -> None:
        """Connect every channel; nothing has been ordered yet."""
        for market in self.markets:
            self.market = market
            seed: dict[str, Any] = {"size": "small", "orders": 0}
            self.world("seed", **seed, **({"products": self.products} if self.products else {}))
            if market != "eleven_st":
                self.act("set_limits", per_second=100_000)
            self.channels[market] = self.connect()
        self.market = self.markets[0]
        self.collect()

    def at(self, market: str) -> Stockroom:
        """Let what follows be about this market."""
        self.market, self.channel_id = market, self.channels[market]
        return self

    # -- what there is ----------------------------------------------------------------------------

    def shelf(self, market: str) -> dict[str, Any]:
        """The marketplace's listings, as its ledger has them."""
        assert self.host is not None
        place = self.host.place(market)
        with place.world.lock:
            told = place.sandbox.ledger(place.world)
        return dict(told["listings"])

    def see(self, market: str, numbers: Sequence[str] | None = None) -> None:
        """Have these listings (None: all) here as the marketplace has them now."""
        selling.see(self, self.channels[market], self.shelf(market), numbers)

    def listing(self, market: str, number: str) -> str:
        """The id of a listing."""
        key = (market, number)
        if key not in self._ids:
            self._ids[key] = selling.listing(self, self.channels[market], number)
        return self._ids[key]

    def option(self, market: str, number: str, option: str = "") -> str:
        """The id of an option."""
        return listings.option_id(self.listing(market, number), option)

    def sku(self, on_hand: int, buffer: int = 0) -> str:
        """A new SKU with so many pieces."""
        return selling.new_sku(self, on_hand, buffer)

    def match(self, parts: Mapping[str, Sequence[Part]]) -> None:
        """Match options by their ids."""
        selling.match(self, parts)

    def link(self, ids: Sequence[str], on: bool = True) -> Mapping[str, Text]:
        """Switch 재고연동 of listings."""
        return selling.link(self, ids, on)

    def move(self, sku: str, by: int) -> None:
        """A person changes the stock."""
        selling.move(self, sku, by)

    # -- what comes of it -------------------------------------------------------------------------

    def pushes(self) -> dict[tuple[str, str], ListingPush]:
        """What is wanted, by listing and aspect."""
        with store.workspace(self.workspace_id), store.read() as session:
            return {(row.listing_id, row.what): row for row in session.scalars(select(ListingPush))}

    def push_commands(self) -> list[Command]:
        """Every push there was."""
        with store.workspace(self.workspace_id), store.read() as session:
            query = select(Command).where(Command.kind == PUSH).order_by(Command.created_at)
            return list(session.scalars(query))

    def collect_all(self) -> None:
        """Collect every channel up to now."""
        self.pass_time(10)
        with store.workspace(self.workspace_id):
            orders.collect_now(None)
        self.drain()
