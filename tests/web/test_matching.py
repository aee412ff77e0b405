"""SKU 연결: chosen, looked at, saved, undone, accepted; and where it is seen afterwards."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core import store
from core.contracts.order import LineState
from core.models import Channel
from core.services import listings, match_versions, runple
from tests.core import goods
from tests.web.conftest import Browser
from tests.web.shop import Shop
from tests.web.test_skus import fields, status, told


@pytest.fixture
def shop(owner: Browser) -> Shop:
    return Shop()


def listing_of(shop: Shop, of: Channel, number: str) -> str:
    return listings.listing_id(shop.workspace_id, str(of.account), number)


def parts(shop: Shop, option_id: str) -> list[tuple[str, int]]:
    """What stands of an option's match."""
    with shop.enter(), store.read() as session:
        found = match_versions.of(session, [option_id]).get(option_id, [])
    return [(part.sku_id, part.quantity) for part in found[-1].parts] if found else []


def link(browser: Browser, words: str) -> str:
    """Where the link with these words leads."""
    assert browser.shown is not None
    found = re.search(rf'href="([^"]*)"[^>]*>(?:<svg.*?</svg>)?{words}', browser.shown.text)
    assert found is not None, words
    return found[1].replace("&amp;", "&")


def test_an_option_is_matched_with_a_set_looked_at_saved_and_undone(
    owner: Browser, shop: Shop
) -> None:
    of = shop.channel()
    with shop.enter():
        first, second = goods.sku("A", 10, name="보리차"), goods.sku("B", 9, name="옥수수차")
        (option,) = goods.listing(of, "700", name="차 선물 세트")
        line = goods.order(of, "100", "700", quantity=2)
    address = f"/listings/{listing_of(shop, of, '700')}"
    owner.open(address)
    assert "연결 안 됨" in told(owner)
    editor = f"{address}/match/{option}"
    owner.open(f"{address}/match")
    assert link(owner, "SKU 고르기") == editor
    owner.open(f"{editor}?on=1&q=옥수수")
    assert "옥수수차" in told(owner) and "보리차" not in told(owner)
    owner.open(f"{editor}?on=1&sku={first}&n-{first}=1&add={second}")
    assert "보리차" in told(owner) and 'value="1"' in owner.shown.text  # type: ignore[union-attr]
    owner.open(f"{editor}/look?on=1&sku={first}&n-{first}=0")
    assert status(owner) == 422 and "1부터 9,999까지" in told(owner)
    owner.open(f"{editor}/look?on=1&sku={first}&n-{first}=1&sku={second}&n-{second}=2")
    page = told(owner)
    assert "재고가 달라지는 주문 1건" in page and "옥수수차 (B) × 4" in page
    assert parts(shop, option) == [], "looking changes nothing"
    sent = fields(owner, editor) | {f"n-{first}": "1", f"n-{second}": "2"}
    for _ in range(2):
        owner.post(editor, {**sent, "sku": [first, second]})
        assert status(owner) == 200
    assert parts(shop, option) == sorted([(first, 1), (second, 2)])
    owner.open(address)
    assert "판매 가능" in told(owner)
    assert "보리차: 재고 10 − 주문 중 2 − 안전재고 0 = 8개" in told(owner)
    owner.open(f"/orders/{line}")
    assert "옥수수차 4개 잡아 둠" in told(owner)
    owner.open(f"/skus/{second}")
    page = told(owner)
    assert "차 선물 세트" in page and "2개씩이라 2개" in page and "100" in page
    assert "주문 100" in page, "the movement names its order"
    owner.open(f"{editor}/undo")
    assert "연결을 되돌릴까요" in told(owner) and "재고가 달라지는 주문 1건" in told(owner)
    sent = fields(owner, f"{editor}/undo")
    for _ in range(2):
        owner.post(f"{editor}/undo", sent)
        assert status(owner) == 200
    assert parts(shop, option) == []
    with shop.enter():
        assert goods.figures(second) == (9, 0)
    owner.open(editor)
    assert "되돌림" in told(owner)


