"""채널상품 수정: a change is given, looked at with before and after, and sent at a second press."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from core.services import channels, listing_changes, listing_edits
from core.services import listings as service
from core.services.kind_names import LISTINGS_EDIT
from core.services.listing_edits import Proposal, Row
from core.services.listing_sync import of_submission
from core.services.outcome import Wrong
from web import channel_state, listing_words, sessions
from web.database import db
from web.forms import Form, blank, new_submission, submission, typed
from web.pages.listings import asked_of, listings, selected, to_jobs
from web.render import note, page

SHOWN = 100
"""So many listings of a proposal are shown; the others are counted."""


@listings.route("/edit", methods=["GET", "POST"])
def edit() -> AnyResponse:
    """Ask for the change, or show what it would do."""
    what = request.values.get("what", "")
    if what not in listing_changes.WHATS:
        abort(404)
    chosen = selected() if request.method == "POST" else request.args.getlist("listing")[:1]
    rows = service.by_id(db.session(), chosen)
    if not rows:
        note("warn", _("먼저 상품을 선택해 주세요."))
        return redirect(asked_of(request.values).address(), code=303)
    fields = listing_changes.fields(what, _options(what, list(rows)))
    if "plan" not in request.form:
        return _form(what, list(rows), blank(fields))
    try:
        change = listing_changes.read(what, typed(fields), _options(what, list(rows)))
    except Wrong as wrong:
        return _form(what, list(rows), Form(fields, typed(fields), wrong.fields), status=422)
    proposal = listing_edits.propose(db.session(), list(rows), change)
    return _plan(proposal, Form(fields, typed(fields)), list(rows), new_submission())


def _options(what: str, ids: list[str]) -> list[Any]:
    """The options that are asked one by one: those of a single listing's stock."""
    if what != "stock" or len(ids) != 1:
        return []
    return [one for one in service.options_of(db.session(), ids) if one.gone_at is None]


def _form(what: str, ids: list[str], form: Form, *, status: int = 200) -> Response:
    rows = service.by_id(db.session(), ids[:3])
    return page(
        "listings/edit.html",
        status=status,
        asked=asked_of(request.values),
        what=what,
        label=listing_words.what_word(what),
        form=form,
        ids=",".join(ids),
        count=len(ids),
        names=[row.name or row.product_no for row in rows.values()],
        only=ids[0] if len(ids) == 1 else "",
    )


def _plan(
    proposal: Proposal, form: Form, ids: list[str], mark: str, *, moved: bool = False
) -> Response:
    known = {one.id: one for one in channels.live(db.session())}
    reasons = Counter(row.reason for row in proposal.left_out)
    return page(
        "listings/plan.html",
        status=422 if moved else 200,
        asked=asked_of(request.values),
        what=proposal.what,
        label=listing_words.what_word(proposal.what),
        going=[_shown(row, proposal.what, known) for row in proposal.going[:SHOWN]],
        count=len(proposal.going),
        left_out=[_shown(row, proposal.what, known) for row in proposal.left_out[:SHOWN]],
        left=len(proposal.left_out),
        reasons=reasons.most_common(),
        digest=proposal.digest,
        moved=listing_edits.MOVED_ON if moved else None,
        typed=list(_inputs(form)),
        ids=",".join(ids),
        only=ids[0] if len(ids) == 1 else "",
        submission=mark,
    )


def _inputs(form: Form) -> Any:
    """What was typed, as hidden inputs."""
    for field in form.fields:
        yield field.name, form.values.get(field.name, "")


def _shown(row: Row, what: str, known: dict[str, Any]) -> dict[str, Any]:
    names = {one.option_no: one.name for one in row.options}
    channel = known.get(row.listing.channel_id)
    return {
        "listing": row.listing,
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace) if channel else None,
        "before": listing_words.value_word(what, row.before, names),
        "after": listing_words.value_word(what, row.after, names) if row.after else "",
        "reason": row.reason,
    }


@listings.post("/edit/apply")
def apply() -> AnyResponse:
    """Send what was looked at; when it is another by now, it is shown again."""
    mark, what = submission(), request.form.get("what", "")
    if mark is None or what not in listing_changes.WHATS:
        abort(400)
    earlier = of_submission(db.session(), LISTINGS_EDIT, mark)
    if earlier:
        return to_jobs(earlier, url_for("listings.index"))
    ids = list(service.by_id(db.session(), selected()))
    fields = listing_changes.fields(what, _options(what, ids))
    form = Form(fields, typed(fields))
    try:
        change = listing_changes.read(what, form.values, _options(what, ids))
    except Wrong as wrong:
        return _form(what, ids, Form(fields, form.values, wrong.fields), status=422)
    try:
        commands = listing_edits.submit(
            ids,
            change,
            sessions.actor(),
            submission=mark,
            seen=request.form.get("seen", ""),
        )
    except Wrong:
        proposal = listing_edits.propose(db.session(), ids, change)
        return _plan(proposal, form, ids, mark, moved=True)
    return to_jobs(commands, asked_of(request.form).address())
