"""The reading process as its caller sees it: started, listened to, and ended."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

from core.contracts.text import Text
from core.files import limits, refusal
from core.files.refusal import FileRefused
from core.files.told import Look, look_of

_ROOT = Path(__file__).parents[2]
_MOST_LINE = 64 * 2**20
_TAKEN = 2**20
_HANDED_ON = ("PATH", "HANPAN_PLUGINS_DIR", "SYSTEMROOT")


class HeadersMissing(FileRefused):
    """Columns that are needed were not found; `look` shows the sheets to choose them by hand."""

    def __init__(self, text: Text, look: Look) -> None:
        super().__init__(text)
        self.look = look


class Child:
    """A process that answers one request; it is gone when this is closed, or its caller is."""

    def __init__(self, request: Mapping[str, Any], folder: str | None = None) -> None:
        environment = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
        environment |= {
            "PYTHONPATH": str(_ROOT),
            "PYTHONSAFEPATH": "1",
            "PYTHONUTF8": "1",
            "MALLOC_ARENA_MAX": "2",
        }
        if folder is not None:
            environment["TMPDIR"] = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "core.files.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pipesize=_TAKEN,  # it reads ahead while its caller works on what it has told
            env=environment,
        )
        self.peak_bytes = 0
        """What it had resident at most, known at the end; at least what its caller had."""
        self._patience = limits.PATIENCE_S
        self._told = 0
        self._asked = orjson.dumps(request) + b"\n"

    @property
    def pid(self) -> int:
        """The process, for those who measure or end it."""
        return self._process.pid

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process.returncode is None:
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._wait()

    def answers(self) -> Iterator[Mapping[str, Any]]:
        """What it answers, up to its end. Raises FileRefused, also where it stopped half-way."""
        self._ask()
        for line in self._lines():
            answer: Mapping[str, Any] = orjson.loads(line)
            if "end" in answer:
                self._raise(answer["end"])
                return
            yield answer
        raise FileRefused(self._why(), f"the reader ended with {self._process.returncode}")

    def _ask(self) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(self._asked)
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise FileRefused(refusal.STOPPED, "the reader did not start") from error

    def _lines(self) -> Iterator[bytes]:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        parts: list[bytes] = []
        size = 0
        while taken := self._take(descriptor):
            *whole, rest = taken.split(b"\n")
            for line in whole:
                yield b"".join([*parts, line])
                parts, size = [], 0
            parts.append(rest)
            size += len(rest)
            if size > _MOST_LINE:
                raise FileRefused(refusal.TOLD)

    def _take(self, descriptor: int) -> bytes:
        began = time.monotonic()
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        ready = waiting.poll(max(0.0, min(self._patience, limits.SILENCE_S) * 1000))
        self._patience -= time.monotonic() - began
        if not ready:
            raise FileRefused(refusal.SLOW)
        taken = os.read(descriptor, _TAKEN)
        self._told += len(taken)
        if self._told > limits.MOST_TOLD:
            raise FileRefused(refusal.TOLD)
        return taken

    @staticmethod
    def _raise(end: Mapping[str, Any] | None) -> None:
        if end is None:
            return
        text = Text.of(end["text"])
        if "look" in end:
            raise HeadersMissing(text, look_of(end["look"]))
        raise FileRefused(text, end["detail"])

    def _why(self) -> Text:
        """A process that takes too much memory is ended by its allocator, or by the kernel."""
        code = self._wait()
        if code in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS):
            return refusal.MEMORY
        return refusal.SLOW if code == -signal.SIGXCPU else refusal.STOPPED

    def _wait(self) -> int:
        if self._process.returncode is None:
            _, status, used = os.wait4(self._process.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            self.peak_bytes = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return self._process.returncode
