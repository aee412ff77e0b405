"""Spreadsheets that are given out: exports, and a seller's own file with what was wrong in it."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO
from unicodedata import east_asian_width

import xlsxwriter

from core.contracts.text import Text
from core.files import limits
from core.files.cells import FORMULA_STARTS
from core.files.process import Child
from core.files.refusal import FileRefused
from core.files.told import Found

_ROWS_A_SHEET = 1_048_576
_LONGEST = 32_767
_MEASURED = 200
_NARROWEST, _WIDEST = 8, 50
_LARGEST_EXACT = 10**15


def write_rows(
    target: Path | BinaryIO,
    headers: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    sheet: str = "한판",
) -> int:
    """Write an .xlsx row by row; how many rows there were.

    Numbers stand right and dates are dates; a text is never taken for a formula, a link or a
    number. A further sheet begins where one is full. A text longer than a cell holds is cut.
    """
    options = {
        "constant_memory": True,
        "default_date_format": "yyyy-mm-dd",
        "remove_timezone": True,
    }
    waiting = iter(rows)
    measured = list(islice(waiting, _MEASURED))
    widths = [
        _width([header, *(row[at] for row in measured if at < len(row))])
        for at, header in enumerate(headers)
    ]
    count = 0
    with xlsxwriter.Workbook(target, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        quoted = book.add_format({"quote_prefix": True})
        every = chain(measured, waiting)
        next_row = list(islice(every, 1))
        number = 1
        while next_row or number == 1:
            page = book.add_worksheet(sheet if number == 1 else f"{sheet} {number}")
            page.freeze_panes(1, 0)
            for at, width in enumerate(widths):
                page.set_column(at, at, width)
            for at, header in enumerate(headers):
                page.write_string(0, at, header, bold)
            taken = islice(chain(next_row, every), _ROWS_A_SHEET - 1)
            for at, row in enumerate(taken, start=1):
                _write_row(page, at, row, quoted)
                count += 1
            next_row = list(islice(every, 1))
            number += 1
    return count


def _write_row(page: Any, at: int, row: Sequence[Any], quoted: Any) -> None:
    for column, value in enumerate(row):
        if value is None or value == "":
            continue
        if isinstance(value, bool):
            page.write_boolean(at, column, value)
        elif isinstance(value, (int, float)) and abs(value) < _LARGEST_EXACT:
            page.write_number(at, column, value)
        elif isinstance(value, (date, datetime)):
            page.write_datetime(at, column, value)
        else:
            text = str(value)[:_LONGEST]
            page.write_string(at, column, text, quoted if text.startswith(FORMULA_STARTS) else None)


def _width(values: Iterable[Any]) -> int:
    widest = max((_letters(str(value)) for value in values if value is not None), default=0)
    return min(max(_NARROWEST, widest + 2), _WIDEST)


def _letters(text: str) -> int:
    """How many narrow letters wide the longest line of a text is."""
    return max(
        (sum(2 if east_asian_width(letter) in "WF" else 1 for letter in line[:_WIDEST])
         for line in text.split("\n")),
    )  # fmt: skip


REASON = Text("확인할 내용", "What to mend")


def write_back(
    target: Path, path: Path, found: Found, reasons: Mapping[int, str], header: str = REASON.ko
) -> None:
    """Write the seller's own file with its bad rows only and a column that says why.

    `reasons` by row number. An .xlsx of usual size keeps its looks; anything else becomes a new
    .xlsx with the same columns. Raises FileRefused.
    """
    edited = _edited(path, found, reasons, header)
    if edited is not None:
        target.write_bytes(edited)
        return
    request = {
        "task": "raw",
        "path": str(path.absolute()),
        "sheet": found.sheet,
        "row": found.row,
        "numbers": list(reasons),
    }
    with Child(request) as child:
        answers = child.answers()
        width = next(answers)["width"]
        rows = chain.from_iterable(answer["raw"] for answer in answers)
        head = [""] * width
        for _, row in islice(rows, found.row):
            head = [*row, *[""] * (width - len(row))]
        for name, at in found.columns.items():  # of two header rows the upper may name it
            head[at] = head[at] or found.headers.get(name, "")
        write_rows(target, [*head, header], _with_reasons(rows, width, reasons))


def _with_reasons(
    rows: Iterator[tuple[int, list[Any]]], width: int, reasons: Mapping[int, str]
) -> Iterator[list[Any]]:
    for number, row in rows:
        yield [*row, *[""] * (width - len(row)), reasons[number]]


def _edited(path: Path, found: Found, reasons: Mapping[int, str], header: str) -> bytes | None:
    """The file as openpyxl gives it back; None where it is no .xlsx, or too large for that."""
    with tempfile.TemporaryDirectory(prefix="hanpan-") as folder:
        request = {
            "task": "edit",
            "path": str(path.absolute()),
            "sheet": found.sheet,
            "row": found.row,
            "header": header,
            "reasons": {str(number): reason for number, reason in reasons.items()},
            "file_bytes": limits.MOST_EDITED,
        }
        with Child(request, folder) as child:
            parts = [base64.b64decode(answer["part"]) for answer in child.answers()]
    return b"".join(parts) or None


__all__ = ["REASON", "FileRefused", "write_back", "write_rows"]
