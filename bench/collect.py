"""Collecting a whole `bench` world: through the ledger, and written straight down."""

from __future__ import annotations

import hashlib
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench import byhand
from bench.installation import Installation, Servers, collect_until_armed, opened
from bench.practice import Practice
from bench.processor import in_child
from bench.result import Result
from bench.sizes import Sizes
from bench.wire import Wire
from core import store, work
from core.models import OrderLine

KINDS = ("sqlite", "postgresql")
RAW = {"sqlite": byhand.sqlite_rows, "postgresql": byhand.postgresql_rows}
DRIVER = {"sqlite": "sqlite3", "postgresql": "psycopg"}

_TABLE: Any = OrderLine.__table__
_OURS = ("buyer", "raw", "fingerprint", "first_seen_at", "changed_at")
_PLAIN = [column for column in _TABLE.c if column.name not in _OURS]


def run(servers: Servers, sizes: Sizes) -> Iterator[Result]:
    """Each round collects the same world in every way, each into a fresh database.

    A machine is not equally fast all the time: only what was measured in one round is compared.
    """
    with Practice(sizes.lines) as practice:
        for kind in KINDS:
            yield from _of(kind, practice, servers, sizes)


def _of(kind: str, practice: Practice, servers: Servers, sizes: Sizes) -> Iterator[Result]:
    ours: list[dict[str, Any]] = []
    raw: list[dict[str, Any]] = []
    merge: list[dict[str, Any]] = []
    for round_ in range(sizes.rounds):
        pair = [(ours, by_ledger), (raw, by_driver)]
        digests = []
        for found, way in pair if round_ % 2 == 0 else reversed(pair):
            measured = alone(way, kind, practice, servers)
            if measured["lines"] != sizes.lines:
                raise RuntimeError(f"{measured['lines']} lines of {sizes.lines} were stored")
            digests.append(measured["digest"])
            found.append(measured)
            if found is ours:
                merge.append(alone(by_merge, kind, practice, servers, sizes.sample))
        if len(set(digests)) != 1:
            raise RuntimeError("the two ways did not store the same lines")
    yield from _results(kind, ours, raw, merge, sizes)


def _results(
    kind: str,
    ours: list[dict[str, Any]],
    raw: list[dict[str, Any]],
    merge: list[dict[str, Any]],
    sizes: Sizes,
) -> Iterator[Result]:
    rate, raw_rate, merge_rate = (median(found, rate_of) for found in (ours, raw, merge))
    what = f"collect {sizes.lines:,} lines, {kind}"
    yield Result(
        what, rate, "lines/s", f"fetch, parse, seal, {DRIVER[kind]} executemany", raw_rate,
        ratio=statistics.median(rate_of(a) / rate_of(b) for a, b in zip(ours, raw, strict=True)),
        goal=">= 0.5",
    )  # fmt: skip
    yield Result(
        what, rate, "lines/s", f"the same by session.merge ({sizes.sample:,} lines)", merge_rate,
        ratio=statistics.median(rate_of(a) / rate_of(b) for a, b in zip(ours, merge, strict=True)),
        goal=">= 4",
    )  # fmt: skip
    yield Result(
        f"  peak memory of the work-horse, {kind}", median(ours, itemgetter("peak_mb")), "MB",
        "a limit", 200.0, goal="<= 1",
    )  # fmt: skip
    for name, key in (("worker", "cpu"), ("practice host", "practice_cpu")):
        yield Result(
            f"  CPU of the {name}, {kind}", median(ours, itemgetter(key)), "s",
            "the same, written straight down", median(raw, itemgetter(key)),
        )  # fmt: skip


def rate_of(measured: dict[str, Any]) -> float:
    return float(measured["lines"] / measured["wall"])


def median(found: list[dict[str, Any]], figure: Callable[[dict[str, Any]], float]) -> float:
    return statistics.median(map(figure, found))


# -- one measurement --------------------------------------------------------------------------


def alone(way: Callable[..., dict[str, Any]], *args: Any) -> dict[str, Any]:
    """Measure in a process of its own, which does not grow by what was measured before."""
    return dict(in_child(lambda: {"measured": way(*args)})["measured"])


@contextmanager
def fresh(kind: str, practice: Practice, servers: Servers) -> Iterator[Installation]:
    """A fresh installation on a database of this kind."""
    with tempfile.TemporaryDirectory(prefix="hp-b-", dir="/tmp") as at:
        folder = Path(at)
        url = servers.database(kind, folder)
        with opened(url, folder, practice, servers) as made:
            yield made


def by_ledger(kind: str, practice: Practice, servers: Servers) -> dict[str, Any]:
    """The standing command, drained in a forked work-horse."""
    with fresh(kind, practice, servers) as installation:
        spent = practice.cpu()
        measured = in_child(collect_until_armed)
        measured["practice_cpu"] = practice.cpu() - spent
        return measured | told_of(installation)


def by_driver(kind: str, practice: Practice, servers: Servers) -> dict[str, Any]:
    """The same lines, straight down."""
    return _by_hand(kind, practice, servers, RAW[kind], 10**9)


def by_merge(kind: str, practice: Practice, servers: Servers, most: int) -> dict[str, Any]:
    """A sample of the lines, merged one by one."""
    return _by_hand(kind, practice, servers, byhand.merged, most)


def _by_hand(
    kind: str, practice: Practice, servers: Servers, way: Any, most: int
) -> dict[str, Any]:
    with fresh(kind, practice, servers) as installation:

        def straight_down() -> dict[str, Any]:
            work.after_fork()
            with Wire(practice) as wire, way(installation) as keep:
                byhand.store_all(wire.pages(), keep, most)
            return {}

        spent = practice.cpu()
        measured = in_child(straight_down)
        measured["practice_cpu"] = practice.cpu() - spent
        return measured | told_of(installation)


def told_of(installation: Installation) -> dict[str, Any]:
    """How many lines are stored, and a digest over every column that is not sealed."""
    told = in_child(lambda: _stored(installation))
    return {name: told[name] for name in ("lines", "digest")}


def _stored(installation: Installation) -> dict[str, Any]:
    work.after_fork()
    digest = hashlib.sha256()
    count = 0
    with store.workspace(installation.workspace_id), store.read() as session:
        names = [c for c in _PLAIN if c.name not in ("workspace_id", "id", "channel_id")]
        names = [c for c in names if not c.name.endswith("_index")]
        rows = session.execute(
            select(*names).order_by(_TABLE.c.order_no, _TABLE.c.line_no),
            execution_options={"yield_per": 1000},
        )
        for row in rows:
            digest.update(repr(tuple(row)).encode())
            count += 1
    return {"lines": count, "digest": digest.hexdigest()}
