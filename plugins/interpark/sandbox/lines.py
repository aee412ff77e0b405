"""The order lines of the world: kept as rows, found by list and date, seen late under a fault.

A row holds only what differs from a plain paid line. Nested values are replaced, never changed
in place, so that the copy kept for `hidden` stays what it was.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Any

from hanpan.api import World, seen
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


def hide(world: World, row: Row, was: Row | None) -> None:
    """Under a late-effect fault, let reads go on showing `was` (None: nothing) for a while."""
    now = now_of(world)
    if world.lateness and row.get("hidden", {"until": 0})["until"] <= now:
        row["hidden"] = {"until": now + world.lateness, "was": was}


def change(world: World, row: Row, **facts: Any) -> None:
    """Change a line."""
    shelf(world).settle(now_of(world))
    was = {name: value for name, value in row.items() if name != "hidden"}
    hide(world, row, was)
    row.update(facts)
    row["changed"] = now_of(world)
    world.dirty = True
    shelf(world).moved(row)


def add(world: World, row: Row) -> None:
    """A line that is new at the marketplace."""
    rows(world)[row["id"]] = row
    world.dirty = True
    if "shelf" in world.cache:
        shelf(world).moved(row)


def _places(row: Row) -> list[tuple[str, int]]:
    """In which lists a line stands, and by which date."""
    name = LIST_OF.get(state_of(row))
    found = [(name, row[LIST_DATES[name]])] if name else []
    found += [(REQUESTS, one["at"]) for one in row.get("requests", ())]
    found += [(CLAIMS, one["at"]) for one in row.get("claims", ())]
    return found


class Shelf:
    """For each list, the lines in it by date, as reads show them; and what is hidden."""

    def __init__(self, world: World) -> None:
        self._rows = rows(world)
        self._lists: dict[str, list[tuple[int, str]]] = {name: [] for name in LIST_DATES}
        self._at: dict[str, list[tuple[str, int]]] = {}
        self._late: set[str] = set()
        self.written: dict[str, bytes] = {}
        self.heads: dict[str, bytes] = {}
        now = now_of(world)
        for key, row in self._rows.items():
            if "hidden" in row:
                self._late.add(key)
            shown = seen(row, now)
            self._at[key] = _places(shown) if shown is not None else []
            for name, at in self._at[key]:
                self._lists[name].append((at, key))
        for listed in self._lists.values():
            listed.sort()

    def moved(self, row: Row) -> None:
        """Take note that a row is new or was changed."""
        if "hidden" in row:
            self._late.add(row["id"])
        else:
            self._place(row["id"])

    def settle(self, now: float) -> None:
        """Let what was hidden long enough come into sight; call it before reading."""
        for key in [key for key in self._late if self._rows[key]["hidden"]["until"] <= now]:
            del self._rows[key]["hidden"]
            self._late.discard(key)
            self._place(key)

    def between(self, name: str, start: int, end: int) -> Iterator[str]:
        """Keys of a list from `start` up to and with `end`, each once, the longest ago first."""
        listed = self._lists[name]
        at = bisect_left(listed, (start, ""))
        met: set[str] = set()
        while at < len(listed) and listed[at][0] <= end:
            if listed[at][1] not in met:
                met.add(listed[at][1])
                yield listed[at][1]
            at += 1

    def _place(self, key: str) -> None:
        self.written.pop(key, None)
        for name, at in self._at.get(key, ()):
            del self._lists[name][bisect_left(self._lists[name], (at, key))]
        self._at[key] = _places(self._rows[key])
        for name, at in self._at[key]:
            insort(self._lists[name], (at, key))


def shelf(world: World) -> Shelf:
    """The world's shelf, made when it is first asked for."""
    found = world.cache.get("shelf")
    if not isinstance(found, Shelf):
        found = world.cache["shelf"] = Shelf(world)
    return found
