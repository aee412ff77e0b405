"""The list of groups (그룹상품, 딜): every query behind its page, and what each group holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, select
from sqlalchemy.orm import Session

from core import store
from core.models import Channel, Listing, ListingGroup, ListingGroupMember
from core.services import keyset
from core.services.keyset import Slice
from core.services.listing_list import CAP, LONGEST, STATES

VIEWS = ("", *STATES, "missing")
NAMED = 3
"""So many of the listings that a group holds are named in its row."""

_GROUP: Any = ListingGroup.__table__
_MEMBER: Any = ListingGroupMember.__table__
_LISTING: Any = Listing.__table__
_CHANNEL: Any = Channel.__table__


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the list shows: one of VIEWS, a channel's id, words."""

    view: str = ""
    channel: str = ""
    find: str = ""


@dataclass
class Held:
    """What a group holds: how many listings are here, are gone, or never came; some of them."""

    here: int = 0
    gone: int = 0
    missing: int = 0
    some: list[Any] = field(default_factory=list)


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    live = store.select_in(_CHANNEL, _CHANNEL.c.id).where(_CHANNEL.c.archived_at.is_(None))
    found: list[Any] = [_GROUP.c.channel_id.in_(live)]
    if wanted.view == "missing":
        found.append(_lacks_one())
    elif wanted.view:
        found.append(_GROUP.c.state == wanted.view)
    if wanted.channel:
        found.append(_GROUP.c.channel_id == wanted.channel)
    for word in wanted.find[:LONGEST].split():
        told = func.lower(_GROUP.c.name + " " + _GROUP.c.group_no)
        found.append(told.contains(word.lower(), autoescape=True))
    return found


def _named_listing() -> ColumnElement[bool]:
    """The listing that a member of a group names."""
    return and_(
        _LISTING.c.workspace_id == _GROUP.c.workspace_id,
        _LISTING.c.account == _GROUP.c.account,
        _LISTING.c.product_no == _MEMBER.c.product_no,
    )


def _lacks_one() -> ColumnElement[bool]:
    member = select(_MEMBER.c.product_no).where(
        _MEMBER.c.workspace_id == _GROUP.c.workspace_id,
        _MEMBER.c.group_id == _GROUP.c.id,
        not_(select(_LISTING.c.id).where(_named_listing()).exists()),
    )
    return member.exists()


def page(
    session: Session, wanted: Wanted, *, after: str = "", before: str = "", limit: int = 50
) -> Slice:
    """One page of groups, the newest first, after or before a group's id."""
    key = _GROUP.c.first_seen_at
    edge = keyset.edge_of(session, _GROUP, key, after or before)
    back = edge is not None and not after
    query = store.select_in(_GROUP).where(*_where(wanted))
    return keyset.page(
        session, query, key, _GROUP.c.id, up=False, edge=edge, back=back, limit=limit
    )


def counts(session: Session, wanted: Wanted) -> dict[str, int]:
    """How many groups each view would show under the same filter; never more than CAP + 1."""
    query = store.select_in(_GROUP, _GROUP.c.state, func.count()).group_by(_GROUP.c.state)
    by_state = {
        state: int(count)
        for state, count in session.execute(query.where(*_where(replace(wanted, view=""))))
    }
    found = {state: by_state.get(state, 0) for state in STATES} | {"": sum(by_state.values())}
    lacking = store.select_in(_GROUP, func.count()).where(*_where(replace(wanted, view="missing")))
    found["missing"] = session.scalar(lacking) or 0
    return {name: min(count, CAP + 1) for name, count in found.items()}


def channel_counts(session: Session, wanted: Wanted) -> dict[str, int]:
    """How many groups of each channel the list would show, those without any left out."""
    query = store.select_in(_GROUP, _GROUP.c.channel_id, func.count())
    found = query.where(*_where(replace(wanted, channel=""))).group_by(_GROUP.c.channel_id)
    return {name: min(int(count), CAP + 1) for name, count in session.execute(found)}


def there_are(session: Session) -> int:
    """How many groups there are; never more than CAP + 1."""
    query = store.select_in(_GROUP, _GROUP.c.id).where(*_where(Wanted())).limit(CAP + 1)
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def held(session: Session, ids: Sequence[str]) -> dict[str, Held]:
    """What these groups hold, by id."""
    found = {row_id: Held() for row_id in ids}
    columns = (_LISTING.c.id, _LISTING.c.name, _LISTING.c.product_no, _LISTING.c.gone_at)
    inside = (_MEMBER.c.workspace_id == _GROUP.c.workspace_id) & (_MEMBER.c.group_id == _GROUP.c.id)
    joined = _GROUP.join(_MEMBER, inside).outerjoin(_LISTING, _named_listing())
    query = select(_GROUP.c.id.label("group_id"), *columns).select_from(joined)
    query = query.where(store.mine(_GROUP), store.among(_GROUP.c.id, ids))
    query = query.order_by(_GROUP.c.id, _MEMBER.c.place)
    for row in session.execute(query):
        of = found[row.group_id]
        if row.id is None:
            of.missing += 1
        elif row.gone_at is not None:
            of.gone += 1
        else:
            of.here += 1
            if len(of.some) < NAMED:
                of.some.append(row)
    return found
