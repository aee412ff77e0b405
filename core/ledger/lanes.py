"""Lanes: one worker at a time per channel, by a lease under the database's clock and a fence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from core import store
from core.models import Lane

_LANE: Any = Lane.__table__


@dataclass(frozen=True)
class Lease:
    """A lane that is ours: every later write carries `fence` in its WHERE."""

    workspace_id: str
    lane: str
    owner: str
    fence: int


def take(session: Session, lane: str, owner: str, seconds: float) -> Lease | None:
    """Take the lane when nobody holds it (compare and set), or return None."""
    store.insert_new(session, _LANE, [_empty(lane)], ("workspace_id", "name"))
    statement = (
        store.update_in(_LANE)
        .where(
            _LANE.c.name == lane,
            or_(_LANE.c.owner == "", _LANE.c.lease_until < store.db_now()),
        )
        .values(
            owner=owner,
            fence=_LANE.c.fence + 1,
            lease_until=store.db_now() + seconds,
            wanted=False,
        )
        .returning(_LANE.c.fence)
    )
    fence = session.execute(statement).scalar()
    return None if fence is None else Lease(store.current_workspace(), lane, owner, fence)


def _empty(lane: str) -> dict[str, Any]:
    return {"name": lane, "owner": "", "fence": 0, "lease_until": 0.0, "wanted": False}


def renew(session: Session, lease: Lease, seconds: float) -> bool | None:
    """Renew the lease within the caller's transaction.

    Returns whether the lane is wanted by more urgent work, or None when it is no longer ours.
    """
    statement = (
        store.update_in(_LANE)
        .where(_ours(lease))
        .values(lease_until=store.db_now() + seconds)
        .returning(_LANE.c.wanted)
    )
    row = session.execute(statement).first()
    return None if row is None else bool(row[0])


def free(session: Session, lease: Lease) -> bool:
    """Give the lane back; returns whether somebody had asked for it."""
    statement = (
        store.update_in(_LANE).where(_ours(lease)).values(owner="", lease_until=0.0, wanted=False)
    )
    wanted = session.execute(select(_LANE.c.wanted).where(store.mine(_LANE), _ours(lease))).scalar()
    session.execute(statement)
    return bool(wanted)


def want(session: Session, lane: str) -> None:
    """Ask the holder of the lane to give way at its next commit."""
    session.execute(
        store.update_in(_LANE).where(_LANE.c.name == lane, _LANE.c.owner != "").values(wanted=True)
    )


def free_all_of(session: Session, owner: str) -> int:
    """Free the lanes of a worker process that is known to be dead; returns how many."""
    with store.all_workspaces():
        done = session.execute(
            update(_LANE).where(_LANE.c.owner == owner).values(owner="", lease_until=0.0)
        )
    return int(done.rowcount)  # type: ignore[attr-defined]


def _ours(lease: Lease) -> Any:
    return (
        (_LANE.c.name == lease.lane)
        & (_LANE.c.owner == lease.owner)
        & (_LANE.c.fence == lease.fence)
    )
