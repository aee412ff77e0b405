"""A kill that is recovered from by the default settings: two minutes, nearly all of it waiting.

Run as `python -m tests.faults.patience FOLDER REDIS` beside other tests: the folder holds a
migrated `hanpan.db`, and gets `figures.json`, which tells what happened when.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import func, or_, select

from core import settings, store
from core.models import Command, Lane
from tests.faults.field import ready, until
from tests.faults.shop import Shop

RECOVERY_S = 120.0
LINES = 2000


def dead_runs() -> int:
    """How many commands say that they run, of whom the lane says that nobody works on them."""
    dead = or_(Lane.owner == "", Lane.lease_until < store.db_now())
    with store.all_workspaces(), store.read() as session:
        found = select(func.count()).select_from(Command).join(Lane, Lane.name == Command.lane)
        return int(session.scalar(found.where(Command.state == "running", dead)) or 0)


def main(folder: str, redis: str) -> None:
    """Kill a worker half way, wait until somebody goes on, and let it come right."""
    home = Path(folder)
    with ExitStack() as stack:

        def open_shop(**chosen: Any) -> Shop:
            return stack.enter_context(Shop(home, f"sqlite:///{home / 'hanpan.db'}", **chosen))

        field = stack.enter_context(ready(open_shop, redis, home, LINES, defaults=True))
        chosen = settings.current()
        for what in ("clock", "sync", "urgent"):
            field.crew.start(what)
        field.collect()
        field.half_way()
        until(lambda: (lane := field.lane()) is not None and lane.owner != "", 30, "a held lane")
        killed = len(field.crew.kill("sync"))
        died, rows = time.monotonic(), field.stored()
        field.crew.start("sync")
        until(dead_runs, RECOVERY_S, "the lease of the dead has run out")
        over = time.monotonic()
        until(lambda: not dead_runs(), 2 * chosen.sweep_s, "nothing runs with a dead lease")
        swept = time.monotonic() - over
        until(lambda: field.stored() > rows, RECOVERY_S, "new lines after the kill")
        recovered = time.monotonic() - died
        field.converge()
        told = {
            "lease_s": chosen.lease_s,
            "sweep_s": chosen.sweep_s,
            "killed": killed,
            "rows": rows,
            "swept_s": swept,
            "recovered_s": recovered,
            "dead_runs": dead_runs(),
        }
    (home / "figures.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:3])
