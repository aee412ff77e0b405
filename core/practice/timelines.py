"""Rows of a practice world in lists by time, as reads show them, and what was written of each."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from core.practice.world import World, seen

Row = dict[str, Any]
Place = tuple[str, int]
"""A list that a row stands in, and its time there."""


class Timelines:
    """Rows by their key, each in the lists that `places(row)` names.

    A row that is hidden (see `hide`) stays where it was until `settle` brings it into sight: call
    that before reading. Call `moved` when a row is new or was changed.
    """

    def __init__(
        self, rows: dict[str, Row], places: Callable[[Row], Iterable[Place]], now: float
    ) -> None:
        self._rows, self._places = rows, places
        self._lists: dict[str, list[tuple[int, str]]] = {}
        self._at: dict[str, list[Place]] = {}
        self._written: dict[str, dict[str, bytes]] = {}
        self._late: set[str] = set()
        for key, row in rows.items():
            if "hidden" in row:
                self._late.add(key)
            shown = seen(row, now)
            at = self._at[key] = [*places(shown)] if shown is not None else []
            for name, moment in at:
                self._lists.setdefault(name, []).append((moment, key))
        for listed in self._lists.values():
            listed.sort()

    @classmethod
    def of(
        cls,
        world: World,
        name: str,
        rows: Callable[[World], dict[str, Row]],
        places: Callable[[Row], Iterable[Place]],
        now: Callable[[World], float],
    ) -> Timelines:
        """Those of that name in the world, made when they are first asked for."""
        found = cls.made(world, name)
        if found is None:
            found = world.cache[name] = cls(rows(world), places, now(world))
        return found

    @staticmethod
    def made(world: World, name: str) -> Timelines | None:
        """Those of that name, where they were asked for before: a world is filled without them."""
        found: Timelines | None = world.cache.get(name)
        return found

    def moved(self, key: str) -> None:
        """Take note that a row is new or was changed."""
        if "hidden" in self._rows[key]:
            self._late.add(key)
        else:
            self._put(key)

    def settle(self, now: float) -> None:
        """Let what was hidden long enough come into sight."""
        for key in [key for key in self._late if self._rows[key]["hidden"]["until"] <= now]:
            del self._rows[key]["hidden"]
            self._late.discard(key)
            self._put(key)

    def between(
        self, name: str, start: int, end: int, *, after: str = ""
    ) -> Iterator[tuple[int, str]]:
        """Time and key of the rows of a list from `start` (there, from the key `after`) to `end`,
        both with them, the longest ago first."""
        listed = self._lists.get(name, [])
        at = bisect_left(listed, (start, after))
        while at < len(listed) and listed[at][0] <= end:
            yield listed[at]
            at += 1

    def every(self, name: str) -> list[str]:
        """The keys of a list, the longest ago first."""
        return [key for _, key in self._lists.get(name, ())]

    def shown(self, key: str, now: float) -> Row | None:
        """The row as reads show it now."""
        return seen(self._rows[key], now)

    def written(self, key: str, how: str, now: float, write: Callable[[Row], bytes]) -> bytes:
        """What `write` makes of the row as reads show it (nothing of one that they do not), kept
        by the name `how` until the row is another."""
        kept = self._written.setdefault(how, {})
        found = kept.get(key)
        if found is None:
            row = self.shown(key, now)
            found = kept[key] = b"" if row is None else write(row)
        return found

    def _put(self, key: str) -> None:
        for kept in self._written.values():
            kept.pop(key, None)
        before, after = self._at.get(key, []), [*self._places(self._rows[key])]
        if before == after:
            return
        for name, moment in before:
            listed = self._lists[name]
            del listed[bisect_left(listed, (moment, key))]
        self._at[key] = after
        for name, moment in after:
            insort(self._lists.setdefault(name, []), (moment, key))
