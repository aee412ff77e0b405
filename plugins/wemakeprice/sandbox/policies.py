"""배송정책: list, create and update by one call, and the assumed delete (§4)."""

from __future__ import annotations

import re
from typing import Any

from hanpan.api import World, hide, seen
from plugins.wemakeprice.sandbox.bundles import Row
from plugins.wemakeprice.sandbox.wire import Call, Refusal, now_of, pack, settled

CODES: dict[str, tuple[str, ...]] = {
    "shipMethod": ("KP", "KD", "KM", "OP", "OD"),
    "bundleKind": ("PRD", "BND"),
    "shipType": ("FREE", "FIXED", "COND"),
    "shipFeeDisplayYn": ("Y", "N"),
    "differenceYn": ("Y", "N"),
    "prepaymentYn": ("Y", "N"),
    "shipArea": ("WHOLE", "NO_MOUNTAIN_ISLAND"),
    "holidayExceptYn": ("Y", "A", "N"),
    "safetyNoDisplayYn": ("Y", "N"),
}
FEE = 9_999_999
NUMBERS: dict[str, tuple[int, int]] = {
    "shipFee": (1, FEE),
    "freeCondition": (1, 999_999_999),
    "differenceCount": (1, 99_999),
    "claimShipFee": (0, FEE),
    "jejuShipFee": (0, FEE),
    "islandMountainShipFee": (0, FEE),
    "releaseDay": (1, 15),
    "releaseTime": (1, 24),
}
ADDRESSES = [
    f"{place}{part}"
    for place in ("release", "return")
    for part in ("ZipCode", "RoadAddress1", "Address1", "RoadAddress2", "Address2")
]
NAMES = ("shipPolicyName", *CODES, *NUMBERS, *ADDRESSES)

Problems = dict[str, str]


def listed(call: Call) -> list[bytes]:
    """`getSellerShipPolicy`: every policy, with what only the list tells (§4)."""
    seller = call.world.state["seller"]["group"]
    shown = [seen(row, call.now) for row in call.world.state["policies"].values()]
    extra = {"partnerGroupId": seller, "shipMng": None, "parcelCompanyCode": None}
    return [pack({**row["values"], **extra}) for row in shown if row is not None and _there(row)]


def save(call: Call) -> bytes:
    """`setSellerShipPolicy`: without a number it creates, with one it replaces; `returnKey` is
    the number."""
    number = call.body.get("shipPolicyNo")
    before = None if number is None else call.world.state["policies"].get(str(number))
    if number is not None and (before is None or not _there(before)):
        raise Refusal(404, "존재하지 않는 배송정책입니다.")
    values = _read(call.body, before)
    row = before or _new(call.world)
    kept = None if before is None else {"values": row["values"]}
    hide(call.world, row, kept)
    row["values"] = {"shipPolicyNo": row["no"], **values}
    row["updates"] += before is not None
    call.world.state["policies"][str(row["no"])] = row
    what = "template_create" if before is None else "template_update"
    call.world.record(what, f"shipping:{row['no']}")
    return settled(row["no"])


def delete(call: Call) -> bytes:
    """The assumed delete: refused while products use it, with their number."""
    number = call.number("shipPolicyNo")
    row = call.world.state["policies"].get(str(number))
    if row is None or not _there(row):
        raise Refusal(404, "존재하지 않는 배송정책입니다.")
    if row["listings"]:
        return settled(0, f"이 배송정책을 사용하는 상품이 {row['listings']}개 있습니다.")
    hide(call.world, row, {"values": row["values"]})
    row["deleted"] = True
    call.world.record("template_delete", f"shipping:{number}")
    return settled(number)


def add(world: World, values: Row) -> int:
    """A policy that was always there, or that was made in the seller centre."""
    row = _new(world)
    row["values"] = {"shipPolicyNo": row["no"], **values}
    world.state["policies"][str(row["no"])] = row
    return int(row["no"])


def take_away(world: World, number: str) -> None:
    """A policy that was deleted in the seller centre."""
    row = world.state["policies"][number]
    hide(world, row, {"values": row["values"]})
    row["deleted"] = True


def _new(world: World) -> Row:
    return {"no": 1000 + world.number("policy"), "values": {}, "updates": 0, "listings": 0}


