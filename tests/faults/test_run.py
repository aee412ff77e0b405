"""`hanpan run`: what it starts, says and leaves, however it is ended. Linux: it reads /proc."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import signal
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests import databases

PATIENCE_S = 60.0
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc"),
    pytest.mark.xdist_group("run"),  # several tests share one that runs
]


class Started:
    """A `hanpan run` (or what starts one), its lines, and the processes of its data folder."""

    def __init__(self, command: list[str], environment: dict[str, str], data: Path) -> None:
        self.data = data
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._said: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                self._said.put(line)

    def line(self, phrase: str) -> str:
        """The next line that has the phrase in it."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.lines.append(self._said.get(timeout=max(0.0, end - time.monotonic())))
            except queue.Empty:
                pytest.fail(f"it never said {phrase!r}: {self.lines}")
            if phrase in self.lines[-1]:
                return self.lines[-1]

    def link(self) -> str:
        """The address that it says when everything is up."""
        found = re.search(r"http://\S+", self.line("브라우저에서 여세요"))
        assert found is not None
        return found[0]

    def everything(self) -> str:
        """What it said, up to its end."""
        self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        while not self._said.empty():
            self.lines.append(self._said.get())
        return "".join(self.lines)

    def end(self) -> None:
        """Take everything away, whatever state it is in."""
        for pid in living(self.data):
            os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)


def living(data: Path) -> dict[int, str]:
    """The processes that were started for a data folder, with their names.

    Redis writes over its environment, but works in a folder of its own there.
    """
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            ours = f"HANPAN_DATA={data}\0".encode() in (folder / "environ").read_bytes()
            if ours or (folder / "cwd").readlink().is_relative_to(data):
                found[int(folder.name)] = (folder / "comm").read_text().strip()
        except OSError:
            continue  # it has ended meanwhile
    return found


def until(holds: Callable[[], bool], why: Callable[[], object], seconds: float) -> float:
    """Wait until it holds and return how long that took; fail when it does not in time."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, why()
        time.sleep(0.02)
    return time.monotonic() - began


def environment(data: Path, **more: str) -> dict[str, str]:
    """A fresh installation's environment, on ports of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HANPAN_")}
    kept.pop("REDIS_URL", None)
    kept.pop("DATABASE_URL", None)
    return {
        **kept,
        "HANPAN_DATA": str(data),
        "HANPAN_PORT": str(databases.free_port()),
        "HANPAN_PRACTICE_PORT": str(databases.free_port()),
        "HANPAN_LANG": "ko",
        **more,
    }


RUN = [sys.executable, "-m", "hanpan", "run"]


@contextmanager
def started(environ: dict[str, str], command: list[str] | None = None) -> Iterator[Started]:
    """Start it, and leave nothing of it behind."""
    run = Started(command or RUN, environ, Path(environ["HANPAN_DATA"]))
    try:
        yield run
    finally:
        run.end()


def get(url: str) -> tuple[int, str]:
    """Status and body of an address."""
    with urllib.request.urlopen(url, timeout=20) as reply:
        return reply.status, reply.read().decode()


def hanpan(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Hanpan's to its end."""
    command = [sys.executable, "-m", "hanpan", *arguments]
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def crew(run: Started) -> dict[int, str]:
    """The processes that the supervisor itself keeps alive (those come and go that they fork)."""
    found = {}
    for pid, name in living(run.data).items():
        with contextlib.suppress(FileNotFoundError):
            parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == run.process.pid:
                found[pid] = name
    return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Started, dict[str, str]]]:
    """A Hanpan that runs, for tests that leave it running."""
    environ = environment(tmp_path_factory.mktemp("run") / "data")
    with started(environ) as run:
        run.link()
        yield run, environ


