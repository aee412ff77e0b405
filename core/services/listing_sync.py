"""[동기화]: listings read anew at their marketplace, one, some or all of a channel."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, listing_shape, queue, registry, store
from core.contracts.text import Text
from core.errors import ContractError
from core.ledger import commands
from core.ledger.run import Run
from core.models import Channel, Command, Listing
from core.services import audit, channels, listings
from core.services.audit import Actor
from core.services.kind_names import LISTINGS_SYNC
from core.services.outcome import Forbidden

SHOWN = 200
"""So many listings that changed are named by a command's result."""

NOT_OFFERED = Text(
    "이 판매채널은 상품을 다시 읽는 기능을 제공하지 않습니다.",
    "This marketplace does not offer reading listings again.",
)
SLEEPING = Text(
    "지금 연결되어 있지 않은 채널입니다. 판매채널에서 연결 상태를 확인해 주세요.",
    "The channel is not connected now. See what it needs under Channels.",
)

_LISTING: Any = Listing.__table__


def why_not(channel: Channel | None) -> Text | None:
    """Why the listings of a channel cannot be read now, or None when they can."""
    if channel is None or not channels.works(channel):
        return SLEEPING
    sync = registry.current().products.get(channel.marketplace)
    if sync is None:
        return NOT_OFFERED
    return None if sync.get is not None else sync.why_not.get("get", NOT_OFFERED)


# -- pressed ---------------------------------------------------------------------------------------


@dataclass
class Pressed:
    """What came of a press: the commands, one a channel, and why channels were left out."""

    commands: list[str] = field(default_factory=list)
    left_out: dict[str, Text] = field(default_factory=dict)


def submit(listing_ids: Sequence[str], actor: Actor, *, submission: str) -> Pressed:
    """Have these listings read anew; the same submission again answers with the same commands."""
    with store.write() as session:
        by_channel: dict[str, list[str]] = {}
        for row in listings.by_id(session, listing_ids).values():
            by_channel.setdefault(row.channel_id, []).append(row.id)
        pressed = _submit(session, by_channel, actor, submission)
    _ring(pressed)
    return pressed


def submit_all(channel_id: str, actor: Actor, *, submission: str) -> Pressed:
    """Have every listing of a channel read anew that was not gone. Raises Forbidden."""
    with store.write() as session:
        channel = channels.get(session, channel_id)
        reason = why_not(channel)
        if reason is not None:
            raise Forbidden(reason)
        query = store.select_in(_LISTING, _LISTING.c.id).where(
            _LISTING.c.channel_id == channel_id, _LISTING.c.gone_at.is_(None)
        )
        ids = list(session.scalars(query.order_by(_LISTING.c.id)))
        pressed = _submit(session, {channel_id: ids}, actor, submission) if ids else Pressed()
    _ring(pressed)
    return pressed


def _submit(
    session: Session, by_channel: Mapping[str, Sequence[str]], actor: Actor, submission: str
) -> Pressed:
    pressed = Pressed()
    for channel_id, ids in by_channel.items():
        channel = session.scalar(select(Channel).where(Channel.id == channel_id))
        reason = why_not(channel)
        if reason is not None:
            pressed.left_out[channel_id] = reason
            continue
        wanted = sorted(ids)
        command = commands.submit(
            session,
            LISTINGS_SYNC,
            lane=channel_id,
            channel_id=channel_id,
            natural_key=hashlib.sha256("".join(wanted).encode()).hexdigest()[:32],
            payload={"listings": wanted},
            by=actor.name,
            submission=submission_of(submission, channel_id),
            total=len(wanted),
        )
        pressed.commands.append(command.id)
        audit.record(
            session,
            LISTINGS_SYNC,
            actor=actor,
            subjects=[channel_id],
            detail={"command": command.id, "listings": len(wanted)},
        )
    return pressed


def submission_of(submission: str, channel_id: str) -> str:
    """The mark of one channel's command within one press."""
    return f"{submission[:33]}.{hashlib.sha256(channel_id.encode()).hexdigest()[:30]}"


