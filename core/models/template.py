"""Templates as each marketplace holds them, and when they were last fetched."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Owned, new_id, of_channel


class Template(Owned, Base):
    """`values` are sealed (addresses hold phone numbers); `title` is what lists show.

    `change` says what the last import found: added, changed, gone or empty; `before` holds the
    sealed values before that change. What Hanpan did itself is no news: `written` until an
    import has read it, and `deleted`.
    """

    __tablename__ = "template"
    __table_args__ = (
        Unique("workspace_id", "id"),
        Unique("workspace_id", "channel_id", "type", "remote_id"),
        of_channel(),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    channel_id: Mapped[str] = mapped_column(Id)
    type: Mapped[str] = mapped_column(String(64))
    remote_id: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(200))
    values: Mapped[bytes] = mapped_column(LargeBinary)
    before: Mapped[bytes | None] = mapped_column(LargeBinary)
    fingerprint: Mapped[str] = mapped_column(String(32))
    change: Mapped[str] = mapped_column(String(16), default="")
    revision: Mapped[int] = mapped_column(default=1)
    seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]


class TemplateFetch(Owned, Base):
    """The last import of a template type on a channel: when it succeeded and what it found."""

    __tablename__ = "template_fetch"
    __table_args__ = (of_channel(),)

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    type: Mapped[str] = mapped_column(String(64), primary_key=True)
    fetched_at: Mapped[datetime | None]
    found: Mapped[dict[str, Any]]
