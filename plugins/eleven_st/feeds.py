"""The lists that a round of collecting reads, and how far each looks back (§1.5, §6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hanpan.api import UNCHANGED, Line, LineState
from plugins.eleven_st import claims
from plugins.eleven_st.client import STATES_LIMIT, ElevenSt, Row
from plugins.eleven_st.lines import key_of, listed_line, order_of, stated_line

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WEEK, MONTH = 7 * DAY, 30 * DAY

Lines = tuple[list[Line], int]
"""The lines between two minutes, and how many rows the fullest list gave."""


@dataclass(frozen=True)
class Feed:
    """A list of the round: what one query may span (§1.5), how far back each round, and the first
    round of a day, looks at least, and what the first window of a first collection spans."""

    name: str
    window: timedelta
    each: timedelta
    daily: timedelta
    read: Callable[[ElevenSt, datetime, datetime], Lines]
    first: timedelta = timedelta(days=1)
    calls: int = 1
    paid_since: bool = False
    """After the first collection it also asks for what is older than the seller chose, and keeps
    what was paid since: were it by the order's date, late payments would be missed."""


def _of_state(name: str) -> Callable[[ElevenSt, datetime, datetime], Lines]:
    def read(client: ElevenSt, start: datetime, end: datetime) -> Lines:
        rows = client.listed(name, start, end)
        # A row that a boundary minute shows twice is one line (§1.5).
        return list({key_of(row): listed_line(row, name) for row in rows}.values()), len(rows)

    return read


def _claims(client: ElevenSt, start: datetime, end: datetime) -> Lines:
    """Every line with a claim; where something is gone, its state is asked for too."""
    listed = [(one, client.listed(one.name, start, end)) for one in claims.LISTS]
    most = max(len(rows) for _, rows in listed)
    told = [claim for one, rows in listed for claim in claims.read(one, rows)]
    found = claims.lines_of(told)
    now = states(client, [key for key, line in found.items() if claims.ended(line)])
    return [_with_state(line, now.get(key)) for key, line in found.items()], most


def _with_state(line: Line, state: Row | None) -> Line:
    if state is None:
        return line
    stated = stated_line(state)
    returned = line.returned if stated.returned is UNCHANGED else stated.returned
    return replace(stated, claim=line.claim, returned=returned, exchanged=line.exchanged)


FEEDS = (
    Feed("complete", WEEK, 3 * DAY, MONTH, _of_state("complete"), paid_since=True),
    Feed("packaging", WEEK, DAY, WEEK, _of_state("packaging")),
    Feed("shipping", WEEK, 3 * DAY, WEEK, _of_state("shipping")),
    Feed("dlvcompleted", WEEK, DAY, WEEK, _of_state("dlvcompleted")),
    Feed("completed", WEEK, DAY, WEEK, _of_state("completed")),
    Feed("claims", MONTH, WEEK, MONTH, _claims, MONTH, len(claims.LISTS)),
)
"""The lists in the order in which a line passes through them, so that one that moves on meanwhile
is met again.

Which date a window goes by is not documented (§6.2, §12): that of the order, or that of the
change. So every round looks back over days that were read before, and the first of a Korean day
over more: far over new orders, where none may be missed, and over claims. What goes by the
order's date and changed later than that is told by `orderlistall`, hourly, for every line that
is still open: see RECHECK.
"""
RECHECK = (
    LineState.NEW,
    LineState.CONFIRMED,
    LineState.SHIPPING,
    LineState.DELIVERED,
    LineState.UNKNOWN,
)


# -- states of many lines (orderlistall) -----------------------------------------------------


def states(client: ElevenSt, keys: Sequence[str]) -> dict[str, Row]:
    """What `orderlistall` tells of each line now, by key; one that it does not tell is absent."""
    orders = list(dict.fromkeys(order_of(key) for key in keys))
    wanted = set(keys)
    found: dict[str, Row] = {}
    for first in range(0, len(orders), STATES_LIMIT):
        for row in client.states(orders[first : first + STATES_LIMIT]):
            key = key_of(row)
            if key in wanted:
                found[key] = row
    return found
