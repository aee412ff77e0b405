"""A command as the job card of a page, in the page's language."""

from __future__ import annotations

from typing import Any

from flask import url_for

from core.models import Command
from core.services import job_words, jobs
from core.services.kind_names import CREATE, DELETE, TAKE, UPDATE, VERIFY
from web.database import db
from web.i18n import tr

WORDED = (VERIFY, CREATE, UPDATE, DELETE, TAKE)
"""Kinds whose end is a sentence and no count."""


def card(command: Command) -> dict[str, Any]:
    """What the macro `job` draws."""
    found = jobs.card(db.session(), command)
    if command.kind in (CREATE, UPDATE, DELETE):
        found |= {"done": 0, "total": 0}  # what it counts is what it reads beforehand
    return {
        **found,
        "title": tr(found["title"]),
        "error": tr(found["error"]),
        "said": tr(job_words.outcome(command)) if _says(command) else "",
        "url": url_for("jobs.show", id=command.id),
    }


def _says(command: Command) -> bool:
    return command.state == "done" and command.kind in WORDED
