"""묶음배송비 of 인터파크 (§3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hanpan.api import Capability, Field, Kind, OutcomeUnknown, Remote, TemplateType, Text, Values
from plugins.interpark.assumed import POLICY_DEFAULT
from plugins.interpark.client import CENTER, Interpark
from plugins.interpark.templates.rows import flag, listed, needs, rows_of, wire_flag

KEY = "interpark"

FREE, CONDITIONAL, FIXED = "00", "98", "99"
PAYMENTS = (
    ("02", Text("선불", "Prepaid")),
    ("01", Text("착불", "Collect on delivery")),
    ("03", Text("선불/착불 선택", "Prepaid or collect, as the buyer chooses")),
)
_POLICY_NO, _POLICY_NO_TOLD = "delvPlcNo", "delvCostPlcNo"
"""It is called delvPlcNo in requests and delvCostPlcNo in answers (§3)."""
_POLICY_INPUTS = {
    "distCostTp": "type",
    "distCostCd": "payment",
    "localCostYn": "local_paid",
    "distCost": "fee",
    "maxbuyAmt": "free_from",
    POLICY_DEFAULT: "base",
}


def _policy(told: Mapping[str, str]) -> Remote | None:
    if not told.get(_POLICY_NO_TOLD):
        return None
    kind = told.get("distCostTp", "")
    values = {
        "type": kind,
        "local_paid": flag(told.get("localCostYn")) if kind == FREE else None,
        "fee": None if kind == FREE else _won(told.get("distCost")),
        "free_from": _won(told.get("maxbuyAmt")) if kind == CONDITIONAL else None,
        "payment": told.get("distCostCd", ""),
        "base": flag(told.get(POLICY_DEFAULT)),
    }
    return Remote(told[_POLICY_NO_TOLD], values)


def _won(told: str | None) -> int:
    digits = (told or "").partition(".")[0]
    return int(digits) if digits.isdecimal() else 0


def _policy_item(values: Values) -> dict[str, Any]:
    kind = values["type"]
    item: dict[str, Any] = {"distCostTp": kind, "distCostCd": values["payment"]}
    if kind == FREE:
        item["localCostYn"] = wire_flag(values["local_paid"])
    item["distCost"] = 0 if kind == FREE else values["fee"]
    if kind == CONDITIONAL:
        item["maxbuyAmt"] = values["free_from"]
    return item | {POLICY_DEFAULT: wire_flag(values["base"])}


def create_policy(client: Interpark, values: Values) -> Remote:
    """Register a policy: the answer lists all of them, so it is found by its values (§3)."""
    root = client.service("bundle_fee.create", _policy_item(values), _POLICY_INPUTS)
    equal = [row for row in rows_of(root, "delvCostPlc", _policy) if _but_base(row.values, values)]
    if not equal:
        raise OutcomeUnknown(detail="insertDelvCostPlcAPIData does not list what was sent")
    # One with the same values may have been there before: numbers grow.
    newest = max(equal, key=lambda row: (len(row.id), row.id))
    return Remote(newest.id, values)


def _but_base(told: Values, sent: Values) -> bool:
    """Equal in all but the default, of which answers are not sure to tell (§3)."""
    return all(told[name] == sent.get(name) for name in told if name != "base")


def update_policy(client: Interpark, remote_id: str, values: Values) -> Remote:
    """Replace a policy."""
    item = {_POLICY_NO: remote_id, **_policy_item(values)}
    root = client.service("bundle_fee.update", item, _POLICY_INPUTS)
    if remote_id not in [row.id for row in rows_of(root, "delvCostPlc", _policy)]:
        raise OutcomeUnknown(detail="updateDelvCostPlcAPIData does not list the policy")
    return Remote(remote_id, values)


def _policy_title(values: Values) -> str:
    payment = dict(PAYMENTS).get(values["payment"])
    paid = payment.ko if payment else values["payment"]
    if values["type"] == FREE:
        return f"무료{' (일부지역 유료)' if values['local_paid'] else ''} · {paid}"
    fee = f"{values['fee'] or 0:,}원"
    if values["type"] == CONDITIONAL:
        return f"조건부 무료 {fee}, {values['free_from'] or 0:,}원부터 무료 · {paid}"
    return f"정액 {fee} · {paid}"


BUNDLE_FEE = TemplateType(
    marketplace=KEY,
    key="bundle_fee",
    label=Text("묶음배송비", "Bundle fees"),
    fields=(
        Field(
            name="type",
            label=Text("묶음배송비 종류", "Kind of fee"),
            kind=Kind.CHOICE,
            choices=(
                (FREE, Text("무료", "Free")),
                (FIXED, Text("정액", "Fixed")),
                (CONDITIONAL, Text("조건부 무료", "Free from an amount on")),
            ),
            default=FREE,
        ),
        Field(
            name="local_paid",
            label=Text("일부지역 유료", "Some areas pay"),
            kind=Kind.FLAG,
            required=False,
            default=False,
            show_if=("type", (FREE,)),
        ),
        Field(
            name="fee",
            label=Text("배송비", "Fee"),
            kind=Kind.MONEY,
            minimum=1,
            maximum=1_000_000,
            unit=Text("원", "won"),
            show_if=("type", (FIXED, CONDITIONAL)),
        ),
        Field(
            name="free_from",
            label=Text("무료가 되는 금액", "Free from"),
            kind=Kind.MONEY,
            minimum=1,
            unit=Text("원", "won"),
            show_if=("type", (CONDITIONAL,)),
            help=Text(
                "묶음의 주문금액이 이 금액 이상이면 배송비를 받지 않습니다.",
                "Bundles of this amount or more pay no fee.",
            ),
        ),
        Field(
            name="payment",
            label=Text("결제 방법", "Payment"),
            kind=Kind.CHOICE,
            choices=PAYMENTS,
            default="02",
        ),
        Field(
            name="base",
            label=Text("기본설정", "Default"),
            kind=Kind.FLAG,
            required=False,
            default=False,
            help=Text(
                "다른 정책을 기본으로 정하면 이전 기본설정은 풀립니다.",
                "Making another policy the default ends the old one.",
            ),
        ),
    ),
    title=_policy_title,
    fetch=listed("bundle_fee", "delvCostPlc", _policy),
    create=create_policy,
    update=update_policy,
    needs=needs("bundle_fee"),
    why_not={
        Capability.DELETE: Text(
            "인터파크에는 묶음배송비 정책 삭제가 없습니다. 판매자매니저에서 확인해 주세요.",
            "Interpark cannot delete bundle fees by API. See 판매자매니저.",
        )
    },
    seller_center=CENTER,
    touches_others=True,  # a new default ends the old one
)
