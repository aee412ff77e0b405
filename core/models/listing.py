"""Listings as they stand on the channels, what is wanted of them, and what happened to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Owned, new_id, of_channel, of_the


class Listing(Owned, Base):
    """A product of one channel as last seen; `id` is UUIDv5 of workspace + account + product.

    `seen_version` orders observations: when our request began, or the marketplace's change time
    where that is later (epoch milliseconds); `seen_at` is when it was last looked at. `words` are
    name, codes and numbers as they are searched. `stock_linked` is the listing's own 재고연동:
    stock, state and display follow the SKUs. `gone_at` says since when the marketplace no longer
    tells it.
    """

    __tablename__ = "listing"
    __table_args__ = (
        Unique("workspace_id", "id"),
        Unique("workspace_id", "account", "product_no"),
        of_channel(),
        of_the("shipping_template", "shipping_template_id"),
        Index(None, "workspace_id", "channel_id", "first_seen_at", "id"),
        Index(None, "workspace_id", "first_seen_at", "id"),
        Index(None, "workspace_id", "channel_id", "sale_ends"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[str] = mapped_column(Id)
    account: Mapped[str] = mapped_column(String(200))
    product_no: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(300), default="")
    code: Mapped[str] = mapped_column(String(120), default="")
    words: Mapped[str] = mapped_column(String(600), default="")
    state: Mapped[str] = mapped_column(String(16))
    remote_state: Mapped[str] = mapped_column(String(80), default="")
    displayed: Mapped[bool | None]
    price: Mapped[int | None]
    category: Mapped[str] = mapped_column(String(300), default="")
    image: Mapped[str] = mapped_column(String(1000), default="")
    sale_starts: Mapped[datetime | None]
    sale_ends: Mapped[datetime | None]
    stock_linked: Mapped[bool] = mapped_column(default=False)
    shipping_template_id: Mapped[str | None] = mapped_column(Id)
    seen_version: Mapped[int]
    seen_at: Mapped[datetime]
    fingerprint: Mapped[str] = mapped_column(String(32))
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    first_seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]


class ListingOption(Owned, Base):
    """One row of a listing; `id` is UUIDv5 of the listing and `option_no` ("" without options).

    `extra` is won on top of the listing's price. `stock` are the pieces that the marketplace
    last told or accepted, as of `stock_at`; null where it tells none. `match_id` is the newest
    match that stands, null where that one is of nothing.
    """

    __tablename__ = "listing_option"
    __table_args__ = (
        Unique("workspace_id", "id"),
        Unique("workspace_id", "listing_id", "option_no"),
        of_the("listing", "listing_id"),
        Index(None, "workspace_id", "code"),
        Index(None, "workspace_id", "match_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    listing_id: Mapped[str] = mapped_column(Id)
    option_no: Mapped[str] = mapped_column(String(64), default="")
    place: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(300), default="")
    code: Mapped[str] = mapped_column(String(120), default="")
    extra: Mapped[int] = mapped_column(default=0)
    stock: Mapped[int | None]
    stock_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16), default="unknown")
    match_id: Mapped[str | None] = mapped_column(Id)
    gone_at: Mapped[datetime | None]


class ListingPush(Owned, Base):
    """What one aspect of a listing shall be at the marketplace, and how far that got.

    `what`: price, stock, status, display. `values` are those of the plugin's write; `version`
    grows by one whenever they differ from what was wanted before, `done_version` is the newest
    that the marketplace accepted and `refused_version` the newest that it refused, with its
    `reason`. What is due: version above both. `doubt_at` is from when on a look at the listing
    tells whether it holds what was pushed: until then a write of an older version, whose answer
    was lost, may still arrive; or the listing was seen then to hold less.
    """

    __tablename__ = "listing_push"
    __table_args__ = (
        of_the("listing", "listing_id"),
        of_channel(),
        Index(
            "ix_listing_push_due",
            "workspace_id",
            "channel_id",
            "wanted_at",
            sqlite_where=text("version > done_version AND version > refused_version"),
            postgresql_where=text("version > done_version AND version > refused_version"),
        ),
        Index(
            "ix_listing_push_refused",
            "workspace_id",
            "listing_id",
            sqlite_where=text("refused_version = version AND version > done_version"),
            postgresql_where=text("refused_version = version AND version > done_version"),
        ),
        Index(
            "ix_listing_push_doubt",
            "workspace_id",
            "channel_id",
            sqlite_where=text("doubt_at IS NOT NULL"),
            postgresql_where=text("doubt_at IS NOT NULL"),
        ),
    )

    listing_id: Mapped[str] = mapped_column(Id, primary_key=True)
    what: Mapped[str] = mapped_column(String(16), primary_key=True)
    channel_id: Mapped[str] = mapped_column(Id)
    values: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    done_version: Mapped[int] = mapped_column(default=0)
    refused_version: Mapped[int] = mapped_column(default=0)
    reason: Mapped[dict[str, Any] | None]
    who: Mapped[str] = mapped_column(String(80), default="")
    wanted_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    doubt_at: Mapped[datetime | None]


class ListingEvent(Owned, Base):
    """One entry of a listing's history. `who`: marketplace, hanpan or a person's name.

    `kind` and `detail` make the sentence. `key` makes the entry unique per listing, so that
    telling the same news twice leaves one entry.
    """

    __tablename__ = "listing_event"
    __table_args__ = (
        Unique("workspace_id", "listing_id", "key"),
        of_the("listing", "listing_id"),
        Index(None, "workspace_id", "listing_id", "at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    listing_id: Mapped[str] = mapped_column(Id)
    key: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(32))
    detail: Mapped[dict[str, Any]]


class ListingGroup(Owned, Base):
    """Several listings sold together (그룹상품, 딜); `id` is UUIDv5 of account and number.

    Its members are product numbers: one that is not here yet is simply joined once it comes.
    """

    __tablename__ = "listing_group"
    __table_args__ = (
        Unique("workspace_id", "id"),
        Unique("workspace_id", "account", "group_no"),
        of_channel(),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[str] = mapped_column(Id)
    account: Mapped[str] = mapped_column(String(200))
    group_no: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[str] = mapped_column(String(16))
    remote_state: Mapped[str] = mapped_column(String(80), default="")
    sale_starts: Mapped[datetime | None]
    sale_ends: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ListingGroupMember(Owned, Base):
    """One product number of a group, in the order in which the group shows them."""

    __tablename__ = "listing_group_member"
    __table_args__ = (
        of_the("listing_group", "group_id"),
        Index(None, "workspace_id", "product_no"),
    )

    group_id: Mapped[str] = mapped_column(Id, primary_key=True)
    product_no: Mapped[str] = mapped_column(String(64), primary_key=True)
    place: Mapped[int] = mapped_column(default=0)
