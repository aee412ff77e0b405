"""A channel whose orders have not been collected for too long: every page agrees on when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core import clock, registry
from tests.web.conftest import Browser
from tests.web.shop import Shop, line


@pytest.fixture
def shop(owner: Browser) -> Iterator[Shop]:
    """The owner's shop; what the plugin declares is as before afterwards."""
    known = registry.current().orders
    declared = dict(known)
    yield Shop()
    known.update(declared)


def said_late(owner: Browser) -> tuple[bool, bool, bool]:
    """Whether it is said by 확인이 필요해요, by the chart of 오늘, and by the list of channels."""
    page = owner.open("/").text
    chart = re.search(r'<td class="r bad">', page)
    listed = owner.open("/channels").text
    return (
        "주문이 들어오지 않고 있습니다" in page,
        chart is not None,
        re.search(r'data-l="마지막 수집"><span class="bad"', listed) is not None,
    )


@pytest.mark.parametrize(("minutes", "late"), [(16, False), (29, False), (31, True)])
def test_all_pages_call_a_channel_late_after_half_an_hour(
    owner: Browser, shop: Shop, minutes: int, late: bool
) -> None:
    shop.keep(shop.channel(collected_at=clock.now() - timedelta(minutes=minutes)), line(1))
    assert said_late(owner) == (late, late, late)


@pytest.mark.parametrize(("hours", "late"), [(2, False), (4, True)])
def test_a_marketplace_that_is_asked_once_an_hour_is_not_late_after_two(
    owner: Browser, shop: Shop, hours: int, late: bool
) -> None:
    known = registry.current().orders
    known["smartstore"] = replace(known["smartstore"], every=timedelta(hours=1))
    shop.keep(shop.channel(collected_at=clock.now() - timedelta(hours=hours)), line(1))
    assert said_late(owner) == (late, late, late)


@pytest.mark.parametrize("changed", [{"on_order": False}, {"on_all": False}, {"state": "paused"}])
def test_a_channel_that_is_meant_to_rest_is_never_late(
    owner: Browser, shop: Shop, changed: dict[str, object]
) -> None:
    shop.keep(shop.channel(collected_at=clock.now() - timedelta(days=3), **changed), line(1))
    assert said_late(owner) == (False, False, False)
