"""What JSON columns keep: everything that came, also what the fast way of writing cannot."""

from __future__ import annotations

from typing import Any

import pytest

from core import store
from core.models import Setting

ODD: dict[str, Any] = {
    "half a letter": "\ud83d",
    "a large number": 2**70,
    "numbers as names": {"1": "하나"},
    "plain": ["가", 1, None, True, 1.5],
}


@pytest.mark.parametrize("name", list(ODD))
def test_what_is_kept_comes_back_as_it_was(name: str, store_bound: Any) -> None:
    with store.write() as session:
        session.add(Setting(key="odd", value={"it": ODD[name]}))
    with store.read() as session:
        assert session.get_one(Setting, "odd").value == {"it": ODD[name]}
