"""Writes: planned, sent and, where the answer was lost, read back before they are sent again.

An effect belongs to what it touches: (channel, operation, item, revision) is unique, so two
overlapping presses, or a press after the fact, find the same row. Whoever holds the lane is
the only sender, so an effect that still stands on `sending` lost its answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, settings, store, vault
from core.contracts.text import Text
from core.contracts.write import Done, Item, Repeat, Result, Sent, Unclear, Verdict, Write
from core.errors import ContractError, MarketplaceError, OutcomeUnknown, Rejected
from core.ledger.budget import OutOfBudget
from core.ledger.run import Run
from core.ledger.signals import Cancelled, GiveWay, Later, Review
from core.models import Command, Effect, new_id
from core.models.work import LIVE

log = logging.getLogger(__name__)

TRIES = 5
"""After so many lost answers for one item a person looks at it."""
AGAIN_SECONDS = 1.0
"""How soon a command plans anew that found its plan changed under its hands."""

UNANSWERED = Text(
    "판매채널의 응답에 이 항목의 결과가 없어 다시 확인합니다.",
    "The marketplace's answer did not mention this item; it is being checked.",
)
UNCLEAR = Text(
    "판매채널에 다시 물어도 처리되었는지 알 수 없습니다. 판매자센터에서 확인한 뒤 선택해 주세요.",
    "Even after asking again it is not clear whether it was done. Check there, then choose.",
)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One write that is wanted. `known_since` is when we first saw what it touches (UTC).

    `unit` names what one call touches with it (a bundle's number, say): wishes of one unit are
    sent together or not at all. Without it each stands for itself.
    """

    item: str
    unit: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 1
    before: Sequence[str] = ()
    known_since: datetime | None = None


@dataclass
class Tally:
    """What came of the wishes of a command, by item."""

    done: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    refused: dict[str, Text] = field(default_factory=dict)


Kept = Callable[[Session, Sequence[Result], Mapping[str, Wish]], object]


def carry_out(run: Run, operation: str, write: Write, wishes: Sequence[Wish], kept: Kept) -> Tally:
    """Bring every wish to an end, or raise Later or Review; may be called again and again.

    `kept(session, results, wishes)` stores what the marketplace accepted or refused, in the
    transaction that notes it on the effect.
    """
    work = _Work(run, operation, write, {wish.item: wish for wish in wishes}, kept)
    tally = work.plan()
    work.send()
    work.read_back()
    work.send()
    work.settle(tally)
    if run.cancelling:
        raise Cancelled
    return tally


