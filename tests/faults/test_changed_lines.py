"""What a person chose is what is sent: a line that has changed since is left out and said."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core import store
from core.models import Command
from core.services import jobs, orders, templates
from tests.faults.shop import CONFIRM, Shop
from tests.faults.stage import TESTER, TemplateUpdate


def refused_for_now(shop: Shop) -> None:
    """Let the marketplace refuse the next confirm for its limit: nothing happens there."""
    told = {"status": 429, "retry_after": 1}
    shop.fault(CONFIRM, "status", times=1, value=told)


def test_a_line_that_gets_a_claim_before_it_is_sent_is_not_sent(shop: Shop) -> None:
    first, second = shop.arrive(2)
    refused_for_now(shop)
    command = shop.press([first, second])
    shop.drain("urgent")
    shop.act("buyer_cancels", line=first)
    shop.pass_time(10)
    with store.workspace(shop.workspace_id):
        orders.collect_now(None)
        shop.drain("sync")
    shop.quiet()
    assert shop.confirms([first, second]) == [0, 1]
    result = shop.command(command).result
    assert result is not None
    assert (result["done"], result["changed"]) == (1, 1)
    asked = [call for call in shop.calls("/confirm", "POST") if call["status"] == 200]
    assert len(asked) == 1, "the line with the claim was offered to the marketplace again"
    assert shop.broken() == []


def test_a_confirm_that_is_taken_back_is_not_made_again_by_the_same_press(shop: Shop) -> None:
    (key,) = shop.arrive()
    shop.fault(CONFIRM, "reset_after", times=1)
    shop.press([key])
    shop.drain("urgent")
    shop.act("release_confirm", line=key)
    shop.collect()
    shop.quiet()
    assert shop.there(key)["confirms"] == {"1": 1}
    assert shop.line(key).confirm_revision == 2


def test_an_automatic_confirm_that_a_person_stopped_stays_stopped(shop: Shop) -> None:
    shop.switch(confirm_mode="auto")
    made = shop.act("new_order", orders=2)
    keys = [key for order in made for key in order["lines"]]
    shop.pass_time(10)
    with store.workspace(shop.workspace_id):
        orders.collect_now(None)
        shop.drain("sync")
        (waiting,) = _of(shop, "orders.confirm")
        jobs.cancel(waiting, TESTER)
    assert shop.command(waiting).state == "cancelled"
    shop.collect()
    shop.quiet()
    assert shop.confirms(keys) == [0, 0]


def test_a_refused_change_of_a_template_is_not_sent_over_a_newer_one(shop: Shop) -> None:
    flow = TemplateUpdate()
    with store.workspace(shop.workspace_id):
        for kind in ("address", "dispatch_today", "bundle_group"):
            templates.submit_import(shop.channel_id, kind, TESTER)
            shop.drain("urgent")
        told = {"status": 400, "body": '{"code":"BAD_REQUEST","message":"안 됩니다"}'}
        shop.fault("bundle-groups", "status", method="PUT", times=1, value=told)
        flow.begin(shop)
        shop.quiet()
        row, raw = flow.form(shop)
        (refused,) = _of(shop, "template.update")
        templates.submit_change(
            shop.channel_id,
            "bundle_group",
            row.id,
            {**raw, "name": "더 새 이름"},
            TESTER,
            submission="0" * 32,
        )
        shop.quiet()
        assert jobs.retry(refused, TESTER)
        shop.quiet()
    names = [
        group["values"]["name"]
        for group in shop.world("ledger")["templates"]["bundle_group"].values()
    ]
    assert "더 새 이름" in names and "새 이름" not in names
    assert shop.command(refused).state == "refused"


def _of(shop: Shop, kind: str) -> list[str]:
    with store.read() as session:
        return list(session.scalars(select(Command.id).where(Command.kind == kind)))


@pytest.fixture(autouse=True)
def quick(shop: Shop) -> None:
    """The marketplace takes as many calls as come."""
    shop.act("set_limits", per_second=500)
