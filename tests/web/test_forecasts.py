"""What a press would send to marketplaces is shown before: linking, 보관, 판매중 and 진열."""

from __future__ import annotations

from typing import Any

import pytest

from core import clock, store
from core.models import Channel, Listing, ListingPush
from core.services import listings
from tests.core import goods
from tests.web.conftest import Browser
from tests.web.shop import Shop
from tests.web.test_skus import csv, fields, get, send, status, told

NOT_YET = "아직 아무것도 바꾸거나 보내지 않았습니다"


class Counter:
    """The owner, whose SKU of 6 stands for the two options of a listing; a third has none."""

    def __init__(self, owner: Browser) -> None:
        self.owner, self.shop = owner, Shop()
        self.channel: Channel = self.shop.channel()
        with self.shop.enter():
            self.sku = goods.sku("A", 6, name="보리차")
            red, blue, _ = goods.listing(
                self.channel, "700", ["빨강", "파랑", "흰색"], name="차 세트"
            )
            goods.match(red, (self.sku, 1))
            goods.match(blue, (self.sku, 2))
        self.id = listings.listing_id(self.shop.workspace_id, str(self.channel.account), "700")

    def listing(self) -> Any:
        with self.shop.enter(), store.read() as session:
            return session.get_one(Listing, self.id)

    def link(self) -> None:
        """Press [재고연동 켜기] twice."""
        self.owner.open(f"/listings/{self.id}")
        for _ in range(2):
            self.owner.post("/listings/link", fields(self.owner, "/listings/link"))
        assert self.listing().stock_linked


@pytest.fixture
def counter(owner: Browser) -> Counter:
    return Counter(owner)


def test_linking_shows_the_stock_that_goes_where_and_the_second_press_sends_it(
    counter: Counter,
) -> None:
    owner = counter.owner
    with counter.shop.enter():
        goods.listing(counter.channel, "702")
        (level,) = goods.listing(counter.channel, "701")
        goods.match(level, (goods.sku("B", 5), 1))
    owner.open("/listings")
    all_of_them = fields(owner, "/listings/sync") | {"all": "1", "on": "1"}
    owner.post("/listings/link", all_of_them)
    assert "이미 같은 상품 1개도 함께 켭니다" in told(owner)
    assert "1개는 빠집니다. SKU와 연결되지 않은 상품은" in told(owner)
    owner.open(f"/listings/{counter.id}")
    sent = fields(owner, "/listings/link")
    owner.post("/listings/link", sent)
    page = told(owner)
    assert "재고연동을 켤까요?" in page and NOT_YET in page
    assert "차 세트" in page and counter.channel.store in page
    assert "빨강 5, 파랑 5" in page and "빨강 6, 파랑 3" in page and "흰색" not in page
    assert not counter.listing().stock_linked
    seen = fields(owner, "/listings/link")
    with counter.shop.enter():
        goods.count(counter.sku, 4, "meanwhile")
    owner.post("/listings/link", seen)
    assert status(owner) == 422 and "그사이 보낼 값이 바뀌었습니다" in told(owner)
    assert "빨강 4, 파랑 2" in told(owner) and not counter.listing().stock_linked
    owner.post("/listings/link", fields(owner, "/listings/link"))
    assert "재고연동을 켠 상품 1개" in told(owner) and counter.listing().stock_linked
    owner.post("/listings/link", {"listings": counter.id, "on": ""})
    assert "재고연동을 끈 상품 1개" in told(owner), "nothing is sent, so nothing is asked"


def test_a_sku_is_put_away_and_taken_out_at_once_only_where_nothing_is_sent(
    counter: Counter,
) -> None:
    owner, address = counter.owner, f"/skus/{counter.sku}"
    owner.post(f"{address}/archive")
    assert get(counter.shop, counter.sku).archived_at is not None, "no listing follows it"
    owner.post(f"{address}/revive")
    assert get(counter.shop, counter.sku).archived_at is None
    counter.link()
    owner.open(address)
    owner.post(f"{address}/archive", fields(owner, f"{address}/archive"))
    page = told(owner)
    assert "SKU를 보관할까요?" in page and "빨강 6, 파랑 3" in page and "빨강 0, 파랑 0" in page
    assert "판매중 판매중지" in page
    assert get(counter.shop, counter.sku).archived_at is None
    owner.post(f"{address}/archive", fields(owner, f"{address}/archive"))
    assert get(counter.shop, counter.sku).archived_at is not None
    owner.post(f"{address}/revive", fields(owner, f"{address}/revive"))
    assert "SKU를 다시 꺼낼까요?" in told(owner)


