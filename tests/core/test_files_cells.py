"""Cells are mended where that is certain, and told; what is not certain is a problem."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.contracts.file import ColumnKind
from core.files import headers
from core.files.blocks import Table
from core.files.child import book_of
from core.files.columns import Converter
from core.files.kinds import recognise
from core.files.told import Told
from tests.core import sheets
from tests.core.sheets import COLUMNS

HEAD = ("상품번호", "상품명", "판매가", "재고", "종료일", "진열")
NAMES = ("no", "name", "price", "stock", "ends", "shown")
GOOD = {"no": "A1", "name": "가방", "price": 1, "stock": 1, "ends": "2026-01-02", "shown": "Y"}


def row_of(tmp_path: Path, kind: str = "xlsx", **cells: Any) -> Any:
    """What becomes of a row with these cells, the others being good."""
    path = tmp_path / "a"
    table = [HEAD, [{**GOOD, **cells}[name] for name in NAMES]]
    if kind == "csv":
        out = io.StringIO()
        csv.writer(out).writerows(table)
        path.write_text(out.getvalue(), encoding="utf-8")
    else:
        path.write_bytes(sheets.xlsx(table))
    return sheets.one(path)


MENDED = [
    ("no", " 00123\u200b", "00123", "csv"),
    ("no", "'00123", "00123", "xlsx"),
    ("no", '="00123"', "00123", "csv"),
    ("no", "Ａ１２３", "A123", "xlsx"),
    ("no", "1.23456789012E+11", "123456789012", "csv"),
    ("name", "\u00a0가방\u00a0큰\u200b 것 ", "가방 큰 것", "xlsx"),
    ("name", "'가방", "가방", "xlsx"),
    ("price", "12,000원", 12000, "csv"),
    ("price", "₩ 1,200,000", 1200000, "xlsx"),
    ("price", "１２３４", 1234, "csv"),
    ("price", "12000", 12000, "xlsx"),
    ("price", "'12000", 12000, "csv"),
    ("stock", "30 개", 30, "xlsx"),
    ("ends", "2026. 1. 2.", date(2026, 1, 2), "csv"),
    ("ends", "2026년 1월 2일", date(2026, 1, 2), "xlsx"),
    ("ends", "20260102", date(2026, 1, 2), "csv"),
    ("ends", "26/01/02 13:00", date(2026, 1, 2), "csv"),
    ("ends", 46024, date(2026, 1, 2), "xlsx"),
]


@pytest.mark.parametrize(("name", "cell", "value", "kind"), MENDED)
def test_what_is_certain_is_mended_and_told(
    name: str, cell: Any, value: Any, kind: str, tmp_path: Path
) -> None:
    row = row_of(tmp_path, kind, **{name: cell})
    assert row.values[name] == value
    assert list(row.repairs) == [name]
    assert row.problems == {}


PLAIN = [
    ("no", 123456789012345.0, "123456789012345", "xlsx"),
    ("no", 1001, "1001", "xlsx"),
    ("name", "=1+1", "=1+1", "csv"),
    ("name", "-가방", "-가방", "csv"),
    ("name", "Levi's 'A'", "Levi's 'A'", "xlsx"),
    ("name", "'A' 가방", "'A' 가방", "xlsx"),
    ("name", "（특가）  가방", "（특가）  가방", "xlsx"),
    ("name", 12.5, "12.5", "xlsx"),
    ("name", "두\n줄", "두\n줄", "csv"),
    ("price", "12000", 12000, "csv"),
    ("price", "", None, "xlsx"),
    ("price", "9900.00", 9900, "csv"),
    ("ends", datetime(2026, 1, 2, 3, 4), date(2026, 1, 2), "xlsx"),
    ("ends", "2999-12-31 23:59:59", date(2999, 12, 31), "csv"),
    ("shown", "아니오", False, "csv"),
    ("shown", True, True, "xlsx"),
]


@pytest.mark.parametrize(("name", "cell", "value", "kind"), PLAIN)
def test_what_is_plain_is_taken_without_a_word(
    name: str, cell: Any, value: Any, kind: str, tmp_path: Path
) -> None:
    row = row_of(tmp_path, kind, **{name: cell})
    assert row.values[name] == value
    assert list(row.repairs) == []
    assert row.problems == {}


PROBLEMS = [
    ("no", "1.23E+11", "원래 값을 알 수 없습니다", "csv"),
    ("no", 1.2345678901234567e16, "15자리", "xlsx"),
    ("name", "x" * 32_001, "32,000자", "csv"),
    ("price", -100, "0보다 작은", "xlsx"),
    ("price", "(1,000)", "0보다 작은", "csv"),
    ("price", 10_000_000_000, "너무 큽니다", "xlsx"),
    ("price", "99999999999999999999", "너무 큽니다", "csv"),
    ("price", "문의", "숫자가 아닙니다", "xlsx"),
    ("price", 99.5, "정수가 아닙니다", "xlsx"),
    ("price", "99.5", "정수가 아닙니다", "csv"),
    ("price", "12,00", "숫자가 아닙니다", "csv"),
    ("stock", 100_000_000, "너무 큽니다", "xlsx"),
    ("stock", True, "숫자가 아닙니다", "xlsx"),
    ("ends", "2026-02-30", "날짜가 아닙니다", "csv"),
    ("ends", 12.5, "날짜가 아닙니다", "xlsx"),
    ("ends", "0001-01-01", "날짜가 아닙니다", "csv"),
    ("shown", "아마도", "예/아니오", "csv"),
    ("price", "=1+1", "수식", "xlsx"),
]


@pytest.mark.parametrize(("name", "cell", "reason", "kind"), PROBLEMS)
def test_what_is_not_certain_is_a_problem_of_its_cell_alone(
    name: str, cell: Any, reason: str, kind: str, tmp_path: Path
) -> None:
    row = row_of(tmp_path, kind, **{name: cell})
    assert row.values[name] is None
    assert list(row.problems) == [name]
    assert reason in row.problems[name].ko
    others = {other: row.values[other] for other in NAMES if other != name}
    assert None not in others.values()


def test_the_cached_value_of_a_formula_is_used_and_an_error_is_a_problem(tmp_path: Path) -> None:
    cells = b"".join(
        sheets.cell_xml(f"{letter}1", header) for letter, header in zip("ABCD", HEAD, strict=False)
    )
    row = (
        b'<c r="A2" t="str"><f>"A"&amp;1</f><v>A1</v></c>' + sheets.cell_xml("B2", "x")
        + b'<c r="C2"><f>1+1</f><v>2</v></c><c r="D2" t="e"><v>#N/A</v></c>'
    )  # fmt: skip
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        sheets.with_sheet(b'<row r="1">' + cells + b'</row><row r="2">' + row + b"</row>")
    )
    read = sheets.one(path)
    assert read.values == {"no": "A1", "name": "x", "price": 2, "stock": None}
    assert "오류값" in read.problems["stock"].ko


def test_repairs_are_counted_by_kind(tmp_path: Path) -> None:
    table = [HEAD[:3], ["A1", "a", "1,000원"], ["A2", "b", "2,000"], ["Ａ3", "c", "3"]]
    path = tmp_path / "a.csv"
    path.write_text(sheets.delimited(table), encoding="utf-8")
    _, told = sheets.read(path)
    counted = {repair.value: count for repair, count in told.repairs.items()}
    assert counted == {"separators": 2, "unit": 1, "wide": 1}
    assert all(repair.label.ko for repair in told.repairs)


def test_codes_shorter_than_those_with_zeros_may_have_lost_theirs(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(sheets.xlsx([HEAD[:2], ["00123", "a"], ["12345", "b"], [77, "c"]]))
    rows, told = sheets.read(path)
    assert [row.values["no"] for row in rows] == ["00123", "12345", "77"]
    assert told.lost_zeros == {"no": 1}
    path.write_bytes(sheets.xlsx([HEAD[:2], ["12345", "b"], [77, "c"]]))
    assert sheets.read(path)[1].lost_zeros == {}


@pytest.mark.parametrize("word", ["합계", "총 계", "소계:", "Total"])
@pytest.mark.parametrize("column", [0, 1])
def test_totals_are_left_out_and_counted(word: str, column: int, tmp_path: Path) -> None:
    total = ["", "", 30]
    total[column] = word
    path = tmp_path / "a.xlsx"
    path.write_bytes(sheets.xlsx([HEAD[:3], ["1", "합계", 10], ["2", "b", 20], total]))
    rows, told = sheets.read(path)
    assert [row.values["no"] for row in rows] == ["1", "2"]
    assert told.totals == 1


def test_a_row_without_a_code_that_is_no_total_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(sheets.xlsx([HEAD[:3], ["", "가방", 10]]))
    assert sheets.one(path).values == {"no": None, "name": "가방", "price": 10}


def test_blank_rows_are_skipped_and_counted_and_numbers_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    table = [HEAD[:3], [], ["1", "a", 0], ["  ", None, None], [], ["2", "b", 1]]
    path.write_bytes(sheets.xlsx(table))
    rows, told = sheets.read(path)
    assert [(row.number, row.values["price"]) for row in rows] == [(3, 0), (6, 1)]
    assert told.blank == 3


def test_a_row_with_more_cells_than_the_header_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("상품번호,상품명,판매가\n1,큰, 가방,100\n2,b,200,,\n", encoding="utf-8")
    rows, _ = sheets.read(path)
    assert "머리글보다 많습니다" in rows[0].problems[""].ko
    assert rows[1].problems == {}


def test_a_shorter_row_ends_in_empty_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("상품번호,상품명,판매가\n1,a\n", encoding="utf-8")
    assert sheets.one(path).values == {"no": "1", "name": "a", "price": None}


# -- whatever table is written comes back ------------------------------------------------------

_LETTERS = st.characters(codec="cp949", exclude_categories=("C", "Z"), exclude_characters="'=＇＝")
_WORD = st.text(_LETTERS, min_size=1, max_size=12)
_CODE = st.text("ABCXYZ0123456789-", min_size=1, max_size=12).map(lambda text: "K" + text)
_ROW = st.tuples(_CODE, _WORD, st.none() | st.integers(0, 9_999_999_999))
_THREE = COLUMNS[:3]


def in_process(data: bytes) -> list[Sequence[Any]]:
    """The rows of a file, read without a child."""
    sheet = book_of(recognise(data)).sheet(0)
    found = headers.find(sheet.name, list(sheet.rows())[:30], _THREE)
    assert found is not None
    table = Table(sheet, _THREE, Told("", "", found))
    return [tuple(row.values.values()) for block in table.blocks() for row in block.rows()]


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(_ROW, min_size=1, max_size=12))
def test_whatever_table_is_written_comes_back_the_same(rows: list[tuple[Any, ...]]) -> None:
    table = [HEAD[:3], *rows]
    blank = [["" if cell is None else cell for cell in row] for row in table]
    assert in_process(sheets.xlsx(table)) == rows
    assert in_process(sheets.delimited(blank).encode("cp949")) == rows
    assert in_process(sheets.html(blank).encode()) == rows
    assert in_process(sheets.spreadsheetml(blank).encode("utf-16")) == rows


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=20) | st.floats() | st.booleans(), min_size=1, max_size=5))
def test_no_cell_stops_the_reading(cells: list[Any]) -> None:
    for kind in ColumnKind:
        made = Converter(kind, typed=True).block(cells)
        assert len(made.values) == len(cells)
        assert set(made.problems) <= {at for at, value in enumerate(made.values) if value is None}


def test_whether_a_cell_is_read_alone_or_in_a_block_makes_no_difference() -> None:
    cells: list[Any] = ["1", " 2 ", "", "3,000", 4.0, "x", "2026-01-02", "'7", "\u200b8", "E+", "Y"]
    for kind in ColumnKind:
        for typed in (True, False):
            whole = Converter(kind, typed=typed).block(cells).values
            alone = [Converter(kind, typed=typed).block([cell]).values[0] for cell in cells]
            assert whole == alone
