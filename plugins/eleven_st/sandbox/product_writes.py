"""Writes to listings: price, pieces of a stock row, 전시중지 and 재개, sale period (§5.3, §5.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hanpan.api import Response, shelves
from plugins.eleven_st.sandbox.listings import (
    ENDED,
    ON_SALE,
    SOLD_OUT,
    STOPPED,
    Listing,
    change,
    end_of_day,
    listings,
    status_of,
)
from plugins.eleven_st.sandbox.products import GONE
from plugins.eleven_st.sandbox.wire import DAY, Call, Refusal, body_of, told_client

MOST_PRICE = 1_000_000_000
DAYS = ("3", "5", "7", "15", "30", "60", "90", "120")
_ALIVE = (ON_SALE, SOLD_OUT, STOPPED)


def price(call: Call) -> Response:
    """`GET product/price/{prdNo}/{selPrc}`: up by 50 %, down by 80 % at most."""
    listing, wanted = _listing(call), call.parts[1]
    if not wanted.isdecimal():
        raise Refusal("400", "판매가는 숫자만 입력 가능합니다.")
    won, now = int(wanted), int(listing["price"])
    extras = [row["extra"] for row in listing["rows"].values()]
    if won % 10 or not 10 <= won < MOST_PRICE:
        raise Refusal("500", "판매가는 10원 단위로 10억 미만까지 입력 가능합니다.")
    if won * 2 > now * 3:
        raise Refusal("500", "판매가는 최대 50% 까지만 인상 가능합니다.")
    if won * 5 < now:
        raise Refusal("500", "판매가는 최대 80% 까지만 인하 가능합니다.")
    if won <= listing["off"]:
        raise Refusal("500", "판매가는 기본즉시할인 금액보다 커야 합니다.")
    if any(not -won <= 2 * extra <= 2 * won for extra in extras):
        raise Refusal("500", "옵션가격은 판매가의 -50% ~ 100% 범위로 입력 가능합니다.")
    _write(call, listing, "price", price=won)
    said = "상품의 가격이 수정되었습니다."
    return told_client("200", said, productNo=listing["number"], preSelPrc=now)


def stock(call: Call) -> Response:
    """`PUT stockqty/{prdStckNo}`: all four elements are needed; the number in the answer is the
    stock's. A product may not be left without a piece: its sale is stopped for that."""
    given = body_of(call, "ProductStock")
    lacking = [name for name in ("prdNo", "prdStckNo", "stckQty", "optWght") if not given.get(name)]
    if lacking:
        raise Refusal("400", f"{lacking[0]} 값은 필수입니다.")
    row, pieces = given["prdStckNo"], given["stckQty"]
    if row != call.parts[0] or not pieces.isdecimal() or int(pieces) > 999_999:
        raise Refusal("400", "잘못된 요청입니다.")
    listing = listings(call.world).get(given["prdNo"])
    if listing is None or row not in listing["rows"]:
        raise Refusal("404", "존재하지 않는 상품번호 또는 재고번호입니다.")
    rows = shelves.with_pieces(listing, {row: int(pieces)})
    if not shelves.pieces_of({**listing, "rows": rows}):
        raise Refusal("500", "재고수량은 0이 될 수 없습니다. 판매중지를 이용해 주세요.")
    _write(call, listing, "stock", rows=rows)
    said = (
        f"옵션재고 번호 {row}(상품번호:{listing['number']})의 수량이 업데이트 되었습니다. "
        f"변경된 수량 : {pieces}"
    )
    return told_client("200", said, productNo=row)


def display(on_sale: bool) -> Callable[[Call], Response]:
    """`stopdisplay` and `restartdisplay`: display and sale are one switch."""

    def answer(call: Call) -> Response:
        listing = _listing(call)
        if status_of(listing, call.now) not in _ALIVE:
            raise Refusal("500", "판매상태를 변경할 수 없는 상태입니다.")
        status = ON_SALE if on_sale else STOPPED
        _write(call, listing, "status", status=status)
        said = f"판매상태가 수정되었습니다. [STAT : {status}]"
        return told_client("200", said, productNo=listing["number"])

    return answer


def extend(call: Call) -> Response:
    """`PUT sellterm/{prdNo}/{days}`: so many days beyond the last one."""
    listing, days = _listing(call), call.parts[1]
    if days not in DAYS:
        raise Refusal("400", "판매기간 코드가 올바르지 않습니다.")
    if listing["ends"] is None or status_of(listing, call.now) not in (*_ALIVE, ENDED):
        raise Refusal("500", "판매기간을 연장할 수 없는 상품입니다.")
    ends = end_of_day(max(call.now, listing["ends"]) + int(days) * DAY)
    _write(call, listing, "extend", ends=ends)
    return told_client("200", "판매기간이 연장되었습니다.", productNo=listing["number"])


def _listing(call: Call) -> Listing:
    found = listings(call.world).get(call.parts[0])
    if found is None:
        raise Refusal("500", GONE)
    return found


def _write(call: Call, listing: Listing, what: str, **facts: Any) -> None:
    change(call.world, listing, writes=shelves.written(listing, what), **facts)
    call.world.record(f"listing_{what}", listing["number"])
