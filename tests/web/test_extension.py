"""판매기간 자동연장: what the next night would extend, and what the last one did."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core import clock, store
from core.contracts.product import Listing, ListingOption, SaleState
from core.ledger import commands
from core.services import listings
from core.services.kind_names import EXTEND
from tests.web.conftest import Browser
from tests.web.shop import Shop, line


@pytest.fixture
def shop(owner: Browser) -> Shop:
    return Shop()


def said(browser: Browser) -> str:
    """What the page says, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", browser.text))


def keep(shop: Shop, channel: object, **ends: float | None) -> None:
    """Listings that end so many days from now (None: never)."""
    now = clock.now()
    found = [
        Listing(
            product_no=f"1{place}",
            name=name,
            state=SaleState.FORBIDDEN if name == "금지" else SaleState.ON_SALE,
            sale_ends=None if days is None else now + timedelta(days=days),
            options=[ListingOption(option_no="")],
        )
        for place, (name, days) in enumerate(ends.items())
    ]
    with shop.enter(), store.write() as session:
        listings.keep(session, channel, found, now)


def test_the_page_says_what_the_night_will_do_and_why_not_others(
    owner: Browser, shop: Shop
) -> None:
    channel = shop.channel("새벽상점", extend_days=30)
    shop.channel("꺼진상점")
    shop.channel("못하는상점", marketplace="wemakeprice")
    keep(shop, channel, 곧=3, 내일=1, 멀리=60, 영원=None, 금지=2)
    owner.open("/extension")
    told = said(owner)
    assert told.index("내일") < told.index("곧")
    assert "멀리" not in told
    assert "2개를 연장합니다" in told
    assert "30일씩 연장" in told
    assert "7일 넘게 남음 1" in told
    assert "끝나는 날이 없음 1" in told
    assert "판매금지 1" in told
    assert "판매기간 자동연장이 꺼져 있습니다" in told
    ends = clock.kst(clock.now() + timedelta(days=31))
    assert f"{ends.month}월 {ends.day}일" in told


def test_a_channel_that_is_stopped_says_so(owner: Browser, shop: Shop) -> None:
    channel = shop.channel(extend_days=7, on_product=False)
    keep(shop, channel, 곧=3)
    owner.open("/extension")
    assert "상품 API가 꺼져 있습니다" in said(owner)


def test_the_last_night_is_told_on_the_page_and_on_the_board(owner: Browser, shop: Shop) -> None:
    channel = shop.channel("새벽상점", extend_days=30)
    shop.keep(channel, line(1))
    assert "판매기간" not in said(owner.open("/"))
    with shop.enter(), store.write() as session:
        command = commands.submit(
            session, EXTEND, lane=channel.id, channel_id=channel.id, natural_key="2026-01-01",
            payload={}, by="한판",
        )  # fmt: skip
        command.counts = {"done": 37, "refused": 2}
        command.result = {**command.counts, "asked": 39}
        command.state, command.ended_at = "done", clock.now()
        row_id = command.id
    told = said(owner.open("/"))
    assert "최근 하루에 판매기간을 연장한 상품 37개, 거절된 상품 2개" in told
    shown = owner.open("/extension").text
    assert f"/jobs/{row_id}" in shown
    assert re.search(r"연장 37개 · *거절 2개", said(owner))
    assert "연장 37개" in said(owner.open(f"/jobs/{row_id}"))


def test_somebody_without_a_channel_is_told_where_to_begin(owner: Browser) -> None:
    assert "아직 연결한 판매채널이 없습니다" in said(owner.open("/extension"))
