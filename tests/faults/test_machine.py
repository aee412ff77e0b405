"""A seller, buyers, a marketplace and bad luck in any order: the promises hold after every step."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from core import store
from core.models import Command, Effect, OrderLine
from core.services import channels, jobs, orders
from tests.faults.shop import CHANGES, CONFIRM, QUERY, Shop
from tests.faults.stage import TESTER

SOAK = os.environ.get("HANPAN_SOAK") == "1"
EXAMPLES, STEPS = (400, 60) if SOAK else (20, 15)

READS = ["refuse", "reset_after", "cut", "login", "status"]
WRITES = ["reset_before", "reset_after", "late_effect", "refuse", "cut", "login", "status"]
LINES = st.integers(min_value=0, max_value=200)


class Seller(RuleBasedStateMachine):
    """What may happen. `known` are the marketplace's lines, as far as the test made them."""

    template: Path
    figures: dict[str, int]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="hp-m-", dir="/tmp"))
        shutil.copy(self.template, self.folder / "hanpan.db")
        self.shop = Shop(self.folder, f"sqlite:///{self.folder / 'hanpan.db'}")
        self.shop.__enter__()
        self.shop.world("seed", size="small", orders=4)
        self.shop.act("set_limits", per_second=500)
        self.shop.connect()
        self.shop.collect()
        self.known = sorted(self.shop.world("ledger")["lines"])
        self.figures["examples"] += 1

    def teardown(self) -> None:
        """Let everything come to rest, and look at all of it."""
        try:
            self.shop.mend()
            self.shop.switch()
            with store.workspace(self.shop.workspace_id):
                channels.resume(self.shop.channel_id, TESTER)
            self._rest()
            self.shop.pass_time(300)
            self.shop.collect()
            self._rest()
            assert self.shop.broken() == []
            assert self.shop.live() == []
        finally:
            self.shop.__exit__(None, None, None)
            shutil.rmtree(self.folder)

    def _rest(self) -> None:
        """Work, and let a person decide, until nothing is open."""
        for _ in range(6):
            self.shop.quiet(within=20_000)
            if not self._decide_all():
                return
        raise AssertionError(f"a person is asked again and again: {self.shop.live()}")

    def _decide_all(self) -> bool:
        """Answer whatever waits for a person; returns whether there was something."""
        found = False
        with store.workspace(self.shop.workspace_id):
            with store.read() as session:
                waiting = session.scalars(
                    select(Command).where(
                        (Command.state == "review")
                        | ((Command.state == "held") & Command.held_for.in_(("asks", "parked")))
                    )
                ).all()
            for command in waiting:
                found = True
                if command.state == "held":
                    if command.standing:
                        orders.collect_now(None)
                    else:
                        jobs.retry(command.id, TESTER)
                    continue
                self._decide(command.id)
        return found

    def _decide(self, command: str) -> None:
        """The person looks into the seller centre and says what is true there."""
        with store.read() as session:
            effects = session.scalars(
                select(Effect).where(
                    Effect.command_id == command, Effect.state.in_(("unknown", "sending"))
                )
            ).all()
        lines = self.shop.world("ledger")["lines"]
        verdicts = {
            effect.id: "done" if lines[effect.item]["place"] == "OK" else "stop"
            for effect in effects
        }
        if verdicts:
            jobs.decide(command, verdicts, TESTER)
        else:
            jobs.retry(command, TESTER)

    def _key(self, number: int) -> str:
        return self.known[number % len(self.known)]

    def _try(self, act: str, number: int, **more: Any) -> None:
        """Let it happen at the marketplace, where the line's state allows it."""
        if self.shop.host is None:
            return
        place = self.shop.host.place("smartstore")
        try:
            place.act(act, {"line": self._key(number), **more})
        except ValueError:
            return
        self.figures[act] = self.figures.get(act, 0) + 1

    # -- the marketplace and its buyers -----------------------------------------------------------

    @rule(orders=st.integers(1, 3), lines=st.integers(1, 2), quantity=st.integers(1, 3))
    def orders_come_in(self, orders: int, lines: int, quantity: int) -> None:
        made = self.shop.act("new_order", orders=orders, lines=lines, quantity=quantity)
        self.known += [key for order in made for key in order["lines"]]

    @rule(number=LINES, done=st.booleans())
    def a_buyer_cancels(self, number: int, done: bool) -> None:
        self._try("buyer_cancels", number, done=done)

    @rule(number=LINES)
    def a_buyer_withdraws(self, number: int) -> None:
        self._try("buyer_withdraws", number)

    @rule(number=LINES)
    def the_marketplace_takes_a_confirm_back(self, number: int) -> None:
        self._try("release_confirm", number)

    @rule(number=LINES)
    def somebody_confirms_in_the_seller_centre(self, number: int) -> None:
        self._try("confirm_elsewhere", number)

    @rule(number=LINES)
    def somebody_dispatches_in_the_seller_centre(self, number: int) -> None:
        self._try("dispatch_elsewhere", number)

    # -- bad luck ---------------------------------------------------------------------------------

    @rule(kind=st.sampled_from(WRITES), times=st.integers(1, 2))
    def an_answer_to_a_confirm_is_spoilt(self, kind: str, times: int) -> None:
        self.shop.fault(CONFIRM, kind, times=times, value=20 if kind == "late_effect" else None)

    @rule(kind=st.sampled_from(READS), path=st.sampled_from([CHANGES, QUERY]))
    def an_answer_to_a_read_is_spoilt(self, kind: str, path: str) -> None:
        self.shop.fault(path, kind)

    # -- the seller -------------------------------------------------------------------------------

    @rule(auto=st.booleans(), on=st.sampled_from(["1", "1", "1", ""]))
    def the_seller_switches(self, auto: bool, on: str) -> None:
        self.shop.switch(confirm_mode="auto" if auto else "manual", on_order=on)

    @rule(numbers=st.lists(LINES, min_size=1, max_size=8))
    def the_seller_confirms(self, numbers: list[int]) -> None:
        wanted = {self._key(number) for number in numbers}
        with store.workspace(self.shop.workspace_id):
            with store.read() as session:
                ids = session.scalars(
                    select(OrderLine.id).where(OrderLine.line_key.in_(wanted))
                ).all()
            orders.submit_confirm(ids, TESTER, submission=os.urandom(16).hex())

    @rule()
    def the_seller_collects(self) -> None:
        with store.workspace(self.shop.workspace_id):
            orders.collect_now(None)

    @precondition(lambda self: self.shop.live())
    @rule(data=st.data())
    def the_seller_cancels_a_job(self, data: st.DataObject) -> None:
        with store.workspace(self.shop.workspace_id):
            with store.read() as session:
                found = session.scalars(
                    select(Command.id).where(
                        Command.standing.is_(False), Command.state.in_(("ready", "held"))
                    )
                ).all()
            if found:
                jobs.cancel(data.draw(st.sampled_from(sorted(found))), TESTER)

    @rule()
    def the_seller_answers(self) -> None:
        self._decide_all()

    # -- time -------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 6, 31, 61, 301, 3700]))
    def time_passes(self, seconds: int) -> None:
        self.shop.pass_time(seconds)
        self.shop.drain()

    @rule()
    def a_worker_looks(self) -> None:
        self.shop.drain()

    # -- what must hold at any moment -------------------------------------------------------------

    @initialize()
    def everything_is_collected(self) -> None:
        assert self.shop.broken() == []

    @invariant()
    def each_line_is_here_once_and_confirmed_once_per_revision(self) -> None:
        ledger = self.shop.world("ledger")["lines"]
        with store.workspace(self.shop.workspace_id), store.read() as session:
            here = list(session.scalars(select(OrderLine.line_key)))
        assert len(here) == len(set(here)), "I1"
        assert set(here) <= set(ledger), "I1: a line that the marketplace does not have"
        for key, line in ledger.items():
            assert all(times <= 1 for times in line["confirms"].values()), f"I2: {key}"
        self.figures["steps"] += 1

    @invariant()
    def the_cursor_has_passed_nothing_that_is_not_stored(self) -> None:
        since = str(json.loads(self.shop.cursor())["from"])
        ledger = self.shop.world("ledger")["lines"]
        with store.workspace(self.shop.workspace_id), store.read() as session:
            here = set(session.scalars(select(OrderLine.line_key)))
        missing = [
            key
            for key, line in ledger.items()
            if line["provided"] and line["changed_at"] < since and key not in here
        ]
        assert missing == [], "I4"

    @invariant()
    def nothing_that_auto_confirmed_was_taken_back(self) -> None:
        ledger = self.shop.world("ledger")["lines"]
        with store.workspace(self.shop.workspace_id), store.read() as session:
            found = session.execute(
                select(Effect.item, Effect.revision, Command.created_by)
                .join(Command, Command.id == Effect.command_id)
                .where(Effect.revision > 1)
            ).all()
        by_itself = [row.item for row in found if row.created_by == "자동 발주확인"]
        assert by_itself == [], f"I2: {[ledger[key]['confirms'] for key in by_itself]}"


def test_the_promises_hold_whatever_happens_in_whatever_order(
    sqlite_template: Path,
) -> None:
    figures = {"examples": 0, "steps": 0}
    machine: Callable[[], Seller] = type(
        "Machine", (Seller,), {"template": sqlite_template, "figures": figures}
    )
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=not SOAK,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert figures["examples"] >= EXAMPLES
    sys.stdout.write(f"\n{figures}\n")
