"""The ledger: commands, effects, lanes, cursors, budgets and the call journal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Double, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Owned, new_id

LIVE = ("ready", "running", "held", "review")


class Command(Owned, Base):
    """A piece of work. `state`: ready, running, held, review | done, refused, cancelled.

    Unique per (workspace, lane, kind, natural_key) while live. `payload` is sealed. `next_at` is
    when it may run (by `core.clock`). `attempt` counts tries that did not get on; `claims` counts
    times it was taken since it last got on (a poison command kills its worker again and again).
    `standing` commands are re-armed by their own completion and never end. `held_for` says
    why it is held: switch, paused, needs_you, approval, sunset, parked, plugin, restored, asks.
    """

    __tablename__ = "command"
    __table_args__ = (
        Unique("workspace_id", "id"),
        Index(
            "uq_command_live",
            "workspace_id",
            "lane",
            "kind",
            "natural_key",
            unique=True,
            sqlite_where=text("state IN ('ready','running','held','review')"),
            postgresql_where=text("state IN ('ready','running','held','review')"),
        ),
        Index("ix_command_due", "queue", "state", "next_at"),
        Index("ix_command_lane", "workspace_id", "lane", "state"),
        Index("ix_command_recent", "workspace_id", "created_at"),
        Index(
            "uq_command_submission",
            "workspace_id",
            "submission",
            unique=True,
            sqlite_where=text("submission IS NOT NULL"),
            postgresql_where=text("submission IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    lane: Mapped[str] = mapped_column(String(64))
    channel_id: Mapped[str | None] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(48))
    natural_key: Mapped[str] = mapped_column(String(120))
    queue: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int]
    standing: Mapped[bool] = mapped_column(default=False)
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16), default="ready")
    held_for: Mapped[str] = mapped_column(String(16), default="")
    attempt: Mapped[int] = mapped_column(default=0)
    claims: Mapped[int] = mapped_column(default=0)
    refusals: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[float] = mapped_column(Double)
    progress_done: Mapped[int] = mapped_column(default=0)
    progress_total: Mapped[int | None]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error_code: Mapped[str] = mapped_column(String(80), default="")
    error_text: Mapped[dict[str, Any] | None]
    fields: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    polls: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[str] = mapped_column(String(80))
    submission: Mapped[str | None] = mapped_column(String(64))
    cancel_asked: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class Effect(Owned, Base):
    """One write on one thing: at most one row per (channel, operation, item, revision).

    `state`: planned → sending → done | refused | unknown. `looks` counts read-backs that came
    back absent, the last at `looked_at`. `values` and `before` are sealed with the read-back's
    needs. It belongs to what it touches, not to the command.
    """

    __tablename__ = "effect"
    __table_args__ = (
        Unique("workspace_id", "channel_id", "operation", "item", "revision"),
        Index(None, "workspace_id", "command_id"),
        Index(None, "workspace_id", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    channel_id: Mapped[str] = mapped_column(Id)
    operation: Mapped[str] = mapped_column(String(48))
    item: Mapped[str] = mapped_column(String(128))
    revision: Mapped[int]
    command_id: Mapped[str] = mapped_column(Id)
    attempt: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(16), default="planned")
    values: Mapped[bytes | None] = mapped_column(LargeBinary)
    before: Mapped[bytes | None] = mapped_column(LargeBinary)
    sent_at: Mapped[datetime | None]
    looks: Mapped[int] = mapped_column(default=0)
    looked_at: Mapped[datetime | None]
    reference: Mapped[str] = mapped_column(String(120), default="")
    code: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[dict[str, Any] | None]
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    changed_at: Mapped[datetime]


class Lane(Owned, Base):
    """Who works on a channel now. `lease_until` is by the database's clock, epoch seconds."""

    __tablename__ = "lane"

    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspace.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(120), default="")
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[float] = mapped_column(Double, default=0.0)
    wanted: Mapped[bool] = mapped_column(default=False)


class Cursor(Owned, Base):
    """How far a channel has been read, per kind; moves in the transaction that stores a page."""

    __tablename__ = "cursor"

    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspace.id"), primary_key=True)
    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(48), primary_key=True)
    value: Mapped[str] = mapped_column(String(2000))
    moved_at: Mapped[datetime]


class Budget(Base):
    """A call budget's balance. `key` = account bucket + API; times are epoch seconds."""

    __tablename__ = "budget"

    key: Mapped[str] = mapped_column(String(240), primary_key=True)
    per_second: Mapped[float] = mapped_column(Double)
    burst: Mapped[float] = mapped_column(Double)
    balance: Mapped[float] = mapped_column(Double)
    at: Mapped[float] = mapped_column(Double)
    blocked_until: Mapped[float] = mapped_column(Double, default=0.0)


class JournalEntry(Owned, Base):
    """One call to a marketplace. `body` is sealed (≤ 4 KB each way) and pruned after 7 days."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index(None, "workspace_id", "command_id"),
        Index(None, "workspace_id", "channel_id", "at"),
        Index(None, "at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    channel_id: Mapped[str | None] = mapped_column(Id)
    command_id: Mapped[str | None] = mapped_column(Id)
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(80))
    base: Mapped[str] = mapped_column(String(32))
    method: Mapped[str] = mapped_column(String(8))
    path: Mapped[str] = mapped_column(String(300))
    status: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(String(16))
    milliseconds: Mapped[float] = mapped_column(Double)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


class Heartbeat(Base):
    """When each process of the installation was last alive (clock, workers)."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]
    detail: Mapped[dict[str, Any]]
