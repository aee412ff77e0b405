"""The rows of effects: found, made and changed for the wishes of one command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, store, vault
from core.contracts.write import Item, Sent
from core.ledger.run import Run
from core.models import Command, Effect, new_id
from core.models.work import LIVE

_EFFECT: Any = Effect.__table__


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


@dataclass(frozen=True)
class Rows:
    """The effects of a command's wishes: at most one row for each, whoever planned it."""

    run: Run
    operation: str
    wishes: Mapping[str, Wish]

    def stored(self, session: Session) -> list[Effect]:
        """Every row that there is for a wish, of this command or of another."""
        found = session.scalars(
            select(Effect).where(
                Effect.channel_id == self.run.channel.id,
                Effect.operation == self.operation,
                store.among(_EFFECT.c.item, self.wishes),
            )
        )
        return [effect for effect in found if self._wished(effect)]

    def in_state(self, state: str) -> list[Effect]:
        """The rows of this command in a state."""
        with store.read() as session:
            found = session.scalars(
                select(Effect).where(
                    Effect.command_id == self.run.command.id,
                    Effect.operation == self.operation,
                    Effect.state == state,
                )
            ).all()
        return [effect for effect in found if self._wished(effect)]

    def live_owners(self, session: Session, effects: Iterable[Effect]) -> set[str]:
        """The other commands that own some of these effects and have not ended."""
        owners = {effect.command_id for effect in effects} - {self.run.command.id}
        if not owners:
            return set()
        rows = session.scalars(
            select(Command.id).where(Command.id.in_(owners), Command.state.in_(LIVE))
        )
        return set(rows)

    def fresh(self, wish: Wish, *, doubtful: bool) -> Effect:
        """A row for a wish that has none: planned, or unknown where it may be done already."""
        row_id, now = new_id(), clock.now()
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

    def plan_again(self, effect: Effect) -> None:
        """Plan the same row once more, with the values of its wish."""
        wish = self.wishes[effect.item]
        effect.state, effect.attempt = "planned", effect.attempt + 1
        effect.looks, effect.looked_at, effect.reason, effect.code = 0, None, None, ""
        effect.values = vault.seal_json("effect", "values", effect.id, dict(wish.values))
        effect.changed_at = clock.now()

    def change(self, session: Session, keys: Sequence[str], only: str = "", **values: Any) -> int:
        """Change this command's rows of these items (those in state `only`); returns how many."""
        by_revision: dict[int, list[str]] = {}
        for key in keys:
            by_revision.setdefault(self.wishes[key].revision, []).append(key)
        changed = 0
        for revision, items in by_revision.items():
            done = session.execute(
                store.update_in(_EFFECT)
                .where(
                    _EFFECT.c.channel_id == self.run.channel.id,
                    _EFFECT.c.operation == self.operation,
                    _EFFECT.c.command_id == self.run.command.id,
                    _EFFECT.c.revision == revision,
                    store.among(_EFFECT.c.item, items),
                    *([_EFFECT.c.state == only] if only else []),
                )
                .values(changed_at=clock.now(), **values)
            )
            changed += done.rowcount  # type: ignore[attr-defined]
        return changed

    def _wished(self, effect: Effect) -> bool:
        wish = self.wishes.get(effect.item)
        return wish is not None and wish.revision == effect.revision


def item_of(effect: Effect) -> Item:
    """The effect as `send` gets it."""
    return Item(effect.item, _values(effect))


def sent_of(effect: Effect) -> Sent:
    """The effect as `readback` gets it."""
    before: list[str] = []
    if effect.before is not None:
        before = vault.unseal_json("effect", "before", effect.id, effect.before)
    return Sent(effect.item, _values(effect), effect.sent_at or effect.changed_at, before)


def _values(effect: Effect) -> dict[str, Any]:
    if effect.values is None:
        return {}
    return dict(vault.unseal_json("effect", "values", effect.id, effect.values))
