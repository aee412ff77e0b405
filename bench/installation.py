"""A fresh installation to measure: database, keys, one workspace, one connected channel."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import select

from bench.practice import Practice
from core import clock, keys, schema, settings, store, vault, work
from core.ledger import drain as draining
from core.ledger.connection import forget_transports
from core.ledger.run import forget_connections
from core.models import Command, Workspace, new_id
from core.services import channels
from core.services.audit import Actor

BENCH = Actor(None, "측정", "127.0.0.1")


@dataclass(frozen=True)
class Servers:
    """The real servers of a run: `postgresql` is a URL with `{name}` in it."""

    postgresql: str
    redis: str

    def database(self, kind: str, folder: Path) -> str:
        """The URL of a fresh database of this kind ("sqlite", "postgresql"), not migrated yet."""
        if kind == "sqlite":
            return f"sqlite:///{folder / 'hanpan.db'}"
        name = f"bench_{new_id()}"
        admin = psycopg.connect(self.postgresql.format(name="postgres"), autocommit=True)
        with closing(admin) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.postgresql.format(name=name)


@dataclass(frozen=True)
class Installation:
    """What is open now, in this process."""

    url: str
    folder: Path
    workspace_id: str
    channel_id: str

    def channel(self) -> Any:
        """The channel's row."""
        with store.workspace(self.workspace_id), store.read() as session:
            return channels.get(session, self.channel_id)


@contextmanager
def bare(kind: str, servers: Servers) -> Iterator[Path]:
    """Set up an installation without a workspace on a fresh database; its data folder."""
    with tempfile.TemporaryDirectory(prefix="hp-b-", dir="/tmp") as folder:
        data = Path(folder)
        with _environment(servers.database(kind, data), data, servers):
            yield data


@contextmanager
def opened(
    url: str, folder: Path, practice: Practice, servers: Servers, **environment: str
) -> Iterator[Installation]:
    """Set up an installation with the default settings, its practice channel connected."""
    port = {"HANPAN_PRACTICE_PORT": str(practice.port), **environment}
    with _environment(url, folder, servers, **port):
        workspace_id = new_id()
        with store.workspace(workspace_id):
            _make_workspace(workspace_id)
            channel_id = _connect(practice.market)
            store.engine().dispose()
            yield Installation(url, folder, workspace_id, channel_id)


@contextmanager
def _environment(url: str, folder: Path, servers: Servers, **environment: str) -> Iterator[None]:
    """The settings, a migrated database and keys, for this process and those it starts."""
    before = dict(os.environ)
    os.environ.update(
        {
            "HANPAN_DATA": str(folder),
            "DATABASE_URL": url,
            "REDIS_URL": servers.redis,
            **environment,
        }
    )
    settings.use(None)
    engine = store.make_engine(url)
    try:
        schema.upgrade(engine)
        store.bind(engine)
        keys.create(folder / "keys.json")
        vault.load(folder / "keys.json")
        work.begin()
        yield
    finally:
        engine.dispose()
        forget_connections()
        forget_transports()
        vault.unload()
        os.environ.clear()
        os.environ.update(before)
        settings.use(None)


def _make_workspace(workspace_id: str) -> None:
    with store.write() as session:
        session.add(Workspace(id=workspace_id, name="측정", created_at=clock.now()))
        session.flush()
        vault.create_workspace_key(session, workspace_id)


def _connect(market: str) -> str:
    channel_id = channels.add_practice(market, BENCH, submission=new_id())
    draining.drain("urgent")
    with store.read() as session:
        state = channels.get(session, channel_id).state
    if state != "active":
        raise RuntimeError(f"the practice channel is {state}")
    return channel_id


def collect_until_armed() -> dict[str, Any]:
    """In a forked child: do what a work-horse does until the collection has read everything."""
    work.after_fork()
    slices = 0
    while True:
        slices += draining.drain("sync")
        with store.all_workspaces(), store.read() as session:
            standing = session.scalars(select(Command).where(Command.standing.is_(True))).one()
        if standing.error_code or standing.state == "held":
            raise RuntimeError(f"the collection met {standing.error_code or standing.held_for}")
        if standing.state == "ready" and standing.polls:
            return {"slices": slices}
        time.sleep(0.01)
