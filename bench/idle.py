"""Polls that find nothing: a thousand channels a ring, and one; against a GET and an RQ fork."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis
from rq import Queue
from rq.registry import StartedJobRegistry
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.crew import START_SECONDS, Crew
from bench.installation import Installation, Servers, collect_until_armed, opened
from bench.practice import Practice
from bench.processor import children_of, end_with_parent, in_child, seconds_of, wait_until
from bench.result import Result
from bench.sizes import Sizes
from bench.wire import Wire
from core import clock, queue, store, vault
from core.models import Channel, Command, Cursor, new_id
from core.services import channels, verification
from plugins.smartstore.client import at

LIMIT_MS = 25.0
PATIENCE = 600.0
_COMMAND: Any = Command.__table__


def run(servers: Servers, sizes: Sizes) -> Iterator[Result]:
    """A real worker, a real Redis and the clock, on SQLite."""
    with Practice(1) as practice, tempfile.TemporaryDirectory(prefix="hp-b-", dir="/tmp") as name:
        folder = Path(name)
        url = servers.database("sqlite", folder)
        with opened(url, folder, practice, servers) as installation:
            in_child(collect_until_armed)
            _add_channels(installation, sizes.channels - 1)
            with Crew(servers, "sync") as crew:
                _ring(crew)  # the first time each channel asks for its token
                many = [_ring(crew) / sizes.channels for _ in range(sizes.rounds)]
                _only(installation.channel_id)
                single = sum(_ring(crew) for _ in range(sizes.rings)) / sizes.rings
        bare = [_bare(practice, sizes.channels) for _ in range(sizes.rounds)]
    fork = [_rq_fork(servers, sizes.jobs) for _ in range(sizes.rounds)]
    poll, get, job = (1000 * statistics.median(found) for found in (many, bare, fork))
    what = f"idle poll, {sizes.channels:,} channels a ring"
    yield Result(what, poll, "ms CPU", "bare GET and parse", get, goal="<= 3")
    yield Result(what, poll, "ms CPU", "one RQ fork", job, goal="<= 0.25")
    yield Result(
        "idle poll, a single channel", 1000 * single, "ms CPU", "a limit", LIMIT_MS, goal="<= 1"
    )


def _add_channels(installation: Installation, count: int) -> None:
    """More channels of the same account, each read up to now: their polls find nothing."""
    with store.write() as session:
        first = channels.get(session, installation.channel_id)
        assert first.credentials is not None
        values = vault.unseal_json("channel", "credentials", first.id, first.credentials)
        cursor = session.scalars(select(Cursor)).one().value
        for number in range(count):
            row_id, now = new_id(), clock.now()
            channel = Channel(
                id=row_id,
                workspace_id=installation.workspace_id,
                marketplace=first.marketplace,
                practice=True,
                store=f"연습 {number}",
                seller_id=first.seller_id,
                identity=f"idle-{number}",
                account=f"{first.marketplace}:practice:idle-{number}",
                state="active",
                form_version=first.form_version,
                credentials=vault.seal_json("channel", "credentials", row_id, values),
                created_at=now,
                activated_at=now,
            )
            session.add(channel)
            session.add(
                Cursor(
                    workspace_id=installation.workspace_id,
                    channel_id=row_id,
                    kind="orders",
                    value=cursor,
                    moved_at=now,
                )
            )
            session.flush()
            verification.ensure_standing(session, channel)


def _ring(crew: Crew) -> float:
    """Make every poll due, ring once, and wait; the CPU seconds that it cost."""
    crew.rest()
    with store.write() as session:
        session.execute(_COMMAND.update().where(_COMMAND.c.standing.is_(True)).values(next_at=0.0))
        going = select(Command.id).where(Command.standing.is_(True), Command.held_for == "")
        wanted = _polls(session) + len(session.scalars(going).all())
    spent = crew.cpu()
    queue.ring("sync")

    def polled() -> bool:
        with store.read() as session:
            return _polls(session) >= wanted

    wait_until(polled, PATIENCE, "a ring")
    crew.rest()
    return crew.cpu() - spent


def _polls(session: Session) -> int:
    return sum(session.scalars(select(Command.polls)))


def _only(channel_id: str) -> None:
    """Leave one channel that is polled."""
    with store.write() as session:
        session.execute(
            _COMMAND.update()
            .where(_COMMAND.c.channel_id != channel_id)
            .values(state="held", held_for="paused")
        )


def _bare(practice: Practice, count: int) -> float:
    """CPU seconds of one GET over a kept connection, and of parsing its JSON."""
    since = at(clock.now())

    def poll() -> dict[str, Any]:
        with Wire(practice) as wire:
            spent = time.process_time()
            for _ in range(count):
                wire.poll(since)
            return {"each": (time.process_time() - spent) / count}

    return float(in_child(poll)["each"])


def _rq_fork(servers: Servers, jobs: int) -> float:
    """CPU seconds, of worker, work-horse and Redis, of one job that does nothing."""
    with redis.Redis.from_url(servers.redis) as client:
        client.flushall()
        server = int(client.info("server")["process_id"])
        named = Queue("nothing", connection=client)
        worker = subprocess.Popen(
            [sys.executable, "-m", "rq.cli", "worker", "--quiet", "-u", servers.redis, named.name],
            env=dict(os.environ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=end_with_parent,
        )
        try:
            named.enqueue("time.time", result_ttl=0)
            started = StartedJobRegistry(queue=named)

            def done() -> bool:
                return not (named.count or started.count or children_of(worker.pid))

            wait_until(done, START_SECONDS, "the start of rq's worker")
            spent = seconds_of([worker.pid, server])
            for _ in range(jobs):
                named.enqueue("time.time", result_ttl=0)
            wait_until(done, PATIENCE, "rq's jobs")
            return (seconds_of([worker.pid, server]) - spent) / jobs
        finally:
            worker.terminate()
            worker.wait(30)
