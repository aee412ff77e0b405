"""What reading a file showed: where the table stands, and what was mended or left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from core.contracts.text import Text


class Repair(Enum):
    """What was done to a cell, as stored; `label` says it to the seller."""

    SPACES = "spaces"
    WIDE = "wide"
    APOSTROPHE = "apostrophe"
    SEPARATORS = "separators"
    UNIT = "unit"
    EXPONENT = "exponent"
    TEXT_NUMBER = "text_number"
    DAY = "day"
    FORMULA_TEXT = "formula_text"
    MERGED = "merged"

    @property
    def label(self) -> Text:
        """What was done."""
        return _LABELS[self]


_LABELS = {
    Repair.SPACES: Text("보이지 않는 글자 제거", "letters that nobody sees taken out"),
    Repair.WIDE: Text("전각 글자를 반각으로", "full-width letters made plain"),
    Repair.APOSTROPHE: Text("앞의 작은따옴표 제거", "a leading apostrophe taken out"),
    Repair.SEPARATORS: Text("천 단위 쉼표 제거", "thousands separators taken out"),
    Repair.UNIT: Text("원·개 등 단위 제거", "a unit (won, pieces) taken out"),
    Repair.EXPONENT: Text("지수 표기를 숫자로", "an exponent written out"),
    Repair.TEXT_NUMBER: Text("글자로 저장된 숫자", "a number that was stored as text"),
    Repair.DAY: Text("날짜 모양 맞춤", "a date brought into shape"),
    Repair.FORMULA_TEXT: Text('="…" 모양을 글자로', 'the text of ="…" taken'),
    Repair.MERGED: Text("병합된 칸 채움", "a merged cell filled in"),
}


@dataclass(frozen=True)
class ByHand:
    """Which column is which, as a person chose.

    `row` is the last header row (0 for none), `columns` the place of each by name, from 0.
    """

    sheet: str
    row: int
    columns: Mapping[str, int]


@dataclass(frozen=True)
class Found:
    """Where the table stands: `row` is the last header row as the sheet counts (0 for none).

    `columns` and `headers` are the place and the header of each column by name; `unknown` are
    headers that nobody asked for, `missing` names that were not found, `twice` headers that
    came again (the first is read).
    """

    sheet: str
    row: int
    columns: Mapping[str, int]
    headers: Mapping[str, str] = field(default_factory=dict)
    unknown: Sequence[str] = ()
    missing: Sequence[str] = ()
    twice: Sequence[str] = ()

    def by_hand(self) -> ByHand:
        """The same as a mapping, to be changed or kept."""
        return ByHand(self.sheet, self.row, self.columns)


@dataclass(frozen=True)
class Told:
    """After the last row. Counts are of rows, but `repairs`: of cells.

    `lost_zeros` counts by column the codes that may have lost leading zeros; `claimed` is the
    far cell that the sheet claims to reach although nothing stands there.
    """

    kind: str
    encoding: str
    found: Found
    rows: int = 0
    blank: int = 0
    totals: int = 0
    problems: int = 0
    repairs: Mapping[Repair, int] = field(default_factory=dict)
    lost_zeros: Mapping[str, int] = field(default_factory=dict)
    claimed: str = ""


@dataclass(frozen=True)
class FirstRows:
    """The beginning of a sheet as text, to map by hand."""

    name: str
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Look:
    """What a file is and how its sheets begin; `found` is the best guess, if any."""

    kind: str
    encoding: str
    sheets: Sequence[FirstRows]
    found: Found | None = None


def found_of(stored: Mapping[str, Any]) -> Found:
    """What the child told."""
    return Found(**stored)


def told_of(stored: Mapping[str, Any]) -> Told:
    """What the child told."""
    repairs = {Repair(name): count for name, count in stored["repairs"].items()}
    return Told(**{**stored, "found": found_of(stored["found"]), "repairs": repairs})


def look_of(stored: Mapping[str, Any]) -> Look:
    """What the child told."""
    found = stored["found"]
    return Look(
        stored["kind"],
        stored["encoding"],
        [FirstRows(one["name"], one["rows"]) for one in stored["sheets"]],
        None if found is None else found_of(found),
    )
