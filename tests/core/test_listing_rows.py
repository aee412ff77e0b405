"""Rows of an export with one listing in each, and writes to one listing at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from core import clock
from core.contracts.file import Column, ColumnKind, FileRow
from core.contracts.product import Listing
from core.contracts.text import Text
from core.contracts.write import Absent, Done, Item, Repeat, Result, Scope, Sent, Unclear
from core.errors import NotFound, Rejected
from core.listing_rows import AGAIN, NO_NUMBER, begin_of, end_of, listing_rows, told_cells
from core.listing_writes import listing_write

COLUMNS = (
    Column(name="no", label=Text("번호", "Number"), headers=("번호",), kind=ColumnKind.CODE),
    Column(name="made", label=Text("등록일", "Made"), headers=("등록일",), kind=ColumnKind.DAY),
)
REASON = Text("날짜가 아닙니다.", "It is no day.")
GONE = Text("없는 상품입니다.", "There is none.")


def read(number: str, values: Mapping[str, Any]) -> Listing:
    return Listing(product_no=number, raw=told_cells(COLUMNS, values))


def test_each_row_is_a_listing_or_says_why_not() -> None:
    rows = [
        FileRow(2, {"no": "1", "made": date(2026, 1, 31)}),
        FileRow(3, {"no": None}),
        FileRow(4, {"no": "SKU-1"}),
        FileRow(5, {"no": "1"}),
        FileRow(6, {"no": "2", "made": None}, (), {"made": REASON}),
        FileRow(7, {"no": "2"}, (), {"": REASON}),
        FileRow(8, {"no": "2"}),
    ]
    found = list(listing_rows(COLUMNS, read, number="no")(iter(rows)))
    good = [row.listing.product_no for row in found if row.listing and not row.problem]
    assert good == ["1", "2"]
    assert found[0].listing is not None
    assert found[0].listing.raw == {"번호": "1", "등록일": "2026-01-31"}
    assert found[1].problem == NO_NUMBER
    assert found[2].problem is not None and "'SKU-1'" in found[2].problem.ko
    assert found[3].problem == AGAIN.format(row=2, number="1")
    assert found[4].problem is not None and found[4].problem.ko == "등록일: 날짜가 아닙니다."
    assert found[5].problem == REASON


def test_a_problem_tells_the_number_and_the_name_of_its_row() -> None:
    rows = [
        FileRow(2, {"no": "7", "name": "가방"}, (), {"made": REASON}),
        FileRow(3, {"no": None, "name": "신발"}),
        FileRow(4, {"no": None, "name": None}),
    ]
    found = list(listing_rows(COLUMNS, read, number="no")(iter(rows)))
    assert all(row.problem for row in found)
    assert found[0].listing == Listing(product_no="7", name="가방")
    assert found[1].listing == Listing(product_no="", name="신발")
    assert found[2].listing is None


def test_rows_are_taken_one_by_one() -> None:
    def endless() -> Iterator[FileRow]:
        number = 1
        while True:
            number += 1
            yield FileRow(number, {"no": str(number)})

    found = iter(listing_rows(COLUMNS, read, number="no")(endless()))
    assert [next(found).number for _ in range(3)] == [2, 3, 4]


def test_days_begin_and_end_in_korea() -> None:
    assert begin_of(date(2026, 1, 1)) == datetime(2026, 1, 1, tzinfo=clock.KST)
    assert end_of(date(2026, 1, 1)) == datetime(2026, 1, 1, 23, 59, 59, tzinfo=clock.KST)


def test_a_write_is_made_listing_by_listing_and_read_back() -> None:
    shelf = {"1": 100, "2": 200}

    def get(client: Any, numbers: Sequence[str]) -> list[Listing]:
        return [Listing(product_no=no, price=shelf[no]) for no in numbers if no in shelf]

    def change(client: Any, number: str, values: Mapping[str, Any]) -> Result:
        if number not in shelf:
            raise NotFound(code="404")
        if values["price"] < 0:
            raise Rejected(REASON, code="LOW")
        shelf[number] = values["price"]
        return Result(number)

    write = listing_write(
        change, lambda one, values: one.price == values["price"], get=get, gone=GONE
    )
    assert (write.scope, write.repeat, write.batch) == (Scope.LISTING, Repeat.READBACK, 1)
    wanted = [Item("1", {"price": 150}), Item("9", {"price": 1}), Item("2", {"price": -1})]
    done, gone, refused = write.send(None, wanted)
    assert done.done and (gone.text, gone.code) == (GONE, "404")
    assert (refused.text, refused.code) == (REASON, "LOW") and shelf == {"1": 150, "2": 200}
    assert write.readback is not None
    verdicts = write.readback(None, [Sent(item.key, item.values, clock.now()) for item in wanted])
    assert verdicts == {"1": Done(), "9": Unclear(GONE), "2": Absent()}
