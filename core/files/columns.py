"""Cells of one column made into values, block by block.

Where all cells of a block are plain, which most are, the work is done by a few calls for the
block; else each text is converted once and remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.contracts.file import ColumnKind
from core.contracts.text import Text
from core.files import limits
from core.files.cells import BOUNDS, EARLIEST, EXACT, Cell, of_text, of_value
from core.files.told import Repair

_PLAIN_NUMBERS = re.compile(r"[0-9]{1,8}(?: [0-9]{1,8})*")
_MOST_REMEMBERED = 20_000
_LONGEST_REMEMBERED = 40


@dataclass
class Converted:
    """A block of a column; `repairs` and `problems` by the place in the block."""

    values: list[Any]
    repairs: dict[int, tuple[Repair, ...]] = field(default_factory=dict)
    problems: dict[int, Text] = field(default_factory=dict)


class Converter:
    """Makes cells of one kind; `typed` where the file tells numbers from text."""

    def __init__(self, kind: ColumnKind, *, typed: bool) -> None:
        self._kind, self._typed = kind, typed
        self._text = _Remembered(lambda text: of_text(kind, text, typed=typed))

    def block(self, cells: Sequence[Any]) -> Converted:
        """The values of a block of cells."""
        filled: Sequence[Any] = cells
        blanks = "" in cells
        if blanks:
            filled = [cell for cell in cells if cell != ""]
            if not filled:
                return Converted([None] * len(cells))
        quick = self._quick(filled)
        if quick is None:
            return self._one_by_one(cells)
        if blanks:
            values = iter(quick)
            quick = [None if cell == "" else next(values) for cell in cells]
        return Converted(quick)

    def _quick(self, cells: Sequence[Any]) -> list[Any] | None:
        """The values of cells that are all plain, or None where one is not."""
        types = set(map(type, cells))
        if types == {str}:
            return self._quick_texts(cells)
        if types == {float}:
            return self._quick_numbers(cells)
        if types == {date} and self._kind is ColumnKind.DAY and min(cells) >= EARLIEST:
            return list(cells)
        return None

    def _quick_texts(self, cells: Sequence[str]) -> list[Any] | None:
        joined = " ".join(cells)
        if len(joined) > limits.MOST_LETTERS and max(map(len, cells)) > limits.MOST_LETTERS:
            return None
        if self._kind in (ColumnKind.TEXT, ColumnKind.CODE):
            if not self._is_plain(joined):
                return None
            if "  " in joined or joined[0] == " " or joined[-1] == " ":
                return [cell.strip() or None for cell in cells]
            return list(cells)
        numbers = self._kind in BOUNDS and not self._typed
        if numbers and _PLAIN_NUMBERS.fullmatch(joined):
            return list(map(int, cells))
        return None

    def _is_plain(self, joined: str) -> bool:
        """Whether no cell holds what might have to be mended."""
        if not joined.isprintable() or "'" in joined or '="' in joined:
            return False
        if self._kind is ColumnKind.TEXT:
            return True
        return joined.isascii() and "E+" not in joined and "e+" not in joined

    def _quick_numbers(self, cells: Sequence[float]) -> list[Any] | None:
        if not all(map(float.is_integer, cells)) or min(cells) < 0:
            return None
        if self._kind in BOUNDS:
            return list(map(int, cells)) if max(cells) <= BOUNDS[self._kind] else None
        if self._kind in (ColumnKind.TEXT, ColumnKind.CODE) and max(cells) < EXACT:
            return list(map(str, map(int, cells)))
        return None

    def _one_by_one(self, cells: Sequence[Any]) -> Converted:
        texts, kind = self._text, self._kind
        if len(texts) > _MOST_REMEMBERED:
            texts.clear()
        made = [texts[cell] if type(cell) is str else of_value(kind, cell) for cell in cells]
        return Converted(
            [cell.value for cell in made],
            {at: cell.repairs for at, cell in enumerate(made) if cell.repairs},
            {at: cell.problem for at, cell in enumerate(made) if cell.problem},
        )


class _Remembered(dict[str, Cell]):
    def __init__(self, convert: Callable[[str], Cell]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, text: str) -> Cell:
        made = self._convert(text)
        if len(text) <= _LONGEST_REMEMBERED:
            self[text] = made
        return made
