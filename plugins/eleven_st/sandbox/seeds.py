"""The three worlds: small (each kind of line once or twice), busy, and bench."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hanpan.api import World, later, shelves, spread
from plugins.eleven_st.sandbox import book, deadlines, listings
from plugins.eleven_st.sandbox.arrivals import arrive, arrive_as_told
from plugins.eleven_st.sandbox.lines import LISTS, Row, in_list, in_states, rows
from plugins.eleven_st.sandbox.telling import state_of
from plugins.eleven_st.sandbox.wire import DAY, HOUR, now_of

LINES = {"busy": 5_000, "bench": 100_000}
DAYS = 7
OPTIONS = {
    "orders", "products", "lines", "days", "mix", "trickle", "limits", "by_order", "seller_type",
}  # fmt: skip
_LETTERS = "0123456789abcdef"


def seed(world: World, size: str) -> None:
    """Fill an empty world. Options of `POST seed`: `orders` (how many lines instead of the usual
    ones), `products` (how many listings, at least the ten that orders are of), `days` (over how
    many), `mix` (false: all new), `lines` (orders beside them, as for the act `new_order`),
    `trickle` (new ones a minute), `limits` (none), `by_order` (true: every list goes by the
    order's date), `seller_type`."""
    options = world.options
    world.know_options(OPTIONS)
    _furnish(world)
    count = options.get("orders", LINES.get(size))
    if count is None:
        _small(world)
    else:
        _many(world, int(count), float(options.get("days", DAYS)), bool(options.get("mix", True)))
    for told in options.get("lines", []):
        arrive_as_told(world, told)
    if size == "bench":
        _write_ahead(world)


def new_key(world: World) -> str:
    """An OPEN API KEY: 32 letters and digits."""
    return "".join(world.rng.choices(_LETTERS, k=32))


def _furnish(world: World) -> None:
    limits = world.options.get("limits")
    world.state.update(
        key=new_key(world),
        member="10000001",
        seller_type=world.options.get("seller_type", "general"),
        approved=True,
        ip_registered=True,
        maintenance=False,
        limits=dict(limits) if limits else None,
        failing_confirms=0,
        lines={},
        orders={},
        bundles={},
        addresses={kind: {} for kind in book.SHELVES},
        deadlines={},
    )
    listings.furnish(world, shelves.count_of(world))
    first = book.put(world, "out", "기본 출고지", 9)
    book.put(world, "in", "반품 받는 곳", 32, first["addrSeq"])
    book.put(world, "out", "냉장 물류", 124)
    book.put_abroad(world, "해외 창고")
    deadlines.put(
        world, sendClfCd="02", satSendYn="N", sendCmplTerm="0", wkdayPayCmplHm="1500",
        satPayCmplHm="0900", repCloseTimeYn="Y",
    )  # fmt: skip
    deadlines.put(
        world, sendClfCd="01", satSendYn="Y", sendCmplTerm="2", wkdayPayCmplHm="0900",
        satPayCmplHm="1100", repCloseTimeYn="N",
    )  # fmt: skip


_SMALL: tuple[tuple[float, dict[str, Any], str], ...] = (
    # hours ago, what was ordered, how far it has come
    (118, {}, "decided"),
    (110, {}, "returning"),
    (104, {}, "returned"),
    (98, {}, "exchanging"),
    (96, {}, "delivered"),
    (75, {"quantity": 2}, "shipping"),
    (71, {}, "shipping"),
    (66, {}, "cancelled"),
    (50, {}, "confirmed"),
    (47, {"lines": 2}, "confirmed"),
    (40, {}, "cancel withdrawn"),
    (30, {}, "cancelling"),
    (26, {"quantity": 3}, "cancelled in part"),
    (25, {"lines": 2}, ""),
    (23, {"addons": 1}, ""),
    (20, {}, "odd"),
    (12, {"lines": 2, "same": True, "goods": 0}, ""),
    (9, {"quantity": 3}, ""),
    (6, {"waiting": True}, "waiting"),
    (5, {"facts": {"worldwide": True}}, ""),
    (4, {"lines": 3, "addons": 1}, ""),
    (1.5, {}, ""),
    (0.4, {}, ""),
)


def _small(world: World) -> None:
    now = now_of(world)
    for hours, told, fate in _SMALL:
        at = now - int(hours * HOUR)
        for row in arrive(world, at=at, **told):
            row |= _fate(world, fate, row, at, now)


def _many(world: World, count: int, days: float, mix: bool) -> None:
    rng, now = world.rng, now_of(world)
    made = 0
    for back, lines, addons in spread(world, count, days, DAY):
        at = now - back
        fate = rng.choice(_MIX[min(3, back // DAY)]) if mix else ""
        for row in arrive(world, at=at, lines=lines, addons=addons):
            row |= _fate(world, fate, row, at, now)
            made += 1
            if mix and made % 97 == 0:
                row |= {"odd": True}


_MIX: tuple[tuple[str, ...], ...] = (
    ("", "", "", "", "", "", "confirmed", "confirmed", "cancelled", "cancelling"),
    ("", "confirmed", "confirmed", "confirmed", "confirmed", "shipping", "cancelled"),
    ("", "confirmed", "confirmed", "shipping", "delivered", "delivered", "delivered"),
    (*["delivered"] * 9, *["decided"] * 9, "shipping", "returning"),
)


def _fate(world: World, fate: str, row: Row, at: int, now: int) -> dict[str, Any]:
    """How far a line paid at `at` has come until now. Not by our API: no effect is counted."""

    then: Callable[[float], int] = partial(later, at, now=now, hour=HOUR)

    def claim(kind: str, stat: str, was: str, hours: float, **more: Any) -> dict[str, Any]:
        found = {
            "id": str(8_000_000 + world.number("claim")), "kind": kind, "stat": stat, "was": was,
            "state": "open", "at": then(hours), "qty": row.get("qty", 1),
            "reason": "14" if kind == "cancel" else "101",
        }  # fmt: skip
        return {"claims": [found | more]}

    whole = row.get("qty", 1)
    ended = {"state": "done", "done": then(5)}
    early: dict[str, Callable[[], dict[str, Any]]] = {
        "": dict,
        "odd": lambda: {"odd": True},
        "waiting": dict,
        "cancelling": lambda: {"state": "701", **claim("cancel", "01", "202", 3)},
        "cancel withdrawn": lambda: claim(
            "cancel", "01", "202", 3, state="withdrawn", done=then(4),
        ),
        "cancelled": lambda: {
            "state": "B01", "cancelled": whole, **claim("cancel", "02", "202", 3, **ended),
        },
        "cancelled in part": lambda: {
            "cancelled": 1, **claim("cancel", "02", "202", 3, qty=1, **ended),
        },
    }  # fmt: skip
    if fate in early:
        return early[fate]()
    facts: dict[str, Any] = {"state": "301", "confirmed": then(2)}
    if fate == "confirmed":
        return facts
    facts |= {"state": "401", "courier": "00034", "sent": then(20)}
    facts["invoice"] = f"6{row['order'][-8:]}{row['seq']:0>3}"
    if fate == "shipping":
        return facts
    facts |= {"state": "501", "arrived": then(44)}
    if fate == "decided":
        facts |= {"state": "901", "decided": then(70)}
    if fate == "returning":
        facts |= {"state": "601", **claim("return", "105", "501", 60)}
    if fate == "exchanging":
        facts |= {"state": "601", **claim("exchange", "201", "501", 60)}
    if fate == "returned":
        done = claim("return", "106", "501", 60, state="done", done=then(80))
        facts |= {"state": "A01", "returned": whole, **done}
    return facts


def _write_ahead(world: World) -> None:
    """Have every row written before the first call, so that a bench measures the client."""
    now = now_of(world)
    for number, row in rows(world).items():
        in_states(world, number, now)
        if state_of(row) in LISTS:
            in_list(world, number, LISTS[state_of(row)][0], now)
