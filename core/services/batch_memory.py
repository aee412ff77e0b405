"""What is left of batches: the headers that a person chose, and until when the rows are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core import clock, store
from core.models import Batch, BatchRow, Setting
from core.services import batches, uploads

KEPT = uploads.KEPT + timedelta(days=14)
"""A batch can be looked at for so long: its file goes first."""
UNREAD = ("unmapped", "refused")
UNREAD_KEPT = timedelta(days=1)
"""One that was never read goes soon, its file too: there may be people's addresses in it."""
PRUNED, MOST_PRUNED = 1_000, 100_000

_ROW: Any = BatchRow.__table__


# -- what a person chose before --------------------------------------------------------------------


def _setting(key: str) -> str:
    told = f"{store.current_workspace()}:{key}".encode()
    return f"columns:{hashlib.sha1(told, usedforsecurity=False).hexdigest()}"


def remembered(session: Session, key: str) -> dict[str, str]:
    """Headers that a person chose by hand for a channel's files, or those of SKUs, by column."""
    row = session.get(Setting, _setting(key))
    return dict(row.value) if row is not None else {}


def remember(session: Session, key: str, headers: Mapping[str, str]) -> None:
    """Keep which header is which column, within the caller's transaction."""
    told = {name: header for name, header in headers.items() if header}
    others = {
        name: header
        for name, header in remembered(session, key).items()
        if header not in told.values()  # it is another column now
    }
    session.merge(Setting(key=_setting(key), value=others | told))


# -- taken away ------------------------------------------------------------------------------------


def prune() -> int:
    """Take away batches of the workspace that are older than KEPT, or UNREAD_KEPT with their files;
    returns how many rows went.

    Not those that somebody works at. At most MOST_PRUNED rows a call, some at a time.
    """
    now, count = clock.now(), 0
    unread = Batch.state.in_(UNREAD) & (Batch.created_at < now - UNREAD_KEPT)
    while count < MOST_PRUNED:
        with store.write() as session:
            over = or_(Batch.created_at < now - KEPT, unread)
            old = session.scalars(select(Batch).where(over).order_by(Batch.created_at))
            batch = next((one for one in old if not batches.is_live(session, one)), None)
            if batch is None:
                return count
            some = store.select_in(_ROW, _ROW.c.number).where(_ROW.c.batch_id == batch.id)
            last = session.scalars(some.order_by(_ROW.c.number).limit(PRUNED)).all()
            if last:
                session.execute(
                    store.delete_in(_ROW).where(
                        _ROW.c.batch_id == batch.id, _ROW.c.number <= last[-1]
                    )
                )
            else:
                if batch.file:
                    uploads.remove(batch.file)
                session.delete(batch)
            count += len(last)
    return count
