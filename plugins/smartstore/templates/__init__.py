"""What 스마트스토어 holds: 주소지 (read only), 오늘출발 기준정보, 묶음배송그룹."""

from __future__ import annotations

from plugins.smartstore.templates.addresses import ADDRESS
from plugins.smartstore.templates.bundle_groups import BUNDLE_GROUP
from plugins.smartstore.templates.dispatch_today import DISPATCH_TODAY
from plugins.smartstore.templates.shipping_form import SHIPPING_FORM

TYPES = (ADDRESS, DISPATCH_TODAY, BUNDLE_GROUP)

__all__ = ["SHIPPING_FORM", "TYPES"]
