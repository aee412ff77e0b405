"""The rows of batches as they are looked at: by views, page by page, counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, true
from sqlalchemy.orm import Session

from core import store
from core.models import BatchRow

GOOD = ("new", "changed")
VIEWS = ("", "new", "changed", "same", "problem", "done", "refused", "left")
LISTING_VIEWS = ("", "new", "here", "matched", "trouble", "done", "refused", "same")
EVERY = tuple(dict.fromkeys((*VIEWS, *LISTING_VIEWS)))
MATCHED, UNCLEAR = "matched", "unclear"
"""What `BatchRow.link` says: SKUs were found for the row, or it cannot be said which."""

_ROW: Any = BatchRow.__table__


@dataclass(frozen=True)
class Slice:
    """One page of rows; the cursors are row numbers, 0 where nothing is on that side."""

    rows: Sequence[Any]
    before: int = 0
    after: int = 0


_UNSOLVED: Any = and_(_ROW.c.link == UNCLEAR, _ROW.c.verdict.in_(("new", "changed", "same")))
_VIEWS: Mapping[str, Sequence[Any]] = {
    "": (true(),),
    "done": (_ROW.c.outcome == "done", _ROW.c.outcome == "part"),
    "refused": (_ROW.c.outcome == "refused",),
    "left": tuple(and_(_ROW.c.verdict == name, _ROW.c.outcome == "") for name in GOOD),
    "here": (_ROW.c.verdict == "changed", _ROW.c.verdict == "same"),
    "matched": (_ROW.c.link == MATCHED,),
    "trouble": (_ROW.c.verdict == "problem", _UNSOLVED),
}
"""What views show: rows of which one of these conditions holds; none holds beside another."""


def view(name: str) -> ColumnElement[bool]:
    """The condition that a view of rows stands for."""
    return or_(*_conditions(name))


def _conditions(name: str) -> Sequence[Any]:
    return _VIEWS.get(name) or (_ROW.c.verdict == name,)


def rows(
    session: Session, batch_id: str, name: str, *, after: int = 0, before: int = 0, limit: int = 50
) -> Slice:
    """One page of a batch's rows in a view, in the order of the sheet."""
    back = bool(before) and not after
    found: list[Any] = []
    for condition in _conditions(name):  # each by an index of its own, already in order
        query = store.select_in(_ROW).where(_ROW.c.batch_id == batch_id, condition)
        if back:
            query = query.where(_ROW.c.number < before).order_by(_ROW.c.number.desc())
        else:
            query = query.where(_ROW.c.number > after).order_by(_ROW.c.number)
        found += session.execute(query.limit(limit + 1))
    found = sorted(found, key=lambda row: int(row.number), reverse=back)[: limit + 1]
    more, found = len(found) > limit, found[:limit]
    if back:
        found.reverse()
    if not found:
        return Slice(found)
    has_before, has_after = (more, True) if back else (bool(after), more)
    return Slice(
        found,
        found[0].number if has_before else 0,
        found[-1].number if has_after else 0,
    )


def counts(session: Session, batch_id: str, views: Sequence[str] = VIEWS) -> dict[str, int]:
    """How many rows each view shows."""
    columns = (_ROW.c.verdict, _ROW.c.outcome, _ROW.c.link)
    query = (
        store.select_in(_ROW, *columns, func.count())
        .where(_ROW.c.batch_id == batch_id)
        .group_by(*columns)
    )
    found = dict.fromkeys((*VIEWS, *_VIEWS), 0)
    for verdict, outcome, link, n in session.execute(query):
        found[""] += n
        found[verdict] += n
        if verdict in ("changed", "same"):
            found["here"] += n
        if verdict == "problem" or link == UNCLEAR:
            found["trouble"] += n
        if link == MATCHED:
            found["matched"] += n
        if outcome:
            found["done" if outcome == "part" else outcome] += n
        elif verdict in GOOD:
            found["left"] += n
    return {name: found[name] for name in views}


def count(session: Session, batch_id: str, condition: Any) -> int:
    """How many rows of a batch fulfil a condition."""
    query = store.select_in(_ROW, func.count()).where(_ROW.c.batch_id == batch_id, condition)
    return int(session.scalar(query) or 0)


def reasons(session: Session, batch_id: str, language: str = "ko") -> dict[int, str]:
    """Why rows were left out or refused, by their number in the sheet."""
    query = store.select_in(_ROW, _ROW.c.number, _ROW.c.reason).where(
        _ROW.c.batch_id == batch_id,
        _ROW.c.reason.is_not(None),
        _ROW.c.outcome.not_in(("done", "part")),
    )
    return {number: str(reason[language]) for number, reason in session.execute(query)}


def names(session: Session, batch_id: str, numbers: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Number and name of the listings in these rows."""
    query = store.select_in(_ROW, _ROW.c.number, _ROW.c.key, _ROW.c["values"])
    query = query.where(_ROW.c.batch_id == batch_id)
    return {
        row.number: (row.key, str(row[2].get("listing", {}).get("name", "")))
        for row in store.rows_among(session, query, _ROW.c.number, numbers)
    }
