"""What a channel is doing, as a glyph, a word and, where it is stuck, the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _

from core import clock, registry
from core.contracts.marketplace import Marketplace, Tone
from core.contracts.text import Text
from core.models import Channel, Command
from core.services.job_words import market_code
from core.services.notices import days_left

EXPIRES_SOON = timedelta(days=14)
CLOSED = Text(
    "문을 닫은 판매채널이라 호출하지 않습니다. 지난 주문과 설정은 그대로 볼 수 있습니다.",
    "The marketplace has closed, so nothing is called. Past orders and settings can be looked at.",
)


@dataclass(frozen=True)
class State:
    """`key` is the channel's state, or what stands above it.

    Above it stand plugin, sunset, unchecked, off and archived.
    """

    key: str
    tone: str
    icon: str
    word: str


def market_of(key: str) -> Marketplace:
    """The marketplace; a plain one under its key where its plugin is missing."""
    found = registry.current().marketplaces.get(key)
    if found is not None:
        return found
    return Marketplace(
        key=key, label=Text(key, key), mark=key[:1], tone=Tone.SLATE, bases={}, setup=()
    )


def facets(
    live: Sequence[Channel], counts: Mapping[str, int], address: Callable[..., str]
) -> list[dict[str, Any]]:
    """The chips above a list that show one channel's rows only, each with how many there are."""
    return [
        {
            "channel": channel,
            "market": market_of(channel.marketplace),
            "count": counts.get(channel.id, ""),
            "href": address(ch=channel.id),
        }
        for channel in live
    ]


def key_of(channel: Channel, *, running: bool) -> str:
    """`running` says whether a connection check is under way."""
    if channel.archived_at is not None:
        return "archived"
    if channel.marketplace not in registry.current().marketplaces:
        return "plugin"
    if registry.has_closed(channel):
        return "sunset"
    if channel.state == "checking" and not running:
        return "unchecked"
    if channel.state == "active" and not channel.on_all:
        return "off"
    return channel.state


def state_of(channel: Channel, *, running: bool) -> State:
    """The state as pages show it."""
    key = key_of(channel, running=running)
    shown = {
        "checking": ("flow", "rotate", _("연결 확인 중")),
        "unchecked": ("bad", "alert-triangle", _("확인하지 못함")),
        "active": ("ok", "circle-check", _("연결됨")),
        "waiting": ("flow", "hourglass", _("승인 대기")),
        "off": ("off", "player-pause", _("연동 꺼짐")),
        "needs_you": ("bad", "alert-triangle", _("확인 필요")),
        "paused": ("off", "player-pause", _("일시정지")),
        "archived": ("off", "archive", _("보관함")),
        "plugin": ("bad", "link-off", _("플러그인 없음")),
        "sunset": ("off", "lock", _("서비스 종료")),
    }
    return State(key, *shown[key])


def read_only(channel: Channel) -> Text | None:
    """Why nothing is called for the channel any more, or None where its marketplace is open."""
    return CLOSED if registry.has_closed(channel) else None


def closed_markets() -> list[str]:
    """The keys of the marketplaces that have closed."""
    known = registry.current().marketplaces.values()
    return [market.key for market in known if registry.is_closed(market)]


def key_left(channel: Channel) -> str | None:
    """How long the keys still hold, as every page says it; None where they do not end."""
    days = days_left(channel)
    if days is None:
        return None
    return str(_("%(n)s일 남음", n=days) if days > 0 else _("만료됨"))


def expires_soon(channel: Channel) -> bool:
    """Whether the keys have to be changed now."""
    return channel.expires_at is not None and channel.expires_at - clock.now() < EXPIRES_SOON


def resume_label(channel: Channel) -> str:
    """What the button says that lets a channel go on: also that it will confirm by itself."""
    if channel.confirm_mode != "manual":
        return str(_("다시 시작 (자동 발주확인 켜짐)"))
    return str(_("다시 시작"))


def trouble(channel: Channel, key: str, check: Command | None) -> dict[str, Any] | None:
    """Why the channel is stuck: {"text", "code"}; None where nothing has to be done.

    `check` is its last connection check.
    """
    if key == "plugin":
        text = _(
            "이 판매채널의 플러그인이 빠져 있어 작업이 기다립니다. "
            "플러그인 화면에서 이유를 확인해 주세요."
        )
        return {"text": text, "code": ""}
    if key == "needs_you":
        told = channel.problem or {}
        return {"text": told, "code": told.get("code", "")}
    if key == "unchecked":
        said = check.error_text if check is not None else None
        code = market_code(check) if check is not None else ""
        return {"text": said or _("연결을 확인하지 못했습니다. 다시 확인해 주세요."), "code": code}
    if key == "active" and expires_soon(channel):
        text = _("키가 곧 만료됩니다. 판매자센터에서 새로 발급받아 연결 정보에 넣어 주세요.")
        return {"text": text, "code": ""}
    return None
