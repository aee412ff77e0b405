"""How much is measured: the sizes that the goals speak of, and small ones to try a bench out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """`sample` lines are merged; `jobs` no-op jobs and `rings` single polls are timed."""

    lines: int = 100_000
    sample: int = 5_000
    rounds: int = 3
    presses: int = 50
    channels: int = 1_000
    rings: int = 40
    jobs: int = 100
    starts: int = 3


FULL = Sizes()
SMALL = Sizes(
    lines=5_000, sample=1_000, rounds=1, presses=10, channels=100, rings=10, jobs=30, starts=1
)
