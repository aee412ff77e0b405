"""The product orders of the world: kept as rows, found by change time, seen late under a fault.

A row holds only what differs from a plain paid line. Nested values are replaced, never changed
in place, so that the copy kept for `hidden` stays what it was.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Any

from hanpan.api import World, seen
from plugins.smartstore.sandbox.telling import told_changed, told_detail
from plugins.smartstore.sandbox.wire import now_of

Row = dict[str, Any]


def rows(world: World) -> dict[str, Row]:
    """All product orders by their number."""
    found: dict[str, Row] = world.state["lines"]
    return found


def hide(world: World, row: Row, was: Row | None) -> None:
    """Under a late-effect fault, let reads go on showing `was` (None: nothing) for a while."""
    now = now_of(world)
    if world.lateness and row.get("hidden", {"until": 0})["until"] <= now:
        row["hidden"] = {"until": now + int(world.lateness * 1000), "was": was}


def change(world: World, row: Row, kind: str | None, **facts: Any) -> None:
    """Change a line; `kind` is the lastChangedType, None where the feed does not tell it."""
    shelf(world).settle(now_of(world))
    was = {name: value for name, value in row.items() if name != "hidden"}
    hide(world, row, was)
    row.update(facts)
    if kind is not None:
        row["changed"] = now_of(world) // 10 * 10
        row["change"] = kind
    world.dirty = True
    shelf(world).moved(row)


def add(world: World, row: Row) -> None:
    """A line that is new at the marketplace."""
    rows(world)[row["id"]] = row
    world.state["orders"].setdefault(row["order"], []).append(row["id"])
    world.dirty = True
    if "shelf" in world.cache:
        shelf(world).moved(row)


class Shelf:
    """The lines sorted by change time, and what was already written of them as JSON."""

    def __init__(self, world: World) -> None:
        self._rows = rows(world)
        self._changed: dict[str, bytes] = {}
        self._detail: dict[str, bytes] = {}
        self._at: dict[str, int] = {}
        self._late: set[str] = set()
        now = now_of(world)
        for row in self._rows.values():
            if "hidden" in row:
                self._late.add(row["id"])
            shown = seen(row, now)
            if shown is not None:
                self._at[row["id"]] = shown["changed"]
        self._order = sorted((changed, key) for key, changed in self._at.items())

    def moved(self, row: Row) -> None:
        """Take note that a row is new or was changed."""
        if "hidden" in row:
            self._late.add(row["id"])
        else:
            self._place(row["id"], row["changed"])

    def settle(self, now: int) -> None:
        """Let what was hidden long enough come into sight; call it before reading."""
        for key in [key for key in self._late if self._rows[key]["hidden"]["until"] <= now]:
            del self._rows[key]["hidden"]
            self._late.discard(key)
            self._place(key, self._rows[key]["changed"])

    def between(self, start: tuple[int, str], end: int) -> Iterator[tuple[int, str]]:
        """(change time, number) from `start` on, up to and with `end`, in the feed's order."""
        at = bisect_left(self._order, start)
        while at < len(self._order) and self._order[at][0] <= end:
            yield self._order[at]
            at += 1

    def changed(self, key: str, now: int) -> bytes:
        """The line as an element of the change feed."""
        found = self._changed.get(key)
        if found is None:
            found = self._changed[key] = told_changed(self._shown(key, now))
        return found

    def detail(self, key: str, now: int) -> bytes:
        """The line as an element of the detail query."""
        found = self._detail.get(key)
        if found is None:
            found = self._detail[key] = told_detail(self._shown(key, now))
        return found

    def _shown(self, key: str, now: int) -> Row:
        row = seen(self._rows[key], now)
        assert row is not None, "a line is never created out of sight"
        return row

    def _place(self, key: str, changed: int) -> None:
        self._changed.pop(key, None)
        self._detail.pop(key, None)
        before = self._at.get(key)
        if before == changed:
            return
        if before is not None:
            del self._order[bisect_left(self._order, (before, key))]
        self._at[key] = changed
        insort(self._order, (changed, key))


def shelf(world: World) -> Shelf:
    """The world's shelf, made when it is first asked for."""
    found = world.cache.get("shelf")
    if not isinstance(found, Shelf):
        found = world.cache["shelf"] = Shelf(world)
    return found
