"""How order lines come into the world: whole orders, with added products (§5.1)."""

from __future__ import annotations

from typing import Any

from hanpan.api import World, ordered
from plugins.interpark.sandbox import listings
from plugins.interpark.sandbox.goods import EXTRA, MAIN
from plugins.interpark.sandbox.lines import Row, add
from plugins.interpark.sandbox.wire import now_of, stamp

FEE = 3000
PAYING = 30
"""Seconds between order and payment."""


def arrive(
    world: World,
    *,
    at: int,
    lines: int = 1,
    addons: int = 0,
    goods: int | None = None,
    quantity: int = 1,
    collected: bool = False,
    facts: dict[str, Any] | None = None,
) -> list[Row]:
    """One order paid at `at`: `lines` main products, and `addons` added products of the first.
    `facts` go into every row."""
    rng = world.rng
    ordered = at - PAYING
    order = f"{stamp(ordered)}{world.number('order') % 10**6:06d}"
    shared: Row = {
        "order": order,
        "buyer": rng.randrange(10_000),
        "ordered": ordered,
        "paid": at,
        "changed": at,
        "order_fee": FEE,
    }
    if collected:
        shared["collected"] = True
    made: list[Row] = []
    for n in range(lines + addons):
        addon = n >= lines
        seq = str(n + 1)
        row = {**shared, "id": f"{order}-{seq}", "seq": seq}
        row["goods"] = world.pick(None if n else goods, len(EXTRA if addon else MAIN))
        if addon:
            row |= {"type": "03", "parent": "1"}
        elif MAIN[row["goods"]].options:
            row["option"] = rng.randrange(len(MAIN[row["goods"]].options))
        if addons and n == 0:
            row["type"] = "02"
        if quantity > 1 and not addon:
            row["quantity"] = quantity
        row |= facts or {}
        add(world, row)
        made.append(row)
    return made


def arrive_as_told(world: World, data: dict[str, Any]) -> list[dict[str, Any]]:
    """Orders described by JSON: `orders` of them (1), each with `lines`, `addons`, `goods`,
    `quantity`, `collected`, paid `minutes_ago` (0). Raises ValueError."""
    count, ago, told = ordered(data, {"lines", "addons", "goods", "quantity", "collected"})
    at = now_of(world) - int(ago)
    made = [_bought(world, at=at, **told) for _ in range(count)]
    return [{"order": rows[0]["order"], "lines": [row["id"] for row in rows]} for rows in made]


def trickle(world: World) -> None:
    """Let orders come by themselves."""
    for _ in range(world.trickled()):
        _bought(world, at=now_of(world), lines=world.rng.choice((1, 1, 1, 2)))


def _bought(world: World, **told: Any) -> list[Row]:
    """An order that takes its pieces off the shelf (those of a seed were taken before)."""
    made = arrive(world, **told)
    for row in made:
        listings.take(world, row)
    return made
