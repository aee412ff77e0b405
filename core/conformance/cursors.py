"""Cursors that lead nowhere: corrupt ones, and those of another time. Asked of the client alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from core import clock
from core.conformance.bare import Bare
from core.conformance.pages import MOST_PAGES, first_page, read_up, world
from core.conformance.report import Finding
from core.conformance.trial import Trial
from core.conformance.trouble import attempt, wrong
from core.errors import MarketplaceError


def cursors(trial: Trial) -> Iterator[Finding]:
    """A cursor that is none, or of another time: an error or a new beginning, no line lost."""
    trial.order_sync()
    with world(trial) as bare:
        _, page = first_page(trial, bare)
        for told, cursor in _odd_cursors(trial, page.cursor):
            trial.cases += 1
            yield from (
                Finding("orders.changes", f"{told}: {what}")
                for what in _reads_on(trial, bare, cursor)
            )


def _odd_cursors(trial: Trial, good: str) -> Iterator[tuple[str, str]]:
    assert trial.orders is not None
    now = clock.now()
    yield "an empty cursor", ""
    yield "a cursor that is none", "그런 자리는 없습니다 {]"
    yield "half a cursor", good[: len(good) // 2]
    yield "an empty object", "{}"
    yield "a list", "[1, 2]"
    for told, moment in (
        ("a cursor of next year", now + timedelta(days=400)),
        ("a cursor of tomorrow", now + timedelta(days=1)),
        ("a cursor of the year 9990", datetime(9990, 1, 1, tzinfo=UTC)),
    ):
        try:
            yield told, trial.orders.start(moment)
        except MarketplaceError:
            continue


def _reads_on(trial: Trial, bare: Bare, cursor: str) -> Iterator[str]:
    """What is wrong when reading goes on from there, and an order comes in afterwards."""
    read, error = attempt(lambda: read_up(trial, bare, cursor))
    if error is not None:
        if raised := wrong(error):
            yield raised
        return
    if not read.ended:
        yield f"it has not ended after {MOST_PAGES} pages"
        return
    keys = trial.arrive(1)
    if trial.orders is not None and trial.orders.take_new is not None:
        trial.act("confirm_elsewhere", line=keys[0])
    trial.pass_time(60)
    again, error = attempt(lambda: read_up(trial, bare, read.cursor))
    if raised := wrong(error):
        yield raised
    elif error is None and not set(keys) <= set(again.lines):
        yield "what came in afterwards is not read"
