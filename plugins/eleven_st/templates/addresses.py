"""주소지 of 11번가 (§3): 출고지, 반품/교환지 and 해외 출고지 as one type of template."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hanpan.api import (
    Capability,
    ContractError,
    Field,
    Found,
    Kind,
    NotFound,
    Page,
    Rejected,
    Remote,
    TemplateType,
    Text,
    Values,
)
from plugins.eleven_st.assumed import OVERSEAS_KIND, OVERSEAS_LIST
from plugins.eleven_st.client import CENTER, NO_WORD, ElevenSt, Row
from plugins.eleven_st.refusals import NO_DELETE

KEY = "eleven_st"

KINDS = (
    ("out", Text("출고지", "Ships from")),
    ("in", Text("반품/교환지", "Returns to")),
    (OVERSEAS_KIND, Text("해외 출고지", "Ships from abroad")),
)
DOMESTIC = ("out", "in")
LOT = "lot:"
"""What stands before a lot-number sequence (lnmAddrSeq): a building number is 25 bare digits."""
PASTED = 2000
"""Letters of details that are looked at: §3 counts their bytes."""
ROWS = 20
"""Addresses of one page: each takes a call of its own, as the lists are thin."""

_NAMES = {"name": "addrNm", "person": "rcvrNm"}
_PHONES = {"phone": "gnrlTlphnNo", "mobile": "prtblTlphnNo"}
_ABROAD = {
    "country": "countryCd",
    "state": "state",
    "city": "city",
    "line1": "addr1",
    "line2": "addr2",
    "zip": "zipCode",
}
_ADDRESS_WORDS = {
    "주소명": "name",
    "담당자": "person",
    "휴대": "mobile",
    "전화": "phone",
    "상세": "detail",
    "국가": "country",
    "우편번호": "zip",
    "건물": "building",
    "지번": "building",
    "주소정보": "building",
}
"""Words of 11번가's sentence, and the field that they are about."""
_ABROAD_FIELD = {"phone": "phone_abroad", "mobile": "mobile_abroad", "building": "line1"}


def _text(name: str, ko: str, en: str, **more: Any) -> Field:
    """A text that goes to the wire: in EUC-KR (§1.3)."""
    return Field(name=name, label=Text(ko, en), encoding="euc-kr", **more)


_PHONE = Text(
    "02-000-0000, 010-1111-2222 처럼 지역번호나 010부터 넣어 주세요.",
    "Give it with its area code, such as 02-000-0000 or 010-1111-2222.",
)
_COUNTRY = Text(
    "국가는 영문 두 글자 코드로 넣어 주세요. 예: CN, JP, US",
    "Give the country's code of two letters, such as CN, JP or US.",
)
_BUILDING = Text(
    "주소를 검색해 목록에서 선택해 주세요.", "Search for the address and choose one of the list."
)
_LONG = Text(
    "상세주소는 한글 100자(200바이트)까지 넣을 수 있습니다.",
    "The details may have 100 Korean letters (200 bytes).",
)
_SEARCHED = Text(
    "주소는 검색으로 정해지고, 저장한 뒤 11번가에서 다시 가져옵니다.",
    "Set by the search; read from 11st again once it is saved.",
)


def _hyphens(typed: str) -> str:
    """A Korean number in three groups: §3 shows no other form."""
    digits = re.sub(r"[\s()-]", "", typed)
    groups = re.fullmatch(r"(02|0\d{2}|050\d)(\d{3,4})(\d{4})", digits)
    return "-".join(groups.groups()) if groups else typed


def _digits(typed: str) -> str:
    """An international number without its plus sign and hyphens: 11번가 adds hyphens (§3)."""
    return re.sub(r"[\s()+-]", "", typed)


def _check_phone(value: str) -> Text | None:
    return None if re.fullmatch(r"0\d{1,3}-\d{3,4}-\d{4}", value) else _PHONE


