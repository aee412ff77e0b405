"""The values of a template: which of them a form asks for, and when two of them mean the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.contracts.template import TemplateType
from core.contracts.text import Text
from core.fields import Field
from core.models import Template

FIXED = Text(
    "등록할 때 정해지며 그 뒤에는 바꿀 수 없습니다.",
    "Chosen when it is made; it cannot be changed afterwards.",
)


def fields_for(template: TemplateType, row: Template | None) -> list[Field]:
    """The fields as they are asked for: what is fixed is only shown once the template is there."""
    return [
        replace(field, readonly=FIXED) if field.fixed and row is not None else field
        for field in template.fields
    ]


def same_value(one: Any, other: Any) -> bool:
    """True when two values mean the same: None, "" and an empty list are all nothing."""
    return bool(_something(one) == _something(other))


def equal(template: TemplateType, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """True when two sets of values mean the same in all that the form asks for."""
    return all(
        same_value(one.get(field.name), other.get(field.name))
        for field in template.fields
        if field.readonly is None
    )


def _something(value: Any) -> Any:
    return None if value in ("", []) else value
