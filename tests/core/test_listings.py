"""Listings are kept as last seen: nothing older wins, nothing told in part empties the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from core import clock, store, vault
from core.contracts.page import UNCHANGED
from core.contracts.product import Listing, ListingGroup, ListingOption, SaleState
from core.models import Channel, ListingEvent, ListingPush, new_id
from core.services import listing_groups, listings, publishing

BOTH = pytest.mark.usefixtures("both_databases")
THEN = clock.now().replace(microsecond=0) - timedelta(hours=3)


@pytest.fixture
def channel(store_bound: object) -> Iterator[Channel]:
    """A channel whose account is known."""
    yield add_channel()


def add_channel() -> Channel:
    """A channel of this account; the one before it is put away."""
    with store.write() as session:
        made = Channel(
            id=new_id(), marketplace="smartstore", store="본점", seller_id="s", state="active",
            account="smartstore:real:one", created_at=clock.now(), archived_at=clock.now(),
        )  # fmt: skip
        session.add(made)
        return made


def tea(**told: Any) -> Listing:
    """A listing of two options."""
    facts: dict[str, Any] = {
        "product_no": "100",
        "name": "보리차",
        "code": "TEA",
        "state": SaleState.ON_SALE,
        "displayed": True,
        "price": 12000,
        "options": (option("1", name="대", stock=5), option("2", name="소", stock=7)),
    }
    return Listing(**{**facts, **told})


def option(number: str, **told: Any) -> ListingOption:
    """One option, on sale."""
    return ListingOption(option_no=number, **{"state": SaleState.ON_SALE, "code": "", **told})


def keep(channel: Channel, *found: Listing, at: datetime = THEN) -> dict[str, int]:
    with store.write() as session:
        return listings.keep(session, channel, found, at)


def stored(channel: Channel, number: str = "100") -> Any:
    row_id = listings.listing_id(store.current_workspace(), channel.account or "", number)
    with store.read() as session:
        return listings.by_id(session, [row_id])[row_id]


def options(channel: Channel) -> dict[str, Any]:
    with store.read() as session:
        return {one.option_no: one for one in listings.options_of(session, [stored(channel).id])}


def events(kind: str = "") -> list[Any]:
    with store.read() as session:
        found = session.query(ListingEvent).order_by(ListingEvent.at, ListingEvent.kind).all()
    return [one for one in found if not kind or one.kind == kind]


def want(what: str, values: dict[str, Any], **more: Any) -> None:
    """What we asked the marketplace for."""
    listing = listings.listing_id(store.current_workspace(), "smartstore:real:one", "100")
    with store.write() as session:
        channel_id = listings.by_id(session, [listing])[listing].channel_id
        row = ListingPush(listing_id=listing, what=what, channel_id=channel_id, values=values)
        row.wanted_at, row.version = clock.now(), 1
        for name, value in more.items():
            setattr(row, name, value)
        session.add(row)


@BOTH
def test_what_is_told_is_kept_and_telling_it_again_changes_nothing(channel: Channel) -> None:
    assert keep(channel, tea()) == {"new": 1}
    before, later = stored(channel), THEN + timedelta(minutes=5)
    assert keep(channel, tea(), at=later) == {"same": 1}
    after = stored(channel)
    assert (after.name, after.code, after.price, after.state) == ("보리차", "TEA", 12000, "on_sale")
    assert [one.stock for one in options(channel).values()] == [5, 7]
    assert after.changed_at == before.changed_at
    assert after.seen_at == later, "it was looked at again"
    assert {one.stock_at for one in options(channel).values()} == {later}
    assert events() == []


@BOTH
def test_what_changed_is_told_before_and_after_in_the_history(channel: Channel) -> None:
    keep(channel, tea())
    found = tea(price=9900, options=(option("1", name="대", stock=2), option("3", name="중")))
    assert keep(channel, found, at=THEN + timedelta(minutes=5)) == {"changed": 1}
    (price,) = events("price")
    assert (price.detail, price.who) == ({"from": 12000, "to": 9900}, "marketplace")
    (stock,) = events("stock")
    assert stock.detail["rows"] == [{"no": "1", "name": "대", "from": 5, "to": 2}]
    (rows,) = events("options")
    assert [(row["no"], row["what"]) for row in rows.detail["rows"]] == [
        ("3", "come"),
        ("2", "gone"),
    ]
    there = options(channel)
    assert there["2"].gone_at is not None
    assert (there["1"].stock, there["3"].gone_at) == (2, None)


@BOTH
def test_an_option_that_is_told_again_comes_back_as_the_same(channel: Channel) -> None:
    keep(channel, tea())
    first = options(channel)["2"].id
    keep(channel, tea(options=(option("1", name="대", stock=5),)), at=THEN + timedelta(minutes=1))
    keep(channel, tea(), at=THEN + timedelta(minutes=2))
    back = options(channel)["2"]
    assert (back.id, back.gone_at, back.stock) == (first, None, 7)


@BOTH
def test_an_earlier_observation_never_overwrites_a_later_one(channel: Channel) -> None:
    keep(channel, tea())
    earlier = THEN - timedelta(minutes=1)
    assert keep(channel, tea(name="옛 이름", options=()), at=earlier) == {"older": 1}
    assert stored(channel).name == "보리차"
    assert options(channel)["1"].gone_at is None
    changed = THEN + timedelta(minutes=2)
    keep(channel, tea(name="새 이름", changed_at=changed), at=THEN + timedelta(minutes=1))
    assert keep(channel, tea(), at=THEN + timedelta(seconds=90)) == {"older": 1}
    assert stored(channel).name == "새 이름"


@BOTH
def test_a_stock_that_was_set_after_the_look_began_stays(channel: Channel) -> None:
    keep(channel, tea())
    with store.write() as session:
        row = listings.options_of(session, [stored(channel).id])[0]
        table = listings._OPTION
        pushed = {"stock": 3, "stock_at": THEN + timedelta(minutes=9)}
        session.execute(store.update_in(table).where(table.c.id == row.id).values(**pushed))
    keep(channel, tea(), at=THEN + timedelta(minutes=5))
    assert (options(channel)["1"].stock, events("stock")) == (3, [])


@BOTH
def test_what_is_left_out_keeps_what_is_stored(channel: Channel) -> None:
    keep(channel, tea())
    told = Listing(product_no="100", price=9000)
    assert keep(channel, told, at=THEN + timedelta(minutes=5)) == {"changed": 1}
    found = stored(channel)
    assert (found.name, found.price, found.displayed) == ("보리차", 9000, True)
    assert [one.gone_at for one in options(channel).values()] == [None, None]
    partly = tea(options=(option("1", code=UNCHANGED), option("2", stock=1)))
    keep(channel, partly, at=THEN + timedelta(minutes=6))
    assert [(one.name, one.stock) for one in options(channel).values()] == [("대", 5), ("소", 1)]


@BOTH
def test_what_is_told_for_the_first_time_is_stored_and_is_no_change(channel: Channel) -> None:
    keep(channel, Listing(product_no="100"))
    before = len(events())
    assert keep(channel, tea(code=""), at=THEN + timedelta(minutes=1)) == {"same": 1}
    assert (stored(channel).name, stored(channel).price) == ("보리차", 12000)
    assert {number: one.stock for number, one in options(channel).items()} == {"1": 5, "2": 7}
    assert len(events()) == before


@BOTH
def test_what_is_told_of_an_option_for_the_first_time_is_no_change(channel: Channel) -> None:
    of_a_file = ListingOption(option_no="1", stock=5)
    keep(channel, tea(options=(of_a_file, option("2", name="소"))))
    later = THEN + timedelta(minutes=1)
    first = option("1", name="대", code="TEA-L", extra=500, stock=5)
    keep(channel, tea(options=(first, option("2", name="소"))), at=later)
    there = options(channel)["1"]
    assert (there.name, there.extra, there.state) == ("대", 500, "on_sale")
    assert events("options") == []
    dearer = option("1", name="대", code="TEA-L", extra=700, stock=5)
    second = option("2", name="소", extra=300, code="S")
    keep(channel, tea(options=(dearer, second)), at=later + timedelta(minutes=1))
    (told,) = events("options")
    changed = [(one["no"], one["what"], one["from"], one["to"]) for one in told.detail["rows"]]
    assert changed == [("1", "extra", 500, 700), ("2", "code", "", "S"), ("2", "extra", 0, 300)]


def test_one_that_is_gone_keeps_everything_and_comes_back_when_it_is_told(
    channel: Channel,
) -> None:
    keep(channel, tea())
    with store.write() as session:
        assert listings.gone(session, channel, ["100"], THEN - timedelta(minutes=1)) == []
        later = THEN + timedelta(minutes=1)
        assert len(listings.gone(session, channel, ["100", "nobody"], later)) == 1
        assert listings.gone(session, channel, ["100"], later) == []
    assert (stored(channel).gone_at, stored(channel).name) == (later, "보리차")
    assert keep(channel, tea(), at=THEN) == {"older": 1}
    assert keep(channel, tea(), at=THEN + timedelta(minutes=2)) == {"changed": 1}
    assert stored(channel).gone_at is None
    assert [one.kind for one in events()] == ["gone", "back"]


@BOTH
def test_hearing_what_we_asked_for_is_no_news(channel: Channel) -> None:
    keep(channel, tea())
    want("stock", {"options": {"1": 2}})
    want("price", {"price": 9900})
    want("status", {"on_sale": False})
    found = tea(price=9900, state=SaleState.STOPPED, options=(option("1", name="대", stock=2),
        option("2", name="소", stock=7)))  # fmt: skip
    assert keep(channel, found, at=THEN + timedelta(minutes=5)) == {"same": 1}
    after = stored(channel)
    assert (after.price, after.state, options(channel)["1"].stock) == (9900, "stopped", 2)
    assert events() == []
    assert keep(channel, tea(), at=THEN + timedelta(minutes=6)) == {"changed": 1}
    assert [one.kind for one in events()] == ["price", "state", "stock"]


@BOTH
def test_what_we_asked_for_long_ago_is_news_when_somebody_else_does_it(channel: Channel) -> None:
    keep(channel, tea())
    want("price", {"price": 9900}, done_version=1, done_at=THEN - timedelta(days=1))
    assert keep(channel, tea(price=9900), at=THEN + timedelta(minutes=5)) == {"changed": 1}
    assert [one.detail for one in events()] == [{"from": 12000, "to": 9900}]


@BOTH
def test_a_channel_that_is_connected_anew_finds_its_listings_again(channel: Channel) -> None:
    keep(channel, tea())
    want("price", {"price": 12000}, done_version=1)
    first = stored(channel)
    other = add_channel()
    assert keep(other, tea(), at=THEN + timedelta(minutes=5)) == {"same": 1}
    after = stored(other)
    assert (after.id, after.channel_id, after.first_seen_at) == (
        first.id, other.id, first.first_seen_at,
    )  # fmt: skip
    with store.read() as session:
        assert {row.channel_id for row in session.query(ListingPush)} == {other.id}


@BOTH
def test_told_twice_at_once_it_is_there_once_and_the_later_word_counts(channel: Channel) -> None:
    assert keep(channel, tea(), Listing(product_no="100", price=1)) == {"new": 1}
    assert (stored(channel).name, stored(channel).price) == ("보리차", 1)


@BOTH
def test_it_is_found_by_its_name_its_number_and_its_codes(channel: Channel) -> None:
    keep(channel, tea(options=(option("1", code="TEA-대"), option("2", code="ＴＥＡ-2"))))
    assert stored(channel).words == "보리차 100 tea tea-대 tea-2"


def test_what_was_answered_is_sealed_for_its_place(channel: Channel) -> None:
    keep(channel, tea(raw={"salePrice": 12000}))
    raw = stored(channel).raw
    assert raw is not None
    assert b"salePrice" not in raw
    assert b"salePrice" in vault.unseal("listing", "raw", stored(channel).id, raw)


def test_what_is_published_of_linked_ones_is_looked_at_after_each_look(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(
        publishing, "refresh", lambda session, listing_ids: asked.append(list(listing_ids))
    )
    keep(channel, tea(), tea(product_no="101"))
    assert asked == []
    linked = stored(channel, "101").id
    with store.write() as session:
        table = listings._LISTING
        session.execute(
            store.update_in(table).where(table.c.id == linked).values(stock_linked=True)
        )
    keep(channel, tea(), tea(product_no="101"), at=THEN + timedelta(minutes=1))
    assert asked == [[linked]]
    assert stored(channel, "101").stock_linked


@BOTH
def test_a_group_names_listings_that_may_come_later(channel: Channel) -> None:
    deal = ListingGroup(group_no="D1", name="차 모음", product_nos=("100", "200"))
    with store.write() as session:
        assert listing_groups.keep_groups(session, channel, [deal]) == {"new": 1}
        assert listing_groups.missing(session, channel, deal.product_nos) == ["100", "200"]
    keep(channel, tea())
    with store.write() as session:
        assert listing_groups.missing(session, channel, deal.product_nos) == ["200"]
        (found,) = listing_groups.groups_of(session, stored(channel))
        assert found.name == "차 모음"
        assert listing_groups.keep_groups(session, channel, [deal]) == {"same": 1}
        fewer = ListingGroup(group_no="D1", name="차 모음", product_nos=("200",))
        assert listing_groups.keep_groups(session, channel, [fewer]) == {"changed": 1}
        assert listing_groups.groups_of(session, stored(channel)) == []


@BOTH
def test_a_day_at_the_end_of_the_calendar_stops_nothing(channel: Channel) -> None:
    west = timezone(timedelta(hours=-1))
    never = (datetime(1, 1, 1, tzinfo=clock.KST), datetime(9999, 12, 31, 23, 59, tzinfo=west))
    found = Listing(product_no="1", sale_starts=never[0], sale_ends=never[1])
    with store.write() as session:
        assert listings.keep(session, channel, [found], clock.now()) == {"new": 1}
    with store.read() as session:
        (row,) = listings.by_number(session, channel.id, ["1"]).values()
    assert (row.sale_starts.year, row.sale_ends.year) == (1, 9999)
