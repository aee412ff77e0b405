"""Who looked at a buyer's data: in the past of a line, and as the owner's list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from core.models import AuditEntry
from core.services import audit, board, reveal
from web.database import db
from web.i18n import tr

SHOWN = 100
"""So many looks at one line are told in its past."""


def of_line(line_id: str) -> list[tuple[datetime, dict[str, Any]]]:
    """The looks at a line's buyer as entries of its timeline, each with its moment."""
    found = audit.entries(db.session(), action=reveal.REVEAL, subject=line_id, limit=SHOWN)
    return [(entry.at, _told(entry)) for entry in found]


def _told(entry: AuditEntry) -> dict[str, Any]:
    return {
        "title": _("%(name)s 님이 구매자 정보를 보았습니다", name=entry.user_name),
        "who": entry.address,
        "text": reason_of(entry),
        "icon": "eye",
    }


def reason_of(entry: AuditEntry) -> str:
    """Why somebody looked, in the page's language."""
    said = {text.ko: text for text in reveal.REASONS.values()}
    return str(tr(said.get(entry.reason, entry.reason)))


def newest(before: int | None, limit: int) -> list[dict[str, Any]]:
    """The looks below an entry's number, the newest first, each with the line that it was at."""
    session = db.session()
    found = audit.entries(session, action=reveal.REVEAL, before=before, limit=limit)
    lines = board.by_id(session, [line for entry in found for line in entry.subjects])
    return [
        {
            "entry": entry,
            "reason": reason_of(entry),
            "lines": [lines[line] for line in entry.subjects if line in lines],
        }
        for entry in found
    ]
