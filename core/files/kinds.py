"""What a file really is, by its content; the name is never asked."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from core.contracts.text import Text
from core.files import archive, limits, refusal
from core.files.encodings import text_of
from core.files.refusal import FileRefused


class Kind(Enum):
    """The kinds that are read."""

    XLSX = "xlsx"
    XLS = "xls"
    HTML = "html"
    XML = "xml"
    DELIMITED = "csv"


@dataclass(frozen=True)
class Content:
    """A file that may be opened: bytes of a workbook, or text with its encoding."""

    kind: Kind
    data: bytes = b""
    text: str = ""
    encoding: str = ""


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HWP = Text("한글(HWP)", "Hangul (HWP)")
_WORD = Text("워드", "Word")
_SLIDES = Text("파워포인트", "PowerPoint")
_PACKED = Text("압축", "an archive")
_STARTS = (
    (b"%PDF", Text("PDF", "PDF")),
    (b"\x89PNG", Text("PNG 그림", "a PNG picture")),
    (b"\xff\xd8\xff", Text("JPEG 그림", "a JPEG picture")),
    (b"GIF8", Text("GIF 그림", "a GIF picture")),
    (b"BM", Text("BMP 그림", "a BMP picture")),
    (b"HWP Document File", _HWP),
    (b"7z\xbc\xaf\x27\x1c", _PACKED),
    (b"Rar!", _PACKED),
    (b"\x1f\x8b", _PACKED),
    (b"{\\rtf", _WORD),
    (b"MZ", Text("프로그램", "a program")),
)
_STREAMS = (("FileHeader", _HWP), ("WordDocument", _WORD), ("PowerPoint Document", _SLIDES))
_FOLDERS = (("word/", _WORD), ("ppt/", _SLIDES), ("Contents/section0.xml", _HWP))
_OLD_BIFF = (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")
_SPREADSHEETML = "urn:schemas-microsoft-com:office:spreadsheet"


def recognise(data: bytes) -> Content:
    """The content to open. Raises FileRefused, saying what the file is instead."""
    return _recognise(data, _inside)


def _recognise(data: bytes, packed: Callable[[zipfile.ZipFile], Content]) -> Content:
    if not data.strip(b"\0 \r\n\t"):
        raise FileRefused(refusal.EMPTY)
    if len(data) > limits.MOST_BYTES:
        raise FileRefused(refusal.TOO_BIG)
    if data.startswith(b"PK"):
        return _zipped(data, packed)
    if data.startswith(_OLE):
        return _compound(data)
    for start, what in _STARTS:
        if data.startswith(start) and not _is_text(data):
            raise FileRefused(_is(refusal.NOT_A_TABLE, what))
    if data.startswith(_OLD_BIFF) and b"\0" in data[:16]:
        raise FileRefused(refusal.OTHER_TABLE.format(what="Excel 2–4"))
    return _written(data)


def _is_text(data: bytes) -> bool:
    """`BM` and `MZ` may also begin a CSV of codes."""
    return data[:2] in (b"BM", b"MZ") and b"\0" not in data[:64]


def _is(text: Text, what: Text) -> Text:
    return text.format(what=what)


def _zipped(data: bytes, packed: Callable[[zipfile.ZipFile], Content]) -> Content:
    opened = archive.opened(data)
    names = {member.filename: member for member in opened.infolist()}
    lower = {name.lower() for name in names}
    for folder, what in _FOLDERS:
        if any(name.startswith(folder) for name in names):
            raise FileRefused(_is(refusal.NOT_A_TABLE, what))
    if "xl/workbook.bin" in lower:
        raise FileRefused(refusal.OTHER_TABLE.format(what=".xlsb"))
    if "mimetype" in names and "content.xml" in names:
        raise FileRefused(refusal.OTHER_TABLE.format(what="OpenDocument"))
    if "xl/workbook.xml" not in lower:
        return packed(opened)
    types = archive.start_of(opened, "[Content_Types].xml", 2**20) if names else b""
    if any(_is_macro(name) for name in lower) or b"macroEnabled" in types:
        raise FileRefused(refusal.MACRO)
    if any(name.startswith(("xl/externallinks/", "xl/connections")) for name in lower):
        raise FileRefused(refusal.LINKS)
    archive.refuse_nested(opened)
    return Content(Kind.XLSX, data=data)


def _is_macro(name: str) -> bool:
    return name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/")


def _inside(opened: zipfile.ZipFile) -> Content:
    return _recognise(archive.only_member(opened), _too_deep)


def _too_deep(opened: zipfile.ZipFile) -> Content:
    raise FileRefused(refusal.NESTED)


def _compound(data: bytes) -> Content:
    """An OLE2 file, told by the names of its streams."""
    if _has_stream(data, "EncryptedPackage") or _has_stream(data, "EncryptionInfo"):
        raise FileRefused(refusal.ENCRYPTED)
    if _has_stream(data, "Workbook") or _has_stream(data, "Book"):
        if _has_stream(data, "_VBA_PROJECT_CUR"):
            raise FileRefused(refusal.MACRO)
        return Content(Kind.XLS, data=data)
    for name, what in _STREAMS:
        if _has_stream(data, name):
            raise FileRefused(_is(refusal.NOT_A_TABLE, what))
    raise FileRefused(refusal.UNKNOWN)


def _has_stream(data: bytes, name: str) -> bool:
    """Directory entries are 128 bytes: the name, then at 64 its length with the closing NUL."""
    wanted = (name + "\0").encode("utf-16-le")
    at = data.find(wanted)
    while at >= 0:
        if at % 128 == 0 and data[at + 64 : at + 66] == len(wanted).to_bytes(2, "little"):
            return True
        at = data.find(wanted, at + 2)
    return False


def _written(data: bytes) -> Content:
    text, encoding = text_of(data)
    start = text[:8_192].lower()
    if _SPREADSHEETML in start and "<workbook" in start:
        return Content(Kind.XML, text=text, encoding=encoding)
    if start.lstrip().startswith("<") and any(
        mark in start for mark in ("<html", "<table", "<!doctype html", "<head", "<meta", "<style")
    ):
        return Content(Kind.HTML, text=text, encoding=encoding)
    if start.lstrip().startswith(("<?xml", "mime-version:")):
        raise FileRefused(refusal.UNKNOWN)
    return Content(Kind.DELIMITED, text=text, encoding=encoding)
