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
from web.pages.template_forms import facts_of, stored_of
from web.pages.templates import cannot, list_url, templates, type_of
from web.render import page


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
    return page(
        "templates/delete.html",
        status=200 if wrong is None else 422,
        channel=channel,
        market=channel_state.market_of(channel.marketplace),
        type=template,
        stored=stored,
        facts=facts_of(template, service.values_of(stored)),
        errors=wrong.fields if wrong is not None else {},
        submission=new_submission(),
    )
