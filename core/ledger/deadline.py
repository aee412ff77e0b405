"""The hard end of a plugin call: the process dies when a call outlives half the lease.

Raising inside a plugin would be swallowed by a careless `except`; a dead process is not. Only
work-horses arm it (a web or test process must not be killed by an alarm).
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_armed = False


def arm() -> None:
    """Let calls of this process be ended by SIGALRM's default action, which kills."""
    global _armed
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _armed = True


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Die when the block takes longer than `seconds`."""
    if not _armed:
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
