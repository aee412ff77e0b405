"""재고연동 of listings, switched by a person: stock, state and display follow the SKUs, or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from core import store
from core.contracts.text import Text
from core.models import new_id
from core.services import audit, listings, publishing
from core.services.audit import Actor

ACTION = "listings.link"


@dataclass(frozen=True)
class Switched:
    """The listings that follow now, or no longer, and why others cannot, by id."""

    done: Sequence[str] = ()
    refused: dict[str, Text] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many were switched."""
        return len(self.done)


def switch(listing_ids: Sequence[str], on: bool, actor: Actor) -> Switched:
    """Let listings follow the stock of their SKUs, or no longer; those that do already stay so."""
    with store.write() as session:
        switched = turn(session, listing_ids, on, actor.name, key=new_id())
        if switched.done:
            subjects = list(switched.done)
            audit.record(session, ACTION, actor=actor, subjects=subjects, detail={"on": on})
    return switched


def turn(session: Session, listing_ids: Sequence[str], on: bool, who: str, *, key: str) -> Switched:
    """Do so within the caller's transaction; `key` is what their histories know it by."""
    rows = listings.by_id(session, listing_ids)
    turned = [row.id for row in rows.values() if row.stock_linked is not on]
    if not turned:
        return Switched()
    refused = publishing.link(session, turned, on, who)
    done = tuple(row_id for row_id in turned if row_id not in refused)
    if done:
        listings.note(session, done, "linked", who, key, {"on": on})
    return Switched(done, refused)
