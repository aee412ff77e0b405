"""A call of the journal as pages show it: how it went, and its masked bodies."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from core.models import JournalEntry
from core.services import job_items


def shown(entry: JournalEntry, opened: bool) -> dict[str, Any]:
    """A call as its row shows it; `opened` with what it sent and got."""
    tone, word = _outcome(entry)
    return {
        "entry": entry,
        "tone": tone,
        "word": word,
        "open": opened,
        "body": body_of(entry) if opened else None,
    }


def _outcome(entry: JournalEntry) -> tuple[str, str]:
    code = str(entry.status or "")
    words = {
        "ok": ("ok", code),
        "refused": ("bad", _("%(code)s · 거절", code=code)),
        "not sent": ("warn", _("닿지 않음")),
        "unknown": ("warn", _("응답 끊김")),
        "lost": ("warn", _("응답 끊김")),
        "error": ("bad", _("잘못된 응답")),
    }
    return words.get(entry.outcome, ("", f"{code} {entry.outcome}".strip()))


def body_of(entry: JournalEntry) -> Markup | None:
    """The masked request and answer; None when they have been deleted."""
    found = job_items.body_of(entry)
    if found is None:
        return None
    query = f"?{found['query']}" if found.get("query") else ""
    parts = [
        Markup("<b>{}</b> {}{}").format(entry.method, entry.path, query),
        escape(found.get("request") or ""),
        Markup("\n<b>{}</b>").format(entry.status or _("응답 없음")),
        escape(found.get("response") or ""),
    ]
    text = Markup("\n").join(part for part in parts if part)
    hidden = Markup('<span class="hid">{}</span>').format(_("가림"))
    return text.replace("가림", hidden)
