"""Reading lines of 11번가 round by round: state lists and claim lists, window by window (§1.5, §6).

What a round reads and how far it looks back stands in ROUND, where it goes on in Position.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hanpan.api import KST, UNCHANGED, ContractError, Line, LineState, Page, kst
from plugins.eleven_st import claims
from plugins.eleven_st.client import CAP, STATES_LIMIT, ElevenSt, Row, minute
from plugins.eleven_st.lines import key_of, listed_line, order_of, stated_line

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WEEK, MONTH = 7 * DAY, 30 * DAY

# -- what a round reads ------------------------------------------------------------------------

Lines = tuple[list[Line], int]
"""The lines between two minutes, and how many rows the fullest list gave."""


@dataclass(frozen=True)
class Reading:
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


ROUND = (
    Reading("complete", WEEK, 3 * DAY, MONTH, _of_state("complete"), paid_since=True),
    Reading("packaging", WEEK, DAY, WEEK, _of_state("packaging")),
    Reading("shipping", WEEK, 3 * DAY, WEEK, _of_state("shipping")),
    Reading("dlvcompleted", WEEK, DAY, WEEK, _of_state("dlvcompleted")),
    Reading("completed", WEEK, DAY, WEEK, _of_state("completed")),
    Reading("claims", MONTH, WEEK, MONTH, _claims, MONTH, len(claims.LISTS)),
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
FEW, MANY = 400, 1000
"""Rows of an answer after which the next window is longer, or shorter. A first collection, which
stores all that it reads, asks again for less where there are more: what is stored at once keeps
others waiting."""
OVERLAP = timedelta(minutes=10)
AT_ONCE = 6
"""Calls that one page makes at most: lists without rows are passed by in it."""

# -- where to read on from ---------------------------------------------------------------------


@dataclass(frozen=True)
class Position:
    """Where reading goes on: `since` is up to when every list has been read, `floor` before which
    nothing is asked for, `day` the Korean day whose long look is done. Within a round `until`
    is its end, `place` the list, `at` from where in it, and `span` what is asked at once."""

    since: datetime
    floor: datetime
    day: str = ""
    until: datetime | None = None
    place: int = 0
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
            place = [one.name for one in ROUND].index(told["list"])
            span = timedelta(minutes=int(told["span"]))
            until, at = _moment(told["until"]), _moment(told["at"])
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise ContractError(detail=f"an order cursor that is none: {cursor[:200]!r}") from error
        if not MINUTE <= span <= ROUND[place].window or at > until:
            raise ContractError(detail=f"an order cursor out of range: {cursor[:200]!r}")
        return cls(since, floor, str(told.get("day", "")), until, place, at, span)

    def write(self) -> str:
        """The cursor, compact."""
        told = {"since": minute(self.since), "floor": minute(self.floor), "day": self.day}
        if self.until is not None and self.at is not None:
            told |= {
                "until": minute(self.until),
                "list": ROUND[self.place].name,
                "at": minute(self.at),
                "span": str(self.span // MINUTE),
            }
        return json.dumps(told, separators=(",", ":"))


def _moment(told: str) -> datetime:
    if not re.fullmatch(r"2[0-9]{11}", told):
        raise ValueError(told)
    return datetime.strptime(told, "%Y%m%d%H%M").replace(tzinfo=KST)


def start(since: datetime) -> str:
    """The cursor for everything from `since` on."""
    return Position(since, since).write()


def changes(client: ElevenSt, cursor: str) -> Page[Line]:
    """One page: the next window that holds anything, until the round is over."""
    here = _begun(Position.read(cursor), client.host.now())
    lines: list[Line] = []
    calls = 0
    while here.until is not None and not lines:
        reading = ROUND[here.place]
        if calls and calls + reading.calls > AT_ONCE:
            break
        calls += reading.calls
        lines, here = _window(client, here)
    return Page(lines, here.write(), more=here.until is not None)


def _begun(here: Position, now: datetime) -> Position:
    """The position within a round; a new one ends with this minute (the guide's own examples end
    at 23:59 of the day, so an end that is yet to come is taken)."""
    if here.until is not None and here.until <= now + 2 * MINUTE:
        return here
    # The clock may have gone back by more than it trembles: the day before is read once more.
    since = here.since if here.since <= now + 2 * MINUTE else now - DAY
    until = now.replace(second=0, microsecond=0) + MINUTE
    return _opened(replace(here, since=since, floor=min(here.floor, since), until=until), 0)


def _opened(here: Position, place: int) -> Position:
    """The position at the beginning of a list."""
    assert here.until is not None
    reading = ROUND[place]
    if here.since == here.floor:
        return replace(here, place=place, at=here.floor, span=reading.first)
    back = reading.each if here.day == _day(here.until) else reading.daily
    begin = min(here.since - OVERLAP, here.until - back)
    if not reading.paid_since:
        begin = max(here.floor, begin)
    return replace(here, place=place, at=begin, span=reading.window)


def _window(client: ElevenSt, here: Position) -> tuple[list[Line], Position]:
    """The lines of one window, and where to go on: in a shorter one where it was cut (§1.5)."""
    assert here.until is not None and here.at is not None
    reading = ROUND[here.place]
    end = min(here.at + here.span, here.until)
    lines, most = reading.read(client, here.at, end)
    if most >= (CAP if here.since != here.floor else MANY):
        half = (end - here.at) // 2 // MINUTE * MINUTE
        if half:
            return [], replace(here, span=half)
    if most >= CAP:
        # What is beyond the cap of a single minute comes as those before it leave the list.
        client.host.log.warning("%s: %d rows in one minute", reading.name, most)
    if here.at < here.floor:
        lines = [line for line in lines if not _paid_before(line, here.floor)]
    if end < here.until:
        return lines, replace(here, at=end, span=fitting(here.span, most, reading.window))
    if here.place + 1 < len(ROUND):
        return lines, _opened(here, here.place + 1)
    return lines, Position(here.until, here.floor, _day(here.until))


def _paid_before(line: Line, floor: datetime) -> bool:
    return isinstance(line.paid_at, datetime) and line.paid_at < floor


def fitting(span: timedelta, rows: int, window: timedelta) -> timedelta:
    """How long the next window may be, so that its answer is neither huge nor next to nothing."""
    if rows > MANY:
        return max(MINUTE, span // 2 // MINUTE * MINUTE)
    return min(window, 2 * span) if rows < FEW else span


def _day(moment: datetime) -> str:
    return kst(moment).date().isoformat()


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
