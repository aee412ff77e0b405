"""The product list of the seller office, in every form that it comes in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from core.files import reading
from core.listing_rows import AGAIN, NO_NUMBER
from core.practice import PracticeHost, start
from hanpan.api import KST, UNCHANGED, FileRow, MigrationRow, SaleState, Text
from plugins.eleven_st.listings import STATES
from plugins.eleven_st.migration import COLUMNS, PARSER
from plugins.eleven_st.sandbox import SANDBOX
from plugins.eleven_st.sandbox.listings import HEAD, export
from plugins.eleven_st.tests.seller_office import FORMS, csv, xlsx

ROW = ["4000000001", "SKU-1001", "면 티셔츠", "판매중", "19,900", 5]


@pytest.fixture(scope="module")
def shelf() -> Iterator[PracticeHost]:
    with start([SANDBOX], seed=None) as host:
        host.place("eleven_st").seed("small", {"products": 60})
        yield host


def read(path: Path, content: bytes) -> list[MigrationRow]:
    """What the parser makes of a file that core has read."""
    path.write_bytes(content)
    with reading.read(path, COLUMNS) as opened:
        found: list[FileRow] = [row for block in opened for row in block]
    return list(PARSER.rows(iter(found)))


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_the_file_gives_the_whole_shelf(
    shelf: PracticeHost, tmp_path: Path, name: str
) -> None:
    place = shelf.place("eleven_st")
    found = read(tmp_path / name, FORMS[name](export(place.world)))
    assert [row.problem for row in found] == [None] * 60
    assert [row.number for row in found] == list(range(3, 63))
    told = {row.listing.product_no: row.listing for row in found if row.listing is not None}
    ledger = place.ledger()["listings"]
    assert set(told) == set(ledger)
    for number, listing in told.items():
        assert listing.price == ledger[number]["price"]
        assert listing.state is STATES[ledger[number]["state"]][1]
        assert listing.displayed == ledger[number]["displayed"]
        assert listing.options is UNCHANGED
        ends = ledger[number]["sale_ends"]
        assert listing.sale_ends == (UNCHANGED if ends is None else datetime.fromisoformat(ends))


def test_a_row_is_read_as_far_as_its_file_tells(tmp_path: Path) -> None:
    head = ["상품번호", "셀러상품코드", "상품명", "상태", "판매단가", "재고"]
    (row,) = read(tmp_path / "a.csv", csv([head, ROW]))
    listing = row.listing
    assert listing is not None
    assert (listing.product_no, listing.code, listing.name) == tuple(ROW[:3])
    assert (listing.price, listing.state) == (19900, SaleState.ON_SALE)
    assert listing.remote_state == "판매중"
    assert listing.sale_starts is listing.sale_ends is listing.category is UNCHANGED
    assert listing.raw["재고"] == 5
    (row,) = read(tmp_path / "b.csv", csv([["상품번호", "상품명"], ["1", "컵"]]))
    assert row.listing is not None and row.listing.code is UNCHANGED
    assert row.listing.state is row.listing.price is UNCHANGED


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("품절", SaleState.SOLD_OUT),
        ("판매중지", SaleState.STOPPED),
        ("전시 중지", SaleState.STOPPED),
        ("판매종료", SaleState.ENDED),
        ("판매강제종료", SaleState.ENDED),
        ("판매금지", SaleState.FORBIDDEN),
        ("승인대기", SaleState.WAITING),
        ("새 상태", SaleState.UNKNOWN),
    ],
)
def test_a_state_is_known_by_its_word(tmp_path: Path, word: str, state: SaleState) -> None:
    (row,) = read(tmp_path / "a.csv", csv([list(HEAD[:4]), [*ROW[:3], word]]))
    assert row.listing is not None
    assert (row.listing.state, row.listing.remote_state) == (state, word)


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ({0: ""}, NO_NUMBER.ko),
        ({0: "SKU-1001"}, "'SKU-1001'은(는) 숫자가 아닙니다"),
        ({0: "4.00E+11"}, "상품번호: '4.00E+11'처럼 줄여 쓴"),
        ({4: "-100"}, "판매가: 0보다 작은"),
        ({4: "99999999999999"}, "판매가: 값이 너무 큽니다"),
        ({5: "많음"}, "재고: '많음'"),
    ],
)
def test_what_is_no_product_is_a_problem_with_its_reason(
    tmp_path: Path, cells: dict[int, str], word: str
) -> None:
    wrong = [cells.get(at, value) for at, value in enumerate(ROW)]
    good = ["4000000002", *ROW[1:]]
    first, second = read(tmp_path / "a.csv", csv([HEAD[:6], wrong, good]))
    assert first.problem is not None and word in first.problem.ko
    assert first.problem.en and first.number == 2
    assert second.listing is not None and second.problem is None


def test_a_number_that_comes_again_is_taken_once(tmp_path: Path) -> None:
    first, again = read(tmp_path / "a.xlsx", xlsx([HEAD[:6], ROW, [*ROW[:4], "1,000", 1]]))
    assert first.listing is not None and first.listing.price == 19900
    assert again.problem == AGAIN.format(row=2, number="4000000001")


def test_rows_are_taken_one_by_one() -> None:
    def endless() -> Iterator[FileRow]:
        number = 0
        while True:
            number += 1
            yield FileRow(number, {"product_no": str(number), "name": "컵"})

    found = PARSER.rows(endless())
    assert [next(found).number for _ in range(3)] == [1, 2, 3]


def test_days_begin_and_end_in_korea() -> None:
    from_file: Any = {
        "product_no": "1",
        "sale_starts": datetime(2026, 1, 1).date(),
        "sale_ends": datetime(2026, 1, 31).date(),
    }
    (row,) = PARSER.rows(iter([FileRow(2, from_file)]))
    assert row.listing is not None
    assert row.listing.sale_starts == datetime(2026, 1, 1, tzinfo=KST)
    assert row.listing.sale_ends == datetime(2026, 1, 31, 23, 59, 59, tzinfo=KST)


def test_a_reason_for_the_whole_row_is_shown_as_it_is() -> None:
    reason = Text("칸이 많습니다.", "Too many cells.")
    (row,) = PARSER.rows(iter([FileRow(2, {"product_no": "1"}, (), {"": reason})]))
    assert row.problem == reason
