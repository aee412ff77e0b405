"""오늘출발 기준정보 of 인터파크: its wire is composed (assumed.py)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hanpan.api import (
    WEEKDAYS,
    Capability,
    Field,
    Kind,
    Remote,
    TemplateType,
    Text,
    Values,
)
from plugins.interpark.assumed import DISPATCH_TODAY_ITEM, DISPATCH_TODAY_NO
from plugins.interpark.client import CENTER, Interpark
from plugins.interpark.templates.rows import flag, listed, needs, number_in, wire_flag

KEY = "interpark"

_DAYS_KO = ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일")
_OFF_DAYS = tuple(
    (day, Text(ko, day.title()))
    for day, ko in zip(WEEKDAYS, _DAYS_KO, strict=True)
    if day != "SATURDAY"
)
_DISPATCH_INPUTS = {wire: ours for ours, wire in DISPATCH_TODAY_ITEM.items()}


def _rules(told: Mapping[str, str]) -> Remote | None:
    if not told.get(DISPATCH_TODAY_NO):
        return None
    one = {ours: told.get(wire, "") for ours, wire in DISPATCH_TODAY_ITEM.items()}
    saturday = "YES" if flag(one["saturday"]) else "NO"
    days = {int(number) for number in re.findall(r"[1-7]", one["days_off"])}
    dates = re.findall(r"(\d{4})(\d\d)(\d\d)", one["dates_off"])
    values = {
        "basis": _clock(one["basis"]),
        "saturday": saturday,
        "saturday_basis": _clock(one["saturday_basis"]) if saturday == "YES" else None,
        "days_off": [day for n, day in enumerate(WEEKDAYS, start=1) if n in days],
        "dates_off": sorted("-".join(parts) for parts in dates),
    }
    return Remote(told[DISPATCH_TODAY_NO], values)


def _clock(told: str) -> str:
    return f"{told[:2]}:{told[2:4]}" if re.fullmatch(r"[0-9]{4}", told) else told


def _rules_item(values: Values) -> dict[str, Any]:
    saturday = values["saturday"] == "YES"
    one = {
        "basis": str(values["basis"]).replace(":", ""),
        "saturday": wire_flag(saturday),
        "saturday_basis": str(values["saturday_basis"]).replace(":", "") if saturday else "",
        "days_off": ",".join(str(WEEKDAYS.index(day) + 1) for day in values["days_off"]),
        "dates_off": ",".join(day.replace("-", "") for day in values["dates_off"]),
    }
    return {wire: one[ours] for ours, wire in DISPATCH_TODAY_ITEM.items()}


def _save_rules(client: Interpark, remote_id: str | None, values: Values) -> Remote:
    item = _rules_item(values)
    if remote_id is None:
        root = client.service("dispatch_today.create", item, _DISPATCH_INPUTS)
    else:
        item = {DISPATCH_TODAY_NO: remote_id, **item}
        root = client.service("dispatch_today.update", item, _DISPATCH_INPUTS)
    return Remote(number_in(root, "item", DISPATCH_TODAY_NO), values)


def create_rules(client: Interpark, values: Values) -> Remote:
    """Register rules."""
    return _save_rules(client, None, values)


def update_rules(client: Interpark, remote_id: str, values: Values) -> Remote:
    """Replace rules."""
    return _save_rules(client, remote_id, values)


DISPATCH_TODAY = TemplateType(
    marketplace=KEY,
    key="dispatch_today",
    label=Text("오늘출발 기준정보", "Same-day dispatch"),
    fields=(
        Field(
            name="basis",
            label=Text("기준시간", "Cut-off time"),
            kind=Kind.TIME,
            help=Text(
                "평일에는 이 시각까지 결제된 주문을 당일에 발송합니다.",
                "On weekdays, orders paid by then are dispatched the same day.",
            ),
        ),
        Field(
            name="saturday",
            label=Text("토요일 발송", "Saturdays"),
            kind=Kind.CHOICE,
            choices=(
                ("NO", Text("발송하지 않음", "Not dispatched")),
                ("YES", Text("발송함", "Dispatched")),
            ),
            default="NO",
        ),
        Field(
            name="saturday_basis",
            label=Text("토요일 기준시간", "Cut-off time on Saturdays"),
            kind=Kind.TIME,
            show_if=("saturday", ("YES",)),
        ),
        Field(
            name="days_off",
            label=Text("휴무 요일", "Days off"),
            kind=Kind.WEEKDAYS,
            required=False,
            choices=_OFF_DAYS,
            default=(),
        ),
        Field(
            name="dates_off",
            label=Text("휴무일", "Dates off"),
            kind=Kind.DATES,
            required=False,
            upcoming=True,
            default=(),
        ),
    ),
    title=lambda values: (
        f"평일 {values['basis']}"
        + (f", 토요일 {values['saturday_basis']}" if values["saturday"] == "YES" else "")
    ),
    fetch=listed("dispatch_today", "item", _rules),
    create=create_rules,
    update=update_rules,
    needs=needs("dispatch_today"),
    why_not={
        Capability.DELETE: Text(
            "인터파크에는 오늘출발 기준정보 삭제가 없습니다. 값을 고쳐 주세요.",
            "Interpark cannot delete 오늘출발 rules. Change them instead.",
        )
    },
    seller_center=CENTER,
)
