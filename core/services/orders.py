"""Orders as a person handles them: a press of [주문 수집], and one of [발주확인]."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, queue, registry, store
from core.contracts.order import LineState
from core.contracts.text import Text
from core.ledger import commands
from core.models import Channel, Command, OrderLine
from core.services import audit, board, channels, units
from core.services.audit import Actor
from core.services.kind_names import COLLECT, CONFIRM, TAKE
from core.services.line_state import has_open_claim
from core.services.outcome import Forbidden

NOT_NEW = Text("신규 상태가 아닙니다", "not new")
CLAIMED = Text("취소·반품·교환 요청이 있습니다", "has a claim")
CLAIMED_BESIDE = Text(
    "함께 처리되는 주문에 취소·반품·교환 요청이 있습니다",
    "an order that would be confirmed with it has a claim",
)
SLEEPING = Text("채널이 멈춰 있습니다", "its channel is stopped")
NOT_TAKEN = Text(
    "새 주문이 따로 수집되는 판매채널입니다.", "Its new orders are collected by themselves."
)
NOT_OFFERED = Text("발주확인이 없는 채널입니다", "its channel has no confirm")


def collect_now(channel_ids: Sequence[str] | None) -> list[str]:
    """Have these channels (None: all that are live) collected now.

    Returns the ids of the standing commands; a held one stays held.
    """
    now = clock.now().timestamp()
    with store.write() as session:
        found = session.scalars(
            select(Command).where(
                Command.kind == COLLECT, Command.state.in_(("ready", "running", "held"))
            )
        ).all()
        pressed = [c for c in found if channel_ids is None or c.channel_id in channel_ids]
        for command in pressed:
            if command.state == "ready":
                command.next_at = min(command.next_at, now)
            elif command.state == "held" and command.held_for == "parked":
                commands.go_on(session, command)
    for name in {command.queue for command in pressed}:
        queue.ring(name)
    return [command.id for command in pressed]


def take_new(channel_id: str, actor: Actor, *, submission: str) -> str:
    """Have new orders taken, which confirms them; returns the command's id. Raises Forbidden."""
    with store.write() as session:
        channel = channels.get(session, channel_id)
        if registry.current().taking(channel.marketplace) is None:
            raise Forbidden(NOT_TAKEN)
        if not channels.works(channel):
            raise Forbidden(SLEEPING)
        command = commands.submit(
            session,
            TAKE,
            lane=channel.id,
            channel_id=channel.id,
            natural_key="pressed",
            payload={},
            by=actor.name,
            submission=submission,
        )
        audit.record(
            session, TAKE, actor=actor, subjects=[channel.id], detail={"command": command.id}
        )
    queue.ring(command.queue)
    return command.id


# -- confirming -----------------------------------------------------------------------------------


@dataclass
class Proposal:
    """What a press of 발주확인 would do: the lines by channel, and what is left out and why."""

    lines: dict[str, list[OrderLine]] = field(default_factory=dict)
    left_out: list[tuple[OrderLine, Text]] = field(default_factory=list)
    widened: int = 0

    @property
    def count(self) -> int:
        """How many lines would be confirmed."""
        return sum(len(found) for found in self.lines.values())


def propose_confirm(session: Session, line_ids: Sequence[str]) -> Proposal:
    """Look at a selection: widen it to what one call touches, leave out what cannot go."""
    proposal = Proposal()
    by_channel: dict[str, list[OrderLine]] = {}
    for line in board.chosen(session, line_ids):
        by_channel.setdefault(line.channel_id, []).append(line)
    by_id = {channel.id: channel for channel in channels.live(session)}
    for channel_id, picked in by_channel.items():
        _propose_on(session, by_id.get(channel_id), picked, proposal)
    return proposal


def _propose_on(
    session: Session, channel: Channel | None, picked: Sequence[OrderLine], proposal: Proposal
) -> None:
    """Add what goes, and what does not, on one channel."""
    sync = registry.current().orders.get(channel.marketplace) if channel else None
    write = sync.confirm if sync else None
    sleeps = channel is None or not channels.works(channel)
    if channel is None or sleeps or write is None:
        reason = SLEEPING if sleeps else NOT_OFFERED
        proposal.left_out += [(line, reason) for line in picked]
        return
    wider = units.whole_units(session, picked, write.scope)
    claimed = units.claimed_units(wider, write.scope)
    proposal.widened += len(wider) - len(picked)
    for line in wider:
        if line.state != LineState.NEW.value:
            proposal.left_out.append((line, NOT_NEW))
        elif has_open_claim(line):
            proposal.left_out.append((line, CLAIMED))
        elif units.unit_of(line, write.scope) in claimed:
            proposal.left_out.append((line, CLAIMED_BESIDE))
        else:
            proposal.lines.setdefault(channel.id, []).append(line)


def submit_confirm(line_ids: Sequence[str], actor: Actor, *, submission: str) -> list[str]:
    """Have the lines confirmed at their marketplaces; returns one command id per channel.

    The same submission sent again answers with the same commands.
    """
    found: list[Command] = []
    with store.write() as session:
        proposal = propose_confirm(session, line_ids)
        earlier = of_submission(session, submission)
        if earlier:
            return earlier
        for channel_id, picked in proposal.lines.items():
            name = _submission_of(submission, channel_id)
            command = commands.submit(
                session,
                CONFIRM,
                lane=channel_id,
                channel_id=channel_id,
                natural_key=name,
                payload={"revisions": {line.id: line.confirm_revision for line in picked}},
                by=actor.name,
                submission=name,
                total=len(picked),
            )
            found.append(command)
            audit.record(
                session,
                CONFIRM,
                actor=actor,
                subjects=[line.id for line in picked],
                detail={"command": command.id},
            )
    for name in {command.queue for command in found}:
        queue.ring(name)
    return [command.id for command in found]


def _submission_of(submission: str, channel_id: str) -> str:
    digest = hashlib.sha256(channel_id.encode()).hexdigest()[:30]
    return f"{submission[:33]}.{digest}"


def of_submission(session: Session, submission: str) -> list[str]:
    """The commands that a submission of [발주확인] made; empty when it was never seen."""
    return list(
        session.scalars(
            select(Command.id).where(
                Command.kind == CONFIRM, Command.submission.startswith(f"{submission[:33]}.")
            )
        )
    )
