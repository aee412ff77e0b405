"""The day that a practice world moves: for every process, within limits, never by half."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core import clock


@pytest.fixture(autouse=True)
def own_clock(data_folder: Path) -> Iterator[None]:
    """A clock of the test's own."""
    clock.reread()
    yield
    clock.move(0)


def ahead() -> float:
    """Seconds that our day is ahead of the machine's."""
    return clock.now().timestamp() - time.time()


def test_the_day_is_moved_for_everybody_who_shares_the_folder() -> None:
    clock.move(3 * 86400)
    assert ahead() == pytest.approx(3 * 86400, abs=5)
    clock.offset_file().write_text("-3600")  # another process moves it
    clock.reread()
    assert ahead() == pytest.approx(-3600, abs=5)


@pytest.mark.parametrize("seconds", [clock.FARTHEST, -clock.FARTHEST])
def test_ten_years_are_the_farthest(seconds: float) -> None:
    clock.move(seconds)
    assert ahead() == pytest.approx(seconds, abs=5)


@pytest.mark.parametrize("seconds", [clock.FARTHEST + 1, -1e300, math.inf, -math.inf, math.nan])
def test_a_day_that_no_calendar_has_is_refused_and_changes_nothing(seconds: float) -> None:
    clock.move(60)
    with pytest.raises(ValueError, match="ten years"):
        clock.move(seconds)
    assert ahead() == pytest.approx(60, abs=5)


@pytest.mark.parametrize("text", ["", "soon", "1e400", "nan", "-1e20"])
def test_a_file_that_makes_no_sense_moves_nothing(text: str) -> None:
    clock.offset_file().write_text(text)
    assert abs(ahead()) < 5


def test_korea_is_nine_hours_ahead() -> None:
    moment = datetime(2025, 12, 31, 15, 30, tzinfo=UTC)
    assert clock.kst(moment).isoformat() == "2026-01-01T00:30:00+09:00"
    assert clock.kst(moment) - moment == timedelta(0)
