"""Where reading goes on: which list, up to when, and how much is asked for at once."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hanpan.api import ContractError
from plugins.interpark.feeds import DAY, FEEDS, Told

LAG = timedelta(seconds=5)
OVERLAP = timedelta(minutes=30)
LOOK_EVERY = timedelta(hours=1)

SHORT, LONG = timedelta(minutes=30), DAY
FIRST_SPAN = timedelta(hours=3)
FEW, MANY = 1000, 3000
"""No list but one has pages: windows grow while they bring few rows, and shrink when many."""


@dataclass(frozen=True)
class Position:
    """Where reading goes on. A sweep reads every feed from `since` (or, in a look, from further
    back) to `until`, window by window; between sweeps `until` is None.

    Nothing before `begin` is ever read. `looked` is when the last look began.
    """

    begin: datetime
    since: datetime
    looked: datetime | None = None
    until: datetime | None = None
    look: bool = False
    feed: int = 0
    at: datetime | None = None
    page: int = 1
    span: timedelta = FIRST_SPAN

    @classmethod
    def read(cls, cursor: str) -> Position:
        """Raises ContractError when the cursor is not one of ours."""
        try:
            told = json.loads(cursor)
            here = cls(
                begin=_moment(told["begin"]),
                since=_moment(told["since"]),
                looked=_moment(told["looked"]) if "looked" in told else None,
                until=_moment(told["until"]) if "until" in told else None,
                look=bool(told.get("look")),
                feed=int(told.get("feed", 0)),
                at=_moment(told["at"]) if "at" in told else None,
                page=int(told.get("page", 1)),
                span=timedelta(minutes=int(told.get("span", FIRST_SPAN.total_seconds() // 60))),
            )
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise ContractError(detail=f"an order cursor that is none: {cursor[:200]!r}") from error
        sound = 0 <= here.feed < len(FEEDS) and here.page > 0 and SHORT <= here.span <= LONG
        if not sound or here.begin.year < 2000 or (here.until is None) != (here.at is None):
            raise ContractError(detail=f"an order cursor out of range: {cursor[:200]!r}")
        return here

    def write(self) -> str:
        """The cursor, compact."""
        told: dict[str, Any] = {"begin": _text(self.begin), "since": _text(self.since)}
        told["span"] = int(self.span.total_seconds() // 60)
        if self.looked is not None:
            told["looked"] = _text(self.looked)
        if self.until is not None and self.at is not None:
            told |= {
                "until": _text(self.until), "at": _text(self.at),
                "feed": self.feed, "page": self.page, "look": self.look,
            }  # fmt: skip
        return json.dumps(told, separators=(",", ":"))

    def begun(self, now: datetime, *, forgotten: bool) -> Position:
        """The position within a sweep; a look when one is due or what was read is `forgotten`."""
        here = self
        if max(here.since, here.until or here.since) > now:
            # The clock has gone back by more than it trembles: the day before is read once more.
            since = now - DAY
            here = Position(min(here.begin, since), since)
        if here.until is not None:
            return here
        until = max(now - LAG, here.since).replace(microsecond=0)
        due = here.looked is not None and (forgotten or until - here.looked >= LOOK_EVERY)
        here = replace(here, until=until, look=due, feed=0, page=1)
        return replace(here, at=here.start_of(0))

    def start_of(self, feed: int) -> datetime:
        """Where the sweep begins in a feed."""
        assert self.until is not None
        if not self.look:
            return self.since
        return max(self.begin, min(self.since, self.until - FEEDS[feed].back))

    def window(self) -> tuple[datetime, datetime]:
        """What is asked of the list next."""
        assert self.at is not None and self.until is not None
        return self.at, min(self.at + self.span, self.until)

    def passed(self, told: Told) -> Position:
        """Where to go on once the window has been told."""
        if told.more:
            return replace(self, page=self.page + 1)
        _, end = self.window()
        span = self.span
        if told.rows > MANY:
            span = max(SHORT, span / 2)
        elif told.rows < FEW:
            span = min(LONG, span * 2)
        assert self.until is not None
        here = replace(self, at=end, page=1, span=span)
        if end < self.until:
            return here
        if self.feed + 1 < len(FEEDS):
            return replace(here, feed=self.feed + 1, at=self.start_of(self.feed + 1))
        looked = self.until if self.look or self.looked is None else self.looked
        return Position(self.begin, self.until - OVERLAP, looked, span=span)


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
