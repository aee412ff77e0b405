"""What the options of listings are made of, and were at any time: the versions of their matches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_
from sqlalchemy.orm import Session

from core import store
from core.models import Match, MatchPart

_MATCH: Any = Match.__table__
_PART: Any = MatchPart.__table__


@dataclass(frozen=True, order=True)
class Part:
    """One SKU of a match: so many pieces of it go into one piece of the option."""

    sku_id: str
    quantity: int = 1


@dataclass(frozen=True)
class Version:
    """One version of an option's match, `parts` by SKU; it was undone where `voided_at` is told."""

    id: str
    option_id: str
    number: int
    from_at: datetime
    how: str
    who: str
    voided_at: datetime | None
    parts: tuple[Part, ...]


def of(
    session: Session, option_ids: Iterable[str], *, voided: bool = False
) -> dict[str, list[Version]]:
    """The versions of each option that has any, the oldest first; also undone ones if `voided`."""
    rows: dict[str, Any] = {}
    parts: dict[str, list[Part]] = {}
    joined = and_(_PART.c.workspace_id == _MATCH.c.workspace_id, _PART.c.match_id == _MATCH.c.id)
    query = store.select_in(_MATCH, *_MATCH.c, _PART.c.sku_id, _PART.c.quantity)
    query = query.outerjoin(_PART, joined)
    if not voided:
        query = query.where(_MATCH.c.voided_at.is_(None))
    for row in session.execute(query.where(store.among(_MATCH.c.option_id, set(option_ids)))):
        rows[row.id] = row
        if row.sku_id is not None:
            parts.setdefault(row.id, []).append(Part(row.sku_id, row.quantity))
    found: dict[str, list[Version]] = {}
    for row in sorted(rows.values(), key=lambda row: int(row.version)):
        made_of = tuple(sorted(parts.get(row.id, [])))
        found.setdefault(row.option_id, []).append(
            Version(
                row.id, row.option_id, row.version, row.from_at, row.how, row.who,
                row.voided_at, made_of,
            )
        )  # fmt: skip
    return found


def stood_at(versions: Sequence[Version], at: datetime) -> Version:
    """The one of these standing versions that held at a time; the first one also before it."""
    begun = [version for version in versions if version.from_at <= at]
    return begun[-1] if begun else versions[0]
