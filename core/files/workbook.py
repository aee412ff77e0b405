"""Workbooks of Excel (.xlsx and the old .xls), read by calamine."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree.ElementTree import ParseError, fromstring

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from core.files import limits, refusal, scan
from core.files.book import Sheet, cell_name
from core.files.kinds import Content, Kind
from core.files.refusal import FileRefused

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Workbook:
    """A workbook whose sheets are read when asked for; hidden ones come last."""

    def __init__(self, content: Content) -> None:
        try:
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(content.data))
        except PasswordError as error:
            raise FileRefused(refusal.ENCRYPTED) from error
        except CalamineError as error:
            raise FileRefused(refusal.DAMAGED, str(error)) from error
        sheets = [s for s in self._book.sheets_metadata if s.typ is SheetTypeEnum.WorkSheet]
        sheets.sort(key=lambda sheet: sheet.visible is not SheetVisibleEnum.Visible)
        self.names: Sequence[str] = [sheet.name for sheet in sheets]
        self._archive: zipfile.ZipFile | None = None
        self._members: dict[str, str] = {}
        if content.kind is Kind.XLSX:
            self._archive = zipfile.ZipFile(io.BytesIO(content.data))
            self._members = _members(self._archive)

    def sheet(self, index: int) -> Sheet:
        """Lay out one sheet. Raises FileRefused where it is too large for that."""
        name = self.names[index]
        member = self._members.get(name)
        if self._archive is None or member is None:
            return _laid_out(self._load(name))
        cells, last = scan.declared(self._archive, member)
        said = ""
        if cells > limits.MOST_CELLS:
            extent = scan.extent(self._archive, member, limits.MOST_CELLS)
            if extent.cells > limits.MOST_CELLS:
                raise FileRefused(refusal.FAR.format(sheet=name, cell=extent.farthest))
            said = last
        search = scan.Search(self._archive, member)
        return _laid_out(self._load(name), search, said)

    def _load(self, name: str) -> CalamineSheet:
        try:
            return self._book.get_sheet_by_name(name)
        except CalamineError as error:
            raise FileRefused(refusal.DAMAGED, str(error)) from error


def _laid_out(sheet: CalamineSheet, search: scan.Search | None = None, said: str = "") -> Sheet:
    if sheet.width > limits.MOST_COLUMNS:
        raise FileRefused(refusal.COLUMNS)
    if sheet.height * sheet.width > limits.MOST_CELLS:
        raise FileRefused(
            refusal.FAR.format(sheet=sheet.name, cell=cell_name(*(sheet.end or (0, 0))))
        )
    _, first = sheet.start or (0, 0)
    margin = [""] * first

    def rows() -> Iterator[Sequence[Any]]:
        return (margin + row for row in sheet.iter_rows()) if margin else sheet.iter_rows()

    if sheet.height > limits.MOST_ROWS and _filled(sheet) > limits.MOST_ROWS:
        raise FileRefused(refusal.ROWS)
    return Sheet(
        sheet.name,
        rows,
        typed=True,
        merges=[(*start, *end) for start, end in sheet.merged_cell_ranges or ()],
        faults=search.faults if search else dict,
        below=lambda: max(0, search.rows() - sheet.total_height - 1) if search else 0,
        said=said,
    )


def _filled(sheet: CalamineSheet) -> int:
    return sum(map(any, sheet.iter_rows()))


def _members(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where in the archive each sheet lies, by its name."""
    at = next(name for name in archive.namelist() if name.lower() == "xl/workbook.xml")
    folder = posixpath.dirname(at)
    relations = posixpath.join(folder, "_rels", posixpath.basename(at) + ".rels")
    try:
        targets = {
            str(one.get("Id")): posixpath.normpath(posixpath.join("/" + folder, str(target)))
            for one in fromstring(_plain(archive.read(relations)))
            if (target := one.get("Target")) is not None
        }
        found = {
            str(one.get("name")): targets.get(str(one.get(_RELATION)), "").lstrip("/")
            for one in fromstring(_plain(archive.read(at))).iter()
            if one.tag.rpartition("}")[2] == "sheet"
        }
    except (KeyError, ParseError, zipfile.BadZipFile) as error:
        raise FileRefused(refusal.DAMAGED) from error
    there = set(archive.namelist())
    return {name: member for name, member in found.items() if member in there}


def _plain(xml: bytes) -> bytes:
    """Entities can be declared in a document type only, of which a workbook has none."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise FileRefused(refusal.DAMAGED)
    return xml
