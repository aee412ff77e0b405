"""채널 설정: the sequence of steps of one channel, and its end. `switches` sets 연동설정."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from core import registry
from core.contracts.template import Capability, TemplateType
from core.contracts.text import Text
from core.fields import Field, Kind
from core.models import Channel, Command, OrderLine
from core.models.work import LIVE
from core.services import channels as service
from core.services import contacts, reach, templates
from core.services import setup as sequence
from core.services.kind_names import VERIFY
from core.services.outcome import Forbidden, Wrong
from core.services.setup import StepState, StepView
from web import approval, channel_state, key_rows, masks, sessions, switching
from web.access import row
from web.cards import card
from web.collecting import takes
from web.database import db
from web.i18n import tr
from web.pages.channels import reach_fields
from web.render import note, page

setup = Blueprint("setup", __name__, url_prefix="/channels/<id>")


@setup.get("")
def index(id: str) -> AnyResponse:
    """Show where the channel's setup stands and what comes next."""
    channel: Channel = row()
    check = newest_check(channel)
    revived = (check.result or {}).get("revived") if check is not None else None
    if channel.archived_at is not None and revived:
        note("ok", _("전에 연결했던 계정입니다. 그때의 채널을 이어서 씁니다."))
        return redirect(url_for("setup.index", id=revived), code=303)
    return show(channel, check)


def newest_check(channel: Channel) -> Command | None:
    """The last check of the connection, running or ended."""
    return db.session.scalar(
        select(Command)
        .where(Command.channel_id == channel.id, Command.kind == VERIFY)
        .order_by(Command.created_at.desc())
        .limit(1)
    )


def show(
    channel: Channel,
    check: Command | None,
    *,
    status: int = 200,
    block: str = "live",
    errors: dict[str, Text] | None = None,
    revealed: dict[str, str] | None = None,
    switches: dict[str, str] | None = None,
) -> Response:
    """The page of the channel, or a block of it."""
    running = check is not None and check.state in LIVE
    state = channel_state.state_of(channel, running=running)
    views = sequence.steps(db.session(), channel)
    steps = [_step(channel, view) for view in views]
    days = channel.reach_back_days
    return page(
        "setup/index.html",
        block=block,
        status=status,
        channel=channel,
        market=channel_state.market_of(channel.marketplace),
        state=state,
        trouble=channel_state.trouble(channel, state.key, check),
        told=(check.result or {}).get("note") if check is not None else None,
        steps=steps,
        done=sum(view.state is StepState.DONE for view in views),
        live=any(step["live"] for step in steps),
        opens=_opens(channel, views),
        awaited=approval.of(channel),
        closed=channel_state.read_only(channel),
        past=_has_orders(channel),
        takes=takes(channel),
        taking=registry.current().taking(channel.marketplace) is not None,
        keys=key_rows.of(channel),
        errors=errors or {},
        contact=_contact(channel, revealed),
        revealed=revealed is not None,
        confirm_modes=switching.confirm_modes(channel),
        later=switching.later(channel),
        periods=service.sale_periods(channel.marketplace),
        reach=reach_fields(channel.marketplace, days)
        if reach.is_open(db.session(), channel)
        else (),
        services=switching.services(channel),
        switched=service.switched(channel),
        switches=switches or service.switched(channel),
        resume_label=channel_state.resume_label(channel),
        restored=(channel.note or {}).get("restored_at"),
        resumes=(channel.note or {}).get("resume") == "collect_first",
        key_left=channel_state.key_left(channel),
        soon=channel_state.expires_soon(channel),
    )


def _has_orders(channel: Channel) -> bool:
    one = select(OrderLine.id).where(OrderLine.channel_id == channel.id).limit(1)
    return db.session.scalar(one) is not None


def _step(channel: Channel, view: StepView) -> dict[str, Any]:
    """A step with its card: the import that runs, or the last one when it did not go well."""
    now = _command(view.command_id)
    last = _command(view.last_id)
    failed = last is not None and last.state in ("refused", "cancelled") and now is None
    if failed and last is not None and view.fetched_at and last.ended_at:
        failed = last.ended_at > view.fetched_at
    shown = now or (last if failed and view.kind != "credentials" else None)
    template = view.template
    return {
        "view": view,
        "state": view.state.value,
        "job": card(shown) if shown is not None else None,
        "live": now is not None and now.state in ("ready", "running"),
        "busy": now is not None,
        "creates": template is not None
        and templates.why_not(channel, template, Capability.CREATE) is None,
        "why_not": cannot_import(channel, template),
    }


def _command(command_id: str | None) -> Command | None:
    return db.session.get(Command, command_id) if command_id else None