def of_submission(session: Session, kind: str, submission: str) -> list[str]:
    """The commands of a kind that a press made; empty when it was never seen."""
    told = Command.submission.startswith(f"{submission[:33]}.", autoescape=True)
    return list(session.scalars(select(Command.id).where(Command.kind == kind, told)))


def _ring(pressed: Pressed) -> None:
    if not pressed.commands:
        return
    with store.read() as session:
        queues = session.scalars(select(Command.queue).where(Command.id.in_(pressed.commands)))
        names = set(queues)
    for name in names:
        queue.ring(name)


# -- done ------------------------------------------------------------------------------------------


def sync(run: Run) -> None:
    """Read the payload's listings, a page at a time; one that is not told any more is gone.

    What was read is stored together with how far the command is, so a killed one goes on there.
    """
    declared = registry.current().products.get(run.channel.marketplace)
    if declared is None or declared.get is None:
        raise ContractError(detail=f"{run.channel.marketplace} declares no way to read listings")
    wanted: Sequence[str] = run.payload["listings"]
    at = int(run.command.progress_done)
    while at < len(wanted):
        some = wanted[at : at + declared.at_once]
        _read_page(run, declared.get, some, at + len(some))
        at += len(some)
    told = {name: run.counts.get(name, 0) for name in ("changed", "gone", "same")}
    run.result = told | {"looked": len(wanted), "listings": run.counts.get("listings", [])}


def _read_page(run: Run, get: Callable[..., Any], ids: Sequence[str], at: int) -> None:
    with store.read() as session:
        rows = listings.by_id(session, ids)
    # A listing that another channel of its account took over meanwhile is that one's to read.
    numbers = [row.product_no for row in rows.values() if row.channel_id == run.channel.id]
    if not numbers:
        return
    observed_at = clock.now()
    found = listing_shape.told("listings.get", run.call("listings.get", get, numbers))
    told = [one for one in found if one.product_no in set(numbers)]
    absent = sorted(set(numbers) - {one.product_no for one in told})
    with store.read() as session:
        news = listings.compare(session, run.channel, told, observed_at)
    before = dict(run.counts)

    def keep(session: Session) -> None:
        listings.write(session, news)
        gone = listings.gone(session, run.channel, absent, observed_at)
        changed = dict.fromkeys(event["listing_id"] for event in news.events)
        run.counts = _counted(before, news, gone, [*changed, *gone])

    run.commit("listings.page", keep, done=at)


def _counted(
    before: Mapping[str, Any], news: listings.News, gone: Sequence[str], changed: Sequence[str]
) -> dict[str, Any]:
    counts = dict(before)
    for name, count in (*news.counts.items(), ("gone", len(gone))):
        counts[name] = counts.get(name, 0) + count
    counts["listings"] = [*counts.get("listings", []), *changed][:SHOWN]
    return counts


def look(run: Run, get: Callable[..., Any], numbers: Sequence[str], *, whole: bool = False) -> None:
    """Read these listings of the run's channel before something is made of them; one that is not
    told any more is gone. `whole` is of the commit."""
    observed_at = clock.now()
    found = listing_shape.told("listing.look", run.call("listing.look", get, numbers))
    gone = sorted(set(numbers) - {listing.product_no for listing in found})
    with store.read() as session:
        news = listings.compare(session, run.channel, found, observed_at)

    def keep(session: Session) -> None:
        listings.write(session, news)
        listings.gone(session, run.channel, gone, observed_at)

    run.commit("listing.looked", keep, whole=whole)


def changed_of(session: Session, command: Command) -> list[tuple[Any, list[Any]]]:
    """The listings that a sync found changed, each with the entries of its history."""
    told = (command.result or command.counts or {}).get("listings", [])
    rows = listings.by_id(session, told)
    until = command.ended_at or clock.now()
    events = listings.events_between(session, list(rows), command.created_at, until)
    found: dict[str, list[Any]] = {}
    for event in events:
        found.setdefault(event.listing_id, []).append(event)
    return [(rows[row_id], found.get(row_id, [])) for row_id in told if row_id in rows]
