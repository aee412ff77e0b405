"""Real workers killed, Redis flushed and restarted, two at one channel: 5,000 lines come right.

Every figure is printed. `make soak` (HANPAN_SOAK=1) runs the long form of the kills.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import select

from core import queue, store
from core.ledger import lanes
from core.models import Cursor, OrderLine
from tests import databases
from tests.faults.field import Field, ready, until
from tests.faults.nursery import kill, members
from tests.faults.patience import RECOVERY_S
from tests.faults.shop import QUERY, Shop
from tests.faults.stage import LEASE_S, OTHERS, SWEEP_S

pytestmark = pytest.mark.xdist_group("kills")  # one waits two minutes while the others work
SOAK = os.environ.get("HANPAN_SOAK") == "1"
KILLS, FEWER_KILLS = (1000, 200) if SOAK else (50, 10)
LINES, FEWER, FEWEST = 5000, 2000, 800
SLACK_S = 6.0
"""What a loaded machine may add to a recovery."""


@dataclass(frozen=True)
class Patient:
    """A process that waits while other tests work, and what it said in its folder."""

    process: subprocess.Popen[bytes]
    folder: Path

    def figures(self) -> dict[str, Any]:
        """What came of it; waits until it has ended."""
        code = self.process.wait(300)
        assert code == 0, (self.folder / "said.txt").read_text()[-3000:]
        return dict(json.loads((self.folder / "figures.json").read_text()))


@pytest.fixture(scope="module", autouse=True)
def patient(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patient]:
    """The recovery by the default settings, on its way from the first of these tests on."""
    folder = tmp_path_factory.mktemp("patience")
    shutil.copy(sqlite_template, folder / "hanpan.db")
    (folder / "shop").mkdir()
    with databases.redis_server() as url:
        with (folder / "said.txt").open("wb") as said:
            waiting = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.patience", str(folder), url],
                stdout=said,
                stderr=said,
                cwd=Path(__file__).parents[2],
            )
        yield Patient(waiting, folder)
        waiting.kill()
        waiting.wait()


def said(text: str) -> None:
    """Print a figure."""
    sys.stdout.write(f"\n{text}\n")


@pytest.fixture
def field(open_shop: Callable[..., Shop], redis_url: str, tmp_path: Path) -> Iterator[Field]:
    """5,000 lines at the marketplace, none here, nobody at work yet."""
    with ready(open_shop, redis_url, tmp_path, LINES) as found:
        yield found


@pytest.fixture
def smaller_field(
    open_shop: Callable[..., Shop], redis_url: str, tmp_path: Path
) -> Iterator[Field]:
    """The same with 2,000 lines."""
    with ready(open_shop, redis_url, tmp_path, FEWER) as found:
        yield found


def killed_at_random(field: Field, kills: int) -> None:
    """Kill workers and work-horses so often (and on, until enough were at work) and look."""
    shop, crew = field.shop, field.crew
    rng = random.Random(20260101)
    began = time.monotonic()
    for what in ("clock", "sync", "urgent"):
        crew.start(what)
    groups, caught, fresh, number = 0, 0, 0, 0
    while number < kills or (caught < kills // 10 and number < 3 * kills):
        if number % 10 == 9:
            rows = field.stored()
            until(
                lambda rows=rows: field.stored() > rows or rows >= field.lines, 60, "a page between"
            )
        time.sleep(rng.uniform(0.0, 0.5))  # the random moment
        name = rng.choice(("sync", "sync", "sync", "urgent"))
        holder = (lane := field.lane()) and lane.owner.rpartition("/")[2]
        horse = crew.horse(name)
        if horse is not None and rng.random() < 0.5:
            kill(horse)  # the work-horse is a group of its own; its worker goes on
            dead = [horse]
        else:
            dead = crew.kill(name)
            crew.start(name)
            groups += 1
        caught += holder in map(str, dead)
        if number % 5 == 0:
            fresh += len(shop.act("new_order", orders=2))
            shop.pass_time(6)
        field.collect()
        number += 1
    took = field.converge()
    assert caught >= kills // 10, "hardly any kill hit somebody at work"
    confirmed = [line for line in shop.world("ledger")["lines"].values() if line["confirms"]]
    assert len(confirmed) >= fresh
    said(
        f"{number} kills ({groups} of a whole worker), {caught} of who held the lane:"
        f" {field.stored()} lines each once, {len(confirmed)} confirmed once each, settled"
        f" {took:.1f} s after the last ({time.monotonic() - began:.0f} s in all),"
        f" {len(field.writers())} writers, 0 stale writes"
    )


def test_workers_killed_at_random_moments_lose_and_repeat_nothing(field: Field) -> None:
    killed_at_random(field, KILLS)


@pytest.mark.postgresql
def test_workers_killed_at_random_moments_lose_and_repeat_nothing_on_postgresql(
    smaller_field: Field,
) -> None:
    killed_at_random(smaller_field, FEWER_KILLS)


@pytest.mark.parametrize("market", OTHERS)
def test_workers_killed_at_random_moments_lose_and_repeat_nothing_elsewhere(
    market: str, open_shop: Callable[..., Shop], redis_url: str, tmp_path: Path
) -> None:
    with ready(open_shop, redis_url, tmp_path, FEWEST, market=market) as field:
        killed_at_random(field, FEWER_KILLS)


def test_a_dead_workers_command_runs_again_within_two_sweeps_of_its_lease(
    smaller_field: Field,
) -> None:
    field = smaller_field
    crew = field.crew
    crew.start("clock")
    crew.start("sync")
    field.half_way()
    until(lambda: (lane := field.lane()) is not None and lane.owner != "", 30, "a held lane")
    held = field.lane()
    assert held is not None
    crew.kill("sync")
    rows, began = field.stored(), time.monotonic()
    crew.start("sync")
    limit = LEASE_S + 2 * SWEEP_S + SLACK_S
    until(lambda: field.stored() > rows, limit, "new lines after the kill")
    took = time.monotonic() - began
    lane = field.lane()
    assert lane is not None and lane.fence > held.fence
    field.converge()
    said(f"killed half way: new lines came after {took:.1f} s (lease {LEASE_S} s)")


def test_redis_flushed_in_the_middle_costs_nothing_but_time(field: Field) -> None:
    for what in ("clock", "sync", "urgent"):
        field.crew.start(what)
    flushed = 0
    with closing(redis.Redis.from_url(field.shop.redis)) as client:
        for part in (1, 4, 7):
            until(lambda part=part: field.stored() >= LINES * part // 10, 60, "more lines")
            client.flushall()
            flushed += 1
            field.collect()
    took = field.converge()
    said(f"{flushed} x FLUSHALL: {field.stored()} lines each once, settled in {took:.1f} s")


def test_two_workers_at_one_channel_write_one_at_a_time(field: Field) -> None:
    field.crew.start("clock")
    for name in ("one", "other"):
        field.crew.start("sync", name)
    field.crew.start("urgent")

    def stir() -> bool:
        queue.answered("sync")  # ring for whoever is idle, though somebody is at it
        queue.ring("sync")
        return field.stored() >= LINES

    until(stir, 60, "all lines")
    field.converge()
    fence = field.lane()
    assert fence is not None
    said(
        f"two workers: {field.stored()} lines each once, {len(field.writers())} writers,"
        f" {fence.fence} fences, 0 stale writes"
    )


def test_a_worker_that_slept_past_its_lease_writes_nothing(smaller_field: Field) -> None:
    field = smaller_field
    shop, crew = field.shop, field.crew
    crew.start("clock")
    sleeper = crew.start("drain sync", "sleeper")
    field.half_way()
    before = shop.last_call()
    until(lambda: shop.calls(QUERY, after=before), 30, "a call on its way")
    kill(sleeper, signal.SIGSTOP)  # while the answer is on its way: it holds no lock
    held = field.lane()
    assert held is not None
    if not held.owner.endswith(f"/{sleeper}"):
        pytest.fail(f"{held.owner} holds the lane, not {sleeper}")
    crew.start("sync")
    limit = LEASE_S + 2 * SWEEP_S + SLACK_S
    until(lambda: (field.lane() or held).fence > held.fence, limit, "another holder")
    written = field.writers()[held.owner]
    kill(sleeper, signal.SIGCONT)
    until(lambda: sleeper not in members(sleeper), 30, "the sleeper has given up")
    assert field.writers()[held.owner] == written, "the sleeper wrote after it had lost the lane"
    field.crew.start("urgent")
    field.converge()
    said(f"slept past the lease: {written} rows before, 0 after it woke up")


def test_the_fence_tells_two_holders_of_one_name_apart(shop: Shop) -> None:
    # In containers every worker may be process 7 of the same host.
    named, name = (shop.workspace_id, shop.channel_id), "host/7"
    with store.workspace(shop.workspace_id):
        with store.all_workspaces(), store.write() as session:
            first = lanes.take(session, [named], name, -1.0)[named]  # it has run out already
        with store.all_workspaces(), store.write() as session:
            second = lanes.take(session, [named], name, 60.0)[named]
        assert second.fence == first.fence + 1
        with store.write() as session:
            assert lanes.renew(session, first, 60.0) is None, "a stale fence was renewed"
            assert lanes.renew(session, second, 60.0) is not None
        with store.all_workspaces(), store.write() as session:
            assert lanes.take(session, [named], "other/8", 60.0) == {}
            lanes.free(session, [first])
        with store.write() as session:
            assert lanes.renew(session, second, 60.0) is not None, "a stale fence freed the lane"
            lanes.free(session, [second])


class RedisProcess:
    """A Redis on one socket that can be killed and started anew."""

    def __init__(self, folder: str) -> None:
        self.url = f"unix://{folder}/s"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        program = databases.redis_program()
        assert program is not None
        options = ["--port", "0", "--unixsocket", f"{self._folder}/s", "--save", ""]
        command = [program, *options, "--dir", self._folder, "--appendonly", "no"]
        self._process = databases._start(command, signal.SIGTERM, (-1, -1))
        until(self._answers, 30, "Redis answers")

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    def kill(self) -> None:
        """Kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()


