"""What 인터파크 holds: 반품 주소지, 묶음배송비, 오늘출발 기준정보."""

from __future__ import annotations

from plugins.interpark.templates.bundle_fees import BUNDLE_FEE
from plugins.interpark.templates.dispatch_today import DISPATCH_TODAY
from plugins.interpark.templates.return_addresses import RETURN_ADDRESS
from plugins.interpark.templates.shipping_form import SHIPPING_FORM

TYPES = (RETURN_ADDRESS, BUNDLE_FEE, DISPATCH_TODAY)

__all__ = ["SHIPPING_FORM", "TYPES"]
