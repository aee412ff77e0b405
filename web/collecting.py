"""What a press of [주문 수집] set going: a row per channel that says how far it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from core import clock, registry
from core.models import Channel, Command
from core.services import channels, figures
from core.services.job_words import trouble
from core.services.kind_names import COLLECT
from web import channel_state
from web.database import db
from web.i18n import span

SHOWN = timedelta(minutes=10)
"""So long after the press its rows are shown."""


def pressed_at(value: str) -> datetime | None:
    """The moment of a press, as an address carries it; None when it is over or no such moment."""
    if not value.isascii() or not value.isdigit() or len(value) > 13:
        return None
    moment = datetime.fromtimestamp(int(value) / 1000, UTC)
    age = clock.now() - moment
    return moment if timedelta(seconds=-5) <= age < SHOWN else None


def mark() -> str:
    """This moment, as an address carries it."""
    return str(int(clock.now().timestamp() * 1000))


def able(found: list[Channel]) -> list[Channel]:
    """The channels whose orders are collected."""
    known = registry.current().orders
    return [
        channel
        for channel in found
        if channel.marketplace in known
        and channel.state in ("active", "needs_you", "paused")
        and not registry.has_closed(channel)
    ]


def takes(channel: Channel) -> bool:
    """Whether the channel's new orders come only by a press that confirms them."""
    taking = registry.current().taking(channel.marketplace) is not None
    switched = channel.on_all and channel.on_order
    return channels.works(channel) and switched and taking and channel.confirm_mode == "manual"


def often(found: list[Channel]) -> str:
    """How often the channels are collected: 5분마다, or 5분~10분마다; "" where none is."""
    known = registry.current().orders
    spans = sorted(known[channel.marketplace].every for channel in able(found))
    if not spans:
        return ""
    least, most = (span(one.total_seconds()) for one in (spans[0], spans[-1]))
    if least == most:
        return str(_("%(span)s마다", span=least))
    return str(_("%(least)s~%(most)s마다", least=least, most=most))


def shown(moment: datetime | None) -> dict[str, Any] | None:
    """The rows since a press: {rows, live, stuck, fresh, since, at}; None without a press."""
    if moment is None:
        return None
    session = db.session()
    standing = {
        command.channel_id: command
        for command in session.scalars(
            select(Command).where(Command.kind == COLLECT, Command.standing.is_(True))
        )
        if command.state in ("ready", "running", "held", "review")
    }
    fresh = figures.seen_since(session, moment)
    rows = [
        _row(channel, standing.get(channel.id), moment, fresh.get(channel.id, 0))
        for channel in able(channels.live(session))
    ]
    return {
        "rows": rows,
        "live": any(row["state"] in ("running", "ready") for row in rows),
        "stuck": sum(row["state"] in ("waiting", "held") for row in rows),
        "fresh": sum(row["fresh"] for row in rows),
        "since": str(round(moment.timestamp() * 1000)),
        "at": max(
            (row["channel"].collected_at for row in rows if row["channel"].collected_at),
            default=None,
        ),
    }


def _row(channel: Channel, command: Command | None, moment: datetime, fresh: int) -> dict[str, Any]:
    state, why = "held", None
    if command is not None and command.state in ("held", "review"):
        why = trouble(command)
    elif command is not None:
        due = command.next_at <= clock.now().timestamp()
        done = channel.collected_at is not None and channel.collected_at >= moment
        state = "done" if done else "running" if command.state == "running" else "ready"
        if state == "ready" and not due:
            state, why = "waiting", trouble(command)
    return {
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace),
        "state": state,
        "why": why,
        "done": command.progress_done if command is not None else 0,
        "fresh": fresh,
    }
