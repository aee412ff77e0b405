"""What a 배송 템플릿 of ours joins at 인터파크 (§2.3: the delivery part of a product)."""

from __future__ import annotations

from hanpan.api import Field, Kind, ShippingForm, ShippingPart, Text

SHIPPING_FORM = ShippingForm(
    parts=(
        ShippingPart(
            name="returns",
            template="return_address",
            label=Text("반품 주소지", "Returns to"),
            fits=lambda values: bool(values["use"]),
        ),
        ShippingPart(name="bundle", template="bundle_fee", label=Text("묶음배송비", "Bundle fee")),
        ShippingPart(
            name="today",
            template="dispatch_today",
            label=Text("오늘출발 기준정보", "Same-day dispatch"),
            required=False,
            help=Text("선택하면 오늘출발 상품입니다.", "Chosen: dispatched the same day."),
        ),
    ),
    fields=(
        Field(
            name="return_fee",
            label=Text("반품배송비", "Return fee"),
            kind=Kind.MONEY,
        ),
    ),
)
