"""What happens at the marketplace without the seller: acts, as data (`POST _world/act`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hanpan.api import World, act_by_name
from plugins.eleven_st.sandbox import book, listing_acts, listings, seeds
from plugins.eleven_st.sandbox.arrivals import arrive_as_told
from plugins.eleven_st.sandbox.lines import Row, change, rows
from plugins.eleven_st.sandbox.telling import state_of
from plugins.eleven_st.sandbox.wire import now_of

Data = dict[str, Any]

REQUESTED = {"return": "105", "exchange": "201"}
DONE = {"return": "106", "exchange": "302"}
WITHDRAWN = {"return": "108", "exchange": "233"}
HELD = {"return": "104", "exchange": "214"}
"""clmStat (§7)."""


def _need(row: Row, *states: str) -> None:
    if state_of(row) not in states:
        raise ValueError(f"{row['key']} is {state_of(row)}, not {' or '.join(states)}")


# -- claims -----------------------------------------------------------------------------------


def buyer_cancels(world: World, row: Row, data: Data) -> None:
    """A cancel request; with `done` it is completed at once, `quantity` of the line's pieces."""
    _need(row, "202", "301")
    _claim(world, row, "cancel", "701", data)
    if data.get("done"):
        cancel_done(world, row, data)


def buyer_returns(world: World, row: Row, data: Data) -> None:
    """A return request of something that was sent."""
    _need(row, "401", "501")
    _claim(world, row, "return", "601", data)


def buyer_exchanges(world: World, row: Row, data: Data) -> None:
    """An exchange request of something that was sent."""
    _need(row, "401", "501")
    _claim(world, row, "exchange", "601", data)


def buyer_withdraws(world: World, row: Row, data: Data) -> None:
    """The claim that stands is taken back; the line is where it was before."""
    claim = _open(row)
    _end(world, row, claim, "withdrawn", WITHDRAWN, {"state": claim["was"]})


def hold_claim(world: World, row: Row, data: Data) -> None:
    """The seller holds the return or exchange in the seller office."""
    claim = _open(row)
    if claim["kind"] == "cancel":
        raise ValueError("a cancel cannot be held")
    _replace(world, row, {**claim, "stat": HELD[claim["kind"]]})


def cancel_done(world: World, row: Row, data: Data) -> None:
    """The cancel is completed: of a part of the pieces, the rest of the line stands."""
    claim = _open(row, "cancel")
    gone = min(row.get("qty", 1), row.get("cancelled", 0) + claim["qty"])
    state = "B01" if gone >= row.get("qty", 1) else claim["was"]
    listings.give_back(world, row, gone - row.get("cancelled", 0))
    _end(world, row, claim, "done", DONE, {"state": state, "cancelled": gone})


def return_done(world: World, row: Row, data: Data) -> None:
    """The return is completed."""
    claim = _open(row, "return")
    gone = min(row.get("qty", 1), row.get("returned", 0) + claim["qty"])
    left = row.get("qty", 1) - row.get("cancelled", 0) - gone
    state = claim["was"] if left else "A01"
    _end(world, row, claim, "done", DONE, {"state": state, "returned": gone})


def exchange_done(world: World, row: Row, data: Data) -> None:
    """The exchange is completed: the line is where it was, with other goods."""
    claim = _open(row, "exchange")
    gone = row.get("exchanged", 0) + claim["qty"]
    _end(world, row, claim, "done", DONE, {"state": claim["was"], "exchanged": gone})


def _claim(world: World, row: Row, kind: str, state: str, data: Data) -> None:
    whole = row.get("qty", 1) - row.get("cancelled", 0) - row.get("returned", 0)
    quantity = int(data.get("quantity") or whole)
    if not 0 < quantity <= whole:
        raise ValueError(f"{row['key']} has {whole} pieces")
    claim: Data = {
        "id": str(8_000_000 + world.number("claim")),
        "kind": kind,
        "state": "open",
        "stat": REQUESTED.get(kind, "01"),
        "at": now_of(world),
        "qty": quantity,
        "reason": str(data.get("reason", "14" if kind == "cancel" else "101")),
        "was": state_of(row),
    }
    change(world, row, state=state, claims=[*row.get("claims", []), claim])


def _open(row: Row, *kinds: str) -> Data:
    found: Data | None = next(
        (one for one in reversed(row.get("claims", [])) if one["state"] == "open"), None
    )
    if found is None or (kinds and found["kind"] not in kinds):
        raise ValueError(f"{row['key']} has no open {' or '.join(kinds) or 'request'}")
    return found


def _end(
    world: World, row: Row, claim: Data, state: str, stats: dict[str, str], facts: Data
) -> None:
    stat = stats.get(claim["kind"], claim["stat"])
    ended = {**claim, "state": state, "stat": stat, "done": now_of(world)}
    _replace(world, row, ended, **facts)


def _replace(world: World, row: Row, claim: Data, **facts: Any) -> None:
    claims = [claim if one["id"] == claim["id"] else one for one in row["claims"]]
    change(world, row, claims=claims, **facts)


# -- the way of a line --------------------------------------------------------------------------


def buyer_pays(world: World, row: Row, data: Data) -> None:
    """A line that waited for its payment is paid."""
    _need(row, "102")
    change(world, row, state="202", paid=now_of(world))


