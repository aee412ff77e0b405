"""Order lines of 스마트스토어: what changed, their details, and 발주확인 (§7, §8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hanpan.api import (
    Absent,
    ContractError,
    Done,
    Item,
    Line,
    MarketplaceError,
    NotFound,
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
    take,
)
from plugins.smartstore.client import CHANGES_LIMIT, CONFIRM_LIMIT, Smartstore
from plugins.smartstore.lines import (
    ADDED_PRODUCT,
    NEW,
    OK,
    full_line,
    key_of,
    place_order,
    thin_line,
)
from plugins.smartstore.position import WINDOW, Position
from plugins.smartstore.refusals import ALREADY, order_text

KEY = "smartstore"


def start(since: datetime) -> str:
    """The cursor for everything that changed from `since` on."""
    return Position(since).write()


def changes(client: Smartstore, cursor: str) -> Page[Line]:
    """One page: what changed, with details; windows of 24 hours that overlap by three minutes."""
    now = client.host.now()
    here = Position.read(cursor).within(now).opened(now)
    assert here.until is not None
    data = client.changes(here.since, here.until, here.sequence, here.limit).get("data") or {}
    rows = _rows(data)
    try:
        found = _details(client, list(rows))
    except NotFound:
        if len(rows) > 1:
            # One line that is not provided refuses them all (§7.2): ask for fewer at once.
            return Page([], here.fewer(len(rows)).write(), more=True)
        found = {}
    lines = [
        full_line(found[key], row) if key in found else thin_line(row) for key, row in rows.items()
    ]
    following, more = here.passed(data.get("more"), now)
    return Page(lines, following.write(), more=more)


def _rows(data: Any) -> dict[str, Mapping[str, Any]]:
    """The changes by productOrderId; the last one counts."""
    listed = take(data, "lastChangeStatuses") if data else []
    if not isinstance(listed, list):
        raise ContractError(detail="changes: lastChangeStatuses is not a list")
    return {str(take(row, "productOrderId")): row for row in listed}


def _details(client: Smartstore, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Details by productOrderId, of those that are told. Raises NotFound for all of them."""
    wanted = set(keys)
    listed = client.details(keys) if keys else []
    found = {key_of(item): item for item in listed if isinstance(item, Mapping)}
    return {key: item for key, item in found.items() if key in wanted}


def get(client: Smartstore, keys: Sequence[str]) -> list[Line]:
    """Lines by productOrderId; what Naver no longer tells is absent."""
    return [full_line(item) for item in _told(client, keys).values()]


def _told(client: Smartstore, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for first in range(0, len(keys), CHANGES_LIMIT):
        found |= _halved(client, keys[first : first + CHANGES_LIMIT])
    return found


def _halved(client: Smartstore, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Details; where one line refuses them all, those of the halves (§7.2)."""
    try:
        return _details(client, keys)
    except NotFound:
        half = len(keys) // 2
        if not half:
            return {}
        return _halved(client, keys[:half]) | _halved(client, keys[half:])


# -- 발주확인 (§8.1) ----------------------------------------------------------------------------

WITHDRAWN = Text(
    "발주확인이 해제된 주문입니다. 판매자센터에서 확인해 주세요.",
    "Its confirmation was taken back. Look at it in the seller centre.",
)
PASSED = Text(
    "주문이 이미 다른 상태({status})로 넘어갔습니다. 판매자센터에서 확인해 주세요.",
    "The order has moved on to another state ({status}). Look at it in the seller centre.",
)
NOT_TOLD = Text(
    "네이버가 이 상품주문을 알려 주지 않습니다. 판매자센터에서 확인해 주세요.",
    "Naver does not tell about this line. Look at it in the seller centre.",
)


def send(client: Smartstore, items: Sequence[Item]) -> list[Result]:
    """Confirm up to 30 lines. A line that has no Result has to be read back."""
    keys = [item.key for item in items]
    try:
        results = _confirm(client, keys)
    except Rejected:
        if len(keys) == 1:
            raise
        # One bad line refuses the whole request: alone, each has its own answer.
        results = _one_by_one(client, keys)
    return _settle_already(client, results)


def _confirm(client: Smartstore, keys: Sequence[str]) -> list[Result]:
    data = client.confirm(keys)
    done = {str(one.get("productOrderId")) for one in _objects(data, "successProductOrderInfos")}
    refused = {
        str(one.get("productOrderId")): (str(one.get("code") or ""), str(one.get("message") or ""))
        for one in _objects(data, "failProductOrderInfos")
    }
    results = [Result(key) for key in keys if key in done and key not in refused]
    for key, (code, message) in refused.items():
        if key in keys and key not in done:
            results.append(Result(key, order_text(code, message), code))
    return results


def _one_by_one(client: Smartstore, keys: Sequence[str]) -> list[Result]:
    results: list[Result] = []
    for key in keys:
        try:
            results += _confirm(client, [key])
        except Rejected as error:
            results.append(Result(key, error.text, error.code))
        except MarketplaceError:
            # What is done must not be told as "nothing was sent": the rest is read back.
            break
    return results


def _settle_already(client: Smartstore, results: Sequence[Result]) -> list[Result]:
    """A refusal that means "it is so already" is done when reading the line shows it."""
    doubtful = [result.key for result in results if result.code in ALREADY]
    if not doubtful:
        return list(results)
    try:
        found = _told(client, doubtful)
    except MarketplaceError:
        return [result for result in results if result.key not in doubtful]
    verdicts = {key: _verdict(item) for key, item in found.items()}
    return [_settled(result, verdicts.get(result.key)) for result in results]


def _settled(result: Result, verdict: Verdict | None) -> Result:
    if result.code in ALREADY and isinstance(verdict, Done):
        return Result(result.key, reference=verdict.reference)
    return result


def readback(client: Smartstore, sent: Sequence[Sent]) -> dict[str, Verdict]:
    """Whether each line is confirmed now."""
    found = _told(client, [one.key for one in sent])
    return {
        one.key: _verdict(found[one.key]) if one.key in found else Unclear(NOT_TOLD) for one in sent
    }


def _verdict(item: Mapping[str, Any]) -> Verdict:
    status, place, date = place_order(item)
    if place == OK:
        return Done(reference=date)
    if status != "PAYED":
        return Unclear(PASSED.format(status=status))
    return Absent() if place == NEW else Unclear(WITHDRAWN)


def main_first(item: Item) -> tuple[str, bool]:
    """Bundle by bundle, 추가구성상품 after the product that it was added to (#1321)."""
    return str(item.values.get("bundle_no") or ""), item.values.get("line_class") == ADDED_PRODUCT


def _objects(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    listed = data.get(name)
    return [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, Mapping)]


SYNC = OrderSync(
    marketplace=KEY,
    start=start,
    changes=changes,
    get=get,
    confirm=Write(
        scope=Scope.LINE,
        repeat=Repeat.READBACK,
        send=send,
        readback=readback,
        order=main_first,
        batch=CONFIRM_LIMIT,
    ),
    window=WINDOW,
)
