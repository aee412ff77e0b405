"""만료와 IP: what ends and when, and which of our addresses each marketplace has to know."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from core import clock
from core.contracts.text import Text
from core.fields import Field, Kind
from core.models import Channel
from core.services import addresses, channels, notices
from core.services.outcome import Wrong
from web import channel_state, sessions
from web.database import db
from web.forms import Form, blank
from web.render import note, page

radar = Blueprint("radar", __name__, url_prefix="/radar")

ADDRESSES = Field(
    name="addresses",
    label=Text("이 서버의 나가는 IP", "The addresses that this server calls from"),
    kind=Kind.TEXTAREA,
    required=False,
    placeholder="203.0.114.10",
    help=Text(
        "빈칸이나 쉼표로 나누어 넣어 주세요. 비우면 넣은 주소를 지웁니다.",
        "Separate several by blanks or commas. Left empty, what was given is taken out.",
    ),
)


@radar.get("")
def index() -> Response:
    """Show what ends, and the addresses."""
    typed = " ".join(addresses.known(db.session()).typed)
    return _show(blank((ADDRESSES,), {ADDRESSES.name: typed}))


@radar.post("/addresses")
def type_in() -> AnyResponse:
    """Keep the addresses that a person gives."""
    text = request.form.get(ADDRESSES.name, "")
    try:
        addresses.type_in(text, sessions.actor())
    except Wrong as wrong:
        return _show(Form((ADDRESSES,), {ADDRESSES.name: text}, wrong.fields), status=422)
    note("ok", _("이 서버의 IP를 저장했습니다."))
    return redirect(url_for("radar.index"), code=303)


def _show(form: Form, status: int = 200) -> Response:
    session = db.session()
    known = addresses.known(session)
    rows = [_row(channel, known.all) for channel in channels.live(session)]
    return page(
        "radar/index.html",
        status=status,
        ends=sorted(rows, key=lambda row: (row["days"] is None, row["days"] or 0)),
        callers=[row for row in rows if not row["channel"].practice and not row["closed"]],
        practice=any(row["channel"].practice for row in rows),
        addresses=[(address, _sources(address, known)) for address in known.all],
        field=ADDRESSES,
        form=form,
    )


def _row(channel: Channel, ours: list[str]) -> dict[str, Any]:
    market = channel_state.market_of(channel.marketplace)
    limit = market.caller_ip_limit
    today = clock.kst(clock.now()).date()
    next_month = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
    return {
        "channel": channel,
        "market": market,
        "days": notices.days_left(channel),
        "left": channel_state.key_left(channel),
        "soon": channel_state.expires_soon(channel),
        "closed": channel_state.read_only(channel),
        "rules": [(rule.text, next_month if rule.monthly else None) for rule in market.key_rules],
        "limit": limit,
        "over": bool(limit) and len(ours) > (limit or 0),
    }


def _sources(address: str, known: addresses.Known) -> list[str]:
    """How an address is known."""
    told = (
        (known.typed, _("직접 넣음")),
        (known.told, _("판매채널이 알려 줌")),
        (known.own, _("이 컴퓨터의 주소")),
    )
    return [str(word) for found, word in told if address in found]
