"""Waking pushes: whoever changes what is wanted of a listing wakes its channel's push."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import and_, select, union
from sqlalchemy.orm import Session

from core import clock, queue, store
from core.ledger import commands
from core.ledger.kinds import SYNC
from core.models import Channel, Command, Listing, ListingPush
from core.models.work import LIVE
from core.services.kind_names import PUSH
from core.services.push_rows import DUE, FOLLOWS, OF_LISTING, WHATS

KEYS = ("push", "push-next")
"""The natural keys of a channel's pushes: one follows the other."""
WHO = "한판"
WOKEN_S = 1.0
"""A push that waits for something is woken so soon, and so not more often."""
FAILED_S = 30.0
"""One that failed rests so long at least, whatever is changed meanwhile."""

_CHANNEL: Any = Channel.__table__
_COMMAND: Any = Command.__table__
_LISTING: Any = Listing.__table__
_PUSH: Any = ListingPush.__table__


def wake(session: Session, channel_ids: Iterable[str]) -> None:
    """See to it that what is due on these channels is pushed after the transaction's commit.

    A push that runs now may have read before: another one follows it, so that no wake is lost.
    """
    if [channel_id for channel_id in sorted(set(channel_ids)) if _wake(session, channel_id)]:
        store.after_commit(session, "pushes", lambda: queue.ring(SYNC))


def _wake(session: Session, channel_id: str) -> bool:
    """Returns whether there is something to ring for."""
    works = store.select_in(_CHANNEL, _CHANNEL.c.id).where(
        _CHANNEL.c.id == channel_id, _CHANNEL.c.archived_at.is_(None)
    )
    if session.scalar(works) is None:
        return False
    for key in KEYS:
        mine = and_(
            _COMMAND.c.lane == channel_id,
            _COMMAND.c.kind == PUSH,
            _COMMAND.c.natural_key == key,
        )
        if _bring_forward(session, mine):
            return True
        live = store.select_in(_COMMAND, _COMMAND.c.state).where(mine, _COMMAND.c.state.in_(LIVE))
        state = session.scalar(live)
        if state == "held":
            return False
        if state is None:
            commands.submit(
                session, PUSH, lane=channel_id, channel_id=channel_id, natural_key=key,
                payload={}, by=WHO,
            )  # fmt: skip
            return True
    return False


def _bring_forward(session: Session, mine: Any) -> bool:
    """Let a push that waits go on soon, one that failed a little later; returns whether one waits.

    Its row is the caller's from here on: who claims it reads what the caller has written.
    """
    columns = (_COMMAND.c.id, _COMMAND.c.next_at, _COMMAND.c.attempt, _COMMAND.c.changed_at)
    query = store.select_in(_COMMAND, *columns).where(mine, _COMMAND.c.state == "ready")
    row = session.execute(query.with_for_update()).one_or_none()
    if row is None:
        return False
    soon = clock.now().timestamp() + WOKEN_S
    if row.attempt:
        soon = max(soon, row.changed_at.timestamp() + FAILED_S)
    if row.next_at > soon:
        session.execute(
            store.update_in(_COMMAND).where(_COMMAND.c.id == row.id).values(next_at=soon)
        )
    return True


def look() -> int:
    """Wake the pushes, of every workspace, that have something to do and that nobody will make;
    returns on how many channels. Nothing should ever be found: this is the net below `wake`."""
    columns = (_PUSH.c.workspace_id, _PUSH.c.channel_id)
    wanted = union(
        select(*columns).where(DUE), select(*columns).where(_PUSH.c.doubt_at.is_not(None))
    ).subquery()
    live = (
        select(_COMMAND.c.id)
        .where(
            _COMMAND.c.workspace_id == wanted.c.workspace_id,
            _COMMAND.c.lane == wanted.c.channel_id,
            _COMMAND.c.kind == PUSH,
            _COMMAND.c.state.in_(LIVE),
        )
        .exists()
    )
    works = and_(_CHANNEL.c.id == wanted.c.channel_id, _CHANNEL.c.archived_at.is_(None))
    with store.all_workspaces(), store.read() as session:
        found = session.execute(select(wanted).join(_CHANNEL, works).where(~live)).all()
    return sum(_wake_forgotten(workspace_id, channel_id) for workspace_id, channel_id in found)


def _wake_forgotten(workspace_id: str, channel_id: str) -> bool:
    """Wake a channel's push unless what waits is not sent by it (a person's own edit)."""
    with store.workspace(workspace_id), store.write() as session:
        anything = (
            store.select_in(_PUSH, _PUSH.c.listing_id)
            .join(_LISTING, OF_LISTING)
            .where(
                _PUSH.c.channel_id == channel_id,
                _PUSH.c.what.in_(WHATS),
                DUE | _PUSH.c.doubt_at.is_not(None),
                FOLLOWS,
            )
            .limit(1)
        )
        if session.scalar(anything) is None:
            return False
        wake(session, [channel_id])
    return True
