"""신규주문 가져오기: what taking new orders means where it confirms them, and the second press."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core import clock, registry
from core.models import Channel
from core.services import channels, orders
from core.services import taking as service
from core.services.outcome import Forbidden
from web import channel_state, sessions
from web.access import row
from web.database import db
from web.forms import new_submission, submission
from web.render import page

taking = Blueprint("taking", __name__)


@taking.route("/channels/<id>/new-orders", methods=["GET", "POST"])
def ask(id: str) -> AnyResponse:
    """Say what is asked for and that it confirms; the second press has it done."""
    channel: Channel = row()
    closed = channel_state.read_only(channel)
    if closed is not None:
        raise Forbidden(closed)
    how = registry.current().taking(channel.marketplace)
    if how is None:
        raise Forbidden(orders.NOT_TAKEN)
    if not channels.works(channel):
        raise Forbidden(orders.SLEEPING)
    if request.method == "POST":
        command = orders.take_new(id, sessions.actor(), submission=submission() or new_submission())
        return redirect(url_for("jobs.show", id=command), code=303)
    return page(
        "taking/ask.html",
        channel=channel,
        market=channel_state.market_of(channel.marketplace),
        since=service.since(db.session(), channel, how),
        until=clock.now(),
        submission=new_submission(),
    )
