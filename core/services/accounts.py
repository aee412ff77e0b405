"""The people of a workspace: who is added, in which role, who may no longer come in.

Every action here is a transaction of its own (a password takes too long to hash inside one) and
leaves its entry in the audit chain. The first owner is made in `core.services.first_run`, logging
in is in `core.services.logins`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock, store
from core.contracts.text import Text
from core.models import LoginSession, User, new_id
from core.services import audit, lockout, passwords
from core.services.audit import Actor
from core.services.outcome import Missing, Wrong

OWNER, STAFF = "owner", "staff"
ROLES = (OWNER, STAFF)
LANGUAGES, THEMES = ("ko", "en"), ("auto", "light", "dark")


def users() -> list[User]:
    """Everybody, those who may come in first, by name."""
    with store.read() as session:
        found = session.scalars(select(User)).all()
    return sorted(found, key=lambda user: (user.disabled_at is not None, user.name))


def create_user(*, login: str, name: str, role: str, password: str, actor: Actor) -> str:
    """Add a person; return the id. Raises Wrong."""
    login = meant_login(login)
    decline({"role": _role_problem(role), **person_problems(name, login, password)})
    kept = passwords.hashed(password)
    with store.write() as session:
        user = add(session, login, name, role, kept)
        _record(session, "user.create", actor, user, {"role": role})
    return user.id


def change_role(user_id: str, role: str, *, actor: Actor) -> None:
    """Give a person another role. The last owner stays one (Wrong)."""
    decline({"role": _role_problem(role)})

    def change(session: Session, user: User) -> Mapping[str, str] | None:
        if user.role == role:
            return None
        _keep_an_owner(session, user)
        before, user.role = user.role, role
        return {"before": before, "role": role}

    _change(user_id, "user.role", actor, change)


def disable(user_id: str, *, actor: Actor) -> None:
    """Let a person in no more, from this moment on. The last owner stays (Wrong)."""

    def change(session: Session, user: User) -> Mapping[str, str] | None:
        if user.disabled_at is not None:
            return None
        _keep_an_owner(session, user)
        user.disabled_at = clock.now()
        _end_sessions(session, user.id)
        return {}

    _change(user_id, "user.disable", actor, change)


def enable(user_id: str, *, actor: Actor) -> None:
    """Let a person in again."""

    def change(session: Session, user: User) -> Mapping[str, str] | None:
        if user.disabled_at is None:
            return None
        user.disabled_at = None
        return {}

    _change(user_id, "user.enable", actor, change)


def rename(user_id: str, name: str, *, actor: Actor) -> None:
    """Change a person's name. Raises Wrong."""
    decline({"name": name_problem(name)})

    def change(session: Session, user: User) -> Mapping[str, str] | None:
        if user.name == name.strip():
            return None
        user.name = name.strip()
        return {}

    _change(user_id, "user.rename", actor, change)


def set_password(user_id: str, password: str, *, actor: Actor) -> None:
    """An owner gives a person a new password; every session of the person ends. Raises Wrong."""
    decline({"password": passwords.problem(password, _login_of(user_id))})
    _keep_password(user_id, password, "user.password_set", actor, keep="")


def change_password(user_id: str, old: str, new: str, *, keep_session: str, actor: Actor) -> None:
    """A person changes the own password; every other session than `keep_session` (id) ends.

    Raises Wrong: the old one is not right, or the new one is refused; Locked after many tries.
    """
    with store.read() as session:
        user = _get(session, user_id)
    decline({"new": passwords.problem(new, user.login)})
    lockout.admit(user.login, actor.address)
    if not passwords.matches(old, user.password_hash):
        raise Wrong({"old": _WRONG_OLD})
    lockout.forgive(user.login, actor.address)
    _keep_password(user_id, new, "user.password_change", actor, keep=keep_session)


def set_preferences(
    user_id: str,
    *,
    language: str | None = None,
    theme: str | None = None,
    keys: bool | None = None,
) -> None:
    """How pages look to this person; what is None stays. Raises ValueError on an unknown choice."""
    if language not in (None, *LANGUAGES) or theme not in (None, *THEMES):
        raise ValueError("no such language or theme")
    with store.write() as session:
        user = _get(session, user_id)
        user.language = language or user.language
        user.theme = theme or user.theme
        user.keys = user.keys if keys is None else keys


