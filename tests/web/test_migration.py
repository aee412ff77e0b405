"""상품 가져오기 by the pages: a way is chosen, a preview looked at, rows imported."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
import openpyxl
import pytest
from sqlalchemy import select

from core import registry, store
from core.contracts.product import ListingGroup
from core.models import Command, Listing, ListingOption
from core.practice.place import Place
from core.services import catalogue, channels, listing_groups, templates
from tests.core import imports, sheets
from tests.web.conftest import Browser
from tests.web.shop import Shop, connect, practising
from tests.web.test_skus import fields, status, told

SEED = {"orders": 0, "products": 30}


class Stand:
    """The owner at a practice shop with some products, its setup done."""

    def __init__(self, owner: Browser, place: Place) -> None:
        self.owner, self.place, self.shop = owner, place, Shop()
        self.id = connect(self.shop)
        self.base = f"/listings/import/to/{self.id}"

    def set_up(self) -> None:
        """Import what the steps want."""
        with self.shop.enter():
            for step in registry.current().marketplaces["smartstore"].setup[1:]:
                templates.submit_import(self.id, step.target, self.shop.actor)
                self.shop.drain("urgent")

    def listings(self) -> dict[str, Any]:
        """Every listing by its number."""
        with self.shop.enter(), store.read() as session:
            return {one.product_no: one for one in session.scalars(select(Listing))}

    def codes(self) -> list[str]:
        """The seller's codes of what has no options."""
        found = self.place.ledger()["listings"].values()
        return [one["code"] for one in found if list(one["options"]) == [""] and one["code"]]

    def command(self, kind: str) -> str:
        """The id of the only command of a kind."""
        with self.shop.enter(), store.read() as session:
            return session.scalars(select(Command.id).where(Command.kind == kind)).one()

    def matched(self) -> int:
        """Options that are matched."""
        with self.shop.enter(), store.read() as session:
            query = select(ListingOption.id).where(ListingOption.match_id.is_not(None))
            return len(session.scalars(query).all())


@pytest.fixture
def stand(owner: Browser) -> Iterator[Stand]:
    with practising(SEED) as host:
        yield Stand(owner, host.place("smartstore"))


def post(browser: Browser, address: str, action: str, **changed: Any) -> None:
    """Open a page and send one of its forms, changed."""
    browser.open(address)
    browser.post(action, {**fields(browser, action), **changed})


def test_it_is_locked_until_the_setup_is_done_and_the_step_is_named(stand: Stand) -> None:
    owner = stand.owner
    owner.open("/listings/import")
    assert "먼저 주소지 단계를 마쳐 주세요" in told(owner)
    owner.open(stand.base)
    assert "아직 가져올 수 없습니다" in told(owner) and "주소지" in told(owner)
    owner.post(f"{stand.base}/search", {"submission": "0" * 32})
    assert status(owner) == 403


def test_a_search_becomes_a_preview_and_listings_that_are_matched_once(stand: Stand) -> None:
    stand.set_up()
    owner = stand.owner
    post(owner, stand.base, f"{stand.base}/search")
    address = path(owner)
    stand.shop.drain()
    owner.open(address)
    assert "새 상품 30" in told(owner)
    codes = stand.codes()
    with stand.shop.enter():
        for code in codes[:3]:
            catalogue.create(
                {"name": f"우리 {code}", "own_code": code, "price": "1", "on_hand": "7",
                 "buffer": "0", "on_sale": "1", "displayed": "1"},
                stand.shop.actor,
            )  # fmt: skip
    post(owner, address, f"{address}/import", all="1", stock="1")
    stand.shop.drain()
    assert len(stand.listings()) == 30
    assert stand.matched() == 3
    assert sum(one.stock_linked for one in stand.listings().values()) == 3
    owner.open(address)
    assert "30개를 가져왔습니다" in told(owner)
    assert "1행" not in told(owner)
    assert owner.shown is not None
    link = re.search(r'<a class="clip" href="(/listings/[0-9a-f]{32})">', owner.shown.text)
    assert link is not None
    assert owner.open(link[1]).status_code == 200
    owner.open(address)
    assert "SKU 연결 3 · 재고연동 켬 3 · SKU 없음 27" in told(owner)
    assert "27개는 재고연동을 켜지 않았습니다" in told(owner)
    assert "SKU와 연결되지 않은 상품은 재고연동을 켤 수 없습니다" in told(owner), "beside its row"
    before = stand.listings()
    post(owner, stand.base, f"{stand.base}/search")
    address = path(owner)
    stand.shop.drain()
    owner.open(address)
    assert "이미 있음 30" in told(owner) and "새 상품 0" in told(owner)
    post(owner, address, f"{address}/import", all="1")
    stand.shop.drain()
    owner.open(address)
    assert "30개가 모두 이미 그대로 있어 바뀐 것이 없습니다. · SKU 연결 0 · SKU 없음 27" in told(
        owner
    )
    after = stand.listings()
    assert {no: one.changed_at for no, one in before.items()} == {
        no: one.changed_at for no, one in after.items()
    }


