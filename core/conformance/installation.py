"""A Hanpan of its own for the time of a trial: folder, database, keys and settings."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from core import clock, keys, registry, schema, settings, store, vault, work
from core.ledger.connection import forget_transports
from core.ledger.run import forget_connections

NOWHERE = "unix:///nowhere/redis.sock"
"""Nobody rings: what is due is drained by hand."""


@contextmanager
def installed() -> Iterator[Path]:
    """Set up an empty, migrated installation; the process is as it was before when it ends.

    Not to be used while another part of the process works with the database.
    """
    environment, engine = dict(os.environ), store._engine
    with tempfile.TemporaryDirectory(prefix="hanpan-kit-") as name, _quiet_doorbell():
        folder = Path(name)
        for setting in [name for name in os.environ if name.startswith("HANPAN_")]:
            del os.environ[setting]
        os.environ |= {
            "HANPAN_DATA": str(folder),
            "DATABASE_URL": f"sqlite:///{folder / 'hanpan.db'}",
            "REDIS_URL": NOWHERE,
        }
        try:
            _begin(folder)
            yield folder
        finally:
            forget_connections()
            forget_transports()
            store.engine().dispose()
            store._engine = engine
            os.environ.clear()
            os.environ.update(environment)
            settings.use(None)
            registry.use(None)
            vault.unload()
            clock.reread()


def _begin(folder: Path) -> None:
    settings.use(None)
    clock.reread()
    forget_connections()
    forget_transports()
    (folder / "hanpan.db").write_bytes(_migrated())
    store.bind(store.make_engine(settings.current().database_url))
    keys.create(folder / "keys.json")
    vault.load(folder / "keys.json")
    work.begin()


@cache
def _migrated() -> bytes:
    """An empty, migrated database; a process that holds many plugins makes it once."""
    with tempfile.TemporaryDirectory(prefix="hanpan-kit-") as name:
        file = Path(name) / "hanpan.db"
        engine = store.make_engine(f"sqlite:///{file}")
        schema.upgrade(engine)
        engine.dispose()
        return file.read_bytes()


@contextmanager
def _quiet_doorbell() -> Iterator[None]:
    """That Redis takes no ring is so on purpose here."""
    doorbell = logging.getLogger("core.queue")
    before, doorbell.disabled = doorbell.disabled, True
    try:
        yield
    finally:
        doorbell.disabled = before
