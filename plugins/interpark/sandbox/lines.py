"""The order lines of the world: kept as rows, found by list and date, seen late under a fault.

A row holds only what differs from a plain paid line. Nested values are replaced, never changed
in place, so that the copy kept for `hidden` stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hanpan.api import Timelines, World, as_it_is, hide
from plugins.interpark.assumed import LIST_DATES
from plugins.interpark.sandbox.wire import now_of

Row = dict[str, Any]

NEW, CONFIRMED, SHIPPING, DELIVERED, DECIDED, CANCELLED = "40", "50", "70", "75", "80", "90"
"""What a line's `state` is; the wire tells all of them but 40 and 90 as CURRENT_STATE (§5.1)."""

LIST_OF = {
    NEW: "orderListForSingle",
    CONFIRMED: "orderListDelvForSingle",
    SHIPPING: "delvCompListForSingle",
    DELIVERED: "DelvArrCompListForSingle",
    DECIDED: "orderCompListForSingle",
}
REQUESTS, CLAIMS = "cnclNClmReqListForSingle", "clmListForSingle"


def rows(world: World) -> dict[str, Row]:
    """All lines by their key."""
    found: dict[str, Row] = world.state["lines"]
    return found


def state_of(row: Row) -> str:
    """Where the line stands."""
    return str(row.get("state", NEW))


def left_of(row: Row) -> int:
    """Pieces that were not cancelled."""
    done = [one["quantity"] for one in row.get("claims", ()) if _is_cancel_done(one)]
    return int(row.get("quantity", 1) - sum(done))


def _is_cancel_done(claim: Row) -> bool:
    return bool(claim["kind"] == "CANCEL" and claim["stat"] == "90")


def change(world: World, row: Row, **facts: Any) -> None:
    """Change a line."""
    shelf(world).settle(now_of(world))
    hide(world, row, as_it_is(row))
    row.update(facts)
    row["changed"] = now_of(world)
    world.dirty = True
    shelf(world).moved(row["id"])


def add(world: World, row: Row) -> None:
    """A line that is new at the marketplace."""
    rows(world)[row["id"]] = row
    world.dirty = True
    if (found := Timelines.made(world, "shelf")) is not None:
        found.moved(row["id"])


def _places(row: Row) -> Iterator[tuple[str, int]]:
    """In which lists a line stands, and by which date."""
    name = LIST_OF.get(state_of(row))
    if name:
        yield name, row[LIST_DATES[name]]
    yield from ((REQUESTS, one["at"]) for one in row.get("requests", ()))
    yield from ((CLAIMS, one["at"]) for one in row.get("claims", ()))


def shelf(world: World) -> Timelines:
    """The lines of each list by its date."""
    return Timelines.of(world, "shelf", rows, _places, now_of)
