"""The listings of the world and its deals: kept as the wire's own parts, so that what a write
leaves out of a part is really gone. Parts are replaced, never changed in place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hanpan.api import World, as_it_is, hide, seen, shelves
from plugins.wemakeprice.assumed import OPTION_NO
from plugins.wemakeprice.sandbox.bundles import Row
from plugins.wemakeprice.sandbox.goods import GOODS, Goods, generated
from plugins.wemakeprice.sandbox.wire import DAY, minute, now_of, read_minute

ON, OFF = "A", "S"
"""productStatus (§2)."""
ON_SALE, SOLD_OUT, STOPPED, WAITING, ENDED = "판매중", "품절", "판매중지", "판매대기", "판매종료"
STOCK = 300
_DAYS_LEFT = (3, 20, 45, None, 365)
"""Until when listings are sold, one after the other; None are always sold (상시)."""
_PER_DEAL = 4
ALONE = "단품"


def listings(world: World) -> dict[str, Row]:
    """All listings by their number. A world that was kept before there were any gets them now."""
    if "listings" not in world.state:
        furnish(world, 0)
    found: dict[str, Row] = world.state["listings"]
    return found


def furnish(world: World, count: int) -> None:
    """Put `count` listings on the shelf: first what orders are of, all of it; then deals of a few
    each."""
    world.state |= {"listings": {}, "deals": {}}
    now = now_of(world)
    for n in range(1, max(count, len(GOODS)) + 1):
        goods = GOODS[n - 1] if n <= len(GOODS) else generated(n)
        listings(world)[str(goods.number)] = _listing(goods, n, now)
    numbers = list(listings(world))[1::2]
    for n, at in enumerate(range(0, len(numbers), _PER_DEAL), start=1):
        world.state["deals"][str(30_000_000 + n)] = {
            "name": f"연습 딜 {n}",
            "products": numbers[at : at + _PER_DEAL],
            "starts": now - 30 * DAY,
            "ends": now + (n % 60 + 1) * DAY,
        }


def _listing(goods: Goods, n: int, now: int) -> Row:
    days = _DAYS_LEFT[n % len(_DAYS_LEFT)]
    used = goods.options[0].text != ALONE
    made = now - (n % 300 + 1) * DAY
    return {
        "no": goods.number,
        "made": made,
        "status": OFF if n > len(GOODS) and n % 40 == 0 else ON,
        "basic": {
            "productName": goods.name, "productType": "N", "dcateCode": "12345678",
            "shipPolicyNo": 1001, "adultLimitYn": "N", "displayYn": "Y", "bizYn": "N",
            "brandNo": 0, "makerNo": 0,
        },
        "sale": {
            "salePeriod": "A" if days is None else "P",
            "saleStartDate": minute(made), "saleEndDate": minute(now + (days or 3650) * DAY),
            "originPrice": goods.list_price, "salePrice": goods.price,
            "stockCount": 0 if used else STOCK, "taxYn": "Y", "purchaseMinCount": 1,
            "purchaseLimitYn": "N", "purchaseLimitDuration": None, "purchaseLimitDay": 0,
            "purchaseLimitCount": 0, "basketLimitYn": "N", "referencePriceType": "ONL",
        },
        "detail": {
            "basicImgUrl": f"https://img.example.com/{goods.number}.jpg", "addImgUrlList": [],
            "listImgUrl": f"https://img.example.com/{goods.number}-w.jpg", "descType": "HTML",
            "descImgUrlList": [], "descHtml": f"<p>{goods.name}</p>",
        },
        "option": _options(goods) if used else {"selectOptionUseYn": "N", "textOptionUseYn": "N"},
        "etc": {
            "parallelImportYn": "N", "kcKidIsCertification": "N", "sellerProdCode": goods.code,
            "priceComparisonSiteYn": "Y", "keywordWemakeprice": "연습", "displayOnlyDealYn": "N",
        },
        "writes": {},
    }  # fmt: skip


def _options(goods: Goods) -> Row:
    depth = goods.options[0].text.count("/") + 1
    titles = {f"selectOptionTitle{n + 1}": f"옵션{n + 1}" for n in range(depth)}
    rows = []
    for one in goods.options:
        values = {f"optionValue{n + 1}": text for n, text in enumerate(one.text.split("/"))}
        rows.append(
            {OPTION_NO: one.number, **values, "optAddPrice": one.extra, "saleStatus": "A",
             "stockCount": STOCK, "displayYn": "Y", "sellerOptionCode": one.code}
        )  # fmt: skip
    return {
        "selectOptionUseYn": "Y", "selectOptionDepth": depth, **titles,
        "selectOptionValueList": rows, "textOptionUseYn": "N", "textOptionDepth": 0,
    }  # fmt: skip


# -- what is so now -------------------------------------------------------------------------------


def rows_of(listing: Row) -> dict[str, Row]:
    """Its option rows by number; "" for a product without options."""
    rows = listing["option"].get("selectOptionValueList") or []
    if listing["option"].get("selectOptionUseYn") != "Y":
        rows = [{OPTION_NO: "", "stockCount": listing["sale"]["stockCount"]}]
    return {str(row[OPTION_NO]): row for row in rows}


def pieces_of(listing: Row) -> int:
    """The pieces of all its rows."""
    return sum(int(row["stockCount"]) for row in rows_of(listing).values())


def word_of(listing: Row, now: int) -> str:
    """Its productStatusName."""
    starts, ends = (
        read_minute(listing["sale"].get(name)) for name in ("saleStartDate", "saleEndDate")
    )
    if listing["sale"]["salePeriod"] == "P" and ends is not None and ends <= now:
        return ENDED
    if listing["status"] == OFF:
        return STOPPED
    if starts is not None and starts > now:
        return WAITING
    return ON_SALE if pieces_of(listing) else SOLD_OUT


def shown(world: World) -> Iterator[Row]:
    """The listings as reads show them now."""
    now = now_of(world)
    return (found for row in listings(world).values() if (found := seen(row, now)) is not None)


def change(world: World, listing: Row, **facts: Any) -> None:
    """Change a listing; reads show it late under that fault."""
    hide(world, listing, as_it_is(listing))
    listing.update(facts)
    world.dirty = True


CHANGED = ("displayYn", "salePrice", "stockCount", "salePeriod", "saleStartDate", "saleEndDate")
"""What of a product changes with its price, stock, display and period: the rest is kept."""


def ledger(world: World) -> dict[str, Any]:
    """Per listing what is truly so, and how often what was written by the API."""
    now = now_of(world)
    return {number: _told(one, now) for number, one in listings(world).items()}


def _told(one: Row, now: int) -> Row:
    sale = one["sale"]
    return {
        "name": one["basic"].get("productName"),
        "code": one["etc"].get("sellerProdCode"),
        "price": sale.get("salePrice"),
        "state": word_of(one, now),
        "on_sale": word_of(one, now) in (ON_SALE, SOLD_OUT, WAITING),
        "displayed": one["basic"].get("displayYn") == "Y",
        "stock": pieces_of(one),
        "options": {
            key: {"stock": row["stockCount"], "extra": row.get("optAddPrice", 0)}
            for key, row in rows_of(one).items()
        },
        "sale_ends": None if sale["salePeriod"] == "A" else _iso(sale["saleEndDate"]),
        "parts": {name: sorted(one[name]) for name in ("basic", "sale", "option")},
        "kept": [
            {name: value for name, value in one[part].items() if name not in CHANGED}
            for part in ("basic", "sale", "etc")
        ],
        "writes": dict(one["writes"]),
    }


def _iso(text: str) -> str:
    return f"{text.replace(' ', 'T')}:00+09:00"


# -- orders and acts ------------------------------------------------------------------------------


def take(world: World, product: Row, pieces: dict[str, int]) -> None:
    """Orders take pieces (by option number) off a product, or, less than 0, give them back."""
    listing = listings(world).get(str(GOODS[product["goods"]].number))
    if listing is not None:
        put(world, listing, pieces, add=True)


def put(world: World, listing: Row, pieces: dict[str, int], *, add: bool = False) -> None:
    """Set the pieces of rows, or take so many off."""
    rows = rows_of(listing)
    only = "" in rows
    wanted = {
        key: max(0, rows[key]["stockCount"] - number) if add else number
        for given, number in pieces.items()
        for key in ["" if only and given not in rows else given]
    }
    if only:
        change(world, listing, sale={**listing["sale"], "stockCount": wanted[""]})
        return
    told = [{**row, "stockCount": wanted.get(key, row["stockCount"])} for key, row in rows.items()]
    change(world, listing, option={**listing["option"], "selectOptionValueList": told})


def edit_listing(world: World, data: Row) -> Any:
    """The seller changes the listing `product_no`: see `shelves.edits`; a `state` is A or S."""
    listing = shelves.listing_of(listings(world), data)
    like = {"number": str(listing["no"]), "rows": {
        key: {"qty": row["stockCount"]} for key, row in rows_of(listing).items()
    }}  # fmt: skip
    facts = shelves.edits(
        like, data, states=(ON, OFF), ends=lambda days: now_of(world) + int(days * DAY)
    )
    if "rows" in facts:
        put(world, listing, {key: row["qty"] for key, row in facts["rows"].items()})
    basic, sale, etc = (dict(listing[name]) for name in ("basic", "sale", "etc"))
    if "name" in facts:
        basic["productName"] = facts["name"]
    if "displayed" in facts:
        basic["displayYn"] = "Y" if facts["displayed"] else "N"
    if "code" in facts:
        etc["sellerProdCode"] = facts["code"]
    if "price" in facts:
        sale |= {
            "salePrice": facts["price"],
            "originPrice": max(facts["price"], sale["originPrice"]),
        }
    if "ends" in facts:
        ends = facts["ends"]
        sale |= {"salePeriod": "A"} if ends is None else {
            "salePeriod": "P", "saleEndDate": minute(ends),
        }  # fmt: skip
    status = facts.get("status", listing["status"])
    change(world, listing, basic=basic, sale=sale, etc=etc, status=status)
    return str(listing["no"])


def sell_out(world: World, data: Row) -> Any:
    """Nothing is left of the listing `product_no`, or of its `option_no`."""
    listing = shelves.listing_of(listings(world), data)
    keys = [str(data["option_no"])] if "option_no" in data else list(rows_of(listing))
    if set(keys) - set(rows_of(listing)):
        raise ValueError(f"the rows of {listing['no']} are {', '.join(rows_of(listing))}")
    put(world, listing, dict.fromkeys(keys, 0))
    return str(listing["no"])


def remove_listing(world: World, data: Row) -> Any:
    """The listing `product_no` is deleted."""
    number = str(shelves.listing_of(listings(world), data)["no"])
    del listings(world)[number]
    world.dirty = True
    return number


# -- files ----------------------------------------------------------------------------------------


def product_list(world: World) -> list[list[Any]]:
    """상품조회 as a file (§12: its columns are guessed)."""
    now = now_of(world)
    head = ["상품번호", "상품명", "판매자상품코드", "판매가", "재고수량", "판매상태", "노출여부",
            "배송비종류", "판매시작일", "판매종료일"]  # fmt: skip
    rows = [
        [
            number, one["basic"]["productName"], one["etc"]["sellerProdCode"],
            one["sale"]["salePrice"], pieces_of(one), word_of(one, now),
            "노출" if one["basic"]["displayYn"] == "Y" else "비노출", "조건부무료",
            one["sale"]["saleStartDate"],
            "" if one["sale"]["salePeriod"] == "A" else one["sale"]["saleEndDate"],
        ]
        for number, one in listings(world).items()
    ]  # fmt: skip
    return [["상품조회"], head, *rows]


def deal_list(world: World) -> list[list[Any]]:
    """딜조회 as a file, a row for each product of a deal (§12: its columns are guessed)."""
    listings(world)  # a world that was kept before there were any gets them now
    now = now_of(world)
    rows = [
        [
            number if not place else "", deal["name"] if not place else "", product,
            ON_SALE if deal["ends"] > now else ENDED, minute(deal["starts"]), minute(deal["ends"]),
        ]
        for number, deal in world.state["deals"].items()
        for place, product in enumerate(deal["products"])
    ]  # fmt: skip
    return [["딜조회"], ["딜번호", "딜명", "상품번호", "딜상태", "시작일", "종료일"], *rows]
