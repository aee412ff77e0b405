"""Importing templates: everything of a type, read page by page, and what that changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from core import clock, registry, store, vault
from core.contracts.page import Page
from core.contracts.template import Remote, TemplateType
from core.errors import ContractError
from core.ledger.run import Run
from core.models import Template, TemplateFetch, new_id
from core.services import template_values, templates

PAGES = 1000
"""A listing that never ends is a broken promise, not a reason to read for ever."""


def read(run: Run) -> None:
    """Read every template of a type and tell what was added, changed or is gone."""
    template = templates.type_of(run.channel.marketplace, run.payload["type"])
    found = fetch_all(run, template, "template.fetch")
    run.commit(
        "template.page",
        lambda session: _store_import(session, run, template, found),
        done=len(found),
        total=len(found),
        last=True,
    )
    run.result = dict(run.counts)


def fetch_all(run: Run, template: TemplateType, what: str) -> list[Remote]:
    """Every template of the type, page by page under the eyes of the ledger."""

    def page(cursor: str) -> Page[Remote]:
        return run.call(what, template.fetch, cursor)  # type: ignore[no-any-return,arg-type]

    def report(found: int, total: int | None) -> None:
        run.commit("template.read", done=found, total=total, whole=True)

    return _pages(template, page, report)


def listed(client: Any, template: TemplateType) -> list[Remote]:
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
    stored = {row.remote_id: row for row in templates.rows(session, run.channel.id, template.key)}
    counts = {"added": 0, "changed": 0, "gone": 0, "same": 0}
    for remote in found:
        counts[keep_remote(session, run.channel.id, template, remote, stored.get(remote.id))] += 1
    present = {remote.id for remote in found}
    for row in stored.values():
        if row.remote_id not in present and row.gone_at is None:
            row.gone_at, row.change = now, "gone"
            counts["gone"] += 1
    fetch = templates.fetched(session, run.channel.id, template.key)
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
    session: Session,
    channel_id: str,
    template: TemplateType,
    remote: Remote,
    row: Template | None,
    *,
    written: bool = False,
) -> str:
    """Store a template as the marketplace has it; returns "added", "changed" or "same".

    `written`: Hanpan has just sent these values, so that they are no news.
    """
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
                change="written" if written else "added",
                seen_at=now,
            )
        )
        return "added"
    was_gone, row.gone_at, row.seen_at = row.gone_at, None, now
    if row.fingerprint == print_ and was_gone is None:
        row.change = "written" if written else ""
        return "same"
    before = templates.values_of(row)
    expected = row.change == "written" and template_values.equal(template, before, values)
    row.before = vault.seal_json("template", "before", row.id, before)
    row.values = vault.seal_json("template", "values", row.id, values)
    row.title, row.fingerprint = title, print_
    row.revision += 1
    row.change = "written" if written else "" if expected else "changed"
    return "same" if expected else "changed"


def _canonical(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, sort_keys=True, ensure_ascii=False).encode()
