"""Every operation that a plugin offers: how a real command brings it about, and what must be so
when that command has come to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from core import clock, store
from core.conformance.promises import confirms, expected
from core.conformance.shop import KIT, Shop, told
from core.conformance.trial import Trial
from core.conformance.trouble import NotReady, Unknown
from core.contracts.order import LineState
from core.contracts.template import Capability, TemplateType
from core.ledger.run import move_cursor
from core.models import Command, new_id
from core.practice.faults import Kind, Rule
from core.services import channels, rechecking, templates

AWAY = 900.0
"""Seconds after which no window reaches back to what happened."""


@dataclass(frozen=True)
class Begun:
    """A command that was written: `check` says what is wrong once it has come to its end."""

    command: str
    check: Callable[[Command], Iterator[str]]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that the plugin can do, by the name that the support matrix has for it."""

    name: str
    begin: Callable[[Shop], Begun]
    write: bool = False
    settles: timedelta = timedelta(seconds=60)


def of(trial: Trial) -> list[Operation]:
    """Everything that the plugin declares: reads before writes."""
    found = [Operation(name="channel.verify", begin=_verify)]
    for template in trial.templates:
        found += _reads_of(template)
    sync = trial.orders
    if sync is not None:
        found.append(Operation(name="orders.changes", begin=begin_changes))
        if sync.recheck:
            found.append(Operation(name="orders.get", begin=_get))
    for template in trial.templates:
        found += _writes_of(template)
    if sync is not None and sync.confirm is not None:
        settles = sync.confirm.settles_after
        found.append(
            Operation(name="orders.confirm", begin=begin_confirm, write=True, settles=settles)
        )
        if sync.confirm.readback is not None:
            found.append(Operation(name="orders.confirm.readback", begin=_confirm_lost))
    if sync is not None and sync.take_new is not None:
        found.append(Operation(name="orders.take_new", begin=begin_take, write=True))
        found.append(Operation(name="orders.take_new.readback", begin=_take_lost))
    return found


def _ended(command: Command, state: str = "done") -> Iterator[str]:
    if command.state != state:
        yield f"its job ended {told(command)}"


def _collected(command: Command) -> Iterator[str]:
    if command.state != "ready" or command.attempt or command.error_code:
        yield f"collecting ended {told(command)}"


# -- the connection -----------------------------------------------------------------------------


def _verify(shop: Shop) -> Begun:
    before = shop.channel().identity

    def check(command: Command) -> Iterator[str]:
        yield from _ended(command)
        channel = shop.channel()
        if channel.state != "active":
            yield f"the channel is {channel.state}"
        if channel.identity != before:
            yield "the account has another identity than before"

    return Begun(shop.submit(channels.check_again, shop.channel_id), check)


# -- templates ----------------------------------------------------------------------------------


def _reads_of(template: TemplateType) -> Iterator[Operation]:
    name = f"template.{template.key}"
    if Capability.IMPORT in template.capabilities:
        yield Operation(name=f"{name}.import", begin=partial(_import, template))
    for field in template.lookups:
        yield Operation(name=f"{name}.lookup.{field}", begin=partial(_lookup, template, field))


def _writes_of(template: TemplateType) -> Iterator[Operation]:
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
        yield from _ended(command)
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
        yield from _ended(command)

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
        yield from _ended(command)
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
        yield from _ended(command)
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
        yield from _ended(command)
        if row.remote_id in shop.trial.template_rows(template.key):
            yield "it is still there"
        if row.remote_id in {one.remote_id for one in shop.rows(template.key)}:
            yield "it is still here"

    return Begun(command, check)


def _submit_delete(channel_id: str, row_id: str, actor: Any, *, seen: str) -> str:
    return templates.submit_delete(channel_id, row_id, actor, submission=new_id(), seen=seen)


# -- orders -------------------------------------------------------------------------------------


def begin_changes(shop: Shop) -> Begun:
    trial = shop.trial
    keys = trial.arrive(2)
    if trial.orders is not None and trial.orders.take_new is not None:
        for key in keys:  # what is only new shows nowhere yet
            trial.act("confirm_elsewhere", line=key)
        shop.known |= set(keys)
    command = shop.begin_collecting()

    def check(command: Command) -> Iterator[str]:
        yield from _collected(command)
        here = set(shop.lines())
        missing = expected(shop) - here
        if missing:
            yield f"{len(missing)} lines are missing ({sorted(missing)[0]} …)"
        foreign = here - set(trial.standing()["lines"] or {})
        if foreign:
            yield f"{sorted(foreign)[0]!r} is no line of the marketplace"

    return Begun(command, check)


