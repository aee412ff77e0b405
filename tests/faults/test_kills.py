"""Real workers killed, Redis flushed and restarted, two at one channel: 5,000 lines come right.

Every figure is printed. `make soak` (HANPAN_SOAK=1) runs the long form of the kills.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis
from sqlalchemy import event, func, or_, select, text

from core import queue, settings, store
from core.ledger import lanes
from core.models import Command, Cursor, Lane, OrderLine
from core.services import orders
from tests import databases
from tests.faults.nursery import Crew, kill, members, name_writer
from tests.faults.shop import QUERY, Shop
from tests.faults.stage import LEASE_S, OTHERS, SWEEP_S, TESTER

SOAK = os.environ.get("HANPAN_SOAK") == "1"
KILLS, FEWER_KILLS = (1000, 200) if SOAK else (50, 10)
LINES, FEWER, FEWEST = 5000, 2000, 800
RECOVERY_S = 120.0
SLACK_S = 6.0
"""What a loaded machine may add to a recovery."""

WITNESS = """
CREATE TABLE witness (what TEXT, writer TEXT, owner TEXT, fence INTEGER);
"""
WATCHED = ("cursor", "order_line", "effect")
TRIGGER = {
    "sqlite": """
        CREATE TRIGGER watch_{table}_{action} AFTER {action} ON {table} BEGIN
            INSERT INTO witness SELECT '{table}', writer(), owner, fence
            FROM lane WHERE name = NEW.channel_id;
        END
    """,
    "postgresql": """
        CREATE FUNCTION watch_{table}_{action}() RETURNS trigger AS $$ BEGIN
            INSERT INTO witness SELECT '{table}', current_setting('application_name'), owner, fence
            FROM lane WHERE name = NEW.channel_id;
            RETURN NULL;
        END $$ LANGUAGE plpgsql;
        CREATE TRIGGER watch_{action} AFTER {action} ON {table}
            FOR EACH ROW EXECUTE FUNCTION watch_{table}_{action}()
    """,
}


def said(text: str) -> None:
    """Print a figure."""
    sys.stdout.write(f"\n{text}\n")


def until(condition: Callable[[], object], seconds: float, what: str) -> float:
    """Look again and again until the condition holds; returns how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began


