"""SKU 고르기: the SKUs of one option: chosen, looked at with what that changes, saved, undone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from core.contracts.text import Text
from core.models import Channel
from core.services import (
    catalogue_list,
    channels,
    explain,
    holds,
    match_edits,
    match_touch,
    match_versions,
)
from core.services.catalogue_list import Wanted
from core.services.match_touch import Touched
from core.services.match_versions import Part, Version
from core.services.outcome import Missing, Wrong
from web import channel_state, line_words, match_words, sessions
from web.access import row
from web.database import db
from web.forms import whole
from web.pages.listings import listings
from web.pages.matching import skus_of
from web.render import note, page

FOUND, SHOWN = 20, 20
_ID = re.compile(r"[0-9a-f]{32}")
_SAME = Text("지금 연결과 같습니다. 바꾼 것이 없습니다.", "It is what stands already.")


@listings.get("/<id>/match/<option>")
def match_option(id: str, option: str) -> Response:
    """Choose the SKUs of an option; the address holds what is chosen so far."""
    return _editor(option)


def _editor(
    option_id: str, *, errors: Mapping[str, Text] | None = None, status: int = 200
) -> Response:
    session = db.session()
    one = _explained(option_id)
    chosen = _chosen(one)
    find = " ".join(request.args.get("q", "").replace("\x00", " ").split())
    find = find[: catalogue_list.LONGEST]
    found = catalogue_list.page(session, Wanted(find=find, sort="name"), limit=FOUND)
    skus = catalogue_list.by_id(session, list(chosen))
    told = match_versions.of(session, [option_id], voided=True).get(option_id, [])
    named = skus_of(session, [part for version in told for part in version.parts])
    standing = [version for version in told if version.voided_at is None]
    return page(
        "listings/match_option.html",
        status=status,
        **_of_option(one),
        chosen=[{"sku": skus[key], "pieces": pieces} for key, pieces in chosen.items()],
        find=find,
        found=[sku for sku in found.rows if sku.id not in chosen],
        more=bool(found.after),
        versions=[_version(version, standing, named) for version in reversed(told)],
        errors=errors or {},
    )


def _version(
    version: Version, standing: Sequence[Version], named: Mapping[str, Any]
) -> dict[str, Any]:
    """A version as the history shows it."""
    return {
        "version": version,
        "parts": [{"sku": named[part.sku_id], "quantity": part.quantity} for part in version.parts],
        "how": match_words.how_word(version.how),
        "who": line_words.person(version.who),
        "first": bool(standing) and version.id == standing[0].id,
        "newest": bool(standing) and version.id == standing[-1].id,
    }


def _explained(option_id: str) -> explain.Explained:
    """The option that the address names, where it is of this listing."""
    if row("option").listing_id != row().id:
        abort(404)
    (one,) = explain.of_options(db.session(), [option_id])
    return one


def _of_option(one: explain.Explained) -> dict[str, Any]:
    channel = channels.get(db.session(), one.listing.channel_id)
    return {
        "one": one,
        "listing": one.listing,
        "option": one.option,
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace),
    }


def _chosen(one: explain.Explained) -> dict[str, str]:
    """Pieces as typed by SKU: what stands, what the address says, and what was just pressed."""
    if request.args.get("on") != "1":
        return {made.sku.id: str(made.quantity) for made in one.made}
    chosen = _typed(request.args)
    add, drop = request.args.get("add", ""), request.args.get("drop", "")
    if add and add not in chosen:
        chosen[add] = "1"
    chosen.pop(drop, None)
    there = catalogue_list.by_id(db.session(), [key for key in chosen if _ID.fullmatch(key)])
    return {key: pieces for key, pieces in chosen.items() if key in there}


def _typed(source: MultiDict[str, str]) -> dict[str, str]:
    named = source.getlist("sku")[: match_edits.MOST_PARTS + 1]
    return {key: source.get(f"n-{key}", "").replace(",", "").strip() for key in named}


@listings.get("/<id>/match/<option>/look")
def match_look(id: str, option: str) -> Response:
    """Show what the choice would change, before it is saved."""
    session = db.session()
    one = _explained(option)
    try:
        parts = match_edits.read(session, _typed(request.args))
    except Wrong as wrong:
        return _editor(option, errors=wrong.fields, status=422)
    if parts == tuple(sorted(Part(made.sku.id, made.quantity) for made in one.made)):
        return _editor(option, errors={"": _SAME}, status=422)
    return _preview(one, match_touch.touched(session, option, parts), undoes=False)


def _preview(
    one: explain.Explained,
    found: Touched,
    *,
    undoes: bool,
    problem: Text | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    known = {channel.id: channel for channel in session.scalars(select(Channel))}
    moved = found.orders[:SHOWN]
    parts = [*found.parts] + [Part(key) for order in moved for key in (*order.before, *order.after)]
    named = skus_of(session, parts)
    return page(
        "listings/match_preview.html",
        status=status,
        **_of_option(one),
        after=[{"sku": named[p.sku_id], "quantity": p.quantity} for p in found.parts],
        touched=found,
        orders=[
            {
                "line": order.line,
                "state": line_words.state_of(order.line),
                "before": _held(order.before, named),
                "after": _held(order.after, named),
            }
            for order in moved
        ],
        others=[
            {
                "listing": other,
                "channel": known[other.channel_id],
                "market": channel_state.market_of(known[other.channel_id].marketplace),
            }
            for other in found.listings[:SHOWN]
        ],
        shown=SHOWN,
        undoes=undoes,
        seen=match_edits.number_of(session, one.option.id),
        problem=problem,
    )


def _held(held: Mapping[str, holds.Held], named: Mapping[str, Any]) -> list[str]:
    """What a line holds, a SKU a line."""
    return [
        f"{match_words.called(named[key])} × {reserved + taken:,}"
        for key, (reserved, taken) in held.items()
    ]


def _seen() -> int:
    return whole(request.form.get("seen", ""), -1)


@listings.post("/<id>/match/<option>")
def match_save(id: str, option: str) -> AnyResponse:
    """Keep the choice that was looked at."""
    one = _explained(option)
    raw = _typed(request.form)
    try:
        news = match_edits.save(option, raw, sessions.actor(), seen=_seen())
    except Wrong as wrong:
        return _again(one, wrong, raw)
    note("ok", _("연결을 저장했습니다.") if news else _("이미 이렇게 연결되어 있습니다."))
    return redirect(url_for("listings.match", id=id), code=303)


def _again(one: explain.Explained, wrong: Wrong, raw: Mapping[str, str]) -> Response:
    """The preview of what would change now, with why it was not saved."""
    session = db.session()
    session.rollback()
    try:
        parts = match_edits.read(session, raw)
    except Wrong:
        abort(400)
    found = match_touch.touched(session, one.option.id, parts)
    (now,) = explain.of_options(session, [one.option.id])
    reason = next(iter(wrong.fields.values()))
    return _preview(now, found, undoes=False, problem=reason, status=422)


@listings.route("/<id>/match/<option>/undo", methods=["GET", "POST"])
def match_undo(id: str, option: str) -> AnyResponse:
    """Say what taking the newest version back would change; the second press does it."""
    session = db.session()
    one = _explained(option)
    problem = None
    if request.method == "POST":
        try:
            match_edits.undo(option, sessions.actor(), seen=_seen())
        except Wrong as wrong:
            problem = next(iter(wrong.fields.values()))
            session.rollback()
            one = _explained(option)
        else:
            note("ok", _("연결을 되돌렸습니다."))
            return redirect(url_for("listings.match", id=id), code=303)
    if not match_edits.number_of(session, option):
        raise Missing
    found = match_touch.touched(session, option, None)
    return _preview(one, found, undoes=True, problem=problem, status=422 if problem else 200)
