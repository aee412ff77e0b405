"""Before a worker forks it rehearses an idle poll: nothing stays behind, nothing is left to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core import settings, store, vault
from core.ledger import claims, drain, rehearsal
from core.ledger.run import forget_connections
from core.models import Base
from tests.faults.shop import CHANGES, Shop


def rows() -> dict[str, list[Any]]:
    """Every row of every table."""
    with store.engine().connect() as connection:
        return {
            name: sorted(map(repr, connection.execute(select(table))))
            for name, table in Base.metadata.tables.items()
        }


def compiled() -> set[str]:
    """The statements that the engine has compiled."""
    cache = store.engine()._compiled_cache
    assert cache is not None
    return {str(cache[key]) for key in list(cache)}


def warm(shop: Shop) -> None:
    """What `core.work.warm` leaves to a work-horse."""
    store.engine().dispose()
    store.bind(store.make_engine(shop.url))
    vault.load(settings.current().keys_file)
    rehearsal.rehearse()
    forget_connections()


@pytest.mark.usefixtures("both_databases")
def test_a_rehearsal_leaves_nothing_behind(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop()
    shop.connect()
    shop.collect()
    before = rows()
    warm(shop)
    assert rows() == before
    assert before["command"] and before["channel"] and before["lane"]


@pytest.mark.usefixtures("both_databases")
def test_an_idle_poll_compiles_no_statement_that_was_not_rehearsed(
    open_shop: Callable[..., Shop],
) -> None:
    shop = open_shop()
    shop.connect()
    shop.collect()
    shop.quiet()
    shop.pass_time(3600)
    shop.drain()  # what is still on its way after the first collection
    shop.pass_time(3600)
    warm(shop)
    before, polls = shop.last_call(), shop.standing().polls
    rehearsed = compiled()  # and what this test says
    drain.drain("sync")
    assert not claims.anything_due("sync")
    told = compiled() - rehearsed
    assert shop.calls(CHANGES, after=before), "it did not poll"
    assert shop.standing().polls == polls + 1
    assert told == set(), "\n\n".join(told)
