"""Text with a delimiter (CSV, TSV), which is found by the content."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from core.files import limits, refusal
from core.files.book import Sheet, Sheets
from core.files.refusal import FileRefused

_DELIMITERS = ",\t;|"
_SAMPLE_LETTERS = 65_536
_SAMPLE_ROWS = 50
_LONGEST = 2**20
"""A cell longer than this is a quote that was never closed."""


def book_of(text: str) -> Sheets:
    """The one sheet of a text."""
    delimiter = delimiter_of(text)
    return Sheets([Sheet("CSV", lambda: _rows(text, delimiter))])


def delimiter_of(text: str) -> str:
    """The one by which the most rows have the same number of cells."""
    sample = text[:_SAMPLE_LETTERS]
    best, most = ",", 0
    for delimiter in _DELIMITERS:
        try:
            rows = list(islice(csv.reader(io.StringIO(sample, ""), delimiter=delimiter), 50))
        except csv.Error:
            continue
        counts = Counter(len(row) for row in rows[:_SAMPLE_ROWS] if len(row) > 1)
        score = max(((width - 1) * count for width, count in counts.items()), default=0)
        if score > most:
            best, most = delimiter, score
    return best


def _rows(text: str, delimiter: str) -> Iterator[list[Any]]:
    csv.field_size_limit(_LONGEST)
    reader = csv.reader(io.StringIO(text, ""), delimiter=delimiter)
    before = 0
    try:
        for row in reader:
            if len(row) > limits.MOST_COLUMNS:
                raise FileRefused(refusal.COLUMNS)
            yield row
            before = reader.line_num
    except csv.Error as error:
        raise FileRefused(refusal.OPEN_QUOTE.format(row=before + 1), str(error)) from error
