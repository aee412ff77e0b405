"""Who did what, and who looked at whose data: one chain of entries per workspace.

Each entry's digest covers the entry and the digest before it, so that a changed, removed or
inserted entry breaks the chain where it stands. Entries are kept for two years; what prune takes
away leaves its newest entry, emptied, as the anchor that the rest hangs on, and the chain itself
says later on that this anchor is true.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, String, cast, delete, func, select
from sqlalchemy.orm import Session

from core import clock, store
from core.models import AuditEntry, Workspace

KEPT = timedelta(days=731)
SLACK = timedelta(days=30)  # prune leaves an entry of its own: not every day
ANCHOR, PRUNED = "audit.anchor", "audit.pruned"
_START = "0" * 64


@dataclass(frozen=True)
class Actor:
    """Who acts: a person with the address that they came from, or a part of Hanpan (no id)."""

    id: str | None
    name: str
    address: str = ""


def record(
    session: Session,
    action: str,
    *,
    actor: Actor,
    subjects: Iterable[str] = (),
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Append an entry to the current workspace's chain and return its number.

    It is kept or undone with the caller's write transaction, in which it should come last: on
    PostgreSQL it makes other recorders of the workspace wait. `subjects` are ids of what was
    touched or seen; nothing here may hold a secret or a buyer's data.
    """
    mine = store.current_workspace()
    session.execute(
        select(Workspace.id).where(Workspace.id == mine).with_for_update(key_share=True)
    )
    newest = session.execute(
        select(AuditEntry.number, AuditEntry.digest).order_by(AuditEntry.number.desc()).limit(1)
    ).first()
    entry = AuditEntry(
        workspace_id=mine,
        number=newest.number + 1 if newest else 1,
        at=clock.now(),
        user_id=actor.id,
        user_name=actor.name[:80],
        address=actor.address[:64],
        action=action,
        subjects=list(subjects),
        reason=reason[:300],
        detail=dict(detail or {}),
        previous=newest.digest if newest else _START,
    )
    entry.digest = _digest(entry)
    session.add(entry)
    session.flush()
    return entry.number


def verify(session: Session) -> int | None:
    """Walk the current workspace's chain; return the first number that is not true, or None."""
    in_order = select(AuditEntry).order_by(AuditEntry.number).execution_options(yield_per=1000)
    with closing(session.scalars(in_order)) as rows:
        return _first_broken(rows)


def _first_broken(rows: Iterable[AuditEntry]) -> int | None:
    anchor, previous, expected = None, _START, 1
    confirmed = True
    for entry in rows:
        if expected == 1 and entry.action == ANCHOR:
            anchor, confirmed = entry, False
        elif (
            entry.number != expected or entry.previous != previous or entry.digest != _digest(entry)
        ):
            return min(entry.number, expected)
        elif anchor is not None and entry.action == PRUNED:
            confirmed = confirmed or entry.detail == _truth(anchor)
        previous, expected = entry.digest, entry.number + 1
    return None if anchor is None or confirmed else anchor.number


def entries(
    session: Session,
    *,
    before: int | None = None,
    limit: int = 100,
    action: str | None = None,
    user_id: str | None = None,
    subject: str | None = None,
) -> list[AuditEntry]:
    """The newest entries first, those with a number below `before`; `subject` is one id."""
    wanted = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(AuditEntry.number < before)
    if action is not None:
        wanted = wanted.where(AuditEntry.action == action)
    if user_id is not None:
        wanted = wanted.where(AuditEntry.user_id == user_id)
    if subject is not None:
        written = cast(AuditEntry.subjects, String)
        wanted = wanted.where(written.contains(json.dumps(subject), autoescape=True))
    return list(session.scalars(wanted))


def prune(session: Session, actor: Actor) -> int:
    """Take away the current workspace's entries older than two years; return how many.

    It waits until a month's worth is due, because it records itself.
    """
    due_before = clock.now() - KEPT
    numbers, times = AuditEntry.number, AuditEntry.at
    oldest = session.scalar(select(func.min(times)).where(AuditEntry.action != ANCHOR))
    if oldest is None or oldest > due_before - SLACK:
        return 0
    first_kept = session.scalar(select(func.min(numbers)).where(times >= due_before))
    below = numbers < first_kept if first_kept is not None else numbers > 0
    last = session.scalars(
        select(AuditEntry).where(below).order_by(numbers.desc()).limit(1)
    ).first()
    if last is None:
        return 0
    removed = session.execute(delete(AuditEntry).where(numbers < last.number))
    assert isinstance(removed, CursorResult)
    last.action, last.user_id, last.user_name, last.address = ANCHOR, None, "", ""
    last.subjects, last.reason, last.detail = [], "", {}
    session.flush()
    record(session, PRUNED, actor=actor, detail=_truth(last))
    return removed.rowcount


def _truth(anchor: AuditEntry) -> dict[str, Any]:
    return {"number": anchor.number, "digest": anchor.digest}


def _digest(entry: AuditEntry) -> str:
    said = {
        "workspace": entry.workspace_id,
        "number": entry.number,
        "at": entry.at.isoformat(timespec="microseconds"),
        "user": [entry.user_id, entry.user_name, entry.address],
        "action": entry.action,
        "subjects": entry.subjects,
        "reason": entry.reason,
        "detail": entry.detail,
        "previous": entry.previous,
    }
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
