"""What a run of the kit came to: a table for people, and the same as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import east_asian_width

from core.contracts.text import Text


@dataclass(frozen=True)
class Finding:
    """One thing that is not as promised: at which operation, and what was seen there."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one check ended. `skipped` says why it does not concern this plugin."""

    check: str
    title: Text
    findings: Sequence[Finding] = ()
    skipped: str = ""
    cases: int = 0
    seconds: float = 0.0

    @property
    def state(self) -> str:
        """ok, failed or skipped."""
        if self.findings:
            return "failed"
        return "skipped" if self.skipped else "ok"


@dataclass(kw_only=True)
class Report:
    """Every outcome, in the order of the table of checks."""

    marketplace: str
    outcomes: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.failed

    @property
    def failed(self) -> list[str]:
        """The names of the checks that found something."""
        return [outcome.check for outcome in self.outcomes if outcome.findings]

    def data(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "marketplace": self.marketplace,
            "ok": self.ok,
            "seconds": round(self.seconds, 1),
            "checks": [
                {
                    "check": outcome.check,
                    "title": outcome.title.stored(),
                    "state": outcome.state,
                    "cases": outcome.cases,
                    "seconds": round(outcome.seconds, 2),
                    "skipped": outcome.skipped,
                    "findings": [
                        {"where": found.where, "what": found.what} for found in outcome.findings
                    ],
                }
                for outcome in self.outcomes
            ],
        }

    def table(self, language: str) -> str:
        """The report for a terminal: one line a check, what was found beneath it."""
        names = {len(outcome.check) for outcome in self.outcomes}
        width = max(names, default=0)
        lines: list[str] = []
        for outcome in self.outcomes:
            mark = _MARKS[outcome.state]
            told = outcome.title.in_(language)
            more = outcome.skipped or (f"{outcome.cases}×" if outcome.cases > 1 else "")
            lines.append(
                f"{mark} {outcome.check:<{width}}  {_padded(told, 46)} "
                f"{outcome.seconds:5.1f} s  {more}".rstrip()
            )
            lines += [f"    {found}" for found in outcome.findings]
        lines.append(self._summary().in_(language))
        return "\n".join(lines)

    def _summary(self) -> Text:
        whole, bad = len(self.outcomes), len(self.failed)
        left_out = sum(outcome.state == "skipped" for outcome in self.outcomes)
        cases = sum(outcome.cases for outcome in self.outcomes)
        return Text(
            f"{self.marketplace}: 검사 {whole}가지({cases}건) 가운데 {bad}가지가 맞지 않고 "
            f"{left_out}가지는 해당하지 않습니다. {self.seconds:.1f}초 걸렸습니다.",
            f"{self.marketplace}: {bad} of {whole} checks ({cases} cases) failed, "
            f"{left_out} skipped, in {self.seconds:.1f} s.",
        )


_MARKS = {"ok": "✓", "failed": "✗", "skipped": "–"}


def _padded(text: str, width: int) -> str:
    """The text filled up to so many columns; a Korean letter takes two."""
    taken = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
    return text + " " * max(0, width - taken)
