"""채널상품: the list of listings, one listing with its history, and [동기화]."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from core.models import Channel, Command
from core.services import (
    channels,
    explain,
    listing_changes,
    listing_edits,
    listing_figures,
    listing_groups,
    listing_links,
    listing_list,
    listing_sync,
    push_rows,
    thumbnails,
)
from core.services import listings as service
from core.services.kind_names import LISTINGS_SYNC
from core.services.listing_list import Wanted
from core.services.outcome import Forbidden
from web import cards, channel_state, line_words, listing_words, match_words, sessions
from web.access import row
from web.database import db
from web.forms import new_submission, submission
from web.i18n import tr
from web.render import note, page

listings = Blueprint("listings", __name__, url_prefix="/listings")

SIZE = 50
_IDS = re.compile(r"[0-9a-f]{32}")


# -- the list -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the list was asked for."""

    wanted: Wanted

    @property
    def params(self) -> dict[str, str]:
        """The arguments that name it."""
        w = self.wanted
        told = {"view": w.view, "match": w.match, "link": w.link, "ch": w.channel}
        told |= {"q": w.find, "sort": w.sort}
        return {name: value for name, value in told.items() if value}

    @property
    def plain(self) -> bool:
        """True when nothing narrows the list."""
        return not set(self.params) - {"sort"}

    def address(self, **changed: str) -> str:
        """The list with some arguments changed ("" leaves one out); it begins at the top."""
        told: dict[str, Any] = {**self.params, **changed}
        return url_for("listings.index", **{name: value for name, value in told.items() if value})


def asked_of(source: Mapping[str, str]) -> Asked:
    """Read what is asked for; what is not one of its values is left out."""
    find = " ".join(source.get("q", "").replace("\x00", " ").split())
    channel = source.get("ch", "")
    wanted = Wanted(
        view=_one_of(source.get("view", ""), listing_list.VIEWS),
        match=_one_of(source.get("match", ""), listing_list.MATCHES),
        link=_one_of(source.get("link", ""), listing_list.LINKS),
        channel=channel if _IDS.fullmatch(channel) else "",
        find=find[: listing_list.LONGEST],
        sort=_one_of(source.get("sort", ""), tuple(listing_list.SORTS)),
    )
    return Asked(wanted=wanted)


def _one_of(told: str, values: tuple[str, ...]) -> str:
    return told if told in values else ""


@listings.get("")
def index() -> Response:
    """Show a page of the list."""
    asked, session = asked_of(request.args), db.session()
    after, before = request.args.get("after", ""), request.args.get("before", "")
    found = listing_list.page(session, asked.wanted, after=after, before=before, limit=SIZE)
    counts = listing_list.counts(session, asked.wanted)
    figures = listing_figures.figures(session, found.rows)
    live = channels.live(session)
    known = {channel.id: channel for channel in live}
    total = counts[asked.wanted.view]
    first = _first(len(found.rows), total, bool(after or before))
    return page(
        "listings/index.html",
        asked=asked,
        rows=[_row(one, known[one.channel_id], figures[one.id]) for one in found.rows],
        counts=counts,
        cap=listing_list.CAP,
        bulk=min(total, listing_list.BULK),
        channels=_facets(asked, live),
        chosen=known.get(asked.wanted.channel),
        total=min(total, listing_list.CAP),
        first=first,
        last=first + len(found.rows) - 1 if found.rows else 0,
        prev=_turn(asked, "before", found.before, max(1, first - SIZE)),
        next=_turn(asked, "after", found.after, first + SIZE),
        has_channels=bool(live),
        pictures=thumbnails.of(session, [one.image for one in found.rows]),
        submission=new_submission(),
    )


def _row(listing: Any, channel: Channel, figures: listing_figures.Figures) -> dict[str, Any]:
    return {
        "listing": listing,
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace),
        "state": listing_words.state_of(listing),
        "match": listing_words.match_of(figures),
        "ends": listing_words.ends_of(listing),
        "figures": figures,
        "can": _can(listing, channel),
    }


def _can(listing: Any, channel: Channel) -> list[str]:
    """What can be done with a listing from the list."""
    if listing.gone_at is not None:
        return [] if listing_sync.why_not(channel) else ["sync"]
    offered = [what for what in listing_changes.WHATS if not listing_edits.why_not(channel, what)]
    free = [what for what in offered if what == "price" or not listing.stock_linked]
    return free + ([] if listing_sync.why_not(channel) else ["sync"])


def _first(shown: int, total: int, turned: bool) -> int:
    """The number of the first row, which the address carries from page to page."""
    if not shown:
        return 0
    at = request.args.get("at", "")
    number = int(at) if turned and at.isdecimal() and len(at) < 9 else 1
    return max(1, min(number, max(1, total - shown + 1)))


def _turn(asked: Asked, side: str, cursor: str, number: int) -> str:
    return asked.address(**{side: cursor, "at": str(number)}) if cursor else ""


def _facets(asked: Asked, live: list[Channel]) -> list[dict[str, Any]]:
    counts = listing_list.channel_counts(db.session(), asked.wanted, [one.id for one in live])
    return [
        {
            "channel": channel,
            "market": channel_state.market_of(channel.marketplace),
            "count": counts[channel.id],
            "href": asked.address(ch=channel.id),
        }
        for channel in live
    ]


def selected() -> list[str]:
    """The ids of the listings that the posted form chose, or of all that were found."""
    form = request.form
    if "listings" in form:
        told = form["listings"].split(",")
    elif form.get("all") == "1":
        return listing_list.ids(db.session(), asked_of(form).wanted)
    else:
        told = form.getlist("listing")
    return list(dict.fromkeys(one for one in told if _IDS.fullmatch(one)))[: listing_list.BULK]


