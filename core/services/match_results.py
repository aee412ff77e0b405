"""What [SKU 자동 연결] and [SKU 만들기] matched, option by option."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from core import clock, store
from core.models import Command, Listing, ListingOption, Match, MatchPart
from core.services import catalogue_list, match_proposals, sku_making
from core.services.joins import LISTING_OF_OPTION, OPTION_OF_MATCH
from core.services.kind_names import LISTINGS_MATCH, LISTINGS_SKUS

SHOWN = 200
"""So many options of a command are named."""

_LISTING: Any = Listing.__table__
_MATCH: Any = Match.__table__
_OPTION: Any = ListingOption.__table__
_PART: Any = MatchPart.__table__
_BY_ITSELF = (match_proposals.OWN_CODE, match_proposals.OUR_CODE, match_proposals.LEARNT)


@dataclass(frozen=True)
class Matched:
    """An option that a command matched: `row` names it and its listing, `parts` are its SKUs
    {sku, quantity}, and `stands` says whether it is still so."""

    row: Any
    parts: list[dict[str, Any]]
    stands: bool


def of_command(session: Session, command: Command) -> list[Matched]:
    """The options that a command matched, by listing, at most SHOWN; none of other kinds."""
    if command.kind not in (LISTINGS_MATCH, LISTINGS_SKUS):
        return []
    rows = session.execute(_query(command).limit(SHOWN)).all()
    parts: dict[str, list[Any]] = {}
    query = store.select_in(_PART, _PART.c.match_id, _PART.c.sku_id, _PART.c.quantity)
    for part in session.execute(query.where(_PART.c.match_id.in_([row.match_id for row in rows]))):
        parts.setdefault(part.match_id, []).append(part)
    named = {part.sku_id for told in parts.values() for part in told}
    skus = catalogue_list.by_id(session, sorted(named))
    return [
        Matched(
            row=row,
            parts=[
                {"sku": skus[part.sku_id], "quantity": part.quantity}
                for part in parts.get(row.match_id, [])
            ],
            stands=row.stands == row.match_id,
        )
        for row in rows
    ]


def _query(command: Command) -> Any:
    """The versions of the command's person, kind and time."""
    columns = (
        _MATCH.c.id.label("match_id"),
        _MATCH.c.how,
        _OPTION.c.id.label("option_id"),
        _OPTION.c.name.label("option_name"),
        _OPTION.c.match_id.label("stands"),
        _LISTING.c.id.label("listing_id"),
        _LISTING.c.channel_id,
        _LISTING.c.product_no,
        _LISTING.c.name,
    )
    query = store.select_in(_MATCH, *columns).join(_OPTION, OPTION_OF_MATCH)
    query = query.join(_LISTING, LISTING_OF_OPTION).where(
        _MATCH.c.from_at >= command.created_at,
        _MATCH.c.from_at <= (command.ended_at or clock.now()),
        _MATCH.c.who == command.created_by[:80],
        _MATCH.c.how.in_(_BY_ITSELF if command.kind == LISTINGS_MATCH else (sku_making.MADE,)),
    )
    if command.kind == LISTINGS_MATCH:
        query = query.where(_LISTING.c.channel_id == command.natural_key)
    return query.order_by(_LISTING.c.name, _LISTING.c.id, _OPTION.c.place, _OPTION.c.id)
