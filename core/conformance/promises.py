"""The promises about lines, as the practice marketplace's own account shows whether they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from core.contracts.order import LineState

if TYPE_CHECKING:
    from core.conformance.shop import Shop
    from core.conformance.trial import Trial


def confirms(trial: Trial, key: str) -> int:
    """How often the marketplace accepted a confirm of this line from us."""
    line = trial.lines().get(key) or {}
    return _count(line.get("confirms"))


def _count(told: Any) -> int:
    return sum(told.values()) if isinstance(told, dict) else int(told or 0)


def expected(shop: Shop) -> set[str]:
    """The keys of the lines that must be stored by now.

    Where new lines show only by being taken, those that nobody has taken yet need not.
    """
    lines = shop.trial.lines()
    sync = shop.trial.orders
    if sync is None or sync.take_new is None:
        return set(lines)
    return {key for key in lines if key in shop.known or _count(lines[key].get("confirms"))}


def broken(shop: Shop) -> Iterator[str]:
    """Every promise about lines that does not hold now."""
    there, here = shop.trial.standing()["lines"], shop.all_lines()
    counted = Counter(row.line_key for row in here)
    yield from (f"{key} is here {n} times" for key, n in counted.items() if n > 1)
    yield from (f"{key} is missing" for key in sorted(expected(shop) - set(counted)))
    yield from (f"{key} is not at the marketplace" for key in sorted(set(counted) - set(there)))
    for key, line in there.items():
        times = line.get("confirms")
        by_revision = times if isinstance(times, dict) else {"1": times or 0}
        for revision, count in by_revision.items():
            if count > 1:
                yield f"{key} was confirmed {count} times (revision {revision})"
    for row in here:
        line = there.get(row.line_key) or {}
        if row.state == LineState.NEW.value and _count(line.get("confirms")) and not _again(line):
            yield f"{row.line_key} is new here, and was confirmed by us"


def _again(line: Any) -> bool:
    """The marketplace took a confirm back: the line is new once more."""
    times = line.get("confirms")
    return isinstance(times, dict) and not times.get(str(line.get("revision", 1)))
