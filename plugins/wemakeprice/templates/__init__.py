"""What 위메프 holds: 배송 템플릿, with the addresses inside."""

from __future__ import annotations

from plugins.wemakeprice.templates.shipping import SHIPPING

TYPES = (SHIPPING,)
