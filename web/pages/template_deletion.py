"""템플릿의 삭제: what would go, and only at the second press the marketplace."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from core.contracts.template import Capability, TemplateType
from core.models import Channel, Template
from core.services import templates as service
from core.services.outcome import Forbidden, Wrong
from web import channel_state, sessions
from web.access import row
from web.forms import new_submission, submission
from web.i18n import tr
from web.pages.template_forms import stored_of
from web.pages.template_lookups import templates
from web.pages.templates import cannot, list_url, type_of
from web.render import page
from web.values import shown, shows

__all__ = ["templates"]


@templates.route("/channels/<id>/templates/<type>/<template>/delete", methods=["GET", "POST"])
def delete(id: str, type: str, template: str) -> AnyResponse:
    """Say what would be deleted; the second press has it deleted at the marketplace."""
    channel: Channel = row()
    kind, stored = type_of(channel, type), stored_of(channel, type)
    reason = cannot(channel, kind, Capability.DELETE)
    if reason is not None:
        raise Forbidden(reason)
    if request.method == "GET":
        return _ask(channel, kind, stored)
    try:
        command = service.submit_delete(
            channel.id,
            stored.id,
            sessions.actor(),
            submission=submission() or new_submission(),
            seen=request.form.get("seen", ""),
        )
    except Wrong as wrong:
        return _ask(channel, kind, stored, wrong)
    return redirect(list_url(channel, kind, job=command), code=303)


def _ask(
    channel: Channel, template: TemplateType, stored: Template, wrong: Wrong | None = None
) -> AnyResponse:
    values = service.values_of(stored)
    return page(
        "templates/delete.html",
        status=200 if wrong is None else 422,
        channel=channel,
        market=channel_state.market_of(channel.marketplace),
        type=template,
        stored=stored,
        facts=[
            (tr(field.label), shown(field, values.get(field.name)) or "–")
            for field in template.fields
            if shows(field, values)
        ],
        errors=wrong.fields if wrong is not None else {},
        submission=new_submission(),
    )
