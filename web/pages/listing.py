"""채널상품 하나: its options, what is wanted of it, its matches, and its history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.models import Command
from core.services import (
    channels,
    explain,
    listing_away,
    listing_changes,
    listing_figures,
    listing_groups,
    listing_sync,
    push_rows,
    shipping,
    thumbnails,
)
from core.services import listings as service
from core.services.kind_names import LISTINGS_SYNC
from web import cards, channel_state, line_words, listing_words, match_words, sessions
from web.access import row
from web.database import db
from web.forms import new_submission, submission
from web.i18n import tr
from web.pages.listings import IDS, can_of, listings
from web.render import note, page


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
        shipping=shipping.named(session, listing.shipping_template_id),
        timeline=listing_words.timeline(
            listing, service.events(session, listing.id), options, tr(market.label), pushes
        ),
        away=bool(listing_away.among(session, [listing.id])),
        can=can_of(listing, channel),
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
    if not IDS.fullmatch(told):
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
