"""What happens at the marketplace arrives as news, in order, once, and nothing falls between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from core import clock, registry, store
from core.contracts.order import Line, LineState
from core.ledger import run as running
from core.models import Command, LineEvent, OrderLine
from core.services import lines
from tests.faults.shop import CHANGES, CONFIRM, QUERY, Shop


def events(shop: Shop, key: str) -> list[tuple[str, dict[str, str]]]:
    """The timeline of a line, oldest first: kind and detail."""
    with store.workspace(shop.workspace_id), store.read() as session:
        rows = session.scalars(
            select(LineEvent)
            .where(LineEvent.line_id == shop.line(key).id)
            .order_by(LineEvent.at, LineEvent.key)
        )
        return [(row.kind, row.detail) for row in rows]


# -- claims and confirms that are taken back ------------------------------------------------------


def test_a_cancel_that_the_buyer_takes_back_arrives_as_news(shop: Shop) -> None:
    (key,) = shop.arrive()
    shop.act("buyer_cancels", line=key)
    shop.collect()
    asked = shop.line(key)
    assert (asked.state, asked.claim_kind, asked.claim_state) == ("new", "cancel", "requested")
    shop.pass_time(1)
    shop.act("buyer_withdraws", line=key)
    shop.collect()
    back = shop.line(key)
    assert (back.state, back.claim_state) == ("new", "withdrawn")
    told = [detail["state"] for kind, detail in events(shop, key) if kind == "claim"]
    assert told == ["requested", "withdrawn"]
    shop.press([key])
    shop.quiet()
    assert shop.confirms([key]) == [1]
    assert shop.broken() == []


def test_auto_confirm_leaves_a_line_with_a_claim_alone_until_it_is_taken_back(shop: Shop) -> None:
    shop.switch(confirm_mode="auto")
    made = shop.act("new_order", orders=1)
    (key,) = made[0]["lines"]
    shop.act("buyer_cancels", line=key)
    shop.collect()
    shop.quiet()
    assert shop.confirms([key]) == [0]
    shop.pass_time(1)
    shop.act("buyer_withdraws", line=key)
    shop.collect()
    shop.quiet()
    assert shop.confirms([key]) == [1]
    assert shop.broken() == []


def test_a_confirm_taken_back_opens_a_revision_that_only_a_person_confirms(shop: Shop) -> None:
    shop.switch(confirm_mode="auto")
    (key,) = shop.arrive()
    shop.quiet()
    assert shop.confirms([key]) == [1]
    shop.pass_time(60)
    shop.act("release_confirm", line=key)
    shop.collect()
    shop.quiet()
    line = shop.line(key)
    assert (line.state, line.confirm_revision, line.confirm_state) == ("new", 2, "withdrawn")
    assert "confirm_withdrawn" in [kind for kind, _ in events(shop, key)]
    for _ in range(3):
        shop.pass_time(300)
        shop.collect()
        shop.quiet()
    assert shop.confirms([key]) == [1], "자동 confirmed what the marketplace took back"
    shop.press([key])
    shop.quiet()
    assert shop.there(key)["confirms"] == {"1": 1, "2": 1}
    shop.collect()
    assert shop.line(key).state == "confirmed"
    shop.pass_time(60)
    shop.act("release_confirm", line=key)
    shop.collect()
    assert shop.line(key).confirm_revision == 3, "taken back a second time"
    assert shop.broken() == []


def test_a_confirm_of_the_seller_centre_taken_back_is_not_confirmed_by_itself(shop: Shop) -> None:
    # No effect of ours knows the line: only its revision keeps 자동 away.
    shop.switch(confirm_mode="auto")
    (key,) = shop.act("new_order", orders=1)[0]["lines"]
    shop.act("confirm_elsewhere", line=key)
    shop.collect()
    shop.pass_time(60)
    shop.act("release_confirm", line=key)
    shop.collect()
    shop.quiet()
    assert shop.line(key).confirm_revision == 2
    assert shop.confirms([key]) == [0]
    shop.press([key])
    shop.quiet()
    assert shop.there(key)["confirms"] == {"2": 1}
    assert shop.broken() == []


def test_a_confirm_made_in_the_seller_centre_is_seen_and_not_repeated(shop: Shop) -> None:
    shop.switch(confirm_mode="auto")
    made = shop.act("new_order", orders=2)
    keys = [key for order in made for key in order["lines"]]
    shop.act("confirm_elsewhere", line=keys[0])
    shop.collect()
    shop.quiet()
    assert shop.confirms(keys) == [0, 1]
    assert [shop.line(key).state for key in keys] == ["confirmed", "confirmed"]
    assert shop.broken() == []


def out_of_the_overlap(shop: Shop) -> None:
    """Collect until the windows do not reach back to what came in last."""
    for _ in range(2):
        shop.pass_time(300)
        shop.collect()


def test_what_the_feed_does_not_tell_is_seen_within_the_hour(shop: Shop) -> None:
    first, second = shop.arrive(2)
    out_of_the_overlap(shop)
    shop.act("confirm_elsewhere", line=first)
    shop.collect()
    assert shop.line(first).state == "new", "the feed told it: this test tests nothing"
    after = shop.last_call()
    shop.pass_time(3600)
    shop.collect()
    assert [shop.line(key).state for key in (first, second)] == ["confirmed", "new"]
    with store.workspace(shop.workspace_id), store.read() as session:
        told = session.scalars(
            select(LineEvent).where(LineEvent.line_id == shop.line(first).id)
        ).all()
    assert [(event.kind, event.who) for event in told] == [("state", "marketplace")]
    assert told[0].at > shop.line(first).first_seen_at
    looks = shop.calls(QUERY, after=after)
    assert len(looks) == 1, "one question an hour for all that wait"
    shop.collect()
    assert len(shop.calls(QUERY, after=after)) == 1
    # What comes later still counts, though we looked in between.
    shop.act("dispatch_elsewhere", line=first)
    shop.collect()
    assert shop.line(first).state == "shipping"


def test_a_look_that_is_interrupted_goes_on_where_it_stopped(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = registry.current()
    few = replace(known.orders["smartstore"], at_once=2)
    registry.use(replace(known, orders={**known.orders, "smartstore": few}))
    monkeypatch.setattr(running, "SLICE_SECONDS", -1.0)  # every commit ends the slice
    keys = shop.arrive(5)
    with store.workspace(shop.workspace_id), store.read() as session:
        new = select(OrderLine.id).where(OrderLine.state == "new")
        waiting = len(session.scalars(new).all())
    out_of_the_overlap(shop)
    for key in keys:
        shop.act("confirm_elsewhere", line=key)
    after = shop.last_call()
    shop.pass_time(3600)
    for _ in range(20):
        shop.pass_time(1)
        shop.drain("sync")
    assert {shop.line(key).state for key in keys} == {"confirmed"}
    assert len(shop.calls(QUERY, after=after)) == (waiting + 1) // 2


# -- the order of observations --------------------------------------------------------------------


def observed(shop: Shop, key: str, state: LineState, at: datetime | None) -> Line:
    """A line as a page would tell it."""
    row = shop.line(key)
    return Line(
        order_no=row.order_no, line_no=row.line_no, line_key=key, state=state, changed_at=at
    )


def keep(shop: Shop, line: Line, began: datetime) -> dict[str, int]:
    """Store one observation; `began` is when its request was sent."""
    with store.workspace(shop.workspace_id), store.write() as session:
        return lines.keep(session, shop.channel(), [line], began)


def test_an_older_page_that_arrives_later_changes_nothing(shop: Shop) -> None:
    (key,) = shop.arrive()
    shop.pass_time(60)
    shop.act("dispatch_elsewhere", line=key)
    shop.collect()
    now = shop.line(key)
    assert now.state == "shipping"
    then = datetime.fromtimestamp(now.seen_version / 1000, clock.now().tzinfo)
    before = events(shop, key)
    for line, began in (
        (observed(shop, key, LineState.NEW, then - timedelta(seconds=1)), clock.now()),
        (observed(shop, key, LineState.NEW, None), then - timedelta(seconds=1)),
    ):
        assert keep(shop, line, began) == {"older": 1}
        after = shop.line(key)
        assert (after.state, after.seen_version) == ("shipping", now.seen_version)
        assert after.fingerprint == now.fingerprint
    assert events(shop, key) == before


def test_a_later_page_may_move_a_state_back_and_the_timeline_says_so(shop: Shop) -> None:
    (key,) = shop.arrive()
    shop.pass_time(60)
    shop.act("dispatch_elsewhere", line=key)
    shop.collect()
    later = clock.now()
    counts = keep(shop, observed(shop, key, LineState.CONFIRMED, later), later)
    assert counts == {"changed": 1}
    assert shop.line(key).state == "confirmed"
    assert ("state", {"from": "shipping", "to": "confirmed"}) in events(shop, key)


def test_a_page_kept_twice_is_news_once(shop: Shop) -> None:
    (key,) = shop.arrive()
    line = replace(observed(shop, key, LineState.SHIPPING, clock.now()), invoice_no="600000000001")
    assert keep(shop, line, clock.now()) == {"changed": 1}
    told = events(shop, key)
    assert keep(shop, line, clock.now()) == {}
    assert events(shop, key) == told


def test_a_page_read_before_our_confirm_does_not_undo_it(shop: Shop) -> None:
    (key,) = shop.arrive()
    read = shop.line(key)
    seen = datetime.fromtimestamp(read.seen_version / 1000, clock.now().tzinfo)
    shop.press([key])
    shop.quiet()
    keep(shop, observed(shop, key, LineState.NEW, seen), clock.now())
    assert shop.line(key).state == "confirmed"


# -- quantities -----------------------------------------------------------------------------------


def test_a_part_of_the_pieces_cancelled_leaves_the_rest_to_confirm(shop: Shop) -> None:
    (key,) = shop.arrive(quantity=5)
    assert shop.line(key).quantity == 5
    shop.act("buyer_cancels", line=key, quantity=2, done=True)
    shop.collect()
    line = shop.line(key)
    assert (line.quantity, line.cancelled, line.state) == (5, 2, "new")
    assert line.claim_state == "done"
    there = shop.there(key)
    assert (there["quantity"], there["gone"]) == (5, 2)
    shop.pass_time(1)
    shop.act("buyer_cancels", line=key, quantity=3, done=True)
    shop.collect()
    line = shop.line(key)
    assert (line.quantity, line.cancelled, line.state) == (5, 5, "cancelled")


# -- clocks and windows ---------------------------------------------------------------------------


@pytest.mark.parametrize("skew", [300, -300])
def test_orders_come_in_whole_when_the_marketplaces_clock_differs(shop: Shop, skew: int) -> None:
    shop.world("clock", mode="skew", seconds=skew)
    shop.switch(confirm_mode="auto")
    shop.pass_time(900)  # paid after the activation by either clock
    keys: list[str] = []
    for _ in range(4):
        keys += [key for order in shop.act("new_order", orders=2) for key in order["lines"]]
        shop.pass_time(300)
        shop.drain()
        shop.quiet()
    shop.collect()
    shop.quiet()
    assert shop.confirms(keys) == [1] * 8
    assert {shop.line(key).state for key in keys} == {"confirmed"}
    refused = [call for call in shop.calls(CHANGES) if call["status"] != 200]
    assert len(refused) <= 1, "a query for the future is refused: once, until the clock is known"
    assert shop.broken() == []


def test_a_clock_set_right_again_reads_nothing_twice_and_loses_nothing(shop: Shop) -> None:
    shop.world("clock", mode="skew", seconds=240)
    keys = shop.arrive(2)
    shop.world("clock", mode="skew", to="now")
    keys += shop.arrive(2)
    shop.pass_time(300)
    shop.collect()
    assert all(shop.line(key) for key in keys)
    assert shop.broken() == []


@pytest.mark.parametrize("start", ["23:30", "00:30", "08:50"])
def test_no_order_is_lost_at_the_edges_of_windows_and_days(
    open_shop: Callable[..., Shop], start: str
) -> None:
    # Korean midnight, and midnight by UTC: no window and no day boundary may lose an order.
    shop = open_shop()
    hour, minute = map(int, start.split(":"))
    here = clock.kst(clock.now())
    wanted = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    shop.world("clock", mode="both", to=(wanted + timedelta(days=1)).isoformat())
    clock.reread()
    shop.connect()
    shop.collect()
    keys: list[str] = []
    for step in range(14):
        # Some come right before a poll, within the time that changes need to show.
        keys += [key for order in shop.act("new_order", orders=1) for key in order["lines"]]
        shop.pass_time((1, 4, 5, 6, 179, 181, 300)[step % 7])
        if step % 2:
            keys += [key for order in shop.act("new_order", orders=1) for key in order["lines"]]
        shop.drain()
    shop.pass_time(300)
    shop.collect()
    missing = [key for key in keys if not _is_here(shop, key)]
    assert missing == []
    assert shop.broken() == []


def _is_here(shop: Shop, key: str) -> bool:
    with store.workspace(shop.workspace_id), store.read() as session:
        return session.scalar(select(OrderLine.id).where(OrderLine.line_key == key)) is not None


def test_a_channel_that_slept_for_days_catches_up_window_by_window(shop: Shop) -> None:
    keys: list[str] = []
    for _ in range(5):
        keys += [key for order in shop.act("new_order", orders=2) for key in order["lines"]]
        shop.pass_time(20 * 3600)
    after = shop.last_call()
    shop.collect()
    assert all(_is_here(shop, key) for key in keys)
    assert len(shop.calls(CHANGES, after=after)) >= 4, "24 hours at most per window"
    assert shop.broken() == []


def test_many_changes_at_one_moment_are_paged_without_a_gap(shop: Shop) -> None:
    made = shop.act("new_order", orders=700)
    after = shop.last_call()
    shop.collect()
    keys = [key for order in made for key in order["lines"]]
    assert all(_is_here(shop, key) for key in keys[::37])
    pages = [call for call in shop.calls(CHANGES, after=after) if "moreSequence" in call["query"]]
    assert len(pages) >= 2
    assert shop.broken() == []


def test_a_buyer_who_left_keeps_no_other_order_from_coming_in(shop: Shop) -> None:
    made = shop.act("new_order", orders=6)
    keys = [key for order in made for key in order["lines"]]
    shop.act("buyer_leaves", line=keys[2])
    shop.collect()
    shop.quiet()
    assert all(_is_here(shop, key) for key in keys if key != keys[2])
    with store.workspace(shop.workspace_id), store.read() as session:
        assert session.scalars(select(Command).where(Command.state == "review")).all() == []
    assert len(shop.calls(CONFIRM)) == 0
