"""The doorbell: the only module that imports rq.

A ring says "look into the ledger"; it carries the queue's name and nothing else, so losing every
ring costs time until the next sweep, never work. The drain and its companions are named by
string and imported where they run: nothing above this module is imported here
but the names of the queues.

What `core.work` provides: `warm()` (import and open what a drain needs, once in the parent),
`after_fork()` (let go of what must not be shared with the parent), `drain(queue)`, and
`horse_died(pid)` (free the lanes of a dead work-horse).
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib
import logging
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, SimpleWorker, Worker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty
from rq.worker import WorkerStatus
from sqlalchemy.exc import SQLAlchemyError

from core import settings, workhorse
from core.ledger.kinds import QUEUES

log = logging.getLogger(__name__)

WORK = "core.work"
DRAIN_S = 20
"""How long one ring drains its queue."""

RING_S = 30
"""A ring that nobody answered for so long is rung again."""

FAILED_S = 60
WORKER_S = 30
DRAINS = 500
STEADY_S = 10.0
"""A work-horse that lived so long did not die of its start."""
ANSWER_S = 1.0
"""A page that rings waits no longer than this for a Redis that hangs."""

_client: tuple[str, Redis] | None = None
_stopping = False


def ring(queue: str) -> bool:
    """Have the queue drained soon; call it after the commit. One ring at most waits per queue.

    Returns whether Redis took it. A Redis that is down only delays the work to the next sweep
    after it is back, so the caller goes on.
    """
    try:
        client = _redis()
        if client.set(_waiting(queue), "1", nx=True, ex=RING_S):
            Queue(queue, connection=client, serializer=JSONSerializer).enqueue_call(
                f"{WORK}.drain",
                args=(queue,),
                timeout=DRAIN_S + int(settings.current().lease_s),
                result_ttl=0,
                failure_ttl=FAILED_S,
                ttl=4 * RING_S,
                description=f"drain {queue}",
            )
    except RedisError as error:
        log.warning("Redis did not take the ring for %s: %s", queue, error)
        return False
    return True


def answered(queue: str) -> None:
    """Let the next ring through: called by a drain before it looks for the last time."""
    try:
        _redis().delete(_waiting(queue))
    except RedisError as error:
        log.warning("Redis did not take the answer for %s: %s", queue, error)


def stopping() -> bool:
    """Whether this work-horse was asked to end soon: the drain gives way at its next commit."""
    return _stopping


def reachable() -> bool:
    """Whether Redis answers."""
    try:
        return bool(_redis().ping())
    except RedisError:
        return False


def listening() -> dict[str, int]:
    """How many live workers listen to each queue. Raises RedisError when Redis is down."""
    found: Counter[str] = Counter()
    now = datetime.now(UTC)
    for worker in Worker.all(connection=_redis(), serializer=JSONSerializer):
        seen = worker.last_heartbeat
        if seen is not None and (now - seen).total_seconds() < 3 * WORKER_S:
            found.update(worker.queue_names())
    return {queue: found[queue] for queue in QUEUES}


def work(queue: str, *, burst: bool = False) -> None:
    """Keep a work-horse at one queue until told to stop (`burst`: until nothing waits).

    This process is warm and only forks. The work-horse answers ring after ring over open
    connections (a fork for each would cost more than an idle poll does); one that dies, or ends
    itself because it hangs, is told to the ledger and replaced, and after DRAINS rings a fresh
    one takes its place.
    """
    for name in ("rq.worker", "rq.job"):
        logging.getLogger(name).setLevel(logging.WARNING)
    _call("warm")
    gc.collect()
    gc.freeze()  # what is warm now stays shared with the work-horse
    stop = workhorse.Stop()
    bad_ends = 0
    while not stop.asked:
        began = time.monotonic()
        pid = stop.fork(lambda: _serve(queue, burst))
        _, status = os.waitpid(pid, 0)
        if status:
            _ended_badly(queue, pid, status)
            bad_ends = bad_ends + 1 if time.monotonic() - began < STEADY_S else 1
            if bad_ends > 1:
                time.sleep(min(0.1 * 2**bad_ends, 2.0))  # one that always fails shall not spin
        elif burst:
            return


def _serve(queue: str, burst: bool) -> None:
    """Answer rings, in the work-horse. It outlives Redis, and then rings for what it missed."""
    _call("after_fork")
    while not _stopping:
        _wait_for_redis()
        answered(queue)
        ring(queue)
        with contextlib.suppress(RedisError):
            worker = _Worker([queue], name=_name(os.getpid()), connection=_connect(), **_OPTIONS)
            try:
                worker.work(burst=burst, logging_level=None, max_jobs=DRAINS)
            finally:
                workhorse.end_when_asked()
            if burst or worker.drains >= DRAINS:
                return
        if not _stopping:
            time.sleep(1.0)  # Redis went away, or rq has failed and logged why


def _ended_badly(queue: str, pid: int, status: int) -> None:
    log.warning("the work-horse %d of %s died (%s)", pid, queue, workhorse.how(status))
    try:
        _call("horse_died", pid)
    except SQLAlchemyError as error:
        log.warning("its lanes wait for their leases: %s", type(error).__name__)
    with contextlib.suppress(RedisError):
        _Worker([queue], name=_name(pid), connection=_connect(), **_OPTIONS).register_death()  # type: ignore[no-untyped-call]


def _name(pid: int) -> str:
    return f"{socket.gethostname()}.{pid}"


def _waiting(queue: str) -> str:
    return f"hanpan:ring:{queue}"


def _connect(**more: Any) -> Redis:
    # One retry at once: a kept connection may be of a Redis that was started anew since.
    retry = Retry(NoBackoff(), 1, supported_errors=(Unreachable,))
    return Redis.from_url(settings.current().redis, retry=retry, socket_connect_timeout=2.0, **more)


def _redis() -> Redis:
    global _client
    url = settings.current().redis
    if _client is None or _client[0] != url:
        _client = (url, _connect(socket_timeout=ANSWER_S))
    return _client[1]


def _wait_for_redis() -> None:
    said = False
    while not reachable():
        if not said:
            log.warning("Redis does not answer; the worker waits for it")
            said = True
        time.sleep(0.5)
    if said:
        log.warning("Redis answers again")


def _call(name: str, *args: Any) -> Any:
    return getattr(importlib.import_module(WORK), name)(*args)


_time = 0.0
"""How long the drain under way may take without getting on; 0 outside of a work-horse."""


def got_on() -> None:
    """The drain under way has committed something: its time begins anew."""
    if _time:
        faulthandler.dump_traceback_later(_time, exit=True, file=2)


class _Deadline(UnixSignalDeathPenalty):
    """Past its time a work-horse dies at once.

    rq would raise an Exception in the middle of it, which any handler may swallow, and would
    take SIGALRM for it. The watchdog is a thread in C, which nothing in Python can hold up.
    """

    def setup_death_penalty(self) -> None:
        global _time
        if self._exception is JobTimeoutException:
            _time = self._timeout
            got_on()
        else:
            super().setup_death_penalty()  # type: ignore[no-untyped-call]

    def cancel_death_penalty(self) -> None:
        global _time
        if self._exception is JobTimeoutException:
            _time = 0.0
            faulthandler.cancel_dump_traceback_later()
        else:
            super().cancel_death_penalty()  # type: ignore[no-untyped-call]


_OPTIONS: dict[str, Any] = {
    "serializer": JSONSerializer,
    "maintenance_interval": 30,
    "worker_ttl": WORKER_S,
    "log_job_description": False,
}


@contextlib.contextmanager
def _leaving() -> Iterator[None]:
    """Leave rq's loop quietly when Redis does not answer: `work` waits for it, and rings anew."""
    try:
        yield
    except RedisError as error:
        raise StopRequested from error


