"""The declarative base, and the columns that every table of a workspace has.

Ids are 32 hex digits. Times are UTC epoch seconds nowhere: they are aware datetimes, stored as
UTC. Money is integer won. Every natural key begins with `workspace_id`.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    String,
    TypeDecorator,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, registry
from sqlalchemy.types import TypeEngine

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class _Iso(sqlite.DATETIME):
    def bind_processor(self, dialect: Dialect) -> Any:
        return lambda value: None if value is None else value.isoformat(" ", "microseconds")


_ISO = _Iso()  # type: ignore[no-untyped-call]


class Utc(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC without a zone (SQLite has none)."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        """SQLite's own way to write a time is slow: collecting spends its time there."""
        return dialect.type_descriptor(_ISO if dialect.name == "sqlite" else DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; a naive value is a mistake of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was about to be stored")
        try:
            return value.astimezone(UTC).replace(tzinfo=None)
        except OverflowError:  # the first or the last day there is, by which some say "none"
            return value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read as aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=NAMES)
    registry = registry(
        type_annotation_map={
            datetime: Utc(),
            int: BigInteger(),  # epoch milliseconds do not fit PostgreSQL's INTEGER
            dict[str, Any]: JSON(none_as_null=True),
            list[Any]: JSON(none_as_null=True),
        }
    )


def new_id() -> str:
    """A fresh id for a row that did not come from a marketplace."""
    return uuid.uuid4().hex


def id_of(space: uuid.UUID, *parts: str) -> str:
    """The same id (UUIDv5) for the same parts, always."""
    told = hashlib.sha1(space.bytes + "\x1f".join(parts).encode(), usedforsecurity=False)
    found = told.hexdigest()
    variant = "89ab"[int(found[16], 16) & 3]
    return f"{found[:12]}5{found[13:16]}{variant}{found[17:32]}"


Id = String(32)


class Owned:
    """Mixin: the row belongs to a workspace."""

    @declared_attr
    def workspace_id(cls) -> Mapped[str]:
        """The seller company that the row belongs to."""
        return mapped_column(Id, ForeignKey("workspace.id"), primary_key=False, index=False)


def of_the(table: str, column: str) -> ForeignKeyConstraint:
    """The reference of a child row: it names its parent within the same workspace."""
    return ForeignKeyConstraint(["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"])


def of_channel() -> ForeignKeyConstraint:
    """The reference of a row that belongs to a channel."""
    return of_the("channel", "channel_id")
