"""Orders collected, looked at again, confirmed and taken by real commands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from core import clock, store
from core.conformance.begun import Begun, collected, ended
from core.conformance.promises import confirms, expected
from core.conformance.shop import Shop
from core.contracts.order import LineState
from core.ledger.run import move_cursor
from core.models import Command
from core.practice.faults import Kind, Rule
from core.services import rechecking

AWAY = 900.0
"""Seconds after which no window reaches back to what happened."""


def begin_changes(shop: Shop) -> Begun:
    """Orders come in and are collected."""
    trial = shop.trial
    keys = trial.arrive(2)
    if trial.orders is not None and trial.orders.take_new is not None:
        for key in keys:  # what is only new shows nowhere yet
            trial.act("confirm_elsewhere", line=key)
        shop.known |= set(keys)
    command = shop.begin_collecting()

    def check(command: Command) -> Iterator[str]:
        yield from collected(command)
        here = set(shop.lines())
        missing = expected(shop) - here
        if missing:
            yield f"{len(missing)} lines are missing ({sorted(missing)[0]} …)"
        foreign = here - set(trial.standing()["lines"])
        if foreign:
            yield f"{sorted(foreign)[0]!r} is no line of the marketplace"

    return Begun(command, check)


def begin_get(shop: Shop) -> Begun:
    """A line moves on in the seller centre, which the hourly look at open lines finds."""
    trial = shop.trial
    _have_open_lines(shop)
    moved = ""
    if trial.orders is not None and trial.orders.confirm is not None:
        moved = shop.new_unit()[0].line_key
        trial.act("confirm_elsewhere", line=moved)
    trial.pass_time(AWAY)
    look_again(shop)
    command = shop.begin_collecting()

    def check(command: Command) -> Iterator[str]:
        yield from collected(command)
        if moved and shop.lines()[moved].state == LineState.NEW.value:
            look_again(shop)  # a look that failed is made again with the next hour
            yield from collected(shop.collect())
        if moved and shop.lines()[moved].state == LineState.NEW.value:
            yield f"{moved} was confirmed in the seller centre and is still new here"

    return Begun(command, check)


def look_again(shop: Shop) -> None:
    """Let the hourly look at open lines be due now."""
    past = (clock.now() - timedelta(hours=2)).isoformat()
    with store.workspace(shop.workspace_id), store.write() as session:
        move_cursor(session, shop.channel_id, rechecking.CURSOR, f"since:{past}")


def _have_open_lines(shop: Shop) -> None:
    """See to it that there are lines in a state that core looks at again."""
    sync = shop.trial.orders
    states = {state.value for state in (sync.recheck if sync else ())}
    if any(row.state in states for row in shop.lines().values()):
        return
    if sync is not None and sync.take_new is not None:
        begun = begin_take(shop)
        shop.settle(begun.command)
        return
    shop.trial.arrive(3)
    shop.collect()


def begin_confirm(shop: Shop) -> Begun:
    """A person presses 발주확인 on new lines."""
    trial = shop.trial
    rows = shop.new_unit()
    command = shop.press(rows)
    keys = [row.line_key for row in rows]

    def check(command: Command) -> Iterator[str]:
        yield from ended(command)
        here = shop.lines()
        for key in keys:
            times, state = confirms(trial, key), here[key].state
            if times > 1 or (command.state == "done" and times != 1):
                yield f"{key} was confirmed {times} times"
            elif command.state == "done" and state != LineState.CONFIRMED.value:
                yield f"{key} is confirmed there, {state} here"

    return Begun(command, check)


def begin_confirm_lost(shop: Shop) -> Begun:
    """A confirm whose answer is lost, so that it has to be read back."""
    trial = shop.trial
    begun = begin_confirm(shop)
    trial.witness.spoil("orders.confirm", Rule(kind=Kind.RESET_AFTER, after=trial.effect_at()))
    return begun


def begin_take(shop: Shop) -> Begun:
    """New orders come in, and a person presses [신규주문 가져오기]."""
    trial = shop.trial
    keys = trial.arrive(2)
    shop.known |= set(keys)
    trial.pass_time(10)
    command = shop.take()

    def check(command: Command) -> Iterator[str]:
        yield from ended(command)
        if not set(keys) <= set(shop.lines()):
            # What shows late comes with the next taking, or with the lines that are confirmed.
            trial.pass_time(AWAY)
            yield from ended(shop.settle(shop.take()))
            yield from collected(shop.collect())
        here = shop.lines()
        for key in keys:
            if key not in here:
                yield f"{key} was lost"
            if confirms(trial, key) > 1:
                yield f"{key} was confirmed {confirms(trial, key)} times"

    return Begun(command, check)


def begin_take_lost(shop: Shop) -> Begun:
    """A taking whose answer is lost, so that the window has to be read again."""
    begun = begin_take(shop)
    rule = Rule(kind=Kind.RESET_AFTER, after=shop.trial.effect_at("orders.take_new"))
    shop.trial.witness.spoil("orders.take_new", rule)
    return begun
