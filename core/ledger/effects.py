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

from sqlalchemy.orm import Session

from core import clock, settings, store
from core.contracts.text import Text
from core.contracts.write import Done, Item, Repeat, Result, Unclear, Verdict, Write
from core.errors import ContractError, MarketplaceError, OutcomeUnknown, Rejected
from core.ledger.budget import OutOfBudget
from core.ledger.effect_rows import Rows, Wish, item_of, sent_of
from core.ledger.run import Run
from core.ledger.signals import Cancelled, GiveWay, Later, Review
from core.models import Effect

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


@dataclass
class Tally:
    """What came of the wishes of a command, by item."""

    done: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    refused: dict[str, Text] = field(default_factory=dict)


Kept = Callable[[Session, Sequence[Result], Mapping[str, Wish]], object]


def carry_out(
    run: Run,
    operation: str,
    write: Write,
    wishes: Sequence[Wish],
    kept: Kept,
    *,
    unclear: Text | None = None,
) -> Tally:
    """Bring every wish to an end, or raise Later or Review; may be called again and again.

    `kept(session, results, wishes)` stores what the marketplace accepted or refused, in the
    transaction that notes it on the effect. With `unclear` nobody is asked about what cannot be
    told: it counts as refused, for that reason where reading back gave none.
    """
    wished = {wish.item: wish for wish in wishes}
    work = _Work(run, operation, write, wished, kept, Rows(run, operation, wished), unclear)
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
    rows: Rows
    unclear: Text | None

    def plan(self) -> Tally:
        tally = Tally()

        def keep(session: Session) -> None:
            found = {effect.item: effect for effect in self.rows.stored(session)}
            others = self.rows.live_owners(session, found.values())
            busy = {
                self._unit(effect.item)
                for effect in found.values()
                if effect.command_id in others and effect.state != "done"
            }
            for wish in self.wishes.values():
                self._plan_one(session, wish, found.get(wish.item), busy, tally)

        self.run.commit(f"{self.operation}.plan", keep, got_on=False)
        return tally

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
                session.add(self.rows.fresh(wish, doubtful=self._doubtful(wish)))
        elif effect.state == "refused" and effect.command_id == mine:
            tally.refused[wish.item] = _text(effect.reason)
        elif effect.state == "refused":
            if not self.run.cancelling:
                self.rows.plan_again(effect)
                effect.command_id = mine
        else:
            effect.command_id = mine
            if effect.state == "sending":
                effect.state = "unknown"
            effect.changed_at = clock.now()

    def _doubtful(self, wish: Wish) -> bool:
        """Whether it may have been done after the backup that was restored."""
        restored = (self.run.channel.note or {}).get("restored_at")
        return (
            restored is not None
            and self.write.repeat is not Repeat.HARMLESS
            and wish.known_since is not None
            and wish.known_since < datetime.fromisoformat(restored)
        )

    def _unit(self, item: str) -> str:
        """What one call touches together with this item."""
        return self.wishes[item].unit or item

    # -- sending ------------------------------------------------------------------------------

    def send(self) -> None:
        if self.run.cancelling:
            return
        doubtful = {self._unit(effect.item) for effect in self.rows.in_state("unknown")}
        items = [item_of(effect) for effect in self.rows.in_state("planned")]
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
            marked = self.rows.change(
                session, keys, only="planned", state="sending", sent_at=clock.now()
            )
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
            lambda session: self.rows.change(session, keys, state="unknown"),
        )

    def _put_back(self, keys: Sequence[str]) -> None:
        self.run.commit(
            f"{self.operation}.not-sent",
            lambda session: self.rows.change(session, keys, state="planned", sent_at=None),
            last=True,
        )

    def _note(self, results: Sequence[Result], keys: Sequence[str], *, last: bool = False) -> None:
        answered = [result for result in results if result.key in keys]
        silent = set(keys) - {result.key for result in answered}

        def keep(session: Session) -> None:
            for result in answered:
                self.rows.change(
                    session,
                    [result.key],
                    state="done" if result.done else "refused",
                    reference=result.reference[:120],
                    code=result.code[:80],
                    reason=result.text.stored() if result.text else None,
                )
            self.rows.change(session, sorted(silent), state="unknown", reason=UNANSWERED.stored())
            self.kept(session, answered, self.wishes)

        self.run.commit(f"{self.operation}.noted", keep, last=last)

    # -- reading back -------------------------------------------------------------------------

    def read_back(self) -> None:
        unknown = self.rows.in_state("unknown")
        if not unknown:
            return
        if self.write.repeat is Repeat.HARMLESS:
            self._give_up([effect for effect in unknown if effect.attempt >= TRIES])
            self._resend([effect for effect in unknown if effect.attempt < TRIES])
            return
        if self.write.repeat is Repeat.ONCE or self.write.readback is None:
            self._give_up(unknown)
            return
        verdicts: Mapping[str, Verdict] = self.run.call(
            f"{self.operation}.readback",
            self.write.readback,
            [sent_of(effect) for effect in unknown],
        )
        self._judge(unknown, verdicts)

    def _give_up(self, effects: Sequence[Effect]) -> None:
        """Nothing can tell what became of these."""
        if not effects:
            return
        if self.unclear is None:
            raise Review(UNCLEAR)
        results = [Result(effect.item, self.unclear, "unclear") for effect in effects]
        self._note(results, [effect.item for effect in effects])

    def _resend(self, effects: Sequence[Effect]) -> None:
        if not effects:
            return

        def keep(session: Session) -> None:
            for effect in effects:
                self.rows.plan_again(session.merge(effect))

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
                unclear.append((effect.item, verdict.text or self.unclear or UNCLEAR))
            elif self._seen_absent(effect, now) and effect.attempt >= TRIES:
                unclear.append((effect.item, self.unclear or UNCLEAR))
            elif self._seen_absent(effect, now):
                again.append(effect)
            elif now >= _settled(effect, self.write) and effect.looks == 0:
                looked.append(effect.item)

        refused = [] if self.unclear is None else [Result(*told, "unclear") for told in unclear]

        def keep(session: Session) -> None:
            for result in results:
                self.rows.change(
                    session, [result.key], state="done", reference=result.reference[:120]
                )
            for item, text in unclear:
                ended: dict[str, Any] = {"state": "refused", "code": "unclear"} if refused else {}
                self.rows.change(session, [item], reason=text.stored(), **ended)
            self.rows.change(session, looked, looks=1, looked_at=now)
            for effect in again:
                self.rows.plan_again(session.merge(effect))
            self.kept(session, results + refused, self.wishes)

        got_on = bool(results or refused or again or looked)
        self.run.commit(f"{self.operation}.readback", keep, got_on=got_on)
        if unclear and not refused:
            raise Review(unclear[0][1])

    def _seen_absent(self, effect: Effect, now: datetime) -> bool:
        """True at the second look that finds nothing, half of `settles_after` after the first."""
        if effect.looks == 0 or effect.looked_at is None:
            return False
        return now - effect.looked_at >= settles(self.write) / 2

    def settle(self, tally: Tally) -> None:
        """Tell what came of everything, or come back later for what is still unknown."""
        unknown = self.rows.in_state("unknown")
        if unknown:
            raise Later(max(0.05, min(self._wait(effect) for effect in unknown)))
        with store.read() as session:
            for effect in self.rows.stored(session):
                if effect.command_id != self.run.command.id:
                    continue
                if effect.state == "done" and effect.item not in tally.done:
                    tally.done.append(effect.item)
                elif effect.state == "refused":
                    tally.refused[effect.item] = _text(effect.reason)

    def _wait(self, effect: Effect) -> float:
        now = clock.now()
        if effect.looks and effect.looked_at is not None:
            due = effect.looked_at + settles(self.write) / 2
        else:
            due = _settled(effect, self.write)
        return (due - now).total_seconds()


def settles(write: Write) -> timedelta:
    """How long after a write was sent it may still arrive."""
    chosen = settings.current().settle_s
    return write.settles_after if chosen is None else timedelta(seconds=chosen)


def _settled(effect: Effect, write: Write) -> datetime:
    return (effect.sent_at or effect.changed_at) + settles(write)


def _text(value: Mapping[str, Any] | None) -> Text:
    return Text.of(value) if value else UNCLEAR
