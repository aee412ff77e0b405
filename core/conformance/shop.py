"""A practice channel in a workspace of its own, on which real commands work through the ledger.

No time is waited for: the day is moved to when the next piece of work is due, and a budget that
was closed is opened again once it has been looked at.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from core import clock, store, vault
from core.conformance.trouble import NotReady, Unknown
from core.contracts.order import LineState
from core.contracts.template import Capability
from core.ledger import drain as draining
from core.ledger import lanes
from core.ledger.claims import owner_of
from core.ledger.kinds import QUEUES
from core.models import (
    Budget,
    Channel,
    ChannelMemory,
    Command,
    Effect,
    JournalEntry,
    OrderLine,
    Template,
    Workspace,
    new_id,
)
from core.services import channels, orders, templates
from core.services.audit import Actor
from core.services.units import unit_of

if TYPE_CHECKING:
    from core.conformance.trial import Trial

KIT = Actor(None, "시험", "127.0.0.1")
FARTHEST = 6 * 3600.0
"""Seconds that the day is moved by, at most, until a piece of work has come to its end."""
FENCED_S = 5.0
ENDED = ("done", "refused", "cancelled", "review", "held")
APPROVALS = ("approve_orders", "approve")
"""What the act is called by which a sandbox grants what was asked for."""

PERSONAL = (
    "orderer_name", "orderer_phone", "receiver_name", "receiver_phone", "receiver_phone2",
    "address_detail",
)  # fmt: skip
"""Of a buyer what would be known again in a text."""

_BUDGET: Any = Budget.__table__
_LINE: Any = OrderLine.__table__
SHOWN = tuple(column for column in _LINE.c if column.name not in ("buyer", "raw", "fingerprint"))
"""What is looked at of a stored line."""


class Shop:
    """One workspace with one channel of the marketplace on trial."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.workspace_id = new_id()
        self.channel_id = ""
        self.touched: set[str] = set()
        """Template types that were written since they were imported."""
        self.ours: set[str] = set()
        """Lines that came in for the kit."""
        self.known: set[str] = set()
        """Lines of which the marketplace has told by now, where that is not all of them."""
        self._polls = 0
        with store.workspace(self.workspace_id), store.write() as session:
            name = f"시험 {self.workspace_id[:6]}"
            session.add(Workspace(id=self.workspace_id, name=name, created_at=clock.now()))
            session.flush()
            vault.create_workspace_key(session, self.workspace_id)

    # -- setting up ---------------------------------------------------------------------------

    def connect(self) -> None:
        """Add the channel and have it verified. Raises NotReady."""
        self.add()
        if self.channel().state == "waiting":
            self.be_granted()
        channel = self.channel()
        if channel.state != "active":
            told = channel.problem or {}
            raise NotReady(f"the channel is {channel.state}: {told.get('en', '')}")

    def add(self) -> None:
        """Add the channel; it is verified once."""
        with store.workspace(self.workspace_id):
            self.channel_id = channels.add_practice(self.trial.key, KIT, submission=new_id())
        self.drain("urgent")

    def be_granted(self) -> None:
        """Have what was asked for approved there, and the channel verified again."""
        for name in APPROVALS:
            try:
                self.trial.act(name)
            except Unknown:
                continue
            self.settle(self.submit(channels.check_again, self.channel_id))
            return

    def furnish(self) -> None:
        """Import every template type in its order, then collect. Raises NotReady."""
        for template in self.trial.templates:
            if Capability.IMPORT in template.capabilities:
                command = self.do_import(template.key)
                if command.state != "done":
                    raise NotReady(f"template.{template.key}.import: {told(command)}")
        if self.trial.orders is not None:
            command = self.collect()
            if command.attempt or command.state != "ready":
                raise NotReady(f"orders.changes: {told(command)}")

    def close(self) -> None:
        """Put the channel away: nothing of it is due any more."""
        if self.channel_id:
            with store.workspace(self.workspace_id):
                channels.archive(self.channel_id, KIT)

    # -- work ---------------------------------------------------------------------------------

    def submit(self, service: Any, *given: Any, **named: Any) -> str:
        """Call a service that writes a command for a person; returns the command's id."""
        with store.workspace(self.workspace_id):
            return str(service(*given, KIT, **named))

    def do_import(self, kind: str) -> Command:
        """Import a template type to the end."""
        return self.settle(self.submit(templates.submit_import, self.channel_id, kind))

    def begin_collecting(self) -> str:
        """Have the orders collected now; returns the standing command's id."""
        self.trial.pass_time(10)
        with store.workspace(self.workspace_id):
            found = orders.collect_now([self.channel_id])
        if not found:
            raise NotReady("the channel has no standing collection")
        self._polls = self.command(found[0]).polls
        return found[0]

    def collect(self) -> Command:
        """Collect everything up to now."""
        return self.settle(self.begin_collecting())

    def drain(self, *queues: str) -> None:
        """Do what is due, in this process."""
        for queue in queues or QUEUES:
            draining.drain(queue)

    def settle(self, command_id: str) -> Command:
        """Work until the command has come to its end (a standing one: until it is armed again),
        and whatever it brought on is done too. Raises NotReady when it does not."""
        moved = 0.0
        patience = time.monotonic() + FENCED_S
        while True:
            command = self.command(command_id)
            if command.state in ENDED or (command.standing and command.polls > self._polls):
                return command
            if command.state == "running" and time.monotonic() > patience:
                raise NotReady(f"{command.kind} is left running")
            moved += self.go_on(command)
            if moved > FARTHEST:
                raise NotReady(f"{command.kind} does not come to an end: {told(command)}")

    def go_on(self, command: Command) -> float:
        """Work once more on a command when it is due; returns how far the day was moved for it."""
        wait = 0.0
        self.open_budgets()
        if command.state == "running":
            time.sleep(0.02)  # the lane of a slice that was fenced off is free by and by
        else:
            wait = max(0.0, command.next_at - clock.now().timestamp())
            self.trial.pass_time(wait + 0.01)
        self.drain(command.queue)
        return wait

    def open_budgets(self) -> float:
        """Open every budget again; returns how many seconds the longest closed one had left."""
        with store.write() as session:
            until = session.scalar(select(func.max(_BUDGET.c.blocked_until))) or 0.0
            session.execute(
                update(_BUDGET).values(blocked_until=0.0, balance=_BUDGET.c.burst, at=time.time())
            )
        return max(0.0, float(until) - time.time())

    def free_lanes_of(self, pid: int) -> None:
        """As the parent of a dead work-horse does."""
        with store.write() as session:
            lanes.free_all_of(session, owner_of(pid))

    # -- what is stored -----------------------------------------------------------------------

    def channel(self) -> Channel:
        """The channel as it stands now."""
        with store.workspace(self.workspace_id), store.read() as session:
            return channels.get(session, self.channel_id)

    def command(self, command_id: str) -> Command:
        """A command as it stands now."""
        with store.workspace(self.workspace_id), store.read() as session:
            return session.scalars(select(Command).where(Command.id == command_id)).one()

    def all_lines(self) -> list[Any]:
        """Every stored line, without what is sealed."""
        with store.workspace(self.workspace_id), store.read() as session:
            found = store.select_in(_LINE, *SHOWN).where(_LINE.c.channel_id == self.channel_id)
            return list(session.execute(found))

    def lines(self) -> dict[str, Any]:
        """The stored lines by key."""
        return {row.line_key: row for row in self.all_lines()}

    def fresh(self) -> list[Any]:
        """New lines that came for the kit: nothing is odd about them."""
        rows = [row for row in self.lines().values() if row.line_key in self.ours]
        return [row for row in rows if row.state == LineState.NEW.value and not row.claim_state]

    def new_unit(self) -> list[Any]:
        """New lines that one press of 발주확인 confirms together; orders come in where none is.

        Raises NotReady when they are not known once they have been collected.
        """
        if not self.fresh():
            self.ours |= set(self.trial.arrive(12, lines=2))
            self.collect()
        fresh, sync = self.fresh(), self.trial.orders
        if not fresh or sync is None or sync.confirm is None:
            raise NotReady("orders.confirm: no new line is known")
        unit = unit_of(fresh[0], sync.confirm.scope)
        return [row for row in fresh if unit and unit_of(row, sync.confirm.scope) == unit] or [
            fresh[0]
        ]

    def press(self, rows: Sequence[Any]) -> str:
        """A person presses 발주확인 on these lines; returns the command's id."""
        with store.workspace(self.workspace_id):
            found = orders.submit_confirm([row.id for row in rows], KIT, submission=new_id())
        if not found:
            raise NotReady("no line could be confirmed")
        return found[0]

    def take(self) -> str:
        """A person presses [신규주문 가져오기]; returns the command's id."""
        return self.submit(orders.take_new, self.channel_id, submission=new_id())

    def rows(self, kind: str) -> list[Template]:
        """The stored templates of a type that are not gone."""
        with store.workspace(self.workspace_id), store.read() as session:
            found = templates.rows(session, self.channel_id, kind)
        return [row for row in found if row.gone_at is None]

    def values(self, row: Template) -> dict[str, Any]:
        """What a stored template holds."""
        with store.workspace(self.workspace_id):
            return templates.values_of(row)

    def people(self) -> set[str]:
        """What is personal of the buyers of the stored lines: names, numbers, doors."""
        found: set[str] = set()
        with store.workspace(self.workspace_id):
            for row in self._buyers():
                if row.buyer is not None:
                    told = vault.unseal_json("order_line", "buyer", row.id, row.buyer)
                    found |= {str(told.get(name) or "") for name in PERSONAL}
        numbers = {text.replace("-", "") for text in found if text.replace("-", "").isdigit()}
        return {text for text in found | numbers if len(text) >= 3}

    def _buyers(self) -> list[Any]:
        with store.read() as session:
            mine = _LINE.c.channel_id == self.channel_id
            return list(
                session.execute(store.select_in(_LINE, _LINE.c.id, _LINE.c.buyer).where(mine))
            )

    def journal(self) -> list[tuple[JournalEntry, dict[str, Any]]]:
        """Every call in the journal, with its bodies unsealed."""
        with store.workspace(self.workspace_id), store.read() as session:
            rows = session.scalars(
                select(JournalEntry).where(JournalEntry.channel_id == self.channel_id)
            ).all()
            return [
                (row, vault.unseal_json("journal_entry", "body", row.id, row.body))
                for row in rows
                if row.body is not None
            ]

    def messages(self) -> list[tuple[str, str]]:
        """Every text that was written for people about this channel: where, and what."""
        with store.workspace(self.workspace_id), store.read() as session:
            mine = channels.get(session, self.channel_id)
            commands = session.scalars(
                select(Command).where(Command.channel_id == self.channel_id)
            ).all()
            effects = session.scalars(
                select(Effect).where(Effect.channel_id == self.channel_id)
            ).all()
        told = [("the channel", f"{mine.problem} {mine.note} {mine.bucket} {mine.account}")]
        told += [
            (f"the job {one.kind}", f"{one.error_code} {one.error_text} {one.fields} {one.result}")
            for one in commands
        ]
        return told + [("an effect", f"{one.code} {one.reason} {one.item}") for one in effects]

    def kept(self) -> dict[str, str]:
        """What the plugin keeps in its memory for this channel, unsealed."""
        with store.workspace(self.workspace_id), store.read() as session:
            found = session.scalars(
                select(ChannelMemory).where(ChannelMemory.channel_id == self.channel_id)
            ).all()
            return {
                row.key: vault.unseal(
                    "channel_memory", "value", f"{row.channel_id}:{row.key}", row.value
                ).decode()
                for row in found
            }


def told(command: Command) -> str:
    """How a command stands, for whoever reads the report."""
    why = (command.error_text or {}).get("en", "")
    reasons = ", ".join(
        f"{name}: {text.get('en', '')}" for name, text in (command.fields or {}).items()
    )
    held = f" ({command.held_for})" if command.held_for else ""
    return " ".join(f"{command.state}{held} {command.error_code} {why} {reasons}".split())
