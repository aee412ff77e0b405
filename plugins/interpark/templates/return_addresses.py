"""반품 주소지 of 인터파크 (§3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hanpan.api import Capability, Field, Kind, Rejected, Remote, TemplateType, Text, Values
from plugins.interpark.assumed import ADDRESS_USE
from plugins.interpark.client import CENTER, Interpark
from plugins.interpark.templates.rows import listed, needs, number_in, wire_flag

KEY = "interpark"
ENCODING = "euc-kr"

ADDRESS_NO = "entrDelvInfoNo"
ADDRESS_ITEM = {
    "name": "delvNm",
    "postcode": "delvZipcd",
    "address": "delvAddr1",
    "address_detail": "delvAddr2",
    "phone": "delvTelno",
    "mobile": "delvHp",
}
_ADDRESS_INPUTS = {wire: ours for ours, wire in ADDRESS_ITEM.items()} | {ADDRESS_USE: "use"}
_POSTCODE = Text(
    "우편번호는 숫자 5자리입니다. 주소를 다시 확인해 주세요.",
    "A postcode has 5 digits. Check the address.",
)
_USED_AT_FIRST = Text(
    "새 반품 주소지는 사용 상태로만 등록됩니다. 등록한 뒤에 끌 수 있습니다.",
    "A new return address is always in use. It can be switched off afterwards.",
)


def _address(told: Mapping[str, str]) -> Remote | None:
    if not told.get(ADDRESS_NO):
        return None
    values: dict[str, Any] = {ours: told.get(wire, "") for ours, wire in ADDRESS_ITEM.items()}
    return Remote(told[ADDRESS_NO], values | {"use": told.get(ADDRESS_USE) != "N"})


def _address_item(values: Values) -> dict[str, Any]:
    return {wire: values.get(ours) or "" for ours, wire in ADDRESS_ITEM.items()}


def create_address(client: Interpark, values: Values) -> Remote:
    """Register a return address."""
    if not values["use"]:
        raise Rejected(fields={"use": _USED_AT_FIRST})
    root = client.service("return_address.create", _address_item(values), _ADDRESS_INPUTS)
    return Remote(number_in(root, "item", ADDRESS_NO), values)


def update_address(client: Interpark, remote_id: str, values: Values) -> Remote:
    """Replace a return address."""
    used = {ADDRESS_USE: wire_flag(values["use"])}
    item = {ADDRESS_NO: remote_id, **_address_item(values), **used}
    root = client.service("return_address.update", item, _ADDRESS_INPUTS)
    return Remote(number_in(root, "item", ADDRESS_NO), values)


RETURN_ADDRESS = TemplateType(
    marketplace=KEY,
    key="return_address",
    label=Text("반품 주소지", "Return addresses"),
    fields=(
        Field(
            name="name",
            label=Text("템플릿 제목", "Title"),
            max_length=50,
            encoding=ENCODING,
            help=Text(
                "인터파크에는 반품배송지 이름으로 등록됩니다. 받는 사람의 이름 칸은 따로 없으니 "
                "필요하면 여기에 함께 적어 주세요.",
                "Registered as the name of the return address. Interpark has no field for a "
                "person's name: add it here where it is needed.",
            ),
        ),
        Field(
            name="postcode",
            label=Text("우편번호", "Postcode"),
            max_length=5,
            check=lambda value: None if re.fullmatch(r"[0-9]{5}", value) else _POSTCODE,
        ),
        Field(
            name="address",
            label=Text("주소", "Address"),
            max_length=150,
            encoding=ENCODING,
        ),
        Field(
            name="address_detail",
            label=Text("상세주소", "Address, details"),
            max_length=150,
            encoding=ENCODING,
        ),
        Field(name="phone", label=Text("담당자 연락처", "Phone"), kind=Kind.PHONE),
        Field(
            name="mobile",
            label=Text("휴대폰 번호", "Mobile phone"),
            kind=Kind.PHONE,
            required=False,
        ),
        Field(
            name="use",
            label=Text("사용", "In use"),
            kind=Kind.FLAG,
            required=False,
            default=True,
        ),
    ),
    title=lambda values: f"[반품지] {values['name']}",
    fetch=listed("return_address", "item", _address),
    create=create_address,
    update=update_address,
    needs=needs("return_address"),
    why_not={
        Capability.DELETE: Text(
            "인터파크에는 반품배송지 삭제가 없습니다. 삭제 대신 '사용'을 꺼 주세요.",
            "Interpark cannot delete return addresses. Switch '사용' off instead.",
        )
    },
    seller_center=CENTER,
)
