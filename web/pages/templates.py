"""템플릿: the stored copy of what a marketplace holds, its age, and what an import found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core import clock, registry
from core.contracts.template import MOST, Capability, TemplateType
from core.contracts.text import Text
from core.fields import Field, Kind
from core.models import Channel, Command, Template
from core.models.work import LIVE
from core.services import channels, setup, template_values
from core.services import templates as service
from core.services.kind_names import CREATE, UPDATE
from core.services.outcome import Forbidden
from web import channel_state, sessions
from web.access import row
from web.cards import card
from web.database import db
from web.i18n import tr
from web.pages.setup import cannot_import
from web.render import note, page, wants_part
from web.values import CAPABILITIES, shown, shows

templates = Blueprint("templates", __name__)

TOLD = timedelta(minutes=30)
"""How long the card of an ended command stays on the page of its type."""

COLUMNS = (Kind.CHOICE, Kind.MONEY, Kind.NUMBER, Kind.TIME, Kind.FLAG, Kind.WEEKDAYS)
FIGURES = (Kind.MONEY, Kind.NUMBER)
MARKS = ("added", "changed", "gone")
OURS = ("written", "deleted")
"""Changes that Hanpan made itself: they are no news, and what it deleted is listed no more."""
TYPED = (CREATE, UPDATE)
"""Commands that a person filled in a form for."""


@templates.get("/templates")
def index() -> Response:
    """List every type of every channel with how old its copy is."""
    return page(
        "templates/index.html",
        channels=[
            {
                "channel": channel,
                "market": channel_state.market_of(channel.marketplace),
                "types": _types(channel),
            }
            for channel in channels.live(db.session())
        ],
    )


def _types(channel: Channel) -> list[dict[str, Any]]:
    views = {view.target: view for view in setup.steps(db.session(), channel)}
    waits = channel_state.read_only(channel) is None
    found = []
    for template in registry.current().templates_of(channel.marketplace):
        stored = listed(channel, template)
        fetch = service.fetched(db.session(), channel.id, template.key)
        view = views.get(template.key)
        found.append(
            {
                "type": template,
                "count": sum(one.gone_at is None for one in stored),
                "gone": sum(one.gone_at is not None for one in stored),
                "fetched_at": fetch.fetched_at if fetch else None,
                "missing": view.missing if waits and view and view.state.value == "lock" else None,
                "can": can(channel, template),
            }
        )
    return found


def listed(channel: Channel, template: TemplateType) -> list[Template]:
    """The stored templates of a type but for those that were deleted here."""
    found = service.rows(db.session(), channel.id, template.key)
    return [one for one in found if one.gone_at is None or one.change != "deleted"]


def can(channel: Channel, template: TemplateType) -> set[str]:
    """What can be done with the type on this channel now."""
    return {one.value for one in Capability if cannot(channel, template, one) is None}


def cannot(channel: Channel, template: TemplateType, wanted: Capability) -> Text | None:
    """Why the channel cannot do this with the type, or None when it can."""
    return channel_state.read_only(channel) or service.why_not(channel, template, wanted)


def type_of(channel: Channel, key: str) -> TemplateType:
    """The template type of the channel's marketplace; Missing when there is none."""
    return service.type_of(channel.marketplace, key)


# -- one type -------------------------------------------------------------------------------------


@templates.get("/channels/<id>/templates/<type>")
def list_(id: str, type: str) -> Response:
    """Show the stored copy of a type, its age, and what imports found changed."""
    channel: Channel = row()
    return _list(channel, type_of(channel, type))


def _list(channel: Channel, template: TemplateType) -> Response:
    stored = listed(channel, template)
    fetch = service.fetched(db.session(), channel.id, template.key)
    # On the first import everything is new: that is no news.
    first = all(one.change in ("added", *OURS) for one in stored)
    marks = {} if first else {one.id: one.change for one in stored}
    closed = channel_state.read_only(channel) is not None
    blocking = None if closed else setup.blocking(db.session(), channel, template.key)
    work = _work(channel, template)
    age = clock.now() - fetch.fetched_at if fetch and fetch.fetched_at else None
    wanted = request.args.get("show", "")
    rows = [_row(template, one, marks.get(one.id, "")) for one in stored]
    counts = {mark: sum(one["mark"] == mark for one in rows) for mark in MARKS}
    idle = not any(command.state in LIVE for command in work)
    why_not = cannot_import(channel, template)
    return page(
        "templates/list.html",
        block="live",
        channel=channel,
        market=channel_state.market_of(channel.marketplace),
        type=template,
        can=can(channel, template),
        why_not=why_not_of(channel, template),
        columns=[{"field": one, "figure": one.kind in FIGURES} for one in _columns(template)],
        rows=[one for one in rows if wanted not in MARKS or one["mark"] == wanted],
        total=len(rows),
        counts=counts,
        wanted=wanted if wanted in MARKS else "",
        fetched_at=fetch.fetched_at if fetch else None,
        age=int(age.total_seconds()) if age is not None else None,
        refreshes=template.refreshes and idle and not why_not and blocking is None,
        blocking=blocking,
        cannot=why_not,
        work=[_job(template, command) for command in work],
    )


