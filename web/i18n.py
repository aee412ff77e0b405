"""Korean first, English complete: which language a page speaks, and how it says times and sums.

The Korean sentence is the msgid; `web/translations/en` holds the English ones, which
`python -m web.catalog` collects and compiles. Texts of plugins and core are `Text(ko, en)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, gettext, refresh
from werkzeug.wrappers import Response

from core import clock
from core.contracts.text import Text
from web import masks
from web.security import cookie_name

LANGUAGES = ("ko", "en")
THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Choose the language per request and give templates the filters of this module."""
    Babel(
        app,
        default_locale="ko",
        default_timezone="Asia/Seoul",
        locale_selector=language,
    )
    app.jinja_env.filters.update(
        tr=tr,
        ago=ago,
        moment=moment,
        day=day,
        hour=hour,
        span=span,
        won=won,
        mask_name=masks.name,
        mask_phone=masks.phone,
        phone=masks.dashed,
        mask_email=masks.email,
        mask_rest=masks.rest,
    )


def language() -> str:
    """The language of this request: the person's, else the cookie's, else the browser's."""
    if not has_request_context():
        return "ko"
    login = g.get("login")
    if login is not None:
        return str(login.user.language)
    kept = request.cookies.get(cookie_name("hanpan-lang"), "")
    chosen = str(g.get("chosen_language") or kept)
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or "ko"


def theme() -> str:
    """The theme of this request: the person's, else the cookie's, else the device's."""
    login = g.get("login")
    chosen = login.user.theme if login else request.cookies.get(cookie_name("hanpan-theme"), "")
    return str(chosen) if chosen in THEMES else "auto"


def remember(response: Response, name: str, value: str) -> Response:
    """Keep a choice for the pages before login, in a cookie that holds nothing else."""
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=YEAR,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def choose(tongue: str) -> None:
    """Answer this request in another language than its cookie says."""
    g.chosen_language = tongue
    refresh()


def tr(text: Any) -> Any:
    """A `Text`, or the {"ko", "en"} of a stored one, in the page's language; the rest as it is."""
    if isinstance(text, Text):
        return text.in_(language())
    if isinstance(text, Mapping):
        return text.get(language()) or text.get("ko", "")
    return "" if text is None else text


def ago(then: datetime | None) -> str:
    """How long ago, roughly: 방금, 2분 전, 3시간 전, 4일 전; a dash for never."""
    if then is None:
        return "–"
    seconds = max(0, int((clock.now() - then).total_seconds()))
    if seconds < 60:
        return str(gettext("방금"))
    if seconds < 3600:
        return str(gettext("%(n)s분 전", n=seconds // 60))
    if seconds < 86400:
        return str(gettext("%(n)s시간 전", n=seconds // 3600))
    return str(gettext("%(n)s일 전", n=seconds // 86400))


def hour(then: datetime | None) -> str:
    """The time of day in Korea: 15:00."""
    return "–" if then is None else f"{clock.kst(then):%H:%M}"


def day(then: datetime | date | None) -> str:
    """The day in Korea: 오늘, 어제, 11월 20일, and with the year when it is another one."""
    if then is None:
        return "–"
    here = clock.kst(then).date() if isinstance(then, datetime) else then
    today = clock.kst(clock.now()).date()
    if here == today:
        return str(gettext("오늘"))
    if (today - here).days == 1:
        return str(gettext("어제"))
    if here.year == today.year:
        return _date(here, gettext("M월 d일"))
    return _date(here, gettext("y년 M월 d일"))


def _date(here: date, pattern: str) -> str:
    return format_date(here, str(pattern), locale=language())


def moment(then: datetime | None) -> str:
    """Day and time in Korea: 오늘 15:00, 11월 20일 09:30."""
    return "–" if then is None else f"{day(then)} {hour(then)}"


def span(seconds: float | None) -> str:
    """A length of time in its two largest units: 45초, 3분, 5시간 48분, 2일 4시간."""
    if seconds is None:
        return "–"
    whole = max(0, int(seconds))
    if whole < 60:
        return str(gettext("%(n)s초", n=whole))
    if whole < 3600:
        return str(gettext("%(n)s분", n=whole // 60))
    hours, minutes = divmod(whole // 60, 60)
    if hours < 24:
        if not minutes:
            return str(gettext("%(n)s시간", n=hours))
        return str(gettext("%(h)s시간 %(m)s분", h=hours, m=minutes))
    days, hours = divmod(hours, 24)
    return str(gettext("%(d)s일 %(h)s시간", d=days, h=hours))


def won(amount: int | None) -> str:
    """Money: 98,300원."""
    if amount is None:
        return "–"
    return str(gettext("%(n)s원", n=f"{amount:,}".replace("-", "−")))
