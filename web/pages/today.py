"""오늘: what is to be done now, how collecting goes, and what needs a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import select

from core import clock, registry
from core.models import Channel, OrderLine
from core.services import board, channels, extension, figures, job_list, setup
from core.services.board import Filter
from web import asks, attention, chart, collecting
from web.attention import Waiting
from web.database import db
from web.i18n import ago, span
from web.render import page

today = Blueprint("today", __name__)


@today.get("/")
def index() -> Response:
    """Show the board of the day."""
    session = db.session()
    live = channels.live(session)
    now = clock.now()
    counts, told = board.counts(session, Filter()), figures.figures(session)
    waiting = attention.of(live)
    return page(
        "today/index.html",
        now=now,
        date=format_date(now, _("M월 d일 EEEE")),
        cells=_cells(waiting, counts, told),
        night=extension.report(session),
        chart=chart.draw(live),
        asks=asks.of(live, waiting, counts, told.overdue),
        collecting=collecting.shown(collecting.pressed_at(request.args.get("c", ""))),
        collects=bool(collecting.able(live)),
        often=collecting.often(live),
        next_step=_next_step(live),
    )


# -- the board --------------------------------------------------------------------------------


def _cells(
    waiting: list[Waiting], counts: dict[str, int], told: figures.Figures
) -> list[dict[str, Any]]:
    held_jobs = job_list.waiting(db.session())
    shown = [
        _cell(_("신규"), "new", counts, _oldest(told.oldest_new), flow=1),
        _cell(_("발주확인"), "confirmed", counts, _("포장해서 발송할 차례입니다"), flow=2),
        _cell(_("배송중"), "shipping", counts, _("택배사가 가지고 있습니다"), flow=3),
        _cell(_("배송완료"), "delivered", counts, _("구매확정을 기다립니다"), flow=4),
        _cell(_("오늘 발송 마감"), "due", counts, _due(told), tone=_due_tone(told, counts)),
        _cell(
            _("발주확인 거절"),
            "refused",
            counts,
            _("주문마다 이유가 있습니다"),
            none=_("거절된 것이 없습니다"),
            tone="bad",
        ),
        _cell(
            _("취소·반품·교환 요청"),
            "claims",
            counts,
            _claims(told.claims),
            none=_("들어온 요청이 없습니다"),
        ),
        _cell(
            _("결과 확인 중"),
            "checking",
            counts,
            _("응답이 끊겨 판매채널에 다시 묻고 있습니다"),
            none=_("응답이 끊긴 것이 없습니다"),
            tone="warn",
        ),
    ]
    held = {
        "label": _("보류된 작업"),
        "value": held_jobs,
        "unit": _("건"),
        "sub": _("이유를 보고 이어 해 주세요") if held_jobs else _("멈춰 있는 작업이 없습니다"),
        "href": url_for("jobs.index", state="waiting"),
        "tone": "warn" if held_jobs else "zero",
        "flow": 0,
    }
    needs = {
        "label": _("확인할 채널"),
        "value": len(waiting),
        "unit": _("곳"),
        "sub": attention.said(waiting),
        "href": url_for("channels.index"),
        "tone": min((one.tone for one in waiting), default="zero"),  # bad before warn
        "flow": 0,
    }
    return [*shown, held, needs]


def _cell(
    label: str,
    view: str,
    counts: dict[str, int],
    sub: str,
    *,
    none: str = "",
    tone: str = "",
    flow: int = 0,
) -> dict[str, Any]:
    count = counts[view]
    sort = "due" if view == "due" else ""
    return {
        "label": label,
        "value": asks.figure(count),
        "unit": _("건"),
        "sub": sub if count else none or _("없습니다"),
        "href": url_for("orders.index", view=view, sort=sort or None),
        "tone": tone if count else "zero",
        "flow": flow,
    }


def _oldest(then: datetime | None) -> str:
    return str(_("가장 오래된 것 %(ago)s", ago=ago(then))) if then else ""


def _due(told: figures.Figures) -> str:
    if told.overdue:
        return str(_("이미 지난 것 %(n)s건", n=f"{told.overdue:,}"))
    if told.next_due is None:
        return ""
    left = (told.next_due - clock.now()).total_seconds()
    return str(_("첫 마감까지 %(span)s", span=span(left)))


def _due_tone(told: figures.Figures, counts: dict[str, int]) -> str:
    return "bad" if told.overdue else "warn" if counts["due"] else ""


def _claims(counts: dict[str, int]) -> str:
    told = {kind: f"{counts.get(kind, 0):,}" for kind in ("cancel", "return", "exchange")}
    words = {
        "cancel": _("취소 %(n)s", n=told["cancel"]),
        "return": _("반품 %(n)s", n=told["return"]),
        "exchange": _("교환 %(n)s", n=told["exchange"]),
    }
    return " · ".join(word for kind, word in words.items() if counts.get(kind))


# -- the next step of a new seller ------------------------------------------------------------


def _next_step(live: list[Channel]) -> dict[str, Any] | None:
    """What is done before all else: {kind, channel}; None when orders have come in."""
    session = db.session()
    if not live:
        kind = "again" if channels.archived(session) else "channel"
        return {"kind": kind, "channel": None}
    if session.scalar(select(OrderLine.id).limit(1)) is not None:
        return None
    channel = next((one for one in live if not registry.has_closed(one)), None)
    if channel is None:
        return None
    if channel.state in ("checking", "needs_you"):
        return {"kind": "connect", "channel": channel}
    if not setup.complete(session, channel):
        return {"kind": "setup", "channel": channel}
    if channel.state == "waiting":
        return {"kind": "approval", "channel": channel}
    return {"kind": "collect", "channel": channel}
