"""A submitted form: what was typed, what it came to, and the mark of one pressing of a button."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request

from core.contracts.text import Text
from core.fields import Cleaned, Field, Kind, Values, clean

_SUBMISSION = re.compile(r"[0-9a-f]{32}")


@dataclass
class Form:
    """What `fields.html` draws: `values` as typed and `errors` by field name.

    A secret's value says only whether one is stored, or None when nothing was typed.
    """

    fields: Sequence[Field]
    values: Values = field(default_factory=dict)
    errors: dict[str, Text] = field(default_factory=dict)

    def named(self, name: str) -> Field:
        """The field of this name."""
        return next(item for item in self.fields if item.name == name)


def typed(fields: Sequence[Field]) -> dict[str, Any]:
    """What was sent for these fields: strings, and lists where a field holds several."""
    several = (Kind.WEEKDAYS, Kind.DATES)
    return {
        item.name: request.form.getlist(item.name)
        if item.kind in several
        else request.form.get(item.name, "")
        for item in fields
    }


def read(fields: Sequence[Field], kept: Values | None = None) -> tuple[Cleaned, Form]:
    """Read the posted form: what it came to, and the form to show again with its reasons.

    `kept` are the stored values, see `core.fields.clean`.
    """
    raw = typed(fields)
    cleaned = clean(fields, raw, kept=kept)
    stored = kept or {}
    locked = {item.name: stored.get(item.name, item.default) for item in fields if item.readonly}
    drawn = {name: raw[name] or locked.get(name, raw[name]) for name in raw}
    shown = _shown(fields, drawn, stored)
    empty = [item.name for item in fields if item.kind is Kind.SECRET and not raw[item.name]]
    shown |= {name: None for name in empty if not shown[name]}
    return cleaned, Form(fields, shown, dict(cleaned.problems))


def blank(fields: Sequence[Field], values: Values | None = None) -> Form:
    """The form as it is first shown, with stored `values` where there are some."""
    stored = values or {}
    start = {item.name: stored.get(item.name, item.default) for item in fields}
    return Form(fields, _shown(fields, start, stored))


def _shown(fields: Sequence[Field], values: Values, stored: Values) -> dict[str, Any]:
    """The values without the secrets, of which a page learns only whether one is stored."""
    return {
        item.name: bool(stored.get(item.name)) if item.kind is Kind.SECRET else values[item.name]
        for item in fields
    }


def whole(told: str, otherwise: int = 0) -> int:
    """A whole number as it was sent, or `otherwise` where it is none that a page would send."""
    return int(told) if told.isdecimal() and len(told) < 10 else otherwise


def new_submission() -> str:
    """The mark that a page gives a form, so that pressing twice is one press."""
    return uuid.uuid4().hex


def submission() -> str | None:
    """The mark that the posted form carries; None where it has none that a page of ours made."""
    sent = request.form.get("submission", "")
    return sent if _SUBMISSION.fullmatch(sent) else None
