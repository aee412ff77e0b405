"""Backups: a copy of the database in one file, the keys that open it in a second one.

The copy is of one moment, however long it takes and whatever is written meanwhile. Neither file
is readable by others; keep them apart.
"""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import Engine

from core import clock, dump, keys, schema
from core.contracts.text import Text

AUTOMATIC = "backups"  # a folder of HANPAN_DATA
KEPT = 5


class BackupRefused(Exception):
    """The backup was not made, or is not restored; `text` says why and what to do."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


def keys_beside(path: Path) -> Path:
    """Where the keys of the backup at `path` are."""
    return path.with_name(path.name + ".keys")


def make(engine: Engine, path: Path, *, keys_file: Path, version: str) -> dump.Manifest:
    """Write the backup and its keys; both are there, whole, or neither.

    Raises BackupRefused where a file stands already, keys.KeysError when keys are missing.
    """
    for target in (path, keys_beside(path)):
        if target.exists():
            raise BackupRefused(
                Text(
                    f"{target} 파일이 이미 있습니다. 다른 이름을 정해 주세요.",
                    f"{target} exists already: choose another name.",
                )
            )
    before = keys.read(keys_file) if keys_file.exists() else None
    part = path.with_name(path.name + ".part")
    try:
        manifest = _write(engine, part, version)
        if manifest.masters or keys_file.exists():
            # Keys may be rotated while we copy: what was needed is in the file before or after.
            file = keys.read(keys_file)
            file = keys.merge(file, before) if before else file
            keys.require(file, manifest.masters, keys_file)
            needed = {file.current, *manifest.masters}
            kept = {name: key for name, key in file.keys.items() if name in needed}
            keys.replace(keys_beside(path), keys.KeyFile(file.current, kept))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def automatic(engine: Engine, folder: Path, *, keys_file: Path, version: str) -> Path:
    """A backup in `folder`/backups, named by time and revision; the five newest stay."""
    at = clock.now().strftime("%Y%m%dT%H%M%S.%f")
    path = folder / AUTOMATIC / f"{at}-{schema.current(engine)}.zip"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    make(engine, path, keys_file=keys_file, version=version)
    for old in sorted(path.parent.glob("*.zip"))[:-KEPT]:
        old.unlink()
        keys_beside(old).unlink(missing_ok=True)
    return path


def upgrade(engine: Engine, folder: Path, *, keys_file: Path, version: str) -> Path | None:
    """Bring the database to our revision, backed up first where it holds an older one.

    Returns the backup. Raises schema.WrongRevision when the database is newer than we are.
    """
    found = schema.current(engine)
    if found is not None and not schema.known(found):
        schema.check(engine)
    made = None
    if found not in (None, schema.head()):
        made = automatic(engine, folder, keys_file=keys_file, version=version)
    schema.upgrade(engine)
    return made


def _write(engine: Engine, path: Path, version: str) -> dump.Manifest:
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
    with (
        os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,
        engine.connect() as connection,
        connection.begin(),
    ):
        manifest = dump.write(connection, file, version=version, at=clock.now())
        file.flush()
        os.fsync(file.fileno())
    return manifest
