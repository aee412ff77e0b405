"""Changing keys: a new master key, and if wanted new data keys with every value sealed anew.

What is being done stands in a setting, and each step is a transaction that may be repeated. So a
rotation that was killed goes on where it stood when it is asked for again, and at every moment
every value opens: a key goes only after nothing is under it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from core import clock, keys, store, vault
from core.ledger import crash
from core.models import Base, Setting, Workspace, WorkspaceKey
from core.sealed import SEALED, Sealed
from core.services import audit

SETTING = "key_rotation"
POINTS = (
    "keys.planned",
    "keys.master_added",
    "keys.rewrapped",
    "keys.data_key",
    "keys.resealed",
    "keys.retired",
)
BATCH = 500
SUPERSEDED = timedelta(hours=1)  # by then no process seals with an older data key

Report = Callable[[str, int], None]


@dataclass(frozen=True)
class Plan:
    """A rotation under way: the new master, those to retire, and the new data key numbers."""

    master: str
    data: bool
    retire: list[str]
    numbers: dict[str, int] = field(default_factory=dict)


def rotate(*, data: bool, report: Report = lambda table, rows: None) -> Plan:
    """Rotate, or finish a rotation that was interrupted; `report` hears of every batch sealed anew.

    Running processes go on: they read the keys anew when they meet a number that they do not know.
    """
    plan = _plan(data)
    _add_master(plan)
    for workspace_id in _workspaces():
        _rewrap(plan, workspace_id)
        if plan.data:
            number = _new_data_key(workspace_id)
            with store.workspace(workspace_id):
                _seal_anew(number, report)
    _retire(plan)
    return plan


def unfinished() -> Plan | None:
    """The rotation that was interrupted, if any."""
    with store.read() as session:
        found = session.get(Setting, SETTING)
    return Plan(**found.value) if found else None


def stale_rows(number: int) -> int:
    """How many values of the current workspace are sealed under another key than `number`."""
    with store.read() as session:
        return sum(session.scalar(_stale(sealed, number, func.count())) or 0 for sealed in SEALED)


def _plan(data: bool) -> Plan:
    with store.write() as session:
        file = vault.lock_file(session)
        found = session.get(Setting, SETTING)
        if found is None:
            plan = Plan(keys.new_master()[0], data, sorted(file.keys))
            session.add(Setting(key=SETTING, value=asdict(plan)))
        else:
            plan = Plan(**{**found.value, "data": data or found.value["data"]})
            found.value = asdict(plan)
    crash.point("keys.planned")
    return plan


def _add_master(plan: Plan) -> None:
    with store.write() as session:
        file = vault.lock_file(session)
        if plan.master not in file.keys:
            fresh = {**file.keys, plan.master: keys.new_master()[1]}
            keys.replace(vault.key_path(), keys.KeyFile(plan.master, fresh))
    crash.point("keys.master_added")


def _workspaces() -> list[str]:
    with store.read() as session:
        return list(session.scalars(select(Workspace.id).order_by(Workspace.id)))


def _keys_of(session: Session, workspace_id: str) -> list[WorkspaceKey]:
    wanted = select(WorkspaceKey).where(WorkspaceKey.workspace_id == workspace_id)
    return list(session.scalars(wanted.order_by(WorkspaceKey.number)))


def _rewrap(plan: Plan, workspace_id: str) -> None:
    with store.write() as session:
        file = vault.lock_file(session)
        for row in _keys_of(session, workspace_id):
            if row.master != plan.master:
                key = keys.unwrap(file.keys[row.master], row.wrapped, vault.bound_to(row))
                row.wrapped = keys.wrap(file.keys[plan.master], key, vault.bound_to(row))
                row.master = plan.master
    crash.point("keys.rewrapped")


def _new_data_key(workspace_id: str) -> int:
    """The workspace's new data key, made unless this rotation made it before."""
    with store.write() as session:
        file = vault.lock_file(session)
        remembered = session.get_one(Setting, SETTING)
        done: dict[str, int] = remembered.value["numbers"]
        if workspace_id in done:
            return done[workspace_id]
        rows = _keys_of(session, workspace_id)
        _drop_unused(session, rows)
        number = max(row.number for row in rows) + 1
        session.execute(
            update(WorkspaceKey)
            .where(WorkspaceKey.workspace_id == workspace_id)
            .values(current=False)
        )
        session.add(vault.wrapped(file, workspace_id, number, "data", secrets.token_bytes(32)))
        numbers = {**done, workspace_id: number}
        remembered.value = {**remembered.value, "numbers": numbers}
    vault.forget(workspace_id)
    crash.point("keys.data_key")
    return number


