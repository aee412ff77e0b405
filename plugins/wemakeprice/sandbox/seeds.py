"""The three worlds: small (each kind of line once or twice), busy, and bench."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hanpan.api import World, later, shelves, spread
from plugins.wemakeprice.sandbox import bundles, claims, listings, policies
from plugins.wemakeprice.sandbox.arrivals import arrive, arrive_as_told
from plugins.wemakeprice.sandbox.bundles import Row, lines_of
from plugins.wemakeprice.sandbox.claims import end_claim, open_claim
from plugins.wemakeprice.sandbox.wire import DAY, HOUR, now_of

LINES = {"busy": 5_000, "bench": 100_000}
DAYS = 7
OPTIONS = {"orders", "products", "lines", "days", "mix", "trickle", "limits", "listings"}


def seed(world: World, size: str) -> None:
    """Fill an empty world. Options of `POST seed`: `orders` (how many lines instead of the usual
    ones), `products` (how many listings, at least the ten that orders are of), `days` (over how
    many), `mix` (false: all new), `lines` (orders beside them, as for the act `new_order`),
    `trickle` (new ones a minute), `limits` (`per_second`, `burst`; none: no limit is published),
    `listings` (how many products are said to use the first policy)."""
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
    """An API key: 96 hex letters (§1)."""
    return f"{world.rng.getrandbits(384):096x}"


def _furnish(world: World) -> None:
    world.state.update(
        key=new_key(world),
        agency="한판",
        seller={
            "id": "hanpan_practice",
            "group": f"partner{world.rng.randrange(10**7):07d}",
            "store": "한판연습상점",
        },
        limits=world.options.get("limits"),
        bundles={},
        claims={},
        policies={},
    )
    listings.furnish(world, shelves.count_of(world))
    for number, values in enumerate(_POLICIES):
        key = policies.add(world, _POLICY | values)
        if number == 0:
            world.state["policies"][str(key)]["listings"] = int(world.options.get("listings", 3))


_POLICY: dict[str, Any] = {
    "shipPolicyName": "기본 3,000원 (5만원 이상 무료)", "shipMethod": "KP", "bundleKind": "BND",
    "shipType": "COND", "shipFee": 3000, "shipFeeDisplayYn": "Y", "freeCondition": 50000,
    "differenceYn": "N", "differenceCount": None, "prepaymentYn": "Y", "claimShipFee": 3000,
    "shipArea": "WHOLE", "jejuShipFee": 3000, "islandMountainShipFee": 5000,
    "releaseDay": 2, "releaseTime": None, "holidayExceptYn": "Y",
    "releaseZipCode": "06236", "releaseRoadAddress1": "서울특별시 예시구 보기로 10",
    "releaseRoadAddress2": "2층", "releaseAddress1": "서울특별시 예시구 보기동 1",
    "releaseAddress2": "2층", "returnZipCode": "13529",
    "returnRoadAddress1": "경기도 견본시 연습구 시범로 3", "returnRoadAddress2": "물류동 1층",
    "returnAddress1": "경기도 견본시 연습구 시범동 3", "returnAddress2": "물류동 1층",
    "safetyNoDisplayYn": "N",
}  # fmt: skip
_POLICIES: tuple[dict[str, Any], ...] = (
    {},
    {
        "shipPolicyName": "무료배송 (당일 출고)", "shipType": "FREE", "shipFee": None,
        "freeCondition": None, "releaseDay": 1, "releaseTime": 14,
    },
    {
        "shipPolicyName": "대형 상품 착불", "bundleKind": "PRD", "shipType": "FIXED",
        "shipFee": 9000, "freeCondition": None, "prepaymentYn": "N", "shipFeeDisplayYn": "N",
        "differenceYn": "Y", "differenceCount": 2, "shipArea": "NO_MOUNTAIN_ISLAND",
        "jejuShipFee": None, "islandMountainShipFee": None, "holidayExceptYn": "A",
        "safetyNoDisplayYn": "Y",
    },
)  # fmt: skip


def policy(name: str) -> dict[str, Any]:
    """The values of an ordinary policy of that name."""
    return _POLICY | {"shipPolicyName": name}


_SMALL: tuple[tuple[float, dict[str, Any], str], ...] = (
    # hours ago, what was ordered, how far it has come
    (118, {}, "delivered"),
    (110, {}, "returned"),
    (104, {"quantity": 2}, "returning"),
    (98, {}, "exchanging"),
    (90, {}, "return withdrawn"),
    (75, {"quantity": 2}, "shipping"),
    (71, {"lines": 3}, "shipping"),
    (66, {}, "cancelled"),
    (52, {"quantity": 3}, "cancelled in part"),
    (50, {}, "confirmed"),
    (47, {"lines": 2}, "confirmed"),
    (30, {"quantity": 2}, "cancelling"),
    (27, {"collect": True}, ""),
    (25, {"lines": 2}, ""),
    (23, {"lines": 3}, ""),
    (20, {"text": "생일 축하해"}, ""),
    (9, {"quantity": 3}, ""),
    (5, {"bundles": 2}, ""),
    (1.5, {}, ""),
    (0.4, {}, ""),
)


def _small(world: World) -> None:
    now = now_of(world)
    for hours, told, fate in _SMALL:
        at = now - int(hours * HOUR)
        for row in arrive(world, at=at, **told):
            _fate(world, row, fate, at, now)


_SIZES = (*[(1, 0)] * 16, *[(2, 0)] * 3, (3, 0))
_MIX: tuple[tuple[str, ...], ...] = (
    (*[""] * 30, *["confirmed"] * 8, "cancelled", "cancelling"),
    (*[""] * 4, *["confirmed"] * 16, *["shipping"] * 18, "cancelled", "cancelled in part"),
    ("", *["confirmed"] * 5, *["shipping"] * 20, *["delivered"] * 13, "cancelled"),
    (*["shipping"] * 10, *["delivered"] * 27, "returned", "returning", "exchanging"),
)


def _many(world: World, count: int, days: float, mix: bool) -> None:
    rng, now = world.rng, now_of(world)
    for number, (back, size, _) in enumerate(spread(world, count, days, DAY, _SIZES)):
        at = now - back
        fate = rng.choice(_MIX[min(3, back // DAY)]) if mix else ""
        # Texts grow: a client has to live with those that no document has.
        odd = {"odd": True} if mix and number % 97 == 96 and not fate else {}
        for row in arrive(world, at=at, lines=size, facts=odd):
            _fate(world, row, fate, at, now)


def _fate(world: World, row: Row, fate: str, at: int, now: int) -> None:
    """How far a bundle paid at `at` has come until now. Not by our API: no effect is counted."""

    then: Callable[[float], int] = partial(later, at, now=now, hour=HOUR)

    _, product, option = next(lines_of(row))

    def claim(kind: str, hours: float, quantity: int | None = None) -> Row:
        pieces = quantity or option["quantity"]
        return open_claim(world, row, product, option, kind=kind, quantity=pieces, at=then(hours))

    if fate in ("cancelling", "cancelled", "cancelled in part"):
        cancel = claim("CANCEL", 3, 1 if fate.endswith("part") else None)
        if fate != "cancelling":
            end_claim(world, cancel, "APPROVE", then(5))
        return
    if not fate:
        return
    facts: Row = {"status": "CONFIRM", "confirmed": then(2)}
    if fate != "confirmed":
        parcel = {"company": "D002", "number": f"6{int(row['no']):011d}"}
        facts |= {"status": "SHIPPING", "shipped": then(20), "delivery": parcel}
    if fate not in ("confirmed", "shipping"):
        facts |= {"status": "COMPLETE", "completed": then(44)}
    bundles.change(world, row, **facts)
    if fate == "exchanging":
        claim("EXCHANGE", 60, 1)
    elif fate in ("returning", "returned", "return withdrawn"):
        back = claim("RETURN", 60)
        if fate != "returning":
            end_claim(world, back, "APPROVE" if fate == "returned" else "WITHDRAW", then(70))


def _write_ahead(world: World) -> None:
    """Have every row written before the first call, so that a bench measures the client."""
    now = now_of(world)
    for kind in (bundles, claims):
        for key in kind.rows(world):
            kind.written(world, key, now)
