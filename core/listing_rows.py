"""Rows of an export that has one listing in each: what most `MigrationParser.rows` do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from core import clock
from core.contracts.file import Column, FileRow
from core.contracts.page import UNCHANGED
from core.contracts.product import Listing, MigrationRow
from core.contracts.text import Text

NO_NUMBER = Text("상품번호가 없는 줄입니다.", "The row has no product number.")
NOT_A_NUMBER = Text(
    "상품번호 '{number}'은(는) 숫자가 아닙니다. 이 판매채널의 상품번호가 맞는지 확인해 주세요.",
    "The product number '{number}' is not digits. Check whether it is one of this marketplace.",
)
AGAIN = Text(
    "{row}행과 같은 상품번호({number})입니다. 앞의 줄만 가져옵니다.",
    "The product number {number} is the same as in row {row}: only that row is taken.",
)
WRONG_CELL = Text("{column}: {reason}", "{column}: {reason}")
DIGITS = re.compile(r"[0-9]{1,18}")

Read = Callable[[str, Mapping[str, Any]], Listing]
"""Makes the listing of a number, and of what the columns of its row tell."""


def listing_rows(
    columns: Sequence[Column], read: Read, *, number: str = "product_no"
) -> Callable[[Iterator[FileRow]], Iterable[MigrationRow]]:
    """A listing for each row, by `read`; a problem for a row that has none.

    A row is a problem where a cell could not be read, and where what stands in the column
    `number` is missing, is not digits, or stood in an earlier row.
    """

    def rows(file_rows: Iterator[FileRow]) -> Iterator[MigrationRow]:
        seen: dict[str, int] = {}
        for row in file_rows:
            found = str(row.values.get(number) or "")
            problem = wrong_cell(columns, row) or wrong_number(found) or _again(found, seen)
            if problem is not None:
                yield MigrationRow(row.number, _known(found, row.values), problem=problem)
                continue
            seen[found] = row.number
            yield MigrationRow(row.number, listing=read(found, row.values))

    return rows


def wrong_cell(columns: Sequence[Column], row: FileRow) -> Text | None:
    """Why a cell of the row could not be read, with the name of its column; or None."""
    if not row.problems:
        return None
    name, reason = next(iter(row.problems.items()))
    label = next((column.label for column in columns if column.name == name), None)
    return reason if label is None else WRONG_CELL.format(column=label, reason=reason)


def wrong_number(number: str) -> Text | None:
    """Why this is no product number, or None."""
    if not number:
        return NO_NUMBER
    return None if DIGITS.fullmatch(number) else NOT_A_NUMBER.format(number=number[:40])


def told_cells(columns: Sequence[Column], values: Mapping[str, Any]) -> dict[str, Any]:
    """What the row says, by the Korean names of the columns: a listing's `raw`."""
    labels = {column.name: column.label.ko for column in columns}
    return {
        labels[name]: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
        if value is not None
    }


def begin_of(day: date) -> datetime:
    """When a day begins in Korea."""
    return datetime.combine(day, time(), clock.KST)


def end_of(day: date) -> datetime:
    """The last second of a day in Korea."""
    return datetime.combine(day, time(23, 59, 59), clock.KST)


def _known(number: str, values: Mapping[str, Any]) -> Listing | None:
    """What is shown beside a problem: the number and the name, where the row tells one of them."""
    name = values.get("name")
    if not number and not name:
        return None
    return Listing(product_no=number, name=name if isinstance(name, str) else UNCHANGED)


def _again(number: str, seen: Mapping[str, int]) -> Text | None:
    return AGAIN.format(row=seen[number], number=number) if number in seen else None