def test_what_the_shop_no_longer_has_when_it_is_read_whole_is_gone(stand: Stand) -> None:
    stand.set_up()
    owner, number = stand.owner, sorted(stand.place.ledger()["listings"])[0]
    post(owner, stand.base, f"{stand.base}/search")
    address = path(owner)
    stand.shop.drain()
    stand.place.act("remove_listing", {"product_no": number})
    post(owner, address, f"{address}/import", all="1")
    stand.shop.drain()
    assert [no for no, one in stand.listings().items() if one.gone_at is not None] == [number]


def test_what_was_here_already_and_is_linked_now_is_said_with_what_will_be_sent(
    stand: Stand,
) -> None:
    stand.set_up()
    owner = stand.owner
    post(owner, stand.base, f"{stand.base}/search")
    stand.shop.drain()
    post(owner, path(owner), f"{path(owner)}/import", all="1")
    stand.shop.drain()
    code = stand.codes()[0]
    with stand.shop.enter():
        catalogue.create(
            {"name": "우리 차", "own_code": code, "price": "1", "on_hand": "6",
             "buffer": "0", "on_sale": "1", "displayed": "1"},
            stand.shop.actor,
        )  # fmt: skip
    post(owner, stand.base, f"{stand.base}/search")
    address = path(owner)
    stand.shop.drain()
    owner.open(f"{address}?view=matched")
    assert "연동하면 6" in told(owner) and "판매채널의 재고가 한판의 재고로 바뀝니다" in told(owner)
    post(owner, f"{address}?view=matched", f"{address}/import", all="1", stock="1")
    stand.shop.drain()
    owner.open(address)
    page = told(owner)
    assert "바뀐 것이 없습니다" not in page and "SKU 연결 1 · 재고연동 켬 1" in page
    owner.open(f"/jobs/{stand.shop.commands('listings.import')[-1].id}")
    assert "그대로 1 · SKU 연결 1 · 재고연동 켬 1" in told(owner)


def test_numbers_become_a_preview_in_which_unknown_ones_are_a_problem(stand: Stand) -> None:
    stand.set_up()
    owner, number = stand.owner, sorted(stand.place.ledger()["listings"])[0]
    with stand.shop.enter(), store.write() as session:
        deal = ListingGroup(group_no="D1", name="차 모음", product_nos=(number, "123"))
        channel = channels.get(session, stand.id)
        listing_groups.keep_groups(session, channel, [deal])
        group = listing_groups.group_id(stand.shop.workspace_id, str(channel.account), "D1")
    owner.open(f"{stand.base}?deal={group}")
    assert "‘차 모음’ 딜의 상품 2개가 아직 없습니다" in told(owner)
    assert f">{number}\n123</textarea>" in owner.shown.text  # type: ignore[union-attr]
    post(owner, stand.base, f"{stand.base}/numbers", numbers=" , ")
    assert status(owner) == 422 and "한 줄에 하나씩" in told(owner)
    post(owner, stand.base, f"{stand.base}/numbers", numbers=f"{number}\n123, {number}")
    address = path(owner)
    stand.shop.drain()
    owner.open(address)
    assert "상품번호 2개" in told(owner) and "새 상품 1" in told(owner)
    owner.open(f"{address}?view=trouble")
    assert "판매채널에 없는 상품번호입니다" in told(owner)
    post(owner, address, f"{address}/import", all="1")
    stand.shop.drain()
    assert set(stand.listings()) == {number}
    with stand.shop.enter(), store.read() as session:
        kinds = [one.kind for one in session.scalars(select(Command))]
    assert "listings.fill" not in kinds, "what was read whole is not read again"
    owner.post(f"{address}/back")
    stand.shop.drain()
    owner.open(address)
    link = re.search(r'href="(/skus/exports/[^"]+)"', owner.shown.text)  # type: ignore[union-attr]
    assert link is not None
    book = openpyxl.load_workbook(io.BytesIO(owner.open(link[1], buffered=True).data)).active
    assert book["A2"].value == "123"
    job = stand.command("listings.import")
    owner.open(f"/jobs/{job}")
    assert f'href="{address}"' in owner.shown.text  # type: ignore[union-attr]
    owner.open("/jobs?kind=listings.import")
    assert "상품 가져오기" in told(owner)


