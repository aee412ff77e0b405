"""What `hanpan run` prepares before the first process starts: code, database, keys."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from sqlalchemy.exc import OperationalError

from core import keys, registry, schema, settings, store, vault
from core.registry import Problem
from core.services import first_run
from hanpan import cli

NEEDED = ("web", "worker", "hanpan.cli.web", "hanpan.cli.clock", "hanpan.cli.practice")

REFUSALS = (schema.WrongRevision, keys.KeysError)
"""What `prepare` raises when starting again cannot help; each is a sentence."""


def preload() -> list[Problem]:
    """Import what the processes need; returns the plugins that were left out."""
    for name in NEEDED:
        import_module(name)
    return registry.current().problems


def prepare() -> bool:
    """Bring the database to our revision, load the keys; False when it does not answer.

    Raises one of REFUSALS. No connection stays open: processes are forked from here.
    """
    engine = store.make_engine(settings.current().database_url)
    store.bind(engine)
    try:
        _migrate()
        vault.start(settings.current().keys_file)
    except OperationalError:
        return False
    finally:
        engine.dispose()
    return True


def _migrate() -> None:
    engine = store.engine()
    found = schema.current(engine)
    if found == schema.head():
        return
    if found is not None and not schema.known(found):
        schema.check(engine)
    schema.upgrade(engine)


def first_page() -> str:
    """Where to begin: with a fresh one-time code as long as nobody has set up the installation."""
    try:
        if first_run.owner_exists():
            return "/"
        return f"/first?code={first_run.new_first_run_code()}"
    finally:
        store.engine().dispose()


def command(*arguments: str) -> Callable[[int], int]:
    """What one of our own processes does."""

    def main(nothing: int) -> int:
        settings.use(None)  # it has an environment of its own
        return cli.main(arguments)

    return main
