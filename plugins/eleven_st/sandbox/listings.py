"""The listings of the world: what stands on the shelf, and what orders and the seller do to it.

A listing is one row of JSON; nested values are replaced, never changed in place, so that the copy
kept for `hidden` stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hanpan.api import World, as_it_is, hide, seen, shelves
from plugins.eleven_st.sandbox.goods import MAIN, Goods, generated, goods_of
from plugins.eleven_st.sandbox.wire import DAY, HOUR, now_of, when

Listing = dict[str, Any]
Data = dict[str, Any]

ON_SALE, SOLD_OUT, STOPPED, ENDED = "103", "104", "105", "106"
NAMES = {
    "101": "승인대기",
    ON_SALE: "판매중",
    SOLD_OUT: "품절",
    STOPPED: "전시중지",
    ENDED: "판매정상종료",
    "107": "판매강제종료",
    "108": "판매금지",
}
STOCK = 300
HEAD = (
    "상품번호", "판매자 상품코드", "상품명", "판매상태", "판매가(원)", "재고수량", "카테고리",
    "판매시작일", "판매종료일", "등록일",
)  # fmt: skip
_KST = 9 * HOUR
_DAYS_LEFT = (3, 20, 45, None, 365)
"""Until when listings are sold, one after the other; None has no end."""


def listings(world: World) -> dict[str, Listing]:
    """All listings by their number. A world that was kept before there were any gets them now."""
    if "listings" not in world.state:
        furnish(world, 0)
    found: dict[str, Listing] = world.state["listings"]
    return found


def furnish(world: World, count: int) -> None:
    """Put `count` listings on the shelf: first what orders are of, all of it."""
    world.state["listings"] = {}
    now = now_of(world)
    for n in range(1, max(count, len(MAIN)) + 1):
        goods = MAIN[n - 1] if n <= len(MAIN) else generated(n)
        listings(world)[goods.number] = _listing(goods, n, now)


def _listing(goods: Goods, n: int, now: int) -> Listing:
    days = _DAYS_LEFT[n % len(_DAYS_LEFT)]
    made = now - (n % 300 + 1) * DAY
    rows = {
        option.stock: _row(*_parts(option.text), option.extra, option.code)
        for option in goods.options
    } or {goods.stock: _row("", "", 0, "")}
    return {
        "number": goods.number,
        "name": goods.name,
        "code": goods.code,
        "price": goods.price,
        "off": goods.off,
        "status": STOPPED if n > len(MAIN) and n % 40 == 0 else ON_SALE,
        "made": made,
        "starts": end_of_day(made) - DAY + 1,
        "ends": None if days is None else end_of_day(now + days * DAY),
        "changed": made,
        "rows": rows,
        "writes": {},
    }


def _row(axes: str, values: str, extra: int, code: str) -> Data:
    return {
        "axes": axes, "values": values, "extra": extra, "code": code, "qty": STOCK, "sold": 0,
    }  # fmt: skip


def _parts(text: str) -> tuple[str, str]:
    """`색상:블랙,사이즈:M` as stock rows have it: `색상,사이즈` and `블랙,M`."""
    pairs = [part.split(":") for part in text.split(",")]
    return ",".join(name for name, _ in pairs), ",".join(value for _, value in pairs)


def end_of_day(moment: int) -> int:
    """The last second of the Korean day of a moment."""
    return (moment + _KST) // DAY * DAY - _KST + DAY - 1


def status_of(listing: Listing, now: float) -> str:
    """Its selStatCd: what has no pieces is sold out, what is past its last day has ended."""
    status = str(listing["status"])
    if status in (ON_SALE, STOPPED) and listing["ends"] is not None and listing["ends"] < now:
        return ENDED
    return SOLD_OUT if status == ON_SALE and not shelves.pieces_of(listing) else status


def shown(world: World) -> Iterator[Listing]:
    """The listings as reads show them now."""
    now = world.now().timestamp()
    return (found for row in listings(world).values() if (found := seen(row, now)) is not None)


def change(world: World, listing: Listing, **facts: Any) -> None:
    """Change a listing; under a late-effect fault reads go on showing what it was for a while."""
    now = world.now().timestamp()
    hide(world, listing, as_it_is(listing))
    listing.update(facts, changed=int(now))
    world.dirty = True


def export(world: World) -> list[list[Any]]:
    """The product list that the seller office gives out as a file: a title, the header under it
    (§10.1: its columns are guessed), and a row for each listing."""
    now = world.now().timestamp()
    rows = [
        [
            number, one["code"], one["name"], NAMES[status_of(one, now)], f"{one['price']:,}",
            shelves.pieces_of(one), "패션 > 의류", when(one["starts"]),
            "" if one["ends"] is None else when(one["ends"]), when(one["made"]),
        ]
        for number, one in listings(world).items()
    ]  # fmt: skip
    return [["상품조회/수정 목록"], list(HEAD), *rows]


# -- orders -------------------------------------------------------------------------------------


def take(world: World, line: Data) -> None:
    """An order line takes its pieces off, as far as there are some."""
    _move(world, line, -int(line.get("qty", 1)))


def give_back(world: World, line: Data, pieces: int) -> None:
    """What was cancelled can be sold again."""
    _move(world, line, pieces)


def _move(world: World, line: Data, pieces: int) -> None:
    goods, option = goods_of(line)
    listing = listings(world).get(goods.number)
    if listing is None or "main" in line:
        return  # the stock of 추가구성상품 is not told (§5.3)
    number = option.stock if option else goods.stock
    change(world, listing, rows=shelves.moved(listing, number, pieces))