def test_a_fresh_start_says_an_address_with_the_code_of_the_first_run(tmp_path: Path) -> None:
    environ = environment(tmp_path / "data")
    with started(environ) as run:
        link = run.link()
        assert link.startswith(f"http://127.0.0.1:{environ['HANPAN_PORT']}/first?code=")
        status, page = get(link)
        assert status == 200
        assert 'type="password"' in page
        assert get(f"http://127.0.0.1:{environ['HANPAN_PRACTICE_PORT']}/_hosts")[0] == 200
        code = link.partition("code=")[2]
        logs = "".join(file.read_text() for file in (run.data / "log").iterdir())
        assert code not in logs

        os.kill(run.process.pid, signal.SIGINT)
        took = until(lambda: run.process.poll() is not None, run.everything, 10)
        print(f"Ctrl-C: ended after {took:.1f} s")
        assert run.process.returncode == 0
        assert living(run.data) == {}
        assert [line for line in run.everything().splitlines() if line][-2:] == [
            "끝내고 있습니다…",
            "끝났습니다.",
        ]


def test_what_has_ended_is_off_for_a_doctor_and_can_be_restored_at_once(tmp_path: Path) -> None:
    environ = environment(tmp_path / "data")
    copy = str(tmp_path / "copy.zip")
    with started(environ) as run:
        run.link()
        assert hanpan(environ, "backup", copy).returncode == 0
        until(lambda: "(clock)" in hanpan(environ, "doctor").stdout, lambda: run.lines, 30)
        refused = hanpan(environ, "restore", copy)
        assert refused.returncode == 1 and "먼저 그 터미널에서 Ctrl-C로" in refused.stderr
        os.kill(run.process.pid, signal.SIGINT)
        run.everything()
        said = hanpan(environ, "doctor")
        assert said.stdout.startswith("  한판: 한판이 꺼져 있습니다. make run을 실행해 주세요.\n")
        assert "clock" not in said.stdout and "Redis" not in said.stdout
        assert said.returncode == 0
        restored = hanpan(environ, "restore", copy)
        assert (restored.returncode, restored.stderr) == (0, "")


def test_what_it_keeps_is_for_its_own_user_only(
    running: tuple[Started, dict[str, str]],
) -> None:
    data = running[0].data
    for path in [data, *data.rglob("*")]:
        assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0, path


def test_a_second_start_says_where_it_runs_and_changes_nothing(
    running: tuple[Started, dict[str, str]],
) -> None:
    run, environ = running
    before = crew(run)
    second = hanpan(environ, "run")
    address = f"http://127.0.0.1:{environ['HANPAN_PORT']}"
    said, *then = second.stdout.splitlines()
    assert said == f"이미 실행 중입니다: {address} (pid {run.process.pid})"
    assert ["Ctrl-C" in line for line in then] == [True, False]
    assert "HANPAN_DATA=" in then[1]
    assert second.returncode == 0
    elsewhere = hanpan({**environ, "HANPAN_PORT": str(databases.free_port())}, "run")
    assert elsewhere.stdout == second.stdout
    assert crew(run) == before
    assert get(f"{address}/readyz")[0] == 200


def test_a_doctor_finds_a_running_hanpan_well(running: tuple[Started, dict[str, str]]) -> None:
    environ = running[1]
    found: list[dict[str, str]] = []

    def well() -> bool:
        said = hanpan(environ, "doctor", "--json")
        found[:] = json.loads(said.stdout)
        return said.returncode == 0

    until(well, lambda: found, 30)  # the first heartbeat of the clock may be on its way
    assert {row["level"] for row in found} == {"ok"}
    assert {"database", "keys", "redis", "worker", "clock", "plugins"} <= {
        row["about"] for row in found
    }


@pytest.mark.parametrize("name", ["hanpan-web", "hanpan-practice", "hanpan-worker-sync", "redis"])
def test_a_process_that_dies_is_started_again(
    running: tuple[Started, dict[str, str]], name: str
) -> None:
    run, environ = running
    comm = "redis-server" if name == "redis" else name[:15]  # /proc keeps 15 letters
    (old,) = [pid for pid, found in crew(run).items() if found == comm]
    os.kill(old, signal.SIGKILL)
    short = name.removeprefix("hanpan-")
    run.line(f"{short} 프로세스가 끝나(SIGKILL)")
    assert "ended (SIGKILL)" in (run.data / "log" / f"{short}.log").read_text()
    until(
        lambda: comm in crew(run).values() and old not in crew(run),
        lambda: run.lines,
        20,
    )
    ready = f"http://127.0.0.1:{environ['HANPAN_PORT']}/readyz"
    until(lambda: _answers(ready), lambda: run.lines, 30)


