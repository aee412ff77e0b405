"""Files of sellers as stored batches: taken in, mapped by hand, sent on their way, taken away.

What their rows mean and do belongs to their kind (`sku_import`, `migration`); `batch_rows` shows
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, queue, registry, store
from core.contracts.text import Text
from core.files.reading import ByHand
from core.ledger import commands, kinds
from core.models import Batch, BatchRow, Channel, Command, new_id
from core.models.work import LIVE
from core.services import audit, batch_rows, uploads
from core.services.audit import Actor
from core.services.kind_names import (
    CATALOGUE_APPLY,
    CATALOGUE_READ,
    LISTINGS_FILL,
    LISTINGS_IMPORT,
    LISTINGS_READ,
    LISTINGS_SEARCH,
)
from core.services.outcome import Missing, Wrong

LANE = "files"
CATALOGUE, LISTINGS = "catalogue", "listings"
"""The kinds of batches: rows are SKUs, or listings of a channel."""


NO_FILE = Text("올릴 파일을 선택해 주세요.", "Choose a file.")
CHOOSE = Text(
    "상품명, 자체상품코드, 고유상품코드 가운데 하나는 골라 주세요.",
    "Choose at least one of name, own code and Hanpan code.",
)
NEEDED = Text("이 열은 꼭 골라 주세요: {columns}", "These columns have to be chosen: {columns}.")
NOT_NOW = Text(
    "지금은 할 수 없습니다. 화면을 새로 고쳐 상태를 확인해 주세요.",
    "It cannot be done now. Load the page again to see how it stands.",
)
PICK = Text(
    "다시 고르는 중입니다. 고른 뒤 [이 열로 읽기]를 눌러 주세요.",
    "The columns are being chosen anew. Choose them, then press [이 열로 읽기].",
)
FILE_GONE = uploads.GONE

_BATCH: Any = Batch.__table__
_ROW: Any = BatchRow.__table__


# -- taken in --------------------------------------------------------------------------------------


def upload(
    kind: str,
    file: IO[bytes],
    file_name: str,
    actor: Actor,
    *,
    submission: str,
    channel_id: str | None = None,
    choices: Mapping[str, Any] | None = None,
) -> str:
    """Store a file and have it read; the id of its batch. Raises Wrong.

    A submission that was seen before answers with the first batch.
    """
    with store.read() as session:
        earlier = _of_submission(session, submission)
        if earlier is not None:
            return earlier
        uploads.require_room(session.scalars(select(Batch.file).where(Batch.file != "")))
    return begin(
        kind,
        actor,
        channel_id=channel_id,
        choices=choices or {},
        submission=submission,
        file=uploads.keep(file),
        file_name=_shown(file_name),
    )


def begin(
    kind: str,
    actor: Actor,
    *,
    submission: str,
    channel_id: str | None = None,
    choices: Mapping[str, Any],
    file: str = "",
    file_name: str = "",
    total: int | None = None,
) -> str:
    """Have a file read, or the marketplace searched, into a batch of its own; its id."""
    row_id, now = new_id(), clock.now()
    with store.write() as session:
        store.alone(session, "batches")  # pressed twice at once is one batch
        earlier = _of_submission(session, submission)
        if earlier is not None:
            return earlier
        batch = Batch(
            id=row_id,
            channel_id=channel_id,
            kind=kind,
            state="reading",
            file=file,
            file_name=file_name,
            choices=dict(choices),
            counts={},
            created_by=actor.name,
            created_at=now,
            changed_at=now,
        )
        session.add(batch)
        session.flush()
        rings = have_read(session, batch, actor, submission, total)
        action = f"{kind}.upload" if file else f"{kind}.search"
        audit.record(session, action, actor=actor, subjects=[row_id])
    queue.ring(rings)
    return row_id


def _shown(file_name: str) -> str:
    plain = "".join(letter for letter in file_name if letter.isprintable())
    return plain.replace("\\", "/").rpartition("/")[2][-200:]


def _of_submission(session: Session, submission: str) -> str | None:
    found = session.scalar(select(Command).where(Command.submission == submission))
    return found.natural_key if found is not None else None


def have_read(
    session: Session,
    batch: Batch,
    actor: Actor,
    submission: str | None = None,
    total: int | None = None,
) -> str:
    """Have a batch read from its beginning, within the caller's transaction; the queue to ring.

    Raises Wrong where its file is there no more.
    """
    if batch.file and not uploads.is_there(batch.file):
        raise Wrong({"": FILE_GONE})
    what = CATALOGUE_READ if batch.kind == CATALOGUE else LISTINGS_READ
    if not batch.file:
        what = LISTINGS_SEARCH
    return submit(session, what, batch, actor, submission, "reading", total).queue


def submit(
    session: Session,
    what: str,
    batch: Batch,
    actor: Actor,
    submission: str | None,
    state: str,
    total: int | None = None,
) -> Command:
    """Have something done with a batch; what touches listings waits for the channel's lane."""
    on_channel = what in (LISTINGS_SEARCH, LISTINGS_IMPORT, LISTINGS_FILL)
    command = commands.submit(
        session,
        what,
        lane=str(batch.channel_id) if on_channel else LANE,
        channel_id=batch.channel_id,
        natural_key=batch.id,
        payload={"batch": batch.id},
        by=actor.name,
        submission=submission,
        total=total,
    )
    session.execute(
        store.update_in(_BATCH)
        .where(_BATCH.c.id == batch.id)
        .values(state=state, command_id=command.id, changed_at=clock.now())
    )
    return command


