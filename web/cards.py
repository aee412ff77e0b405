"""A command as the job card of a page, in the page's language."""

from __future__ import annotations

from typing import Any

from flask import url_for

from core.models import Command
from core.services import jobs
from web.database import db
from web.i18n import tr


def card(command: Command) -> dict[str, Any]:
    """What the macro `job` draws."""
    found = jobs.card(db.session(), command)
    return {
        **found,
        "title": tr(found["title"]),
        "error": tr(found["error"]),
        "url": url_for("jobs.show", id=command.id),
    }
