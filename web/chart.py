"""The chart of 오늘: fourteen days of ordered lines per channel, as figures for the template."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from core import clock, registry
from core.models import Channel
from core.services import board, figures
from core.services.lateness import collects_late
from web import channel_state
from web.database import db

LENGTH = 14


def weekdays() -> list[str]:
    """Monday to Sunday."""
    names = (
        _("월요일"),
        _("화요일"),
        _("수요일"),
        _("목요일"),
        _("금요일"),
        _("토요일"),
        _("일요일"),
    )
    return [str(name) for name in names]


def draw(live: list[Channel]) -> dict[str, Any]:
    """Lines by channel and day, drawn by the template; heights are each row's own."""
    session = db.session()
    now = clock.now()
    last = board.today()
    shown = [last - timedelta(days=back) for back in reversed(range(LENGTH))]
    counted = figures.days(session, shown[0])
    week = timedelta(days=7)
    before = figures.between(session, board.midnight(last - week), now - week)
    told = [_row(channel, shown, counted, before) for channel in live]
    rows = [row for row in told if any(row["values"]) or not registry.has_closed(row["channel"])]
    total = [sum(counted.get((channel.id, d), 0) for channel in live) for d in shown]
    return {
        "days": shown,
        "labels": [str(d.day) for d in shown],
        "weekend": [d.weekday() >= 5 for d in shown],
        "total": total,
        "before": sum(before.get(channel.id, 0) for channel in live),
        "same": weekdays()[(last - week).weekday()],
        "rows": rows,
        "href": url_for("orders.index", days="1"),
    }


def _row(
    channel: Channel,
    shown: list[date],
    counted: dict[tuple[str, date], int],
    before: dict[str, int],
) -> dict[str, Any]:
    values = [counted.get((channel.id, d), 0) for d in shown]
    late = channel.state == "needs_you" or collects_late(channel)
    return {
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace),
        "values": values,
        "gaps": _gaps(channel, shown, values, late),
        "before": before.get(channel.id, 0),
        "late": late,
        "href": url_for("orders.index", ch=channel.id, days="1"),
    }


def _gaps(channel: Channel, shown: list[date], values: list[int], late: bool) -> list[int]:
    """Days on which nothing could be collected, so that a 0 means nothing."""
    if channel.activated_at is None or not late:
        return []
    since = clock.kst(channel.collected_at or channel.activated_at).date()
    return [n for n, d in enumerate(shown) if not values[n] and d >= since]
