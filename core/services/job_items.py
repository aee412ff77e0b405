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
from core.services import board, listings
from core.services.job_words import text_of
from core.services.kind_names import CONFIRM, EXTEND, LISTINGS_EDIT, PUSH


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
    """One thing that a command writes. `line_id` where it is a line, `listing_id` a listing.

    `state`: done, refused, unknown, sending, planned, or `left` (we did not send it).
    """

    item: str
    state: str
    text: Text | None = None
    code: str = ""
    attempt: int = 0
    effect_id: str = ""
    line_id: str = ""
    listing_id: str = ""
    label: str = ""
    product: str = ""


def done(session: Session, command: Command, limit: int = 50) -> list[Item]:
    """What of a command's items was done, the first `limit` by item."""
    if command.kind not in (CONFIRM, LISTINGS_EDIT, EXTEND) or not command.channel_id:
        return []
    effects = session.scalars(
        select(Effect)
        .where(Effect.command_id == command.id, Effect.state == "done")
        .order_by(Effect.item)
        .limit(limit)
    ).all()
    named = _named(session, command, [effect.item for effect in effects])
    return [_of_effect(effect, named.get(effect.item, {})) for effect in effects]


def items(session: Session, command: Command, limit: int = 200) -> list[Item]:
    """What of a command is refused, unknown or was not sent, with the reason; the first `limit`."""
    effects: Sequence[Effect] = session.scalars(
        select(Effect)
        .where(Effect.command_id == command.id, Effect.state != "done")
        .order_by(Effect.state.desc(), Effect.item)
        .limit(limit)
    ).all()
    named = _named(session, command, [effect.item for effect in effects])
    found = [_of_effect(effect, named.get(effect.item, {})) for effect in effects]
    seen = {item.line_id or item.listing_id for item in found}
    told = (command.result or {}).get("reasons", [])
    reasons = [reason for reason in told if _row_of(reason) not in seen]
    return found + _of_reasons(session, reasons[: max(0, limit - len(found))])


Named = Mapping[str, Any]
"""What names an item: some of the fields of Item."""


def _named(session: Session, command: Command, keys: Sequence[str]) -> dict[str, Named]:
    """What the items of a command are, by key."""
    if command.kind == CONFIRM and command.channel_id:
        lines = board.by_key(session, command.channel_id, keys)
        return {key: _of_line(line) for key, line in lines.items()}
    if command.kind in (LISTINGS_EDIT, EXTEND, PUSH) and command.channel_id:
        rows = listings.by_number(session, command.channel_id, keys)
        return {key: _of_listing(row) for key, row in rows.items()}
    return {}


def _of_line(line: Any) -> Named:
    return {"line_id": line.id, "label": line.order_no, "product": line.product_name}


def _of_listing(row: Any) -> Named:
    return {"listing_id": row.id, "label": row.name or row.product_no, "product": row.product_no}


def _of_effect(effect: Effect, named: Named) -> Item:
    return Item(
        item=effect.item,
        state=effect.state,
        text=text_of(effect.reason),
        code=effect.code,
        attempt=effect.attempt,
        effect_id=effect.id,
        **named,
    )


def _row_of(reason: Mapping[str, Any]) -> str:
    """The id of the line or the listing that a reason is about."""
    return str(reason.get("line") or reason.get("listing"))


def _of_reasons(session: Session, reasons: Sequence[Mapping[str, Any]]) -> list[Item]:
    lines = board.by_id(session, [one["line"] for one in reasons if "line" in one])
    rows = listings.by_id(session, [one["listing"] for one in reasons if "listing" in one])
    found = []
    for reason in reasons:
        line, row = lines.get(reason.get("line", "")), rows.get(reason.get("listing", ""))
        named = _of_line(line) if line else _of_listing(row) if row else {}
        item = line.line_no if line else row.product_no if row else _row_of(reason)
        found.append(Item(item=item, state="left", text=Text.of(reason), **named))
    return found


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
