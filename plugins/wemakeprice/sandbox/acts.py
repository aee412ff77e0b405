"""What happens at the marketplace without the seller: acts, as data (`POST _world/act`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hanpan.api import World, act_by_name
from plugins.wemakeprice.sandbox import listings, policies, seeds
from plugins.wemakeprice.sandbox.arrivals import arrive_as_told
from plugins.wemakeprice.sandbox.bundles import Row, change, find
from plugins.wemakeprice.sandbox.claims import claim_of, end_claim, open_claim
from plugins.wemakeprice.sandbox.wire import now_of

Data = dict[str, Any]
Line = tuple[Row, Row, Row]
"""Bundle, product and option row of a line."""


def _need(row: Row, *statuses: str) -> None:
    if row["status"] not in statuses:
        raise ValueError(f"{row['no']} is {row['status']}, not {' or '.join(statuses)}")


def _claim(world: World, line: Line, kind: str, data: Data) -> Row:
    row, _, option = line
    left = option["quantity"] - row.get("gone", {}).get(option["no"], 0)
    pieces = int(data.get("quantity") or left)
    if not 0 < pieces <= left:
        raise ValueError(f"{row['no']}-{option['no']} has {left} pieces")
    reason = str(data.get("reason", "단순변심"))
    now = now_of(world)
    return open_claim(world, *line, kind=kind, quantity=pieces, at=now, reason=reason)


def _open(world: World, line: Line, *kinds: str) -> Row:
    row, _, option = line
    claim = claim_of(world, row, option)
    if claim is None or claim["status"] != "REQUEST" or (kinds and claim["type"] not in kinds):
        raise ValueError(f"{row['no']}-{option['no']} has no open request of that kind")
    return claim


def buyer_cancels(world: World, line: Line, data: Data) -> None:
    """A cancel request; with `done` it is granted at once, `quantity` of the line's pieces."""
    _need(line[0], "NEW", "CONFIRM")
    claim = _claim(world, line, "CANCEL", data)
    if data.get("done"):
        end_claim(world, claim, "APPROVE", now_of(world))


def buyer_withdraws(world: World, line: Line, data: Data) -> None:
    """The request that stands is taken back."""
    end_claim(world, _open(world, line), "WITHDRAW", now_of(world))


def cancel_done(world: World, line: Line, data: Data) -> None:
    """The cancel is granted: of a part of the pieces, the rest of the line stands."""
    end_claim(world, _open(world, line, "CANCEL"), "APPROVE", now_of(world))


def buyer_returns(world: World, line: Line, data: Data) -> None:
    """A return request of something that was sent."""
    _need(line[0], "SHIPPING", "COMPLETE")
    _claim(world, line, "RETURN", data)


def return_done(world: World, line: Line, data: Data) -> None:
    """The return is granted."""
    end_claim(world, _open(world, line, "RETURN"), "APPROVE", now_of(world))


def buyer_exchanges(world: World, line: Line, data: Data) -> None:
    """An exchange request of something that was sent."""
    _need(line[0], "SHIPPING", "COMPLETE")
    _claim(world, line, "EXCHANGE", data)


def exchange_done(world: World, line: Line, data: Data) -> None:
    """The exchange is granted: it is picked up and sent again from here on."""
    end_claim(world, _open(world, line, "EXCHANGE"), "APPROVE", now_of(world))


def confirm_elsewhere(world: World, line: Line, data: Data) -> None:
    """The seller confirms the bundle in the seller centre."""
    _need(line[0], "NEW")
    change(world, line[0], status="CONFIRM", confirmed=now_of(world))


def dispatch_elsewhere(world: World, line: Line, data: Data) -> None:
    """The seller ships the bundle in the seller centre."""
    _need(line[0], "NEW", "CONFIRM")
    now = now_of(world)
    facts: Row = {"status": "SHIPPING", "shipped": now}
    facts["confirmed"] = line[0].get("confirmed", now)
    parcel = {"company": "D002", "number": str(data.get("number", "600000000000"))}
    change(world, line[0], delivery=parcel, **facts)


def deliver(world: World, line: Line, data: Data) -> None:
    """It has arrived."""
    _need(line[0], "SHIPPING")
    change(world, line[0], status="COMPLETE", completed=now_of(world))


def decide(world: World, line: Line, data: Data) -> None:
    """The buyer decides the purchase (구매확정): no list tells it any more."""
    _need(line[0], "SHIPPING", "COMPLETE")
    now = now_of(world)
    done = line[0].get("completed", now)
    change(world, line[0], status="DECIDED", completed=done, decided=now)


def overwrite(world: World, line: Line, data: Data) -> None:
    """`fields` of the bundle read as given from now on ("delivery.shipStatus": …); its list tells
    it as of now."""
    told = {**line[0].get("set", {}), **data["fields"]}
    change(world, line[0], set=told, listed=now_of(world))


LINE_ACTS: dict[str, Callable[[World, Line, Data], None]] = {
    "buyer_cancels": buyer_cancels,
    "buyer_withdraws": buyer_withdraws,
    "cancel_done": cancel_done,
    "buyer_returns": buyer_returns,
    "return_done": return_done,
    "buyer_exchanges": buyer_exchanges,
    "exchange_done": exchange_done,
    "confirm_elsewhere": confirm_elsewhere,
    "dispatch_elsewhere": dispatch_elsewhere,
    "deliver": deliver,
    "decide": decide,
    "overwrite": overwrite,
}


def new_order(world: World, data: Data) -> Any:
    """Orders come in now: see `arrivals.arrive_as_told` for what can be said about them."""
    return arrive_as_told(world, data)


def new_key(world: World, data: Data) -> Any:
    """Another agency is chosen and a key issued: the old key is void at once (§1)."""
    world.state["key"] = seeds.new_key(world)
    return []


def set_agency(world: World, data: Data) -> Any:
    """An agency is chosen (`on`: true) or none is any more."""
    world.state["agency"] = "한판" if data.get("on", False) else ""
    return world.state["agency"]


def set_limits(world: World, data: Data) -> Any:
    """Calls a second, and how many are saved up (twice that); 0 takes the limit away."""
    rate = float(data["per_second"])
    burst = float(data.get("burst", 2 * rate))
    world.state["limits"] = {"per_second": rate, "burst": burst} if rate else None
    world.cache.pop("buckets", None)
    return world.state["limits"]


def use_template(world: World, data: Data) -> Any:
    """So many `listings` use the shipping `template` (its number; the first without one)."""
    found = policies.rows_now(world)
    key = str(data.get("template") or next(iter(found), ""))
    if key not in found:
        raise ValueError(f"there is no template {key!r}")
    world.state["policies"][key]["listings"] = int(data["listings"])
    return key


def set_templates(world: World, data: Data) -> Any:
    """`clear` takes every shipping template away, `add` makes so many in the seller centre."""
    if data.get("clear"):
        for key in policies.rows_now(world):
            policies.take_away(world, key)
    for n in range(int(data.get("add", 0))):
        policies.add(world, seeds.policy(f"추가 배송정책 {n + 1}"))
    return sorted(policies.rows_now(world))


ACTS: dict[str, Callable[[World, Data], Any]] = {
    "new_order": new_order,
    "new_key": new_key,
    "set_agency": set_agency,
    "set_limits": set_limits,
    "use_template": use_template,
    "set_templates": set_templates,
    "edit_listing": listings.edit_listing,
    "sell_out": listings.sell_out,
    "remove_listing": listings.remove_listing,
}

act = act_by_name(ACTS, LINE_ACTS, find)
"""Acts on lines take `line` (bundle-option number) or `lines`."""
