"""Channels: connected, switched, paused, put away and brought back by a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, queue, registry, store
from core.contracts.product import EXTEND_DAYS
from core.contracts.text import Text
from core.fields import Kind, Values
from core.ledger import commands, kinds
from core.ledger.connection import credentials_of
from core.models import Channel, Command, new_id
from core.models.work import LIVE
from core.services import audit, channel_form, reach, runple
from core.services.audit import Actor
from core.services.kind_names import CONFIRM, VERIFY
from core.services.outcome import Missing, Wrong

SALE_PERIODS = (0, *EXTEND_DAYS)
CONFIRM_MODES = ("manual", "auto", runple.MODE)
SWITCHES = ("on_all", "on_product", "on_order", "on_cs", "on_stock")

ELSEWHERE = Text(
    "다른 곳에서 바뀌었습니다. 아무것도 저장하지 않았습니다. "
    "지금 값을 확인한 뒤 다시 저장해 주세요.",
    "It was changed elsewhere. Nothing was saved. Look at the values of now, then save again.",
)


def get(session: Session, channel_id: str) -> Channel:
    """The channel with this id in the current workspace; Missing when there is none."""
    found = session.scalar(select(Channel).where(Channel.id == channel_id))
    if found is None:
        raise Missing
    return found


def live(session: Session) -> list[Channel]:
    """Every channel that is not put away, in the order in which they were added."""
    return list(
        session.scalars(
            select(Channel).where(Channel.archived_at.is_(None)).order_by(Channel.created_at)
        )
    )


def archived(session: Session) -> list[Channel]:
    """The channels that were put away, the newest first; not those that became an older one."""
    found = session.scalars(
        select(Channel).where(Channel.archived_at.is_not(None)).order_by(Channel.archived_at.desc())
    )
    return [channel for channel in found if "merged_into" not in (channel.note or {})]


def works(channel: Channel) -> bool:
    """Whether its marketplace is called: it is connected, not put away, and has not closed."""
    sleeps = channel.archived_at is not None or channel.state != "active"
    return not sleeps and not registry.has_closed(channel)


def twins(session: Session, mine: Channel) -> list[Channel]:
    """Live channels of the same marketplace that carry this one's seller id or key name."""
    if mine.practice:
        return []
    return [
        other
        for other in live(session)
        if other.id != mine.id
        and other.marketplace == mine.marketplace
        and not other.practice
        and (other.seller_id == mine.seller_id or _key_names(other) & _key_names(mine))
    ]


def _key_names(channel: Channel) -> set[tuple[str, str]]:
    """What of a channel's keys is no secret and tells accounts apart: an application's id."""
    if channel.credentials is None:
        return set()
    stored = credentials_of(channel)
    return {
        (field.name, str(stored[field.name]))
        for field in channel_form.form_of(channel.marketplace).fields
        if field.kind is Kind.TEXT and stored.get(field.name)
    }


def add(marketplace: str, raw: Mapping[str, Any], actor: Actor, *, submission: str) -> str:
    """Connect a real account: store the form, sealed, and have it checked by a worker.

    Returns the channel's id. Raises Wrong with reasons by field name.
    """
    days = {reach.FIELD.name: str(reach.DAYS), **raw}
    values = channel_form.read(marketplace, days, None, also=(reach.FIELD,))
    return _add(marketplace, values, actor, submission, False)


def add_practice(marketplace: str, actor: Actor, *, submission: str) -> str:
    """Connect a practice channel; a worker asks the practice marketplace for its keys."""
    if marketplace not in registry.current().sandboxes:
        raise Missing
    values = {"seller_id": "practice", "store": "연습 스토어", "category": "", "memo": ""}
    return _add(marketplace, values, actor, submission, True)


