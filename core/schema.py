"""Which revision the database stands at, and how it gets to ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x68616E70616E  # "hanpan": one migration at a time on a PostgreSQL server's database


class WrongRevision(Exception):
    """The database's revision is not the one that this version works with."""


def head() -> str:
    """The revision that this version of Hanpan works with."""
    found = ScriptDirectory(str(_FOLDER)).get_current_head()
    assert found is not None
    return found


def current(engine: Engine) -> str | None:
    """The revision that the database stands at; None when it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def known(revision: str) -> bool:
    """Whether this version of Hanpan has heard of the revision."""
    every = ScriptDirectory(str(_FOLDER)).walk_revisions()
    return any(one.revision == revision for one in every)


def check(engine: Engine) -> None:
    """Raise WrongRevision, with a sentence that says what to do, unless the revision is ours."""
    found, ours = current(engine), head()
    if found == ours:
        return
    if found is None:
        raise WrongRevision(
            "데이터베이스가 비어 있습니다. hanpan db upgrade를 실행해 주세요. "
            "(The database is empty: run hanpan db upgrade.)"
        )
    if known(found):
        raise WrongRevision(
            f"데이터베이스({found})가 프로그램({ours})보다 오래되었습니다. "
            "hanpan db upgrade를 실행해 주세요. "
            f"(The database is at {found}, older than {ours}: run hanpan db upgrade.)"
        )
    raise WrongRevision(
        f"데이터베이스({found})가 프로그램({ours})이 모르는 판입니다. "
        "더 새로운 Hanpan을 설치해 주세요. "
        f"(The database is at {found}, which this version, {ours}, does not know: "
        "install a newer Hanpan.)"
    )


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision` in one transaction; a second caller waits its turn."""
    with alone(engine) as connection:
        upgrade_within(connection, revision)


def upgrade_within(connection: Connection, revision: str = "head") -> None:
    """Bring the database to `revision` within the transaction that the caller began."""
    command.upgrade(_config(connection), revision)


def write_revision(engine: Engine, message: str) -> Path:
    """Write the next revision's file from what the models have and the database has not."""
    with alone(engine) as connection:
        made = command.revision(_config(connection), message, autogenerate=True, rev_id=_next_id())
    assert made is not None and not isinstance(made, list)
    return Path(made.path)


def _next_id() -> str:
    return f"{sum(1 for _ in ScriptDirectory(str(_FOLDER)).walk_revisions()) + 1:04d}"


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other migration or restore shares; SQLite's foreign keys are let go.

    Rebuilding a table drops it, which SQLite would refuse or cascade; what is left is checked
    before the transaction is committed.
    """
    with engine.execution_options(immediate=True).connect() as connection:
        if connection.dialect.name != "sqlite":
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                yield connection
            return
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")  # has no effect inside a transaction
        try:
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken is not None:
                    raise RuntimeError(f"rows of {broken[0]} point at nothing; nothing was changed")
        finally:
            raw.execute("PRAGMA foreign_keys=ON")
