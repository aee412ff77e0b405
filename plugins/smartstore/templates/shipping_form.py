"""What a 배송 템플릿 of ours joins at 스마트스토어 (§6.2: deliveryInfo of a product)."""

from __future__ import annotations

from hanpan.api import Field, Kind, ShippingForm, ShippingPart, Text

_PAID, _CONDITIONAL = "PAID", "CONDITIONAL_FREE"

SHIPPING_FORM = ShippingForm(
    parts=(
        ShippingPart(
            name="release",
            template="address",
            label=Text("출고지", "Ships from"),
            fits=lambda values: values["type"] in ("RELEASE", "LOGISTICS_CENTER_RELEASE"),
        ),
        ShippingPart(
            name="returns",
            template="address",
            label=Text("반품/교환지", "Returns to"),
            fits=lambda values: (
                values["type"] in ("REFUND_OR_EXCHANGE", "LOGISTICS_CENTER_REFUND_OR_EXCHANGE")
            ),
        ),
        ShippingPart(
            name="today",
            template="dispatch_today",
            label=Text("오늘출발 기준정보", "Same-day dispatch"),
            required=False,
            help=Text("선택하면 오늘출발 상품입니다.", "Chosen: dispatched the same day."),
        ),
        ShippingPart(
            name="bundle",
            template="bundle_group",
            label=Text("묶음배송그룹", "Bundle group"),
            required=False,
            help=Text("선택하지 않으면 따로 배송합니다.", "Not chosen: shipped on its own."),
            fits=lambda values: bool(values["usable"]),
        ),
    ),
    fields=(
        Field(
            name="fee_type",
            label=Text("배송비 종류", "Delivery fee"),
            kind=Kind.CHOICE,
            choices=(
                ("FREE", Text("무료", "Free")),
                (_PAID, Text("유료", "Paid")),
                (_CONDITIONAL, Text("조건부 무료", "Free from an amount")),
            ),
            default=_PAID,
        ),
        Field(
            name="fee",
            label=Text("배송비", "Fee"),
            kind=Kind.MONEY,
            maximum=100_000,
            show_if=("fee_type", (_PAID, _CONDITIONAL)),
        ),
        Field(
            name="free_from",
            label=Text("무료가 되는 금액", "Free from"),
            kind=Kind.MONEY,
            minimum=1,
            show_if=("fee_type", (_CONDITIONAL,)),
        ),
        Field(
            name="payment",
            label=Text("결제 방식", "Paid"),
            kind=Kind.CHOICE,
            choices=(
                ("PREPAID", Text("선불", "In advance")),
                ("COLLECT", Text("착불", "On delivery")),
                ("COLLECT_OR_PREPAID", Text("선불/착불", "Either")),
            ),
            default="PREPAID",
            show_if=("fee_type", (_PAID, _CONDITIONAL)),
        ),
        Field(
            name="return_fee",
            label=Text("반품배송비 (편도)", "Return fee (one way)"),
            kind=Kind.MONEY,
            maximum=1_000_000,
        ),
        Field(
            name="exchange_fee",
            label=Text("교환배송비 (왕복)", "Exchange fee (both ways)"),
            kind=Kind.MONEY,
            maximum=1_000_000,
        ),
    ),
)
