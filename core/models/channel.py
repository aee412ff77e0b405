"""Channels: a seller account at a marketplace, with its keys, switches and contact person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Owned, new_id, of_channel


class Channel(Owned, Base):
    """`state`: checking, active, waiting (for an approval, since `waiting_since`), needs_you,
    paused. That its marketplace has closed is not stored: the plugin says so.

    `identity` is the account's own name at the marketplace; with `marketplace` and `practice`
    it makes `account`, unique among live channels. `seal_version` grows with each change of the
    credentials, which empties the channel's memory. `problem` is {"ko","en","code"} or null.
    """

    __tablename__ = "channel"
    __table_args__ = (
        Unique("workspace_id", "id"),
        Index(
            "uq_channel_live_account",
            "workspace_id",
            "account",
            unique=True,
            sqlite_where=text("archived_at IS NULL AND account IS NOT NULL"),
            postgresql_where=text("archived_at IS NULL AND account IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    marketplace: Mapped[str] = mapped_column(String(32))
    practice: Mapped[bool] = mapped_column(default=False)
    world: Mapped[str] = mapped_column(String(16), default="small")
    store: Mapped[str] = mapped_column(String(80))
    seller_id: Mapped[str] = mapped_column(String(80))
    category: Mapped[str] = mapped_column(String(32), default="")
    memo: Mapped[str] = mapped_column(String(1000), default="")
    identity: Mapped[str | None] = mapped_column(String(120))
    account: Mapped[str | None] = mapped_column(String(200))
    bucket: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16), default="draft")
    problem: Mapped[dict[str, Any] | None]
    note: Mapped[dict[str, Any] | None]
    waiting_since: Mapped[datetime | None]
    credentials: Mapped[bytes | None] = mapped_column(LargeBinary)
    form_version: Mapped[int] = mapped_column(default=1)
    seal_version: Mapped[int] = mapped_column(default=1)
    expires_at: Mapped[datetime | None]
    contact: Mapped[bytes | None] = mapped_column(LargeBinary)
    on_all: Mapped[bool] = mapped_column(default=True)
    on_product: Mapped[bool] = mapped_column(default=True)
    on_order: Mapped[bool] = mapped_column(default=True)
    on_cs: Mapped[bool] = mapped_column(default=True)
    on_stock: Mapped[bool] = mapped_column(default=True)
    confirm_mode: Mapped[str] = mapped_column(String(16), default="manual")
    extend_days: Mapped[int] = mapped_column(default=0)
    reach_back_days: Mapped[int] = mapped_column(default=7)
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    collected_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]


def account_name(channel: Any, own: str) -> str:
    """How an account is named here by its `own` name at the channel's marketplace.

    Practice and real accounts never share a name, nor do those of two marketplaces.
    """
    kind = "practice" if channel.practice else "real"
    return f"{channel.marketplace}:{kind}:{own}"[:200]


class ChannelMemory(Owned, Base):
    """`host.memory` of a channel: sealed values with an expiry (epoch seconds)."""

    __tablename__ = "channel_memory"
    __table_args__ = (of_channel(),)

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    seal_version: Mapped[int]
    value: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]
