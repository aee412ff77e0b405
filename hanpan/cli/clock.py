"""`hanpan clock`: rings what is due and prunes what is old. Any number of clocks may run."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from core import clock, schema, settings, store, work
from core.models import Heartbeat
from hanpan import logs
from hanpan.cli import WRONG_USE
from hanpan.database import open_database
from hanpan.terminal import complain

log = logging.getLogger("hanpan.clock")

HEARTBEAT = "clock"
PRUNE_S = 60.0


def main(arguments: Sequence[str]) -> int:
    """Sweep until told to stop."""
    logs.to_stderr()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        open_database(wait=True)
    except schema.WrongRevision as error:
        complain(str(error))
        return WRONG_USE
    work.begin()
    every = settings.current().sweep_s
    prune_in = 0.0
    while not ended.is_set():
        try:
            _turn(prune=prune_in <= 0)
            prune_in = PRUNE_S if prune_in <= 0 else prune_in - every
        except SQLAlchemyError as error:
            log.warning("the database did not answer (%s); next try at the next sweep", error.code)
        ended.wait(every)
    fall_silent()
    return 0


def _turn(*, prune: bool) -> None:
    work.sweep()
    if prune:
        work.prune()
    with store.write() as session:
        session.merge(Heartbeat(name=HEARTBEAT, at=clock.now(), detail=_myself()))


def fall_silent() -> None:
    """Take the last heartbeat back: who ended in good order is not waited for."""
    try:
        with store.write() as session:
            beat = session.get(Heartbeat, HEARTBEAT)
            if beat is not None and beat.detail == _myself():  # other clocks may beat on
                session.delete(beat)
    except SQLAlchemyError as error:
        log.warning("the last heartbeat stays (%s)", error.code)


def _myself() -> dict[str, str | int]:
    return {"host": socket.gethostname(), "pid": os.getpid()}


def beats_within() -> timedelta:
    """How old the last heartbeat of a living clock may be."""
    return timedelta(seconds=3 * settings.current().sweep_s + 15)
