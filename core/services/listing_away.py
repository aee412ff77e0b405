"""[목록에서 지우기]: listings that are gone at their marketplace, out of every list.

It is an entry of the listing's history, newer than its being gone: one that is told again, and
goes again, is shown again. Its matches, its orders and its page stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core import store
from core.models import Listing, ListingEvent, new_id
from core.services import audit, listings
from core.services.audit import Actor

ACTION = "listings.away"
KIND = "away"

_LISTING: Any = Listing.__table__
_EVENT: Any = ListingEvent.__table__

IS_AWAY: ColumnElement[bool] = (
    select(_EVENT.c.id)
    .where(
        _EVENT.c.workspace_id == _LISTING.c.workspace_id,
        _EVENT.c.listing_id == _LISTING.c.id,
        _EVENT.c.kind == KIND,
        _EVENT.c.at >= _LISTING.c.gone_at,
    )
    .exists()
)
"""A person took the listing away since it is gone."""


def among(session: Session, listing_ids: Sequence[str]) -> set[str]:
    """Those of these listings that were taken away."""
    query = store.select_in(_LISTING, _LISTING.c.id).where(
        store.among(_LISTING.c.id, listing_ids), IS_AWAY
    )
    return set(session.scalars(query))


def put(listing_ids: Sequence[str], away: bool, actor: Actor) -> int:
    """Take listings that are gone out of the list, or put them back; how many were."""
    with store.write() as session:
        hidden = among(session, listing_ids)
        rows = listings.by_id(session, listing_ids)
        turned = [row.id for row in rows.values() if row.gone_at and (row.id in hidden) is not away]
        if not turned:
            return 0
        if away:
            listings.note(session, turned, KIND, actor.name, new_id(), {})
        else:
            taken_back = store.delete_in(_EVENT).where(
                store.among(_EVENT.c.listing_id, turned), _EVENT.c.kind == KIND
            )
            session.execute(taken_back)
        audit.record(session, ACTION, actor=actor, subjects=turned, detail={"on": away})
    return len(turned)