def _add(marketplace: str, values: Values, actor: Actor, submission: str, practice: bool) -> str:
    version = channel_form.form_of(marketplace).version
    with store.write() as session:
        earlier = session.scalar(select(Channel.id).where(Channel.id == _id_for(submission)))
        if earlier is not None:
            return earlier
        channel = Channel(
            id=_id_for(submission),
            workspace_id=store.current_workspace(),
            marketplace=marketplace,
            practice=practice,
            store=values["store"],
            seller_id=values["seller_id"],
            category=values.get("category") or "",
            memo=values.get("memo") or "",
            reach_back_days=values.get("reach_back_days", reach.DAYS),
            state="checking",
            form_version=version,
            created_at=clock.now(),
        )
        if not practice:
            own = channel_form.own_values(marketplace, values)
            channel.credentials = channel_form.seal(channel, own)
        session.add(channel)
        session.flush()
        if not registry.has_closed(channel):  # nobody would answer; its keys are only kept
            _submit_verify(session, channel, actor)
        audit.record(session, "channel.add", actor=actor, subjects=[channel.id])
    queue.ring(kinds.URGENT)
    return channel.id


def _id_for(submission: str) -> str:
    """A form that is sent twice makes one channel: its submission id is the channel's."""
    digits = "".join(c for c in submission.lower() if c in "0123456789abcdef")
    return digits if len(digits) == 32 else new_id()


def change(channel_id: str, raw: Mapping[str, Any], actor: Actor) -> None:
    """Change names and keys of a channel and have them checked again.

    A secret left empty keeps its stored value. Raises Wrong with reasons by field name.
    """
    with store.write() as session:
        channel = get(session, channel_id)
        values = channel_form.read_change(channel, raw)
        channel.store, channel.seller_id = values["store"], values["seller_id"]
        channel.category, channel.memo = values["category"] or "", values["memo"] or ""
        if not channel.practice:
            own = channel_form.own_values(channel.marketplace, values)
            if channel.credentials is None or own != credentials_of(channel):
                # Nothing else is called with these keys before it is known whose they are.
                channel.verified_at = None
                channel.state = "paused" if channel.state == "paused" else "checking"
            channel.credentials = channel_form.seal(channel, own)
            channel.form_version = channel_form.form_of(channel.marketplace).version
            channel.seal_version += 1
        command = _submit_verify(session, channel, actor)
        audit.record(session, "channel.change", actor=actor, subjects=[channel.id])
    queue.ring(command.queue)


def _submit_verify(session: Session, channel: Channel, actor: Actor) -> Command:
    """Write the command that checks the keys."""
    return commands.submit(
        session,
        VERIFY,
        lane=channel.id,
        channel_id=channel.id,
        natural_key="verify",
        payload={},
        by=actor.name,
    )


def check_again(channel_id: str, actor: Actor) -> str:
    """Have the channel's keys checked now; returns the command's id."""
    with store.write() as session:
        channel = get(session, channel_id)
        command = _submit_verify(session, channel, actor)
    queue.ring(command.queue)
    return command.id


def confirm_modes(session: Session, marketplace: str) -> tuple[str, ...]:
    """How orders can be confirmed there; none where there is nothing to confirm.

    What a marketplace shows only by confirming it cannot be chosen by its goods.
    """
    sync = registry.current().orders.get(marketplace)
    if sync is None or (sync.confirm is None and sync.take_new is None):
        return ()
    chosen = runple.is_used(session) and sync.take_new is None
    return CONFIRM_MODES if chosen else ("manual", "auto")


def sale_periods(marketplace: str) -> tuple[int, ...]:
    """By how many days sale periods can be extended there, 0 for not at all; none where they
    cannot."""
    sync = registry.current().products.get(marketplace)
    if sync is None or sync.extend is None:
        return ()
    return tuple(days for days in SALE_PERIODS if not days or days in sync.extend_days)


def switched(channel: Channel) -> dict[str, str]:
    """연동설정 as it stands: the switches as "1" or "", the confirm mode, and the days."""
    found = {name: "1" if getattr(channel, name) else "" for name in SWITCHES}
    return found | {
        "confirm_mode": channel.confirm_mode,
        "extend_days": str(channel.extend_days),
    }


