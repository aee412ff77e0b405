"""Cancels, returns and exchanges: the claim list (§6), whose path is assumed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hanpan.api import Timelines, World, as_it_is, hide
from plugins.wemakeprice.sandbox.bundles import Row
from plugins.wemakeprice.sandbox.bundles import change as change_bundle
from plugins.wemakeprice.sandbox.bundles import rows as bundle_rows
from plugins.wemakeprice.sandbox.telling import told_claim
from plugins.wemakeprice.sandbox.wire import Call, now_of

SHELF = "claims"
TYPES = ("CANCEL", "RETURN", "EXCHANGE")
STATUSES = ("REQUEST", "APPROVE", "WITHDRAW")


def rows(world: World) -> dict[str, Row]:
    """All claims by their number."""
    found: dict[str, Row] = world.state["claims"]
    return found


def listed(call: Call) -> list[bytes]:
    """`getClaimList`: claims that are in the status now, by the date asked for."""
    start, end = call.window()
    kind = call.one_of("claimType", TYPES)
    status = call.one_of("claimStatus", STATUSES)
    by = call.one_of("searchDateType", STATUSES, default=status)
    stock = shelf(call.world)
    stock.settle(call.now)
    name = f"{kind}.{status}"
    if by == status:
        keys = [key for _, key in stock.between(name, start, end)]
    else:
        shown = {key: stock.shown(key, call.now) or {} for key in stock.every(name)}
        keys = [key for key, row in shown.items() if start <= row.get(by, -1) <= end]
    return [written(call.world, key, call.now) for key in keys]


def open_claim(
    world: World,
    bundle: Row,
    product: Row,
    option: Row,
    *,
    kind: str,
    quantity: int,
    at: int,
    reason: str = "단순변심",
) -> Row:
    """A buyer's request about so many pieces of a line."""
    claim = {
        "no": str(30_000_000 + world.number("claim")),
        "type": kind,
        "status": "REQUEST",
        "REQUEST": at,
        "bundle": bundle["no"],
        "purchase": bundle["purchase"],
        "order": product["no"],
        "goods": product["goods"],
        "line": option,
        "quantity": quantity,
        "reason": reason,
    }
    hide(world, claim, None)
    rows(world)[claim["no"]] = claim
    _moved(world, claim)
    change_bundle(world, bundle, claims={**bundle.get("claims", {}), option["no"]: claim["no"]})
    return claim


def end_claim(world: World, claim: Row, status: str, at: int) -> None:
    """The request is granted, and its pieces are gone (but for an exchange), or taken back."""
    if (found := Timelines.made(world, SHELF)) is not None:
        found.settle(now_of(world))
    hide(world, claim, as_it_is(claim))
    claim.update(status=status, **{status: at})
    _moved(world, claim)
    if status == "APPROVE" and claim["type"] != "EXCHANGE":
        bundle, number = bundle_rows(world)[claim["bundle"]], claim["line"]["no"]
        gone = bundle.get("gone", {})
        gone = {**gone, number: gone.get(number, 0) + claim["quantity"]}
        change_bundle(world, bundle, gone=gone)


def _moved(world: World, claim: Row) -> None:
    world.dirty = True
    if (found := Timelines.made(world, SHELF)) is not None:
        found.moved(claim["no"])


def claim_of(world: World, bundle: Row, option: Row) -> Row | None:
    """The last claim of a line."""
    number = bundle.get("claims", {}).get(option["no"])
    return rows(world)[number] if number else None


def is_cancelling(world: World, bundle: Row) -> bool:
    """Whether a cancel request of one of its lines is open."""
    claims: list[Any] = [rows(world)[number] for number in bundle.get("claims", {}).values()]
    return any((one["type"], one["status"]) == ("CANCEL", "REQUEST") for one in claims)


def _places(claim: Row) -> Iterator[tuple[str, int]]:
    if (claim["type"], claim["status"]) != ("CANCEL", "WITHDRAW"):
        yield f"{claim['type']}.{claim['status']}", claim[claim["status"]]
    # A cancel that is taken back is in no list (§6).


def shelf(world: World) -> Timelines:
    """The claims in the lists that tell them."""
    return Timelines.of(world, SHELF, rows, _places, now_of)


def written(world: World, key: str, now: int) -> bytes:
    """The claim as a list tells it."""
    return shelf(world).written(key, "told", now, told_claim)