def fetch_addresses(client: ElevenSt, cursor: str) -> Page[Remote]:
    """Some addresses of one list, with their details: first the 출고지, then the 반품/교환지."""
    matched = re.fullmatch(r"(out|in):(\d{1,18})", cursor or "out:0")
    if matched is None:
        raise ContractError(detail=f"an address cursor that is none: {cursor[:80]!r}")
    kind, after = matched[1], int(matched[2])
    left = [row for row in client.addresses(kind) if int(row["addrSeq"]) > after]
    found = [_address(client, kind, row) for row in left[:ROWS]]
    if len(left) > ROWS:
        return Page(found, f"{kind}:{left[ROWS - 1]['addrSeq']}", more=True)
    return Page(found, "in:0", more=kind == "out")


def _address(client: ElevenSt, listed: str, row: Row) -> Remote:
    """An address by what its list and its own call tell; gone in between, by the list alone."""
    kind, told = listed, row
    for asked in (listed, OVERSEAS_KIND) if listed == OVERSEAS_LIST else (listed,):
        try:
            told = {**row, **client.address(asked, row["addrSeq"])}
        except NotFound:
            continue
        kind = asked
        break
    return Remote(f"{kind}:{row['addrSeq']}", _address_values(kind, told))


def _address_values(kind: str, told: Row) -> dict[str, Any]:
    at_home = kind in DOMESTIC
    values: dict[str, Any] = {"kind": kind}
    values |= {ours: told.get(wire, "") for ours, wire in _NAMES.items()}
    values |= {ours: told.get(wire, "") if at_home else None for ours, wire in _PHONES.items()}
    values["building"] = _building(told) if at_home else None
    values["detail"] = told.get("dtlsAddr", "") if at_home else None
    values |= {
        f"{ours}_abroad": None if at_home else _digits(told.get(wire, ""))
        for ours, wire in _PHONES.items()
    }
    values |= {ours: None if at_home else told.get(wire, "") for ours, wire in _ABROAD.items()}
    postcode = told.get("mailNO") or told.get("zipCode") or ""
    return values | {"address": told.get("addr", ""), "postcode": postcode}


def _building(told: Row) -> str:
    lot = told.get("lnmAddrSeq")
    return told.get("buildMngNO") or (f"{LOT}{lot}" if lot else "")


def search_building(client: ElevenSt, query: str) -> list[Found]:
    """Buildings by street, and by lot number where that is another choice."""
    words = query.strip()
    if len(words) < 2:
        raise Rejected(NO_WORD, fields={"building": NO_WORD})
    return [found for row in client.search(words) for found in _choices(row)]


def _choices(row: Row) -> list[Found]:
    postcode = row.get("mailNo", "")
    road, lot = row.get("roadAddr", ""), row.get("mailAddr", "")
    found = []
    if row.get("buildMngNO"):
        fills = {"address": road, "postcode": postcode}
        found.append(Found(value=row["buildMngNO"], label=f"{road} ({postcode})", fills=fills))
    if row.get("lnmAddrSeq") and lot:
        fills = {"address": lot, "postcode": postcode}
        value = f"{LOT}{row['lnmAddrSeq']}"
        found.append(Found(value=value, label=f"[지번] {lot} ({postcode})", fills=fills))
    return found


def create_address(client: ElevenSt, values: Values) -> Remote:
    """Register an address of the chosen kind."""
    return _save_address(client, str(values["kind"]), None, values)


def update_address(client: ElevenSt, remote_id: str, values: Values) -> Remote:
    """Change an address; every product that uses it follows at once."""
    kind, _, number = remote_id.partition(":")
    return _save_address(client, kind, number, values)


def _save_address(client: ElevenSt, kind: str, number: str | None, values: Values) -> Remote:
    body = {wire: values[ours] for ours, wire in _NAMES.items()}
    if kind in DOMESTIC:
        building = str(values["building"])
        by_lot = building.startswith(LOT)
        body |= {wire: values[ours] for ours, wire in _PHONES.items()} | {
            "buildMngNO": "" if by_lot else building,
            "lnmAddrSeq": building.removeprefix(LOT) if by_lot else "",
            "dtlsAddr": values["detail"],
            "addrClfCd": "02" if by_lot else "01",
        }
        words: Mapping[str, str] = _ADDRESS_WORDS
    else:
        body |= {wire: values[f"{ours}_abroad"] for ours, wire in _PHONES.items()}
        body |= {wire: values[ours] for ours, wire in _ABROAD.items()}
        words = {word: _ABROAD_FIELD.get(ours, ours) for word, ours in _ADDRESS_WORDS.items()}
    made = client.save_address(kind, number, body, words)
    return Remote(f"{kind}:{number or made}", values)


