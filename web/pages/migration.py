"""상품 가져오기: the channel, and the way: a file, a search, or numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from core import registry
from core.contracts.text import Text
from core.files import limits
from core.ledger.connection import practice_base
from core.models import Batch, Channel
from core.services import batches, channels, listing_groups, migration, migration_parsers
from core.services.outcome import Missing, Wrong
from core.settings import is_loopback
from web import batch_parts, channel_state, migration_rows, sessions
from web.access import row
from web.database import db
from web.forms import Form, blank, new_submission, submission, typed
from web.render import page

IDS = re.compile(r"[0-9a-f]{32}")

imports = Blueprint("migration", __name__, url_prefix="/listings/import")


@imports.url_value_preprocessor
def allow_files(endpoint: str | None, values: Mapping[str, Any] | None) -> None:
    """Let the upload, and nothing else, be larger than a form."""
    if endpoint == "migration.upload":
        request.max_content_length = limits.MOST_BYTES + batch_parts.FORM


# -- the channel and the way -----------------------------------------------------------------------


@imports.get("")
def index() -> Response:
    """Choose the channel whose listings are imported."""
    session = db.session()
    found = channels.live(session)
    return page(
        "migration/index.html",
        channels=[_offered(channel) for channel in found],
        recent=_recent(None),
    )


def _offered(channel: Channel) -> dict[str, Any]:
    """A channel with the ways that it has, and what stands in the way."""
    blocked = migration.blocked(db.session(), channel)
    return {
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace),
        "parsers": migration_parsers.of(channel.marketplace),
        "searches": migration.searches(channel),
        "gets": migration.gets(channel),
        "why": blocked[0] if blocked else None,
        "step": blocked[1] if blocked else None,
    }


def _recent(channel: Channel | None) -> list[dict[str, Any]]:
    session = db.session()
    known = {one.id: one for one in channels.live(session)}
    found = batches.recent(
        session, batches.LISTINGS, channel_id=channel.id if channel is not None else None
    )
    return [
        {
            "batch": one,
            "live": batches.is_live(session, one),
            "channel": (of := known.get(one.channel_id or "")),
            "market": channel_state.market_of(of.marketplace) if of is not None else None,
            "name": migration_rows.name_of(one),
        }
        for one in found
    ]


@imports.get("/to/<id>")
def ways(id: str) -> Response:
    """Say how listings of a channel are imported: from files, by a search, by numbers; `again`
    names a search whose conditions are to be changed, `deal` a group that lacks listings."""
    channel: Channel = row()
    deal = request.args.get("deal", "")
    group = listing_groups.named(db.session(), deal) if IDS.fullmatch(deal) else None
    if group is not None and group.channel_id == channel.id:
        absent = listing_groups.missing_of(db.session(), group, migration.MOST_NUMBERS)
        return _ways(numbers="\n".join(absent), lacking=group.name or group.group_no)
    told = request.args.get("again", "")
    query = select(Batch).where(Batch.id == told)
    before = db.session().scalar(query) if IDS.fullmatch(told) else None
    if before is None or before.channel_id != channel.id:
        return _ways()
    sync = registry.current().products.get(channel.marketplace)
    values = before.choices.get("values")
    form = blank(sync.search.fields, values) if sync and sync.search and values else None
    return _ways(form=form, numbers="\n".join(before.choices.get("numbers", ())))


def _ways(
    errors: Mapping[str, Text] | None = None,
    form: Form | None = None,
    numbers: str = "",
    lacking: str = "",
    status: int = 200,
) -> Response:
    channel: Channel = row()
    sync = registry.current().products.get(channel.marketplace)
    search = sync.search if sync is not None else None
    return page(
        "migration/ways.html",
        status=status,
        **_offered(channel),
        errors=errors or {},
        form=form or (blank(search.fields) if search is not None else None),
        numbers=numbers,
        lacking=lacking,
        most=limits.MOST_BYTES // 2**20,
        most_rows=limits.MOST_ROWS,
        most_numbers=migration.MOST_NUMBERS,
        why_no_search=sync.why_not.get("search") if sync is not None else None,
        practice_files=_practice_files(channel),
        recent=_recent(channel),
        submission=new_submission(),
    )


def _practice_files(channel: Channel) -> dict[str, str]:
    """Where files to practise with are, by parser: the practice marketplace gives them to browsers
    on its own machine alone."""
    sandbox = registry.current().sandboxes.get(channel.marketplace)
    here = is_loopback(urlsplit(f"//{request.host}").hostname or "")
    if not channel.practice or sandbox is None or not here:
        return {}
    world = practice_base(channel.marketplace, "_world")
    return {key: f"{world}/export?kind={key}" for key in sandbox.exports}


@imports.post("/to/<id>/file")
def upload(id: str) -> AnyResponse:
    """Take a file of listings in and have it read."""
    mark = submission()
    if mark is None:
        abort(400)
    key = request.form.get("parser", "")
    file = request.files.get("file")
    if file is None or not file.filename:
        return _ways({f"file-{key}": batches.NO_FILE}, status=422)
    try:
        with file.stream as stream:
            made = migration.submit_file(
                id, key, stream, file.filename, sessions.actor(), submission=mark
            )
    except Wrong as wrong:
        return _ways({f"file-{key}": text for text in wrong.fields.values()}, status=422)
    return redirect(url_for("migration.batch", id=made), code=303)


@imports.post("/to/<id>/search")
def search(id: str) -> AnyResponse:
    """Have the marketplace searched."""
    channel: Channel = row()
    sync = registry.current().products.get(channel.marketplace)
    if sync is None or sync.search is None:
        raise Missing
    given = typed(sync.search.fields)
    try:
        made = migration.submit_search(
            id, given, sessions.actor(), submission=submission() or new_submission()
        )
    except Wrong as wrong:
        return _ways(form=Form(sync.search.fields, given, wrong.fields), status=422)
    return redirect(url_for("migration.batch", id=made), code=303)


@imports.post("/to/<id>/numbers")
def numbers(id: str) -> AnyResponse:
    """Have listings read by their numbers."""
    told = request.form.get("numbers", "")
    try:
        made = migration.submit_numbers(
            id, told, sessions.actor(), submission=submission() or new_submission()
        )
    except Wrong as wrong:
        return _ways(wrong.fields, numbers=told, status=422)
    return redirect(url_for("migration.batch", id=made), code=303)
