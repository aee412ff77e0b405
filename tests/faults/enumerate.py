"""Kill a worker at every crash point of a flow, one by one, and see that all comes right.

Run as `python -m tests.faults.enumerate FLOW DATABASE_TEMPLATE FOLDER` by the tests: this process
is the warmed parent, has no threads, prepares a stage once, and forks a process per case, a few
at a time, each on a copy of that stage. It prints one JSON object: the points, and what was wrong
at each.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any

from core import store
from core.ledger.connection import forget_transports
from core.ledger.run import forget_connections
from tests.faults.selling import FLOWS
from tests.faults.stage import OVERTIME, Flow, Stage, fork

SOAK = os.environ.get("HANPAN_SOAK") == "1"
AT_ONCE = 3
LOST_ANSWER = ("before-call", "before-send", "after-answer", "after-call", "sending", "noted")
"""Crash points after which an outcome is unknown: two looks come before it is sent again."""


def fresh_database(template: str, folder: Path) -> str:
    """A copy of the migrated template: a file, or `postgresql://…/name` to copy by the server."""
    if not template.startswith("postgresql"):
        shutil.copy(template, folder / "hanpan.db")
        return f"sqlite:///{folder / 'hanpan.db'}"
    import psycopg

    address, _, options = template.partition("?")
    server, _, source = address.rpartition("/")
    name = f"case_{os.getpid()}_{time.monotonic_ns()}"
    more = f"?{options}" if options else ""
    with psycopg.connect(f"{server}/postgres{more}", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {source}".encode())
    return f"{server}/{name}{more}"


def prepare(flow: Flow, template: str, home: Path) -> str:
    """Bring a stage to the moment before the flow begins, and keep it; returns its database."""
    home.mkdir()
    url = fresh_database(template, home)
    with Stage(home, url, flow.market) as stage:
        with store.workspace(stage.workspace_id):
            flow.prepare(stage)
        stage.keep()
    return url if url.startswith("postgresql") else str(home / "hanpan.db")


def warm(flow: Flow, prepared: Path, template: str, folder: Path) -> None:
    """Let this process go through the flow once, so that each case finds everything compiled."""
    with resumed(flow, prepared, template, folder) as stage:
        with store.workspace(stage.workspace_id):
            copy(flow).begin(stage)
        stage.drain(*flow.queues)
    forget_connections()
    forget_transports()
    gc.collect()
    gc.freeze()  # what all cases share is copied for none


def resumed(flow: Flow, prepared: Path, template: str, folder: Path) -> Stage:
    """A copy of the stage that was kept."""
    shutil.copytree(prepared, folder)
    return Stage(folder, fresh_database(template, folder), flow.market)


Case = Callable[[Path, str | None], dict[str, Any]]
"""One installation in that folder, killed at that point; says how it went."""


def case(
    flow: Flow, prepared: Path, template: str, folder: Path, crash_at: str | None
) -> dict[str, Any]:
    """One installation, one crash, one recovery; says how it went.

    A worker that the machine's load ended before it came to the point is tried again.
    """
    for attempt in range(4):
        told = _case(copy(flow), prepared, template, folder / str(attempt), crash_at)
        if told["code"] != OVERTIME:
            break
    return told


def _case(
    flow: Flow, prepared: Path, template: str, folder: Path, crash_at: str | None
) -> dict[str, Any]:
    with resumed(flow, prepared, template, folder) as stage:
        with store.workspace(stage.workspace_id):
            flow.begin(stage)
        code, passed = stage.child(crash_at, *flow.queues)
        sweeps = stage.settle(900 if SOAK else 60)
        with store.workspace(stage.workspace_id):
            wrong = list(flow.check(stage))
    return {
        "point": crash_at,
        "code": code,
        "passed": passed,
        "sweeps": sweeps,
        "allowed": 4 if any(word in (crash_at or "") for word in LOST_ANSWER) else 2,
        "wrong": wrong,
    }


def points(passed: dict[str, int], share: float) -> list[str]:
    """Each point at its first passage, and after a share of its passages (1: at its last)."""
    found = []
    for name, times in passed.items():
        found.append(f"{name}@1")
        if (later := int(times * share)) > 1:
            found.append(f"{name}@{later}")
    return found


def run_all(one: Case, folder: Path, wanted: list[str]) -> list[dict[str, Any]]:
    """Run the cases, AT_ONCE at a time, each in a forked process."""
    running: dict[int, Path] = {}
    results: list[dict[str, Any]] = []
    waiting = list(enumerate(wanted))
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            number, point = waiting.pop(0)
            home = folder / f"case-{number}"
            running[_start(one, home, point)] = home
        pid, _ = os.wait()
        home = running.pop(pid)
        told = home / "result.json"
        if told.exists():
            results.append(json.loads(told.read_text()))
        else:
            text = (home / "error.txt").read_text() if (home / "error.txt").exists() else "died"
            results.append({"point": home.name, "code": -1, "wrong": [text], "sweeps": 0})
    return results


def _start(one: Case, home: Path, point: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        result = one(home, point)
        (home / "result.json").write_text(json.dumps(result, ensure_ascii=False))
        code = 0
    except BaseException as error:
        home.mkdir(parents=True, exist_ok=True)
        (home / "error.txt").write_text(f"{point}: {type(error).__name__}: {error}")
    finally:
        os._exit(code)


def main(flow: str, template: str, folder: str) -> int:
    """Find the points by an undisturbed run, then kill at each."""
    logging.disable(logging.CRITICAL)
    home = Path(folder)
    chosen, told = FLOWS[flow](), home / "undisturbed.json"
    copied = prepare(chosen, template, home / "ready")
    warm(chosen, home / "ready", copied, home / "warm")
    one = partial(case, chosen, home / "ready", copied)
    if code := fork(lambda: told.write_text(json.dumps(one(home / "undisturbed", None)))):
        return code
    first = json.loads(told.read_text())
    share = 0.0
    if SOAK or chosen.market == "smartstore":
        share = 1.0 if chosen.last_too else 0.5 if SOAK else 0.0
    results = run_all(one, home, points(first["passed"], share))
    sys.stdout.write(json.dumps({"clean": first, "cases": results}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
