"""The store of groups: listings that are sold together (그룹상품, 딜), by the numbers they name.

A member whose listing is not here yet is joined by its number once it comes.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from core import clock, row_writes, store
from core.contracts.product import ListingGroup
from core.models import Listing, ListingGroupMember, id_of
from core.models import ListingGroup as Row

_GROUP: Any = Row.__table__
_MEMBER: Any = ListingGroupMember.__table__
_LISTING: Any = Listing.__table__
_SPACE = uuid.UUID("91c4a7de-53b2-5c8e-a8c1-0f6f1b7c2d15")

LENGTHS = {"name": 300, "remote_state": 80}


def group_id(workspace_id: str, account: str, group_no: str) -> str:
    """The id of a group: the same whenever this account's group is seen again."""
    return id_of(_SPACE, workspace_id, account, group_no)


def keep_groups(session: Session, channel: Any, groups: Sequence[ListingGroup]) -> dict[str, int]:
    """Store groups of a channel as they were told; returns the counts: new, changed, same.

    Within the caller's transaction, which holds the channel's lane.
    """
    workspace_id = store.current_workspace()
    keyed = {group_id(workspace_id, channel.account, one.group_no): one for one in groups}
    stored = _by_id(session, list(keyed))
    members = _members(session, list(keyed))
    counts: dict[str, int] = {}
    for row_id, group in keyed.items():
        facts = _facts(channel, group)
        numbers = list(dict.fromkeys(group.product_nos))
        old = stored.get(row_id)
        if old is None:
            counts["new"] = counts.get("new", 0) + 1
            _add(session, row_id, channel, group, facts)
        elif numbers == members.get(row_id, []) and all(
            getattr(old, name) == value for name, value in facts.items()
        ):
            counts["same"] = counts.get("same", 0) + 1
            continue
        else:
            counts["changed"] = counts.get("changed", 0) + 1
            change = store.update_in(_GROUP).where(_GROUP.c.id == row_id)
            session.execute(change.values(**facts, changed_at=clock.now()))
        session.execute(store.delete_in(_MEMBER).where(_MEMBER.c.group_id == row_id))
        rows = [
            {"group_id": row_id, "product_no": number, "place": place}
            for place, number in enumerate(numbers)
        ]
        row_writes.insert_rows(session, _MEMBER, rows)
    return counts


def verdicts(session: Session, channel: Any, groups: Sequence[ListingGroup]) -> dict[str, str]:
    """What keeping these groups would do to each, by its number: new, changed or same."""
    workspace_id = store.current_workspace()
    ids = {one.group_no: group_id(workspace_id, channel.account, one.group_no) for one in groups}
    stored, members = _by_id(session, list(ids.values())), _members(session, list(ids.values()))
    found: dict[str, str] = {}
    for group in groups:
        old = stored.get(ids[group.group_no])
        same = old is not None and list(dict.fromkeys(group.product_nos)) == members.get(old.id, [])
        facts = _facts(channel, group).items()
        same = same and all(getattr(old, name) == value for name, value in facts)
        found[group.group_no] = "new" if old is None else "same" if same else "changed"
    return found


def _facts(channel: Any, group: ListingGroup) -> dict[str, Any]:
    return {
        "channel_id": channel.id,
        "name": group.name[: LENGTHS["name"]],
        "state": group.state.value,
        "remote_state": group.remote_state[: LENGTHS["remote_state"]],
        "sale_starts": group.sale_starts,
        "sale_ends": group.sale_ends,
    }


def _add(
    session: Session, row_id: str, channel: Any, group: ListingGroup, facts: dict[str, Any]
) -> None:
    now = clock.now()
    row = {
        **facts, "id": row_id, "account": channel.account, "group_no": group.group_no,
        "first_seen_at": now, "changed_at": now,
    }  # fmt: skip
    row_writes.insert_rows(session, _GROUP, [row])


def _by_id(session: Session, ids: Sequence[str]) -> dict[str, Any]:
    query = store.select_in(_GROUP)
    return {row.id: row for row in store.rows_among(session, query, _GROUP.c.id, ids)}


def _members(session: Session, ids: Sequence[str]) -> dict[str, list[str]]:
    query = store.select_in(_MEMBER).order_by(_MEMBER.c.group_id, _MEMBER.c.place)
    found: dict[str, list[str]] = {}
    for row in store.rows_among(session, query, _MEMBER.c.group_id, ids):
        found.setdefault(row.group_id, []).append(row.product_no)
    return found


def missing(session: Session, channel: Any, numbers: Sequence[str]) -> list[str]:
    """Those of these product numbers whose listing is not here."""
    query = store.select_in(_LISTING, _LISTING.c.product_no).where(
        _LISTING.c.account == channel.account
    )
    found = store.rows_among(session, query, _LISTING.c.product_no, numbers)
    there = {row.product_no for row in found}
    return [number for number in numbers if number not in there]


def groups_of(session: Session, listing: Any) -> list[Any]:
    """The groups that name this listing."""
    query = (
        store.select_in(_GROUP)
        .join(
            _MEMBER,
            (_MEMBER.c.workspace_id == _GROUP.c.workspace_id) & (_MEMBER.c.group_id == _GROUP.c.id),
        )
        .where(_GROUP.c.account == listing.account, _MEMBER.c.product_no == listing.product_no)
    )
    return list(session.execute(query.order_by(_GROUP.c.name, _GROUP.c.id).limit(50)))


def named(session: Session, group_id: str) -> Any:
    """The group with this id; None for none."""
    query = store.select_in(_GROUP).where(_GROUP.c.id == group_id)
    return session.execute(query).one_or_none() if group_id else None


def missing_of(session: Session, group: Any, limit: int) -> list[str]:
    """The product numbers of a group whose listings are not here, in its order."""
    here = store.select_in(_LISTING, _LISTING.c.product_no).where(
        _LISTING.c.account == group.account
    )
    query = store.select_in(_MEMBER, _MEMBER.c.product_no).where(
        _MEMBER.c.group_id == group.id, _MEMBER.c.product_no.not_in(here)
    )
    return list(session.scalars(query.order_by(_MEMBER.c.place).limit(limit)))


def within(group_id: str) -> ColumnElement[bool]:
    """The condition that a listing is named by this group."""
    account = store.select_in(_GROUP, _GROUP.c.account).where(_GROUP.c.id == group_id)
    numbers = store.select_in(_MEMBER, _MEMBER.c.product_no).where(_MEMBER.c.group_id == group_id)
    return and_(_LISTING.c.account == account.scalar_subquery(), _LISTING.c.product_no.in_(numbers))
