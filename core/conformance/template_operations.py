"""Templates imported, searched for, created, changed and deleted by real commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from core import store
from core.conformance.begun import Begun, Operation, ended
from core.conformance.shop import KIT, Shop
from core.conformance.trial import Trial
from core.conformance.trouble import NotReady
from core.contracts.template import Capability, TemplateType
from core.models import Command, new_id
from core.services import templates


def reads_of(template: TemplateType) -> Iterator[Operation]:
    """Importing the type, and searching for what its fields hold."""
    name = f"template.{template.key}"
    if Capability.IMPORT in template.capabilities:
        yield Operation(name=f"{name}.import", begin=partial(_import, template))
    for field in template.lookups:
        yield Operation(name=f"{name}.lookup.{field}", begin=partial(_lookup, template, field))


def writes_of(template: TemplateType) -> Iterator[Operation]:
    """Creating, changing and deleting a template of the type."""
    calls: Mapping[Capability, Any] = {
        Capability.CREATE: _create,
        Capability.UPDATE: _update,
        Capability.DELETE: _delete,
    }
    for capability, begin in calls.items():
        if capability in template.capabilities:
            yield Operation(
                name=f"template.{template.key}.{capability.value}",
                begin=partial(begin, template),
                write=True,
                settles=template.settles_after,
            )


def _import(template: TemplateType, shop: Shop) -> Begun:
    if template.key in shop.touched:
        shop.do_import(template.key)
        shop.touched.discard(template.key)

    def check(command: Command) -> Iterator[str]:
        yield from ended(command)
        if command.state == "done":
            yield from differing(template, shop)
            changed = {name: n for name, n in (command.result or {}).items() if name != "same"}
            if any(changed.values()):
                yield f"nothing had changed there, but the import found {changed}"

    return Begun(shop.submit(templates.submit_import, shop.channel_id, template.key), check)


def differing(template: TemplateType, shop: Shop) -> Iterator[str]:
    """Which rows are here and not there, or there and not here."""
    there = shop.trial.template_rows(template.key)
    here = {row.remote_id for row in shop.rows(template.key)}
    if there and here != set(there):
        yield f"here are {sorted(here)}, there {sorted(there)}"


def _lookup(template: TemplateType, field: str, shop: Shop) -> Begun:
    def check(command: Command) -> Iterator[str]:
        yield from ended(command)

    for query in shop.trial.queries(template.key, field):
        return Begun(
            shop.submit(
                templates.submit_lookup, shop.channel_id, template.key, field, query, {},
                submission=new_id(),
            ),
            check,
        )  # fmt: skip
    raise NotReady(f"template.{template.key}.lookup.{field}: nothing is found by any query")


def _create(template: TemplateType, shop: Shop) -> Begun:
    trial = shop.trial
    typed = trial.samples.to_create(
        template,
        [shop.values(row) for row in shop.rows(template.key)],
        partial(trial.search, template.key),
    )
    before = set(trial.template_rows(template.key))
    shop.touched.add(template.key)
    command = _submit_change(template, shop, None, typed)

    def check(command: Command) -> Iterator[str]:
        yield from ended(command)
        fresh = set(trial.template_rows(template.key)) - before
        here = {row.remote_id for row in shop.rows(template.key)}
        if len(fresh) > 1 or (command.state == "done" and not fresh):
            yield f"it was created {len(fresh)} times"
        elif not fresh <= here:
            yield f"what was made ({', '.join(fresh)}) is not known here"

    return Begun(command, check)


def _submit_change(
    template: TemplateType, shop: Shop, row: str | None, typed: Mapping[str, Any]
) -> str:
    with store.workspace(shop.workspace_id):
        return templates.submit_change(
            shop.channel_id, template.key, row, typed, KIT, submission=new_id()
        )


def _update(template: TemplateType, shop: Shop) -> Begun:
    trial = shop.trial
    row, typed = trial.update_of(template, shop)
    before = _written(trial, template, row.remote_id)
    shop.touched.add(template.key)
    command = _submit_change(template, shop, row.id, typed)

    def check(command: Command) -> Iterator[str]:
        yield from ended(command)
        after = _written(trial, template, row.remote_id)
        times = 1 if before is None or after is None else after - before
        if times > 1 or (command.state == "done" and not times):
            yield f"it was written {times} times"

    return Begun(command, check)


def _written(trial: Trial, template: TemplateType, remote_id: str) -> int | None:
    """How often the marketplace's account says that this template was written."""
    row = trial.template_rows(template.key).get(remote_id) or {}
    found = row.get("updates")
    return int(found) if found is not None else None


def _delete(template: TemplateType, shop: Shop) -> Begun:
    if Capability.CREATE in template.capabilities:
        begun = _create(template, shop)
        known = {row.remote_id for row in shop.rows(template.key)}
        shop.settle(begun.command)
        fresh = [row for row in shop.rows(template.key) if row.remote_id not in known]
    else:
        fresh = shop.rows(template.key)
    if not fresh:
        raise NotReady(f"template.{template.key}.delete: there is nothing to delete")
    row = fresh[-1]
    shop.touched.add(template.key)
    command = shop.submit(partial(_submit_delete, shop.channel_id, row.id, seen=row.fingerprint))

    def check(command: Command) -> Iterator[str]:
        yield from ended(command)
        if row.remote_id in shop.trial.template_rows(template.key):
            yield "it is still there"
        if row.remote_id in {one.remote_id for one in shop.rows(template.key)}:
            yield "it is still here"

    return Begun(command, check)


def _submit_delete(channel_id: str, row_id: str, actor: Any, *, seen: str) -> str:
    return templates.submit_delete(channel_id, row_id, actor, submission=new_id(), seen=seen)
