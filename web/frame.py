"""What the frame of every page shows: who is here, what waits, and the work that runs now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, current_app, g, get_flashed_messages, url_for
from flask_babel import gettext as _
from sqlalchemy import Table, func, or_

import hanpan
from core import clock
from core.ledger import kinds
from core.models.channel import Channel
from core.models.order import OrderLine
from core.models.work import LIVE, Command
from core.services import notices
from core.services.job_list import LISTED
from core.services.kind_names import LOOKUP, PUSH
from core.store import select_in
from web import channel_state
from web.database import db
from web.health import redis_answers
from web.i18n import language, span, theme
from web.security import token

NOTHING = {"new": 0, "trouble_channels": 0, "jobs": 0, "notices": 0}


def init_app(app: Flask) -> None:
    """Give every template what `base.html` asks for."""
    app.context_processor(frame)


def frame() -> dict[str, Any]:
    """The context of `base.html`; asks the database only for somebody who has logged in."""
    settings = current_app.config["HANPAN"]
    login = None if g.get("broken") else g.get("login")
    return {
        "lang": language(),
        "theme": theme(),
        "me": login.user if login else None,
        "workspace": login.workspace if login else None,
        "side_counts": _counts() if login else NOTHING,
        "live_job": _live_job() if login else None,
        "csrf_token": token(),
        "insecure": settings.insecure_http and not settings.proxy_hops,
        "asleep": login is not None and not redis_answers(),
        "demo_clock": _moved_clock(),
        "flash": get_flashed_messages(with_categories=True),
        "version": hanpan.__version__,
    }


def _counts() -> dict[str, int]:
    lines, channels, commands = _table(OrderLine), _table(Channel), _table(Command)
    return {
        "new": _count(lines, lines.c.state == "new"),
        "trouble_channels": _count(
            channels,
            channels.c.state == "needs_you",
            channels.c.archived_at.is_(None),
            or_(
                channels.c.practice,
                channels.c.marketplace.not_in(channel_state.closed_markets()),
            ),
        ),
        "jobs": _count(commands, commands.c.state.in_(LIVE), LISTED),
        "notices": notices.unseen(db.session()),
    }


def _count(table: Table, *conditions: Any) -> int:
    return int(db.session.scalar(select_in(table, func.count()).where(*conditions)) or 0)


def _live_job() -> dict[str, Any] | None:
    """The work that began last among what runs now, unless it comes by itself."""
    commands = _table(Command)
    found = db.session.execute(
        select_in(
            commands,
            commands.c.id,
            commands.c.kind,
            commands.c.progress_done,
            commands.c.progress_total,
        )
        .where(
            commands.c.state == "running",
            commands.c.standing.is_(False),
            commands.c.kind.not_in((LOOKUP, PUSH)),
        )
        .order_by(commands.c.started_at.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    kind = kinds.get(found.kind)
    return {
        "title": kind.title.in_(language()) if kind else found.kind,
        "done": found.progress_done,
        "total": found.progress_total,
        "url": url_for("jobs.show", id=found.id),
    }


def _moved_clock() -> str | None:
    moved = timedelta(seconds=clock.offset())
    if not moved:
        return None
    if moved > timedelta():
        return str(
            _("연습 시계가 실제보다 %(span)s 앞서 있습니다.", span=span(moved.total_seconds()))
        )
    return str(_("연습 시계가 실제보다 %(span)s 늦습니다.", span=span(-moved.total_seconds())))


def _table(model: type[Any]) -> Table:
    table: Table = model.__table__
    return table
