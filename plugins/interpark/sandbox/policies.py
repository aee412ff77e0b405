"""The seller services: 반품배송지, 묶음배송비정책, and 오늘출발 as composed (§3, assumed.py)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hanpan.api import World, hide, seen
from plugins.interpark.assumed import (
    ADDRESS_USE,
    DISPATCH_TODAY_ITEM,
    DISPATCH_TODAY_METHODS,
    DISPATCH_TODAY_NO,
    POLICY_DEFAULT,
)
from plugins.interpark.sandbox.wire import Refusal, day_of, elements, now_of

Item = Mapping[str, str]
Row = dict[str, Any]


@dataclass(frozen=True)
class Method:
    """What a `_method` does: to which type, with which key pair, and how."""

    template: str
    pair: str
    does: str


METHODS: dict[str, Method] = {
    "getEntrDelvAAPIData": Method("return_address", "return_address_get", "get"),
    "insertDelvAPIData": Method("return_address", "return_address_create", "insert"),
    "updateDelvAPIData": Method("return_address", "return_address_update", "update"),
    "getDelvCostPlcAPIData": Method("bundle_fee", "bundle_fee_get", "get"),
    "insertDelvCostPlcAPIData": Method("bundle_fee", "bundle_fee_create", "insert"),
    "updateDelvCostPlcAPIData": Method("bundle_fee", "bundle_fee_update", "update"),
    DISPATCH_TODAY_METHODS["import"]: Method("dispatch_today", "dispatch_today_get", "get"),
    DISPATCH_TODAY_METHODS["create"]: Method("dispatch_today", "dispatch_today_create", "insert"),
    DISPATCH_TODAY_METHODS["update"]: Method("dispatch_today", "dispatch_today_update", "update"),
}
PAIRS = (
    "product_create", "product_update", "product_stock_update", "product_stock_get",
    "product_get", "category_get",
    *(method.pair for method in METHODS.values()),
)  # fmt: skip
"""Every use that a pair is issued for (§1.1)."""

NUMBERS = {
    "return_address": "entrDelvInfoNo",
    "bundle_fee": "delvPlcNo",
    "dispatch_today": DISPATCH_TODAY_NO,
}
"""What a request calls the number of the row."""


def wrong(name: str, message: str) -> Refusal:
    """A refusal that names the element in quotes, as the real one does (§2.2)."""
    return Refusal("000", f"{message} '{name}'")


def answer(world: World, method: Method, item: Item | None) -> str:
    """Do what the method does; the inside of its `result`."""
    held: dict[str, Row] = world.state["templates"][method.template]
    number = ""
    if item is not None:
        write = _insert if method.does == "insert" else _update
        number = write(world, method, held, item)
    now = now_of(world)
    shown = {key: row["values"] for key, held_row in held.items() if (row := seen(held_row, now))}
    if method.template == "bundle_fee":
        # Registering and changing answer as the lookup does: all policies, without saying which.
        return "".join(_policy(key, values) for key, values in shown.items())
    name = NUMBERS[method.template]
    if item is not None:
        return f"<item>{elements({name: number})}</item>"
    return "".join(f"<item>{elements({name: k} | v)}</item>" for k, v in shown.items())


def _policy(key: str, values: Row) -> str:
    """§3: the number is called otherwise in answers."""
    return f"<delvCostPlc>{elements({'delvCostPlcNo': key} | values)}</delvCostPlc>"


def _insert(world: World, method: Method, held: dict[str, Row], item: Item) -> str:
    values = READERS[method.template](world, item)
    number = new_number(world, method.template)
    row: Row = {"values": values, "updates": 0}
    hide(world, row, None)
    held[number] = row
    _one_default(world, held, row)
    world.record("template_create", f"{method.template}:{number}")
    return number


def _update(world: World, method: Method, held: dict[str, Row], item: Item) -> str:
    name = NUMBERS[method.template]
    number = item.get(name, "")
    if number not in held:
        raise wrong(name, "해당 업체의 정보가 아님")
    row = held[number]
    told = {key: value for key, value in item.items() if key != name}
    values = READERS[method.template](world, told, True)
    if row["values"].get(POLICY_DEFAULT) == "Y" and values.get(POLICY_DEFAULT) == "N":
        raise wrong(POLICY_DEFAULT, "기본 정책은 다른 정책을 기본으로 지정해 바꿀 수 있습니다.")
    hide(world, row, {"values": row["values"]})
    row["values"] = values
    row["updates"] += 1
    _one_default(world, held, row)
    world.record("template_update", f"{method.template}:{number}")
    return number


def _one_default(world: World, held: dict[str, Row], row: Row) -> None:
    """A new default ends the old one."""
    if row["values"].get(POLICY_DEFAULT) != "Y":
        return
    for other in held.values():
        if other is not row and other["values"].get(POLICY_DEFAULT) == "Y":
            hide(world, other, {"values": other["values"]})
            other["values"] = {**other["values"], POLICY_DEFAULT: "N"}


def new_number(world: World, template: str) -> str:
    """The number of a row that is new; it is never used again."""
    return str(1_200_000 + world.number(template))


# -- what may be registered -----------------------------------------------------------------------


def _known(item: Item, *names: str) -> None:
    for name in item:
        if name not in names:
            raise wrong(name, "알 수 없는 항목")


def _yes_or_no(item: Item, name: str, default: str = "") -> str:
    value = item.get(name) or default
    if value not in ("Y", "N"):
        raise wrong(name, "Y, N 중 하나여야 합니다.")
    return value


def _matches(item: Item, name: str, pattern: str, message: str) -> str:
    value = item.get(name, "")
    if not re.fullmatch(pattern, value):
        raise wrong(name, message)
    return value


def read_address(world: World, item: Item, changing: bool = False) -> Row:
    """A return address; only a change says whether it is in use."""
    needed = ("delvNm", "delvZipcd", "delvAddr1", "delvAddr2", "delvTelno")
    _known(item, *needed, "delvHp", *([ADDRESS_USE] if changing else []))
    for name in needed:
        if not item.get(name):
            raise wrong(name, "필수 항목입니다.")
    _matches(item, "delvZipcd", r"\d{5}", "우편번호를 확인해 주세요.")
    _matches(item, "delvTelno", r"[0-9-]{7,20}", "전화번호를 확인해 주세요.")
    _matches(item, "delvHp", r"[0-9-]{0,20}", "휴대폰번호를 확인해 주세요.")
    used = _yes_or_no(item, ADDRESS_USE) if changing else "Y"
    return {**{name: item.get(name, "") for name in (*needed, "delvHp")}, ADDRESS_USE: used}


def read_policy(world: World, item: Item, changing: bool = False) -> Row:
    """A bundle fee; what belongs to another kind must not be there (§3)."""
    names = ["distCostTp", "distCostCd", "distCost", POLICY_DEFAULT]
    kind = _matches(item, "distCostTp", "00|98|99", "00, 98, 99 중 하나여야 합니다.")
    names += {"00": ["localCostYn"], "98": ["maxbuyAmt"], "99": []}[kind]
    _known(item, *names)
    _matches(item, "distCostCd", "01|02|03", "01, 02, 03 중 하나여야 합니다.")
    fee = "0" if kind == "00" else r"[1-9]\d{0,6}"
    _matches(item, "distCost", fee, "배송비를 확인해 주세요.")
    if kind == "00":
        _yes_or_no(item, "localCostYn")
    if kind == "98":
        _matches(item, "maxbuyAmt", r"[1-9]\d{0,8}", "무료가 되는 금액을 확인해 주세요.")
    default = {POLICY_DEFAULT: _yes_or_no(item, POLICY_DEFAULT, "N")}
    return {name: item[name] for name in names if name in item} | default


def read_rules(world: World, item: Item, changing: bool = False) -> Row:
    """오늘출발 rules."""
    wire = DISPATCH_TODAY_ITEM
    _known(item, *wire.values())
    clock = r"([01]\d|2[0-3])[0-5]\d"
    _matches(item, wire["basis"], clock, "HHmm 형식이어야 합니다.")
    saturday = _yes_or_no(item, wire["saturday"])
    other = clock if saturday == "Y" else ""
    _matches(item, wire["saturday_basis"], other, "토요일 기준시간을 확인해 주세요.")
    _matches(item, wire["days_off"], r"([1-57](,[1-57])*)?", "휴무 요일을 확인해 주세요.")
    today = day_of(now_of(world))
    for day in filter(None, item.get(wire["dates_off"], "").split(",")):
        if not _is_day(day):
            raise wrong(wire["dates_off"], "yyyyMMdd 형식이어야 합니다.")
        if day < today:
            raise wrong(wire["dates_off"], "지난 날짜는 휴무일로 정할 수 없습니다.")
    return {name: item.get(name, "") for name in wire.values()}


def _is_day(text: str) -> bool:
    if not re.fullmatch(r"\d{8}", text):
        return False
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


READERS: dict[str, Callable[..., Row]] = {
    "return_address": read_address,
    "bundle_fee": read_policy,
    "dispatch_today": read_rules,
}
