"""How often a channel is collected: as its plugin declares, whatever the last poll found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core import clock, registry
from tests.faults.shop import Shop


@pytest.fixture
def hourly(shop: Shop) -> Iterator[Shop]:
    """A shop whose marketplace is asked once an hour."""
    known = registry.current().orders
    declared = known["smartstore"]
    known["smartstore"] = replace(declared, every=timedelta(hours=1))
    yield shop
    known["smartstore"] = declared


def until_the_next(shop: Shop) -> float:
    """Minutes until the channel is collected again."""
    return (shop.standing().next_at - clock.now().timestamp()) / 60


def test_the_declared_interval_follows_a_poll_that_found_orders(hourly: Shop) -> None:
    hourly.arrive(2)
    assert 58 < until_the_next(hourly) <= 60


def test_the_declared_interval_follows_a_poll_that_found_nothing(hourly: Shop) -> None:
    hourly.arrive()
    polls = hourly.standing().polls
    hourly.collect()
    assert hourly.standing().polls == polls + 1
    assert 58 < until_the_next(hourly) <= 60


def test_a_plugin_that_declares_nothing_is_asked_every_five_minutes(shop: Shop) -> None:
    shop.collect()
    assert 4 < until_the_next(shop) <= 5