@dataclass
class _Work:
    run: Run
    operation: str
    write: Write
    wishes: dict[str, Wish]
    kept: Kept

    def plan(self) -> Tally:
        tally = Tally()

        def keep(session: Session) -> None:
            found = {effect.item: effect for effect in self._stored(session)}
            others = self._live_owners(session, found.values())
            busy = {
                self._unit(effect.item)
                for effect in found.values()
                if effect.command_id in others and effect.state != "done"
            }
            for wish in self.wishes.values():
                self._plan_one(session, wish, found.get(wish.item), busy, tally)

        self.run.commit(f"{self.operation}.plan", keep, got_on=False)
        return tally

    def _stored(self, session: Session) -> list[Effect]:
        found: list[Effect] = []
        for some in store.in_chunks(self.wishes):
            found += session.scalars(
                select(Effect).where(
                    Effect.channel_id == self.run.channel.id,
                    Effect.operation == self.operation,
                    Effect.item.in_(some),
                )
            )
        return [effect for effect in found if self._wished(effect)]

    def _live_owners(self, session: Session, effects: Any) -> set[str]:
        owners = {effect.command_id for effect in effects} - {self.run.command.id}
        if not owners:
            return set()
        rows = session.scalars(
            select(Command.id).where(Command.id.in_(owners), Command.state.in_(LIVE))
        )
        return set(rows)

    def _plan_one(
        self, session: Session, wish: Wish, effect: Effect | None, busy: set[str], tally: Tally
    ) -> None:
        mine = self.run.command.id
        if effect is not None and effect.state == "done":
            (tally.done if effect.command_id == mine else tally.already).append(wish.item)
        elif self._unit(wish.item) in busy:
            tally.busy.append(wish.item)
        elif effect is None:
            if not self.run.cancelling:
                session.add(self._fresh(wish))
        elif effect.state == "refused" and effect.command_id == mine:
            tally.refused[wish.item] = _text(effect.reason)
        elif effect.state == "refused":
            if not self.run.cancelling:
                self._again(effect, wish)
                effect.command_id = mine
        else:
            effect.command_id = mine
            if effect.state == "sending":
                effect.state = "unknown"
            effect.changed_at = clock.now()

    def _fresh(self, wish: Wish) -> Effect:
        row_id, now = new_id(), clock.now()
        restored = (self.run.channel.note or {}).get("restored_at")
        doubtful = (
            restored is not None
            and self.write.repeat is not Repeat.HARMLESS
            and wish.known_since is not None
            and wish.known_since < datetime.fromisoformat(restored)
        )
        return Effect(
            id=row_id,
            workspace_id=store.current_workspace(),
            channel_id=self.run.channel.id,
            operation=self.operation,
            item=wish.item,
            revision=wish.revision,
            command_id=self.run.command.id,
            state="unknown" if doubtful else "planned",
            sent_at=now if doubtful else None,
            values=vault.seal_json("effect", "values", row_id, dict(wish.values)),
            before=vault.seal_json("effect", "before", row_id, list(wish.before)),
            changed_at=now,
        )

    def _again(self, effect: Effect, wish: Wish) -> None:
        effect.state, effect.attempt = "planned", effect.attempt + 1
        effect.looks, effect.looked_at, effect.reason, effect.code = 0, None, None, ""
        effect.values = vault.seal_json("effect", "values", effect.id, dict(wish.values))
        effect.changed_at = clock.now()

    def _mine(self, state: str) -> list[Effect]:
        with store.read() as session:
            found = session.scalars(
                select(Effect).where(
                    Effect.command_id == self.run.command.id,
                    Effect.operation == self.operation,
                    Effect.state == state,
                )
            ).all()
        return [effect for effect in found if self._wished(effect)]

    def _unit(self, item: str) -> str:
        """What one call touches together with this item."""
        return self.wishes[item].unit or item

    def _wished(self, effect: Effect) -> bool:
        wish = self.wishes.get(effect.item)
        return wish is not None and wish.revision == effect.revision

    # -- sending ------------------------------------------------------------------------------

    def send(self) -> None:
        if self.run.cancelling:
            return
        doubtful = {self._unit(effect.item) for effect in self._mine("unknown")}
        items = [_item(effect) for effect in self._mine("planned")]
        places = {item: place for place, item in enumerate(self.wishes)}
        units: dict[str, list[Item]] = {}
        for item in sorted(items, key=self.write.order or (lambda item: places[item.key])):
            units.setdefault(self._unit(item.key), []).append(item)
        whole = [unit for name, unit in units.items() if name not in doubtful]
        for start in range(0, len(whole), self.write.batch):
            self._send_batch(list(chain(*whole[start : start + self.write.batch])))

    def _send_batch(self, batch: Sequence[Item]) -> None:
        keys = [item.key for item in batch]

        def mark(session: Session) -> None:
            marked = self._set(session, keys, only="planned", state="sending", sent_at=clock.now())
            if marked < len(keys):
                raise GiveWay(AGAIN_SECONDS)  # somebody took some back: nothing is marked or sent

        self.run.commit(f"{self.operation}.sending", mark, got_on=False, last=True)
        try:
            results = self.run.call(self.operation, self.write.send, batch)
        except MarketplaceError as error:
            if isinstance(error, (OutcomeUnknown, ContractError)) or self._wrote_before(error):
                log.warning("%s: the answer was lost or unclear: %s", self.operation, error.detail)
                self._note_unknown(keys)
                return
            if not isinstance(error, Rejected):
                self._put_back(keys)
                raise
            if error.fields:
                self._note_refusal(keys, error)
                raise
            results = [Result(key, error.text, error.code) for key in keys]
        self._note(results, keys)

    def _wrote_before(self, error: MarketplaceError) -> bool:
        """Whether `send` changed something there before the request that the error is about."""
        calls = self.run.uncommitted_calls()
        if not isinstance(error, OutOfBudget):
            calls = calls[:-1]
        return any(call.write and call.outcome in ("ok", "unknown") for call in calls)

    def _note_refusal(self, keys: Sequence[str], error: Rejected) -> None:
        self._note([Result(key, error.text, error.code) for key in keys], keys, last=True)

    def _note_unknown(self, keys: Sequence[str]) -> None:
        self.run.commit(
            f"{self.operation}.unknown",
            lambda session: self._set(session, keys, state="unknown"),
        )

    def _put_back(self, keys: Sequence[str]) -> None:
        self.run.commit(
            f"{self.operation}.not-sent",
            lambda session: self._set(session, keys, state="planned", sent_at=None),
            last=True,
        )

    def _note(self, results: Sequence[Result], keys: Sequence[str], *, last: bool = False) -> None:
        answered = [result for result in results if result.key in keys]
        silent = set(keys) - {result.key for result in answered}

        def keep(session: Session) -> None:
            for result in answered:
                self._set(
                    session,
                    [result.key],
                    state="done" if result.done else "refused",
                    reference=result.reference[:120],
                    code=result.code[:80],
                    reason=result.text.stored() if result.text else None,
                )
            self._set(session, sorted(silent), state="unknown", reason=UNANSWERED.stored())
            self.kept(session, answered, self.wishes)

        self.run.commit(f"{self.operation}.noted", keep, last=last)

    def _set(self, session: Session, keys: Sequence[str], only: str = "", **values: Any) -> int:
        """Change our effects of these items (those in state `only`); returns how many."""
        table: Any = Effect.__table__
        by_revision: dict[int, list[str]] = {}
        for key in keys:
            by_revision.setdefault(self.wishes[key].revision, []).append(key)
        changed = 0
        for revision, items in by_revision.items():
            for some in store.in_chunks(items):
                done = session.execute(
                    store.update_in(table)
                    .where(
                        table.c.channel_id == self.run.channel.id,
                        table.c.operation == self.operation,
                        table.c.command_id == self.run.command.id,
                        table.c.revision == revision,
                        table.c.item.in_(some),
                        *([table.c.state == only] if only else []),
                    )
                    .values(changed_at=clock.now(), **values)
                )
                changed += done.rowcount  # type: ignore[attr-defined]
        return changed

    # -- reading back -------------------------------------------------------------------------

    def read_back(self) -> None:
        unknown = self._mine("unknown")
        if not unknown:
            return
        if self.write.repeat is Repeat.HARMLESS:
            if any(effect.attempt >= TRIES for effect in unknown):
                raise Review(UNCLEAR)
            self._resend(unknown)
            return
        if self.write.repeat is Repeat.ONCE or self.write.readback is None:
            raise Review(UNCLEAR)
        verdicts: Mapping[str, Verdict] = self.run.call(
            f"{self.operation}.readback",
            self.write.readback,
            [_sent(effect) for effect in unknown],
        )
        self._judge(unknown, verdicts)

    def _resend(self, effects: Sequence[Effect]) -> None:
        def keep(session: Session) -> None:
            for effect in effects:
                self._again(session.merge(effect), self.wishes[effect.item])

        self.run.commit(f"{self.operation}.again", keep)

    def _judge(self, effects: Sequence[Effect], verdicts: Mapping[str, Verdict]) -> None:
        now = clock.now()
        results: list[Result] = []
        unclear: list[tuple[str, Text]] = []
        again: list[Effect] = []
        looked: list[str] = []
        for effect in effects:
            verdict = verdicts.get(effect.item, Unclear())
            if isinstance(verdict, Done):
                results.append(Result(effect.item, reference=verdict.reference))
            elif isinstance(verdict, Unclear):
                unclear.append((effect.item, verdict.text or UNCLEAR))
            elif self._seen_absent(effect, now) and effect.attempt >= TRIES:
                unclear.append((effect.item, UNCLEAR))
            elif self._seen_absent(effect, now):
                again.append(effect)
            elif now >= _settled(effect, self.write) and effect.looks == 0:
                looked.append(effect.item)

        def keep(session: Session) -> None:
            for result in results:
                self._set(session, [result.key], state="done", reference=result.reference[:120])
            for item, text in unclear:
                self._set(session, [item], reason=text.stored())
            self._set(session, looked, looks=1, looked_at=now)
            for effect in again:
                self._again(session.merge(effect), self.wishes[effect.item])
            self.kept(session, results, self.wishes)

        self.run.commit(f"{self.operation}.readback", keep, got_on=bool(results or again or looked))
        if unclear:
            raise Review(unclear[0][1])

    def _seen_absent(self, effect: Effect, now: datetime) -> bool:
        """True at the second look that finds nothing, half of `settles_after` after the first."""
        if effect.looks == 0 or effect.looked_at is None:
            return False
        return now - effect.looked_at >= _settles(self.write) / 2

    def settle(self, tally: Tally) -> None:
        """Tell what came of everything, or come back later for what is still unknown."""
        unknown = self._mine("unknown")
        if unknown:
            raise Later(max(0.05, min(self._wait(effect) for effect in unknown)))
        with store.read() as session:
            for effect in self._stored(session):
                if effect.command_id != self.run.command.id:
                    continue
                if effect.state == "done" and effect.item not in tally.done:
                    tally.done.append(effect.item)
                elif effect.state == "refused":
                    tally.refused[effect.item] = _text(effect.reason)

    def _wait(self, effect: Effect) -> float:
        now = clock.now()
        if effect.looks and effect.looked_at is not None:
            due = effect.looked_at + _settles(self.write) / 2
        else:
            due = _settled(effect, self.write)
        return (due - now).total_seconds()


def _settles(write: Write) -> timedelta:
    chosen = settings.current().settle_s
    return write.settles_after if chosen is None else timedelta(seconds=chosen)


def _settled(effect: Effect, write: Write) -> datetime:
    return (effect.sent_at or effect.changed_at) + _settles(write)


def _item(effect: Effect) -> Item:
    return Item(effect.item, _values(effect))


def _sent(effect: Effect) -> Sent:
    before: list[str] = []
    if effect.before is not None:
        before = vault.unseal_json("effect", "before", effect.id, effect.before)
    return Sent(effect.item, _values(effect), effect.sent_at or effect.changed_at, before)


def _values(effect: Effect) -> dict[str, Any]:
    if effect.values is None:
        return {}
    return dict(vault.unseal_json("effect", "values", effect.id, effect.values))


def _text(value: Mapping[str, Any] | None) -> Text:
    return Text.of(value) if value else UNCLEAR
