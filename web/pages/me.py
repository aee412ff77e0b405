"""내 정보: name, password, devices that are logged in, language, theme, shortcuts."""

from __future__ import annotations

import re

from flask import Blueprint, Response, current_app, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from core.contracts.text import Text
from core.fields import Field, Kind
from core.services import accounts, logins
from core.services.outcome import Locked, Wrong
from web import sessions
from web.access import row
from web.forms import Form, blank, read
from web.i18n import LANGUAGES, THEMES, remember
from web.pages.door import PASSWORD_HELP
from web.render import here, note, page

me = Blueprint("me", __name__, url_prefix="/me")

PROFILE = (Field(name="name", label=Text("이름", "Name"), max_length=80),)
SECRET = (
    Field(name="old", label=Text("지금 비밀번호", "Current password"), kind=Kind.SECRET),
    Field(
        name="new", label=Text("새 비밀번호", "New password"), kind=Kind.SECRET, help=PASSWORD_HELP
    ),
)

BROWSERS = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Whale", r"Whale/"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Opera", r"OPR/"),
    ("Firefox", r"(Firefox|FxiOS)/"),
    ("Chrome", r"(Chrome|CriOS)/"),
    ("Safari", r"Safari/"),
)
SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux|X11"),
)


@me.get("")
def index() -> Response:
    """Show everything about the person who is here."""
    return _show()


def _show(profile: Form | None = None, secret: Form | None = None, status: int = 200) -> Response:
    login = sessions.me()
    return page(
        "me/index.html",
        status=status,
        profile=profile or blank(PROFILE, {"name": login.user.name}),
        secret=secret or blank(SECRET),
        sessions=[
            {
                "id": found.id,
                "agent": device(found.agent),
                "address": found.address,
                "created_at": found.created_at,
                "seen_at": found.seen_at,
                "current": found.id == login.session.id,
            }
            for found in logins.sessions(login.user.id)
        ],
        idle_s=current_app.config["HANPAN"].idle_minutes * 60,
        longest_s=logins.ABSOLUTE.total_seconds(),
    )


def device(agent: str) -> str:
    """A browser's long name in two words: Chrome · Windows; "" when it says nothing known."""
    found = [
        next((name for name, pattern in known if re.search(pattern, agent)), "")
        for known in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(name for name in found if name)


@me.post("/name")
def name() -> AnyResponse:
    """Change the name."""
    cleaned, form = read(PROFILE)
    if not cleaned.ok:
        return _show(profile=form, status=422)
    try:
        accounts.rename(sessions.me().user.id, cleaned.values["name"], actor=sessions.actor())
    except Wrong as wrong:
        form.errors = wrong.fields
        return _show(profile=form, status=422)
    note("ok", _("이름을 저장했습니다."))
    return _back()


@me.post("/password")
def password() -> AnyResponse:
    """Change the password, which logs every other device out."""
    cleaned, form = read(SECRET)
    if not cleaned.ok:
        return _show(secret=form, status=422)
    try:
        accounts.change_password(
            sessions.me().user.id,
            cleaned.values["old"],
            cleaned.values["new"],
            keep_session=sessions.me().session.id,
            actor=sessions.actor(),
        )
    except Wrong as wrong:
        form.errors = wrong.fields
        return _show(secret=form, status=429 if isinstance(wrong, Locked) else 422)
    note("ok", _("비밀번호를 바꿨습니다. 다른 기기에서는 로그아웃되었습니다."))
    return _back()


@me.post("/keys")
def keys() -> AnyResponse:
    """Turn the shortcuts of one key on or off."""
    accounts.set_preferences(sessions.me().user.id, keys=request.form.get("keys") == "on")
    return _back()


@me.post("/language")
def language() -> AnyResponse:
    """Choose the language, for the person or, before login, for the browser."""
    chosen = request.form.get("lang", "")
    if chosen not in LANGUAGES:
        return _unknown()
    if g.login is not None:
        accounts.set_preferences(g.login.user.id, language=chosen)
    return remember(redirect(here(), code=303), "hanpan-lang", chosen)


@me.post("/theme")
def theme() -> AnyResponse:
    """Choose light, dark or the device's own."""
    chosen = request.form.get("theme", "")
    if chosen not in THEMES:
        return _unknown()
    if g.login is not None:
        accounts.set_preferences(g.login.user.id, theme=chosen)
    return remember(redirect(here(), code=303), "hanpan-theme", chosen)


def _unknown() -> AnyResponse:
    note("bad", _("목록에 없는 값이라 바꾸지 않았습니다."))
    return redirect(here(), code=303)


@me.post("/sessions/<id>/end")
def end_session(id: str) -> AnyResponse:
    """Log one other device out."""
    logins.end_session(sessions.me().user.id, row().id, actor=sessions.actor())
    note("ok", _("그 기기에서 로그아웃했습니다."))
    return _back()


@me.post("/sessions/end-others")
def end_others() -> AnyResponse:
    """Log every other device out."""
    logins.end_others(sessions.me().user.id, sessions.me().session.id, actor=sessions.actor())
    note("ok", _("다른 기기에서 모두 로그아웃했습니다."))
    return _back()


def _back() -> AnyResponse:
    return redirect(url_for("me.index"), code=303)
