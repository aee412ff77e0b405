"""배송 템플릿: what of a channel belongs together: listed, made, changed and deleted."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from core.fields import Field
from core.models import Channel, ShippingTemplate
from core.services import channels, shipping_edits, templates
from core.services import shipping as service
from core.services.outcome import Forbidden, Wrong
from core.services.shipping import View
from web import channel_state, sessions
from web.access import row
from web.database import db
from web.forms import Form, blank, new_submission, read, submission, typed
from web.i18n import tr
from web.render import note, page
from web.values import shown, shows

shipping = Blueprint("shipping", __name__, url_prefix="/shipping")


@shipping.get("")
def index() -> Response:
    """Show the 배송 템플릿 of every channel, and what stands in the way of more."""
    found = channels.live(db.session())
    return page("shipping/index.html", channels=[_told(channel) for channel in found])


def _told(channel: Channel) -> dict[str, Any]:
    session = db.session()
    why, step = service.blocked(session, channel) or (None, None)
    views = service.of_channel(session, channel)
    return {
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace),
        "why": why,
        "step": step,
        "templates": [{"view": one, "facts": _facts(channel, one)} for one in views],
        "resting": why is not None and not views,
    }


def _facts(channel: Channel, view: View) -> list[tuple[str, str]]:
    """The plugin's own values in words."""
    if not view.parts:
        return []
    own: list[Field] = list(service.form_of(channel.marketplace).fields)
    values = view.row.values
    return [
        (tr(field.label), shown(field, values.get(field.name)))
        for field in own
        if shows(field, values) and shown(field, values.get(field.name))
    ]


@shipping.route("/new/<id>", methods=["GET", "POST"])
def new(id: str) -> AnyResponse:
    """Make a 배송 템플릿 of a channel."""
    channel: Channel = row()
    _must_be_open(channel)
    fields = service.fields(db.session(), channel)
    if request.method == "GET":
        return _draw(channel, None, _started(fields))
    mark = submission()
    if mark is None:
        abort(400)
    form = read(fields)[1]
    try:
        shipping_edits.create(id, typed(fields), sessions.actor(), submission=mark)
    except Wrong as wrong:
        form.errors = wrong.fields
        return _draw(channel, None, form, status=422)
    note("ok", _("배송 템플릿을 만들었습니다."))
    return redirect(url_for("shipping.index", _anchor=f"c-{id}"), code=303)


def _started(fields: list[Field]) -> Form:
    """A new form: where there is one choice only, it is made."""
    only = {
        field.name: field.choices[0][0]
        for field in fields
        if field.required and len(field.choices) == 1
    }
    return blank(fields, {field.name: only.get(field.name, field.default) for field in fields})


@shipping.route("/<id>", methods=["GET", "POST"])
def edit(id: str) -> AnyResponse:
    """Change a 배송 템플릿; what the marketplace does not have any more is said beside its part."""
    stored, channel = _stored()
    _must_be_open(channel)
    fields = service.fields(db.session(), channel)
    if request.method == "GET":
        form = blank(fields, service.values_of(stored))
        form.errors = service.view(db.session(), channel, stored).problems
        return _draw(channel, stored, form)
    form = read(fields)[1]
    try:
        shipping_edits.change(
            id, typed(fields), sessions.actor(), seen_as=request.form.get("seen", "")
        )
    except Wrong as wrong:
        form.errors = wrong.fields
        return _draw(channel, _stored()[0], form, status=422)
    note("ok", _("배송 템플릿을 저장했습니다."))
    return redirect(url_for("shipping.index", _anchor=f"c-{channel.id}"), code=303)


@shipping.post("/<id>/choose")
def choose(id: str) -> AnyResponse:
    """Have imports use it when nobody says otherwise."""
    shipping_edits.choose(id, sessions.actor())
    note("ok", _("기본 배송 템플릿을 바꿨습니다."))
    return redirect(url_for("shipping.index"), code=303)


@shipping.route("/<id>/delete", methods=["GET", "POST"])
def delete(id: str) -> AnyResponse:
    """Ask first, and say which listings use it; then delete a 배송 템플릿."""
    stored, channel = _stored()
    if request.method == "GET":
        view = service.view(db.session(), channel, stored)
        return page(
            "shipping/delete.html",
            channel=channel,
            market=channel_state.market_of(channel.marketplace),
            view=view,
            facts=_facts(channel, view),
        )
    shipping_edits.archive(id, sessions.actor())
    note("ok", _("배송 템플릿을 삭제했습니다."))
    return redirect(url_for("shipping.index"), code=303)


def _stored() -> tuple[ShippingTemplate, Channel]:
    """The 배송 템플릿 of the address, unless it was deleted, and its channel."""
    session = db.session()
    session.rollback()  # what was written since this request began to read
    named: ShippingTemplate = row()
    stored = service.get(session, named.id)
    return stored, channels.get(session, stored.channel_id)


def _must_be_open(channel: Channel) -> None:
    blocked = service.blocked(db.session(), channel)
    if blocked is not None:
        raise Forbidden(blocked[0])


def _draw(
    channel: Channel, stored: ShippingTemplate | None, form: Form, status: int = 200
) -> Response:
    session = db.session()
    names = {part.name for part in service.form_of(channel.marketplace).parts}
    options = {field.name: dict(field.choices) for field in form.fields if field.name in names}
    form.values = {
        name: value if value in options.get(name, (value,)) else ""
        for name, value in form.values.items()
    }
    return page(
        "shipping/form.html",
        status=status,
        channel=channel,
        market=channel_state.market_of(channel.marketplace),
        stored=stored,
        form=form,
        options={name: tuple(found.items()) for name, found in options.items()},
        lacking=[
            {"label": part.label, "type": templates.type_of(channel.marketplace, part.template)}
            for part in service.lacking(session, channel)
        ],
        seen=service.seen(stored) if stored is not None else "",
        submission=new_submission(),
    )
