"""묶음배송그룹: list, one, create, update; there is no delete (§5, §5.1)."""

from __future__ import annotations

from typing import Any

from hanpan.api import World, seen
from plugins.smartstore.sandbox.lines import hide
from plugins.smartstore.sandbox.wire import Answered, Call, Refusal, pack

MOST_PER_PAGE = 100
MOST_FEE = 200_000
_FIELDS = ("id", "name", "usable", "baseGroup", "deliveryFeeChargeMethodType", "deliveryFeeByArea")
Inputs = list[tuple[str, str, str]]


def wrong(*inputs: tuple[str, str, str]) -> Refusal:
    """BAD_REQUEST with the reasons of single fields."""
    return Refusal(400, "BAD_REQUEST", "유효하지 않은 요청입니다.", list(inputs))


def listed(call: Call) -> Answered:
    """`GET …/bundle-groups`: name is the beginning of the name, pages from 1."""
    page = call.number("page", 1, wrong(("page", "typeMismatch", "숫자여야 합니다.")))
    size = call.number("size", 50, wrong(("size", "typeMismatch", "숫자여야 합니다.")))
    if page < 1:
        raise wrong(("page", "Min", "1 이상이어야 합니다."))
    if not 1 <= size <= MOST_PER_PAGE:
        raise wrong(("size", "Max", "100 이하여야 합니다."))
    found = [group for group in _shown(call) if _wanted(group, call)]
    shown = found[(page - 1) * size : page * size]
    pages = -(-len(found) // size)
    told = {
        "contents": shown,
        "page": page,
        "size": size,
        "totalElements": len(found),
        "totalPages": pages,
        "sort": {"sorted": True, "fields": [{"name": "id", "direction": "ASC"}]},
        "first": page == 1,
        "last": page >= pages,
    }
    return 200, pack(told)


def one(call: Call) -> Answered:
    """`GET …/bundle-groups/{id}`."""
    for group in _shown(call):
        if str(group["id"]) == call.parts[0]:
            return 200, pack({"deliveryBundleGroup": group})
    raise Refusal(404, "NOT_FOUND", "묶음배송그룹이 없습니다.")


def create(call: Call) -> Answered:
    """`POST …/bundle-groups`; a given id is ignored."""
    values = _read(call)
    number = 55_500 + call.world.number("bundle_group")
    row: dict[str, Any] = {"values": {"id": number, **values}, "updates": 0}
    hide(call.world, row, None)
    _store(call.world, row)
    call.world.record("template_create", f"bundle_group:{number}")
    return 200, pack({"groupId": number})


def update(call: Call) -> Answered:
    """`PUT …/bundle-groups/{id}`: replaces the whole group."""
    row = call.world.state["bundles"].get(call.parts[0])
    if row is None:
        raise Refusal(404, "NOT_FOUND", "묶음배송그룹이 없습니다.")
    values = _read(call)
    before = row["values"]
    if before["baseGroup"] and not values["baseGroup"]:
        # Assumed: the base group can only be given to another one, never dropped.
        raise wrong(
            (
                "deliveryBundleGroup.baseGroup",
                "NotAllowed.baseGroup",
                "기본그룹은 다른 그룹을 기본으로 지정해 바꿀 수 있습니다.",
            )
        )
    hide(call.world, row, {"values": before})
    row["values"] = {"id": before["id"], **values}
    row["updates"] += 1
    _store(call.world, row)
    call.world.record("template_update", f"bundle_group:{before['id']}")
    return 200, pack({"groupId": before["id"]})


def _store(world: World, row: dict[str, Any]) -> None:
    """Keep the row; there is exactly one base group, and it is usable."""
    groups = world.state["bundles"]
    groups[str(row["values"]["id"])] = row
    if row["values"]["baseGroup"]:
        for other in groups.values():
            if other is not row and other["values"]["baseGroup"]:
                hide(world, other, {"values": other["values"]})
                other["values"] = {**other["values"], "baseGroup": False}


def _shown(call: Call) -> list[dict[str, Any]]:
    rows = [seen(row, call.now) for row in call.world.state["bundles"].values()]
    return [row["values"] for row in rows if row is not None]


def _wanted(group: dict[str, Any], call: Call) -> bool:
    for name, field in (("baseGroup", "baseGroup"), ("usable", "usable")):
        asked = call.one(name)
        if asked and asked not in ("true", "false"):
            raise wrong((name, "typeMismatch", "true, false 중 하나여야 합니다."))
        if asked and group[field] != (asked == "true"):
            return False
    return bool(group["name"].startswith(call.one("name")))


def _read(call: Call) -> dict[str, Any]:
    data = call.json(wrong()).get("deliveryBundleGroup")
    if not isinstance(data, dict):
        raise wrong(("deliveryBundleGroup", "NotNull", "필수 항목입니다."))
    problems: Inputs = [
        (name, "NotAllowed", "알 수 없는 항목입니다.") for name in data if name not in _FIELDS
    ]
    name = data.get("name")
    if not isinstance(name, str) or not name.strip():
        problems.append(("name", "NotBlank", "그룹 이름을 입력해 주세요."))
    base = data.get("baseGroup", False)
    for flag, value in (("usable", data.get("usable")), ("baseGroup", base)):
        if not isinstance(value, bool):
            problems.append((flag, "NotNull", "true, false 중 하나여야 합니다."))
    if data.get("deliveryFeeChargeMethodType") not in ("MIN", "MAX"):
        problems.append(
            ("deliveryFeeChargeMethodType", "NotValidEnum", "MIN, MAX 중 하나여야 합니다.")
        )
    area, found = _area(data.get("deliveryFeeByArea"))
    problems += found
    if problems:
        raise wrong(*((f"deliveryBundleGroup.{field}", kind, why) for field, kind, why in problems))
    return {
        "name": name,
        "usable": True if base else data["usable"],
        "baseGroup": base,
        "deliveryFeeChargeMethodType": data["deliveryFeeChargeMethodType"],
        "deliveryFeeByArea": area,
    }


def _area(data: Any) -> tuple[dict[str, Any] | None, Inputs]:
    if data is None:
        return None, []
    if not isinstance(data, dict):
        return None, [("deliveryFeeByArea", "typeMismatch", "객체여야 합니다.")]
    problems: Inputs = []
    kind = data.get("deliveryAreaType")
    if kind not in ("AREA_2", "AREA_3"):
        problems.append(("deliveryAreaType", "NotValidEnum", "AREA_2, AREA_3 중 하나여야 합니다."))
    fees = ["area2extraFee", "area3extraFee"]
    for name in fees:
        fee = data.get(name)
        if fee is None:
            if name == "area3extraFee" and kind == "AREA_3":
                problems.append((name, "NotNull", "3권역에는 필수입니다."))
        elif not isinstance(fee, int) or isinstance(fee, bool) or not 0 <= fee <= MOST_FEE:
            problems.append((name, "Max", "0원부터 200,000원까지 입력할 수 있습니다."))
    area = {"deliveryAreaType": kind, **{name: data.get(name) for name in fees}}
    if kind == "AREA_2":
        area.pop("area3extraFee")
    return area, [(f"deliveryFeeByArea.{name}", why, text) for name, why, text in problems]
