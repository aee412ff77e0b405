"""What fields of many forms tidy and check alike: keys and numbers that are pasted, and days."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from core.contracts.text import Text
from core.fields import Field

NO_DAY = Text("날짜는 2026-01-31 처럼 넣어 주세요.", "Give a date such as 2026-01-31.")
BACKWARDS = Text(
    "시작일이 종료일보다 늦습니다. 날짜를 바꿔 주세요.",
    "The first day is after the last. Change the dates.",
)
_COPIED = re.compile(r"[\s\u200b\ufeff\"'`“”‘’]+")
_DAY = re.compile(r"(\d{4})(?:[./-]\s?)?(\d{1,2})(?:[./-]\s?)?(\d{1,2})\.?")


def as_meant(pasted: str) -> str:
    """A key or number without the blanks and quotes that come along when it is copied: a `tidy`."""
    return _COPIED.sub("", pasted)


def shaped(pattern: str, reason: Text) -> Callable[[str], Text | None]:
    """A `check`: the reason, unless all of the value is as the pattern has it."""
    return lambda value: None if re.fullmatch(pattern, value) else reason


def day_field(
    name: str, label: Text, *, show_if: tuple[str, tuple[str, ...]] | None = None
) -> Field:
    """A day, typed: 2026.1.31, 2026/01/31 and 20260131 are 2026-01-31 too, which is the value."""
    return Field(
        name=name,
        label=label,
        max_length=20,
        placeholder="2026-01-31",
        tidy=_tidy_day,
        check=_check_day,
        show_if=show_if,
    )


def _tidy_day(text: str) -> str:
    parts = _DAY.fullmatch(text.strip())
    return "{}-{:0>2}-{:0>2}".format(*parts.groups()) if parts else text


def _check_day(text: str) -> Text | None:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return NO_DAY
    try:
        date.fromisoformat(text)
    except ValueError:
        return NO_DAY
    return None


def wrong_days(since: str | None, until: str | None) -> Text | None:
    """Why these days of a `day_field` are no period; None where they are, or one is not given."""
    return BACKWARDS if since and until and since > until else None
