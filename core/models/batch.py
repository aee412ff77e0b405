"""Files of sellers as stored batches: what each row says, what it would do, and what it did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Owned, new_id, of_channel, of_the


class Batch(Owned, Base):
    """A file (or what was found at a marketplace) on its way in; `channel_id` null for the SKUs.

    `state`: reading, unmapped (a person has to say which column is which), ready, applying,
    filling (what was imported is read whole), ended, refused. `kind` says who reads and applies
    it. `file` is the stored upload, `choices` how columns are mapped and what holds for all rows,
    `told` where the table stood and what reading repaired, `problem` why the file was refused.
    `counts` are rows by view.
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
    matched with; `changes` tell by name what was and what would be. `choices` are a person's, for
    this row alone. `outcome` is "" until the row was applied: then done, or refused (with its
    `reason`). Of a listing `key` is its number, `link` says whether SKUs were found for it ("",
    matched, or unclear with a `reason`), `chosen` that a person wants it imported, and the outcome
    part that it still has to be read whole.
    """

    __tablename__ = "batch_row"
    __table_args__ = (
        of_the("batch", "batch_id"),
        of_the("sku", "sku_id"),
        Index(
            "ix_batch_row_counted",
            *("workspace_id", "batch_id", "verdict", "number", "outcome", "link"),
        ),
        Index(None, "workspace_id", "batch_id", "outcome", "number"),
        Index(
            "ix_batch_row_linked",
            *("workspace_id", "batch_id", "link", "number"),
            sqlite_where=text("link <> ''"),
            postgresql_where=text("link <> ''"),
        ),
        Index(
            "ix_batch_row_chosen",
            *("workspace_id", "batch_id", "outcome", "number"),
            sqlite_where=text("chosen"),
            postgresql_where=text("chosen"),
        ),
    )

    batch_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(64), default="")
    values: Mapped[dict[str, Any]]
    verdict: Mapped[str] = mapped_column(String(16))
    link: Mapped[str] = mapped_column(String(8), default="")
    reason: Mapped[dict[str, Any] | None]
    sku_id: Mapped[str | None] = mapped_column(Id)
    changes: Mapped[dict[str, Any] | None]
    choices: Mapped[dict[str, Any] | None]
    outcome: Mapped[str] = mapped_column(String(16), default="")
    chosen: Mapped[bool] = mapped_column(default=False)
