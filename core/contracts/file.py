"""A spreadsheet as core reads it: the columns that are looked for, and the rows that come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from core.contracts.text import Text


class ColumnKind(Enum):
    """What a column's cells become; an empty cell is None whatever the kind."""

    TEXT = "text"
    """str, as written but for letters that nobody sees"""
    CODE = "code"
    """str: a number or code; digits are kept exactly, never as a rounded number"""
    WON = "won"
    """int, 0 to 9,999,999,999"""
    COUNT = "count"
    """int, 0 to 99,999,999"""
    DAY = "day"
    """datetime.date"""
    FLAG = "flag"
    """bool"""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a file, found by its header.

    `headers` are the names that were seen, the likeliest first. They are compared without
    blanks, what stands in brackets, case and width, so `판매가 (원)` is `판매가`.
    """

    name: str
    label: Text
    headers: Sequence[str]
    kind: ColumnKind = ColumnKind.TEXT
    required: bool = False


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row: `number` as the sheet counts (from 1), `values` by the columns that were found.

    `repairs` names the columns whose cell was mended. A cell that could not be read is None in
    `values` and has its reason in `problems`; a reason under "" concerns the whole row.
    """

    number: int
    values: Mapping[str, Any]
    repairs: Sequence[str] = ()
    problems: Mapping[str, Text] = field(default_factory=dict)
