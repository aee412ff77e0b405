"""Listings of practice worlds: what every marketplace's shelf has, and acts on it.

A listing is one row of JSON with `number`, `name`, `code`, `price`, `status`, `ends` (seconds, or
None) and `rows`, by number, each with its pieces (`qty`). Nested values are replaced, never
changed in place, so that the copy kept for `hidden` stays what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from core.practice.world import World

Listing = dict[str, Any]
Data = dict[str, Any]

COUNTS = {"small": 20, "busy": 300, "bench": 0}
"""How many listings a world has, where `products` does not say it."""
_EDITS = {
    "price", "name", "code", "stock", "option_no", "options", "state", "displayed", "ends_in_days",
}  # fmt: skip


def count_of(world: World) -> int:
    """How many listings the world is to have: the option `products`, or what its size has."""
    return int(world.options.get("products", COUNTS.get(world.name, 0)))


def listing_of(listings: dict[str, Listing], data: Data) -> Listing:
    """The listing that an act is about, by `product_no`. Raises ValueError."""
    number = str(data.pop("product_no", None) or data.pop("listing", ""))
    found = listings.get(number)
    if found is None:
        raise ValueError(f"there is no listing {number!r}")
    return found


def edits(
    listing: Listing, data: Data, *, states: Collection[str], ends: Callable[[float], int]
) -> Data:
    """What changes of a listing by `price`, `name`, `code`, `stock` (of `option_no`, else of every
    row), `options` ({number: stock}), `state` (one of `states`), `displayed`, `ends_in_days`
    (None: never; `ends` makes the moment). Raises ValueError."""
    unknown = set(data) - _EDITS
    if unknown or not data:
        raise ValueError(f"what is edited is {', '.join(sorted(_EDITS))}")
    if "state" in data and data["state"] not in states:
        raise ValueError(f"states are {', '.join(sorted(states))}")
    facts: Data = {name: str(data[name]) for name in ("name", "code") if name in data}
    if "state" in data:
        facts["status"] = data["state"]
    if "displayed" in data:
        facts["displayed"] = bool(data["displayed"])
    if "price" in data:
        facts["price"] = int(data["price"])
    if "ends_in_days" in data:
        days = data["ends_in_days"]
        facts["ends"] = None if days is None else ends(float(days))
    if "stock" in data or "options" in data:
        facts["rows"] = with_pieces(listing, wanted(listing, data))
    return facts


def wanted(listing: Listing, data: Data) -> dict[str, int]:
    """Pieces by row, of `stock`, `option_no` and `options`. Raises ValueError."""
    found = {str(key): int(pieces) for key, pieces in (data.get("options") or {}).items()}
    if "stock" in data:
        rows = [str(data["option_no"])] if "option_no" in data else list(listing["rows"])
        found |= dict.fromkeys(rows, int(data["stock"]))
    if set(found) - set(listing["rows"]):
        raise ValueError(f"the rows of {listing['number']} are {', '.join(listing['rows'])}")
    return found


def sold_out(listing: Listing, data: Data) -> dict[str, Data]:
    """Its rows once nothing is left of them, or of the `option_no`. Raises ValueError."""
    return with_pieces(listing, wanted(listing, {**data, "stock": 0}))


def with_pieces(listing: Listing, pieces: dict[str, int]) -> dict[str, Data]:
    """Its rows with these pieces."""
    return {
        key: {**row, "qty": pieces.get(key, row["qty"])} for key, row in listing["rows"].items()
    }


def moved(listing: Listing, number: str, pieces: int) -> dict[str, Data]:
    """Its rows once an order took pieces off one (less than 0) or gave them back; none is less
    than 0."""
    row = listing["rows"][number]
    sold = max(0, int(row.get("sold", 0)) - pieces)
    changed = {**row, "qty": max(0, int(row["qty"]) + pieces), "sold": sold}
    return {**listing["rows"], number: changed}


def pieces_of(listing: Listing) -> int:
    """The pieces of all its rows."""
    return sum(int(row["qty"]) for row in listing["rows"].values())


def written(listing: Listing, what: str) -> dict[str, int]:
    """How often each thing was written by the API, one more of `what`."""
    return {**listing["writes"], what: listing["writes"].get(what, 0) + 1}
