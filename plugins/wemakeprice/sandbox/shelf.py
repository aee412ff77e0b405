"""Rows found by list and time, and what was already written of them; seen late under a fault.

Nested values of a row are replaced, never changed in place, so that the copy kept for `hidden`
stays what it was.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from typing import Any

from hanpan.api import World, seen
from plugins.wemakeprice.sandbox.wire import now_of

Row = dict[str, Any]
Place = Callable[[Row], tuple[str, int] | None]
"""The list that a row is in, and its time there; None where no list tells it."""


def hide(world: World, row: Row, was: Row | None) -> None:
    """Under a late-effect fault, let reads go on showing `was` (None: nothing) for a while."""
    now = now_of(world)
    if world.lateness and row.get("hidden", {"until": 0})["until"] <= now:
        row["hidden"] = {"until": now + int(world.lateness), "was": was}


def settle(shelf: Any, now: int) -> None:
    """Let what was hidden long enough come into sight, where a shelf has been made already."""
    if isinstance(shelf, Shelf):
        shelf.settle(now)


class Shelf:
    """The rows of one kind, sorted into lists by time."""

    def __init__(
        self, rows: dict[str, Row], place: Place, tell: Callable[[Row], bytes], now: int
    ) -> None:
        self._rows, self._place, self._tell = rows, place, tell
        self._lists: dict[str, list[tuple[int, str]]] = {}
        self._placed: dict[str, tuple[str, int]] = {}
        self._told: dict[str, bytes] = {}
        self._late: set[str] = set()
        for key, row in rows.items():
            if "hidden" in row:
                self._late.add(key)
            shown = seen(row, now)
            placed = place(shown) if shown is not None else None
            if placed is not None:
                self._placed[key] = placed
                self._lists.setdefault(placed[0], []).append((placed[1], key))
        for listed in self._lists.values():
            listed.sort()

    def moved(self, key: str) -> None:
        """Take note that a row is new or was changed."""
        if "hidden" in self._rows[key]:
            self._late.add(key)
        else:
            self._put(key)

    def settle(self, now: int) -> None:
        """Let what was hidden long enough come into sight; call it before reading."""
        for key in [key for key in self._late if self._rows[key]["hidden"]["until"] <= now]:
            del self._rows[key]["hidden"]
            self._late.discard(key)
            self._put(key)

    def between(self, name: str, start: int, end: int) -> Iterator[str]:
        """The keys of a list from `start` up to and with `end`, by their own time."""
        listed = self._lists.get(name, [])
        first = bisect_left(listed, (start, ""))
        last = bisect_right(listed, (end, "\uffff"))
        return (key for _, key in listed[first:last])

    def all(self, name: str) -> list[str]:
        """The keys of a list."""
        return [key for _, key in self._lists.get(name, [])]

    def shown(self, key: str, now: int) -> Row | None:
        """The row as reads show it now."""
        return seen(self._rows[key], now)

    def told(self, key: str, now: int) -> bytes:
        """The row's JSON."""
        found = self._told.get(key)
        if found is None:
            row = self.shown(key, now)
            found = self._told[key] = b"" if row is None else self._tell(row)
        return found

    def _put(self, key: str) -> None:
        self._told.pop(key, None)
        before, after = self._placed.pop(key, None), self._place(self._rows[key])
        if before is not None:
            listed = self._lists[before[0]]
            del listed[bisect_left(listed, (before[1], key))]
        if after is not None:
            self._placed[key] = after
            insort(self._lists.setdefault(after[0], []), (after[1], key))
