"""Rows of an export that has one listing in each: what most `MigrationParser.rows` do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from core import clock
from core.contracts.file import Column, FileRow
from core.contracts.page import UNCHANGED
from core.contracts.product import Listing, MigrationRow, SaleState
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
States = Callable[[str], SaleState]
"""What a marketplace's word for a state means."""


def listing_rows(
    columns: Sequence[Column],
    read: Read | None = None,
    *,
    number: str = "product_no",
    states: States | None = None,
) -> Callable[[Iterator[FileRow]], Iterable[MigrationRow]]:
    """A listing for each row, by `read` (else by `listing_of`, with `states`); a problem for a
    row that has none.

    A row is a problem where a cell could not be read, and where what stands in the column
    `number` is missing, is not digits, or stood in an earlier row.
    """

    def by_name(found: str, values: Mapping[str, Any]) -> Listing:
        return listing_of(columns, found, values, states=states)

    make = by_name if read is None else read

    def rows(file_rows: Iterator[FileRow]) -> Iterator[MigrationRow]:
        seen: dict[str, int] = {}
        for row in file_rows:
            found = str(row.values.get(number) or "")
            problem = wrong_cell(columns, row) or wrong_number(found) or _again(found, seen)
            if problem is not None:
                yield MigrationRow(row.number, _known(found, row.values), problem=problem)
                continue
            seen[found] = row.number
            yield MigrationRow(row.number, listing=make(found, row.values))

    return rows


def listing_of(
    columns: Sequence[Column],
    number: str,
    values: Mapping[str, Any],
    *,
    states: States | None = None,
    **also: Any,
) -> Listing:
    """What a row tells by the columns that are called as the fields of a `Listing` are: `name`,
    `code`, `price`, `category`, `displayed` (a FLAG), `state` (a word, which `states` reads), and
    the days `sale_starts` and `sale_ends`; its whole content is `raw`.

    What the file does not have, or a cell leaves empty, is left out; but an empty code is none.
    `also` are fields that the plugin made itself.
    """
    state, price, shown = (values.get(name) for name in ("state", "price", "displayed"))
    starts, ends = values.get("sale_starts"), values.get("sale_ends")
    told: dict[str, Any] = {
        "name": values.get("name") or UNCHANGED,
        "code": (values["code"] or "") if "code" in values else UNCHANGED,
        "state": states(state) if states is not None and state else UNCHANGED,
        "remote_state": state or UNCHANGED,
        "displayed": UNCHANGED if shown is None else shown,
        "price": UNCHANGED if price is None else price,
        "category": values.get("category") or UNCHANGED,
        "sale_starts": begin_of(starts) if starts else UNCHANGED,
        "sale_ends": end_of(ends) if ends else UNCHANGED,
        "raw": told_cells(columns, values),
    }
    return Listing(product_no=number, **(told | also))


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
    return {
        column.label.ko: value.isoformat() if type(value) is date else value
        for column in columns
        if (value := values.get(column.name)) is not None
    }


@lru_cache(maxsize=1000)
def begin_of(day: date) -> datetime:
    """When a day begins in Korea."""
    return datetime.combine(day, time(), clock.KST)


@lru_cache(maxsize=1000)
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
