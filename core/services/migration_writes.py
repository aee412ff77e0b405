"""A slice of a batch stored: its listings, their SKUs and stock, and the outcome of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.orm import Session

from core import store
from core.contracts.text import Text
from core.ledger.run import Run
from core.models import Batch, BatchRow, Listing
from core.services import listing_groups, listing_links, listings, matching, push_figures
from core.services.match_proposals import STANDS
from core.services.migration_slices import NONE, Slice, id_of, mode_of

_ROW: Any = BatchRow.__table__
_LISTING: Any = Listing.__table__


def keep(run: Run, batch: Batch, ready: Slice, before: Mapping[str, int], session: Session) -> None:
    """Store a slice with its outcomes, within the caller's transaction."""
    listings.write(session, ready.news)
    if ready.gone:
        listings.gone(session, run.channel, ready.gone, ready.observed_at)
    listing_groups.keep_groups(session, run.channel, ready.groups)
    template = batch.choices.get("shipping")
    if template and ready.fresh:
        _update(session, ready.fresh, {"shipping_template_id": template})
    who, asked = run.command.created_by, _asked(run, batch, ready)
    standing = {one.match_id for one in push_figures.matched_options(session, list(asked))}
    for how, wanted in ready.matches.items():
        if how != STANDS:
            matching.match(session, wanted, how=how, who=who)
    switched = listing_links.turn(session, ready.to_link, True, who, key=run.command.id)
    for row in ready.rows:
        why = switched.refused.get(id_of(run.channel, row.key))
        if why is not None:
            ready.reasons.setdefault(row.number, why)
    _note(session, ready)
    made = push_figures.matched_options(session, list(asked))
    bare = asked.keys() - {one.listing_id for one in made}
    told = ready.counts | {
        "linked": len({one.listing_id for one in made if one.match_id not in standing}),
        "unlinked": sum(asked[row_id] for row_id in bare),
        "followed": switched.count,
        "unfollowed": len(switched.refused),
    }
    run.counts = dict(before)
    for name, count in told.items():
        if count:
            run.counts[name] = run.counts.get(name, 0) + count


def _asked(run: Run, batch: Batch, ready: Slice) -> dict[str, bool]:
    """The listings for which SKUs are wanted, and whether all is known now of which."""
    return {
        id_of(run.channel, row.key): ready.outcomes.get(row.number) != "part"
        for row in ready.rows
        if "group" not in row.values
        and ready.outcomes.get(row.number) != "refused"
        and row.key not in ready.gone
        and mode_of(batch, row) != NONE
    }


def _update(session: Session, ids: Sequence[str], values: Mapping[str, Any]) -> None:
    if ids:
        session.execute(
            store.update_in(_LISTING).where(store.among(_LISTING.c.id, ids)).values(**values)
        )


def _note(session: Session, ready: Slice) -> None:
    statement = (
        store.update_in(_ROW)
        .where(_ROW.c.batch_id == ready.rows[0].batch_id, _ROW.c.number == bindparam("at"))
        .values(outcome=bindparam("came"), reason=bindparam("why"))
    )
    session.connection().execute(
        statement,
        [
            {
                "at": row.number,
                "came": ready.outcomes.get(row.number, "done"),
                "why": _reason(ready.reasons.get(row.number)),
            }
            for row in ready.rows
        ],
    )


def _reason(text: Text | None) -> Any:
    return text.stored() if text is not None else None