def test_who_saw_an_older_match_is_told_and_shown_the_present_one(
    owner: Browser, staff: Browser, shop: Shop
) -> None:
    of = shop.channel()
    with shop.enter():
        first, second = goods.sku("A", name="보리차"), goods.sku("B", name="옥수수차")
        (option,) = goods.listing(of, "700")
    editor = f"/listings/{listing_of(shop, of, '700')}/match/{option}"
    owner.open(f"{editor}/look?on=1&sku={first}&n-{first}=1")
    staff.open(f"{editor}/look?on=1&sku={second}&n-{second}=1")
    mine, theirs = fields(owner, editor), fields(staff, editor)
    owner.post(editor, mine)
    staff.post(editor, theirs)
    assert status(staff) == 422 and "그사이 다른 사람이" in told(staff)
    assert "보리차" in told(staff), "what stands now"
    assert parts(shop, option) == [(first, 1)]
    staff.post(editor, fields(staff, editor))
    assert parts(shop, option) == [(second, 1)], "having seen it, the person may save"
    staff.post(f"{editor}/undo", {"seen": "1"})
    assert status(staff) == 422 and parts(shop, option) == [(second, 1)]


def test_proposals_are_accepted_where_they_are_ticked(owner: Browser, shop: Shop) -> None:
    of = shop.channel()
    with shop.enter():
        red, blue = goods.sku("RED"), goods.sku("BLUE")
        options = goods.listing(of, "700", ["1", "2", "3"], codes=["RED", "BLUE", "?"])
    address = f"/listings/{listing_of(shop, of, '700')}/match"
    owner.open(address)
    assert "자체상품코드가 같아서" in told(owner)
    owner.post(address, fields(owner, address) | {"option": options[0]})
    assert "옵션 1개를 연결했습니다" in told(owner)
    assert [parts(shop, one) for one in options] == [[(red, 1)], [], []]
    owner.post(address, {"option": [*options, "0" * 32]})
    assert [parts(shop, one) for one in options] == [[(red, 1)], [(blue, 1)], []]


def test_an_option_of_another_listing_or_nobody_is_not_found(owner: Browser, shop: Shop) -> None:
    of = shop.channel()
    with shop.enter():
        goods.listing(of, "700")
        (other,) = goods.listing(of, "701")
    for option in (other, "0" * 32):
        owner.open(f"/listings/{listing_of(shop, of, '700')}/match/{option}")
        assert status(owner) == 404
    owner.open(f"/listings/{listing_of(shop, of, '701')}/match/{other}/undo")
    assert status(owner) == 404, "there is nothing to undo"


def test_all_of_a_channel_are_matched_by_a_command_that_counts(owner: Browser, shop: Shop) -> None:
    of = shop.channel()
    with shop.enter():
        sku, away = goods.sku("A"), goods.sku("GONE")
        goods.archive(away)
        (one,) = goods.listing(of, "700", code="A")
        (unclear,) = goods.listing(of, "701", code="GONE")
        (unknown,) = goods.listing(of, "702", code="")
        (left,) = goods.listing(of, "703", code="A")
        goods.match(left, (sku, 1))
        goods.match(left)
    owner.open(f"/listings?ch={of.id}")
    action = f"/listings/channels/{of.id}/match"
    owner.post(action, fields(owner, action))
    assert "SKU 자동 연결" in told(owner)
    shop.drain("bulk")
    (command,) = shop.commands("listings.match")
    assert command.state == "done"
    assert command.result == {"linked": 1, "unclear": 1, "unlinked": 1}
    assert parts(shop, one) == [(sku, 1)]
    assert parts(shop, unclear) == parts(shop, unknown) == []
    assert parts(shop, left) == [], "what a person has taken apart stays so"
    owner.open(f"/jobs/{command.id}")
    assert "연결 1 · 직접 골라야 함 1 · 맞는 SKU 없음 1" in told(owner)
    assert f"SKU 자동 연결: 스마트스토어 {of.store}" in told(owner), "whose listings these were"
    page = told(owner)
    assert "판매 700" in page and "상품 A" in page and "자체상품코드가 같아서" in page
    assert "판매 701" not in page and "판매 703" not in page
    assert link(owner, "아직 SKU가 없는 상품 보기").endswith(f"ch={of.id}&match=unmatched")
    back = link(owner, "되돌리기")
    owner.open(back)
    owner.post(back, fields(owner, back))
    assert parts(shop, one) == []
    owner.open(f"/jobs/{command.id}")
    assert "그 뒤에 바뀜" in told(owner)


