"""A write that touches a whole bundle: it is never cut, and never sent for a line too many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import registry, store
from core.contracts.write import Item, Result, Scope
from core.errors import RateLimited, Unavailable
from core.ledger.budget import OutOfBudget
from core.models import OrderLine
from core.services import channels, orders
from tests.faults.shop import CONFIRM, Shop, confirming


def bundles(shop: Shop, *sizes: int) -> list[list[str]]:
    """Orders of so many lines each come in; the lines of one order are one bundle."""
    return [shop.arrive(lines=size, addons=0) for size in sizes]


class Noting:
    """The plugin's own `send`, which notes what it was given."""

    def __init__(self) -> None:
        sync = registry.current().orders["smartstore"]
        assert sync.confirm is not None
        self._send = sync.confirm.send
        self.sent: list[set[str]] = []

    def __call__(self, client: Any, items: Sequence[Item]) -> Sequence[Result]:
        self.sent.append({item.key for item in items})
        return list(self._send(client, items))


@pytest.mark.parametrize("batch", [1, 2])
def test_a_bundle_is_never_cut(shop: Shop, batch: int) -> None:
    three, one, two = bundles(shop, 3, 1, 2)
    send = Noting()
    with confirming(scope=Scope.BUNDLE, batch=batch, send=send, order=None):
        command = shop.press([three[1], one[0], two[1]])
        shop.quiet()
    assert shop.command(command).result["done"] == 6, "the press is widened to whole bundles"
    assert sum(len(sent) for sent in send.sent) == 6
    assert all(any(set(bundle) <= sent for sent in send.sent) for bundle in (three, one, two))
    assert len(send.sent) == (3 if batch == 1 else 2)
    assert shop.broken() == []


def test_a_bundle_in_which_a_cancel_was_asked_for_is_left_out_whole(shop: Shop) -> None:
    asked, other = bundles(shop, 3, 2)
    shop.act("buyer_cancels", line=asked[0])
    shop.collect()
    with confirming(scope=Scope.BUNDLE, batch=1):
        with store.workspace(shop.workspace_id), store.read() as session:
            proposal = orders.propose_confirm(
                session, [shop.line(asked[1]).id, shop.line(other[0]).id]
            )
        reasons = {line.line_key: reason for line, reason in proposal.left_out}
        assert proposal.count == 2
        assert set(reasons) == set(asked)
        assert reasons[asked[0]] == orders.CLAIMED
        assert {reasons[asked[1]], reasons[asked[2]]} == {orders.CLAIMED_BESIDE}
        shop.press([asked[1], other[0]])
        shop.quiet()
    assert shop.confirms(asked + other) == [0, 0, 0, 1, 1]


def test_a_cancel_that_comes_between_stops_the_whole_bundle(shop: Shop) -> None:
    (asked,) = bundles(shop, 2)
    shop.fault(CONFIRM, "status", times=1, value={"status": 429, "retry_after": 1})
    with confirming(scope=Scope.BUNDLE, batch=1):
        command = shop.press([asked[1]])
        shop.drain("urgent")
        shop.act("buyer_cancels", line=asked[0])
        shop.pass_time(10)
        with store.workspace(shop.workspace_id):
            orders.collect_now(None)
            shop.drain("sync")
        shop.quiet()
    assert shop.confirms(asked) == [0, 0]
    assert shop.command(command).result["changed"] == 2


def test_while_one_line_of_a_bundle_is_doubtful_the_others_wait(shop: Shop) -> None:
    (bundle,) = bundles(shop, 2)
    shop.fault(CONFIRM, "late_effect", value=20)
    command = shop.press([bundle[0]])  # a line of its own: the bundle is not widened yet
    shop.drain("urgent")
    assert {effect.state for effect in shop.effects()} == {"unknown"}
    before = len(shop.calls(CONFIRM))
    with confirming(scope=Scope.BUNDLE, batch=1):
        with store.workspace(shop.workspace_id):
            second = shop.press([bundle[1]])
        shop.drain("urgent")
        assert len(shop.calls(CONFIRM)) == before, "the bundle was sent while half of it is unknown"
        shop.quiet()
    assert shop.command(command).result["done"] == 1
    assert shop.command(second).state == "done"
    assert shop.confirms(bundle)[0] == 1


def test_after_a_restore_a_bundle_waits_for_its_oldest_line(shop: Shop) -> None:
    (bundle,) = bundles(shop, 2)
    between = shop.line(bundle[0]).first_seen_at + timedelta(seconds=1)
    with store.workspace(shop.workspace_id), store.write() as session:
        channels.get(session, shop.channel_id).note = {"restored_at": between.isoformat()}
        newer = session.scalars(select(OrderLine).where(OrderLine.line_key == bundle[1])).one()
        newer.first_seen_at = between + timedelta(seconds=1)
    send = Noting()
    with confirming(scope=Scope.BUNDLE, batch=1, send=send):
        shop.press([bundle[1]])
        shop.drain("urgent")
        assert [effect.state for effect in shop.effects()] in (
            ["unknown", "planned"],
            ["planned", "unknown"],
        )
        assert send.sent == [], "sent while nobody knows whether half of it was sent before"
        shop.quiet()
    assert send.sent == [set(bundle)]
    assert shop.confirms(bundle) == [1, 1]


@pytest.mark.parametrize("error", [RateLimited(), Unavailable(), OutOfBudget()])
def test_what_was_done_before_a_later_request_failed_is_read_back(
    shop: Shop, error: Exception
) -> None:
    first, second = bundles(shop, 2, 2)
    whole = Noting()
    tries: list[int] = []

    def one_by_one(client: Any, items: Sequence[Item]) -> list[Result]:
        """A plugin that makes a request for each bundle, and meets trouble after the first."""
        tries.append(len(items))
        cut = [[item for item in items if item.key in bundle] for bundle in (first, second)]
        results = list(whole(client, cut[0])) if cut[0] else []
        if len(tries) == 1:
            if not isinstance(error, OutOfBudget):
                client.details([items[0].key])  # the request that the error is about
            raise error
        return [*results, *whole(client, cut[1])]

    with confirming(scope=Scope.BUNDLE, batch=10, send=one_by_one, order=None):
        command = shop.press(first + second)
        shop.drain("urgent")
        assert {effect.state for effect in shop.effects()} >= {"done", "unknown"}
        shop.quiet()
    assert shop.command(command).state == "done"
    assert shop.confirms(first + second) == [1, 1, 1, 1]
    assert whole.sent == [set(first), set(second)], "what was done was sent again"
