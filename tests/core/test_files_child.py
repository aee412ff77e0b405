"""The reading process: bound in memory and time, gone with its caller, and never a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from core.contracts.file import FileRow
from core.contracts.product import (
    Listing,
    ListingGroup,
    ListingOption,
    MigrationRow,
    SaleState,
)
from core.contracts.text import Text
from core.files import limits, reading, refusal
from core.files.process import Child
from core.files.refusal import FileRefused
from tests.core import sheets
from tests.core.sheets import COLUMNS, HEAD

HOME = Path(__file__).parents[2]
ENDS = datetime(2036, 12, 31, 14, 59, tzinfo=UTC)
FOUND = Listing(
    product_no="1",
    name="가방",
    state=SaleState.ON_SALE,
    price=9_900,
    sale_ends=ENDS,
    displayed=None,
    options=[ListingOption(option_no="7", name="검정", stock=3, state=SaleState.SOLD_OUT)],
    raw={"행": ["1"]},
)
"""What a parser tells; everything else is left out."""
DEAL = ListingGroup(group_no="9", name="묶음", product_nos=["1", "2"], sale_ends=ENDS)
REFUSED_NAME = Text("이름이 나쁩니다.", "A bad name.")


def parsed(rows: Iterator[FileRow]) -> Iterator[MigrationRow]:
    """A parser as a plugin has one: it names what it takes, and what is wrong."""
    for row in rows:
        if row.values["name"] == "나쁨":
            yield MigrationRow(row.number, problem=REFUSED_NAME)
        elif row.values["no"] == "9":
            yield MigrationRow(row.number, group=DEAL)
        else:
            yield MigrationRow(row.number, listing=replace(FOUND, product_no=row.values["no"]))


def misshapen(rows: Iterator[FileRow]) -> Iterator[MigrationRow]:
    """A parser whose listings are not what the contract says."""
    odd: tuple[dict[str, Any], ...] = (
        {"price": "9,900"},
        {"sale_ends": datetime(2036, 12, 31)},
        {"options": [ListingOption(option_no="7", stock="3")]},  # type: ignore[arg-type]
        {"product_no": 4},
        {},
    )
    for row, wrong in zip(rows, odd, strict=False):
        yield MigrationRow(row.number, listing=replace(FOUND, **wrong))
    yield MigrationRow(90)
    yield MigrationRow(91, listing=DEAL)  # type: ignore[arg-type]


def raising(rows: Iterator[FileRow]) -> Iterator[MigrationRow]:
    """A parser with a mistake in it, which quotes what it read."""
    for row in rows:
        raise ValueError(str(row.values))
    yield MigrationRow(0)


def endless(rows: Iterator[FileRow]) -> Iterator[MigrationRow]:
    """A parser that neither ends nor says anything, so that no broken pipe ends it."""
    while True:
        next(rows, None)
    yield MigrationRow(0)


def file_of(folder: Path, count: int) -> Path:
    """A CSV of so many rows, large enough to fill the pipe many times over."""
    path = folder / "a.csv"
    lines = [",".join(HEAD), *(f"{number},{'가' * 40},{number}" for number in range(count))]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def is_there(pid: int) -> bool:
    """Whether a process runs (one that has ended and is not waited for does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def sample(pid: int, peaks: list[int]) -> None:
    """Note what a process has resident until it is gone."""
    while is_there(pid):
        with suppress(OSError, ValueError):
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            peaks.append(pages * os.sysconf("SC_PAGE_SIZE"))
        time.sleep(0.002)


def until_gone(pid: int, within: float = 10.0) -> None:
    """Wait for the end of a process."""
    until = time.monotonic() + within
    while is_there(pid):
        assert time.monotonic() < until, "the process is still there"
        time.sleep(0.02)


def test_rows_come_in_blocks_and_what_was_told_at_the_end(tmp_path: Path) -> None:
    with reading.read(file_of(tmp_path, 1_200), COLUMNS) as opened:
        blocks = iter(opened)
        assert len(next(blocks)) == limits.BLOCK_ROWS
        with pytest.raises(RuntimeError):
            _ = opened.told
        assert [len(block) for block in blocks] == [500, 200]
        assert opened.told.rows == 1_200
    until_gone(opened.pid)


def test_a_parser_that_is_named_runs_in_the_child(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(sheets.xlsx([HEAD, ["1", "가방", 1], ["2", "나쁨", 2], ["9", "딜", 3]]))
    rows, told = sheets.read(path, rows=f"{__name__}:parsed")
    assert rows == [
        MigrationRow(2, listing=FOUND),
        MigrationRow(3, problem=REFUSED_NAME),
        MigrationRow(4, group=DEAL),
    ]
    assert told.rows == 3


def test_what_a_parser_makes_wrong_is_a_problem_that_names_the_place(tmp_path: Path) -> None:
    rows, _ = sheets.read(file_of(tmp_path, 5), rows=f"{__name__}:misshapen")
    told = [row.problem.en if row.problem else "" for row in rows]
    places = (
        "(price: int or Unchanged was expected, not str)",
        "(sale_ends: the time has no zone)",
        "(options[0].stock: int or Unchanged or None was expected, not str)",
        "(product_no: str was expected, not int)",
        "",
        "(listing, group: neither)",
        "(listing: Listing was expected, not ListingGroup)",
    )
    assert [place in text for place, text in zip(places, told, strict=True)] == [True] * 7, told
    assert [row.number for row in rows if row.problem is None] == [6]


def test_a_parser_that_raises_is_a_refusal_which_does_not_quote_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        sheets.read(file_of(tmp_path, 3), rows=f"{__name__}:raising")
    assert refused.value.text == refusal.STOPPED
    assert "ValueError" in refused.value.detail
    assert "test_files_child" in refused.value.detail
    assert "가가" not in refused.value.detail


def test_a_child_that_is_killed_is_a_refusal(tmp_path: Path) -> None:
    with reading.read(file_of(tmp_path, 50_000), COLUMNS) as opened:
        blocks = iter(opened)
        next(blocks)
        os.kill(opened.pid, signal.SIGKILL)
        with pytest.raises(FileRefused) as refused:
            for _ in blocks:
                pass
    assert refused.value.text == refusal.STOPPED


def test_a_child_that_tells_without_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file_of(tmp_path, 50_000)
    monkeypatch.setattr(limits, "MOST_TOLD", 2**20)
    with reading.read(path, COLUMNS) as opened, pytest.raises(FileRefused) as refused:
        for _ in opened:
            pass
    assert refused.value.text == refusal.TOLD
    until_gone(opened.pid)


@pytest.mark.parametrize("limit", ["PATIENCE_S", "SILENCE_S"])
def test_a_child_that_says_nothing_is_ended(
    limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file_of(tmp_path, 50_000)
    monkeypatch.setattr(limits, limit, 5.0)
    began = time.monotonic()
    with reading.read(path, COLUMNS) as opened:
        os.kill(opened.pid, signal.SIGSTOP)
        with pytest.raises(FileRefused) as refused:
            for _ in opened:
                pass
    assert refused.value.text == refusal.SLOW
    assert time.monotonic() - began < 40
    until_gone(opened.pid)


def test_a_reading_that_is_left_half_way_leaves_no_process(tmp_path: Path) -> None:
    with reading.read(file_of(tmp_path, 50_000), COLUMNS) as opened:
        next(iter(opened))
        assert is_there(opened.pid)
    until_gone(opened.pid)


CALLER = """
import sys, time
from pathlib import Path
from core.files import reading
from tests.core.sheets import COLUMNS
opened = reading.read(Path(sys.argv[1]), COLUMNS, rows="tests.core.test_files_child:endless")
print(opened.pid, flush=True)
time.sleep(60)
"""


def test_a_child_dies_with_its_caller(tmp_path: Path) -> None:
    caller = subprocess.Popen(
        [sys.executable, "-c", CALLER, str(file_of(tmp_path, 50_000))],
        cwd=HOME,
        env={**os.environ, "PYTHONPATH": str(HOME)},
        stdout=subprocess.PIPE,
    )
    assert caller.stdout is not None
    with caller.stdout:
        pid = int(caller.stdout.readline())
    assert is_there(pid)
    caller.kill()
    caller.wait()
    until_gone(pid)


def test_the_child_inherits_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:secret@host/x")
    with reading.read(file_of(tmp_path, 50_000), COLUMNS) as opened:
        given = Path(f"/proc/{opened.pid}/environ").read_bytes()
    assert b"PYTHONPATH" in given
    assert b"secret" not in given


def test_the_limit_of_memory_holds(tmp_path: Path) -> None:
    """A short file whose every cell repeats a long text: 20,000 times 30,000 letters of three."""
    shared = "가" * 30_000
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1" '
        f'uniqueCount="1"><si><t>{shared}</t></si></sst>'
    )
    cells = b"".join(b'<c r="A%d" t="s"><v>0</v></c>' % row for row in range(1, 20_000))
    data = sheets.with_sheet(b'<row r="1">' + cells + b"</row>")
    with_strings = sheets.with_members(
        data,
        {
            "xl/sharedStrings.xml": strings.encode(),
            "xl/_rels/workbook.xml.rels": RELATIONS,
        },
    )
    path = tmp_path / "a.xlsx"
    path.write_bytes(with_strings)
    peaks: list[int] = []
    request = {"task": "read", "path": str(path), "columns": [], "mapping": None, "rows": None}
    with (
        Child(request) as child,
        pytest.raises(FileRefused) as refused,
    ):
        sampling = Thread(target=sample, args=(child.pid, peaks))
        sampling.start()
        for _ in child.answers():
            pass
    sampling.join()
    assert refused.value.text == refusal.MEMORY
    assert 300 * 2**20 < max(peaks) < limits.MEMORY


RELATIONS = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/worksheet" Target="worksheets/sheet1.xml"/>'
    b'<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
)


@pytest.mark.parametrize("styled", [b"", b'<c r="A%d" s="1"/>'])
def test_a_million_blank_rows_are_skipped_and_counted(styled: bytes, tmp_path: Path) -> None:
    every = range(3, 1_000_003)
    row = b'<row r="%d">' + styled + b"</row>"
    blank = b"".join(row % ((at, at) if styled else at) for at in every)
    path = tmp_path / "a.xlsx"
    path.write_bytes(sheets.with_sheet(sheets.head_xml() + blank))
    rows, told = sheets.read(path)
    assert [row.values["no"] for row in rows] == ["1001"]
    assert told.blank == 1_000_000


def test_a_dimension_of_the_whole_sheet_over_few_rows_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(sheets.with_sheet(sheets.head_xml(), b'<dimension ref="A1:XFD1048576"/>'))
    rows, told = sheets.read(path)
    assert len(rows) == 1
    assert told.claimed == "XFD1048576"


def test_blank_rows_between_are_skipped_and_counted(tmp_path: Path) -> None:
    last = sheets.cell_xml("A900000", "1002") + sheets.cell_xml("B900000", "끝")
    path = tmp_path / "a.xlsx"
    path.write_bytes(sheets.with_sheet(sheets.head_xml() + b'<row r="900000">' + last + b"</row>"))
    rows, told = sheets.read(path)
    assert [row.number for row in rows] == [2, 900_000]
    assert told.blank == 899_997


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_more_rows_than_are_allowed_are_refused(kind: str, tmp_path: Path) -> None:
    path = file_of(tmp_path, limits.MOST_ROWS + 1)
    if kind == "xlsx":
        row = b'<c t="inlineStr"><is><t>1</t></is></c>' * 2
        rows = (b"<row>" + row + b"</row>") * (limits.MOST_ROWS + 1)
        path.write_bytes(sheets.with_sheet(sheets.head_xml() + rows))
    with pytest.raises(FileRefused) as refused:
        if kind == "xlsx":  # known before the first block
            reading.read(path, COLUMNS).close()
        else:
            sheets.read(path)
    assert refused.value.text == refusal.ROWS
