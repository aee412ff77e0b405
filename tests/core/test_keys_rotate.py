"""Key rotation by the real command, in processes of its own that are killed at every point."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from sqlalchemy import JSON, select, update

from core import clock, keys, store, vault
from core.models import Base, SavedSearch, Workspace, WorkspaceKey, new_id
from core.models.base import Utc
from core.sealed import SEALED
from core.services import audit, rotation
from hanpan.cli import keys as command
from tests.killing import KILLED, in_child


def hanpan(bound, *arguments):
    environment = {**os.environ, "DATABASE_URL": bound.url, "HANPAN_LANG": "en"}
    started = [sys.executable, "-m", "hanpan", *arguments]
    return subprocess.run(started, env=environment, capture_output=True, text=True, timeout=120)


def value_of(column):
    """Something that a column of this type takes."""
    if isinstance(column.type, Utc):
        return clock.now()
    return {} if isinstance(column.type, JSON) else column.type.python_type()


def new_row(table, name, channel):
    """A row of `table`, every sealed column of it filled, named `name` where names are wanted."""
    row = {column.name: value_of(column) for column in table.columns if not column.nullable}
    named = ("id", "key", "line_no", "product_no", "remote_id", "item", "natural_key")
    row |= {part: name for part in named if part in row}
    row |= {"workspace_id": store.current_workspace(), "channel_id": channel}
    for sealed in SEALED:
        if sealed.table == table.name:
            place = (sealed.table, sealed.column, ":".join(row[part] for part in sealed.row))
            plain = f"{sealed.column} of {name} 홍길동".encode() * 5
            row[sealed.column] = vault.seal(*place, plain, compress=sealed.column == "raw")
    return {key: row[key] for key in row if key in table.c}


def read_all():
    """Open every sealed value of the current workspace: {place: plaintext}."""
    found = {}
    for sealed in SEALED:
        table = Base.metadata.tables[sealed.table]
        columns = [table.c[part] for part in sealed.row]
        with store.read() as session:
            rows = session.execute(store.select_in(table, *columns, table.c[sealed.column])).all()
        for row in rows:
            place = (sealed.table, sealed.column, ":".join(row[:-1]))
            found[place] = vault.unseal(*place, row[-1])
    return found


@pytest.fixture
def filled(store_bound):
    """Rows in every sealed column of two workspaces: what they say, per workspace."""
    other = new_id()
    with store.write() as session:
        session.add(Workspace(id=other, name="다른 가게", created_at=clock.now()))
        session.flush()
        vault.create_workspace_key(session, other)
    said = {}
    tables = [Base.metadata.tables[name] for name in dict.fromkeys(one.table for one in SEALED)]
    for workspace in (store_bound.workspace, other):
        with store.workspace(workspace), store.write() as session:
            for table in tables:
                names = [f"{workspace[:8]}-{number}" for number in range(3)]
                session.execute(table.insert(), [new_row(table, one, names[0]) for one in names])
        with store.workspace(workspace):
            said[workspace] = read_all()
    assert [len(values) for values in said.values()] == [3 * len(SEALED)] * 2
    return said


def says(filled):
    """What the rows of the same workspaces say now."""
    found = {}
    for workspace in filled:
        with store.workspace(workspace):
            found[workspace] = read_all()
    return found


def says_to_a_fresh_process(bound, filled):
    vault.load(bound.keys_file)
    vault.check()
    return says(filled)


def masters_in_use():
    with store.read() as session:
        return set(session.scalars(select(WorkspaceKey.master)))


def data_keys():
    """(number, current) of the workspace's data keys."""
    with store.read() as session:
        rows = session.scalars(
            select(WorkspaceKey)
            .where(WorkspaceKey.workspace_id == store.current_workspace())
            .where(WorkspaceKey.purpose == "data")
            .order_by(WorkspaceKey.number)
        )
        return [(row.number, row.current) for row in rows]


def test_a_new_master_key_replaces_the_old_one(store_bound, filled, both_databases):
    (old,) = masters_in_use()
    fingerprint = vault.fingerprint(b"x")
    done = hanpan(store_bound, "keys", "rotate")
    assert (done.returncode, done.stderr) == (0, "")
    (new,) = masters_in_use()
    file = keys.read(store_bound.keys_file)
    assert old != new == file.current and set(file.keys) == {new}
    assert store_bound.keys_file.stat().st_mode & 0o777 == 0o600
    assert says(filled) == filled == says_to_a_fresh_process(store_bound, filled)
    assert vault.fingerprint(b"x") == fingerprint and data_keys() == [(1, True)]
    with store.read() as session:
        assert audit.entries(session)[0].action == "keys.rotate"


