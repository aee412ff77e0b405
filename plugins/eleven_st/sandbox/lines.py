"""The order lines of the world: kept as rows, found by state and time, seen late under a fault.

A row holds only what differs from a plain paid line. Nested values are replaced, never changed
in place, so that the copy kept for `hidden` stays what it was.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Any

from hanpan.api import World, seen
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


def rows(world: World) -> dict[str, Row]:
    """All lines by their order and sequence number."""
    found: dict[str, Row] = world.state["lines"]
    return found


def change(world: World, row: Row, **facts: Any) -> None:
    """Change a line; under a late-effect fault reads go on showing what it was for a while."""
    now = world.now().timestamp()
    if world.lateness and row.get("hidden", {"until": 0})["until"] <= now:
        was = {name: value for name, value in row.items() if name != "hidden"}
        row["hidden"] = {"until": now + world.lateness, "was": was}
    row.update(facts)
    world.dirty = True
    shelf(world).moved(row)


def add(world: World, row: Row) -> None:
    """A line that is new at the marketplace."""
    rows(world)[row["key"]] = row
    world.state["orders"].setdefault(row["order"], []).append(row["key"])
    world.state["bundles"].setdefault(row["dlv"], []).append(row["key"])
    world.dirty = True
    if "shelf" in world.cache:
        shelf(world).moved(row)


class Shelf:
    """The lines of each list by time, and what was already written of them."""

    def __init__(self, world: World) -> None:
        self._rows = rows(world)
        self._by_order = bool(world.options.get("by_order"))
        self._place: dict[str, tuple[str, int]] = {}
        self._lists: dict[str, list[tuple[int, str]]] = {name: [] for name, _ in LISTS.values()}
        self._told: dict[str, bytes] = {}
        self._state: dict[str, bytes] = {}
        self._late: set[str] = set()
        self.claimed: set[str] = set()
        now = now_of(world)
        for row in self._rows.values():
            if "hidden" in row:
                self._late.add(row["key"])
            if row.get("claims"):
                self.claimed.add(row["key"])
            shown = seen(row, now)
            place = self._placed(shown) if shown else None
            if place is not None:
                self._place[row["key"]] = place
                self._lists[place[0]].append((place[1], row["key"]))
        for found in self._lists.values():
            found.sort()

    def moved(self, row: Row) -> None:
        """Take note that a row is new or was changed."""
        if row.get("claims"):
            self.claimed.add(row["key"])
        if "hidden" in row:
            self._late.add(row["key"])
        else:
            self._put(row)

    def settle(self, now: float) -> None:
        """Let what was hidden long enough come into sight; call it before reading."""
        for key in [key for key in self._late if self._rows[key]["hidden"]["until"] <= now]:
            del self._rows[key]["hidden"]
            self._late.discard(key)
            self._put(self._rows[key])

    def between(self, name: str, start: int, end: int) -> Iterator[str]:
        """The lines of a list from `start` to `end` (both with it), the oldest first."""
        found = self._lists[name]
        at = bisect_left(found, (start, ""))
        while at < len(found) and found[at][0] <= end:
            yield found[at][1]
            at += 1

    def told(self, key: str, name: str, now: float) -> bytes:
        """The line as a row of the list that it is in."""
        found = self._told.get(key)
        if found is None:
            found = self._told[key] = told(self.shown(key, now), name)
        return found

    def state(self, key: str, now: float) -> bytes:
        """The line as a row of `orderlistall`."""
        found = self._state.get(key)
        if found is None:
            found = self._state[key] = told_state(self.shown(key, now))
        return found

    def shown(self, key: str, now: float) -> Row:
        """The line as reads show it now."""
        row = seen(self._rows[key], now)
        assert row is not None, "a line is never created out of sight"
        return row

    def _put(self, row: Row) -> None:
        key = row["key"]
        self._told.pop(key, None)
        self._state.pop(key, None)
        before, place = self._place.get(key), self._placed(row)
        if before == place:
            return
        if before is not None:
            found = self._lists[before[0]]
            del found[bisect_left(found, (before[1], key))]
            del self._place[key]
        if place is not None:
            insort(self._lists[place[0]], (place[1], key))
            self._place[key] = place

    def _placed(self, row: Row) -> tuple[str, int] | None:
        found = LISTS.get(state_of(row))
        if found is None:
            return None
        name, date = found
        at = row["ordered"] if self._by_order else row.get(date) or row["ordered"]
        return name, int(at)


def shelf(world: World) -> Shelf:
    """The world's shelf, made when it is first asked for."""
    found = world.cache.get("shelf")
    if not isinstance(found, Shelf):
        found = world.cache["shelf"] = Shelf(world)
    return found