class Field:
    """A shop whose channel has 5,000 lines to collect, and the crew that works for it."""

    def __init__(self, shop: Shop, crew: Crew, lines: int) -> None:
        self.shop, self.crew, self.lines = shop, crew, lines

    def stored(self) -> int:
        """How many lines are here."""
        with store.workspace(self.shop.workspace_id), store.read() as session:
            return int(session.scalar(select(func.count()).select_from(OrderLine)) or 0)

    def lane(self) -> Lane | None:
        """The channel's lane."""
        with store.workspace(self.shop.workspace_id), store.read() as session:
            return session.scalars(select(Lane).where(Lane.name == self.shop.channel_id)).first()

    def collect(self) -> None:
        """A person presses [지금 수집]."""
        with store.workspace(self.shop.workspace_id):
            orders.collect_now(None, TESTER)

    def half_way(self) -> None:
        """Wait until some of the lines are here, and by far not all."""
        until(lambda: self.stored() >= self.lines // 10, 60, "a tenth of the lines")
        assert self.stored() < self.lines * 9 // 10, "it was too fast to be disturbed"

    def converge(self, seconds: float = 60.0) -> float:
        """Wait until everything up to now has been collected and nothing is open."""
        self.shop.mend()
        began = time.monotonic()
        rounds = 0
        while rounds < 2 or self.shop.standing().error_code:
            # A collection that took its process down ten times in a row rests for a minute,
            # and one that was at work already when it was asked for looked at an earlier moment.
            self.shop.pass_time(70)
            self.collect()
            until(lambda: not self.shop.open_commands(), seconds, "nothing open")
            rounds += 1
        took = time.monotonic() - began
        assert took < seconds
        assert self.stored() >= self.lines
        assert self.shop.broken() == []
        assert self.written_without_the_lane() == []
        return took

    def watch(self) -> None:
        """Have the database itself note who writes, and who holds the lane then."""
        event.listen(store.engine(), "connect", name_writer)
        store.engine().dispose()
        with store.engine().begin() as connection:
            connection.execute(text(WITNESS))
            trigger = TRIGGER[connection.dialect.name]
            for table in WATCHED:
                for action in ("INSERT", "UPDATE"):
                    connection.exec_driver_sql(trigger.format(table=table, action=action))

    def written_without_the_lane(self) -> list[tuple[str, ...]]:
        """Writes of somebody who did not hold the lane (the witness must have seen some)."""
        with store.engine().connect() as connection:
            seen = connection.execute(text("SELECT count(*) FROM witness")).scalar()
            assert seen, "the witness saw nothing"
            stale = connection.execute(
                text("SELECT what, writer, owner, fence FROM witness WHERE writer <> owner")
            )
            return [tuple(row) for row in stale]

    def writers(self) -> dict[str, int]:
        """How many rows each process wrote."""
        with store.engine().connect() as connection:
            told = connection.execute(text("SELECT writer, count(*) FROM witness GROUP BY writer"))
            return {str(who): int(rows) for who, rows in told}


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


@contextmanager
def ready(
    open_shop: Callable[..., Shop],
    url: str,
    folder: Path,
    lines: int,
    *,
    market: str = "smartstore",
    defaults: bool = False,
) -> Iterator[Field]:
    """A field whose crew talks through this Redis; `defaults`: with the leases of production."""
    shop = open_shop(market=market, lease=LEASE_S, settle=1.0, redis=url)
    if defaults:
        for name in ("HANPAN_LEASE_S", "HANPAN_SWEEP_S", "HANPAN_SETTLE_S"):
            del os.environ[name]  # the shop puts the environment back
        settings.use(None)
    shop.world("seed", size="busy", orders=lines)
    shop.act("set_limits", per_second=500)
    shop.connect()
    shop.switch(confirm_mode="auto")
    reading = QUERY if market == "smartstore" else "/"
    shop.fault(reading, "delay", times=-1, value=0.1)  # so that there is a middle
    told = sum(map(shop.is_told, shop.world("ledger")["lines"].values()))
    with Crew(folder / "crew.log") as crew:
        found = Field(shop, crew, told)
        found.watch()
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
        time.sleep(rng.uniform(0.0, 0.8))  # the random moment
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


def dead_runs() -> int:
    """How many commands say that they run, of whom the lane says that nobody works on them."""
    dead = or_(Lane.owner == "", Lane.lease_until < store.db_now())
    with store.all_workspaces(), store.read() as session:
        found = select(func.count()).select_from(Command).join(Lane, Lane.name == Command.lane)
        return int(session.scalar(found.where(Command.state == "running", dead)) or 0)


def test_with_the_default_settings_work_goes_on_within_two_minutes_of_a_kill(
    open_shop: Callable[..., Shop], redis_url: str, tmp_path: Path
) -> None:
    with ready(open_shop, redis_url, tmp_path, FEWER, defaults=True) as field:
        chosen = settings.current()
        assert (chosen.lease_s, chosen.sweep_s) == (60, 30), "not the defaults"
        for what in ("clock", "sync", "urgent"):
            field.crew.start(what)
        field.collect()
        field.half_way()
        until(lambda: (lane := field.lane()) is not None and lane.owner != "", 30, "a held lane")
        assert len(field.crew.kill("sync")) == 2, "a worker and its work-horse"
        killed, rows = time.monotonic(), field.stored()
        assert rows < FEWER
        field.crew.start("sync")
        until(dead_runs, RECOVERY_S, "the lease of the dead has run out")
        over = time.monotonic()
        until(lambda: not dead_runs(), 2 * chosen.sweep_s, "nothing runs with a dead lease")
        swept = time.monotonic() - over
        until(lambda: field.stored() > rows, RECOVERY_S, "new lines after the kill")
        recovered = time.monotonic() - killed
        assert recovered <= RECOVERY_S
        field.converge()
        assert dead_runs() == 0
    said(
        f"defaults: killed at {rows} lines; the lease was dead for {swept:.0f} s,"
        f" new lines came after {recovered:.0f} s"
    )


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
