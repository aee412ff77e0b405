"""사용자: who may come in and in which role; owners only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response as AnyResponse

from core.contracts.text import Text
from core.fields import Field, Kind
from core.models.account import AuditEntry, User
from core.services import accounts
from core.services.outcome import Wrong
from web import looks as seen
from web import sessions
from web.access import row
from web.database import db
from web.forms import Form, blank, new_submission, read, whole
from web.pages.door import LOGIN_NAME, NAME, PASSWORD_HELP
from web.render import note, page

users = Blueprint("users", __name__, url_prefix="/users")

LOOKS = 50
ROLE = Field(
    name="role",
    label=Text("역할", "Role"),
    kind=Kind.CHOICE,
    default=accounts.STAFF,
    choices=(
        (accounts.STAFF, Text("직원: 주문을 보고 발주확인", "Staff: sees and confirms orders")),
        (accounts.OWNER, Text("소유자: 모든 일", "Owner: everything")),
    ),
)
PASSWORD = Field(
    name="password", label=Text("비밀번호", "Password"), kind=Kind.SECRET, help=PASSWORD_HELP
)
NEW = (NAME, LOGIN_NAME, ROLE, PASSWORD)


@users.get("")
def index() -> Response:
    """List everybody."""
    came = {
        user_id: at
        for user_id, at in db.session.execute(
            select(AuditEntry.user_id, func.max(AuditEntry.at))
            .where(AuditEntry.action == "login")
            .group_by(AuditEntry.user_id)
        )
    }
    return page(
        "users/index.html",
        users=[{**_shown(user), "login_at": came.get(user.id)} for user in accounts.users()],
    )


def _shown(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "name": user.name,
        "login": user.login,
        "role": user.role,
        "created_at": user.created_at,
        "disabled_at": user.disabled_at,
        "mine": user.id == sessions.me().user.id,
    }


@users.get("/looks")
def looks() -> Response:
    """List who looked at buyers' data, the newest first."""
    before = whole(request.args.get("before", "")) or None
    found = seen.newest(before, LOOKS + 1)
    return page(
        "users/looks.html",
        looks=found[:LOOKS],
        older=found[LOOKS - 1]["entry"].number if len(found) > LOOKS else None,
        first=before is None,
    )


@users.route("/add", methods=["GET", "POST"])
def add() -> AnyResponse:
    """Add somebody, with a first password that the owner passes on."""
    if request.method == "GET":
        return _add(blank(NEW))
    cleaned, form = read(NEW)
    if not cleaned.ok:
        return _add(form, status=422)
    try:
        accounts.create_user(**cleaned.values, actor=sessions.actor())
    except Wrong as wrong:
        form.errors = wrong.fields
        return _add(form, status=422)
    note("ok", _("사용자를 추가했습니다."))
    return redirect(url_for("users.index"), code=303)


def _add(form: Form, status: int = 200) -> Response:
    return page("users/add.html", status=status, form=form, submission=new_submission())


@users.get("/<id>")
def edit(id: str) -> Response:
    """Show one person with what can be changed."""
    return _edit()


def _edit(role: Form | None = None, secret: Form | None = None, status: int = 200) -> Response:
    user: User = row()
    return page(
        "users/edit.html",
        status=status,
        user=_shown(user),
        role=role or blank((ROLE,), {"role": user.role}),
        secret=secret or blank((PASSWORD,)),
        locked=_("본인의 역할은 바꿀 수 없습니다. 다른 소유자에게 부탁해 주세요.")
        if user.id == sessions.me().user.id
        else "",
    )


@users.post("/<id>/role")
def role(id: str) -> AnyResponse:
    """Give somebody else another role."""
    refused = _change(ROLE, accounts.change_role)
    if refused is not None:
        return _edit(role=refused, status=422)
    note("ok", _("역할을 저장했습니다."))
    return redirect(url_for("users.index"), code=303)


@users.post("/<id>/password")
def password(id: str) -> AnyResponse:
    """Set a new password for somebody else, who is logged out everywhere."""
    refused = _change(PASSWORD, accounts.set_password)
    if refused is not None:
        return _edit(secret=refused, status=422)
    note("ok", _("새 비밀번호를 정했습니다. 본인에게 직접 알려 주세요."))
    return redirect(url_for("users.index"), code=303)


def _change(field: Field, change: Callable[..., None]) -> Form | None:
    """Change one thing about somebody else as the form says; the form where that is not done."""
    cleaned, form = read((field,))
    if not cleaned.ok or _own():
        return form
    try:
        change(row().id, cleaned.values[field.name], actor=sessions.actor())
    except Wrong as wrong:
        form.errors = wrong.fields
        return form
    return None


@users.post("/<id>/disable")
def disable(id: str) -> AnyResponse:
    """Let somebody else in no more."""
    if _own():
        return _edit(status=422)
    accounts.disable(id, actor=sessions.actor())
    note("ok", _("사용을 중지했습니다. 모든 기기에서 로그아웃되었습니다."))
    return redirect(url_for("users.index"), code=303)


@users.post("/<id>/enable")
def enable(id: str) -> AnyResponse:
    """Let somebody in again."""
    accounts.enable(id, actor=sessions.actor())
    note("ok", _("다시 사용할 수 있습니다."))
    return redirect(url_for("users.index"), code=303)


def _own() -> bool:
    """Whether the person acts on themselves, which the page says is locked."""
    return bool(row().id == sessions.me().user.id)
