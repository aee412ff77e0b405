"""The practice host itself: `start()` gives one in this process, `run()` is the CLI's."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from core.contracts.sandbox import Sandbox
from core.practice import control, index
from core.practice.faults import Reply
from core.practice.place import MayMoveDay, Place
from core.practice.server import Request, Server
from core.practice.world import World

log = logging.getLogger("hanpan.practice")

SAVED_EVERY = 1.0
REST = 20.0
"""The saver rests this many times as long as its last round took, a second at least."""


TRICKLE = 0.2
"""Orders a minute that come by themselves in the worlds of `run()`."""


class PracticeHost:
    """All practice marketplaces on `url`. `problems` names sandboxes that could not be mounted."""

    def __init__(
        self,
        sandboxes: Iterable[Sandbox],
        *,
        port: int,
        data: Path | None,
        may_move_day: MayMoveDay | None,
        seed: str | None,
        options: Mapping[str, Any],
    ) -> None:
        self.problems: list[str] = []
        self._data = data
        self._may_move_day = may_move_day
        self._places: dict[str, Place] = {}
        self._stopping = threading.Event()
        for sandbox in sandboxes:
            self._mount(sandbox, seed, options)
        self._server = Server(self._serve, port=port)
        self.port = self._server.port
        self.url = f"http://127.0.0.1:{self.port}"
        self._saver = threading.Thread(target=self._keep_saving, name="practice-saver", daemon=True)

    def place(self, marketplace: str) -> Place:
        """The marketplace's place: its world, and what the `_world` calls do."""
        return self._places[marketplace]

    def world(self, marketplace: str) -> World:
        """The marketplace's world."""
        return self.place(marketplace).world

    def address(self, marketplace: str, base: str) -> str:
        """Where a named base of the marketplace is served."""
        return f"{self.url}/{marketplace}/{base}"

    def start(self) -> None:
        """Begin to serve (and, with a data folder, to save)."""
        self._server.start()
        if self._data is not None:
            self._saver.start()

    def stop(self) -> None:
        """Close the port and every connection, and save the worlds a last time."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._server.stop()
        if self._data is not None:
            if self._saver.is_alive():
                self._saver.join()
            for place in self._places.values():
                place.world.save(self._file(place.world), last=True)

    def __enter__(self) -> PracticeHost:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _mount(self, sandbox: Sandbox, seed: str | None, options: Mapping[str, Any]) -> None:
        world = World(sandbox.marketplace)
        try:
            kept = self._data is not None and world.load(self._file(world))
            place = Place(sandbox, world, self._may_move_day)
            if not kept and seed is not None:
                place.seed(seed, options)
        except Exception:  # a sandbox is plugin code: the others go on
            log.exception("the practice marketplace %s could not be started", sandbox.marketplace)
            self.problems.append(sandbox.marketplace)
            return
        self._places[sandbox.marketplace] = place

    def _serve(self, request: Request) -> Reply:
        marketplace, _, rest = request.path[1:].partition("/")
        if not marketplace and index.wants_page(request):
            return index.page(f"{self.url}/{key}" for key in self._places)
        if marketplace in ("", "_hosts"):
            return control.answer(200, self._listing())
        place = self._places.get(marketplace)
        if place is None:
            return control.answer(404, {"error": "no such practice marketplace; see /_hosts"})
        if rest.startswith("_world/"):
            call = unquote(rest.removeprefix("_world/"))
            return control.serve(place, request, call)
        return place.serve(request, "/" + rest)

    def _listing(self) -> dict[str, Any]:
        return {
            "hosts": [
                {"marketplace": key, "url": f"{self.url}/{key}", "world": place.world.name}
                for key, place in self._places.items()
            ],
            "problems": self.problems,
        }

    def _file(self, world: World) -> Path:
        assert self._data is not None
        return self._data / "practice" / f"{world.marketplace}.json"

    def _keep_saving(self) -> None:
        rest = SAVED_EVERY
        while not self._stopping.wait(rest):
            began = time.monotonic()
            for place in self._places.values():
                if place.world.dirty:
                    place.world.save(self._file(place.world))
            rest = max(SAVED_EVERY, REST * (time.monotonic() - began))


def start(
    sandboxes: Iterable[Sandbox],
    *,
    port: int = 0,
    data: Path | None = None,
    may_move_day: MayMoveDay | None = None,
    seed: str | None = "small",
    options: Mapping[str, Any] | None = None,
) -> PracticeHost:
    """Serve the sandboxes from threads of this process; with `data` their worlds are kept there.

    A world that was not kept is seeded with `options` (`seed=None`: left empty).
    `may_move_day()` says whether `POST clock` may move the day for Hanpan too.
    Raises OSError when the port is taken.
    """
    host = PracticeHost(
        sandboxes,
        port=port,
        data=data,
        may_move_day=may_move_day,
        seed=seed,
        options=options or {},
    )
    host.start()
    return host


def run(
    sandboxes: Iterable[Sandbox],
    *,
    port: int,
    data: Path | None,
    may_move_day: MayMoveDay | None,
) -> None:
    """Serve until SIGTERM or SIGINT, then save and return. For the main thread of a process."""
    # Written to by the signal itself: a Python handler waits for its turn, and a read that has
    # just begun would keep the main thread from ever taking it.
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: None)
    options = {"trickle": TRICKLE}
    with start(sandboxes, port=port, data=data, may_move_day=may_move_day, options=options):
        os.read(reading, 1)
