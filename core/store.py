"""The database: engines, transactions, and Core statements that are held to a workspace.

Every statement built here is held to the current workspace and refuses to be built without
one; the clock and the sweep, which look after all of them, say so with `all_workspaces()`.
Claiming, budgets, pruning and backups build their own, by ids or for all workspaces.
Reads are deferred transactions (`read`); every write goes through `write`, which begins
IMMEDIATE on SQLite and never spans HTTP or rendering.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Double,
    Engine,
    Select,
    Table,
    Update,
    any_,
    bindparam,
    create_engine,
    delete,
    event,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from core.models.base import Owned

_engine: Engine | None = None
_workspace: ContextVar[str | None] = ContextVar("workspace", default=None)
_all: ContextVar[bool] = ContextVar("all_workspaces", default=False)


class NoWorkspace(RuntimeError):
    """A statement was about to be built for nobody's data in particular."""


CHUNK = 500
_V = TypeVar("_V")

MOST_CONNECTIONS = 48
"""Each of the web's 16 threads may read, write and fetch a key at once. One that waits for a
connection while it holds SQLite's only write lock would make all the others wait for it."""


def make_engine(url: str) -> Engine:
    """Return an engine for SQLite or PostgreSQL, set up the way Hanpan needs it."""
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    made = create_engine(
        url,
        pool_pre_ping=url.startswith("postgresql"),
        hide_parameters=True,
        json_serializer=_json,
        max_overflow=MOST_CONNECTIONS - 5,
    )
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _prepare_sqlite)
        event.listen(made, "begin", _begin_sqlite)
    return made


def _json(value: Any) -> str:
    """A JSON column's text, fast where it can be."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # half a letter, or a number that is larger than others read
        return json.dumps(value)


def _prepare_sqlite(connection: DBAPIConnection, record: object) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None
    for pragma in (
        "page_size=8192",  # a line's row is about 3 kB: four-kB pages are half empty
        "journal_mode=WAL",
        "wal_autocheckpoint=4000",  # 32 MB
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def bind(engine: Engine) -> None:
    """Use this engine from now on, in this process."""
    global _engine
    _engine = engine


def engine() -> Engine:
    """The engine of this process."""
    if _engine is None:
        raise RuntimeError("no database is bound: call core.store.bind first")
    return _engine


@contextmanager
def workspace(workspace_id: str) -> Iterator[None]:
    """Work for this workspace within the block."""
    token, other = _workspace.set(workspace_id), _all.set(False)
    try:
        yield
    finally:
        _workspace.reset(token)
        _all.reset(other)


@contextmanager
def all_workspaces() -> Iterator[None]:
    """Look after every workspace within the block (clock, sweep, drain, migrations)."""
    token = _all.set(True)
    try:
        yield
    finally:
        _all.reset(token)


def current_workspace() -> str:
    """The workspace that statements are held to."""
    found = _workspace.get()
    if found is None:
        raise NoWorkspace("no workspace is set")
    return found


@contextmanager
def read() -> Iterator[Session]:
    """A session to read with; nothing it does is kept."""
    with Session(engine(), expire_on_commit=False, autoflush=False) as session:
        yield session


@contextmanager
def write() -> Iterator[Session]:
    """A session that is committed at the end of the block; the write lock is taken at once."""
    bound = engine().execution_options(immediate=True)
    with Session(bound, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def read_connection() -> Iterator[Connection]:
    """A bare connection to read with, for the few statements that run at every poll."""
    with engine().connect() as connection:
        yield connection


@contextmanager
def write_connection() -> Iterator[Connection]:
    """A bare connection that is committed at the end of the block; the write lock comes first."""
    with engine().execution_options(immediate=True).begin() as connection:
        yield connection


@event.listens_for(Session, "do_orm_execute")
def _hold_to_workspace(state: ORMExecuteState) -> None:
    if state.is_column_load or state.is_relationship_load or not state.is_orm_statement:
        return
    if _all.get():
        return
    mine = _workspace.get()
    if mine is None:
        if _touches_owned(state):
            raise NoWorkspace("no workspace is set")
        return
    state.statement = state.statement.options(
        with_loader_criteria(Owned, lambda cls: cls.workspace_id == mine, include_aliases=True)
    )


def _touches_owned(state: ORMExecuteState) -> bool:
    """Whether a statement names rows that belong to a workspace (a bare count() has no mapper)."""
    if any(issubclass(mapper.class_, Owned) for mapper in state.all_mappers):
        return True
    froms = state.statement.get_final_froms() if isinstance(state.statement, Select) else []
    owned = {vars(model).get("__tablename__") for model in Owned.__subclasses__()}
    return any(getattr(found, "name", None) in owned for found in froms)


@event.listens_for(Session, "before_flush")
def _stamp_workspace(session: Session, context: object, instances: object) -> None:
    for row in [*session.new, *session.dirty, *session.deleted]:
        if not isinstance(row, Owned):
            continue
        if row.workspace_id is None and row in session.new:
            row.workspace_id = current_workspace()
        elif not _all.get() and row.workspace_id != current_workspace():
            raise NoWorkspace(f"a {type(row).__name__} of another workspace was about to be kept")


def after_commit(session: Session, name: str, call: Callable[[], object]) -> None:
    """Call this once the session's transaction has been committed; once for each name."""
    session.info.setdefault("after_commit", {})[name] = call


@event.listens_for(Session, "after_commit")
def _call_afterwards(session: Session) -> None:
    if not session.in_nested_transaction():
        for call in session.info.pop("after_commit", {}).values():
            call()


def alone(session: Session, what: str) -> None:
    """Let nobody else of this workspace do `what` until the session's transaction ends.

    It comes before the transaction holds any row, so that two never wait for each other's. SQLite
    has a single writer anyway.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    name = f"{what}:{current_workspace()}".encode()
    number = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), signed=True)
    session.execute(select(func.pg_advisory_xact_lock(number)))


def mine(table: Table) -> ColumnElement[bool]:
    """The condition that a row of `table` belongs to the current workspace."""
    if _all.get():
        return or_(table.c.workspace_id.is_not(None))
    return table.c.workspace_id == current_workspace()


def select_in(table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
    """SELECT from `table`, this workspace's rows only."""
    return select(*(columns or table.c)).select_from(table).where(mine(table))


def update_in(table: Table) -> Update:
    """UPDATE `table`, this workspace's rows only."""
    return update(table).where(mine(table))


def delete_in(table: Table) -> Delete:
    """DELETE from `table`, this workspace's rows only."""
    return delete(table).where(mine(table))


def in_chunks(values: Iterable[_V]) -> Iterator[list[_V]]:
    """These values, so many at a time as one IN may name."""
    rest = list(values)
    for start in range(0, len(rest), CHUNK):
        yield rest[start : start + CHUNK]


def among(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column` is one of these values, however many: they are sent as one parameter."""
    told = list(values)
    if engine().dialect.name == "sqlite":
        each = func.json_each(orjson.dumps(told).decode()).table_valued("value")
        return column.in_(select(each.c.value))
    return column == any_(bindparam(None, told, postgresql.ARRAY(column.type), unique=True))


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


class db_now(FunctionElement[float]):
    """The database's own clock, in epoch seconds: what leases are measured by."""

    inherit_cache = True
    type = Double()


@compiles(db_now, "sqlite")
def _now_sqlite(element: db_now, compiler: SQLCompiler, **more: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(db_now)
def _now_postgresql(element: db_now, compiler: SQLCompiler, **more: Any) -> str:
    return "extract(epoch from clock_timestamp())::double precision"
