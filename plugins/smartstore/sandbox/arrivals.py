"""How product orders come into the world: whole orders, with bundles and 추가구성상품."""

from __future__ import annotations

from typing import Any

from hanpan.api import World, ordered
from plugins.smartstore.sandbox.goods import EXTRA, MAIN
from plugins.smartstore.sandbox.lines import Row, add
from plugins.smartstore.sandbox.listings import sell
from plugins.smartstore.sandbox.wire import DAY, day_of, now_of

FEE = 3000
KST = 9 * 3600 * 1000


def arrive(
    world: World,
    *,
    at: int,
    lines: int = 1,
    addons: int = 0,
    goods: int | None = None,
    quantity: int = 1,
    waiting: bool = False,
    gift: bool = False,
    facts: dict[str, Any] | None = None,
) -> list[Row]:
    """One order paid (or, `waiting`, only placed) at `at`: `lines` main products that share a
    parcel, and `addons` 추가구성상품 of the first. `facts` go into every row."""
    rng = world.rng
    ordered = at - 30_000
    day = day_of(ordered)
    shared: Row = {
        "order": f"{day}1{world.number('order') % 10**7:07d}",
        "buyer": rng.randrange(10_000),
        "package": f"{day}3{world.number('package') % 10**7:07d}",
        "ordered": ordered,
        "changed": at // 10 * 10,
    }
    if waiting:
        shared |= {"status": "PAYMENT_WAITING", "change": "PAY_WAITING"}
    else:
        shared |= {"paid": at, "due": _due(at)}
    if gift:
        shared["gift"] = "WAIT_FOR_RECEIVING"
    made: list[Row] = []
    for n in range(lines + addons):
        addon = n >= lines
        row = {**shared, "id": f"{day}2{world.number('line') % 10**7:07d}"}
        row["goods"] = world.pick(None if n else goods, len(EXTRA if addon else MAIN))
        if addon:
            row |= {"main": made[0]["id"], "of": made[0]["goods"]}
        elif MAIN[row["goods"]].options:
            row["option"] = rng.randrange(len(MAIN[row["goods"]].options))
        if quantity > 1 and not addon:
            row["quantity"] = quantity
        if n == 0:
            row["fee"] = FEE
        row |= facts or {}
        add(world, row)
        made.append(row)
    return made


def arrive_as_told(world: World, data: dict[str, Any]) -> list[dict[str, Any]]:
    """Orders described by JSON: `orders` of them (1), each with `lines`, `addons`, `goods`,
    `quantity`, `gift`, `waiting`, paid `minutes_ago` (0). Raises ValueError."""
    count, ago, told = ordered(data, {"lines", "addons", "goods", "quantity", "gift", "waiting"})
    at = now_of(world) - int(ago * 1000)
    made = [_sold(world, arrive(world, at=at, **told)) for _ in range(count)]
    return [{"order": rows[0]["order"], "lines": [row["id"] for row in rows]} for rows in made]


def trickle(world: World) -> None:
    """Let orders come by themselves."""
    for _ in range(world.trickled()):
        lines = world.rng.choice((1, 1, 1, 2))
        _sold(world, arrive(world, at=now_of(world), lines=lines, addons=0))


def _sold(world: World, made: list[Row]) -> list[Row]:
    """What was paid now comes off the stock; a seed's orders of before did so before."""
    for row in made:
        if row.get("paid"):
            sell(world, row, row.get("quantity", 1))
    return made


def _due(at: int) -> int:
    """Three days later, at the end of the Korean day."""
    return (at + KST) // DAY * DAY - KST + 4 * DAY - 1000
