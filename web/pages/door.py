"""The doors: first run, login, logout."""

from __future__ import annotations

import math

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core import store
from core.contracts.text import Text
from core.fields import Field, Kind
from core.services import accounts, first_run, logins
from core.services.outcome import Locked, Wrong
from core.services.passwords import SHORTEST
from web import sessions
from web.forms import Form, blank, new_submission, read, typed
from web.i18n import LANGUAGES, choose, language, remember, theme
from web.render import here, local, page

auth = Blueprint("auth", __name__)

PASSWORD_HELP = Text(
    f"{SHORTEST}자 이상이면 됩니다. 기호를 억지로 섞기보다 긴 문장을 쓰는 편이 안전합니다.",
    f"At least {SHORTEST} characters. A long sentence is safer than forced symbols.",
)
NAME = Field(name="name", label=Text("이름", "Name"), max_length=80)
LOGIN_NAME = Field(name="login", label=Text("이메일 또는 아이디", "E-mail or ID"), max_length=254)
LOGIN = (
    LOGIN_NAME,
    Field(name="password", label=Text("비밀번호", "Password"), kind=Kind.SECRET),
)
FIRST = (
    Field(
        name="workspace",
        label=Text("상호", "Company"),
        max_length=80,
        help=Text("화면 왼쪽 위에 표시됩니다.", "Shown at the top left of every page."),
    ),
    NAME,
    LOGIN_NAME,
    Field(
        name="password",
        label=Text("비밀번호", "Password"),
        kind=Kind.SECRET,
        help=PASSWORD_HELP,
    ),
)


@auth.route("/first", methods=["GET", "POST"])
def first() -> AnyResponse:
    """Make the owner, for whoever holds the code that the start printed."""
    if first_run.owner_exists():
        return redirect(url_for("auth.login"), code=303)
    code = request.values.get("code", "").strip()
    known = first_run.first_run_code_is(code)
    if request.method == "GET" or not known:
        return _first(blank(FIRST), code, known, status=422 if request.method == "POST" else 200)
    if (tongue := request.form.get("lang", "")) in LANGUAGES:
        choose(tongue)
        kept = blank(FIRST, {**typed(FIRST), "password": ""})
        return remember(_first(kept, code, known, status=200), "hanpan-lang", tongue)
    cleaned, form = read(FIRST)
    if not cleaned.ok:
        found = first_run.problems_of(**typed(FIRST)).items()
        form.errors = {name: text for name, text in found if text} | form.errors
        return _first(form, code, known, status=422)
    try:
        made = first_run.create_owner(**cleaned.values, code=code, address=sessions.address())
    except Wrong as wrong:
        form.errors = wrong.fields
        return _first(form, code, known, status=422)
    with store.all_workspaces():
        accounts.set_preferences(made, language=language(), theme=theme())
    return _let_in(cleaned.values["login"], cleaned.values["password"], url_for("start.index"))


def _first(form: Form, code: str, known: bool, status: int) -> Response:
    return page(
        "door/first.html",
        status=status,
        form=form,
        code=code,
        known=known,
        submission=new_submission(),
    )


@auth.route("/login", methods=["GET", "POST"])
def login() -> AnyResponse:
    """Let somebody in who has an account."""
    if not first_run.owner_exists():
        return redirect(url_for("auth.first"), code=303)
    if request.method == "GET":
        if g.login is not None:
            return redirect(url_for("today.index"), code=303)
        return _login(blank(LOGIN), local(request.args.get("next", "")))
    cleaned, form = read(LOGIN)
    if not cleaned.ok:
        return _login(form, here(), status=422)
    try:
        return _let_in(cleaned.values["login"], cleaned.values["password"], here())
    except Locked as locked:
        form.errors = locked.fields
        response = _login(form, here(), status=429)
        response.headers["Retry-After"] = str(math.ceil(locked.seconds))
        return response
    except Wrong as wrong:
        form.errors = wrong.fields
        return _login(form, here(), status=422)


def _login(form: Form, following: str, status: int = 200) -> Response:
    return page("door/login.html", status=status, form=form, next=following)


def _let_in(name: str, password: str, following: str) -> AnyResponse:
    """Begin a session. Raises Wrong or Locked."""
    if g.login is not None:
        logins.log_out(sessions.token(), address=sessions.address())
    token = logins.log_in(name, password, address=sessions.address(), agent=sessions.agent())
    return sessions.begin(redirect(following, code=303), token)


@auth.post("/logout")
def logout() -> AnyResponse:
    """End the session."""
    logins.log_out(sessions.token(), address=sessions.address())
    return sessions.end(redirect(url_for("auth.login"), code=303))
