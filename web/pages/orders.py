"""주문: the list of lines, collecting, and 발주확인."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from core import registry
from core.models import Channel, Command
from core.services import board, channels, oversold, searches
from core.services import orders as service
from core.services.line_state import can_be_confirmed
from core.services.orders import Proposal
from web import channel_state, collecting, filters, line_words, paging, sessions
from web.database import db
from web.filters import Asked
from web.forms import new_submission, submission
from web.render import here, htmx, note, page

orders = Blueprint("orders", __name__, url_prefix="/orders")

SIZE = 50
LEFT_OUT = 20
_IDS = re.compile(r"[0-9a-f]{32}")


# -- the list ---------------------------------------------------------------------------------


@orders.get("")
def index() -> AnyResponse:
    """Show a page of the list."""
    asked = filters.read(request.args)
    if asked.personal:
        note("warn", _("이름이나 연락처는 주소에 남지 않도록 화면의 찾기 칸에서 찾아 주세요."))
        return redirect(asked.address(), code=303)
    session = db.session()
    known = {channel.id: channel for channel in session.scalars(select(Channel))}
    after, before = request.args.get("after", ""), request.args.get("before", "")
    found = board.page(session, asked.filter, after=after, before=before, limit=SIZE)
    counts = board.counts(session, asked.filter)
    live = channels.live(session)
    total = counts[asked.filter.view]
    first = paging.first_of(request.args, found, total)
    return page(
        "orders/index.html",
        asked=asked,
        rows=_rows(found.rows, known),
        counts=counts,
        cap=board.CAP,
        channels=_facets(asked, live),
        total=min(total, board.CAP),
        more=total > board.CAP,
        **paging.around(asked, found, first, SIZE),
        confirmable=min(
            board.confirmable(session, asked.filter, _asleep(list(known.values()))), board.BULK
        ),
        collected_at=max((c.collected_at for c in live if c.collected_at), default=None),
        collecting=collecting.shown(collecting.pressed_at(request.args.get("c", ""))),
        collects=bool(collecting.able(live)),
        often=collecting.often(live),
        takes=[
            {"channel": one, "market": channel_state.market_of(one.marketplace)}
            for one in live
            if collecting.takes(one) and asked.filter.channel in ("", one.id)
        ],
        has_channels=bool(live),
        submission=new_submission(),
    )


def _facets(asked: Asked, live: list[Channel]) -> list[dict[str, Any]]:
    counts = board.channel_counts(db.session(), asked.filter, [channel.id for channel in live])
    return channel_state.facets(live, counts, asked.address)


def _rows(lines: Any, known: dict[str, Channel]) -> list[dict[str, Any]]:
    confirms = board.confirms(db.session(), lines)
    reviews = _in_review({effect.command_id for effect in confirms.values()})
    short = oversold.of(db.session(), [line.id for line in lines])
    return [
        {**row_of(line, known, confirms.get(line.id), reviews), "short": line.id in short}
        for line in lines
    ]


def _in_review(command_ids: set[str]) -> set[str]:
    query = select(Command.id).where(Command.id.in_(command_ids), Command.state == "review")
    return set(db.session.scalars(query))


def row_of(line: Any, known: dict[str, Channel], confirm: Any, reviews: set[str]) -> dict[str, Any]:
    """A line as its row shows it; `reviews` are the commands that wait for a person."""
    channel = known[line.channel_id]
    market = channel_state.market_of(channel.marketplace)
    state = line_words.state_of(line, confirm)
    sendable = confirm is None or confirm.state == "refused"
    return {
        "line": line,
        "channel": channel,
        "market": market,
        "state": state,
        "due": line_words.due_of(line),
        "courier": line_words.courier_of(channel.marketplace, line.courier),
        "confirm": confirm,
        "can": sendable and can_be_confirmed(line) and not _asleep([channel]),
        "refused": state["key"] == "refused",
        "review": state["key"] == "checking" and confirm.command_id in reviews,
    }


def _asleep(found: list[Channel]) -> list[str]:
    """The channels on which nothing can be confirmed now."""
    known = registry.current().orders
    return [
        channel.id
        for channel in found
        if not channels.works(channel)
        or channel.marketplace not in known
        or known[channel.marketplace].confirm is None
    ]


@orders.post("/search")
def search() -> AnyResponse:
    """Turn what was typed into an address; what looks personal is sealed and named by its id."""
    asked = filters.read(request.form)
    text = searches.tidy(request.form.get("find", ""))
    if searches.looks_personal(text):
        found = searches.save(text, sessions.me().user.id)
        return redirect(asked.address(q="", s=found), code=303)
    return redirect(asked.address(q=text, s=""), code=303)


# -- collecting -------------------------------------------------------------------------------


@orders.post("/collect")
def collect() -> AnyResponse:
    """Have one channel, or all, collected now, and go back with a row per channel."""
    chosen = request.form.get("channel", "")
    wanted = [chosen] if chosen else None
    pressed = service.collect_now(wanted)
    if not pressed:
        note(
            "warn",
            _("지금 수집할 수 있는 채널이 없습니다. 판매채널에서 연결 상태를 확인해 주세요."),
        )
        return redirect(here(), code=303)
    parts = urlsplit(here())
    arguments = dict(parse_qsl(parts.query)) | {"c": collecting.mark()}
    return redirect(f"{parts.path}?{urlencode(arguments)}", code=303)


@orders.get("/collecting")
def progress() -> Response:
    """The rows of a press, for a page that shows them while they change."""
    found = collecting.shown(collecting.pressed_at(request.args.get("c", "")))
    if found is None:
        return Response(status=204)
    ended = not found["live"]
    shown = page("orders/collecting.html", collecting=found, ended=ended)
    looking = urlsplit(htmx.current_url or "").path if htmx else ""
    if ended and looking == url_for("today.index"):
        shown.headers["HX-Refresh"] = "true"  # every figure of the page follows
    return shown


# -- confirming -------------------------------------------------------------------------------


@orders.post("/confirm")
def confirm() -> AnyResponse:
    """Confirm the selection; asks first when more or fewer lines go than were selected."""
    mark = submission()
    if mark is None:
        abort(400)
    asked = filters.read(request.form)
    back = asked.address()
    earlier = service.of_submission(db.session(), mark)
    if earlier:
        return _to_jobs(earlier)
    line_ids, everything = _selected(asked)
    if not line_ids:
        note("warn", _("먼저 주문을 선택해 주세요."))
        return redirect(back, code=303)
    proposal = service.propose_confirm(db.session(), line_ids)
    sure = "sure" in request.form
    if not proposal.count or (not sure and (everything or proposal.left_out or proposal.widened)):
        return _ask(asked, line_ids, proposal, mark)
    return _to_jobs(service.submit_confirm(line_ids, sessions.actor(), submission=mark))


def _selected(asked: Asked) -> tuple[list[str], bool]:
    """The ids of the selected lines, and whether they are all that were found."""
    form = request.form
    if "only" in form:
        told = [form["only"]]
    elif "lines" in form:
        told = form["lines"].split(",")
    elif form.get("all") == "1":
        return board.ids(db.session(), asked.filter), True
    else:
        told = form.getlist("line")
    return list(dict.fromkeys(i for i in told if _IDS.fullmatch(i)))[: board.BULK], False


def _to_jobs(commands: list[str]) -> AnyResponse:
    if len(commands) == 1:
        return redirect(url_for("jobs.show", id=commands[0]), code=303)
    if commands:
        note("ok", _("채널 %(n)s곳에 발주확인을 시작했습니다.", n=len(commands)))
    return redirect(url_for("jobs.index"), code=303)


def _ask(asked: Asked, line_ids: list[str], proposal: Proposal, mark: str) -> Response:
    known = {channel.id: channel for channel in channels.live(db.session())}
    going = [
        {
            "channel": known[channel_id],
            "market": channel_state.market_of(known[channel_id].marketplace),
            "count": len(found),
            "amount": sum(line.amount for line in found),
        }
        for channel_id, found in proposal.lines.items()
    ]
    reasons = Counter(reason for _line, reason in proposal.left_out)
    return page(
        "orders/confirm.html",
        asked=asked,
        going=going,
        count=proposal.count,
        widened=proposal.widened,
        reasons=reasons.most_common(),
        left_out=[
            {"line": line, "reason": reason, "state": line_words.state_of(line)}
            for line, reason in proposal.left_out[:LEFT_OUT]
        ],
        left=len(proposal.left_out),
        bulk=board.BULK if len(line_ids) >= board.BULK else 0,
        lines=",".join(line_ids),
        submission=mark,
    )
