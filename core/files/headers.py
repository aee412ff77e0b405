"""Where the table begins: the header row, found by the names of its columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from core.contracts.file import Column
from core.files.told import ByHand, Found

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|<[^<>]*>|【[^】]*】")
_BLANKS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad*※_.:·'\"-]+")
_LONGEST = 200
"""A longer text is no header."""


def key_of(header: str) -> str:
    """A header as it is compared: width, case, blanks and marks do not matter."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", header).casefold())


def bare_key_of(header: str) -> str:
    """The same without what stands in brackets, unless that is all there is."""
    folded = unicodedata.normalize("NFKC", header)
    return key_of(_BRACKETS.sub("", folded)) or key_of(folded)


@dataclass(frozen=True)
class _Candidate:
    """The texts that head each column, the likeliest first, and the header row's number."""

    row: int
    texts: Sequence[Sequence[str]]


def find(sheet: str, rows: Sequence[Sequence[Any]], columns: Sequence[Column]) -> Found | None:
    """The best header among the first rows of a sheet; None where no column is found at all.

    It is the first row that has all required columns and the most of the others. Two header
    rows count as one where they have more together than either alone.
    """
    best: Found | None = None
    for candidate in _candidates(rows):
        found = _match(sheet, candidate, columns)
        if found.columns and (best is None or rank(found, columns) > rank(best, columns)):
            best = found
    return best


def chosen(by_hand: ByHand, rows: Sequence[Sequence[Any]], columns: Sequence[Column]) -> Found:
    """What a person chose, with the headers that stand there."""
    width = max(map(len, rows), default=0)
    at = (
        [_readable(str(cell)) for cell in rows[by_hand.row - 1]]
        if 0 < by_hand.row <= len(rows)
        else []
    )
    places = {name: place for name, place in by_hand.columns.items() if 0 <= place < width}
    return Found(
        by_hand.sheet,
        by_hand.row,
        places,
        headers={name: at[place] for name, place in places.items() if place < len(at)},
        unknown=[text for i, text in enumerate(at) if text and i not in places.values()],
        missing=[column.name for column in columns if column.name not in places],
    )


def required(found: Found | None, columns: Sequence[Column]) -> list[Column]:
    """Those that must be there and are not."""
    there = found.columns if found is not None else {}
    return [column for column in columns if column.required and column.name not in there]


def rank(found: Found | None, columns: Sequence[Column]) -> tuple[int, int]:
    """How well a header fits: required columns first, then all."""
    there = found.columns if found is not None else {}
    return -len(required(found, columns)), len(there)


def _candidates(rows: Sequence[Sequence[Any]]) -> Iterator[_Candidate]:
    texts = [
        [_readable(cell) if isinstance(cell, str) and len(cell) <= _LONGEST else "" for cell in row]
        for row in rows
    ]
    for number, row in enumerate(texts, start=1):
        yield _Candidate(number, [[text] for text in row])
    for number, (row, below) in enumerate(pairwise(texts), start=2):
        if any(below):
            yield _Candidate(number, list(_joined(row, below)))


def _readable(text: str) -> str:
    """The text with a mark for each byte that is no letter (`encodings.text_of`)."""
    return text.encode("utf-8", "replace").decode()


def _joined(upper: Sequence[str], lower: Sequence[str]) -> Iterator[list[str]]:
    """The texts of two header rows: a group's name reaches to the right."""
    group = ""
    for at in range(max(len(upper), len(lower))):
        above = upper[at].strip() if at < len(upper) else ""
        below = lower[at].strip() if at < len(lower) else ""
        group = above or (group if below else "")
        if below and group:
            yield [f"{group} {below}", below, *([above] if above else [])]
        else:
            yield [below or above]


def _match(sheet: str, candidate: _Candidate, columns: Sequence[Column]) -> Found:
    shown = [next(filter(None, texts), "").strip() for texts in candidate.texts]
    exact = _places(candidate, key_of)
    bare = _places(candidate, bare_key_of)
    taken: dict[str, int] = {}
    twice: list[str] = []
    for index in (exact, bare):
        key = key_of if index is exact else bare_key_of
        for column in columns:
            if column.name in taken:
                continue
            for header in column.headers:
                free = [at for at in index.get(key(header), ()) if at not in taken.values()]
                if free:
                    taken[column.name] = free[0]
                    twice += [shown[at] for at in free[1:]]
                    break
    used = set(taken.values())
    return Found(
        sheet,
        candidate.row,
        taken,
        headers={name: shown[at] for name, at in taken.items()},
        unknown=[text for at, text in enumerate(shown) if text and at not in used],
        missing=[column.name for column in columns if column.name not in taken],
        twice=[text for text in twice if text],
    )


def _places(candidate: _Candidate, key: Any) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = {}
    for at, texts in enumerate(candidate.texts):
        for text in texts:
            name = key(text) if text else ""
            if name:
                places.setdefault(name, []).append(at)
    return places
