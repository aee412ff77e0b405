"""What every change of stock asks the database is answered by indexes, however much there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from core import store, work
from core.models import ListingOption
from core.services import extension, matching, publishing, push_doubts, push_rows, push_waking
from core.services.matching import Part
from tests.core import goods

LARGE = r"(SEARCH|SCAN) (listing|listing_option|listing_push|match_part|sku|command)\b"
FEW = r"ix_listing_push_(due|doubt|refused)"
"""Indexes of the few rows that wait for something."""


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """Every SELECT that the block makes, with its parameters."""
    found: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        if statement.startswith("SELECT"):
            found.append((statement, parameters))

    event.listen(store.engine(), "before_cursor_execute", note)
    yield found
    event.remove(store.engine(), "before_cursor_execute", note)


@pytest.mark.usefixtures("store_bound")
def test_no_large_table_is_read_from_end_to_end() -> None:
    work.begin()
    shop = goods.channel()
    sku = goods.sku("A", 9)
    (option,) = goods.listing(shop, "1")
    with store.write() as session:
        matching.match(session, {option: [Part(sku)]}, how="hand", who="시험")
        row = session.get(ListingOption, option)
        assert row is not None
        listing = row.listing_id
    with asked() as statements:
        with store.write() as session:
            assert publishing.link(session, [listing], True, "시험") == {}
        with store.write() as session:
            publishing.refresh(session, sku_ids=[sku])
        with store.read() as session:
            assert push_rows.due(session, shop.id, "stock", 20)
            assert push_rows.refused(session) == 0
            assert push_doubts.of_channel(session, shop.id) == []
            assert extension.report(session) is None
        push_waking.look()
    assert len(statements) > 12
    assert [slow for one in statements for slow in _slow(*one)] == []


def _slow(statement: str, parameters: Any) -> list[str]:
    """Steps of a statement's plan that read a large table, or all that a workspace has of it."""
    with store.engine().connect() as connection:
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
        steps = [str(row[3]) for row in plan]
    return [
        f"{step}: {statement[:90]}"
        for step in steps
        if re.match(LARGE, step) and not re.search(FEW, step)
        if step.startswith("SCAN") or step.endswith("(workspace_id=?)")
    ]
