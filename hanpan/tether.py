"""Ties processes to the supervisor that started them: when it is gone, so are they.

The supervisor holds the writing end of a pipe and every child a reading end. However the
supervisor ends, the kernel closes its end.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import threading

VARIABLE = "HANPAN_TETHER"
_PR_SET_PDEATHSIG = 1


def watch() -> None:
    """End this process, and each that it forks, as soon as the supervisor's end is closed."""
    number = os.environ.pop(VARIABLE, None)
    if number is not None:
        descriptor = int(number)
        _start(descriptor)
        # Threads do not survive a fork: gunicorn's workers and rq's work-horses watch anew.
        os.register_at_fork(after_in_child=lambda: _start(descriptor))


def _start(descriptor: int) -> None:
    threading.Thread(target=_wait, args=(descriptor,), name="tether", daemon=True).start()


def _wait(descriptor: int) -> None:
    _until_closed(descriptor)
    os._exit(1)


def _until_closed(descriptor: int) -> None:
    while os.read(descriptor, 1):
        pass


def run(command: list[str], shared: int) -> int:
    """Become a program that knows nothing of us, tied to the supervisor; it keeps `shared` open.

    Returns only where the kernel cannot tie it: there it is watched from here.
    """
    descriptor = int(os.environ.pop(VARIABLE))
    os.set_inheritable(shared, True)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if select.select([descriptor], [], [], 0)[0]:
            return 1  # it was gone before we were tied
        os.execvp(command[0], command)
    with subprocess.Popen(command, close_fds=False) as child:
        signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())

        def end() -> None:
            _until_closed(descriptor)
            child.kill()

        threading.Thread(target=end, daemon=True).start()
        return child.wait()
