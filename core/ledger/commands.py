"""Commands as pages and services handle them: written, held, released, retried, ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock, store, vault
from core.ledger import kinds
from core.models import Command, Effect, new_id
from core.models.work import LIVE

ASK_AFTER = timedelta(hours=1)


def submit(
    session: Session,
    kind: str,
    *,
    lane: str,
    natural_key: str,
    payload: dict[str, Any],
    by: str,
    channel_id: str | None = None,
    submission: str | None = None,
    total: int | None = None,
    delay: float = 0.0,
) -> Command:
    """Write a command in the caller's transaction, and return it.

    A submission that was seen before, or a live command of the same kind and natural key,
    answers with the first command. Ring `kinds.get(kind).queue` after the commit.
    """
    found = _same(session, kind, lane, natural_key, submission)
    if found is not None:
        return found
    declared = kinds.get(kind)
    if declared is None:
        raise ValueError(f"no such kind of command: {kind}")
    row_id, now = new_id(), clock.now()
    command = Command(
        id=row_id,
        workspace_id=store.current_workspace(),
        lane=lane,
        channel_id=channel_id,
        kind=kind,
        natural_key=natural_key,
        queue=declared.queue,
        priority=declared.priority,
        standing=declared.every is not None,
        payload=vault.seal_json("command", "payload", row_id, payload),
        next_at=now.timestamp() + delay,
        progress_total=total,
        counts={},
        created_by=by,
        submission=submission,
        created_at=now,
        changed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(command)
    except IntegrityError:
        # Somebody else's identical command won the race.
        first = _same(session, kind, lane, natural_key, submission)
        if first is None:
            raise
        return first
    return command


def _same(
    session: Session, kind: str, lane: str, natural_key: str, submission: str | None
) -> Command | None:
    if submission is not None:
        found = session.scalar(select(Command).where(Command.submission == submission))
        if found is not None:
            return found
    return session.scalar(
        select(Command).where(
            Command.lane == lane,
            Command.kind == kind,
            Command.natural_key == natural_key,
            Command.state.in_(LIVE),
        )
    )


def payload_of(command: Command) -> dict[str, Any]:
    """The unsealed payload."""
    if command.payload is None:
        return {}
    return dict(vault.unseal_json("command", "payload", command.id, command.payload))


def release(session: Session, channel_id: str, reasons: Iterable[str]) -> list[str]:
    """Let commands of a channel go on that were held for one of `reasons`.

    Those whose kind asks and that waited over an hour wait for the seller's word instead.
    Returns the queues to ring.
    """
    held = session.scalars(
        select(Command)
        .where(
            Command.channel_id == channel_id,
            Command.state == "held",
            Command.held_for.in_(list(reasons)),
        )
        .with_for_update()
    ).all()
    now = clock.now()
    for command in held:
        kind = kinds.get(command.kind)
        late = now - command.changed_at > ASK_AFTER and not command.cancel_asked
        if kind is not None and kind.asks and late:
            command.held_for = "asks"
        else:
            _ready(command)
    return sorted({command.queue for command in held})


def go_on(session: Session, command: Command) -> None:
    """A person says that a held, reviewed or refused command shall go on now."""
    if command.state in ("held", "review"):
        _ready(command)
    elif command.state == "refused":
        live = _same(session, command.kind, command.lane, command.natural_key, None)
        if live is None:
            command.ended_at, command.cancel_asked = None, ""
            _ready(command)
            _plan_again(session, command.id)


def _plan_again(session: Session, command_id: str) -> None:
    table: Any = Effect.__table__
    session.execute(
        store.update_in(table)
        .where(table.c.command_id == command_id, table.c.state == "refused")
        .values(
            state="planned",
            attempt=table.c.attempt + 1,
            looks=0,
            reason=None,
            code="",
            changed_at=clock.now(),
        )
    )


def _ready(command: Command) -> None:
    command.state, command.held_for = "ready", ""
    command.attempt = command.claims = command.refusals = 0
    command.error_code, command.error_text, command.fields = "", None, None
    command.next_at = clock.now().timestamp()
    command.changed_at = clock.now()


def cancel(session: Session, command: Command, by: str) -> None:
    """End a command that waits; one that runs now is asked and ends at its next commit.

    One whose write still has no known outcome ends only when that has been read back.
    """
    command.cancel_asked = by
    if command.state == "running":
        return
    if not has_unknown(session, command.id):
        end(session, command, "cancelled")
    elif command.state == "review" or command.held_for == "asks":
        _ready(command)


def has_unknown(session: Session, command_id: str) -> bool:
    """Whether the outcome of something that this command sent is not known yet."""
    found = select(Effect.id).where(
        Effect.command_id == command_id, Effect.state.in_(("sending", "unknown"))
    )
    return session.scalars(found.limit(1)).first() is not None


def end(session: Session, command: Command, state: str) -> None:
    """End a command: its effects that wait to be sent go with it."""
    command.state, command.ended_at, command.changed_at = state, clock.now(), clock.now()
    drop_planned(session, command.id)


def drop_planned(session: Session, command_id: str) -> None:
    """Delete what a command planned and did not send, or found not to have happened."""
    table: Any = Effect.__table__
    session.execute(
        store.delete_in(table).where(table.c.command_id == command_id, table.c.state == "planned")
    )


def decide(session: Session, effect: Effect, verdict: str, by: str) -> None:
    """A person decides about an unknown effect: "done", "again" or "stop"."""
    states = {"done": "done", "again": "planned", "stop": "refused"}
    effect.state = states[verdict]
    effect.attempt += verdict == "again"
    effect.looks, effect.looked_at = 0, None
    effect.decided_by, effect.changed_at = by, clock.now()
