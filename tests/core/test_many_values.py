"""What is asked for by many values in one statement."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, select

from core import store
from core.models import Setting

SETTING: Any = Setting.__table__
LONGEST = SETTING.c.key.type.length


def found(*values: str) -> list[str]:
    """The keys that are there among these."""
    with store.read() as session:
        query = select(SETTING.c.key).order_by(SETTING.c.key)
        return [row.key for row in store.rows_among(session, query, SETTING.c.key, values)]


def test_rows_are_found_by_any_of_many_values(both_databases: str, store_bound: Any) -> None:
    keys = ["둘", "하나, '또'", "x" * LONGEST]
    with store.write() as session:
        session.add_all(Setting(key=key, value={}) for key in keys)
    many = [f"없음 {number}" for number in range(70_000)]  # more than a statement has parameters
    assert found(*many[:35_000], *keys, *many[35_000:], keys[0]) == sorted(keys)
    assert found("x" * LONGEST + "x") == [], "a value is not cut to the column's length"
    asked: list[str] = []
    event.listen(store.engine(), "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert found() == [] and asked == []