class _Queue(Queue):
    @classmethod
    def dequeue_any(cls, *args: Any, **more: Any) -> Any:
        with _leaving():
            return super().dequeue_any(*args, **more)


class _Worker(SimpleWorker):
    """rq's worker that performs in its own process: here, the work-horse."""

    death_penalty_class = _Deadline
    queue_class = _Queue
    drains = 0

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Say that it lives."""
        with _leaving():
            super().heartbeat(timeout, pipeline)

    def set_state(self, state: str, pipeline: Any = None) -> None:
        """Say what it is at."""
        with _leaving():
            super().set_state(state, pipeline)

    def subscribe(self) -> None:
        """Take no commands by Redis: signals are enough, and whoever writes there is not asked."""

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Drain. One that raised ends the process with 1: what it left behind goes with it."""
        self.drains += 1
        self.set_state(WorkerStatus.BUSY)  # a wish to stop waits for the end of the drain
        self.prepare_execution(job)
        if not self.perform_job(job, queue):
            sys.exit(1)
        self.set_state(WorkerStatus.IDLE)

    def handle_warm_shutdown_request(self) -> None:
        """Have the drain give way at its next commit."""
        global _stopping
        _stopping = True

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log through our formatter, which keeps what an error says to itself."""
        kind: tuple[type[BaseException], BaseException, TracebackType | None] = exc_info
        log.error("%s failed", job.description, exc_info=kind)

    def handle_job_failure(
        self, job: Job, queue: Queue, started_job_registry: Any = None, exc_string: str = ""
    ) -> None:
        """Leave nothing of the error in Redis: what it says may be a buyer's."""
        super().handle_job_failure(job, queue, started_job_registry, "see the log")
