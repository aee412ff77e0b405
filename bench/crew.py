"""Real processes at work on an installation: workers, the clock; with Redis, what they cost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from rq import Worker
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from bench.installation import Servers
from bench.processor import children_of, end_with_parent, seconds_of, wait_until
from core import queue

ROOT = Path(__file__).parents[1]
START_SECONDS = 60.0


class Crew:
    """A worker for each of `queues` and a clock, started the way an operator starts them."""

    def __init__(self, servers: Servers, *queues: str) -> None:
        self._servers, self._queues = servers, queues
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self._client = redis.Redis.from_url(self._servers.redis)
        self._client.flushall()
        self._redis = int(self._client.info("server")["process_id"])
        self._log = tempfile.TemporaryFile()
        for name in self._queues:
            self._start([sys.executable, "worker.py", name])
        self._workers = [process.pid for process in self._processes]
        self._start([sys.executable, "-m", "hanpan", "clock"])
        wait_until(self._listening, START_SECONDS, "the start of the workers")
        self.rest()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if kind is not None:
            self._log.seek(0)
            sys.stderr.write(self._log.read().decode("utf-8", "replace"))
        self._log.close()
        self._client.close()

    def _start(self, command: Sequence[str]) -> None:
        self._processes.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=dict(os.environ),
                stdout=self._log,
                stderr=self._log,
                preexec_fn=end_with_parent,
            )
        )

    def _listening(self) -> bool:
        gone = [process.args for process in self._processes if process.poll() is not None]
        if gone:
            raise RuntimeError(f"ended: {gone}")
        found = queue.listening()
        return all(found[name] for name in self._queues)

    def at_work(self) -> bool:
        """Whether a ring waits or is being answered."""
        waiting = any(self._client.llen(f"rq:queue:{name}") for name in self._queues)
        workers = Worker.all(connection=self._client, serializer=JSONSerializer)
        return waiting or any(worker.get_state() != WorkerStatus.IDLE for worker in workers)

    def rest(self) -> None:
        """Wait until every ring is answered, so that what it cost can be seen.

        Looking costs Redis something too, which is counted with what it does for the workers.
        """
        time.sleep(0.05)
        wait_until(lambda: not self.at_work(), START_SECONDS, "a ring", every=0.05)

    def cpu(self) -> float:
        """CPU seconds of workers, their work-horses, clock and Redis until now."""
        pids = [process.pid for process in self._processes]
        horses = [child for pid in self._workers for child in children_of(pid)]
        return seconds_of([*pids, *horses, self._redis])
