"""Products, their SKUs and the stock of each: what the seller has, apart from any marketplace."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Owned, new_id, of_the


class Product(Owned, Base):
    """The seller's own product; its SKUs are the options in which it is sold."""

    __tablename__ = "product"
    __table_args__ = (Unique("workspace_id", "id"), Index(None, "workspace_id", "name"))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class Sku(Owned, Base):
    """What is sold and counted. `option_name` is "" for a product that has no options.

    `own_code` is the seller's (자체상품코드, null where there is none), `our_code` the one given
    here (고유상품코드). `words` are names and codes as they are searched and sorted by. Money is
    won. `on_hand` are pieces in the warehouse and `reserved` those of open orders; both change
    only with a StockMove. `buffer` pieces are never published. `revision` grows with each change
    but those of stock, so that nobody overwrites what they have not seen.
    """

    __tablename__ = "sku"
    __table_args__ = (
        Unique("workspace_id", "id"),
        Unique("workspace_id", "own_code"),
        Unique("workspace_id", "our_code"),
        of_the("product", "product_id"),
        Index(None, "workspace_id", "product_id"),
        Index(None, "workspace_id", "created_at", "id"),
        Index(None, "workspace_id", "words", "id"),
        Index(
            "ix_sku_short",
            "workspace_id",
            "id",
            sqlite_where=text("reserved > on_hand"),
            postgresql_where=text("reserved > on_hand"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    product_id: Mapped[str] = mapped_column(Id)
    own_code: Mapped[str | None] = mapped_column(String(120))
    our_code: Mapped[str] = mapped_column(String(16))
    option_name: Mapped[str] = mapped_column(String(200), default="")
    words: Mapped[str] = mapped_column(String(600))
    price: Mapped[int] = mapped_column(default=0)
    cost: Mapped[int | None]
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    buffer: Mapped[int] = mapped_column(default=0)
    on_sale: Mapped[bool] = mapped_column(default=True)
    displayed: Mapped[bool] = mapped_column(default=True)
    runple: Mapped[bool] = mapped_column(default=False)
    image: Mapped[str] = mapped_column(String(1000), default="")
    memo: Mapped[str] = mapped_column(String(1000), default="")
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class StockMove(Owned, Base):
    """One movement of a SKU's stock; `key` makes it unique, so that telling it twice is once.

    `kind`: order, cancel, return, manual, import, correction, listing. `on_hand` and `reserved`
    say by how much each changed (signed), `left_on_hand` and `left_reserved` what they were
    afterwards.
    """

    __tablename__ = "stock_move"
    __table_args__ = (
        Unique("workspace_id", "sku_id", "key"),
        of_the("sku", "sku_id"),
        Index(None, "workspace_id", "sku_id", "at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    sku_id: Mapped[str] = mapped_column(Id)
    key: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(16))
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    left_on_hand: Mapped[int]
    left_reserved: Mapped[int]
    who: Mapped[str] = mapped_column(String(80))
    detail: Mapped[dict[str, Any]]
