"""How far back the first collection of a channel reads, and how many calls that takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import registry, store
from core.contracts.text import Text
from core.fields import Field, Kind, clean
from core.models import Channel, Cursor
from core.services import audit
from core.services.audit import Actor
from core.services.collection import CURSOR
from core.services.outcome import Missing, Wrong

DAYS = 7
"""What is taken when nobody chooses."""

FIELD = Field(
    name="reach_back_days",
    label=Text("첫 수집 기간", "Reach of the first collection"),
    kind=Kind.NUMBER,
    default=DAYS,
    minimum=1,
    maximum=90,
    unit=Text("일", "days"),
    help=Text(
        "연결되면 이 기간 동안 바뀐 주문부터 가져옵니다. 자동 발주확인은 연결한 뒤에 결제된 주문만 "
        "합니다.",
        "Once connected, orders that changed within this time are collected first. Automatic "
        "confirming only touches orders paid after that.",
    ),
)
BEGUN = Text(
    "이미 수집을 시작한 채널이라 바꿀 수 없습니다.",
    "The channel's collection has begun, so this cannot be changed.",
)


def calls(marketplace: str, days: int) -> int:
    """The fewest calls that read so many days: one for each window that the marketplace allows."""
    sync = registry.current().orders.get(marketplace)
    if sync is None:
        return 0
    return max(1, math.ceil(timedelta(days=days) / sync.window))


def read_days(raw: Mapping[str, Any]) -> int:
    """The days that a form gives; `DAYS` when it has no such field. Raises Wrong."""
    done = clean((FIELD,), {FIELD.name: raw.get(FIELD.name, str(DAYS))})
    if not done.ok:
        raise Wrong(done.problems)
    return int(done.values[FIELD.name])


def is_open(session: Session, channel: Channel) -> bool:
    """Whether the choice still counts: nothing of the channel's orders has been read yet."""
    if channel.marketplace not in registry.current().orders or channel.archived_at is not None:
        return False
    begun = select(Cursor.kind).where(Cursor.channel_id == channel.id, Cursor.kind == CURSOR)
    return channel.collected_at is None and session.scalar(begun) is None


def set_days(channel_id: str, raw: Mapping[str, Any], actor: Actor) -> None:
    """Choose how far back the first collection reads. Raises Wrong, also when it has begun."""
    days = read_days(raw)
    with store.write() as session:
        channel = session.scalar(select(Channel).where(Channel.id == channel_id))
        if channel is None:
            raise Missing
        if not is_open(session, channel):
            raise Wrong({FIELD.name: BEGUN})
        channel.reach_back_days = days
        detail = {"days": days}
        audit.record(session, "channel.reach", actor=actor, subjects=[channel.id], detail=detail)
