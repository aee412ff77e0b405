"""Templates: what is stored, and a change that is proposed first and sent at a second press."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from core import queue, registry, store, vault
from core.contracts.template import Capability, TemplateType
from core.contracts.text import Text
from core.fields import Field, clean
from core.ledger import commands
from core.models import Channel, Command, Effect, Template, TemplateFetch
from core.services import audit, channels, setup
from core.services.audit import Actor
from core.services.kind_names import CREATE, IMPORT, UPDATE
from core.services.outcome import Forbidden, Missing, Wrong

BUSY = Text(
    "이 템플릿의 다른 변경이 아직 처리되는 중입니다. 작업이 끝난 뒤 다시 해 주세요.",
    "Another change of this template is still being applied. Try again when it has ended.",
)
STALE = Text(
    "보시는 동안 판매채널의 값이 바뀌었습니다. 지금 값을 확인하고 다시 저장해 주세요.",
    "The values at the marketplace changed meanwhile. Look at them and save again.",
)
WRITES = (CREATE, UPDATE)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change that was asked for and not made yet: what it is now, and what it would be."""

    values: dict[str, Any]
    before: dict[str, Any]
    changed: tuple[Field, ...]


def type_of(marketplace: str, key: str) -> TemplateType:
    """The template type; Missing when no plugin declares it."""
    found = registry.current().templates.get((marketplace, key))
    if found is None:
        raise Missing
    return found


def rows(session: Session, channel_id: str, kind: str) -> list[Template]:
    """The stored templates of a type, those that are gone last."""
    found = session.scalars(
        select(Template).where(Template.channel_id == channel_id, Template.type == kind)
    ).all()
    return sorted(found, key=lambda row: (row.gone_at is not None, row.title, row.remote_id))


def get(session: Session, template_id: str) -> Template:
    """The template with this id; Missing when there is none."""
    found = session.scalar(select(Template).where(Template.id == template_id))
    if found is None:
        raise Missing
    return found


def fetched(session: Session, channel_id: str, kind: str) -> TemplateFetch | None:
    """When the type was last imported on the channel, and what that found."""
    return session.scalar(
        select(TemplateFetch).where(
            TemplateFetch.channel_id == channel_id, TemplateFetch.type == kind
        )
    )


def values_of(row: Template) -> dict[str, Any]:
    """The unsealed values of a stored template."""
    return dict(vault.unseal_json("template", "values", row.id, row.values))


def before_of(row: Template) -> dict[str, Any] | None:
    """The values before the last change that an import found, or None."""
    if row.before is None:
        return None
    return dict(vault.unseal_json("template", "before", row.id, row.before))


def work(session: Session, channel_id: str, kind: str) -> list[Command]:
    """The newest import and the newest writes of a type, the newest first, live or ended."""
    found = session.scalars(
        select(Command)
        .where(
            Command.channel_id == channel_id,
            or_(
                and_(Command.kind == IMPORT, Command.natural_key == kind),
                and_(
                    Command.kind.in_(WRITES),
                    Command.natural_key.startswith(f"{kind}:", autoescape=True),
                ),
            ),
        )
        .order_by(Command.created_at.desc())
        .limit(20)
    ).all()
    newest: dict[str, Command] = {}
    for command in found:
        newest.setdefault(f"{command.kind} {command.natural_key}", command)
    return list(newest.values())


def typed_of(command: Command) -> dict[str, Any]:
    """What a seller typed for a write that a command makes; empty when it is not kept any more."""
    return dict(commands.payload_of(command).get("values") or {})


def submit_import(channel_id: str, kind: str, actor: Actor) -> str:
    """Have a template type read from the marketplace; returns the command's id.

    Raises Forbidden naming the step that has to be done first.
    """
    with store.write() as session:
        channel = channels.get(session, channel_id)
        template = type_of(channel.marketplace, kind)
        _must_offer(template, Capability.IMPORT)
        _must_be_unlocked(session, channel, kind)
        command = commands.submit(
            session,
            IMPORT,
            lane=channel.id,
            channel_id=channel.id,
            natural_key=kind,
            payload={"type": kind},
            by=actor.name,
        )
    queue.ring(command.queue)
    return command.id


