"""The three worlds: small (each kind of line once or twice), busy, and bench."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hanpan.api import World, later, shelves, spread
from plugins.interpark.assumed import (
    ADDRESS_USE,
    DISPATCH_TODAY_ITEM,
    POLICY_DEFAULT,
)
from plugins.interpark.sandbox import listings
from plugins.interpark.sandbox.arrivals import arrive, arrive_as_told
from plugins.interpark.sandbox.lines import (
    CANCELLED,
    CONFIRMED,
    DECIDED,
    DELIVERED,
    SHIPPING,
    Row,
    rows,
)
from plugins.interpark.sandbox.orders import head_of, line_of
from plugins.interpark.sandbox.policies import PAIRS, new_number
from plugins.interpark.sandbox.wire import DAY, HOUR, now_of

GENEROUS = {"per_second": 100_000, "burst": 200_000}
LINES = {"busy": 5_000, "bench": 100_000}
DAYS = 7
OPTIONS = {"orders", "products", "lines", "days", "mix", "trickle", "limits", "granted"}
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def seed(world: World, size: str) -> None:
    """Fill an empty world. Options of `POST seed`: `orders` (how many lines instead of the usual
    ones), `products` (how many listings, at least the ten that orders are of), `days` (over how
    many), `mix` (false: all new; in `bench` all confirmed), `lines` (orders beside them, as for
    the act `new_order`), `trickle` (new ones a minute), `limits` (none is published), `granted`
    (false: the order API is not approved yet)."""
    options = world.options
    world.know_options(OPTIONS)
    _furnish(world)
    count = options.get("orders", LINES.get(size))
    if count is None:
        _small(world)
    else:
        days, mix = float(options.get("days", DAYS)), bool(options.get("mix", True))
        # New lines are told by none of the lists that change nothing: a bench would miss them.
        plain = "confirmed" if size == "bench" else ""
        _many(world, int(count), days, _MIX if mix and size != "bench" else ((plain,),))
    for told in options.get("lines", []):
        arrive_as_told(world, told)
    if size == "bench":
        _write_ahead(world)


def new_pair(world: World) -> list[str]:
    """A key and its secret: base64-like, with the letters that must be escaped (§1.1)."""
    rng = world.rng
    return [
        f"{''.join(rng.choices(_LETTERS, k=18))}+/{''.join(rng.choices(_LETTERS, k=14))}^{end}"
        for end in ("=", "==")
    ]


def _furnish(world: World) -> None:
    rng = world.rng
    world.state.update(
        seller={
            "entr_no": f"3{rng.randrange(10**9):09d}",
            "ctrt_seq": "1",
            "entr_id": "HANPANPRACTICE",
            "store": "한판연습상점",
        },
        keys={service: new_pair(world) for service in PAIRS},
        granted=bool(world.options.get("granted", True)),
        reaches_us=True,
        limits=dict(world.options.get("limits", GENEROUS)),
        lines={},
        templates={name: {} for name in _TEMPLATES},
    )
    listings.furnish(world, shelves.count_of(world))
    for name, told in _TEMPLATES.items():
        for values in told:
            row = {"values": values, "updates": 0}
            world.state["templates"][name][new_number(world, name)] = row


def _return(name: str, code: str, base: str, detail: str, use: str) -> Row:
    return {
        "delvNm": name, "delvZipcd": code, "delvAddr1": base, "delvAddr2": detail,
        "delvTelno": "02-0000-0000", "delvHp": "", ADDRESS_USE: use,
    }  # fmt: skip


def _rules(*told: str) -> Row:
    return dict(zip(DISPATCH_TODAY_ITEM.values(), told, strict=True))


_TEMPLATES: dict[str, tuple[Row, ...]] = {
    "return_address": (
        _return("기본반품지", "13529", "경기도 견본시 연습구 시범로 3", "물류동 1층", "Y"),
        _return("예전 반품지", "06236", "서울특별시 예시구 보기로 10", "3층", "N"),
    ),
    "bundle_fee": (
        {
            "distCostTp": "98", "distCostCd": "02", "distCost": "3000", "maxbuyAmt": "50000",
            POLICY_DEFAULT: "Y",
        },
        {"distCostTp": "00", "distCostCd": "02", "distCost": "0", "localCostYn": "Y",
         POLICY_DEFAULT: "N"},
    ),
    "dispatch_today": (_rules("1400", "Y", "1100", "7", ""),),
}  # fmt: skip

_SMALL: tuple[tuple[float, dict[str, Any], str], ...] = (
    # hours ago, what was ordered, how far it has come
    (142, {}, "decided"),
    (118, {}, "returned"),
    (112, {}, "exchanging"),
    (110, {}, "delivered"),
    (96, {"quantity": 2}, "returning"),
    (75, {"quantity": 2}, "shipping"),
    (71, {"collected": True}, "shipping"),
    (66, {}, "cancelled"),
    (52, {"quantity": 3}, "cancelled in part"),
    (50, {}, "confirmed"),
    (47, {"lines": 2}, "confirmed"),
    (41, {}, "cancel withdrawn"),
    (30, {}, "cancelling"),
    (28, {"lines": 3}, "confirmed"),
    (26, {"addons": 1}, "confirmed"),
    (25, {"lines": 2}, ""),
    (23, {"addons": 1}, ""),
    (20, {}, ""),
    (9, {"quantity": 3}, ""),
    (4, {"lines": 2, "addons": 1}, ""),
    (1.5, {"collected": True}, ""),
    (0.4, {}, ""),
)


def _small(world: World) -> None:
    now = now_of(world)
    for hours, told, fate in _SMALL:
        at = now - int(hours * HOUR)
        for row in arrive(world, at=at, **told):
            row |= _fate(world, fate, row, now)


def _many(world: World, count: int, days: float, mix: tuple[tuple[str, ...], ...]) -> None:
    rng, now = world.rng, now_of(world)
    for back, lines, addons in spread(world, count, days, DAY):
        fate = rng.choice(mix[min(len(mix) - 1, back // DAY)])
        for row in arrive(world, at=now - back, lines=lines, addons=addons):
            row |= _fate(world, fate, row, now)


_MIX: tuple[tuple[str, ...], ...] = (
    ("", "", "", "", "", "confirmed", "confirmed", "confirmed", "cancelled", "cancelling"),
    ("", "confirmed", "confirmed", "confirmed", "shipping", "shipping", "cancelled"),
    ("confirmed", "shipping", "shipping", "shipping", "delivered", "cancel withdrawn"),
    ("shipping", "delivered", "delivered", "decided", "decided", "returning", "returned"),
)


def _fate(world: World, fate: str, row: Row, now: int) -> Row:
    """How far a paid line has come until now. Not by our API: no effect is counted."""
    at = row["paid"]

    then: Callable[[float], int] = partial(later, at, now=now, hour=HOUR)

    def asked(kind: str, hours: float, **more: Any) -> Row:
        told = {"kind": kind, "seq": str(world.number("request")), "at": then(hours)}
        return {**told, "quantity": row.get("quantity", 1), **more}

    def claimed(kind: str, hours: float, stat: str, quantity: int = 0) -> Row:
        pieces = quantity or row.get("quantity", 1)
        number = f"C{world.number('claim'):09d}"
        return {
            "kind": kind, "number": number, "quantity": pieces, "at": then(hours), "stat": stat,
        }  # fmt: skip

    if not fate:
        return {}
    state = _STATES[fate]
    changed: Row = {"state": state, "confirmed": then(2)}
    if state in (SHIPPING, DELIVERED, DECIDED):
        number = f"6{row['order'][-11:]}"
        changed |= {"shipped": then(20), "delivery": {"company": "169168", "number": number}}
    if state in (DELIVERED, DECIDED):
        changed["delivered"] = then(44)
    if state == DECIDED:
        changed["decided"] = then(70)
    kind, hours, stat = _CLAIMS.get(fate, ("", 0.0, ""))
    if fate == "cancelling":
        changed["requests"] = [asked("CANCEL", 3)]
    elif fate == "cancel withdrawn":
        changed["requests"] = [asked("CANCEL", 3, withdrawn=then(4))]
    elif kind:
        pieces = 1 if fate == "cancelled in part" else 0
        changed["requests"] = [asked(kind, hours, accepted=then(hours + 2))]
        changed["claims"] = [claimed(kind, hours + 2, stat, pieces)]
        if pieces:
            changed["requests"][0]["quantity"] = pieces
    return changed


_STATES = {
    "confirmed": CONFIRMED,
    "cancelling": CONFIRMED,
    "cancel withdrawn": CONFIRMED,
    "cancelled in part": CONFIRMED,
    "cancelled": CANCELLED,
    "shipping": SHIPPING,
    "delivered": DELIVERED,
    "returning": DELIVERED,
    "returned": DELIVERED,
    "exchanging": DELIVERED,
    "decided": DECIDED,
}
_CLAIMS = {
    "cancelled": ("CANCEL", 3.0, "90"),
    "cancelled in part": ("CANCEL", 3.0, "90"),
    "returning": ("RETURN", 60.0, "50"),
    "returned": ("RETURN", 60.0, "90"),
    "exchanging": ("EXCHANGE", 60.0, "80"),
}


def _write_ahead(world: World) -> None:
    """Have every line written before the first call, so that a bench measures the client."""
    for row in rows(world).values():
        head_of(world, row)
        line_of(world, row["id"])