def _drop_unused(session: Session, rows: list[WorkspaceKey]) -> None:
    """Drop data keys that were superseded long ago and that nothing is sealed under."""
    data = [row for row in rows if row.purpose == "data"]
    since = next(row.created_at for row in data if row.current)
    if clock.now() - since < SUPERSEDED:
        return
    with store.workspace(data[0].workspace_id):
        for row in data:
            if not row.current and not any(_uses(session, sealed, row.number) for sealed in SEALED):
                session.delete(row)


def _seal_anew(number: int, report: Report) -> None:
    """Pass over every sealed column until nothing is under another key.

    A later pass meets what was locked by somebody else during the one before (PostgreSQL).
    """
    while True:
        for sealed in SEALED:
            for rows in _batches(sealed, number):
                report(sealed.table, rows)
        if stale_rows(number) == 0:
            return


def _batches(sealed: Sealed, number: int) -> Iterator[int]:
    """Seal one column anew, batch by batch; yield how many values each had."""
    table: Any = Base.metadata.tables[sealed.table]
    key = list(table.primary_key)
    named = [table.c[name].label(f"row_{place}") for place, name in enumerate(sealed.row)]
    value = table.c[sealed.column]
    wanted = (
        _stale(sealed, number, *key, *named, value.label("sealed"))
        .order_by(*key)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    after: tuple[Any, ...] | None = None
    while True:
        began = time.monotonic()
        with store.write() as session:
            page = wanted if after is None else wanted.where(tuple_(*key) > tuple_(*after))
            rows = session.execute(page).all()
            for row in rows:
                name = ":".join(str(part) for part in row[len(key) : -1])
                fresh = vault.reseal(sealed.table, sealed.column, name, row.sealed)
                mine = [column == part for column, part in zip(key, row, strict=False)]
                session.execute(store.update_in(table).where(*mine).values({value.name: fresh}))
        if not rows:
            return
        crash.point("keys.resealed")
        yield len(rows)
        after = tuple(rows[-1][: len(key)])
        time.sleep(time.monotonic() - began)  # as long as it took: others write meanwhile


def _stale(sealed: Sealed, number: int, *columns: Any) -> Any:
    table = Base.metadata.tables[sealed.table]
    value = table.c[sealed.column]
    other = func.substr(value, 2, 4) != number.to_bytes(4, "big")
    return store.select_in(table, *columns).where(value.is_not(None), other)


def _uses(session: Session, sealed: Sealed, number: int) -> bool:
    table = Base.metadata.tables[sealed.table]
    under = func.substr(table.c[sealed.column], 2, 4) == number.to_bytes(4, "big")
    return session.execute(store.select_in(table).where(under).limit(1)).first() is not None


def _retire(plan: Plan) -> None:
    with store.write() as session:
        file = vault.lock_file(session)
        used = set(session.scalars(select(WorkspaceKey.master).distinct()))
        kept = {
            name: key for name, key in file.keys.items() if name in used or name not in plan.retire
        }
        keys.replace(vault.key_path(), keys.KeyFile(plan.master, kept))
        crash.point("keys.retired")
        for workspace_id in session.scalars(select(Workspace.id)).all():
            with store.workspace(workspace_id):
                actor = audit.Actor(None, "hanpan keys")
                audit.record(session, "keys.rotate", actor=actor, detail={"data": plan.data})
        session.delete(session.get_one(Setting, SETTING))
