"""작업: commands as cards, and a person's word about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, queue, store
from core.contracts.text import Text
from core.ledger import commands
from core.models import Command, Effect
from core.services import audit, board, confirmation, lines
from core.services.audit import Actor
from core.services.job_items import undecided, unknown_of
from core.services.job_words import CHECKING, STOPPED, title, trouble
from core.services.kind_names import CONFIRM, PUSH
from core.services.outcome import Missing, Wrong

VERDICTS = ("done", "again", "stop")

CHOOSE = Text("항목마다 하나를 선택해 주세요.", "Choose one for each item.")


def get(session: Session, command_id: str, *, alone: bool = False) -> Command:
    """The command with this id; Missing when there is none.

    `alone`: no worker takes it before the transaction ends (SQLite has one writer anyway).
    """
    query = select(Command).where(Command.id == command_id)
    found = session.scalar(query.with_for_update() if alone else query)
    if found is None:
        raise Missing
    return found


# -- the card --------------------------------------------------------------------------------------


def card(session: Session, command: Command) -> dict[str, Any]:
    """What `job.html` draws. `title` and `error` are Text, times are seconds.

    A standing command that waits for its next time shows as done.
    """
    counts, state = command.counts or {}, command.state
    if idle(command):
        state = "done"
    elapsed = _elapsed(command)
    return {
        "id": command.id,
        "kind": command.kind,
        "channel_id": command.channel_id,
        "title": title(session, command),
        "state": state,
        "done": command.progress_done,
        "total": command.progress_total,
        "added": counts.get("added", 0) + counts.get("new", 0),
        "changed": counts.get("changed", 0),
        "failed": counts.get("refused", 0),
        "elapsed": elapsed,
        "left": _left(command, elapsed),
        "can_cancel": can_cancel(command),
        "error": trouble(command) or _checking(session, command),
        "version": _version(command),
    }


def _checking(session: Session, command: Command) -> Text | None:
    """What a command says while it waits to read back a write whose answer was lost."""
    if command.standing or command.state not in ("ready", "running"):
        return None
    unknown = session.scalars(unknown_of(command.id).where(Effect.state == "unknown").limit(1))
    return CHECKING if unknown.first() is not None else None


def idle(command: Command) -> bool:
    """True while a standing command waits for its next time."""
    return (
        command.standing
        and command.state == "ready"
        and command.next_at > clock.now().timestamp()
        and not command.progress_done
    )


def can_cancel(command: Command) -> bool:
    """Whether [멈추기] does something: work that comes by itself is stopped by its switch."""
    stoppable = command.state in ("ready", "running", "held") or command.error_code == "DIED"
    by_itself = command.standing or command.kind == PUSH
    return stoppable and not by_itself and not command.cancel_asked


def can_retry(command: Command) -> bool:
    """Whether [다시 시도] does something."""
    if command.state == "held":
        return command.held_for in ("asks", "parked")
    return command.state == "refused"


def _elapsed(command: Command) -> float | None:
    began = command.started_at
    if began is None:
        return None
    seconds = ((command.ended_at or clock.now()) - began).total_seconds()
    return seconds if seconds >= 1 else None


def _left(command: Command, elapsed: float | None) -> float | None:
    done, total = command.progress_done, command.progress_total
    if command.state != "running" or not elapsed or not total or not 0 < done < total:
        return None
    return elapsed * (total - done) / done


def _version(command: Command) -> str:
    moved = int(command.changed_at.timestamp() * 1000)
    return f"{moved:x}.{command.progress_done}.{command.state[:3]}"


# -- a person's word -------------------------------------------------------------------------------


def retry(command_id: str, actor: Actor) -> bool:
    """Let a refused or held command go on; False when there is nothing to go on with."""
    with store.write() as session:
        command = get(session, command_id, alone=True)
        if not _may_go_on(session, command):
            return False
        commands.go_on(session, command)
        going = command.state == "ready"
        if going:
            _log(session, "job.retry", command, actor)
    queue.ring(command.queue)
    return going


def _may_go_on(session: Session, command: Command) -> bool:
    """A review about nothing in particular (its worker died again and again) goes on at a word."""
    if command.state == "review":
        return session.scalars(unknown_of(command.id).limit(1)).first() is None
    return can_retry(command)


def cancel(command_id: str, actor: Actor) -> None:
    """End a command that waits; one that runs ends at its next commit, with what was sent."""
    with store.write() as session:
        command = get(session, command_id, alone=True)
        if not can_cancel(command):
            return
        commands.cancel(session, command, actor.name)
        _log(session, "job.cancel", command, actor)


def decide(command_id: str, verdicts: Mapping[str, str], actor: Actor) -> int:
    """A person says what became of writes whose outcome nobody could read back.

    `verdicts` maps effect ids to "done" (it happened), "again" (send it) or "stop". Returns how
    many are still undecided; when none is, the command goes on by itself. Raises Wrong.
    """
    if not verdicts or set(verdicts.values()) - set(VERDICTS):
        raise Wrong({"": CHOOSE})
    with store.write() as session:
        command = get(session, command_id, alone=True)
        if command.state != "review":
            return 0
        effects = undecided(session, command_id)
        decided = [effect for effect in effects if effect.id in verdicts]
        for effect in decided:
            _decide_one(session, command, effect, verdicts[effect.id], actor)
        left = len(effects) - len(decided)
        if not left:
            commands.go_on(session, command)
        said = {effect.item: verdicts[effect.id] for effect in decided}
        _log(session, "job.decide", command, actor, {"verdicts": said})
    if not left:
        queue.ring(command.queue)
    return left


def _decide_one(
    session: Session, command: Command, effect: Effect, verdict: str, actor: Actor
) -> None:
    commands.decide(session, effect, verdict, actor.name)
    if verdict == "stop":
        effect.reason = STOPPED.stored()
    if command.kind == CONFIRM:
        found = board.by_key(session, effect.channel_id, [effect.item])
        told = {"verdict": verdict, "command": command.id}
        key = f"{effect.id}:{effect.attempt}:{verdict}"
        lines.note(session, [row.id for row in found.values()], "decided", actor.name, key, told)
        for row in found.values() if verdict == "done" else ():
            confirmation.mark_confirmed(session, row.id, effect.revision)


def _log(
    session: Session,
    action: str,
    command: Command,
    actor: Actor,
    detail: Mapping[str, Any] | None = None,
) -> None:
    told = {"kind": command.kind, **(detail or {})}
    audit.record(session, action, actor=actor, subjects=[command.id], detail=told)
