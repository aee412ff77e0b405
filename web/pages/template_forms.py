"""템플릿의 등록과 수정: a form, what it would change, and only then the marketplace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core import registry
from core.contracts.template import Capability, TemplateType
from core.contracts.text import Text
from core.fields import Field, Kind, Values
from core.models import Channel, Command, Template
from core.services import channels, setup, template_values
from core.services import templates as service
from core.services.kind_names import CREATE
from core.services.outcome import Forbidden, Missing, Wrong
from core.services.templates import Change
from web import channel_state, lookups, sessions
from web.access import row
from web.database import db
from web.forms import Form, blank, new_submission, read, submission, typed
from web.i18n import tr
from web.lookups import typed_with_labels
from web.pages.templates import (
    TYPED,
    can,
    cannot,
    list_url,
    templates,
    type_of,
    was_of,
    why_not_of,
)
from web.render import page
from web.values import shown, shows, size


@templates.route("/channels/<id>/templates/<type>/new", methods=["GET", "POST"])
def new(id: str, type: str) -> AnyResponse:
    """Fill in a new template; the first press shows what would be made."""
    channel: Channel = row()
    return _form_page(channel, type_of(channel, type), None)


@templates.route("/channels/<id>/templates/<type>/<template>", methods=["GET", "POST"])
def edit(id: str, type: str, template: str) -> AnyResponse:
    """Show one template, with its form where it can be changed; a press shows what would be."""
    channel: Channel = row()
    return _form_page(channel, type_of(channel, type), stored_of(channel, type))


def stored_of(channel: Channel, type: str) -> Template:
    """The template that the address names, where it is of this channel and type."""
    found: Template = row("template")
    if found.channel_id != channel.id or found.type != type:
        raise Missing
    return found


def _form_page(channel: Channel, template: TemplateType, stored: Template | None) -> AnyResponse:
    locked = locked_for(channel, template, stored)
    before = service.values_of(stored) if stored else None
    fields = template_values.fields_for(template, stored)
    if request.method == "GET":
        search = lookups.asked(request.args.get("lookup", ""), channel, template)
        form = _typed_before(channel, template, stored, fields)
        if search is not None:
            form = lookups.form_of(fields, lookups.typed_of(search), before)
        return draw(channel, template, stored, form or blank(fields, before), locked, search=search)
    if locked:
        raise Forbidden(locked)
    _cleaned, form = read(fields, before)
    try:
        change = service.propose(template, stored, typed(fields))
    except Wrong as wrong:
        form.errors = wrong.fields
        return draw(channel, template, stored, form, None, status=422)
    if not change.changed:
        return draw(channel, template, stored, form, None, unchanged=True)
    return _confirm(channel, template, stored, change)


def locked_for(channel: Channel, template: TemplateType, stored: Template | None) -> Text | None:
    """Why the form may not be sent, or None. Raises Forbidden for a new one that cannot be."""
    wanted = Capability.UPDATE if stored is not None else Capability.CREATE
    reason = cannot(channel, template, wanted)
    if reason is not None:
        if stored is None:
            raise Forbidden(reason)
        return reason
    if sessions.me().user.role != "owner":
        return _OWNERS_ONLY
    if stored is not None and stored.gone_at is not None:
        return _GONE
    view = setup.blocking(db.session(), channel, template.key)
    if view is not None:
        return Text(
            f"먼저 {view.title.ko} 단계를 마쳐 주세요.", f"Finish the step {view.title.en} first."
        )
    return None


_OWNERS_ONLY = Text(
    "템플릿은 소유자만 바꿀 수 있습니다. 필요하시면 소유자에게 부탁해 주세요.",
    "Only owners change templates. Ask an owner.",
)
_GONE = Text(
    "판매채널에서 사라진 템플릿이라 바꿀 수 없습니다. 다시 가져와 확인해 주세요.",
    "It is gone at the marketplace, so it cannot be changed. Import again to make sure.",
)


def _typed_before(
    channel: Channel,
    template: TemplateType,
    stored: Template | None,
    fields: Sequence[Field],
) -> Form | None:
    """The form as it was sent with a command that the marketplace refused, with its reasons."""
    wanted = request.args.get("command", "")
    command = db.session.get(Command, wanted) if wanted else None
    if command is None or command.channel_id != channel.id or command.kind not in TYPED:
        return None
    remote = stored.remote_id if stored is not None else None
    if command.natural_key.partition(":")[0] != template.key or (
        remote is not None and command.natural_key != f"{template.key}:{remote}"
    ):
        return None
    values = service.typed_of(command)
    form = blank(fields, values)
    if command.state == "refused":
        form.errors = {name: Text.of(told) for name, told in _reasons(command)}
    return form


def _reasons(command: Command) -> list[tuple[str, dict[str, str]]]:
    beside = list((command.fields or {}).items())
    whole = command.error_text
    return beside or ([("", whole)] if whole else [])


def draw(
    channel: Channel,
    template: TemplateType,
    stored: Template | None,
    form: Form,
    locked: Text | None,
    *,
    status: int = 200,
    unchanged: bool = False,
    search: Command | None = None,
    labels: Mapping[str, Any] | None = None,
) -> Response:
    """The form of a template with its reasons, and with what a `search` of it found.

    `labels` are what chosen values are called, where it is not as it was sent.
    """
    fetch = service.fetched(db.session(), channel.id, template.key)
    values = service.values_of(stored) if stored is not None else {}
    return page(
        "templates/form.html",
        status=status,
        channel=channel,
        market=channel_state.market_of(channel.marketplace),
        type=template,
        stored=stored,
        form=form,
        locked=locked,
        unchanged=unchanged,
        lookups=lookups.drawn(
            form.fields,
            labels or _labels(form, search) or _as_stored(template, values),
            search,
            example=_example(channel),
        ),
        look_up=_look_up_url(channel, template, stored),
        submission=new_submission(),
        deletes=stored is not None and "delete" in can(channel, template),
        facts=facts_of(template, values),
        was=was_of(template, stored, values) if stored and stored.change == "changed" else [],
        fetched_at=fetch.fetched_at if fetch else None,
        why_not=why_not_of(channel, template),
    )


def _example(channel: Channel) -> str:
    """What a search on a practice channel finds something by."""
    sandbox = registry.current().sandboxes.get(channel.marketplace) if channel.practice else None
    return sandbox.example if sandbox else ""


def _labels(form: Form, search: Command | None) -> dict[str, Any]:
    """What chosen values are called: as it was sent, or as it stood when a search was asked for."""
    if request.method == "POST":
        return typed_with_labels(form.fields)
    return lookups.typed_of(search) if search is not None else {}


def _as_stored(template: TemplateType, values: Values) -> dict[str, Any]:
    """What the stored value of each search is called."""
    words = lookups.in_words(template, values)
    return {name + lookups.LABEL: words for name in template.lookups}


def facts_of(template: TemplateType, values: Values) -> list[tuple[str, str]]:
    """What a template holds: the label of each field and its value in words.

    The number that a search found says nothing to a person: what follows from it does.
    """
    told = lookups.in_words(template, values)
    return [
        (tr(field.label), shown(field, values.get(field.name)) or "–")
        for field in template.fields
        if shows(field, values) and not (told and field.kind is Kind.LOOKUP)
    ]


def _look_up_url(channel: Channel, template: TemplateType, stored: Template | None) -> str:
    named: dict[str, Any] = {"id": channel.id, "type": template.key}
    if stored is None:
        return url_for("templates.look_up_new", **named)
    return url_for("templates.look_up", **named, template=stored.id)


def _confirm(
    channel: Channel, template: TemplateType, stored: Template | None, change: Change
) -> Response:
    """The before–after page: nothing has been sent yet."""
    raw = typed_with_labels(template.fields)
    rows = [
        _difference(template, field, change, raw, fresh=stored is None)
        for field in template.fields
        if shows(field, change.values) or shows(field, change.before)
    ]
    secret = {field.name for field in template.fields if field.kind is Kind.SECRET}
    fetch = service.fetched(db.session(), channel.id, template.key)
    return page(
        "templates/confirm.html",
        channel=channel,
        market=channel_state.market_of(channel.marketplace),
        type=template,
        stored=stored,
        rows=rows,
        changes=sum(one["changed"] for one in rows),
        hidden=[
            (name, value)
            for name, given in raw.items()
            if name not in secret
            for value in _as_list(given)
        ],
        seen=stored.fingerprint if stored is not None else "",
        submission=new_submission(),
        fetched_at=fetch.fetched_at if fetch else None,
    )


def _difference(
    template: TemplateType, field: Field, change: Change, raw: dict[str, Any], *, fresh: bool
) -> dict[str, Any]:
    """A field now and afterwards; what follows from a search is told as the search told it."""
    was, will = change.before.get(field.name), change.values.get(field.name)
    told, said = shown(field, was), shown(field, will)
    changed = field in change.changed
    if field.kind is Kind.LOOKUP:
        told = lookups.in_words(template, change.before) or told
        said = raw.get(field.name + lookups.LABEL) or said
    elif field.readonly is not None and template.lookups and raw.get(field.name):
        said = shown(field, raw[field.name])
        changed = changed or not template_values.same_value(was, raw[field.name])
    return {
        "label": field.label,
        "was": "" if fresh else told,
        "will": said,
        "changed": changed,
        "size": size(field, was, will),
    }


def _as_list(value: Any) -> Sequence[str]:
    return value if isinstance(value, list) else [value]


@templates.post("/channels/<id>/templates/<type>/new/apply")
def create(id: str, type: str) -> AnyResponse:
    """The second press: have the template made at the marketplace."""
    channel: Channel = row()
    return _apply(channel, type_of(channel, type), None)


@templates.post("/channels/<id>/templates/<type>/<template>/apply")
def update(id: str, type: str, template: str) -> AnyResponse:
    """The second press: have the change made at the marketplace."""
    channel: Channel = row()
    return _apply(channel, type_of(channel, type), stored_of(channel, type))


def _apply(channel: Channel, template: TemplateType, stored: Template | None) -> AnyResponse:
    closed = channel_state.read_only(channel)
    if closed is not None:
        raise Forbidden(closed)
    fields = template_values.fields_for(template, stored)
    _cleaned, form = read(fields, service.values_of(stored) if stored else None)
    if request.form.get("back"):
        return draw(channel, template, stored, Form(form.fields, form.values), None)
    try:
        command = service.submit_change(
            channel.id,
            template.key,
            stored.id if stored is not None else None,
            typed(fields),
            sessions.actor(),
            submission=submission() or new_submission(),
            seen=request.form.get("seen", ""),
        )
    except Wrong as wrong:
        form.errors = wrong.fields
        return draw(channel, template, stored, form, None, status=422)
    return redirect(list_url(channel, template, job=command), code=303)


@templates.get("/templates/typed/<id>")
def typed_again(id: str) -> AnyResponse:
    """Open the form of a refused write with what was typed and the reasons."""
    command: Command = row()
    if command.kind not in TYPED or command.channel_id is None:
        abort(404)
    channel = channels.get(db.session(), command.channel_id)
    key, _colon, remote = command.natural_key.partition(":")
    template = type_of(channel, key)
    if command.kind == CREATE:
        address = url_for("templates.new", id=channel.id, type=key, command=id)
    else:
        stored = next(
            (
                one
                for one in service.rows(db.session(), channel.id, template.key)
                if one.remote_id == remote
            ),
            None,
        )
        if stored is None:
            raise Missing
        address = url_for("templates.edit", id=channel.id, type=key, template=stored.id, command=id)
    return redirect(address, code=303)