def test_skus_are_made_of_listings_once_and_the_job_says_of_which(
    owner: Browser, shop: Shop
) -> None:
    of = shop.channel()
    with shop.enter():
        goods.sku("TEA", name="우리 차")
        options = goods.listing(of, "700", ["1", "2"], codes=["A", "B"], name="티셔츠")
        (fits,) = goods.listing(of, "701", code="TEA", name="보리차")
    address = f"/listings/{listing_of(shop, of, '700')}"
    for page in (address, f"{address}/match"):
        owner.open(page)
        assert "SKU 만들기" in told(owner)
    owner.open("/listings")
    sent = fields(owner, "/listings/sync")
    owner.post("/listings/skus", {**sent, "do": "link"})
    assert "먼저 상품을 선택해 주세요" in told(owner)
    chosen = {**sent, "all": "1", "do": "link"}
    for _ in range(2):
        owner.post("/listings/skus", chosen)
        assert "SKU 만들기: 상품 2개" in told(owner)
    shop.drain("bulk")
    (command,) = shop.commands("listings.skus")
    owner.open(f"/jobs/{command.id}")
    page = told(owner)
    assert "SKU 2개 만듦 · 만들지 않은 상품 1개" in page and "일부 되지 않음" in page
    assert "만들지 않음" in page and "이미 맞는 SKU가 있습니다: 우리 차" in page
    assert "SKU를 만들어서" in page and "티셔츠" in page
    assert all(parts(shop, one) for one in options) and parts(shop, fits) == []
    owner.open(link(owner, "티셔츠 1"))
    assert "채널상품에서 만듦" in told(owner)
    owner.open(address)
    assert "SKU 만들기" not in told(owner)


def test_orders_beyond_the_stock_are_shown_on_today_in_the_list_and_in_their_pages(
    owner: Browser, shop: Shop
) -> None:
    of = shop.channel()
    with shop.enter():
        sku = goods.sku("A", 1, name="보리차")
        (option,) = goods.listing(of, "700")
        goods.match(option, (sku, 1))
        goods.order(of, "100", "700", ordered=goods.later(-60))
    owner.open("/")
    assert "재고보다 더 팔린" not in told(owner)
    owner.open("/orders")
    assert "초과판매" not in told(owner)
    with shop.enter():
        late = goods.order(of, "101", "700", quantity=2)
    owner.open("/")
    assert "초과판매된 주문이 1건 있습니다" in told(owner)
    owner.open(link(owner, "초과판매 주문 보기"))
    assert "101" in told(owner) and "초과판매" in told(owner)
    assert "/orders/" + late in owner.shown.text  # type: ignore[union-attr]
    owner.open(f"/orders/{late}")
    assert "보리차 2개가 모자랍니다" in told(owner)
    owner.open(f"/skus/{sku}")
    assert "초과판매: 재고보다 2개 더 팔렸습니다" in told(owner) and "2개 초과판매" in told(owner)
    sent = fields(owner, f"/skus/{sku}/return")
    owner.post(f"/skus/{sku}/return", sent | {"returned": "x"})
    assert status(owner) == 422
    for _ in range(2):
        owner.post(f"/skus/{sku}/return", sent | {"returned": "2"})
    owner.open("/orders")
    assert "초과판매" not in told(owner)
    with shop.enter():
        assert goods.figures(sku) == (3, 3)
        goods.order(of, "101", "700", quantity=2, state=LineState.SHIPPING)
    owner.open(f"/orders/{late}")
    assert "보리차 2개 나감" in told(owner)


def test_the_mode_of_runple_is_offered_where_it_is_used_and_goods_can_be_told_apart(
    owner: Browser, shop: Shop
) -> None:
    of, taking = shop.channel(), shop.channel("위메프", marketplace="wemakeprice")
    owner.open(f"/channels/{of.id}")
    assert "런플상품발주" not in told(owner)
    with shop.enter():
        runple.use(True, shop.actor)
    owner.open(f"/channels/{taking.id}")
    assert "런플상품발주" not in told(owner)
    action = f"/channels/{of.id}/switches"
    owner.open(f"/channels/{of.id}")
    assert "런플상품발주" in told(owner)
    wanted: dict[str, Any] = fields(owner, action) | {"confirm_mode": "runple"}
    owner.post(action, wanted)
    assert "런플상품인 것을 발주확인합니다" in told(owner), "it asks first"
    owner.post(action, wanted | {"sure": "1"})
    assert '<option value="runple" selected>' in owner.shown.text  # type: ignore[union-attr]
    with shop.enter():
        runple.use(False, shop.actor)
    owner.open(f"/channels/{of.id}")
    assert '<option value="manual" selected>' in owner.shown.text  # type: ignore[union-attr]