def test_redis_killed_and_started_anew_costs_nothing_but_time(
    open_shop: Callable[..., Shop], tmp_path: Path
) -> None:
    with tempfile.TemporaryDirectory(prefix="hp-k-", dir="/tmp") as folder:
        server = RedisProcess(folder)
        server.start()
        try:
            with ready(open_shop, server.url, tmp_path, FEWER) as field:
                for what in ("clock", "sync", "urgent"):
                    field.crew.start(what)
                field.half_way()
                server.kill()
                assert not queue.ring("sync"), "Redis is not away"
                field.collect()  # a press is taken although nobody can be rung
                field.shop.act("new_order", orders=3)
                server.start()
                took = field.converge()
                said(f"Redis killed: {field.stored()} lines each once, settled in {took:.1f} s")
        finally:
            server.kill()


def test_the_cursor_is_where_the_stored_lines_end(smaller_field: Field) -> None:
    field = smaller_field
    crew = field.crew
    crew.start("clock")
    crew.start("sync")
    for _ in range(6):
        rows = field.stored()
        until(lambda rows=rows: field.stored() > rows or rows >= FEWER, 60, "more lines")
        crew.kill("sync")
        passed = _passed(field)
        told = field.shop.world("ledger")["lines"]
        with store.workspace(field.shop.workspace_id), store.read() as session:
            here = set(session.scalars(select(OrderLine.line_key)))
        missing = [
            key
            for key, line in told.items()
            if line["provided"] and line["changed_at"] < passed and key not in here
        ]
        assert missing == [], f"the cursor has passed {len(missing)} lines that are not stored"
        crew.start("sync")
    crew.start("urgent")
    field.converge()


def _passed(field: Field) -> str:
    """Up to when, as the marketplace writes times, the cursor says that all is stored."""
    with store.workspace(field.shop.workspace_id), store.read() as session:
        value = session.scalars(select(Cursor.value).where(Cursor.kind == "orders")).first()
    return str(json.loads(value)["from"]) if value else ""


def test_with_the_default_settings_work_goes_on_within_two_minutes_of_a_kill(
    patient: Patient,
) -> None:
    figures = patient.figures()
    assert (figures["lease_s"], figures["sweep_s"]) == (60, 30), "not the defaults"
    assert figures["killed"] == 2, "a worker and its work-horse"
    assert 0 < figures["rows"] < FEWER
    assert figures["swept_s"] <= 2 * figures["sweep_s"]
    assert figures["recovered_s"] <= RECOVERY_S
    assert figures["dead_runs"] == 0
    said(
        f"defaults: killed at {figures['rows']} lines; the lease was dead for"
        f" {figures['swept_s']:.0f} s, new lines came after {figures['recovered_s']:.0f} s"
    )
