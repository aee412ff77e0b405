"""상품 엑셀: a file taken in, its columns mapped, its rows looked at and applied; and files out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, redirect, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from core.contracts.text import Text
from core.files import limits
from core.models import Batch, Command
from core.services import batch_rows, batches, push_forecast, runple, sku_columns, sku_export
from core.services.outcome import Missing, Wrong
from web import batch_parts, sessions
from web.access import row
from web.database import db
from web.forms import new_submission, submission
from web.i18n import tr
from web.pages.skus import asked_of, skus, value_of
from web.render import note, page

SIZE = 50
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@skus.url_value_preprocessor
def allow_files(endpoint: str | None, values: Mapping[str, Any] | None) -> None:
    """Let the upload, and nothing else, be larger than a form."""
    if endpoint == "skus.upload":
        request.max_content_length = limits.MOST_BYTES + batch_parts.FORM


# -- in -------------------------------------------------------------------------------------------


@skus.get("/files")
def files() -> Response:
    """Say how a file is taken in, and what became of earlier ones."""
    return _files()


def _files(errors: Mapping[str, Text] | None = None, status: int = 200) -> Response:
    session = db.session()
    with_runple = runple.is_used(session)
    return page(
        "skus/files.html",
        status=status,
        errors=errors or {},
        columns=sku_columns.columns(with_runple=with_runple),
        with_runple=with_runple,
        most=limits.MOST_BYTES // 2**20,
        rows=limits.MOST_ROWS,
        recent=[
            {"batch": one, "live": batches.is_live(session, one)}
            for one in batches.recent(session, batches.CATALOGUE)
        ],
        submission=new_submission(),
    )


@skus.post("/upload")
def upload() -> AnyResponse:
    """Take a file in and have it read."""
    mark = submission()
    if mark is None:
        abort(400)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _files({"file": batches.NO_FILE}, 422)
    try:
        with file.stream as stream:
            made = batches.upload(
                batches.CATALOGUE, stream, file.filename, sessions.actor(), submission=mark
            )
    except Wrong as wrong:
        return _files(wrong.fields, 422)
    return redirect(url_for("skus.batch", id=made), code=303)


@skus.get("/files/<id>")
def batch(id: str) -> Response:
    """Show how a file stands: being read, to be mapped, its rows with what they would do."""
    return _batch(row())


def _batch(found: Batch, errors: Mapping[str, Text] | None = None, status: int = 200) -> Response:
    if found.kind != batches.CATALOGUE:
        raise Missing
    opened = batch_parts.opened(found, batch_rows.VIEWS, SIZE)
    return page(
        "skus/batch.html",
        block="live",
        status=status,
        **opened.context,
        views=_views(opened.counts),
        rows=[_shown(one) for one in opened.rows.rows],
        prev=_turn(found, opened.view, "before", opened.rows.before),
        next=_turn(found, opened.view, "after", opened.rows.after),
        told=batch_parts.told_of(found, sku_columns.LABELS),
        columns=sku_columns.columns(with_runple=runple.is_used(db.session())),
        reach=push_forecast.of_file(db.session(), found.id) if found.state == "ready" else (0, 0),
        errors=errors or {},
    )


def _turn(found: Batch, view: str, side: str, number: int) -> str:
    if not number:
        return ""
    told: dict[str, Any] = {"view": view or None, side: number}
    return url_for("skus.batch", id=found.id, **told)


def _views(counts: Mapping[str, int]) -> list[tuple[str, str, int, bool]]:
    words = (
        ("", _("전체"), False),
        ("new", _("새 상품"), False),
        ("changed", _("바뀔 상품"), False),
        ("same", _("그대로"), False),
        ("problem", _("문제 있음"), True),
        ("done", _("적용됨"), False),
        ("refused", _("적용되지 않음"), True),
    )
    return [
        (name, label, counts[name], bad)
        for name, label, bad in words
        if counts[name] or name in ("", "new", "changed", "problem")
    ]


def _shown(one: Any) -> dict[str, Any]:
    """A row as the preview shows it."""
    told = one.changes or {}
    return {
        "row": one,
        "name": one.values.get("name", ""),
        "option": one.values.get("option_name", ""),
        "code": one.values.get("own_code") or one.values.get("our_code") or "",
        "reason": tr(Text.of(one.reason)) if one.reason else "",
        "changes": [
            {
                "label": tr(sku_columns.LABELS[name]),
                "was": value_of(name, was),
                "will": value_of(name, will),
            }
            for name, (was, will) in told.items()
        ],
        "price": one.values.get("price"),
        "on_hand": one.values.get("on_hand"),
    }


@skus.post("/files/<id>/columns")
def columns(id: str) -> AnyResponse:
    """Take a person's word which column is which, and have the file read anew; `again` asks for
    that choice where the columns were found."""
    try:
        if request.form.get("again"):
            batches.map_again(id, sessions.actor())
        else:
            batches.map_by_hand(id, batch_parts.by_hand(sku_columns.LABELS), sessions.actor())
    except Wrong as wrong:
        return _batch(row(), wrong.fields, 422)
    return redirect(url_for("skus.batch", id=id), code=303)


@skus.post("/files/<id>/read")
def read_again(id: str) -> AnyResponse:
    """Read a file once more of which the reading was stopped."""
    batches.read_again(id, sessions.actor())
    return redirect(url_for("skus.batch", id=id), code=303)


@skus.post("/files/<id>/drop")
def drop_file(id: str) -> AnyResponse:
    """Take the upload away at once."""
    return batch_parts.drop(id, url_for("skus.batch", id=id))


@skus.post("/files/<id>/apply")
def apply(id: str) -> AnyResponse:
    """Have the good rows applied."""
    batches.apply(id, sessions.actor(), submission=submission())
    return redirect(url_for("skus.batch", id=id), code=303)


# -- out ------------------------------------------------------------------------------------------


@skus.post("/files/<id>/back")
def give_back(id: str) -> AnyResponse:
    """Have the rows that were left out written as the seller's own file."""
    sku_export.submit_return(id, sessions.actor())
    return redirect(url_for("skus.batch", id=id), code=303)


@skus.post("/export")
def export() -> AnyResponse:
    """Have everything that was found written into a file."""
    mark = submission()
    if mark is None:
        abort(400)
    asked = asked_of(request.form)
    sku_export.submit_export(asked.wanted, sessions.actor(), submission=mark)
    note("accent", _("엑셀을 만들고 있습니다. 다 되면 이 화면에서 받을 수 있습니다."))
    return redirect(asked.address(edit=""), code=303)


@skus.get("/exports/<id>")
def download(id: str) -> Response:
    """Give a file that was written."""
    command: Command = row()
    path, name = sku_export.file_of(command)
    return send_file(path, mimetype=MIME, as_attachment=True, download_name=name)