def test_changing_what_is_published_of_a_sku_shows_what_is_sent_and_other_changes_do_not(
    counter: Counter,
) -> None:
    owner, address = counter.owner, f"/skus/{counter.sku}/edit"
    counter.link()
    owner.open(address)
    owner.post(address, fields(owner, address) | {"memo": "선반 3"})
    assert get(counter.shop, counter.sku).memo == "선반 3"
    owner.open(address)
    sent = {name: value for name, value in fields(owner, address).items() if name != "displayed"}
    owner.post(address, sent | {"name": "옥수수차"})
    page = told(owner)
    assert "저장하면 판매채널에 보냅니다" in page and "진열 진열 안 함" in page and NOT_YET in page
    assert get(counter.shop, counter.sku).displayed
    owner.post(address, fields(owner, address))
    found = get(counter.shop, counter.sku)
    assert (found.displayed, found.name, found.on_sale) == (False, "옥수수차", True)


def test_a_count_shows_what_is_sent_and_where_before_it_is_taken_down(counter: Counter) -> None:
    owner, address = counter.owner, f"/skus/{counter.sku}"
    owner.open(address)
    owner.post(f"{address}/count", fields(owner, f"{address}/count") | {"on_hand": "7"})
    assert get(counter.shop, counter.sku).on_hand == 7, "no listing follows it"
    counter.link()
    owner.open(address)
    owner.post(f"{address}/count", fields(owner, f"{address}/count") | {"on_hand": "9"})
    page = told(owner)
    assert "재고를 고칠까요?" in page and "빨강 7, 파랑 3" in page and "빨강 9, 파랑 4" in page
    assert get(counter.shop, counter.sku).on_hand == 7
    sent = fields(owner, f"{address}/count")
    owner.post(f"{address}/count", sent)
    assert "재고를 고쳤습니다" in told(owner) and get(counter.shop, counter.sku).on_hand == 9
    assert "보낼 재고" not in told(owner), "what is due is what stands here"
    back = fields(owner, f"{address}/return") | {"returned": "1"}
    owner.post(f"{address}/return", back)
    assert "재고에 더할까요?" in told(owner) and "빨강 10, 파랑 5" in told(owner)
    again = fields(owner, f"{address}/return")
    for _ in range(2):
        owner.post(f"{address}/return", again)
        assert get(counter.shop, counter.sku).on_hand == 10
    owner.post("/listings/link", {"listings": counter.id, "on": ""})
    table: Any = ListingPush.__table__
    with counter.shop.enter(), store.write() as session:
        sent_then = store.update_in(table).values(version=9, done_version=9, done_at=clock.now())
        session.execute(sent_then)
    owner.open(address)
    owner.post(f"{address}/count", fields(owner, f"{address}/count") | {"on_hand": "2"})
    assert "마지막으로 보낸 재고 10개 (방금)" in told(owner)


def test_stock_changed_in_the_list_goes_at_once_is_counted_and_can_be_taken_back(
    counter: Counter,
) -> None:
    owner, sku = counter.owner, counter.sku
    counter.link()
    owner.open("/skus?edit=1")
    owner.post("/skus/edits", fields(owner, "/skus/edits") | {f"f-on_hand-{sku}": "11"})
    page = told(owner)
    assert "상품 1개를 저장했습니다. 채널상품 1개(채널 1곳)에 곧 보냅니다." in page
    assert "방금 목록에서 상품 1개의 재고를 바꿨습니다" in page
    assert get(counter.shop, sku).on_hand == 11
    back = fields(owner, "/skus/edits/back")
    with counter.shop.enter():
        goods.count(sku, 9, "sold meanwhile")
    owner.post("/skus/edits/back", back)
    assert "상품 1개의 재고를 되돌렸습니다" in told(owner)
    assert get(counter.shop, sku).on_hand == 4, "what was sold meanwhile stays sold"
    owner.post("/skus/edits/back", back)
    assert "되돌릴 재고가 없습니다" in told(owner) and get(counter.shop, sku).on_hand == 4


def test_the_preview_of_a_file_says_how_many_listings_follow_it(counter: Counter) -> None:
    owner = counter.owner
    counter.link()
    follow = "재고연동을 켠 채널상품 1개(채널 1곳)에 곧 새 재고와 판매상태를 보냅니다"
    for price, pieces, follows in (("1000", "30", True), ("2000", "", False)):
        address = send(owner, csv(("보리차", "", "A", price, pieces)))
        counter.shop.drain("bulk")
        owner.open(address)
        assert "1개를 바꿉니다" in told(owner) and (follow in told(owner)) is follows, price


def test_the_list_asks_before_it_takes_a_sku_off_sale(counter: Counter) -> None:
    owner, sku = counter.owner, counter.sku
    counter.link()
    owner.open("/skus?edit=1")
    sent = fields(owner, "/skus/edits")
    owner.post(
        "/skus/edits", {name: told for name, told in sent.items() if name != f"f-on_sale-{sku}"}
    )
    assert "빨강 0, 파랑 0" in told(owner) and get(counter.shop, sku).on_sale
    owner.post("/skus/edits", fields(owner, "/skus/edits"))
    assert not get(counter.shop, sku).on_sale
