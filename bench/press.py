"""A person who presses while a collection runs: how long it takes until a press is committed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from bench.collect import KINDS, fresh
from bench.crew import Crew
from bench.installation import BENCH, Servers
from bench.practice import Practice
from bench.result import Result
from bench.sizes import Sizes
from core import clock, store
from core.contracts.order import LineState
from core.models import Command, OrderLine, new_id
from core.services import orders

EVERY = 0.2
LIMIT_MS = 150.0
MOST = 300
PATIENCE = 900.0


def run(servers: Servers, sizes: Sizes) -> Iterator[Result]:
    """발주확인 of one line, pressed five times a second; what is pressed waits for its turn.

    No worker of the urgent queue is there: each confirm would take the lane from the collection,
    which would then stand still most of the time and be in nobody's way.
    """
    with Practice(sizes.lines, mix=False) as practice:
        for kind in KINDS:
            with fresh(kind, practice, servers):
                _hold_back()
                with Crew(servers, "sync"):
                    took, lines = _press()
            yield from _results(kind, took, lines, sizes)


def _results(kind: str, took: list[float], lines: int, sizes: Sizes) -> Iterator[Result]:
    if len(took) < sizes.presses:
        raise RuntimeError(f"only {len(took)} presses fell into the collection")
    *_, last = statistics.quantiles(took, n=20)
    yield Result(f"a press commits, p95, {kind}", last, "ms", "a limit", LIMIT_MS, goal="<= 1")
    yield Result(f"  p50, {kind}", statistics.median(took), "ms")
    yield Result(f"  the slowest, {kind}", max(took), "ms")
    yield Result(f"  presses, {kind}", len(took), "")
    yield Result(f"  lines collected meanwhile, {kind}", lines, "")


def _hold_back() -> None:
    """The collection shall not begin before we look."""
    table: Any = Command.__table__
    with store.write() as session:
        session.execute(table.update().values(next_at=clock.now().timestamp() + 3600))


def _press() -> tuple[list[float], int]:
    """Milliseconds of each press while the collection runs, and the lines it stored meanwhile."""
    orders.collect_now(None)
    took: list[float] = []
    pressed: set[str] = set()
    first = 0
    until = time.monotonic() + PATIENCE
    while len(took) < MOST and not _through():
        if time.monotonic() > until:
            raise TimeoutError(f"the collection took more than {PATIENCE:.0f} s")
        began = time.monotonic()
        line = _a_new_line(pressed)
        if line is not None:
            first = first or _stored()
            pressed.add(line)
            at = time.perf_counter()
            made = orders.submit_confirm([line], BENCH, submission=new_id())
            took.append((time.perf_counter() - at) * 1000)
            if len(made) != 1:
                raise RuntimeError("a press was not taken")
        time.sleep(max(0.0, EVERY - (time.monotonic() - began)))
    return took, _stored() - first


def _a_new_line(pressed: set[str]) -> str | None:
    with store.read() as session:
        found = session.scalars(
            select(OrderLine.id)
            .where(OrderLine.state == LineState.NEW.value)
            .order_by(OrderLine.ordered_at, OrderLine.id)
            .limit(len(pressed) + 1)
        )
        return next((line for line in found if line not in pressed), None)


def _through() -> bool:
    with store.read() as session:
        standing = session.scalars(select(Command).where(Command.standing.is_(True))).one()
    return standing.state == "ready" and standing.polls > 0


def _stored() -> int:
    with store.read() as session:
        return len(session.scalars(select(OrderLine.id)).all())
