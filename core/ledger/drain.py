"""One ring drains its queue: claim a batch of lanes, run a slice on each, note how it ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from core import queue as doorbell
from core import store
from core.errors import ContractError, MarketplaceError
from core.ledger import claims, crash, ends
from core.ledger.lanes import Lease
from core.ledger.run import Run
from core.ledger.signals import Fenced, Signal
from core.models import Command

log = logging.getLogger(__name__)

DRAIN_SECONDS = 20.0
BATCH_SECONDS = 1.0
"""Lanes that a batch has not come to after so long are given back: a press waits for a page."""

_COMMAND: Any = Command.__table__


def drain(queue: str, *, seconds: float = DRAIN_SECONDS) -> int:
    """Run what is due in `queue` until nothing is, or `seconds` are over.

    Returns how many slices were run.
    """
    until = time.monotonic() + seconds
    slices = 0
    while time.monotonic() < until and not doorbell.stopping() and claims.anything_due(queue):
        batch = claims.claim(queue)
        if not batch:
            break  # others hold what is due
        slices += _work(batch)
    return slices


def _work(batch: Sequence[Run]) -> int:
    """Run a slice of each claimed command, as far as the batch's time goes."""
    until = time.monotonic() + BATCH_SECONDS
    idle: list[Run] = []
    count = 0
    for run in batch:
        if count and (time.monotonic() > until or doorbell.stopping()):
            break
        count += 1
        with store.workspace(run.workspace_id):
            _run_slice(run, idle)
    _ring_for(ends.note_idle(idle))
    _ring_for(claims.give_back(batch[count:]))
    return count


def _run_slice(run: Run, idle: list[Run]) -> None:
    """Run a handler; a poll that found nothing is noted later, with others."""
    crash.point("slice.before-run")
    try:
        values = _handle(run)
    except Fenced:
        log.warning("command %s: the lane was lost, nothing more is written", run.command.id)
        return
    if values is None:
        idle.append(run)
        return
    crash.point("slice.before-finish")
    wanted = run.finish(values)
    if wanted is None:
        log.warning("command %s: the lane was lost before its end was noted", run.command.id)
    else:
        _ring_for({run.lease: wanted})
    crash.point("slice.after-finish")


def _handle(run: Run) -> dict[str, Any] | None:
    """What becomes of the command; None for a poll that found nothing. Raises Fenced."""
    try:
        run.kind.handler(run)
    except Fenced:
        raise
    except Signal as signal:
        return ends.by_signal(run, signal)
    except MarketplaceError as error:
        return ends.by_error(run, error)
    except Exception as error:
        # The guarded place for our own handlers: one bad command must not stop the others.
        log.exception("command %s (%s) raised", run.command.id, run.command.kind)
        return ends.by_error(run, ContractError(detail=type(error).__name__))
    return None if run.idle is not None else ends.well(run)


def _ring_for(freed: Mapping[Lease, bool]) -> None:
    """Somebody waited for these lanes: ring the queues that have something due on them."""
    lanes = [lease.lane for lease, wanted in freed.items() if wanted]
    if not lanes:
        return
    with store.all_workspaces(), store.read() as session:
        statement = store.select_in(_COMMAND, _COMMAND.c.queue).where(
            _COMMAND.c.lane.in_(lanes), claims.IS_DUE
        )
        found = list(session.scalars(statement.distinct(), claims.now()))
    for name in found:
        doorbell.ring(name)
