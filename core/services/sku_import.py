"""A file of SKUs: read into a stored preview, and its good rows applied, each once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, store
from core.contracts.file import FileRow
from core.contracts.text import Text
from core.errors import Rejected
from core.files import reading
from core.files.reading import ByHand, FileRefused, HeadersMissing, Reading
from core.files.told import Look, Told
from core.ledger.run import Run
from core.models import Batch, BatchRow, Product, Sku
from core.services import (
    batches,
    catalogue,
    runple,
    sku_codes,
    sku_columns,
    sku_verdicts,
    stock,
    uploads,
)
from core.services.sku_verdicts import NEW, Judge
from core.services.stock import Why

SLICE = 100
"""Rows that one transaction applies."""

MOVED_ON = Text(
    "파일을 읽은 뒤 '{what}' 값이 바뀌어 적용하지 않았습니다. 지금 값: {now}",
    "'{what}' was changed after the file was read, so it was not applied. It is now {now}.",
)
JUST_MADE = Text(
    "파일을 읽은 뒤 같은 코드의 상품이 생겨 적용하지 않았습니다.",
    "A SKU with the same code was made after the file was read, so it was not applied.",
)

_BATCH: Any = Batch.__table__
_ROW: Any = BatchRow.__table__
_SKU: Any = Sku.__table__


# -- reading ---------------------------------------------------------------------------------------


def read(run: Run) -> None:
    """Read the file of a batch from its beginning and store each row with its verdict."""
    batch_id = run.payload["batch"]
    with store.read() as session:
        batch = session.scalar(select(Batch).where(Batch.id == batch_id))
    if batch is None or batch.state != "reading":
        return
    _empty(run, batch_id)
    try:
        with _opened(batch) as (opened, by_hand):
            told = _read_rows(run, batch_id, opened)
    except HeadersMissing as missing:
        values: dict[str, Any] = {"state": "unmapped", "told": {"look": _look(missing.look)}}
        _end(run, batch_id, values | {"problem": missing.text.stored()})
        return
    except FileRefused as refused:
        _end(run, batch_id, {"state": "refused", "problem": refused.text.stored()})
        raise Rejected(refused.text, detail=refused.detail) from refused
    values = {"state": "ready", "told": _told(told), "problem": None}

    def remember(session: Session) -> None:
        if by_hand and told.found.row:
            batches.remember(session, store.current_workspace(), told.found.headers)

    run.result = {"found": told.rows}
    _end(run, batch_id, values, remember)


def _empty(run: Run, batch_id: str) -> None:
    """Take away what an earlier reading, which was cut off, has stored."""
    while True:
        with store.read() as session:
            some = store.select_in(_ROW, _ROW.c.number).where(_ROW.c.batch_id == batch_id)
            numbers = list(session.scalars(some.order_by(_ROW.c.number).limit(store.CHUNK)))
        if not numbers:
            return

        def keep(session: Session, last: int = numbers[-1]) -> None:
            session.execute(
                store.delete_in(_ROW).where(_ROW.c.batch_id == batch_id, _ROW.c.number <= last)
            )

        run.commit("catalogue.empty", keep, got_on=False, whole=True)


@contextmanager
def _opened(batch: Batch) -> Iterator[tuple[Reading, bool]]:
    """The file under way, and whether a person mapped its columns."""
    path = uploads.path(batch.file)
    if not path.exists():
        raise FileRefused(batches.FILE_GONE)
    with store.read() as session:
        columns = sku_columns.columns(
            with_runple=runple.is_used(session),
            remembered=batches.remembered(session, batch.workspace_id),
        )
    chosen = batch.choices.get("mapping")
    if chosen:
        with reading.read(path, columns, mapping=ByHand(**chosen)) as opened:
            yield opened, True
        return
    mapping = None
    try:
        opened = reading.read(path, sku_columns.with_name_required(columns))
    except HeadersMissing as missing:
        # Prices or stock by code alone are a good file too.
        found = missing.look.found
        if found is None or not set(found.columns).intersection(sku_columns.CODES):
            raise
        if len(found.columns) < 2:
            raise
        mapping = found.by_hand()
    if mapping is not None:
        opened = reading.read(path, columns, mapping=mapping)
    with opened:
        yield opened, False


def _read_rows(run: Run, batch_id: str, opened: Reading) -> Told:
    judge = Judge()
    done = 0
    for block in opened:
        done += len(block)
        _keep_block(run, batch_id, judge, block, done)
    return opened.told


def _keep_block(run: Run, batch_id: str, judge: Judge, block: Sequence[FileRow], done: int) -> None:
    with store.read() as session:
        judged, spoilt = judge.block(session, block)
    rows = [one.stored(batch_id) for one in judged]

    def keep(session: Session) -> None:
        store.insert_rows(session, _ROW, rows)
        for number, reason in spoilt.items():
            session.execute(
                store.update_in(_ROW)
                .where(_ROW.c.batch_id == batch_id, _ROW.c.number == number)
                .values(verdict=sku_verdicts.PROBLEM, reason=reason.stored())
            )

    run.commit("catalogue.rows", keep, done=done, got_on=False, whole=True)


def _end(run: Run, batch_id: str, values: Mapping[str, Any], more: Any = None) -> None:
    def keep(session: Session) -> None:
        found = batches.counts(session, batch_id)
        session.execute(
            store.update_in(_BATCH)
            .where(_BATCH.c.id == batch_id)
            .values(**values, counts=found, changed_at=clock.now())
        )
        if more is not None:
            more(session)

    run.commit("catalogue.end", keep, last=True)


def _told(told: Told) -> dict[str, Any]:
    return asdict(told) | {"repairs": {one.value: count for one, count in told.repairs.items()}}


def _look(look: Look) -> dict[str, Any]:
    return asdict(look)


# -- applying --------------------------------------------------------------------------------------


def apply(run: Run) -> None:
    """Apply the good rows that have no outcome yet; each commits together with its outcome."""
    batch_id = run.payload["batch"]
    while True:
        with store.read() as session:
            query = store.select_in(_ROW).where(_ROW.c.batch_id == batch_id, batches.view("left"))
            rows = list(session.execute(query.order_by(_ROW.c.number).limit(SLICE)))
            found = batches.counts(session, batch_id)
        if not rows:
            break
        counts = dict(run.counts)
        done = found["done"] + found["refused"] + len(rows)

        began = time.monotonic()
        run.commit("catalogue.apply", partial(_keep_some, run, rows, counts), done=done)
        time.sleep(min(1.0, time.monotonic() - began))  # others write in between
    run.result = dict(run.counts)
    _end(run, batch_id, {"state": "ended"})


def _keep_some(run: Run, rows: Sequence[Any], counts: Mapping[str, int], session: Session) -> None:
    run.counts = _apply_some(session, run, rows, counts)


def _apply_some(
    session: Session, run: Run, rows: Sequence[Any], before: Mapping[str, int]
) -> dict[str, Any]:
    """Apply rows within the transaction that stores their outcomes; the counts so far."""
    counts = dict(before)
    ids = [row.sku_id for row in rows if row.sku_id]
    of = {
        sku.id: sku
        for sku in session.scalars(
            select(Sku).where(Sku.id.in_(ids)).order_by(Sku.id).with_for_update()
        )
    }
    codes = iter(sku_codes.fresh(session, sum(row.verdict == NEW for row in rows)))
    for row in rows:
        if row.verdict == NEW:
            reason, sku_id = _make(session, run, row, next(codes))
        else:
            sku_id = row.sku_id
            reason = _change(session, run, row, of[sku_id])
        name = "refused" if reason else "added" if row.verdict == NEW else "changed"
        counts[name] = counts.get(name, 0) + 1
        session.execute(
            store.update_in(_ROW)
            .where(_ROW.c.batch_id == row.batch_id, _ROW.c.number == row.number)
            .values(
                outcome="refused" if reason else "done",
                reason=reason.stored() if reason else None,
                sku_id=sku_id,
            )
        )
    return counts


def _make(session: Session, run: Run, row: Any, code: str) -> tuple[Text | None, str | None]:
    values = dict(row.values)
    there = sku_verdicts.known(session, [values])
    again = sku_verdicts.judge(row.number, values, {}, there)
    if again.verdict != NEW:
        return again.reason or JUST_MADE, None
    product_id = _product_of(session, values)
    sku_id = catalogue.add(session, values, product_id=product_id, our_code=code)
    _count(session, run, row, sku_id, values.get("on_hand") or 0)
    return None, sku_id


def _product_of(session: Session, values: Mapping[str, Any]) -> str | None:
    """An option joins the product of its name."""
    if not values.get("option_name"):
        return None
    named = select(Product.id).where(Product.name == values["name"])
    return session.scalars(named.order_by(Product.created_at, Product.id).limit(1)).first()


def _change(session: Session, run: Run, row: Any, sku: Sku) -> Text | None:
    """Make the changes that the preview showed, unless somebody else changed the same since."""
    if sku.archived_at is not None:
        return sku_verdicts.PUT_AWAY
    product = session.get_one(Product, sku.product_id)
    for name, (was, will) in (row.changes or {}).items():
        now = product.name if name == "name" else getattr(sku, name)
        if now not in (was, will):
            label = sku_columns.LABELS[name]
            shown = f"{now:,}" if isinstance(now, int) and not isinstance(now, bool) else str(now)
            return Text(
                MOVED_ON.ko.format(what=label.ko, now=shown),
                MOVED_ON.en.format(what=label.en, now=shown),
            )
    wanted = {name: will for name, (_, will) in (row.changes or {}).items()}
    if wanted.get("own_code"):
        other = session.scalar(select(Sku).where(Sku.own_code == wanted["own_code"]))
        if other is not None and other.id != sku.id:
            return catalogue.taken_by(session, wanted["own_code"], other)
    pieces = wanted.pop("on_hand", None)
    catalogue.update(session, sku, wanted)
    if pieces is not None:
        _count(session, run, row, sku.id, pieces)
    return None


def _count(session: Session, run: Run, row: Any, sku_id: str, pieces: int) -> None:
    stock.count(
        session,
        sku_id,
        pieces,
        Why.IMPORT,
        who=run.command.created_by,
        key=f"{row.batch_id}:{row.number}",
        detail={"batch": row.batch_id, "row": row.number},
    )