def read_again(batch_id: str, actor: Actor) -> None:
    """Read a file once more of which the reading was stopped. Raises Wrong."""
    with store.write() as session:
        batch = get(session, batch_id, alone=True)
        if batch.state != "reading" or is_live(session, batch):
            raise Wrong({"": NOT_NOW})
        rings = have_read(session, batch, actor)
    queue.ring(rings)


def map_by_hand(batch_id: str, by_hand: ByHand, actor: Actor) -> None:
    """A person says which column is which; the file is read anew. Raises Wrong."""
    with store.write() as session:
        batch = get(session, batch_id, alone=True)
        _check_columns(session, batch, by_hand)
        if batch.state != "unmapped" or is_live(session, batch):
            raise Wrong({"": NOT_NOW})
        chosen = {
            "sheet": by_hand.sheet,
            "row": by_hand.row,
            "columns": dict(by_hand.columns),
        }
        batch.choices = {**batch.choices, "mapping": chosen, "pick": False}
        session.flush()
        have_read(session, batch, actor)
    queue.ring(kinds.BULK)


def map_again(batch_id: str, actor: Actor) -> None:
    """Have a person choose the columns of a file that was read, though they were found. Raises
    Wrong."""
    with store.write() as session:
        batch = get(session, batch_id, alone=True)
        if batch.state != "ready" or not batch.file or is_live(session, batch):
            raise Wrong({"": NOT_NOW})
        batch.choices = {**batch.choices, "mapping": None, "pick": True}
        batch.told = None
        session.flush()
        have_read(session, batch, actor)
    queue.ring(kinds.BULK)


def drop_file(batch_id: str, actor: Actor) -> None:
    """Take the upload of a batch away at once; one that was not read yet ends so. Raises Wrong."""
    with store.write() as session:
        batch = get(session, batch_id, alone=True)
        if not batch.file or is_live(session, batch):
            raise Wrong({"": NOT_NOW})
        if batch.state in ("reading", "unmapped"):
            batch.state, batch.told, batch.problem = "refused", None, FILE_GONE.stored()
        session.flush()
        audit.record(session, f"{batch.kind}.drop", actor=actor, subjects=[batch_id])
    uploads.remove(batch.file)


def _check_columns(session: Session, batch: Batch, by_hand: ByHand) -> None:
    """Raise Wrong unless the columns are there without which nothing can be read."""
    if batch.kind == CATALOGUE:
        if not {"name", "own_code", "our_code"} & by_hand.columns.keys():
            raise Wrong({"": CHOOSE})
        return
    channel = session.get_one(Channel, batch.channel_id)
    parser = registry.current().parsers.get((channel.marketplace, batch.choices["parser"]))
    missing = [
        column.label
        for column in (parser.columns if parser is not None else ())
        if column.required and column.name not in by_hand.columns
    ]
    if missing:
        names = Text(
            ", ".join(label.ko for label in missing), ", ".join(label.en for label in missing)
        )
        raise Wrong({"": NEEDED.format(columns=names)})


def apply(batch_id: str, actor: Actor, *, submission: str | None = None) -> str:
    """Have the good rows of SKUs applied, or go on where that was stopped. Raises Wrong."""
    with store.write() as session:
        batch = get(session, batch_id, alone=True)
        if batch.kind != CATALOGUE:
            raise Missing
        if batch.state == "applying" and is_live(session, batch):
            return str(batch.command_id)
        left = batch_rows.counts(session, batch_id)["left"]
        if batch.state not in ("ready", "applying") or not left:
            raise Wrong({"": NOT_NOW})
        total = batch_rows.count(session, batch_id, _ROW.c.verdict.in_(batch_rows.GOOD))
        command = submit(session, CATALOGUE_APPLY, batch, actor, submission, "applying", total)
        audit.record(session, f"{batch.kind}.apply", actor=actor, subjects=[batch_id])
    queue.ring(kinds.BULK)
    return command.id


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


def recent(
    session: Session, kind: str, limit: int = uploads.MOST_FILES, *, channel_id: str | None = None
) -> list[Batch]:
    """The newest batches of a kind (of a channel)."""
    query = select(Batch).where(Batch.kind == kind)
    if channel_id is not None:
        query = query.where(Batch.channel_id == channel_id)
    order = (Batch.created_at.desc(), Batch.id)
    return list(session.scalars(query.order_by(*order).limit(limit)))
