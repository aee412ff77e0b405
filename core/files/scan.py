"""What calamine does not tell of an .xlsx sheet, looked up in its XML piece by piece."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread

from core.files.book import Fault, cell_name, column_index

_PIECE = 2**20
_LONGEST_TAIL = 2**18
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension ref="(?:[A-Z]+\d+:)?([A-Z]{1,3})(\d{1,7})"')
_CELL_END = re.compile(rb"</(\w+:)?c>")
_FILLED = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"[^<>]*(?<!/)>(?!</)')
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_VALUE = re.compile(rb"<(?:\w+:)?v[^<>]*>[^<]")


@dataclass(frozen=True)
class Extent:
    """The rectangle of cells that hold anything: how many cells, and the farthest one."""

    cells: int
    farthest: str


def declared(archive: zipfile.ZipFile, member: str) -> tuple[int, str]:
    """How many cells the sheet says it spans from A1 on, and the last; 0 where it says nothing."""
    with archive.open(member) as file:
        found = _DIMENSION.search(file.read(4_096))
    if found is None:
        return 0, ""
    columns, rows = column_index(found[1].decode()) + 1, int(found[2])
    return columns * rows, (found[1] + found[2]).decode()


def extent(archive: zipfile.ZipFile, member: str, most: int) -> Extent:
    """What the sheet really spans; the search ends as soon as that is more than `most` cells."""
    low_row = low_column = 2**31
    high_row = high_column = -1
    for piece in _pieces(archive, member):
        for letters, digits in _FILLED.findall(piece):
            row, column = int(digits) - 1, column_index(letters.decode())
            if row > high_row or column > high_column or row < low_row or column < low_column:
                low_row, high_row = min(row, low_row), max(row, high_row)
                low_column, high_column = min(column, low_column), max(column, high_column)
                cells = (high_row - low_row + 1) * (high_column - low_column + 1)
                if cells > most:
                    return Extent(cells, cell_name(high_row, high_column))
    if high_row < 0:
        return Extent(0, "")
    cells = (high_row - low_row + 1) * (high_column - low_column + 1)
    return Extent(cells, cell_name(high_row, high_column))


class Search:
    """Looks for formulas without a value and for error values, beside the reading of the sheet.

    It counts the rows as well: those below the last that is filled are told by nothing else.

    Inflating takes a sixth of the time that reading does, and neither holds the interpreter.
    """

    def __init__(self, archive: zipfile.ZipFile, member: str) -> None:
        self._archive, self._member = archive, member
        self._found: dict[int, dict[int, Fault]] = {}
        self._rows = 0
        self._error: Exception | None = None
        self._thread = Thread(target=self._search, name="faults", daemon=True)
        self._thread.start()

    def faults(self) -> dict[int, dict[int, Fault]]:
        """By row and column, once the search has ended."""
        self._wait()
        return self._found

    def rows(self) -> int:
        """How many rows the sheet has, blank ones too, once the search has ended."""
        self._wait()
        return self._rows

    def _wait(self) -> None:
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _search(self) -> None:
        try:
            for piece in _pieces(self._archive, self._member):
                self._rows += piece.count(b"<row")
                if b"<f" in piece or b":f" in piece or b't="e"' in piece:
                    self._look_at(piece)
        except (zipfile.BadZipFile, EOFError, OSError, MemoryError) as error:
            self._error = error

    def _look_at(self, piece: bytes) -> None:
        for attributes, inside in _cells(piece):
            if b't="e"' in attributes:
                fault = Fault.ERROR
            elif (
                b't="str"' not in attributes
                and _FORMULA.search(inside)
                and not _VALUE.search(inside)
            ):
                fault = Fault.FORMULA
            else:
                continue
            place = _PLACE.search(attributes)
            if place is not None:
                row = self._found.setdefault(int(place[2]) - 1, {})
                row[column_index(place[1].decode())] = fault


def _cells(piece: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Attributes and content of the cells that have any, each byte looked at once."""
    behind = 0
    for end in _CELL_END.finditer(piece):
        begin = piece.rfind(b"<" + (end[1] or b"") + b"c ", behind, end.start())
        behind = end.end()
        if begin >= 0:
            attributes, _, inside = piece[begin : end.start()].partition(b">")
            yield attributes, inside


def _pieces(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """The XML in pieces that end behind a cell."""
    left = b""
    with archive.open(member) as file:
        while read := file.read(_PIECE):
            piece = left + read
            end = max(piece.rfind(b"</c>") + 4, piece.rfind(b":c>") + 3)
            if len(piece) - end > _LONGEST_TAIL:  # no cell ends there: rows without any
                end = max(end, piece.rfind(b"<"))
            yield piece[:end]
            left = piece[end:][-_LONGEST_TAIL:]
    yield left
