"""The lists that a round of collecting reads, and the search for single lines in them (§5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hanpan.api import Line, first, kst
from plugins.interpark import claims
from plugins.interpark.client import CONFIRMED, DECIDED, DELIVERED, SHIPPED, Interpark
from plugins.interpark.lines import read_lines, time_of

STATE_LISTS = (CONFIRMED, SHIPPED, DELIVERED, DECIDED)
"""None of them changes anything."""

DAY = timedelta(days=1)
DAYS_AFTER = 2
DAYS_AT_ONCE = 12
"""A search of many days would take longer than a call may: it looks at the latest of them."""
MOST_PAGES = 1000


@dataclass(frozen=True)
class Told:
    """What one request told: lines, how many of them, and whether there are further pages."""

    lines: Sequence[Line]
    rows: int
    more: bool = False


def read(client: Interpark, name: str, start: datetime, end: datetime, page: int = 1) -> Told:
    """Lines of a list within at most a day."""
    root = client.order_list(name, start, end, page)
    found = list(read_lines(root, name).values())
    pages = first(root, "TOT_PAGE_NUM") or "1" if name == DELIVERED else "1"
    last = min(int(pages), MOST_PAGES) if pages.isdecimal() else 1
    # A page that is not full is the last one, whatever PAGE_INFO says.
    return Told(found, len(found), more=page < last and len(found) > 0)


def get(client: Interpark, keys: Sequence[str]) -> list[Line]:
    """Lines by their key: order numbers begin with their time, so the days to look in are known.

    Lines that were not confirmed, that were cancelled, or that changed long after they were
    ordered are in none of these days' lists, and absent.
    """
    wanted = set(keys)
    found: dict[str, Line] = {}
    for day in _days(keys, client.host.now()):
        for name in STATE_LISTS:
            for line in _whole_day(client, name, day):
                if line.line_key in wanted:
                    found[line.line_key] = line
        if len(found) == len(wanted):
            break
    return list(found.values())


def _days(keys: Sequence[str], now: datetime) -> list[datetime]:
    """The Korean days on which lines of these orders may be listed."""
    ordered = [time_of(key[:8]) for key in keys]
    days = {day + n * DAY for day in ordered if day for n in range(DAYS_AFTER + 1)}
    today = kst(now)
    return sorted(sorted(day for day in days if day <= today)[-DAYS_AT_ONCE:])


def _whole_day(client: Interpark, name: str, day: datetime) -> Iterator[Line]:
    page, more = 1, True
    while more:
        told = read(client, name, day, day + DAY - timedelta(seconds=1), page)
        yield from told.lines
        page, more = page + 1, told.more


def _claims(client: Interpark, start: datetime, end: datetime) -> Told:
    return Told(*claims.changes(client, start, end, get))


@dataclass(frozen=True)
class Feed:
    """A list, or two that belong together. Once an hour it is read again from `back` ago: which
    date it goes by is not known, and some of what it tells becomes so later."""

    read: Callable[[Interpark, datetime, datetime, int], Told]
    back: timedelta


def _list(name: str, back: timedelta) -> Feed:
    return Feed(lambda client, start, end, page: read(client, name, start, end, page), back)


FEEDS: tuple[Feed, ...] = (
    _list(CONFIRMED, timedelta(days=7)),
    _list(SHIPPED, DAY),
    _list(DELIVERED, DAY),
    _list(DECIDED, DAY),
    Feed(lambda client, start, end, page: _claims(client, start, end), claims.BACK),
)
