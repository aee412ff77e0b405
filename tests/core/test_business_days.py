"""Business days in Korea: weekends, holidays and their substitutes do not count."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from core import business_days
from core.clock import KST


def at(text: str) -> datetime:
    """A Korean moment."""
    return datetime.fromisoformat(text).replace(tzinfo=KST)


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ("2026-11-20 15:00", "2026-11-20 23:59", 0),
        ("2026-11-20 23:59", "2026-11-23 00:01", 1),  # a weekend between
        ("2026-09-23 10:00", "2026-09-28 10:00", 1),  # 추석 24 to 26, then Sunday
        ("2026-02-13 10:00", "2026-02-19 10:00", 1),  # 설날 16 to 18
        ("2026-05-22 10:00", "2026-05-26 10:00", 1),  # 부처님오신날 on a Sunday: Monday is off
        ("2026-10-02 10:00", "2026-10-06 10:00", 1),  # 개천절 on a Saturday: Monday is off
    ],
)
def test_only_days_on_which_people_work_are_counted(since: str, until: str, days: int) -> None:
    assert business_days.passed(at(since), at(until)) == days


def test_the_day_by_which_so_many_have_passed() -> None:
    assert business_days.after(at("2026-09-23 10:00"), 2) == date(2026, 9, 29)
    assert business_days.after(at("2026-11-20 23:59"), 5) == date(2026, 11, 27)


def test_a_day_is_korean_not_that_of_utc() -> None:
    evening = datetime.fromisoformat("2026-11-20T16:00:00+00:00")  # Saturday 01:00 in Korea
    assert business_days.passed(evening, at("2026-11-23 09:00")) == 1
    assert business_days.passed(at("2026-11-20 09:00"), evening) == 0


def test_the_data_reach_beyond_next_year() -> None:
    assert datetime.now(KST).year + 1 <= business_days.LAST_YEAR, "add a year of holidays"
