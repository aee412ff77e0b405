"""The process that looks into a file: `python -m core.files.child`, started by `process`.

It is asked by one line of JSON on standard input and answers in lines of JSON, of which the
last holds `end`. It binds itself to its limits before it opens anything, writes no file, and
dies with its caller.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from core import listing_shape
from core.contracts.file import Column, ColumnKind, FileRow
from core.contracts.text import Text
from core.files import delimited, headers, limits, listed, markup, refusal, spreadsheetml
from core.files.blocks import Table
from core.files.book import Book, Sheet
from core.files.kinds import Content, Kind, recognise
from core.files.refusal import FileRefused
from core.files.told import ByHand, Found, Told
from core.files.workbook import Workbook

Answer = Mapping[str, Any]
_MOST_SHEETS = 50
_SHOWN_COLUMNS = 200
_SHOWN_LETTERS = 200


def main() -> None:
    """Answer one request."""
    request = orjson.loads(sys.stdin.buffer.readline())
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    sys.excepthook = lambda kind, error, trace: _tell(
        out, {"end": _refusal(FileRefused(refusal.STOPPED, _where(error)))}
    )
    _end_with_caller()
    gc.set_threshold(50_000, 50, 50)  # rows are many and make no cycles: looking for some costs
    limits.hold(request.get("file_bytes", 0))
    try:
        for answer in _TASKS[request["task"]](request):
            _tell(out, answer)
        _tell(out, {"end": None})
    except FileRefused as refused:
        _tell(out, {"end": _refusal(refused)})
    except MemoryError:
        _tell(out, {"end": _refusal(FileRefused(refusal.MEMORY))})


def _tell(out: BinaryIO, answer: Answer) -> None:
    out.write(orjson.dumps(answer, default=str, option=orjson.OPT_NON_STR_KEYS))
    out.write(b"\n")
    out.flush()


def _refusal(refused: FileRefused) -> Answer:
    more = {"look": refused.look} if isinstance(refused, HeadersMissing) else {}
    return {"text": refused.text, "detail": refused.detail, **more}


class HeadersMissing(FileRefused):
    """Required columns were not found; `look` is what a person maps by."""

    def __init__(self, missing: Sequence[Column], look: Answer) -> None:
        ko = ", ".join(column.label.ko for column in missing)
        en = ", ".join(column.label.en for column in missing)
        super().__init__(refusal.HEADERS.format(missing=Text(ko, en)))
        self.look = look


def _where(error: BaseException) -> str:
    """The kind of an error and its place, without its words: they may quote the file."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    at = "" if trace is None else f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    return type(error).__name__ + at


def _end_with_caller() -> None:
    """Have the kernel end us when the caller's end of our input is closed."""
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([0], [], [], 0)[0]:
        os._exit(1)


# -- the tasks ---------------------------------------------------------------------------------


def _look(request: Mapping[str, Any]) -> Iterator[Answer]:
    content = _content(request)
    book = book_of(content)
    columns = _columns(request)
    _, _, found = _best(book, columns)
    yield {"look": _first_look(content, book, found)}


def _read(request: Mapping[str, Any]) -> Iterator[Answer]:
    content = _content(request)
    with ThreadPoolExecutor(1) as beside:  # a sheet is laid out without Python's lock
        parser = beside.submit(_parser, request)
        table, columns = _table(request, content)
    parse = parser.result()
    days = [column.name for column in columns if column.kind is ColumnKind.DAY]
    yield {"found": table.told.found, "days": days}
    if parse is not None:
        yield from _parsed(parse, table)
    else:
        for block in table.blocks():
            yield {
                "block": (
                    block.names, block.numbers, block.columns, block.repairs, block.problems,
                )
            }  # fmt: skip
    repairs = {repair.value: count for repair, count in table.told.repairs.items()}
    told = {name: getattr(table.told, name) for name in table.told.__dataclass_fields__}
    yield {"told": {**told, "repairs": repairs}}


def _raw(request: Mapping[str, Any]) -> Iterator[Answer]:
    """The rows up to the header and those that are asked for, as they are; first how wide."""
    sheet = _sheet_named(book_of(_content(request)), request["sheet"])
    wanted = {*range(1, request["row"] + 1), *request["numbers"]}

    def rows() -> Iterator[tuple[int, Sequence[Any]]]:
        return (row for row in enumerate(sheet.rows(), start=1) if row[0] in wanted)

    yield {"width": max((len(row) for _, row in rows()), default=0)}
    waiting = rows()
    while taken := list(islice(waiting, limits.BLOCK_ROWS)):
        yield {"raw": [(number, [_shown(cell) for cell in row]) for number, row in taken]}


def _edit(request: Mapping[str, Any]) -> Iterator[Answer]:
    # Loaded for this task alone: it takes longer to load than most files to read.
    editing = importlib.import_module("core.files.editing")
    content = _content(request)
    reasons = {int(number): reason for number, reason in request["reasons"].items()}
    yield from editing.edited(content, request["sheet"], request["row"], request["header"], reasons)


