"""Templates written at the marketplace; one whose answer is lost is read back first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, queue, store
from core.contracts.template import Remote, TemplateType
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
from core.errors import Rejected
from core.ledger import commands
from core.ledger.effect_rows import Wish
from core.ledger.effects import carry_out
from core.ledger.run import Run
from core.models import Effect, Template
from core.services import template_import, templates
from core.services.kind_names import CREATE, DELETE, IMPORT, UPDATE
from core.services.template_values import equal
from core.services.templates import STALE


def update(run: Run) -> None:
    """Change one template at the marketplace; a lost answer is read back first."""
    template = templates.type_of(run.channel.marketplace, run.payload["type"])
    operation = f"{UPDATE}.{template.key}"
    _must_not_be_stale(run, operation)
    wish = Wish(
        item=run.payload["remote"],
        revision=run.payload["revision"],
        values=run.payload["values"],
        known_since=run.command.created_at,
    )
    _write(run, template, operation, wish, _update_write(template))


def _must_not_be_stale(run: Run, operation: str) -> None:
    """What was not sent yet must still be about the values that the person saw."""
    effect = _effect(run, operation, run.payload["remote"], run.payload["revision"])
    if effect is not None and effect.state != "planned":
        return
    with store.read() as session:
        row = templates.get(session, run.payload["template"])
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


def delete(run: Run) -> None:
    """Take one template away at the marketplace; a lost answer is looked for in the list."""
    template = templates.type_of(run.channel.marketplace, run.payload["type"])
    operation = f"{DELETE}.{template.key}"
    _must_not_be_stale(run, operation)
    wish = Wish(
        item=run.payload["remote"],
        revision=run.payload["revision"],
        values={},
        known_since=run.command.created_at,
    )

    def gone(session: Session, result: Result) -> None:
        row = templates.get(session, run.payload["template"])
        row.gone_at, row.change = clock.now(), "deleted"

    _write(run, template, operation, wish, _delete_write(template), gone)


def create(run: Run) -> None:
    """Create one template; when the answer is lost, it is looked for among what is new there."""
    template = templates.type_of(run.channel.marketplace, run.payload["type"])
    operation = f"{CREATE}.{template.key}"
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
    return [remote.id for remote in template_import.fetch_all(run, template, "template.before")]


def _write(
    run: Run,
    template: TemplateType,
    operation: str,
    wish: Wish,
    write: Write,
    follow: Callable[[Session, Result], None] | None = None,
) -> None:
    """Make one write; `follow` brings our copy after it (by default it becomes what was sent)."""
    imports: list[str] = []

    def kept(session: Session, results: Sequence[Result], wishes: Mapping[str, Wish]) -> None:
        for result in results:
            if result.done:
                if follow is not None:
                    follow(session, result)
                else:
                    _keep_written(session, run, template, wish, result.reference)
                if template.touches_others:
                    imports.append(_submit_import(session, run, template))

    tally = carry_out(run, operation, write, [wish], kept)
    for name in imports:
        queue.ring(name)
    if tally.refused:
        text = next(iter(tally.refused.values()))
        raise Rejected(text, fields=_kept_reasons(run))
    run.result = {"done": len(tally.done) + len(tally.already)}


def _submit_import(session: Session, run: Run, template: TemplateType) -> str:
    """Have the type read again, for the write changed other rows too; returns the queue to ring."""
    command = commands.submit(
        session,
        IMPORT,
        lane=run.channel.id,
        channel_id=run.channel.id,
        natural_key=template.key,
        payload={"type": template.key},
        by=run.command.created_by,
    )
    return command.queue


def _kept_reasons(run: Run) -> dict[str, Text]:
    """Reasons beside the fields that an earlier slice was told."""
    return {name: Text.of(text) for name, text in (run.command.fields or {}).items()}


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
    template_import.keep_remote(
        session, run.channel.id, template, Remote(remote_id, wish.values), row, written=True
    )
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
        there = {remote.id: remote for remote in template_import.listed(client, template)}
        return {
            one.key: Done(one.key)
            if one.key in there and equal(template, there[one.key].values, one.values)
            else Absent()
            for one in sent
        }

    return _write_of(template, send, readback)


def _delete_write(template: TemplateType) -> Write:
    def send(client: Any, items: Sequence[Item]) -> list[Result]:
        assert template.delete is not None
        for item in items:
            template.delete(client, item.key)
        return [Result(item.key) for item in items]

    def readback(client: Any, sent: Sequence[Sent]) -> dict[str, Verdict]:
        there = {remote.id for remote in template_import.listed(client, template)}
        return {one.key: Absent() if one.key in there else Done(one.key) for one in sent}

    return _write_of(template, send, readback)


def _create_write(template: TemplateType) -> Write:
    def send(client: Any, items: Sequence[Item]) -> list[Result]:
        assert template.create is not None
        return [
            Result(item.key, reference=template.create(client, item.values).id) for item in items
        ]

    def readback(client: Any, sent: Sequence[Sent]) -> dict[str, Verdict]:
        there = template_import.listed(client, template)
        verdicts: dict[str, Verdict] = {}
        for one in sent:
            fresh = [remote for remote in there if remote.id not in one.before]
            same = [r.id for r in fresh if equal(template, r.values, one.values)]
            verdicts[one.key] = _made(fresh, same)
        return verdicts

    return _write_of(template, send, readback)


def _made(fresh: Sequence[Remote], same: Sequence[str]) -> Verdict:
    """Whether what was sent is among what is new there; a new one that differs is a riddle."""
    if len(same) == 1:
        return Done(same[0])
    return Unclear() if fresh else Absent()


def _write_of(template: TemplateType, send: Any, readback: Any) -> Write:
    return Write(
        scope=Scope.LINE,
        repeat=Repeat.READBACK,
        send=send,
        readback=readback,
        settles_after=template.settles_after,
    )
