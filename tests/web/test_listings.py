"""채널상품: read anew, looked at, changed, by the pages and at a practice marketplace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock, store
from core.contracts.product import Listing as Told
from core.models import Channel, Command, Listing
from core.practice import PracticeHost
from core.practice.faults import Kind, Rule
from core.services import catalogue, listings, matching
from core.services.matching import Part
from tests.web.conftest import Browser
from tests.web.shop import Shop, connect, practising
from tests.web.test_skus import fields, status, told
from web import listing_words

WEEK = clock.now() + timedelta(days=7)


class Shelf:
    """The owner at a practice 스마트스토어 of some listings, of which only the numbers are here."""

    def __init__(self, owner: Browser, host: PracticeHost) -> None:
        self.owner, self.shop = owner, Shop()
        self.place = host.place("smartstore")
        self.channel_id = connect(self.shop)
        self.keep(*(Told(product_no=number) for number in self.there()))

    def keep(self, *found: Told) -> None:
        """Listings are told by something else than [동기화]."""
        with self.shop.enter(), store.write() as session:
            channel = session.get_one(Channel, self.channel_id)
            listings.keep(session, channel, found, clock.now())

    def there(self) -> dict[str, Any]:
        """The listings as the marketplace has them, by number."""
        return dict(self.place.ledger()["listings"])

    def here(self) -> dict[str, Any]:
        """The listings as they are stored, by number."""
        with self.shop.enter(), store.read() as session:
            return {row.product_no: row for row in session.scalars(select(Listing))}

    def options(self, number: str) -> dict[str, int | None]:
        """The stock of each option of a listing as it is stored."""
        with self.shop.enter(), store.read() as session:
            found = listings.options_of(session, [self.here()[number].id])
            return {one.option_no: one.stock for one in found if one.gone_at is None}

    def act(self, name: str, **data: Any) -> None:
        """Let something happen at the marketplace."""
        self.place.act(name, data)

    def job(self, kind: str) -> Command:
        """The newest command of a kind."""
        return self.shop.commands(kind)[-1]

    def sync(self) -> None:
        """Press [동기화] for all that the list shows, and have it done."""
        self.owner.open("/listings")
        sent = fields(self.owner, "/listings/sync") | {"all": "1", "do": "sync"}
        self.owner.post("/listings/sync", sent)
        self.shop.drain()

    def change(self, what: str, *numbers: str, **typed: str) -> None:
        """Give a change of these listings, look at it, and send it."""
        self.plan(what, *numbers, **typed)
        self.owner.post("/listings/edit/apply", fields(self.owner, "/listings/edit/apply"))
        self.shop.drain()

    def plan(self, what: str, *numbers: str, **typed: str) -> None:
        """Give a change of these listings, and look at it."""
        ids = ",".join(self.here()[number].id for number in numbers)
        self.owner.post("/listings/edit", {"what": what, "listings": ids})
        self.owner.post("/listings/edit", fields(self.owner, "/listings/edit") | typed)

    def show(self, number: str) -> str:
        """What the page of a listing says."""
        self.owner.open(f"/listings/{self.here()[number].id}")
        return told(self.owner)


@pytest.fixture
def shelf(owner: Browser) -> Iterator[Shelf]:
    with practising({"orders": 0, "products": 24, "mix": False}) as host:
        yield Shelf(owner, host)


def test_without_listings_the_page_says_what_to_do(owner: Browser) -> None:
    owner.open("/listings")
    assert "상품을 가져올 판매채널이 없습니다" in told(owner)
    Shop().channel()
    owner.open("/listings")
    assert "아직 가져온 상품이 없습니다" in told(owner)
    owner.open("/")
    assert owner.shown is not None and 'href="/listings"' in owner.shown.text


def test_syncing_fills_every_listing_in_and_then_says_what_changed(shelf: Shelf) -> None:
    shelf.sync()
    first = shelf.job("listings.sync")
    assert (first.state, first.progress_done, (first.result or {})["changed"]) == ("done", 24, 24)
    here, there = shelf.here(), shelf.there()
    assert {number: row.price for number, row in here.items()} == {
        number: row["price"] for number, row in there.items()
    }
    gone, edited = sorted(there)[:2]
    shelf.act("edit_listing", product_no=edited, price=54_320)
    shelf.act("remove_listing", product_no=gone)
    shelf.sync()
    second = shelf.job("listings.sync")
    assert second.result is not None
    assert {name: second.result[name] for name in ("changed", "gone", "same")} == {
        "changed": 1,
        "gone": 1,
        "same": 22,
    }
    shelf.owner.open(f"/jobs/{second.id}")
    page = told(shelf.owner)
    was = f"{here[edited].price:,}"
    assert f"판매가: {was}원 → 54,320원" in page and "판매채널에 없음" in page
    assert "판매채널에 없습니다" in shelf.show(gone)
    shelf.owner.open("/listings?view=gone")
    assert here[gone].name in told(shelf.owner) and here[edited].name not in told(shelf.owner)


def test_what_is_gone_is_out_of_sight_and_out_of_the_list_until_it_is_told_again(
    shelf: Shelf,
) -> None:
    owner, (here, gone, other) = shelf.owner, sorted(shelf.there())[:3]
    shelf.keep(*(Told(product_no=number, name=f"상품 {number}") for number in (here, gone, other)))
    with shelf.shop.enter(), store.write() as session:
        channel = session.get_one(Channel, shelf.channel_id)
        listings.gone(session, channel, [gone, other], clock.now())
    owner.open("/listings")
    assert f"상품 {here}" in told(owner) and f"상품 {gone}" not in told(owner)
    assert "사라진 상품 2" in told(owner) and "지운 상품" not in told(owner)
    owner.open("/listings?view=gone")
    sent = fields(owner, "/listings/sync") | {"listing": shelf.here()[gone].id, "on": "1"}
    owner.post("/listings/away", sent)
    assert "목록에서 지운 상품 1개" in told(owner) and f"상품 {gone}" not in told(owner)
    assert f"상품 {other}" in told(owner) and "사라진 상품 1" in told(owner)
    owner.post("/listings/away", sent)
    assert "목록에서 지운 상품 0개" in told(owner), "what is away is not taken away again"
    owner.open("/listings?view=away")
    assert f"상품 {gone}" in told(owner) and "지운 상품 1" in told(owner)
    assert "목록에서 지움 김소유" in shelf.show(gone)
    owner.post("/listings/away", fields(owner, "/listings/away"))
    assert "목록에 되돌린 상품 1개" in told(owner) and "목록에서 지우기" in told(owner)
    owner.post("/listings/away", fields(owner, "/listings/away"))
    shelf.keep(Told(product_no=gone))
    owner.open("/listings")
    assert f"상품 {gone}" in told(owner) and "지운 상품" not in told(owner)
    with shelf.shop.enter(), store.write() as session:
        listings.gone(session, channel, [gone], clock.now())
    owner.open("/listings?view=gone")
    assert f"상품 {gone}" in told(owner), "gone anew, it is shown anew"


def test_one_listing_is_synced_from_its_own_page_which_shows_its_history(shelf: Shelf) -> None:
    shelf.sync()
    number = next(number for number in sorted(shelf.there()) if "" not in shelf.options(number))
    option = next(iter(shelf.options(number)))
    shelf.act("edit_listing", product_no=number, option_no=option, stock=77)
    shelf.show(number)
    row_id = shelf.here()[number].id
    shelf.owner.post(f"/listings/{row_id}/sync", fields(shelf.owner, f"/listings/{row_id}/sync"))
    assert "채널상품 동기화 1개" in told(shelf.owner)
    shelf.shop.drain()
    assert re.search(r"재고 스마트스토어 [^→]*→ 77", shelf.show(number))
    assert shelf.options(number)[option] == 77
    assert shelf.job("listings.sync").progress_total == 1


def test_a_sync_that_was_cut_off_goes_on_where_it_stood(shelf: Shelf) -> None:
    lost = Rule(kind=Kind.STATUS, path="/v2/products", method="GET", after=21)
    shelf.place.faults.append(lost)
    shelf.sync()
    cut = shelf.job("listings.sync")
    assert (cut.state, cut.progress_done) == ("ready", 20)
    with shelf.shop.enter(), store.write() as session:
        session.get_one(Command, cut.id).next_at = 0.0
    shelf.shop.drain("urgent")
    done = shelf.job("listings.sync")
    assert done.state == "done" and done.result is not None
    assert (done.result["changed"], done.result["same"]) == (24, 0), "the first page was not read"
    assert all(row.price for row in shelf.here().values())


def test_prices_are_changed_after_a_look_at_before_and_after_each_with_its_outcome(
    shelf: Shelf,
) -> None:
    shelf.sync()
    first, second, gone = sorted(shelf.there())[:3]
    was = {number: shelf.here()[number].price for number in (first, second)}
    shelf.plan("price", first, second, gone, how="raise", won="1,000")
    page = told(shelf.owner)
    assert "판매가 수정: 상품 3개" in page
    assert f"{was[first]:,}원 {was[first] + 1000:,}원" in page
    shelf.act("remove_listing", product_no=gone)
    shelf.owner.post("/listings/edit/apply", fields(shelf.owner, "/listings/edit/apply"))
    assert "채널상품 판매가 수정 3개" in told(shelf.owner)
    shelf.shop.drain()
    job = shelf.job("listings.edit")
    assert job.result is not None and (job.result["done"], job.result["refused"]) == (2, 1)
    shelf.owner.open(f"/jobs/{job.id}")
    page = told(shelf.owner)
    assert "일부 되지 않음" in page and "네이버에 없는 상품입니다" in page and "반영됨" in page
    for number in (first, second):
        there = shelf.there()[number]
        assert there["price"] == shelf.here()[number].price == was[number] + 1000
    assert "판매가 수정" in shelf.show(first) and "반영됨" in shelf.show(first)
    assert "네이버에 없는 상품입니다" in shelf.show(gone)
    shelf.owner.open("/listings?view=refused")
    assert "네이버에 없는 상품입니다" in told(shelf.owner)


def test_a_price_is_changed_by_tenths_of_a_per_cent(shelf: Shelf) -> None:
    shelf.sync()
    number = sorted(shelf.there())[0]
    was = shelf.here()[number].price
    shelf.plan("price", number, how="raise_percent", percent="3.5%")
    assert f"{was:,}원 {was * 1035 // 1000 // 10 * 10:,}원" in told(shelf.owner)
    for wrong in ("0", "3.55", "100", "많이"):
        shelf.plan("price", number, how="lower_percent", percent=wrong)
        assert status(shelf.owner) == 422 and "소수 한 자리까지" in told(shelf.owner)


def test_two_times_on_one_day_are_told_with_their_hours(app: Flask) -> None:
    times = {"from": "2031-01-06T03:00:00+00:00", "to": "2031-01-06T14:59:00+00:00"}
    event = SimpleNamespace(kind="ends", who="marketplace", at=WEEK, detail=times)
    later = {**times, "to": "2031-01-07T14:59:00+00:00"}
    other = SimpleNamespace(kind="ends", who="marketplace", at=WEEK, detail=later)
    with app.test_request_context():
        assert listing_words.changes([event, other]) == [
            "판매 종료일: 2031년 1월 6일 12:00 → 2031년 1월 6일 23:59",
            "판매 종료일: 2031년 1월 6일 → 2031년 1월 7일",
        ]


def test_what_cannot_be_changed_says_why_before_anything_is_sent(shelf: Shelf) -> None:
    shelf.sync()
    linked, same, plain = sorted(shelf.there())[:3]
    with shelf.shop.enter(), store.write() as session:
        session.get_one(Listing, shelf.here()[linked].id).stock_linked = True
    shelf.change("status", same, on_sale="0")
    shelf.plan("status", linked, same, plain, on_sale="0")
    page = told(shelf.owner)
    assert "판매상태 수정: 상품 1개" in page
    assert "연결된 SKU를 따릅니다" in page and "이미 그 값입니다" in page
    shelf.owner.post("/listings/edit/apply", fields(shelf.owner, "/listings/edit/apply"))
    shelf.shop.drain()
    states = {number: row["state"] for number, row in shelf.there().items()}
    assert (states[linked], states[same], states[plain]) == ("SALE", "SUSPENSION", "SUSPENSION")
    assert shelf.here()[plain].state == "stopped"


def test_what_was_looked_at_is_what_is_sent_and_once(shelf: Shelf) -> None:
    shelf.sync()
    number = sorted(shelf.there())[0]
    shelf.plan("price", number, how="set", won="33,000")
    sent = fields(shelf.owner, "/listings/edit/apply")
    shelf.act("edit_listing", product_no=number, price=21_000)
    shelf.sync()
    shelf.owner.post("/listings/edit/apply", sent)
    assert status(shelf.owner) == 422
    page = told(shelf.owner)
    assert "보시는 동안 값이 바뀌었습니다" in page and "21,000원 33,000원" in page
    again = fields(shelf.owner, "/listings/edit/apply")
    for _ in range(2):
        shelf.owner.post("/listings/edit/apply", again)
    shelf.shop.drain()
    assert len(shelf.shop.commands("listings.edit")) == 1
    assert shelf.there()[number]["price"] == 33_000
    shelf.plan("price", number, how="lower", won="33,000")
    assert "판매가가 1원보다 작아집니다" in told(shelf.owner)


def test_stock_is_given_option_by_option_for_one_and_at_once_for_many(shelf: Shelf) -> None:
    shelf.sync()
    number = next(number for number in sorted(shelf.there()) if "" not in shelf.options(number))
    was = shelf.options(number)
    shelf.owner.open(f"/listings/edit?what=stock&listing={shelf.here()[number].id}")
    sent = fields(shelf.owner, "/listings/edit")
    first = next(name for name in sent if name.startswith("o-"))
    shelf.owner.post("/listings/edit", sent | {first: "넷"})
    assert status(shelf.owner) == 422 and "숫자만 넣어 주세요" in told(shelf.owner)
    shelf.owner.post("/listings/edit", sent | {first: "4"})
    shelf.owner.post("/listings/edit/apply", fields(shelf.owner, "/listings/edit/apply"))
    shelf.shop.drain()
    now = shelf.options(number)
    changed = [option for option in was if was[option] != now[option]]
    assert len(changed) == 1 and now[changed[0]] == 4
    there = {key: one["stock"] for key, one in shelf.there()[number]["options"].items()}
    assert there == now
    some = [one for one in sorted(shelf.there()) if one != number][:2]
    shelf.change("stock", *some, pieces="9")
    for one in some:
        assert set(shelf.options(one).values()) == {9}


def test_a_field_that_would_vanish_stops_the_write_and_is_named(shelf: Shelf) -> None:
    shelf.sync()
    number = sorted(shelf.there())[0]
    shelf.act("edit_listing", product_no=number, fields={"newField": {"inner": "값"}})
    shelf.change("display", number, displayed="0")
    job = shelf.job("listings.edit")
    assert job.result is not None and job.result["refused"] == 1
    shelf.owner.open(f"/jobs/{job.id}")
    assert "originProduct.newField" in told(shelf.owner)
    assert shelf.here()[number].name in told(shelf.owner)
    assert "originProduct.newField" in shelf.show(number)
    assert shelf.there()[number]["displayed"] is True


def test_the_list_is_filtered_sorted_searched_and_turned_by_its_address(shelf: Shelf) -> None:
    shelf.sync()
    here = shelf.here()
    number = sorted(here)[0]
    shelf.owner.open(f"/listings?q={number}")
    assert here[number].name in told(shelf.owner) and "1–1 / 1" in told(shelf.owner)
    for narrowed in ("match=matched", "link=on", "view=due", "q=없는말"):
        shelf.owner.open(f"/listings?{narrowed}")
        assert "조건에 맞는 상품이 없습니다" in told(shelf.owner), narrowed
    for all_of_them in ("match=unmatched", "link=off", f"ch={shelf.channel_id}", "view=x&sort=x"):
        shelf.owner.open(f"/listings?{all_of_them}")
        assert "/ 24" in told(shelf.owner), all_of_them
    soon = [row for row in here.values() if row.sale_ends and row.sale_ends < WEEK]
    shelf.owner.open("/listings?view=ending")
    assert soon and f"1–{len(soon)} / {len(soon)}" in told(shelf.owner)
    for place in range(50):
        shelf.keep(Told(product_no=f"9{place}", name=f"상품 {place:02}", price=10**8 - place))
    shelf.owner.open("/listings?sort=-price")
    assert "상품 49" in told(shelf.owner) and "1–50 / 74" in told(shelf.owner)
    assert shelf.owner.shown is not None
    turn = re.search(r'href="([^"]*after=[^"]*)"[^>]*aria-label="다음 쪽"', shelf.owner.shown.text)
    assert turn is not None
    shelf.owner.open(turn[1].replace("&amp;", "&"))
    assert "상품 49" not in told(shelf.owner) and "51–74 / 74" in told(shelf.owner)


def test_a_channel_that_cannot_be_called_is_not_read_and_says_why(
    owner: Browser,
) -> None:
    shop = Shop()
    channel = shop.channel(state="paused")
    with shop.enter(), store.write() as session:
        listings.keep(session, channel, [Told(product_no="1", name="보리차")], clock.now())
    owner.open("/listings")
    sent = fields(owner, "/listings/sync") | {"all": "1"}
    owner.post("/listings/sync", sent)
    assert "지금 연결되어 있지 않은 채널입니다" in told(owner)
    owner.post("/listings/edit", sent | {"what": "price"})
    owner.post("/listings/edit", fields(owner, "/listings/edit") | {"how": "set", "won": "9"})
    assert "바꿀 상품이 없습니다" in told(owner)
    assert shop.commands("listings.sync") == shop.commands("listings.edit") == []


def test_following_the_stock_is_switched_by_hand_and_only_where_a_sku_is_matched(
    shelf: Shelf,
) -> None:
    shelf.sync()
    matched, other = sorted(shelf.there())[:2]
    with shelf.shop.enter():
        sku = catalogue.create(
            {"name": "차", "price": "1", "on_hand": "8", "buffer": "0", "on_sale": "1"},
            shelf.shop.actor,
        )
        with store.write() as session:
            options = listings.options_of(session, [shelf.here()[matched].id])
            parts = {options[0].id: [Part(sku, 1)]}
            matching.match(session, parts, how="hand", who="김소유")
    shelf.show(matched)
    sent = fields(shelf.owner, "/listings/link")
    shelf.owner.post("/listings/link", sent)
    assert not shelf.here()[matched].stock_linked, "what would be sent is shown first"
    shelf.owner.post("/listings/link", fields(shelf.owner, "/listings/link"))
    assert "재고연동을 켠 상품 1개" in told(shelf.owner) and "재고연동 켬" in told(shelf.owner)
    assert shelf.here()[matched].stock_linked
    shelf.owner.post("/listings/link", {"listings": shelf.here()[other].id, "on": "1"})
    assert "SKU와 연결되지 않은 상품은" in told(shelf.owner)
    shelf.shop.drain()
    assert shelf.options(matched)[options[0].option_no] == 8
    assert "재고 보냄" not in shelf.show(matched), "a person switched it on, which is told"
    with shelf.shop.enter():
        counted = {"on_hand": "5", "why": "manual"}
        catalogue.count_stock(sku, counted, shelf.shop.actor, seen=8, key="counted")
    shelf.shop.drain()
    assert shelf.options(matched)[options[0].option_no] == 5
    page = shelf.show(matched)
    assert "재고 보냄" in page, page[page.index("지나온 길") :]
    page = shelf.owner.open("/listings").text
    assert page.count('data-is="linked"') == 1 and 'data-why-of="linked"' in page
    assert f'href="/listings/{shelf.here()[other].id}/match"' in page
    assert f'href="/listings/{shelf.here()[matched].id}/match"' not in page or len(options) > 1
    shelf.owner.post("/listings/link", sent | {"on": ""})
    assert "재고연동을 끈 상품 1개" in told(shelf.owner)
    assert not shelf.here()[matched].stock_linked


def test_a_change_that_waits_holds_back_another_and_may_be_stopped(shelf: Shelf) -> None:
    shelf.sync()
    number = sorted(shelf.there())[0]
    was = shelf.there()[number]["price"]
    shelf.plan("price", number, how="set", won="44,000")
    shelf.owner.post("/listings/edit/apply", fields(shelf.owner, "/listings/edit/apply"))
    shelf.owner.open("/listings?view=due")
    assert "1–1 / 1" in told(shelf.owner)
    shelf.plan("price", number, how="set", won="55,000")
    assert "아직 처리되는 중입니다" in told(shelf.owner)
    shelf.owner.post(f"/jobs/{shelf.job('listings.edit').id}/cancel")
    shelf.shop.drain()
    assert shelf.there()[number]["price"] == was
    shelf.owner.open("/listings?view=due")
    assert "조건에 맞는 상품이 없습니다" in told(shelf.owner)
    shelf.change("price", number, how="set", won="55,000")
    assert shelf.there()[number]["price"] == shelf.here()[number].price == 55_000
