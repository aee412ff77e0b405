"""SKU 연결: what the options of a listing are made of and proposed; or of all of a channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from core.services import catalogue_list, channels, explain, match_edits, matching, sku_making
from core.services.match_versions import Part
from core.services.outcome import Wrong
from web import channel_state, match_words, sessions
from web.access import row
from web.database import db
from web.forms import new_submission, submission
from web.i18n import tr
from web.pages.listings import asked_of, listings, selected
from web.render import note, page

# -- all options of a listing ---------------------------------------------------------------------


@listings.get("/<id>/match")
def match(id: str) -> Response:
    """Show what each option is made of, and what is proposed for those that are of nothing."""
    session = db.session()
    listing = row()
    options = explain.of_listing(session, listing.id)
    known = {listing.channel_id: channels.get(session, listing.channel_id)}
    bare = [one.option.id for one in options if not one.made]
    proposals = matching.propose(session, match_edits.asked(session, bare))
    named = skus_of(session, [part for one in proposals.values() for part in one.parts])
    waiting = matching.waiting(session, [one.option.id for one in options])
    return page(
        "listings/match.html",
        listing=listing,
        channel=known[listing.channel_id],
        market=channel_state.market_of(known[listing.channel_id].marketplace),
        rows=[
            {
                **match_words.row_of(one, known),
                "proposal": _proposal(proposals.get(one.option.id), named),
                "waiting": waiting.get(one.option.id, 0),
            }
            for one in options
        ],
        acceptable=[key for key, one in proposals.items() if one.parts],
        submission=new_submission(),
    )


def _proposal(proposal: Any, named: Mapping[str, Any]) -> dict[str, Any] | None:
    if proposal is None or not (proposal.parts or proposal.problem):
        return None
    parts = [{"sku": named[part.sku_id], "quantity": part.quantity} for part in proposal.parts]
    return {
        "parts": parts,
        "how": match_words.how_word(proposal.how),
        "problem": proposal.problem,
    }


def skus_of(session: Any, parts: Sequence[Part]) -> dict[str, Any]:
    """The SKUs of these parts by id."""
    return catalogue_list.by_id(session, sorted({part.sku_id for part in parts}))


@listings.post("/<id>/match")
def accept(id: str) -> AnyResponse:
    """Match the chosen options as it was proposed for them."""
    listing = row()
    here = {one.option.id for one in explain.of_listing(db.session(), listing.id)}
    chosen = [one for one in request.form.getlist("option") if one in here]
    count = match_edits.accept(chosen, sessions.actor())
    if count:
        note("ok", _("옵션 %(n)s개를 연결했습니다.", n=f"{count:,}"))
    else:
        note("accent", _("새로 연결한 옵션이 없습니다."))
    return redirect(url_for("listings.match", id=id), code=303)


# -- all of a channel -----------------------------------------------------------------------------


@listings.post("/channels/<id>/match")
def match_channel(id: str) -> AnyResponse:
    """Match whatever is unmatched of a channel by codes and by what was learnt."""
    mark = submission()
    if mark is None:
        abort(400)
    command = match_edits.submit(id, sessions.actor(), submission=mark)
    return redirect(url_for("jobs.show", id=command), code=303)


# -- SKU 만들기 -----------------------------------------------------------------------------------


@listings.post("/skus")
def make_skus() -> AnyResponse:
    """Make SKUs of the options of the chosen listings that have none."""
    mark = submission()
    if mark is None:
        abort(400)
    try:
        command = sku_making.submit(selected(), sessions.actor(), submission=mark)
    except Wrong as wrong:
        for reason in wrong.fields.values():
            note("warn", tr(reason))
        return redirect(asked_of(request.form).address(), code=303)
    return redirect(url_for("jobs.show", id=command), code=303)
