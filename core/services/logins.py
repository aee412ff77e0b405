"""Logging in and out: sessions kept on the server, which can be ended.

The cookie holds a token; the database its SHA-256. A session ends after some idle time
(`HANPAN_IDLE_MINUTES`, 120) and in any case after twelve hours.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from core import clock, settings, store
from core.contracts.text import Text
from core.models import LoginSession, User, Workspace
from core.services import audit, lockout, passwords
from core.services.accounts import meant_login
from core.services.audit import Actor
from core.services.outcome import Missing, Wrong

ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)

_WRONG = Text(
    "아이디 또는 비밀번호가 맞지 않습니다. 다시 입력해 주세요.",
    "The login or the password is not right. Try again.",
)


@dataclass(frozen=True)
class Login:
    """Who is logged in, in which workspace, by which session."""

    session: LoginSession
    user: User
    workspace: Workspace

    @property
    def csrf(self) -> str:
        """What every form of this session must send back."""
        return self.session.csrf

    def actor(self, address: str) -> Actor:
        """The person as the audit chain names it."""
        return Actor(self.user.id, self.user.name, address)


def log_in(login: str, password: str, *, address: str, agent: str) -> str:
    """Begin a session and return its token, for the cookie only.

    Raises Wrong, which does not say whether the login exists, or Locked after too many tries.
    """
    login = meant_login(login)
    lockout.admit(login, address)
    with store.all_workspaces(), store.read() as session:
        user = session.scalar(select(User).where(User.login == login))
    right = passwords.matches(password, user.password_hash if user else None)
    if user is None or not right or user.disabled_at is not None:
        if user is not None:
            _record(user, "login.failed", address)
        raise Wrong({"": _WRONG})
    lockout.forgive(login, address)
    fresh = passwords.hashed(password) if passwords.outdated(user.password_hash) else None
    return _begin(user, fresh, address, agent)


def _begin(user: User, fresh_hash: str | None, address: str, agent: str) -> str:
    token, now = secrets.token_urlsafe(32), clock.now()
    with store.workspace(user.workspace_id), store.write() as session:
        if fresh_hash is not None:
            session.get_one(User, user.id).password_hash = fresh_hash
        session.add(
            LoginSession(
                id=session_id(token),
                user_id=user.id,
                csrf=secrets.token_urlsafe(32),
                created_at=now,
                seen_at=now,
                address=address[:64],
                agent=agent[:200],
            )
        )
        actor = Actor(user.id, user.name, address)
        audit.record(session, "login", actor=actor, subjects=[user.id])
    return token


def resolve(token: str) -> Login | None:
    """Who the token belongs to, or None when the session is over or the person may not come in."""
    now = clock.now()
    with store.all_workspaces(), store.read() as session:
        row = session.execute(
            select(LoginSession, User, Workspace)
            .join(User, User.id == LoginSession.user_id)
            .join(Workspace, Workspace.id == User.workspace_id)
            .where(LoginSession.id == session_id(token), User.disabled_at.is_(None))
            .where(LoginSession.created_at > now - ABSOLUTE, LoginSession.seen_at > now - _idle())
        ).first()
    if row is None:
        return None
    found = Login(row[0], row[1], row[2])
    if now - found.session.seen_at > SEEN_EVERY:
        _see(found)
    return found


def _see(found: Login) -> None:
    with store.workspace(found.workspace.id), store.write() as session:
        row = session.get(LoginSession, found.session.id)
        if row is not None:
            row.seen_at = clock.now()


def log_out(token: str, *, address: str) -> None:
    """End the session of the token."""
    found = resolve(token)
    if found is None:
        return
    with store.workspace(found.workspace.id), store.write() as session:
        session.execute(delete(LoginSession).where(LoginSession.id == found.session.id))
        actor = found.actor(address)
        audit.record(session, "logout", actor=actor, subjects=[found.user.id])


def sessions(user_id: str) -> list[LoginSession]:
    """A person's sessions that are not over, the last seen first."""
    now = clock.now()
    with store.read() as session:
        return list(
            session.scalars(
                select(LoginSession)
                .where(LoginSession.user_id == user_id, LoginSession.created_at > now - ABSOLUTE)
                .where(LoginSession.seen_at > now - _idle())
                .order_by(LoginSession.seen_at.desc())
            )
        )


def end_session(user_id: str, id_: str, *, actor: Actor) -> None:
    """End one session of a person. Raises Missing."""
    with store.write() as session:
        row = session.scalar(
            select(LoginSession).where(LoginSession.id == id_, LoginSession.user_id == user_id)
        )
        if row is None:
            raise Missing(id_)
        session.delete(row)
        audit.record(session, "session.end", actor=actor, subjects=[user_id])


def end_others(user_id: str, keep: str, *, actor: Actor) -> None:
    """End every session of a person but the one with the id `keep`."""
    with store.write() as session:
        session.execute(
            delete(LoginSession).where(LoginSession.user_id == user_id, LoginSession.id != keep)
        )
        audit.record(session, "session.end_others", actor=actor, subjects=[user_id])


def prune() -> None:
    """Forget sessions that are over, of every workspace, and failures that count no more."""
    now = clock.now()
    over = (LoginSession.created_at < now - ABSOLUTE) | (LoginSession.seen_at < now - _idle())
    with store.all_workspaces(), store.write() as session:
        session.execute(delete(LoginSession).where(over))
    lockout.prune()


def session_id(token: str) -> str:
    """The id under which the session of a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def _idle() -> timedelta:
    return timedelta(minutes=settings.current().idle_minutes)


def _record(user: User, action: str, address: str) -> None:
    with store.workspace(user.workspace_id), store.write() as session:
        audit.record(session, action, actor=Actor(None, "", address), subjects=[user.id])
