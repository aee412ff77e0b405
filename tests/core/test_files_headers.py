"""The header is found by its names: anywhere near the top, on any sheet, in any order."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from core.contracts.file import Column
from core.contracts.text import Text
from core.files import reading
from core.files.told import ByHand
from tests.core import sheets
from tests.core.sheets import HEAD, ROWS

TABLE = (HEAD, *ROWS)
WANTED = [dict(zip(("no", "name", "price"), row, strict=True)) for row in ROWS]


def written(folder: Path, data: bytes, name: str = "a.xlsx") -> Path:
    """A file of these bytes."""
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_header_stands_under_titles_in_any_order_among_others(tmp_path: Path) -> None:
    table = [
        ["상품목록 (2026-11-22)"],
        [],
        ["조회 조건", "전체"],
        ["판매가 (원)", "비고", " 상품 이름 ", "상품\n번호*"],
        [12000, "x", "파란 가방", "1001"],
    ]
    rows, told = sheets.read(written(tmp_path, sheets.xlsx(table)))
    assert rows[0].values == {"no": "1001", "name": "파란 가방", "price": 12000}
    assert rows[0].number == 5
    assert told.found.row == 4
    assert told.found.columns == {"no": 3, "name": 2, "price": 0}
    assert told.found.headers["price"] == "판매가 (원)"
    assert told.found.unknown == ["비고"]
    assert told.found.missing == ["stock", "ends", "shown"]


@pytest.mark.parametrize(
    "header", ["상품번호", "상품 번호", "[필수] 상품번호", "상품번호(옵션)", "※상품번호"]
)
def test_blanks_brackets_and_marks_do_not_matter(header: str, tmp_path: Path) -> None:
    path = written(tmp_path, sheets.xlsx([[header, "상품명"], ["1", "a"]]))
    assert sheets.one(path).values == {"no": "1", "name": "a"}


def test_width_and_case_do_not_matter(tmp_path: Path) -> None:
    columns = (
        Column(name="code", label=Text("코드", "Code"), headers=("SKU코드",), required=True),
    )
    path = written(tmp_path, sheets.xlsx([["ｓｋｕ코드"], ["a"]]))
    assert sheets.one(path, columns).values == {"code": "a"}


def test_the_sheet_that_has_the_columns_is_read(tmp_path: Path) -> None:
    data = sheets.xlsx(
        [["안내"], ["상품번호를 확인하세요"]], 코드표=[["상품번호", "설명"]], 상품=TABLE
    )
    rows, told = sheets.read(written(tmp_path, data))
    assert [row.values for row in rows] == WANTED
    assert told.found.sheet == "상품"


def test_a_visible_sheet_is_read_before_a_hidden_one(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.sheet_state = "hidden"
    for row in [HEAD, ["9", "숨은 것", 1]]:
        book.active.append(row)
    page = book.create_sheet("상품")
    for row in TABLE:
        page.append(row)
    rows, _ = sheets.read(written(tmp_path, sheets.saved(book)))
    assert [row.values for row in rows] == WANTED


def test_two_header_rows_count_as_one(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.append(["상품번호", "상품", None, "가격", None])
    page.append([None, "상품명", "옵션", "판매가", "원가"])
    page.append(["1001", "가방", "파랑", 12000, 7000])
    page.merge_cells("A1:A2")
    page.merge_cells("B1:C1")
    page.merge_cells("D1:E1")
    columns = (
        *sheets.COLUMNS[:3],
        Column(name="cost", label=Text("원가", "Cost"), headers=("가격 원가",)),
    )
    rows, told = sheets.read(written(tmp_path, sheets.saved(book)), columns)
    assert told.found.row == 2
    assert rows[0].number == 3
    assert rows[0].values == {"no": "1001", "name": "가방", "price": 12000, "cost": "7000"}


def test_two_header_rows_of_a_page_count_as_one(tmp_path: Path) -> None:
    page = (
        "<table><tr><th rowspan=2>상품번호<th colspan='2'>상품</tr>"
        "<tr><th>상품명</th><th>판매가</th></tr>"
        "<tr><td>1001<td>가방<br>큰 것&nbsp;<td>12,000</tr></table>"
    )
    row = sheets.one(written(tmp_path, page.encode(), "a.xls"))
    assert row.values == {"no": "1001", "name": "가방\n큰 것", "price": 12000}
    assert row.number == 3


def test_cells_merged_downwards_are_filled_in_and_it_is_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    for row in [HEAD, ["1001", "파랑", 1], [None, "빨강", 2], [None, "노랑", 3], [None, "없음", 4]]:
        page.append(row)
    page.merge_cells("A2:A4")
    rows, told = sheets.read(written(tmp_path, sheets.saved(book)))
    assert [row.values["no"] for row in rows] == ["1001", "1001", "1001", None]
    assert [list(row.repairs) for row in rows] == [[], ["no"], ["no"], []]
    assert {repair.value: count for repair, count in told.repairs.items()} == {"merged": 2}


def test_of_two_equal_headers_the_first_is_read_and_it_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, sheets.xlsx([["상품번호", "상품명", "상품명"], ["1", "a", "b"]]))
    rows, told = sheets.read(path)
    assert rows[0].values == {"no": "1", "name": "a"}
    assert told.found.twice == ["상품명"]


def test_an_exact_header_goes_before_one_with_brackets(tmp_path: Path) -> None:
    path = written(
        tmp_path, sheets.xlsx([["상품번호(구)", "상품번호", "상품명"], ["old", "new", "a"]])
    )
    assert sheets.one(path).values["no"] == "new"


def test_a_missing_column_is_named_and_shown_to_map_by_hand(tmp_path: Path) -> None:
    path = written(tmp_path, sheets.xlsx([["제목"], ["품번", "상품명"], ["1001", "가방"]]))
    with pytest.raises(reading.HeadersMissing) as refused:
        sheets.read(path)
    assert "상품번호" in refused.value.text.ko
    assert "Product number" in refused.value.text.en
    assert "상품명" not in refused.value.text.ko
    (sheet,) = refused.value.look.sheets
    assert sheet.rows == [["제목", ""], ["품번", "상품명"], ["1001", "가방"]]

    by_hand = ByHand(sheet.name, 2, {"no": 0, "name": 1})
    rows, told = sheets.read(path, mapping=by_hand)
    assert [row.values for row in rows] == [{"no": "1001", "name": "가방"}]
    assert told.found.headers == {"no": "품번", "name": "상품명"}
    assert told.found.by_hand() == by_hand


def test_a_mapping_to_a_sheet_that_is_gone_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, sheets.xlsx(TABLE))
    with pytest.raises(reading.FileRefused) as refused:
        sheets.read(path, mapping=ByHand("없는 시트", 1, {"no": 0, "name": 1}))
    assert "없는 시트" in refused.value.text.ko


def test_a_table_may_begin_away_from_the_corner(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for at, row in enumerate(TABLE):
        for column, value in enumerate(row):
            book.active.cell(at + 4, column + 3, value)
    rows, told = sheets.read(written(tmp_path, sheets.saved(book)))
    assert [row.values for row in rows] == WANTED
    assert [row.number for row in rows] == [5, 6]
    assert told.found.columns == {"no": 2, "name": 3, "price": 4}
