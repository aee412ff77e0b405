"""A file as sheets of rows, whatever it was written as."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column of cells that are one; counted from 0."""


class Fault(Enum):
    """Why a cell holds nothing that could be read."""

    FORMULA = "formula"
    ERROR = "error"


Faults = Mapping[int, Mapping[int, Fault]]
"""By row and column, counted from 0."""


@dataclass(frozen=True)
class Sheet:
    """`rows()` yields every row from the first on, blank ones too, and may be asked again.

    An empty cell is "". `typed` says that numbers are numbers and no text. `faults()` is asked
    for after the first rows only: they may still be looked for. `below()` counts the blank rows
    that follow the last one. `said` is the far cell that a sheet claims to reach without holding
    anything there.
    """

    name: str
    rows: Callable[[], Iterator[Sequence[Any]]]
    typed: bool = False
    merges: Sequence[Merge] = ()
    faults: Callable[[], Faults] = dict
    below: Callable[[], int] = int
    said: str = ""


class Book(Protocol):
    """Sheets in the order in which they are looked through."""

    @property
    def names(self) -> Sequence[str]:
        """What the sheets are called."""

    def sheet(self, index: int) -> Sheet:
        """Open one sheet."""


@dataclass(frozen=True)
class Sheets:
    """A book whose sheets are read already."""

    sheets: Sequence[Sheet] = field(default=())

    @property
    def names(self) -> Sequence[str]:
        """What the sheets are called."""
        return [sheet.name for sheet in self.sheets]

    def sheet(self, index: int) -> Sheet:
        """One of them."""
        return self.sheets[index]


def cell_name(row: int, column: int) -> str:
    """What a spreadsheet calls the cell (both counted from 0): `B3`."""
    letters, left = "", column + 1
    while left:
        left, letter = divmod(left - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row + 1}"


def column_index(letters: str) -> int:
    """The column that these letters name, counted from 0."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
