"""상품 가져오기: the channel and the way, what was found, and its rows chosen and imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core import registry
from core.contracts.text import Text
from core.files import limits
from core.models import Channel
from core.services import (
    batches,
    channels,
    migration,
    migration_parsers,
)
from core.services.outcome import Missing, Wrong
from web import batch_parts, channel_state, migration_rows, sessions
from web.access import row
from web.database import db
from web.forms import Form, blank, new_submission, read, submission
from web.render import page

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
            "channel": known.get(one.channel_id or ""),
            "name": migration_rows.name_of(one),
        }
        for one in found
    ]


@imports.get("/to/<id>")
def ways(id: str) -> Response:
    """Say how listings of a channel are imported: from files, by a search, by numbers."""
    return _ways()


def _ways(
    errors: Mapping[str, Text] | None = None,
    form: Form | None = None,
    numbers: str = "",
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
        most=limits.MOST_BYTES // 2**20,
        most_rows=limits.MOST_ROWS,
        most_numbers=migration.MOST_NUMBERS,
        recent=_recent(channel),
        submission=new_submission(),
    )


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
    cleaned, form = read(sync.search.fields)
    try:
        made = migration.submit_search(
            id,
            migration_rows.typed(sync.search.fields),
            sessions.actor(),
            submission=submission() or new_submission(),
        )
    except Wrong as wrong:
        form.errors = {**cleaned.problems, **wrong.fields}
        return _ways(form=form, status=422)
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
