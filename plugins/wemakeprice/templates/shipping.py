"""배송 템플릿 (배송정책) of 위메프 (§4): from the wire to the form and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hanpan.api import Page, Remote, TemplateType, Text, Values, take
from plugins.wemakeprice.client import CENTER, Wemakeprice
from plugins.wemakeprice.templates.shipping_fields import (
    COLLECT,
    COLLECT_HIDDEN,
    CONDITIONAL,
    FIELDS,
    FIXED,
    PREPAID,
    SAME_DAY,
)

KEY = "wemakeprice"

_PAYMENT_FLAGS = {PREPAID: ("Y", "Y"), COLLECT: ("N", "Y"), COLLECT_HIDDEN: ("N", "N")}
"""prepaymentYn and shipFeeDisplayYn: the fee may be hidden only where the courier is paid (§4)."""

_TEXTS = {
    "name": "shipPolicyName",
    "method": "shipMethod",
    "bundle": "bundleKind",
    "fee_type": "shipType",
    "area": "shipArea",
    "holidays": "holidayExceptYn",
    **{
        f"{place}_{part}": f"{place}{wire}"
        for place in ("release", "return")
        for part, wire in (
            ("postcode", "ZipCode"),
            ("road", "RoadAddress1"),
            ("road_detail", "RoadAddress2"),
            ("lot", "Address1"),
            ("lot_detail", "Address2"),
        )
    },
}
"""Fields that are texts on both sides."""
_NUMBERS = {
    "fee": "shipFee",
    "free_from": "freeCondition",
    "per_count": "differenceCount",
    "claim_fee": "claimShipFee",
    "jeju_fee": "jejuShipFee",
    "island_fee": "islandMountainShipFee",
}
_INPUTS = {wire: ours for ours, wire in (_TEXTS | _NUMBERS).items()} | {
    "differenceYn": "per_count",
    "prepaymentYn": "payment",
    "shipFeeDisplayYn": "payment",
    "releaseDay": "release_day",
    "releaseTime": "release_time",
    "safetyNoDisplayYn": "safety_number",
}
"""Beside which of our fields a refusal of the wire's stands."""

_PER_COUNT_ALONE = Text(
    "수량별 배송비는 '상품별' 배송에서만 쓸 수 있습니다. 비우거나 묶음배송 여부를 상품별로 해 "
    "주세요.",
    "A fee by count goes only with shipping by product. Leave it empty, or choose by product.",
)
_PREPAID_ONLY = Text(
    "조건부 무료는 선결제만 됩니다. 선결제를 선택해 주세요.",
    "Free from an amount goes only with a fee paid with the order. Choose that.",
)
_NO_TIME = Text(
    "출고 시각은 출고 소요일이 1일일 때만 넣을 수 있습니다. 비워 주세요.",
    "A time goes only with one day until dispatch. Leave it empty.",
)
_NO_EXTRA = Text(
    "제주·도서산간에 배송하지 않으면 추가 배송비를 넣을 수 없습니다. 비워 주세요.",
    "There is no extra fee where nothing is shipped to islands. Leave it empty.",
)
_FROM_MISSING = Text(
    "무료가 되는 금액을 넣어 주세요.", "Give the amount from which shipping is free."
)
_FEE_MISSING = Text("배송비를 넣어 주세요.", "Give the fee.")


def fetch_policies(client: Wemakeprice, cursor: str) -> Page[Remote]:
    """Every policy: the list has no pages."""
    return Page([_policy(row) for row in client.policies()], "")


