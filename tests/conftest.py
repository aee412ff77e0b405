"""Fixtures that every test may use: fresh databases of both kinds, a real Redis, a workspace.

* `database`: the URL of a fresh, migrated database. SQLite, unless the test asks for
  `both_databases` (it then runs on each) or is marked `postgresql` (it then runs there only).
* `store_bound`: that database bound, a key file loaded, a workspace made and entered.
* `redis_url`: a real Redis, flushed before each test.

Servers start once per test process (so each xdist worker has its own), when first asked for.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import Engine

from core import clock, keys, registry, schema, settings, store, vault
from core.models import Workspace, new_id
from core.registry import Registry
from tests import databases

KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
_names = count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Declare our marks."""
    config.addinivalue_line("markers", "postgresql: runs on PostgreSQL (leave out by -m)")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `both_databases` once on each kind."""
    if "both_databases" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", KINDS, scope="function")


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """The kind of database that this test runs on."""
    return "postgresql" if request.node.get_closest_marker("postgresql") else "sqlite"


@pytest.fixture
def both_databases(database_kind: str) -> str:
    """Ask for this to run a test on SQLite and on PostgreSQL; it is the kind's name."""
    return database_kind


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = store.make_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    engine.dispose()  # the last connection to close folds the WAL into the file
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A running server; `.format(name=…)` gives the URL of a database on it."""
    with databases.postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The name of a migrated PostgreSQL database to copy from."""
    run_on_postgresql(postgresql_server, "CREATE DATABASE template_hanpan")
    engine = store.make_engine(postgresql_server.format(name="template_hanpan"))
    schema.upgrade(engine)
    engine.dispose()
    return "template_hanpan"


def run_on_postgresql(server: str, statement: str) -> None:
    """Run one statement outside a transaction, on the server's own database."""
    with closing(psycopg.connect(server.format(name="postgres"), autocommit=True)) as connection:
        connection.execute(statement)


@pytest.fixture
def database(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database."""
    if database_kind == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "hanpan.db")
        yield f"sqlite:///{tmp_path / 'hanpan.db'}"
        return
    template = request.getfixturevalue("postgresql_template")
    yield from _postgresql_database(request, f"TEMPLATE {template}")


@pytest.fixture
def empty_database(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path
) -> Iterator[str]:
    """The URL of a second database, with nothing in it, not even tables."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    yield from _postgresql_database(request, "")


@pytest.fixture
def fresh_postgresql(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty PostgreSQL database, whatever the test runs on."""
    yield from _postgresql_database(request, "")


def _postgresql_database(request: pytest.FixtureRequest, how: str) -> Iterator[str]:
    server: str = request.getfixturevalue("postgresql_server")
    name = f"test_{next(_names)}"
    run_on_postgresql(server, f"CREATE DATABASE {name} {how}")
    yield server.format(name=name)
    run_on_postgresql(server, f"DROP DATABASE {name} WITH (FORCE)")


@cache
def installed() -> Registry:
    """The plugins that are installed, collected once a process and not anew for each test."""
    return registry.load()


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh HANPAN_DATA, by which the settings are read anew."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("HANPAN_DATA", str(folder))
    settings.use(None)
    yield folder
    settings.use(None)


@dataclass(frozen=True)
class Bound:
    """What `store_bound` set up."""

    url: str
    engine: Engine
    workspace: str
    data: Path
    keys_file: Path


@pytest.fixture
def store_bound(
    database: str, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bound]:
    """The database bound, a fresh key file loaded, and a workspace made and entered."""
    engine = store.make_engine(database)
    monkeypatch.setattr(store, "_engine", None)
    store.bind(engine)
    keys_file = data_folder / "keys.json"
    keys.create(keys_file)
    vault.load(keys_file)
    mine = new_id()
    with store.workspace(mine):
        with store.write() as session:
            session.add(Workspace(id=mine, name="한판 가게", created_at=clock.now()))
            session.flush()
            vault.create_workspace_key(session, mine)
        yield Bound(database, engine, mine, data_folder, keys_file)
    vault.unload()
    engine.dispose()


@pytest.fixture(scope="session")
def redis_running() -> Iterator[str]:
    """A running Redis; tests ask for `redis_url`."""
    with databases.redis_server() as url:
        yield url


@pytest.fixture
def redis_url(redis_running: str) -> str:
    """The URL of a real Redis with nothing in it."""
    with redis.Redis.from_url(redis_running) as client:
        client.flushall()
    return redis_running
