"""The store of listings: what a channel or a file told of them becomes rows, and what changed.

An observation made earlier never overwrites one made later, and a field that is left out stays.
Groups are kept by `listing_groups`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.orm import Session

from core import clock, row_writes, store
from core.contracts.product import Listing
from core.models import Listing as Row
from core.models import ListingEvent, ListingOption, ListingPush
from core.services import publishing, sellable, thumbnails, timeline
from core.services.listing_compare import MORE, OPTION, event
from core.services.listing_compare import News as News
from core.services.listing_compare import compare as compare
from core.services.listing_compare import joined as joined
from core.services.listing_rows import by_id as by_id
from core.services.listing_rows import by_number as by_number
from core.services.listing_rows import events as events
from core.services.listing_rows import events_between as events_between
from core.services.listing_rows import listing_id as listing_id
from core.services.listing_rows import option_id as option_id
from core.services.listing_rows import options_of as options_of

_LISTING: Any = Row.__table__
_OPTION: Any = ListingOption.__table__
_PUSH: Any = ListingPush.__table__
_EVENT: Any = ListingEvent.__table__


def write(session: Session, news: News) -> None:
    """Store what `compare` found; what is published of linked ones follows."""
    sellable.alone(session)
    row_writes.upsert(
        session, _LISTING, news.rows, key=("workspace_id", "account", "product_no"),
        differs="fingerprint", not_older="seen_version", keep=("first_seen_at",),
    )  # fmt: skip
    for seen, ids in news.same.items():
        values = {"seen_version": seen, "seen_at": news.observed_at}
        _update(session, _LISTING, ids, values)
    key = ("workspace_id", "listing_id", "option_no")
    row_writes.insert_new(session, _OPTION, news.fresh_options, key)
    if news.options:
        statement = store.update_in(_OPTION).where(_OPTION.c.id == bindparam("row_id"))
        session.execute(
            statement.values({name: bindparam(f"to_{name}") for name in (*OPTION, *MORE)}),
            [{"row_id": row["row_id"], **_named(row)} for row in news.options],
        )
    _update(session, _OPTION, news.same_stocks, {"stock_at": news.observed_at})
    if news.moved:
        moved = store.update_in(_PUSH).where(store.among(_PUSH.c.listing_id, news.moved))
        session.execute(moved.values(channel_id=news.channel.id))
    row_writes.insert_new(session, _EVENT, news.events, ("workspace_id", "listing_id", "key"))
    pictures = [str(row["image"]) for row in news.rows if row["image"]]
    thumbnails.want(session, pictures, practice=news.channel.practice)
    if news.linked:
        publishing.refresh(session, listing_ids=news.linked)


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    return {f"to_{name}": row[name] for name in (*OPTION, *MORE)}


def _update(session: Session, table: Any, ids: Sequence[str], values: Mapping[str, Any]) -> None:
    if ids:
        session.execute(store.update_in(table).where(store.among(table.c.id, ids)).values(**values))


def keep(
    session: Session, channel: Any, found: Sequence[Listing], observed_at: datetime
) -> dict[str, int]:
    """Compare and store in one transaction; returns the counts: new, changed, same, older."""
    news = compare(session, channel, found, observed_at)
    write(session, news)
    return dict(news.counts)


def gone(
    session: Session, channel: Any, product_nos: Iterable[str], observed_at: datetime
) -> list[str]:
    """Note that a channel no longer tells these; returns the ids of those that had been there.

    One that was seen after `observed_at` stays.
    """
    workspace_id, seen = store.current_workspace(), int(observed_at.timestamp() * 1000)
    ids = [listing_id(workspace_id, channel.account, number) for number in product_nos]
    there = [
        row.id
        for row in by_id(session, ids).values()
        if row.gone_at is None and row.seen_version <= seen
    ]
    values = {
        "gone_at": observed_at, "seen_at": observed_at, "seen_version": seen,
        "changed_at": clock.now(),
    }  # fmt: skip
    _update(session, _LISTING, there, values)
    events = [event(row_id, "gone", {}, seen, observed_at) for row_id in there]
    row_writes.insert_new(session, _EVENT, events, ("workspace_id", "listing_id", "key"))
    return there


def note(
    session: Session, ids: Sequence[str], kind: str, who: str, key: str, detail: dict[str, Any]
) -> None:
    """Add one entry of ours to the history of each listing, once per `key`."""
    timeline.note(session, _EVENT, "listing_id", ids, kind, who, key, detail)
