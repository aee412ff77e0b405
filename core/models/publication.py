"""What is offered for a marketplace to fetch: bytes at an address that nobody can guess."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Owned, of_channel


class Publication(Owned, Base):
    """`id` is the SHA-256 of the token in the address. `content` is sealed; `fetches` counts."""

    __tablename__ = "publication"
    __table_args__ = (of_channel(), Index(None, "expires_at"))

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    channel_id: Mapped[str] = mapped_column(Id)
    command_id: Mapped[str | None] = mapped_column(Id)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    content_type: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    fetches: Mapped[int] = mapped_column(default=0)
