"""[선택상품 가져오기]: chosen rows of a batch become listings with their SKUs, each once.

A row commits together with its outcome, so that whatever is killed goes on where it stopped. What
a file or a search told in part is read whole afterwards, where the marketplace can be asked.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from core import clock, listing_shape, registry, store
from core.errors import ContractError
from core.ledger.run import Run
from core.models import Batch, BatchRow
from core.services import (
    batch_reading,
    batch_rows,
    batches,
    migration_slices,
    migration_verdicts,
    migration_writes,
)
from core.services.audit import Actor
from core.services.kind_names import LISTINGS_FILL
from core.services.migration import POINT

SLICE = 100
"""Rows that one transaction imports."""

_ROW: Any = BatchRow.__table__


# -- imported --------------------------------------------------------------------------------------


def import_(run: Run) -> None:
    """Import the chosen rows that have no outcome yet."""
    batch = _batch(run)
    if batch.state != "applying":  # its end was stored, and the process died before the command's
        run.result = dict(run.counts)
        return
    while True:
        with store.read() as session:
            rows = _due(session, batch.id, "", SLICE)
            ready = migration_slices.as_told(session, run.channel, batch, rows) if rows else None
        if ready is None:
            break
        before = dict(run.counts)
        done = migration_slices.rows_of(before) + len(rows)
        run.commit(
            f"{POINT}.import", partial(migration_writes.keep, run, batch, ready, before), done=done
        )
    run.result = dict(run.counts)
    _finish(run, batch)


def _batch(run: Run) -> Batch:
    with store.read() as session:
        return batches.get(session, run.payload["batch"])


def _due(session: Session, batch_id: str, outcome: str, limit: int) -> list[Any]:
    query = store.select_in(_ROW).where(
        _ROW.c.batch_id == batch_id, _ROW.c.chosen, _ROW.c.outcome == outcome
    )
    return list(session.execute(query.order_by(_ROW.c.number).limit(limit)))


def _finish(run: Run, batch: Batch) -> None:
    """The batch ends, or waits for more to be chosen, or is read whole next."""
    with store.read() as session:
        partial_rows = bool(_due(session, batch.id, "part", 1))
        state = "filling" if partial_rows else _rests(session, batch.id)

    def more(session: Session) -> None:
        if partial_rows:
            stored = batches.get(session, batch.id)
            total = _count_parts(session, batch.id)
            by = Actor(None, run.command.created_by)
            batches.submit(session, LISTINGS_FILL, stored, by, None, "filling", total)

    values = {"state": state, "choices": {**batch.choices, "result": run.result}}
    batch_reading.end(run, batch, POINT, values, more)


def _rests(session: Session, batch_id: str) -> str:
    """`ready` while there is something that could still be imported, else `ended`."""
    left = store.select_in(_ROW, _ROW.c.number).where(
        _ROW.c.batch_id == batch_id,
        _ROW.c.verdict != migration_verdicts.PROBLEM,
        _ROW.c.outcome == "",
    )
    return "ready" if session.scalars(left.limit(1)).first() is not None else "ended"


def _count_parts(session: Session, batch_id: str) -> int:
    return batch_rows.count(session, batch_id, _ROW.c.chosen & (_ROW.c.outcome == "part"))


# -- read whole ------------------------------------------------------------------------------------


def fill(run: Run) -> None:
    """Read imported listings whole, which were told in part: their options, stock and pictures."""
    batch = _batch(run)
    sync = registry.current().products.get(run.channel.marketplace)
    if batch.state != "filling":
        run.result = dict(run.counts)
        return
    if sync is None or sync.get is None:
        raise ContractError(detail=f"{run.channel.marketplace} reads no listings by number")
    while True:
        with store.read() as session:
            rows = _due(session, batch.id, "part", sync.at_once)
        if not rows:
            break
        began = clock.now()
        found = run.call("listings.get", sync.get, [row.key for row in rows])
        told = {one.product_no: one for one in listing_shape.told("listings.get", found)}
        with store.read() as session:
            ready = migration_slices.as_read(session, run.channel, batch, rows, told, began)
        before = dict(run.counts)
        done = migration_slices.rows_of(before) + len(rows)
        run.commit(
            f"{POINT}.fill", partial(migration_writes.keep, run, batch, ready, before), done=done
        )
    run.result = dict(run.counts)
    with store.read() as session:
        state = _rests(session, batch.id)
    values = {"state": state, "choices": {**batch.choices, "result": _with_links(batch, run)}}
    batch_reading.end(run, batch, f"{POINT}.fill", values)


def _with_links(batch: Batch, run: Run) -> dict[str, int]:
    """What came of the import, with the SKUs and the 재고연동 that reading it whole brought."""
    told = dict(batch.choices.get("result") or {})
    for name in ("linked", "unlinked", "followed", "unfollowed"):
        if run.counts.get(name):
            told[name] = told.get(name, 0) + int(run.counts[name])
    return told
