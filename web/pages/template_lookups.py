"""템플릿의 찾기: a search of the marketplace's own for a field of the form, and taking a hit."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.contracts.template import TemplateType
from core.fields import Kind
from core.models import Channel, Template
from core.services import template_values
from core.services import templates as service
from core.services.outcome import Forbidden, Wrong
from web import lookups, sessions
from web.access import row
from web.forms import new_submission, read, submission
from web.pages.template_forms import draw, locked_for, stored_of
from web.pages.templates import templates, type_of


@templates.post("/channels/<id>/templates/<type>/new/lookup")
def look_up_new(id: str, type: str) -> AnyResponse:
    """Search for a field of a new template, or take a hit into its form."""
    channel: Channel = row()
    return _look_up(channel, type_of(channel, type), None)


@templates.post("/channels/<id>/templates/<type>/<template>/lookup")
def look_up(id: str, type: str, template: str) -> AnyResponse:
    """Search for a field of a template, or take a hit into its form."""
    channel: Channel = row()
    return _look_up(channel, type_of(channel, type), stored_of(channel, type))


def _look_up(channel: Channel, template: TemplateType, stored: Template | None) -> AnyResponse:
    locked = locked_for(channel, template, stored)
    if locked is not None:
        raise Forbidden(locked)
    fields = template_values.fields_for(template, stored)
    typed = lookups.typed_with_labels(fields)
    if "pick" in request.form:
        return _pick(channel, template, stored, typed)
    name = request.form.get("search", "")
    if name not in {field.name for field in fields if field.kind is Kind.LOOKUP}:
        abort(400)
    query = request.form.get(f"find-{name}", "")
    mark = submission() or new_submission()
    try:
        command = service.submit_lookup(
            channel.id,
            template.key,
            name,
            query,
            typed,
            sessions.actor(),
            submission=lookups.submission_of(mark, name, query),
        )
    except Wrong as wrong:
        _cleaned, form = read(fields, service.values_of(stored) if stored else None)
        form.errors = wrong.fields
        return draw(channel, template, stored, form, None, status=422)
    named: dict[str, Any] = {"id": channel.id, "type": template.key, "lookup": command}
    named["_anchor"] = f"f-{name}"
    if stored is None:
        return redirect(url_for("templates.new", **named), code=303)
    return redirect(url_for("templates.edit", **named, template=stored.id), code=303)


def _pick(
    channel: Channel, template: TemplateType, stored: Template | None, typed: dict[str, object]
) -> AnyResponse:
    """The form with a hit filled in; nothing is stored."""
    command = lookups.asked(request.form.get("lookup", ""), channel, template)
    if command is None:
        abort(404)
    values = lookups.chosen(command, request.form["pick"], typed)
    before = service.values_of(stored) if stored else None
    form = lookups.form_of(template_values.fields_for(template, stored), values, before)
    return draw(channel, template, stored, form, None, labels=values)