def meant_login(typed: str) -> str:
    """The login as it is kept: without spaces around it, in small letters."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()


# Below: the same for all of the above


def _get(session: Session, user_id: str) -> User:
    user = session.scalar(select(User).where(User.id == user_id))
    if user is None:
        raise Missing(user_id)
    return user


def _login_of(user_id: str) -> str:
    with store.read() as session:
        return _get(session, user_id).login


def add(session: Session, login: str, name: str, role: str, kept: str) -> User:
    """Add a person in the caller's transaction; `kept` is the hashed password. Raises Wrong."""
    with store.all_workspaces():
        if session.scalar(select(User.id).where(User.login == login)) is not None:
            raise Wrong({"login": _TAKEN})
    user = User(
        id=new_id(),
        login=login,
        name=name.strip(),
        role=role,
        password_hash=kept,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        raise Wrong({"login": _TAKEN}) from error  # somebody was quicker
    return user


def _change(
    user_id: str,
    action: str,
    actor: Actor,
    change: Callable[[Session, User], Mapping[str, str] | None],
) -> None:
    """Apply `change` to the person; it returns the detail to record, or None for nothing new."""
    with store.write() as session:
        user = _get(session, user_id)
        detail = change(session, user)
        if detail is not None:
            _record(session, action, actor, user, detail)


def _keep_password(user_id: str, password: str, action: str, actor: Actor, keep: str) -> None:
    kept = passwords.hashed(password)

    def change(session: Session, user: User) -> Mapping[str, str]:
        user.password_hash = kept
        _end_sessions(session, user.id, keep)
        return {}

    _change(user_id, action, actor, change)


def _end_sessions(session: Session, user_id: str, keep: str = "") -> None:
    session.execute(
        delete(LoginSession).where(LoginSession.user_id == user_id, LoginSession.id != keep)
    )


def _keep_an_owner(session: Session, user: User) -> None:
    """Raise Wrong where this person is the last owner that may come in."""
    owners = session.scalars(
        select(User.id).where(User.role == OWNER, User.disabled_at.is_(None)).with_for_update()
    ).all()
    if list(owners) == [user.id]:
        raise Wrong({"": _LAST_OWNER})


def _record(
    session: Session, action: str, actor: Actor, user: User, detail: Mapping[str, str]
) -> None:
    audit.record(session, action, actor=actor, subjects=[user.id], detail=detail)


def decline(problems: Mapping[str, Text | None]) -> None:
    """Raise Wrong with the problems that are some."""
    found = {name: text for name, text in problems.items() if text is not None}
    if found:
        raise Wrong(found)


def person_problems(name: str, login: str, password: str) -> dict[str, Text | None]:
    """What is wrong with the values of a new person, per field."""
    return {
        "name": name_problem(name),
        "login": None if re.fullmatch(r"\S{3,254}", login) else _BAD_LOGIN,
        "password": passwords.problem(password, login),
    }


def name_problem(name: str) -> Text | None:
    """What is wrong with the name of a person or workspace."""
    return None if 1 <= len(name.strip()) <= 80 else _BAD_NAME


def _role_problem(role: str) -> Text | None:
    return None if role in ROLES else _BAD_ROLE


_BAD_LOGIN = Text(
    "띄어쓰기 없이 3자 이상으로 입력해 주세요. 이메일 주소도 좋습니다.",
    "Use at least 3 characters without spaces; an e-mail address is fine.",
)
_BAD_NAME = Text("1자에서 80자 사이로 입력해 주세요.", "Use 1 to 80 characters.")
_BAD_ROLE = Text("역할을 골라 주세요.", "Choose a role.")
_TAKEN = Text(
    "이미 쓰고 있는 아이디입니다. 다른 아이디를 입력해 주세요.",
    "This login is in use. Choose another.",
)
_WRONG_OLD = Text(
    "지금 비밀번호가 맞지 않습니다. 다시 입력해 주세요.",
    "The current password is not right. Type it again.",
)
_LAST_OWNER = Text(
    "하나뿐인 소유자입니다. 먼저 다른 사람을 소유자로 정해 주세요.",
    "This is the only owner. Make somebody else an owner first.",
)
