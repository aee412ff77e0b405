"""XML spreadsheets of Excel 2003, which some tools give the name .xls."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError, iterparse

from core.files import limits, refusal
from core.files.book import Fault, Merge, Sheet, Sheets
from core.files.refusal import FileRefused

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_MOST_ROWS = 2**20
"""Of a sheet, blank ones included."""
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")


def book_of(text: str) -> Sheets:
    """The worksheets. Raises FileRefused for XML that is broken or declares entities."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise FileRefused(refusal.DAMAGED)
    body = io.BytesIO(_DECLARATION.sub("", text).encode("utf-8", "replace"))
    try:
        return Sheets(list(_sheets(body)))
    except (ParseError, ValueError) as error:
        raise FileRefused(refusal.DAMAGED, type(error).__name__) from error


def _sheets(body: io.BytesIO) -> Iterator[Sheet]:
    layout = _Layout("")
    for event, element in iterparse(body, events=("start", "end")):
        if event == "start" and element.tag == f"{_SS}Worksheet":
            layout = _Layout(element.get(f"{_SS}Name") or "")
        elif event == "end" and element.tag == f"{_SS}Row":
            layout.add(element)
            element.clear()
        elif event == "end" and element.tag == f"{_SS}Worksheet":
            element.clear()
            yield layout.sheet()


class _Layout:
    """A sheet under way."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._rows: dict[int, list[Any]] = {}
        self._next = 0
        self._merges: list[Merge] = []
        self._faults: dict[int, dict[int, Fault]] = {}

    def sheet(self) -> Sheet:
        faults = self._faults
        return Sheet(self._name, self._all, typed=True, merges=self._merges, faults=lambda: faults)

    def _all(self) -> Iterator[list[Any]]:
        return (self._rows.get(number, []) for number in range(self._next))

    def add(self, element: Element) -> None:
        number = int(element.get(f"{_SS}Index") or self._next + 1) - 1
        last = number + int(element.get(f"{_SS}Span") or 0)
        if not self._next <= number <= last < _MOST_ROWS:
            raise FileRefused(refusal.DAMAGED)
        self._next = last + 1
        row: list[Any] = []
        for cell in element.iterfind(f"{_SS}Cell"):
            self._add_cell(number, row, cell)
        if row:
            self._rows[number] = row
        if len(self._rows) > limits.MOST_ROWS + limits.FIRST_ROWS:
            raise FileRefused(refusal.ROWS)

    def _add_cell(self, number: int, row: list[Any], cell: Element) -> None:
        at = int(cell.get(f"{_SS}Index") or len(row) + 1) - 1
        across = int(cell.get(f"{_SS}MergeAcross") or 0)
        down = int(cell.get(f"{_SS}MergeDown") or 0)
        if at < len(row):
            raise FileRefused(refusal.DAMAGED)
        if at + across >= limits.MOST_COLUMNS:
            raise FileRefused(refusal.COLUMNS)
        row.extend([""] * (at - len(row)))
        data = cell.find(f"{_SS}Data")
        value = "" if data is None else _value(data)
        if isinstance(value, Fault):
            self._faults.setdefault(number, {})[at] = value
            value = ""
        elif data is None and cell.get(f"{_SS}Formula"):
            self._faults.setdefault(number, {})[at] = Fault.FORMULA
        row.append(value)
        row.extend([""] * across)
        if across or down:
            self._merges.append((number, at, number + down, at + across))


def _value(data: Element) -> Any:
    text = "".join(data.itertext())
    kind = data.get(f"{_SS}Type") if text.strip() else None
    if kind == "Number":
        return float(text)
    if kind == "Boolean":
        return text.strip() == "1"
    if kind == "DateTime":
        return datetime.fromisoformat(text)
    if kind == "Error":
        return Fault.ERROR
    return text
