"""What was bought: bundles (배송번호), confirmed and shipped whole, and their lines (§5).

Nested values of a row are replaced, never changed in place, so that the copy kept for `hidden`
stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hanpan.api import Timelines, World, as_it_is, hide
from plugins.wemakeprice.sandbox.telling import standing, told_bundle
from plugins.wemakeprice.sandbox.wire import now_of

Row = dict[str, Any]

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
    if (found := Timelines.made(world, SHELF)) is not None:
        found.settle(now_of(world))
    hide(world, row, as_it_is(row))
    row.update(facts)
    _moved(world, row)


def add(world: World, row: Row) -> None:
    """A bundle that is new at the marketplace."""
    rows(world)[row["no"]] = row
    _moved(world, row)


def _moved(world: World, row: Row) -> None:
    world.dirty = True
    if (found := Timelines.made(world, SHELF)) is not None:
        found.moved(row["no"])


def _places(row: Row) -> Iterator[tuple[str, int]]:
    date = DATES.get(row["status"])
    if date is not None and standing(row):
        yield row["status"], row["listed"] if "listed" in row else row[date]


def shelf(world: World) -> Timelines:
    """The bundles in the lists that tell them."""
    return Timelines.of(world, SHELF, rows, _places, now_of)


def written(world: World, key: str, now: int) -> bytes:
    """The bundle as a list tells it."""
    return shelf(world).written(key, "told", now, told_bundle)