def _answers(url: str) -> bool:
    try:
        return get(url)[0] == 200
    except OSError:
        return False


def test_its_redis_keeps_an_aof_behind_a_private_socket(
    running: tuple[Started, dict[str, str]],
) -> None:
    path = running[0].data / "redis" / "redis.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with redis.Redis(unix_socket_path=str(path)) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("port") == {"port": "0"}


def test_a_killed_supervisor_leaves_no_process_and_starts_again(tmp_path: Path) -> None:
    long = tmp_path / ("a-long-name-for-a-folder-" * 4)
    environ = environment(long)
    with started(environ) as run:
        run.link()
        assert len(living(run.data)) >= 8
        os.kill(run.process.pid, signal.SIGKILL)
        took = until(lambda: not living(run.data), lambda: living(run.data), 5)
        print(f"kill -9 of the supervisor: nothing left after {took:.2f} s")
    with started(environ) as again:
        assert "/first?code=" in again.link()


def test_it_ends_with_the_make_that_started_it(tmp_path: Path) -> None:
    environ = environment(tmp_path / "data", HANPAN_PRACTICE_PORT="0")
    shell = ["/bin/sh", "-c", f"{sys.executable} -m hanpan run --with-parent; true"]
    with started(environ, shell) as run:
        run.link()
        os.kill(run.process.pid, signal.SIGKILL)
        until(lambda: not living(run.data), lambda: living(run.data), 15)


def test_a_port_in_use_is_one_sentence_and_starts_nothing(tmp_path: Path) -> None:
    environ = environment(tmp_path / "data")
    for setting, number in (("HANPAN_PORT", 0), ("HANPAN_PRACTICE_PORT", 1)):
        with _listening() as taken:
            said = hanpan({**environ, setting: str(taken)}, "run")
        assert said.returncode == 2, number
        (sentence,) = said.stderr.splitlines()
        assert str(taken) in sentence
        assert f"{setting}=" in sentence
        assert living(tmp_path / "data") == {}


@contextmanager
def _listening() -> Iterator[int]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_wrong_settings_are_all_said_and_nothing_is_made(tmp_path: Path) -> None:
    environ = environment(tmp_path / "data", HANPAN_HOST="0.0.0.0", HANPAN_SWEEP_S="soon")
    said = hanpan(environ, "run")
    assert said.returncode == 2
    assert "HANPAN_HOST" in said.stderr
    assert "HANPAN_SWEEP_S" in said.stderr
    assert "Traceback" not in said.stderr
    assert not (tmp_path / "data").exists()


def test_a_folder_that_others_use_is_left_as_it_is(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)  # whatever the umask is
    (shared / "letter.txt").touch()
    said = hanpan(environment(shared), "run")
    assert said.returncode == 2
    assert "HANPAN_DATA" in said.stderr
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755
    assert [path.name for path in shared.iterdir()] == ["letter.txt"]


def test_a_database_that_is_down_is_waited_for(tmp_path: Path) -> None:
    environ = environment(tmp_path / "data", DATABASE_URL=f"postgresql:///x?host={tmp_path}")
    with started(environ) as run:
        run.line("데이터베이스가 응답하지 않습니다")
        assert run.process.poll() is None
        os.kill(run.process.pid, signal.SIGTERM)
        assert "Traceback" not in run.everything()
        assert living(run.data) == {}


def test_a_foreign_core_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").touch()
    said = subprocess.run(
        [sys.executable, "-m", "hanpan", "version"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 2
    assert str(tmp_path / "core") in said.stderr
