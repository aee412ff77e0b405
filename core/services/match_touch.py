"""What a change of an option's match touches: orders that would hold something else, listings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from core import clock, store
from core.contracts.order import LineState
from core.models import Listing, ListingOption, MatchPart
from core.services import board, holds, match_versions, matching
from core.services.holds import Held
from core.services.joins import LISTING_OF_OPTION, PARTS_OF_OPTION
from core.services.match_versions import Part, Version
from core.services.outcome import Missing

_LISTING: Any = Listing.__table__
_OPTION: Any = ListingOption.__table__
_PART: Any = MatchPart.__table__


@dataclass(frozen=True)
class Moved:
    """A line that would hold something else: pieces reserved and taken by SKU."""

    line: Any
    before: Mapping[str, Held]
    after: Mapping[str, Held]


@dataclass
class Touched:
    """`waiting` counts all open orders of the option; `orders` are those that would change.

    `listings` are others whose number follows from one of the SKUs that are concerned.
    """

    parts: tuple[Part, ...] = ()
    waiting: int = 0
    orders: list[Moved] = field(default_factory=list)
    listings: list[Any] = field(default_factory=list)


def touched(session: Session, option_id: str, parts: Sequence[Part] | None) -> Touched:
    """What matching an option with these parts would touch; None undoes the newest version.

    Raises Missing.
    """
    there = store.select_in(_OPTION, _OPTION.c.id).where(_OPTION.c.id == option_id)
    if session.scalar(there) is None:
        raise Missing
    standing = match_versions.of(session, [option_id]).get(option_id, [])
    after = _after(standing, option_id, parts)
    found = Touched(parts=after[-1].parts if after else ())
    ids = matching.lines_of(session, [option_id])
    held = holds.of_lines(session, ids)
    rows = board.by_id(session, ids)
    for row in sorted(rows.values(), key=lambda row: (row.ordered_at, row.id)):
        found.waiting += row.state in holds.WAITS
        now = held.get(row.id, {})
        shall = holds.shall(row, after, row.id in held)
        if shall != now and row.state != LineState.UNKNOWN.value:
            found.orders.append(Moved(row, now, shall))
    concerned = {part.sku_id for one in (*standing[-1:], *after[-1:]) for part in one.parts}
    concerned |= {sku for one in found.orders for sku in (*one.before, *one.after)}
    found.listings = _listings(session, concerned, option_id)
    return found


def _after(
    standing: Sequence[Version], option_id: str, parts: Sequence[Part] | None
) -> list[Version]:
    if parts is None:
        return list(standing[:-1])
    if tuple(parts) == (standing[-1].parts if standing else ()):
        return list(standing)
    now = clock.now()
    return [*standing, Version("", option_id, 0, now, matching.BY_HAND, "", None, tuple(parts))]


def _listings(session: Session, sku_ids: Iterable[str], but: str) -> list[Any]:
    """Listings of which an option, other than `but`, is made of one of these SKUs."""
    columns = (_LISTING.c.id, _LISTING.c.name, _LISTING.c.product_no, _LISTING.c.channel_id)
    query = (
        store.select_in(_PART, *columns, _LISTING.c.stock_linked)
        .join(_OPTION, PARTS_OF_OPTION)
        .join(_LISTING, LISTING_OF_OPTION)
        .where(_OPTION.c.id != but, _OPTION.c.gone_at.is_(None), _LISTING.c.gone_at.is_(None))
    )
    found = store.rows_among(session, query.distinct(), _PART.c.sku_id, sku_ids)
    return sorted(found, key=lambda row: (row.name, row.id))
