"""Work done in a process of its own, forked from this warm one, that may be killed on its way."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Callable

from core import settings, store
from core.ledger import crash

KILLED = 137


def in_child(work: Callable[[], object], *, dies_at: str | None = None) -> int:
    """Run `work` in a forked child with its own database connections; return its exit code.

    `dies_at` is a crash point, "name" or "name@n". The code is KILLED when it died there, what
    `work` returned when that is a number, 0 when it ended, 1 when it raised.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: our threads hold no locks here
        child = os.fork()
    if child == 0:
        code = 1
        try:
            code = _run(work, dies_at)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(work: Callable[[], object], dies_at: str | None) -> int:
    os.environ.pop("HANPAN_CRASH", None)
    if dies_at is not None:
        os.environ["HANPAN_CRASH"] = dies_at
    crash._passed.clear()
    settings.use(None)
    inherited = store.engine()
    inherited.dispose(close=False)  # the parent's connections stay the parent's
    store.bind(store.make_engine(inherited.url.render_as_string(hide_password=False)))
    result = work()
    return result if isinstance(result, int) else 0
