"""What a handler is given: the one way to the marketplace and to the database.

`call` reaches the plugin (guarded, journalled, deadlined); `commit` stores a page under the
fence, renews the lease, reports progress and gives way when asked. So every crash point,
budget and guard stands once.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core import clock, queue, registry, row_writes, settings, store
from core.errors import ContractError, MarketplaceError, RateLimited
from core.http import Call
from core.ledger import budget, commands, crash, deadline, journal, lanes
from core.ledger.connection import Connection, open_connection
from core.ledger.kinds import Kind
from core.ledger.lanes import Lease
from core.ledger.memory import Kept
from core.ledger.signals import Cancelled, Fenced, GiveWay, Hold, Signal
from core.ledger.stops import stopped_by
from core.models import Channel, Command, Cursor

SLICE_SECONDS = 8.0
"""After so long a command gives its lane back, so that others get their turn."""

WAY_SECONDS = 0.5
"""How long a command that gave way leaves the lane to whoever asked for it."""

CONNECTIONS = 5000
"""Clients that a work-horse keeps from poll to poll."""

_COMMAND: Any = Command.__table__
_CHANNEL: Any = Channel.__table__
_CURSOR: Any = Cursor.__table__

_connections: dict[str, tuple[tuple[int, bool], Connection]] = {}


def forget_connections() -> None:
    """Connect anew at the next call (after a fork, or in tests)."""
    _connections.clear()


class Run:
    """One slice of a command, in the hands of the process that holds the lane.

    `command` and `channel` are rows as they were when the slice began; `payload` is unsealed.
    Handlers set `result` (kept when the command is done) and `counts` (shown while it runs).
    """

    def __init__(
        self,
        command: Any,
        channel: Any,
        kind: Kind,
        lease: Lease,
        began: float,
        cursors: Mapping[str, str],
        memory: Kept,
    ) -> None:
        self.command = command
        self.channel = channel
        self.kind = kind
        self.lease = lease
        self.workspace_id: str = command.workspace_id
        self.idle: tuple[str, str] | None = None
        self._cursors = dict(cursors)
        self._memory = memory
        self.counts: dict[str, Any] = {} if kind.every else dict(command.counts or {})
        self.result: dict[str, Any] | None = None
        self.cancelling = bool(command.cancel_asked)
        self._lease_seconds = settings.current().lease_s
        self._renewed = began
        self._slice_until = time.monotonic() + SLICE_SECONDS
        self._calls: list[tuple[str, Call]] = []
        self._what = ""
        self._call_until = 0.0
        self._connection: Connection | None = None

    @cached_property
    def payload(self) -> dict[str, Any]:
        """What the command was given, unsealed."""
        return commands.payload_of(self.command)

    # -- what the gate asks -------------------------------------------------------------------

    def seconds_left(self) -> float:
        """How long the next request may take; raises Fenced when the lease has run out."""
        now = time.monotonic()
        left = min(self._renewed + self._lease_seconds, self._call_until) - now
        if left <= 0:
            raise Fenced
        return left

    def command_id(self) -> str | None:
        """The command that this is a slice of."""
        return str(self.command.id)

    def called(self, call: Call) -> None:
        """Keep a call for the journal, which is written with the next commit."""
        self._calls.append((self._what, call))

    def uncommitted_calls(self) -> list[Call]:
        """The requests made since the last commit, in their order."""
        return [call for _, call in self._calls]

    # -- the way to the marketplace -----------------------------------------------------------

    def call(self, what: str, function: Callable[..., Any], *args: Any) -> Any:
        """Call `function(client, *args)` of the plugin; only MarketplaceErrors and signals leave.

        `what` names the call in crash points and in the journal.
        """
        if time.monotonic() - self._renewed > self._lease_seconds / 4:
            self._renew()
        connection = self._connect()
        self._what = what
        half = self._lease_seconds / 2
        self._call_until = time.monotonic() + half
        crash.point(f"{what}.before-call")
        try:
            with deadline.within(half):
                found = function(connection.client, *args)
        except RateLimited as error:
            if not isinstance(error, budget.OutOfBudget):
                budget.block(connection.gate.last_key, error.retry_after)
            raise
        except (MarketplaceError, Signal):
            raise
        except Exception as error:
            raise ContractError(detail=f"{what}: {_told(error)}") from error
        crash.point(f"{what}.after-call")
        return found

    def skew(self) -> timedelta:
        """How far the marketplace's clock was last seen to be ahead of ours."""
        return self._connect().now() - clock.now()

    def _connect(self) -> Connection:
        if self._connection is not None:
            return self._connection
        key = (self.channel.seal_version, self.channel.practice)
        known = _connections.get(self.channel.id)
        if known is not None and known[0] == key:
            connection = known[1]
            connection.memory.begin(self._memory)
        else:
            try:
                connection = open_connection(self.channel, self, self._memory)
            except MarketplaceError:
                raise
            except Exception as error:
                raise ContractError(detail=f"connect: {_told(error)}") from error
            if len(_connections) >= CONNECTIONS:
                _connections.clear()
            _connections[self.channel.id] = (key, connection)
        connection.gate.watch = self
        self._connection = connection
        return connection

    # -- the way to the database --------------------------------------------------------------

    def commit(
        self,
        point: str,
        keep: Callable[[Session], object] | None = None,
        *,
        cursor: tuple[str, str] | None = None,
        done: int | None = None,
        total: int | None = None,
        got_on: bool = True,
        whole: bool = False,
        last: bool = False,
    ) -> None:
        """Store a page: rows, cursor, journal and progress together, under the fence.

        `keep(session)` writes the rows. `cursor` is (kind, value). `got_on` says that something
        was achieved: a command that only ever takes its process down must not look well. Ends the
        slice afterwards (GiveWay, Cancelled, Hold) when there is a reason to; a handler that would
        have to begin anew is not asked to give way (`whole`), one that is at its end is not
        stopped (`last`).
        """
        crash.point(f"{point}.before-commit")
        told = self._journal_rows()
        now = time.monotonic()
        with store.write() as session:
            wanted = self._hold_lane(session)
            if keep is not None:
                keep(session)
            if cursor is not None:
                move_cursor(session, self.channel.id, *cursor)
            self._report(session, done, total, got_on)
            journal.write(session, told)
            stop = None if last else self._asked_to_stop(session)
            crash.point(f"{point}.in-transaction")
        if cursor is not None:
            self._cursors[cursor[0]] = cursor[1]
        self._renewed = now
        self._calls = []
        queue.got_on()
        crash.point(f"{point}.after-commit")
        if stop is not None:
            raise stop
        if last or whole:
            return
        if wanted:
            # Whoever waits for the lane gets it first.
            raise GiveWay(WAY_SECONDS)
        if time.monotonic() > self._slice_until or queue.stopping():
            raise GiveWay

    def cursor(self, kind: str) -> str | None:
        """How far the channel has been read, or None when it never was."""
        return self._cursors.get(kind)

    def found_nothing(self, cursor: tuple[str, str]) -> bool:
        """Say that a poll found nothing new and only `cursor` (kind, value) moves.

        Returns whether the handler may return at once: the end is then noted together with
        those of other idle polls. Not possible while there is something else to write.
        """
        command = self.command
        if self.kind.every is None or self.counts or self.cursor(cursor[0]) is None:
            return False
        if command.error_code or command.attempt or command.cancel_asked or command.refusals:
            return False
        self.idle = cursor
        return True

    def _renew(self) -> None:
        now = time.monotonic()
        with store.write() as session:
            self._hold_lane(session)
        self._renewed = now

    def _hold_lane(self, session: Session) -> bool:
        wanted = lanes.renew(session, self.lease, self._lease_seconds)
        if wanted is None:
            raise Fenced
        return wanted

    def _report(self, session: Session, done: int | None, total: int | None, got_on: bool) -> None:
        values: dict[str, Any] = {"counts": self.counts, "changed_at": clock.now()}
        if got_on:
            values |= {"claims": 0, "attempt": 0, "refusals": 0}
        if done is not None:
            values["progress_done"] = done
        if total is not None:
            values["progress_total"] = total
        session.execute(
            store.update_in(_COMMAND).where(_COMMAND.c.id == self.command.id).values(**values)
        )

    def _journal_rows(self) -> list[dict[str, Any]]:
        market = self.channel and registry.current().marketplaces.get(self.channel.marketplace)
        personal = tuple(market.personal) if market else ()
        return journal.entries(self._calls, self.command.channel_id, self.command.id, personal)

    def _asked_to_stop(self, session: Session) -> Signal | None:
        asked = session.execute(
            store.select_in(_COMMAND, _COMMAND.c.cancel_asked).where(
                _COMMAND.c.id == self.command.id
            )
        ).scalar()
        if asked and not self.cancelling:
            return Cancelled()
        if self.channel is None:
            return None
        channel = session.execute(
            store.select_in(_CHANNEL).where(_CHANNEL.c.id == self.channel.id)
        ).first()
        reason = stopped_by(channel, self.kind)
        return Hold(reason) if reason else None

    def finish(self, values: dict[str, Any]) -> bool | None:
        """Write how the slice ended and give the lane back, in one transaction.

        Returns whether somebody wants the lane, or None when it was no longer ours.
        """
        told = self._journal_rows()
        with store.write() as session:
            held = lanes.free(session, [self.lease])
            if self.lease not in held:
                return None
            if values.get("state") in ("done", "refused", "cancelled"):
                commands.drop_planned(session, self.command.id)
            session.execute(
                store.update_in(_COMMAND)
                .where(_COMMAND.c.id == self.command.id)
                .values(changed_at=clock.now(), counts=self.counts, **values)
            )
            journal.write(session, told)
        return held[self.lease]


def _told(error: Exception) -> str:
    """The kind of an error of a plugin and where it arose; what it says may be a buyer's."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def move_cursor(session: Session, channel_id: str, kind: str, value: str) -> None:
    """Set how far a channel has been read, within the caller's transaction."""
    row = {"channel_id": channel_id, "kind": kind, "value": value, "moved_at": clock.now()}
    row_writes.upsert(
        session,
        _CURSOR,
        [row],
        key=("workspace_id", "channel_id", "kind"),
        differs="value",
    )
