"""Answers are read leniently, fields tidied, rows made listings, and listings judged, alike."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from core import fulfilled
from core.clock import KST
from core.contracts.file import Column, ColumnKind, FileRow
from core.contracts.page import UNCHANGED
from core.contracts.product import Listing, ListingOption, SaleState
from core.contracts.text import Text
from core.field_checks import BACKWARDS, NO_DAY, as_meant, day_field, shaped, wrong_days
from core.fields import clean
from core.listing_rows import listing_of, listing_rows
from core.wire_values import moment_of, part, text_of, whole


@pytest.mark.parametrize(
    ("told", "number"),
    [
        (3, 3), (3.9, 3), ("12", 12), ("-1,200", -1200), ("", None), ("3개", None), (None, None),
        (True, None), (float("nan"), None), ("--5", None), ("1" * 16, None), ([1], None),
    ],
)  # fmt: skip
def test_a_whole_number_is_one_however_it_is_written(told: Any, number: int | None) -> None:
    assert whole(told) == number


def test_a_time_without_a_zone_is_korean_and_what_is_none_is_none() -> None:
    assert moment_of("2026-01-02 03:04:05") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=KST)
    assert moment_of("2026-01-02T03:04:05Z") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert [moment_of(odd) for odd in (None, "", "어제", 7, {})] == [None] * 5


def test_parts_and_texts_are_none_where_there_are_none() -> None:
    assert part({"a": {"b": 1}}, "a") == {"b": 1}
    assert [part({"a": odd}, "a") for odd in (None, [], "b")] == [{}] * 3 and part({}, "a") == {}
    assert [text_of(one) for one in ("x", 7, 0, "", None)] == ["x", "7", "0", None, None]


def test_what_is_pasted_is_tidied_and_held_to_its_shape() -> None:
    no = Text("아닙니다.", "No.")
    assert as_meant(" '키 - 1'\n") == "키-1"
    assert shaped("[0-9]+", no)("12") is None and shaped("[0-9]+", no)("12a") is no
    field = day_field("since", Text("시작일", "First day"))
    for typed in ("2026-01-31", "2026.1.31", "2026/01/31", "20260131"):
        assert clean([field], {"since": typed}).values == {"since": "2026-01-31"}
    for typed in ("2026-02-30", "1월", "2026-W05-6"):
        assert clean([field], {"since": typed}).problems == {"since": NO_DAY}
    assert wrong_days("2026-02-01", "2026-01-31") is BACKWARDS
    assert wrong_days("2026-01-31", "2026-01-31") is wrong_days(None, "2026-01-31") is None


COLUMNS = tuple(
    Column(name=name, label=Text(name, name), headers=(name,), kind=kind)
    for name, kind in (
        ("product_no", ColumnKind.CODE), ("name", ColumnKind.TEXT), ("code", ColumnKind.CODE),
        ("state", ColumnKind.TEXT), ("price", ColumnKind.WON), ("sale_ends", ColumnKind.DAY),
        ("displayed", ColumnKind.FLAG),
    )
)  # fmt: skip


def test_columns_called_as_a_listings_fields_make_one() -> None:
    cells = {
        "product_no": "7", "name": "컵", "code": None, "state": "판매중", "price": 0,
        "sale_ends": date(2026, 1, 31), "displayed": False,
    }  # fmt: skip
    rows = listing_rows(COLUMNS, states={"판매중": SaleState.ON_SALE}.__getitem__)
    (row,) = rows(iter([FileRow(2, cells)]))
    assert row.listing == Listing(
        product_no="7",
        name="컵",
        code="",
        state=SaleState.ON_SALE,
        remote_state="판매중",
        price=0,
        displayed=False,
        sale_ends=datetime(2026, 1, 31, 23, 59, 59, tzinfo=KST),
        raw={"product_no": "7", "name": "컵", "state": "판매중", "price": 0}
        | {"sale_ends": "2026-01-31", "displayed": False},
    )
    bare = listing_of(COLUMNS, "8", {"name": "", "price": None}, displayed=True)
    assert bare == Listing(product_no="8", displayed=True, raw={"name": ""})


def test_a_listing_is_as_it_was_asked_for_or_not() -> None:
    ends = datetime(2026, 1, 31, 23, 59, tzinfo=KST)
    options = [ListingOption(option_no="a", stock=3), ListingOption(option_no="b", stock=0)]
    cup = Listing(product_no="1", price=900, state=SaleState.SOLD_OUT, displayed=True,
                  options=options, sale_ends=ends)  # fmt: skip
    thin = Listing(product_no="1")
    so: list[tuple[Any, dict[str, Any], dict[str, Any]]] = [
        (fulfilled.price, {"price": 900}, {"price": 901}),
        (fulfilled.stock, {"options": {"a": 3}}, {"options": {"a": 3, "c": 0}}),
        (fulfilled.status, {"on_sale": True}, {"on_sale": False}),
        (fulfilled.display, {"displayed": True}, {"displayed": False}),
        (fulfilled.extend, {"until": "2026-01-31"}, {"until": "2026-02-01"}),
    ]
    for is_so, wanted, other in so:
        assert is_so(cup, wanted) and not is_so(cup, other) and not is_so(thin, wanted), wanted
    endless = Listing(product_no="1", sale_ends=None)
    assert fulfilled.extend(endless, {"until": "2026-01-31"})
    assert endless.options is UNCHANGED and not fulfilled.stock(endless, {"options": {}})
