"""The order lines of the world: kept as rows, found by state and time, seen late under a fault.

A row holds only what differs from a plain paid line. Nested values are replaced, never changed
in place, so that the copy kept for `hidden` stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from hanpan.api import Timelines, World, as_it_is, hide
from plugins.eleven_st.sandbox.telling import state_of, told, told_state
from plugins.eleven_st.sandbox.wire import now_of

Row = dict[str, Any]

LISTS = {
    "102": ("standby", "ordered"),
    "200": ("delvplacestandby", "ordered"),
    "202": ("complete", "paid"),
    "301": ("packaging", "confirmed"),
    "401": ("shipping", "sent"),
    "501": ("dlvcompleted", "arrived"),
    "901": ("completed", "decided"),
}
"""A state, the list that its lines are in, and the date that the list goes by. Which date that is
nobody documents (§12): the option `by_order` of the seed lets every list go by the order's."""

CLAIMED = "claimed"


def rows(world: World) -> dict[str, Row]:
    """All lines by their order and sequence number."""
    found: dict[str, Row] = world.state["lines"]
    return found


def change(world: World, row: Row, **facts: Any) -> None:
    """Change a line; under a late-effect fault reads go on showing what it was for a while."""
    hide(world, row, as_it_is(row))
    row.update(facts)
    world.dirty = True
    shelf(world).moved(row["key"])


def add(world: World, row: Row) -> None:
    """A line that is new at the marketplace."""
    rows(world)[row["key"]] = row
    world.state["orders"].setdefault(row["order"], []).append(row["key"])
    world.state["bundles"].setdefault(row["dlv"], []).append(row["key"])
    world.dirty = True
    if (found := Timelines.made(world, "shelf")) is not None:
        found.moved(row["key"])


def shelf(world: World) -> Timelines:
    """The lines of each list by time, and under CLAIMED those with claims."""
    places = partial(_places, by_order=bool(world.options.get("by_order")))
    return Timelines.of(world, "shelf", rows, places, now_of)


def _places(row: Row, *, by_order: bool) -> Iterator[tuple[str, int]]:
    found = LISTS.get(state_of(row))
    if found is not None:
        name, date = found
        yield name, int(row["ordered"] if by_order else row.get(date) or row["ordered"])
    if row.get("claims"):
        yield CLAIMED, int(row["ordered"])


def in_list(world: World, key: str, name: str, now: float) -> bytes:
    """The line as a row of the list that it is in."""
    return shelf(world).written(key, "list", now, lambda row: told(row, name))


def in_states(world: World, key: str, now: float) -> bytes:
    """The line as a row of `orderlistall`."""
    return shelf(world).written(key, "states", now, told_state)


def shown(world: World, key: str, now: float) -> Row:
    """The line as reads show it now."""
    row = shelf(world).shown(key, now)
    assert row is not None, "a line is never created out of sight"
    return row
