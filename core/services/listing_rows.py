"""The rows of listings, their options and their histories: how they are named and found."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core import store
from core.models import Listing, ListingEvent, ListingOption, id_of

_LISTING: Any = Listing.__table__
_OPTION: Any = ListingOption.__table__
_EVENT: Any = ListingEvent.__table__
_SPACE = uuid.UUID("2b0d9f0c-1f6e-5a55-8f2b-6a7f9d1c3e42")


def listing_id(workspace_id: str, account: str, product_no: str) -> str:
    """The id of a listing: the same whenever this account's product is seen again."""
    return id_of(_SPACE, workspace_id, account, product_no)


def option_id(listing: str, option_no: str) -> str:
    """The id of an option of the listing with this id; `option_no` is "" without options."""
    return id_of(_SPACE, listing, option_no)


def by_id(session: Session, ids: Sequence[str]) -> dict[str, Any]:
    """Listings by their ids, those that are gone too."""
    query = store.select_in(_LISTING)
    found = session.execute(query.where(store.among(_LISTING.c.id, ids)))
    return {row.id: row for row in found}


def by_number(session: Session, channel_id: str, numbers: Sequence[str]) -> dict[str, Any]:
    """Listings of a channel by `product_no`."""
    query = store.select_in(_LISTING).where(_LISTING.c.channel_id == channel_id)
    found = session.execute(query.where(store.among(_LISTING.c.product_no, numbers)))
    return {row.product_no: row for row in found}


def options_of(session: Session, ids: Sequence[str]) -> list[Any]:
    """The options of these listings in their order, those that are gone too."""
    query = store.select_in(_OPTION).order_by(_OPTION.c.listing_id, _OPTION.c.place, _OPTION.c.id)
    return list(session.execute(query.where(store.among(_OPTION.c.listing_id, ids))))


def events(session: Session, row_id: str, limit: int = 300) -> list[Any]:
    """What happened to a listing, the newest first."""
    query = store.select_in(_EVENT).where(_EVENT.c.listing_id == row_id)
    return list(session.execute(query.order_by(_EVENT.c.at.desc(), _EVENT.c.id).limit(limit)))


def events_between(
    session: Session, ids: Sequence[str], since: datetime, until: datetime
) -> list[Any]:
    """What the marketplace told of these listings within a time, the oldest first."""
    query = store.select_in(_EVENT).where(
        _EVENT.c.at >= since, _EVENT.c.at <= until, _EVENT.c.who == "marketplace"
    )
    query = query.order_by(_EVENT.c.at, _EVENT.c.kind)
    return store.rows_among(session, query, _EVENT.c.listing_id, ids)
