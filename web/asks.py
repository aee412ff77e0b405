"""확인이 필요해요: the channels, lines, jobs and plugins that wait for a person, with a button."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from core import registry
from core.models import Channel, Command
from core.services import board, job_words, push_rows, setup
from core.services.job_list import LISTED
from web import approval, attention, channel_state
from web.attention import Waiting
from web.database import db
from web.i18n import language, tr


def of(
    live: list[Channel], waiting: list[Waiting], counts: dict[str, int], overdue: int
) -> list[dict[str, Any]]:
    """Everything that waits for a person, what is broken first.

    `waiting` are the channels that do not do their work, `counts` the lines of each view of the
    board, `overdue` those whose deadline has passed.
    """
    known = {channel.id: channel for channel in live}
    stopped = {one.channel.id for one in waiting}
    found = [attention.ask(one) for one in waiting]
    found += [
        ask
        for channel in live
        if channel.id not in stopped and (ask := _of_channel(channel)) is not None
    ]
    found += _of_lines(counts, overdue)
    found += _of_listings()
    found += _of_commands(known, stopped)
    found += [
        {
            "tone": "bad",
            "icon": "plug",
            "title": _("쓰지 않는 플러그인: %(name)s", name=problem.plugin),
            "text": _("선언에 잘못이 있어 뺐습니다. 이 플러그인의 채널은 기다립니다."),
            "href": url_for("plugins.index"),
            "button": _("이유 보기"),
            "channel": None,
        }
        for problem in registry.current().problems
    ]
    return sorted(found, key=lambda ask: ("bad", "warn", "").index(ask["tone"]))


def _of_channel(channel: Channel) -> dict[str, Any] | None:
    """What is to be done on a channel that does its work."""
    shown = {
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace),
        "href": url_for("setup.index", id=channel.id),
    }
    name = tr(channel_state.market_of(channel.marketplace).label)
    if registry.has_closed(channel):
        return None
    awaited = approval.of(channel)
    if awaited is not None:
        return shown | {
            "tone": "warn" if awaited.overdue else "",
            "icon": "hourglass",
            "title": _("%(name)s: %(what)s", name=name, what=awaited.title),
            "text": f"{awaited.progress} {awaited.expected}",
            "button": _("지금 확인"),
            "post": url_for("setup.check", id=channel.id),
            "also": _("설정 이어서 하기")
            if not setup.complete(db.session(), channel)
            else _("채널 열기"),
        }
    if channel_state.expires_soon(channel):
        return shown | {
            "tone": "warn",
            "icon": "key",
            "title": _(
                "%(name)s 키 기한: %(left)s", name=name, left=channel_state.key_left(channel)
            ),
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


def _of_lines(counts: dict[str, int], overdue: int) -> list[dict[str, Any]]:
    """Lines that wait for a person, by the figures of the board and with its addresses."""
    found = []
    if counts["refused"]:
        found.append(
            {
                "tone": "bad",
                "icon": "alert-circle",
                "title": _("발주확인 %(n)s건이 거절되었습니다", n=figure(counts["refused"])),
                "text": _("주문마다 이유와 할 일이 적혀 있습니다."),
                "href": url_for("orders.index", view="refused"),
                "button": _("거절된 주문 보기"),
                "channel": None,
            }
        )
    if overdue:
        found.append(
            {
                "tone": "bad",
                "icon": "clock",
                "title": _("발송기한이 지난 주문이 %(n)s건 있습니다", n=figure(overdue)),
                "text": _("오늘까지 보낼 것은 모두 %(n)s건입니다.", n=figure(counts["due"])),
                "href": url_for("orders.index", view="due", sort="due"),
                "button": _("기한이 가까운 순서로 보기"),
                "channel": None,
            }
        )
    if counts["oversold"]:
        found.append(
            {
                "tone": "bad",
                "icon": "package",
                "title": _("초과판매된 주문이 %(n)s건 있습니다", n=figure(counts["oversold"])),
                "text": _(
                    "재고보다 더 팔렸습니다. 재고를 채우거나, 보낼 수 없는 주문은 "
                    "판매자센터에서 취소해 주세요."
                ),
                "href": url_for("orders.index", view="oversold", sort="due"),
                "button": _("초과판매 주문 보기"),
                "channel": None,
            }
        )
    if counts["claims"]:
        found.append(
            {
                "tone": "warn",
                "icon": "arrow-back-up",
                "title": _("취소·반품·교환 요청이 %(n)s건 있습니다", n=figure(counts["claims"])),
                "text": _(
                    "판매자센터에서 답해 주세요. 한판에서 답하는 기능은 다음 판에 들어옵니다."
                ),
                "href": url_for("orders.index", view="claims"),
                "button": _("요청 보기"),
                "channel": None,
            }
        )
    return found


def _of_listings() -> list[dict[str, Any]]:
    """What a marketplace did not take of the stock, state or display of linked listings."""
    count = push_rows.refused(db.session())
    if not count:
        return []
    return [
        {
            "tone": "bad",
            "icon": "alert-circle",
            "title": _("재고를 보내지 못한 상품이 %(n)s개 있습니다", n=f"{count:,}"),
            "text": _(
                "상품마다 이유와 할 일이 적혀 있습니다. 그동안 판매채널의 재고는 예전 그대로입니다."
            ),
            "href": url_for("listings.index", view="refused"),
            "button": _("보내지 못한 상품 보기"),
            "channel": None,
        }
    ]


def figure(count: int) -> str:
    """A count of lines as it is shown: nobody reads further than the cap."""
    return f"{board.CAP:,}+" if count > board.CAP else f"{count:,}"


WITH_CHANNEL = ("needs_you", "paused", "restored", "switch", "plugin")
"""What waits for its channel is said with it."""
BY_ITSELF = ("approval", "sunset")
"""What waits for the marketplace is no person's business."""


def _of_commands(known: dict[str, Channel], stopped: set[str]) -> list[dict[str, Any]]:
    """Commands that wait for a person; those held with their channel are said once, above."""
    session = db.session()
    found = session.scalars(
        select(Command)
        .where(Command.state.in_(("held", "review")), LISTED)
        .order_by(Command.state.desc(), Command.changed_at.desc())
        .limit(50)
    )
    asks = []
    for command in found:
        channel = known.get(command.channel_id or "")
        if command.state == "held" and command.held_for in BY_ITSELF:
            continue
        if command.held_for in WITH_CHANNEL and command.channel_id in stopped:
            continue
        name = job_words.title(session, command).in_(language())
        review = command.state == "review"
        title = _("%(job)s: 결과를 정해 주세요", job=name) if review else ""
        asks.append(
            {
                "tone": "warn",
                "icon": "help-circle" if review else "player-pause",
                "title": title or _("기다리는 작업: %(job)s", job=name),
                "text": tr(job_words.trouble(command)),
                "href": url_for("jobs.show", id=command.id),
                "button": _("결과 정하기") if review else _("작업 보기"),
                "channel": channel,
                "market": channel_state.market_of(channel.marketplace) if channel else None,
            }
        )
    return asks
