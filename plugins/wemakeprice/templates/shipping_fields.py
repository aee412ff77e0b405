"""The form of a 배송 템플릿 (§4): what a seller fills in."""

from __future__ import annotations

import re
from typing import Any

from hanpan.api import Field, Kind, Text

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
_POSTCODE = Text(
    "우편번호는 숫자 다섯 자리입니다. 주소를 다시 확인해 주세요.",
    "A postcode has five digits. Check the address.",
)


def _check_postcode(value: str) -> Text | None:
    return None if re.fullmatch(r"[0-9]{5}", value) else _POSTCODE


def _won_field(name: str, ko: str, en: str, **more: Any) -> Field:
    won = Text("원", "won")
    given = {"maximum": FEE_LIMIT, "unit": won, **more}
    return Field(name=name, label=Text(ko, en), kind=Kind.MONEY, **given)


def _address_fields(place: str, ko: str, en: str) -> tuple[Field, ...]:
    """The five fields of an address: 위메프 wants it by road and by lot (§4)."""

    def part(name: str, ko_part: str, en_part: str, **more: Any) -> Field:
        label = Text(f"{ko} {ko_part}", f"{en}: {en_part}")
        return Field(name=f"{place}_{name}", label=label, group=Text(ko, en), **more)

    return (
        part("postcode", "우편번호", "postcode", max_length=5, check=_check_postcode),
        part("road", "도로명 주소", "address by road"),
        part("road_detail", "도로명 상세주소", "by road, details", required=False),
        part("lot", "지번 주소", "address by lot"),
        part("lot_detail", "지번 상세주소", "by lot, details", required=False),
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
            "Wemakeprice does not let it be changed afterwards.",
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
    Field(
        name="safety_number",
        label=Text("안심번호 표시", "Show a safety number"),
        kind=Kind.FLAG,
        required=False,
        default=False,
    ),
    *_address_fields("release", "출고지", "Ships from"),
    *_address_fields("return", "반품지", "Returns to"),
)
