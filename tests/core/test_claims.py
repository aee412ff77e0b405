"""Who gets a lane and its work: the more urgent first, and what kills its process not for ever."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock, queue, store, work
from core.contracts.text import Text
from core.ledger import claims, commands, drain, kinds, lanes
from core.ledger.kinds import SYNC, URGENT, Kind
from core.ledger.run import Run
from core.models import Command
from tests.conftest import Bound

pytestmark = pytest.mark.usefixtures("store_bound")


class Killed(BaseException):
    """What a kill -9 is to the ledger: nothing more is written, the lane stays taken."""


@pytest.fixture
def declare(data_folder: object) -> Iterator[Callable[..., None]]:
    """Declare kinds of work for a test: `declare(name=handler)`; all are in one queue."""

    def declaring(queue_name: str = URGENT, priority: int = 50, **handlers: object) -> None:
        known = dict(kinds.registered())
        for name, handler in handlers.items():
            title = Text(name, name)
            known[name] = Kind(handler=handler, queue=queue_name, priority=priority, title=title)
        kinds.register(known)

    kinds.register({})
    yield declaring
    work.begin()
    clock.move(0)


def submit(kind: str, lane: str) -> str:
    """Write a command; returns its id."""
    with store.write() as session:
        made = commands.submit(session, kind, lane=lane, natural_key="1", payload={}, by="시험")
        return made.id


def found(command_id: str) -> Command:
    """A command as it stands now."""
    with store.read() as session:
        return session.scalars(select(Command).where(Command.id == command_id)).one()


def work_on(rounds: int) -> int:
    """Drain again and again, as workers that die and are started anew; returns the deaths."""
    deaths = 0
    for _ in range(rounds):
        try:
            drain.drain(URGENT)
        except Killed:
            deaths += 1
            work.horse_died(os.getpid())
    return deaths


def test_a_command_that_kills_its_process_ends_in_review_and_takes_nobody_along(
    declare: Callable[..., None],
) -> None:
    def kill(run: Run) -> None:
        run.commit("poison.page", got_on=False)
        raise Killed

    done: list[str] = []
    declare(poison=kill, harmless=lambda run: done.append(run.command.lane))
    others = [submit("harmless", f"lane-{number}") for number in range(5)]
    poison = submit("poison", "poisoned")
    others += [submit("harmless", f"lane-{number}") for number in range(5, 10)]
    assert work_on(claims.CLAIMS + 5) == claims.CLAIMS
    ended = found(poison)
    assert (ended.state, ended.error_code) == ("review", "DIED")
    assert "저희 쪽 잘못" in ended.error_text["ko"]
    assert {found(other).state for other in others} == {"done"}
    assert sorted(done) == sorted(f"lane-{number}" for number in range(10)), "done twice"
    assert {found(other).error_code for other in others} == {""}, "another was blamed"


def test_a_command_that_gets_on_between_its_deaths_is_not_given_up(
    declare: Callable[..., None],
) -> None:
    def page(run: Run) -> None:
        run.commit("slow.page", done=run.command.progress_done + 1)
        if run.command.progress_done < 2 * claims.CLAIMS:
            raise Killed

    declare(slow=page)
    slow = submit("slow", "a")
    assert work_on(3 * claims.CLAIMS) == 2 * claims.CLAIMS
    assert found(slow).state == "done"


def test_work_that_comes_by_itself_rests_after_so_many_deaths_and_tries_again(
    declare: Callable[..., None], store_bound: Bound
) -> None:
    def kill(run: Run) -> None:
        raise Killed

    declare(poison=kill)
    poison = submit("poison", "poisoned")
    with store.write() as session:
        command = session.get_one(Command, poison)
        command.standing = True
    assert work_on(claims.CLAIMS + 5) == claims.CLAIMS
    resting = found(poison)
    assert (resting.state, resting.error_code, resting.claims) == ("ready", "DIED", 0)
    assert 50 < resting.next_at - clock.now().timestamp() <= 60
    clock.move(timedelta(minutes=2).total_seconds())
    assert work_on(1) == 1


def test_a_lane_that_more_urgent_work_asked_for_goes_to_it_first(
    declare: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    rung: list[str] = []
    monkeypatch.setattr(queue, "ring", lambda name: rung.append(name))

    def sweep(run: Run) -> None:
        order.append("a page")
        if len(order) == 1:
            submit("press", "shop")
            assert claims.claim(URGENT) == [], "two hold one lane"
        run.commit("sweep.page", done=len(order))
        order.append("all pages")

    declare(SYNC, 50, sweep=sweep)
    declare(URGENT, 10, press=lambda run: order.append("the press"))
    swept = submit("sweep", "shop")
    drain.drain(SYNC)
    assert rung == [URGENT], "whoever waits for the lane is rung"
    assert found(swept).state == "ready"
    drain.drain(SYNC)
    assert order == ["a page"], "it took the lane back before the press had it"
    drain.drain(URGENT)
    assert order == ["a page", "the press"]
    clock.move(1.0)
    drain.drain(SYNC)
    assert order == ["a page", "the press", "a page", "all pages"]
    assert found(swept).state == "done"


def test_a_lane_that_nobody_wants_is_kept_from_page_to_page(declare: Callable[..., None]) -> None:
    def sweep(run: Run) -> None:
        for page in range(3):
            run.commit("sweep.page", done=page)

    declare(sweep=sweep)
    swept = submit("sweep", "shop")
    drain.drain(URGENT)
    assert found(swept).state == "done"
    with store.all_workspaces(), store.write() as session:
        named = (found(swept).workspace_id, "shop")
        lease = lanes.take(session, [named], "other/1", 10.0)[named]
    assert lease.fence == 2, "the lane was given back in between"
