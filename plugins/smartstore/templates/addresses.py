"""주소지 of 스마트스토어 (§4): read only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hanpan.api import Capability, Field, Kind, Page, Remote, TemplateType, Text, Values, take
from plugins.smartstore.client import CENTER, Smartstore
from plugins.smartstore.templates.rows import page_at

KEY = "smartstore"

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
_ONLY_READ = Text(
    "네이버는 주소지를 읽기만 허용합니다. 스마트스토어센터에서 고친 뒤 다시 가져와 주세요.",
    "Naver lets addresses only be read. Change them in the seller centre, then import again.",
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
    answer, following, more = page_at(client.addresses, cursor)
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
