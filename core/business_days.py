"""Business days in Korea: weekdays that are no public holiday, by dated data.

The holidays follow 관공서의 공휴일에 관한 규정 with its substitute days, as the package
`holidays` 0.109 (country KR) lists them; taken over 2026-11-22. A new year is added here.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from core import clock

_DAYS = """
2025-01-01 2025-01-27 2025-01-28 2025-01-29 2025-01-30 2025-03-01 2025-03-03 2025-05-05
2025-05-06 2025-06-03 2025-06-06 2025-08-15 2025-10-03 2025-10-05 2025-10-06 2025-10-07
2025-10-08 2025-10-09 2025-12-25
2026-01-01 2026-02-16 2026-02-17 2026-02-18 2026-03-01 2026-03-02 2026-05-01 2026-05-05
2026-05-24 2026-05-25 2026-06-03 2026-06-06 2026-07-17 2026-08-15 2026-08-17 2026-09-24
2026-09-25 2026-09-26 2026-10-03 2026-10-05 2026-10-09 2026-12-25
2027-01-01 2027-02-06 2027-02-07 2027-02-08 2027-02-09 2027-03-01 2027-05-01 2027-05-03
2027-05-05 2027-05-13 2027-06-06 2027-07-17 2027-07-19 2027-08-15 2027-08-16 2027-09-14
2027-09-15 2027-09-16 2027-10-03 2027-10-04 2027-10-09 2027-10-11 2027-12-25 2027-12-27
2028-01-01 2028-01-26 2028-01-27 2028-01-28 2028-03-01 2028-04-12 2028-05-01 2028-05-02
2028-05-05 2028-06-06 2028-07-17 2028-08-15 2028-10-02 2028-10-03 2028-10-04 2028-10-05
2028-10-09 2028-12-25
2029-01-01 2029-02-12 2029-02-13 2029-02-14 2029-03-01 2029-05-01 2029-05-05 2029-05-07
2029-05-20 2029-05-21 2029-06-06 2029-07-17 2029-08-15 2029-09-21 2029-09-22 2029-09-23
2029-09-24 2029-10-03 2029-10-09 2029-12-25
"""
HOLIDAYS = frozenset(map(date.fromisoformat, _DAYS.split()))
LAST_YEAR = max(HOLIDAYS).year
"""Later years hold no holidays yet, only weekends."""


def is_business_day(day: date) -> bool:
    """Whether people at a marketplace work on this Korean day."""
    return day.weekday() < 5 and day not in HOLIDAYS


def passed(since: datetime, until: datetime) -> int:
    """How many business days have begun after the Korean day of `since`, up to that of `until`."""
    day, last, count = clock.kst(since).date(), clock.kst(until).date(), 0
    while day < last:
        day += timedelta(days=1)
        count += is_business_day(day)
    return count


def after(since: datetime, days: int) -> date:
    """The Korean day on which so many business days have begun after that of `since`."""
    day = clock.kst(since).date()
    while days > 0:
        day += timedelta(days=1)
        days -= is_business_day(day)
    return day
