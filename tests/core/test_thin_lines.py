"""Lines of which a list tells only a part: unknown ones are read whole, others keep the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from core import clock, registry, store, work
from core.contracts.form import Verified
from core.contracts.order import Buyer, Claim, ClaimKind, ClaimState, Line, LineState
from core.contracts.page import Page
from core.ledger import drain
from core.ledger.run import forget_connections
from core.models import LineEvent, OrderLine, new_id
from core.services import channels, figures, orders
from core.services.audit import Actor

BY = Actor(None, "시험")
TYPED = {
    "seller_id": "s", "store": "본점", "client_id": "x" * 22, "client_secret": "s" * 29,
    "app_base": "external", "token_type": "SELF", "store_url": "s",
    "fee_class": "general", "window_seller": "none",
}  # fmt: skip


class Market:
    """Shows `listed` at each collection, and `whole` lines by key; `asked` is what was read."""

    def __init__(self) -> None:
        self.listed: list[Line] = []
        self.whole: dict[str, Line] = {}
        self.asked: list[list[str]] = []

    def changes(self, client: Any, cursor: str) -> Page[Line]:
        """What is listed."""
        return Page(self.listed, cursor + ".")

    def get(self, client: Any, keys: Sequence[str]) -> list[Line]:
        """The whole lines of these keys."""
        self.asked.append(list(keys))
        return [self.whole[key] for key in keys if key in self.whole]


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
        start=lambda since: "-",
        changes=found.changes,
        get=found.get,
        recheck=(LineState.CONFIRMED,),
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
    channels.add("smartstore", TYPED, BY, submission=new_id())
    drain.drain("urgent")
    yield found
    forget_connections()
    registry.use(known)


def whole(number: str, **facts: Any) -> Line:
    """A line as a full list tells it."""
    told: dict[str, Any] = {
        "state": LineState.NEW,
        "quantity": 3,
        "product_name": "면 티셔츠",
        "ordered_at": clock.now() - timedelta(hours=1),
        "buyer": Buyer(receiver_name="홍길동", address="서울특별시 예시구 1"),
    }
    return Line(order_no=number, line_no="1", line_key=f"{number}-1", **told | facts)


def thin(number: str, **facts: Any) -> Line:
    """A line of which only this is told."""
    return Line(order_no=number, line_no="1", line_key=f"{number}-1", **facts)


def collect() -> None:
    """Somebody presses [주문 수집]."""
    orders.collect_now(None)
    drain.drain("sync")


def line(number: str) -> OrderLine:
    """A line as it is stored."""
    with store.read() as session:
        return session.scalars(select(OrderLine).where(OrderLine.order_no == number)).one()


def test_one_that_is_not_known_is_read_whole_and_keeps_what_its_list_told(market: Market) -> None:
    market.listed = [thin("A", state=LineState.SHIPPING, invoice_no="600000000001")]
    market.whole = {"A-1": whole("A")}
    collect()
    found = line("A")
    assert (found.state, found.invoice_no) == ("shipping", "600000000001")
    assert (found.quantity, found.product_name, found.receiver_mask) == (3, "면 티셔츠", "홍*동")
    assert market.asked == [["A-1"]]


def test_one_that_is_known_is_not_read_again_and_keeps_the_rest(market: Market) -> None:
    market.listed = [whole("A")]
    collect()
    market.listed = [thin("A", state=LineState.SHIPPING)]
    collect()
    found = line("A")
    assert (found.state, found.quantity, found.receiver_mask) == ("shipping", 3, "홍*동")
    assert market.asked == []


def test_one_that_nothing_more_is_told_of_is_stored_all_the_same(market: Market) -> None:
    claim = Claim(kind=ClaimKind.CANCEL, state=ClaimState.REQUESTED)
    market.listed = [thin("A", claim=claim)]
    collect()
    assert (line("A").claim_kind, line("A").state) == ("cancel", "unknown")


def test_told_twice_in_a_page_its_later_state_counts_and_nothing_is_lost(market: Market) -> None:
    now = clock.now()
    market.listed = [
        whole("A", state=LineState.CANCELLED, changed_at=now),
        whole("A", changed_at=now - timedelta(minutes=5)),
        whole("B", quantity=2),
        thin("B", state=LineState.SHIPPING),
    ]
    collect()
    assert line("A").state == "cancelled"
    assert (line("B").state, line("B").quantity) == ("shipping", 2)


def test_a_line_whose_order_date_nobody_tells_counts_on_no_day_until_it_is_told(
    market: Market,
) -> None:
    sent = clock.now().replace(microsecond=0) - timedelta(days=2)
    market.listed = [thin("A", state=LineState.SHIPPING, dispatched_at=sent)]
    collect()
    assert (line("A").dated, line("A").ordered_at) == (False, sent)
    today = clock.kst(clock.now()).date()
    with store.read() as session:
        assert figures.days(session, today - timedelta(days=7)) == {}
        assert figures.between(session, sent, clock.now()) == {}
    market.listed = [whole("A", ordered_at=sent - timedelta(hours=3))]
    collect()
    assert (line("A").dated, line("A").ordered_at) == (True, sent - timedelta(hours=3))
    with store.read() as session:
        assert sum(figures.days(session, today - timedelta(days=7)).values()) == 1
    market.listed = [thin("A", state=LineState.DELIVERED, dispatched_at=sent)]
    collect()
    assert (line("A").dated, line("A").ordered_at) == (True, sent - timedelta(hours=3))


def test_saying_the_same_in_part_writes_nothing(market: Market) -> None:
    market.listed = [whole("A", state=LineState.SHIPPING)]
    collect()
    market.listed = [thin("A", state=LineState.SHIPPING)]
    collect()
    written: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if "INSERT INTO order_line" in statement:
            written.append(statement)

    event.listen(store.engine(), "before_cursor_execute", note)
    collect()
    event.remove(store.engine(), "before_cursor_execute", note)
    assert written == []
    with store.read() as session:
        assert session.scalars(select(LineEvent.kind)).all() == []


def test_only_the_states_that_the_plugin_names_are_looked_at_again(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.listed = [
        whole("A", state=LineState.CONFIRMED),
        whole("B"),
        whole("C", state=LineState.SHIPPING),
    ]
    collect()
    market.listed = []
    market.whole = {"A-1": thin("A", state=LineState.CANCELLED, cancelled=3)}
    now = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: now)
    collect()
    assert market.asked == [["A-1"]]
    assert (line("A").state, line("A").cancelled, line("B").state) == ("cancelled", 3, "new")
