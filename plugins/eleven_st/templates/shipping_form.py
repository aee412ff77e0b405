"""What a 배송 템플릿 of ours joins at 11번가 (§5.4: the delivery part of a product)."""

from __future__ import annotations

from hanpan.api import Field, Kind, ShippingForm, ShippingPart, Text

_FREE, _FIXED, _CONDITIONAL, _EACH = "01", "02", "03", "05"
_PAID = (_FIXED, _CONDITIONAL, _EACH)

SHIPPING_FORM = ShippingForm(
    parts=(
        ShippingPart(
            name="release",
            template="address",
            label=Text("출고지", "Ships from"),
            fits=lambda values: values["kind"] != "in",
        ),
        ShippingPart(
            name="returns",
            template="address",
            label=Text("반품/교환지", "Returns to"),
            fits=lambda values: values["kind"] == "in",
        ),
        ShippingPart(
            name="deadline",
            template="dispatch_deadline",
            label=Text("발송마감", "Dispatch deadline"),
        ),
    ),
    fields=(
        Field(
            name="fee_type",
            label=Text("배송비 종류", "Delivery fee"),
            kind=Kind.CHOICE,
            choices=(
                (_FREE, Text("무료", "Free")),
                (_FIXED, Text("고정 배송비", "Fixed")),
                (_CONDITIONAL, Text("조건부 무료", "Free from an amount")),
                (_EACH, Text("1개당 배송비", "For each piece")),
            ),
            default=_FIXED,
        ),
        Field(
            name="fee",
            label=Text("배송비", "Fee"),
            kind=Kind.MONEY,
            show_if=("fee_type", _PAID),
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
                ("03", Text("선결제", "In advance")),
                ("02", Text("착불", "On delivery")),
                ("01", Text("선결제/착불", "Either")),
            ),
            default="03",
            show_if=("fee_type", _PAID),
        ),
        Field(
            name="bundles",
            label=Text("묶음배송 가능", "May be bundled"),
            kind=Kind.FLAG,
            required=False,
            default=False,
        ),
        Field(
            name="jeju_fee",
            label=Text("제주 추가배송비", "Extra fee for Jeju"),
            kind=Kind.MONEY,
            default=0,
        ),
        Field(
            name="island_fee",
            label=Text("도서산간 추가배송비", "Extra fee for islands"),
            kind=Kind.MONEY,
            default=0,
        ),
        Field(
            name="return_fee",
            label=Text("반품배송비 (편도)", "Return fee (one way)"),
            kind=Kind.MONEY,
        ),
        Field(
            name="exchange_fee",
            label=Text("교환배송비 (왕복)", "Exchange fee (both ways)"),
            kind=Kind.MONEY,
        ),
    ),
)
