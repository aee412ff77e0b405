"""The product orders of the world: kept as rows, found by change time, seen late under a fault.

A row holds only what differs from a plain paid line. Nested values are replaced, never changed
in place, so that the copy kept for `hidden` stays what it was.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from hanpan.api import Timelines, World, as_it_is
from hanpan.api import hide as hide_row
from plugins.smartstore.sandbox.telling import told_changed, told_detail
from plugins.smartstore.sandbox.wire import now_of

Row = dict[str, Any]

CHANGED = "changed"
hide = partial(hide_row, second=1000)
"""`hanpan.api.hide` by the milliseconds that this world counts in."""


def rows(world: World) -> dict[str, Row]:
    """All product orders by their number."""
    found: dict[str, Row] = world.state["lines"]
    return found


def change(world: World, row: Row, kind: str | None, **facts: Any) -> None:
    """Change a line; `kind` is the lastChangedType, None where the feed does not tell it."""
    shelf(world).settle(now_of(world))
    hide(world, row, as_it_is(row))
    row.update(facts)
    if kind is not None:
        row["changed"] = now_of(world) // 10 * 10
        row["change"] = kind
    world.dirty = True
    shelf(world).moved(row["id"])


def add(world: World, row: Row) -> None:
    """A line that is new at the marketplace."""
    rows(world)[row["id"]] = row
    world.state["orders"].setdefault(row["order"], []).append(row["id"])
    world.dirty = True
    if (found := Timelines.made(world, "shelf")) is not None:
        found.moved(row["id"])


def shelf(world: World) -> Timelines:
    """The lines by the time of their change, in the one list CHANGED."""
    return Timelines.of(world, "shelf", rows, _places, now_of)


def _places(row: Row) -> tuple[tuple[str, int]]:
    return ((CHANGED, row["changed"]),)


def changed(world: World, key: str, now: int) -> bytes:
    """The line as an element of the change feed."""
    return shelf(world).written(key, "changed", now, told_changed)


def detail(world: World, key: str, now: int) -> bytes:
    """The line as an element of the detail query."""
    return shelf(world).written(key, "detail", now, told_detail)
