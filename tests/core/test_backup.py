"""Backups: whole, private, of one moment, restored across databases, and safe to go on from."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import time
import tracemalloc
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import MetaData, select, text

from core import clock, dump, keys, schema, store, vault
from core.models import (
    AuditEntry,
    Channel,
    ChannelMemory,
    Command,
    Cursor,
    Effect,
    Heartbeat,
    Lane,
    LoginSession,
    OrderLine,
    Setting,
    User,
    Workspace,
    new_id,
)
from core.services import audit, backup, restore, rotation
from hanpan import occupancy
from hanpan.cli.clock import HEARTBEAT, fall_silent

SECRET = "홍길동 010-1234-5678"
STATES = ("draft", "checking", "active", "waiting", "needs_you", "paused", "sunset")


def sealed(table, column, row_id, value=SECRET):
    return vault.seal(table, column, row_id, value.encode())


@pytest.fixture
def working(store_bound):
    """An installation in the middle of its work; a moment is kept to the microsecond."""
    at = datetime(2026, 11, 3, 14, 59, 59, 123456, tzinfo=UTC)
    with store.write() as session:
        for state in STATES:
            session.add(
                Channel(
                    id=state,
                    marketplace="acme",
                    store="가게",
                    seller_id="s",
                    account=f"acme:{state}",
                    state=state,
                    credentials=sealed("channel", "credentials", state),
                    note={"ko": "알림", "en": "note"} if state == "active" else None,
                    created_at=at,
                )
            )
        session.flush()
        session.add(
            OrderLine(
                id="line",
                channel_id="active",
                account="acme:active",
                order_no="1",
                line_no="1",
                line_key="1-1",
                state="new",
                seen_version=1_699_023_599_123,
                ordered_at=at,
                buyer=sealed("order_line", "buyer", "line"),
                fingerprint=vault.fingerprint(b"line"),
                first_seen_at=at,
                changed_at=at,
            )
        )
        for number, state in enumerate(
            ("ready", "running", "held", "review", "done", "refused", "cancelled")
        ):
            session.add(
                Command(
                    id=state,
                    lane="active",
                    channel_id="active",
                    kind="orders.confirm",
                    natural_key=str(number),
                    queue="urgent",
                    priority=number,
                    state=state,
                    payload=sealed("command", "payload", state),
                    next_at=at.timestamp(),
                    counts={"가": [1, None, 2.5]},
                    result=None,
                    created_by="주인",
                    created_at=at,
                    changed_at=at,
                )
            )
        for state in ("planned", "sending", "done", "refused", "unknown"):
            session.add(
                Effect(
                    id=state,
                    channel_id="active",
                    operation="confirm",
                    item=state,
                    revision=1,
                    command_id="running",
                    state=state,
                    looks=1,
                    looked_at=at,
                    sent_at=None if state == "planned" else at,
                    changed_at=at,
                )
            )
        session.add(Cursor(channel_id="active", kind="orders", value="page 7", moved_at=at))
        session.add(Lane(name="active", owner="worker", fence=12, lease_until=9e9, wanted=True))
        session.add(
            ChannelMemory(
                channel_id="active",
                key="token",
                seal_version=1,
                value=sealed("channel_memory", "value", "active:token"),
                expires_at=at,
            )
        )
        user = User(id="u", login="o@shop.example", name="주인", role="owner", created_at=at)
        user.password_hash = "x"
        session.add(user)
        session.flush()
        session.add(
            LoginSession(
                id="s" * 64,
                user_id="u",
                csrf="",
                created_at=at,
                seen_at=at,
                address="",
                agent="",
            )
        )
        audit.record(session, "line.view", actor=audit.Actor("u", "주인", "192.0.2.7"))
    return store_bound


def make(bound, path, **more):
    return backup.make(
        bound.engine, path, keys_file=more.get("keys_file", bound.keys_file), version="0.1.0"
    )


def put_back(engine, path, bound, *, replace=False, keys_path=None, keys_file=None):
    return restore.restore(
        engine,
        path,
        keys_path=keys_path,
        keys_file=keys_file or bound.keys_file,
        folder=bound.data,
        replace=replace,
        version="0.1.0",
    )


def contents(engine):
    """Every row of every table, as plain values."""
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(*table.c)).all()))
            for table in metadata.sorted_tables
        }


def count(model):
    with store.all_workspaces(), store.read() as session:
        return len(session.scalars(select(model)).all())


@pytest.fixture
def elsewhere(empty_database, tmp_path, monkeypatch):
    """A second, empty installation: (engine, key file)."""
    engine = store.make_engine(empty_database)
    yield engine, tmp_path / "elsewhere" / "keys.json"
    engine.dispose()


def test_a_backup_holds_every_row_and_restores_it_as_it_was(
    working, elsewhere, tmp_path, both_databases, monkeypatch
):
    monkeypatch.setattr(restore, "_settle", lambda session, manifest, saved: None)
    before = contents(working.engine)
    manifest = make(working, tmp_path / "b.zip")
    assert contents(working.engine) == before
    assert manifest.rows["command"] == 7 and manifest.revision == schema.head()
    engine, keys_file = elsewhere
    put_back(engine, tmp_path / "b.zip", working, keys_file=keys_file)
    assert contents(engine) == before
    assert keys.read(keys_file) == keys.read(working.keys_file)


@pytest.mark.parametrize(
    "target", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def test_a_backup_of_one_kind_of_database_is_restored_into_the_other(
    working, tmp_path, both_databases, target, request
):
    make(working, tmp_path / "b.zip")
    if target == "sqlite":
        url = f"sqlite:///{tmp_path / 'other.db'}"
    else:
        url = request.getfixturevalue("fresh_postgresql")
    engine = store.make_engine(url)
    put_back(engine, tmp_path / "b.zip", working)
    store.bind(engine)
    schema.check(engine)
    with store.read() as session:
        line = session.get(OrderLine, "line")
        command = session.get(Command, "done")
        assert line.ordered_at == datetime(2026, 11, 3, 14, 59, 59, 123456, tzinfo=UTC)
        assert (command.counts, command.result) == ({"가": [1, None, 2.5]}, None)
        assert vault.unseal("order_line", "buyer", "line", line.buyer).decode() == SECRET
        assert audit.verify(session) is None
    engine.dispose()


def test_after_a_restore_nothing_goes_on_by_itself(working, tmp_path, both_databases):
    made = make(working, tmp_path / "b.zip")
    began = clock.now()
    result = put_back(working.engine, tmp_path / "b.zip", working, replace=True)
    with store.read() as session:
        channels = {one.id: one for one in session.scalars(select(Channel))}
        commands = {one.id: (one.state, one.held_for) for one in session.scalars(select(Command))}
        effects = {one.id: one for one in session.scalars(select(Effect))}
        cursor, lane = session.scalars(select(Cursor)).one(), session.scalars(select(Lane)).one()
        setting = session.get(Setting, "restored").value
    assert {key: one.state for key, one in channels.items()} == {
        "draft": "draft",
        "sunset": "sunset",
        **dict.fromkeys(("active", "checking", "waiting", "needs_you", "paused"), "paused"),
    }
    for channel in channels.values():
        assert channel.note["resume"] == "collect_first"
        assert datetime.fromisoformat(channel.note["restored_at"]) >= began
    assert channels["active"].note["ko"] == "알림"
    for state in ("ready", "running", "held", "review"):
        assert commands[state] == ("held", "restored")
    for state in ("done", "refused", "cancelled"):
        assert commands[state] == (state, "")
    assert {key: one.state for key, one in effects.items()} == {
        **dict.fromkeys(("planned", "sending", "unknown"), "unknown"),
        "done": "done",
        "refused": "refused",
    }
    assert effects["planned"].sent_at == made.at
    assert effects["sending"].sent_at == datetime(2026, 11, 3, 14, 59, 59, 123456, tzinfo=UTC)
    assert (effects["unknown"].looks, effects["unknown"].looked_at) == (0, None)
    assert effects["done"].looks == 1
    kept = cursor.value.removeprefix("since:")
    assert cursor.value != kept and datetime.fromisoformat(kept) == made.at - timedelta(days=1)
    assert (lane.owner, lane.lease_until, lane.wanted) == ("", 0.0, False) and lane.fence > 12
    assert count(LoginSession) == count(ChannelMemory) == 0
    assert setting["backup_at"] == made.made_at
    assert (result.channels, result.held, result.unknown) == (7, 4, 3)
    with store.read() as session:
        assert session.scalars(select(AuditEntry.action)).all() == ["line.view", "backup.restore"]
        assert audit.verify(session) is None


def test_both_files_are_private_and_the_first_opens_nothing(working, elsewhere, tmp_path):
    path = tmp_path / "b.zip"
    make(working, path)
    for file in (path, backup.keys_beside(path)):
        assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    for canary in (SECRET, "010-1234", *keys.read(working.keys_file).keys.values()):
        assert (canary if isinstance(canary, bytes) else canary.encode()) not in everything
    backup.keys_beside(path).unlink()
    engine, keys_file = elsewhere
    with pytest.raises(keys.KeysError, match="Master key"):
        put_back(engine, path, working, keys_file=keys_file)
    assert contents(engine) == {}


def test_keys_are_found_elsewhere_and_added_to_those_that_are_there(working, elsewhere, tmp_path):
    make(working, tmp_path / "b.zip")
    moved = shutil.move(tmp_path / "b.zip.keys", tmp_path / "usb.keys")
    engine, keys_file = elsewhere
    mine = keys.create(keys_file)
    put_back(engine, tmp_path / "b.zip", working, keys_file=keys_file, keys_path=Path(moved))
    merged = keys.read(keys_file)
    assert merged.current == mine.current and len(merged.keys) == 2


def test_keys_of_another_installation_are_refused_before_anything_changes(
    working, elsewhere, tmp_path
):
    make(working, tmp_path / "b.zip")
    wanted = keys.read(working.keys_file).current
    other = keys.KeyFile(wanted, {wanted: b"x" * 32})
    keys.replace(tmp_path / "b.zip.keys", other)
    engine, keys_file = elsewhere
    with pytest.raises(keys.KeysError, match="does not open"):
        put_back(engine, tmp_path / "b.zip", working, keys_file=keys_file)
    assert contents(engine) == {} and not keys_file.exists()


def test_a_backup_is_of_one_moment_while_others_write(
    working, elsewhere, tmp_path, both_databases, monkeypatch
):
    real = dump._write_rows

    def write_rows(connection, table, lines):
        with store.write() as session:  # every table grows after it began
            session.add(Workspace(id=new_id(), name="new", created_at=clock.now()))
            session.add(Setting(key=new_id(), value={}))
        return real(connection, table, lines)

    monkeypatch.setattr(dump, "_write_rows", write_rows)
    manifest = make(working, tmp_path / "b.zip")
    assert (manifest.rows["setting"], manifest.rows["workspace"]) == (0, 1)
    assert count(Workspace) > 10


def test_a_database_that_is_not_empty_is_replaced_only_when_told_and_backed_up_first(
    working, tmp_path, both_databases
):
    make(working, tmp_path / "b.zip")
    with store.write() as session:
        session.add(Workspace(id="later", name="later", created_at=clock.now()))
    with pytest.raises(backup.BackupRefused, match="--replace"):
        put_back(working.engine, tmp_path / "b.zip", working)
    assert count(Workspace) == 2
    result = put_back(working.engine, tmp_path / "b.zip", working, replace=True)
    assert count(Workspace) == 1
    assert dump.read_manifest(result.saved).rows["workspace"] == 2
    put_back(working.engine, result.saved, working, replace=True)
    assert count(Workspace) == 2


def test_a_migrated_database_that_nobody_used_is_empty(
    working, database, tmp_path, both_databases, request
):
    make(working, tmp_path / "b.zip")
    engine, _ = request.getfixturevalue("elsewhere")
    schema.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO setting VALUES ('first_run', '{}')"))
    put_back(engine, tmp_path / "b.zip", working)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM workspace")) == 1


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_damaged_backup_changes_nothing(working, tmp_path, share, both_databases):
    path = tmp_path / "b.zip"
    make(working, path)
    before = contents(working.engine)
    whole = path.read_bytes()
    at = int(len(whole) * share)
    for broken in (whole[:at], whole[:at] + b"\x00\xff\x00" * 9 + whole[at + 27 :]):
        path.write_bytes(broken)
        if broken == whole:
            continue
        with pytest.raises((backup.BackupRefused, keys.KeysError)):
            put_back(working.engine, path, working, replace=True)
        assert contents(working.engine) == before


def test_a_backup_with_a_row_missing_is_found_out(working, tmp_path):
    make(working, tmp_path / "whole.zip")
    with (
        zipfile.ZipFile(tmp_path / "whole.zip") as whole,
        zipfile.ZipFile(tmp_path / "b.zip", "w") as short,
    ):
        for name in whole.namelist():
            content = whole.read(name)
            short.writestr(name, b"" if name == "order_line.jsonl" else content)
    before = contents(working.engine)
    with pytest.raises(backup.BackupRefused, match="0 rows of 1"):
        put_back(working.engine, tmp_path / "b.zip", working, replace=True)
    assert contents(working.engine) == before


def test_a_restore_that_breaks_off_leaves_the_old_database(
    working, tmp_path, monkeypatch, both_databases
):
    make(working, tmp_path / "b.zip")
    before = contents(working.engine)
    real = dump._read_rows

    def read_rows(connection, name, columns, lines):
        if name == "order_line":
            raise OSError("the disk is gone")
        return real(connection, name, columns, lines)

    monkeypatch.setattr(dump, "_read_rows", read_rows)
    with pytest.raises(OSError, match="disk"):
        put_back(working.engine, tmp_path / "b.zip", working, replace=True)
    assert contents(working.engine) == before


def test_a_backup_of_a_newer_version_is_refused(working, tmp_path, monkeypatch):
    monkeypatch.setattr(dump, "_revision", lambda connection: "9999")
    make(working, tmp_path / "b.zip")
    with pytest.raises(backup.BackupRefused, match="newer Hanpan"):
        put_back(working.engine, tmp_path / "b.zip", working, replace=True)


def test_tables_of_another_program_are_neither_dropped_nor_taken_for_ours(
    working, elsewhere, tmp_path, both_databases
):
    make(working, tmp_path / "b.zip")
    engine, _ = elsewhere
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    with pytest.raises(backup.BackupRefused, match="not Hanpan's"):
        put_back(engine, tmp_path / "b.zip", working, replace=True)
    with working.engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    put_back(working.engine, tmp_path / "b.zip", working, replace=True)
    assert "theirs" in contents(working.engine)


def test_nothing_is_restored_under_running_processes(working, tmp_path, both_databases):
    make(working, tmp_path / "b.zip")
    with store.write() as session:
        session.add(Heartbeat(name="worker-urgent", at=clock.now(), detail={}))
    with pytest.raises(backup.BackupRefused, match=r"worker-urgent.*Ctrl-C"):
        put_back(working.engine, tmp_path / "b.zip", working, replace=True)
    with store.write() as session:
        beat = session.get(Heartbeat, "worker-urgent")
        beat.at = clock.now() - timedelta(seconds=61)
    put_back(working.engine, tmp_path / "b.zip", working, replace=True)


def test_an_existing_file_is_never_overwritten(working, tmp_path):
    (tmp_path / "b.zip").write_text("mine")
    (tmp_path / "c.zip.keys").write_text("mine")
    for name in ("b.zip", "c.zip"):
        with pytest.raises(backup.BackupRefused, match="exists already"):
            make(working, tmp_path / name)
    assert (tmp_path / "b.zip").read_text() == "mine" and not (tmp_path / "c.zip").exists()


def test_a_backup_without_its_keys_is_not_made(working, tmp_path):
    keys.replace(working.keys_file, keys.KeyFile("a", {"a": b"a" * 32}))
    with pytest.raises(keys.KeysError):
        make(working, tmp_path / "b.zip")
    assert list(tmp_path.glob("b.zip*")) == []


def test_a_backup_has_its_keys_though_they_are_rotated_meanwhile(
    working, elsewhere, tmp_path, monkeypatch
):
    real = backup._write

    def write(*arguments):
        manifest = real(*arguments)
        rotation.rotate(data=False)
        return manifest

    monkeypatch.setattr(backup, "_write", write)
    manifest = make(working, tmp_path / "b.zip")
    assert manifest.masters[0] not in keys.read(working.keys_file).keys
    engine, keys_file = elsewhere
    put_back(engine, tmp_path / "b.zip", working, keys_file=keys_file)
    store.bind(engine)
    vault.load(keys_file)
    with store.read() as session:
        line = session.get(OrderLine, "line")
    assert vault.unseal("order_line", "buyer", "line", line.buyer).decode() == SECRET


def test_an_older_database_is_backed_up_before_it_is_migrated(working, monkeypatch, both_databases):
    assert (
        backup.upgrade(working.engine, working.data, keys_file=working.keys_file, version="0.1.0")
        is None
    )
    monkeypatch.setattr(schema, "head", lambda: "9998")
    made = []
    for _ in range(7):
        made.append(
            backup.upgrade(
                working.engine, working.data, keys_file=working.keys_file, version="0.1.0"
            )
        )
    kept = sorted((working.data / "backups").iterdir())
    expected = [file for path in made[-5:] for file in (path, backup.keys_beside(path))]
    assert kept == sorted(expected)
    assert dump.read_manifest(made[-1]).rows["order_line"] == 1
    assert made[-1].parent.stat().st_mode & 0o777 == 0o700


def test_a_database_newer_than_the_program_is_not_migrated(working):
    with working.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(schema.WrongRevision):
        backup.upgrade(working.engine, working.data, keys_file=working.keys_file, version="0")


def hanpan(bound, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "hanpan", *arguments],
        env={**os.environ, "DATABASE_URL": bound.url, "HANPAN_LANG": "en", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_commands_back_up_and_restore(working, elsewhere, tmp_path):
    path = str(tmp_path / "b.zip")
    made = hanpan(working, "backup", path)
    assert (made.returncode, made.stderr) == (0, "") and f"{path}.keys" in made.stdout
    assert f"Both files are in {tmp_path} now: move them to different places" in made.stdout
    assert hanpan(working, "backup", path).returncode == 1
    refused = hanpan(working, "restore", path)
    assert refused.returncode == 1 and "--replace" in refused.stderr
    engine, keys_file = elsewhere
    done = hanpan(
        working,
        "restore",
        path,
        DATABASE_URL=engine.url.render_as_string(hide_password=False),
        HANPAN_DATA=str(keys_file.parent),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "7 channels are paused" in done.stdout and "4 commands are held" in done.stdout
    assert len(contents(engine)["order_line"]) == 1


def test_the_command_refuses_while_hanpan_runs(working, tmp_path):
    make(working, tmp_path / "b.zip")
    with occupancy.lock(working.data, "http://127.0.0.1:8000"):
        refused = hanpan(working, "restore", str(tmp_path / "b.zip"), "--replace")
    assert refused.returncode == 1 and "End it first: Ctrl-C" in refused.stderr
    assert "http://127.0.0.1:8000" in refused.stderr
    missing = hanpan(working, "restore", str(tmp_path / "none.zip"))
    assert missing.returncode == 1 and "There is no file" in missing.stderr


def test_a_restore_without_its_keys_says_how_to_give_them(working, elsewhere, tmp_path):
    make(working, tmp_path / "b.zip")
    shutil.move(tmp_path / "b.zip.keys", tmp_path / "usb.keys")
    engine, keys_file = elsewhere
    there = {
        "DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "HANPAN_DATA": str(keys_file.parent),
    }
    refused = hanpan(working, "restore", str(tmp_path / "b.zip"), **there)
    assert refused.returncode == 1 and "--keys" in refused.stderr
    given = ("--keys", str(tmp_path / "usb.keys"))
    done = hanpan(working, "restore", str(tmp_path / "b.zip"), *given, **there)
    assert (done.returncode, done.stderr) == (0, "")


def test_archived_channels_are_not_counted_among_those_to_resume(working, tmp_path):
    with store.write() as session:
        for state in ("draft", "paused"):
            session.get(Channel, state).archived_at = clock.now()
    make(working, tmp_path / "b.zip")
    assert put_back(working.engine, tmp_path / "b.zip", working, replace=True).channels == 5


def test_a_clock_that_ends_in_good_order_takes_its_heartbeat_back(working, tmp_path):
    def beat():
        with store.read() as session:
            return session.get(Heartbeat, HEARTBEAT)

    environment = {**os.environ, "DATABASE_URL": working.url, "HANPAN_SWEEP_S": "0.5"}
    with subprocess.Popen(
        [sys.executable, "-m", "hanpan", "clock"], env=environment, stderr=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 60
        while beat() is None:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        process.terminate()
        assert process.wait(30) == 0
    assert beat() is None
    make(working, tmp_path / "b.zip")
    put_back(working.engine, tmp_path / "b.zip", working, replace=True)


def test_a_clock_leaves_the_heartbeat_of_another_one(working):
    other = {"host": "elsewhere", "pid": 1}
    with store.write() as session:
        session.add(Heartbeat(name=HEARTBEAT, at=clock.now(), detail=other))
    fall_silent()
    with store.read() as session:
        assert session.get(Heartbeat, HEARTBEAT).detail == other


def test_a_large_table_is_copied_in_little_memory(working, tmp_path, both_databases, monkeypatch):
    monkeypatch.setattr(dump, "BATCH", 10)
    with store.write() as session:
        rows = [{"key": f"k{n}", "value": {"text": "x" * 20_000}} for n in range(600)]
        session.execute(Setting.__table__.insert(), rows)
    del rows
    tracemalloc.start()
    make(working, tmp_path / "b.zip")
    with working.engine.begin() as connection:
        connection.execute(text("DELETE FROM setting"))
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        dump.load(connection, tmp_path / "b.zip", only(tmp_path / "b.zip", "setting"))
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert peak < 4_000_000, "twelve megabytes of rows are streamed"
    assert count(Setting) == 600


def only(path, table):
    """The manifest of the copy as if it held one table."""
    manifest = dump.read_manifest(path)
    return dataclasses.replace(manifest, tables={table: manifest.tables[table]})
