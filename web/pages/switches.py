"""연동설정 of a channel: switched, and asked once more before orders are confirmed unasked."""

from __future__ import annotations

from flask import request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from core import registry
from core.models import Channel
from core.services import channels, runple
from core.services.outcome import Wrong
from web import channel_state, sessions, switching
from web.access import row
from web.database import db
from web.pages.setup import back, must_be_open, newest_check, setup, show
from web.render import note, page


@setup.post("/switches")
def switch(id: str) -> AnyResponse:
    """Set 연동설정; what the page does not offer stays as it is."""
    channel: Channel = row()
    must_be_open()
    offered = {"on_all", *switching.services(channel)}
    offered |= {"confirm_mode"} if switching.confirm_modes(channel) else set()
    offered |= {"extend_days"} if channels.sale_periods(channel.marketplace) else set()
    now = channels.switched(channel)
    was = now | {name: request.form.get(f"was-{name}", "") for name in offered}
    # A switch that is off sends nothing.
    kept = {name: now[name] for name in ("confirm_mode", "extend_days")}
    wanted = now | {name: request.form.get(name, kept.get(name, "")) for name in offered}
    if _turns_auto(channel, wanted) and not request.form.get("sure"):
        return page(
            "setup/auto.html",
            channel=channel,
            market=channel_state.market_of(channel.marketplace),
            taking=registry.current().taking(channel.marketplace) is not None,
            of_runple=wanted["confirm_mode"] == runple.MODE,
            hidden={**wanted, **{f"was-{name}": was[name] for name in offered}, "sure": "1"},
        )
    try:
        channels.switch(id, wanted, sessions.actor(), was=was)
    except Wrong as wrong:
        db.session.expire_all()
        channel = channels.get(db.session(), id)
        now = channels.switched(channel)
        changed = {name: value for name, value in wanted.items() if value != was[name]}
        return show(
            channel,
            newest_check(channel),
            status=422,
            errors=wrong.fields,
            switches=now | changed,
        )
    note("ok", _("연동설정을 저장했습니다."))
    return back(id)


def _turns_auto(channel: Channel, wanted: dict[str, str]) -> bool:
    """Whether orders will be confirmed unasked that were not before."""
    mode, now = wanted["confirm_mode"], channel.confirm_mode
    return mode in ("auto", runple.MODE) and mode != now and now != "auto"
