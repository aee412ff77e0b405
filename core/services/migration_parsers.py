"""The parsers of product lists: what they look for, and whose file it really is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from core import registry
from core.contracts.file import Column
from core.contracts.product import MigrationParser
from core.contracts.text import Text
from core.files import headers
from core.files.told import Found, Look
from core.models import Channel
from core.services import batch_memory
from core.services.outcome import Missing

OTHER = Text(
    "{file} 파일로 보입니다. 올리신 곳은 {here}입니다. 파일을 확인해 주세요.",
    "This looks like: {file}. It was uploaded as: {here}. Look whether it is the right file.",
)


def of(marketplace: str) -> list[MigrationParser]:
    """The parsers of a marketplace."""
    known = registry.current().parsers
    return [parser for (market, _), parser in known.items() if market == marketplace]


def get(marketplace: str, key: str) -> MigrationParser:
    """The parser of this name; Missing when there is none."""
    found = registry.current().parsers.get((marketplace, key))
    if found is None:
        raise Missing
    return found


def memory_key(channel: Channel, parser: MigrationParser) -> str:
    """Under what the headers are remembered that a person chose."""
    return f"{channel.id}:{parser.key}"


def columns(session: Session, channel: Channel, parser: MigrationParser) -> list[Column]:
    """What is looked for; headers that a person chose before for the channel come first."""
    known = batch_memory.remembered(session, memory_key(channel, parser))
    return [
        replace(column, headers=(known[column.name], *column.headers))
        if column.name in known
        else column
        for column in parser.columns
    ]


def rival(
    parser: MigrationParser, look: Look | None, found: Found | None
) -> MigrationParser | None:
    """The parser whose file it rather is than that of `parser`, if any.

    `found` is the header that was read, else `look` the beginnings of the sheets. It is another's
    file when the other one has all that it needs, and more of its columns are there.
    """
    mine = len(found.columns) if found is not None else 0
    best: MigrationParser | None = None
    for other in registry.current().parsers.values():
        if other is parser:
            continue
        there = _most(other.columns, look, found)
        if there > mine:
            best, mine = other, there
    return best


def _most(of_other: Sequence[Column], look: Look | None, found: Found | None) -> int:
    """How many of the columns are there; 0 where one is missing that is needed."""
    return max(
        (
            len(one.columns)
            for name, rows in _tables(look, found)
            if (one := headers.find(name, rows, of_other)) is not None
            and not headers.required(one, of_other)
        ),
        default=0,
    )


def _tables(
    look: Look | None, found: Found | None
) -> Iterator[tuple[str, Sequence[Sequence[Any]]]]:
    if found is not None:
        yield found.sheet, [[*found.headers.values(), *found.unknown, *found.twice]]
    elif look is not None:
        yield from ((sheet.name, sheet.rows) for sheet in look.sheets)


def said(parser: MigrationParser, other: MigrationParser) -> Text:
    """That it looks like another's file."""
    here, file = _called(parser), _called(other)
    return Text(
        OTHER.ko.format(file=file.ko, here=here.ko), OTHER.en.format(file=file.en, here=here.en)
    )


def _called(parser: MigrationParser) -> Text:
    markets: Mapping[str, Any] = registry.current().marketplaces
    market = markets.get(parser.marketplace)
    label, own = parser.label, market.label if market is not None else Text("", "")
    return Text(
        label.ko if own.ko in label.ko else f"{own.ko} {label.ko}",
        label.en if own.en in label.en else f"{own.en}: {label.en}",
    )
