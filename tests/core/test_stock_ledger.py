"""Whatever happens in whatever order, holds, movements and figures of the stock agree."""

from __future__ import annotations

import itertools
import os
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from core import clock, store, vault
from core.contracts.order import LineState
from core.models import OrderLine, StockHold, StockMove, Workspace, new_id
from core.services import holds, match_versions, oversold
from tests.core import goods

_HOLD: Any = StockHold.__table__
_MOVE: Any = StockMove.__table__
_LINE: Any = OrderLine.__table__
_names = itertools.count()
_BEGAN = datetime(2026, 11, 20, tzinfo=UTC)

SKUS, OPTIONS, LINES = range(3), range(3), range(5)
STATES = (
    LineState.WAITING_PAYMENT,
    LineState.NEW,
    LineState.CONFIRMED,
    LineState.SHIPPING,
    LineState.DELIVERED,
    LineState.CANCELLED,
    LineState.RETURNED,
    LineState.UNKNOWN,
)


class Ledger(RuleBasedStateMachine):
    """Two channels, three SKUs, three options, five orders; told, told late, matched, undone."""

    def __init__(self) -> None:
        super().__init__()
        self.now = _BEGAN
        self.left = ExitStack()
        patch = self.left.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(clock, "now", lambda: self.now)
        mine = new_id()
        self.left.enter_context(store.workspace(mine))
        with store.write() as session:
            session.add(Workspace(id=mine, name="한판 가게", created_at=clock.now()))
            session.flush()
            vault.create_workspace_key(session, mine)
        self.shops = [goods.channel(f"{number}") for number in range(2)]
        self.skus = [goods.sku(f"{number}", 10) for number in SKUS]
        self.options = [goods.listing(self.shops[number % 2], f"{number}")[0] for number in OPTIONS]
        self.counted = dict.fromkeys(self.skus, 10)

    def teardown(self) -> None:
        """Leave the company of this run."""
        self.left.close()

    @rule(
        number=st.sampled_from(LINES),
        option=st.sampled_from(OPTIONS),
        state=st.sampled_from(STATES),
        quantity=st.integers(0, 4),
        cancelled=st.integers(0, 4),
        late=st.booleans(),
    )
    def tell(
        self,
        number: int,
        option: int,
        state: LineState,
        quantity: int,
        cancelled: int,
        late: bool,
    ) -> None:
        """The marketplace tells of an order; `late` ones are older than what was told before."""
        self.now += timedelta(seconds=10)
        seen = self.now - timedelta(hours=1 if late else 0)
        goods.order(
            self.shops[option % 2], f"{number}", f"{option}", state=state, quantity=quantity,
            cancelled=cancelled, seen=seen, ordered=_BEGAN + timedelta(seconds=25 * number),
        )  # fmt: skip

    @rule(
        option=st.sampled_from(OPTIONS),
        parts=st.dictionaries(st.sampled_from(SKUS), st.integers(1, 3), max_size=2),
    )
    def match(self, option: int, parts: dict[int, int]) -> None:
        self.now += timedelta(seconds=10)
        goods.match(self.options[option], *((self.skus[n], many) for n, many in parts.items()))

    @rule(option=st.sampled_from(OPTIONS))
    def undo(self, option: int) -> None:
        goods.undo(self.options[option])

    @rule(sku=st.sampled_from(SKUS), pieces=st.integers(0, 12))
    def count(self, sku: int, pieces: int) -> None:
        """Somebody counts: what has been taken by then is not there any more."""
        sku_id = self.skus[sku]
        goods.count(sku_id, pieces, f"count:{next(_names)}")
        self.counted[sku_id] = pieces + self._held(sku_id)[1]

    @rule()
    def settle(self) -> None:
        """Settling once more is nothing new."""
        with store.write() as session:
            ids = list(session.scalars(store.select_in(_LINE, _LINE.c.id)))
            assert holds.settle(session, ids) == 0

    def _held(self, sku_id: str) -> tuple[int, int]:
        with store.read() as session:
            rows = session.execute(store.select_in(_HOLD).where(_HOLD.c.sku_id == sku_id)).all()
        return sum(row.reserved for row in rows), sum(row.taken for row in rows)

    @invariant()
    def figures_agree(self) -> None:
        """Σ holds is what is reserved, on hand is what was counted less what was taken, and the
        movements come to the same."""
        for sku_id in self.skus:
            on_hand, reserved = goods.figures(sku_id)
            held, taken = self._held(sku_id)
            assert reserved == held
            assert on_hand == self.counted[sku_id] - taken
            with store.read() as session:
                rows = session.execute(
                    store.select_in(_MOVE).where(_MOVE.c.sku_id == sku_id).order_by(_MOVE.c.at)
                ).all()
            running = [0, 0]
            for row in rows:
                running = [running[0] + row.on_hand, running[1] + row.reserved]
                assert running == [row.left_on_hand, row.left_reserved]
            assert running == [on_hand, reserved]

    @invariant()
    def every_line_holds_what_it_should(self) -> None:
        """What a line holds follows from its state and the match that stood when it was placed."""
        with store.read() as session:
            rows = session.execute(store.select_in(_LINE)).all()
            ids = [row.id for row in rows]
            held = holds.of_lines(session, ids)
            short = oversold.of(session, ids)
            versions = match_versions.of(session, self.options)
        for row in rows:
            if row.state == "unknown":
                continue
            standing = versions.get(holds.option_of(row), [])
            assert held.get(row.id, {}) == model(row, standing, row.id in held)
        assert short == self._oversold()

    def _oversold(self) -> set[str]:
        """The lines that get less than they wait for, when each SKU goes to whoever came first."""
        found = set()
        for sku_id in self.skus:
            left = goods.figures(sku_id)[0]
            with store.read() as session:
                query = store.select_in(_HOLD).where(_HOLD.c.sku_id == sku_id, _HOLD.c.reserved > 0)
                rows = session.execute(query.order_by(_HOLD.c.ordered_at, _HOLD.c.line_id)).all()
            for row in rows:
                left -= row.reserved
                if left < 0:
                    found.add(row.line_id)
        return found


def model(row: Any, standing: list[Any], held_before: bool) -> dict[str, tuple[int, int]]:
    """What a line should hold, said once more in the plainest way."""
    waits = row.state in ("waiting_payment", "new", "confirmed")
    left = row.state in ("shipping", "delivered", "decided", "returned", "exchanged")
    if not standing or not (waits or left):
        return {}
    if left and not held_before and (row.dispatched_at or row.ordered_at) < standing[0].from_at:
        return {}
    version = standing[0]
    for one in standing:
        if one.from_at <= row.ordered_at:
            version = one
    demand = max(0, row.quantity - row.cancelled)
    pieces = {part.sku_id: demand * part.quantity for part in version.parts if demand}
    return {sku: (many, 0) if waits else (0, many) for sku, many in pieces.items()}


@pytest.mark.usefixtures("store_bound")
def test_holds_movements_and_figures_agree_after_any_sequence_of_events() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Ledger,
        settings=settings(
            max_examples=300 if os.environ.get("HANPAN_SOAK") else 8,
            stateful_step_count=15,
            deadline=None,
            phases=[Phase.generate],  # making a failure smaller takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