def _must_offer(template: TemplateType, capability: Capability) -> None:
    if capability not in template.capabilities:
        reason = (template.why_not or {}).get(capability)
        raise Forbidden(reason or Text("판매채널이 제공하지 않는 기능입니다.", "Not offered."))


def _must_be_unlocked(session: Session, channel: Channel, kind: str) -> None:
    step = setup.blocking(session, channel, kind)
    if step is not None:
        raise Forbidden(
            Text("먼저 {ko} 단계를 마쳐 주세요.", "Finish the step {en} first.").format(
                ko=step.title.ko, en=step.title.en
            )
        )


def propose(
    session: Session, channel: Channel, template: TemplateType, row: Template | None, raw: Any
) -> Change:
    """Read a submitted form and say what it would change. Raises Wrong; changes nothing."""
    before = values_of(row) if row is not None else {}
    done = clean(template.fields, raw, kept=before)
    problems = dict(done.problems)
    if not problems and template.check is not None:
        nothing: dict[str, Text] = {}
        problems |= registry.guarded(template.check, done.values, default=nothing)
    if problems:
        raise Wrong(problems)
    changed = tuple(
        field
        for field in template.fields
        if not same_value(done.values.get(field.name), before.get(field.name))
    )
    return Change(values=done.values, before=before, changed=changed)


def same_value(one: Any, other: Any) -> bool:
    """True when two values mean the same: None, "" and an empty list are all nothing."""
    return bool(_something(one) == _something(other))


def _something(value: Any) -> Any:
    return None if value in ("", []) else value


def submit_change(
    channel_id: str,
    kind: str,
    template_id: str | None,
    raw: Any,
    actor: Actor,
    *,
    submission: str,
    seen: str = "",
) -> str:
    """Have a change made at the marketplace (the second press); returns the command's id.

    `seen` is the fingerprint of the copy that the before–after page showed. Raises Wrong when
    the copy has changed since, or when another change of the same template is under way.
    """
    with store.write() as session:
        channel = channels.get(session, channel_id)
        template = type_of(channel.marketplace, kind)
        row = get(session, template_id) if template_id else None
        _must_offer(template, Capability.UPDATE if row else Capability.CREATE)
        _must_be_unlocked(session, channel, kind)
        if row is not None and seen and row.fingerprint != seen:
            raise Wrong({"": STALE})
        change = propose(session, channel, template, row, raw)
        payload = {
            "type": kind,
            "template": row.id if row else None,
            "remote": row.remote_id if row else None,
            "revision": _next_revision(session, channel.id, kind, row) if row else 1,
            "seen": row.fingerprint if row else "",
            "values": change.values,
        }
        command = commands.submit(
            session,
            UPDATE if row else CREATE,
            lane=channel.id,
            channel_id=channel.id,
            natural_key=f"{kind}:{row.remote_id}" if row else f"{kind}:{submission}",
            payload=payload,
            by=actor.name,
            submission=submission,
        )
        if commands.payload_of(command)["values"] != json.loads(json.dumps(change.values)):
            raise Wrong({"": BUSY})
        audit.record(
            session,
            command.kind,
            actor=actor,
            subjects=[channel.id],
            detail={"type": kind, "fields": [field.name for field in change.changed]},
        )
    queue.ring(command.queue)
    return command.id


def _next_revision(session: Session, channel_id: str, kind: str, row: Template) -> int:
    """The number of this change of the template: no effect of another one has it."""
    used = session.scalar(
        select(func.max(Effect.revision)).where(
            Effect.channel_id == channel_id,
            Effect.operation == f"{UPDATE}.{kind}",
            Effect.item == row.remote_id,
        )
    )
    return max(row.revision, used or 0) + 1
