"""Sale periods that end soon are extended by night: each end once, whatever happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, queue, registry, store
from core.contracts.product import ProductSync
from core.contracts.text import Text
from core.contracts.write import Result, Write
from core.errors import ContractError
from core.ledger import commands
from core.ledger.effect_rows import Wish, item_of
from core.ledger.effects import carry_out
from core.ledger.kinds import BULK
from core.ledger.run import Run
from core.ledger.signals import Later
from core.models import Channel, Command, Effect, Listing
from core.services import extension_plan, listing_sync, listings
from core.services.extension_plan import Due
from core.services.kind_names import EXTEND, EXTEND_WRITE

WHO = "한판"
REPORTED = timedelta(hours=24)
UNCLEAR = Text(
    "판매채널에 거듭 물어도 연장되었는지 알 수 없습니다. 판매자센터에서 판매기간을 확인해 주세요.",
    "Even after asking again it is not clear whether it was extended. Look at the sale period in "
    "the seller centre.",
)

_LISTING: Any = Listing.__table__
_CHANNEL: Any = Channel.__table__
_COMMAND: Any = Command.__table__


# -- who begins it ---------------------------------------------------------------------------------


def look() -> int:
    """Write the night's work for every channel that has some, once a day; returns how many.

    What a missed night left is made up for in the next quiet hours, or at once where it would
    end before.
    """
    with store.all_workspaces(), store.read() as session:
        wanted = select(_CHANNEL).where(
            _CHANNEL.c.extend_days > 0,
            _CHANNEL.c.archived_at.is_(None),
            _CHANNEL.c.state == "active",
        )
        channels = session.execute(wanted).all()
    begun = 0
    for channel in channels:
        if extension_plan.why_not(channel) is None:
            with store.workspace(channel.workspace_id):
                begun += _begin(channel)
    if begun:
        queue.ring(BULK)
    return begun


def _begin(channel: Any) -> bool:
    sync = registry.current().products.get(channel.marketplace)
    assert sync is not None  # why_not has looked
    now = clock.now()
    day = clock.kst(now).date().isoformat()
    name = day if extension_plan.is_quiet(sync, now) else f"{day}:early"
    submission = f"extend:{channel.id}:{name}"
    with store.read() as session:
        begun = session.scalar(select(Command.id).where(Command.submission == submission))
        if begun is not None or not _anything(session, channel, sync):
            return False
    with store.write() as session:
        commands.submit(
            session,
            EXTEND,
            lane=channel.id,
            channel_id=channel.id,
            natural_key=name,
            payload={},
            by=WHO,
            submission=submission,
        )
    return True


def _anything(session: Session, channel: Any, sync: ProductSync) -> bool:
    before = extension_plan.horizon(sync, clock.now())
    return any(one.is_open() for one in _all_due(session, channel, before))


def _all_due(session: Session, channel: Any, before: Any) -> Any:
    after = None
    while found := extension_plan.due(session, channel, before, limit=store.CHUNK, after=after):
        yield from found
        after = (found[-1].sale_ends, found[-1].id)


# -- the work --------------------------------------------------------------------------------------


def extend(run: Run) -> None:
    """Extend what ends soon, a few listings at a time, each looked at before.

    What was begun is brought to its end first; outside of the quiet hours only what would end
    before the next ones is begun.
    """
    sync = registry.current().products.get(run.channel.marketplace)
    if sync is None or sync.extend is None:
        raise ContractError(detail=f"{run.channel.marketplace} extends no sale periods")
    waits: list[float] = []
    begun = _begun(run)
    for first in range(0, len(begun), sync.at_once):
        _carry_out(run, sync.extend, begun[first : first + sync.at_once], waits)
    if extension_plan.why_not(run.channel) is None:
        _extend_more(run, sync, sync.extend, waits)
    if waits:
        raise Later(min(waits))
    told = {name: int(run.counts.get(name, 0)) for name in ("done", "refused")}
    run.result = {**told, "asked": sum(told.values())}


def _extend_more(run: Run, sync: ProductSync, write: Write, waits: list[float]) -> None:
    after = None
    while True:
        before = extension_plan.horizon(sync, clock.now())
        with store.read() as session:
            found = extension_plan.due(
                session, run.channel, before, limit=sync.at_once, after=after
            )
        if not found:
            return
        after = (found[-1].sale_ends, found[-1].id)
        wanted = [one for one in found if one.is_open(run.command.id)]
        if wanted:
            _carry_out(run, write, _look(run, sync, wanted, before), waits)


def _look(run: Run, sync: ProductSync, wanted: Sequence[Due], before: Any) -> list[Due]:
    """Those that still end soon when the marketplace is asked: a seller extends as well."""
    if sync.get is None:
        return list(wanted)
    listing_sync.look(run, sync.get, [one.product_no for one in wanted], whole=True)
    with store.read() as session:
        ids = [one.id for one in wanted]
        left = extension_plan.due(session, run.channel, before, limit=len(ids), only=ids)
    return [one for one in left if one.is_open(run.command.id)]


@dataclass(frozen=True)
class _Begun:
    """An extension that was begun: what was planned or sent, as it stands on its effect."""

    product_no: str
    revision: int
    values: Mapping[str, Any]
    first_seen_at: Any = None


def _begun(run: Run) -> list[_Begun]:
    """What of this channel was begun and has no end yet, by whichever night's work."""
    with store.read() as session:
        effects = session.scalars(
            select(Effect).where(
                Effect.channel_id == run.channel.id,
                Effect.operation == EXTEND_WRITE,
                Effect.state.in_(("planned", "sending", "unknown")),
            )
        ).all()
    return [_Begun(effect.item, effect.revision, item_of(effect).values) for effect in effects]


