"""Jobs as the pages show them: as rows, where what they wait for is mended, what they changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from core import clock
from core.models import Batch, Channel, Command
from core.services import batches, job_list, job_words, jobs, listing_sync, match_results
from core.services.kind_names import BATCHED, LISTINGS_SYNC
from web import cards, channel_state, line_words, listing_words, match_words, migration_rows
from web.database import db


def shown(command: Command, known: dict[str, Channel]) -> dict[str, Any]:
    """A command as a row of a list, and as the head of its own page."""
    channel = known.get(command.channel_id or "")
    return {
        "command": command,
        "card": cards.card(command),
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace) if channel else None,
        "who": line_words.person(command.created_by),
        "outcome": job_words.outcome(command) if command.state in job_list.ENDED else None,
        "retry": jobs.can_retry(command),
        "mend": _mend(command, channel),
        "state": job_list.shown_state(command),
    }


def _mend(command: Command, channel: Channel | None) -> dict[str, str] | None:
    """Where that is changed for which a held command waits: {label, href}."""
    if command.state != "held" or channel is None:
        return None
    if command.held_for == "plugin":
        return {"label": _("플러그인 보기"), "href": url_for("plugins.index")}
    if command.held_for == "switch":
        href = url_for("setup.index", id=channel.id, _anchor="switches")
        return {"label": _("연동설정 열기"), "href": href}
    if command.held_for in ("paused", "needs_you", "restored", "approval", "sunset"):
        return {"label": _("채널 열기"), "href": url_for("setup.index", id=channel.id)}
    return None


def standing(command: Command, known: dict[str, Channel]) -> dict[str, Any]:
    """A command that comes by itself: as a row, with when it is due."""
    channel = known.get(command.channel_id or "")
    due = datetime.fromtimestamp(command.next_at, UTC)
    return {
        **shown(command, known),
        "idle": jobs.idle(command),
        "due": due,
        "wait": (due - clock.now()).total_seconds(),
        "collected_at": channel.collected_at if channel else None,
        "trouble": job_words.trouble(command),
    }


def synced(command: Command) -> list[dict[str, Any]]:
    """What a [동기화] found changed, listing by listing."""
    if command.kind != LISTINGS_SYNC:
        return []
    found = listing_sync.changed_of(db.session(), command)
    return [{"listing": one, "said": listing_words.changes(events)} for one, events in found]


def matched(command: Command, known: dict[str, Channel]) -> list[dict[str, Any]]:
    """The options that a job matched with SKUs, and how."""
    found = match_results.of_command(db.session(), command)
    return [
        {
            "one": one,
            "channel": known[one.row.channel_id],
            "market": channel_state.market_of(known[one.row.channel_id].marketplace),
            "how": match_words.how_word(one.row.how),
        }
        for one in found
    ]


def batch_of(command: Command) -> dict[str, str] | None:
    """The page of the file, or of the search, that a job is about: {label, href}."""
    if command.kind not in BATCHED:
        return None
    found = db.session.get(Batch, command.natural_key)
    if found is None:
        return None
    page_of = "skus.batch" if found.kind == batches.CATALOGUE else "migration.batch"
    stopped = command.state == "cancelled" and found.command_id == command.id
    label = _("멈춘 곳에서 이어 하기") if stopped else migration_rows.name_of(found)
    return {"label": str(label), "href": url_for(page_of, id=found.id)}
