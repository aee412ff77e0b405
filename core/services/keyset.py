"""Pages of a list in some order, each found from where the one before it ended.

However deep a page is, it costs what the first one costs, and rows that come in meanwhile move
nothing on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Table, or_
from sqlalchemy.orm import Session

from core import store

Edge = tuple[Any, str]
"""What a page ended with: the value it is sorted by, and the id of the row."""


@dataclass(frozen=True)
class Slice:
    """One page of a list; the cursors are "" where nothing is on that side."""

    rows: Sequence[Any]
    before: str = ""
    after: str = ""


def page(
    session: Session,
    query: Select[Any],
    key: Any,
    row_id: Any,
    *,
    up: bool,
    edge: Edge | None,
    back: bool,
    limit: int,
    cursor: Callable[[Any], str] = lambda row: str(row.id),
) -> Slice:
    """The rows of a query by `key` and `row_id`, after the edge or (`back`) before it.

    `up` says which way the list runs, `cursor` by what a row is found again as an edge.
    """
    ahead = up != back  # towards greater values of the key
    if edge is not None:
        at, there = edge
        # The first condition says no more than the second; an index can be walked by it.
        query = query.where(key >= at if ahead else key <= at)
        level = row_id > there if ahead else row_id < there
        query = query.where(or_(key > at if ahead else key < at, level))
    order = (key.asc(), row_id.asc()) if ahead else (key.desc(), row_id.desc())
    rows = list(session.execute(query.order_by(*order).limit(limit + 1)))
    more, rows = len(rows) > limit, rows[:limit]
    if back:
        rows.reverse()
    if not rows:
        return Slice(rows)
    has_before = more if back else edge is not None
    has_after = True if back else more
    return Slice(rows, cursor(rows[0]) if has_before else "", cursor(rows[-1]) if has_after else "")


def edge_of(session: Session, table: Table, key: Any, row_id: str) -> Edge | None:
    """Where a page ended, as the row at its edge stands now; None where there is none such."""
    if not re.fullmatch(r"[0-9a-f]{32}", row_id):
        return None
    query = store.select_in(table, key, table.c.id).where(table.c.id == row_id)
    found = session.execute(query).one_or_none()
    return None if found is None else (found[0], found[1])
