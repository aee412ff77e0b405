"""Templates: imported from the marketplace, and changed there only after a second press."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from core import clock, registry, store, vault
from core.contracts.page import Page
from core.contracts.template import Capability, Remote, TemplateType
from core.contracts.text import Text
from core.contracts.write import (
    Absent,
    Done,
    Item,
    Repeat,
    Result,
    Scope,
    Sent,
    Unclear,
    Verdict,
    Write,
)
from core.errors import ContractError, Rejected
from core.fields import Field, clean
from core.ledger import commands
from core.ledger.effects import Wish, carry_out
from core.ledger.run import Run
from core.models import Channel, Command, Effect, Template, TemplateFetch, new_id
from core.services import audit, channels, setup
from core.services.audit import Actor
from core.services.outcome import Forbidden, Missing, Wrong

BUSY = Text(
    "이 템플릿의 다른 변경이 아직 처리되는 중입니다. 작업이 끝난 뒤 다시 해 주세요.",
    "Another change of this template is still being applied. Try again when it has ended.",
)
STALE = Text(
    "보시는 동안 판매채널의 값이 바뀌었습니다. 지금 값을 확인하고 다시 저장해 주세요.",
    "The values at the marketplace changed meanwhile. Look at them and save again.",
)
WRITES = ("template.create", "template.update")
PAGES = 1000
"""A listing that never ends is a broken promise, not a reason to read for ever."""


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
                and_(Command.kind == "template.import", Command.natural_key == kind),
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
            "template.import",
            lane=channel.id,
            channel_id=channel.id,
            natural_key=kind,
            payload={"type": kind},
            by=actor.name,
        )
    channels.ring("template.import")
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
            "template.update" if row else "template.create",
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
    channels.ring(command.kind)
    return command.id


def _next_revision(session: Session, channel_id: str, kind: str, row: Template) -> int:
    """The number of this change of the template: no effect of another one has it."""
    used = session.scalar(
        select(func.max(Effect.revision)).where(
            Effect.channel_id == channel_id,
            Effect.operation == f"template.update.{kind}",
            Effect.item == row.remote_id,
        )
    )
    return max(row.revision, used or 0) + 1


def refresh_if_old(channel_id: str, kind: str, actor: Actor) -> str | None:
    """Read a type again whose page shows an old copy; nothing happens when that is not allowed."""
    try:
        return submit_import(channel_id, kind, actor)
    except Forbidden:
        return None


# -- the worker's part ----------------------------------------------------------------------------


def import_(run: Run) -> None:
    """Read every template of a type and tell what was added, changed or is gone."""
    template = type_of(run.channel.marketplace, run.payload["type"])
    found = _fetch_all(run, template, "template.fetch")
    run.commit(
        "template.page",
        lambda session: _store_import(session, run, template, found),
        done=len(found),
        total=len(found),
        last=True,
    )
    run.result = dict(run.counts)


def _fetch_all(run: Run, template: TemplateType, what: str) -> list[Remote]:
    """Every template of the type, page by page under the eyes of the ledger."""

    def page(cursor: str) -> Page[Remote]:
        return run.call(what, template.fetch, cursor)  # type: ignore[no-any-return,arg-type]

    def report(found: int, total: int | None) -> None:
        run.commit("template.read", done=found, total=total, whole=True)

    return _pages(template, page, report)


def _listed(client: Any, template: TemplateType) -> list[Remote]:
    """Every template of the type, within one call of the ledger (a read-back)."""

    def page(cursor: str) -> Page[Remote]:
        assert template.fetch is not None
        return template.fetch(client, cursor)

    return _pages(template, page, lambda found, total: None)


def _pages(
    template: TemplateType,
    page_at: Callable[[str], Page[Remote]],
    report: Callable[[int, int | None], None],
) -> list[Remote]:
    found: dict[str, Remote] = {}
    cursor = ""
    for _ in range(PAGES):
        page = page_at(cursor)
        found |= {remote.id: remote for remote in page.items}
        if not page.more:
            return list(found.values())
        if page.cursor == cursor:
            break
        cursor = page.cursor
        report(len(found), page.total)
    raise ContractError(detail=f"{template.key}: the listing does not end")


def _store_import(
    session: Session, run: Run, template: TemplateType, found: Sequence[Remote]
) -> None:
    now = clock.now()
    stored = {row.remote_id: row for row in rows(session, run.channel.id, template.key)}
    counts = {"added": 0, "changed": 0, "gone": 0, "same": 0}
    for remote in found:
        counts[keep_remote(session, run.channel.id, template, remote, stored.get(remote.id))] += 1
    present = {remote.id for remote in found}
    for row in stored.values():
        if row.remote_id not in present and row.gone_at is None:
            row.gone_at, row.change = now, "gone"
            counts["gone"] += 1
    fetch = fetched(session, run.channel.id, template.key)
    if fetch is None:
        fetch = TemplateFetch(
            workspace_id=store.current_workspace(),
            channel_id=run.channel.id,
            type=template.key,
            fetched_at=now,
            found=counts,
        )
        session.add(fetch)
    fetch.fetched_at, fetch.found = now, counts
    run.counts = dict(counts)


def keep_remote(
    session: Session, channel_id: str, template: TemplateType, remote: Remote, row: Template | None
) -> str:
    """Store a template as the marketplace has it; returns "added", "changed" or "same"."""
    values = registry.values_of(template, remote.values)
    print_ = vault.fingerprint(_canonical(values))
    title = registry.guarded(template.title, values, default=remote.id)[:200] or remote.id
    now = clock.now()
    if row is None:
        row_id = new_id()
        session.add(
            Template(
                id=row_id,
                workspace_id=store.current_workspace(),
                channel_id=channel_id,
                type=template.key,
                remote_id=remote.id,
                title=title,
                values=vault.seal_json("template", "values", row_id, values),
                fingerprint=print_,
                change="added",
                seen_at=now,
            )
        )
        return "added"
    was_gone, row.gone_at, row.seen_at = row.gone_at, None, now
    if row.fingerprint == print_ and was_gone is None:
        row.change = ""
        return "same"
    row.before = vault.seal_json("template", "before", row.id, values_of(row))
    row.values = vault.seal_json("template", "values", row.id, values)
    row.title, row.fingerprint, row.change = title, print_, "changed"
    row.revision += 1
    return "changed"


def _canonical(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, sort_keys=True, ensure_ascii=False).encode()


def update(run: Run) -> None:
    """Change one template at the marketplace; a lost answer is read back first."""
    template = type_of(run.channel.marketplace, run.payload["type"])
    operation = f"template.update.{template.key}"
    _must_not_be_stale(run, operation)
    wish = Wish(
        item=run.payload["remote"],
        revision=run.payload["revision"],
        values=run.payload["values"],
        known_since=run.command.created_at,
    )
    _write(run, template, operation, wish, _update_write(template))


def _must_not_be_stale(run: Run, operation: str) -> None:
    """What was not sent yet must still be a change of the values that the person saw."""
    effect = _effect(run, operation, run.payload["remote"], run.payload["revision"])
    if effect is not None and effect.state != "planned":
        return
    with store.read() as session:
        row = get(session, run.payload["template"])
    if row.fingerprint != run.payload["seen"]:
        raise Rejected(STALE)


def _effect(run: Run, operation: str, item: str, revision: int) -> Effect | None:
    with store.read() as session:
        return session.scalar(
            select(Effect).where(
                Effect.channel_id == run.channel.id,
                Effect.operation == operation,
                Effect.item == item,
                Effect.revision == revision,
            )
        )


def create(run: Run) -> None:
    """Create one template; when the answer is lost, it is looked for among what is new there."""
    template = type_of(run.channel.marketplace, run.payload["type"])
    operation = f"template.create.{template.key}"
    wish = Wish(
        item=run.command.id,
        values=run.payload["values"],
        before=_before_create(run, template, operation),
        known_since=run.command.created_at,
    )
    _write(run, template, operation, wish, _create_write(template))


def _before_create(run: Run, template: TemplateType, operation: str) -> list[str]:
    """What the marketplace lists before the create; kept on the effect once it is planned.

    Nothing when the command is from before a restore: it may have been made already.
    """
    restored = (run.channel.note or {}).get("restored_at")
    if restored is not None and run.command.created_at < datetime.fromisoformat(restored):
        return []
    if _effect(run, operation, run.command.id, 1) is not None:
        return []
    return [remote.id for remote in _fetch_all(run, template, "template.before")]


def _write(run: Run, template: TemplateType, operation: str, wish: Wish, write: Write) -> None:
    def kept(session: Session, results: Sequence[Result], wishes: Mapping[str, Wish]) -> None:
        for result in results:
            if result.done:
                _keep_written(session, run, template, wish, result.reference)

    tally = carry_out(run, operation, write, [wish], kept)
    if tally.refused:
        text = next(iter(tally.refused.values()))
        raise Rejected(text, fields=_kept_reasons(run))
    run.result = {"done": len(tally.done) + len(tally.already)}


def _kept_reasons(run: Run) -> dict[str, Text]:
    """Reasons beside the fields that an earlier slice was told."""
    return {name: Text(text["ko"], text["en"]) for name, text in (run.command.fields or {}).items()}


def _keep_written(
    session: Session, run: Run, template: TemplateType, wish: Wish, reference: str
) -> None:
    """The marketplace took it: our copy follows, and the timeline of the type says so."""
    remote_id = reference or wish.item
    row = session.scalar(
        select(Template).where(
            Template.channel_id == run.channel.id,
            Template.type == template.key,
            Template.remote_id == remote_id,
        )
    )
    keep_remote(session, run.channel.id, template, Remote(remote_id, wish.values), row)
    if row is not None:
        row.revision = max(row.revision, wish.revision)


def _update_write(template: TemplateType) -> Write:
    def send(client: Any, items: Sequence[Item]) -> list[Result]:
        assert template.update is not None
        return [
            Result(item.key, reference=template.update(client, item.key, item.values).id)
            for item in items
        ]

    def readback(client: Any, sent: Sequence[Sent]) -> dict[str, Verdict]:
        there = {remote.id: remote for remote in _listed(client, template)}
        return {
            one.key: Done(one.key)
            if one.key in there and _equal(template, there[one.key].values, one.values)
            else Absent()
            for one in sent
        }

    return _write_of(template, send, readback)


def _create_write(template: TemplateType) -> Write:
    def send(client: Any, items: Sequence[Item]) -> list[Result]:
        assert template.create is not None
        return [
            Result(item.key, reference=template.create(client, item.values).id) for item in items
        ]

    def readback(client: Any, sent: Sequence[Sent]) -> dict[str, Verdict]:
        there = _listed(client, template)
        verdicts: dict[str, Verdict] = {}
        for one in sent:
            fresh = [remote for remote in there if remote.id not in one.before]
            equal = [r.id for r in fresh if _equal(template, r.values, one.values)]
            verdicts[one.key] = _made(fresh, equal)
        return verdicts

    return _write_of(template, send, readback)


def _made(fresh: Sequence[Remote], equal: Sequence[str]) -> Verdict:
    """Whether what was sent is among what is new there; a new one that differs is a riddle."""
    if len(equal) == 1:
        return Done(equal[0])
    return Unclear() if fresh else Absent()


def _write_of(template: TemplateType, send: Any, readback: Any) -> Write:
    return Write(
        scope=Scope.LINE,
        repeat=Repeat.READBACK,
        send=send,
        readback=readback,
        settles_after=template.settles_after,
    )


def _equal(template: TemplateType, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(
        same_value(one.get(field.name), other.get(field.name))
        for field in template.fields
        if field.readonly is None
    )
