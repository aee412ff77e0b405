"""`hanpan doctor`: each thing that may be wrong is a sentence that says what to do."""

from __future__ import annotations

import inspect
import json
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import text

from core import clock, registry, settings, store
from core.models import Channel, Heartbeat, Workspace, new_id
from core.services import audit
from core.services.audit import Actor
from hanpan import checked_channels, checked_services, checks, cli, occupancy
from hanpan.cli.clock import HEARTBEAT
from hanpan.cli.doctor import NAMES
from hanpan.finding import ERROR, OK, WARNING, Finding
from tests import databases
from tests.conftest import Bound


@pytest.fixture
def installation(
    store_bound: Bound, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bound]:
    """An installation of which nothing runs but its database and its Redis."""
    store_bound.data.chmod(0o700)
    monkeypatch.setenv("DATABASE_URL", store_bound.url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("HANPAN_KEYS_FILE", str(store_bound.keys_file))
    monkeypatch.setenv("HANPAN_PORT", str(databases.free_port()))
    monkeypatch.setenv("HANPAN_PRACTICE_PORT", str(databases.free_port()))
    settings.use(None)
    registry.use(None)
    yield store_bound
    settings.use(None)
    registry.use(None)


def found(about: str) -> list[Finding]:
    """What is said about one thing."""
    return [each for each in checks.look() if each.about == about]


def said(about: str, level: str) -> str:
    """The one sentence of this level about one thing."""
    (finding,) = [each for each in found(about) if each.level == level]
    return finding.text.en


def test_what_is_in_order_is_said_to_be(installation: Bound) -> None:
    with store.write() as session:
        session.merge(Heartbeat(name=HEARTBEAT, at=clock.now(), detail={}))
    levels = {each.about: each.level for each in checks.look() if each.about != "worker"}
    assert levels.pop("redis") == WARNING  # the test's Redis keeps no AOF
    assert set(levels.values()) == {OK}
    rest = {"database", "keys", "audit", "clock", "plugins"}
    assert {"hanpan", "python", "settings", "data", *rest} == set(levels)


def test_it_leaves_nothing_in_the_database(installation: Bound) -> None:
    list(checks.look())
    with store.read() as session:
        assert session.query(Heartbeat).count() == 0


def test_wrong_settings_are_all_that_it_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HANPAN_PORT", "x")
    monkeypatch.setenv("REDIS_URL", "y")
    assert cli.main(["doctor", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [row["about"] for row in rows if row["level"] == ERROR] == ["settings", "settings"]
    assert "HANPAN_PORT" in rows[0]["ko"]


def test_a_misspelt_setting(installation: Bound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANPAN_PRACTISE_PORT", "1")
    assert "Did you mean HANPAN_PRACTICE_PORT?" in said("settings", WARNING)


def test_a_data_folder_that_others_can_read(installation: Bound) -> None:
    installation.data.chmod(0o755)
    assert f"chmod 700 {installation.data}" in said("data", ERROR)


def test_no_data_folder(installation: Bound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANPAN_DATA", str(installation.data / "none"))
    assert "make run" in said("data", WARNING)


def test_a_full_disk(installation: Bound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LITTLE_FREE", 10**18)
    assert "make room" in said("data", WARNING)
    monkeypatch.setattr(checks, "LEAST_FREE", 10**18)
    assert "make room" in said("data", ERROR)


def test_a_database_that_is_empty(
    installation: Bound, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(empty_database.removeprefix("sqlite:///")).touch()
    monkeypatch.setenv("DATABASE_URL", empty_database)
    assert "hanpan db upgrade" in said("database", ERROR)


def test_a_database_that_is_down(installation: Bound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql:///x?host={installation.data}")
    assert "check DATABASE_URL" in said("database", ERROR)


def test_a_database_whose_clock_is_off(
    installation: Bound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hanpan.checked_services.SKEW_S", -1.0)
    assert "NTP" in said("database", WARNING)


def test_a_key_file_that_others_can_read_or_that_is_gone(installation: Bound) -> None:
    installation.keys_file.chmod(0o644)
    assert f"chmod 600 {installation.keys_file}" in said("keys", ERROR)
    installation.keys_file.unlink()
    assert str(installation.keys_file) in said("keys", ERROR)


def test_a_clock_that_has_stopped(installation: Bound) -> None:
    assert "hanpan clock" in said("clock", ERROR)
    with store.write() as session:
        long_ago = clock.now() - timedelta(hours=1)
        session.merge(Heartbeat(name=HEARTBEAT, at=long_ago, detail={}))
    assert "hanpan clock" in said("clock", ERROR)


@pytest.fixture
def off(installation: Bound, monkeypatch: pytest.MonkeyPatch) -> Bound:
    """An installation of one machine that ended a moment ago."""
    monkeypatch.delenv("REDIS_URL")
    monkeypatch.setenv("HANPAN_LANG", "en")
    with store.write() as session:
        session.merge(Heartbeat(name=HEARTBEAT, at=clock.now(), detail={}))
    return installation


def test_of_a_hanpan_that_is_off_nothing_is_missed(
    off: Bound, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["doctor"]) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == "  Hanpan: Hanpan is off: start make run."
    assert last == "Nothing is wrong."
    assert {"clock", "redis", "worker"}.isdisjoint(each.about for each in checks.look())


def test_of_a_hanpan_that_runs_everything_is_looked_for(
    off: Bound, capsys: pytest.CaptureFixture[str]
) -> None:
    with occupancy.lock(off.data, "http://127.0.0.1:8000"):
        assert cli.main(["doctor"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "  Hanpan: Hanpan is running."
    assert any(line.startswith("X Signals (Redis): ") for line in said)
    assert "  Due work: Due work is started (clock)." in said
    assert said[-1].startswith("Things to look at: 1.")


def test_every_thing_that_is_looked_at_has_a_name_for_people() -> None:
    sources = [inspect.getsource(one) for one in (checks, checked_services, checked_channels)]
    abouts = set(re.findall(r'(?:Finding|wrong)\(\s*"(\w+)"', "".join(sources)))
    assert abouts <= set(NAMES) and {"hanpan", "channels", "worker"} <= abouts


def add_channel(store_name: str, state: str, **more: Any) -> None:
    """A live channel of somebody's; the others are as they are when they work."""
    with store.write() as session:
        session.add(
            Channel(
                marketplace="smartstore",
                store=store_name,
                seller_id="hidden-seller",
                state=state,
                created_at=clock.now(),
                activated_at=clock.now(),
                **more,
            )
        )


def test_channels_that_wait_for_their_seller_are_named(installation: Bound) -> None:
    long_ago = clock.now() - timedelta(days=1)
    add_channel("가", "needs_you", problem={"ko": "키", "en": "The key was refused.", "code": "X"})
    add_channel("나", "paused")
    add_channel("다", "active", collected_at=long_ago)
    add_channel("라", "active", collected_at=clock.now())
    add_channel("마", "paused", archived_at=clock.now())
    said = [each.text.en for each in found("channels")]
    assert {each.level for each in found("channels")} == {WARNING}
    assert [text[0] for text in said] == ["가", "나", "다"]
    assert said[0] == "가 (Smart Store): The key was refused."
    assert "다시 시작" in said[1] and f"{clock.kst(long_ago):%m-%d %H:%M} KST" in said[2]
    assert "hidden-seller" not in str(said)


def test_a_channel_is_not_late_while_hanpan_is_off(off: Bound) -> None:
    add_channel("다", "active", collected_at=clock.now() - timedelta(days=1))
    assert found("channels") == []


def test_an_audit_chain_that_somebody_changed(installation: Bound) -> None:
    actor = Actor(None, "시험")
    for _ in range(3):
        with store.write() as session:
            audit.record(session, "order.reveal", actor=actor, reason="배송 문의")
    assert said("audit", OK) == "The audit chain is whole."
    with store.write() as session:
        session.execute(text("UPDATE audit_entry SET reason = '' WHERE number = 2"))
    assert "breaks at entry 2" in said("audit", ERROR)
    with store.write() as session:
        session.execute(text("DELETE FROM audit_entry WHERE number = 1"))
    assert "breaks at entry 1" in said("audit", ERROR)


def test_an_audit_chain_is_read_in_every_workspace(installation: Bound) -> None:
    other = new_id()
    with store.workspace(other), store.write() as session:
        session.add(Workspace(id=other, name="이웃", created_at=clock.now()))
        session.flush()
        audit.record(session, "order.reveal", actor=Actor(None, "시험"))
        session.execute(
            text("UPDATE audit_entry SET action = 'x' WHERE workspace_id = :id"), {"id": other}
        )
    assert "이웃 breaks at entry 1" in said("audit", ERROR)


def test_a_redis_that_forgets(installation: Bound, redis_url: str) -> None:
    assert "appendonly yes" in said("redis", WARNING)
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            assert "noeviction" in said("redis", ERROR)
        finally:
            client.config_set("maxmemory-policy", "noeviction")


def test_a_redis_that_is_down(installation: Bound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "unix:///no/such/redis.sock")
    assert "check REDIS_URL" in said("redis", ERROR)
    monkeypatch.delenv("REDIS_URL")
    with occupancy.lock(installation.data, "http://127.0.0.1:8000"):
        assert "make run" in said("redis", ERROR)


def test_queues_that_nobody_listens_to(installation: Bound) -> None:
    sentences = [each.text.en for each in found("worker") if each.level == ERROR]
    assert [
        f"hanpan worker {name}" in text
        for name, text in zip(("urgent", "sync", "bulk"), sentences, strict=True)
    ] == [True] * 3


def test_a_port_that_somebody_else_has(
    installation: Bound, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("HANPAN_PORT", str(server.getsockname()[1]))
        assert "HANPAN_PORT=" in said("ports", WARNING)


def test_a_plugin_that_raises(
    installation: Bound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "broken_one.py").write_text("raise RuntimeError('no')\n")
    monkeypatch.setenv("HANPAN_PLUGINS_DIR", str(folder))
    registry.use(None)
    assert "broken_one" in said("plugins", ERROR)