_TASKS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Answer]]] = {
    "look": _look,
    "read": _read,
    "raw": _raw,
    "edit": _edit,
}


def _content(request: Mapping[str, Any]) -> Content:
    with Path(request["path"]).open("rb") as file:
        return recognise(file.read(limits.MOST_BYTES + 1))


def book_of(content: Content) -> Book:
    """The sheets of a file that may be opened."""
    if content.kind is Kind.HTML:
        return markup.book_of(content.text)
    if content.kind is Kind.XML:
        return spreadsheetml.book_of(content.text)
    if content.kind is Kind.DELIMITED:
        return delimited.book_of(content.text)
    return Workbook(content)


def _columns(request: Mapping[str, Any]) -> list[Column]:
    return [
        Column(
            name=one["name"],
            label=Text.of(one["label"]),
            headers=one["headers"],
            kind=ColumnKind(one["kind"]),
            required=one["required"],
        )
        for one in request["columns"]
    ]


def _parser(request: Mapping[str, Any]) -> Callable[[Iterator[FileRow]], Iterator[Any]] | None:
    """The parser that `marketplace/key` names in the registry, or `package.module:name`."""
    name = request["rows"]
    if name is None:
        return None
    marketplace, slash, key = name.partition("/")
    if slash:
        # Loaded for parsers alone: it brings every plugin with it.
        registry = importlib.import_module("core.registry")
        folder = request["plugins"]
        known = registry.load(folder=Path(folder) if folder else None)
        parser = known.parsers.get((marketplace, key))
        if parser is None:
            raise FileRefused(refusal.NO_PARSER)
        return parser.rows  # type: ignore[no-any-return]
    module, _, inside = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in inside.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def _table(request: Mapping[str, Any], content: Content) -> tuple[Table, list[Column]]:
    book = book_of(content)
    columns = _columns(request)
    if request["mapping"] is not None:
        by_hand = ByHand(**request["mapping"])
        sheet = _sheet_named(book, by_hand.sheet)
        first = _first(sheet, max(limits.FIRST_ROWS, by_hand.row))
        found: Found | None = headers.chosen(by_hand, first, columns)
    else:
        sheet, first, found = _best(book, columns)
    missing = headers.required(found, columns)
    if missing or found is None:
        look = _first_look(content, book, found)
        raise HeadersMissing(missing or columns, look)
    told = Told(content.kind.value, content.encoding, found)
    strict = content.kind is Kind.DELIMITED and 0 < found.row <= len(first)
    return Table(sheet, columns, told, width=len(first[found.row - 1]) if strict else None), columns


def _sheet_named(book: Book, name: str) -> Sheet:
    if name not in book.names:
        raise FileRefused(refusal.NO_SHEET.format(sheet=name))
    return book.sheet(list(book.names).index(name))


def _best(book: Book, columns: Sequence[Column]) -> tuple[Sheet, list[Sequence[Any]], Found | None]:
    """The sheet that has the columns: the first with all that are required, else the fullest."""
    best = -1
    best_found: Found | None = None
    filled = False
    for index in range(min(len(book.names), _MOST_SHEETS)):
        sheet = book.sheet(index)
        first = _first(sheet)
        filled = filled or any(map(any, first)) or any(map(any, sheet.rows()))
        found = headers.find(sheet.name, first, columns)
        if found is not None and not headers.required(found, columns):
            return sheet, first, found
        if best < 0 or headers.rank(found, columns) > headers.rank(best_found, columns):
            best, best_found = index, found
        del sheet
    if not filled:
        raise FileRefused(refusal.NO_ROWS)
    sheet = book.sheet(best)
    return sheet, _first(sheet), best_found


def _first(sheet: Sheet, count: int = limits.FIRST_ROWS) -> list[Sequence[Any]]:
    return list(islice(sheet.rows(), count))


def _first_look(content: Content, book: Book, found: Found | None) -> Answer:
    sheets = []
    for index in range(min(len(book.names), _MOST_SHEETS)):
        rows = [
            [_shown(cell)[:_SHOWN_LETTERS] for cell in row[:_SHOWN_COLUMNS]]
            for row in _first(book.sheet(index))
        ]
        sheets.append({"name": book.names[index], "rows": rows})
    return {
        "kind": content.kind.value,
        "encoding": content.encoding,
        "sheets": sheets,
        "found": found,
    }


def _shown(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).encode("utf-8", "replace").decode()


def _parsed(parse: Callable[[Iterator[FileRow]], Iterator[Any]], table: Table) -> Iterator[Answer]:
    made = parse(row for block in table.blocks() for row in block.rows())
    while rows := list(islice(made, limits.BLOCK_ROWS)):
        yield {"rows": [listed.plain_row(listing_shape.sound(row)) for row in rows]}


if __name__ == "__main__":
    main()
