"""Read a seller's file: what it is, where its table stands, and its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

from core.contracts.file import Column, FileRow
from core.contracts.product import MigrationRow
from core.contracts.text import Text
from core.files import listed
from core.files.process import Child, HeadersMissing
from core.files.refusal import FileRefused
from core.files.told import ByHand, Found, Look, Told, found_of, look_of, told_of

__all__ = ["ByHand", "FileRefused", "HeadersMissing", "Look", "Reading", "look", "read"]

Row = FileRow | MigrationRow


def look(path: Path, columns: Sequence[Column] = ()) -> Look:
    """What a file is and how its sheets begin, to map by hand. Raises FileRefused."""
    with Child(_request("look", path, columns)) as child:
        answer = next(iter(child.answers()))
        return look_of(answer["look"])


def read(
    path: Path,
    columns: Sequence[Column],
    *,
    mapping: ByHand | None = None,
    rows: str | None = None,
    plugins: Path | None = None,
) -> Reading:
    """Open a file whose header is found by the columns, or is where `mapping` says.

    `rows` names the parser that turns rows into a MigrationRow each, in the child (as the
    registry knows it: `marketplace/key`, with what is in the folder `plugins` too); without one
    they are FileRow. To be used in a `with`. Raises FileRefused, and HeadersMissing where a
    person has to say which column is which.
    """
    folder = str(plugins.absolute()) if plugins is not None else None
    request = {"mapping": mapping, "rows": rows, "plugins": folder}
    return Reading({**_request("read", path, columns), **request})


def _request(task: str, path: Path, columns: Sequence[Column]) -> dict[str, Any]:
    told = [
        {
            "name": column.name,
            "label": column.label.stored(),
            "headers": list(column.headers),
            "kind": column.kind.value,
            "required": column.required,
        }
        for column in columns
    ]
    return {"task": task, "path": str(path.absolute()), "columns": told}


class Reading:
    """A file under way: `found` at once, the rows by blocks, `told` after the last one.

    Any block may raise FileRefused: what was taken from the ones before counts for nothing.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._child = Child(request)
        self._answers = self._child.answers()
        self._told: Told | None = None
        try:
            first = next(self._answers)
        except BaseException:
            self._child.close()
            raise
        self.found: Found = found_of(first["found"])
        self._days = [name for name in first["days"] if name in self.found.columns]

    @property
    def pid(self) -> int:
        """The process that reads."""
        return self._child.pid

    @property
    def peak_bytes(self) -> int:
        """The most memory that it had, known when it has ended."""
        return self._child.peak_bytes

    @property
    def told(self) -> Told:
        """What was mended and left out; known once every block has been taken."""
        if self._told is None:
            raise RuntimeError("the file has not been read to its end")
        return self._told

    def __enter__(self) -> Reading:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the reading process."""
        self._child.close()

    def __iter__(self) -> Iterator[list[Any]]:
        """Lists of FileRow (or of MigrationRow, where a parser was named), 500 at most."""
        for answer in self._answers:
            if "block" in answer:
                yield self._file_rows(*answer["block"])
            elif "rows" in answer:
                yield [listed.row_of(row) for row in answer["rows"]]
            else:
                self._told = told_of(answer["told"])

    def plain_rows(self) -> Iterator[list[Any]]:
        """What a parser made, as the child sends it (`listed.plain_row`), 500 at most."""
        for answer in self._answers:
            if "rows" in answer:
                yield answer["rows"]
            else:
                self._told = told_of(answer["told"])

    def _file_rows(
        self,
        names: Sequence[str],
        numbers: Sequence[int],
        columns: list[list[Any]],
        repairs: Mapping[str, Sequence[str]],
        problems: Mapping[str, Mapping[str, Mapping[str, str]]],
    ) -> list[FileRow]:
        for name in self._days:
            at = names.index(name)
            columns[at] = [None if day is None else date.fromisoformat(day) for day in columns[at]]
        rows = [
            FileRow(number, dict(zip(names, values, strict=True)))
            for number, *values in zip(numbers, *columns, strict=True)
        ]
        for place in repairs.keys() | problems.keys():
            row = rows[int(place)]
            reasons = {name: Text.of(text) for name, text in problems.get(place, {}).items()}
            rows[int(place)] = FileRow(row.number, row.values, repairs.get(place, ()), reasons)
        return rows
