"""The product list of 판매자매니저."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.files import reading
from core.practice import start
from hanpan.api import UNCHANGED, FileRow, MigrationRow, SaleState
from plugins.interpark.listings import STATES
from plugins.interpark.migration import COLUMNS, PARSER
from plugins.interpark.sandbox import SANDBOX


def read(path: Path, table: list[list[Any]]) -> list[MigrationRow]:
    """What the parser makes of a workbook that core has read."""
    book = openpyxl.Workbook()
    for row in table:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    path.write_bytes(out.getvalue())
    with reading.read(path, COLUMNS) as opened:
        found: list[FileRow] = [row for block in opened for row in block]
    return list(PARSER.rows(iter(found)))


def test_the_file_gives_the_whole_shelf(tmp_path: Path) -> None:
    with start([SANDBOX], seed=None) as host:
        place = host.place("interpark")
        place.seed("small", {"products": 60})
        place.act("sell_out", {"product_no": "7100000200"})
        found = read(tmp_path / "a.xlsx", [list(row) for row in place.export("products")])
        ledger = place.ledger()["listings"]
    told = {row.listing.product_no: row.listing for row in found if row.listing is not None}
    assert set(told) == set(ledger) and len(told) == 60
    for number, listing in told.items():
        held = ledger[number]
        assert (listing.name, listing.price, listing.code) == (
            held["name"], held["price"], held["code"],
        )  # fmt: skip
        assert listing.state is STATES[held["state"]][1]
        assert listing.options is listing.displayed is listing.sale_ends is UNCHANGED


@pytest.mark.parametrize(
    ("head", "code"),
    [("업체상품코드", "SKU-1"), ("원상품번호", "SKU-1"), ("판매자 상품코드", "SKU-1")],
)
def test_columns_are_found_by_what_they_may_be_called(tmp_path: Path, head: str, code: str) -> None:
    table = [
        ["상품명", "인터파크 상품번호", head, "상품상태"],
        ["컵", 7100000100, code, "일시 품절"],
    ]
    (row,) = read(tmp_path / "a.xlsx", table)
    assert row.listing is not None
    assert (row.listing.product_no, row.listing.code) == ("7100000100", code)
    assert row.listing.state is SaleState.SOLD_OUT and row.listing.price is UNCHANGED


def test_a_row_that_is_no_product_says_why(tmp_path: Path) -> None:
    table = [
        ["상품번호", "상품명", "판매가"],
        ["", "컵", 1],
        [1, "컵", -5],
        [2, "컵", 1],
        [2, "컵", 1],
    ]
    found = read(tmp_path / "a.xlsx", table)
    good = [row.listing.product_no for row in found if row.listing and row.problem is None]
    assert good == ["2"]
    assert all(row.problem is None or row.problem.en for row in found)