def _policy(row: Mapping[str, Any]) -> Remote:
    """A row as the form gives it: what does not apply is None, whatever the row holds there."""
    values: dict[str, Any] = {name: str(row.get(wire) or "") for name, wire in _TEXTS.items()}
    kind, everywhere = values["fee_type"], values["area"] == "WHOLE"
    paid = {flags: name for name, flags in _PAYMENT_FLAGS.items()}
    flags = str(row.get("prepaymentYn") or "Y"), str(row.get("shipFeeDisplayYn") or "Y")
    by_count = kind == FIXED and row.get("differenceYn") == "Y"
    day = str(row.get("releaseDay") or "")
    values |= {
        "fee": _whole(row, "shipFee") if kind in (FIXED, CONDITIONAL) else None,
        "free_from": _whole(row, "freeCondition") if kind == CONDITIONAL else None,
        "payment": paid.get(flags, PREPAID) if kind == FIXED else None,
        "per_count": _whole(row, "differenceCount") if by_count else None,
        "claim_fee": _whole(row, "claimShipFee") or 0,
        "jeju_fee": (_whole(row, "jejuShipFee") or 0) if everywhere else None,
        "island_fee": (_whole(row, "islandMountainShipFee") or 0) if everywhere else None,
        "release_day": day,
        "release_time": str(row.get("releaseTime") or "") if day == SAME_DAY else None,
        "safety_number": row.get("safetyNoDisplayYn") == "Y",
    }
    return Remote(str(take(row, "shipPolicyNo")), values)


def _whole(row: Mapping[str, Any], name: str) -> int | None:
    told = row.get(name)
    return int(told) if told not in (None, "") and re.fullmatch(r"[0-9]+", str(told)) else None


def create_policy(client: Wemakeprice, values: Values) -> Remote:
    """Make a policy."""
    return Remote(client.save_policy(None, _body(values), _INPUTS), values)


def update_policy(client: Wemakeprice, remote_id: str, values: Values) -> Remote:
    """Replace a policy: every product that uses it follows."""
    return Remote(client.save_policy(remote_id, _body(values), _INPUTS), values)


def delete_policy(client: Wemakeprice, remote_id: str) -> None:
    """Take a policy away; refused with the number of products that use it."""
    client.delete_policy(remote_id)


def _body(values: Values) -> dict[str, Any]:
    """The policy as the wire takes it (§4), without its number."""
    paid, shown = _PAYMENT_FLAGS[values.get("payment") or PREPAID]
    time = values.get("release_time")
    return {
        **{wire: values[name] for name, wire in _TEXTS.items()},
        **{wire: values.get(name) for name, wire in _NUMBERS.items()},
        "differenceYn": "Y" if values.get("per_count") else "N",
        "prepaymentYn": paid,
        "shipFeeDisplayYn": shown,
        "releaseDay": int(values["release_day"]),
        "releaseTime": int(time) if time else None,
        "safetyNoDisplayYn": "Y" if values.get("safety_number") else "N",
    }


def check_policy(values: Values) -> dict[str, Text]:
    """Reasons for values that do not fit together."""
    problems = {}
    kind, payment = values.get("fee_type"), values.get("payment")
    if kind in (FIXED, CONDITIONAL) and not values.get("fee"):
        problems["fee"] = _FEE_MISSING
    if kind == CONDITIONAL and not values.get("free_from"):
        problems["free_from"] = _FROM_MISSING
    if kind == CONDITIONAL and payment not in (None, PREPAID):
        problems["payment"] = _PREPAID_ONLY
    if values.get("per_count") and (values.get("bundle") != "PRD" or kind != FIXED):
        problems["per_count"] = _PER_COUNT_ALONE
    if values.get("release_time") and values.get("release_day") != SAME_DAY:
        problems["release_time"] = _NO_TIME
    if values.get("area") != "WHOLE":
        extra = [name for name in ("jeju_fee", "island_fee") if values.get(name) is not None]
        problems |= dict.fromkeys(extra, _NO_EXTRA)
    return problems


SHIPPING = TemplateType(
    marketplace=KEY,
    key="shipping",
    label=Text("배송 템플릿", "Shipping templates"),
    fields=FIELDS,
    title=lambda values: str(values["name"]),
    columns=("method", "bundle", "fee_type", "fee", "free_from", "release_day"),
    fetch=fetch_policies,
    create=create_policy,
    update=update_policy,
    delete=delete_policy,
    check=check_policy,
    help=Text(
        "위메프의 배송정책입니다. 출고지와 반품지 주소가 이 안에 들어 있습니다.",
        "Wemakeprice calls it 배송정책. The addresses are inside it.",
    ),
    seller_center=CENTER,
)
