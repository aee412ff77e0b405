"""The support matrix: derived from what plugins declare, and the document is held to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core import registry
from core.contracts.marketplace import Assumed
from core.contracts.text import Text
from core.registry import Registry
from core.support import Cell, Support, support
from scripts import matrix_doc


@pytest.fixture(scope="module")
def known() -> Registry:
    return registry.load()


@pytest.fixture(scope="module")
def every(known: Registry) -> list[Support]:
    assert len(known.marketplaces) >= 4
    return [support(known, key) for key in known.marketplaces]


def cell(offered: Support, operation: str) -> Cell:
    return next(one for one in offered.cells() if one.operation == operation)


def test_the_document_is_what_the_plugins_declare() -> None:
    written = matrix_doc.FILE.read_text(encoding="utf-8")
    assert written == matrix_doc.render(), "run python -m scripts.matrix_doc"


def test_each_dash_says_why_and_nothing_else_does(every: list[Support]) -> None:
    for offered in every:
        for one in offered.cells():
            assert (one.why_not is None) == one.offered, one.operation
            assert (one.mark == "–") == (not one.offered)


def test_each_template_type_has_a_cell_for_each_capability(
    known: Registry, every: list[Support]
) -> None:
    for offered in every:
        types = [one.key for one in known.templates_of(offered.marketplace)]
        assert [row.key for row in offered.templates] == types
        for row in offered.templates:
            told = [one.operation.rpartition(".")[2] for one in row.cells]
            assert told == ["import", "create", "update", "delete"]


def test_a_reading_that_confirms_takes_the_place_of_a_confirm(known: Registry) -> None:
    takes = [key for key, sync in known.orders.items() if sync.take_new is not None]
    assert takes
    for key in known.orders:
        offered = support(known, key)
        marks = [cell(offered, f"orders.{name}").offered for name in ("confirm", "take_new")]
        assert marks == [key not in takes, key in takes]


def test_what_is_assumed_is_marked_and_explained(known: Registry) -> None:
    market = known.marketplaces["smartstore"]
    note = Assumed(calls=("orders.claims",), text=Text("지었습니다.", "Composed."))
    changed = replace(
        known, marketplaces={**known.marketplaces, "smartstore": replace(market, assumed=(note,))}
    )
    one = cell(support(changed, "smartstore"), "orders.claims")
    assert (one.mark, one.assumed) == ("?", note.text)
    assert cell(support(known, "smartstore"), "orders.claims").mark == "✓"


def test_the_document_gives_every_reason() -> None:
    text = Path(matrix_doc.FILE).read_text(encoding="utf-8")
    known = registry.load()
    for key in known.marketplaces:
        for one in support(known, key).cells():
            reason = one.assumed if one.offered else one.why_not
            assert reason is None or reason.en in text, one.operation
