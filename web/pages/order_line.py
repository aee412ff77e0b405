"""주문 하나: a line with its past, those it was ordered with, and its buyer."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from sqlalchemy import select

from core.models import Channel, Command, OrderLine
from core.services import board, channels, oversold, reveal
from core.services.outcome import Wrong
from web import channel_state, line_words, looks, sessions
from web.access import row
from web.database import db
from web.forms import new_submission
from web.i18n import tr
from web.pages.orders import orders, row_of
from web.render import page


@orders.get("/<id>")
def show(id: str) -> Response:
    """Show a line with everything that is known about it; its buyer is masked."""
    return _show(row(), None)


@orders.post("/<id>/reveal")
def look(id: str) -> Response:
    """Show the buyer in this one answer, with a reason that is written down."""
    line = row()
    try:
        found = reveal.buyer(line.id, request.form.get("reason", ""), sessions.actor())
    except Wrong as wrong:
        return _show(line, None, errors=wrong.fields, status=422)
    return _show(line, found)


def _show(
    line: OrderLine,
    buyer: dict[str, str] | None,
    *,
    errors: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    channel = channels.get(session, line.channel_id)
    market = channel_state.market_of(channel.marketplace)
    together = board.together(session, line)
    confirms = board.confirms(session, together)
    known = {found.id: found for found in session.scalars(select(Channel))}
    mine = row_of(line, known, confirms.get(line.id), set())
    rows = [row_of(other, known, confirms.get(other.id), set()) for other in together]
    same = [r for r in rows if _order_of(r["line"]) == _order_of(line)]
    events = board.events(session, line.id)
    seen = looks.of_line(line.id) if sessions.me().user.role == "owner" else []
    return page(
        "orders/show.html",
        block="buyer" if request.method == "POST" else None,
        status=status,
        mine=mine,
        line=line,
        channel=channel,
        market=market,
        lines=rows,
        holds=oversold.of_lines(session, [r["line"].id for r in rows]),
        sends=[r["line"].id for r in same if r["can"]],
        order_lines=len(same),
        order_amount=sum(r["line"].amount for r in same),
        claim=line_words.claim_of(line, _label(market)),
        timeline=line_words.timeline(line, _label(market), events, confirms.get(line.id), seen),
        buyer=buyer,
        reasons=reveal.REASONS,
        errors=errors or {},
        jobs=_jobs_of(events, confirms.get(line.id)),
        submission=new_submission(),
    )


def _order_of(line: Any) -> tuple[str, str]:
    return line.account, line.order_no


def _label(market: Any) -> str:
    return str(tr(market.label))


def _jobs_of(events: list[Any], confirm: Any) -> list[Command]:
    """The commands that touched a line, the newest first."""
    named = {event.detail["command"] for event in events if "command" in event.detail}
    if confirm is not None:
        named.add(confirm.command_id)
    query = select(Command).where(Command.id.in_(named)).order_by(Command.created_at.desc())
    return list(db.session.scalars(query))
