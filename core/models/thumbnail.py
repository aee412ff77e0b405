"""Pictures of products by their address, kept as small ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Owned, new_id


class Thumbnail(Owned, Base):
    """The picture at an address: SKUs and listings of a workspace that name it share the row.

    `key` is the SHA-256 of the address. `state` is waiting, done (the file is called by `digest`,
    the SHA-256 of its bytes) or failed, with the reason in `problem`.
    """

    __tablename__ = "thumbnail"
    __table_args__ = (
        Unique("workspace_id", "key"),
        Index(None, "workspace_id", "digest"),
        Index(
            "ix_thumbnail_waiting",
            "workspace_id",
            "next_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(1000))
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    digest: Mapped[str] = mapped_column(String(64), default="")
    problem: Mapped[dict[str, Any] | None]
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    changed_at: Mapped[datetime]
