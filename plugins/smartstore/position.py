"""Where reading goes on: from which change, up to when, and how much is asked at once (§7.1)."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hanpan.api import ContractError, moment_of, take
from plugins.smartstore.client import CHANGES_LIMIT, at

WINDOW = timedelta(hours=24)
LAG = timedelta(seconds=5)
OVERLAP = timedelta(minutes=3)
"""§7.1: a query spans 24 hours at most and never the future; changes show some seconds late."""


@dataclass(frozen=True)
class Position:
    """Where reading goes on. `until` and `sequence` are set within a window; `limit` is what is
    asked for at once: less than 300 only while a line is searched that the details refuse."""

    since: datetime
    until: datetime | None = None
    sequence: str = ""
    limit: int = CHANGES_LIMIT

    @classmethod
    def read(cls, cursor: str) -> Position:
        """Raises ContractError when the cursor is not one of ours."""
        try:
            told = json.loads(cursor)
            since, until = moment_of(told["from"]), moment_of(told.get("to"))
            sequence, limit = str(told.get("seq", "")), int(told.get("limit", CHANGES_LIMIT))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ContractError(detail=f"an order cursor that is none: {cursor[:200]!r}") from error
        if since is None or since.year < 2000 or not 1 <= limit <= CHANGES_LIMIT:
            raise ContractError(detail=f"an order cursor out of range: {cursor[:200]!r}")
        return cls(since, until, sequence, limit)

    def write(self) -> str:
        """The cursor, compact."""
        told: dict[str, Any] = {"from": at(self.since)}
        if self.until is not None:
            told |= {"to": at(self.until), "seq": self.sequence}
        if self.limit != CHANGES_LIMIT:
            told["limit"] = self.limit
        return json.dumps(told, separators=(",", ":"))

    def within(self, now: datetime) -> Position:
        """Itself; where the clock has gone back, the day before is read once more."""
        if max(self.since, self.until or self.since) <= now:
            return self
        return Position(min(self.since, now - LAG - WINDOW))

    def opened(self, now: datetime) -> Position:
        """Itself within a window, which ends a little before now."""
        until = self.until or min(self.since + WINDOW, max(now - LAG, self.since))
        return replace(self, until=until)

    def fewer(self, count: int) -> Position:
        """The same once more with fewer rows at once, for `count` of them were too many."""
        return replace(self, limit=max(1, count // 4))

    def passed(self, more: Any, now: datetime) -> tuple[Position, bool]:
        """What follows an answer that told `more`, and whether there is more already."""
        assert self.until is not None
        limit = min(CHANGES_LIMIT, self.limit * 4)
        if not more:
            behind = self.until + OVERLAP < now - LAG
            return Position(self.until - OVERLAP, limit=limit if behind else CHANGES_LIMIT), behind
        # moreFrom comes with any number of fraction digits (§7.1): written anew by `at`.
        since = moment_of(take(more, "moreFrom"))
        sequence = str(take(more, "moreSequence"))
        if since is None or since < self.since or (since, sequence) == (self.since, self.sequence):
            raise ContractError(detail="changes: `more` does not lead on")
        return Position(since, self.until, sequence, limit), True
