"""Readers of exports: rows become listings or problems, and nothing is raised, lost or doubled."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core import listing_shape
from core.conformance.listings import as_told
from core.conformance.report import Finding
from core.conformance.trial import Trial
from core.conformance.trouble import NotConcerned, attempt
from core.contracts.file import ColumnKind, FileRow
from core.contracts.page import UNCHANGED
from core.contracts.product import Listing, MigrationParser, MigrationRow
from core.contracts.text import Text
from core.files.reading import read
from core.files.refusal import FileRefused
from core.files.writing import write_rows

ODD: Mapping[ColumnKind, Sequence[Any]] = {
    ColumnKind.TEXT: ("", "  ", "가" * 5000, "1,2;3", "\u200b"),
    ColumnKind.CODE: ("", "SKU-1", "0", "9" * 60),
    ColumnKind.WON: (0, 9_999_999_999),
    ColumnKind.COUNT: (0, 99_999_999),
    ColumnKind.DAY: (),
    ColumnKind.FLAG: (True, False),
}
"""What a column's cells may be, by its kind, beside nothing."""
REASON = Text("읽을 수 없는 칸입니다.", "The cell cannot be read.")


def files(trial: Trial) -> Iterator[Finding]:
    """Each parser reads its seller centre's export, and whatever may stand in a row."""
    if not trial.parsers:
        raise NotConcerned("no file is read")
    trial.give_up_shop()
    trial.seed("small")
    for parser in trial.parsers:
        trial.cases += 1
        yield from (Finding(parser.key, what) for what in _looked_at(trial, parser))


def _looked_at(trial: Trial, parser: MigrationParser) -> Iterator[str]:
    export = trial.place.sandbox.exports.get(parser.key)
    table = parser.sample if export is None else export(trial.place.world)
    if not table:
        yield "there is no file to read: see `Sandbox.exports` and `MigrationParser.sample`"
        return
    try:
        rows = _read(parser, table)
    except FileRefused as refused:
        yield f"the file is refused: {refused}"
        return
    found, error = attempt(lambda: list(parser.rows(iter(rows))))
    if error is not None:
        yield f"its own file raises {type(error).__name__}"
        return
    yield from _all_read(found)
    if export is not None:
        yield from _of_shelf(trial, [row for row in found if row.problem is None])
    again, _ = attempt(lambda: list(parser.rows(iter(copy.deepcopy(rows)))))
    if again != found:
        yield "the same rows give something else the second time"
    yield from _twice(parser, rows)
    yield from _odd(parser, rows[0] if rows else FileRow(2, {}))


def _read(parser: MigrationParser, table: Sequence[Sequence[Any]]) -> list[FileRow]:
    """The rows of the file, as core reads it."""
    head, *rows = table
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        write_rows(path, [str(cell) for cell in head], rows)
        with read(path, parser.columns) as opened:
            return [row for block in opened for row in block]


def _all_read(found: Sequence[MigrationRow]) -> Iterator[str]:
    """Whether every row of the parser's own file is a listing or a group."""
    yield from _sound(found)
    if not found:
        yield "its own file gives nothing"
    problems = [row for row in found if row.problem is not None]
    if problems and problems[0].problem is not None:
        yield f"row {problems[0].number} of its own file is a problem: {problems[0].problem.en}"


def _of_shelf(trial: Trial, found: Sequence[MigrationRow]) -> Iterator[str]:
    """Whether what is read is what stands at the marketplace."""
    told = trial.standing()["listings"]
    there = set(told)
    listed = {row.listing.product_no for row in found if row.listing is not None}
    grouped = {no for row in found if row.group is not None for no in row.group.product_nos}
    if foreign := (listed | grouped) - there:
        yield f"{min(foreign)!r} does not exist"
    if listed and listed != there:
        yield f"{len(there - listed)} of {len(there)} listings are missing"
    for row in found:
        if row.listing is not None and row.listing.product_no in there:
            yield from as_told(row.listing, told[row.listing.product_no])


