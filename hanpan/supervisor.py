"""Starts processes, keeps their logs, starts anew those that die, and ends them all together."""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from core.contracts.text import Text
from hanpan import tether
from hanpan.news import News
from hanpan.process import Process, fork
from hanpan.terminal import language, say

log = logging.getLogger(__name__)

TICK_S = 0.25
STEADY_S = 30.0
"""A process that lived so long is started anew at once, not after a pause."""

PAUSE_MOST_S = 30.0
END_S = 5.0
"""How long processes may take to end what they are at."""

LOG_BYTES = 5_000_000
LOG_FILES = 4


@dataclass
class Child:
    """A process to keep alive. `main` is called with what `holding` gives, a lock or nothing.

    `last` children (Redis) are ended when all others have ended.
    """

    name: str
    main: Callable[[int], int]
    inherited: Sequence[int] = ()
    holding: Callable[[], AbstractContextManager[int]] = lambda: nullcontext(-1)
    last: bool = False
    process: Process | None = None
    started: float = 0.0
    due: float = 0.0
    deaths: int = 0


@dataclass
class _Pipe:
    """What a process has said: whole lines go to its log."""

    name: str
    rest: bytes = b""


@dataclass
class Supervisor:
    """Keeps `children` alive until `stop`. Signals and log pipes are looked at in `watch`."""

    logs: Path
    environment: Mapping[str, str]
    children: list[Child] = field(default_factory=list)
    asked_to_stop: int = 0

    def __post_init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._files: dict[str, logging.Handler] = {}
        self._tether, self._held = os.pipe()
        self.news = News(self.logs)
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)

    def on_signals(self) -> None:
        """End in good order on Ctrl-C, on SIGTERM, and when the terminal is closed."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._asked)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup wants it
            signal.signal(signal.SIGHUP, self._asked)

    def _asked(self, number: int, frame: object) -> None:
        self.asked_to_stop += 1

    def add(self, child: Child) -> None:
        """Start a child and keep it alive from now on."""
        self.children.append(child)
        self._start(child)

    def _start(self, child: Child) -> None:
        with child.holding() as held:
            process = fork(
                child.name,
                lambda: child.main(held),
                environment={**self.environment, tether.VARIABLE: str(self._tether)},
                inherited={self._tether, *child.inherited, *([held] if held >= 0 else [])},
            )
        child.process = process
        child.started = time.monotonic()
        self._selector.register(process.said, selectors.EVENT_READ, _Pipe(child.name))

    def watch(self, until: Callable[[], bool], seconds: float = float("inf")) -> bool:
        """Look after the children until `until()` (True), a wish to stop, or the time is over."""
        end = time.monotonic() + seconds
        while not self.asked_to_stop and time.monotonic() < end:
            if until():
                return True
            self._listen(TICK_S)
            self._revive()
        return False

    def _listen(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            said, pipe = key.fileobj, key.data
            assert not isinstance(said, int)
            self._read(said, pipe)  # type: ignore[arg-type]

    def _read(self, said: IO[bytes], pipe: _Pipe) -> None:
        block = said.read(65536)
        if block is None:
            return
        if not block:
            self._selector.unregister(said)
            said.close()
        *lines, pipe.rest = (pipe.rest + block).split(b"\n")
        if not block and pipe.rest:
            lines.append(pipe.rest)
        for line in lines:
            self._keep(pipe.name, line.decode("utf-8", "replace"))

    def _keep(self, name: str, line: str) -> None:
        if name not in self._files:
            self._files[name] = RotatingFileHandler(
                self.logs / f"{name}.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES
            )
        self._files[name].emit(logging.makeLogRecord({"msg": line}))
        news = self.news.of(name, line)
        if news is not None and not self.asked_to_stop:
            say(news)

    def _revive(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is not None:
                if not child.process.ended():
                    continue
                self._mourn(child, now)
            if child.process is None and child.due <= now:
                self._start(child)

    def _mourn(self, child: Child, now: float) -> None:
        assert child.process is not None and child.process.code is not None
        code = child.process.code
        child.process = None
        child.deaths = 1 if now - child.started > STEADY_S else child.deaths + 1
        pause = min(0.5 * 2 ** (child.deaths - 1), PAUSE_MOST_S) if child.deaths > 1 else 0.0
        child.due = now + pause
        said = Text(
            f"{child.name} 프로세스가 끝나({_how(code)}) {pause:g}초 뒤 다시 시작합니다. "
            f"기록: {self.logs / child.name}.log",
            f"{child.name} ended ({_how(code)}); it is started again in {pause:g} s. "
            f"Log: {self.logs / child.name}.log",
        )
        self._keep(child.name, f"{time.strftime('%Y-%m-%d %H:%M:%S')} INFO {__name__}: {said.en}")
        say(said)

    def stop(self) -> None:
        """End every child: asked first, killed after a while; those marked `last` at the end."""
        self.asked_to_stop = max(1, self.asked_to_stop)
        for last in (False, True):
            self._end([child for child in self._alive() if child.last == last])
        os.close(self._held)  # what a killed process left behind ends now
        self._listen(0)
        for handler in self._files.values():
            handler.close()

    def _alive(self) -> Iterator[Child]:
        return (c for c in self.children if c.process is not None and not c.process.ended())

    def _end(self, children: list[Child]) -> None:
        for child in children:
            _signal(child, signal.SIGTERM)
        end, asked = time.monotonic() + END_S, self.asked_to_stop
        while time.monotonic() < end and self.asked_to_stop == asked:
            self._listen(0.02)
            if all(child.process is None or child.process.ended() for child in children):
                return
        for child in children:
            _signal(child, signal.SIGKILL)
            if child.process is not None:
                child.process.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    if child.process is not None and not child.process.ended():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, number)


def _how(code: int) -> str:
    if code >= 0:
        return Text(f"코드 {code}", f"code {code}").in_(language())
    return signal.Signals(-code).name
