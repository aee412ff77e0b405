"""A plugin that raises what it should not: the work goes on, and what it says stays unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from core import registry, store
from core.contracts.text import Text
from core.ledger.run import forget_connections
from core.models import Base, OrderLine
from core.services import channels
from core.services.outcome import Wrong
from tests.faults.shop import CONFIRM, Shop
from tests.faults.stage import TESTER

CANARY = "홍카나-010-7391-4682"


@contextmanager
def declared(table: str, **changed: Any) -> Iterator[None]:
    """Let the plugin declare something otherwise; connections are made anew."""
    known = registry.current()
    found = getattr(known, table)
    registry.use(replace(known, **{table: {"smartstore": replace(found["smartstore"], **changed)}}))
    forget_connections()
    try:
        yield
    finally:
        registry.use(known)
        forget_connections()


def raising(error: Exception) -> Any:
    """A callable of a plugin that fails in its own way, a buyer's name on its lips."""

    def fail(*args: Any) -> Any:
        try:
            raise LookupError(CANARY)
        except LookupError as first:
            raise error from first

    return fail


def stored() -> Iterator[str]:
    """Every value of every row, as text; what is sealed is not read."""
    with store.all_workspaces(), store.read() as session:
        for mapper in Base.registry.mappers:
            for row in session.scalars(select(mapper.class_)):
                yield from (str(value) for value in vars(row).values())


@pytest.mark.parametrize("where", ["changes", "connect"])
@pytest.mark.parametrize("error", [ValueError(CANARY), RuntimeError(CANARY), KeyError(CANARY)])
def test_what_a_plugins_error_says_is_neither_logged_nor_stored(
    shop: Shop, caplog: pytest.LogCaptureFixture, where: str, error: Exception
) -> None:
    table = "forms" if where == "connect" else "orders"
    with declared(table, **{where: raising(error)}):
        shop.collect()
    failed = shop.standing()
    assert (failed.state, failed.error_code, failed.attempt) == ("ready", "ContractError", 1)
    assert type(error).__name__ in caplog.text and "test_plugin_errors.py" in caplog.text
    assert CANARY not in caplog.text
    assert not [text for text in stored() if CANARY in text]
    shop.pass_time(300)
    shop.drain()
    assert shop.standing().error_code == "", "it goes on when the plugin is mended"


def test_a_line_of_a_plugin_that_is_none_of_the_contract_is_named_and_not_stored(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    changes = registry.current().orders["smartstore"].changes

    def misread(client: Any, cursor: str) -> Any:
        page = changes(client, cursor)
        return replace(page, items=[replace(line, quantity="1") for line in page.items])

    def lines() -> int:
        with store.all_workspaces(), store.read() as session:
            return len(session.scalars(select(OrderLine.id)).all())

    before = lines()
    shop.act("new_order", orders=1, lines=1)
    with declared("orders", changes=misread):
        shop.collect()
    failed = shop.standing()
    assert (failed.state, failed.error_code, failed.attempt) == ("ready", "ContractError", 1)
    assert "[0].quantity: int or Unchanged was expected, not str" in caplog.text
    assert lines() == before
    shop.pass_time(300)
    shop.drain()
    assert lines() == before + 1, "mended, it goes on"


def test_a_write_of_a_plugin_that_raises_is_read_back_and_not_repeated(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    keys = shop.arrive(2)
    sync = registry.current().orders["smartstore"]
    assert sync.confirm is not None
    send = sync.confirm.send

    def send_and_stumble(client: Any, items: Any) -> Any:
        send(client, items)
        raise ValueError(CANARY)

    with declared("orders", confirm=replace(sync.confirm, send=send_and_stumble)):
        command = shop.press(keys)
        shop.quiet()
    assert shop.command(command).state == "done"
    assert len(shop.calls(CONFIRM)) == 1
    assert shop.confirms(keys) == [1, 1]
    assert CANARY not in caplog.text
    assert shop.broken() == []


def test_a_check_of_a_form_that_raises_does_not_keep_a_seller_out(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    form = registry.current().forms["smartstore"]
    typed = {field.name: "" for field in form.fields} | {"store": "본점", "seller_id": "me"}
    with store.workspace(shop.workspace_id):
        with declared("forms", check=raising(KeyError("x")), fields=form.fields[:0]):
            assert channels.add("smartstore", typed, TESTER, submission="1" * 32)
        assert "a plugin's check raised" in caplog.text
        reason = {"store": Text("다른 이름이어야 합니다.", "Another name.")}
        with (
            declared("forms", check=lambda values: reason, fields=form.fields[:0]),
            pytest.raises(Wrong) as wrong,
        ):
            channels.add("smartstore", typed, TESTER, submission="2" * 32)
        assert wrong.value.fields == reason
