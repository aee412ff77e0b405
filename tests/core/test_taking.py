"""Orders that a marketplace shows only by confirming them: none is lost, and none is asked for
without need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from core import clock, registry, store, work
from core.contracts.form import Verified
from core.contracts.order import Line, LineState, TakeNew
from core.contracts.page import Page
from core.contracts.write import Item, Repeat, Result, Scope, Write
from core.errors import MarketplaceError, OutcomeUnknown, Unavailable
from core.ledger import drain
from core.ledger.run import forget_connections
from core.models import Channel, Command, OrderLine, new_id
from core.services import channels, orders, restore
from core.services.audit import Actor
from core.services.kind_names import CONFIRM
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


def declare(**otherwise: Any) -> None:
    """Let the marketplace's orders be declared otherwise."""
    known = registry.current()
    sync = replace(known.orders["smartstore"], **otherwise)
    registry.use(replace(known, orders={**known.orders, "smartstore": sync}))


def collect() -> None:
    """The clock rings, or somebody presses [주문 수집]."""
    orders.collect_now(None)
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


def test_switched_to_by_hand_while_it_collects_nothing_more_is_taken(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    mode("auto")
    later(monkeypatch, timedelta(minutes=6))
    market.pays("A")
    known = registry.current()

    def changes(client: Any, cursor: str) -> Page[Line]:
        mode("manual")
        return Page([], cursor)

    slow = replace(known.orders["smartstore"], changes=changes)
    registry.use(replace(known, orders={**known.orders, "smartstore": slow}))
    collect()
    assert (market.asked, here()) == ([], [])
    press()
    assert here() == ["A"]


def test_a_marketplace_of_short_windows_is_asked_up_to_now(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = registry.current()
    short = TakeNew(take=market.take, taken=market.taken, window=timedelta(minutes=20))
    sync = replace(known.orders["smartstore"], take_new=short)
    registry.use(replace(known, orders={**known.orders, "smartstore": sync}))
    later(monkeypatch, timedelta(hours=2))
    market.pays("A", clock.now() - timedelta(minutes=70))
    press()
    assert here() == ["A"]
    assert market.asked[-1][1] == clock.now() and len(market.asked) < 20


def put_back(made: datetime) -> None:
    """A backup made then is restored, and the channel goes on."""
    told = SimpleNamespace(at=made, made_at=made.isoformat(), rows={})
    with store.all_workspaces(), store.write() as session:
        restore._settle(session, told, None)  # type: ignore[arg-type]
    channels.resume(channel().id, BY)


def test_what_nobody_has_taken_before_a_restore_is_taken_after_it(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, timedelta(hours=30))
    press()
    later(monkeypatch, timedelta(hours=3))
    market.pays("A")
    later(monkeypatch, timedelta(hours=57))
    put_back(clock.now())
    collect()
    press()
    assert here() == ["A"]


def changes_told(read: list[str], line: Line | None = None) -> Any:
    """A feed that notes the cursors it is asked with, and tells one line."""

    def changes(client: Any, cursor: str) -> Page[Line]:
        read.append(cursor)
        return Page([line] if line is not None else [], clock.now().isoformat())

    return changes


def test_a_channel_that_was_paused_long_before_a_restore_is_read_from_where_it_stood(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    declare(changes=changes_told(read))
    collect()
    stopped = clock.now()
    channels.pause(channel().id, BY)
    later(monkeypatch, timedelta(days=10))
    put_back(clock.now())
    collect()
    assert datetime.fromisoformat(read[-1]) <= stopped


@pytest.fixture
def confirmed(market: Market, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keys of lines that were confirmed at a marketplace with a new one, 자동 being on."""
    sent: list[str] = []

    def send(client: Any, items: Sequence[Item]) -> list[Result]:
        sent.extend(item.key for item in items)
        return [Result(item.key) for item in items]

    mode("auto")
    later(monkeypatch, timedelta(minutes=6))
    write = Write(scope=Scope.LINE, repeat=Repeat.HARMLESS, send=send)
    at = clock.now()
    line = Line(
        order_no="1", line_no="1", line_key="1", state=LineState.NEW, ordered_at=at, paid_at=at,
        quantity=1,
    )  # fmt: skip
    declare(take_new=None, confirm=write, changes=changes_told([], line))
    return sent


def test_what_is_found_by_itself_is_confirmed(confirmed: list[str]) -> None:
    collect()
    drain.drain("urgent")
    assert confirmed == ["1"]


def test_switched_to_by_hand_while_it_collects_nothing_is_confirmed(confirmed: list[str]) -> None:
    sync = registry.current().orders["smartstore"]

    def changes(client: Any, cursor: str) -> Page[Line]:
        mode("manual")
        return sync.changes(client, cursor)

    declare(changes=changes)
    collect()
    drain.drain("urgent")
    assert confirmed == []


def test_switched_to_by_hand_what_waited_to_be_confirmed_by_itself_is_not_sent(
    confirmed: list[str],
) -> None:
    collect()
    mode("manual")
    drain.drain("urgent")
    assert confirmed == []
    with store.read() as session:
        found = session.scalars(select(Command).where(Command.kind == CONFIRM)).one()
    assert (found.state, found.cancel_asked) == ("cancelled", BY.name)


def test_where_orders_are_collected_by_themselves_there_is_nothing_to_take(
    market: Market,
) -> None:
    known = registry.current()
    plain = replace(known.orders["smartstore"], take_new=None)
    registry.use(replace(known, orders={**known.orders, "smartstore": plain}))
    with pytest.raises(Forbidden):
        orders.take_new(channel().id, BY, submission=new_id())
