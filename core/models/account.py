"""Workspaces, their people, sessions, and who looked at what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, LargeBinary, String
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Owned, new_id


class Workspace(Base):
    """One seller company. `uses_runple` shows 런플상품 where it is offered; not asked yet."""

    __tablename__ = "workspace"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    uses_runple: Mapped[bool] = mapped_column(default=False)


class WorkspaceKey(Base):
    """A key of a workspace, wrapped by a master key of the key file.

    `purpose` is "data" (seals columns; one of them is current) or "index" (fingerprints and blind
    indexes; number 0, one for ever, because changing it would change every fingerprint).
    """

    __tablename__ = "workspace_key"

    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspace.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(8))
    master: Mapped[str] = mapped_column(String(32))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    current: Mapped[bool]
    created_at: Mapped[datetime]


class User(Owned, Base):
    """A person who logs in. `role` is "owner" or "staff" (주문 담당)."""

    __tablename__ = "user_account"
    __table_args__ = (Unique("login"), Unique("workspace_id", "id"))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(2), default="ko")
    theme: Mapped[str] = mapped_column(String(8), default="auto")
    keys: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class LoginSession(Owned, Base):
    """A server-side session; the cookie holds a token whose SHA-256 is `id`."""

    __tablename__ = "login_session"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "user_id"], ["user_account.workspace_id", "user_account.id"]
        ),
        Index(None, "user_id"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(200))


class LoginFailure(Base):
    """Failed logins per (login hash, address): what the lockout counts."""

    __tablename__ = "login_failure"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime]


class AuditEntry(Owned, Base):
    """Who did what, or looked at whose data: an append-only hash chain per workspace."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "workspace_id", "at"),)

    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspace.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[str | None] = mapped_column(Id)
    user_name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    subjects: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(String(300))
    detail: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class Setting(Base):
    """Something the installation remembers: the first-run code's hash, the last backup …"""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[dict[str, Any]]
