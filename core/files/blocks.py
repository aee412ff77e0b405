"""The rows under a header as blocks of values, column by column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress, islice
from typing import Any

from core.contracts.file import Column, ColumnKind, FileRow
from core.contracts.text import Text
from core.files import limits, refusal
from core.files.book import Merge, Sheet
from core.files.cells import FAULTS
from core.files.columns import Converted, Converter
from core.files.headers import key_of
from core.files.refusal import FileRefused
from core.files.told import Repair, Told

_TOTALS = {"합계", "총계", "소계", "총합계", "누계", "계", "total", "sum", "subtotal", "grandtotal"}
_STARTS = {word[0] for word in _TOTALS} | {word[0].upper() for word in _TOTALS}
_TOO_WIDE = Text(
    "칸이 머리글보다 많습니다. 값 안의 쉼표나 탭이 따옴표 없이 적혔는지 확인해 주세요.",
    "The row has more cells than the header. Check for a comma or tab that is not quoted.",
)


@dataclass(frozen=True)
class Block:
    """Rows by their numbers; `columns` in the order of the names, the rest by place and name."""

    names: Sequence[str]
    numbers: Sequence[int]
    columns: Sequence[Sequence[Any]]
    repairs: dict[int, list[str]]
    problems: dict[int, dict[str, Text]]

    def rows(self) -> Iterator[FileRow]:
        """The same row by row."""
        for at, (number, *values) in enumerate(zip(self.numbers, *self.columns, strict=True)):
            yield FileRow(
                number,
                dict(zip(self.names, values, strict=True)),
                self.repairs.get(at, ()),
                self.problems.get(at, {}),
            )


class Table:
    """What stands under the header of a sheet; `told` is complete after the last block.

    `width` is the number of headers where a longer row is a mistake (delimited text).
    """

    def __init__(
        self, sheet: Sheet, columns: Sequence[Column], told: Told, *, width: int | None = None
    ) -> None:
        self.told = replace(told, claimed=sheet.said)
        self._sheet, self._width = sheet, width
        found = told.found
        self._columns = [column for column in columns if column.name in found.columns]
        self._places = [found.columns[column.name] for column in self._columns]
        self._names = [column.name for column in self._columns]
        self._makers = [Converter(column.kind, typed=sheet.typed) for column in self._columns]
        self._codes = [
            at for at, column in enumerate(self._columns) if column.kind is ColumnKind.CODE
        ]
        self._zeros = {at: _Zeros() for at in self._codes}
        self._repairs: Counter[Repair] = Counter()

    def blocks(self) -> Iterator[Block]:
        """Blocks of at most BLOCK_ROWS rows, without blank rows and totals."""
        first = self.told.found.row
        rows = enumerate(self._sheet.rows(), start=1)
        merges = _Merges(self._sheet.merges, first, self._places)
        count = blank = totals = problems = 0
        for _ in islice(rows, first):
            pass
        faults = self._sheet.faults()
        while taken := list(islice(rows, limits.BLOCK_ROWS)):
            filled = [any(row) or number - 1 in faults for number, row in taken]
            if not all(filled):
                filled = [
                    known or any(cell not in ("", None) for cell in row)
                    for known, (_, row) in zip(filled, taken, strict=True)
                ]
                blank += filled.count(False)
                taken = list(compress(taken, filled))
                if not taken:
                    continue
            block, empty, sums = self._block(taken, faults, merges)
            count += len(block.numbers)
            blank, totals = blank + empty, totals + sums
            problems += len(block.problems)
            if count > limits.MOST_ROWS:
                raise FileRefused(refusal.ROWS)
            if block.numbers:
                yield block
        self.told = replace(
            self.told,
            rows=count,
            blank=blank + self._sheet.below(),
            totals=totals,
            problems=problems,
            repairs=dict(self._repairs),
            lost_zeros={
                self._names[at]: lost for at, zeros in self._zeros.items() if (lost := zeros.lost())
            },
        )

    def _block(
        self, taken: Sequence[tuple[int, Sequence[Any]]], faults: Any, merges: _Merges
    ) -> tuple[Block, int, int]:
        numbers = [number for number, _ in taken]
        need = max(self._places, default=0) + 1
        rows = [row if len(row) >= need else [*row, *[""] * (need - len(row))] for _, row in taken]
        merged = merges.fill(numbers, rows)
        made = [
            maker.block([row[place] for row in rows])
            for maker, place in zip(self._makers, self._places, strict=True)
        ]
        if faults:
            self._mark(numbers, faults, made)
        keep, blank, totals = self._kept(rows, made)
        if blank or totals:
            numbers = list(compress(numbers, keep))
            rows = list(compress(rows, keep))
            made = [_compressed(one, keep) for one in made]
            merged = {
                at: merged[old]
                for at, old in enumerate(compress(range(len(keep)), keep))
                if old in merged
            }
        for at, zeros in self._zeros.items():
            zeros.see(made[at].values)
        repairs, problems = self._gathered(made, merged)
        if self._width is not None:
            for at, row in enumerate(rows):
                if len(row) > self._width and any(row[self._width :]):
                    problems.setdefault(at, {})[""] = _TOO_WIDE
        values = [one.values for one in made]
        return Block(self._names, numbers, values, repairs, problems), blank, totals

    def _mark(self, numbers: Sequence[int], faults: Any, made: Sequence[Converted]) -> None:
        for at, number in enumerate(numbers):
            for place, fault in faults.get(number - 1, {}).items():
                for one, mine in zip(made, self._places, strict=True):
                    if mine == place:
                        one.values[at] = None
                        one.problems[at] = FAULTS[fault]

    def _kept(
        self, rows: Sequence[Sequence[Any]], made: Sequence[Converted]
    ) -> tuple[list[bool], int, int]:
        """Which rows are data, how many have nothing in our columns, and how many are totals."""
        keep = [True] * len(rows)
        blank = totals = 0
        for at in self._doubtful(len(rows), made):
            row, values = rows[at], [one.values[at] for one in made]
            if not any(at in one.problems for one in made) and values.count(None) == len(values):
                keep[at], blank = False, blank + 1
                if self._is_total(row, values):
                    blank, totals = blank - 1, totals + 1
            elif self._is_total(row, values):
                keep[at], totals = False, totals + 1
        return keep, blank, totals

    def _doubtful(self, count: int, made: Sequence[Converted]) -> Sequence[int]:
        """Rows without a code, or with the word for a total in its place."""
        if not made:
            return range(count)
        values = made[self._codes[0] if self._codes else 0].values
        if self._codes and None not in values:
            return [
                at for at, value in enumerate(values) if value[0] in _STARTS and _is_word(value)
            ]
        if self._codes:
            return [at for at, value in enumerate(values) if value is None or _is_word(value)]
        return [at for at in range(count) if any(one.values[at] is None for one in made)]

    def _is_total(self, row: Sequence[Any], values: Sequence[Any]) -> bool:
        """A row that sums others up: the word for it stands there, and there is no code."""
        if not any(isinstance(cell, str) and _is_word(cell) for cell in row):
            return False
        if self._codes:
            told = [values[at] for at in self._codes]
        else:
            told = [
                value
                for value, column in zip(values, self._columns, strict=True)
                if column.kind in (ColumnKind.TEXT, ColumnKind.DAY)
            ]
        return all(value is None or _is_word(value) for value in told)

    def _gathered(
        self, made: Sequence[Converted], merged: dict[int, list[int]]
    ) -> tuple[dict[int, list[str]], dict[int, dict[str, Text]]]:
        repairs: dict[int, list[str]] = {}
        problems: dict[int, dict[str, Text]] = {}
        for name, one in zip(self._names, made, strict=True):
            for at, kinds in one.repairs.items():
                repairs.setdefault(at, []).append(name)
                self._repairs.update(kinds)
            for at, problem in one.problems.items():
                problems.setdefault(at, {})[name] = problem
        for at, places in merged.items():
            names = [
                n for n, place in zip(self._names, self._places, strict=True) if place in places
            ]
            self._repairs[Repair.MERGED] += len(names)
            mended = repairs.setdefault(at, [])
            mended += [name for name in names if name not in mended]
        return repairs, problems


def _is_word(value: object) -> bool:
    return isinstance(value, str) and len(value) < 16 and key_of(value) in _TOTALS


def _compressed(made: Converted, keep: Sequence[bool]) -> Converted:
    new = {old: at for at, old in enumerate(compress(range(len(keep)), keep))}
    return Converted(
        list(compress(made.values, keep)),
        {new[at]: kinds for at, kinds in made.repairs.items() if at in new},
        {new[at]: problem for at, problem in made.problems.items() if at in new},
    )


class _Merges:
    """Cells merged downwards: those below the first get its value."""

    def __init__(self, merges: Sequence[Merge], header: int, places: Sequence[int]) -> None:
        self._waiting = sorted(
            (
                (top + 1, bottom + 1, left)
                for top, left, bottom, _ in merges
                if bottom > top and top + 1 > header and left in places
            ),
            reverse=True,
        )
        self._open: list[tuple[int, int, Any]] = []

    def fill(self, numbers: Sequence[int], rows: list[Sequence[Any]]) -> dict[int, list[int]]:
        """Fill in what is covered; the places that were filled, by the row's place."""
        filled: dict[int, list[int]] = {}
        if not self._waiting and not self._open:
            return filled
        for at, number in enumerate(numbers):
            self._open = [one for one in self._open if one[0] >= number]
            covered = [(place, value) for _, place, value in self._open if rows[at][place] == ""]
            if covered:
                row = list(rows[at])
                for place, value in covered:
                    row[place] = value
                rows[at] = row
                filled[at] = [place for place, _ in covered]
            while self._waiting and self._waiting[-1][0] <= number:
                top, bottom, place = self._waiting.pop()
                if top == number and rows[at][place] != "":
                    self._open.append((bottom, place, rows[at][place]))
        return filled


class _Zeros:
    """Whether codes of one column lost leading zeros: known only where others have a width."""

    def __init__(self) -> None:
        self._led: set[int] = set()
        self._lengths: Counter[int] = Counter()

    def see(self, codes: Sequence[str | None]) -> None:
        digits = [code for code in codes if code and code.isdigit()]
        self._led.update({len(code) for code in digits if code[0] == "0" and len(code) > 1})
        self._lengths.update([len(code) for code in digits if code[0] != "0"])

    def lost(self) -> int:
        """How many are shorter than those that begin with a zero, which all have one length."""
        if len(self._led) != 1 or max(self._lengths, default=0) > min(self._led):
            return 0
        return sum(count for length, count in self._lengths.items() if length < min(self._led))
