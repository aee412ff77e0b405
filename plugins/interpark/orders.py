"""Order lines of 인터파크: what changed, list by list and window by window, and new ones, which
are confirmed by asking for them (§5)."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from hanpan.api import Line, LineState, OrderSync, Page, TakeNew
from plugins.interpark import claims
from plugins.interpark.client import CONFIRMED, TAKE, Interpark
from plugins.interpark.feeds import DAY, FEEDS, get, read
from plugins.interpark.position import Position

KEY = "interpark"

AT_ONCE = 8
"""Requests that one page may cost while they bring nothing."""


def start(since: datetime) -> str:
    """The cursor for everything from `since` on."""
    return Position(since, since).write()


def changes(client: Interpark, cursor: str) -> Page[Line]:
    """One page: the next window that brings something; none of the lists changes anything."""
    forgotten = client.host.memory.get(claims.MEMORY) is None
    here = Position.read(cursor).begun(client.host.now(), forgotten=forgotten)
    for _ in range(AT_ONCE):
        told = FEEDS[here.feed].read(client, *here.window(), here.page)
        here = here.passed(told)
        if told.lines or here.until is None:
            return Page(told.lines, here.write(), more=here.until is not None)
    return Page([], here.write(), more=True)


# -- new lines ------------------------------------------------------------------------------------


def _whole(name: str, client: Interpark, start: datetime, end: datetime) -> list[Line]:
    return list(read(client, name, start, end).lines)


SYNC = OrderSync(
    marketplace=KEY,
    start=start,
    changes=changes,
    get=get,
    take_new=TakeNew(take=partial(_whole, TAKE), taken=partial(_whole, CONFIRMED), window=DAY),
    recheck=(LineState.CONFIRMED,),
    window=DAY,
)
