"""A warm process that forks real workers and clocks on request, and takes them along when it ends.

Run as `python -m tests.faults.nursery`. It reads lines from stdin ("sync", "urgent", "clock",
"drain sync") and answers with a process id each; when stdin ends, it kills what it forked. `Crew`
is the other end.

Every connection of a forked process can say who writes, so that triggers can tell whether
somebody wrote who did not hold the lane.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Engine, event

from core import queue, registry, work
from core.ledger.claims import owner
from core.ledger.drain import drain
from hanpan import logs
from hanpan.cli import clock


def name_writer(connection: Any, record: object) -> None:
    """Let triggers ask who writes: `writer()` on SQLite, `application_name` on PostgreSQL."""
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("writer", 0, owner)
    else:
        connection.execute("SELECT set_config('application_name', %s, false)", [owner()])
        connection.commit()


def main() -> None:
    """Fork until stdin ends."""
    logs.to_stderr()
    event.listen(Engine, "connect", name_writer)
    registry.current()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    children: list[int] = []
    for line in sys.stdin:
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            _become(line.split())
        children.append(pid)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    for leader in children:
        for pid in members(leader):
            kill(pid)


def _become(what: list[str]) -> None:
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(0)
        if what == ["clock"]:
            clock.main([])
        elif what[0] == "drain":
            # A worker without the alarm that ends calls: only the fence is left.
            work.warm()
            drain(what[1])
        else:
            queue.work(what[0])
        code = 0
    finally:
        os._exit(code)


def members(leader: int) -> list[int]:
    """The living processes of a session: a worker, and the work-horses that it forked."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                told = (entry / "stat").read_text().rpartition(")")[2].split()
                if told[0] != "Z" and int(told[3]) == leader:
                    found.append(int(entry.name))
    return sorted(found, key=lambda pid: pid == leader)


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a process that may be gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


class Crew:
    """Real workers and a real clock of the installation that the environment names."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.at_work: dict[str, int] = {}
        self._forked: list[int] = []

    def __enter__(self) -> Self:
        self._stderr = self.log.open("ab")
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            cwd=Path(__file__).parents[2],
            text=True,
        )
        return self

    def __exit__(self, *error: object) -> None:
        assert self._nursery.stdin is not None and self._nursery.stdout is not None
        self._nursery.stdin.close()
        self._nursery.wait(20)
        self._nursery.stdout.close()
        self._stderr.close()
        until = time.monotonic() + 10
        while left := [pid for leader in self._forked for pid in members(leader)]:
            assert time.monotonic() < until, f"processes are left: {left}"
            for pid in left:
                kill(pid)
            time.sleep(0.02)

    def start(self, what: str, name: str = "") -> int:
        """Start a worker of a queue, or the clock; returns its process id."""
        assert self._nursery.stdin is not None and self._nursery.stdout is not None
        self._nursery.stdin.write(f"{what}\n")
        self._nursery.stdin.flush()
        pid = int(self._nursery.stdout.readline())
        self.at_work[name or what] = pid
        self._forked.append(pid)
        return pid

    def kill(self, name: str) -> list[int]:
        """Kill -9 a worker with its work-horse; returns who was killed, the worker last."""
        leader = self.at_work.pop(name)
        kill(leader, signal.SIGSTOP)  # so that it forks nothing while we look
        found = members(leader)
        for pid in found:
            kill(pid)
        return found

    def horse(self, name: str) -> int | None:
        """The work-horse that a worker has now."""
        leader = self.at_work[name]
        return next((pid for pid in members(leader) if pid != leader), None)


if __name__ == "__main__":
    main()
