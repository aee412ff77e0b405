"""What was bought: bundles (배송번호), confirmed and shipped whole, and their lines (§5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hanpan.api import World
from plugins.wemakeprice.sandbox.shelf import Row, Shelf, hide, settle
from plugins.wemakeprice.sandbox.telling import standing, told_bundle
from plugins.wemakeprice.sandbox.wire import now_of

SHELF = "bundles"
DATES = {"NEW": "paid", "CONFIRM": "confirmed", "SHIPPING": "shipped", "COMPLETE": "completed"}
"""The date of a bundle that each list goes by; a decided purchase is in none of them."""


def rows(world: World) -> dict[str, Row]:
    """All bundles by their number."""
    found: dict[str, Row] = world.state["bundles"]
    return found


def lines_of(row: Row) -> Iterator[tuple[str, Row, Row]]:
    """Each line of a bundle: its key, its product and its option row."""
    for product in row["products"]:
        for option in product["options"]:
            yield f"{row['no']}-{option['no']}", product, option


def find(world: World, key: str) -> tuple[Row, Row, Row]:
    """The bundle, product and option row of a line. Raises ValueError."""
    row = rows(world).get(key.partition("-")[0])
    for one, product, option in lines_of(row) if row else ():
        if row and one == key:
            return row, product, option
    raise ValueError(f"there is no line {key!r}")


def change(world: World, row: Row, **facts: Any) -> None:
    """Change a bundle; reads show it late under that fault."""
    settle(world.cache.get(SHELF), now_of(world))
    hide(world, row, {name: value for name, value in row.items() if name != "hidden"})
    row.update(facts)
    _moved(world, row)


def add(world: World, row: Row) -> None:
    """A bundle that is new at the marketplace."""
    rows(world)[row["no"]] = row
    _moved(world, row)


def _moved(world: World, row: Row) -> None:
    world.dirty = True
    if SHELF in world.cache:
        shelf(world).moved(row["no"])


def _place(row: Row) -> tuple[str, int] | None:
    date = DATES.get(row["status"])
    if date is None or not standing(row):
        return None
    moment: int = row["listed"] if "listed" in row else row[date]
    return row["status"], moment


def shelf(world: World) -> Shelf:
    """The bundles sorted, made when they are first asked for."""
    found = world.cache.get(SHELF)
    if not isinstance(found, Shelf):
        found = world.cache[SHELF] = Shelf(rows(world), _place, told_bundle, now_of(world))
    return found
