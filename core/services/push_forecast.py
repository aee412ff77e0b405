"""What a press would have sent to the marketplaces, looked at before it is done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import Session

from core import registry, store
from core.contracts.text import Text
from core.models import BatchRow, Channel, Listing
from core.services import catalogue, publishing
from core.services.push_figures import Wanted, figures
from core.services.push_rows import WHATS

_CHANNEL: Any = Channel.__table__
_LISTING: Any = Listing.__table__
_ROW: Any = BatchRow.__table__


@dataclass(frozen=True)
class Sent:
    """One aspect of a listing: what stands now and what would be sent, as a push's values."""

    listing_id: str
    channel_id: str
    what: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class Forecast:
    """What would be sent, listing by listing; of how many nothing would, as it stands so already,
    and why others cannot be changed, by id."""

    sent: Sequence[Sent] = ()
    same: int = 0
    refused: Mapping[str, Text] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Another whenever anything that a person saw of it is another."""
        told = [[one.listing_id, one.what, dict(one.before), dict(one.after)] for one in self.sent]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def reach(self) -> tuple[int, int]:
        """How many listings, on how many channels."""
        listings = {one.listing_id for one in self.sent}
        return len(listings), len({one.channel_id for one in self.sent})


def of_links(session: Session, listing_ids: Sequence[str]) -> Forecast:
    """What follows when 재고연동 of these listings is switched on."""
    linkable = publishing.linkable(session, listing_ids)
    refused = {row.id: why for row, why in linkable if why is not None}
    ids = [row.id for row, why in linkable if why is None and row.stock_linked is not True]
    found: list[Sent] = []
    offers = _Offers(session)
    for one in figures(session, ids, hold=False):
        for what in WHATS:
            before = _told(one, what)
            if offers.has(one, what) and not one.stands(what):
                found.append(_sent(one, what, before, one.values(what)))
    sent = [one for one in found if one.before != one.after]
    same = len(ids) - len({one.listing_id for one in sent})
    return Forecast(sent, same, refused)


def of_skus(session: Session, changes: Mapping[str, Mapping[str, Any]]) -> Forecast:
    """What follows when these values (by column) are given to SKUs, by id."""
    ids = publishing.following(session, changes, ())
    now = {one.listing.id: one for one in figures(session, ids, hold=False)}
    then = figures(session, ids, hold=False, given=changes)
    offers = _Offers(session)
    found = [
        _sent(one, what, now[one.listing.id].values(what), one.values(what))
        for one in then
        for what in WHATS
        if one.pieces and offers.has(one, what)
    ]
    return Forecast([one for one in found if one.before != one.after])


def of_file(session: Session, batch_id: str) -> tuple[int, int]:
    """How many linked listings, on how many channels, follow the SKUs of which rows of a file that
    are not applied yet change what is published."""
    told = [
        _ROW.c.changes[name].as_string().is_not(None) for name in (*catalogue.PUBLISHED, "on_hand")
    ]
    changed = store.select_in(_ROW, _ROW.c.sku_id).where(
        _ROW.c.batch_id == batch_id, _ROW.c.verdict == "changed", _ROW.c.outcome == "", or_(*told)
    )
    ids = publishing.following(session, session.scalars(changed), ())
    query = store.select_in(_LISTING, _LISTING.c.channel_id)
    channels = {row.channel_id for row in store.rows_among(session, query, _LISTING.c.id, ids)}
    return len(ids), len(channels)


class _Offers:
    """Whether an aspect of a listing can be sent to its marketplace at all."""

    def __init__(self, session: Session) -> None:
        query = store.select_in(_CHANNEL, _CHANNEL.c.id, _CHANNEL.c.marketplace)
        self._marketplaces = {row.id: row.marketplace for row in session.execute(query)}

    def has(self, one: Wanted, what: str) -> bool:
        """Whether its plugin writes this."""
        sync = registry.current().products.get(self._marketplaces[one.listing.channel_id])
        return getattr(sync, what, None) is not None


def _told(one: Wanted, what: str) -> dict[str, Any]:
    """What the marketplace told last."""
    if what == "stock":
        return {"options": {number: one.told[number].stock for number in sorted(one.pieces)}}
    if what == "status":
        return {"state": one.listing.state}
    return {"displayed": one.listing.displayed}


def _sent(one: Wanted, what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sent:
    """Of options only those whose number becomes another."""
    if what == "stock":
        old, new = before["options"], after["options"]
        other = [number for number in new if old.get(number) != new[number]]
        before = {"options": {number: old.get(number) for number in other}}
        after = {"options": {number: new[number] for number in other}}
    return Sent(one.listing.id, one.listing.channel_id, what, before, after)