def test_listings_that_are_none_of_the_contract_are_not_taken_in(
    stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    stand.set_up()
    known = registry.current()
    sync = known.products["smartstore"]
    assert sync.get is not None
    get, number = sync.get, sorted(stand.place.ledger()["listings"])[0]

    def naive(client: Any, numbers: Sequence[str]) -> list[Any]:
        return [replace(one, changed_at=datetime(2026, 1, 31)) for one in get(client, numbers)]

    known.products["smartstore"] = replace(sync, get=naive)
    try:
        post(stand.owner, stand.base, f"{stand.base}/numbers", numbers=number)
        stand.shop.drain()
    finally:
        known.products["smartstore"] = sync
    assert "listings.get: [0].changed_at: the time has no zone" in caplog.text
    stand.owner.open(path(stand.owner))
    assert status(stand.owner) == 200 and "새 상품 1" not in told(stand.owner)


@pytest.mark.parametrize(
    ("by", "box", "reason"),
    [
        ("number", "numbers", "판매채널에 없는 상품번호입니다"),
        ("code", "codes", "이 판매자 상품코드(123)의 상품이 없습니다"),
    ],
)
def test_what_a_search_asks_for_one_by_one_and_does_not_find_is_told(
    stand: Stand, by: str, box: str, reason: str
) -> None:
    stand.set_up()
    owner, (number, told_of) = stand.owner, sorted(stand.place.ledger()["listings"].items())[0]
    there = number if by == "number" else str(told_of["code"])
    search = f"{stand.base}/search"
    post(owner, stand.base, search, by=by, **{box: f"{there}, 123"})
    address = path(owner)
    stand.shop.drain()
    owner.open(address)
    assert "전체 2" in told(owner) and "새 상품 1" in told(owner) and reason in told(owner)
    post(owner, stand.base, search, by=by, name="없는 이름", **{box: f"{there}, 123"})
    address = path(owner)
    stand.shop.drain()
    owner.open(address)
    assert "조건에 맞는 상품이 없습니다" in told(owner), "another condition may be why"
    again = re.search(r'href="([^"]+again=[^"]+)"', owner.shown.text)  # type: ignore[union-attr]
    assert again is not None and 'value="없는 이름"' in owner.open(again[1]).text


def test_who_stops_a_search_or_an_import_comes_to_where_it_goes_on(stand: Stand) -> None:
    stand.set_up()
    owner = stand.owner
    post(owner, stand.base, f"{stand.base}/search")
    address = path(owner)
    job = stand.command("listings.search")
    owner.post(f"/jobs/{job}/cancel")
    assert path(owner) == address and "도중에 멈췄습니다" in told(owner)
    owner.open(f"/jobs/{job}")
    assert "멈춘 곳에서 이어 하기" in told(owner)
    post(owner, address, f"{address}/read")
    stand.shop.drain()
    owner.open(address)
    assert "새 상품 30" in told(owner)


def test_a_marketplace_that_only_reads_by_number_has_one_box_and_says_so(owner: Browser) -> None:
    shop = Shop()
    with shop.enter():
        to = imports.channel(market="wemakeprice")
    owner.open("/listings/import")
    assert "엑셀 · 상품번호" in told(owner) and "API 검색" not in told(owner)
    owner.open(f"/listings/import/to/{to.id}")
    assert "상품번호로 가져옵니다" in told(owner) and "모든 상품을 찾습니다" not in told(owner)


def test_the_skus_of_a_row_are_found_and_chosen_without_script(stand: Stand) -> None:
    stand.set_up()
    owner, number = stand.owner, sorted(stand.place.ledger()["listings"])[0]
    with stand.shop.enter():
        sku = catalogue.create(
            {"name": "고른 상품", "price": "1", "on_hand": "7", "buffer": "0"}, stand.shop.actor
        )
    post(owner, stand.base, f"{stand.base}/numbers", numbers=number)
    address = path(owner)
    stand.shop.drain()
    row = f"{address}/rows/1"
    owner.open(row)
    sent = fields(owner, row)
    owner.post(row, {**sent, "q": "고른", "find": "1"})
    assert "1개 찾음" in told(owner) and f'value="{sku}"' in owner.shown.text  # type: ignore[union-attr]
    owner.post(row, {**sent, "sku-0": sku, "pieces-0": "0", "link": "sku"})
    assert status(owner) == 422
    assert f'value="{sku}" selected' in owner.shown.text  # type: ignore[union-attr]
    owner.post(row, {**sent, "sku-0": sku, "pieces-0": "2", "link": "sku", "stock": "1"})
    assert "직접 고름" in told(owner) and "고른 상품 × 2" in told(owner)
    post(owner, address, f"{address}/import", row="1", **{"link-1": "keep", "stock-1": "1"})
    stand.shop.drain()
    assert stand.matched() == 1
    assert [one.stock_linked for one in stand.listings().values()] == [True]
    far = "9" * 30
    for wrong in (f"{address}/rows/2", f"{address}/rows/{far}", "/listings/import/" + "0" * 32):
        owner.open(wrong)
        assert status(owner) == 404


def test_a_file_is_uploaded_mapped_recognised_and_refused_by_the_pages(
    owner: Browser, staff: Browser
) -> None:
    shop = Shop()
    with shop.enter():
        to = imports.channel()
    base = f"/listings/import/to/{to.id}"
    send(staff, base, sheets.delimited([("번호임", "이름임"), ("1001", "가")]).encode())
    address = path(staff)
    shop.drain("bulk")
    staff.open(address)
    assert "어느 열이 무엇인지 골라 주세요" in told(staff)
    staff.post(f"{address}/columns", {"sheet": "CSV", "row": "1", "c-0": "product_no"})
    assert status(staff) == 422 and "이 열은 꼭 골라 주세요: 상품명" in told(staff)
    twice = {"sheet": "CSV", "row": "1", "c-0": "product_no", "c-1": "name", "c-2": "name"}
    staff.post(f"{address}/columns", twice)
    assert status(staff) == 422 and "2번째 열과 3번째 열에 같은 이름" in told(staff)
    staff.post(
        f"{address}/columns", {"sheet": "CSV", "row": "1", "c-0": "product_no", "c-1": "name"}
    )
    shop.drain("bulk")
    staff.open(address)
    assert "이렇게 읽었습니다" in told(staff) and "새 상품 1" in told(staff)
    assert "열 다시 고르기" in told(staff)
    head = "상품번호,상품명,업체상품코드,할인가,재고수량,상품상태,노출여부,세카테고리"
    send(staff, base, f"{head}\n1,가,A,100,1,판매중,Y,옷\n".encode())
    address = path(staff)
    shop.drain("bulk")
    staff.open(address)
    assert "파일로 보입니다" in told(staff)
    staff.post(f"{address}/read", {"parser": imports.PARSER})
    shop.drain("bulk")
    staff.open(address)
    assert "새 상품 1" in told(staff)
    staff.post(f"{base}/file", {"submission": "0" * 32, "parser": imports.PARSER})
    assert status(staff) == 422 and "올릴 파일을 선택해 주세요" in told(staff)
    staff.open("/listings/import")
    assert "상품.csv" in told(staff)


def test_a_practice_channel_says_where_a_file_to_practise_with_is(owner: Browser) -> None:
    shop = Shop()
    with shop.enter():
        to, real = imports.channel(), imports.channel("진짜", practice=False)
    with practising() as host:
        host.place("eleven_st").seed("small", {"orders": 0, "products": 12})
        page = owner.open(f"/listings/import/to/{to.id}").text
        link = re.search(r'href="([^"]*/_world/export[^"]*)"', page)
        assert link is not None
        file = httpx.get(link[1], trust_env=False).content
    send(owner, f"/listings/import/to/{to.id}", file, "연습.xlsx")
    address = path(owner)
    shop.drain("bulk")
    owner.open(address)
    assert "새 상품 12" in told(owner)
    assert "_world" not in owner.open(f"/listings/import/to/{real.id}").text


def send(browser: Browser, base: str, data: bytes, name: str = "상품.csv") -> None:
    """Upload a file by the form of a way."""
    browser.open(base)
    parts = [
        f'--xx\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields(browser, f"{base}/file").items()
    ]
    head = f'--xx\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    browser.shown = browser.client.post(
        f"{base}/file",
        data="".join((*parts, head)).encode() + data + b"\r\n--xx--\r\n",
        content_type="multipart/form-data; boundary=xx",
        follow_redirects=True,
    )


def path(browser: Browser) -> str:
    """Where the browser is."""
    assert browser.shown is not None
    return browser.shown.request.path
