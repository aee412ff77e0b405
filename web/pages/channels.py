"""판매채널: every connected account, and connecting one more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response as AnyResponse

from core import registry
from core.contracts.marketplace import Marketplace
from core.contracts.text import Text
from core.fields import DROP, Field, Kind
from core.models import Channel, Command
from core.models.work import LIVE
from core.services import addresses, channel_form, job_words, reach, runple, setup
from core.services import channels as service
from core.services.kind_names import COLLECT, VERIFY
from core.services.lateness import collects_late
from core.services.outcome import Missing, Wrong
from web import approval, channel_state, collecting, guide, key_rows, matrix, sessions
from web.access import row
from web.channel_state import State
from web.database import db
from web.forms import Form, blank, new_submission, read, submission, typed
from web.i18n import tr
from web.render import note, page

channels = Blueprint("channels", __name__, url_prefix="/channels")

REACHES = (1, 3, 7, 14, 30, 60, 90)


@channels.get("")
def index() -> Response:
    """List every channel with what it needs."""
    found = service.live(db.session())
    work = _work([channel.id for channel in found])
    shown = [_shown(channel, work) for channel in found]
    return page(
        "channels/index.html",
        channels=shown,
        connected=sum(one["state"].key == "active" for one in shown),
        archived=[
            {"channel": one, "market": channel_state.market_of(one.marketplace)}
            for one in service.archived(db.session())
        ],
    )


def _work(channels_: list[str]) -> dict[tuple[str, str], Command]:
    """The newest connection check and the newest collection of each channel."""
    newest = func.row_number().over(
        partition_by=(Command.channel_id, Command.kind),
        order_by=(Command.created_at.desc(), Command.id),
    )
    ranked = (
        select(Command.id, newest.label("nth"))
        .where(Command.channel_id.in_(channels_), Command.kind.in_((VERIFY, COLLECT)))
        .subquery()
    )
    found = db.session.scalars(
        select(Command).join(ranked, ranked.c.id == Command.id).where(ranked.c.nth == 1)
    )
    return {(command.channel_id or "", command.kind): command for command in found}


def _shown(channel: Channel, work: dict[tuple[str, str], Command]) -> dict[str, Any]:
    check = work.get((channel.id, VERIFY))
    running = check is not None and check.state in LIVE
    state = channel_state.state_of(channel, running=running)
    steps = setup.steps(db.session(), channel)
    return {
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace),
        "state": state,
        "said": _said(channel, state),
        "pips": [_pip(step, closed=state.key == "sunset") for step in steps],
        "done": sum(step.state is setup.StepState.DONE for step in steps),
        "total": len(steps),
        "collects": channel.marketplace in registry.current().orders,
        "closed": state.key == "sunset",
        "switched": _switched(channel),
        "late": collects_late(channel),
        "key_left": channel_state.key_left(channel),
        "soon": channel_state.expires_soon(channel),
        "trouble": _trouble(channel, state, check, work.get((channel.id, COLLECT))),
    }


def _pip(step: setup.StepView, *, closed: bool) -> int:
    """How a step is drawn: 1 done, 2 to be done now, 0 open; there is no now at a closed one."""
    done = step.state is setup.StepState.DONE
    return 1 if done else 2 if step.state is setup.StepState.NOW and not closed else 0


def _switched(channel: Channel) -> list[str]:
    """The names of the connections that are switched on and do something today."""
    known = registry.current()
    product = channel.on_product and known.templates_of(channel.marketplace)
    order = channel.on_order and channel.marketplace in known.orders
    return [str(name) for on, name in ((product, _("상품")), (order, _("주문"))) if on]


def _said(channel: Channel, state: State) -> str:
    """What tells this channel from the others in the same state."""
    if state.key == "active":
        if channel.confirm_mode == "auto":
            return str(_("자동 발주확인을 쓰고 있습니다."))
        if channel.confirm_mode == runple.MODE:
            return str(_("런플상품만 자동 발주확인합니다."))
        if collecting.takes(channel):
            return str(_("새 주문은 눌러서 가져옵니다."))
        return str(_("발주확인은 직접 합니다."))
    if state.key == "paused":
        if (channel.note or {}).get("resume"):
            return str(_("백업에서 되돌린 채널이라 멈춰 두었습니다."))
        return str(_("멈춘 동안의 주문은 다시 시작할 때 가져옵니다."))
    if state.key == "off":
        return str(_("API 연동이 꺼져 있어 아무것도 주고받지 않습니다."))
    if state.key == "waiting":
        return str(_("템플릿은 지금도 설정할 수 있습니다."))
    if state.key == "sunset":
        return str(_("보기만 할 수 있습니다."))
    if state.key == "checking":
        return str(_("판매채널에 연결되는지 확인하고 있습니다."))
    return ""


def _trouble(
    channel: Channel, state: State, check: Command | None, collect: Command | None
) -> dict[str, Any] | None:
    """Why the channel is stuck, and what mends it.

    `mend` is edit, check, job, plugins, approval or none; `tone` warn, plain, or "" for bad.
    """
    awaited = approval.of(channel)
    if state.key == "waiting" and awaited is not None:
        return {
            "text": f"{awaited.title}. {awaited.progress} {awaited.expected}",
            "code": "",
            "mend": "approval",
            "tone": "warn" if awaited.overdue else "plain",
        }
    if state.key == "sunset":
        market = channel_state.market_of(channel.marketplace)
        text: Any = market.sunset.text if market.sunset else ""
        return {"text": text, "code": "", "mend": "none", "tone": "plain"}
    found = channel_state.trouble(channel, state.key, check)
    if found is not None:
        mend = {"plugin": "plugins", "unchecked": "check"}.get(state.key, "edit")
        return {**found, "mend": mend, "tone": "warn" if state.key == "active" else ""}
    if collect is not None and collect.held_for == "parked":
        return {
            "text": collect.error_text or _("판매채널이 주문 수집을 거듭 거절해 멈췄습니다."),
            "code": job_words.market_code(collect),
            "mend": "job",
            "job": collect.id,
            "tone": "",
        }
    return None


# -- adding ---------------------------------------------------------------------------------------


@channels.get("/choose")
def choose() -> Response:
    """Choose the marketplace to connect."""
    found = registry.current()
    markets = sorted(found.marketplaces.values(), key=registry.is_closed)
    return page(
        "channels/choose.html",
        markets=[
            {
                "market": market,
                "closed": registry.is_closed(market),
                "practice": market.key in found.sandboxes,
                "approval": approval.usual(market.key),
            }
            for market in markets
        ],
        matrix=matrix.of(markets),
        left_out=found.problems,
        practice_on=practice_on(),
        submission=new_submission(),
    )


def practice_on() -> bool:
    """Whether this installation runs the practice marketplaces."""
    return bool(current_app.config["HANPAN"].practice_port)


@channels.route("/add/<marketplace>", methods=["GET", "POST"])
def add(marketplace: str) -> AnyResponse:
    """Connect an account of the seller's own."""
    market = registry.current().marketplaces.get(marketplace)
    if market is None:
        raise Missing
    reaches = () if registry.is_closed(market) else reach_fields(marketplace)
    fields = (*channel_form.fields_of(marketplace), *reaches)
    if request.method == "GET":
        return _add(market, blank(fields))
    _cleaned, form = read(fields)
    try:
        added = service.add(
            marketplace,
            typed(fields),
            sessions.actor(),
            submission=submission() or new_submission(),
        )
    except Wrong as wrong:
        form.errors = wrong.fields
        return _add(market, form, status=422)
    for twin in service.twins(db.session(), service.get(db.session(), added)):
        said = _("같은 판매자 ID나 같은 키를 쓰는 채널이 이미 있습니다: %(name)s.", name=twin.store)
        told = _("같은 계정이면 이 채널을 보관하고 있던 채널을 써 주세요.")
        note("warn", f"{said} {told}")
    return redirect(url_for("setup.index", id=added), code=303)


