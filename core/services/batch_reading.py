"""A file of a batch, read from its beginning: each row stored with its verdict, and how it ended.

What a row means belongs to the batch's kind (`sku_import`, `migration`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, row_writes, store
from core.contracts.file import Column
from core.contracts.text import Text
from core.errors import Rejected
from core.files import reading
from core.files.reading import FileRefused, HeadersMissing
from core.files.told import Told
from core.ledger.run import Run
from core.models import Batch, BatchRow
from core.services import batch_rows, batches, uploads

PROBLEM = "problem"

_BATCH: Any = Batch.__table__
_ROW: Any = BatchRow.__table__

Rows = Sequence[dict[str, Any]]
Spoilt = Mapping[int, Text]
"""Rows of earlier blocks that turn out to be a problem, by number, and why."""


def begin(run: Run) -> Batch | None:
    """The batch that a command shall read; None, with the result told, where that was done: its
    end was stored, and the process died before the command's."""
    with store.read() as session:
        batch = session.scalar(select(Batch).where(Batch.id == run.payload["batch"]))
    if batch is not None and batch.state == "reading":
        return batch
    if batch is not None and batch.state == "refused" and not _may_be_read(batch):
        uploads.remove(batch.file)
    run.result = {"found": batch.counts[""]} if batch is not None and "" in batch.counts else None
    return None


def _may_be_read(batch: Batch) -> bool:
    """Whether a refused file is kept: it is another list of products, and can be read as such."""
    return not batch.file or "rival" in (batch.told or {})


def empty(run: Run, batch: Batch, point: str) -> None:
    """Take away what an earlier reading, which was cut off, has stored."""
    while True:
        with store.read() as session:
            some = store.select_in(_ROW, _ROW.c.number).where(_ROW.c.batch_id == batch.id)
            numbers = list(session.scalars(some.order_by(_ROW.c.number).limit(store.CHUNK)))
        if not numbers:
            return

        def keep(session: Session, last: int = numbers[-1]) -> None:
            session.execute(
                store.delete_in(_ROW).where(_ROW.c.batch_id == batch.id, _ROW.c.number <= last)
            )

        run.commit(f"{point}.empty", keep, got_on=False, whole=True)


def store_blocks(
    run: Run,
    batch: Batch,
    point: str,
    blocks: Iterable[Sequence[Any]],
    judge: Callable[[Session, Sequence[Any]], tuple[Rows, Spoilt]],
) -> None:
    """Judge and store rows block by block, each in a transaction of its own."""
    done = 0
    for block in blocks:
        with store.read() as session:
            rows, spoilt = judge(session, block)

        def keep(session: Session, rows: Rows = rows, spoilt: Spoilt = spoilt) -> None:
            row_writes.insert_many(session, _ROW, rows)
            for number, reason in spoilt.items():
                session.execute(
                    store.update_in(_ROW)
                    .where(_ROW.c.batch_id == batch.id, _ROW.c.number == number)
                    .values(verdict=PROBLEM, reason=reason.stored())
                )

        done += len(block)
        run.commit(f"{point}.rows", keep, done=done, got_on=False, whole=True)


def ask(batch: Batch, path: Path, columns: Sequence[Column]) -> None:
    """Raise HeadersMissing where a person wants to choose the columns of the file anew."""
    if batch.choices.get("pick"):
        raise HeadersMissing(batches.PICK, reading.look(path, columns))


def refuse(run: Run, batch: Batch, point: str, error: FileRefused) -> None:
    """Note why a file was not read: to be mapped by hand, or (raises Rejected) it is none, and is
    taken away at once."""
    problem = error.text.stored()
    if isinstance(error, HeadersMissing):
        told = {"look": asdict(error.look)}
        end(run, batch, point, {"state": "unmapped", "told": told, "problem": problem})
        return
    end(run, batch, point, {"state": "refused", "problem": problem})
    uploads.remove(batch.file)
    raise Rejected(error.text, detail=error.detail) from error


def end(
    run: Run,
    batch: Batch,
    point: str,
    values: Mapping[str, Any],
    more: Callable[[Session], object] | None = None,
) -> None:
    """Store how a batch stands, with its counts, as the last thing that a command does."""

    def keep(session: Session) -> None:
        found = batch_rows.counts(session, batch.id, batch_rows.EVERY)
        session.execute(
            store.update_in(_BATCH)
            .where(_BATCH.c.id == batch.id)
            .values(**values, counts=found, changed_at=clock.now())
        )
        if more is not None:
            more(session)

    run.commit(f"{point}.end", keep, last=True)


def told_of(told: Told) -> dict[str, Any]:
    """What reading showed, as a batch keeps it."""
    return asdict(told) | {"repairs": {one.value: count for one, count in told.repairs.items()}}