def confirm_elsewhere(world: World, row: Row, data: Data) -> None:
    """The seller confirms in the seller office."""
    _need(row, "202")
    change(world, row, state="301", confirmed=now_of(world))


def dispatch_elsewhere(world: World, row: Row, data: Data) -> None:
    """The seller dispatches in the seller office."""
    _need(row, "202", "301")
    now = now_of(world)
    number = str(data.get("number", "600000000000"))
    confirmed = row.get("confirmed") or now
    change(world, row, state="401", courier="00034", invoice=number, sent=now, confirmed=confirmed)


def deliver(world: World, row: Row, data: Data) -> None:
    """It has arrived."""
    _need(row, "401")
    change(world, row, state="501", arrived=now_of(world))


def decide(world: World, row: Row, data: Data) -> None:
    """The buyer decides the purchase (구매확정)."""
    _need(row, "401", "501")
    change(world, row, state="901", decided=now_of(world))


def address_changed(world: World, row: Row, data: Data) -> None:
    """The buyer wants it sent to somebody else, which is possible until it is confirmed."""
    _need(row, "202")
    receiver: int = row["receiver"] if "receiver" in row else row["buyer"]
    change(world, row, receiver=receiver + 1)


def overwrite(world: World, row: Row, data: Data) -> None:
    """`fields` of the line's list row, and those of `states` of its row in `orderlistall`, read as
    given from now on."""
    change(
        world,
        row,
        set={**row.get("set", {}), **data.get("fields", {})},
        set_state={**row.get("set_state", {}), **data.get("states", {})},
    )


LINE_ACTS: dict[str, Callable[[World, Row, Data], None]] = {
    "buyer_cancels": buyer_cancels,
    "buyer_returns": buyer_returns,
    "buyer_exchanges": buyer_exchanges,
    "buyer_withdraws": buyer_withdraws,
    "hold_claim": hold_claim,
    "cancel_done": cancel_done,
    "return_done": return_done,
    "exchange_done": exchange_done,
    "buyer_pays": buyer_pays,
    "confirm_elsewhere": confirm_elsewhere,
    "dispatch_elsewhere": dispatch_elsewhere,
    "deliver": deliver,
    "decide": decide,
    "address_changed": address_changed,
    "overwrite": overwrite,
}


# -- the account --------------------------------------------------------------------------------


def new_order(world: World, data: Data) -> Any:
    """Orders come in now: see `arrivals.arrive_as_told` for what can be said about them."""
    return arrive_as_told(world, data)


def register_ip(world: World, data: Data) -> Any:
    """Our address is (`on`: true) or is not registered any more."""
    world.state["ip_registered"] = bool(data.get("on", False))
    return world.state["ip_registered"]


def approve(world: World, data: Data) -> Any:
    """The Seller API is approved, or (`on`: false) is not any more."""
    world.state["approved"] = bool(data.get("on", True))
    return world.state["approved"]


def new_key(world: World, data: Data) -> Any:
    """The key is issued anew: the old one is nobody's."""
    world.state["key"] = seeds.new_key(world)
    return []


def set_maintenance(world: World, data: Data) -> Any:
    """Every call is answered by -1000 (`on`: false ends it)."""
    world.state["maintenance"] = bool(data.get("on", True))
    return world.state["maintenance"]


def set_limits(world: World, data: Data) -> Any:
    """Calls a second and how many are saved up, as 11번가 publishes none; `per_second` 0: none."""
    rate = float(data["per_second"])
    burst = float(data.get("burst", 2 * rate))
    world.state["limits"] = {"per_second": rate, "burst": burst} if rate else None
    world.cache.pop("buckets", None)
    return world.state["limits"]


def fail_confirms(world: World, data: Data) -> Any:
    """The next `times` 발주확인 end in -3207 and change nothing."""
    world.state["failing_confirms"] = int(data.get("times", 1))
    return world.state["failing_confirms"]


def set_addresses(world: World, data: Data) -> Any:
    """`add` so many more 출고지 to the address book, or `clear` all of it first."""
    if data.get("clear"):
        for kind in book.SHELVES:
            world.state["addresses"][kind].clear()
    for n in range(int(data.get("add", 0))):
        book.put(world, "out", f"추가 출고지 {n + 1}", n)
    return {kind: list(world.state["addresses"][kind]) for kind in book.SHELVES}


def set_deadlines(world: World, data: Data) -> Any:
    """`clear` the 발송마감 templates."""
    if data.get("clear"):
        world.state["deadlines"].clear()
    return list(world.state["deadlines"])


ACTS: dict[str, Callable[[World, Data], Any]] = {
    "new_order": new_order,
    "register_ip": register_ip,
    "approve": approve,
    "new_key": new_key,
    "set_maintenance": set_maintenance,
    "set_limits": set_limits,
    "fail_confirms": fail_confirms,
    "set_addresses": set_addresses,
    "set_deadlines": set_deadlines,
    "edit_listing": listing_acts.edit_listing,
    "sell_out": listing_acts.sell_out,
    "remove_listing": listing_acts.remove_listing,
}

act = act_by_name(ACTS, LINE_ACTS, lambda world, key: rows(world).get(key))
"""Acts on lines take `line` (ordNo-ordPrdSeq) or `lines`."""
