"""What happens at the marketplace without the seller: acts, as data (`POST _world/act`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hanpan.api import World, act_by_name
from plugins.smartstore.sandbox import listing_acts, seeds
from plugins.smartstore.sandbox.arrivals import arrive_as_told
from plugins.smartstore.sandbox.lines import Row, change, rows
from plugins.smartstore.sandbox.listings import sell
from plugins.smartstore.sandbox.tokens import punish
from plugins.smartstore.sandbox.wire import now_of

Data = dict[str, Any]


def _need(row: Row, *statuses: str) -> None:
    if row.get("status", "PAYED") not in statuses:
        raise ValueError(
            f"{row['id']} is {row.get('status', 'PAYED')}, not {' or '.join(statuses)}"
        )


def buyer_pays(world: World, row: Row, data: Data) -> None:
    """A line that waited for its payment is paid."""
    _need(row, "PAYMENT_WAITING")
    now = now_of(world)
    change(world, row, "PAYED", status="PAYED", paid=now, due=now + 3 * 24 * 3_600_000)
    sell(world, row, row.get("quantity", 1))


def buyer_cancels(world: World, row: Row, data: Data) -> None:
    """A cancel request; with `done` it is completed at once, `quantity` of the line's pieces."""
    _need(row, "PAYED")
    change(world, row, "CLAIM_REQUESTED", claim=_claim(world, row, "CANCEL", data))
    if data.get("done"):
        cancel_done(world, row, data)


def buyer_withdraws(world: World, row: Row, data: Data) -> None:
    """The claim that stands is taken back."""
    claim = row.get("claim")
    if not claim or not claim["status"].endswith("_REQUEST"):
        raise ValueError(f"{row['id']} has no open request")
    status = claim["status"].replace("_REQUEST", "_REJECT")
    change(world, row, "CLAIM_REJECTED", claim={**claim, "status": status})


def cancel_done(world: World, row: Row, data: Data) -> None:
    """The cancel is completed and its pieces are in stock again; of a part, the rest stands."""
    claim = row.get("claim")
    if not claim or claim["type"] != "CANCEL":
        raise ValueError(f"{row['id']} has no cancel claim")
    whole = row.get("quantity", 1)
    before = row.get("gone", 0)
    gone = min(before + claim.get("quantity", whole), whole)
    facts: Data = {"claim": {**claim, "status": "CANCEL_DONE", "done": now_of(world)}}
    if gone >= whole:
        facts["status"] = "CANCELED"
    change(world, row, "CLAIM_COMPLETED", gone=gone, **facts)
    sell(world, row, before - gone)


def buyer_returns(world: World, row: Row, data: Data) -> None:
    """A return request of something that was sent."""
    _need(row, "DELIVERING", "DELIVERED")
    change(world, row, "CLAIM_REQUESTED", claim=_claim(world, row, "RETURN", data))


def address_changed(world: World, row: Row, data: Data) -> None:
    """The buyer wants it sent to somebody else."""
    receiver: int = row["receiver"] if "receiver" in row else row["buyer"]
    change(world, row, "DELIVERY_ADDRESS_CHANGED", moved=True, receiver=receiver + 1)


def gift_received(world: World, row: Row, data: Data) -> None:
    """The receiver of a gift has given the address."""
    change(world, row, "GIFT_RECEIVED", gift="RECEIVED", received=now_of(world))


def release_confirm(world: World, row: Row, data: Data) -> None:
    """The marketplace takes the 발주확인 back (placeOrderStatus CANCEL); the next revision opens.

    Assumed: §7.1 names no change type for it, the feed tells it as PAYED.
    """
    if row.get("place") != "OK":
        raise ValueError(f"{row['id']} is not confirmed")
    change(world, row, "PAYED", place="CANCEL", placed=None, revision=row.get("revision", 1) + 1)


def confirm_elsewhere(world: World, row: Row, data: Data) -> None:
    """The seller confirms in the seller centre; the feed does not tell it."""
    _need(row, "PAYED")
    change(world, row, None, place="OK", placed=now_of(world))


def dispatch_elsewhere(world: World, row: Row, data: Data) -> None:
    """The seller dispatches in the seller centre."""
    _need(row, "PAYED")
    now = now_of(world)
    delivery = {"company": "CJGLS", "number": data.get("number", "600000000000"), "sent": now}
    change(world, row, "DISPATCHED", status="DELIVERING", place="OK", delivery=delivery)


def deliver(world: World, row: Row, data: Data) -> None:
    """It has arrived; the feed does not tell it."""
    _need(row, "DELIVERING")
    arrived = {"status": "DELIVERY_COMPLETION", "arrived": now_of(world)}
    change(world, row, None, status="DELIVERED", delivery={**row["delivery"], **arrived})


def decide(world: World, row: Row, data: Data) -> None:
    """The buyer decides the purchase (구매확정)."""
    _need(row, "DELIVERING", "DELIVERED")
    now = now_of(world)
    change(world, row, "PURCHASE_DECIDED", status="PURCHASE_DECIDED", decided=now)


def buyer_leaves(world: World, row: Row, data: Data) -> None:
    """The buyer gives up the account: details are not provided any more (#3133)."""
    change(world, row, None, withdrawn=True)


