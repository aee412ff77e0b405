"""What the seller, or somebody else, does to listings in the seller office: acts, as data."""

from __future__ import annotations

from typing import Any

from hanpan.api import World
from plugins.eleven_st.sandbox.listings import (
    NAMES,
    SOLD_OUT,
    Data,
    Listing,
    change,
    end_of_day,
    listings,
)
from plugins.eleven_st.sandbox.wire import DAY, now_of

_EDITS = {"price", "name", "code", "stock", "option_no", "options", "state", "ends_in_days"}


def edit_listing(world: World, data: Data) -> Any:
    """Change the listing `product_no`: `price`, `name`, `code`, `stock` (of `option_no`, else of
    every row), `options` ({number: stock}), `state` (selStatCd), `ends_in_days` (None: never)."""
    listing = _listing(world, data)
    unknown = set(data) - _EDITS
    if unknown or not data:
        raise ValueError(f"what is edited is {', '.join(sorted(_EDITS))}")
    if data.get("state", "103") not in set(NAMES) - {SOLD_OUT}:
        raise ValueError(f"states are {', '.join(NAMES)}, and {SOLD_OUT} comes by itself")
    facts: Data = {name: str(data[name]) for name in ("name", "code") if name in data}
    facts |= {"status": data["state"]} if "state" in data else {}
    if "price" in data:
        facts["price"] = int(data["price"])
    if "ends_in_days" in data:
        days = data["ends_in_days"]
        ends = None if days is None else end_of_day(now_of(world) + int(float(days) * DAY))
        facts["ends"] = ends
    if "stock" in data or "options" in data:
        facts["rows"] = _with_pieces(listing, _wanted(listing, data))
    change(world, listing, **facts)
    return listing["number"]


def sell_out(world: World, data: Data) -> Any:
    """Nothing is left of the listing `product_no`, or of its `option_no`."""
    listing = _listing(world, data)
    wanted = _wanted(listing, {**data, "stock": 0})
    change(world, listing, rows=_with_pieces(listing, wanted))
    return listing["number"]


def remove_listing(world: World, data: Data) -> Any:
    """The listing `product_no` is deleted."""
    number = _listing(world, data)["number"]
    del listings(world)[number]
    world.dirty = True
    return number


def _wanted(listing: Listing, data: Data) -> dict[str, int]:
    """Pieces by row."""
    wanted = {str(key): int(pieces) for key, pieces in (data.get("options") or {}).items()}
    if "stock" in data:
        rows = [str(data["option_no"])] if "option_no" in data else list(listing["rows"])
        wanted |= dict.fromkeys(rows, int(data["stock"]))
    if set(wanted) - set(listing["rows"]):
        raise ValueError(f"the rows of {listing['number']} are {', '.join(listing['rows'])}")
    return wanted


def _with_pieces(listing: Listing, wanted: dict[str, int]) -> dict[str, Data]:
    rows: dict[str, Data] = listing["rows"]
    return {key: {**row, "qty": wanted.get(key, row["qty"])} for key, row in rows.items()}


def _listing(world: World, data: Data) -> Listing:
    number = str(data.pop("product_no", None) or data.pop("listing", ""))
    found = listings(world).get(number)
    if found is None:
        raise ValueError(f"there is no listing {number!r}")
    return found
