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
from collections.abc import Callable, Iterable, Iterator
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
    String,
    Table,
    Update,
    any_,
    bindparam,
    create_engine,
    delete,
    event,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
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
    """These values, a few at a time: pairs that one IN names, rows that one transaction changes."""
    rest = list(values)
    for start in range(0, len(rest), CHUNK):
        yield rest[start : start + CHUNK]


def among(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column` is one of these values, however many: they are sent as one parameter."""
    told = list(values)
    if engine().dialect.name == "sqlite":
        return column.op("IN", is_comparison=True)(_listed(literal(orjson.dumps(told).decode())))
    text = isinstance(column.type, String)  # of no length: a cast to one would cut values short
    kind = postgresql.ARRAY(String() if text else column.type)
    return column == any_(bindparam(None, told, kind, unique=True))


def rows_among(
    session: Session, query: Select[Any], column: ColumnElement[Any], values: Iterable[Any]
) -> list[Any]:
    """The rows of `query` whose `column` is one of these values; of no values nothing is asked."""
    told = list(values)
    return list(session.execute(query.where(among(column, told)))) if told else []


class _listed(FunctionElement[Any]):
    """The values of a JSON list: `table_valued` says the same, but takes longer to build."""

    inherit_cache = True


@compiles(_listed, "sqlite")
def _listed_sqlite(element: _listed, compiler: SQLCompiler, **more: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **more)}))"


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
