"""The list of listings: every query behind its pages and its counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, not_, or_, select, true, union_all
from sqlalchemy.orm import Session

from core import clock, store
from core.contracts.product import SaleState
from core.models import Channel, Listing, ListingOption, ListingPush
from core.services import keyset, listing_groups
from core.services.catalogue_list import folded
from core.services.keyset import Slice
from core.services.listing_away import IS_AWAY
from core.services.listing_figures import REFUSED, busy_channels
from core.services.push_rows import DUE

CAP = 10_000
"""Nobody reads further: a count ends here, and says so."""
BULK = 5_000
"""So many listings go with one press of "all that were found"."""
LONGEST = 200
ENDS_SOON = timedelta(days=7)

_LISTING: Any = Listing.__table__
_OPTION: Any = ListingOption.__table__
_PUSH: Any = ListingPush.__table__
_CHANNEL: Any = Channel.__table__
_SHOWN = [column for column in _LISTING.c if column.name not in ("raw", "fingerprint", "words")]

STATES = (
    SaleState.ON_SALE.value,
    SaleState.SOLD_OUT.value,
    SaleState.STOPPED.value,
    SaleState.WAITING.value,
    SaleState.ENDED.value,
    SaleState.FORBIDDEN.value,
)
VIEWS = ("", *STATES, "ending", "due", "refused", "gone", "away")
MATCHES = ("", "matched", "partly", "unmatched")
LINKS = ("", "on", "off")

_FAR = datetime(9999, 1, 1, tzinfo=UTC)
SORTS: dict[str, tuple[Any, bool]] = {
    "": (_LISTING.c.first_seen_at, False),
    "name": (_LISTING.c.name, True),
    "price": (func.coalesce(_LISTING.c.price, -1), True),
    "-price": (func.coalesce(_LISTING.c.price, -1), False),
    "ends": (func.coalesce(_LISTING.c.sale_ends, literal(_FAR, _LISTING.c.sale_ends.type)), True),
}
"""By what a list is sorted, and whether upwards."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a list shows: one of VIEWS, of MATCHES, of LINKS, a channel's id, the id of a 배송
    템플릿, that of a group, words, a sorting."""

    view: str = ""
    match: str = ""
    link: str = ""
    channel: str = ""
    shipping: str = ""
    group: str = ""
    find: str = ""
    sort: str = ""


# -- what is wanted --------------------------------------------------------------------------------


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    live = store.select_in(_CHANNEL, _CHANNEL.c.id).where(_CHANNEL.c.archived_at.is_(None))
    found: list[ColumnElement[bool]] = [_LISTING.c.channel_id.in_(live), view(wanted.view)]
    if wanted.channel:
        found.append(_LISTING.c.channel_id == wanted.channel)
    if wanted.shipping:
        found.append(_LISTING.c.shipping_template_id == wanted.shipping)
    if wanted.group:
        found.append(listing_groups.within(wanted.group))
    if wanted.link:
        found.append(_LISTING.c.stock_linked.is_(wanted.link == "on"))
    if wanted.match:
        found.append(_matched(wanted.match))
    for word in folded(wanted.find)[:LONGEST].split():
        found.append(_LISTING.c.words.contains(word, autoescape=True))
    return found


def view(name: str) -> Any:
    """The condition that a view stands for; what is gone is shown by its own views only."""
    if name in ("gone", "away"):
        away = IS_AWAY if name == "away" else not_(IS_AWAY)
        return and_(_LISTING.c.gone_at.is_not(None), away)
    conditions: dict[str, Any] = {
        "ending": and_(
            _LISTING.c.sale_ends >= clock.now(), _LISTING.c.sale_ends < clock.now() + ENDS_SOON
        ),
        "due": and_(
            _has_push(DUE),
            or_(_LISTING.c.stock_linked, _LISTING.c.channel_id.in_(busy_channels())),
        ),
        "refused": _has_push(REFUSED),
    }
    for state in STATES:
        conditions[state] = _LISTING.c.state == state
    return and_(_LISTING.c.gone_at.is_(None), conditions.get(name, true()))


def _has_push(how: ColumnElement[bool]) -> ColumnElement[bool]:
    """Few listings have one: they are found from there."""
    found: ColumnElement[bool] = _LISTING.c.id.in_(
        store.select_in(_PUSH, _PUSH.c.listing_id).where(how)
    )
    return found


def _matched(how: str) -> ColumnElement[bool]:
    some, none = (
        _has_option(_OPTION.c.match_id.is_not(None)),
        _has_option(_OPTION.c.match_id.is_(None)),
    )
    return {
        "matched": and_(some, not_(none)),
        "partly": and_(some, none),
        "unmatched": not_(some),
    }[how]


def _has_option(how: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(_OPTION.c.id)
        .where(
            _OPTION.c.workspace_id == _LISTING.c.workspace_id,
            _OPTION.c.listing_id == _LISTING.c.id,
            _OPTION.c.gone_at.is_(None),
            how,
        )
        .exists()
    )


# -- the list --------------------------------------------------------------------------------------


def page(
    session: Session, wanted: Wanted, *, after: str = "", before: str = "", limit: int = 50
) -> Slice:
    """One page after or before a listing's id; an id that is none begins at the top."""
    key, up = SORTS[wanted.sort]
    edge = keyset.edge_of(session, _LISTING, key, after or before)
    back = edge is not None and not after
    query = store.select_in(_LISTING, *_SHOWN).where(*_where(wanted))
    return keyset.page(session, query, key, _LISTING.c.id, up=up, edge=edge, back=back, limit=limit)


def ids(session: Session, wanted: Wanted, limit: int = BULK) -> list[str]:
    """The ids of everything that was found, at most `limit`."""
    query = store.select_in(_LISTING, _LISTING.c.id).where(*_where(wanted))
    order = (_LISTING.c.first_seen_at.desc(), _LISTING.c.id)
    return list(session.scalars(query.order_by(*order).limit(limit)))


# -- counting --------------------------------------------------------------------------------------


def counts(session: Session, wanted: Wanted) -> dict[str, int]:
    """How many listings each view would show under the same filter; never more than CAP + 1."""
    there = replace(wanted, view="")
    by_state = _grouped(session, _LISTING.c.state, there)
    found = {state: by_state.get(state, 0) for state in STATES} | {"": sum(by_state.values())}
    parts = []
    for name in set(VIEWS) - found.keys():
        query = store.select_in(_LISTING, literal(name), func.count())
        parts.append(query.where(*_where(replace(wanted, view=name))))
    found |= {name: int(count) for name, count in session.execute(union_all(*parts))}
    return {name: min(count, CAP + 1) for name, count in found.items()}


def channel_counts(session: Session, wanted: Wanted, channels: Sequence[str]) -> dict[str, int]:
    """How many listings of each channel the list would show; never more than CAP + 1."""
    found = _grouped(session, _LISTING.c.channel_id, replace(wanted, channel=""))
    return {name: min(found.get(name, 0), CAP + 1) for name in channels}


def _grouped(session: Session, column: Any, wanted: Wanted) -> dict[str, int]:
    query = store.select_in(_LISTING, column, func.count()).where(*_where(wanted))
    return {name: int(count) for name, count in session.execute(query.group_by(column))}
