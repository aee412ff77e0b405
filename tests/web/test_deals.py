"""딜 (그룹상품): their list, what each holds, and what of it never came."""

from __future__ import annotations

from core import clock, store
from core.contracts.product import ListingGroup, SaleState
from core.services import listing_groups, listings
from tests.core import goods
from tests.web.conftest import Browser
from tests.web.shop import Shop
from tests.web.test_skus import told


def test_deals_name_their_listings_both_ways_and_those_that_are_not_here(owner: Browser) -> None:
    owner.open("/listings/deals")
    assert "가져온 딜이 없습니다" in told(owner)
    shop = Shop()
    channel = shop.channel()
    other = shop.channel("분점", marketplace="eleven_st")
    with shop.enter():
        for number in ("1", "2", "3", "4", "5", "6"):
            goods.listing(channel, number, name=f"차 {number}")
        goods.listing(other, "9", name="남의 차")
        tea = ListingGroup(
            group_no="D1", name="차 모음", state=SaleState.ON_SALE,
            product_nos=("1", "2", "3", "4", "5", "8", "9"),
        )  # fmt: skip
        old = ListingGroup(group_no="D2", name="", state=SaleState.ENDED, product_nos=("6",))
        with store.write() as session:
            listing_groups.keep_groups(session, channel, [tea, old])
            listings.gone(session, channel, ["5"], clock.now())
    deal = listing_groups.group_id(shop.workspace_id, str(channel.account), "D1")
    owner.open("/listings")
    assert "딜 2" in told(owner)
    owner.open("/listings/deals")
    page = told(owner)
    assert "차 모음 D1" in page and "이름 없는 딜 D2" in page and "남의 차" not in page
    assert "차 1 , 차 2 , 차 3 그 밖에 1개 판매채널에서 사라진 상품 1개" in page
    assert "아직 없는 상품 2개 상품 가져오기" in page, "8, and 9, which is another account's"
    assert f"/listings/import/to/{channel.id}?deal={deal}" in owner.shown.text  # type: ignore[union-attr]
    for address, shown, hidden in (
        ("?view=missing", "D1", "D2"),
        ("?view=ended", "D2", "D1"),
        ("?q=모음", "D1", "D2"),
        (f"?ch={other.id}", "조건에 맞는 딜이 없습니다", "D1"),
    ):
        owner.open(f"/listings/deals{address}")
        assert shown in told(owner) and hidden not in told(owner), address
    owner.open(f"/listings?deal={deal}")
    page = told(owner)
    assert "‘차 모음’ 딜의 상품만 보고 있습니다" in page and "아직 없는 상품 2개: 8, 9" in page
    assert "차 4" in page and "차 6" not in page and "남의 차" not in page and "전체 4" in page
    owner.open(f"/listings/{listings.listing_id(shop.workspace_id, str(channel.account), '1')}")
    assert f'href="/listings?deal={deal}"' in owner.shown.text  # type: ignore[union-attr]
