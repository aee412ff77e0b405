"""A large file of listings becomes a stored preview with verdicts, beside the bare readers."""

from __future__ import annotations

import random
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from bench.crew import Crew
from bench.installation import BENCH, Servers, bare
from bench.processor import in_child
from bench.reading import calamine, openpyxl_reads, timed
from bench.result import Result
from bench.sizes import Sizes
from core import settings, store
from core.files import limits, reading, writing
from core.models import Batch, Workspace, new_id
from core.services import batches, catalogue, first_run, migration, migration_parsers
from tests.core import imports
from web import create_app

KINDS = ("sqlite", "postgresql")
COLUMNS = 30
HEAD = (*imports.HEAD, "카테고리", "판매시작일", "판매종료일")
SKUS = 200
EVERY = 0.25
LIMIT_MS = 200.0
PATIENCE = 600.0
_WORDS = ("가방", "신발", "원피스", "파랑", "빨강", "면", "여름", "정품", "무료배송", "특가")
_LIMIT_MB = limits.MEMORY / 2**20


def run(servers: Servers, sizes: Sizes) -> Iterator[Result]:
    """As many rows as lines are collected elsewhere, of 30 columns, a few of them of known SKUs.

    The preview is made by a worker of its own from the press on; four pages a second are opened
    meanwhile. The bare readers make the rows and drop them.
    """
    with tempfile.TemporaryDirectory(prefix="hp-b-", dir="/tmp") as folder:
        path = Path(folder) / "products.xlsx"
        more = [f"열 {at}" for at in range(COLUMNS - len(HEAD))]
        writing.write_rows(path, [*HEAD, *more], _rows(sizes.lines))
        yield Result("the file", path.stat().st_size / 2**20, "MB")
        bare_s = statistics.median(
            in_child(partial(timed, calamine, path))["seconds"] for _ in range(sizes.rounds)
        )
        yield Result("bare calamine", bare_s, "s")
        slow = in_child(partial(timed, openpyxl_reads, path))["seconds"]
        peak = in_child(partial(_child_mb, path))["child_mb"]
        for kind in KINDS:
            with bare(kind, servers) as data:
                took, pages = _measured(path, sizes.lines, servers)
                size = _database_mb(data) if kind == "sqlite" else None
            goal = "<= 3"
            yield Result(f"preview stored, {kind}", took, "s", "s bare calamine", bare_s, goal=goal)
            yield Result(f"  rows a second, {kind}", sizes.lines / took, "rows/s")
            yield Result(
                f"  bare openpyxl, read-only, {kind}", slow, "s", "s ours", took, goal=">= 2"
            )
            yield from _pages(kind, pages)
            if size is not None:
                yield Result(f"  the database, {kind}", size, "MB")
        yield Result("  the child's peak", peak, "MB", "a limit", _LIMIT_MB, goal="<= 1")


def _pages(kind: str, took: list[float]) -> Iterator[Result]:
    *_, last = statistics.quantiles(took, n=20)
    yield Result(f"  a page meanwhile, p95, {kind}", last, "ms", "a limit", LIMIT_MS, goal="<= 1")
    yield Result(f"  p50, {kind}", statistics.median(took), "ms")
    yield Result(f"  pages, {kind}", len(took), "")


def _rows(count: int) -> Iterator[list[Any]]:
    chance = random.Random(1)
    for number in range(count):
        yield [
            f"{10_000_000 + number}",
            " ".join(chance.choices(_WORDS, k=4)) + f" {number}",
            chance.randrange(1, 100_000) * 10,
            chance.randrange(500),
            "판매중",
            f"C-{number}",
            "패션 > 가방",
            "2026-01-01",
            "2027-01-01",
            *(" ".join(chance.choices(_WORDS, k=3)) for _ in range(COLUMNS - len(HEAD))),
        ]


def _measured(path: Path, lines: int, servers: Servers) -> tuple[float, list[float]]:
    """Seconds from the press to the stored preview, and milliseconds of pages opened meanwhile."""
    client = create_app(settings.current()).test_client()
    _log_in(client)
    with store.all_workspaces(), store.read() as session:
        workspace_id = session.scalars(select(Workspace.id)).one()
    with store.workspace(workspace_id):
        to = imports.channel()
        for number in range(0, lines, max(1, lines // SKUS)):
            told = {"name": f"상품 {number}", "own_code": f"C-{number}", "price": "1"}
            catalogue.create(told | {"on_hand": "1", "buffer": "0"}, BENCH)
        with Crew(servers, "bulk"):
            began = time.perf_counter()
            with path.open("rb") as file:
                made = migration.submit_file(
                    to.id, imports.PARSER, file, path.name, BENCH, submission=new_id()
                )
            pages = _open_pages(client, made)
            took = time.perf_counter() - began
        with store.read() as session:
            batch = batches.get(session, made)
            if batch.state != "ready" or batch.counts["new"] != lines:
                raise RuntimeError(f"the batch is {batch.state}: {batch.counts}, {batch.problem}")
    return took, pages


def _log_in(client: FlaskClient) -> None:
    code = first_run.new_first_run_code()
    shown = client.get(f"/first?code={code}")
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown.text)
    if token is None:
        raise RuntimeError("the first page has no form")
    form = {"workspace": "측정", "name": "측정", "login": "a@b.example", "code": code}
    form |= {"password": "바다가 보이는 창고 12", "csrf_token": token[1]}
    client.post("/first", data=form)


def _open_pages(client: FlaskClient, batch_id: str) -> list[float]:
    """Open pages until the preview is there."""
    took: list[float] = []
    until = time.monotonic() + PATIENCE
    addresses = ("/skus", "/orders", f"/listings/import/{batch_id}", "/jobs")
    while not _is_ready(batch_id):
        if time.monotonic() > until:
            raise TimeoutError(f"the preview took more than {PATIENCE:.0f} s")
        began = time.perf_counter()
        shown = client.get(addresses[len(took) % len(addresses)])
        if shown.status_code != 200:
            raise RuntimeError(f"{shown.request.path} answered {shown.status_code}")
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(max(0.0, EVERY - (time.perf_counter() - began)))
    return took


def _is_ready(batch_id: str) -> bool:
    with store.read() as session:
        return session.scalar(select(Batch.state).where(Batch.id == batch_id)) != "reading"


def _child_mb(path: Path) -> dict[str, Any]:
    parser = migration_parsers.get("eleven_st", imports.PARSER)
    name = f"{parser.marketplace}/{parser.key}"
    with reading.read(path, parser.columns, rows=name) as opened:
        rows = sum(map(len, opened.plain_rows()))
    return {"rows": rows, "child_mb": opened.peak_bytes / 2**20}


def _database_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.glob("hanpan.db*")) / 2**20