def test_new_data_keys_seal_every_row_anew_and_leave_fingerprints(
    store_bound, filled, both_databases
):
    fingerprint, blind = vault.fingerprint(b"x"), vault.blind("x")
    assert rotation.stale_rows(2) == 3 * len(SEALED)
    done = hanpan(store_bound, "keys", "rotate", "--data")
    assert (done.returncode, done.stderr) == (0, "")
    assert "order_line: 12" in done.stdout
    assert says(filled) == filled == says_to_a_fresh_process(store_bound, filled)
    assert (vault.fingerprint(b"x"), vault.blind("x")) == (fingerprint, blind)
    assert data_keys() == [(1, False), (2, True)] and rotation.stale_rows(2) == 0
    assert int.from_bytes(vault.seal("order_line", "raw", "1", b"x")[1 : vault._HEAD], "big") == 2


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("point", rotation.POINTS)
def test_a_rotation_killed_anywhere_leaves_all_readable_and_is_finished_by_running_it_again(
    store_bound, filled, point, nth, both_databases, monkeypatch
):
    monkeypatch.setenv("DATABASE_URL", store_bound.url)
    before = masters_in_use()
    once = point in ("keys.planned", "keys.master_added", "keys.retired")
    for _ in range(nth if once else 1):  # killed twice where it is passed once
        code = in_child(rotate_data, dies_at=point if once else f"{point}@{nth}")
        assert code == KILLED
        assert says(filled) == filled, "in a process that goes on"
        assert says_to_a_fresh_process(store_bound, filled) == filled
    assert rotation.unfinished() and in_child(lambda: command.main(["status"])) == 1

    assert in_child(lambda: command.main(["rotate"])) == 0
    assert says(filled) == filled == says_to_a_fresh_process(store_bound, filled)
    (master,) = masters_in_use()
    assert {master}.isdisjoint(before)
    assert set(keys.read(store_bound.keys_file).keys) == {master}
    for workspace in filled:
        with store.workspace(workspace):
            assert data_keys() == [(1, False), (2, True)], "one rotation, not two"
            assert rotation.stale_rows(2) == 0
    assert in_child(lambda: command.main(["status"])) == 0


def rotate_data():
    return command.main(["rotate", "--data"])


def test_rows_written_while_keys_are_rotated_stay_readable(
    store_bound, filled, both_databases, monkeypatch
):
    monkeypatch.setattr(vault, "_FRESH_S", 0.5)
    environment = {**os.environ, "DATABASE_URL": store_bound.url}
    started = [sys.executable, "-m", "hanpan", "keys", "rotate", "--data"]
    table = Base.metadata.tables["saved_search"]
    written = 0
    with subprocess.Popen(started, env=environment, stdout=subprocess.PIPE) as rotating:
        while rotating.poll() is None:
            with store.write() as session:
                session.execute(table.insert(), [new_row(table, f"written-{written}", None)])
            written += 1
            time.sleep(0.01)
    assert rotating.returncode == 0 and written > 3
    found = says_to_a_fresh_process(store_bound, filled)[store_bound.workspace]
    assert sum(key[2].startswith("written-") for key in found) == written


def test_a_workspace_made_meanwhile_is_wrapped_by_a_key_that_stays(store_bound, filled):
    died = in_child(lambda: rotation.rotate(data=False), dies_at="keys.rewrapped")
    assert died == KILLED
    made = new_id()
    with store.workspace(made):
        with store.write() as session:
            session.add(Workspace(id=made, name="새 가게", created_at=clock.now()))
            session.flush()
            vault.create_workspace_key(session, made)
        sealed = vault.seal("saved_search", "text", "1", b"x")
        rotation.rotate(data=False)
        vault.load(store_bound.keys_file)
        assert vault.unseal("saved_search", "text", "1", sealed) == b"x"
    assert len(masters_in_use()) == 1


def test_a_master_key_that_still_wraps_something_is_never_retired(store_bound, filled):
    plan = rotation._plan(False)
    rotation._add_master(plan)
    rotation._retire(plan)
    assert says_to_a_fresh_process(store_bound, filled) == filled


def test_an_old_data_key_goes_at_the_next_rotation_when_nothing_is_under_it(store_bound, filled):
    rotation.rotate(data=True)
    rotation.rotate(data=True)
    assert data_keys() == [(1, False), (2, False), (3, True)], "too early for both"
    with store.write() as session:
        earlier = clock.now() - timedelta(hours=2)
        session.execute(update(WorkspaceKey).values(created_at=earlier))
        search = session.scalars(select(SavedSearch).limit(1)).one()
        kept = vault.seal("saved_search", "text", search.id, b"older")
    rotation.rotate(data=True)
    assert data_keys() == [(3, False), (4, True)]
    with store.write() as session:
        session.execute(update(WorkspaceKey).values(created_at=earlier))
        session.get(SavedSearch, search.id).text = kept  # sealed by a process that was late
    with store.workspace(next(iter(filled))):
        rotation.rotate(data=True)
    assert (3, False) in data_keys()
    assert vault.unseal("saved_search", "text", search.id, kept) == b"older"


def test_status_says_what_is_under_which_key(store_bound, filled):
    status = hanpan(store_bound, "keys", "status")
    file = keys.read(store_bound.keys_file)
    assert status.returncode == 0
    assert f"* master {file.current}" in status.stdout
    assert "한판 가게: data key 1" in status.stdout and "0 values under older" in status.stdout
    assert all(key.hex() not in status.stdout for key in file.keys.values())


def test_rotating_without_the_key_file_says_so(store_bound):
    store_bound.keys_file.unlink()
    refused = hanpan(store_bound, "keys", "rotate")
    assert refused.returncode == 1 and "keys.json is missing" in refused.stderr
    assert "Traceback" not in refused.stderr
