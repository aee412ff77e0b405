"""A file of SKUs: read into a stored preview, and its good rows applied, each once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core import store
from core.contracts.file import Column, FileRow
from core.contracts.text import Text
from core.files import reading
from core.files.reading import ByHand, FileRefused, HeadersMissing, Reading
from core.ledger.run import Run
from core.models import Batch, BatchRow
from core.services import (
    batch_memory,
    batch_reading,
    batch_rows,
    batches,
    order_files,
    runple,
    sku_apply,
    sku_columns,
    uploads,
)
from core.services.sku_verdicts import Judge

POINT = "catalogue"
"""What the crash points of its commits begin with."""

SLICE = 250
"""Rows that one transaction applies."""

_ROW: Any = BatchRow.__table__


# -- reading ---------------------------------------------------------------------------------------


def read(run: Run) -> None:
    """Read the file of a batch from its beginning and store each row with its verdict."""
    batch = batch_reading.begin(run)
    if batch is None:
        return
    batch_reading.empty(run, batch, POINT)
    judge = Judge()
    try:
        with _opened(batch) as (opened, by_hand):
            batch_reading.store_blocks(
                run, batch, POINT, opened, lambda s, block: _judged(s, judge, block, batch.id)
            )
            told = opened.told
    except FileRefused as refused:
        batch_reading.refuse(run, batch, POINT, refused)
        return
    values = {"state": "ready", "told": batch_reading.told_of(told), "problem": None}

    def remember(session: Session) -> None:
        if by_hand and told.found.row:
            batch_memory.remember(session, batches.CATALOGUE, told.found.headers)

    run.result = {"found": told.rows}
    batch_reading.end(run, batch, POINT, values, remember)


def _judged(
    session: Session, judge: Judge, block: Sequence[FileRow], batch_id: str
) -> tuple[list[dict[str, Any]], dict[int, Text]]:
    judged, spoilt = judge.block(session, block)
    return [one.stored(batch_id) for one in judged], spoilt


@contextmanager
def _opened(batch: Batch) -> Iterator[tuple[Reading, bool]]:
    """The file under way, and whether a person mapped its columns."""
    with store.read() as session:
        columns = sku_columns.columns(
            with_runple=runple.is_used(session),
            remembered=batch_memory.remembered(session, batches.CATALOGUE),
        )
    chosen = batch.choices.get("mapping")
    with uploads.opened(batch.file) as path:
        batch_reading.ask(batch, path, columns)
        by_hand = ByHand(**chosen) if chosen else None
        with _read(path, columns, by_hand) as opened:
            order_files.refuse_found(opened.found)
            yield opened, by_hand is not None


def _read(path: Path, columns: Sequence[Column], by_hand: ByHand | None) -> Reading:
    """The file by its headers; without a name, prices or stock by code alone are good too."""
    if by_hand is not None:
        return reading.read(path, columns, mapping=by_hand)
    try:
        return reading.read(path, sku_columns.with_name_required(columns))
    except HeadersMissing as missing:
        order_files.refuse_look(missing.look)
        found = missing.look.found
        if found is None or not set(found.columns).intersection(sku_columns.CODES):
            raise
        if len(found.columns) < 2:
            raise
    return reading.read(path, columns, mapping=found.by_hand())


# -- applying --------------------------------------------------------------------------------------


def apply(run: Run) -> None:
    """Apply the good rows that have no outcome yet; each commits together with its outcome."""
    batch_id = run.payload["batch"]
    with store.read() as session:
        batch = batches.get(session, batch_id)
    while True:
        with store.read() as session:
            left = batch_rows.view("left")
            query = store.select_in(_ROW).where(_ROW.c.batch_id == batch_id, left)
            rows = list(session.execute(query.order_by(_ROW.c.number).limit(SLICE)))
            found = batch_rows.counts(session, batch_id)
        if not rows:
            break
        counts = dict(run.counts)
        done = found["done"] + found["refused"] + len(rows)

        began = time.monotonic()
        run.commit("catalogue.apply", partial(_keep_some, run, rows, counts), done=done)
        time.sleep(min(1.0, time.monotonic() - began))  # others write in between
    run.result = dict(run.counts)
    batch_reading.end(run, batch, POINT, {"state": "ended"})


def _keep_some(run: Run, rows: Sequence[Any], counts: Mapping[str, int], session: Session) -> None:
    who, first = run.command.created_by, run.command.created_at
    run.counts = sku_apply.some(session, who, rows, counts, first)
