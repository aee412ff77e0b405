"""What `hanpan run` prepares before the first process starts: code, database, keys."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

import hanpan
from core import keys, registry, schema, settings, store, vault
from core.contracts.text import Text
from core.registry import Registry
from core.services import backup, first_run
from core.settings import Settings
from hanpan import cli
from hanpan.terminal import say

NEEDED = ("web", "worker", "hanpan.cli.web", "hanpan.cli.clock", "hanpan.cli.practice")


class NotPrepared(Exception):
    """Starting again cannot help; `text` says why and what to do."""

    def __init__(self, text: Text | str) -> None:
        self.text = text
        super().__init__(text if isinstance(text, str) else text.en)


def preload() -> Registry:
    """Import what the processes need; returns what the plugins declare."""
    for name in NEEDED:
        import_module(name)
    return registry.current()


def prepare() -> bool:
    """Bring the database to our revision, load the keys; False when it does not answer.

    Raises NotPrepared. No connection stays open: processes are forked from here.
    """
    configured = settings.current()
    engine = store.make_engine(configured.database_url)
    store.bind(engine)
    try:
        _migrate(engine, configured)
        vault.start(configured.keys_file)
    except OperationalError:
        return False
    except (schema.WrongRevision, keys.KeysError) as error:
        raise NotPrepared(str(error)) from error
    except backup.BackupRefused as error:
        raise NotPrepared(error.text) from error
    finally:
        engine.dispose()
    return True


def _migrate(engine: Engine, configured: Settings) -> None:
    if schema.current(engine) == schema.head():
        return  # the usual case: nothing is looked through
    made = backup.upgrade(
        engine,
        configured.data,
        keys_file=configured.keys_file,
        version=hanpan.__version__,
    )
    if made:
        say(Text(f"먼저 백업했습니다: {made}", f"backed up first: {made}"))


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
