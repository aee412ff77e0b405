"""Order lines of 위메프: lists by state, the claims beside them, and 주문확인 (§5, §6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from hanpan.api import (
    Absent,
    Done,
    Item,
    Line,
    LineState,
    MarketplaceError,
    OrderSync,
    Page,
    Rejected,
    Repeat,
    Result,
    Scope,
    Sent,
    Text,
    Unclear,
    Verdict,
    Write,
)
from plugins.wemakeprice.client import Wemakeprice
from plugins.wemakeprice.feeds import FEEDS, read
from plugins.wemakeprice.lines import bundle_of, lines_of, state_of
from plugins.wemakeprice.position import WINDOW, Position
from plugins.wemakeprice.withdrawals import withdrawn

KEY = "wemakeprice"

AT_ONCE = len(FEEDS) + 1
"""Steps that one page may take: a whole round of lists that hold nothing is one page."""


def start(since: datetime) -> str:
    """The cursor for everything that happened from `since` on."""
    return Position(since).write()


def changes(client: Wemakeprice, cursor: str) -> Page[Line]:
    """One page: the next part of a list that holds something; lists that hold nothing are passed.

    A round goes through every list, in windows shorter than a day (§1), up to one moment; the
    next begins a little before that. A bundle is in the list of the state it is in now, by the
    time it came into it, so that whatever moves on meanwhile is told by a later list or round.
    """
    now = client.host.now()
    here = Position.read(cursor).within(now)
    lines: list[Line] = []
    more = True
    for _ in range(AT_ONCE):
        here = here if here.until else here.opened(now)
        if here.feed < len(FEEDS):
            lines, here = _step(client, here)
        else:
            lines, kept = withdrawn(client, here.claims, here.since, now)
            more = here.behind(now)
            here = here.closed(kept)
        if lines or here.until is None:
            break
    return Page(lines, here.write(), more=more or here.until is not None)


def _step(client: Wemakeprice, here: Position) -> tuple[list[Line], Position]:
    """The next window of a list, or nothing and a shorter window where it holds too much."""
    feed = FEEDS[here.feed]
    since, until = here.window()
    rows = feed.rows(client, since, until)
    shorter = here.shorter(len(rows), feed.most)
    if shorter is not None:
        return [], shorter
    lines, claims = read(client, feed, rows)
    return lines, here.passed(until, len(rows), feed.most, claims)


def get(client: Wemakeprice, keys: Sequence[str]) -> list[Line]:
    """Lines by key, a call for each bundle; what 위메프 no longer tells is absent."""
    wanted = set(keys)
    found = [client.bundle(bundle_no) for bundle_no in dict.fromkeys(map(bundle_of, keys))]
    return [
        line
        for bundle in found
        for line in (lines_of(bundle) if bundle else [])
        if line.line_key in wanted
    ]


# -- 주문확인 (§5) ---------------------------------------------------------------------------------

NOT_TOLD = Text(
    "위메프가 이 배송번호를 알려 주지 않습니다. 파트너 2.0에서 확인해 주세요.",
    "Wemakeprice does not tell about this bundle. Look at it in 파트너 2.0.",
)
STRANGE = Text(
    "주문이 모르는 상태({state})입니다. 파트너 2.0에서 확인해 주세요.",
    "The order is in a state that is not known ({state}). Look at it in 파트너 2.0.",
)
CONFIRMED = (LineState.CONFIRMED, LineState.SHIPPING, LineState.DELIVERED, LineState.DECIDED)
"""Only what is confirmed can be shipped (§5), so each of them means that it was."""


def send(client: Wemakeprice, items: Sequence[Item]) -> list[Result]:
    """Confirm the bundle of these lines; a refusal that means "it is so already" is done."""
    results: list[Result] = []
    for bundle_no in dict.fromkeys(bundle_of(item.key) for item in items):
        keys = [item.key for item in items if bundle_of(item.key) == bundle_no]
        try:
            client.confirm(bundle_no)
            results += [Result(key) for key in keys]
        except Rejected as error:
            verdict = _verdict_anyway(client, bundle_no)
            results += [
                Result(key, reference=verdict.reference)
                if isinstance(verdict, Done)
                else Result(key, error.text, error.code)
                for key in keys
            ]
    return results


def _verdict_anyway(client: Wemakeprice, bundle_no: str) -> Verdict:
    """Whether a refused bundle is confirmed all the same; not being able to tell is no reason."""
    try:
        return _verdict(client.bundle(bundle_no))
    except MarketplaceError:
        return Unclear()


def readback(client: Wemakeprice, sent: Sequence[Sent]) -> dict[str, Verdict]:
    """Whether the bundle of each line is confirmed now."""
    numbers = dict.fromkeys(bundle_of(one.key) for one in sent)
    found = {number: client.bundle(number) for number in numbers}
    return {one.key: _verdict(found[bundle_of(one.key)]) for one in sent}


def _verdict(bundle: Mapping[str, object] | None) -> Verdict:
    if bundle is None:
        return Unclear(NOT_TOLD)
    state, told = state_of(bundle)
    if state in CONFIRMED:
        return Done(reference=str(bundle.get("orderConfirmDate") or ""))
    return Absent() if state is LineState.NEW else Unclear(STRANGE.format(state=told or "?"))


SYNC = OrderSync(
    marketplace=KEY,
    start=start,
    changes=changes,
    get=get,
    confirm=Write(
        scope=Scope.BUNDLE,
        repeat=Repeat.READBACK,
        send=send,
        readback=readback,
        batch=1,
    ),
    # Each change of a line brings it into a list by its own date: nothing is left to look for,
    # and a look takes a call for each bundle.
    recheck=(),
    at_once=20,
    window=WINDOW,
)
