"""A shop for page tests: channels with lines as a collection would have stored them, and work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core import clock, registry, settings, store
from core.contracts.order import Buyer, Line, LineState
from core.ledger import commands
from core.ledger import drain as draining
from core.ledger.kinds import QUEUES
from core.models import Channel, Command, Effect, OrderLine, User, new_id
from core.practice import PracticeHost, start
from core.services import channels, lines, verification
from core.services.audit import Actor
from tests.web.conftest import OWNER

NAME, PHONE, PLACE = "남궁견본", "0502-7777-1204", "시험로 77길 7, 901호"


class Shop:
    """The owner's shop, worked on from outside of the pages."""

    def __init__(self) -> None:
        with store.all_workspaces(), store.read() as session:
            owner = session.scalars(select(User).where(User.login == OWNER)).one()
        self.workspace_id, self.actor = owner.workspace_id, Actor(owner.id, owner.name)

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Work for the shop's workspace."""
        with store.workspace(self.workspace_id):
            yield

    def channel(self, name: str = "본점", **changed: Any) -> Channel:
        """A real channel that works, with its standing collection."""
        row_id, now = new_id(), clock.now()
        told: dict[str, Any] = {
            "marketplace": "smartstore",
            "seller_id": "seller",
            "state": "active",
            "identity": row_id,
            "account": f"smartstore:real:{row_id}",
            "created_at": now,
            "activated_at": now - timedelta(days=20),
            "collected_at": now,
        }
        with self.enter(), store.write() as session:
            made = Channel(id=row_id, store=name, **{**told, **changed})
            session.add(made)
            session.flush()
            verification.ensure_standing(session, made)
        return made

    def keep(self, of: Channel, *found: Line) -> list[str]:
        """Store lines; returns their ids."""
        with self.enter(), store.write() as session:
            lines.keep(session, of, found, clock.now())
            return [
                lines.line_id(self.workspace_id, of.account or "", one.order_no, one.line_no)
                for one in found
            ]

    def line(self, line_id: str) -> OrderLine:
        """A stored line."""
        with self.enter(), store.read() as session:
            return session.scalars(select(OrderLine).where(OrderLine.id == line_id)).one()

    def commands(self, kind: str = "orders.confirm") -> list[Command]:
        """The commands of a kind, the oldest first."""
        with self.enter(), store.read() as session:
            found = select(Command).where(Command.kind == kind).order_by(Command.created_at)
            return list(session.scalars(found))

    def command(self, of: Channel, state: str, **changed: Any) -> str:
        """A confirm in some state, without a worker; returns its id."""
        with self.enter(), store.write() as session:
            made = commands.submit(
                session,
                "orders.confirm",
                lane=of.id,
                channel_id=of.id,
                natural_key=new_id(),
                payload={"revisions": {}},
                by="김소유",
            )
            made.state = state
            for name, value in changed.items():
                setattr(made, name, value)
            return made.id

    def effect(self, command_id: str, of: Channel, key: str, state: str, **changed: Any) -> str:
        """A confirm of a line that stands on `state`; returns the effect's id."""
        row_id = new_id()
        with self.enter(), store.write() as session:
            session.add(
                Effect(
                    id=row_id,
                    channel_id=of.id,
                    operation="orders.confirm",
                    item=key,
                    revision=1,
                    command_id=command_id,
                    state=state,
                    changed_at=clock.now(),
                    **changed,
                )
            )
        return row_id

    def drain(self, *queues: str) -> None:
        """Do what is due, in this process."""
        for queue in queues or QUEUES:
            draining.drain(queue, seconds=10)


def line(number: int, **changed: Any) -> Line:
    """An order of one new line, `number` minutes old."""
    when = clock.now() - timedelta(minutes=number)
    told: dict[str, Any] = {
        "order_no": f"20261120{number:05d}",
        "line_no": f"30261120{number:05d}",
        "line_key": f"30261120{number:05d}",
        "state": LineState.NEW,
        "ordered_at": when,
        "paid_at": when,
        "product_no": "95000",
        "product_name": f"대나무 도마 {number}호",
        "quantity": 1,
        "unit_price": 10_000,
        "amount": 10_000,
        "buyer": Buyer(
            receiver_name=NAME, receiver_phone=PHONE, address="서울특별시 중구 " + PLACE
        ),
    }
    return Line(**{**told, **changed})


@contextmanager
def practising(seed: dict[str, Any] | None = None) -> Iterator[PracticeHost]:
    """A practice host of this process, which practice channels find."""
    with start(registry.current().sandboxes.values(), seed=None) as host:
        place = host.place("smartstore")
        place.seed("small", seed or {"orders": 40, "mix": False})
        place.act("set_limits", {"per_second": 500})
        before = settings.current()
        settings.use(replace(before, practice_port=host.port, settle_s=0.1))
        yield host
        settings.use(before)


def connect(shop: Shop, marketplace: str = "smartstore") -> str:
    """A practice channel, checked and collected; returns its id."""
    with shop.enter():
        found = channels.add_practice(marketplace, shop.actor, submission=new_id())
    shop.drain()
    return found


def picked(page: str, name: str = "line") -> Sequence[str]:
    """The values of a page's boxes."""
    return re.findall(rf'name="{name}" value="([0-9a-f]{{32}})"', page)
