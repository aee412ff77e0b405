"""What a row of the list of listings says beside the listing: its options, and what is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func
from sqlalchemy.orm import Session

from core import store
from core.models import Command, ListingOption, ListingPush
from core.models.work import LIVE
from core.services import push_rows
from core.services.kind_names import LISTINGS_EDIT
from core.services.publishing import UNLINKED

_OPTION: Any = ListingOption.__table__
_PUSH: Any = ListingPush.__table__
_COMMAND: Any = Command.__table__


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a row of the list says of a listing's options and of what is wanted of it.

    `stock` and `wanted` are the pieces of all options together, None where none is told; `told_at`
    is the age of the oldest of them. `refused` are reasons of the marketplace by what.
    """

    options: int = 0
    matched: int = 0
    stock: int | None = None
    told_at: datetime | None = None
    wanted: int | None = None
    due: bool = False
    refused: Sequence[Any] = ()


def busy_channels() -> Any:
    """SELECT the channels on which changes by hand are under way."""
    return store.select_in(_COMMAND, _COMMAND.c.channel_id).where(
        _COMMAND.c.kind == LISTINGS_EDIT, _COMMAND.c.state.in_(LIVE)
    )


REFUSED = and_(
    push_rows.REFUSED, func.coalesce(_PUSH.c.reason["ko"].as_string(), "") != UNLINKED.ko
)
"""What was refused, but for what was only withdrawn as its listing no longer follows its SKUs."""


def is_refused(push: Any) -> bool:
    """Whether something that is wanted was refused, so that a person has to know."""
    return push_rows.is_refused(push) and (push.reason or {}).get("ko") != UNLINKED.ko


def figures(session: Session, rows: Sequence[Any]) -> dict[str, Figures]:
    """The figures of these listings by id."""
    ids_ = [row.id for row in rows]
    linked = {row.id for row in rows if row.stock_linked}
    options = {row.listing_id: row for row in _options(session, ids_)}
    pushes: dict[str, list[Any]] = {}
    for push in _pushes(session, ids_):
        pushes.setdefault(push.listing_id, []).append(push)
    busy = set(session.scalars(busy_channels()))
    found = {}
    for row in rows:
        told, wanted = options.get(row.id), pushes.get(row.id, [])
        stock = next((push for push in wanted if push.what == "stock"), None)
        found[row.id] = Figures(
            options=told.options if told else 0,
            matched=told.matched if told else 0,
            stock=told.stock if told else None,
            told_at=told.told_at if told else None,
            wanted=_pieces(stock) if row.id in linked else None,
            due=any(map(push_rows.is_due, wanted)) and (row.id in linked or row.channel_id in busy),
            refused=[push for push in wanted if is_refused(push)],
        )
    return found


def _options(session: Session, ids_: Sequence[str]) -> list[Any]:
    query = (
        store.select_in(
            _OPTION,
            _OPTION.c.listing_id,
            func.count().label("options"),
            func.count(_OPTION.c.match_id).label("matched"),
            func.sum(_OPTION.c.stock).label("stock"),
            func.min(_OPTION.c.stock_at).label("told_at"),
        )
        .where(_OPTION.c.gone_at.is_(None))
        .group_by(_OPTION.c.listing_id)
    )
    return store.rows_among(session, query, _OPTION.c.listing_id, ids_)


def _pushes(session: Session, ids_: Sequence[str]) -> list[Any]:
    query = store.select_in(_PUSH)
    return store.rows_among(session, query, _PUSH.c.listing_id, ids_)


def pushes(session: Session, listing_id: str) -> dict[str, Any]:
    """What is wanted of a listing, by what."""
    return {row.what: row for row in _pushes(session, [listing_id])}


def _pieces(push: Any) -> int | None:
    return None if push is None else sum(push.values.get("options", {}).values())
