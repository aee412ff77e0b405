"""Files of sellers as stored batches: taken in, mapped by hand, looked at, and sent on their way.

What a file's rows mean and do belongs to its kind (`sku_import`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from core import clock, queue, store
from core.contracts.text import Text
from core.files.reading import ByHand
from core.ledger import commands, kinds
from core.models import Batch, BatchRow, Command, Setting, new_id
from core.models.work import LIVE
from core.services import audit, uploads
from core.services.audit import Actor
from core.services.kind_names import CATALOGUE_APPLY, CATALOGUE_READ
from core.services.outcome import Missing, Wrong

LANE = "files"
CATALOGUE = "catalogue"
"""The kind of a batch whose rows are SKUs."""
READS = {CATALOGUE: CATALOGUE_READ}
APPLIES = {CATALOGUE: CATALOGUE_APPLY}

GOOD = ("new", "changed")
VIEWS = ("", "new", "changed", "same", "problem", "done", "refused", "left")

NO_FILE = Text("올릴 파일을 선택해 주세요.", "Choose a file.")
CHOOSE = Text(
    "상품명, 자체상품코드, 고유상품코드 가운데 하나는 골라 주세요.",
    "Choose at least one of name, own code and Hanpan code.",
)
NOT_NOW = Text(
    "지금은 할 수 없습니다. 화면을 새로 고쳐 상태를 확인해 주세요.",
    "It cannot be done now. Load the page again to see how it stands.",
)
FILE_GONE = Text(
    "올린 파일은 14일이 지나 지웠습니다. 다시 올려 주세요.",
    "The upload was deleted after 14 days. Upload it again.",
)

_BATCH: Any = Batch.__table__
_ROW: Any = BatchRow.__table__


@dataclass(frozen=True)
class Slice:
    """One page of rows; the cursors are row numbers, 0 where nothing is on that side."""

    rows: Sequence[Any]
    before: int = 0
    after: int = 0


# -- taken in --------------------------------------------------------------------------------------


def upload(kind: str, file: IO[bytes], file_name: str, actor: Actor, *, submission: str) -> str:
    """Store a file and have it read; the id of its batch. Raises Wrong.

    A submission that was seen before answers with the first batch.
    """
    with store.read() as session:
        earlier = _of_submission(session, submission)
    if earlier is not None:
        return earlier
    stored = uploads.keep(file)
    row_id, now = new_id(), clock.now()
    with store.write() as session:
        session.add(
            Batch(
                id=row_id,
                kind=kind,
                state="reading",
                file=stored,
                file_name=_shown(file_name),
                choices={},
                counts={},
                created_by=actor.name,
                created_at=now,
                changed_at=now,
            )
        )
        session.flush()
        _have_read(session, row_id, kind, actor, submission)
        audit.record(session, f"{kind}.upload", actor=actor, subjects=[row_id])
    queue.ring(kinds.BULK)
    return row_id


def _shown(file_name: str) -> str:
    plain = "".join(letter for letter in file_name if letter.isprintable())
    return plain.replace("\\", "/").rpartition("/")[2][-200:]


def _of_submission(session: Session, submission: str) -> str | None:
    found = session.scalar(select(Command).where(Command.submission == submission))
    return found.natural_key if found is not None else None


def _have_read(
    session: Session, batch_id: str, kind: str, actor: Actor, submission: str | None = None
) -> None:
    _submit(session, READS[kind], batch_id, actor, submission, "reading")


def _submit(
    session: Session,
    what: str,
    batch_id: str,
    actor: Actor,
    submission: str | None,
    state: str,
    total: int | None = None,
) -> str:
    command = commands.submit(
        session,
        what,
        lane=LANE,
        natural_key=batch_id,
        payload={"batch": batch_id},
        by=actor.name,
        submission=submission,
        total=total,
    )
    session.execute(
        store.update_in(_BATCH)
        .where(_BATCH.c.id == batch_id)
        .values(state=state, command_id=command.id, changed_at=clock.now())
    )
    return command.id


def read_again(batch_id: str, actor: Actor) -> None:
    """Read a file once more of which the reading was stopped. Raises Wrong."""
    with store.write() as session:
        batch = get(session, batch_id, alone=True)
        if batch.state != "reading" or is_live(session, batch):
            raise Wrong({"": NOT_NOW})
        if not uploads.path(batch.file).exists():
            raise Wrong({"": FILE_GONE})
        _have_read(session, batch_id, batch.kind, actor)
    queue.ring(kinds.BULK)


def map_by_hand(batch_id: str, by_hand: ByHand, actor: Actor) -> None:
    """A person says which column is which; the file is read anew. Raises Wrong."""
    if not {"name", "own_code", "our_code"} & by_hand.columns.keys():
        raise Wrong({"": CHOOSE})
    with store.write() as session:
        batch = get(session, batch_id, alone=True)
        if batch.state != "unmapped" or is_live(session, batch):
            raise Wrong({"": NOT_NOW})
        chosen = {
            "sheet": by_hand.sheet,
            "row": by_hand.row,
            "columns": dict(by_hand.columns),
        }
        batch.choices = {**batch.choices, "mapping": chosen}
        session.flush()
        _have_read(session, batch_id, batch.kind, actor)
    queue.ring(kinds.BULK)


def apply(batch_id: str, actor: Actor, *, submission: str | None = None) -> str:
    """Have the good rows applied, or go on where that was stopped. Raises Wrong."""
    with store.write() as session:
        batch = get(session, batch_id, alone=True)
        if batch.state == "applying" and is_live(session, batch):
            return str(batch.command_id)
        left = counts(session, batch_id)["left"]
        if batch.state not in ("ready", "applying") or not left:
            raise Wrong({"": NOT_NOW})
        total = _count(session, batch_id, _ROW.c.verdict.in_(GOOD))
        command = _submit(
            session, APPLIES[batch.kind], batch_id, actor, submission, "applying", total
        )
        audit.record(session, f"{batch.kind}.apply", actor=actor, subjects=[batch_id])
    queue.ring(kinds.BULK)
    return command


# -- looked at -------------------------------------------------------------------------------------


def get(session: Session, batch_id: str, *, alone: bool = False) -> Batch:
    """The batch with this id; Missing when there is none. `alone` holds its row."""
    query = select(Batch).where(Batch.id == batch_id)
    found = session.scalar(query.with_for_update() if alone else query)
    if found is None:
        raise Missing
    return found


def command_of(session: Session, batch: Batch) -> Command | None:
    """The work that the batch last had."""
    if batch.command_id is None:
        return None
    return session.scalar(select(Command).where(Command.id == batch.command_id))


def is_live(session: Session, batch: Batch) -> bool:
    """Whether somebody reads or applies it now, or is about to."""
    command = command_of(session, batch)
    return command is not None and command.state in LIVE


def recent(session: Session, kind: str, limit: int = 10) -> list[Batch]:
    """The newest batches of a kind."""
    query = select(Batch).where(Batch.kind == kind)
    order = (Batch.created_at.desc(), Batch.id)
    return list(session.scalars(query.order_by(*order).limit(limit)))


def view(name: str) -> ColumnElement[bool]:
    """The condition that a view of rows stands for."""
    if name in ("done", "refused"):
        return _ROW.c.outcome == name  # type: ignore[no-any-return]
    if name == "left":
        return _ROW.c.verdict.in_(GOOD) & (_ROW.c.outcome == "")  # type: ignore[no-any-return]
    return _ROW.c.verdict == name if name else true()


def rows(
    session: Session, batch_id: str, name: str, *, after: int = 0, before: int = 0, limit: int = 50
) -> Slice:
    """One page of a batch's rows in a view, in the order of the sheet."""
    query = store.select_in(_ROW).where(_ROW.c.batch_id == batch_id, view(name))
    back = bool(before) and not after
    if back:
        query = query.where(_ROW.c.number < before).order_by(_ROW.c.number.desc())
    else:
        query = query.where(_ROW.c.number > after).order_by(_ROW.c.number)
    found = list(session.execute(query.limit(limit + 1)))
    more, found = len(found) > limit, found[:limit]
    if back:
        found.reverse()
    if not found:
        return Slice(found)
    has_before, has_after = (more, True) if back else (bool(after), more)
    return Slice(
        found,
        found[0].number if has_before else 0,
        found[-1].number if has_after else 0,
    )


