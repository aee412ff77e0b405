"""상품 가져오기 in flows to be killed at any point: listings found, read from a file, imported."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from core import registry, store
from core.models import Batch, BatchRow, Command, Listing, ListingOption, Match, new_id
from core.services import catalogue, migration, migration_choices, migration_import, templates
from tests.core import imports
from tests.faults.stage import TESTER, Flow, Stage

SOAK = os.environ.get("HANPAN_SOAK") == "1"
ROWS = 5_000 if SOAK else 20
PAGES = 110
"""More than one page of a search."""
SLICE = 500 if SOAK else 8
AT_ONCE = 20 if SOAK else 4
"""Listings read by one call: it has half of a short lease."""


def set_up(stage: Stage) -> None:
    """Import what the channel's steps want."""
    for step in registry.current().marketplaces[stage.market].setup[1:]:
        templates.submit_import(stage.channel_id, step.target, TESTER)
        stage.drain("urgent")


def batch(stage: Stage) -> Batch:
    """The only batch."""
    with store.workspace(stage.workspace_id), store.read() as session:
        return session.scalars(select(Batch)).one()


def numbers(model: Any, column: Any) -> Counter[str]:
    """How often each value of a column stands in a table."""
    with store.read() as session:
        return Counter(session.scalars(select(column).select_from(model)))


class FindListings(Flow):
    """A search of everything: some pages, and a file beside it."""

    name = "find listings"
    last_too = False
    products = max(PAGES, ROWS) if SOAK else PAGES

    def prepare(self, stage: Stage) -> None:
        """Nothing has been searched yet."""
        stage.world("seed", size="small", orders=0, products=self.products)
        stage.world("act", act="set_limits", per_second=500)
        stage.connect()
        set_up(stage)

    def begin(self, stage: Stage) -> None:
        """Search."""
        everything = {"by": "all", "period": "none"}
        migration.submit_search(stage.channel_id, everything, TESTER, submission=new_id())

    def check(self, stage: Stage) -> Iterator[str]:
        """Each product in one row, and the batch ready."""
        found = numbers(BatchRow, BatchRow.key)
        there = set(stage.world("ledger")["listings"])
        if set(found) != there or max(found.values()) != 1:
            yield f"{len(found)} of {len(there)} products, at most {max(found.values())} times"
        if batch(stage).state != "ready" or batch(stage).counts.get("new") != len(there):
            yield f"the batch is {batch(stage).state}, {batch(stage).counts}"


class ReadListings(FindListings):
    """A file of listings."""

    name = "read listings"
    market = "eleven_st"

    def begin(self, stage: Stage) -> None:
        """Upload it."""
        data = imports.csv(*(imports.row(number) for number in range(ROWS)))
        migration.submit_file(
            stage.channel_id, imports.PARSER, io.BytesIO(data), "a.csv", TESTER, submission=new_id()
        )

    def check(self, stage: Stage) -> Iterator[str]:
        """Each line in one row, and the batch ready."""
        found = numbers(BatchRow, BatchRow.key)
        if len(found) != ROWS or max(found.values()) != 1:
            yield f"{len(found)} of {ROWS} rows, at most {max(found.values())} times"
        if batch(stage).state != "ready" or batch(stage).counts.get("new") != ROWS:
            yield f"the batch is {batch(stage).state}, {batch(stage).counts}"


class ImportListings(FindListings):
    """Everything that was found becomes listings, is read whole and matched."""

    name = "import listings"
    products = ROWS
    matched = 5

    def prepare(self, stage: Stage) -> None:
        """Everything was found, and some of it is sold from SKUs."""
        super().prepare(stage)
        super().begin(stage)
        stage.drain()
        there = stage.world("ledger")["listings"].values()
        plain = [one["code"] for one in there if list(one["options"]) == [""]]
        for code in plain[: self.matched]:
            values = {"name": code, "own_code": code, "price": "1", "on_hand": "3", "buffer": "0"}
            catalogue.create({**values, "on_sale": "1", "displayed": "1"}, TESTER)

    def begin(self, stage: Stage) -> None:
        """Press [선택상품 가져오기] for all."""
        migration_import.SLICE = SLICE
        known = registry.current()
        sync = replace(known.products[self.market], at_once=AT_ONCE)
        registry.use(replace(known, products={**known.products, self.market: sync}))
        form = {"link": "auto", "stock": "", "shipping": ""}
        migration_choices.begin(batch(stage).id, None, "", form, {}, TESTER, submission=new_id())

    def check(self, stage: Stage) -> Iterator[str]:
        """Each listing once with all its options, the SKUs matched once, and the count right."""
        there = stage.world("ledger")["listings"]
        found = numbers(Listing, Listing.product_no)
        if set(found) != set(there) or max(found.values()) != 1:
            yield f"{len(found)} of {len(there)} listings, at most {max(found.values())} times"
        with store.read() as session:
            options = session.scalars(select(ListingOption)).all()
            versions = session.scalars(select(Match)).all()
            made = session.scalars(
                select(Command).where(Command.kind.in_(("listings.import", "listings.fill")))
            ).all()
        if len(options) != sum(len(one["options"]) for one in there.values()):
            yield f"{len(options)} options"
        if len(versions) != self.matched or {one.version for one in versions} != {1}:
            yield f"{len(versions)} matches"
        told = {one.kind: (one.state, one.result, one.progress_done) for one in made}
        count = len(there)
        filled = {"found": count, "linked": self.matched, "unlinked": count - self.matched}
        if told != {
            "listings.import": ("done", {"added": count}, count),
            "listings.fill": ("done", filled, count),
        }:
            yield f"the commands say {told}"
        if batch(stage).state != "ended" or batch(stage).counts.get("done") != count:
            yield f"the batch is {batch(stage).state}, {batch(stage).counts}"
