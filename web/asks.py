"""확인이 필요해요: the channels, jobs and plugins that wait for a person, each with its button."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from core import registry
from core.models import Channel, Command
from core.services import job_words, setup
from web import channel_state
from web.chart import is_late
from web.database import db
from web.i18n import ago, language, moment, tr


def of(live: list[Channel]) -> list[dict[str, Any]]:
    """Everything that waits for a person, what is broken first."""
    known = {channel.id: channel for channel in live}
    found = [ask for channel in live if (ask := _of_channel(channel)) is not None]
    found += _of_commands(known)
    found += [
        {
            "tone": "bad",
            "icon": "plug",
            "title": _("플러그인 %(name)s을(를) 쓰지 않고 있습니다", name=problem.plugin),
            "text": _("선언에 잘못이 있어 뺐습니다. 이 플러그인의 채널은 기다립니다."),
            "href": url_for("plugins.index"),
            "button": _("이유 보기"),
            "channel": None,
        }
        for problem in registry.current().problems
    ]
    return found


def _of_channel(channel: Channel) -> dict[str, Any] | None:
    shown = {
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace),
        "href": url_for("setup.index", id=channel.id),
    }
    name = tr(channel_state.market_of(channel.marketplace).label)
    if channel.state == "needs_you":
        return shown | {
            "tone": "bad",
            "icon": "alert-triangle",
            "title": _("%(name)s 채널이 멈췄습니다", name=name),
            "text": tr(channel.problem) or _("연결 정보를 확인해 주세요."),
            "button": _("채널 확인하기"),
        }
    if channel.state == "waiting":
        since = moment(channel.waiting_since)
        return shown | {
            "tone": "",
            "icon": "hourglass",
            "title": _("%(name)s의 승인을 기다립니다", name=name),
            "text": _("%(since)s에 신청했습니다. 승인되면 자동으로 시작합니다.", since=since),
            "button": _("채널 보기"),
        }
    if is_late(channel):
        return shown | {
            "tone": "bad",
            "icon": "alert-triangle",
            "title": _("%(name)s 주문이 들어오지 않고 있습니다", name=name),
            "text": _("마지막 수집은 %(ago)s입니다.", ago=ago(channel.collected_at)),
            "button": _("채널 확인하기"),
        }
    if channel_state.expires_soon(channel):
        return shown | {
            "tone": "warn",
            "icon": "key",
            "title": _("%(name)s 키가 %(n)s일 뒤 만료됩니다", name=name, n=_days_left(channel)),
            "text": _("판매자센터에서 새로 발급받아 연결 정보에 넣어 주세요."),
            "button": _("키 바꾸기"),
        }
    if channel.state == "active" and not setup.complete(db.session(), channel):
        return shown | {
            "tone": "",
            "icon": "list-check",
            "title": _("%(name)s 채널 설정이 남았습니다", name=name),
            "text": _("남은 단계를 마치면 잠긴 기능이 열립니다. 주문은 지금도 수집합니다."),
            "button": _("설정 이어서 하기"),
        }
    return None


def _is_said_elsewhere(command: Command, channel: Channel | None) -> bool:
    """What waits for its channel is said with it; what a person switched off may rest."""
    if command.held_for == "needs_you":
        return channel is not None
    return command.standing and command.held_for in ("switch", "paused")


def _days_left(channel: Channel) -> int:
    return channel_state.days_left(channel) or 0


def _of_commands(known: dict[str, Channel]) -> list[dict[str, Any]]:
    """Commands that wait for a person; those held with their channel are said once, above."""
    session = db.session()
    found = session.scalars(
        select(Command)
        .where(Command.state.in_(("held", "review")))
        .order_by(Command.state.desc(), Command.changed_at.desc())
        .limit(50)
    )
    asks = []
    for command in found:
        channel = known.get(command.channel_id or "")
        if _is_said_elsewhere(command, channel):
            continue
        name = job_words.title(session, command).in_(language())
        review = command.state == "review"
        title = _("%(job)s: 결과를 정해 주세요", job=name) if review else ""
        asks.append(
            {
                "tone": "warn",
                "icon": "help-circle" if review else "player-pause",
                "title": title or _("%(job)s이(가) 기다립니다", job=name),
                "text": tr(job_words.trouble(command)),
                "href": url_for("jobs.show", id=command.id),
                "button": _("결과 정하기") if review else _("작업 보기"),
                "channel": channel,
                "market": channel_state.market_of(channel.marketplace) if channel else None,
            }
        )
    return asks