def counts(session: Session, batch_id: str) -> dict[str, int]:
    """How many rows each view shows."""
    query = (
        store.select_in(_ROW, _ROW.c.verdict, _ROW.c.outcome, func.count())
        .where(_ROW.c.batch_id == batch_id)
        .group_by(_ROW.c.verdict, _ROW.c.outcome)
    )
    found = dict.fromkeys(VIEWS, 0)
    for verdict, outcome, n in session.execute(query):
        found[""] += n
        found[verdict] += n
        if outcome:
            found[outcome] += n
        elif verdict in GOOD:
            found["left"] += n
    return found


def _count(session: Session, batch_id: str, condition: Any) -> int:
    query = store.select_in(_ROW, func.count()).where(_ROW.c.batch_id == batch_id, condition)
    return int(session.scalar(query) or 0)


def reasons(session: Session, batch_id: str, language: str = "ko") -> dict[int, str]:
    """Why rows were left out or refused, by their number in the sheet."""
    query = store.select_in(_ROW, _ROW.c.number, _ROW.c.reason).where(
        _ROW.c.batch_id == batch_id, _ROW.c.reason.is_not(None)
    )
    return {number: str(reason[language]) for number, reason in session.execute(query)}


# -- what a person chose before --------------------------------------------------------------------


def _setting(key: str) -> str:
    return f"columns:{key}"


def remembered(session: Session, key: str) -> dict[str, str]:
    """Headers that a person chose by hand for a channel (or the workspace's SKUs), by column."""
    row = session.get(Setting, _setting(key))
    return dict(row.value) if row is not None else {}


def remember(session: Session, key: str, headers: Mapping[str, str]) -> None:
    """Keep which header is which column, within the caller's transaction."""
    told = {name: header for name, header in headers.items() if header}
    session.merge(Setting(key=_setting(key), value=remembered(session, key) | told))