def switch(
    channel_id: str,
    raw: Mapping[str, Any],
    actor: Actor,
    *,
    was: Mapping[str, str] | None = None,
) -> None:
    """Set 연동설정: the switches, the confirm mode and the extension of sale periods.

    What a switch stopped goes on when it is on again. `was` is what `switched` said when the
    person looked: when it has changed since, nothing is saved. Raises Wrong.
    """
    mode = str(raw.get("confirm_mode", "manual"))
    days = str(raw.get("extend_days", "0"))
    wrong = Text("목록에서 선택해 주세요.", "Choose one of the list.")
    problems = {}
    if mode not in CONFIRM_MODES:
        problems["confirm_mode"] = wrong
    if days not in {str(n) for n in SALE_PERIODS}:
        problems["extend_days"] = wrong
    if problems:
        raise Wrong(problems)
    with store.write() as session:
        channel = session.scalar(select(Channel).where(Channel.id == channel_id).with_for_update())
        if channel is None:
            raise Missing
        if was is not None and was != switched(channel):
            raise Wrong({"": ELSEWHERE})
        if mode == runple.MODE and mode not in confirm_modes(session, channel.marketplace):
            raise Wrong({"confirm_mode": wrong})
        for name in SWITCHES:
            setattr(channel, name, str(raw.get(name, "")) in ("on", "1", "true"))
        channel.confirm_mode, channel.extend_days = mode, int(days)
        session.flush()
        if mode != "auto":
            _stop_auto(session, channel, actor)
        queues = commands.release(session, channel.id, ("switch",))
        facts = {name: getattr(channel, name) for name in SWITCHES} | {"confirm_mode": mode}
        audit.record(session, "channel.switch", actor=actor, subjects=[channel.id], detail=facts)
    for name in queues:
        queue.ring(name)


def _stop_auto(session: Session, channel: Channel, actor: Actor) -> None:
    """What 자동 발주확인 was about to send is a person's from now on."""
    waiting = session.scalars(
        select(Command)
        .where(
            Command.channel_id == channel.id,
            Command.kind == CONFIRM,
            Command.natural_key.startswith("auto:"),
            Command.state.in_(LIVE),
        )
        .with_for_update()
    )
    for command in waiting:
        commands.cancel(session, command, actor.name)


def pause(channel_id: str, actor: Actor) -> None:
    """Stop every call of a channel until the seller resumes it."""
    with store.write() as session:
        channel = get(session, channel_id)
        if channel.state in ("active", "waiting"):
            channel.state = "paused"
            audit.record(session, "channel.pause", actor=actor, subjects=[channel.id])


def resume(channel_id: str, actor: Actor) -> None:
    """Let a paused channel go on (after a restore it first collects up to now)."""
    with store.write() as session:
        channel = get(session, channel_id)
        if channel.state != "paused":
            return
        verified = "waiting" if channel.waiting_since else "active"
        channel.state = verified if channel.identity and channel.verified_at else "checking"
        session.flush()
        reasons = ["paused"]
        if channel.note is not None and channel.note.get("resume") == "collect_first":
            _release_reads(session, channel)
        queues = commands.release(session, channel.id, reasons)
        audit.record(session, "channel.resume", actor=actor, subjects=[channel.id])
    for name in {*queues, *kinds.QUEUES}:
        queue.ring(name)


def _release_reads(session: Session, channel: Channel) -> None:
    """After a restore: reads go on at once, writes only when the channel has been collected."""
    held = session.scalars(
        select(Command).where(
            Command.channel_id == channel.id,
            Command.state == "held",
            Command.held_for == "restored",
        )
    )
    for command in held:
        kind = kinds.get(command.kind)
        if kind is not None and not kind.writes:
            command.held_for = "paused"


def archive(channel_id: str, actor: Actor) -> None:
    """Put a channel away: its work ends, its history stays; the same account revives it."""
    with store.write() as session:
        channel = get(session, channel_id)
        channel.archived_at, channel.credentials = clock.now(), None
        channel.seal_version += 1
        for command in session.scalars(
            select(Command)
            .where(Command.channel_id == channel.id, Command.state.in_(LIVE))
            .with_for_update()
        ):
            commands.cancel(session, command, actor.name)
            if command.state in ("ready", "held"):
                commands.end(session, command, "cancelled")  # nobody can be asked any more
        audit.record(session, "channel.archive", actor=actor, subjects=[channel.id])