def _address_title(values: Values) -> str:
    kind = dict(KINDS).get(values["kind"])
    return f"[{kind.ko if kind else values['kind']}] {values['name']}"


def _shown(kinds: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    return "kind", tuple(kinds)


ADDRESS = TemplateType(
    marketplace=KEY,
    key="address",
    label=Text("주소지", "Addresses"),
    fields=(
        Field(
            name="kind",
            label=Text("타입", "Kind"),
            kind=Kind.CHOICE,
            choices=KINDS,
            default="out",
            fixed=True,
        ),
        _text("name", "템플릿 제목", "Title", max_length=40),
        _text("person", "담당자 이름", "Contact", max_length=40),
        _text(
            "phone", "연락처", "Phone", kind=Kind.PHONE, placeholder="02-000-0000",
            tidy=_hyphens, check=_check_phone, show_if=_shown(DOMESTIC),
        ),
        _text(
            "mobile", "휴대폰", "Mobile", kind=Kind.PHONE, placeholder="010-1111-2222",
            tidy=_hyphens, check=_check_phone, show_if=_shown(DOMESTIC),
        ),
        _text(
            "building", "주소 검색", "Address search", kind=Kind.LOOKUP, max_length=40,
            show_if=_shown(DOMESTIC),
            check=lambda value: None if re.fullmatch(r"\d{25}|lot:\d+", value) else _BUILDING,
            help=Text(
                "도로명이나 지번으로 검색해 선택합니다. 11번가의 건물관리번호가 들어갑니다.",
                "Search by street or lot number; 11st's number of the building is kept.",
            ),
        ),
        Field(
            name="address", label=Text("주소", "Address"), required=False, readonly=_SEARCHED,
            max_length=400,
        ),
        Field(
            name="postcode", label=Text("우편번호", "Postcode"), required=False,
            readonly=_SEARCHED,
        ),
        _text(
            "detail", "상세주소", "Address, details", max_length=PASTED, show_if=_shown(DOMESTIC),
            check=lambda value: _LONG if len(value.encode("euc-kr", "replace")) > 200 else None,
        ),
        _text(
            "country", "국가", "Country", placeholder="CN", show_if=_shown((OVERSEAS_KIND,)),
            tidy=str.upper, check=lambda v: None if re.fullmatch(r"[A-Z]{2}", v) else _COUNTRY,
            help=_COUNTRY,
        ),
        _text("state", "주", "State", max_length=60, show_if=_shown((OVERSEAS_KIND,))),
        _text("city", "시", "City", max_length=60, show_if=_shown((OVERSEAS_KIND,))),
        _text("line1", "주소 1", "Address 1", max_length=100, show_if=_shown((OVERSEAS_KIND,))),
        _text(
            "line2", "주소 2", "Address 2", max_length=100, required=False,
            show_if=_shown((OVERSEAS_KIND,)),
        ),
        _text(
            "zip", "우편번호 (해외)", "Zip code", max_length=20, show_if=_shown((OVERSEAS_KIND,)),
        ),
        _text(
            "phone_abroad", "연락처 (국제)", "Phone, international", kind=Kind.PHONE,
            placeholder="8621000000", tidy=_digits, show_if=_shown((OVERSEAS_KIND,)),
            help=Text("국가번호부터 넣어 주세요.", "Begin with the country's code."),
        ),
        _text(
            "mobile_abroad", "휴대폰 (국제)", "Mobile, international", kind=Kind.PHONE,
            placeholder="8613800000000", tidy=_digits, show_if=_shown((OVERSEAS_KIND,)),
        ),
    ),
    title=_address_title,
    columns=("person", "address", "postcode"),
    fetch=fetch_addresses,
    create=create_address,
    update=update_address,
    lookups={"building": search_building},
    why_not={Capability.DELETE: NO_DELETE},
    seller_center=CENTER,
    touches_others=True,  # what the search stood for is read again as an address
)  # fmt: skip
