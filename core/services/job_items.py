"""What a command did, item by item, and the calls behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from core import vault
from core.contracts.text import Text
from core.models import Command, Effect, JournalEntry
from core.services import board
from core.services.job_words import text_of
from core.services.kind_names import CONFIRM


def unknown_of(command_id: str) -> Any:
    """SELECT the effects of a command whose outcome is not known."""
    return (
        select(Effect)
        .where(Effect.command_id == command_id, Effect.state.in_(("unknown", "sending")))
        .order_by(Effect.item)
    )


def undecided(session: Session, command_id: str) -> list[Effect]:
    """The effects that a person has to decide about.

    Where reading back gave reasons, those; what is unknown beside them is read back again.
    """
    unknown = list(session.scalars(unknown_of(command_id)))
    return [effect for effect in unknown if effect.reason] or unknown


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that a command writes. `line_id` and `product` where it is a line.

    `state`: done, refused, unknown, sending, planned, or `left` (we did not send it).
    """

    item: str
    state: str
    text: Text | None = None
    code: str = ""
    attempt: int = 0
    effect_id: str = ""
    line_id: str = ""
    label: str = ""
    product: str = ""


def done(session: Session, command: Command, limit: int = 50) -> list[Item]:
    """What of a confirm was done, the first `limit` by item."""
    if command.kind != CONFIRM or not command.channel_id:
        return []
    effects = session.scalars(
        select(Effect)
        .where(Effect.command_id == command.id, Effect.state == "done")
        .order_by(Effect.item)
        .limit(limit)
    ).all()
    rows = board.by_key(session, command.channel_id, [effect.item for effect in effects])
    return [_of_effect(effect, rows.get(effect.item)) for effect in effects]


def items(session: Session, command: Command, limit: int = 200) -> list[Item]:
    """What of a command is refused, unknown or was not sent, with the reason; the first `limit`."""
    effects: Sequence[Effect] = session.scalars(
        select(Effect)
        .where(Effect.command_id == command.id, Effect.state != "done")
        .order_by(Effect.state.desc(), Effect.item)
        .limit(limit)
    ).all()
    rows: dict[str, Any] = {}
    if command.kind == CONFIRM and command.channel_id:
        rows = board.by_key(session, command.channel_id, [effect.item for effect in effects])
    found = [_of_effect(effect, rows.get(effect.item)) for effect in effects]
    seen = {item.line_id for item in found}
    reasons = [
        reason for reason in (command.result or {}).get("reasons", []) if reason["line"] not in seen
    ][: max(0, limit - len(found))]
    named = board.by_id(session, [reason["line"] for reason in reasons])
    return found + [_of_reason(reason, named.get(reason["line"])) for reason in reasons]


def _of_effect(effect: Effect, line: Any) -> Item:
    return Item(
        item=effect.item,
        state=effect.state,
        text=text_of(effect.reason),
        code=effect.code,
        attempt=effect.attempt,
        effect_id=effect.id,
        line_id=line.id if line else "",
        label=line.order_no if line else "",
        product=line.product_name if line else "",
    )


def _of_reason(reason: Mapping[str, Any], line: Any) -> Item:
    return Item(
        item=line.line_no if line else reason["line"],
        state="left",
        text=Text.of(reason),
        line_id=line.id if line else "",
        label=line.order_no if line else "",
        product=line.product_name if line else "",
    )


# -- the call journal ------------------------------------------------------------------------------


def calls(
    session: Session,
    command_id: str,
    *,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[JournalEntry]:
    """The calls behind a command, the newest first, those before (at, id)."""
    query = select(JournalEntry).where(JournalEntry.command_id == command_id)
    if before is not None:
        at, key = before
        query = query.where(
            or_(JournalEntry.at < at, and_(JournalEntry.at == at, JournalEntry.id < key))
        )
    newest = query.order_by(JournalEntry.at.desc(), JournalEntry.id.desc()).limit(limit)
    return list(session.scalars(newest))


def body_of(entry: JournalEntry) -> dict[str, str] | None:
    """What was sent and what came back, as it was masked; None when it has been pruned."""
    if entry.body is None:
        return None
    return dict(vault.unseal_json("journal_entry", "body", entry.id, entry.body))
