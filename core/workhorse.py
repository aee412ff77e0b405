"""The work-horse as a process: forked by a worker, ended by a signal or with its parent."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import NoReturn

log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """What is asked of a worker by signal, passed on to its work-horse."""

    def __init__(self) -> None:
        self.asked = False
        self._horse: int | None = None
        self._end, self._open = os.pipe()
        for number in _SIGNALS:
            signal.signal(number, self._ask)

    def fork(self, serve: Callable[[], None]) -> int:
        """Start a work-horse; it is known before any signal arrives."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        self._horse = pid = os.fork()
        if pid == 0:
            end_when_asked()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        if pid == 0:
            os.close(self._open)  # the parent's alone: the kernel closes it when that is killed
            threading.Thread(target=_end_with, args=(self._end,), daemon=True).start()
            _run(serve)
        return pid

    def _ask(self, number: int, frame: object) -> None:
        self.asked = True
        if self._horse is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._horse, signal.SIGTERM)


def _end_with(descriptor: int) -> None:
    while os.read(descriptor, 1):
        pass
    os._exit(1)


def end_when_asked() -> None:
    """While rq's own handlers are not there, a wish to stop ends the work-horse at once."""
    for number in _SIGNALS:
        signal.signal(number, lambda number, frame: os._exit(0))


def _run(serve: Callable[[], None]) -> NoReturn:
    code = 1
    try:
        serve()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        log.exception("the work-horse failed")
    finally:
        logging.shutdown()
        os._exit(code)


def how(status: int) -> str:
    """How a process ended, by what `waitpid` told."""
    code = os.waitstatus_to_exitcode(status)
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name
