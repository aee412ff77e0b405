"""The listings of the world: what stands on the shelf, and what orders and the seller do to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hanpan.api import World, as_it_is, hide, seen, shelves
from plugins.interpark.sandbox.goods import MAIN, Goods, generated
from plugins.interpark.sandbox.lines import Row
from plugins.interpark.sandbox.wire import DAY, day_of, now_of

ON_SALE, SOLD_OUT, PAUSED, STOPPED, DELETED = "01", "02", "05", "03", "98"
NAMES = {
    ON_SALE: "판매중",
    SOLD_OUT: "품절",
    STOPPED: "판매중지",
    PAUSED: "일시품절",
    "09": "예약판매",
    DELETED: "삭제",
    "10": "판매금지",
}
"""saleStatTp (§2.3). 10 is only told; what it means there is invented."""
STOCK = 300


def listings(world: World) -> dict[str, Row]:
    """All listings by their number. A world that was kept before there were any gets them now."""
    if "listings" not in world.state:
        furnish(world, 0)
    found: dict[str, Row] = world.state["listings"]
    return found


def furnish(world: World, count: int) -> None:
    """Put `count` listings on the shelf: first what orders are of, all of it."""
    world.state["listings"] = {}
    for n in range(1, max(count, len(MAIN)) + 1):
        goods = MAIN[n - 1] if n <= len(MAIN) else generated(n)
        listings(world)[goods.number] = _listing(goods, n, now_of(world))


def _listing(goods: Goods, n: int, now: int) -> Row:
    more = n > len(MAIN)
    rows = {
        number: _row(_value(text), 500 * i if more else 0, code)
        for i, (text, number, code) in enumerate(goods.options)
    } or {"": _row("", 0, "")}
    return {
        "number": goods.number,
        "name": goods.name,
        "code": goods.code,
        "price": goods.price,
        "status": STOPPED if more and n % 40 == 0 else ON_SALE,
        "made": now - (n % 300 + 1) * DAY,
        "ends": None,
        "rows": rows,
        "writes": {},
    }


def _row(name: str, extra: int, code: str) -> Row:
    return {"name": name, "extra": extra, "code": code, "qty": STOCK, "sold": 0, "used": True}


def _value(text: str) -> str:
    """`색상: 블랙 / 사이즈: M` as reads have it: `블랙/M`."""
    return "/".join(part.partition(": ")[2] for part in text.split(" / "))


def status_of(listing: Row) -> str:
    """Its saleStatTp: what has no pieces is sold out."""
    status = str(listing["status"])
    return SOLD_OUT if status == ON_SALE and not shelves.pieces_of(listing) else status


def shown(world: World) -> Iterator[Row]:
    """The listings as reads show them now; what is deleted cannot be read."""
    now = now_of(world)
    told = (found for row in listings(world).values() if (found := seen(row, now)) is not None)
    return (row for row in told if row["status"] != DELETED)


def change(world: World, listing: Row, **facts: Any) -> None:
    """Change a listing; under a late-effect fault reads go on showing what it was for a while."""
    hide(world, listing, as_it_is(listing))
    listing.update(facts)
    world.dirty = True


# -- orders and acts ------------------------------------------------------------------------------


def take(world: World, line: Row) -> None:
    """An order line takes its pieces off, as far as there are some."""
    _move(world, line, -int(line.get("quantity", 1)))


def give_back(world: World, line: Row, pieces: int) -> None:
    """What was cancelled can be sold again."""
    _move(world, line, pieces)


def _move(world: World, line: Row, pieces: int) -> None:
    if "parent" in line:
        return  # added products stand on no shelf of their own
    goods = MAIN[line["goods"]]
    listing = listings(world).get(goods.number)
    if listing is not None:
        number = goods.options[line.get("option", 0)][1] if goods.options else ""
        change(world, listing, rows=shelves.moved(listing, number, pieces))


def edit_listing(world: World, data: Row) -> Any:
    """The seller changes the listing `product_no`: see `shelves.edits`; a `state` is a
    saleStatTp."""
    listing = shelves.listing_of(listings(world), data)
    states = set(NAMES) - {SOLD_OUT, DELETED}
    change(
        world,
        listing,
        **shelves.edits(
            listing, data, states=states, ends=lambda days: now_of(world) + int(days * DAY)
        ),
    )
    return listing["number"]


def sell_out(world: World, data: Row) -> Any:
    """Nothing is left of the listing `product_no`, or of its `option_no`."""
    listing = shelves.listing_of(listings(world), data)
    change(world, listing, rows=shelves.sold_out(listing, data))
    return listing["number"]


def remove_listing(world: World, data: Row) -> Any:
    """The listing `product_no` is deleted."""
    listing = shelves.listing_of(listings(world), data)
    change(world, listing, status=DELETED)
    return listing["number"]


def ledger(world: World) -> dict[str, Any]:
    """Per listing what is truly so, and how often what was written by the API."""
    return {
        number: {
            "name": one["name"],
            "code": one["code"],
            "price": one["price"],
            "state": status_of(one),
            "on_sale": one["status"] in (ON_SALE, SOLD_OUT, PAUSED, "09"),
            "displayed": None,
            "stock": shelves.pieces_of(one),
            "options": {
                key: {"stock": row["qty"], "extra": row["extra"], "used": row["used"]}
                for key, row in one["rows"].items()
            },
            "sale_ends": None,
            "kept": [[row["name"], row["code"], row["used"]] for row in one["rows"].values()],
            "writes": dict(one["writes"]),
        }
        for number, one in listings(world).items()
        if one["status"] != DELETED
    }


def export(world: World) -> list[list[Any]]:
    """The product list that the seller centre gives out as a file (§9: its columns are guessed)."""
    head = ["No", "상품번호", "업체상품코드", "상품명", "판매가(원)", "판매상태", "판매수량",
            "전시카테고리", "등록일"]  # fmt: skip
    rows = [
        [
            n, one["number"], one["code"], one["name"], one["price"], NAMES[status_of(one)],
            shelves.pieces_of(one), "생활>연습", day_of(one['made']),
        ]
        for n, one in enumerate(shown(world), start=1)
    ]  # fmt: skip
    return [["상품조회/수정"], [], head, *rows]
