"""The product list as the seller office gives it out, written from the practice shelf."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import xlwt

from core.practice import World
from plugins.eleven_st.sandbox.listings import NAMES, listings, pieces_of, status_of
from plugins.eleven_st.sandbox.wire import when

HEAD = (
    "상품번호", "판매자 상품코드", "상품명", "판매상태", "판매가(원)", "재고수량", "카테고리",
    "판매시작일", "판매종료일", "등록일",
)  # fmt: skip
Table = Sequence[Sequence[Any]]


def table(world: World) -> list[list[Any]]:
    """A title, the header under it, and a row for each listing."""
    now = world.now().timestamp()
    told: list[list[Any]] = [["상품조회/수정 목록"], list(HEAD)]
    for number, one in listings(world).items():
        told.append([
            number, one["code"], one["name"], NAMES[status_of(one, now)], f"{one['price']:,}",
            pieces_of(one), "패션 > 의류", when(one["starts"]),
            "" if one["ends"] is None else when(one["ends"]), when(one["made"]),
        ])  # fmt: skip
    return told


def xlsx(rows: Table) -> bytes:
    """A workbook."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls(rows: Table) -> bytes:
    """An old workbook, its numbers as numbers."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("list")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            told = str(value)
            page.write(at, column, int(told) if told.isdecimal() else value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv(rows: Table) -> bytes:
    """Text in CP949."""
    lines = (",".join('"' + str(value).replace('"', '""') + '"' for value in row) for row in rows)
    return "\r\n".join(lines).encode("cp949")


def zipped(rows: Table) -> bytes:
    """The archive that the download page makes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("10000001_001_20260928090530.xls", xls(rows))
    return out.getvalue()


FORMS: Mapping[str, Any] = {"a.xlsx": xlsx, "a.xls": xls, "a.csv": csv, "a.zip": zipped}
"""By the name of a file, what writes it."""
