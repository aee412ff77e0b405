"""Which channels wait for a person, and why: 오늘 counts them as it lists them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from core import clock, registry
from core.models import Channel, Command
from core.models.work import LIVE
from core.services.job_list import LISTED
from core.services.kind_names import VERIFY
from core.services.lateness import collects_late
from web import channel_state, sessions
from web.database import db
from web.i18n import ago, tr

CHECKED_BY = timedelta(minutes=2)
"""A first check that took longer does not get on."""
BROKEN = ("needs_you", "plugin", "unchecked", "never")
STOPPED = ("restored", "paused")
OFF = ("off", "orders_off")
UNREAD = ("unchecked", "never", *STOPPED, *OFF)
"""Of these it is said that no new orders come in."""

Ask = dict[str, Any]


@dataclass(frozen=True)
class Waiting:
    """A channel that does not do its work, and `why`: one of BROKEN, STOPPED, OFF, or late."""

    channel: Channel
    why: str
    held: int

    @property
    def tone(self) -> str:
        """How bad it is: what a person stopped or switched off is less than what broke."""
        return "warn" if self.why in ("paused", *OFF) else "bad"


def of(live: list[Channel]) -> list[Waiting]:
    """The channels that wait for a person, in their order."""
    checks = _checks()
    held = _held()
    found = [(channel, _why(channel, checks.get(channel.id))) for channel in live]
    return [Waiting(channel, why, held.get(channel.id, 0)) for channel, why in found if why]


def _checks() -> Mapping[str, Command]:
    """The connection checks that are under way, by channel."""
    found = db.session.scalars(
        select(Command).where(Command.kind == VERIFY, Command.state.in_(LIVE))
    )
    return {command.channel_id or "": command for command in found}


def _held() -> Mapping[str, int]:
    """How many listed jobs of each channel are held."""
    rows = db.session.execute(
        select(Command.channel_id, func.count())
        .where(Command.state == "held", LISTED)
        .group_by(Command.channel_id)
    )
    return {channel or "": int(count) for channel, count in rows}


def _why(channel: Channel, check: Command | None) -> str:
    key = channel_state.key_of(channel, running=check is not None)
    if key == "checking" and check is not None:
        slow = clock.now() - check.created_at > CHECKED_BY
        return "never" if check.attempt or check.state == "held" or slow else ""
    if key == "paused":
        return "restored" if (channel.note or {}).get("resume") else "paused"
    if key != "active":
        return key if key in (*BROKEN, *OFF) else ""
    if not channel.on_order and channel.marketplace in registry.current().orders:
        return "orders_off"
    return "late" if collects_late(channel) else ""


def said(found: list[Waiting]) -> str:
    """How many wait for what, in one line."""
    counts = Counter(waiting.why for waiting in found)
    groups = (
        (_("연결을 확인할 채널 %(n)s곳", n=_sum(counts, BROKEN)), BROKEN),
        (_("수집이 늦은 채널 %(n)s곳", n=counts["late"]), ("late",)),
        (_("멈춰 둔 채널 %(n)s곳", n=_sum(counts, STOPPED)), STOPPED),
        (_("연동을 꺼 둔 채널 %(n)s곳", n=_sum(counts, OFF)), OFF),
    )
    told = [str(text) for text, names in groups if _sum(counts, names)]
    return " · ".join(told) or str(_("모든 채널이 잘 움직입니다"))


def _sum(counts: Counter[str], names: tuple[str, ...]) -> int:
    return sum(counts[name] for name in names)


def ask(waiting: Waiting) -> Ask:
    """The channel as 확인이 필요해요 draws it; `post` is what its button sends, if anything."""
    channel, why = waiting.channel, waiting.why
    market = channel_state.market_of(channel.marketplace)
    title, text = _words(channel, why, str(tr(market.label)))
    if waiting.held and why in (*STOPPED, *OFF):
        text += " " + _("기다리는 작업 %(n)s건.", n=waiting.held)
    shown: Ask = {
        "channel": channel,
        "market": market,
        "tone": waiting.tone,
        "icon": "player-pause" if why in (*STOPPED, *OFF) else "alert-triangle",
        "title": title,
        "text": text,
        "href": url_for("setup.index", id=channel.id, _anchor="switches" if why in OFF else None),
        "button": _("연동설정 열기") if why in OFF else _("채널 확인하기"),
        "post": "",
    }
    if why in STOPPED and sessions.me().user.role == "owner":
        shown |= {
            "post": url_for("setup.resume", id=channel.id),
            "button": channel_state.resume_label(channel),
        }
    return shown


def _words(channel: Channel, why: str, name: str) -> tuple[str, str]:
    """What is the matter, and what it means."""
    words = {
        "needs_you": (
            _("%(name)s 채널이 멈췄습니다", name=name),
            tr(channel.problem) or _("연결 정보를 확인해 주세요."),
        ),
        "plugin": (
            _("%(name)s 채널의 플러그인이 없습니다", name=name),
            _("작업이 기다립니다. 플러그인 화면에서 이유를 확인해 주세요."),
        ),
        "unchecked": (
            _("%(name)s 채널의 연결을 확인하지 못했습니다", name=name),
            _("채널에서 이유를 보고 다시 확인해 주세요."),
        ),
        "never": (
            _("%(name)s 채널에 아직 연결되지 않았습니다", name=name),
            _("연결을 거듭 시도하고 있습니다. 채널에서 이유를 확인해 주세요."),
        ),
        "restored": (
            _("%(name)s 채널이 백업을 되돌린 뒤 멈춰 있습니다", name=name),
            _("다시 시작하면 지금까지의 주문을 먼저 수집합니다."),
        ),
        "paused": (
            _("%(name)s 채널을 일시정지해 두었습니다", name=name),
            _("멈춘 동안의 주문은 다시 시작할 때 가져옵니다."),
        ),
        "off": (
            _("%(name)s 채널의 연동이 꺼져 있습니다", name=name),
            _("API 연동설정에서 켜 주세요."),
        ),
        "orders_off": (
            _("%(name)s 채널의 주문 API가 꺼져 있습니다", name=name),
            _("API 연동설정에서 켜 주세요."),
        ),
        "late": (
            _("%(name)s 주문이 들어오지 않고 있습니다", name=name),
            _("마지막 수집은 %(ago)s입니다.", ago=ago(channel.collected_at))
            if channel.collected_at
            else _("연결한 뒤로 한 번도 수집하지 못했습니다."),
        ),
    }
    title, text = words[why]
    unread = _("이 채널의 새 주문은 들어오지 않습니다.") + " " if why in UNREAD else ""
    return str(title), unread + str(text)
