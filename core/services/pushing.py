"""Sending what listings shall be: the newest version of each, and nothing of what it replaced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from core import clock, registry, store
from core.contracts.product import ProductSync
from core.contracts.text import Text
from core.contracts.write import Result, Write
from core.errors import ContractError
from core.ledger.effect_rows import Wish
from core.ledger.effects import carry_out, settles
from core.ledger.run import Run
from core.ledger.signals import Later
from core.models import Effect, ListingPush
from core.services import listing_sync, publishing, push_doubts, push_rows
from core.services.kind_names import LISTING_WRITES
from core.services.push_rows import WHATS

LOOKED_AGAIN_S = 60.0
"""How soon a listing is thought of again that holds less than was pushed, for which an order
that is not collected yet may be the reason."""

SUPERSEDED = Text("더 새로운 값으로 대신했습니다.", "A newer version took its place.")
UNCLEAR = Text(
    "판매채널에 거듭 물어도 반영되었는지 알 수 없습니다. 판매자센터에서 확인한 뒤 [다시 보내기]를 "
    "눌러 주세요.",
    "Even after asking again and again it is not clear whether it was applied. Look at it in the "
    "seller centre, then send it again.",
)

_EFFECT: Any = Effect.__table__
_PUSH: Any = ListingPush.__table__


def push(run: Run) -> None:
    """Send what is due on the channel, a few listings at a time, each read anew before.

    One that waits, is refused or is not understood does not hold up the others. At the end,
    listings of which an older write may have arrived late are looked at once more.
    """
    sync = registry.current().products.get(run.channel.marketplace)
    if sync is None:
        raise ContractError(detail=f"{run.channel.marketplace} declares no product sync")
    waits: list[float] = []
    broken: ContractError | None = None
    for what in WHATS:
        write: Write | None = getattr(sync, what)
        if write is None:
            continue
        tried: set[tuple[str, int]] = set()
        while rows := _due(run, what, sync.at_once, tried):
            tried |= {(row.listing_id, row.version) for row in rows}
            try:
                _send(run, sync, what, write, rows)
            except Later as later:
                waits.append(later.seconds)
            except ContractError as error:
                broken = error
    waits += _look_again(run, sync)
    run.result = dict(run.counts)
    if broken is not None:
        raise broken
    if waits:
        raise Later(min(waits))


def _due(run: Run, what: str, limit: int, tried: set[tuple[str, int]]) -> list[Any]:
    """What is due now and was not tried in this slice."""
    with store.read() as session:
        rows = push_rows.due(session, run.channel.id, what, limit + len(tried))
    return [row for row in rows if (row.listing_id, row.version) not in tried][:limit]


def _send(run: Run, sync: ProductSync, what: str, write: Write, rows: Sequence[Any]) -> None:
    _supersede(run, sync, what, write, rows)
    ids = {row.product_no: row.listing_id for row in rows}
    wishes = {row.product_no: _wish(row) for row in rows}

    def kept(session: Session, results: Sequence[Result], _: object) -> None:
        push_rows.keep(session, what, results, wishes, ids)
        done = [result.key for result in results if result.done]
        push_rows.forget_older(session, run.channel.id, what, [wishes[key] for key in done])
        _count(run, "pushed", len(done))
        _count(run, "refused", len(results) - len(done))

    tally = carry_out(
        run, LISTING_WRITES[what], write, list(wishes.values()), kept, unclear=UNCLEAR
    )
    already = [Result(key) for key in tally.already]
    if already:
        run.commit(
            f"{LISTING_WRITES[what]}.already",
            lambda session: push_rows.keep(session, what, already, wishes, ids),
        )


def _wish(row: Any) -> Wish:
    """`known_since` is when the last version was accepted: after a restore the first one is read
    back before it is sent."""
    return Wish(
        item=row.product_no,
        values=row.values,
        revision=row.version,
        known_since=max(filter(None, (row.first_seen_at, row.done_at))),
    )


def _count(run: Run, name: str, by: int) -> None:
    if by:
        run.counts[name] = run.counts.get(name, 0) + by


# -- what was replaced -----------------------------------------------------------------------------


def _supersede(run: Run, sync: ProductSync, what: str, write: Write, rows: Sequence[Any]) -> None:
    """End older writes of these: a newer version goes instead.

    One whose answer was lost may still arrive, after the newer one: its listing is doubted until
    it has been looked at.
    """
    newest = {row.product_no: row for row in rows}
    with store.read() as session:
        older = [
            effect
            for effect in session.execute(
                store.select_in(_EFFECT).where(
                    _EFFECT.c.channel_id == run.channel.id,
                    _EFFECT.c.operation == LISTING_WRITES[what],
                    _EFFECT.c.item.in_(list(newest)),
                    _EFFECT.c.state.in_(("planned", "sending", "unknown")),
                )
            )
            if effect.revision < newest[effect.item].version
        ]
    if not older:
        return
    doubtful: dict[str, Any] = {}
    for effect in older:
        if effect.state != "planned" and sync.get is not None:
            at = (effect.sent_at or effect.changed_at) + settles(write)
            listing_id = newest[effect.item].listing_id
            doubtful[listing_id] = max(at, doubtful.get(listing_id, at))

    def keep(session: Session) -> None:
        session.execute(
            store.update_in(_EFFECT)
            .where(_EFFECT.c.id.in_([effect.id for effect in older]))
            .values(
                state="refused",
                code="superseded",
                reason=SUPERSEDED.stored(),
                changed_at=clock.now(),
            )
        )
        for listing_id, at in doubtful.items():
            mine = store.update_in(_PUSH).where(
                _PUSH.c.listing_id == listing_id, _PUSH.c.what == what
            )
            session.execute(mine.values(doubt_at=at))

    run.commit(f"{LISTING_WRITES[what]}.superseded", keep, got_on=False)


# -- looking once more -----------------------------------------------------------------------------


def _look_again(run: Run, sync: ProductSync) -> list[float]:
    """Look at the doubtful listings whose time has come; returns when others are due.

    What a look finds becomes a new version where it is not what was pushed.
    """
    with store.read() as session:
        doubts = push_doubts.of_channel(session, run.channel.id)
    if not doubts:
        return []
    now = clock.now()
    early = [(one.at - now).total_seconds() for one in doubts if not one.looked and one.at > now]
    due = [one.product_no for one in doubts if not one.looked and one.at <= now]
    if sync.get is not None:
        for first in range(0, len(due), sync.at_once):
            listing_sync.look(run, sync.get, due[first : first + sync.at_once])
    looked = [one.listing_id for one in doubts if one.looked]
    if looked:
        run.commit(
            "listing.doubts",
            lambda session: publishing.refresh(session, listing_ids=looked),
        )
    with store.read() as session:
        left = push_doubts.of_channel(session, run.channel.id)
    late = [LOOKED_AGAIN_S for one in left if one.looked]
    return [max(0.05, seconds) for seconds in early] + late[:1]
