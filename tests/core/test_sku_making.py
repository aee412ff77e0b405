"""SKU 만들기: options of listings become SKUs, each once; what cannot be says why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, store, work
from core.contracts.product import Listing, ListingOption, SaleState
from core.ledger import drain
from core.models import Channel, Command, new_id
from core.models import Listing as Stored
from core.services import catalogue_list, listings, match_edits, match_results, sku_making
from core.services.catalogue_list import Wanted
from core.services.outcome import Wrong
from tests.core import goods
from tests.core.goods import BY

pytestmark = pytest.mark.usefixtures("both_databases")


@pytest.fixture(autouse=True)
def shop(store_bound: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workspace, and the kinds of work; nobody rings."""
    monkeypatch.setattr("core.queue.ring", lambda name: None)
    work.begin()


def named(of: Channel, number: str) -> str:
    return listings.listing_id(store.current_workspace(), str(of.account), number)


def make(of: Channel, *numbers: str, mark: str | None = None) -> dict[str, Any]:
    """Press [SKU 만들기] and wait for it; what the command counted."""
    ids = [named(of, number) for number in numbers]
    command = sku_making.submit(ids, BY, submission=mark or new_id())
    drain.drain("bulk")
    with store.read() as session:
        return dict(session.get_one(Command, command).result or {})


def skus() -> list[Any]:
    """Every SKU in the order of the list."""
    with store.read() as session:
        return list(catalogue_list.page(session, Wanted(), limit=100).rows)


def why(told: dict[str, Any]) -> dict[str, str]:
    """The reason beside each listing of which something was not made, by its product number."""
    with store.read() as session:
        rows = listings.by_id(session, [one["listing"] for one in told["reasons"]])
    return {rows[one["listing"]].product_no: one["ko"] for one in told["reasons"]}


def test_each_option_becomes_a_sku_of_one_product_in_its_order_with_what_is_left_of_it() -> None:
    of = goods.channel()
    options = [
        ListingOption(option_no="7", name="검정 S", code="BK-S", stock=3, extra=500),
        ListingOption(option_no="8", name="검정 M", code="BK-M", stock=None),
        ListingOption(option_no="9", name="흰색", code="", stock=4),
    ]
    told = Listing(
        product_no="700", name="티셔츠", price=9_900, state=SaleState.ON_SALE, options=options,
        image="https://shop.example/t.png",
    )  # fmt: skip
    with store.write() as session:
        listings.keep(session, of, [told], clock.now())
    goods.listing(of, "701", name="보리차", code="TEA")
    result = make(of, "700", "701")
    assert (result["done"], result["standing"], result["refused"]) == (4, 0, 0)
    found = skus()
    assert [(one.name, one.option_name, one.own_code) for one in found] == [
        ("티셔츠", "검정 S", "BK-S"),
        ("티셔츠", "검정 M", "BK-M"),
        ("티셔츠", "흰색", None),
        ("보리차", "", "TEA"),
    ]
    assert [(one.price, one.on_hand) for one in found] == [
        (10_400, 3), (9_900, 0), (9_900, 4), (1_000, 5),
    ]  # fmt: skip
    assert len({one.product_id for one in found}) == 2
    assert found[0].image == "https://shop.example/t.png" and found[3].image == ""
    assert goods.moves(found[0].id) == [("listing", 3, 0)]
    with store.read() as session:
        assert {one.stock_linked for one in session.scalars(select(Stored))} == {False}
        command = session.scalars(select(Command).where(Command.kind == "listings.skus")).one()
        matched = match_results.of_command(session, command)
    assert [(one.row.name, one.row.how, one.stands) for one in matched] == [
        ("보리차", "made", True),
        *[("티셔츠", "made", True)] * 3,
    ]


def test_nothing_is_doubled_and_what_came_later_joins_its_product() -> None:
    of, mark = goods.channel(), new_id()
    goods.listing(of, "700", ["1", "2"])
    assert make(of, "700", mark=mark) == make(of, "700", mark=mark)
    again = make(of, "700")
    assert (again["done"], again["standing"]) == (0, 1) and len(skus()) == 2
    goods.listing(of, "700", ["1", "2", "3"])
    assert make(of, "700")["done"] == 1
    assert len(skus()) == 3 and len({one.product_id for one in skus()}) == 1


def test_orders_that_wait_are_no_shortage_and_those_of_later_take_from_what_is_left() -> None:
    of, now = goods.channel(), clock.now()
    goods.order(of, "1", "700", quantity=2, ordered=now - timedelta(hours=1))
    goods.listing(of, "700")
    goods.order(of, "2", "700", quantity=1, ordered=now + timedelta(hours=1))
    make(of, "700")
    (sku,) = skus()
    assert (sku.on_hand, sku.reserved, sku.available) == (7, 3, 4), "5 were left after the first"


def test_what_cannot_be_made_says_what_to_do_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sku_making, "SLICE", 4)
    of, other = goods.channel(), goods.channel("2호점")
    goods.sku("TEA", name="우리 차")
    goods.listing(of, "1", code="TEA")
    goods.listing(of, "2", code="NEW", name="새 차")
    goods.listing(of, "3", ["1", "2"], codes=["TWICE", "TWICE"])
    goods.listing(of, "4", code="NEW")
    goods.listing(of, "5", ["1", "2"], codes=["NEW", "FREE"])
    goods.listing(of, "6")
    with store.write() as session:
        listings.keep(session, of, [Listing(product_no="7", name="반쪽")], clock.now())
        listings.gone(session, of, ["6"], goods.later(1))
    told = make(of, "1", "2", "3", "4", "5", "6", "7")
    assert (told["done"], told["standing"], told["refused"]) == (4, 0, 5)
    reasons = why(told)
    assert "우리 차" in reasons["1"] and "[SKU 연결]" in reasons["1"]
    assert "새 차" in reasons["4"] and "새 차" in reasons["5"]
    assert "더 이상 없는" in reasons["6"] and "[동기화]" in reasons["7"]
    assert sorted(one.own_code or "" for one in skus()) == ["", "", "FREE", "NEW", "TEA"]
    goods.listing(other, "9", code="NEW")
    match_edits.submit(other.id, BY, submission=new_id())
    drain.drain("bulk")
    assert make(other, "9")["standing"] == 1, "the same code elsewhere was linked by itself"
    with pytest.raises(Wrong):
        make(of, "nothing")


def test_what_was_stopped_keeps_what_it_made_and_pressing_again_makes_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of, numbers = goods.channel(), ["1", "2", "3"]
    for number in numbers:
        goods.listing(of, number)
    whole = sku_making._some

    def stop(run: Any, ids: Any, before: Any, session: Session) -> None:
        whole(run, ids, before, session)
        session.get_one(Command, run.command.id).cancel_asked = "시험"
        session.flush()

    with monkeypatch.context() as patch:
        patch.setattr(sku_making, "SLICE", 1)
        patch.setattr(sku_making, "_some", stop)
        make(of, *numbers)
    assert len(skus()) == 1
    again = make(of, *numbers)
    assert (again["done"], again["standing"]) == (2, 1) and len(skus()) == 3
