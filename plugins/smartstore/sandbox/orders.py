"""Reading orders: the change feed, the details, the conditional list (§7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hanpan.api import seen
from plugins.smartstore.sandbox.lines import CHANGED, detail, rows, shelf
from plugins.smartstore.sandbox.lines import changed as written_change
from plugins.smartstore.sandbox.wire import (
    DAY,
    Answered,
    Call,
    Refusal,
    iso,
    pack,
    read_time,
    short_iso,
)

MOST = 300
RANGES: dict[str, Callable[[dict[str, Any]], int | None]] = {
    "PAYED_DATETIME": lambda row: row.get("paid"),
    "ORDERED_DATETIME": lambda row: row["ordered"],
    "DISPATCHED_DATETIME": lambda row: (row.get("delivery") or {}).get("sent"),
    "PURCHASE_DECIDED_DATETIME": lambda row: row.get("decided"),
    "CLAIM_REQUESTED_DATETIME": lambda row: (row.get("claim") or {}).get("at"),
    "CLAIM_COMPLETED_DATETIME": lambda row: (row.get("claim") or {}).get("done"),
    "COLLECT_COMPLETED_DATETIME": lambda row: (row.get("claim") or {}).get("collected"),
    "GIFT_RECEIVED_DATETIME": lambda row: row.get("received"),
    "HOPE_DELIVERY_INFO_CHANGED_DATETIME": lambda row: None,
}


def wrong(message: str, code: str = "4000") -> Refusal:
    """A refusal of the order domain: numeric codes."""
    return Refusal(400, code, message)


def wrapped(call: Call, *inner: bytes) -> list[bytes]:
    """`data`, in pieces, in the envelope of the order domain."""
    head = pack({"timestamp": iso(call.now), "traceId": call.trace})
    return [head[:-1] + b',"data":', *inner, b"}"]


def changed(call: Call) -> Answered:
    """§7.1: what changed between two moments a day apart at most, oldest first."""
    start, end = _window(call, "lastChangedFrom", "lastChangedTo")
    limit = min(MOST, call.number("limitCount", MOST, wrong("limitCount")))
    if limit < 1:
        raise wrong("limitCount: 1 이상이어야 합니다.")
    kind = call.one("lastChangedType")
    stock = shelf(call.world)
    stock.settle(call.now)
    found: list[bytes] = []
    more = None
    for at, key in stock.between(CHANGED, start, end, after=call.one("moreSequence")):
        told = written_change(call.world, key, call.now)
        if kind and f'"lastChangedType":"{kind}"'.encode() not in told:
            continue
        if len(found) == limit:
            more = {"moreFrom": short_iso(at), "moreSequence": key}
            break
        found.append(told)
    if not found:
        return 200, pack({"timestamp": iso(call.now), "traceId": call.trace})
    body = b'{"count":%d,"lastChangeStatuses":[%b]' % (len(found), b",".join(found))
    if more:
        body += b',"more":' + pack(more)
    return 200, wrapped(call, body + b"}")


def query(call: Call) -> Answered:
    """§7.2: the details of 300 numbers at most; what is not provided is left out."""
    data = call.json(wrong("JSON 형식이 유효하지 않습니다."))
    keys = data.get("productOrderIds")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        raise wrong("productOrderIds: 상품 주문 번호의 배열이어야 합니다.")
    if len(keys) > MOST:
        raise wrong("productOrderIds: 최대 300개입니다.")
    if not isinstance(data.get("quantityClaimCompatibility", False), bool):
        raise wrong("quantityClaimCompatibility: true, false 중 하나여야 합니다.")
    known = rows(call.world)
    if not any(key in known for key in keys):
        raise wrong("상품 주문을 찾을 수 없습니다.", "100001")
    shelf(call.world).settle(call.now)
    provided = [
        key for key in dict.fromkeys(keys) if key in known and not known[key].get("withdrawn")
    ]
    pieces = [b"["]
    for key in provided:
        pieces += (detail(call.world, key, call.now), b",")
    pieces[max(1, len(pieces) - 1) :] = [b"]"]
    return 200, wrapped(call, *pieces)


def numbers(call: Call) -> Answered:
    """§7.4: the product orders of one order."""
    found = call.world.state["orders"].get(call.parts[0])
    if found is None:
        raise wrong("주문을 찾을 수 없습니다.", "100003")
    return 200, wrapped(call, pack(found))


def conditional(call: Call) -> Answered:
    """§7.3: by a date of the line; rows beyond the page are only on the next one (#2476)."""
    start, end = _window(call, "from", "to", future_allowed=True)
    moment = RANGES.get(call.one("rangeType", "PAYED_DATETIME"))
    if moment is None:
        raise wrong("rangeType")
    page = call.number("page", 1, wrong("page"))
    size = call.number("pageSize", MOST, wrong("pageSize"))
    if page < 1 or not 1 <= size <= MOST:
        raise wrong("page, pageSize: 1 이상, 300 이하여야 합니다.")
    shelf(call.world).settle(call.now)
    found: list[tuple[int, str]] = []
    for row in rows(call.world).values():
        shown = seen(row, call.now)
        at = moment(shown) if shown else None
        if at is not None and start <= at <= end and _fits(call, shown or {}):
            found.append((at, row["id"]))
    found.sort()
    first = (page - 1) * size
    contents = b",".join(
        b'{"productOrderId":"%b","content":%b}' % (key.encode(), detail(call.world, key, call.now))
        for _, key in found[first : first + size]
    )
    told = pack({"page": page, "size": size, "hasNext": first + size < len(found)})
    return 200, wrapped(call, b'{"contents":[%b],"pagination":%b}' % (contents, told))


def _fits(call: Call, row: dict[str, Any]) -> bool:
    statuses = call.all("productOrderStatuses")
    claims = call.all("claimStatuses")
    place = call.one("placeOrderStatusType")
    return (
        not row.get("withdrawn")
        and (not statuses or row.get("status", "PAYED") in statuses)
        and (not claims or (row.get("claim") or {}).get("status") in claims)
        and (not place or row.get("place", "NOT_YET") == place)
    )


def _window(call: Call, first: str, last: str, *, future_allowed: bool = False) -> tuple[int, int]:
    start = read_time(call.one(first))
    if start is None:
        raise wrong(f"{first}: yyyy-MM-dd'T'HH:mm:ss.SSSXXX 형식이어야 합니다.")
    if not call.one(last):
        return start, start + DAY
    end = read_time(call.one(last))
    if end is None:
        raise wrong(f"{last}: yyyy-MM-dd'T'HH:mm:ss.SSSXXX 형식이어야 합니다.")
    if end > call.now and not future_allowed:
        raise wrong(f"{last}: 미래의 시간은 조회할 수 없습니다.")
    if end < start:
        raise wrong(f"{last}: {first}보다 앞설 수 없습니다.")
    if end - start > DAY:
        raise wrong("조회 가능한 날짜 범위를 초과했습니다.", "104139")
    return start, end
