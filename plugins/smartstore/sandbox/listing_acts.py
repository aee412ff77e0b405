"""What the seller, or somebody else, does to listings in the seller centre: acts, as data."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hanpan.api import World
from plugins.smartstore.sandbox.listings import (
    Row,
    change,
    listings,
    option_rows,
    stocked,
    summed,
)
from plugins.smartstore.sandbox.wire import DAY, iso, now_of

Data = dict[str, Any]

_WHICH = ("product_no", "option_no")
_STATES = ("SALE", "SUSPENSION", "OUTOFSTOCK", "PROHIBITION", "UNADMISSION", "REJECTION")


def edit_listing(world: World, data: Data) -> Any:
    """Change the listing `product_no`: `price`, `name`, `code`, `stock` (of `option_no`, else of
    every row), `options` ({number: stock}), `state` (statusType), `displayed`, `ends_in_days`
    (None: never), and `fields`, which are laid over its originProduct as they stand."""
    row = _listing(world, data)
    _spread(row, data)
    unknown = set(data) - set(_EDITS)
    if unknown or not data:
        raise ValueError(f"what is edited is {', '.join(sorted({*_EDITS, 'stock'}))}")
    tree, channel = copy.deepcopy(row["tree"]), dict(row["channel"])
    for name, value in data.items():
        _EDITS[name](world, tree, channel, value)
    change(world, row, tree=summed(tree), channel=channel)
    return row["id"]


def _price(world: World, tree: Data, channel: Data, value: Any) -> None:
    tree["salePrice"] = int(value)


def _name(world: World, tree: Data, channel: Data, value: Any) -> None:
    tree["name"] = str(value)


def _code(world: World, tree: Data, channel: Data, value: Any) -> None:
    tree["detailAttribute"]["sellerCodeInfo"] = {"sellerManagementCode": str(value)}


def _options(world: World, tree: Data, channel: Data, value: Any) -> None:
    stocks = {str(key): int(stock) for key, stock in value.items()}
    if set(stocks) - set(_rows(tree)):
        raise ValueError(f"the options are {', '.join(_rows(tree))}")
    tree |= stocked(tree, stocks)
    if tree["statusType"] == "OUTOFSTOCK" and tree["stockQuantity"]:
        tree["statusType"] = "SALE"


def _state(world: World, tree: Data, channel: Data, value: Any) -> None:
    if value not in _STATES:
        raise ValueError(f"states are {', '.join(_STATES)}")
    tree["statusType"] = value


def _displayed(world: World, tree: Data, channel: Data, value: Any) -> None:
    channel["channelProductDisplayStatusType"] = "ON" if value else "SUSPENSION"


def _end(world: World, tree: Data, channel: Data, days: Any) -> None:
    tree.pop("saleEndDate", None)
    if days is not None:
        moment = now_of(world) + int(float(days) * timedelta(days=1).total_seconds() * 1000)
        hour = 3_600_000
        tree["saleEndDate"] = iso(moment // hour * hour + hour - 60_000)
        tree.setdefault("saleStartDate", iso((now_of(world) - 30 * DAY) // hour * hour))


def _laid_over(tree: Data, fields: Data) -> None:
    """The fields in the tree, objects within objects; None takes one out."""
    for name, value in fields.items():
        if isinstance(value, dict) and isinstance(tree.get(name), dict):
            _laid_over(tree[name], value)
        elif value is None:
            tree.pop(name, None)
        else:
            tree[name] = value


def _fields(world: World, tree: Data, channel: Data, value: Any) -> None:
    _laid_over(tree, value)


_EDITS: dict[str, Callable[[World, Data, Data, Any], None]] = {
    "price": _price,
    "name": _name,
    "code": _code,
    "options": _options,
    "state": _state,
    "displayed": _displayed,
    "ends_in_days": _end,
    "fields": _fields,
}


def sell_out(world: World, data: Data) -> Any:
    """Nothing is left of the listing `product_no`, or of its `option_no`."""
    return edit_listing(world, {name: data[name] for name in data if name in _WHICH} | {"stock": 0})


def remove_listing(world: World, data: Data) -> Any:
    """The listing `product_no` is deleted."""
    row = _listing(world, data)
    del listings(world)[row["id"]]
    world.dirty = True
    return row["id"]


def _spread(row: Row, data: Data) -> None:
    """Make `stock` what it means by option."""
    if "stock" in data:
        wanted = [str(data.pop("option_no"))] if "option_no" in data else _rows(row["tree"])
        data["options"] = dict.fromkeys(wanted, data.pop("stock")) | data.get("options", {})


def _rows(tree: Data) -> list[str]:
    """The numbers of the rows that have a stock, "" for a product without options."""
    return [str(one["id"]) for one in option_rows(tree)[1]] or [""]


def _listing(world: World, data: Data) -> Row:
    key = str(data.pop("product_no", ""))
    row = listings(world).get(key)
    if row is None:
        raise ValueError(f"there is no listing {key!r}")
    return row
