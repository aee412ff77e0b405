"""The doorbell: the only module that imports rq.

A ring says "look into the ledger"; it carries the queue's name and nothing else, so losing every
ring costs time until the next sweep, never work. The drain and its companions are named by
string and imported where they run: nothing above this module is imported here.

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
import signal
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
from rq import Queue, Worker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty
from sqlalchemy.exc import SQLAlchemyError

from core import settings

log = logging.getLogger(__name__)

QUEUES = ("urgent", "sync", "bulk")

WORK = "core.work"
DRAIN_S = 20
"""How long one ring drains its queue."""

RING_S = 30
"""A ring that nobody answered for so long is rung again."""

FAILED_S = 60
WORKER_S = 30
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
        if seen is not None and (now - seen).total_seconds() < 2 * WORKER_S:
            found.update(worker.queue_names())
    return {queue: found[queue] for queue in QUEUES}


def work(queue: str, *, burst: bool = False) -> None:
    """Run one worker for one queue until it is told to stop (`burst`: until nothing waits).

    It outlives Redis: while that is away it waits, and then rings for what it missed.
    """
    for name in ("rq.worker", "rq.job"):
        logging.getLogger(name).setLevel(logging.WARNING)
    _call("warm")
    gc.collect()
    gc.freeze()  # what is warm now stays shared with every work-horse
    while True:
        _wait_for_redis()
        answered(queue)
        ring(queue)
        stopped = False
        with contextlib.suppress(RedisError):
            worker = _Worker([queue], connection=_connect(), **_OPTIONS)
            try:
                worker.work(burst=burst, logging_level=None)
            finally:
                stopped = worker._shutdown_requested_date is not None
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                signal.signal(signal.SIGINT, signal.default_int_handler)
        if stopped or burst:
            return
        time.sleep(1.0)  # Redis went away, or rq has failed and logged why


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


def _ask_to_stop(number: int, frame: object) -> None:
    global _stopping
    _stopping = True


class _Deadline(UnixSignalDeathPenalty):
    """Past its time a work-horse dies at once.

    rq would raise an Exception in the middle of it, which any handler may swallow, and would
    take SIGALRM for it. The watchdog is a thread in C, which nothing in Python can hold up.
    """

    def setup_death_penalty(self) -> None:
        if self._exception is JobTimeoutException:
            faulthandler.dump_traceback_later(self._timeout, exit=True, file=2)
        else:
            super().setup_death_penalty()  # type: ignore[no-untyped-call]

    def cancel_death_penalty(self) -> None:
        if self._exception is JobTimeoutException:
            faulthandler.cancel_dump_traceback_later()
        else:
            super().cancel_death_penalty()  # type: ignore[no-untyped-call]


_OPTIONS: dict[str, Any] = {
    "serializer": JSONSerializer,
    "maintenance_interval": 30,
    "worker_ttl": WORKER_S,
    "job_monitoring_interval": WORKER_S // 2,
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


class _Worker(Worker):
    """rq's worker, which also tells the ledger of a work-horse that did not end well."""

    death_penalty_class = _Deadline
    queue_class = _Queue
    _bad_ends = 0

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

    def perform_job(self, job: Job, queue: Queue) -> bool:
        """Drain, in the work-horse. A drain that raised ends the process with 1."""
        signal.signal(signal.SIGTERM, _ask_to_stop)
        _call("after_fork")
        if not super().perform_job(job, queue):
            sys.exit(1)
        return True

    def wait_for_horse(self) -> tuple[Any, Any, Any]:
        """Wait for the work-horse, and act at once when it was killed or failed."""
        pid, status, usage = super().wait_for_horse()
        if pid and status:
            signal.alarm(0)
            self._ended_badly(pid, status)
        elif pid:
            self._bad_ends = 0
        return pid, status, usage

    def monitor_work_horse(self, job: Job, queue: Queue) -> None:
        """Watch the work-horse; it is waited for also when Redis goes away meanwhile."""
        try:
            with _leaving():
                super().monitor_work_horse(job, queue)
        except StopRequested:
            self.wait_for_horse()
            raise

    def _ended_badly(self, pid: int, status: int) -> None:
        queue = self.queue_names()[0]
        log.warning("the work-horse %d of %s died (%s)", pid, queue, _how(status))
        try:
            _call("horse_died", pid)
        except SQLAlchemyError as error:
            log.warning("its lanes wait for their leases: %s", type(error).__name__)
        if self._bad_ends:
            time.sleep(
                min(0.1 * 2**self._bad_ends, 2.0)
            )  # a drain that always fails shall not spin
        self._bad_ends += 1
        answered(queue)
        ring(queue)

    def handle_warm_shutdown_request(self) -> None:
        """Pass the wish to stop on to the work-horse."""
        if self.horse_pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log through our formatter, which keeps what an error says to itself."""
        kind: tuple[type[BaseException], BaseException, TracebackType | None] = exc_info
        log.error("%s failed", job.description, exc_info=kind)

    def handle_job_failure(
        self, job: Job, queue: Queue, started_job_registry: Any = None, exc_string: str = ""
    ) -> None:
        """Leave nothing of the error in Redis: what it says may be a buyer's."""
        super().handle_job_failure(job, queue, started_job_registry, "see the log")


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name
