"""런플상품발주: confirmed is only what is of 런플상품 alone, with all that one call touches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core import store
from core.contracts.order import LineState
from core.contracts.write import Scope
from core.models import OrderLine
from core.services import catalogue, runple
from tests.core import goods
from tests.faults.shop import Shop
from tests.faults.stage import TESTER


@contextmanager
def inside(shop: Shop) -> Iterator[None]:
    with store.workspace(shop.workspace_id):
        yield


def flag(sku_id: str, on: str) -> None:
    """Make a SKU 런플상품, or not."""
    with store.read() as session:
        sku = catalogue.get(session, sku_id)
    raw = {"name": "상품", "own_code": sku.own_code or "", "price": "1", "buffer": "0"}
    catalogue.change(sku_id, raw | {"runple": on}, goods.BY, revision=sku.revision)


def match(shop: Shop, line: OrderLine, *sku_ids: str) -> None:
    """Match the option of a line."""
    (option,) = goods.listing(shop.channel(), line.product_no, [line.option_no or ""])
    goods.match(option, *((sku_id, 1) for sku_id in sku_ids))


def test_only_orders_of_flagged_goods_are_confirmed_by_themselves(shop: Shop) -> None:
    keys = shop.arrive(12)
    lines = {key: shop.line(key) for key in keys}
    kinds = list(dict.fromkeys((one.product_no, one.option_no) for one in lines.values()))
    assert len(kinds) >= 4, "the seed tells too few goods apart"
    with inside(shop):
        runple.use(True, TESTER)
        flagged, other = goods.sku("R", 99), goods.sku("N", 99)
        flag(flagged, "1")
    of = {kind: [key for key in keys if kind == _kind(lines[key])] for kind in kinds}
    with inside(shop):
        for kind, made_of in zip(kinds, ([flagged], [other], [flagged, other]), strict=False):
            match(shop, lines[of[kind][0]], *made_of)
    shop.switch(confirm_mode="runple")
    shop.collect()
    shop.quiet()
    for number, kind in enumerate(kinds):
        expected = [1 if number == 0 else 0] * len(of[kind])
        assert shop.confirms(of[kind]) == expected, number
    with inside(shop):
        flag(other, "1")
    shop.collect()
    shop.quiet()
    assert shop.confirms(of[kinds[1]] + of[kinds[2]]) == [1] * len(of[kinds[1]] + of[kinds[2]])
    assert shop.confirms(of[kinds[3]]) == [0] * len(of[kinds[3]]), "what is not matched is not"
    with inside(shop):
        runple.use(False, TESTER)
    assert shop.channel().confirm_mode == "manual"
    assert shop.broken() == []


def _kind(line: OrderLine) -> tuple[str, str | None]:
    return line.product_no, line.option_no


def test_a_call_that_would_confirm_other_goods_as_well_is_not_made(
    open_shop: Callable[..., Shop],
) -> None:
    shop = open_shop()
    with inside(shop):
        runple.use(True, TESTER)
        of = goods.channel()
        flagged, other = goods.sku("R"), goods.sku("N")
        flag(flagged, "1")
        for number, sku in (("1", flagged), ("2", other)):
            (option,) = goods.listing(of, number)
            goods.match(option, (sku, 1))
        apart = goods.order(of, "100", "1", bundle_no="B1")
        mixed = goods.order(of, "101", "1", bundle_no="B2")
        goods.order(of, "102", "2", bundle_no="B2")
        done = goods.order(of, "103", "1", bundle_no="B3")
        goods.order(of, "104", "2", bundle_no="B3", state=LineState.CONFIRMED)
        with store.read() as session:
            ids = [apart, mixed, done]
            assert runple.alone(session, ids, Scope.BUNDLE) == [apart, done]
            assert runple.alone(session, ids, Scope.LINE) == ids
            assert runple.alone(session, [], Scope.BUNDLE) == []
