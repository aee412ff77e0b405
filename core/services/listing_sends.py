"""Changes of listings sent to their marketplace, each in the version that was wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from core import clock, registry, store
from core.contracts.text import Text
from core.contracts.write import Result, Write
from core.errors import ContractError
from core.ledger.effect_rows import Wish
from core.ledger.effects import Tally, carry_out, settles
from core.ledger.run import Run
from core.ledger.signals import Later
from core.models import Command, Effect, ListingPush
from core.services import listing_edits, listings, push_rows
from core.services.kind_names import LISTING_WRITES

OVERTAKEN = Text(
    "보내기 전에 다른 변경이 더해져 보내지 않았습니다.",
    "Not sent: another change was asked for before.",
)

_PUSH: Any = ListingPush.__table__
_EFFECT: Any = Effect.__table__
_COMMAND: Any = Command.__table__


def edit(run: Run) -> None:
    """Send the payload's changes, each exactly in the version that it was wanted in.

    They wait as long as an older write of the same may still arrive after them. One that something
    newer was wanted of meanwhile, or that is gone or follows its SKUs by now, is not sent; what
    was sent before is settled.
    """
    sending = _Sending(run, run.payload["what"], run.payload["changes"])
    sending.choose()
    operation, write = LISTING_WRITES[sending.what], _write_of(run, sending.what)
    if (wait := sending.settled_in(write)) > 0:
        raise Later(wait)
    tally = carry_out(run, operation, write, list(sending.wishes.values()), sending.kept)
    run.commit("listings.settled", lambda session: sending.settle(session, tally), last=True)
    run.result = sending.result(tally)


@dataclass
class _Sending:
    """`changes` are {version, values} by listing; `ids` those that are sent, by product number."""

    run: Run
    what: str
    changes: Mapping[str, Mapping[str, Any]]
    ids: dict[str, str] = field(default_factory=dict)
    wishes: dict[str, Wish] = field(default_factory=dict)
    skipped: dict[str, tuple[str, Text]] = field(default_factory=dict)

    def choose(self) -> None:
        """Take what still counts, and what was sent already; leave out the rest with why."""
        with store.read() as session:
            rows = listings.by_id(session, list(self.changes))
            sent = _sent_items(session, self.run, LISTING_WRITES[self.what])
            newest = _versions(session, list(self.changes), self.what)
        for row_id, told in self.changes.items():
            listing = rows.get(row_id)
            if listing is None:
                continue
            reason = listing_edits.cannot(self.what, listing, self.run.channel)
            moved = listing.channel_id != self.run.channel.id
            if moved or newest.get(row_id) != told["version"]:
                reason = OVERTAKEN
            if reason is not None and listing.product_no not in sent:
                self.skipped[listing.product_no] = (row_id, reason)
                continue
            self.ids[listing.product_no] = row_id
            self.wishes[listing.product_no] = Wish(
                item=listing.product_no,
                revision=told["version"],
                values=told["values"],
                known_since=self.run.command.created_at,
            )

    def settled_in(self, write: Write) -> float:
        """In how many seconds no older write of these can arrive any more: one whose answer was
        lost, or that a push took the place of when it was in doubt."""
        sent = store.select_in(_EFFECT).where(
            _EFFECT.c.channel_id == self.run.channel.id,
            _EFFECT.c.operation == LISTING_WRITES[self.what],
            _EFFECT.c.state.in_(("sending", "unknown")),
        )
        doubts = store.select_in(_PUSH, _PUSH.c.doubt_at).where(
            _PUSH.c.what == self.what, _PUSH.c.doubt_at.is_not(None)
        )
        with store.read() as session:
            until = [
                (effect.sent_at or effect.changed_at) + settles(write)
                for effect in store.rows_among(session, sent, _EFFECT.c.item, self.wishes)
                if effect.revision < self.wishes[effect.item].revision
            ]
            rows = store.rows_among(session, doubts, _PUSH.c.listing_id, self.ids.values())
        until += [row.doubt_at for row in rows]
        now = clock.now()
        return max(((at - now).total_seconds() for at in until), default=0.0)

    def kept(self, session: Session, results: Sequence[Result], wishes: Mapping[str, Wish]) -> None:
        """Store what the marketplace said of some."""
        self._keep(session, results, self.ids, wishes)
        refused = sum(not result.done for result in results)
        self.run.counts["refused"] = self.run.counts.get("refused", 0) + refused
        session.execute(
            store.update_in(_COMMAND)
            .where(_COMMAND.c.id == self.run.command.id)
            .values(progress_done=_COMMAND.c.progress_done + len(results))
        )

    def settle(self, session: Session, tally: Tally) -> None:
        """Store what is left: what a person said of a lost answer, and what was not sent."""
        accepted = _versions(session, list(self.changes), self.what, "done_version")
        late = [
            Result(item)
            for item in (*tally.done, *tally.already)
            if accepted.get(self.ids[item], 0) < self.wishes[item].revision
        ]
        self._keep(session, late, self.ids, self.wishes)
        left = [Result(item, reason) for item, (_, reason) in self.skipped.items()]
        ids = {item: row_id for item, (row_id, _) in self.skipped.items()}
        versions = {
            item: Wish(item=item, revision=self.changes[row_id]["version"])
            for item, row_id in ids.items()
        }
        self._keep(session, left, ids, versions)

    def _keep(
        self,
        session: Session,
        results: Sequence[Result],
        ids: Mapping[str, str],
        wishes: Mapping[str, Wish],
    ) -> None:
        """Note what came of wanted versions, and tell it in the listings' histories."""
        push_rows.keep(session, self.what, results, wishes, ids)
        command = self.run.command
        for result in results:
            wish = wishes[result.key]
            detail: dict[str, Any] = {"what": self.what, "command": command.id}
            kind, key = "edited", f"{self.what}:{wish.revision}"
            if result.text is None:
                detail["values"] = dict(wish.values)
            else:
                kind, key = "edit_refused", f"{key}:{command.id}"
                detail |= {**result.text.stored(), "code": result.code}
            listings.note(session, [ids[result.key]], kind, command.created_by, key, detail)

    def result(self, tally: Tally) -> dict[str, Any]:
        """What the command tells in the end, with the reason beside each that was not done."""
        reasons = {self.ids[item]: text for item, text in tally.refused.items()}
        reasons |= dict(self.skipped.values())
        return {
            "asked": len(self.changes),
            "done": len(tally.done),
            "already": len(tally.already),
            "busy": len(tally.busy),
            "refused": len(tally.refused),
            "changed": len(self.skipped),
            "reasons": [{"listing": row_id, **text.stored()} for row_id, text in reasons.items()],
        }


def _write_of(run: Run, what: str) -> Write:
    sync = registry.current().products.get(run.channel.marketplace)
    write = getattr(sync, what) if sync is not None else None
    if write is None:
        raise ContractError(detail=f"{run.channel.marketplace} declares no write of {what}")
    return write  # type: ignore[no-any-return]


def _sent_items(session: Session, run: Run, operation: str) -> set[str]:
    """What this command has sent already, whatever came of it."""
    query = store.select_in(_EFFECT, _EFFECT.c.item).where(
        _EFFECT.c.command_id == run.command.id,
        _EFFECT.c.operation == operation,
        _EFFECT.c.state != "planned",
    )
    return set(session.scalars(query))


def _versions(
    session: Session, ids: Sequence[str], what: str, which: str = "version"
) -> dict[str, int]:
    query = store.select_in(_PUSH, _PUSH.c.listing_id, _PUSH.c[which].label("number"))
    query = query.where(_PUSH.c.what == what)
    found = store.rows_among(session, query, _PUSH.c.listing_id, ids)
    return {row.listing_id: row.number for row in found}