def _get(shop: Shop) -> Begun:
    trial = shop.trial
    _have_open_lines(shop)
    moved = ""
    try:
        if trial.orders is not None and trial.orders.confirm is not None:
            moved = shop.new_unit()[0].line_key
            trial.act("confirm_elsewhere", line=moved)
    except Unknown:
        moved = ""
    trial.pass_time(AWAY)
    look_again(shop)
    command = shop.begin_collecting()

    def check(command: Command) -> Iterator[str]:
        yield from _collected(command)
        if moved and shop.lines()[moved].state == LineState.NEW.value:
            look_again(shop)  # a look that failed is made again with the next hour
            yield from _collected(shop.collect())
        if moved and shop.lines()[moved].state == LineState.NEW.value:
            yield f"{moved} was confirmed in the seller centre and is still new here"

    return Begun(command, check)


def look_again(shop: Shop) -> None:
    """Let the hourly look at open lines be due now."""
    past = (clock.now() - timedelta(hours=2)).isoformat()
    with store.workspace(shop.workspace_id), store.write() as session:
        move_cursor(session, shop.channel_id, rechecking.CURSOR, f"since:{past}")


def _have_open_lines(shop: Shop) -> None:
    """See to it that there are lines in a state that core looks at again."""
    sync = shop.trial.orders
    states = {state.value for state in (sync.recheck if sync else ())}
    if any(row.state in states for row in shop.lines().values()):
        return
    if sync is not None and sync.take_new is not None:
        begun = begin_take(shop)
        shop.settle(begun.command)
        return
    shop.trial.arrive(3)
    shop.collect()


def begin_confirm(shop: Shop) -> Begun:
    trial = shop.trial
    rows = shop.new_unit()
    command = shop.press(rows)
    keys = [row.line_key for row in rows]

    def check(command: Command) -> Iterator[str]:
        yield from _ended(command)
        here = shop.lines()
        for key in keys:
            times, state = confirms(trial, key), here[key].state
            if times > 1 or (command.state == "done" and times != 1):
                yield f"{key} was confirmed {times} times"
            elif command.state == "done" and state != LineState.CONFIRMED.value:
                yield f"{key} is confirmed there, {state} here"

    return Begun(command, check)


def _confirm_lost(shop: Shop) -> Begun:
    """A confirm whose answer is lost, so that it has to be read back."""
    trial = shop.trial
    begun = begin_confirm(shop)
    trial.witness.spoil("orders.confirm", Rule(kind=Kind.RESET_AFTER, after=trial.effect_at()))
    return begun


def begin_take(shop: Shop) -> Begun:
    trial = shop.trial
    keys = trial.arrive(2)
    shop.known |= set(keys)
    trial.pass_time(10)
    command = shop.take()

    def check(command: Command) -> Iterator[str]:
        yield from _ended(command)
        if not set(keys) <= set(shop.lines()):
            # What shows late comes with the next taking, or with the lines that are confirmed.
            trial.pass_time(AWAY)
            yield from _ended(shop.settle(shop.take()))
            yield from _collected(shop.collect())
        here = shop.lines()
        for key in keys:
            if key not in here:
                yield f"{key} was lost"
            if confirms(trial, key) > 1:
                yield f"{key} was confirmed {confirms(trial, key)} times"

    return Begun(command, check)


def _take_lost(shop: Shop) -> Begun:
    """A taking whose answer is lost, so that the window has to be read again."""
    begun = begin_take(shop)
    rule = Rule(kind=Kind.RESET_AFTER, after=shop.trial.effect_at("orders.take_new"))
    shop.trial.witness.spoil("orders.take_new", rule)
    return begun


def may_change(name: str) -> bool:
    """Whether the operation of this name is there to change something."""
    return name in ("orders.confirm", "orders.take_new") or name.rpartition(".")[2] in (
        "create",
        "update",
        "delete",
    )
