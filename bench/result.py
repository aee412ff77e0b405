"""A measured figure beside what it is measured against, the table of them, and the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Result:
    """`goal` is a bound of `ratio` (">= 0.5"); without one the line only informs.

    `ratio` is value by against_value unless given (then the median of the rounds' own).
    """

    name: str
    value: float
    unit: str
    against: str = ""
    against_value: float | None = None
    ratio: float | None = None
    goal: str = ""

    @property
    def times(self) -> float | None:
        """How the value stands to what it is measured against."""
        if self.ratio is not None or not self.against_value:
            return self.ratio
        return self.value / self.against_value

    @property
    def held(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        if not self.goal or self.times is None:
            return None
        sign, bound = self.goal.split()
        return self.times >= float(bound) if sign == ">=" else self.times <= float(bound)

    def told(self) -> dict[str, Any]:
        """As latest.json keeps it."""
        return {
            "name": self.name.strip(),
            "value": _rounded(self.value),
            "unit": self.unit,
            "against": self.against,
            "against_value": _rounded(self.against_value),
            "ratio": _rounded(self.times),
            "goal": self.goal,
            "held": self.held,
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def lines_of(results: Iterable[Result]) -> list[str]:
    """One line of the table for each result."""
    told = []
    for result in results:
        ratio = "" if result.times is None else f"{result.times:.2f}"
        verdict = {True: "held", False: "MISSED", None: ""}[result.held]
        against = ""
        if result.against_value is not None:
            against = f"{_figure(result.against_value)} {result.against}"
        told.append(
            f"{result.name:<46} {_figure(result.value):>9} {result.unit:<8} "
            f"{ratio:>7} {result.goal:<8} {verdict:<7} {against}".rstrip()
        )
    return told


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write(path: Path, bench: str, results: Sequence[Result], facts: dict[str, Any]) -> None:
    """Put what one bench measured, and on what, into latest.json; what others measured stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    others = [one for one in kept.get("results", []) if one["bench"] != bench]
    told = [{"bench": bench, **result.told()} for result in results]
    data = {
        "machine": {**kept.get("machine", {}), bench: facts},
        "results": sorted([*others, *told], key=itemgetter("bench")),
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
