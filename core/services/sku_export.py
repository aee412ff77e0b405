"""Files of SKUs on their way out: an export of what was found, and rows that were left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, queue, store
from core.contracts.text import Text
from core.errors import Rejected
from core.files import writing
from core.files.refusal import FileRefused
from core.files.told import found_of
from core.ledger import commands, kinds
from core.ledger.run import Run
from core.models import Command
from core.models.work import LIVE
from core.services import audit, batch_rows, batches, catalogue_list, runple, sku_columns, uploads
from core.services.audit import Actor
from core.services.catalogue_list import Wanted
from core.services.kind_names import CATALOGUE_EXPORT, CATALOGUE_RETURN
from core.services.outcome import Missing, Wrong

SHEET = "상품"
_RETURNED = ("상품번호", "상품명", "이유")
REPORT = 500
"""After so many rows the job card moves on."""

NOTHING = Text("되지 않은 행이 없습니다.", "No row was left out.")


# -- asked for -------------------------------------------------------------------------------------


def submit_export(wanted: Wanted, actor: Actor, *, submission: str) -> str:
    """Have everything that was found written into a file; the command's id."""
    with store.write() as session:
        command = commands.submit(
            session,
            CATALOGUE_EXPORT,
            lane=batches.LANE,
            natural_key=submission,
            payload={"wanted": asdict(wanted)},
            by=actor.name,
            submission=submission,
            total=catalogue_list.total(session, wanted),
        )
        audit.record(session, "catalogue.export", actor=actor, detail={"view": wanted.view})
    queue.ring(kinds.BULK)
    return command.id


def submit_return(batch_id: str, actor: Actor) -> str:
    """Have the rows that were left out written: as the seller's own file where there was one.

    Raises Wrong.
    """
    with store.write() as session:
        batch = batches.get(session, batch_id)
        if batch.file and "found" not in (batch.told or {}):
            raise Wrong({"": NOTHING})
        if not batch_rows.reasons(session, batch_id):
            raise Wrong({"": NOTHING})
        if batch.file and not uploads.is_there(batch.file):
            raise Wrong({"": batches.FILE_GONE})
        command = commands.submit(
            session,
            CATALOGUE_RETURN,
            lane=batches.LANE,
            natural_key=batch_id,
            payload={"batch": batch_id},
            by=actor.name,
        )
    queue.ring(kinds.BULK)
    return command.id


def last_return(session: Session, batch_id: str) -> Command | None:
    """The newest file of rows that were left out of this batch."""
    query = select(Command).where(Command.kind == CATALOGUE_RETURN, Command.natural_key == batch_id)
    return session.scalars(query.order_by(Command.created_at.desc(), Command.id).limit(1)).first()


def recent(session: Session, limit: int = 1) -> list[Command]:
    """The newest exports."""
    query = select(Command).where(Command.kind == CATALOGUE_EXPORT)
    return list(session.scalars(query.order_by(Command.created_at.desc()).limit(limit)))


def file_of(command: Command) -> tuple[Any, str]:
    """The file that a command wrote, and what it is called; Missing when it is there no more."""
    told = command.result or {}
    if command.kind not in (CATALOGUE_EXPORT, CATALOGUE_RETURN) or not told.get("file"):
        raise Missing
    path = uploads.export(told["file"])
    if not path.exists():
        raise Missing
    return path, str(told["name"])


def is_there(command: Command) -> bool:
    """Whether the command's file can be fetched."""
    try:
        file_of(command)
    except Missing:
        return False
    return command.state not in LIVE


# -- written ---------------------------------------------------------------------------------------


def write(run: Run) -> None:
    """Write everything that was found, some rows in memory at a time."""
    wanted = Wanted(**run.payload["wanted"])
    with store.read() as session:
        with_runple = runple.is_used(session)
        headers = [column.label.ko for column in sku_columns.columns(with_runple=with_runple)]
        name = uploads.new_export()
        rows = _rows(run, session, wanted, with_runple)
        count = writing.write_rows(uploads.export(name), headers, rows, sheet=SHEET)
    run.result = {"found": count, "file": name, "name": f"{_day(run)} 상품.xlsx"}


def _rows(run: Run, session: Session, wanted: Wanted, with_runple: bool) -> Iterator[list[Any]]:
    for done, sku in enumerate(catalogue_list.each(session, wanted), start=1):
        yield sku_columns.cells(sku, with_runple=with_runple)
        if done % REPORT == 0:
            session.rollback()  # a long reading keeps the database from tidying up
            run.commit("catalogue.export", done=done, got_on=False, whole=True)


def _day(run: Run) -> str:
    return clock.kst(run.command.created_at).date().isoformat()


def give_back(run: Run) -> None:
    """Write the rows that were left out, and why: into the seller's own file, or a list of them."""
    batch_id = run.payload["batch"]
    with store.read() as session:
        batch = batches.get(session, batch_id)
        reasons = batch_rows.reasons(session, batch_id)
        names = {} if batch.file else batch_rows.names(session, batch_id, sorted(reasons))
    name = uploads.new_export()
    if not batch.file:
        rows = ([*names[number], reasons[number]] for number in sorted(reasons))
        writing.write_rows(uploads.export(name), _RETURNED, rows, sheet=SHEET)
        run.result = {"found": len(reasons), "file": name, "name": f"{_day(run)} 되지 않은 행.xlsx"}
        return
    stem = batch.file_name.rpartition(".")[0] or batch.file_name
    found = found_of((batch.told or {})["found"])
    try:
        with uploads.opened(batch.file) as path:
            writing.write_back(uploads.export(name), path, found, reasons)
    except FileRefused as refused:
        raise Rejected(refused.text) from refused
    run.result = {"found": len(reasons), "file": name, "name": f"{stem} 되지 않은 행.xlsx"}
