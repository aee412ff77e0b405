"""What 위메프 holds: 배송 템플릿, with the addresses inside."""

from __future__ import annotations

from plugins.wemakeprice.templates.shipping import SHIPPING
from plugins.wemakeprice.templates.shipping_form import SHIPPING_FORM

TYPES = (SHIPPING,)

__all__ = ["SHIPPING_FORM", "TYPES"]
