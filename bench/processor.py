"""What processes cost: CPU seconds of trees, peak memory, and children forked to do one thing."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")
_PR_SET_PDEATHSIG = 1


def seconds_of(pids: Iterable[int]) -> float:
    """CPU seconds, user and system, of these processes and of all children they waited for."""
    return sum(_seconds(pid) for pid in pids)


def _seconds(pid: int) -> float:
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, told[11:15])) / _TICKS


def children_of(pid: int) -> list[int]:
    """The living children of a process."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def those_with(variable: str, value: str) -> list[int]:
    """Every living process that was started with this variable in its environment."""
    wanted = f"{variable}={value}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def in_child(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run `work` in a forked child; what it returns, with its `wall`, `cpu` and `peak_mb`.

    The peak is the child's own largest resident set, the pages that it shares with us included.
    """
    job = Job(work)
    return job.result()


class Job:
    """Work that runs in a forked child until `result()` is asked for."""

    def __init__(self, work: Callable[[], dict[str, Any]]) -> None:
        sys.stdout.flush()
        gc.freeze()  # as a worker does before it forks
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reading)
            _run(work, writing)
        os.close(writing)
        self._told = reading

    def ended(self) -> bool:
        """Whether the child is over; it is not waited for yet."""
        found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return found is not None

    def end(self) -> None:
        """Kill the child."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._told)

    def result(self) -> dict[str, Any]:
        """Wait for the child. Raises RuntimeError when it did not end well."""
        with os.fdopen(self._told) as pipe:
            told = pipe.read()
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if code != 0:
            raise RuntimeError(f"the child ended with {code}")
        return dict(json.loads(told))


def _run(work: Callable[[], dict[str, Any]], writing: int) -> None:
    code = 1
    try:
        end_with_parent()
        began, spent = time.monotonic(), time.process_time()
        found = work()
        found["wall"] = time.monotonic() - began
        found["cpu"] = time.process_time() - spent
        found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        os.write(writing, json.dumps(found).encode())
        code = 0
    except BaseException:  # noqa: BLE001 - nothing of ours may run on in the child
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def end_with_parent() -> None:
    """Have the kernel kill this process when its parent is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_until(
    found: Callable[[], bool], seconds: float, what: str, *, every: float = 0.005
) -> None:
    """Look every few milliseconds; raises TimeoutError when it takes too long."""
    until = time.monotonic() + seconds
    while not found():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} took more than {seconds:.0f} s")
        time.sleep(every)
