"""The three worlds: small (each kind of line once or twice), busy, and bench."""

from __future__ import annotations

from typing import Any

from hanpan.api import World, later, shelves, spread
from plugins.smartstore.sandbox.arrivals import arrive, arrive_as_told
from plugins.smartstore.sandbox.goods import MAIN
from plugins.smartstore.sandbox.lines import Row, changed, detail, rows
from plugins.smartstore.sandbox.listings import furnish
from plugins.smartstore.sandbox.wire import DAY, HOUR, now_of

STRICT = {"per_second": 2, "burst": 4}
GENEROUS = {"per_second": 100_000, "burst": 200_000}
LINES = {"busy": 5_000, "bench": 100_000}
DAYS = 7
OPTIONS = {"orders", "lines", "days", "mix", "trickle", "limits", "app", "products"}
APPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("own", "external", ("SELF",)),
    ("solution", "external", ("SELF", "SELLER")),
    ("agency", "partner", ("SELLER",)),
)
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SALT = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def seed(world: World, size: str) -> None:
    """Fill an empty world. Options of `POST seed`: `orders` (how many product orders instead of
    the usual ones), `days` (over how many), `mix` (false: all new), `lines` (orders beside them,
    as for the act `new_order`), `trickle` (new ones a minute), `products` (how many listings,
    of which the ten wares come first), `limits`, `app`."""
    options = world.options
    world.know_options(OPTIONS)
    _furnish(world, size)
    furnish(world, shelves.count_of(world) or len(MAIN))
    count = options.get("orders", LINES.get(size))
    if count is None:
        _small(world)
    else:
        _many(world, int(count), float(options.get("days", DAYS)), bool(options.get("mix", True)))
    for told in options.get("lines", []):
        arrive_as_told(world, told)
    if size == "bench":
        _write_ahead(world)


def new_secret(world: World) -> str:
    """A client secret: a bcrypt salt of the cheapest cost, its last letter canonical (§2.1)."""
    return "$2a$04$" + "".join(world.rng.choices(_SALT, k=21)) + world.rng.choice(".Oeu")


def _furnish(world: World, size: str) -> None:
    rng = world.rng
    world.state.update(
        apps={
            "".join(rng.choices(_LETTERS, k=22)): {
                "name": name,
                "secret": new_secret(world),
                "base": base,
                "types": list(types),
            }
            for name, base, types in APPS
        },
        app=world.options.get("app", "own"),
        seller={
            "account_id": "hanpan_practice",
            "uid": "ncp_" + "".join(rng.choices(_LETTERS, k=20)),
            "channel_no": 500_000_001,
            "store": "한판연습상점",
            "url": "https://smartstore.naver.com/hanpan-practice",
            "suspended": False,
        },
        groups=["상품", "주문 판매자", "판매자정보"],
        ip_registered=True,
        limits=dict(world.options.get("limits", GENEROUS if size == "bench" else STRICT)),
        tokens={},
        punished={},
        lines={},
        orders={},
        addresses=[book(100_812_345 + n, *told) for n, told in enumerate(_BOOKS)],
        this_day={
            "values": {
                "basisHour": 14,
                "basisMinute": 0,
                "holidayOfTheWeek": None,
                "sellerHolidays": [],
                "reason": "기본 설정",
            },
            "updates": 0,
        },
        bundles={},
    )
    for name, base, area in (("기본 묶음배송그룹", True, None), ("냉장 묶음", False, _AREA)):
        number = 55_500 + world.number("bundle_group")
        values = {
            "id": number,
            "name": name,
            "usable": True,
            "baseGroup": base,
            "deliveryFeeChargeMethodType": "MIN",
            "deliveryFeeByArea": area,
        }
        world.state["bundles"][str(number)] = {"values": values, "updates": 0}


_AREA = {"deliveryAreaType": "AREA_3", "area2extraFee": 3000, "area3extraFee": 5000}
_BOOKS = (
    ("기본 출고지", "RELEASE", "06236", "서울특별시 예시구 보기로 10", "2층"),
    ("반품 받는 곳", "REFUND_OR_EXCHANGE", "13529", "경기도 견본시 연습구 시범로 3", "물류동 1층"),
    ("대표 사업장", "REPRESENTATIVE", "06236", "서울특별시 예시구 보기로 10", "3층 301호"),
)


def book(number: int, name: str, kind: str, code: str, base: str, detail: str) -> dict[str, Any]:
    """An entry of the address book (§4)."""
    return {
        "addressBookNo": number,
        "name": name,
        "addressType": kind,
        "postalCode": code,
        "baseAddress": base,
        "detailAddress": detail,
        "address": f"{base} {detail}",
        "phoneNumber1": "02-0000-0000",
        "phoneNumber2": None,
        "hasLocation": True,
        "roadNameAddress": True,
        "overseasAddress": False,
    }


