"""A stored value of a declared field in words: what lists, facts and before–after tables show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from core.contracts.template import Capability
from core.contracts.text import Text
from core.fields import Field, Kind
from web import masks
from web.i18n import language, tr, won

CAPABILITIES = (
    (Capability.IMPORT, Text("가져오기", "import")),
    (Capability.CREATE, Text("등록", "create")),
    (Capability.UPDATE, Text("수정", "update")),
    (Capability.DELETE, Text("삭제", "delete")),
)
"""What can be done with a template type, each with its word."""


def shown(field: Field, value: Any, *, masked: bool = False) -> str:
    """The value in the page's language, "" for nothing; `masked` hides the middle of a phone."""
    if field.kind is Kind.FLAG:
        return str(_("예") if value else _("아니요"))
    if value in (None, "", []):
        return ""
    if field.kind is Kind.SECRET:
        return str(_("저장되어 있습니다"))
    if field.kind is Kind.MONEY:
        return won(int(value))
    if field.kind is Kind.NUMBER:
        gap = " " if field.unit and language() == "en" else ""
        return f"{int(value):,}{gap}{tr(field.unit)}"
    if field.kind is Kind.PHONE and masked:
        return masks.phone(str(value))
    names = {**_weekdays(), **dict(field.choices)}
    if isinstance(value, (list, tuple)):
        return ", ".join(str(tr(names.get(one, one))) for one in value)
    if field.kind is Kind.CHOICE:
        return str(tr(names.get(value, value)))
    return str(value)


def _weekdays() -> dict[str, Any]:
    return {
        "MONDAY": _("월요일"),
        "TUESDAY": _("화요일"),
        "WEDNESDAY": _("수요일"),
        "THURSDAY": _("목요일"),
        "FRIDAY": _("금요일"),
        "SATURDAY": _("토요일"),
        "SUNDAY": _("일요일"),
    }


def size(field: Field, was: Any, will: Any) -> str:
    """How much an amount rises or falls; "" for what has no size."""
    if field.kind not in (Kind.MONEY, Kind.NUMBER):
        return ""
    if not isinstance(was, int) or not isinstance(will, int) or was == will:
        return ""
    amount = shown(field, abs(will - was))
    return str(_("%(n)s 오름", n=amount) if will > was else _("%(n)s 내림", n=amount))


def shows(field: Field, values: Mapping[str, Any]) -> bool:
    """Whether the field counts for these values: one that depends on another may be left out."""
    if field.show_if is None:
        return True
    other, wanted = field.show_if
    value = values.get(other)
    return ("1" if value is True else str(value or "")) in wanted
