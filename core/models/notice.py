"""Notices: what a seller should hear of without looking, and whom it was mailed to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Owned, new_id


class Notice(Owned, Base):
    """One cause, told once: while it lasts (`ended_at` null) there is no second row of it.

    `cause` is kind and subject ("needs_you:<channel>", "expires:<channel>:<day>:7"). `words` are
    the values of the kind's sentence. `mail`: "" (not yet decided), queued, sending, sent,
    cut (off while it was sent), failed, off (no server is set), nobody (no address), throttled.
    `seen_at`: someone has opened the list since.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index(
            "uq_notice_cause",
            "workspace_id",
            "cause",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "workspace_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(32))
    cause: Mapped[str] = mapped_column(String(160))
    channel_id: Mapped[str | None] = mapped_column(Id)
    words: Mapped[dict[str, Any]] = mapped_column(default=dict)
    mail: Mapped[str] = mapped_column(String(16), default="")
    mailed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
