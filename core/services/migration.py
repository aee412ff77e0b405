"""상품 가져오기: listings of a file or of a search, as a batch that is looked at first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import IO, Any

from sqlalchemy.orm import Session

from core import queue, registry, settings, store
from core.contracts.product import MigrationParser
from core.contracts.text import Text
from core.errors import Rejected
from core.fields import clean
from core.files import reading, refusal
from core.files.reading import ByHand, FileRefused, HeadersMissing, Reading
from core.ledger.run import Run
from core.models import Batch, Channel
from core.services import (
    batch_memory,
    batch_reading,
    batches,
    channels,
    migration_parsers,
    order_files,
    setup,
    uploads,
)
from core.services.audit import Actor
from core.services.migration_verdicts import Judge, of_parser
from core.services.outcome import Forbidden, Wrong

POINT = "listings"
"""What the crash points of its commits begin with."""

TOGETHER = 4
"""So many blocks of a file are judged and stored together."""

FILE, SEARCH, NUMBERS = "file", "search", "numbers"
MOST_NUMBERS = 1_000

CLOSED = Text(
    "문을 닫은 판매채널이라 상품을 가져올 수 없습니다.",
    "The marketplace has closed: nothing is imported from it any more.",
)
ASLEEP = Text(
    "채널이 멈춰 있습니다. 채널을 연결한 뒤 다시 해 주세요.",
    "The channel is stopped. Connect it, then try again.",
)
STEP_FIRST = Text("먼저 {step} 단계를 마쳐 주세요.", "Finish the step {step} first.")
NO_NUMBERS = Text("상품번호를 한 줄에 하나씩 넣어 주세요.", "Give product numbers, one a line.")
MANY = Text(
    "한 번에 {n}개까지 찾을 수 있습니다. 나누어 넣어 주세요.",
    "At most {n} at once. Give them in parts.",
)
NOT_OFFERED = Text(
    "이 판매채널은 API로 상품을 찾을 수 없습니다. 엑셀로 가져와 주세요.",
    "Listings cannot be found by API here. Import them from a file.",
)


# -- what is offered, and what stands in the way ---------------------------------------------------


def blocked(session: Session, channel: Channel) -> tuple[Text, setup.StepView | None] | None:
    """Why nothing can be imported now, and the setup step that is missing where it is one."""
    if registry.has_closed(channel):
        return CLOSED, None
    missing = setup.missing_step(session, channel)
    if missing is not None:
        return STEP_FIRST.format(step=missing.title), missing
    # One that waits for the approval of its orders has its listings all the same.
    awake = channel.archived_at is None and channel.state in ("active", "waiting")
    return None if awake else (ASLEEP, None)


def require_open(session: Session, channel: Channel) -> None:
    """Raise Forbidden while something stands in the way."""
    found = blocked(session, channel)
    if found is not None:
        raise Forbidden(found[0])


def searches(channel: Channel) -> bool:
    """Whether listings are searched at the marketplace."""
    sync = registry.current().products.get(channel.marketplace)
    return sync is not None and sync.search is not None


def gets(channel: Channel) -> bool:
    """Whether listings are read by their numbers."""
    sync = registry.current().products.get(channel.marketplace)
    return sync is not None and sync.get is not None


# -- asked for -------------------------------------------------------------------------------------


def submit_file(
    channel_id: str,
    parser_key: str,
    file: IO[bytes],
    file_name: str,
    actor: Actor,
    *,
    submission: str,
) -> str:
    """Take a file of listings in and have it read; the id of its batch. Raises Wrong, Forbidden."""
    parser = migration_parsers.get(_open_channel(channel_id).marketplace, parser_key)
    return batches.upload(
        batches.LISTINGS,
        file,
        file_name,
        actor,
        submission=submission,
        channel_id=channel_id,
        choices={"way": FILE, "parser": parser.key},
    )


def _open_channel(channel_id: str) -> Channel:
    """A channel into which something can be imported now. Raises Forbidden."""
    with store.read() as session:
        channel = channels.get(session, channel_id)
        require_open(session, channel)
    return channel


def submit_search(channel_id: str, raw: Mapping[str, Any], actor: Actor, *, submission: str) -> str:
    """Have the marketplace searched; the id of the batch. Raises Wrong and Forbidden."""
    sync = registry.current().products.get(_open_channel(channel_id).marketplace)
    if sync is None or sync.search is None:
        raise Forbidden(NOT_OFFERED)
    cleaned = clean(sync.search.fields, raw)
    problems = dict(cleaned.problems)
    if not problems and sync.search.check is not None:
        problems = registry.guarded(sync.search.check, cleaned.values, default={})
    if problems:
        raise Wrong(problems)
    return batches.begin(
        batches.LISTINGS,
        actor,
        submission=submission,
        channel_id=channel_id,
        choices={"way": SEARCH, "values": dict(cleaned.values)},
    )


def submit_numbers(channel_id: str, text: str, actor: Actor, *, submission: str) -> str:
    """Have listings read by their numbers; the id of the batch. Raises Wrong and Forbidden."""
    if not gets(_open_channel(channel_id)):
        raise Forbidden(NOT_OFFERED)
    numbers = list(dict.fromkeys(re.findall(r"[^\s,]+", text)))
    if not numbers:
        raise Wrong({"numbers": NO_NUMBERS})
    if len(numbers) > MOST_NUMBERS:
        raise Wrong({"numbers": MANY.format(n=f"{MOST_NUMBERS:,}")})
    return batches.begin(
        batches.LISTINGS,
        actor,
        submission=submission,
        channel_id=channel_id,
        choices={"way": NUMBERS, "numbers": [number[:64] for number in numbers]},
        total=len(numbers),
    )


def read_as(batch_id: str, parser_key: str, actor: Actor) -> None:
    """Read a refused file all the same, or by another parser of its marketplace. Raises Wrong."""
    with store.write() as session:
        batch = batches.get(session, batch_id, alone=True)
        if batch.kind != batches.LISTINGS or batch.state != "refused" or not batch.file:
            raise Wrong({"": batches.NOT_NOW})
        channel = channels.get(session, str(batch.channel_id))
        parser = migration_parsers.get(channel.marketplace, parser_key)
        batch.choices = {**batch.choices, "parser": parser.key, "sure": True}
        session.flush()
        rings = batches.have_read(session, batch, actor)
    queue.ring(rings)


# -- read ------------------------------------------------------------------------------------------


def read(run: Run) -> None:
    """Read the file of a batch from its beginning and store each row with its verdict."""
    batch = batch_reading.begin(run)
    if batch is None:
        return
    with store.read() as session:
        channel = channels.get(session, str(batch.channel_id))
    parser = registry.current().parsers.get((channel.marketplace, batch.choices["parser"]))
    batch_reading.empty(run, batch, POINT)
    judge = Judge(batch.id, channel, batch.created_at)
    try:
        if parser is None:
            raise FileRefused(refusal.NO_PARSER)
        with _opened(batch, channel, parser) as opened:
            batch_reading.store_blocks(
                run, batch, POINT, _together(opened), lambda s, block: _judged(s, judge, block)
            )
            told = opened.told
    except _Anothers as anothers:
        told_of = {"rival": anothers.stored()}
        problem = anothers.text.stored()
        refused_as = {"state": "refused", "told": told_of, "problem": problem}
        batch_reading.end(run, batch, POINT, refused_as)
        raise Rejected(anothers.text) from anothers
    except FileRefused as refused:
        batch_reading.refuse(run, batch, POINT, refused)
        return
    values = {"state": "ready", "told": batch_reading.told_of(told), "problem": None}

    def remember(session: Session) -> None:
        if batch.choices.get("mapping") and told.found.row:
            key = migration_parsers.memory_key(channel, parser)
            batch_memory.remember(session, key, told.found.headers)

    run.result = {"found": told.rows}
    batch_reading.end(run, batch, POINT, values, remember)


class _Anothers(FileRefused):
    """The file is rather that of another parser."""

    def __init__(self, mine: MigrationParser, other: MigrationParser) -> None:
        super().__init__(migration_parsers.said(mine, other))
        self.other = other

    def stored(self) -> dict[str, str]:
        """As the batch keeps it."""
        return {"marketplace": self.other.marketplace, "parser": self.other.key}


def _together(opened: Reading) -> Iterator[Sequence[Any]]:
    """The blocks of a file, some in one: what is looked up for each costs the same."""
    waiting: list[list[Any]] = []
    for block in opened.plain_rows():
        waiting.append(block)
        if len(waiting) == TOGETHER:
            yield list(chain(*waiting))
            waiting = []
    if waiting:
        yield list(chain(*waiting))


def _judged(
    session: Session, judge: Judge, block: Sequence[Any]
) -> tuple[list[dict[str, Any]], dict[int, Text]]:
    return judge.rows(session, map(of_parser, block)), {}


@contextmanager
def _opened(batch: Batch, channel: Channel, parser: MigrationParser) -> Iterator[Reading]:
    """The file under way; raises _Anothers where it is another's."""
    with store.read() as session:
        columns = migration_parsers.columns(session, channel, parser)
    chosen = batch.choices.get("mapping")
    sure = bool(chosen or batch.choices.get("sure"))
    with uploads.opened(batch.file) as path:
        batch_reading.ask(batch, path, columns)
        try:
            opened = reading.read(
                path,
                columns,
                mapping=ByHand(**chosen) if chosen else None,
                rows=f"{parser.marketplace}/{parser.key}",
                plugins=settings.current().plugins_dir,
            )
        except HeadersMissing as missing:
            order_files.refuse_look(missing.look)
            other = None if sure else migration_parsers.rival(parser, missing.look, None)
            if other is not None:
                raise _Anothers(parser, other) from missing
            raise
        with opened:
            order_files.refuse_found(opened.found)
            other = None if sure else migration_parsers.rival(parser, None, opened.found)
            if other is not None:
                raise _Anothers(parser, other)
            yield opened