_SMALL: tuple[tuple[float, dict[str, Any], str], ...] = (
    # hours ago, what was ordered, how far it has come
    (118, {}, "decided"),
    (110, {}, "returned"),
    (96, {}, "delivered"),
    (75, {"quantity": 2}, "shipping"),
    (71, {}, "shipping"),
    (66, {}, "cancelled"),
    (50, {}, "confirmed"),
    (47, {"lines": 2}, "confirmed"),
    (30, {}, "cancelling"),
    (28, {"gift": True}, "gift"),
    (26, {"gift": True}, ""),
    (25, {"lines": 2}, ""),
    (23, {"addons": 1}, ""),
    (20, {}, ""),
    (9, {"quantity": 3}, ""),
    (6, {"waiting": True}, ""),
    (5, {"facts": {"direct": True}}, ""),
    (4, {"lines": 2, "addons": 1}, ""),
    (1.5, {}, ""),
    (0.4, {}, ""),
)


def _small(world: World) -> None:
    now = now_of(world)
    for hours, told, fate in _SMALL:
        at = now - int(hours * HOUR)
        for row in arrive(world, at=at, **told):
            row |= _fate(fate, row, at, now)


def _many(world: World, count: int, days: float, mix: bool) -> None:
    rng, now = world.rng, now_of(world)
    made = 0
    for back, lines, addons in spread(world, count, days, DAY):
        at = now - back
        fate = rng.choice(_MIX[min(3, back // DAY)]) if mix else ""
        for row in arrive(world, at=at, lines=lines, addons=addons):
            row |= _fate(fate, row, at, now)
            made += 1
            if mix and made % 97 == 0:
                # Enumerations grow: a client has to live with values that no document has.
                row |= {"odd": True}
                if not fate:
                    row |= {"change": "PRACTICE_FUTURE_CHANGE"}


_MIX: tuple[tuple[str, ...], ...] = (
    ("", "", "", "", "", "", "confirmed", "confirmed", "cancelled", "cancelling"),
    ("", "confirmed", "confirmed", "confirmed", "shipping", "shipping", "cancelled"),
    ("", "confirmed", "shipping", "shipping", "shipping", "delivered", "delivered"),
    ("shipping", "delivered", "delivered", "delivered", "decided", "decided", "returned"),
)


def _fate(fate: str, row: Row, at: int, now: int) -> dict[str, Any]:
    """How far a line paid at `at` has come until now. Not by our API: no effect is counted."""

    def then(hours: float) -> int:
        return later(at, hours, now=now, hour=HOUR) // 10 * 10

    def told(change: str, hours: float) -> dict[str, Any]:
        return {"change": change, "changed": then(hours)}

    def claim(kind: str, status: str, hours: float, **more: Any) -> dict[str, Any]:
        found = {"type": kind, "status": status, "id": f"4{row['id'][1:]}", "at": then(hours)}
        return {"claim": found | more} | told("CLAIM_REQUESTED", hours)

    if fate == "cancelling":
        return claim("CANCEL", "CANCEL_REQUEST", 3)
    if fate == "cancelled":
        done = claim("CANCEL", "CANCEL_DONE", 3, done=then(5)) | told("CLAIM_COMPLETED", 5)
        return done | {"status": "CANCELED", "gone": row.get("quantity", 1)}
    if fate == "gift":
        return {"gift": "RECEIVED", "received": then(4)} | told("GIFT_RECEIVED", 4)
    if not fate:
        return {}
    facts: dict[str, Any] = {"place": "OK", "placed": then(2)}
    if fate == "confirmed":
        return facts
    sent = {"company": "CJGLS", "number": f"6{row['id'][5:]}", "sent": then(20)}
    facts |= {"status": "DELIVERING", "delivery": sent} | told("DISPATCHED", 20)
    if fate == "shipping":
        return facts
    arrived = {"status": "DELIVERY_COMPLETION", "arrived": then(44)}
    facts |= {"status": "DELIVERED", "delivery": sent | arrived}
    if fate == "decided":
        decided = {"status": "PURCHASE_DECIDED", "decided": then(70)}
        facts |= decided | told("PURCHASE_DECIDED", 70)
    if fate == "returned":
        facts |= claim("RETURN", "RETURN_REQUEST", 60)
    return facts


def _write_ahead(world: World) -> None:
    """Have every line written before the first call, so that a bench measures the client."""
    now = now_of(world)
    for key in rows(world):
        changed(world, key, now)
        detail(world, key, now)
