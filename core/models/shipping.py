"""Our own 배송 템플릿: the templates of a channel that belong together, under one name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Owned, new_id, of_channel


class ShippingTemplate(Owned, Base):
    """Address, dispatch deadline, bundle fee and a plugin's own fields of one channel, joined.

    `values` hold ids of Template rows by template type, and the plugin's own values by name.
    """

    __tablename__ = "shipping_template"
    __table_args__ = (
        Unique("workspace_id", "id"),
        of_channel(),
        Index(None, "workspace_id", "channel_id", "name"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    channel_id: Mapped[str] = mapped_column(Id)
    name: Mapped[str] = mapped_column(String(100))
    values: Mapped[dict[str, Any]]
    chosen: Mapped[bool] = mapped_column(default=False)
    """What imports use when nobody says otherwise."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