def _sound(found: Sequence[Any]) -> Iterator[str]:
    for row in found:
        if not isinstance(row, MigrationRow):
            yield f"a row is a {type(row).__name__}"
            return
        if row.problem is None and (row.listing is None) == (row.group is None):
            yield f"row {row.number} is neither a listing nor a group, or both"
        if listing_shape.sound(row) is not row:
            fault = listing_shape.sound(row).problem
            yield f"row {row.number}: {fault.en if fault is not None else ''}"
        elif row.listing is not None and not row.listing.options:
            yield f"row {row.number} tells that all options are gone: leave `options` out"


def _twice(parser: MigrationParser, rows: Sequence[FileRow]) -> Iterator[str]:
    """A number that comes again is a problem, not another listing."""
    doubled = [*rows, *(FileRow(row.number + 100_000, row.values) for row in rows)]
    found, error = attempt(lambda: list(parser.rows(iter(doubled))))
    if error is not None:
        yield f"rows that come twice raise {type(error).__name__}"
        return
    good = [row for row in found if row.problem is None]
    keys = [
        row.listing.product_no if row.listing is not None else row.group.group_no for row in good
    ]
    if len(keys) != len(set(keys)):
        yield "a number that comes twice gives two of it"


def _cleared(parser: MigrationParser, good: FileRow, name: str) -> Iterator[str]:
    """What a file without the column tells otherwise: it must be left out, not emptied."""
    values = {other: value for other, value in good.values.items() if other != name}
    rows = (good, FileRow(good.number, values))
    whole, part = (_listing(parser, row) for row in rows)
    if whole is None or part is None:
        return
    differs = [*_emptied(whole, part)]
    if whole.options is not UNCHANGED and part.options is not UNCHANGED:
        there = {option.option_no: option for option in whole.options}
        for option in part.options:
            if option.option_no not in there:
                differs.append(f"the option {option.option_no!r}")
            else:
                differs += _emptied(there[option.option_no], option)
    if differs:
        yield f"without the column {name!r} it tells {', '.join(differs)}: leave that out"


def _listing(parser: MigrationParser, row: FileRow) -> Listing | None:
    """The listing that a row gives alone, if it does."""
    found, _ = attempt(lambda: list(parser.rows(iter([row]))))
    good = [one.listing for one in found or () if one.problem is None]
    return good[0] if len(good) == 1 else None


def _emptied(whole: Any, part: Any) -> Iterator[str]:
    for name, value in vars(part).items():
        if name not in ("raw", "options") and value not in (getattr(whole, name), UNCHANGED):
            yield f"{name} {value!r}"


def _odd(parser: MigrationParser, good: FileRow) -> Iterator[str]:
    """Rows with odd cells, missing ones and such as could not be read: problems or less."""
    needed = {column.name: None for column in parser.columns if column.required}
    rows = [FileRow(2, needed), FileRow(3, {column.name: None for column in parser.columns})]
    for column in parser.columns:
        for value in (None, *ODD[column.kind]):
            rows.append(FileRow(4, {**good.values, column.name: value}))
        unread = {**good.values, column.name: None}
        rows.append(FileRow(5, unread, (), {column.name: REASON}))
        lacking = {name: value for name, value in good.values.items() if name != column.name}
        rows.append(FileRow(6, needed | lacking))
        if not column.required:
            yield from _cleared(parser, good, column.name)
    rows.append(FileRow(7, good.values, (), {"": REASON}))
    for row in rows:
        found, error = attempt(lambda: list(parser.rows(iter([row]))))  # noqa: B023
        if error is not None:
            yield f"{dict(row.values)!s:.120} raises {type(error).__name__}"
            return
        yield from _sound(found)
        if row.problems and not any(one.problem for one in found):
            yield f"a cell that could not be read is not told ({', '.join(row.problems)})"
            return
