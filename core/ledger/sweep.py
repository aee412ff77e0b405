"""What the clock process does: ring what is due, and prune what is old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, select, update

from core import clock, queue, registry, store
from core.ledger import commands, kinds
from core.ledger.claims import anything_due
from core.models import Channel, Command, JournalEntry
from core.models.work import LIVE

COMMANDS_KEPT = timedelta(days=90)
BODIES_KEPT = timedelta(days=7)
HEADS_KEPT = timedelta(days=90)
BATCH = 500

_COMMAND: Any = Command.__table__
_CHANNEL: Any = Channel.__table__
_JOURNAL: Any = JournalEntry.__table__


def ring_due() -> list[str]:
    """Ring every queue that has something due; returns which."""
    rung = [name for name in kinds.QUEUES if anything_due(name)]
    for name in rung:
        queue.ring(name)
    return rung


def release_returned() -> int:
    """Let commands go on whose plugin was missing and is here again, or whose marketplace is open
    again; returns on how many channels.

    As after any other wait, one that is late asks the seller first.
    """
    known = registry.current().marketplaces
    open_markets = [key for key, one in known.items() if not registry.is_closed(one)]
    returned = (
        select(_COMMAND.c.workspace_id, _COMMAND.c.channel_id)
        .join(_CHANNEL, _CHANNEL.c.id == _COMMAND.c.channel_id)
        .where(
            _COMMAND.c.state == "held",
            _COMMAND.c.held_for.in_(("plugin", "sunset")),
            _COMMAND.c.kind.in_(list(kinds.registered())),
            or_(
                _CHANNEL.c.marketplace.in_(open_markets),
                and_(_CHANNEL.c.practice, _CHANNEL.c.marketplace.in_(list(known))),
            ),
        )
        .distinct()
    )
    with store.all_workspaces(), store.read() as session:
        found = session.execute(returned).all()
    for workspace_id, channel_id in found:
        with store.workspace(workspace_id), store.write() as session:
            commands.release(session, channel_id, ("plugin", "sunset"))
    return len(found)


def prune() -> dict[str, int]:
    """Delete what is past its time, a batch a call, in every workspace; says how much."""
    now = clock.now()
    with store.all_workspaces(), store.write() as session:
        old = select(_COMMAND.c.id).where(
            _COMMAND.c.changed_at < now - COMMANDS_KEPT, _COMMAND.c.state.not_in(LIVE)
        )
        heads = select(_JOURNAL.c.id).where(_JOURNAL.c.at < now - HEADS_KEPT)
        bodies = select(_JOURNAL.c.id).where(
            _JOURNAL.c.at < now - BODIES_KEPT, _JOURNAL.c.body.is_not(None)
        )
        done = {
            "commands": session.execute(
                delete(_COMMAND).where(_COMMAND.c.id.in_(old.limit(BATCH)))
            ),
            "calls": session.execute(delete(_JOURNAL).where(_JOURNAL.c.id.in_(heads.limit(BATCH)))),
            "bodies": session.execute(
                update(_JOURNAL).where(_JOURNAL.c.id.in_(bodies.limit(BATCH))).values(body=None)
            ),
        }
    return {name: int(result.rowcount) for name, result in done.items()}  # type: ignore[attr-defined]
