"""The portable copy of a database: a zip with a manifest and one file of JSON lines per table.

It is written from what stands in the database, not from the models, so that a database of an
older revision is copied as it is; and it goes back into SQLite and PostgreSQL alike. Rows are
streamed both ways. Sealed values stay sealed.
"""

from __future__ import annotations

import base64
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    column,
    insert,
    select,
    table,
)
from sqlalchemy.types import NullType, TypeEngine

FORMAT = 1
VERSION_TABLE = "alembic_version"
BATCH = 500

_KINDS: tuple[tuple[str, type[TypeEngine[Any]]], ...] = (
    ("bytes", LargeBinary),
    ("time", DateTime),
    ("json", JSON),
    ("bool", Boolean),
)
_TYPES: dict[str, TypeEngine[Any]] = {
    "bytes": LargeBinary(),
    "time": DateTime(),
    "json": JSON(none_as_null=True),
    "bool": Boolean(),
    "plain": NullType(),
}
_WRITE: dict[str, Callable[[Any], Any]] = {
    "bytes": lambda value: base64.b64encode(value).decode(),
    "time": lambda value: value.isoformat(),
}
_READ: dict[str, Callable[[Any], Any]] = {
    "bytes": base64.b64decode,
    "time": datetime.fromisoformat,
}


class NotADump(Exception):
    """The file is no copy of a database, not a whole one, or one of a newer format."""


@dataclass(frozen=True)
class Manifest:
    """What a copy holds. `tables` has [column, kind] pairs, in the order to fill them in.

    `masters` are the ids of the master keys that its sealed values need.
    """

    format: int
    version: str
    revision: str
    made_at: str
    database: str
    masters: list[str]
    tables: dict[str, list[list[str]]]
    rows: dict[str, int]

    @property
    def at(self) -> datetime:
        """When the copy was made."""
        return datetime.fromisoformat(self.made_at)


def write(connection: Connection, file: IO[bytes], *, version: str, at: datetime) -> Manifest:
    """Copy the database as this connection's transaction sees it."""
    found = tables(connection)
    rows: dict[str, int] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for one in found:
            with archive.open(f"{one.name}.jsonl", "w", force_zip64=True) as lines:
                rows[one.name] = _write_rows(connection, one, lines)
        manifest = Manifest(
            format=FORMAT,
            version=version,
            revision=_revision(connection),
            made_at=at.isoformat(),
            database=connection.dialect.name,
            masters=_masters(connection, found),
            tables={one.name: [[item.name, _kind(item)] for item in one.c] for one in found},
            rows=rows,
        )
        archive.writestr("manifest.json", json.dumps(asdict(manifest), indent=1))
    return manifest


def tables(connection: Connection) -> list[Table]:
    """The tables that stand in the database, those first that others point at."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [one for one in metadata.sorted_tables if one.name != VERSION_TABLE]


def read_manifest(path: Path) -> Manifest:
    """What the copy holds. Raises NotADump."""
    try:
        with zipfile.ZipFile(path) as archive:
            raw = json.loads(archive.read("manifest.json"))
        if raw["format"] != FORMAT:
            raise NotADump(f"format {raw['format']}")
        return Manifest(**raw)
    except (OSError, zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError) as error:
        raise NotADump(type(error).__name__) from error


def load(connection: Connection, path: Path, manifest: Manifest) -> None:
    """Fill the empty tables of the copy's revision. Raises NotADump when it is not whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name, columns in manifest.tables.items():
                with archive.open(f"{name}.jsonl") as lines:
                    count = _read_rows(connection, name, columns, lines)
                if count != manifest.rows[name]:
                    raise NotADump(f"{name} has {count} rows of {manifest.rows[name]}")
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError) as error:
        raise NotADump(type(error).__name__) from error


def _write_rows(connection: Connection, one: Table, lines: IO[bytes]) -> int:
    writers = [_WRITE.get(_kind(item)) for item in one.c]
    streamed = select(*one.c).execution_options(stream_results=True, yield_per=BATCH)
    count = 0
    with closing(connection.execute(streamed)) as rows:
        for row in rows:
            values = [
                writer(value) if writer and value is not None else value
                for writer, value in zip(writers, row, strict=True)
            ]
            text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
            lines.write(text.encode() + b"\n")
            count += 1
    return count


def _read_rows(
    connection: Connection, name: str, columns: list[list[str]], lines: IO[bytes]
) -> int:
    target = table(name, *(column(item, _TYPES[kind]) for item, kind in columns))
    statement = insert(target)
    values, count = _values(columns, lines), 0
    while rows := list(islice(values, BATCH)):
        connection.execute(statement, rows)
        count += len(rows)
    return count


def _values(columns: list[list[str]], lines: IO[bytes]) -> Iterator[dict[str, Any]]:
    names = [name for name, _ in columns]
    readers = [_READ.get(kind) for _, kind in columns]
    for line in lines:
        yield {
            name: reader(value) if reader and value is not None else value
            for name, reader, value in zip(names, readers, json.loads(line), strict=True)
        }


def _kind(item: Column[Any]) -> str:
    return next((name for name, kind in _KINDS if isinstance(item.type, kind)), "plain")


def _revision(connection: Connection) -> str:
    version = table(VERSION_TABLE, column("version_num"))
    return str(connection.execute(select(version.c.version_num)).scalar_one())


def _masters(connection: Connection, found: list[Table]) -> list[str]:
    wrapped = next((one for one in found if one.name == "workspace_key"), None)
    if wrapped is None:
        return []
    return sorted(connection.scalars(select(wrapped.c.master).distinct()))
