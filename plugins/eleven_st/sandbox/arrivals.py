"""How order lines come into the world: whole orders, with bundles and 추가구성상품."""

from __future__ import annotations

from typing import Any

from hanpan.api import World, ordered
from plugins.eleven_st.sandbox import listings
from plugins.eleven_st.sandbox.goods import EXTRA, MAIN
from plugins.eleven_st.sandbox.lines import Row, add
from plugins.eleven_st.sandbox.wire import DAY, HOUR, day_of, now_of

FEE = 3000
KST = 9 * HOUR
TOLD = {"lines", "addons", "goods", "quantity", "same", "waiting", "worldwide"}


def arrive(
    world: World,
    *,
    at: int,
    lines: int = 1,
    addons: int = 0,
    goods: int | None = None,
    quantity: int = 1,
    same: bool = False,
    waiting: bool = False,
    facts: dict[str, Any] | None = None,
) -> list[Row]:
    """One order paid (or, `waiting`, only placed) at `at`: `lines` main products in one delivery
    (`same`: of one product), and `addons` 추가구성상품 of the first. `facts` go into every row."""
    rng = world.rng
    ordered = at - 30
    shared: Row = {
        "order": f"{day_of(ordered)}{world.number('order') % 10**9:09d}",
        "dlv": str(2_700_000_000 + world.number("delivery")),
        "buyer": rng.randrange(10_000),
        "ordered": ordered,
    }
    if lines + addons > 1:
        shared["bundled"] = True
    if waiting:
        shared["state"] = "102"
    else:
        shared |= {"paid": at, "due": _due(at)}
    made: list[Row] = []
    for n in range(lines + addons):
        row = {**shared, "seq": str(n + 1), "key": f"{shared['order']}-{n + 1}"}
        addon = n >= lines
        wanted = made[0]["goods"] if same and n and not addon else None if n else goods
        row["goods"] = world.pick(wanted, len(EXTRA if addon else MAIN))
        if addon:
            row |= {"main": made[0]["key"], "of": made[0]["goods"]}
        elif MAIN[row["goods"]].options:
            row["option"] = rng.randrange(len(MAIN[row["goods"]].options))
        if quantity > 1 and not addon:
            row["qty"] = quantity
        if n == 0:
            row["fee"] = FEE
        row |= facts or {}
        add(world, row)
        made.append(row)
    return made


def arrive_as_told(world: World, data: dict[str, Any]) -> list[dict[str, Any]]:
    """Orders described by JSON: `orders` of them (1), each with `lines`, `addons`, `goods`,
    `quantity`, `same`, `waiting`, `worldwide`, paid `minutes_ago` (0). Raises ValueError."""
    count, ago, told = ordered(data, TOLD)
    facts = {"worldwide": True} if told.pop("worldwide", False) else {}
    at = now_of(world) - int(ago)
    made = [_bought(world, at=at, facts=facts, **told) for _ in range(count)]
    return [{"order": rows[0]["order"], "lines": [row["key"] for row in rows]} for rows in made]


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


def _due(at: int) -> int:
    """Two days later, at the end of the Korean day."""
    return (at + KST) // DAY * DAY - KST + 3 * DAY - 1
