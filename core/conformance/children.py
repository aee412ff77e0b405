"""Work done in a process of its own, forked from this one, that dies at a crash point."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from core import settings, work
from core.ledger import crash

KILLED = 137


def in_child(task: Callable[[], object], *, dies_at: str | None, told: Path) -> tuple[int, int]:
    """Run `task` in a forked child; returns its process id and its exit code.

    `dies_at` is a crash point, "name" or "name@n"; without one the points that were passed are
    written to `told`. The code is KILLED when it died there, 0 when it ended, 1 when it raised.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: our threads hold no locks here
        child = os.fork()
    if child == 0:
        code = 1
        try:
            _run(task, dies_at, told)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return child, 128 - code if code < 0 else code


def _run(task: Callable[[], object], dies_at: str | None, told: Path) -> None:
    os.environ["HANPAN_CRASH"] = dies_at or "none"
    crash._passed.clear()
    settings.use(None)
    work.after_fork()
    task()
    if dies_at is None:
        told.write_text(json.dumps(crash._passed))
