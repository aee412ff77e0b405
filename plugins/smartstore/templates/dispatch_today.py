"""오늘출발 기준정보 of 스마트스토어 (§4): one set of rules for a store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from hanpan.api import (
    WEEKDAYS,
    Capability,
    ContractError,
    Field,
    Kind,
    NotFound,
    Page,
    Remote,
    TemplateType,
    Text,
    Values,
)
from plugins.smartstore.client import CENTER, Smartstore
from plugins.smartstore.templates.rows import afterwards

KEY = "smartstore"

ONLY = "dispatch_today"
"""The id of the one set of rules that a store has."""

NO_DAY = "NONE"
_DAYS = ("월요일", "화요일", "수요일", "목요일", "금요일")
_DISPATCH_INPUTS = {
    "basisHour": "basis",
    "basisMinute": "basis",
    "holidayOfTheWeek": "weekday",
    "sellerHolidays": "holidays",
    "reason": "reason",
}
_ONE_ROW = Text(
    "오늘출발 기준정보는 스토어마다 하나이므로 새로 만들거나 지울 수 없고, 고칠 수만 있습니다.",
    "A store has one set of 오늘출발 rules: it can be changed, neither created nor deleted.",
)


def fetch_dispatch_today(client: Smartstore, cursor: str) -> Page[Remote]:
    """The store's rules; a store that never set any has an empty set."""
    try:
        told = client.dispatch_today()
    except NotFound:
        told = {}
    return Page([_dispatch_today(told)], "")


def _dispatch_today(told: Any) -> Remote:
    if not isinstance(told, Mapping):
        raise ContractError(detail="this-day-dispatch is not an object")
    hour, minute = told.get("basisHour"), told.get("basisMinute") or 0
    return Remote(
        ONLY,
        {
            "basis": "" if hour is None else f"{int(hour):02}:{int(minute):02}",
            "weekday": str(told.get("holidayOfTheWeek") or NO_DAY),
            "holidays": sorted(_day(str(day)) for day in told.get("sellerHolidays") or ()),
            "reason": str(told.get("reason") or ""),
        },
    )


def _day(told: str) -> str:
    """A day as 2026-10-05; how Naver writes it is not documented (§4)."""
    try:
        return date.fromisoformat(told[:10]).isoformat()
    except ValueError:
        return told


def update_dispatch_today(client: Smartstore, remote_id: str, values: Values) -> Remote:
    """Replace the rules."""
    hour, minute = str(values["basis"]).split(":")
    body: dict[str, Any] = {
        "basisHour": int(hour),
        "basisMinute": int(minute),
        "sellerHolidays": list(values["holidays"]),
        "reason": values["reason"],
    }
    if values["weekday"] != NO_DAY:
        body["holidayOfTheWeek"] = values["weekday"]
    client.save_dispatch_today(body, _DISPATCH_INPUTS)
    return afterwards(lambda: _dispatch_today(client.dispatch_today()), Remote(ONLY, values))


DISPATCH_TODAY = TemplateType(
    marketplace=KEY,
    key="dispatch_today",
    label=Text("오늘출발 기준정보", "Same-day dispatch"),
    fields=(
        Field(
            name="basis",
            label=Text("기준시각", "Cut-off time"),
            kind=Kind.TIME,
            help=Text(
                "이 시각까지 결제된 주문을 당일에 발송합니다.",
                "Orders paid by then are dispatched the same day.",
            ),
        ),
        Field(
            name="weekday",
            label=Text("휴무 요일", "Day off"),
            kind=Kind.CHOICE,
            choices=(
                (NO_DAY, Text("없음", "None")),
                *((day, Text(ko, day.title())) for day, ko in zip(WEEKDAYS, _DAYS, strict=False)),
            ),
            default=NO_DAY,
            help=Text(
                "네이버는 평일 하루만 받습니다. 토요일과 일요일은 고를 수 없습니다.",
                "Naver takes one weekday. Saturday and Sunday cannot be chosen.",
            ),
        ),
        Field(
            name="holidays",
            label=Text("휴무일", "Holidays"),
            kind=Kind.DATES,
            required=False,
            upcoming=True,
        ),
        Field(
            name="reason",
            label=Text("사유", "Reason"),
            max_length=100,
            help=Text("휴무일의 사유입니다. 예: 추석 연휴", "Why, such as a public holiday."),
        ),
    ),
    title=lambda values: str(values["basis"] or "-"),
    fetch=fetch_dispatch_today,
    update=update_dispatch_today,
    why_not=dict.fromkeys((Capability.CREATE, Capability.DELETE), _ONE_ROW),
    seller_center=CENTER,
    single=True,
    refreshes=True,
)
