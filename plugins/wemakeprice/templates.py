"""What 위메프 holds: 배송 템플릿 (배송정책), with the addresses inside (§4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hanpan.api import Field, Kind, Page, Remote, TemplateType, Text, Values, take
from plugins.wemakeprice.client import Wemakeprice

KEY = "wemakeprice"
CENTER = "https://wpartner.wemakeprice.com"

FREE, FIXED, CONDITIONAL = "FREE", "FIXED", "COND"
PREPAID, COLLECT, COLLECT_HIDDEN = "PREPAID", "COLLECT", "COLLECT_HIDDEN"
SAME_DAY = "1"
FEE_LIMIT = 9_999_999

_FEE_TYPES = (
    (FREE, Text("무료", "Free")),
    (FIXED, Text("유료 (정액)", "A fixed fee")),
    (CONDITIONAL, Text("조건부 무료", "Free from an amount")),
)
_PAYMENTS = (
    (PREPAID, Text("선결제", "Paid with the order")),
    (COLLECT, Text("착불", "Paid to the courier")),
    (COLLECT_HIDDEN, Text("착불, 배송비 표시 안함", "Paid to the courier, the fee not shown")),
)
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
_NOT_MORE = Text("무료가 되는 금액을 넣어 주세요.", "Give the amount from which shipping is free.")
_FEE_MISSING = Text("배송비를 넣어 주세요.", "Give the fee.")
_POSTCODE = Text(
    "우편번호는 숫자 다섯 자리입니다. 주소를 다시 확인해 주세요.",
    "A postcode has five digits. Check the address.",
)


def fetch(client: Wemakeprice, cursor: str) -> Page[Remote]:
    """Every policy: the list has no pages."""
    return Page([_policy(row) for row in client.policies()], "")


def _policy(row: Mapping[str, Any]) -> Remote:
    """A row as the form gives it: what does not apply is None, whatever the row holds there."""
    values: dict[str, Any] = {name: str(row.get(wire) or "") for name, wire in _TEXTS.items()}
    kind, everywhere = values["fee_type"], values["area"] == "WHOLE"
    paid = {flags: name for name, flags in _PAYMENT_FLAGS.items()}
    flags = str(row.get("prepaymentYn") or "Y"), str(row.get("shipFeeDisplayYn") or "Y")
    day = str(row.get("releaseDay") or "")
    values |= {
        "fee": _won(row, "shipFee") if kind in (FIXED, CONDITIONAL) else None,
        "free_from": _won(row, "freeCondition") if kind == CONDITIONAL else None,
        "payment": paid.get(flags, PREPAID) if kind == FIXED else None,
        "per_count": _won(row, "differenceCount") if kind == FIXED and _on(row) else None,
        "claim_fee": _won(row, "claimShipFee") or 0,
        "jeju_fee": (_won(row, "jejuShipFee") or 0) if everywhere else None,
        "island_fee": (_won(row, "islandMountainShipFee") or 0) if everywhere else None,
        "release_day": day,
        "release_time": str(row.get("releaseTime") or "") if day == SAME_DAY else None,
        "safety_number": row.get("safetyNoDisplayYn") == "Y",
    }
    return Remote(str(take(row, "shipPolicyNo")), values)


def _won(row: Mapping[str, Any], name: str) -> int | None:
    told = row.get(name)
    return int(told) if told not in (None, "") and re.fullmatch(r"[0-9]+", str(told)) else None


def _on(row: Mapping[str, Any]) -> bool:
    return row.get("differenceYn") == "Y"


def create(client: Wemakeprice, values: Values) -> Remote:
    """Make a policy."""
    return Remote(client.save_policy(None, _body(values), _INPUTS), values)


def update(client: Wemakeprice, remote_id: str, values: Values) -> Remote:
    """Replace a policy: every product that uses it follows."""
    return Remote(client.save_policy(remote_id, _body(values), _INPUTS), values)


def delete(client: Wemakeprice, remote_id: str) -> None:
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


def check(values: Values) -> dict[str, Text]:
    """Reasons for values that do not fit together."""
    problems = {}
    kind, payment = values.get("fee_type"), values.get("payment")
    if kind in (FIXED, CONDITIONAL) and not values.get("fee"):
        problems["fee"] = _FEE_MISSING
    if kind == CONDITIONAL and not values.get("free_from"):
        problems["free_from"] = _NOT_MORE
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


def _check_postcode(value: str) -> Text | None:
    return None if re.fullmatch(r"[0-9]{5}", value) else _POSTCODE


def _won_field(name: str, ko: str, en: str, **more: Any) -> Field:
    won = Text("원", "won")
    given = {"maximum": FEE_LIMIT, "unit": won, **more}
    return Field(name=name, label=Text(ko, en), kind=Kind.MONEY, **given)


def _address_fields(place: str, ko: str, en: str) -> tuple[Field, ...]:
    """The five fields of an address: 위메프 wants it by road and by lot (§4)."""
    return (
        Field(
            name=f"{place}_postcode",
            label=Text(f"{ko} 우편번호", f"{en}: postcode"),
            max_length=5,
            check=_check_postcode,
        ),
        Field(name=f"{place}_road", label=Text(f"{ko} 도로명 주소", f"{en}: address by road")),
        Field(
            name=f"{place}_road_detail",
            label=Text(f"{ko} 도로명 상세주소", f"{en}: by road, details"),
            required=False,
        ),
        Field(name=f"{place}_lot", label=Text(f"{ko} 지번 주소", f"{en}: address by lot")),
        Field(
            name=f"{place}_lot_detail",
            label=Text(f"{ko} 지번 상세주소", f"{en}: by lot, details"),
            required=False,
        ),
    )


FIELDS = (
    Field(name="name", label=Text("템플릿 이름", "Name"), max_length=50),
    Field(
        name="method",
        label=Text("배송방법", "Sent by"),
        kind=Kind.CHOICE,
        choices=(
            ("KP", Text("일반 - 택배", "Courier")),
            ("KD", Text("일반 - 직접배송", "Own delivery")),
            ("KM", Text("일반 - 우편", "Mail")),
            ("OP", Text("해외구매대행 - 택배", "Bought abroad, courier")),
            ("OD", Text("해외구매대행 - 직접배송", "Bought abroad, own delivery")),
        ),
        default="KP",
    ),
    Field(
        name="bundle",
        label=Text("묶음배송 여부", "Shipped together"),
        kind=Kind.CHOICE,
        choices=(
            ("BND", Text("묶음 (판매자별)", "Together, by seller")),
            ("PRD", Text("상품별", "Each product by itself")),
        ),
        default="BND",
        fixed=True,
        help=Text(
            "등록한 뒤에는 위메프가 바꿔 주지 않습니다.",
            "위메프 does not let it be changed afterwards.",
        ),
    ),
    Field(
        name="fee_type",
        label=Text("배송비 종류", "Fee"),
        kind=Kind.CHOICE,
        choices=_FEE_TYPES,
        default=CONDITIONAL,
        help=Text(
            "조건부 무료는 선결제만 됩니다.", "Free from an amount: the fee is paid with the order."
        ),
    ),
    _won_field("fee", "배송비", "Amount", minimum=1, show_if=("fee_type", (FIXED, CONDITIONAL))),
    _won_field(
        "free_from",
        "무료가 되는 금액",
        "Free from",
        minimum=1,
        maximum=999_999_999,
        show_if=("fee_type", (CONDITIONAL,)),
        help=Text("이 금액부터 배송비가 무료입니다.", "From this amount on shipping is free."),
    ),
    Field(
        name="payment",
        label=Text("배송비 결제", "Paid"),
        kind=Kind.CHOICE,
        choices=_PAYMENTS,
        default=PREPAID,
        show_if=("fee_type", (FIXED,)),
        help=Text(
            "배송비를 표시하지 않는 것은 착불일 때만 됩니다.",
            "The fee can be hidden only where it is paid to the courier.",
        ),
    ),
    Field(
        name="per_count",
        label=Text("수량별 배송비", "Fee by count"),
        kind=Kind.NUMBER,
        required=False,
        minimum=1,
        maximum=99_999,
        unit=Text("개마다", "pieces each"),
        show_if=("fee_type", (FIXED,)),
        help=Text(
            "이 수량마다 배송비를 한 번씩 받습니다. '상품별' 배송에서만 쓸 수 있고, 쓰지 않으면 "
            "비워 두세요.",
            "The fee is taken once for so many pieces. Only with shipping by product; else leave "
            "it empty.",
        ),
    ),
    _won_field(
        "claim_fee",
        "반품·교환 배송비 (편도)",
        "Fee of a return, one way",
        help=Text("편도 금액입니다. 없으면 0입니다.", "One way. 0 for none."),
    ),
    Field(
        name="area",
        label=Text("배송 지역", "Shipped to"),
        kind=Kind.CHOICE,
        choices=(
            ("WHOLE", Text("전국", "Everywhere")),
            ("NO_MOUNTAIN_ISLAND", Text("전국 (제주·도서산간 제외)", "Not to islands")),
        ),
        default="WHOLE",
    ),
    _won_field("jeju_fee", "제주 추가배송비", "Extra fee, Jeju", show_if=("area", ("WHOLE",))),
    _won_field(
        "island_fee", "도서산간 추가배송비", "Extra fee, islands", show_if=("area", ("WHOLE",))
    ),
    Field(
        name="release_day",
        label=Text("출고 소요일", "Days until dispatch"),
        kind=Kind.CHOICE,
        choices=tuple((str(day), Text(f"{day}일", f"{day}")) for day in range(1, 16)),
        default="2",
    ),
    Field(
        name="release_time",
        label=Text("당일 출고 마감 시각", "Cut-off hour"),
        kind=Kind.CHOICE,
        required=False,
        choices=tuple((str(hour), Text(f"{hour}시", f"{hour}:00")) for hour in range(1, 25)),
        show_if=("release_day", (SAME_DAY,)),
        help=Text("출고 소요일이 1일일 때만 씁니다.", "Only with one day until dispatch."),
    ),
    Field(
        name="holidays",
        label=Text("출고 소요일에서 제외하는 날", "Days that do not count"),
        kind=Kind.CHOICE,
        choices=(
            ("Y", Text("주말과 공휴일", "Weekends and holidays")),
            ("A", Text("주말과 공휴일, 그 전날", "Weekends, holidays and the day before")),
            ("N", Text("없음 (모두 포함)", "None, all count")),
        ),
        default="Y",
    ),
    *_address_fields("release", "출고지", "Ships from"),
    *_address_fields("return", "반품지", "Returns to"),
    Field(
        name="safety_number",
        label=Text("안심번호 표시", "Show a safety number"),
        kind=Kind.FLAG,
        required=False,
        default=False,
    ),
)

SHIPPING = TemplateType(
    marketplace=KEY,
    key="shipping",
    label=Text("배송 템플릿", "Shipping templates"),
    fields=FIELDS,
    title=lambda values: str(values["name"]),
    fetch=fetch,
    create=create,
    update=update,
    delete=delete,
    check=check,
    help=Text(
        "위메프의 배송정책입니다. 출고지와 반품지 주소가 이 안에 들어 있습니다.",
        "위메프 calls it 배송정책. The addresses are inside it.",
    ),
    seller_center=CENTER,
)
