"""Rows of the current workspace written many at a time: inserted, or updated where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.store import current_workspace


def insert_rows(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """INSERT rows of the current workspace."""
    if rows:
        session.execute(insert(table), _owned(rows))


def insert_many(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """INSERT thousands of rows: all give the same columns, those they leave out are NULL.

    PostgreSQL takes them as COPY, which costs a fraction.
    """
    connection = session.connection()
    if not rows or connection.dialect.name == "sqlite":
        insert_rows(session, table, rows)
        return
    names = list(rows[0])
    makers = [table.c[name].type.dialect_impl(connection.dialect) for name in names]
    made = [maker.bind_processor(connection.dialect) for maker in makers]
    columns = [[row[name] for row in rows] for name in names]
    told = [
        column if make is None else list(map(make, column))
        for make, column in zip(made, columns, strict=True)
    ]
    workspace_id = current_workspace()
    cursor = connection.connection.cursor()
    quoted = ", ".join(f'"{name}"' for name in (*names, "workspace_id"))
    with cursor.copy(f'COPY "{table.name}" ({quoted}) FROM STDIN') as copy:
        for row in zip(*told, strict=True):
            copy.write_row((*row, workspace_id))


def _owned(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "workspace_id": current_workspace()} for row in rows]


def insert_new(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], key: Sequence[str]
) -> None:
    """INSERT rows; one whose `key` exists already is left as it stands."""
    if not rows:
        return
    kind = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = kind(table).on_conflict_do_nothing(index_elements=list(key))
    session.execute(statement, _owned(rows))


def upsert(
    session: Session,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: Sequence[str],
    differs: str,
    not_older: str | None = None,
    keep: Sequence[str] = (),
) -> None:
    """INSERT rows, or update those with the same `key` (workspace first) where `differs` differs.

    `not_older` names a column in which an incoming row must not be smaller than the stored one
    (an observation made earlier never overwrites a later one). `keep` are columns that an
    update leaves alone. All rows must have the same columns.
    """
    if not rows:
        return
    if key[0] != "workspace_id":
        raise ValueError("a natural key begins with workspace_id")
    kind = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = kind(table)
    fresh = statement.excluded
    where = table.c[differs] != fresh[differs]
    if not_older:
        where = where & (fresh[not_older] >= table.c[not_older])
    left = {*key, *keep, "id", "workspace_id"}
    changed = {name: fresh[name] for name in rows[0] if name not in left}
    statement = statement.on_conflict_do_update(index_elements=list(key), set_=changed, where=where)
    session.execute(statement, _owned(rows))
