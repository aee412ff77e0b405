"""An idle poll said to the database once, and taken back, before a worker forks.

SQLAlchemy keeps what it has compiled with the engine, which work-horses inherit: without this
each of them would spend more on compiling the same dozen statements than on its poll.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any

from sqlalchemy.orm import Session

from core import clock, registry, store, vault
from core.ledger import budget, claims, ends, kinds
from core.models import Channel, Command, Cursor, Lane, Workspace, new_id

QUEUE = "rehearsal"


class _TakenBack(Exception):
    """Nothing of a rehearsal is kept."""


def rehearse() -> None:
    """Have the engine compile what a poll that finds nothing says; leaves nothing behind."""
    with contextlib.suppress(_TakenBack), store.all_workspaces(), store.write() as session:
        _poll(session)
        raise _TakenBack
    claims.anything_due(QUEUE)
    vault.wrapped_keys("")


def _poll(session: Session) -> None:
    kind = next((name for name, kind in kinds.registered().items() if kind.every), None)
    market = next(iter(registry.current().marketplaces), None)
    if kind is None or market is None:
        return
    for row in _rows(kind, market):
        session.add(row)
        session.flush()
    runs = claims.claim_within(session, QUEUE, time.monotonic())
    for run in runs:
        run.idle = ("orders", "2")
    ends.note_idle_within(session, runs)
    session.connection().execute(budget.DRAW, {"drawn": "", "t": 0.0})


def _rows(kind: str, market: str) -> list[Any]:
    mine, channel, now = new_id(), new_id(), clock.now()
    return [
        Workspace(id=mine, name="", created_at=now),
        Channel(
            id=channel,
            workspace_id=mine,
            marketplace=market,
            practice=True,
            store="",
            seller_id="",
            state="active",
            created_at=now,
        ),
        Lane(workspace_id=mine, name=channel),
        Cursor(workspace_id=mine, channel_id=channel, kind="orders", value="1", moved_at=now),
        Command(
            workspace_id=mine,
            lane=channel,
            channel_id=channel,
            kind=kind,
            natural_key=QUEUE,
            queue=QUEUE,
            priority=0,
            standing=True,
            next_at=0.0,
            counts={},
            created_by="",
            created_at=now,
            changed_at=now,
        ),
    ]
