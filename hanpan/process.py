"""A process forked from the supervisor, whose modules it finds imported already.

Importing what Hanpan needs takes most of a second of CPU; seven processes that each did it for
themselves would take longer to start than a person likes to wait. The supervisor has no threads
and no open connections when it forks.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

log = logging.getLogger(__name__)

_PR_SET_NAME = 15


@dataclass
class Process:
    """A running process; `said` is what it writes to stdout and stderr."""

    pid: int
    said: IO[bytes]
    code: int | None = None

    def ended(self) -> bool:
        """Whether it is over; `code` is then its exit code, or a signal's number negated."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is not None

    def wait(self) -> None:
        """Return when it is over."""
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def fork(
    name: str,
    main: Callable[[], int],
    *,
    environment: Mapping[str, str],
    inherited: Collection[int],
) -> Process:
    """Run `main` in a process and session of its own, with these descriptors and no others."""
    reading, writing = os.pipe()
    gc.freeze()  # pages that the collector does not touch stay shared
    pid = os.fork()
    if pid == 0:
        _become(name, main, environment, inherited, writing)
    os.close(writing)
    os.set_blocking(reading, False)
    return Process(pid, os.fdopen(reading, "rb"))


def _become(
    name: str,
    main: Callable[[], int],
    environment: Mapping[str, str],
    inherited: Collection[int],
    writing: int,
) -> NoReturn:
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        _keep_only(inherited, writing)
        _show_as(f"hanpan-{name}")
        os.environ.update(environment)
        code = main()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 0 if ending.code is None else 1
    except KeyboardInterrupt:
        code = 130
    except Exception:
        log.exception("%s ended by an error", name)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _keep_only(inherited: Collection[int], writing: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    for descriptor in [int(entry.name) for entry in Path("/dev/fd").iterdir()]:
        if descriptor > 2 and descriptor not in inherited:
            with contextlib.suppress(OSError):  # the listing had one of its own
                os.close(descriptor)


def _show_as(title: str) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NAME, title.encode()[:15])
