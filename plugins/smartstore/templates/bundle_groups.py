"""묶음배송그룹 of 스마트스토어 (§5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hanpan.api import Capability, Field, Kind, Page, Remote, TemplateType, Text, Values, take
from plugins.smartstore.client import CENTER, Smartstore
from plugins.smartstore.templates.rows import afterwards, page_at

KEY = "smartstore"

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
_STOP_USING = Text(
    "네이버에는 묶음배송그룹 삭제가 없습니다. 삭제 대신 '사용'을 꺼 주세요.",
    "Naver cannot delete bundle groups. Switch '사용' off instead.",
)
_BASE_USED = Text(
    "기본그룹은 항상 사용해야 합니다. 사용을 끄려면 다른 그룹을 먼저 기본그룹으로 지정해 주세요.",
    "The base group is always in use. Make another group the base first, then switch this off.",
)
_FEE_NEEDED = Text("추가배송비를 넣어 주세요. 없으면 0입니다.", "Give the extra fee, 0 for none.")


def fetch_bundles(client: Smartstore, cursor: str) -> Page[Remote]:
    """One page of the bundle groups."""
    answer, following, more = page_at(client.bundles, cursor)
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
    return afterwards(lambda: _bundle(client.bundle(group_id)), Remote(group_id, values))


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
