"""The practice marketplace of a bench: a host in a process of its own, whose CPU is told apart."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from types import TracebackType
from typing import Any, Self

from bench import processor
from core import registry
from core.practice import start

MARKET = "smartstore"
DAYS = 6.0
"""Orders lie within the days that a first collection reaches back to (7)."""
SEED_SECONDS = 300


class Practice:
    """A `bench` world of so many order lines, every page written ahead; `mix` of states or new."""

    def __init__(self, lines: int, *, mix: bool = True, market: str = MARKET) -> None:
        self.lines, self.mix, self.market = lines, mix, market

    def __enter__(self) -> Self:
        registry.current()
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reading)
            _serve(writing)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            self.port = int(pipe.read())
        try:
            self.world("seed", size="bench", orders=self.lines, days=DAYS, mix=self.mix)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    @property
    def url(self) -> str:
        """Where the plugin's usual base is served."""
        return f"http://127.0.0.1:{self.port}/{self.market}/external"

    def world(self, call: str, **data: Any) -> Any:
        """A `_world` call: GET without data, POST with."""
        address = f"http://127.0.0.1:{self.port}/{self.market}/_world/{call}"
        body = json.dumps(data).encode() if data else None
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=SEED_SECONDS) as answer:
            return json.load(answer)

    def cpu(self) -> float:
        """CPU seconds that the host has used."""
        return processor.seconds_of([self.pid])


def _serve(writing: int) -> None:
    try:
        processor.end_with_parent()
        os.environ["HANPAN_DATA"] = "/nowhere"  # no moved clock, and nothing is kept
        host = start(registry.current().sandboxes.values(), port=0, seed=None)
        os.write(writing, str(host.port).encode())
        os.close(writing)
        while True:
            signal.pause()
    finally:
        os._exit(1)
