"""Files of sellers as stored batches: what each row says, what it would do, and what it did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Owned, new_id, of_channel, of_the


class Batch(Owned, Base):
    """A file (or what was found at a marketplace) on its way in; `channel_id` null for the SKUs.

    `state`: reading, unmapped (a person has to say which column is which), ready, applying,
    ended, refused. `kind` says who reads and applies it. `file` is the stored upload, `choices`
    how columns are mapped and what holds for all rows, `told` where the table stood and what
    reading repaired, `problem` why the file was refused. `counts` are rows by verdict.
    """

    __tablename__ = "batch"
    __table_args__ = (
        Unique("workspace_id", "id"),
        of_channel(),
        Index(None, "workspace_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    channel_id: Mapped[str | None] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(48))
    state: Mapped[str] = mapped_column(String(16))
    file: Mapped[str] = mapped_column(String(64), default="")
    file_name: Mapped[str] = mapped_column(String(200), default="")
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    told: Mapped[dict[str, Any] | None]
    problem: Mapped[dict[str, Any] | None]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    command_id: Mapped[str | None] = mapped_column(Id)
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class BatchRow(Owned, Base):
    """One row of a batch; `number` is that of the sheet.

    `verdict`: new, changed, same, problem (with its `reason`). `sku_id` is the SKU that it was
    matched with and `revision` that SKU's when it was compared; `changes` tell by name what was
    and what would be. `choices` are a person's, for this row alone. `outcome` is "" until the row
    was applied: then done, or refused (with its `reason`).
    """

    __tablename__ = "batch_row"
    __table_args__ = (
        of_the("batch", "batch_id"),
        of_the("sku", "sku_id"),
        Index(None, "workspace_id", "batch_id", "verdict", "number"),
        Index(None, "workspace_id", "batch_id", "outcome", "number"),
    )

    batch_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    values: Mapped[dict[str, Any]]
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[dict[str, Any] | None]
    sku_id: Mapped[str | None] = mapped_column(Id)
    revision: Mapped[int | None]
    changes: Mapped[dict[str, Any] | None]
    choices: Mapped[dict[str, Any] | None]
    outcome: Mapped[str] = mapped_column(String(16), default="")
