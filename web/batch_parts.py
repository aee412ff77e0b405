"""What the pages of batches have in common: how one stands, how its file was read, its columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.contracts.text import Text
from core.files.reading import ByHand
from core.files.told import Repair
from core.models import Batch
from core.services import batch_memory, batch_rows, batches, sku_export, uploads
from core.services.outcome import Wrong
from web import cards, sessions
from web.database import db
from web.forms import new_submission, whole
from web.i18n import tr
from web.render import note

SHOWN_COLUMNS = 40
MOST_HEADS = 1_000
"""No header row stands further down."""
TWICE = Text(
    "{first}번째 열과 {again}번째 열에 같은 이름을 골랐습니다. 둘 가운데 하나를 바꿔 주세요.",
    "Columns {first} and {again} have the same name. Change one of them.",
)
FORM = 2**20
"""What the other fields of an upload may take."""


@dataclass(frozen=True)
class Opened:
    """A batch as its page begins: the rows of the view that is asked for (none while they are
    read), and what the templates of all batches take."""

    reading: bool
    live: bool
    counts: Mapping[str, int]
    view: str
    rows: batch_rows.Slice
    context: Mapping[str, Any]


def opened(found: Batch, views: Sequence[str], size: int) -> Opened:
    """How a batch stands, with as many rows as its page shows."""
    session = db.session()
    command = batches.command_of(session, found)
    live = batches.is_live(session, found)
    reading = live and found.state == "reading"
    counts = _counts_of(session, found, views, reading=reading)
    asked = request.values.get("view", "")
    view = asked if asked in views else ""
    after, before = number_of("after"), number_of("before")
    rows = batch_rows.Slice([])
    if not reading:
        rows = batch_rows.rows(session, found.id, view, after=after, before=before, limit=size)
    back = sku_export.last_return(session, found.id)
    context = {
        "batch": found,
        "live": live,
        "card": cards.card(command) if command is not None else None,
        "state": _state_of(found, live),
        "counts": counts,
        "view": view,
        "sheets": sheets_of(found) if found.state == "unmapped" else [],
        "back": {"card": cards.card(back), "id": back.id, "ready": sku_export.is_there(back)}
        if back is not None
        else None,
        "kept": _kept_of(found, live),
        "submission": new_submission(),
    }
    return Opened(reading, live, counts, view, rows, context)


def _state_of(found: Batch, live: bool) -> str:
    """How the page stands: as stored, but `stopped` where nobody is at work any more."""
    at_work = found.state in ("reading", "applying", "filling")
    return "stopped" if at_work and not live else found.state


def _kept_of(found: Batch, live: bool) -> int:
    """For how many days its upload is kept, where a person may take it away; else 0."""
    if live or not uploads.is_there(found.file):
        return 0
    unread = found.state in batch_memory.UNREAD
    return (batch_memory.UNREAD_KEPT if unread else uploads.KEPT).days


def _counts_of(
    session: Session, found: Batch, views: Sequence[str], *, reading: bool
) -> dict[str, int]:
    """How many rows each view shows: none yet while they are read, else as the batch keeps it
    from when work at it ended. Counting 100,000 rows takes longer than all the rest of a page."""
    if reading:
        return dict.fromkeys(views, 0)
    if found.state in ("ready", "ended") and found.counts:
        return {name: found.counts.get(name, 0) for name in views}
    return batch_rows.counts(session, found.id, views)


def number_of(name: str) -> int:
    """A row number of the address; 0 where it is none."""
    return whole(request.args.get(name, ""))


def told_of(found: Batch, names: Mapping[str, Text]) -> dict[str, Any] | None:
    """What reading the file showed: where the table stood, and what was mended or left out."""
    told = found.told
    if not told or "found" not in told:
        return None
    labels = {name: tr(label) for name, label in names.items()}
    where = told["found"]
    return {
        "sheet": where["sheet"],
        "row": where["row"],
        "rows": told["rows"],
        "blank": told["blank"],
        "totals": told["totals"],
        "claimed": told["claimed"],
        "columns": [
            (labels[name], where["headers"].get(name, ""))
            for name in where["columns"]
            if name in labels
        ],
        "unknown": where["unknown"],
        "twice": where["twice"],
        "missing": [labels[name] for name in where["missing"] if name in labels],
        "repairs": [(tr(Repair(name).label), count) for name, count in told["repairs"].items()],
        "lost_zeros": [
            (labels.get(name, name), count) for name, count in told["lost_zeros"].items()
        ],
    }


def sheets_of(found: Batch) -> list[dict[str, Any]]:
    """The beginnings of the sheets, to say by hand which column is which."""
    look = (found.told or {}).get("look") or {}
    guess = look.get("found") or {}
    return [
        {
            "name": one["name"],
            "rows": [cells[:SHOWN_COLUMNS] for cells in one["rows"]],
            "width": min(SHOWN_COLUMNS, max(map(len, one["rows"]), default=0)),
            "row": guess["row"] if guess.get("sheet") == one["name"] else 1,
            "guess": {place: name for name, place in guess["columns"].items()}
            if guess.get("sheet") == one["name"]
            else {},
        }
        for one in look.get("sheets", ())
    ]


def drop(batch_id: str, back: str) -> Response:
    """Take the upload of a batch away, and return to its page."""
    try:
        batches.drop_file(batch_id, sessions.actor())
        note("ok", _("올린 파일을 지웠습니다."))
    except Wrong as wrong:
        for text in wrong.fields.values():
            note("warn", tr(text))
    return redirect(back, code=303)


def by_hand(names: Collection[str]) -> ByHand:
    """Which column is which, as the form says it. Raises Wrong where one is chosen twice."""
    chosen: dict[str, int] = {}
    for at in range(SHOWN_COLUMNS):
        name = request.form.get(f"c-{at}", "")
        if name in names and name in chosen:
            raise Wrong({"": TWICE.format(first=chosen[name] + 1, again=at + 1)})
        if name in names:
            chosen[name] = at
    row = whole(request.form.get("row", ""))
    return ByHand(request.form.get("sheet", ""), row if row < MOST_HEADS else 0, chosen)
