"""Files of sellers on the disk: what they uploaded, and what was written for them to fetch.

Each has a random name and mode 0600, and stays for some days.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from datetime import timedelta
from pathlib import Path
from typing import IO, BinaryIO

from core import settings
from core.files import limits, refusal
from core.services.outcome import Missing, Wrong

KEPT = timedelta(days=14)
IN, OUT = "uploads", "exports"

_NAME = re.compile(r"[0-9a-f]{32}")
_PART = 2**20


def keep(file: IO[bytes]) -> str:
    """Store what was uploaded; the name by which `path` finds it. Raises Wrong."""
    name = secrets.token_hex(16)
    target = _folder(IN) / name
    size = 0
    try:
        with _opened(target) as kept:
            while part := file.read(_PART):
                size += len(part)
                if size > limits.MOST_BYTES:
                    raise Wrong({"file": refusal.TOO_BIG})
                kept.write(part)
        if not size:
            raise Wrong({"file": refusal.EMPTY})
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return name


def path(name: str) -> Path:
    """Where an upload is, or was: it may have been taken away."""
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
