"""Migrations and models agree on both databases, and processes refuse a foreign revision."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, inspect, text

from core import schema, store
from core.models import Base

BOTH = pytest.mark.usefixtures("both_databases")


@pytest.fixture
def engine(database):
    made = store.make_engine(database)
    yield made
    made.dispose()


@pytest.fixture
def empty(empty_database):
    made = store.make_engine(empty_database)
    yield made
    made.dispose()


@BOTH
def test_the_migrated_database_is_what_the_models_say(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@BOTH
def test_the_migrated_database_has_every_index_condition_of_the_models(engine):
    def conditions(of):
        return {
            (table, index["name"]): {
                key: str(value) for key, value in index["dialect_options"].items() if "where" in key
            }
            for table in Base.metadata.tables
            for index in inspect(of).get_indexes(table)
        }

    with engine.connect() as connection:
        migrated = conditions(connection)
    assert sum(bool(where) for where in migrated.values()) >= 3
    with schema.alone(engine) as connection:
        reflected = MetaData()
        reflected.reflect(connection)
        reflected.drop_all(connection)
        Base.metadata.create_all(connection)
    with engine.connect() as connection:
        assert conditions(connection) == migrated


@BOTH
def test_an_empty_database_is_brought_to_our_revision_and_stays_there(empty):
    assert schema.current(empty) is None
    with pytest.raises(schema.WrongRevision, match="hanpan db upgrade"):
        schema.check(empty)
    schema.upgrade(empty)
    schema.check(empty)
    assert schema.current(empty) == schema.head()
    schema.upgrade(empty)
    schema.check(empty)


@BOTH
def test_of_two_processes_that_upgrade_at_once_both_find_it_done(empty_database, data_folder):
    environment = {**os.environ, "DATABASE_URL": empty_database}
    command = [sys.executable, "-m", "hanpan", "db", "upgrade"]
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[0].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert all(text.splitlines()[-1] == schema.head() for text in said)


@BOTH
@pytest.mark.parametrize(
    ("revision", "sentence"),
    [("9999", "install a newer Hanpan"), (None, "run hanpan db upgrade")],
)
def test_a_database_at_another_revision_is_refused_with_the_remedy(engine, revision, sentence):
    with engine.begin() as connection:
        if revision is None:
            connection.execute(text("DELETE FROM alembic_version"))
        else:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(schema.WrongRevision, match=sentence):
        schema.check(engine)
    assert not schema.known("9999") and schema.known(schema.head())


@BOTH
def test_a_migration_that_breaks_off_leaves_the_database_as_it_was(engine, empty):
    with pytest.raises(ZeroDivisionError), schema.alone(empty) as connection:
        schema.upgrade_within(connection)
        raise ZeroDivisionError
    assert inspect(empty).get_table_names() == []


def test_sqlite_keeps_its_foreign_keys_after_a_migration_and_checks_what_it_left(engine):
    with schema.alone(engine) as connection:
        connection.execute(text("SELECT 1"))
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    with pytest.raises(RuntimeError, match="point at nothing"), schema.alone(engine) as connection:
        connection.execute(text("INSERT INTO lane VALUES ('nowhere', 'x', '', 0, 0.0, 0)"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM lane")).scalar() == 0
