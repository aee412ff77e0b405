"""Orders that a marketplace shows only by confirming them: none is lost, and none is asked for
without need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from core import clock, registry, store, work
from core.contracts.form import Verified
from core.contracts.order import Line, LineState, TakeNew
from core.contracts.page import Page
from core.errors import MarketplaceError, OutcomeUnknown, Unavailable
from core.ledger import drain
from core.ledger.run import forget_connections
from core.models import Channel, Command, OrderLine, new_id
from core.services import channels, orders
from core.services.audit import Actor
from core.services.outcome import Forbidden

BY = Actor(None, "시험")
DAY = timedelta(days=1)
Window = tuple[datetime, datetime]


class Market:
    """A marketplace that confirms what it shows; `asked` and `read` are the windows of calls."""

    def __init__(self) -> None:
        self.new: list[tuple[datetime, str]] = []
        self.confirmed: list[tuple[datetime, str]] = []
        self.asked: list[Window] = []
        self.read: list[Window] = []
        self.fails: list[MarketplaceError] = []

    def pays(self, number: str, at: datetime | None = None) -> None:
        """A buyer pays an order."""
        self.new.append((at or clock.now(), number))

    def take(self, client: Any, start: datetime, end: datetime) -> list[Line]:
        """Show what is new in the window, and confirm it; the answer may be lost after that."""
        self.asked.append((start, end))
        assert end - start <= DAY
        error = self.fails.pop(0) if self.fails else None
        if isinstance(error, Unavailable):
            raise error
        shown = [one for one in self.new if start <= one[0] <= end]
        self.new = [one for one in self.new if one not in shown]
        self.confirmed += shown
        if error is not None:
            raise error
        return [self._line(one) for one in shown]

    def taken(self, client: Any, start: datetime, end: datetime) -> list[Line]:
        """What was confirmed in the window."""
        self.read.append((start, end))
        return [self._line(one) for one in self.confirmed if start <= one[0] <= end]

    @staticmethod
    def _line(one: tuple[datetime, str]) -> Line:
        at, number = one
        return Line(
            order_no=number,
            line_no="1",
            line_key=number,
            state=LineState.CONFIRMED,
            remote_state="50",
            ordered_at=at,
            paid_at=at,
            quantity=1,
        )


@pytest.fixture
def market(store_bound: object) -> Iterator[Market]:
    """Such a marketplace in the place of a real one, with a channel connected to it."""
    known = registry.current()
    found = Market()
    form = replace(
        known.forms["smartstore"],
        connect=lambda values, host: "client",
        verify=lambda client: Verified(identity="one"),
        bucket=lambda values: "one",
        fields=tuple(replace(one, check=None) for one in known.forms["smartstore"].fields),
        check=None,
    )
    sync = replace(
        known.orders["smartstore"],
        start=lambda since: since.isoformat(),
        changes=lambda client, cursor: Page([], cursor),
        get=lambda client, keys: [],
        confirm=None,
        recheck=(),
        take_new=TakeNew(take=found.take, taken=found.taken),
    )
    registry.use(
        replace(
            known,
            forms={**known.forms, "smartstore": form},
            orders={**known.orders, "smartstore": sync},
        )
    )
    work.begin()
    forget_connections()
    channels.add(
        "smartstore",
        {
            "seller_id": "s", "store": "본점", "client_id": "x" * 22, "client_secret": "s" * 29,
            "app_base": "external", "token_type": "SELF", "store_url": "s",
            "fee_class": "general", "window_seller": "none",
        },
        BY,
        submission=new_id(),
    )  # fmt: skip
    drain.drain("urgent")
    assert channel().state == "active"
    yield found
    forget_connections()
    registry.use(known)


def channel() -> Channel:
    """The channel as it stands now."""
    with store.read() as session:
        return session.scalars(select(Channel)).one()


def later(monkeypatch: pytest.MonkeyPatch, span: timedelta) -> None:
    """Time passes."""
    now = clock.now() + span
    monkeypatch.setattr(clock, "now", lambda: now)


def mode(value: str) -> None:
    """수동 or 자동."""
    raw = {name: "1" for name in channels.SWITCHES} | {"confirm_mode": value}
    channels.switch(channel().id, raw, BY)


def collect() -> None:
    """The clock rings, or somebody presses [주문 수집]."""
    orders.collect_now(None, BY)
    drain.drain("sync")


def press() -> Command:
    """Somebody presses [신규주문 가져오기]; returns the command as it is afterwards."""
    made = orders.take_new(channel().id, BY, submission=new_id())
    drain.drain("urgent")
    with store.read() as session:
        return session.scalars(select(Command).where(Command.id == made)).one()


def here() -> list[str]:
    """The orders that we have."""
    with store.read() as session:
        return sorted(session.scalars(select(OrderLine.order_no)))


def test_by_hand_nothing_is_taken_until_somebody_presses(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, timedelta(minutes=1))
    market.pays("A")
    collect()
    assert (market.asked, here()) == ([], [])
    command = press()
    assert (command.state, here()) == ("done", ["A"])
    assert command.result == {"new": 1}
    with store.read() as session:
        line = session.scalars(select(OrderLine)).one()
        assert (line.state, line.confirm_state) == ("confirmed", "confirmed")


def test_by_itself_it_takes_with_every_collection(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    mode("auto")
    for number in ("A", "B"):
        later(monkeypatch, timedelta(minutes=6))
        market.pays(number)
        collect()
    assert here() == ["A", "B"]
    assert len(market.asked) == 2, "one call each time"


def test_windows_begin_when_the_channel_was_connected(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = channel().activated_at
    assert connected is not None
    market.pays("before", connected - timedelta(hours=1))
    later(monkeypatch, timedelta(days=2, hours=12))
    market.pays("after", connected + timedelta(hours=30))
    press()
    assert here() == ["after"]
    assert [end - start <= DAY for start, end in market.asked] == [True, True, True]
    assert market.asked[0][0] == connected and market.asked[-1][1] == clock.now()
    gaps = [later[0] - earlier[1] for earlier, later in pairwise(market.asked)]
    assert all(gap <= timedelta() for gap in gaps), "windows overlap"


def test_a_payment_that_shows_late_is_taken_with_the_next_window(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, timedelta(hours=30))
    press()
    market.pays("late", clock.now() - timedelta(hours=20))
    later(monkeypatch, timedelta(minutes=5))
    press()
    assert here() == ["late"]


@pytest.mark.parametrize("hours", [23.4, 23.7, 24.0, 24.4, 24.6])
def test_no_window_is_longer_than_the_marketplace_allows(
    market: Market, monkeypatch: pytest.MonkeyPatch, hours: float
) -> None:
    later(monkeypatch, timedelta(hours=30))
    press()
    later(monkeypatch, timedelta(hours=hours))
    press()  # the marketplace refuses what is longer
    assert market.asked[-1][1] == clock.now()


def test_after_a_lost_answer_the_window_is_read_before_it_is_taken_again(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, timedelta(minutes=1))
    market.pays("A")
    market.fails = [OutcomeUnknown()]
    assert press().state == "ready"
    assert (market.new, here()) == ([], []), "confirmed there, not known here"
    later(monkeypatch, timedelta(minutes=1))
    market.pays("B")
    drain.drain("urgent")
    assert here() == ["A", "B"]
    assert market.read == market.asked[:1], "the lost window, once"


def test_a_call_that_did_not_happen_is_made_again_and_loses_nothing(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, timedelta(minutes=1))
    market.pays("A")
    market.fails = [Unavailable()]
    press()
    later(monkeypatch, timedelta(minutes=1))
    drain.drain("urgent")
    assert here() == ["A"]


def test_where_orders_are_collected_by_themselves_there_is_nothing_to_take(
    market: Market,
) -> None:
    known = registry.current()
    plain = replace(known.orders["smartstore"], take_new=None)
    registry.use(replace(known, orders={**known.orders, "smartstore": plain}))
    with pytest.raises(Forbidden):
        orders.take_new(channel().id, BY, submission=new_id())
