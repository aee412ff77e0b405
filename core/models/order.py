"""Orders and their lines, and what happened to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Owned, new_id, of_channel, of_the


class OrderLine(Owned, Base):
    """One line (상품주문) as last seen; `id` is UUIDv5 of workspace + account + order + line.

    `seen_version` orders observations: the marketplace's change time, else when our request
    began (epoch milliseconds). `confirm_revision` grows when the marketplace takes a 발주확인
    back. `ordered_at` of a line that is not `dated` is only the earliest time that is known of it:
    no list told when it was ordered. `buyer` and `raw` are sealed; `fingerprint` is keyed, over
    everything observed. `claim_*` is the claim the line has now, "" when none.
    """

    __tablename__ = "order_line"
    __table_args__ = (
        Unique("workspace_id", "id"),
        Unique("workspace_id", "account", "order_no", "line_no"),
        of_channel(),
        Index(None, "workspace_id", "state", "ordered_at", "id"),
        Index(None, "workspace_id", "channel_id", "ordered_at", "id"),
        Index(None, "workspace_id", "ordered_at", "id"),
        Index(None, "workspace_id", "channel_id", "line_key"),
        Index(
            "ix_order_line_claims",
            "workspace_id",
            "claim_state",
            "claim_kind",
            "ordered_at",
            "id",
            sqlite_where=text("claim_state <> ''"),
            postgresql_where=text("claim_state <> ''"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[str] = mapped_column(Id)
    account: Mapped[str] = mapped_column(String(200))
    order_no: Mapped[str] = mapped_column(String(64))
    line_no: Mapped[str] = mapped_column(String(64))
    line_key: Mapped[str] = mapped_column(String(128))
    state: Mapped[str] = mapped_column(String(16))
    remote_state: Mapped[str] = mapped_column(String(80), default="")
    confirm_revision: Mapped[int] = mapped_column(default=1)
    confirm_state: Mapped[str] = mapped_column(String(16), default="")
    claim_kind: Mapped[str] = mapped_column(String(16), default="")
    claim_state: Mapped[str] = mapped_column(String(16), default="")
    claim_remote: Mapped[str] = mapped_column(String(64), default="")
    claim_reason: Mapped[str] = mapped_column(String(64), default="")
    seen_version: Mapped[int]
    ordered_at: Mapped[datetime]
    dated: Mapped[bool] = mapped_column(default=True)
    paid_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    dispatch_due: Mapped[datetime | None]
    bundle_no: Mapped[str | None] = mapped_column(String(64))
    product_no: Mapped[str] = mapped_column(String(64), default="")
    option_no: Mapped[str | None] = mapped_column(String(64))
    product_name: Mapped[str] = mapped_column(String(300), default="")
    option_text: Mapped[str | None] = mapped_column(String(500))
    seller_code: Mapped[str | None] = mapped_column(String(120))
    option_code: Mapped[str | None] = mapped_column(String(120))
    line_class: Mapped[str | None] = mapped_column(String(64))
    quantity: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    exchanged: Mapped[int] = mapped_column(default=0)
    dispatched: Mapped[int] = mapped_column(default=0)
    unit_price: Mapped[int] = mapped_column(default=0)
    amount: Mapped[int] = mapped_column(default=0)
    shipping_fee: Mapped[int | None]
    commission: Mapped[int | None]
    settlement: Mapped[int | None]
    courier: Mapped[str | None] = mapped_column(String(64))
    invoice_no: Mapped[str | None] = mapped_column(String(64))
    receiver_mask: Mapped[str] = mapped_column(String(40), default="")
    region: Mapped[str] = mapped_column(String(40), default="")
    receiver_index: Mapped[str | None] = mapped_column(String(32), index=True)
    orderer_index: Mapped[str | None] = mapped_column(String(32), index=True)
    phone_index: Mapped[str | None] = mapped_column(String(32), index=True)
    buyer: Mapped[bytes | None] = mapped_column(LargeBinary)
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    fingerprint: Mapped[str] = mapped_column(String(32))
    first_seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class LineEvent(Owned, Base):
    """One entry of a line's timeline. `who`: marketplace, hanpan or a person's name.

    `kind` and `detail` make the sentence; `detail` holds no buyer's data. `key` makes the
    entry unique per line, so that telling the same news twice leaves one entry.
    """

    __tablename__ = "line_event"
    __table_args__ = (
        Unique("workspace_id", "line_id", "key"),
        of_the("order_line", "line_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    line_id: Mapped[str] = mapped_column(Id)
    key: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(32))
    detail: Mapped[dict[str, Any]]


class SavedSearch(Owned, Base):
    """A search that looks personal: sealed, and named in the URL by its id only."""

    __tablename__ = "saved_search"
    __table_args__ = (Unique("workspace_id", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Id)
    text: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
