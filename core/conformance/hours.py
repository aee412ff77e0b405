"""Clocks: midnight in Korea between two collections, and a marketplace whose clock is off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from core import clock
from core.conformance import promises
from core.conformance.order_operations import begin_changes, begin_confirm, begin_take
from core.conformance.report import Finding
from core.conformance.trial import Trial
from core.services import channels

MOMENTS = ("23:58:30", "23:59:20", "23:59:59", "00:00:00", "00:00:01", "00:01:00", "00:10:00")
"""When orders come in, by the clock of Korea; each is collected half a minute later."""

SKEWS = (300.0, -300.0)
"""Seconds that a marketplace's clock may be off by, as real ones are."""
FAR = 7200.0


def midnight(trial: Trial) -> Iterator[Finding]:
    """Orders around midnight in Korea: each is there, and once."""
    sync = trial.order_sync()
    shop = trial.open_shop()
    day = clock.kst(clock.now()).date() + timedelta(days=1)
    for text in MOMENTS:
        hour, minute, second = (int(part) for part in text.split(":"))
        on = day + timedelta(days=1) if hour == 0 else day
        moment = datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=clock.KST)
        trial.pass_time((moment - clock.now()).total_seconds())
        if text == MOMENTS[0]:
            shop.furnish()
        trial.cases += 1
        begun = begin_changes(shop)
        trial.pass_time(30)
        command = shop.settle(begun.command)
        yield from (Finding("orders.changes", f"{text}: {what}") for what in begun.check(command))
        if sync.take_new is not None:
            taking = begin_take(shop)
            ended = shop.settle(taking.command)
            yield from (
                Finding("orders.take_new", f"{text}: {what}") for what in taking.check(ended)
            )
    yield from (Finding("", what) for what in promises.broken(shop))


def skewed(trial: Trial) -> Iterator[Finding]:
    """The marketplace's clock is minutes off: everything works; hours off: it is said, and comes
    right when the clock does."""
    trial.order_sync()
    for skew in SKEWS:
        yield from (Finding(f"{skew:+.0f} s", what) for what in _off_by(trial, skew))
    for skew in (FAR, -FAR):
        trial.cases += 1
        shop = trial.shop
        trial.place.shift(skew)
        command = shop.begin_collecting()
        shop.drain(shop.command(command).queue)
        trial.place.shift(0.0)
        shop.settle(shop.submit(channels.check_again, shop.channel_id))
        begun = begin_changes(shop)
        ended = shop.settle(begun.command)
        yield from (Finding(f"{skew:+.0f} s, then right", what) for what in begun.check(ended))
        trial.give_up_shop()


def _off_by(trial: Trial, skew: float) -> Iterator[str]:
    """What is wrong with a channel of a marketplace whose clock has always been off."""
    trial.give_up_shop()
    trial.place.shift(skew)
    try:
        shop = trial.shop
        trial.pass_time(2 * abs(skew))  # by either clock the channel is connected
        for _ in range(2):
            trial.cases += 1
            begun = begin_changes(shop)
            trial.pass_time(60)
            yield from begun.check(shop.settle(begun.command))
        sync = trial.orders
        if sync is not None and (sync.confirm is not None or sync.take_new is not None):
            begun = (begin_confirm if sync.confirm is not None else begin_take)(shop)
            yield from begun.check(shop.settle(begun.command))
        yield from promises.broken(shop)
    finally:
        trial.place.shift(0.0)
        trial.give_up_shop()