def _wish(run: Run, one: Due | _Begun) -> Wish:
    if isinstance(one, _Begun):
        return Wish(item=one.product_no, revision=one.revision, values=one.values)
    return Wish(
        item=one.product_no,
        revision=one.revision,
        values={"days": run.channel.extend_days, "until": one.until.isoformat()},
        known_since=one.first_seen_at,
    )


def _carry_out(run: Run, write: Write, found: Sequence[Due | _Begun], waits: list[float]) -> None:
    if not found:
        return

    def kept(session: Session, results: Sequence[Result], wishes: Mapping[str, Wish]) -> None:
        for result in results:
            if result.done:
                _move_end(session, run.channel, wishes[result.key])
        done = sum(result.done for result in results)
        run.counts["done"] = run.counts.get("done", 0) + done
        run.counts["refused"] = run.counts.get("refused", 0) + len(results) - done

    try:
        carry_out(
            run, EXTEND_WRITE, write, [_wish(run, one) for one in found], kept, unclear=UNCLEAR
        )
    except Later as later:
        waits.append(later.seconds)


def _move_end(session: Session, channel: Any, wish: Wish) -> None:
    """The listing ends that many days later, at the time of the day at which it did."""
    row_id = listings.listing_id(store.current_workspace(), channel.account, wish.item)
    row = listings.by_id(session, [row_id]).get(row_id)
    if row is None or row.sale_ends is None:
        return
    if clock.kst(row.sale_ends).date().toordinal() != wish.revision:
        return  # it was looked at since
    ends = row.sale_ends + timedelta(days=int(wish.values["days"]))
    session.execute(store.update_in(_LISTING).where(_LISTING.c.id == row_id).values(sale_ends=ends))
    told = {"from": row.sale_ends.isoformat(), "to": ends.isoformat()}
    listings.note(session, [row_id], "ends", WHO, f"extended:{wish.revision}", told)


# -- what came of it -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Report:
    """What the last night did, over all channels; `commands` are its pieces of work."""

    extended: int
    refused: int
    under_way: int
    commands: Sequence[Command]


def report(session: Session) -> Report | None:
    """What was extended within a day, or None where there was nothing to extend."""
    found = session.scalars(
        select(Command)
        .where(Command.created_at > clock.now() - REPORTED, Command.kind == EXTEND)
        .order_by(Command.created_at.desc())
    ).all()
    if not found:
        return None
    counted = {
        name: sum(int((command.counts or {}).get(name, 0)) for command in found)
        for name in ("done", "refused")
    }
    under_way = sum(command.ended_at is None for command in found)
    return Report(counted["done"], counted["refused"], under_way, found)