def reach_fields(marketplace: str, chosen: int = reach.DAYS) -> tuple[Field, ...]:
    """The choice of how far back to collect, each with what it costs; none without orders."""
    if marketplace not in registry.current().orders:
        return ()
    offered = sorted({*REACHES, chosen})
    names = [(days, reach.calls(marketplace, days)) for days in offered]
    choices = tuple(
        (str(days), Text(f"{days}일 · 조회 {n}번 이상", f"{days} days · {n} calls or more"))
        for days, n in names
    )
    return (replace(reach.FIELD, kind=Kind.CHOICE, choices=choices, default=str(chosen)),)


def _add(market: Marketplace, form: Form, status: int = 200) -> Response:
    return _form(market, form, status, channel=None)


def _form(market: Marketplace, form: Form, status: int, channel: Channel | None) -> Response:
    common = {item.name for item in channel_form.COMMON}
    own = [item for item in form.fields if item.name not in {*common, reach.FIELD.name}]
    stored = channel_form.stored_values(channel) if channel is not None else {}
    return page(
        "channels/form.html",
        status=status,
        market=market,
        channel=channel,
        form=form,
        common=[item for item in form.fields if item.name in common],
        parts=key_rows.parts(market.key, own, stored),
        closed=registry.is_closed(market),
        practice_on=practice_on() and market.key in registry.current().sandboxes,
        addresses=addresses.known(db.session()).all,
        reach=[item for item in form.fields if item.name == reach.FIELD.name],
        guide=None if channel is not None and channel.practice else guide.read(market.guide),
        submission=new_submission(),
    )


@channels.post("/practice")
def add_practice() -> AnyResponse:
    """Connect a practice channel, or open the one that there is."""
    marketplace = request.form.get("marketplace", "")
    if not practice_on():
        note(
            "bad", _("연습 서버가 꺼져 있습니다. HANPAN_PRACTICE_PORT를 정하고 다시 시작해 주세요.")
        )
        return redirect(url_for("channels.choose"), code=303)
    for channel in service.live(db.session()):
        if channel.practice and channel.marketplace == marketplace:
            return redirect(url_for("setup.index", id=channel.id), code=303)
    added = service.add_practice(
        marketplace, sessions.actor(), submission=submission() or new_submission()
    )
    return redirect(url_for("setup.index", id=added), code=303)


@channels.route("/<id>/connection", methods=["GET", "POST"])
def edit(id: str) -> AnyResponse:
    """Change a channel's names and keys; what is stored is shown, secrets only as stored."""
    channel: Channel = row()
    gone = channel.marketplace not in registry.current().marketplaces or channel.archived_at
    closed = channel_state.read_only(channel)
    if closed is not None:
        note("warn", str(tr(closed)))
    if gone or closed is not None:
        return redirect(url_for("setup.index", id=id), code=303)
    market = channel_state.market_of(channel.marketplace)
    fields = channel_form.fields_for(channel)
    stored = channel_form.stored_values(channel)
    if request.method == "GET":
        return _form(market, blank(fields, stored), 200, channel)
    _cleaned, form = read(fields, stored)
    dropped = request.form.getlist(DROP)
    try:
        service.change(id, typed(fields) | {DROP: dropped}, sessions.actor())
    except Wrong as wrong:
        form.errors = wrong.fields
        return _form(market, form, 422, channel)
    return redirect(url_for("setup.index", id=id), code=303)
