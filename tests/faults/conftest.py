"""A shop to break, of which the marketplace never has to punish a call in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from core.services import passwords
from tests.faults.shop import Shop


@pytest.fixture
def open_shop(database: str, tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    """Open a shop with other settings: `open_shop(lease=2)`. It has no channel yet."""
    with ExitStack() as stack:
        opened: list[Shop] = []

        def opening(**chosen: Any) -> Shop:
            assert not opened, "one shop a test"
            folder = tmp_path / "shop"
            folder.mkdir()
            opened.append(stack.enter_context(Shop(folder, database, **chosen)))
            return opened[0]

        yield opening
        for shop in opened:
            assert not shop.world("ledger").get("token_punishments"), "we were punished"


@pytest.fixture
def shop(open_shop: Callable[..., Shop]) -> Shop:
    """A shop with a connected practice channel, everything of its small world collected."""
    found = open_shop()
    found.connect()
    found.collect()
    return found


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords that are hashed in no time: how they are hashed is tested elsewhere."""
    quick = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()
