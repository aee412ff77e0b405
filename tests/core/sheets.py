"""Files as sellers have them, made by the tools that make them, and columns to read them by."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape as xml_escape

import openpyxl
import xlwt

from core.contracts.file import Column, ColumnKind, FileRow
from core.contracts.text import Text
from core.files import reading
from core.files.told import Told

COLUMNS = (
    Column(
        name="no",
        label=Text("상품번호", "Product number"),
        headers=("상품번호",),
        kind=ColumnKind.CODE,
        required=True,
    ),
    Column(
        name="name", label=Text("상품명", "Name"), headers=("상품명", "상품 이름"), required=True
    ),
    Column(
        name="price",
        label=Text("판매가", "Price"),
        headers=("판매가", "판매단가"),
        kind=ColumnKind.WON,
    ),
    Column(name="stock", label=Text("재고", "Stock"), headers=("재고",), kind=ColumnKind.COUNT),
    Column(name="ends", label=Text("종료일", "Ends"), headers=("종료일",), kind=ColumnKind.DAY),
    Column(name="shown", label=Text("진열", "Shown"), headers=("진열",), kind=ColumnKind.FLAG),
)
HEAD = ("상품번호", "상품명", "판매가")
ROWS = (("1001", "파란 가방", 12000), ("1002", '붉은 신 <여름> & "특가"', 9900))
Table = Sequence[Sequence[Any]]


def read(path: Path, columns: Sequence[Column] = COLUMNS, **more: Any) -> tuple[list[Any], Told]:
    """Every row of a file, and what was told."""
    with reading.read(path, columns, **more) as opened:
        rows = [row for block in opened for row in block]
        return rows, opened.told


def values(path: Path, columns: Sequence[Column] = COLUMNS) -> list[Mapping[str, Any]]:
    """The values of every row of a file."""
    rows, _ = read(path, columns)
    return [row.values for row in rows]


def one(path: Path, columns: Sequence[Column] = COLUMNS) -> FileRow:
    """The only row of a file."""
    rows, _ = read(path, columns)
    (row,) = rows
    assert isinstance(row, FileRow)
    return row


def xlsx(rows: Table, **sheets: Table) -> bytes:
    """A workbook of one sheet, or of one for each name."""
    book = openpyxl.Workbook()
    page = book.active
    for row in rows:
        page.append(list(row))
    for name, more in sheets.items():
        page = book.create_sheet(name)
        for row in more:
            page.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls(rows: Table) -> bytes:
    """An old workbook (BIFF8)."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("상품")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            page.write(at, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def delimited(rows: Table, delimiter: str = ",") -> str:
    """CSV or TSV."""
    lines = []
    for row in rows:
        cells = [str(value) for value in row]
        lines.append(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in cells))
    return "\r\n".join(lines) + "\r\n"


def html(rows: Table) -> str:
    """A page with a table, as seller centres name .xls."""
    body = "\n".join(
        "<tr>" + "".join(f"<td style='x'>{escape(str(value))}</td>" for value in row) + "</tr>"
        for row in rows
    )
    return (
        "<html><head><meta http-equiv='Content-Type' content='text/html; charset=x'>"
        "<style>td{mso-number-format:'<td>'}</style><title>목록</title></head><body>"
        "<!-- <table><tr><td>상품번호</td><td>상품명</td></tr></table> -->"
        f"<table border=1>{body}</table>"
        "</body></html>"
    )


def spreadsheetml(rows: Table) -> str:
    """An XML spreadsheet of Excel 2003."""
    body = ""
    for row in rows:
        body += "<Row>"
        for value in row:
            kind = "String" if isinstance(value, str) else "Number"
            body += f'<Cell><Data ss:Type="{kind}">{xml_escape(str(value))}</Data></Cell>'
        body += "</Row>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="상품"><Table>{body}</Table></Worksheet></Workbook>'
    )


def zipped(**members: bytes) -> bytes:
    """An archive; "_" in a name stands for "."."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return out.getvalue()


def with_members(data: bytes, members: Mapping[str, bytes]) -> bytes:
    """A workbook with members added or replaced."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in members:
                new.writestr(name, old.read(name))
        for name, content in members.items():
            new.writestr(name, content)
    return out.getvalue()


SHEET_XML = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b"%s<sheetData>%s</sheetData></worksheet>"
)


def with_sheet(inside: bytes, dimension: bytes = b"") -> bytes:
    """A workbook whose first sheet holds this XML."""
    xml = SHEET_XML % (dimension, inside)
    return with_members(xlsx([["x"]]), {"xl/worksheets/sheet1.xml": xml})


def cell_xml(place: str, text: str) -> bytes:
    """A cell of text."""
    return f'<c r="{place}" t="inlineStr"><is><t>{xml_escape(text)}</t></is></c>'.encode()


def head_xml() -> bytes:
    """The rows of a small table in XML: its header and one row."""
    head = b"".join(cell_xml(f"{'ABC'[at]}1", name) for at, name in enumerate(HEAD))
    row = cell_xml("A2", "1001") + cell_xml("B2", "파란 가방") + b'<c r="C2"><v>12000</v></c>'
    return b'<row r="1">' + head + b'</row><row r="2">' + row + b"</row>"
