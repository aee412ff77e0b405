"""Which SKUs an option of a listing is made of, since when, and what open orders hold of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Owned, new_id, of_the


class Match(Owned, Base):
    """One version of what a listing option is made of; without parts it is of nothing.

    It holds for orders placed from `from_at` until the next version begins; the first one also
    for those placed before. `voided_at` is when it was undone: it counts as if it had never been.
    `how`: own_code, our_code, learnt, hand, made.
    """

    __tablename__ = "match"
    __table_args__ = (
        Unique("workspace_id", "id"),
        Unique("workspace_id", "option_id", "version"),
        of_the("listing_option", "option_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    option_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int]
    from_at: Mapped[datetime]
    how: Mapped[str] = mapped_column(String(16))
    who: Mapped[str] = mapped_column(String(80))
    voided_at: Mapped[datetime | None]


class MatchPart(Owned, Base):
    """One SKU of a match: so many pieces of it go into one piece of the listing option."""

    __tablename__ = "match_part"
    __table_args__ = (
        of_the("match", "match_id"),
        of_the("sku", "sku_id"),
        Index(None, "workspace_id", "match_id"),
        Index(None, "workspace_id", "sku_id"),
    )

    match_id: Mapped[str] = mapped_column(Id, primary_key=True)
    sku_id: Mapped[str] = mapped_column(Id, primary_key=True)
    quantity: Mapped[int] = mapped_column(default=1)


class StockHold(Owned, Base):
    """What one order line holds of one SKU, by the match that stood when it was ordered.

    `reserved` pieces wait in the warehouse for it, `taken` ones have left with it. `turn` counts
    the changes of this row and makes the keys of their movements.
    """

    __tablename__ = "stock_hold"
    __table_args__ = (
        of_the("order_line", "line_id"),
        of_the("sku", "sku_id"),
        Index(None, "workspace_id", "sku_id", "ordered_at"),
        Index(
            "ix_stock_hold_reserved",
            "workspace_id",
            "sku_id",
            "ordered_at",
            "line_id",
            sqlite_where=text("reserved > 0"),
            postgresql_where=text("reserved > 0"),
        ),
    )

    line_id: Mapped[str] = mapped_column(Id, primary_key=True)
    sku_id: Mapped[str] = mapped_column(Id, primary_key=True)
    ordered_at: Mapped[datetime]
    reserved: Mapped[int] = mapped_column(default=0)
    taken: Mapped[int] = mapped_column(default=0)
    turn: Mapped[int] = mapped_column(default=0)
