"""Where reading goes on: which list, up to when, and which cancel requests were still open."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hanpan.api import ContractError, moment_of
from plugins.wemakeprice.client import at
from plugins.wemakeprice.feeds import FEEDS
from plugins.wemakeprice.withdrawals import MOST, Named, Pending

WINDOW = timedelta(hours=24) - timedelta(seconds=1)
"""§1: a window must be shorter than 24 hours."""
LAG = timedelta(seconds=5)
OVERLAP = timedelta(minutes=3)
"""What happens at this moment may show a little later."""

_NUMBERS = {feed.name: number for number, feed in enumerate(FEEDS)}
_LAST = "settled"


@dataclass(frozen=True)
class Position:
    """`since` is where the round begins. Within one `until` is its end, `feed` the list that is
    read, `at` where its next window begins and `span` how long that may be. `claims` are the
    cancel requests that were open when they were last seen, by number.
    """

    since: datetime
    until: datetime | None = None
    feed: int = 0
    at: datetime | None = None
    span: timedelta = WINDOW
    claims: Mapping[str, Pending] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str) -> Position:
        """Raises ContractError when the cursor is not one of ours."""
        try:
            told = json.loads(cursor)
            since, until = _time(told["from"]), _time(told["to"]) if "to" in told else None
            claims = {str(no): _pending(one) for no, one in told.get("open", {}).items()}
            if until is None:
                return cls(since, claims=claims)
            name, seconds = str(told["list"]), int(told["span"])
            number = len(FEEDS) if name == _LAST else _NUMBERS[name]
            here = _time(told["at"])
            if not 1 <= seconds <= WINDOW.total_seconds() or not since <= here <= until:
                raise ValueError(cursor)
            return cls(since, until, number, here, timedelta(seconds=seconds), claims)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise ContractError(detail=f"an order cursor that is none: {cursor[:200]!r}") from error

    def write(self) -> str:
        """The cursor, compact."""
        told: dict[str, Any] = {"from": at(self.since)}
        if self.until is not None:
            name = FEEDS[self.feed].name if self.feed < len(FEEDS) else _LAST
            told |= {"to": at(self.until), "list": name, "at": at(self.at or self.since)}
            told["span"] = int(self.span.total_seconds())
        if self.claims:
            told["open"] = {no: _told(one) for no, one in self.claims.items()}
        return json.dumps(told, separators=(",", ":"))

    def within(self, now: datetime) -> Position:
        """Itself; where the clock has gone back, the day before is read once more."""
        if max(self.since, self.until or self.since) <= now:
            return self
        return Position(min(self.since, now - LAG - WINDOW), claims=self.claims)

    def opened(self, now: datetime) -> Position:
        """The beginning of a round that ends a little before now."""
        until = max(self.since, (now - LAG).replace(microsecond=0))
        return Position(self.since, until, at=self.since, claims=self.claims)

    def window(self) -> tuple[datetime, datetime]:
        """What is asked of the list next, both ends included."""
        assert self.until is not None
        begin = self.at or self.since
        return begin, min(begin + self.span, self.until)

    def shorter(self, count: int, most: int) -> Position | None:
        """The same window cut down to about `most` rows; None where it holds no more than that.

        There are no pages (§1): a shorter window is the only smaller answer.
        """
        begin, end = self.window()
        seconds = int((end - begin).total_seconds())
        if count <= most or seconds <= 1:
            return None
        return replace(self, span=timedelta(seconds=max(1, seconds * most * 3 // (count * 4))))

    def passed(
        self, end: datetime, count: int, most: int, claims: Mapping[str, Pending]
    ) -> Position:
        """What follows a window that was read: the next one, or the next list."""
        known = {**self.claims, **claims}
        newest = sorted(known, key=lambda no: known[no].at)[-MOST:]
        here = replace(self, claims={no: known[no] for no in newest})
        if self.until is not None and end >= self.until:
            return replace(here, feed=self.feed + 1, at=self.since, span=WINDOW)
        longer = min(WINDOW, self.span * 2) if count * 3 < most else self.span
        return replace(here, at=end, span=longer)

    def behind(self, now: datetime) -> bool:
        """Whether so much has gone by since the round began that the next is due right away."""
        return self.until is not None and self.until + OVERLAP < now - LAG

    def closed(self, claims: Mapping[str, Pending]) -> Position:
        """The end of a round; the next one begins a little before it."""
        assert self.until is not None
        return Position(self.until - OVERLAP, claims=claims)


def _time(told: Any) -> datetime:
    moment = moment_of(told)
    if moment is None or moment.year < 2000:
        raise ValueError(told)
    return moment


def _pending(told: Sequence[Any]) -> Pending:
    made, gone, lines = told
    return Pending(
        at=_time(made),
        gone=_time(gone) if gone else None,
        lines=tuple(Named.read(str(line)) for line in lines),
    )


def _told(one: Pending) -> list[Any]:
    return [at(one.at), at(one.gone) if one.gone else "", [line.write() for line in one.lines]]
