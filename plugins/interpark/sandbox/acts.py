"""What happens at the marketplace without the seller: acts, as data (`POST _world/act`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hanpan.api import World, act_by_name
from plugins.interpark.sandbox import listings, seeds
from plugins.interpark.sandbox.arrivals import arrive_as_told
from plugins.interpark.sandbox.lines import (
    CANCELLED,
    CONFIRMED,
    DECIDED,
    DELIVERED,
    NEW,
    SHIPPING,
    Row,
    change,
    left_of,
    rows,
    state_of,
)
from plugins.interpark.sandbox.wire import now_of
from plugins.interpark.sandbox.writes import finish_cancel

Data = dict[str, Any]


def _need(row: Row, *states: str) -> None:
    if state_of(row) not in states:
        raise ValueError(f"{row['id']} is {state_of(row)}, not {' or '.join(states)}")


def _ask(world: World, row: Row, kind: str, data: Data) -> str:
    """A request of the buyer's; returns its number."""
    quantity = int(data.get("quantity") or left_of(row))
    if not 0 < quantity <= left_of(row):
        raise ValueError(f"{row['id']} has {left_of(row)} pieces")
    seq = str(world.number("request"))
    request = {"kind": kind, "seq": seq, "at": now_of(world), "quantity": quantity}
    if "reason" in data:
        request["reason"] = str(data["reason"])
    change(world, row, requests=[*row.get("requests", ()), request])
    return seq


def _open(row: Row, kind: str = "") -> Row:
    """The request that waits, of this kind if one is named."""
    for one in reversed(row.get("requests", ())):
        ended = one.get("withdrawn") or one.get("accepted") or one.get("refused")
        if not ended and kind in ("", one["kind"]):
            return dict(one)
    raise ValueError(f"{row['id']} has no open request")


def buyer_cancels(world: World, row: Row, data: Data) -> None:
    """A cancel request; with `done` it is completed at once, `quantity` of the line's pieces."""
    _need(row, NEW, CONFIRMED)
    _ask(world, row, "CANCEL", data)
    if data.get("done"):
        cancel_done(world, row, data)


def buyer_withdraws(world: World, row: Row, data: Data) -> None:
    """The request that stands is taken back; of a claim that is under way, the claim."""
    claims = row.get("claims", [])
    if claims and claims[-1]["stat"] in ("30", "50"):
        change(world, row, claims=[*claims[:-1], {**claims[-1], "stat": "40"}])
        return
    asked = _open(row)
    now = now_of(world)
    requests = [
        {**one, "withdrawn": now} if one["seq"] == asked["seq"] else one for one in row["requests"]
    ]
    change(world, row, requests=requests)


def cancel_done(world: World, row: Row, data: Data) -> None:
    """The cancel is completed: of a part of the pieces, the rest of the line stands."""
    asked = _open(row, "CANCEL")
    finish_cancel(world, row, asked["quantity"], asked["seq"])


def buyer_returns(world: World, row: Row, data: Data) -> None:
    """A return request of something that was sent; with `done` it is completed at once."""
    _need(row, SHIPPING, DELIVERED)
    _ask(world, row, "RETURN", data)
    if data.get("done"):
        claim_moves(world, row, {"stat": "90"})


def buyer_exchanges(world: World, row: Row, data: Data) -> None:
    """An exchange request of something that was sent; with `done` it is completed at once."""
    _need(row, SHIPPING, DELIVERED)
    _ask(world, row, "EXCHANGE", data)
    if data.get("done"):
        claim_moves(world, row, {"stat": "90"})


def claim_moves(world: World, row: Row, data: Data) -> None:
    """A request is accepted, or its claim goes on, to `stat` (30, 50, 80, 90 or 40)."""
    stat = str(data["stat"])
    claims = row.get("claims", [])
    if claims and claims[-1]["stat"] not in ("40", "90"):
        change(world, row, claims=[*claims[:-1], {**claims[-1], "stat": stat}])
        return
    asked, now = _open(row), now_of(world)
    claim = {
        "kind": asked["kind"],
        "number": f"C{world.number('claim'):09d}",
        "quantity": asked["quantity"],
        "at": now,
        "stat": stat,
    }
    requests = [
        {**one, "accepted": now} if one["seq"] == asked["seq"] else one for one in row["requests"]
    ]
    change(world, row, claims=[*claims, claim], requests=requests)


