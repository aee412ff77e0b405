"""A switch that is off means no call of that kind, and what waited goes on when it is on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from core import registry, store, work
from core.ledger.run import Run
from core.models import Command
from core.services import channels, jobs, orders, templates
from tests.faults.shop import BUNDLES, CONFIRM, ORDERS, Shop
from tests.faults.stage import TESTER


def held(shop: Shop) -> dict[str, str]:
    """What is held, by kind, and for what."""
    with store.workspace(shop.workspace_id), store.read() as session:
        rows = session.execute(
            select(Command.kind, Command.held_for).where(Command.state == "held")
        )
        return {row.kind: row.held_for for row in rows}


def a_day_passes(shop: Shop) -> None:
    """Time for every kind of work that comes by itself."""
    for _ in range(6):
        shop.pass_time(600)
        shop.drain()


def press_collect(shop: Shop) -> None:
    """A person presses [지금 수집]."""
    with store.workspace(shop.workspace_id):
        orders.collect_now(None)
    shop.drain()


def test_with_the_order_switch_off_the_marketplace_sees_no_order_call(shop: Shop) -> None:
    keys = shop.arrive(3)
    shop.switch(on_order="", confirm_mode="auto")
    before = shop.last_call()
    waiting = shop.act("new_order", orders=2)
    command = shop.press(keys)
    press_collect(shop)
    a_day_passes(shop)
    assert shop.calls(ORDERS, after=before) == []
    assert held(shop) == {"orders.collect": "switch", "orders.confirm": "switch"}
    # What is not about orders goes on.
    with store.workspace(shop.workspace_id):
        templates.submit_import(shop.channel_id, "address", TESTER)
    shop.drain()
    assert shop.calls("/addressbooks", after=before)
    assert shop.calls(ORDERS, after=before) == []
    shop.switch(confirm_mode="auto")
    with store.workspace(shop.workspace_id):
        assert shop.command(command).held_for == "asks", "held for an hour: it asks first"
        jobs.retry(command, TESTER)
    shop.drain()
    shop.quiet()
    shop.collect()
    shop.quiet()
    assert shop.command(command).state == "done"
    assert shop.confirms(keys) == [1, 1, 1]
    assert shop.confirms([key for order in waiting for key in order["lines"]]) == [1, 1]
    assert shop.broken() == []


def test_a_confirm_held_for_a_short_time_goes_on_by_itself(shop: Shop) -> None:
    keys = shop.arrive(2)
    shop.switch(on_order="")
    command = shop.press(keys)
    shop.drain()
    assert (shop.command(command).state, shop.command(command).held_for) == ("held", "switch")
    shop.pass_time(50 * 60)
    shop.switch()
    shop.quiet()
    assert shop.command(command).state == "done"
    assert shop.confirms(keys) == [1, 1]
    assert shop.broken() == []


def test_a_confirm_held_for_over_an_hour_waits_for_a_word(shop: Shop) -> None:
    keys = shop.arrive(2)
    shop.switch(on_order="")
    command = shop.press(keys)
    shop.drain()
    shop.pass_time(61 * 60)
    before = shop.last_call()
    shop.switch()
    a_day_passes(shop)
    assert (shop.command(command).state, shop.command(command).held_for) == ("held", "asks")
    assert shop.calls(CONFIRM, after=before) == []
    assert shop.standing().state == "ready", "reading does not wait for a word"
    with store.workspace(shop.workspace_id):
        jobs.cancel(command, TESTER)
    assert shop.command(command).state == "cancelled"
    assert shop.effects() == []
    again = shop.press(keys)
    shop.quiet()
    assert shop.command(again).state == "done"
    assert shop.confirms(keys) == [1, 1]
    assert shop.broken() == []


@pytest.mark.parametrize(("minutes", "asks"), [(50, False), (61, True)])
def test_a_confirm_whose_plugin_comes_back_after_an_hour_waits_for_a_word(
    shop: Shop, minutes: int, asks: bool
) -> None:
    keys = shop.arrive(2)
    command = shop.press(keys)
    known = registry.current()
    registry.use(replace(known, marketplaces={}))
    before = shop.last_call()
    shop.pass_time(600)
    shop.drain()
    assert held(shop) == {"orders.collect": "plugin", "orders.confirm": "plugin"}
    work.sweep()
    shop.pass_time(minutes * 60)
    shop.drain()
    assert held(shop) == {"orders.collect": "plugin", "orders.confirm": "plugin"}
    assert shop.calls(after=before) == []
    registry.use(known)
    work.sweep()
    shop.quiet()
    assert shop.standing().state == "ready", "reading does not wait for a word"
    if asks:
        assert shop.command(command).held_for == "asks"
        assert shop.calls(CONFIRM, after=before) == []
        with store.workspace(shop.workspace_id):
            jobs.retry(command, TESTER)
        shop.quiet()
    assert shop.command(command).state == "done"
    assert shop.confirms(keys) == [1, 1]
    assert shop.broken() == []


def test_with_everything_off_nothing_at_all_is_called(shop: Shop) -> None:
    keys = shop.arrive(1)
    shop.switch(on_all="")
    before = shop.last_call()
    command = shop.press(keys)
    with store.workspace(shop.workspace_id):
        checked = channels.check_again(shop.channel_id, TESTER)
        imported = templates.submit_import(shop.channel_id, "address", TESTER)
    press_collect(shop)
    for _ in range(3):
        shop.pass_time(600)
        shop.drain()
    assert shop.calls(after=before) == []
    assert {shop.command(each).held_for for each in (command, checked, imported)} == {"switch"}
    shop.switch()
    shop.quiet()
    assert {shop.command(each).state for each in (command, checked, imported)} == {"done"}
    assert shop.confirms(keys) == [1]
    assert shop.broken() == []


def test_with_the_product_switch_off_no_template_is_touched(shop: Shop) -> None:
    shop.switch(on_product="")
    before = shop.last_call()
    with store.workspace(shop.workspace_id):
        command = templates.submit_import(shop.channel_id, "address", TESTER)
    keys = shop.arrive(1)
    assert shop.calls("/addressbooks", after=before) == []
    assert shop.calls(BUNDLES, after=before) == []
    assert shop.command(command).held_for == "switch"
    assert shop.line(keys[0]).state == "new", "orders go on"
    shop.switch()
    shop.quiet()
    assert shop.command(command).state == "done"


def test_a_paused_channel_calls_nothing_and_goes_on_where_it_was(shop: Shop) -> None:
    keys = shop.arrive(2)
    with store.workspace(shop.workspace_id):
        channels.pause(shop.channel_id, TESTER)
    before = shop.last_call()
    fresh = shop.act("new_order", orders=1)[0]["lines"]
    press_collect(shop)
    for _ in range(3):
        shop.pass_time(600)
        shop.drain()
    assert shop.calls(after=before) == []
    assert held(shop)["orders.collect"] == "paused"
    with store.workspace(shop.workspace_id):
        channels.resume(shop.channel_id, TESTER)
    shop.quiet()
    shop.collect()
    command = shop.press([*keys, *fresh])
    shop.quiet()
    assert shop.command(command).state == "done"
    assert shop.confirms([*keys, *fresh]) == [1, 1, 1]
    assert shop.broken() == []


def test_a_switch_turned_off_between_two_batches_stops_the_rest(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = shop.arrive(70)
    command = shop.press(keys)
    after = shop.last_call()
    commit = Run.commit
    switched: list[bool] = []

    def commit_after_a_press(run: Run, *args: Any, **more: Any) -> None:
        if not switched and shop.calls(CONFIRM, after=after):
            switched.append(True)
            shop.switch(on_order="")
        commit(run, *args, **more)

    monkeypatch.setattr(Run, "commit", commit_after_a_press)
    shop.drain()
    assert switched
    assert shop.command(command).held_for == "switch"
    assert sum(shop.confirms(keys)) == 30, "one batch was on its way, no other follows"
    assert len(shop.calls(CONFIRM, after=after)) == 1
    shop.switch()
    shop.quiet()
    assert shop.command(command).state == "done"
    assert shop.confirms(keys) == [1] * 70
    assert shop.broken() == []


def test_a_lost_answer_is_read_back_after_the_switch_was_off(shop: Shop) -> None:
    keys = shop.arrive(3)
    shop.fault(CONFIRM, "late_effect", value=20)
    command = shop.press(keys)
    shop.drain()
    shop.switch(on_order="")
    before = shop.last_call()
    shop.pass_time(120)
    shop.drain()
    assert shop.calls(ORDERS, after=before) == []
    assert shop.command(command).held_for == "switch"
    shop.switch()
    shop.quiet()
    assert shop.command(command).state == "done"
    assert shop.confirms(keys) == [1, 1, 1]
    assert len(shop.calls(CONFIRM)) == 1
    assert shop.broken() == []


def test_a_command_cancelled_while_its_channel_is_off_ends_when_the_outcome_is_known(
    shop: Shop,
) -> None:
    keys = shop.arrive(2)
    shop.fault(CONFIRM, "late_effect", value=20)
    command = shop.press(keys)
    shop.drain()
    shop.switch(on_order="")
    shop.pass_time(2 * 3600)
    shop.drain()
    with store.workspace(shop.workspace_id):
        jobs.cancel(command, TESTER)
    assert shop.command(command).state == "held"
    shop.switch()
    shop.quiet()
    assert shop.command(command).state == "cancelled"
    assert shop.confirms(keys) == [1, 1]
    assert {shop.line(key).state for key in keys} == {"confirmed"}
    assert shop.broken() == []
