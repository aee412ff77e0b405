"""Zip files before anything in them is opened: how many, how large, and what they carry."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import PurePosixPath

from core.files import limits, refusal
from core.files.refusal import FileRefused

_END = b"PK\x05\x06"
_ZIP = b"PK\x03\x04"
_ENTRY_BYTES = 1_000
"""An entry of the directory is shorter, whatever its name."""
_LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


def opened(data: bytes) -> zipfile.ZipFile:
    """The archive, after its count, its sizes and its flags were found harmless."""
    at = data.rfind(_END)
    if at < 0 or len(data) < at + 22:
        raise FileRefused(refusal.DAMAGED)
    count, size = struct.unpack_from("<HI", data, at + 10)
    if count > limits.MOST_MEMBERS or size > limits.MOST_MEMBERS * _ENTRY_BYTES:
        raise FileRefused(refusal.MEMBERS.format(most=limits.MOST_MEMBERS))
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise FileRefused(refusal.DAMAGED) from error
    members = archive.infolist()
    if any(member.flag_bits & 1 for member in members):
        raise FileRefused(refusal.ENCRYPTED)
    inflated = sum(member.file_size for member in members)
    bomb = inflated > limits.SUSPECT_INFLATED and inflated > limits.MOST_RATIO * len(data)
    if bomb or inflated > limits.MOST_INFLATED:
        raise FileRefused(refusal.INFLATED.format(size=f"{inflated / 2**20:,.0f}"))
    return archive


def refuse_nested(archive: zipfile.ZipFile) -> None:
    """Raise where a member is an archive itself, by what it holds."""
    for member in archive.infolist():
        if not member.is_dir() and start_of(archive, member, 4) == _ZIP:
            raise FileRefused(refusal.NESTED)


def start_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo | str, size: int) -> bytes:
    """The first bytes of a member."""
    try:
        with archive.open(member) as file:
            return file.read(size)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise FileRefused(refusal.DAMAGED) from error


def only_member(archive: zipfile.ZipFile) -> bytes:
    """What the one file in the archive holds; litter of file managers does not count."""
    files = [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and not set(PurePosixPath(member.filename).parts).intersection(_LITTER)
    ]
    if len(files) != 1:
        raise FileRefused(refusal.NOT_ONE.format(count=len(files)))
    data = start_of(archive, files[0], limits.MOST_BYTES + 1)
    if len(data) > limits.MOST_BYTES:
        raise FileRefused(refusal.TOO_BIG)
    return data
