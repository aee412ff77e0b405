"""Collecting a `bench` world of each of the other marketplaces, by its own plugin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from operator import itemgetter
from typing import Any

from bench import plain
from bench.collect import DRIVER, KINDS, RAW, alone, by_ledger, fresh, median, rate_of, told_of
from bench.installation import Servers
from bench.practice import MARKET, Practice
from bench.processor import in_child
from bench.result import Result
from bench.sizes import Sizes
from core import registry, work


def run(servers: Servers, sizes: Sizes) -> Iterator[Result]:
    """One marketplace after the other; a budget for the real one would be all that is measured."""
    known = registry.current()
    wide = {
        key: replace(
            market,
            buckets=[replace(one, per_second=1e6, burst=1e6) for one in market.buckets],
        )
        for key, market in known.marketplaces.items()
    }
    registry.use(replace(known, marketplaces=wide))
    try:
        for market in known.orders:
            if market != MARKET:
                yield from _of(market, servers, sizes)
    finally:
        registry.use(known)


def _of(market: str, servers: Servers, sizes: Sizes) -> Iterator[Result]:
    with Practice(sizes.lines, mix=False, market=market) as practice:
        for kind in KINDS:
            ours = [alone(by_ledger, kind, practice, servers)]
            raw = [alone(straight, kind, practice, servers)]
            counts = {ours[0]["lines"], raw[0]["lines"]}
            if counts != {sizes.lines}:
                raise RuntimeError(f"{market}: {counts} lines of {sizes.lines} were stored")
            yield Result(
                f"collect {sizes.lines:,} lines, {market}, {kind}",
                rate_of(ours[0]), "lines/s",
                f"the plugin's pages, sealed, {DRIVER[kind]} executemany", rate_of(raw[0]),
                goal=">= 0.5",
            )  # fmt: skip
            yield Result(
                f"  peak memory of the work-horse, {market}, {kind}",
                median(ours, itemgetter("peak_mb")), "MB", "a limit", 200.0, goal="<= 1",
            )  # fmt: skip


def straight(kind: str, practice: Practice, servers: Servers) -> dict[str, Any]:
    """The plugin's pages, straight down."""
    with fresh(kind, practice, servers) as installation:

        def down() -> dict[str, Any]:
            work.after_fork()
            with RAW[kind](installation, plain.row_of) as keep:
                for page in plain.pages(practice):
                    keep(page)
            return {}

        return in_child(down) | told_of(installation)
