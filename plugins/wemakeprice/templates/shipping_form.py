"""What a 배송 템플릿 of ours joins at 위메프 (§4): its own one, which holds everything."""

from __future__ import annotations

from hanpan.api import ShippingForm, ShippingPart, Text

SHIPPING_FORM = ShippingForm(
    parts=(
        ShippingPart(
            name="policy",
            template="shipping",
            label=Text("위메프 배송 템플릿", "Shipping template of Wemakeprice"),
            help=Text(
                "주소와 배송비, 출고소요일이 그 안에 들어 있습니다.",
                "Addresses, fee and days until dispatch are inside.",
            ),
        ),
    ),
)
