"""상품 가져오기: what was found, its rows chosen, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.contracts.text import Text
from core.models import Batch
from core.services import (
    batch_rows,
    batches,
    channels,
    migration,
    migration_choices,
    shipping,
    sku_export,
)
from core.services.outcome import Missing, Wrong
from web import batch_parts, channel_state, migration_rows, sessions
from web.access import row
from web.database import db
from web.forms import new_submission, submission, whole
from web.i18n import tr
from web.pages.migration import imports
from web.render import page

SIZE = 100


# -- what was found --------------------------------------------------------------------------------


@imports.get("/<id>")
def batch(id: str) -> Response:
    """Show how a batch stands: being read, to be mapped, its rows, and what became of them."""
    return _batch(_found())


def _found() -> Batch:
    """The batch of listings that the address names."""
    found: Batch = row()
    if found.kind != batches.LISTINGS:
        raise Missing
    return found


def _batch(found: Batch, errors: Mapping[str, Text] | None = None, status: int = 200) -> Response:
    session = db.session()
    channel = channels.get(session, str(found.channel_id))
    opened = batch_parts.opened(found, batch_rows.LISTING_VIEWS, SIZE)
    counts, view, rows = opened.counts, opened.view, opened.rows
    place = min(batch_parts.number_of("at"), counts[view])
    parser = migration_rows.parser_of(found, channel)
    return page(
        "migration/batch.html",
        block="live",
        status=status,
        **opened.context,
        name=migration_rows.name_of(found, tr(channel_state.market_of(channel.marketplace).label)),
        channel=channel,
        market=channel_state.market_of(channel.marketplace),
        views=migration_rows.views(counts),
        rows=migration_rows.shown(rows.rows, channel),
        first=place + 1 if rows.rows else 0,
        last=place + len(rows.rows),
        prev=_turn(found, view, "before", rows.before, max(0, place - SIZE)),
        next=_turn(found, view, "after", rows.after, place + len(rows.rows)),
        importable=0 if opened.reading else migration_choices.importable(session, found.id, view),
        may_choose=not opened.live
        and found.state in migration_choices.CHOOSABLE
        and (not counts["done"] or migration_choices.importable(session, found.id, "") > 0),
        templates=shipping.of_channel(session, channel),
        choices=found.choices,
        told=batch_parts.told_of(found, {c.name: c.label for c in parser.columns})
        if parser is not None
        else None,
        rival=migration_rows.rival_of(found, channel),
        columns=parser.columns if parser is not None else (),
        result=found.choices.get("result") or {},
        errors=errors or {},
    )


def _turn(found: Batch, view: str, side: str, number: int, at: int) -> str:
    if not number:
        return ""
    told: dict[str, Any] = {"view": view or None, side: number, "at": at or None}
    return url_for("migration.batch", id=found.id, **told)


@imports.post("/<id>/columns")
def columns(id: str) -> AnyResponse:
    """Take a person's word which column is which, and have the file read anew; `again` asks for
    that choice where the columns were found."""
    found = _found()
    parser = migration_rows.parser_of(found, channels.get(db.session(), str(found.channel_id)))
    names = {column.name for column in parser.columns} if parser is not None else set()
    try:
        if request.form.get("again"):
            batches.map_again(id, sessions.actor())
        else:
            batches.map_by_hand(id, batch_parts.by_hand(names), sessions.actor())
    except Wrong as wrong:
        return _batch(found, wrong.fields, 422)
    return redirect(url_for("migration.batch", id=id), code=303)


@imports.post("/<id>/read")
def read_again(id: str) -> AnyResponse:
    """Read or search once more what was stopped; a file also by another parser, or all the same."""
    found = _found()
    key = request.form.get("parser", "")
    try:
        if key:
            migration.read_as(id, key, sessions.actor())
        else:
            batches.read_again(id, sessions.actor())
    except Wrong as wrong:
        return _batch(found, wrong.fields, 422)
    return redirect(url_for("migration.batch", id=id), code=303)


@imports.post("/<id>/drop")
def drop_file(id: str) -> AnyResponse:
    """Take the upload away at once."""
    return batch_parts.drop(id, url_for("migration.batch", id=id))


# -- chosen and imported ---------------------------------------------------------------------------


@imports.post("/<id>/import")
def apply(id: str) -> AnyResponse:
    """Have the chosen rows imported, or what was stopped go on."""
    found = _found()
    try:
        if request.form.get("go_on"):
            migration_choices.go_on(id, sessions.actor())
        else:
            form = {name: request.form.get(name, "") for name in ("link", "stock", "shipping")}
            migration_choices.begin(
                id,
                None if request.form.get("all") else _numbers(request.form.getlist("row")),
                request.form.get("view", ""),
                form,
                _own_choices(),
                sessions.actor(),
                submission=submission(),
            )
    except Wrong as wrong:
        return _batch(found, wrong.fields, 422)
    return redirect(url_for("migration.batch", id=id), code=303)


def _numbers(told: list[str]) -> list[int]:
    return [number for one in told if (number := whole(one))]


def _own_choices() -> dict[int, dict[str, str]]:
    """What was chosen for the rows that the page showed."""
    found: dict[int, dict[str, str]] = {}
    for name, value in request.form.items():
        what, dash, number = name.partition("-")
        if dash and what in ("link", "stock") and whole(number):
            found.setdefault(whole(number), {})[what] = value
    return found


@imports.route("/<id>/rows/<int(max=99999999):number>", methods=["GET", "POST"])
def one(id: str, number: int) -> AnyResponse:
    """Choose the SKUs of one row."""
    found = _found()
    errors: Mapping[str, Text] = {}
    if request.method == "POST" and "find" not in request.form:
        try:
            parts = migration_rows.parts_of(request.form)
            migration_choices.choose_skus(id, number, request.form, parts)
            return redirect(url_for("migration.batch", id=id, _anchor=f"r-{number}"), code=303)
        except Wrong as wrong:
            errors = wrong.fields
    session = db.session()
    channel = channels.get(session, str(found.channel_id))
    chosen = migration_choices.row_of(session, id, number)
    return page(
        "migration/row.html",
        status=422 if errors else 200,
        batch=found,
        name=migration_rows.name_of(found, tr(channel_state.market_of(channel.marketplace).label)),
        channel=channel,
        market=channel_state.market_of(channel.marketplace),
        row=migration_rows.shown([chosen], channel)[0],
        options=migration_rows.options_of(session, chosen, migration_rows.parts_of(request.form)),
        form=request.form,
        found=migration_rows.found_skus(session, request.values.get("q", "")),
        q=request.values.get("q", ""),
        errors=errors,
        submission=new_submission(),
    )


@imports.post("/<id>/back")
def give_back(id: str) -> AnyResponse:
    """Have the rows that were left out written as a file."""
    found = _found()
    try:
        sku_export.submit_return(id, sessions.actor())
    except Wrong as wrong:
        return _batch(found, wrong.fields, 422)
    return redirect(url_for("migration.batch", id=id), code=303)
