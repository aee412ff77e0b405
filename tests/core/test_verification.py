"""A channel is one account's for good: what a check of its keys may change and what it may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from core import registry, store, work
from core.contracts.form import Verified
from core.errors import AuthError
from core.fields import Kind
from core.ledger import drain
from core.ledger.run import forget_connections
from core.models import Channel, Command, new_id
from core.services import channels
from core.services.audit import Actor

BY = Actor(None, "시험")
WORDS = "다른 판매자 계정"


class Accounts:
    """A marketplace that knows whose keys it is shown: `keys` maps a secret to an account."""

    keys: dict[str, str]

    def __init__(self, keys: dict[str, str]) -> None:
        self.keys = keys

    def connect(self, values: Any, host: Any) -> str:
        """The client is the secret itself."""
        return str(values["client_secret"])

    def verify(self, client: str) -> Verified:
        """Say whose it is."""
        if client not in self.keys:
            raise AuthError(code="KEY")
        return Verified(identity=self.keys[client])


@pytest.fixture
def accounts(store_bound: object) -> Iterator[Accounts]:
    """The marketplace, in the place of a real one."""
    known = registry.current()
    form = known.forms["smartstore"]
    found = Accounts({})
    other = replace(
        form,
        fields=tuple(replace(one, check=None) for one in form.fields if one.kind is Kind.SECRET),
        connect=found.connect,
        verify=found.verify,
        bucket=lambda values: "one",
        check=None,
    )
    registry.use(replace(known, forms={**known.forms, "smartstore": other}))
    work.begin()
    forget_connections()
    yield found
    forget_connections()
    registry.use(known)


def typed(secret: str) -> dict[str, str]:
    """The form as somebody fills it in."""
    names = {"seller_id": "seller", "store": "본점", "category": "", "memo": ""}
    return {**names, "client_secret": secret}


def channel(channel_id: str) -> Channel:
    """A channel as it stands now."""
    with store.read() as session:
        return channels.get(session, channel_id)


def add(secret: str) -> str:
    """Connect an account; returns the channel's id."""
    made = channels.add("smartstore", typed(secret), BY, submission=new_id())
    drain.drain("urgent")
    return made


def checks() -> list[str]:
    """How the checks ended, the oldest first."""
    with store.read() as session:
        asked = select(Command.state).where(Command.kind == "channel.verify")
        return list(session.scalars(asked.order_by(Command.created_at)))


def test_keys_of_another_account_are_refused_and_the_channel_keeps_its_own(
    accounts: Accounts,
) -> None:
    accounts.keys = {"one": "account-1", "other": "account-2", "newer": "account-1"}
    mine = add("one")
    before = channel(mine)
    assert (before.state, before.identity) == ("active", "account-1")
    channels.change(mine, typed("other"), BY)
    drain.drain("urgent")
    found = channel(mine)
    assert found.state == "needs_you" and WORDS in found.problem["ko"]
    assert (found.identity, found.account) == (before.identity, before.account)
    assert checks() == ["done", "refused"]
    channels.change(mine, typed("newer"), BY)
    drain.drain("urgent")
    found = channel(mine)
    assert (found.state, found.problem) == ("active", None)
    assert (found.identity, found.account) == (before.identity, before.account)


def test_the_account_of_another_live_channel_is_not_taken_over(accounts: Accounts) -> None:
    accounts.keys = {"one": "account-1", "same": "account-1"}
    first, second = add("one"), add("same")
    assert channel(first).state == "active"
    found = channel(second)
    assert (found.state, found.identity) == ("needs_you", None)
    assert "이미 연결된 계정" in found.problem["ko"]


def test_keys_that_are_refused_leave_the_account_as_it_was(accounts: Accounts) -> None:
    accounts.keys = {"one": "account-1"}
    mine = add("one")
    channels.change(mine, typed("wrong"), BY)
    drain.drain("urgent")
    found = channel(mine)
    assert (found.state, found.identity) == ("needs_you", "account-1")
    assert found.problem["code"] == "KEY"


def test_nothing_is_read_with_new_keys_before_it_is_known_whose_they_are(
    accounts: Accounts,
) -> None:
    accounts.keys = {"one": "account-1", "other": "account-2"}
    mine = add("one")
    channels.change(mine, typed("other"), BY)
    assert channel(mine).state == "checking"
    with store.write() as session:
        session.execute(Command.__table__.update().where(Command.standing).values(next_at=0.0))
    drain.drain("sync")
    with store.read() as session:
        standing = session.scalars(select(Command).where(Command.standing)).one()
    assert (standing.state, standing.held_for) == ("held", "needs_you")
    channels.change(mine, typed("one"), BY)
    drain.drain("urgent")
    assert channel(mine).state == "active"
    with store.read() as session:
        standing = session.scalars(select(Command).where(Command.standing)).one()
    assert standing.state == "ready"


def test_a_paused_channel_with_new_keys_is_checked_when_it_goes_on(accounts: Accounts) -> None:
    accounts.keys = {"one": "account-1", "other": "account-2"}
    mine = add("one")
    channels.pause(mine, BY)
    channels.change(mine, typed("other"), BY)
    drain.drain("urgent")
    channels.resume(mine, BY)
    assert channel(mine).state == "checking"
    drain.drain("urgent")
    found = channel(mine)
    assert found.state == "needs_you" and WORDS in found.problem["ko"]
