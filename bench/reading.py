"""Reading a large .xlsx through the limited child, beside the bare readers."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
from python_calamine import CalamineWorkbook

from bench.installation import Servers
from bench.processor import in_child
from bench.result import Result
from bench.sizes import Sizes
from core.contracts.file import Column, ColumnKind
from core.contracts.text import Text
from core.files import limits, reading, writing

COLUMNS = 30
_CODES, _NUMBERS = 3, 10
_WORDS = ("가방", "신발", "원피스", "파랑", "빨강", "면", "여름", "정품", "무료배송", "특가")
_LIMIT_MB = limits.MEMORY / 2**20


def run(servers: Servers, sizes: Sizes) -> Iterator[Result]:
    """As many rows as lines are collected elsewhere, of 30 columns: codes, prices and names.

    Every reader runs in a process of its own, which makes the rows and drops them. The rounds
    go in turns, so that a busy minute is everybody's; openpyxl, which takes longest, reads once.
    """
    with tempfile.TemporaryDirectory(prefix="hp-b-", dir="/tmp") as folder:
        path = Path(folder) / "products.xlsx"
        writing.write_rows(path, [f"열 {at}" for at in range(COLUMNS)], _rows(sizes.lines))
        yield Result("the file", path.stat().st_size / 2**20, "MB")
        ours, bare = [], []
        for _ in range(sizes.rounds):
            bare.append(in_child(partial(timed, calamine, path)))
            ours.append(in_child(partial(timed, _hanpan, path)))
        slow = in_child(partial(timed, openpyxl_reads, path))
    for told in (*ours, *bare, slow):
        if told["rows"] != sizes.lines:
            raise RuntimeError(f"{told['rows']} rows were read")
    took = statistics.median(told["seconds"] for told in ours)
    plain = statistics.median(told["seconds"] for told in bare)
    times = statistics.median(
        one["seconds"] / other["seconds"] for one, other in zip(ours, bare, strict=True)
    )
    yield Result("read, mapped and mended", took, "s", "s bare calamine", plain, times, "<= 2")
    yield Result("  rows a second", sizes.lines / took, "rows/s")
    with_it = ", defusedxml" if openpyxl.DEFUSEDXML else ""
    name = f"  bare openpyxl, read-only{with_it}"
    yield Result(name, slow["seconds"], "s", "s ours", took, goal=">= 2")
    peak = max(told["child_mb"] for told in ours)
    yield Result("  the child's peak", peak, "MB", "a limit", _LIMIT_MB, goal="<= 1")
    yield Result("  the caller's peak", max(told["peak_mb"] for told in ours), "MB")
    yield Result("  bare calamine's peak", max(told["peak_mb"] for told in bare), "MB")


def _rows(count: int) -> Iterator[list[Any]]:
    chance = random.Random(1)
    for _ in range(count):
        yield [
            *(f"P{chance.randrange(10**9):09d}" for _ in range(_CODES)),
            *(chance.randrange(100_000) * 10 for _ in range(_CODES, _NUMBERS)),
            *(" ".join(chance.choices(_WORDS, k=3)) for _ in range(_NUMBERS, COLUMNS)),
        ]


def timed(read: Callable[[Path], dict[str, Any]], path: Path) -> dict[str, Any]:
    """What `read` tells, with the seconds that it took."""
    began = time.perf_counter()
    told = read(path)
    return {**told, "seconds": time.perf_counter() - began}


def _hanpan(path: Path) -> dict[str, Any]:
    with reading.read(path, [_column(at) for at in range(COLUMNS)]) as opened:
        rows = sum(map(len, opened))
    return {"rows": rows, "child_mb": opened.peak_bytes / 2**20}


def _column(at: int) -> Column:
    kinds = (ColumnKind.CODE, ColumnKind.WON, ColumnKind.TEXT)
    return Column(
        name=f"c{at}",
        label=Text(f"열 {at}", f"Column {at}"),
        headers=(f"열 {at}",),
        kind=kinds[(at >= _CODES) + (at >= _NUMBERS)],
        required=at == 0,
    )


def calamine(path: Path) -> dict[str, Any]:
    """Read the rows with bare python-calamine."""
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    return {"rows": sum(1 for _ in sheet.iter_rows()) - 1}


def openpyxl_reads(path: Path) -> dict[str, Any]:
    """openpyxl takes defusedxml by itself where that is installed, and is slower with it."""
    page = openpyxl.load_workbook(path, read_only=True).worksheets[0]
    return {"rows": sum(1 for _ in page.iter_rows(values_only=True)) - 1}