def overwrite(world: World, row: Row, data: Data) -> None:
    """`fields` of productOrder read as given from now on; told in the feed as `change`."""
    fields = {**row.get("set", {}), **data["fields"]}
    change(world, row, data.get("change", "PAYED"), set=fields)


def _claim(world: World, row: Row, kind: str, data: Data) -> Data:
    quantity = data.get("quantity")
    if quantity is not None and not 0 < int(quantity) <= row.get("quantity", 1):
        raise ValueError(f"{row['id']} has {row.get('quantity', 1)} pieces")
    claim: Data = {
        "type": kind,
        "status": f"{kind}_REQUEST",
        "id": f"4{world.number('claim'):015d}",
        "at": now_of(world),
        "reason": data.get("reason", "INTENT_CHANGED"),
    }
    return claim | ({"quantity": int(quantity)} if quantity is not None else {})


LINE_ACTS: dict[str, Callable[[World, Row, Data], None]] = {
    "buyer_pays": buyer_pays,
    "buyer_cancels": buyer_cancels,
    "buyer_withdraws": buyer_withdraws,
    "cancel_done": cancel_done,
    "buyer_returns": buyer_returns,
    "address_changed": address_changed,
    "gift_received": gift_received,
    "release_confirm": release_confirm,
    "confirm_elsewhere": confirm_elsewhere,
    "dispatch_elsewhere": dispatch_elsewhere,
    "deliver": deliver,
    "decide": decide,
    "buyer_leaves": buyer_leaves,
    "overwrite": overwrite,
}


def new_order(world: World, data: Data) -> Any:
    """Orders come in now: see `arrivals.arrive_as_told` for what can be said about them."""
    return arrive_as_told(world, data)


def suspend(world: World, data: Data) -> Any:
    """The store is suspended (`on`: false ends it)."""
    world.state["seller"]["suspended"] = bool(data.get("on", True))
    return world.state["seller"]["suspended"]


def register_ip(world: World, data: Data) -> Any:
    """Our address is (`on`: true) or is not registered any more."""
    world.state["ip_registered"] = bool(data.get("on", False))
    return world.state["ip_registered"]


def set_groups(world: World, data: Data) -> Any:
    """The API groups of the application without those `missing` (none: all are granted)."""
    missing = data.get("missing", [])
    every = ["상품", "주문 판매자", "판매자정보"]
    if set(missing) - set(every):
        raise ValueError(f"groups are {', '.join(every)}")
    world.state["groups"] = [group for group in every if group not in missing]
    return world.state["groups"]


def set_limits(world: World, data: Data) -> Any:
    """Calls a second per API and application, and how many are saved up (twice that)."""
    rate = float(data["per_second"])
    world.state["limits"] = {"per_second": rate, "burst": float(data.get("burst", 2 * rate))}
    world.cache.pop("buckets", None)
    return world.state["limits"]


def set_punished(world: World, data: Data) -> Any:
    """One call an hour for the application that credentials are given for (`on`: false ends it)."""
    if data.get("on", True):
        punish(world, _client_id(world), now_of(world), "act")
    else:
        world.state["punished"].clear()
    return sorted(world.state["punished"])


def expire_tokens(world: World, data: Data) -> Any:
    """Every token ends now."""
    world.state["tokens"].clear()
    return []


def new_secret(world: World, data: Data) -> Any:
    """The secret is issued anew: the old one and its tokens are dead at once (§1.1)."""
    world.state["apps"][_client_id(world)]["secret"] = seeds.new_secret(world)
    return expire_tokens(world, data)


def use_app(world: World, data: Data) -> Any:
    """Which application `credentials` gives: own, solution or agency."""
    if data.get("app") not in [name for name, _, _ in seeds.APPS]:
        raise ValueError("app is own, solution or agency")
    world.state["app"] = data["app"]
    return world.state["app"]


def set_addresses(world: World, data: Data) -> Any:
    """`add` so many more entries to the address book, or `clear` it first."""
    books = world.state["addresses"]
    if data.get("clear"):
        books.clear()
    for _ in range(int(data.get("add", 0))):
        n = world.number("address")
        books.append(
            seeds.book(
                100_900_000 + n,
                f"추가 출고지 {n}",
                "RELEASE",
                "06236",
                "서울특별시 예시구 보기로 12",
                f"{n}호",
            )
        )
    return [entry["addressBookNo"] for entry in books]


def _client_id(world: World) -> str:
    return next(
        str(key) for key, app in world.state["apps"].items() if app["name"] == world.state["app"]
    )


ACTS: dict[str, Callable[[World, Data], Any]] = {
    "new_order": new_order,
    "suspend": suspend,
    "register_ip": register_ip,
    "set_groups": set_groups,
    "set_limits": set_limits,
    "set_punished": set_punished,
    "expire_tokens": expire_tokens,
    "new_secret": new_secret,
    "use_app": use_app,
    "set_addresses": set_addresses,
    "edit_listing": listing_acts.edit_listing,
    "sell_out": listing_acts.sell_out,
    "remove_listing": listing_acts.remove_listing,
}

act = act_by_name(ACTS, LINE_ACTS, lambda world, key: rows(world).get(key))
"""Acts on lines take `line` (a product order number) or `lines`."""
