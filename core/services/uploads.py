"""Files of sellers on the disk: what they uploaded, and what was written for them to fetch.

Each has a random name and mode 0600, and stays for some days. Uploads are sealed, as nobody knows
what is in them: they are opened for their reader alone, in memory where the system has that.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, BinaryIO

from core import settings, vault
from core.contracts.text import Text
from core.files import limits, refusal
from core.files.refusal import FileRefused
from core.services.outcome import Missing, Wrong

KEPT = timedelta(days=14)
IN, OUT = "uploads", "exports"
MOST_FILES, MOST_BYTES = 30, 5 * limits.MOST_BYTES
"""What may lie here of a workspace's uploads."""

GONE = Text("올린 파일은 지웠습니다. 다시 올려 주세요.", "The upload was deleted. Upload it again.")
FULL = Text(
    "올려 둔 파일이 {n}개, {size} MB라 더 올릴 수 없습니다 (최대 {most}개, {all} MB). 아래 "
    "목록에서 다 쓴 파일을 열고 [올린 파일 지우기]를 눌러 주세요.",
    "{n} uploads of {size} MB lie here, which is all there may be ({most}, {all} MB). Open one "
    "below that is done with and press [Delete the upload].",
)

_NAME = re.compile(r"[0-9a-f]{32}")
_PART, _HEAD = 2**20, 4
_SEALED = ("upload", "part")


def require_room(names: Iterable[str]) -> None:
    """Raise Wrong where a workspace that has these uploads may not have another."""
    sizes = [file.stat().st_size for name in names if (file := path(name)).exists()]
    if len(sizes) >= MOST_FILES or sum(sizes) >= MOST_BYTES:
        told = {"n": len(sizes), "size": -(-sum(sizes) // 2**20)}
        most = {"most": MOST_FILES, "all": MOST_BYTES // 2**20}
        raise Wrong({"file": FULL.format(**told, **most)})


def keep(file: IO[bytes]) -> str:
    """Store what was uploaded, sealed; the name by which it is found. Raises Wrong."""
    name = secrets.token_hex(16)
    target = _folder(IN) / name
    size = 0
    try:
        with _opened(target) as kept:
            while part := file.read(_PART):
                place = f"{name}:{size}"
                size += len(part)
                if size > limits.MOST_BYTES:
                    raise Wrong({"file": refusal.TOO_BIG})
                sealed = vault.seal(*_SEALED, place, part)
                kept.write(len(sealed).to_bytes(_HEAD) + sealed)
        if not size:
            raise Wrong({"file": refusal.EMPTY})
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return name


@contextmanager
def opened(name: str) -> Iterator[Path]:
    """An upload in plain, for as long as the block lasts: where its reader finds it.

    Raises FileRefused where it was taken away, or its key was.
    """
    with _nowhere() as (plain, place):
        try:
            with path(name).open("rb") as kept:
                size = 0
                while length := int.from_bytes(kept.read(_HEAD)):
                    part = vault.unseal(*_SEALED, f"{name}:{size}", kept.read(length))
                    size += len(part)
                    plain.write(part)
        except (FileNotFoundError, vault.SealBroken) as error:
            raise FileRefused(GONE) from error
        plain.flush()
        yield place


@contextmanager
def _nowhere() -> Iterator[tuple[IO[bytes], Path]]:
    """A file of this process that has no place on a disk; elsewhere than on Linux a passing one."""
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("upload"), "wb") as file:
            yield file, Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")
        return
    with tempfile.NamedTemporaryFile(dir=_folder(IN)) as passing:
        yield passing, Path(passing.name)


def remove(name: str) -> None:
    """Take an upload away."""
    path(name).unlink(missing_ok=True)


def is_there(name: str) -> bool:
    """Whether an upload has not been taken away yet."""
    return bool(name) and path(name).exists()


def path(name: str) -> Path:
    """Where an upload is, sealed, or was: it may have been taken away."""
    return _named(IN, name)


def new_export() -> str:
    """The name of a fresh, empty file to write for a seller."""
    name = secrets.token_hex(16)
    _opened(_folder(OUT) / name).close()
    return name


def export(name: str) -> Path:
    """Where a file that was written for a seller is, or was."""
    return _named(OUT, name)


def prune() -> int:
    """Take away files that are older than KEPT; returns how many."""
    before = time.time() - KEPT.total_seconds()
    old = [
        file
        for folder in (IN, OUT)
        for file in _folder(folder).iterdir()
        if file.stat().st_mtime < before
    ]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


def _folder(name: str) -> Path:
    folder = settings.current().data / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _named(folder: str, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise Missing
    return _folder(folder) / name


def _opened(target: Path) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    return os.fdopen(os.open(target, flags, 0o600), "wb")
