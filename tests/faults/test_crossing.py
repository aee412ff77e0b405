"""A person's word and a worker at one command in the same moment: neither overwrites the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import text

from core import store
from core.ledger import claims, commands
from core.services import channels, jobs
from tests.faults.shop import CONFIRM, Shop
from tests.faults.stage import TESTER

pytestmark = pytest.mark.postgresql  # on SQLite the second writer waits before it looks


def somebody_waits() -> bool:
    """Whether a transaction of this database waits for another one's lock."""
    asked = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with store.read_connection() as connection:
        return bool(connection.execute(asked).scalar())


def waiting(shop: Shop, say: Callable[[], object]) -> threading.Thread:
    """A person who says something, and has to wait for a transaction of ours."""

    def speak() -> None:
        with store.workspace(shop.workspace_id):
            say()

    person = threading.Thread(target=speak)
    person.start()
    until = time.monotonic() + 20
    while not somebody_waits():
        assert person.is_alive() and time.monotonic() < until, "nobody had to wait"
        time.sleep(0.02)
    return person


@pytest.mark.parametrize("word", ["cancel", "archive"])
def test_a_word_that_crosses_a_claim_asks_the_worker_and_does_not_end_its_command(
    shop: Shop, word: str
) -> None:
    (key,) = shop.arrive()
    command = shop.press([key])
    words = {
        "cancel": lambda: jobs.cancel(command, TESTER),
        "archive": lambda: channels.archive(shop.channel_id, TESTER),
    }
    with store.all_workspaces(), store.write() as session:
        (run,) = claims.claim_within(session, "urgent", time.monotonic())
        person = waiting(shop, words[word])
    person.join(20)
    assert run.command.id == command
    found = shop.command(command)
    assert (found.state, found.cancel_asked) == ("running", TESTER.name)
    assert shop.calls(CONFIRM) == []


def test_a_command_that_a_person_ends_while_a_worker_claims_it_sends_nothing(shop: Shop) -> None:
    (key,) = shop.arrive()
    command = shop.press([key])
    with store.workspace(shop.workspace_id), store.write() as session:
        commands.cancel(session, jobs.get(session, command, alone=True), TESTER.name)
        session.flush()
        worker = waiting(shop, lambda: shop.drain("urgent"))
    worker.join(20)
    assert shop.command(command).state == "cancelled"
    assert shop.calls(CONFIRM) == [] and shop.effects() == []
    again = shop.press([key])
    shop.quiet()
    assert shop.command(again).state == "done"
    assert shop.broken() == []


def test_a_retry_pressed_twice_lets_a_command_go_on_once(shop: Shop) -> None:
    (key,) = shop.arrive()
    shop.switch(on_order="")
    command = shop.press([key])
    shop.drain()
    shop.pass_time(2 * 3600)
    shop.switch()
    assert shop.command(command).held_for == "asks"
    answers: list[bool] = []
    with store.workspace(shop.workspace_id), store.write() as session:
        commands.go_on(session, jobs.get(session, command, alone=True))
        session.flush()
        person = waiting(shop, lambda: answers.append(jobs.retry(command, TESTER)))
    person.join(20)
    assert answers == [False], "the second press found nothing to do"
    shop.quiet()
    assert shop.confirms([key]) == [1]
    assert shop.broken() == []
