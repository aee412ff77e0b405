"""The files of 파트너 2.0: products a row each, and deals over several rows."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.files import reading
from core.practice import PracticeHost, start
from hanpan.api import (
    UNCHANGED,
    FileRow,
    MigrationParser,
    MigrationRow,
    SaleState,
)
from plugins.wemakeprice.listings import WORDS
from plugins.wemakeprice.migration import DEALS, NO_DEAL, PRODUCTS
from plugins.wemakeprice.sandbox import SANDBOX


@pytest.fixture(scope="module")
def shelf() -> Iterator[PracticeHost]:
    with start([SANDBOX], seed=None) as host:
        host.place("wemakeprice").seed("small", {"products": 60})
        yield host


def read(path: Path, parser: MigrationParser, table: Sequence[Sequence[Any]]) -> list[MigrationRow]:
    """What the parser makes of a workbook that core has read."""
    book = openpyxl.Workbook()
    for row in table:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    path.write_bytes(out.getvalue())
    with reading.read(path, parser.columns) as opened:
        found: list[FileRow] = [row for block in opened for row in block]
    return list(parser.rows(iter(found)))


def test_the_product_list_gives_the_whole_shelf(shelf: PracticeHost, tmp_path: Path) -> None:
    place = shelf.place("wemakeprice")
    found = read(tmp_path / "a.xlsx", PRODUCTS, place.export("products"))
    told = {row.listing.product_no: row.listing for row in found if row.listing is not None}
    ledger = place.ledger()["listings"]
    assert set(told) == set(ledger) and len(told) == 60
    for number, listing in told.items():
        held = ledger[number]
        assert (listing.price, listing.code) == (held["price"], held["code"])
        assert listing.state is WORDS[held["state"]] and listing.displayed is True
        assert listing.options is UNCHANGED


def test_the_deal_list_gives_every_deal_with_its_products(
    shelf: PracticeHost, tmp_path: Path
) -> None:
    place = shelf.place("wemakeprice")
    found = read(tmp_path / "a.xlsx", DEALS, place.export("deals"))
    assert [row.problem for row in found] == [None] * len(found)
    told = {row.group.group_no: row.group for row in found if row.group is not None}
    assert {number: list(deal.product_nos) for number, deal in told.items()} == {
        number: deal["products"] for number, deal in place.world.state["deals"].items()
    }
    assert {deal.state for deal in told.values()} == {SaleState.ON_SALE}
    assert all(deal.sale_ends is not None for deal in told.values())


def test_the_products_of_a_deal_may_stand_in_one_cell_or_be_apart(tmp_path: Path) -> None:
    table = [
        ["딜번호", "딜명", "상품번호"],
        [30000001, "봄 딜", "400000001, 400000002"],
        [30000002, "여름 딜", 400000003],
        [30000001, "봄 딜", 400000004],
        ["30000003", "빈 딜", ""],
    ]
    found = read(tmp_path / "a.xlsx", DEALS, table)
    assert [(row.number, row.group and list(row.group.product_nos)) for row in found] == [
        (2, ["400000001", "400000002", "400000004"]),
        (3, ["400000003"]),
        (5, None),
    ]
    assert found[2].problem is not None and "30000003" in found[2].problem.ko


def test_a_row_of_a_deal_that_is_none_is_a_problem_and_the_others_stand(tmp_path: Path) -> None:
    table = [
        ["딜번호", "딜명", "상품번호"],
        ["", "", 400000009],
        [30000001, "봄 딜", 400000001],
        ["", "", "SKU-1"],
        ["", "", 400000002],
        ["D-1", "이상한 딜", 400000003],
        ["", "", 400000004],
    ]
    found = read(tmp_path / "a.xlsx", DEALS, table)
    problems = {row.number: row.problem for row in found if row.problem is not None}
    assert problems[2] == problems[7] == NO_DEAL
    assert "SKU-1" in problems[4].ko and "D-1" in problems[6].ko
    (deal,) = [row.group for row in found if row.group is not None]
    assert list(deal.product_nos) == ["400000001", "400000002"]


def test_a_product_is_read_as_far_as_its_file_tells(tmp_path: Path) -> None:
    table = [["상품코드", "상품명", "할인가", "전시여부"], [400000001, "컵", "9,900원", "미노출"]]
    (row,) = read(tmp_path / "a.xlsx", PRODUCTS, table)
    listing = row.listing
    assert listing is not None
    assert (listing.product_no, listing.price, listing.displayed) == ("400000001", 9900, False)
    assert listing.code is listing.state is listing.sale_ends is UNCHANGED