# -- [동기화] --------------------------------------------------------------------------------------


@listings.post("/sync")
def sync() -> AnyResponse:
    """Have the chosen listings read anew."""
    mark = submission()
    if mark is None:
        abort(400)
    back = asked_of(request.form).address()
    chosen = selected()
    if not chosen:
        note("warn", _("먼저 상품을 선택해 주세요."))
        return redirect(back, code=303)
    pressed = listing_sync.submit(chosen, sessions.actor(), submission=mark)
    return _pressed(pressed, back)


@listings.post("/channels/<id>/sync")
def sync_channel(id: str) -> AnyResponse:
    """Have every listing of a channel read anew."""
    mark = submission()
    if mark is None:
        abort(400)
    back = url_for("listings.index", ch=id)
    try:
        pressed = listing_sync.submit_all(id, sessions.actor(), submission=mark)
    except Forbidden as forbidden:
        note("warn", tr(forbidden.text))
        return redirect(back, code=303)
    return _pressed(pressed, back)


@listings.post("/link")
def link() -> AnyResponse:
    """Switch 재고연동 of the chosen listings."""
    chosen, on = selected(), request.form.get("on") == "1"
    if chosen:
        done = listing_links.switch(chosen, on, sessions.actor())
        word = _("재고연동을 켠 상품 %(n)s개") if on else _("재고연동을 끈 상품 %(n)s개")
        note("ok" if done.count else "accent", word % {"n": f"{done.count:,}"})
        for reason, count in Counter(done.refused.values()).items():
            note("warn", _("%(n)s개: %(why)s", n=f"{count:,}", why=tr(reason)))
    else:
        note("warn", _("먼저 상품을 선택해 주세요."))
    only = request.form.get("only", "")
    if _IDS.fullmatch(only):
        return redirect(url_for("listings.show", id=only), code=303)
    return redirect(asked_of(request.form).address(), code=303)


def _pressed(pressed: listing_sync.Pressed, back: str) -> AnyResponse:
    """To the job, or to all of them; channels that were left out are said."""
    for reason in dict.fromkeys(map(tr, pressed.left_out.values())):
        note("warn", reason)
    return to_jobs(pressed.commands, back)


def to_jobs(commands: list[str], back: str) -> AnyResponse:
    """The page of the one job that a press made, or the list of several."""
    if len(commands) == 1:
        return redirect(url_for("jobs.show", id=commands[0]), code=303)
    if commands:
        note("ok", _("채널 %(n)s곳에 시작했습니다.", n=len(commands)))
        return redirect(url_for("jobs.index"), code=303)
    return redirect(back, code=303)


# -- one listing ----------------------------------------------------------------------------------


@listings.get("/<id>")
def show(id: str) -> Response:
    """Show a listing with its options, what is wanted of it, and its history."""
    session = db.session()
    listing = row()
    channel = channels.get(session, listing.channel_id)
    market = channel_state.market_of(channel.marketplace)
    options = service.options_of(session, [listing.id])
    pushes = listing_figures.pushes(session, listing.id)
    figures = listing_figures.figures(session, [listing])[listing.id]
    job = _job()
    return page(
        "listings/show.html",
        listing=listing,
        picture=thumbnails.of(session, [listing.image]).get(listing.image),
        channel=channel,
        market=market,
        state=listing_words.state_of(listing),
        ends=listing_words.ends_of(listing),
        figures=figures,
        options=[_option(one, pushes) for one in options if one.gone_at is None],
        matches=[
            match_words.row_of(one, {channel.id: channel})
            for one in explain.of_listing(session, listing.id)
        ],
        gone_options=[one for one in options if one.gone_at is not None],
        pushes=_wanted(pushes, options),
        groups=listing_groups.groups_of(session, listing),
        timeline=listing_words.timeline(
            listing, service.events(session, listing.id), options, tr(market.label)
        ),
        can=_can(listing, channel),
        no_sync=listing_sync.why_not(channel),
        whats=[(what, listing_words.what_word(what)) for what in listing_changes.WHATS],
        job=cards.card(job) if job else None,
        submission=new_submission(),
    )


def _option(option: Any, pushes: Mapping[str, Any]) -> dict[str, Any]:
    stock = pushes.get("stock")
    wanted = stock.values.get("options", {}).get(option.option_no) if stock else None
    return {
        "option": option,
        "state": listing_words.state_word(option.state) if option.state != "unknown" else "",
        "wanted": wanted,
    }


def _wanted(pushes: Mapping[str, Any], options: list[Any]) -> list[dict[str, Any]]:
    """What was wanted of the listing: {what, value, push, state, reason}."""
    names = {one.option_no: one.name for one in options}
    return [
        {
            "what": listing_words.what_word(what),
            "value": listing_words.value_word(what, push.values, names),
            "push": push,
            "refused": listing_figures.is_refused(push),
            "due": push_rows.is_due(push),
            "who": line_words.person(push.who),
        }
        for what in listing_changes.WHATS
        if (push := pushes.get(what)) is not None
    ]


def _job() -> Command | None:
    """The [동기화] that the address names."""
    told = request.args.get("job", "")
    if not _IDS.fullmatch(told):
        return None
    found = db.session.get(Command, told)
    return found if found is not None and found.kind == LISTINGS_SYNC else None


@listings.post("/<id>/sync")
def sync_one(id: str) -> AnyResponse:
    """Have one listing read anew, and stay on its page."""
    mark = submission()
    if mark is None:
        abort(400)
    pressed = listing_sync.submit([row().id], sessions.actor(), submission=mark)
    for reason in pressed.left_out.values():
        note("warn", tr(reason))
    job = pressed.commands[0] if pressed.commands else None
    return redirect(url_for("listings.show", id=id, job=job), code=303)
