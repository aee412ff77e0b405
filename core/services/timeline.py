"""Entries of ours in a history: the timeline of an order line, what became of a listing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session

from core import clock, row_writes
from core.models import new_id


def note(
    session: Session,
    table: Table,
    of: str,
    ids: Sequence[str],
    kind: str,
    who: str,
    key: str,
    detail: dict[str, Any],
) -> None:
    """Add one entry for each of these, once per `key`; `of` is the column that names them."""
    now = clock.now()
    rows = [
        {
            "id": new_id(), of: one, "key": f"{kind}:{key}"[:120], "at": now,
            "who": who[:80], "kind": kind, "detail": detail,
        }
        for one in ids
    ]  # fmt: skip
    row_writes.insert_new(session, table, rows, ("workspace_id", of, "key"))
