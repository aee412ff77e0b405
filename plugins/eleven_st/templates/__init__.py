"""What 11번가 holds: 주소지 of three kinds, and 발송마감 templates."""

from __future__ import annotations

from plugins.eleven_st.templates.addresses import ADDRESS
from plugins.eleven_st.templates.deadlines import DISPATCH_DEADLINE
from plugins.eleven_st.templates.shipping_form import SHIPPING_FORM

TYPES = (ADDRESS, DISPATCH_DEADLINE)

__all__ = ["SHIPPING_FORM", "TYPES"]
