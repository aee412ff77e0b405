"""One row of every model that an address may name, for the walk over the access table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from core import clock, vault
from core.models import (
    Channel,
    Command,
    Effect,
    JournalEntry,
    LoginSession,
    OrderLine,
    Template,
    User,
    new_id,
)


def channel(session: Session, user_id: str) -> Channel:
    """A practice channel that runs."""
    key = new_id()
    row = Channel(
        id=key,
        marketplace="smartstore",
        practice=True,
        store="연습 상점",
        seller_id="practice",
        state="active",
        identity=key,
        account=f"smartstore:practice:{key}",
        credentials=vault.seal_json("channel", "credentials", key, {}),
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def command(session: Session, user_id: str) -> Command:
    """A command that waits for its channel."""
    key = new_id()
    row = Command(
        id=key,
        lane=channel(session, user_id).id,
        kind="orders.collect",
        natural_key=key,
        queue="sync",
        priority=50,
        state="held",
        held_for="paused",
        next_at=clock.now().timestamp(),
        payload=vault.seal_json("command", "payload", key, {}),
        counts={},
        created_by="김소유",
        created_at=clock.now(),
        changed_at=clock.now(),
    )
    row.channel_id = row.lane
    session.add(row)
    session.flush()
    return row


def effect(session: Session, user_id: str) -> Effect:
    """A write whose outcome nobody knows."""
    work = command(session, user_id)
    row = Effect(
        channel_id=work.channel_id,
        operation="confirm",
        item="2026112100001",
        revision=1,
        command_id=work.id,
        state="unknown",
        changed_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def journal_entry(session: Session, user_id: str) -> JournalEntry:
    """A call to a marketplace."""
    work = command(session, user_id)
    row = JournalEntry(
        channel_id=work.channel_id,
        command_id=work.id,
        at=clock.now(),
        what="orders.changes",
        base="external",
        method="GET",
        path="/v1/orders",
        status=200,
        outcome="ok",
        milliseconds=12.0,
    )
    session.add(row)
    session.flush()
    return row


def template(session: Session, user_id: str) -> Template:
    """An address that was imported."""
    key = new_id()
    row = Template(
        id=key,
        channel_id=channel(session, user_id).id,
        type="address",
        remote_id="100",
        title="서울 창고",
        values=vault.seal_json("template", "values", key, {}),
        fingerprint="0" * 32,
        seen_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def order_line(session: Session, user_id: str) -> OrderLine:
    """A new order line."""
    key, of = new_id(), channel(session, user_id)
    row = OrderLine(
        id=key,
        channel_id=of.id,
        account=of.account,
        order_no="2026112100001",
        line_no="2026112100001",
        line_key="2026112100001",
        state="new",
        seen_version=1,
        ordered_at=clock.now(),
        product_name="보리차 티백 100개",
        buyer=vault.seal_json("order_line", "buyer", key, {}),
        raw=vault.seal_json("order_line", "raw", key, {}),
        fingerprint="0" * 32,
        changed_at=clock.now(),
        first_seen_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def user(session: Session, user_id: str) -> User:
    """Another person of the same workspace."""
    row = User(
        login=new_id(),
        name="다른 사람",
        role="staff",
        password_hash="-",
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def login_session(session: Session, user_id: str) -> LoginSession:
    """Another session of the person."""
    row = LoginSession(
        id=new_id() * 2,
        user_id=user_id,
        csrf="-",
        created_at=clock.now(),
        seen_at=clock.now(),
        address="192.0.2.9",
        agent="",
    )
    session.add(row)
    session.flush()
    return row


MAKERS: dict[type[Any], Callable[[Session, str], Any]] = {
    Channel: channel,
    Command: command,
    Effect: effect,
    JournalEntry: journal_entry,
    LoginSession: login_session,
    OrderLine: order_line,
    Template: template,
    User: user,
}
