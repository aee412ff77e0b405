"""The search of a template's LOOKUP field: what was looked for, and what there is to choose."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request

from core.contracts.template import TemplateType
from core.contracts.text import Text
from core.fields import Field, Kind, Values
from core.models import Channel, Command
from core.services import job_words, template_lookup
from core.services.kind_names import LOOKUP
from web.database import db
from web.forms import Form, blank, typed

LABEL = "-label"
"""Ends the name of the hidden input that keeps what a chosen value is called."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search as the form draws it, with what there is to choose.

    `label` is what the field's present value is called; `held` is why the search does not get
    on, `problem` why it found nothing; `more` that there are more hits than are shown.
    `example` is a query that the practice server knows.
    """

    id: str = ""
    query: str = ""
    label: str = ""
    live: bool = False
    held: Text | None = None
    problem: Text | None = None
    more: bool = False
    example: str = ""
    hits: Sequence[str] = field(default_factory=tuple)


def in_words(template: TemplateType, values: Values) -> str:
    """What was found by a search, in words: what the marketplace made of it; "" for nothing."""
    if not template.lookups:
        return ""
    told = [values.get(item.name) for item in template.fields if item.readonly is not None]
    return " · ".join(str(one) for one in told if one not in (None, ""))


def asked(command_id: str, channel: Channel, template: TemplateType) -> Command | None:
    """The search of this id, where it is one of this form."""
    command = db.session.get(Command, command_id) if command_id else None
    if command is None or command.kind != LOOKUP or command.channel_id != channel.id:
        return None
    return command if command.natural_key.startswith(f"{template.key}:") else None


def typed_with_labels(fields: Sequence[Field]) -> dict[str, Any]:
    """What was sent for the fields, and what chosen values are called."""
    names = [item.name + LABEL for item in fields if item.kind is Kind.LOOKUP]
    return typed(fields) | {name: request.form.get(name, "")[:400] for name in names}


def typed_of(command: Command) -> dict[str, Any]:
    """What stood in the form when the search was asked for."""
    return template_lookup.of(command).typed


def form_of(fields: Sequence[Field], given: Mapping[str, Any], stored: Values | None) -> Form:
    """The form with what was typed; what is only shown is as it is stored."""
    kept = stored or {}
    locked = {item.name: kept[item.name] for item in fields if item.readonly and item.name in kept}
    return blank(fields, {**given, **{n: v for n, v in locked.items() if not given.get(n)}})


def chosen(command: Command, number: str, typed_now: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, with the hit of this number filled in."""
    searched = template_lookup.of(command)
    if not number.isdecimal() or int(number[:4]) >= len(searched.found):
        return dict(typed_now)
    hit = searched.found[int(number[:4])]
    return {
        **typed_now,
        **hit.fills,
        searched.field: hit.value,
        searched.field + LABEL: hit.label,
    }


def drawn(
    fields: Sequence[Field],
    labels: Mapping[str, Any],
    command: Command | None,
    example: str = "",
) -> dict[str, Search]:
    """The searches of a form by field: the one that was asked for, the others idle."""
    found = {
        item.name: Search(
            label=str(labels.get(item.name + LABEL) or ""),
            query=request.form.get(f"find-{item.name}", ""),
            example=example,
        )
        for item in fields
        if item.kind is Kind.LOOKUP
    }
    if command is not None:
        searched = template_lookup.of(command)
        ended = command.state == "refused"
        reasons = command.fields or {}
        found[searched.field] = Search(
            id=command.id,
            query=searched.query,
            label=found[searched.field].label if searched.field in found else "",
            live=command.state in ("ready", "running"),
            held=job_words.trouble(command) if command.state in ("held", "review") else None,
            problem=Text.of(reasons[searched.field])
            if ended and searched.field in reasons
            else job_words.outcome(command)
            if ended
            else None,
            example=example,
            more=(command.progress_total or 0) > len(searched.found),
            hits=[hit.label for hit in searched.found],
        )
    return found


def submission_of(mark: str, name: str, query: str) -> str:
    """The mark of one press of [찾기]: pressed twice it is one search, another query is another."""
    return hashlib.sha256(f"{mark}:{name}:{query}".encode()).hexdigest()[:32]
