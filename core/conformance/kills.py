"""A worker killed at each crash point of collecting and confirming: nothing is lost, nothing twice.

The work is done in a forked process that dies by `os._exit`; this one recovers what it left.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from core import settings
from core.conformance import promises
from core.conformance.begun import Begun
from core.conformance.children import KILLED, in_child
from core.conformance.order_operations import begin_changes, begin_confirm, begin_take
from core.conformance.report import Finding
from core.conformance.shop import Shop
from core.conformance.trial import Trial
from core.conformance.trouble import NotConcerned

LEFT_OUT = ("claim.", "idle.", "slice.before-run", "template.")
"""Points that no plugin's code is near; core's own tests die at them."""
AGAIN = ("http.after-answer", "orders.page.after-commit", "orders.took.after-commit")
"""Points that are died at when they are passed for the last time, too."""
RECOVERY = 2.0
"""Seconds until somebody goes on with what a dead worker left."""


def collecting(trial: Trial) -> Iterator[Finding]:
    """Killed while it collects: every line is there once."""
    trial.order_sync()
    yield from _killed(trial, "orders.changes", begin_changes)


def confirming(trial: Trial) -> Iterator[Finding]:
    """Killed while it confirms (or takes what it thereby confirms): each line once."""
    sync = trial.order_sync()
    if sync.confirm is None and sync.take_new is None:
        raise NotConcerned("nothing is confirmed")
    if sync.confirm is not None:
        yield from _killed(trial, "orders.confirm", begin_confirm)
    if sync.take_new is not None:
        yield from _killed(trial, "orders.take_new", begin_take)


def _killed(trial: Trial, name: str, begin: Callable[[Shop], Begun]) -> Iterator[Finding]:
    for point in _points(trial, begin):
        trial.cases += 1
        for what in _case(trial, begin, point):
            yield Finding(name, f"killed at {point}: {what}")


def _points(trial: Trial, begin: Callable[[Shop], Begun]) -> list[str]:
    """The crash points that the work passes, each at its first passage, some at their last too."""
    shop = trial.shop
    begun = begin(shop)
    passed = _work(shop, begun, None)[1]
    shop.settle(begun.command)
    found: list[str] = []
    for point, times in passed.items():
        if not point.startswith(LEFT_OUT):
            found += [f"{point}@1", *([f"{point}@{times}"] if times > 1 and point in AGAIN else [])]
    return found


def _case(trial: Trial, begin: Callable[[Shop], Begun], point: str) -> Iterator[str]:
    shop = trial.shop
    begun = begin(shop)
    code, _ = _work(shop, begun, point)
    if code not in (0, KILLED):
        yield f"the worker ended with {code}"
    trial.pass_time(RECOVERY)
    command = shop.settle(begun.command)
    yield from begun.check(command)
    yield from promises.broken(shop)


def _work(shop: Shop, begun: Begun, point: str | None) -> tuple[int, dict[str, int]]:
    """Drain in a child that dies at the point; its exit code, and the points that it passed."""
    queue = shop.command(begun.command).queue
    told = Path(settings.current().data) / "passed.json"
    told.unlink(missing_ok=True)
    pid, code = in_child(lambda: shop.drain(queue), dies_at=point, told=told)
    shop.free_lanes_of(pid)
    return code, json.loads(told.read_text()) if told.exists() else {}
