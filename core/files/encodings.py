"""Which letters the bytes of a text file are."""

from __future__ import annotations

import codecs
import re

from core.files import refusal
from core.files.refusal import FileRefused

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOKED_AT = 65_536
_BROKEN = re.compile("[\udc80-\udcff]")
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_BROKEN = 0.002


def text_of(data: bytes) -> tuple[str, str]:
    """The text and the encoding it was in. Raises FileRefused for what is no text.

    A byte that is no letter of CP949 becomes a lone surrogate, by which its cell is told.
    """
    text, encoding = _decoded(data)
    if len(_BINARY.findall(text[:_LOOKED_AT])) > 2:
        raise FileRefused(refusal.UNKNOWN)
    return text, encoding


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), encoding
    if b"\0" in data[:_LOOKED_AT]:
        return _wide(data)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _korean(data), "cp949"
    # As for answers of marketplaces: Korean in CP949 that happens to be valid UTF-8 reads as
    # letters below U+0800, which Korean in UTF-8 is not made of.
    if text.isascii() or max(text) >= "\u0800":
        return text, "utf-8"
    try:
        return data.decode("cp949"), "cp949"
    except UnicodeDecodeError:
        return text, "utf-8"


def _wide(data: bytes) -> tuple[str, str]:
    """UTF-16 without its mark: commas, digits and line ends have an empty half."""
    start = data[:_LOOKED_AT]
    little = start[1::2].count(0) >= start[0::2].count(0)
    encoding = "utf-16-le" if little else "utf-16-be"
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        raise FileRefused(refusal.UNKNOWN) from error


def _korean(data: bytes) -> str:
    text = data.decode("cp949", "surrogateescape")
    if len(_BROKEN.findall(text)) > max(5, _MOST_BROKEN * len(text)):
        raise FileRefused(refusal.UNKNOWN)
    return text
