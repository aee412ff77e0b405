"""Tables of HTML, which some seller centres give the name .xls."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

from core.files import limits, refusal
from core.files.book import Merge, Sheet, Sheets
from core.files.refusal import FileRefused

# What is never closed reaches to the end, so that nothing is searched twice.
_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|title)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"<(/?)(table|tr|td|th)\b([^<>]*)>", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
_OTHER_TAG = re.compile(r"</?[A-Za-z!?][^<>]*>")
_SPAN = re.compile(r"\b(col|row)span\s*=[\s\"']*(\d{1,5})", re.IGNORECASE)
_MOST_CELLS = 4_000_000
"""A page of the largest size has fewer; one cell that reaches over many is as good as many."""
_LINE = "\x0b"
"""Stands for a <br> while the line ends of the source are folded."""


@dataclass
class _Table:
    """A table under way. `covered` are columns that a cell above reaches into: rows left."""

    rows: list[list[Any]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    covered: dict[int, int] = field(default_factory=dict)
    start: int = -1
    spans: tuple[int, int] = (1, 1)
    cells: int = 0

    def begin_row(self) -> None:
        self.cells += len(self.rows[-1]) if self.rows else 0
        if self.cells > _MOST_CELLS:
            raise FileRefused(refusal.MEMORY)
        self.rows.append([])
        if len(self.rows) > limits.MOST_ROWS + limits.FIRST_ROWS:
            raise FileRefused(refusal.ROWS)
        self._skip_covered()

    def _skip_covered(self) -> None:
        row = self.rows[-1]
        while (left := self.covered.get(len(row), 0)) > 0:
            self.covered[len(row)] = left - 1
            row.append("")

    def add(self, value: str) -> None:
        if not self.rows:
            self.begin_row()
        row = self.rows[-1]
        across, down = self.spans
        if len(row) + across > limits.MOST_COLUMNS:
            raise FileRefused(refusal.COLUMNS)
        at, number = len(row), len(self.rows) - 1
        row.extend([value] + [""] * (across - 1))
        if across > 1 or down > 1:
            self.merges.append((number, at, number + down - 1, at + across - 1))
        if down > 1:
            self.covered.update(dict.fromkeys(range(at, at + across), down - 1))
        if self.covered:
            self._skip_covered()


def book_of(text: str) -> Sheets:
    """A sheet for each table that has a row. Raises FileRefused where there is none."""
    text = _UNSEEN.sub("", text)
    done: list[_Table] = []
    open_tables: list[_Table] = []
    for tag in _TAG.finditer(text):
        closing, name = tag[1], tag[2].lower()
        if name == "table" and not closing:
            open_tables.append(_Table())
            done.append(open_tables[-1])
            continue
        if not open_tables:
            continue
        table = open_tables[-1]
        if table.start >= 0:
            table.add(_text(text[table.start : tag.start()]))
            table.start = -1
        if name == "table":
            open_tables.pop()
        elif name == "tr" and not closing:
            table.begin_row()
        elif not closing:
            table.start, table.spans = tag.end(), _spans(tag[3])
    filled = [table for table in done if any(map(any, table.rows))]
    if not filled:
        raise FileRefused(refusal.NO_TABLE)
    return Sheets([_sheet(number, table) for number, table in enumerate(filled, start=1)])


def _sheet(number: int, table: _Table) -> Sheet:
    return Sheet(f"표 {number}", lambda: iter(table.rows), merges=table.merges)


def _spans(attributes: str) -> tuple[int, int]:
    told = {name.lower(): int(digits) for name, digits in _SPAN.findall(attributes)}
    return max(1, told.get("col", 1)), max(1, told.get("row", 1))


def _text(inside: str) -> str:
    if "<" in inside:
        inside = _OTHER_TAG.sub("", _BREAK.sub(_LINE, inside))
    if "\n" in inside:
        inside = " ".join(filter(None, map(str.strip, inside.split("\n"))))
    return html.unescape(inside).replace(_LINE, "\n").strip(" \t\r\n")
