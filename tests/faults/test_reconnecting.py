"""A channel that is put away and connected again goes on with its listings, matches and holds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from core import store
from core.models import Listing, ListingOption, Match, OrderLine, StockHold
from core.services import channels, match_versions
from tests.core import goods
from tests.faults.shop import Shop
from tests.faults.stage import TESTER


def counted(shop: Shop) -> list[int]:
    """How many rows there are of each kind."""
    with store.workspace(shop.workspace_id), store.read() as session:
        models: list[Any] = [Listing, ListingOption, Match, OrderLine, StockHold]
        return [session.scalar(select(func.count()).select_from(one)) or 0 for one in models]


def test_matches_and_holds_are_kept_and_nothing_is_there_twice(shop: Shop) -> None:
    (key,) = shop.arrive()
    line = shop.line(key)
    with store.workspace(shop.workspace_id):
        sku = goods.sku("A", 100)
        named = (line.product_no, [line.option_no or ""])
        (option,) = goods.listing(shop.channel(), *named)
        goods.match(option, (sku, 2))
        assert goods.holds(line.id) == {sku: (2 * line.quantity, 0)}
        before, first = counted(shop), shop.channel_id
        channels.archive(shop.channel_id, TESTER)
        assert goods.figures(sku)[1] > 0, "its orders are still to be sent"
    shop.pass_time(60)
    with store.workspace(shop.workspace_id):
        shop.channel_id = channels.add_practice("smartstore", TESTER, submission="a" * 32)
    shop.drain("urgent")
    shop.channel_id = first
    assert shop.channel().archived_at is None and shop.channel().state == "active"
    shop.collect()
    with store.workspace(shop.workspace_id):
        assert goods.listing(shop.channel(), *named) == [option]
        assert counted(shop)[:3] == before[:3]
        with store.read() as session:
            (version,) = match_versions.of(session, [option])[option]
        assert [(part.sku_id, part.quantity) for part in version.parts] == [(sku, 2)]
        assert goods.holds(line.id) == {sku: (2 * line.quantity, 0)}
    shop.press([key])
    shop.quiet()
    with store.workspace(shop.workspace_id):
        reserved = goods.figures(sku)[1]
        held = sum(pieces for one in every_hold(shop) for pieces in [one.reserved])
    assert reserved == held
    assert shop.broken() == []


def every_hold(shop: Shop) -> list[StockHold]:
    with store.workspace(shop.workspace_id), store.read() as session:
        return list(session.scalars(select(StockHold)))
