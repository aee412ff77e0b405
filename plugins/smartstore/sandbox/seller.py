"""판매자정보: account, channels, address book, 오늘출발 (§4)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from hanpan.api import seen
from plugins.smartstore.sandbox.lines import hide
from plugins.smartstore.sandbox.wire import Answered, Call, Refusal, pack

PER_PAGE = 100
_WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY")
_FIELDS = {"basisHour", "basisMinute", "holidayOfTheWeek", "sellerHolidays", "reason"}


def wrong(message: str) -> Refusal:
    """The sellers domain names no field: the sentence has to (§3.2)."""
    return Refusal(400, "GENERAL_ERROR", message)


def account(call: Call) -> Answered:
    """`GET /v1/seller/account`."""
    seller = call.world.state["seller"]
    told = {"accountId": seller["account_id"], "accountUid": seller["uid"], "grade": "파워"}
    return 200, pack(told)


def channels(call: Call) -> Answered:
    """`GET /v1/seller/channels`."""
    seller = call.world.state["seller"]
    told = {
        "channelNo": seller["channel_no"],
        "channelType": "STOREFARM",
        "name": seller["store"],
        "url": seller["url"],
        "representativeImageUrl": None,
        "talkTalkAccountId": None,
    }
    return 200, pack([told])


def addresses(call: Call) -> Answered:
    """`GET /v1/seller/addressbooks-for-page`: 100 a page, from 1."""
    page = call.number("page", 1, wrong("page: 1 이상의 숫자여야 합니다."))
    if page < 1:
        raise wrong("page: 1 이상의 숫자여야 합니다.")
    books = call.world.state["addresses"]
    shown = books[(page - 1) * PER_PAGE : page * PER_PAGE]
    total = max(1, -(-len(books) // PER_PAGE))
    return 200, pack({"addressBooks": shown, "page": page, "totalPage": total})


def address(call: Call) -> Answered:
    """`GET /v1/seller/addressbooks/{addressBookNo}`."""
    for book in call.world.state["addresses"]:
        if str(book["addressBookNo"]) == call.parts[0]:
            return 200, pack(book)
    raise Refusal(404, "RESOURCE_NOT_AVAILABLE", "주소록이 없습니다.")


def day(call: Call) -> Answered:
    """`GET /v1/seller/this-day-dispatch`."""
    row = seen(call.world.state["this_day"], call.now)
    assert row is not None
    told = {"sellerId": call.world.state["seller"]["account_id"], **row["values"]}
    return 200, pack(told)


def set_day(call: Call) -> Answered:
    """`POST /v1/seller/this-day-dispatch`; success has no body."""
    data = call.json(Refusal(500, "PARSING_FAIL", "유효하지 않은 JSON 문법입니다."))
    values = _check_day(data)
    row: dict[str, Any] = call.world.state["this_day"]
    hide(call.world, row, {"values": row["values"]})
    row["values"] = values
    row["updates"] = row.get("updates", 0) + 1
    call.world.record("template_update", "dispatch_today")
    return 200, b""


def _check_day(data: dict[str, Any]) -> dict[str, Any]:
    if set(data) - _FIELDS:
        raise wrong(f"알 수 없는 항목입니다: {', '.join(sorted(set(data) - _FIELDS))}")
    for name, most in (("basisHour", 23), ("basisMinute", 59)):
        value = data.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise wrong(f"{name}: 0부터 {most}까지의 숫자여야 합니다.")
    weekday = data.get("holidayOfTheWeek")
    if weekday is not None and weekday not in _WEEKDAYS:
        raise wrong("holidayOfTheWeek: 토요일, 일요일은 휴무 요일로 설정할 수 없습니다.")
    holidays = data.get("sellerHolidays") or []
    if not isinstance(holidays, list) or not all(_is_date(day) for day in holidays):
        raise wrong("sellerHolidays: yyyy-MM-dd 형식이어야 합니다.")
    reason = data.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise wrong("reason: 설정 사유는 필수입니다.")
    return {
        "basisHour": data["basisHour"],
        "basisMinute": data["basisMinute"],
        "holidayOfTheWeek": weekday,
        "sellerHolidays": holidays,
        "reason": reason,
    }


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
