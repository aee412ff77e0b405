"""채널상품: the list of listings, and what is done with some of them: [동기화], 재고연동."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from core.models import Channel
from core.services import (
    channels,
    listing_away,
    listing_changes,
    listing_edits,
    listing_figures,
    listing_group_list,
    listing_groups,
    listing_links,
    listing_list,
    listing_sync,
    migration,
    push_forecast,
    shipping,
    thumbnails,
)
from core.services.listing_list import Wanted
from core.services.outcome import Forbidden
from web import channel_state, forecasts, listing_words, paging, sessions
from web.database import db
from web.forms import new_submission, submission
from web.i18n import tr
from web.render import note, page

listings = Blueprint("listings", __name__, url_prefix="/listings")

SIZE = 50
IDS = re.compile(r"[0-9a-f]{32}")


# -- the list -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the list was asked for."""

    wanted: Wanted

    @property
    def params(self) -> dict[str, str]:
        """The arguments that name it."""
        w = self.wanted
        told = {
            "view": w.view,
            "match": w.match,
            "link": w.link,
            "ch": w.channel,
            "ship": w.shipping,
            "deal": w.group,
        }
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
    channel, ship, deal = (source.get(name, "") for name in ("ch", "ship", "deal"))
    wanted = Wanted(
        view=_one_of(source.get("view", ""), listing_list.VIEWS),
        match=_one_of(source.get("match", ""), listing_list.MATCHES),
        link=_one_of(source.get("link", ""), listing_list.LINKS),
        channel=channel if IDS.fullmatch(channel) else "",
        shipping=ship if IDS.fullmatch(ship) else "",
        group=deal if IDS.fullmatch(deal) else "",
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
    first = paging.first_of(request.args, found, total)
    return page(
        "listings/index.html",
        asked=asked,
        rows=[_row(one, known[one.channel_id], figures[one.id]) for one in found.rows],
        counts=counts,
        cap=listing_list.CAP,
        bulk=min(total, listing_list.BULK),
        channels=_facets(asked, live),
        chosen=known.get(asked.wanted.channel) or (live[0] if len(live) == 1 else None),
        total=min(total, listing_list.CAP),
        **paging.around(asked, found, first, SIZE),
        shipping=shipping.named(session, asked.wanted.shipping),
        deal=_deal(asked.wanted.group),
        deals=listing_group_list.there_are(session),
        has_channels=bool(live),
        pictures=thumbnails.of(session, [one.image for one in found.rows]),
        submission=new_submission(),
    )


def _deal(group_id: str) -> dict[str, Any] | None:
    """The group that the list is held to, with the numbers of it that are not here."""
    session = db.session()
    group = listing_groups.named(session, group_id)
    if group is None:
        return None
    numbers = listing_groups.missing_of(session, group, migration.MOST_NUMBERS)
    return {"group": group, "missing": numbers}


def _row(listing: Any, channel: Channel, figures: listing_figures.Figures) -> dict[str, Any]:
    return {
        "listing": listing,
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace),
        "state": listing_words.state_of(listing),
        "match": listing_words.match_of(figures),
        "ends": listing_words.ends_of(listing),
        "figures": figures,
        "can": can_of(listing, channel),
    }


def can_of(listing: Any, channel: Channel) -> list[str]:
    """What can be done with a listing."""
    if listing.gone_at is not None:
        return [] if listing_sync.why_not(channel) else ["sync"]
    offered = [what for what in listing_changes.WHATS if not listing_edits.why_not(channel, what)]
    free = [what for what in offered if what == "price" or not listing.stock_linked]
    return free + ([] if listing_sync.why_not(channel) else ["sync"])


def _facets(asked: Asked, live: list[Channel]) -> list[dict[str, Any]]:
    counts = listing_list.channel_counts(db.session(), asked.wanted, [one.id for one in live])
    return channel_state.facets(live, counts, asked.address)


def selected() -> list[str]:
    """The ids of the listings that the posted form chose, or of all that were found."""
    form = request.form
    if "listings" in form:
        told = form["listings"].split(",")
    elif form.get("all") == "1":
        return listing_list.ids(db.session(), asked_of(form).wanted)
    else:
        told = form.getlist("listing")
    return list(dict.fromkeys(one for one in told if IDS.fullmatch(one)))[: listing_list.BULK]


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
    asking = _forecast(chosen) if on else None
    if asking is not None:
        return asking
    if chosen:
        done = listing_links.switch(chosen, on, sessions.actor())
        word = _("재고연동을 켠 상품 %(n)s개") if on else _("재고연동을 끈 상품 %(n)s개")
        note("ok" if done.count else "accent", word % {"n": f"{done.count:,}"})
        for reason, count in Counter(done.refused.values()).items():
            note("warn", _("%(n)s개: %(why)s", n=f"{count:,}", why=tr(reason)))
    else:
        note("warn", _("먼저 상품을 선택해 주세요."))
    return redirect(_back_to(), code=303)


@listings.post("/away")
def put_away() -> AnyResponse:
    """Take listings that are gone out of the list, or put them back."""
    chosen, away = selected(), request.form.get("on") == "1"
    if chosen:
        count = f"{listing_away.put(chosen, away, sessions.actor()):,}"
        taken = _(
            "목록에서 지운 상품 %(n)s개. SKU 연결과 지난 기록은 그대로이고, 판매채널에서 다시 "
            "알려 주면 저절로 돌아옵니다.",
            n=count,
        )
        note("ok", taken if away else _("목록에 되돌린 상품 %(n)s개", n=count))
    else:
        note("warn", _("먼저 상품을 선택해 주세요."))
    return redirect(_back_to(), code=303)


def _back_to() -> str:
    """Where the posted form came from: the page of one listing, or the list."""
    only = request.form.get("only", "")
    if IDS.fullmatch(only):
        return url_for("listings.show", id=only)
    return asked_of(request.form).address()


def _forecast(chosen: list[str]) -> Response | None:
    """What would be sent for these listings; None where nothing would, or it was seen."""
    forecast = push_forecast.of_links(db.session(), chosen)
    only, asked = request.form.get("only", ""), asked_of(request.form)
    one = IDS.fullmatch(only) is not None
    told = {"listings": ",".join(chosen), "on": "1", "only": only, **asked.params}
    return forecasts.ask(
        forecast,
        title=_("재고연동을 켤까요?"),
        button=_("재고연동 켜기"),
        back=url_for("listings.show", id=only) if one else asked.address(),
        nav="listings",
        fields=told.items(),
    )


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
