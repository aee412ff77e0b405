"""Listings changed by a person: proposed with before and after, and wanted at a second press.

What follows the SKUs (재고연동) is not changed here: the SKU is. `listing_sends` sends it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, queue, registry, row_writes, store
from core.contracts.text import Text
from core.ledger import commands
from core.models import Channel, Command, ListingPush
from core.models.work import LIVE
from core.services import (
    audit,
    channels,
    listing_changes,
    listing_sync,
    listings,
    sellable,
)
from core.services.audit import Actor
from core.services.kind_names import LISTINGS_EDIT
from core.services.listing_changes import Change
from core.services.outcome import Wrong

LINKED = Text(
    "재고연동이 켜져 있어 연결된 SKU를 따릅니다. SKU에서 바꾸거나 재고연동을 꺼 주세요.",
    "It follows the stock of its SKUs. Change those, or let it no longer follow them.",
)
GONE = Text("판매채널에 더 이상 없는 상품입니다.", "The marketplace has no such product any more.")
BUSY = Text(
    "이 상품의 같은 변경이 아직 처리되는 중입니다. 작업이 끝난 뒤 다시 해 주세요.",
    "The same change of this listing is still being applied. Try again when it has ended.",
)
NOT_OFFERED = Text(
    "이 판매채널에서는 바꿀 수 없습니다. 판매자센터에서 바꿔 주세요.",
    "It cannot be changed at this marketplace. Change it in the seller centre.",
)
MOVED_ON = Text(
    "보시는 동안 값이 바뀌었습니다. 지금 값과 바꾼 뒤의 값을 다시 확인해 주세요.",
    "The values changed meanwhile. Look at them again, before and after.",
)

_PUSH: Any = ListingPush.__table__


@dataclass(frozen=True, kw_only=True)
class Row:
    """One listing of a proposal: what stands now, the values of the write, or why not."""

    listing: Any
    options: Sequence[Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: Text | None = None


@dataclass
class Proposal:
    """What a change would do: the listings that it goes to, and those left out and why."""

    what: str
    going: list[Row] = field(default_factory=list)
    left_out: list[Row] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Another whenever anything that a person saw of it is another."""
        told = [[row.listing.id, dict(row.before), dict(row.after)] for row in self.going]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def propose(session: Session, listing_ids: Sequence[str], change: Change) -> Proposal:
    """Look at a selection: what each listing would become, and which of them cannot."""
    rows = listings.by_id(session, listing_ids)
    options: dict[str, list[Any]] = {}
    for one in listings.options_of(session, list(rows) if change.what == "stock" else ()):
        if one.gone_at is None:
            options.setdefault(one.listing_id, []).append(one)
    known = {channel.id: channel for channel in channels.live(session)}
    busy = _busy(session, change.what)
    proposal = Proposal(change.what)
    for row_id in dict.fromkeys(listing_ids):
        listing = rows.get(row_id)
        if listing is None:
            continue
        own = options.get(row_id, [])
        after, reason = listing_changes.after(change, listing, own)
        reason = cannot(change.what, listing, known.get(listing.channel_id)) or reason
        if reason is None and row_id in busy:
            reason = BUSY
        found = Row(
            listing=listing,
            options=own,
            before=listing_changes.before(change.what, listing, own),
            after=after,
            reason=reason,
        )
        (proposal.left_out if reason else proposal.going).append(found)
    return proposal


def why_not(channel: Channel | None, what: str) -> Text | None:
    """Why listings of a channel cannot be changed in this, or None when they can."""
    if channel is None or not channels.works(channel):
        return listing_sync.SLEEPING
    sync = registry.current().products.get(channel.marketplace)
    if sync is None:
        return NOT_OFFERED
    return None if getattr(sync, what) is not None else sync.why_not.get(what, NOT_OFFERED)


def cannot(what: str, listing: Any, channel: Channel | None) -> Text | None:
    """Why this cannot be changed of a listing by hand, or None when it can."""
    if listing.gone_at is not None:
        return GONE
    if what != "price" and listing.stock_linked:
        return LINKED
    return why_not(channel, what)


def _busy(session: Session, what: str) -> set[str]:
    """The listings of which the same is under way."""
    live = session.scalars(
        select(Command).where(Command.kind == LISTINGS_EDIT, Command.state.in_(LIVE))
    )
    told = [commands.payload_of(command) for command in live]
    return {row_id for one in told if one.get("what") == what for row_id in one["changes"]}


# -- sent ------------------------------------------------------------------------------------------


def submit(
    listing_ids: Sequence[str], change: Change, actor: Actor, *, submission: str, seen: str
) -> list[str]:
    """Have the change made at the marketplaces; returns one command id per channel.

    `seen` is the digest of the proposal that the person saw: Wrong when it is another by now.
    The same submission sent again answers with the same commands.
    """
    found: list[Command] = []
    with store.write() as session:
        sellable.alone(session)  # two at once would want different things in the same version
        earlier = listing_sync.of_submission(session, LISTINGS_EDIT, submission)
        if earlier:
            return earlier
        proposal = propose(session, listing_ids, change)
        if not proposal.going or proposal.digest != seen:
            raise Wrong({"": MOVED_ON})
        by_channel: dict[str, list[Row]] = {}
        for row in proposal.going:
            by_channel.setdefault(row.listing.channel_id, []).append(row)
        for channel_id, rows in by_channel.items():
            found.append(_submit_on(session, channel_id, rows, change.what, actor, submission))
    for name in {command.queue for command in found}:
        queue.ring(name)
    return [command.id for command in found]


def _submit_on(
    session: Session,
    channel_id: str,
    rows: Sequence[Row],
    what: str,
    actor: Actor,
    submission: str,
) -> Command:
    name = listing_sync.submission_of(submission, channel_id)
    versions = _want(session, channel_id, rows, what, actor)
    changes = {
        row.listing.id: {"version": versions[row.listing.id], "values": dict(row.after)}
        for row in rows
    }
    command = commands.submit(
        session,
        LISTINGS_EDIT,
        lane=channel_id,
        channel_id=channel_id,
        natural_key=f"{what}:{name}",
        payload={"what": what, "changes": changes},
        by=actor.name,
        submission=name,
        total=len(rows),
    )
    audit.record(
        session,
        LISTINGS_EDIT,
        actor=actor,
        subjects=[row.listing.id for row in rows],
        detail={"command": command.id, "what": what},
    )
    return command


def _want(
    session: Session, channel_id: str, rows: Sequence[Row], what: str, actor: Actor
) -> dict[str, int]:
    """Note what shall be so from now on; the version of each that says it."""
    query = store.select_in(_PUSH).where(_PUSH.c.what == what)
    ids = [one.listing.id for one in rows]
    wanted = {
        row.listing_id: row for row in store.rows_among(session, query, _PUSH.c.listing_id, ids)
    }
    now, versions, fresh = clock.now(), {}, []
    for one in rows:
        old = wanted.get(one.listing.id)
        version = old.version + 1 if old is not None else 1
        versions[one.listing.id] = version
        values = {
            "channel_id": channel_id, "values": dict(one.after), "version": version,
            "who": actor.name[:80], "wanted_at": now, "reason": None,
        }  # fmt: skip
        if old is None:
            fresh.append({**values, "listing_id": one.listing.id, "what": what})
            continue
        session.execute(
            store.update_in(_PUSH)
            .where(_PUSH.c.listing_id == one.listing.id, _PUSH.c.what == what)
            .values(**values)
        )
    row_writes.insert_rows(session, _PUSH, fresh)
    return versions
