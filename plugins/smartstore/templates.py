"""What 스마트스토어 holds: 주소지 (read only), 오늘출발 기준정보, 묶음배송그룹 (§4, §5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from hanpan.api import (
    WEEKDAYS,
    Capability,
    ContractError,
    Field,
    Kind,
    MarketplaceError,
    NotFound,
    Page,
    Remote,
    TemplateType,
    Text,
    Values,
    take,
)
from plugins.smartstore.client import Smartstore

KEY = "smartstore"
CENTER = "https://sell.smartstore.naver.com"

_ONLY_READ = Text(
    "네이버는 주소지를 읽기만 허용합니다. 스마트스토어센터에서 고친 뒤 다시 가져와 주세요.",
    "Naver lets addresses only be read. Change them in the seller centre, then import again.",
)
_ONE_ROW = Text(
    "오늘출발 기준정보는 스토어마다 하나이므로 새로 만들거나 지울 수 없고, 고칠 수만 있습니다.",
    "A store has one set of 오늘출발 rules: it can be changed, neither created nor deleted.",
)
_STOP_USING = Text(
    "네이버에는 묶음배송그룹 삭제가 없습니다. 삭제 대신 '사용'을 꺼 주세요.",
    "Naver cannot delete bundle groups. Switch '사용' off instead.",
)


def _pages(read: Callable[[int], Any], cursor: str) -> tuple[Any, str, bool]:
    """The page that the cursor names ("": the first), the next cursor, and whether there is one."""
    if not (cursor or "1").isdecimal():
        raise ContractError(detail=f"a template cursor that is none: {cursor[:80]!r}")
    page = int(cursor or "1")
    answer = read(page)
    last = take(answer, "totalPage" if "totalPage" in answer else "totalPages")
    return answer, str(page + 1), page < int(last)


def _afterwards(read: Callable[[], Remote], sent: Remote) -> Remote:
    """What is there after an accepted write; failing to read it does not undo the write."""
    try:
        return read()
    except MarketplaceError:
        return sent


# -- 주소지 ------------------------------------------------------------------------------------

ADDRESS_TYPES = (
    ("RELEASE", Text("출고지", "Ships from")),
    ("REFUND_OR_EXCHANGE", Text("반품/교환지", "Returns to")),
    ("REPRESENTATIVE", Text("사업장", "Place of business")),
    ("BUSINESS", Text("추가 사업장", "Another place of business")),
    ("GENERAL", Text("일반", "General")),
    ("LOGISTICS_CENTER_RELEASE", Text("물류센터 출고지", "Logistics centre, ships from")),
    ("LOGISTICS_CENTER_REFUND_OR_EXCHANGE", Text("물류센터 반품/교환지", "Logistics, returns")),
    ("OVERSEAS_BANK", Text("해외 은행", "Overseas bank")),
)
_ADDRESS_WIRE = {
    "name": "name",
    "type": "addressType",
    "postcode": "postalCode",
    "address": "baseAddress",
    "address_detail": "detailAddress",
    "phone": "phoneNumber1",
    "phone2": "phoneNumber2",
}


def _read_only(name: str, ko: str, en: str, **more: Any) -> Field:
    return Field(name=name, label=Text(ko, en), required=False, readonly=_ONLY_READ, **more)


def fetch_addresses(client: Smartstore, cursor: str) -> Page[Remote]:
    """One page of the address book."""
    answer, following, more = _pages(client.addresses, cursor)
    return Page([_address(one) for one in take(answer, "addressBooks")], following, more)


def _address(one: Mapping[str, Any]) -> Remote:
    values: dict[str, Any] = {
        name: str(one.get(wire) or "") for name, wire in _ADDRESS_WIRE.items()
    }
    values["overseas"] = bool(one.get("overseasAddress"))
    return Remote(str(take(one, "addressBookNo")), values)


def _address_title(values: Values) -> str:
    kind = dict(ADDRESS_TYPES).get(values["type"])
    return f"[{kind.ko if kind else values['type']}] {values['name']}"


ADDRESS = TemplateType(
    marketplace=KEY,
    key="address",
    label=Text("주소지", "Addresses"),
    fields=(
        _read_only("name", "주소지 이름", "Name"),
        _read_only("type", "구분", "Kind", kind=Kind.CHOICE, choices=ADDRESS_TYPES),
        _read_only("postcode", "우편번호", "Postcode"),
        _read_only("address", "주소", "Address"),
        _read_only("address_detail", "상세주소", "Address, details"),
        _read_only("phone", "연락처 1", "Phone 1", kind=Kind.PHONE),
        _read_only("phone2", "연락처 2", "Phone 2", kind=Kind.PHONE),
        _read_only("overseas", "해외 주소", "Abroad", kind=Kind.FLAG, default=False),
    ),
    title=_address_title,
    fetch=fetch_addresses,
    why_not=dict.fromkeys((Capability.CREATE, Capability.UPDATE, Capability.DELETE), _ONLY_READ),
    seller_center=CENTER,
)

# -- 오늘출발 기준정보 ---------------------------------------------------------------------------

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
    return _afterwards(lambda: _dispatch_today(client.dispatch_today()), Remote(ONLY, values))


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
        Field(name="holidays", label=Text("휴무일", "Holidays"), kind=Kind.DATES, required=False),
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

# -- 묶음배송그룹 -------------------------------------------------------------------------------

AREA_FEE_LIMIT = 200_000
_BUNDLE_INPUTS = {
    "name": "name",
    "usable": "usable",
    "baseGroup": "base",
    "deliveryFeeChargeMethodType": "method",
    "deliveryFeeByArea": "area",
    "deliveryAreaType": "area",
    "area2extraFee": "area2_fee",
    "area3extraFee": "area3_fee",
}
_BASE_USED = Text(
    "기본그룹은 항상 사용해야 합니다. 사용을 끄려면 다른 그룹을 먼저 기본그룹으로 지정해 주세요.",
    "The base group is always in use. Make another group the base first, then switch this off.",
)
_FEE_NEEDED = Text("추가배송비를 넣어 주세요. 없으면 0입니다.", "Give the extra fee, 0 for none.")


def fetch_bundles(client: Smartstore, cursor: str) -> Page[Remote]:
    """One page of the bundle groups."""
    answer, following, more = _pages(client.bundles, cursor)
    return Page([_bundle(one) for one in take(answer, "contents")], following, more)


def _bundle(group: Mapping[str, Any]) -> Remote:
    by_area = group.get("deliveryFeeByArea") or {}
    area = str(by_area.get("deliveryAreaType") or "NONE")
    return Remote(
        str(take(group, "id")),
        {
            "name": str(group.get("name") or ""),
            "method": str(group.get("deliveryFeeChargeMethodType") or ""),
            "area": area,
            "area2_fee": None if area == "NONE" else int(by_area.get("area2extraFee") or 0),
            "area3_fee": int(by_area.get("area3extraFee") or 0) if area == "AREA_3" else None,
            "base": bool(group.get("baseGroup")),
            "usable": bool(group.get("usable")),
        },
    )


def create_bundle(client: Smartstore, values: Values) -> Remote:
    """Make a group."""
    return _save_bundle(client, None, values)


def update_bundle(client: Smartstore, remote_id: str, values: Values) -> Remote:
    """Replace a group."""
    return _save_bundle(client, remote_id, values)


def _save_bundle(client: Smartstore, remote_id: str | None, values: Values) -> Remote:
    group: dict[str, Any] = {
        "name": values["name"],
        "usable": bool(values["usable"]),
        "baseGroup": bool(values["base"]),
        "deliveryFeeChargeMethodType": values["method"],
    }
    if values["area"] != "NONE":
        group["deliveryFeeByArea"] = {
            "deliveryAreaType": values["area"],
            "area2extraFee": values["area2_fee"],
        }
    if values["area"] == "AREA_3":
        group["deliveryFeeByArea"]["area3extraFee"] = values["area3_fee"]
    group_id = client.save_bundle(remote_id, group, _BUNDLE_INPUTS)
    return _afterwards(lambda: _bundle(client.bundle(group_id)), Remote(group_id, values))


def check_bundle(values: Values) -> dict[str, Text]:
    """Reasons for values that do not fit together."""
    problems = {}
    if values.get("base") and not values.get("usable"):
        problems["usable"] = _BASE_USED
    if values.get("area") in ("AREA_2", "AREA_3") and values.get("area2_fee") is None:
        problems["area2_fee"] = _FEE_NEEDED
    if values.get("area") == "AREA_3" and values.get("area3_fee") is None:
        problems["area3_fee"] = _FEE_NEEDED
    return problems


BUNDLE_GROUP = TemplateType(
    marketplace=KEY,
    key="bundle_group",
    label=Text("묶음배송그룹", "Bundle groups"),
    fields=(
        Field(name="name", label=Text("그룹 이름", "Name"), max_length=50),
        Field(
            name="method",
            label=Text("계산방식", "Fee of a bundle"),
            kind=Kind.CHOICE,
            choices=(
                ("MIN", Text("묶음 중 가장 작은 배송비", "The smallest fee in it")),
                ("MAX", Text("묶음 중 가장 큰 배송비", "The largest fee in it")),
            ),
            default="MIN",
        ),
        Field(
            name="area",
            label=Text("지역별 추가배송비", "Extra fee by area"),
            kind=Kind.CHOICE,
            choices=(
                ("NONE", Text("없음", "None")),
                ("AREA_2", Text("2권역 (제주와 도서산간을 함께)", "2 areas (Jeju and islands)")),
                ("AREA_3", Text("3권역 (제주와 도서산간을 따로)", "3 areas (Jeju, islands)")),
            ),
            default="NONE",
        ),
        Field(
            name="area2_fee",
            label=Text("제주 추가배송비", "Extra fee, Jeju"),
            kind=Kind.MONEY,
            maximum=AREA_FEE_LIMIT,
            unit=Text("원", "won"),
            show_if=("area", ("AREA_2", "AREA_3")),
            help=Text("2권역에서는 도서산간도 이 금액입니다.", "With 2 areas, islands too."),
        ),
        Field(
            name="area3_fee",
            label=Text("제주 외 도서산간 추가배송비", "Extra fee, other islands"),
            kind=Kind.MONEY,
            maximum=AREA_FEE_LIMIT,
            unit=Text("원", "won"),
            show_if=("area", ("AREA_3",)),
        ),
        Field(
            name="base",
            label=Text("기본그룹", "Base group"),
            kind=Kind.FLAG,
            required=False,
            default=False,
        ),
        Field(
            name="usable",
            label=Text("사용", "In use"),
            kind=Kind.FLAG,
            required=False,
            default=True,
            help=_STOP_USING,
        ),
    ),
    title=lambda values: str(values["name"]),
    fetch=fetch_bundles,
    create=create_bundle,
    update=update_bundle,
    check=check_bundle,
    why_not={Capability.DELETE: _STOP_USING},
    seller_center=CENTER,
    touches_others=True,  # a new base group ends the old one
)

TYPES = (ADDRESS, DISPATCH_TODAY, BUNDLE_GROUP)