def _work(channel: Channel, template: TemplateType) -> list[Command]:
    """The commands worth telling: what runs, what was pressed, and what was typed but refused."""
    pressed = request.args.get("job", "")
    told = []
    for command in service.work(db.session(), channel.id, template.key):
        ended = command.ended_at
        fresh = ended is not None and clock.now() - ended < TOLD
        refused = command.state == "refused" and command.kind in TYPED
        if command.state in LIVE or command.id == pressed or (fresh and refused):
            told.append(command)
    return told


def _job(template: TemplateType, command: Command) -> dict[str, Any]:
    refused = command.state == "refused" and command.kind in TYPED
    again = url_for("templates.typed_again", id=command.id) if refused else ""
    labels = {field.name: field.label for field in template.fields}
    reasons = [
        (labels[name], text) for name, text in (command.fields or {}).items() if name in labels
    ]
    return {"job": card(command), "again": again, "reasons": reasons}


def why_not_of(channel: Channel, template: TemplateType) -> list[dict[str, Any]]:
    """What cannot be done with the type and why: {what, text}, each reason once."""
    said: dict[Text, list[str]] = {}
    for capability, word in CAPABILITIES:
        reason = cannot(channel, template, capability)
        if reason is not None:
            said.setdefault(reason, []).append(str(tr(word)))
    return [{"what": "·".join(words), "text": reason} for reason, words in said.items()]


def _columns(template: TemplateType) -> list[Field]:
    """The fields that the type names for its list, or the first that are short."""
    if template.columns:
        named = {field.name: field for field in template.fields}
        return [named[name] for name in template.columns]
    return [field for field in template.fields if field.kind in COLUMNS][:MOST]


def _row(template: TemplateType, stored: Template, mark: str) -> dict[str, Any]:
    values = service.values_of(stored)
    said = {
        field.name: shown(field, values.get(field.name), masked=True) for field in template.fields
    }
    parts = [
        said[field.name]
        for field in (() if template.columns else template.fields)
        if field.kind not in (*COLUMNS, Kind.LOOKUP)
        and said[field.name]
        and said[field.name] not in stored.title
    ]
    return {
        "template": stored,
        "said": {
            field.name: said[field.name] if shows(field, values) else ""
            for field in template.fields
        },
        "parts": parts,
        "mark": mark if mark in MARKS else "",
        "was": was_of(template, stored, values) if mark == "changed" else [],
    }


def was_of(
    template: TemplateType, stored: Template, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What the last import found changed: the values before it and after it."""
    before = service.before_of(stored) or {}
    return [
        {
            "label": field.label,
            "was": shown(field, before.get(field.name), masked=True),
            "will": shown(field, values.get(field.name), masked=True),
        }
        for field in template.fields
        if not template_values.same_value(before.get(field.name), values.get(field.name))
    ]


@templates.post("/channels/<id>/templates/<type>/import")
def import_(id: str, type: str) -> AnyResponse:
    """Read the type from the marketplace; a page that is too old asks for it by itself."""
    channel: Channel = row()
    template = type_of(channel, type)
    closed = channel_state.read_only(channel)
    try:
        if closed is not None:
            raise Forbidden(closed)
        command = service.submit_import(id, type, sessions.actor())
    except Forbidden as no:
        note("warn", str(tr(no.text)))
        return redirect(list_url(channel, template), code=303)
    if wants_part():
        db.session.rollback()  # what was written since this request began to read
        return _list(channel, template)
    return redirect(list_url(channel, template, job=command), code=303)


def list_url(channel: Channel, template: TemplateType, job: str | None = None) -> str:
    """The address of a type's page, with the card of one command."""
    return url_for("templates.list_", id=channel.id, type=template.key, job=job)
