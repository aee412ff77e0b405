"""The kinds of files that the seller office gives its product list out as."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import xlwt

Table = Sequence[Sequence[Any]]


def xlsx(rows: Table) -> bytes:
    """A workbook."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls(rows: Table) -> bytes:
    """An old workbook, its numbers as numbers."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("list")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            told = str(value)
            page.write(at, column, int(told) if told.isdecimal() else value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv(rows: Table) -> bytes:
    """Text in CP949."""
    lines = (",".join('"' + str(value).replace('"', '""') + '"' for value in row) for row in rows)
    return "\r\n".join(lines).encode("cp949")


def zipped(rows: Table) -> bytes:
    """The archive that the download page makes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("10000001_001_20260928090530.xls", xls(rows))
    return out.getvalue()


FORMS: Mapping[str, Any] = {"a.xlsx": xlsx, "a.xls": xls, "a.csv": csv, "a.zip": zipped}
"""By the name of a file, what writes it."""
