"""What is written opens as it was meant: numbers right, no formula, and bad rows with a reason."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import PatternFill

from core.files import writing
from core.files.told import ByHand
from tests.core import sheets
from tests.core.sheets import HEAD

REASONS = {3: "상품번호가 이미 있습니다.", 5: "=이름이 없습니다."}
TABLE = (HEAD, ["1", "좋음", 10], ["2", "나쁨", 20], ["3", "좋음", 30], ["004", "=1+1", 40])


def opened(path: Path) -> Any:
    """The first sheet, as openpyxl has it."""
    return openpyxl.load_workbook(path).worksheets[0]


def cells(path: Path) -> list[list[Any]]:
    """What stands in the first sheet."""
    return [list(row) for row in opened(path).iter_rows(values_only=True)]


def test_an_export_opens_as_it_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    rows = [["001", 12000, date(2026, 1, 2), None, True], ["123456789012345678", 10**17, "", 1.5]]
    count = writing.write_rows(path, ["상품번호", "판매가", "날짜", "빈칸", "진열"], iter(rows))
    assert count == 2
    page = opened(path)
    assert page["A1"].value == "상품번호"
    assert page["A1"].font.bold
    assert (page["A2"].value, page["A3"].value) == ("001", "123456789012345678")
    assert (page["B2"].value, page["B2"].data_type) == (12000, "n")
    assert (page["B3"].value, page["B3"].data_type) == (str(10**17), "s")
    assert page["C2"].value.date() == date(2026, 1, 2)
    assert page["C2"].number_format == "yyyy-mm-dd"
    assert page["E2"].value is True
    assert page.freeze_panes == "A2"
    assert page.column_dimensions["A"].width > 18


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_text_becomes_a_formula(start: str, tmp_path: Path) -> None:
    text = start + "cmd|' /C calc'!A0"
    path = tmp_path / "a.xlsx"
    writing.write_rows(path, ["이름"], [[text], ["https://example.com"], ["보통"]])
    page = opened(path)
    assert page["A2"].data_type == "s"
    assert page["A2"].value.replace("_x000D_", "\r") == text
    assert page["A2"].quotePrefix
    assert not page["A4"].quotePrefix
    assert page["A3"].hyperlink is None


def test_an_export_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    rows = [(str(number), f"=상품 {number}", number) for number in range(1, 700)]
    writing.write_rows(path, HEAD, rows)
    read = [tuple(row.values()) for row in sheets.values(path)]
    assert read == rows


def test_a_full_sheet_is_followed_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_ROWS_A_SHEET", 4)
    target = io.BytesIO()
    assert (
        writing.write_rows(target, ["번호"], ([number] for number in range(7)), sheet="상품") == 7
    )
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["상품", "상품 2", "상품 3"]
    values = [[cell for (cell,) in page.iter_rows(values_only=True)] for page in book.worksheets]
    assert values == [["번호", 0, 1, 2], ["번호", 3, 4, 5], ["번호", 6]]


def test_an_xlsx_is_given_back_with_its_looks_and_bad_rows_only(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.title = "상품"
    for row in TABLE:
        page.append(row)
    page["B5"].data_type = "s"
    page["C5"] = "=C4+10"
    page["B3"].fill = PatternFill("solid", fgColor="FFFF00")
    page.column_dimensions["B"].width = 33
    page.merge_cells("A3:A4")
    book.create_sheet("안내").append(["그대로"])
    path, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    path.write_bytes(sheets.saved(book))
    _, told = sheets.read(path)
    writing.write_back(target, path, told.found, REASONS)
    assert cells(target) == [
        [*HEAD, writing.REASON.ko],
        ["2", "나쁨", 20, REASONS[3]],
        ["004", "=1+1", None, REASONS[5]],
    ]
    page = opened(target)
    assert page["B2"].fill.fgColor.rgb == "00FFFF00"
    assert page["B3"].fill.fgColor.rgb != "00FFFF00"
    assert page.column_dimensions["B"].width == 33
    assert (page["B3"].data_type, page["D3"].data_type) == ("s", "s")
    assert openpyxl.load_workbook(target)["안내"]["A1"].value == "그대로"


@pytest.mark.parametrize("kind", ["csv", "html", "xls", "xml"])
def test_any_other_file_is_given_back_as_a_new_one_with_its_columns(
    kind: str, tmp_path: Path
) -> None:
    path, target = tmp_path / "a", tmp_path / "b.xlsx"
    made = {
        "csv": lambda: sheets.delimited(TABLE).encode("cp949"),
        "html": lambda: sheets.html(TABLE).encode("cp949"),
        "xls": lambda: sheets.xls(TABLE),
        "xml": lambda: sheets.spreadsheetml(TABLE).encode(),
    }
    path.write_bytes(made[kind]())
    _, told = sheets.read(path)
    writing.write_back(target, path, told.found, REASONS)
    assert cells(target) == [
        [*HEAD, writing.REASON.ko],
        ["2", "나쁨", "20", REASONS[3]],
        ["004", "=1+1", "40", REASONS[5]],
    ]
    assert opened(target)["B3"].data_type == "s"


def test_what_is_given_back_can_be_mended_and_read_again(tmp_path: Path) -> None:
    path, target = tmp_path / "a.csv", tmp_path / "b.xlsx"
    path.write_text(sheets.delimited([["목록"], *TABLE]), encoding="utf-8")
    _, told = sheets.read(path)
    writing.write_back(
        target, path, told.found, {number + 1: why for number, why in REASONS.items()}
    )
    rows, again = sheets.read(target)
    assert [row.values["no"] for row in rows] == ["2", "004"]
    assert again.found.unknown == [writing.REASON.ko]


def test_a_large_xlsx_is_given_back_as_a_new_one(tmp_path: Path) -> None:
    path, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    rows = [(str(number), "가" * 200 + str(number), number) for number in range(50_000)]
    writing.write_rows(path, HEAD, rows)
    _, told = sheets.read(path)
    writing.write_back(target, path, told.found, {50_001: "마지막 행입니다."})
    assert cells(target) == [
        [*HEAD, writing.REASON.ko],
        ["49999", rows[-1][1], "49999", "마지막 행입니다."],
    ]


def test_cells_beyond_the_header_and_a_missing_header_lose_nothing(tmp_path: Path) -> None:
    path, target = tmp_path / "a.csv", tmp_path / "b.xlsx"
    path.write_text("1,큰, 가방,100\n2,b\n", encoding="utf-8")
    mapping = ByHand("CSV", 0, {"no": 0, "name": 1})
    _, told = sheets.read(path, mapping=mapping)
    writing.write_back(target, path, told.found, {1: "쉼표", 2: "가격"})
    assert cells(target)[1:] == [
        ["1", "큰", " 가방", "100", "쉼표"],
        ["2", "b", None, None, "가격"],
    ]
