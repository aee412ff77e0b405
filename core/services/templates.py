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
from core.ledger.connection import credentials_of
from core.models import Channel, Command, Effect, Template, TemplateFetch
from core.services import audit, channels, setup, template_values
from core.services.audit import Actor
from core.services.kind_names import CREATE, DELETE, IMPORT, LOOKUP, UPDATE
from core.services.outcome import Forbidden, Missing, Wrong

BUSY = Text(
    "이 템플릿의 다른 변경이 아직 처리되는 중입니다. 작업이 끝난 뒤 다시 해 주세요.",
    "Another change of this template is still being applied. Try again when it has ended.",
)
STALE = Text(
    "보시는 동안 판매채널의 값이 바뀌었습니다. 지금 값을 확인하고 다시 저장해 주세요.",
    "The values at the marketplace changed meanwhile. Look at them and save again.",
)
ASK_SOMETHING = Text(
    "찾을 주소를 두 글자 이상 넣어 주세요. 예: 세종대로 110",
    "Give at least two letters of the address that you look for.",
)
NOT_OFFERED = Text("판매채널이 제공하지 않는 기능입니다.", "The marketplace does not offer it.")
STEP_FIRST = Text("먼저 {step} 단계를 마쳐 주세요.", "Finish the step {step} first.")
KEYS_MISSING = Text(
    "이 채널에 인증키가 없습니다: {names}. 채널 정보에서 넣으면 바로 쓸 수 있습니다.",
    "This channel has no keys for it yet: {names}. Give them under the channel's details.",
)
WRITES = (CREATE, UPDATE, DELETE)


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
        _must_offer(channel, template, Capability.IMPORT)
        _must_be_unlocked(session, channel, kind)
        command = _submit(session, channel, IMPORT, kind, {"type": kind}, actor)
    queue.ring(command.queue)
    return command.id


def why_not(channel: Channel, template: TemplateType, capability: Capability) -> Text | None:
    """Why the channel cannot do this with the type, or None when it can."""
    if capability not in template.capabilities:
        return (template.why_not or {}).get(capability, NOT_OFFERED)
    missing = keys_missing(channel, template, capability)
    if not missing:
        return None
    named = list(dict.fromkeys(missing))
    names = Text(", ".join(one.ko for one in named), ", ".join(one.en for one in named))
    return KEYS_MISSING.format(names=names)


def keys_missing(channel: Channel, template: TemplateType, capability: Capability) -> list[Text]:
    """What of the credentials the capability needs and the channel does not have, by its label."""
    wanted = template.needs.get(capability, ())
    if not wanted or channel.credentials is None:
        return []
    given = credentials_of(channel)
    fields = {field.name: field for field in registry.current().forms[channel.marketplace].fields}
    return [fields[name].row or fields[name].label for name in wanted if not given.get(name)]


def _must_offer(channel: Channel, template: TemplateType, capability: Capability) -> None:
    reason = why_not(channel, template, capability)
    if reason is not None:
        raise Forbidden(reason)


def _must_be_unlocked(session: Session, channel: Channel, kind: str) -> None:
    step = setup.blocking(session, channel, kind)
    if step is not None:
        raise Forbidden(STEP_FIRST.format(step=step.title))


def propose(template: TemplateType, row: Template | None, raw: Any) -> Change:
    """Read a submitted form and say what it would change. Raises Wrong; changes nothing."""
    before = values_of(row) if row is not None else {}
    done = clean(template_values.fields_for(template, row), raw, kept=before)
    problems = dict(done.problems)
    if not problems and template.check is not None:
        nothing: dict[str, Text] = {}
        problems |= registry.guarded(template.check, done.values, default=nothing)
    if problems:
        raise Wrong(problems)
    changed = tuple(
        field
        for field in template.fields
        if not template_values.same_value(done.values.get(field.name), before.get(field.name))
    )
    return Change(values=done.values, before=before, changed=changed)


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
        _must_offer(channel, template, Capability.UPDATE if row else Capability.CREATE)
        _must_be_unlocked(session, channel, kind)
        if row is not None and seen and row.fingerprint != seen:
            raise Wrong({"": STALE})
        change = propose(template, row, raw)
        payload = {
            "type": kind,
            "template": row.id if row else None,
            "remote": row.remote_id if row else None,
            "revision": _next_revision(session, row, UPDATE) if row else 1,
            "seen": row.fingerprint if row else "",
            "values": change.values,
        }
        write = UPDATE if row else CREATE
        named = f"{kind}:{row.remote_id if row else submission}"
        command = _submit(session, channel, write, named, payload, actor, submission)
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


def submit_delete(
    channel_id: str, template_id: str, actor: Actor, *, submission: str, seen: str
) -> str:
    """Have a template taken away at the marketplace (the second press); returns the command's id.

    `seen` is the fingerprint of the copy that the person saw. Raises Wrong and Forbidden.
    """
    with store.write() as session:
        channel = channels.get(session, channel_id)
        row = get(session, template_id)
        template = type_of(channel.marketplace, row.type)
        _must_offer(channel, template, Capability.DELETE)
        if row.fingerprint != seen or row.gone_at is not None:
            raise Wrong({"": STALE})
        payload = {
            "type": row.type,
            "template": row.id,
            "remote": row.remote_id,
            "revision": _next_revision(session, row, DELETE),
            "seen": seen,
        }
        named = f"{row.type}:{row.remote_id}"
        command = _submit(session, channel, DELETE, named, payload, actor, submission)
        detail = {"type": row.type}
        audit.record(session, DELETE, actor=actor, subjects=[channel.id, row.id], detail=detail)
    queue.ring(command.queue)
    return command.id


def submit_lookup(
    channel_id: str, kind: str, field: str, query: str, typed: Any, actor: Actor, *, submission: str
) -> str:
    """Have a LOOKUP field's search made; returns the command's id. Raises Wrong.

    What was typed in the form so far is kept with it, sealed.
    """
    with store.write() as session:
        channel = channels.get(session, channel_id)
        template = type_of(channel.marketplace, kind)
        if field not in template.lookups:
            raise Missing
        asked = " ".join(query.split())
        if not 2 <= len(asked) <= 80:
            raise Wrong({field: ASK_SOMETHING})
        payload = {"type": kind, "field": field, "query": asked, "values": dict(typed)}
        named = f"{kind}:{submission}"
        command = _submit(session, channel, LOOKUP, named, payload, actor, submission)
    queue.ring(command.queue)
    return command.id


def _submit(
    session: Session,
    channel: Channel,
    work_kind: str,
    natural_key: str,
    payload: dict[str, Any],
    actor: Actor,
    submission: str | None = None,
) -> Command:
    """A command in the channel's own lane."""
    return commands.submit(
        session,
        work_kind,
        lane=channel.id,
        channel_id=channel.id,
        natural_key=natural_key,
        payload=payload,
        by=actor.name,
        submission=submission,
    )


def _next_revision(session: Session, row: Template, write: str) -> int:
    """The number of this change of the template: no effect of another one has it."""
    used = session.scalar(
        select(func.max(Effect.revision)).where(
            Effect.channel_id == row.channel_id,
            Effect.operation == f"{write}.{row.type}",
            Effect.item == row.remote_id,
        )
    )
    return max(row.revision, used or 0) + 1
