"""A seller's own .xlsx with its bad rows only and a reason beside each; in the child."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator, Mapping
from copy import copy
from typing import Any

import openpyxl
from openpyxl.styles import Font

from core.files.cells import FORMULA_STARTS
from core.files.kinds import Content, Kind

_MOST_INFLATED = 24 * 2**20
"""openpyxl needs about twenty bytes of memory for each."""
_PART = 2**20


def edited(
    content: Content, sheet: str, top: int, header: str, reasons: Mapping[int, str]
) -> Iterator[Mapping[str, Any]]:
    """The file in parts; none where it is no .xlsx or too large to be edited."""
    if content.kind is not Kind.XLSX:
        return
    with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > _MOST_INFLATED:
            return
    book = openpyxl.load_workbook(io.BytesIO(content.data), data_only=True)
    if sheet not in book.sheetnames:
        return
    _keep_bad_rows(book[sheet], top, header, reasons)
    book.active = book.sheetnames.index(sheet)
    out = io.BytesIO()
    book.save(out)
    done = out.getvalue()
    for at in range(0, len(done), _PART):
        yield {"part": base64.b64encode(done[at : at + _PART]).decode()}


def _keep_bad_rows(page: Any, top: int, header: str, reasons: Mapping[int, str]) -> None:
    last_row, width = page.max_row, page.max_column
    for merged in list(page.merged_cells.ranges):
        if merged.max_row > top:
            page.unmerge_cells(str(merged))
    target = top
    for number in sorted(reasons):
        target += 1
        for column in range(1, width + 1):
            cell, to = page.cell(number, column), page.cell(target, column)
            value = cell.value
            to.value = value
            if isinstance(value, str) and value.startswith(FORMULA_STARTS):
                to.data_type = "s"
            if number != target:
                to._style = copy(cell._style)
        why = page.cell(target, width + 1, reasons[number])
        why.data_type = "s"
        why.font = Font(color="C00000")
    if last_row > target:
        page.delete_rows(target + 1, last_row - target)
    if top:
        page.cell(top, width + 1, header).font = Font(bold=True)
    page.column_dimensions[page.cell(1, width + 1).column_letter].width = 50
    page.auto_filter.ref = None
