"""Reading orders: a list per state, and the one that confirms what it returns (§5)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from hanpan.api import Request, Response, World, seen
from plugins.interpark.assumed import LIST_DATES, NOT_UNDERSTOOD
from plugins.interpark.sandbox.lines import (
    CLAIMS,
    CONFIRMED,
    LIST_OF,
    NEW,
    REQUESTS,
    Row,
    change,
    rows,
    shelf,
    state_of,
)
from plugins.interpark.sandbox.telling import claim, head, line, page_info, request
from plugins.interpark.sandbox.wire import DAY, Refusal, now_of, order_answer, read_stamp

NOTHING = "요청한 데이터가 존재하지않습니다."
NOTHING_CODE = "003"
MOST_ROWS = 1000
TAKE, DELIVERED = LIST_OF[NEW], "DelvArrCompListForSingle"


def listed(world: World, call: Request) -> Response:
    """Answer one of the lists of LIST_DATES."""
    name = call.one("_method")
    start, end = _window(call)
    stock, now = shelf(world), now_of(world)
    stock.settle(now)
    # A line that has two claims within the window is told once.
    keys = dict.fromkeys(key for _, key in stock.between(name, start, min(end, now)))
    found = [(rows(world)[key], seen(rows(world)[key], now)) for key in keys]
    pages = b""
    if name == DELIVERED:
        found, pages = _page(call, found)
    if name == TAKE:
        # A line whose confirm does not show yet has been confirmed all the same.
        found = [(row, shown) for row, shown in found if state_of(row) == NEW]
    shown = [told for _, told in found if told is not None]
    body = [pages, *_orders(world, name, shown, (start, end))]
    if name == TAKE:
        for row, _ in found:
            _confirm(world, row)
    number = world.number("log")
    if not shown:
        return order_answer(NOTHING_CODE, NOTHING, number, [])
    return order_answer("000", "SUCCESS", number, body)


def _confirm(world: World, row: Row) -> None:
    """Asking for a new line is its 발주확인."""
    confirms = row.get("confirms", {})
    change(
        world,
        row,
        state=CONFIRMED,
        confirmed=now_of(world),
        confirms={**confirms, "1": confirms.get("1", 0) + 1},
    )
    world.record("confirm", row["id"], revision=1)


def _orders(world: World, name: str, found: list[Row], window: tuple[int, int]) -> Iterator[bytes]:
    if name in (REQUESTS, CLAIMS):
        part, write = ("requests", request) if name == REQUESTS else ("claims", claim)
        for row in found:
            for one in row.get(part, ()):
                if window[0] <= one["at"] <= window[1]:
                    yield write(row, one)
        return
    for number, (_, several) in enumerate(groupby(found, key=lambda row: row["order"]), start=1):
        lines = list(several)
        yield b'<ORDER ID="%d">' % number
        yield head_of(world, lines[0])
        yield from (line_of(world, row["id"]) for row in lines)
        yield b"</PRODUCT></ORDER>"


def head_of(world: World, row: Row) -> bytes:
    """What the line's ORDER begins with; written once."""
    heads: dict[str, bytes] = world.cache.setdefault("heads", {})
    if row["order"] not in heads:
        heads[row["order"]] = head(row, world.state["seller"])
    return heads[row["order"]]


def line_of(world: World, key: str) -> bytes:
    """The line's PRD as reads show it; written once."""
    seller = world.state["seller"]
    return shelf(world).written(key, "line", now_of(world), lambda row: line(row, seller))


def _page(
    call: Request, found: list[tuple[Row, Row | None]]
) -> tuple[list[tuple[Row, Row | None]], bytes]:
    page, size = call.one("sc.pageNo"), call.one("sc.rowCnt")
    if not (page.isdigit() and size.isdigit() and int(page) >= 1 and 1 <= int(size) <= MOST_ROWS):
        raise Refusal(NOT_UNDERSTOOD, "sc.pageNo, sc.rowCnt 를 확인해 주세요. (최대 1000)")
    number, rows_ = int(page), int(size)
    pages = max(1, -(-len(found) // rows_))
    told = page_info(pages, len(found), rows_, number)
    return found[(number - 1) * rows_ : number * rows_], told


def _window(call: Request) -> tuple[int, int]:
    start, end = (read_stamp(call.one(f"sc.{name}")) for name in ("strDate", "endDate"))
    if start is None or end is None:
        raise Refusal(NOT_UNDERSTOOD, "조회일자는 yyyyMMddHHmmss 형식이어야 합니다.")
    if end < start:
        raise Refusal(NOT_UNDERSTOOD, "조회 종료일자가 시작일자보다 빠릅니다.")
    if end - start > DAY:
        raise Refusal(NOT_UNDERSTOOD, "조회기간은 1일을 초과할 수 없습니다.")
    return start, end


LISTS = frozenset(LIST_DATES)
