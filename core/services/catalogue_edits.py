"""What is changed in the list itself: many SKUs at once, each kept or refused alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import store
from core.contracts.text import Text
from core.fields import clean
from core.models import Sku
from core.services import audit, catalogue, sku_fields, stock
from core.services.audit import Actor
from core.services.stock import Why

IN_LIST = ("price", "buffer", "on_sale", "displayed", "on_hand")
"""What the list itself lets a person change."""

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
    changed: list[str] = []
    with store.write() as session:
        for edit in edits:
            if not edit.touched:
                continue
            problems = _edit_one(session, edit, actor, key)
            if problems:
                done.problems[edit.sku_id] = problems
            else:
                done.kept += 1
                changed.append(edit.sku_id)
        if changed:
            audit.record(session, "sku.change", actor=actor, subjects=changed[:50])
    return done


def _edit_one(session: Session, edit: Edit, actor: Actor, key: str) -> dict[str, Text]:
    sku = session.scalar(select(Sku).where(Sku.id == edit.sku_id).with_for_update())
    if sku is None:
        return {"": GONE}
    if sku.archived_at is not None:
        return {"": PUT_AWAY}
    cleaned = clean([_EDITED[name] for name in edit.touched], edit.raw)
    problems = dict(cleaned.problems)
    plain = [name for name in edit.touched if name != "on_hand"]
    if plain and sku.revision != edit.revision:
        problems[""] = catalogue.CHANGED_BY_OTHERS
    pieces = cleaned.values.get("on_hand")
    seen = edit.was.get("on_hand", "").replace(",", "")
    if pieces is not None and str(sku.on_hand) != seen and sku.on_hand != pieces:
        problems["on_hand"] = catalogue.MOVED.format(now=f"{sku.on_hand:,}")
    if problems:
        return problems
    catalogue.update(session, sku, {name: cleaned.values[name] for name in plain})
    if pieces is not None:
        stock.count(session, sku.id, pieces, Why.MANUAL, who=actor.name, key=f"{key}:list")
    return {}