def _there(row: Row) -> bool:
    return not row.get("deleted")


def rows_now(world: World) -> dict[str, Row]:
    """The policies as reads show them, by number."""
    now = now_of(world)
    shown = {key: seen(row, now) for key, row in world.state["policies"].items()}
    return {key: row for key, row in shown.items() if row is not None and _there(row)}


def _read(body: Row, before: Row | None) -> Row:
    """The values of a body, as strict as §4; a 422 with one reason for each field."""
    problems = _together(body)
    unknown = [name for name in body if name not in (*NAMES, "shipPolicyNo")]
    problems |= dict.fromkeys(unknown, "알 수 없는 항목입니다.")
    title = body.get("shipPolicyName")
    if not isinstance(title, str) or not title.strip():
        problems["shipPolicyName"] = "배송정책명을 입력해 주세요."
    for name, allowed in CODES.items():
        if body.get(name) not in allowed:
            problems[name] = f"{', '.join(allowed)} 중 하나여야 합니다."
    for name, (least, most) in NUMBERS.items():
        value = body.get(name)
        if value is not None and (type(value) is not int or not least <= value <= most):
            problems[name] = f"{least:,}~{most:,} 사이여야 합니다."
    problems |= _addresses(body)
    if before is not None and body.get("bundleKind") != before["values"]["bundleKind"]:
        problems["bundleKind"] = "묶음배송여부는 등록 후 수정할 수 없습니다."
    if problems:
        raise Refusal(422, _shaped(problems))
    return {name: body.get(name) for name in NAMES}


def _addresses(body: Row) -> Problems:
    """Both the road and the lot address are required, their details are not (§4)."""
    problems: Problems = {}
    for name in ADDRESSES:
        value = body.get(name)
        if name.endswith("2"):
            if value is not None and not isinstance(value, str):
                problems[name] = "문자여야 합니다."
        elif not isinstance(value, str) or not value.strip():
            problems[name] = "도로명 주소와 지번 주소를 모두 입력해 주세요."
        elif name.endswith("ZipCode") and not re.fullmatch(r"[0-9]{5}", value):
            problems[name] = "우편번호가 올바르지 않습니다."
    return problems


def _together(body: Row) -> Problems:
    """What does not fit together (§4)."""
    problems: Problems = {}
    kind, whole = body.get("shipType"), body.get("shipArea") == "WHOLE"

    def only(name: str, allowed: bool, why: str, *, needed: bool = False) -> None:
        given = body.get(name) is not None
        if given and not allowed:
            problems[name] = why
        elif allowed and needed and not given:
            problems[name] = "필수 항목입니다."

    only("shipFee", kind in ("FIXED", "COND"), "무료배송에는 배송비가 없습니다.", needed=True)
    only("freeCondition", kind == "COND", "조건부무료에만 입력합니다.", needed=True)
    if kind == "COND" and body.get("prepaymentYn") == "N":
        problems["prepaymentYn"] = "조건부무료는 선결제만 가능합니다."
    if body.get("shipFeeDisplayYn") == "N" and body.get("prepaymentYn") != "N":
        problems["shipFeeDisplayYn"] = "배송비 미노출은 착불일 때만 가능합니다."
    counted = body.get("differenceYn") == "Y"
    if counted and (body.get("bundleKind"), kind) != ("PRD", "FIXED"):
        problems["differenceYn"] = "수량별 차등은 상품별 배송의 유료 배송비에만 가능합니다."
    only("differenceCount", counted, "수량별 차등을 사용할 때만 입력합니다.", needed=True)
    only("jejuShipFee", whole, "전국 배송일 때만 입력합니다.")
    only("islandMountainShipFee", whole, "전국 배송일 때만 입력합니다.")
    only("releaseTime", body.get("releaseDay") == 1, "출고 소요일이 1일일 때만 입력합니다.")
    for name in ("claimShipFee", "releaseDay"):
        only(name, True, "", needed=True)
    return problems


def _shaped(problems: Problems) -> Any:
    """One reason comes as a text that names the field, several as an object (§1: both occur)."""
    if len(problems) == 1:
        ((name, why),) = problems.items()
        return f"{name}: {why}"
    return problems
