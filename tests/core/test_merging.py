"""What a whole replacement would lose is named by where it stands."""

from __future__ import annotations

from typing import Any

import pytest

from core.merging import would_vanish

WHOLE = {
    "name": "면 티셔츠",
    "price": 0,
    "adult": False,
    "tags": ["여름", "면"],
    "seo": {"title": "티셔츠", "note": None},
    "rows": [{"id": 1, "code": "A"}, {"id": 2, "code": ""}],
    "empty": {},
}


def without(**changed: Any) -> dict[str, Any]:
    """The whole with some of it changed; None takes a field out."""
    return {name: value for name, value in (WHOLE | changed).items() if value is not None}


def test_the_same_loses_nothing() -> None:
    assert would_vanish(WHOLE, dict(WHOLE)) == []


def test_other_values_and_new_fields_are_no_loss() -> None:
    assert would_vanish(WHOLE, without(name="반팔", price=9, adult=True, fresh=1)) == []


@pytest.mark.parametrize(
    ("changed", "lost"),
    [
        ({"name": None}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"price": None, "adult": None}, ["price", "adult"]),
        ({"seo": {}}, ["seo.title"]),
        ({"seo": None}, ["seo"]),
        ({"tags": ["여름"]}, ["tags[1]"]),
        ({"tags": None}, ["tags"]),
        ({"rows": [{"id": 1}, {"id": 2}]}, ["rows[0].code"]),
        ({"rows": [{"id": 1, "code": "A"}]}, ["rows[1]"]),
    ],
)
def test_what_is_left_out_is_named(changed: dict[str, Any], lost: list[str]) -> None:
    assert would_vanish(WHOLE, without(**changed)) == lost


def test_what_was_empty_cannot_be_lost() -> None:
    assert would_vanish(WHOLE, without(empty=None)) == []
    assert would_vanish({"seo": {"note": None}}, {"seo": {}}) == []
    assert would_vanish(None, {}) == []
