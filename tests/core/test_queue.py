"""The doorbell, with a real Redis and real workers: what it rings, leaves behind, and outlives."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from rq.job import Job
from rq.serializers import JSONSerializer

from core import queue, settings
from tests import databases
from tests.core import drains


@pytest.fixture
def doorbell(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[redis.Redis]:
    """Ring at the test's Redis for a drain that notes that it was called."""
    yield from _doorbell(redis_url, tmp_path, monkeypatch)


def _doorbell(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    monkeypatch.setenv("REDIS_URL", url)
    monkeypatch.setenv("HANPAN_LEASE_S", "1")
    monkeypatch.setenv("EVENTS", str(folder / "events"))
    monkeypatch.setattr(queue, "WORK", "tests.core.drains")
    settings.use(None)
    (folder / "events").touch()
    with redis.Redis.from_url(url) as client:
        yield client
    settings.use(None)


class At:
    """A running worker, and what it noted."""

    def __init__(self, process: subprocess.Popen[bytes], events: Path, log: Path) -> None:
        self.process, self._events, self._log = process, events, log

    def events(self, name: str) -> list[tuple[int, str]]:
        """Process id and argument of each call of this name."""
        lines = [line.split() for line in self._events.read_text().splitlines()]
        return [(int(pid), argument) for what, pid, argument in lines if what == name]

    def wait_for(self, name: str, times: int) -> list[tuple[int, str]]:
        """Return the calls as soon as there are so many."""
        until(lambda: len(self.events(name)) >= times, lambda: self.log())
        return self.events(name)

    def log(self) -> str:
        """What the worker logged."""
        return self._log.read_text()


def until(holds: Callable[[], bool], why: Callable[[], str], seconds: float = 30.0) -> None:
    """Wait until it holds; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, why()
        time.sleep(0.02)


@contextmanager
def worker(name: str, folder: Path, drain: str = "") -> Iterator[At]:
    """A worker process for one queue."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.core.drains", name],
            stderr=log,
            env={**os.environ, "DRAIN": drain},
        )
    try:
        yield At(process, folder / "events", folder / "log")
    finally:
        process.kill()
        process.wait()


def test_one_ring_waits_however_often_it_is_rung(doorbell: redis.Redis) -> None:
    assert all(queue.ring("urgent") for _ in range(5))
    assert doorbell.llen("rq:queue:urgent") == 1
    assert queue.ring("sync")
    assert doorbell.llen("rq:queue:sync") == 1
    queue.answered("urgent")
    assert queue.ring("urgent")
    assert doorbell.llen("rq:queue:urgent") == 2


def test_a_ring_names_the_drain_and_the_queue_in_json(doorbell: redis.Redis) -> None:
    queue.ring("bulk")
    (job,) = doorbell.lrange("rq:queue:bulk", 0, -1)
    kept = doorbell.hgetall(b"rq:job:" + job)
    assert json.loads(zlib.decompress(kept[b"data"])) == [
        "tests.core.drains.drain",
        None,
        ["bulk"],
        {},
    ]
    assert int(kept[b"timeout"]) == queue.DRAIN_S + 1
    assert int(kept[b"result_ttl"]) == 0


def test_a_redis_that_is_down_costs_the_caller_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("REDIS_URL", "unix:///no/such/redis.sock")
    settings.use(None)
    with caplog.at_level(logging.WARNING):
        assert not queue.ring("urgent")
        queue.answered("urgent")
        assert not queue.reachable()
    settings.use(None)
    assert len(caplog.records) == 2


def test_a_redis_that_hangs_holds_the_caller_for_a_moment_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_redis() as (url, start):
        frozen = start()
        for _ in _doorbell(url, tmp_path, monkeypatch):
            assert queue.reachable()
            frozen.send_signal(signal.SIGSTOP)
            began = time.monotonic()
            assert not queue.ring("urgent")
            assert time.monotonic() - began < 3 * queue.ANSWER_S
            frozen.send_signal(signal.SIGCONT)
            until(lambda: queue.ring("urgent"), lambda: "it does not take rings again")


def test_rings_are_answered_one_after_the_other_in_a_fork_of_a_warm_parent(
    doorbell: redis.Redis, tmp_path: Path
) -> None:
    with worker("urgent", tmp_path) as at:
        at.wait_for("drained", 1)  # a worker rings once for itself when it starts
        queue.ring("urgent")
        (first, _), (second, argument) = at.wait_for("drained", 2)
        assert argument == "urgent"
        assert first == second != at.process.pid
        assert [pid for pid, _ in at.events("after_fork")] == [first]
        assert at.events("warm") == [(at.process.pid, "-")]
        until(lambda: not doorbell.keys("rq:job:*"), lambda: "an answered ring was kept")


