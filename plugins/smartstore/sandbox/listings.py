"""The listings of the world: kept as rows, made of the wares, their stock taken and given back.

A row's `tree` is the wire's originProduct and `channel` its smartstoreChannelProduct. Both are
replaced, never changed in place, so that the copy kept for `hidden` stays what it was.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from hanpan.api import World, as_it_is, seen
from plugins.smartstore.sandbox.goods import MAIN
from plugins.smartstore.sandbox.lines import hide
from plugins.smartstore.sandbox.trees import generated, tree_of
from plugins.smartstore.sandbox.wire import DAY, iso, now_of, read_time

Row = dict[str, Any]
Tree = dict[str, Any]

KINDS = ("optionCombinations", "optionStandards")
KST = 9 * 3_600_000
ENDS = {2: 4, 5: 60, 8: 6}
"""Which of the wares are sold for how many more days; the others do not end."""
MORE_KINDS = {4: "optionStandards", 7: "optionSimple"}
"""What kind of options every eighth generated listing has; the others those of its ware."""


def listings(world: World) -> dict[str, Row]:
    """All listings by their channelProductNo; a world of before there were any gets its own."""
    if "listings" not in world.state:
        furnish(world, len(MAIN))
    found: dict[str, Row] = world.state["listings"]
    return found


def furnish(world: World, count: int) -> None:
    """So many listings: first what orders are about, then generated ones."""
    wares = [*MAIN[:count], *(generated(n) for n in range(1, count - len(MAIN) + 1))]
    now = now_of(world)
    world.state["listings"] = {}
    world.dirty = True
    for place, goods in enumerate(wares, start=1):
        more = place > len(MAIN)
        kind = MORE_KINDS.get(place % 8, "") if more else ""
        days = place * 7 % 90 + 1 if more and place % 3 else ENDS.get(place)
        row: Row = {
            "id": goods.channel_no,
            "origin": goods.origin_no,
            "tree": summed(tree_of(goods, kind, _last_minute(now, days) if days else None)),
            "channel": {"naverShoppingRegistration": True, "channelProductDisplayStatusType": "ON"},
            "registered": now - (90 - place % 60) * DAY,
            "modified": now - place % 30 * DAY - 3_600_000,
            "writes": {},
        }
        listings(world)[row["id"]] = row


def _last_minute(now: int, days: int) -> str:
    """23:59 in Korea so many days from now: a sale ends at minute 59 only."""
    return iso((now + KST) // DAY * DAY - KST + (days + 1) * DAY - 60_000)


# -- what is so now -----------------------------------------------------------------------------


def option_rows(tree: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """What the option rows with a stock are called, and the rows."""
    info = tree["detailAttribute"].get("optionInfo") or {}
    return next(((kind, info[kind]) for kind in KINDS if info.get(kind)), ("", []))


def status_of(tree: Mapping[str, Any], now: int) -> str:
    """Its statusType: what is kept, or what the sale period makes of it."""
    status = str(tree["statusType"])
    ends, starts = (read_time(str(tree.get(name))) for name in ("saleEndDate", "saleStartDate"))
    if ends is not None and ends <= now and status != "PROHIBITION":
        return "CLOSE"
    return "WAIT" if starts is not None and starts > now and status == "SALE" else status


def shown(world: World) -> list[Row]:
    """The listings as reads show them now, by number."""
    now = now_of(world)
    rows = (seen(row, now) for row in listings(world).values())
    return sorted((row for row in rows if row is not None), key=lambda row: int(row["id"]))


CHANGED = ("statusType", "salePrice", "stockQuantity", "saleStartDate", "saleEndDate")
"""What of a product changes with its price, stock, state and period: the rest is kept."""


def _kept(tree: Tree) -> Tree:
    kept = {name: value for name, value in tree.items() if name not in CHANGED}
    name, rows = option_rows(tree)
    if rows:
        info = {**tree["detailAttribute"]["optionInfo"]}
        info[name] = [{**row, "stockQuantity": None} for row in rows]
        kept["detailAttribute"] = {**tree["detailAttribute"], "optionInfo": info}
    return kept


def ledger(world: World) -> dict[str, Any]:
    """Per listing what is truly so, and how often what was written by the API."""
    now = now_of(world)
    return {key: _told(row, now) for key, row in listings(world).items()}


def _told(row: Row, now: int) -> dict[str, Any]:
    tree = row["tree"]
    _, rows = option_rows(tree)
    options = {
        str(one["id"]): {"stock": one["stockQuantity"], "extra": one.get("price") or 0}
        for one in rows
    }
    return {
        "origin": row["origin"],
        "name": tree["name"],
        "code": (tree["detailAttribute"].get("sellerCodeInfo") or {}).get("sellerManagementCode"),
        "price": tree["salePrice"],
        "state": status_of(tree, now),
        "on_sale": status_of(tree, now) in ("SALE", "OUTOFSTOCK", "WAIT"),
        "displayed": row["channel"]["channelProductDisplayStatusType"] == "ON",
        "stock": tree["stockQuantity"],
        "options": options or {"": {"stock": tree["stockQuantity"], "extra": 0}},
        "sale_ends": tree.get("saleEndDate"),
        "kept": _kept(tree),
        "writes": dict(row["writes"]),
    }


# -- changes ------------------------------------------------------------------------------------


def change(world: World, row: Row, **facts: Any) -> None:
    """Change a listing; under a late-effect fault reads show it later."""
    hide(world, row, as_it_is(row))
    row.update(facts)
    row["modified"] = now_of(world)
    world.dirty = True


def written(world: World, row: Row, kinds: tuple[str, ...], **facts: Any) -> None:
    """Change a listing by the API; `kinds` are price, stock, status, display and extend."""
    writes = {**row["writes"]}
    for kind in kinds:
        writes[kind] = writes.get(kind, 0) + 1
        world.record(f"listing_{kind}", row["id"])
    change(world, row, writes=writes, **facts)


def summed(tree: Tree) -> Tree:
    """The tree with the sum of its options as its stock; one that is sold and has none is 품절."""
    _, rows = option_rows(tree)
    if rows:
        tree["stockQuantity"] = sum(row["stockQuantity"] for row in rows)
    if tree["statusType"] == "SALE" and not tree["stockQuantity"]:
        tree["statusType"] = "OUTOFSTOCK"
    return tree


def stocked(tree: Tree, stocks: Mapping[str, int]) -> Tree:
    """A copy with other stocks by option id, "" for a product without options."""
    fresh = copy.deepcopy(tree)
    _, rows = option_rows(fresh)
    for row in rows:
        row["stockQuantity"] = stocks.get(str(row["id"]), row["stockQuantity"])
    if not rows:
        fresh["stockQuantity"] = stocks.get("", fresh["stockQuantity"])
    return summed(fresh)


def sell(world: World, line: Row, pieces: int) -> None:
    """Take what a main product's line is about off its listing, or, negative, give it back.

    An order comes all the same when there is less: its buyer was a moment earlier.
    """
    if "main" in line:
        return
    goods = MAIN[line["goods"]]
    row = listings(world).get(goods.channel_no)
    if row is None:
        return
    number = goods.options[line.get("option", 0)].number if goods.options else ""
    _, rows = option_rows(row["tree"])
    stocks = {str(one["id"]): one["stockQuantity"] for one in rows}
    stocks = stocks or {"": row["tree"]["stockQuantity"]}
    if number not in stocks:
        return
    tree = stocked(row["tree"], {number: max(0, stocks[number] - pieces)})
    if tree["statusType"] == "OUTOFSTOCK" and tree["stockQuantity"]:
        tree["statusType"] = "SALE"
    change(world, row, tree=tree)