def confirm_elsewhere(world: World, row: Row, data: Data) -> None:
    """The seller confirms in the seller centre."""
    _need(row, NEW)
    change(world, row, state=CONFIRMED, confirmed=now_of(world))


def dispatch_elsewhere(world: World, row: Row, data: Data) -> None:
    """The seller dispatches in the seller centre."""
    _need(row, NEW, CONFIRMED)
    delivery = {"company": "169168", "number": str(data.get("number", "600000000000"))}
    change(world, row, state=SHIPPING, shipped=now_of(world), delivery=delivery)


def deliver(world: World, row: Row, data: Data) -> None:
    """It has arrived."""
    _need(row, SHIPPING)
    change(world, row, state=DELIVERED, delivered=now_of(world))


def decide(world: World, row: Row, data: Data) -> None:
    """The buyer decides the purchase (구매확정)."""
    _need(row, SHIPPING, DELIVERED)
    change(world, row, state=DECIDED, decided=now_of(world))


def overwrite(world: World, row: Row, data: Data) -> None:
    """`fields` of the line's PRD read as given from now on."""
    if state_of(row) == CANCELLED:
        raise ValueError(f"{row['id']} is in no list")
    change(world, row, set={**row.get("set", {}), **data["fields"]})


LINE_ACTS: dict[str, Callable[[World, Row, Data], None]] = {
    "buyer_cancels": buyer_cancels,
    "buyer_withdraws": buyer_withdraws,
    "cancel_done": cancel_done,
    "buyer_returns": buyer_returns,
    "buyer_exchanges": buyer_exchanges,
    "claim_moves": claim_moves,
    "confirm_elsewhere": confirm_elsewhere,
    "dispatch_elsewhere": dispatch_elsewhere,
    "deliver": deliver,
    "decide": decide,
    "overwrite": overwrite,
}


def new_order(world: World, data: Data) -> Any:
    """Orders come in now: see `arrivals.arrive_as_told` for what can be said about them."""
    return arrive_as_told(world, data)


def approve_orders(world: World, data: Data) -> Any:
    """The order API is approved (`on`: false takes it back)."""
    world.state["granted"] = bool(data.get("on", True))
    return world.state["granted"]


def new_keys(world: World, data: Data) -> Any:
    """The pair of a `service` is issued anew: the old one is dead at once."""
    service = str(data.get("service"))
    if service not in world.state["keys"]:
        raise ValueError(f"services are {', '.join(world.state['keys'])}")
    world.state["keys"][service] = seeds.new_pair(world)
    return service


def reach_us(world: World, data: Data) -> Any:
    """Our address can (`on`: true) or cannot be reached by the marketplace."""
    world.state["reaches_us"] = bool(data.get("on", False))
    return world.state["reaches_us"]


def set_limits(world: World, data: Data) -> Any:
    """Calls a second per half of the API, and how many are saved up (twice that)."""
    rate = float(data["per_second"])
    world.state["limits"] = {"per_second": rate, "burst": float(data.get("burst", 2 * rate))}
    world.cache.pop("buckets", None)
    return world.state["limits"]


ACTS: dict[str, Callable[[World, Data], Any]] = {
    "new_order": new_order,
    "approve_orders": approve_orders,
    "new_keys": new_keys,
    "reach_us": reach_us,
    "set_limits": set_limits,
    "edit_listing": listings.edit_listing,
    "sell_out": listings.sell_out,
    "remove_listing": listings.remove_listing,
}

act = act_by_name(ACTS, LINE_ACTS, lambda world, key: rows(world).get(key))
"""Acts on lines take `line` (order number-place) or `lines`."""
