"""The world that a sandbox lives in: clock, numbers, state and ledger; kept as one JSON file."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core import clock

UNKEPT = "bench"
SKIPPED_AFTER_CRASH = 10_000
MOST_AT_ONCE = 20
"""Orders that come by themselves at one look."""

Row = dict[str, Any]


class World:
    """One practice marketplace's own small world. Sandboxes hold `lock` while they use it.

    `name` is the seed size; `options` what `POST seed` gave beside it. `state` is the sandbox's
    own (JSON only) and is kept; `cache` may hold anything and is emptied by a reset. `rng` gives
    the same world for the same seed. Set `dirty` when an answer has changed `state`: only then
    is the world written to its file before the host ends.
    """

    def __init__(self, marketplace: str) -> None:
        self.marketplace = marketplace
        self.name = ""
        self.options: dict[str, Any] = {}
        self.state: dict[str, Any] = {}
        self.cache: dict[str, Any] = {}
        self.counts: dict[str, dict[str, dict[str, Any]]] = {}
        self.skew = 0.0
        self.resets = 0
        self.lock = threading.RLock()
        self.rng = random.Random(marketplace)
        self.dirty = False
        self._numbers: dict[str, int] = {}
        self._serving = threading.local()

    def now(self) -> datetime:
        """The marketplace's own time (UTC): Hanpan's, moved by `skew` seconds."""
        return clock.now() + timedelta(seconds=self.skew)

    def number(self, kind: str) -> int:
        """The next number of a kind: 1, 2, 3 …; a reset goes on where the last world ended."""
        with self.lock:
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            return self._numbers[kind]

    def record(self, kind: str, key: str, **facts: Any) -> None:
        """Count one more `kind` of `key` in the ledger, with what is known about the last one."""
        with self.lock:
            entry = self.counts.setdefault(kind, {}).setdefault(key, {"count": 0})
            entry["count"] += 1
            entry.update(facts)
            self.dirty = True

    def count(self, kind: str, key: str) -> int:
        """How often `record` was told of it in this world."""
        entry = self.counts.get(kind, {}).get(key)
        return int(entry["count"]) if entry else 0

    def know_options(self, known: Collection[str]) -> None:
        """Raises ValueError where `POST seed` gave an option that is none of these."""
        if unknown := set(self.options) - set(known):
            raise ValueError(f"{self.marketplace}'s seed has no {', '.join(sorted(unknown))}")

    def trickled(self) -> int:
        """How many orders have come by themselves since the last look: `trickle` a minute, as
        `POST seed` asked for (none)."""
        a_minute = float(self.options.get("trickle", 0))
        if a_minute <= 0:
            return 0
        now = self.now().timestamp()
        since = float(self.state.setdefault("trickled", now))
        due = int((now - since) / 60 * a_minute)
        if due > 0:
            self.state["trickled"] = now
        return min(max(due, 0), MOST_AT_ONCE)

    def pick(self, wanted: int | None, count: int) -> int:
        """The number of one of `count` goods: the wanted one, else any. Raises ValueError."""
        if wanted is None:
            return self.rng.randrange(count)
        if not 0 <= wanted < count:
            raise ValueError(f"goods are numbered from 0 to {count - 1}")
        return wanted

    @property
    def lateness(self) -> float:
        """Seconds after which reads may show what the call now served does; 0 without a fault."""
        return float(getattr(self._serving, "lateness", 0.0))

    @contextmanager
    def late(self, seconds: float) -> Iterator[None]:
        """Let what is done meanwhile on this thread show in reads only after so many seconds."""
        self._serving.lateness = seconds
        try:
            yield
        finally:
            self._serving.lateness = 0.0

    def reset(self, name: str, options: Mapping[str, Any]) -> None:
        """Begin anew with nothing but the numbers, which go on; then the world is seeded."""
        with self.lock:
            self.resets += 1
            self.name, self.options = name, dict(options)
            self.state, self.cache, self.counts = {}, {}, {}
            self.rng = random.Random(f"{self.marketplace}:{name}:{self.resets}")
            self.dirty = True

    def save(self, path: Path, *, last: bool = False) -> None:
        """Write the world to its file, whole or not at all; of a bench world only its numbers."""
        with self.lock:
            kept: dict[str, Any] = {
                "name": self.name,
                "numbers": self._numbers,
                "resets": self.resets,
                "ended": last,
            }
            if self.name != UNKEPT:
                kept |= {
                    "options": self.options,
                    "state": self.state,
                    "counts": self.counts,
                    "skew": self.skew,
                }
            self.dirty = False
            text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)

    def load(self, path: Path) -> bool:
        """Read the world back; False when it has to be seeded.

        After a host that was killed, numbers skip ahead: those of its last second are not known.
        """
        if not path.exists():
            return False
        kept = json.loads(path.read_text(encoding="utf-8"))
        with self.lock:
            skipped = 0 if kept["ended"] else SKIPPED_AFTER_CRASH
            self._numbers = {kind: last + skipped for kind, last in kept["numbers"].items()}
            self.resets = kept["resets"]
            if "state" not in kept:
                return False
            self.name, self.options = kept["name"], kept["options"]
            self.state, self.counts, self.skew = kept["state"], kept["counts"], kept["skew"]
            self.rng = random.Random(f"{self.marketplace}:{self.name}:{self.resets}:again")
            return True


def hide(world: World, row: Row, was: Row | None, *, second: int = 1) -> None:
    """Under the fault `late_effect`, have reads go on showing `was` (None: nothing) for a while;
    what is hidden already stays so. For `seen`; a second has `second` of the sandbox's own unit.
    """
    now = world.now().timestamp() * second
    if world.lateness and row.get("hidden", {"until": 0})["until"] <= now:
        row["hidden"] = {"until": now + world.lateness * second, "was": was}


def as_it_is(row: Row) -> Row:
    """A copy of a row, to `hide` what is about to be done to it. Nested values are the same ones:
    replace them, never change them in place."""
    return {name: value for name, value in row.items() if name != "hidden"}


def seen(row: Row, now: float) -> Row | None:
    """A row as reads show it now: what a late effect did to it shows only after `until`.

    `row["hidden"]` is {"until", "was"}, in the sandbox's own unit of time; None is not there yet.
    """
    hidden = row.get("hidden")
    if hidden is None or hidden["until"] <= now:
        return row
    was: Row | None = hidden["was"]
    return was
