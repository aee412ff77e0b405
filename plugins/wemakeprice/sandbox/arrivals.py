"""How orders come into the world: a purchase with its bundles, products and option lines (§5)."""

from __future__ import annotations

from typing import Any

from hanpan.api import World, ordered
from plugins.wemakeprice.sandbox import listings
from plugins.wemakeprice.sandbox.bundles import Row, add, lines_of
from plugins.wemakeprice.sandbox.goods import GOODS
from plugins.wemakeprice.sandbox.wire import DAY, now_of

FEE = 3000
_KST = 9 * 3600
TOLD = {"lines", "goods", "quantity", "bundles", "text", "collect"}


def arrive(
    world: World,
    *,
    at: int,
    lines: int = 1,
    goods: int | None = None,
    quantity: int = 1,
    bundles: int = 1,
    text: str = "",
    collect: bool = False,
    facts: Row | None = None,
) -> list[Row]:
    """One purchase paid at `at`: `bundles` of them, each of `lines` lines. Every second line is
    another option of the product before it, where that has one. `text` is what the buyer typed
    for the first line; `collect` leaves the fee to the courier."""
    purchase = str(80_000_000 + world.number("purchase"))
    buyer = world.rng.randrange(10_000)
    made = []
    for _ in range(bundles):
        row: Row = {
            "no": str(90_000_000 + world.number("bundle")),
            "purchase": purchase,
            "buyer": buyer,
            "ordered": at - 30,
            "paid": at,
            "due": (at + _KST) // DAY * DAY - _KST + 3 * DAY - 1,
            "status": "NEW",
            "fee": FEE,
            "products": _products(world, lines, goods, quantity, text),
        }
        row |= ({"collect": True} if collect else {}) | (facts or {})
        add(world, row)
        made.append(row)
    return made


def _products(world: World, lines: int, goods: int | None, quantity: int, text: str) -> list[Row]:
    products: list[Row] = []
    for n in range(lines):
        last = products[-1] if products else None
        if n % 2 and last and len(GOODS[last["goods"]].options) > 1:
            first = last["options"][0]["option"]
            other = (first + 1) % len(GOODS[last["goods"]].options)
            last["options"].append(_option(world, other, quantity))
            continue
        kind = world.pick(None if n else goods, len(GOODS))
        option = _option(world, world.rng.randrange(len(GOODS[kind].options)), quantity)
        if text and not n:
            option["text"] = f"텍스트를 입력해주세요 : {text}"
        number = str(70_000_000 + world.number("order"))
        products.append({"no": number, "goods": kind, "options": [option]})
    return products


def _option(world: World, option: int, quantity: int) -> Row:
    number = str(60_000_000 + world.number("line"))
    return {"no": number, "option": option, "quantity": quantity}


def arrive_as_told(world: World, data: dict[str, Any]) -> list[dict[str, Any]]:
    """Orders described by JSON: `orders` of them (1), each with `lines`, `goods`, `quantity`,
    `bundles`, `text`, `collect`, paid `minutes_ago` (0). Raises ValueError."""
    count, ago, told = ordered(data, TOLD)
    at = now_of(world) - int(ago)
    made = [_bought(world, at=at, **told) for _ in range(count)]
    return [
        {
            "order": rows[0]["purchase"],
            "bundles": [row["no"] for row in rows],
            "lines": [key for row in rows for key, _, _ in lines_of(row)],
        }
        for rows in made
    ]


def trickle(world: World) -> None:
    """Let orders come by themselves."""
    for _ in range(world.trickled()):
        _bought(world, at=now_of(world), lines=world.rng.choice((1, 1, 1, 2)))


def _bought(world: World, **told: Any) -> list[Row]:
    """A purchase that takes its pieces off the shelf (those of a seed were taken before)."""
    made = arrive(world, **told)
    for row in made:
        for _, product, option in lines_of(row):
            number = GOODS[product["goods"]].options[option["option"]].number
            listings.take(world, product, {str(number): option["quantity"]})
    return made
