"""A stage whose practice host runs in threads of this process, and what tests ask of it.

Time is passed by the practice clock: `quiet` moves the day to when the next piece of work is due.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from sqlalchemy import func, select

from core import clock, queue, registry, settings, store, vault
from core.ledger.run import forget_connections
from core.models import Budget, Channel, Command, Cursor, Effect, OrderLine, new_id
from core.models.work import LIVE
from core.practice import PracticeHost, start
from core.services import channels, orders
from core.services.kind_names import COLLECT
from tests.faults.stage import QUEUES, TESTER, Stage

ORDERS = "/pay-order/seller/product-orders"
CONFIRM, QUERY, CHANGES = f"{ORDERS}/confirm", f"{ORDERS}/query", f"{ORDERS}/last-changed-statuses"
TOKEN, ADDRESSES, BUNDLES = "/oauth2/token", "/addressbooks-for-page", "/bundle-groups"


class Shop(Stage):
    """An installation with one practice channel, worked on by this process alone."""

    def __init__(
        self,
        folder: Path,
        url: str,
        *,
        market: str = "smartstore",
        lease: float = 12.0,
        settle: float | None = None,
        redis: str | None = None,
    ) -> None:
        super().__init__(folder, url, market)
        self.lease, self.settle_s = lease, settle
        self.redis = redis or "unix:///nowhere/redis.sock"
        self.host: PracticeHost | None = None
        self._before: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._before = dict(os.environ)
        os.environ.pop("HANPAN_SETTLE_S", None)
        clock.reread()
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        forget_connections()
        super().__exit__(*error)
        os.environ.clear()
        os.environ.update(self._before)
        settings.use(None)
        registry.use(None)
        vault.unload()
        clock.reread()
        queue._client = None

    def environment(self) -> dict[str, str]:
        """As the stage's, with this shop's lease, settling time, database and Redis."""
        found = super().environment() | {
            "HANPAN_LEASE_S": str(self.lease),
            "REDIS_URL": self.redis,
            "DATABASE_URL": self.url,
        }
        del found["HANPAN_SETTLE_S"]
        if self.settle_s is not None:
            found["HANPAN_SETTLE_S"] = str(self.settle_s)
        return found

    def open_practice(self) -> int:
        """Serve the sandboxes from threads."""
        self.host = start(registry.current().sandboxes.values(), port=0)
        return self.host.port

    def close_practice(self) -> None:
        """Close the port and every connection."""
        assert self.host is not None
        self.host.stop()

    # -- the world ------------------------------------------------------------------------------

    def act(self, name: str, **data: Any) -> Any:
        """Let something happen at the marketplace."""
        return self.world("act", act=name, **data)["result"]

    def fault(self, path: str, kind: str, **more: Any) -> None:
        """Spoil calls whose path holds `path`."""
        match = {"path": path, "method": more.pop("method", "")}
        self.world("faults", match=match, kind=kind, **more)

    def mend(self) -> None:
        """Take every fault away."""
        assert self.host is not None
        self.host.place(self.market).faults.clear()

    def calls(self, path: str = "", method: str = "", after: int = 0) -> list[dict[str, Any]]:
        """What the practice marketplace was asked, oldest first."""
        told = self.world(f"log?path={path}&method={method}&after={after}")
        return list(told["calls"])

    def last_call(self) -> int:
        """The number of the newest call."""
        return max((call["n"] for call in self.calls()), default=0)

    def there(self, key: str) -> dict[str, Any]:
        """A line as the marketplace's ledger has it."""
        return dict(self.world("ledger")["lines"][key])

    def confirms(self, keys: Sequence[str]) -> list[int]:
        """How often each of these lines was confirmed there, all revisions together."""
        lines = self.world("ledger")["lines"]
        return [sum(lines[key]["confirms"].values()) for key in keys]

    # -- our side -------------------------------------------------------------------------------

    def collect(self) -> None:
        """Collect everything up to now."""
        self.pass_time(10)
        with store.workspace(self.workspace_id):
            orders.collect_now(None)
        self.drain()

    def arrive(self, count: int = 1, **told: Any) -> list[str]:
        """New orders come in and are collected; returns the keys of their lines."""
        made = self.act("new_order", orders=count, **told)
        self.collect()
        return [key for order in made for key in order["lines"]]

    def line(self, key: str) -> OrderLine:
        """A line as it is stored."""
        with store.workspace(self.workspace_id), store.read() as session:
            return session.scalars(select(OrderLine).where(OrderLine.line_key == key)).one()

    def press(self, keys: Sequence[str], submission: str | None = None) -> str:
        """A person presses 발주확인 on these lines; returns the command's id."""
        with store.workspace(self.workspace_id):
            ids = [self.line(key).id for key in keys]
            (command,) = orders.submit_confirm(ids, TESTER, submission=submission or new_id())
        return command

    def command(self, command_id: str) -> Command:
        """A command as it stands now."""
        with store.workspace(self.workspace_id), store.read() as session:
            return session.scalars(select(Command).where(Command.id == command_id)).one()

    def standing(self) -> Command:
        """The channel's standing collection."""
        with store.workspace(self.workspace_id), store.read() as session:
            return session.scalars(select(Command).where(Command.kind == COLLECT)).one()

    def channel(self) -> Channel:
        """The channel as it stands now."""
        with store.workspace(self.workspace_id), store.read() as session:
            return channels.get(session, self.channel_id)

    def effects(self) -> list[Effect]:
        """Every effect, by item."""
        with store.workspace(self.workspace_id), store.read() as session:
            return list(session.scalars(select(Effect).order_by(Effect.item)))

    def cursor(self) -> str:
        """How far the orders have been read."""
        with store.workspace(self.workspace_id), store.read() as session:
            return session.scalars(select(Cursor.value).where(Cursor.kind == "orders")).one()

    def switch(self, **changed: str) -> None:
        """Set 연동설정: everything on and 수동, except what is given."""
        raw = {name: "1" for name in channels.SWITCHES} | {"confirm_mode": "manual"} | changed
        with store.workspace(self.workspace_id):
            channels.switch(self.channel_id, raw, TESTER)

    def quiet(self, within: float = 3600.0) -> float:
        """Work until nothing is open, moving the day to when the next thing is due.

        Returns the seconds that the day was moved by; fails when they would pass `within`.
        """
        moved = 0.0
        while True:
            self._await_budgets()
            self.drain()
            wait = self._due_in()
            if wait is None:
                return moved
            moved += wait
            assert moved <= within, f"not quiet after {moved:.0f} s: {self.open_commands()}"
            self.pass_time(wait)

    def _due_in(self) -> float | None:
        """Seconds until the next piece of open work is due; None when none will be."""
        with store.workspace(self.workspace_id), store.read() as session:
            found = session.scalars(
                select(Command.next_at).where(
                    Command.state.in_(("ready", "running")),
                    (Command.kind != COLLECT) | (Command.attempt + Command.refusals > 0),
                )
            ).all()
        now = clock.now().timestamp()
        return max(0.01, min(found) - now + 0.01) if found else None

    def _await_budgets(self) -> None:
        """Wait until the last budget is open again: budgets go by the real time."""
        with store.read() as session:
            until = session.scalar(select(func.max(Budget.blocked_until)))
        time.sleep(max(0.0, min(10.0, (until or 0.0) - time.time())))

    def live(self) -> list[str]:
        """The states of commands that have not ended, the standing one left out."""
        with store.workspace(self.workspace_id), store.read() as session:
            found = session.scalars(
                select(Command.state).where(Command.state.in_(LIVE), Command.standing.is_(False))
            )
            return sorted(found)


@contextmanager
def confirming(**otherwise: Any) -> Iterator[None]:
    """Let the marketplace's confirm be declared otherwise."""
    known = registry.current()
    sync = known.orders["smartstore"]
    assert sync.confirm is not None
    changed = replace(sync, confirm=replace(sync.confirm, **otherwise))
    registry.use(replace(known, orders={**known.orders, "smartstore": changed}))
    try:
        yield
    finally:
        registry.use(known)


__all__ = [
    "ADDRESSES", "BUNDLES", "CHANGES", "CONFIRM", "QUERY", "QUEUES", "TOKEN", "Shop", "confirming",
]  # fmt: skip
