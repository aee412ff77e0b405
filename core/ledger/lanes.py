"""Lanes: one worker at a time per channel, by a lease under the database's clock and a fence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core import store
from core.models import Lane

_LANE: Any = Lane.__table__
_DEAD = _LANE.c.lease_until < store.db_now()

Named = tuple[str, str]
"""A lane's workspace and name."""


@dataclass(frozen=True)
class Lease:
    """A lane that is ours: every later write carries `fence` in its WHERE."""

    workspace_id: str
    lane: str
    owner: str
    fence: int


def take(
    session: Session, wanted: Sequence[Named], owner: str, seconds: float
) -> dict[Named, Lease]:
    """Take those of these lanes that nobody holds; the others are asked to give way.

    Call it under `store.all_workspaces()`. A lane that another transaction is about to take is
    passed over, so that two workers never wait for each other.
    """
    known = session.execute(
        select(
            _LANE.c.workspace_id, _LANE.c.name, _LANE.c.owner, _LANE.c.fence, _DEAD.label("dead")
        )
        .where(_LANE.c.name.in_([name for _, name in wanted]))
        .with_for_update(skip_locked=True)
    ).all()
    rows = {(row.workspace_id, row.name): row for row in known}
    taken: dict[Named, Lease] = {}
    busy: list[Named] = []
    for named in wanted:
        row = rows.get(named)
        if row is None:
            if _insert(session, named, owner, seconds):
                taken[named] = Lease(*named, owner, 1)
        elif row.owner == "" or row.dead:
            taken[named] = Lease(*named, owner, row.fence + 1)
        else:
            busy.append(named)
    held = [named for named in taken if named in rows]
    _set(
        session, held, owner=owner, fence=_LANE.c.fence + 1, wanted=False,
        lease_until=store.db_now() + seconds,
    )  # fmt: skip
    _set(session, busy, wanted=True)
    return taken


def _insert(session: Session, named: Named, owner: str, seconds: float) -> bool:
    """Make a lane that was never used before, ours from the start."""
    kind = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = (
        kind(_LANE)
        .values(
            workspace_id=named[0],
            name=named[1],
            owner=owner,
            fence=1,
            lease_until=store.db_now() + seconds,
            wanted=False,
        )
        .on_conflict_do_nothing()
        .returning(_LANE.c.fence)
    )
    return session.execute(statement).first() is not None


def _set(session: Session, lanes: Sequence[Named], **values: Any) -> None:
    by_workspace: dict[str, list[str]] = {}
    for workspace_id, name in lanes:
        by_workspace.setdefault(workspace_id, []).append(name)
    for workspace_id, names in by_workspace.items():
        session.execute(
            update(_LANE)
            .where(_LANE.c.workspace_id == workspace_id, _LANE.c.name.in_(names))
            .values(**values)
        )


def renew(session: Session, lease: Lease, seconds: float) -> bool | None:
    """Renew the lease within the caller's transaction.

    Returns whether the lane is wanted by other work, or None when it is no longer ours.
    """
    statement = (
        store.update_in(_LANE)
        .where(_ours(lease))
        .values(lease_until=store.db_now() + seconds)
        .returning(_LANE.c.wanted)
    )
    row = session.execute(statement).first()
    return None if row is None else bool(row[0])


def free(session: Session, leases: Iterable[Lease]) -> dict[Lease, bool]:
    """Give lanes back; returns those that were still ours, and whether somebody wants them."""
    mine = {(lease.workspace_id, lease.lane): lease for lease in leases}
    with store.all_workspaces():
        rows = session.execute(
            select(_LANE.c.workspace_id, _LANE.c.name, _LANE.c.owner, _LANE.c.fence, _LANE.c.wanted)
            .where(_LANE.c.name.in_([name for _, name in mine]))
            .with_for_update()
        ).all()
        held: dict[Lease, bool] = {}
        for row in rows:
            lease = mine.get((row.workspace_id, row.name))
            if lease is not None and (lease.owner, lease.fence) == (row.owner, row.fence):
                held[lease] = bool(row.wanted)
        named = [(lease.workspace_id, lease.lane) for lease in held]
        _set(session, named, owner="", lease_until=0.0, wanted=False)
    return held


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
