"""Looking again at lines that are open: a feed need not tell what was done to them in the seller
centre, and a marketplace that tells lists by state tells nothing of a line that left them all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from core import clock, line_shape, store
from core.contracts.order import OrderSync
from core.ledger.run import Run
from core.models import OrderLine
from core.services import lines

CURSOR = "recheck"
EVERY = timedelta(hours=1)
_LINE: Any = OrderLine.__table__


def is_due(run: Run) -> bool:
    """Whether an hour has passed since the lines were last looked at, or a look was interrupted."""
    due, after = _position(run)
    return bool(after) or due <= clock.now()


def recheck(run: Run, sync: OrderSync) -> None:
    """Read every line in one of the states of `sync.recheck` once more; changes become news.

    Where a slice ends in between, the next one goes on behind the last line that was read.
    """
    due, after = _position(run)
    if not after:
        due = clock.now() + EVERY
        # A look that fails is not made again before the hour is over: collecting goes on.
        run.commit("orders.recheck", cursor=(CURSOR, due.isoformat()), whole=True)
    while rows := _next(run, after, sync):
        keys = [row.line_key for row in rows]
        found = line_shape.told("orders.recheck", run.call("orders.recheck", sync.get, keys))
        with store.read() as session:
            news = lines.compare(session, run.channel, found, None)
        after = rows[-1].id
        run.commit(
            "orders.rechecked",
            lambda session, news=news: lines.write(session, news),  # type: ignore[misc]
            cursor=(CURSOR, f"{due.isoformat()} {after}"),
        )
    run.commit("orders.recheck-end", cursor=(CURSOR, due.isoformat()), last=True)


def _position(run: Run) -> tuple[datetime, str]:
    """When the next look is due, and behind which line this one goes on."""
    told = run.cursor(CURSOR)
    if told is None:
        return run.channel.activated_at + EVERY, ""
    # A restore leaves "since:<time>" of the day before its backup: the look is due then.
    due, _, after = told.removeprefix("since:").partition(" ")
    return datetime.fromisoformat(due), after


def _next(run: Run, after: str, sync: OrderSync) -> Sequence[Any]:
    query = store.select_in(_LINE, _LINE.c.id, _LINE.c.line_key).where(
        _LINE.c.channel_id == run.channel.id,
        _LINE.c.state.in_([state.value for state in sync.recheck]),
        _LINE.c.id > after,
    )
    with store.read() as session:
        return session.execute(query.order_by(_LINE.c.id).limit(sync.at_once)).all()
