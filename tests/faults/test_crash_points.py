"""Whatever point a worker is killed at, the work comes right: each line once, each write once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.selling import FLOWS

SOAK = os.environ.get("HANPAN_SOAK") == "1"
LEAST_POINTS = {
    "setup import": 12,
    "template update": 20,
    "collect": 15,
    "auto-confirm": 25,
    "listings": 20,
    "make SKUs": 8,
}
LEAST_ELSEWHERE = 12
"""Each point once, at the other marketplaces."""


def enumerate_flow(flow: str, template: str, folder: Path) -> dict[str, Any]:
    """Run the enumeration in a process of its own (it forks, and must have no threads)."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.enumerate", flow, template, str(folder)],
        capture_output=True,
        text=True,
        timeout=3600 if SOAK else 300,
        check=False,
        env=os.environ | {"HANPAN_DATA": str(folder)},
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout))


def judge(flow: str, kind: str, told: dict[str, Any]) -> None:
    """Fail with every case that did not hold; print the figures."""
    cases = told["cases"]
    most = max(case["sweeps"] for case in cases)
    sys.stdout.write(f"\n{flow} on {kind}: killed at {len(cases)} points, {most} sweeps at most\n")
    assert told["clean"]["wrong"] == []
    wrong = [(case["point"], case["wrong"]) for case in cases if case["wrong"]]
    assert wrong == []
    alive = [case["point"] for case in cases if case["code"] != 137]
    assert alive == [], f"these points were named but never killed anything: {alive}"
    late = [(case["point"], case["sweeps"]) for case in cases if case["sweeps"] > case["allowed"]]
    assert late == []
    assert len(cases) >= LEAST_POINTS.get(flow, LEAST_ELSEWHERE)


LONG = ("read listings",)
"""Flows of `make soak`; reading a file is also killed in tests/core/test_catalogue_files.py."""


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if SOAK or flow not in LONG])
def test_a_worker_killed_at_any_point_leaves_nothing_undone_or_done_twice(
    flow: str, sqlite_template: Path, tmp_path: Path
) -> None:
    judge(flow, "SQLite", enumerate_flow(flow, str(sqlite_template), tmp_path))


@pytest.mark.postgresql
def test_a_collection_killed_at_any_point_comes_right_on_postgresql(
    postgresql_server: str, postgresql_template: str, tmp_path: Path
) -> None:
    template = postgresql_server.format(name=postgresql_template)
    judge("collect", "PostgreSQL", enumerate_flow("collect", template, tmp_path))
