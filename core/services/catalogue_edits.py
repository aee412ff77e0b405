"""What is changed in the list itself: many SKUs at once, each kept or refused alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, store
from core.contracts.text import Text
from core.fields import clean
from core.models import AuditEntry, Sku, StockMove
from core.services import audit, catalogue, publishing, sellable, sku_fields, stock
from core.services.audit import Actor
from core.services.stock import Move, Why

IN_LIST = ("price", "buffer", "on_sale", "displayed", "on_hand")
"""What the list itself lets a person change."""

RECENT = 50
"""So many entries of the log are looked through for a press that is taken back."""

FRESH = timedelta(minutes=10)
"""So long a press can be taken back where it was made; later on the stock is counted anew."""

_SKU: Any = Sku.__table__
_MOVE: Any = StockMove.__table__

GONE = Text("없는 상품입니다.", "There is no such SKU.")
PUT_AWAY = Text("보관된 상품입니다. 먼저 다시 꺼내 주세요.", "It is archived. Revive it first.")


@dataclass(frozen=True)
class Edit:
    """What was typed in one row of the list: `was` as the page showed it, `raw` as it came back."""

    sku_id: str
    revision: int
    was: Mapping[str, str]
    raw: Mapping[str, str]

    @property
    def touched(self) -> list[str]:
        """The fields that somebody changed."""
        return [name for name in IN_LIST if self.was.get(name, "") != self.raw.get(name, "")]


@dataclass
class Edited:
    """What came of edits: how many were kept, and reasons by SKU and field for the others."""

    kept: int = 0
    problems: dict[str, dict[str, Text]] = field(default_factory=dict)


_EDITED = {
    item.name: item
    for item in (
        sku_fields.PRICE,
        sku_fields.BUFFER,
        sku_fields.ON_SALE,
        sku_fields.DISPLAYED,
        sku_fields.ON_HAND,
    )
}


def change_many(edits: Sequence[Edit], actor: Actor, *, key: str) -> Edited:
    """Keep what was changed in the list, row by row: a wrong one stops no other.

    `key` is the mark of the press: pressing twice moves stock once.
    """
    done = Edited()
    touched = [edit for edit in edits if edit.touched]
    published: list[str] = []
    moves: list[Move] = []
    changed: list[str] = []
    with store.write() as session:
        sellable.alone(session)
        skus = _held(session, [edit.sku_id for edit in touched])
        for edit in touched:
            sku = skus.get(edit.sku_id)
            values, problems = _checked(edit, sku)
            if sku is None or problems:
                done.problems[edit.sku_id] = problems
                continue
            pieces = values.pop("on_hand", None)
            if catalogue.PUBLISHED.intersection(catalogue.update(session, sku, values)):
                published.append(sku.id)
            if pieces is not None:
                moves.append(_counted(sku, pieces, actor, key))
            done.kept += 1
            changed.append(sku.id)
        stock.move_all(session, moves)
        publishing.refresh(session, sku_ids=published)
        if changed:
            pressed = {"press": key} if moves else {}
            audit.record(session, "sku.change", actor=actor, subjects=changed[:50], detail=pressed)
    return done


# -- taken back ------------------------------------------------------------------------------------


def moved(session: Session, key: str) -> list[Any]:
    """The movements of stock that a press in the list made and that can be taken back: those of
    SKUs of which at least as many pieces are there."""
    newest = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(RECENT)
    newest = newest.where(AuditEntry.at >= clock.now() - FRESH)
    entries = session.scalars(newest) if key else ()
    entry = next((one for one in entries if one.detail.get("press") == key), None)
    if entry is None:
        return []
    columns = (_MOVE.c.sku_id, _MOVE.c.key, _MOVE.c.on_hand)
    query = store.select_in(_MOVE, *columns).where(_MOVE.c.key.in_((f"{key}:list", f"{key}:back")))
    rows = store.rows_among(session, query, _MOVE.c.sku_id, entry.subjects)
    back = {row.sku_id for row in rows if row.key == f"{key}:back"}
    asked = store.select_in(_SKU, _SKU.c.id, _SKU.c.on_hand)
    there = {
        row.id: row.on_hand for row in store.rows_among(session, asked, _SKU.c.id, entry.subjects)
    }
    return [row for row in rows if row.sku_id not in back and there[row.sku_id] >= row.on_hand]


def take_back(key: str, actor: Actor) -> int:
    """Take back what a press in the list did to the stock, by as many pieces: what was sold or
    came in since stays. Once per `key`; returns of how many SKUs."""
    with store.write() as session:
        sellable.alone(session)
        found = moved(session, key)
        back = [
            Move(
                sku_id=row.sku_id,
                why=Why.CORRECTION,
                key=f"{key}:back",
                who=actor.name,
                on_hand=-row.on_hand,
            )
            for row in found
        ]
        stock.move_all(session, back)
        if back:
            subjects = [row.sku_id for row in found]
            audit.record(session, "sku.take_back", actor=actor, subjects=subjects)
    return len(back)


# -- one row ---------------------------------------------------------------------------------------


def _held(session: Session, sku_ids: Sequence[str]) -> dict[str, Sku]:
    """SKUs whose rows are the caller's until its transaction ends."""
    query = select(Sku).where(Sku.id.in_(sku_ids)).order_by(Sku.id)
    return {sku.id: sku for sku in session.scalars(query.with_for_update(key_share=True))}


def _checked(edit: Edit, sku: Sku | None) -> tuple[dict[str, Any], dict[str, Text]]:
    """The values of an edit, or why they cannot be kept."""
    if sku is None:
        return {}, {"": GONE}
    if sku.archived_at is not None:
        return {}, {"": PUT_AWAY}
    cleaned = clean([_EDITED[name] for name in edit.touched], edit.raw)
    problems = dict(cleaned.problems)
    if edit.touched != ["on_hand"] and sku.revision != edit.revision:
        problems[""] = catalogue.CHANGED_BY_OTHERS
    pieces = cleaned.values.get("on_hand")
    seen = edit.was.get("on_hand", "").replace(",", "")
    if pieces is not None and str(sku.on_hand) != seen and sku.on_hand != pieces:
        problems["on_hand"] = catalogue.MOVED.format(now=f"{sku.on_hand:,}")
    return {name: cleaned.values.get(name) for name in edit.touched}, problems


def _counted(sku: Sku, pieces: int, actor: Actor, key: str) -> Move:
    return Move(
        sku_id=sku.id,
        why=Why.MANUAL,
        key=f"{key}:list",
        who=actor.name,
        on_hand=pieces - sku.on_hand,
    )