def test_a_fresh_work_horse_takes_over_after_some_rings(
    doorbell: redis.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAINS", "2")
    with worker("urgent", tmp_path) as at:
        for times in range(1, 4):
            at.wait_for("drained", times)
            queue.ring("urgent")
        first, second, third, *_ = [pid for pid, _ in at.wait_for("drained", 4)]
        assert first == second != third
        assert at.events("horse_died") == []


def test_a_work_horse_ends_with_its_parent(
    doorbell: redis.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker("urgent", tmp_path) as at:
        ((horse, _),) = at.wait_for("drained", 1)
        at.process.kill()
        at.process.wait()
        until(lambda: not Path(f"/proc/{horse}/stat").exists(), at.log)


@pytest.mark.parametrize("how", ["dies once", "raises once"])
def test_a_work_horse_that_ends_badly_is_told_and_rung_for_again(
    doorbell: redis.Redis, tmp_path: Path, how: str
) -> None:
    with worker("urgent", tmp_path, how) as at:
        (dead, _), _ = at.wait_for("drain", 2)
        assert at.events("horse_died") == [(at.process.pid, str(dead))]
        at.wait_for("drained", 1)
        assert at.process.poll() is None
        assert failures(doorbell) == (["see the log"] if how == "raises once" else [])
        assert drains.CANARY not in at.log()


def failures(doorbell: redis.Redis) -> list[str | None]:
    """What rq keeps in Redis of errors."""
    found = []
    for key in doorbell.scan_iter("rq:results:*"):
        job = Job.fetch(key.decode().removeprefix("rq:results:"), doorbell, JSONSerializer)
        result = job.latest_result()
        found.append(result and result.exc_string)
    return found


def test_a_drain_past_its_time_is_killed_though_it_swallows_everything(
    doorbell: redis.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "DRAIN_S", 0)
    queue.ring("urgent")  # a second is its time
    with worker("urgent", tmp_path, "hangs once") as at:
        at.wait_for("drained", 1)
        assert len(at.events("horse_died")) == 1
        assert "drains.py" in at.log()  # where it hung
        assert drains.CANARY not in at.log()


def test_a_drain_that_gets_on_may_take_longer_than_its_time(
    doorbell: redis.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "DRAIN_S", 0)
    queue.ring("urgent")  # a second is its time, three are what it takes
    with worker("urgent", tmp_path, "gets on") as at:
        at.wait_for("drained", 1)
        assert at.events("horse_died") == []


def test_a_worker_that_is_stopped_lets_its_drain_end(doorbell: redis.Redis, tmp_path: Path) -> None:
    with worker("urgent", tmp_path, "waits to be stopped") as at:
        at.wait_for("drain", 1)
        at.process.terminate()
        at.process.wait(20)
        assert len(at.events("drained")) == 1
        assert at.events("horse_died") == []


def test_an_idle_worker_stops_at_once(doorbell: redis.Redis, tmp_path: Path) -> None:
    with worker("urgent", tmp_path) as at:
        at.wait_for("drained", 1)
        until(lambda: queue.listening()["urgent"] == 1, at.log)
        at.process.terminate()
        assert at.process.wait(10) == 0
        assert queue.listening() == {"urgent": 0, "sync": 0, "bulk": 0}


def test_a_flushed_redis_costs_no_worker(doorbell: redis.Redis, tmp_path: Path) -> None:
    with worker("urgent", tmp_path) as at:
        at.wait_for("drained", 1)
        doorbell.flushall()
        queue.ring("urgent")
        at.wait_for("drained", 2)
        assert at.process.poll() is None


@contextmanager
def own_redis() -> Iterator[tuple[str, Callable[[], subprocess.Popen[bytes]]]]:
    """A Redis that the test starts and kills as it likes, always at the same address."""
    program = databases.redis_program()
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="hp-q-", dir="/tmp") as folder:
        path = f"{folder}/s"
        running: list[subprocess.Popen[bytes]] = []

        def start() -> subprocess.Popen[bytes]:
            options = ["--port", "0", "--unixsocket", path, "--save", "", "--dir", folder]
            running.append(
                subprocess.Popen(
                    [program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
            )
            with redis.Redis(unix_socket_path=path) as client:
                until(lambda: _answers(client), lambda: "Redis did not start")
            return running[-1]

        try:
            yield f"unix://{path}", start
        finally:
            for process in running:
                process.kill()
                process.wait()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.mark.parametrize("drain", ["", "sleeps once"])
def test_a_worker_outlives_redis_and_rings_for_what_it_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drain: str
) -> None:
    with own_redis() as (url, start):
        first = start()
        for _ in _doorbell(url, tmp_path, monkeypatch):
            with worker("urgent", tmp_path, drain) as at:
                at.wait_for("drain" if drain else "drained", 1)  # asleep in it, or idle
                first.kill()
                first.wait()
                assert not queue.ring("urgent")
                until(lambda: "waits for it" in at.log(), at.log)
                start()
                at.wait_for("drained", 2)
                assert at.process.poll() is None
                assert at.events("warm") == [(at.process.pid, "-")]
                queue.ring("urgent")
                at.wait_for("drained", 3)
