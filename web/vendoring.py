"""The vendored files of the web UI: what they are, their hashes, their compressed siblings.

python -m web.vendoring check      every file is the one that vendor.lock names
python -m web.vendoring write      write vendor.lock anew, after a deliberate change
python -m web.vendoring compress   write .br and .gz beside css, js and svg, then the lock
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import importlib
import json
import sys
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"
LOCK = VENDOR / "vendor.lock"

# Folder name without the version -> the package it was taken from, its licence.
ORIGINS = {
    "htmx": ("htmx.org", "0BSD"),
    "idiomorph": ("idiomorph", "0BSD"),
    "pretendard": ("pretendard", "OFL-1.1"),
    "tabler-icons": ("@tabler/icons", "MIT"),
}
COMPRESSED = frozenset({".css", ".js", ".svg"})
PACKED = frozenset({".br", ".gz"})


def describe() -> dict[str, Any]:
    """What vendor.lock has to say about the files as they are."""
    folders = sorted(p for p in VENDOR.iterdir() if p.is_dir())
    return {
        "vendored": [_folder(p) for p in folders],
        "compressed": [_compressed(p) for p in _compressible()],
    }


def differences() -> list[str]:
    """Sentences that name each file that is not the one in the lock; empty when all is well."""
    if not LOCK.is_file():
        return [f"{LOCK.name} is missing: run `python -m web.vendoring write`"]
    locked = _by_file(json.loads(LOCK.read_text(encoding="utf-8")))
    found = _by_file(describe())
    said = [f"{name}: named in vendor.lock, not there" for name in locked.keys() - found.keys()]
    said += [f"{name}: there, not named in vendor.lock" for name in found.keys() - locked.keys()]
    said += [
        f"{name}: differs from vendor.lock in {', '.join(_changed(locked[name], found[name]))}"
        for name in locked.keys() & found.keys()
        if locked[name] != found[name]
    ]
    return sorted(said)


def write() -> None:
    text = json.dumps(describe(), indent=1, ensure_ascii=False, sort_keys=False)
    LOCK.write_text(text + "\n", encoding="utf-8")


def compress() -> None:
    """Write .br and .gz beside every css, js and svg; the same bytes on every machine."""
    brotli: Any = importlib.import_module("brotli")
    for path in _compressible():
        data = path.read_bytes()
        path.with_name(path.name + ".br").write_bytes(brotli.compress(data, quality=11))
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(data, 9, mtime=0))
    write()


def _compressible() -> list[Path]:
    return sorted(p for p in STATIC.rglob("*") if p.suffix in COMPRESSED)


def _folder(folder: Path) -> dict[str, Any]:
    name, _, version = folder.name.rpartition("-")
    package, licence = ORIGINS[name]
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix not in PACKED)
    return {
        "name": name,
        "version": version,
        "package": package,
        "licence": licence,
        "files": [
            {"file": _name(p), "bytes": p.stat().st_size, "sha384": _sha384(p)} for p in files
        ],
    }


def _compressed(path: Path) -> dict[str, str]:
    """The hashes of a file and its siblings: together they say that the three are in step."""
    packed = {s[1:]: path.with_name(path.name + s) for s in sorted(PACKED)}
    hashes = {key: _sha384(p) if p.is_file() else "missing" for key, p in packed.items()}
    return {"file": _name(path), "sha384": _sha384(path), **hashes}


def _by_file(lock: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """One flat record per file, of both halves of the lock."""
    records: dict[str, dict[str, Any]] = {}
    for vendored in lock["vendored"]:
        whole = {k: vendored[k] for k in ("version", "package", "licence")}
        for entry in vendored["files"]:
            records.setdefault(entry["file"], {}).update(entry, **whole)
    for entry in lock["compressed"]:
        records.setdefault(entry["file"], {}).update(entry)
    return records


def _changed(locked: dict[str, Any], found: dict[str, Any]) -> list[str]:
    return sorted(k for k in locked.keys() | found.keys() if locked.get(k) != found.get(k))


def _name(path: Path) -> str:
    return path.relative_to(STATIC).as_posix()


def _sha384(path: Path) -> str:
    digest = hashlib.sha384(path.read_bytes()).digest()
    return base64.b64encode(digest).decode("ascii")


def main(arguments: list[str]) -> int:
    match arguments:
        case ["check"]:
            said = differences()
            for line in said:
                sys.stderr.write(line + "\n")
            return 1 if said else 0
        case ["write"]:
            write()
        case ["compress"]:
            compress()
        case _:
            sys.stderr.write((__doc__ or "") + "\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