def cannot_import(channel: Channel, template: TemplateType | None) -> str:
    """Why an import on the channel would only wait or is not offered, "" when it would run."""
    closed = channel_state.read_only(channel)
    if closed is not None:
        return str(tr(closed))
    if channel.state == "paused":
        return str(_("일시정지한 채널이라 가져오지 않습니다. 다시 시작한 뒤 가져와 주세요."))
    if channel.state == "needs_you":
        return str(_("연결을 먼저 고쳐야 가져올 수 있습니다."))
    if not (channel.on_all and channel.on_product):
        return str(_("상품 API 연동이 꺼져 있습니다. API 연동설정에서 켠 뒤 가져와 주세요."))
    if template is None:
        return ""
    return str(tr(templates.why_not(channel, template, Capability.IMPORT)))


def _opens(channel: Channel, views: list[StepView]) -> list[dict[str, Any]]:
    """What waits for the setup, and what for."""
    missing = [view for view in views if view.state is not StepState.DONE]
    connected = bool(views) and views[0].state is StepState.DONE
    rows: list[dict[str, Any]] = []
    if channel.marketplace in registry.current().orders:
        rows.append({"name": _("주문 수집과 발주확인"), "open": connected, "needs": missing[:1]})
    ready = {"open": not missing, "needs": missing}
    importing = url_for("migration.ways", id=channel.id)
    rows.append({"name": _("상품 가져오기"), "url": importing, **ready})
    rows.append({"name": _("배송 템플릿"), "url": url_for("shipping.index"), **ready})
    rows.append({"name": _("상품 등록"), "later": True, **ready})
    return rows


def _contact(channel: Channel, revealed: dict[str, str] | None) -> list[dict[str, Any]]:
    values = revealed if revealed is not None else contacts.of(channel)
    return [
        {
            "field": field,
            "value": masked(field, values[field.name]) if revealed is None else values[field.name],
        }
        for field in contacts.FIELDS
        if values.get(field.name)
    ]


def masked(field: Field, value: str) -> str:
    """A value of the contact person as it is shown before [보기]."""
    if field.kind is Kind.EMAIL:
        return masks.email(value)
    if field.kind is Kind.PHONE:
        return masks.phone(value)
    return masks.name(value) if field.name == "name" else masks.rest(value, 1)


# -- what is pressed ------------------------------------------------------------------------------


def must_be_open() -> None:
    """A channel whose marketplace has closed is only looked at: no page offers what is refused."""
    closed = channel_state.read_only(row())
    if closed is not None:
        raise Forbidden(closed)


@setup.post("/check")
def check(id: str) -> AnyResponse:
    """Check the connection again."""
    must_be_open()
    service.check_again(id, sessions.actor())
    return back(id)


@setup.post("/import/<type>")
def import_(id: str, type: str) -> AnyResponse:
    """Import the template type of a step."""
    channel: Channel = row()
    must_be_open()
    try:
        templates.submit_import(id, type, sessions.actor())
    except Forbidden as no:
        note("warn", str(tr(no.text)))
        return back(id)
    views = sequence.steps(db.session(), channel)
    number = next((view.number for view in views if view.target == type), 0)
    return back(id, f"step-{number}" if number else "")


@setup.post("/reach")
def reach_back(id: str) -> AnyResponse:
    """Choose how far back the first collection reads."""
    channel: Channel = row()
    must_be_open()
    try:
        reach.set_days(id, request.form, sessions.actor())
    except Wrong as wrong:
        return show(channel, newest_check(channel), status=422, errors=wrong.fields)
    note("ok", _("첫 수집 기간을 저장했습니다."))
    return back(id)


@setup.post("/pause")
def pause(id: str) -> AnyResponse:
    """Stop every call of the channel."""
    must_be_open()
    service.pause(id, sessions.actor())
    return back(id)


@setup.post("/resume")
def resume(id: str) -> AnyResponse:
    """Let the channel go on."""
    must_be_open()
    service.resume(id, sessions.actor())
    return back(id)


@setup.route("/archive", methods=["GET", "POST"])
def archive(id: str) -> AnyResponse:
    """Say what putting away means; the second press does it."""
    channel: Channel = row()
    if channel.archived_at is not None:
        return back(id)
    market = channel_state.market_of(channel.marketplace)
    if request.method == "GET":
        return page("setup/archive.html", channel=channel, market=market)
    service.archive(id, sessions.actor())
    note("ok", _("채널을 보관했습니다. 같은 계정을 다시 연결하면 이어서 쓸 수 있습니다."))
    return redirect(url_for("channels.index"), code=303)


def back(id: str, anchor: str = "") -> AnyResponse:
    """To the page of the channel, and there to `anchor`."""
    return redirect(url_for("setup.index", id=id, _anchor=anchor or None), code=303)
