"""판매기간 자동연장: what the next night would extend, and what the last one did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _

from core import clock
from core.models import Channel, Command
from core.services import channels, extension, extension_plan
from core.services.extension_plan import Due, Preview
from core.services.job_words import text_of
from web import channel_state
from web.database import db
from web.render import page

pages = Blueprint("extension", __name__, url_prefix="/extension")


@pages.get("")
def index() -> Response:
    """Show the plan of every channel; nothing is asked of a marketplace for it."""
    session = db.session()
    live = channels.live(session)
    report = extension.report(session)
    known = {channel.id: channel for channel in live}
    return page(
        "extension/index.html",
        plans=[_plan(extension_plan.preview(session, channel)) for channel in live],
        report=report,
        jobs=[_job(command, known) for command in report.commands] if report else [],
    )


def _plan(plan: Preview) -> dict[str, Any]:
    return {
        "channel": plan.channel,
        "market": channel_state.market_of(plan.channel.marketplace),
        "off": plan.off,
        "able": plan.begins is not None,
        "begins": plan.begins,
        "now": plan.begins is not None and plan.begins <= clock.now(),
        "due": plan.due,
        "going": plan.due - sum(not one.is_open() for one in plan.rows),
        "rows": [_row(one) for one in plan.rows],
        "more": plan.due - len(plan.rows),
        "others": [
            {"why": words, "count": plan.others[why]}
            for why, words in _why().items()
            if plan.others.get(why)
        ],
    }


def _row(one: Due) -> dict[str, Any]:
    refused = one.tried is not None and one.tried.state == "refused"
    return {
        "listing": one,
        "days": (clock.kst(one.sale_ends).date() - clock.kst(clock.now()).date()).days,
        "open": one.is_open(),
        "reason": text_of(one.tried.reason) if refused else None,
        "checking": one.tried is not None and one.tried.state in ("sending", "unknown"),
    }


def _why() -> Mapping[str, str]:
    return {
        "later": _("7일 넘게 남음"),
        "endless": _("끝나는 날이 없음"),
        "ended": _("이미 끝남 (판매자센터에서 다시 판매해 주세요)"),
        "waiting": _("판매대기"),
        "forbidden": _("판매금지"),
        "gone": _("판매채널에 없음"),
    }


def _job(command: Command, known: Mapping[str, Channel]) -> dict[str, Any]:
    channel = known.get(command.channel_id or "")
    counts = command.counts or {}
    return {
        "command": command,
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace) if channel else None,
        "extended": counts.get("done", 0),
        "refused": counts.get("refused", 0),
        "ended": command.ended_at is not None,
    }
