"""What stands in for `core.work` when the queue alone is tested: it notes what it was asked.

`EVENTS` is the file that gets a line "name pid argument" for each call, `DRAIN` says how the
drain behaves. `python -m tests.core.drains urgent` is a worker that uses this.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from core import queue
from hanpan import logs

CANARY = "canary-31c8"


def note(name: str, argument: object = "-") -> None:
    """Add a line to the events."""
    with Path(os.environ["EVENTS"]).open("a") as file:
        file.write(f"{name} {os.getpid()} {argument}\n")


def warm() -> None:
    """Called once, in the parent."""
    note("warm")


def after_fork() -> None:
    """Called in each work-horse."""
    note("after_fork")


def horse_died(pid: int) -> None:
    """Called in the parent."""
    note("horse_died", pid)


def drain(name: str) -> None:
    """Behave as `DRAIN` says."""
    note("drain", name)
    first = Path(os.environ["EVENTS"]).read_text().count("drain") == 1
    how = os.environ.get("DRAIN", "")
    if how == "dies once" and first:
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "raises once" and first:
        raise ValueError(CANARY)
    if how == "hangs once" and first:
        while True:  # as a plugin might that swallows everything
            with contextlib.suppress(Exception):
                time.sleep(60)
    if how == "waits to be stopped":
        while not queue.stopping():
            time.sleep(0.01)
        note("stopped")
    if how == "sleeps once" and first:
        time.sleep(1.5)
    if how == "gets on":
        for _ in range(6):
            time.sleep(0.5)
            queue.got_on()
    queue.answered(name)
    note("drained", name)


if __name__ == "__main__":
    logs.to_stderr()
    queue.WORK = "tests.core.drains"
    queue.DRAINS = int(os.environ.get("DRAINS", queue.DRAINS))
    queue.work(sys.argv[1])
