"""Order lines of 11번가: how they are read, looked at again, and confirmed (§6)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hanpan.api import (
    Absent,
    Done,
    Item,
    Line,
    MarketplaceError,
    OrderSync,
    Page,
    Repeat,
    Result,
    Scope,
    Sent,
    Text,
    Unclear,
    Verdict,
    Write,
)
from plugins.eleven_st.client import ElevenSt
from plugins.eleven_st.feeds import FEEDS, RECHECK, WEEK, states
from plugins.eleven_st.lines import CONFIRMED, NEW, SENT, main_product, stated_line
from plugins.eleven_st.position import Position, is_cut
from plugins.eleven_st.refusals import ALREADY, NOT_CHANGED, confirm_text

KEY = "eleven_st"

AT_ONCE = 6
"""Calls that one page makes at most: lists without rows are passed by in it."""


def start(since: datetime) -> str:
    """The cursor for everything from `since` on."""
    return Position(since, since).write()


def changes(client: ElevenSt, cursor: str) -> Page[Line]:
    """One page: the next window that holds anything, until the round is over."""
    here = Position.read(cursor).begun(client.host.now())
    lines: list[Line] = []
    calls = 0
    while here.until is not None and not lines:
        feed = FEEDS[here.feed]
        if calls and calls + feed.calls > AT_ONCE:
            break
        calls += feed.calls
        lines, here = _step(client, here)
    return Page(lines, here.write(), more=here.until is not None)


def _step(client: ElevenSt, here: Position) -> tuple[list[Line], Position]:
    """The next window of a list, or nothing and a shorter one where it was cut (§1.5)."""
    feed = FEEDS[here.feed]
    since, until = here.window()
    lines, most = feed.read(client, since, until)
    shorter = here.shorter(most)
    if shorter is not None:
        return [], shorter
    if is_cut(most):
        # What is beyond the cap of a single minute comes as those before it leave the list.
        client.host.log.warning("%s: %d rows in one minute", feed.name, most)
    if since < here.floor:
        lines = [line for line in lines if not _paid_before(line, here.floor)]
    return lines, here.passed(most)


def _paid_before(line: Line, floor: datetime) -> bool:
    return isinstance(line.paid_at, datetime) and line.paid_at < floor


def get(client: ElevenSt, keys: Sequence[str]) -> list[Line]:
    """Lines by key, as far as their state tells them: no buyer. Those not told are absent."""
    return [stated_line(row) for row in states(client, keys).values()]


# -- 발주확인 (§6.1, §6.3) -----------------------------------------------------------------------

NO_BUNDLE = Text(
    "11번가가 이 주문의 배송번호를 아직 알려 주지 않았습니다. 다시 수집한 뒤 발주확인해 주세요.",
    "11st has not told the delivery number of this order yet. Collect again, then confirm.",
)
PASSED = Text(
    "주문이 이미 다른 상태({status})로 넘어갔습니다. 11번가 셀러오피스에서 확인해 주세요.",
    "The order has moved on to another state ({status}). Look at it in the seller office.",
)
NOT_TOLD = Text(
    "11번가가 이 주문을 알려 주지 않습니다. 셀러오피스에서 확인해 주세요.",
    "11st does not tell about this order. Look at it in the seller office.",
)
_CONFIRMED = (CONFIRMED, *SENT)


def send(client: ElevenSt, items: Sequence[Item]) -> list[Result]:
    """Confirm the lines of one product in one delivery: a single call does them all."""
    bundle = str(items[0].values.get("bundle_no") or "")
    if not bundle:
        return [Result(item.key, NO_BUNDLE, "NO_BUNDLE") for item in items]
    named = items[0].values
    code, message = client.confirm(
        str(named["order_no"]),
        str(named["line_no"]),
        bundle,
        main_product(named.get("line_class")),
    )
    if code == "0":
        told = re.search(r"전체\s*([0-9]+)\s*건", message)
        # Fewer than were meant: which ones is not told, so all of them are read back.
        enough = told is None or int(told[1]) >= len(items)
        return [Result(item.key) for item in items] if enough else []
    if code in (ALREADY, NOT_CHANGED):
        return _settled(client, items, code, message)
    return [Result(item.key, confirm_text(code, message), code) for item in items]


def _settled(client: ElevenSt, items: Sequence[Item], code: str, message: str) -> list[Result]:
    """A line that is confirmed already is done. -3206 refuses the others; -3207 leaves them to be
    read back and sent again."""
    keys = [item.key for item in items]
    try:
        found = states(client, keys)
    except MarketplaceError:
        return []
    done = {key for key in keys if found.get(key, {}).get("ordPrdStat") in _CONFIRMED}
    results = [Result(key) for key in keys if key in done]
    if code == ALREADY:
        text = confirm_text(code, message)
        results += [Result(key, text, code) for key in keys if key not in done]
    return results


def readback(client: ElevenSt, sent: Sequence[Sent]) -> dict[str, Verdict]:
    """Whether each line is confirmed now."""
    found = states(client, [one.key for one in sent])
    return {one.key: _verdict(found.get(one.key)) for one in sent}


def _verdict(row: Mapping[str, str] | None) -> Verdict:
    if row is None:
        return Unclear(NOT_TOLD)
    status = row.get("ordPrdStat", "")
    if status in _CONFIRMED:
        return Done()
    named = row.get("ordPrdStatNm") or status
    return Absent() if status == NEW else Unclear(PASSED.format(status=named))


def main_first(item: Item) -> tuple[str, bool]:
    """Delivery by delivery, what was added to a product after the product."""
    values: Mapping[str, Any] = item.values
    return str(values.get("bundle_no") or ""), main_product(values.get("line_class")) is not None


SYNC = OrderSync(
    marketplace=KEY,
    start=start,
    changes=changes,
    get=get,
    confirm=Write(
        scope=Scope.BUNDLE_PRODUCT,
        repeat=Repeat.READBACK,
        send=send,
        readback=readback,
        order=main_first,
        batch=1,
    ),
    recheck=RECHECK,
    window=WEEK,
)
