"""Collecting: what changed at a marketplace, page by page; rows and cursor are stored together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, line_shape, queue, registry, store
from core.contracts.order import EVERY, Line, OrderSync
from core.contracts.page import UNCHANGED, Page
from core.errors import ContractError
from core.ledger import commands
from core.ledger.run import Run
from core.models import Channel
from core.services import confirmation, lines, rechecking, runple, taking

CURSOR = "orders"
_CHANNEL: Any = Channel.__table__


def every(marketplace: str) -> timedelta:
    """How long after a collection the next is due."""
    sync = registry.current().orders.get(marketplace)
    return sync.every if sync is not None else EVERY


def collect(run: Run) -> None:
    """Read what changed, page by page; rows and cursor are stored together."""
    sync = _sync_of(run.channel.marketplace)
    cursor = run.cursor(CURSOR)
    if cursor is None or cursor.startswith("since:"):
        cursor = sync.start(_since(run.channel, cursor))
    collected = 0
    more = True
    while more:
        observed_at = clock.now()
        page = line_shape.page("orders.changes", run.call("orders.changes", sync.changes, cursor))
        if page.more and page.cursor == cursor:
            raise ContractError(detail="the pages of orders do not get on")
        if (
            _nothing(run, page)
            and not rechecking.is_due(run)
            and run.found_nothing((CURSOR, page.cursor))
        ):
            return
        collected += len(page.items)
        more, cursor = page.more, page.cursor
        _keep_page(run, sync, page, observed_at, collected)
    if sync.take_new is not None and run.channel.confirm_mode == "auto":
        taking.take(run, sync.take_new, by_itself=True)
    if rechecking.is_due(run):
        rechecking.recheck(run, sync)


def _sync_of(marketplace: str) -> OrderSync:
    found = registry.current().orders.get(marketplace)
    if found is None:
        raise ContractError(detail=f"{marketplace} declares no order sync")
    return found


def _nothing(run: Run, page: Page[Any]) -> bool:
    """A poll that found nothing, and after which nothing else is to be done."""
    first = "resume" not in (run.channel.note or {})
    return not page.items and not page.more and first and run.channel.confirm_mode == "manual"


def _since(channel: Any, cursor: str | None) -> datetime:
    if cursor is not None:
        return datetime.fromisoformat(cursor.removeprefix("since:"))
    return clock.now() - timedelta(days=channel.reach_back_days)


def _whole(run: Run, sync: OrderSync, told: Sequence[Line]) -> list[Line]:
    """The lines of a page; of those told only in part and not known yet, the rest is read too."""
    thin = [line for line in told if line.quantity is UNCHANGED]
    if not thin:
        return list(told)
    with store.read() as session:
        missing = [line.line_key for line in lines.unknown(session, run.channel, thin)]
    found: dict[str, Line] = {}
    for first in range(0, len(missing), sync.at_once):
        some = missing[first : first + sync.at_once]
        told_whole = line_shape.told("orders.get", run.call("orders.get", sync.get, some))
        found |= {line.line_key: line for line in told_whole}
    return [
        lines.joined(found[line.line_key], line) if line.line_key in found else line
        for line in told
    ]


def _keep_page(
    run: Run, sync: OrderSync, page: Page[Line], observed_at: datetime, collected: int
) -> None:
    confirm: list[str] = []
    whole = _whole(run, sync, page.items)
    with store.read() as session:
        news = lines.compare(session, run.channel, whole, observed_at)
    for name, count in news.counts.items():
        run.counts[name] = run.counts.get(name, 0) + count

    def keep(session: Session) -> None:
        lines.write(session, news)
        if not page.more:
            confirm.extend(_end_of_collection(session, run))

    run.commit(
        "orders.page",
        keep,
        cursor=(CURSOR, page.cursor),
        done=collected,
        total=page.total,
        last=not page.more,
    )
    for name in confirm:
        queue.ring(name)


def _end_of_collection(session: Session, run: Run) -> list[str]:
    """The channel has been read up to now: say so, and confirm by itself where that is set."""
    values: dict[str, Any] = {"collected_at": clock.now()}
    note = dict(run.channel.note or {})
    queues: list[str] = []
    if note.get("resume") == "collect_first":
        values["note"] = {name: value for name, value in note.items() if name != "resume"}
    session.execute(
        store.update_in(_CHANNEL).where(_CHANNEL.c.id == run.channel.id).values(**values)
    )
    if "note" in values:
        queues += commands.release(session, run.channel.id, ("restored",))
    mode = session.scalar(select(Channel.confirm_mode).where(Channel.id == run.channel.id))
    if mode in ("auto", runple.MODE) and _sync_of(run.channel.marketplace).confirm:
        queues += confirmation.submit_auto(session, run)
    return queues
