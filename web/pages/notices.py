"""알림: what a seller should hear of, whether it was mailed, and if not why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from core import clock, mail
from core.models import Channel, Notice
from core.services import contacts, notice_words
from core.services import notices as service
from web import channel_state, masks
from web.database import db
from web.render import note, page

notices = Blueprint("notices", __name__, url_prefix="/notices")

RESENDS = ("sent", "failed", "cut", "off", "nobody", "throttled")
"""Where [다시 보내기] does something: what is queued or being sent is on its way."""


@notices.get("")
def index() -> Response:
    """List the notices, those that still hold first."""
    session = db.session()
    known = {channel.id: channel for channel in session.scalars(select(Channel))}
    rows = [_row(one, known.get(one.channel_id or "")) for one in service.listed(session)]
    return page(
        "notices/index.html",
        open=[row for row in rows if row["notice"].ended_at is None],
        over=[row for row in rows if row["notice"].ended_at is not None],
        unseen=service.unseen(session),
        until=_mark(max((row["notice"].created_at for row in rows), default=None)),
        mail_on=mail.is_set(),
    )


def _row(told: Notice, channel: Channel | None) -> dict[str, Any]:
    kind = notice_words.KINDS.get(told.kind)
    title, text = notice_words.said(told)
    address = contacts.of(channel).get("email", "") if channel is not None else ""
    return {
        "notice": told,
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace) if channel else None,
        "good": kind is not None and kind.good,
        "title": title,
        "text": text,
        "mail": _mailed(told, masks.email(address)),
        "resend": told.mail in RESENDS,
    }


def _mailed(told: Notice, address: str) -> dict[str, str]:
    """Whether and how it was mailed: {tone, icon, word, why}."""
    words = {
        "sent": ("ok", "mail", _("메일 보냄"), address),
        "queued": ("off", "clock", _("보낼 차례를 기다립니다"), ""),
        "sending": ("flow", "send", _("보내는 중"), ""),
        "failed": ("bad", "alert-circle", _("보내지 못함"), _("메일 서버가 받지 않았습니다.")),
        "cut": ("warn", "help-circle", _("알 수 없음"), ""),
        "off": ("off", "ban", _("메일 안 보냄"), _("메일 서버를 정하지 않았습니다.")),
        "nobody": ("warn", "user-off", _("받을 사람 없음"), _("담당자 이메일을 넣어 주세요.")),
        "throttled": (
            "off",
            "ban",
            _("메일 안 보냄"),
            _("같은 알림을 방금 보내서 다시 보내지 않았습니다."),
        ),
    }
    unknown = ("off", "ban", _("메일 안 보냄"), "")
    tone, icon, word, why = words.get(told.mail, unknown)
    return {"tone": tone, "icon": icon, "word": word, "why": why}


@notices.post("/seen")
def seen() -> AnyResponse:
    """Note that everything that the page showed has been looked at."""
    service.mark_seen(_moment(request.form.get("until", "")))
    return redirect(url_for("notices.index"), code=303)


@notices.post("/<id>/mail")
def mail_again(id: str) -> AnyResponse:
    """Have one notice mailed once more, or at last."""
    if not mail.is_set():
        note("warn", _("메일 서버를 정하지 않아 보내지 않았습니다."))
        return redirect(url_for("notices.index"), code=303)
    service.mail_again(id)
    note("ok", _("메일을 다시 보냅니다."))
    return redirect(url_for("notices.index"), code=303)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _mark(at: datetime | None) -> str:
    return "" if at is None else str((at - _EPOCH) // timedelta(microseconds=1))


def _moment(told: str) -> datetime | None:
    """The moment that the page carried; None where it has none."""
    if not told.isascii() or not told.isdecimal() or len(told) > 17:
        return None
    return min(_EPOCH + timedelta(microseconds=int(told)), clock.now())
