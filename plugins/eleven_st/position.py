"""Where reading goes on: which list, up to when, and how much is asked for at once."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hanpan.api import KST, ContractError, kst
from plugins.eleven_st.client import CAP, minute
from plugins.eleven_st.feeds import DAY, FEEDS, MINUTE, WEEK

FEW, MANY = 400, 1000
"""Rows of an answer after which the next window is longer, or shorter. A first collection, which
stores all that it reads, asks again for less where there are more: what is stored at once keeps
others waiting."""
OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True)
class Position:
    """Where reading goes on: `since` is up to when every list has been read, `floor` before which
    nothing is asked for, `day` the Korean day whose long look is done. Within a round `until`
    is its end, `feed` the list, `at` from where in it, and `span` what is asked at once."""

    since: datetime
    floor: datetime
    day: str = ""
    until: datetime | None = None
    feed: int = 0
    at: datetime | None = None
    span: timedelta = WEEK

    @classmethod
    def read(cls, cursor: str) -> Position:
        """Raises ContractError when the cursor is not one of ours."""
        try:
            told = json.loads(cursor)
            since, floor = _moment(told["since"]), _moment(told["floor"])
            if "list" not in told:
                return cls(since, floor, str(told.get("day", "")))
            feed = [one.name for one in FEEDS].index(told["list"])
            span = timedelta(minutes=int(told["span"]))
            until, at = _moment(told["until"]), _moment(told["at"])
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise ContractError(detail=f"an order cursor that is none: {cursor[:200]!r}") from error
        if not MINUTE <= span <= FEEDS[feed].window or at > until:
            raise ContractError(detail=f"an order cursor out of range: {cursor[:200]!r}")
        return cls(since, floor, str(told.get("day", "")), until, feed, at, span)

    def write(self) -> str:
        """The cursor, compact."""
        told = {"since": minute(self.since), "floor": minute(self.floor), "day": self.day}
        if self.until is not None and self.at is not None:
            told |= {
                "until": minute(self.until),
                "list": FEEDS[self.feed].name,
                "at": minute(self.at),
                "span": str(self.span // MINUTE),
            }
        return json.dumps(told, separators=(",", ":"))

    def begun(self, now: datetime) -> Position:
        """Itself within a round; a new one ends with this minute (the guide's own examples end at
        23:59 of the day, so an end that is yet to come is taken)."""
        if self.until is not None and self.until <= now + 2 * MINUTE:
            return self
        # The clock may have gone back by more than it trembles: the day before is read once more.
        since = self.since if self.since <= now + 2 * MINUTE else now - DAY
        until = now.replace(second=0, microsecond=0) + MINUTE
        return replace(self, since=since, floor=min(self.floor, since), until=until)._opened(0)

    def _opened(self, number: int) -> Position:
        """The beginning of a list."""
        assert self.until is not None
        feed = FEEDS[number]
        if self.since == self.floor:
            return replace(self, feed=number, at=self.floor, span=feed.first)
        back = feed.each if self.day == _day(self.until) else feed.daily
        begin = min(self.since - OVERLAP, self.until - back)
        if not feed.paid_since:
            begin = max(self.floor, begin)
        return replace(self, feed=number, at=begin, span=feed.window)

    def window(self) -> tuple[datetime, datetime]:
        """What is asked of the list next."""
        assert self.until is not None and self.at is not None
        return self.at, min(self.at + self.span, self.until)

    def shorter(self, most: int) -> Position | None:
        """The first half of the same window where it gave too much; None where it may be taken."""
        begin, end = self.window()
        half = (end - begin) // 2 // MINUTE * MINUTE
        too_many = is_cut(most) if self.since != self.floor else most >= MANY
        return replace(self, span=half) if too_many and half else None

    def passed(self, most: int) -> Position:
        """What follows a window that was read: the next one, the next list, or the next round."""
        assert self.until is not None
        _, end = self.window()
        if end < self.until:
            return replace(self, at=end, span=fitting(self.span, most, FEEDS[self.feed].window))
        if self.feed + 1 < len(FEEDS):
            return self._opened(self.feed + 1)
        return Position(self.until, self.floor, _day(self.until))


def _moment(told: str) -> datetime:
    if not re.fullmatch(r"2[0-9]{11}", told):
        raise ValueError(told)
    return datetime.strptime(told, "%Y%m%d%H%M").replace(tzinfo=KST)


def is_cut(most: int) -> bool:
    """Whether a list gave as many rows as it gives at all (§1.5)."""
    return most >= CAP


def fitting(span: timedelta, rows: int, window: timedelta) -> timedelta:
    """How long the next window may be, so that its answer is neither huge nor next to nothing."""
    if rows > MANY:
        return max(MINUTE, span // 2 // MINUTE * MINUTE)
    return min(window, 2 * span) if rows < FEW else span


def _day(moment: datetime) -> str:
    return kst(moment).date().isoformat()
