"""재고연동 of listings, switched by a person: stock, state and display follow the SKUs, or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core import store
from core.contracts.text import Text
from core.models import new_id
from core.services import audit, listings, publishing
from core.services.audit import Actor

ACTION = "listings.link"


@dataclass(frozen=True)
class Switched:
    """How many listings follow now, or no longer, and why others cannot, by id."""

    count: int
    refused: dict[str, Text] = field(default_factory=dict)


def switch(listing_ids: Sequence[str], on: bool, actor: Actor) -> Switched:
    """Let listings follow the stock of their SKUs, or no longer; those that do already stay so."""
    with store.write() as session:
        rows = listings.by_id(session, listing_ids)
        turned = [row.id for row in rows.values() if row.stock_linked is not on]
        if not turned:
            return Switched(0)
        refused = publishing.link(session, turned, on, actor.name)
        done = [row_id for row_id in turned if row_id not in refused]
        if done:
            listings.note(session, done, "linked", actor.name, new_id(), {"on": on})
            audit.record(session, ACTION, actor=actor, subjects=done, detail={"on": on})
    return Switched(len(done), refused)
