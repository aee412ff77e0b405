"""A channel whose order API is approved days later: it waits, looks by itself, and then begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from core import clock, registry, store, work
from core.contracts.form import Approval, Verified
from core.contracts.marketplace import Service
from core.contracts.text import Text
from core.errors import Unavailable
from core.ledger import drain
from core.ledger.run import forget_connections
from core.models import Channel, Command, Notice, new_id
from core.services import channels, notices
from core.services.audit import Actor

BY = Actor(None, "시험")
TYPED = {
    "seller_id": "s", "store": "본점", "client_id": "x" * 22, "client_secret": "s" * 29,
    "app_base": "external", "token_type": "SELF", "store_url": "s",
    "fee_class": "general", "window_seller": "none",
}  # fmt: skip


class Office:
    """Where the approval is granted; `asked` counts the looks."""

    granted = False
    asked = 0

    def verify(self, client: object) -> Verified:
        """Whose keys they are, and whether the order API is approved."""
        self.asked += 1
        return Verified(identity="one", granted=self.granted)


@pytest.fixture
def office(store_bound: object) -> Iterator[Office]:
    """A marketplace that approves its order API apart."""
    known = registry.current()
    found = Office()
    form = replace(
        known.forms["smartstore"],
        connect=lambda values, host: "client",
        verify=found.verify,
        bucket=lambda values: "one",
        fields=tuple(replace(one, check=None) for one in known.forms["smartstore"].fields),
        check=None,
        approval=Approval(
            service=Service.ORDER, usual_days=(2, 5), text=Text("주문 API", "the order API")
        ),
    )
    registry.use(replace(known, forms={**known.forms, "smartstore": form}))
    work.begin()
    forget_connections()
    yield found
    forget_connections()
    registry.use(known)


@pytest.fixture
def waiting(office: Office) -> Office:
    """The same, with a channel that waits."""
    channels.add("smartstore", TYPED, BY, submission=new_id())
    drain.drain("urgent")
    assert channel().state == "waiting"
    return office


def channel() -> Channel:
    """The channel as it stands now."""
    with store.read() as session:
        return session.scalars(select(Channel)).one()


def commands(kind: str) -> list[tuple[str, str]]:
    """State and reason of every command of a kind."""
    with store.read() as session:
        found = session.execute(
            select(Command.state, Command.held_for).where(Command.kind == kind)
        ).all()
    return [(state, why) for state, why in found]


def before_midnight() -> datetime:
    """The last minutes of today in Korea."""
    return clock.kst(clock.now()).replace(hour=23, minute=52)


def later(monkeypatch: pytest.MonkeyPatch, span: timedelta) -> None:
    """Time passes."""
    now = clock.now() + span
    monkeypatch.setattr(clock, "now", lambda: now)


def test_a_channel_waits_since_its_first_check_and_collects_nothing(waiting: Office) -> None:
    assert channel().waiting_since is not None
    assert channel().activated_at is None
    assert commands("orders.collect") == []


def test_it_is_looked_at_once_a_day_by_itself(
    waiting: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = channel().waiting_since
    later(monkeypatch, timedelta(hours=23))
    drain.drain("urgent")
    assert waiting.asked == 1
    for day in (2, 3):
        later(monkeypatch, timedelta(hours=24, minutes=1))
        drain.drain("urgent")
        drain.drain("urgent")
        assert waiting.asked == day
    assert channel().waiting_since == since


def test_a_look_that_fails_past_midnight_until_it_is_given_up_is_made_once_the_next_day(
    waiting: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = registry.current()

    def closed_at_night(client: object) -> Verified:
        raise Unavailable

    night = replace(known.forms["smartstore"], verify=closed_at_night)
    registry.use(replace(known, forms={**known.forms, "smartstore": night}))
    later(monkeypatch, before_midnight() + timedelta(days=2) - clock.now())
    for _ in range(10):
        drain.drain("urgent")
        later(monkeypatch, timedelta(minutes=10))
    assert ("refused", "") in commands("channel.verify")
    registry.use(known)
    later(monkeypatch, timedelta(hours=24))
    drain.drain("urgent")
    assert waiting.asked == 2


def test_a_press_looks_at_once_and_does_not_double_the_daily_look(waiting: Office) -> None:
    channels.check_again(channel().id, BY)
    drain.drain("urgent")
    assert waiting.asked == 2
    assert commands("channel.verify").count(("ready", "")) == 1


def test_once_granted_it_begins_now_and_the_contact_person_hears_of_it(
    waiting: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting.granted = True
    later(monkeypatch, timedelta(hours=24, minutes=1))
    drain.drain("urgent")
    found = channel()
    assert (found.state, found.waiting_since, found.activated_at) == ("active", None, clock.now())
    assert commands("orders.collect") == [("ready", "")]
    notices.look()
    with store.read() as session:
        assert session.scalars(select(Notice.kind)).all() == ["granted"]


def test_orders_wait_for_a_grant_that_is_taken_back_and_go_on_after_it(
    waiting: Office,
) -> None:
    waiting.granted = True
    channels.check_again(channel().id, BY)
    drain.drain("urgent")
    waiting.granted = False
    channels.check_again(channel().id, BY)
    drain.drain("urgent")
    assert channel().state == "waiting"
    drain.drain("sync")
    assert commands("orders.collect") == [("held", "approval")]
    waiting.granted = True
    channels.check_again(channel().id, BY)
    drain.drain("urgent")
    assert commands("orders.collect") == [("ready", "")]


def test_a_waiting_channel_that_was_paused_waits_on_when_resumed(waiting: Office) -> None:
    channels.pause(channel().id, BY)
    assert channel().state == "paused"
    channels.resume(channel().id, BY)
    assert channel().state == "waiting"
