"""Every kind of field reads what people type, and says what is wrong with the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.contracts.text import Text
from core.fields import DROP, REQUIRED, Field, Kind, clean, not_carried
from core.services import channel_form

LABEL = Text("이름", "Name")
CHOICES = (("a", Text("가", "A")), ("b", Text("나", "B")))


def field(kind: Kind, **more: Any) -> Field:
    """A field, called `x` where no name is given."""
    return Field(**{"name": "x", **more}, label=LABEL, kind=kind, choices=CHOICES)


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (Kind.TEXT, "  고요상회 ", "고요상회"),
        (Kind.SECRET, "k-1", "k-1"),
        (Kind.TEXTAREA, "한 줄\n두 줄", "한 줄\n두 줄"),
        (Kind.NUMBER, "1,200", 1200),
        (Kind.MONEY, "3000", 3000),
        (Kind.MONEY, "3,000 원", 3000),
        (Kind.FLAG, "1", True),
        (Kind.FLAG, "", False),
        (Kind.CHOICE, "b", "b"),
        (Kind.TIME, "09:30", "09:30"),
        (Kind.DATES, ["2026-01-02", "2026-01-01 2026-01-02"], ["2026-01-01", "2026-01-02"]),
        (Kind.PHONE, "02-0000-0000", "02-0000-0000"),
        (Kind.EMAIL, "a@shop.example", "a@shop.example"),
        (Kind.URL, "https://shop.example/1", "https://shop.example/1"),
    ],
)
def test_what_is_typed_is_read(kind: Kind, typed: Any, value: Any) -> None:
    done = clean([field(kind)], {"x": typed})
    assert done.ok
    assert done.values == {"x": value}


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (Kind.NUMBER, "many"),
        (Kind.NUMBER, "-1"),
        (Kind.MONEY, "1.5"),
        (Kind.CHOICE, "c"),
        (Kind.TIME, "25:00"),
        (Kind.DATES, "2026-13-01"),
        (Kind.PHONE, "call me"),
        (Kind.EMAIL, "a@b"),
        (Kind.URL, "http://shop.example"),
        (Kind.URL, "https://user@shop.example"),
        (Kind.URL, "https://["),
        (Kind.URL, "javascript:alert(1)"),
        (Kind.TEXT, "a\x00b"),
        (Kind.TEXT, "x" * 201),
    ],
)
def test_what_does_not_fit_is_told_in_both_languages(kind: Kind, typed: str) -> None:
    done = clean([field(kind)], {"x": typed})
    assert set(done.problems) == {"x"}
    assert done.problems["x"].ko and done.problems["x"].en
    assert "x" not in done.values


def test_days_that_have_passed_in_korea_are_refused_where_they_must_be_ahead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    five_past_midnight = datetime(2026, 9, 27, 15, 5, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: five_past_midnight)
    ahead = field(Kind.DATES, upcoming=True)
    assert clean([ahead], {"x": "2026-09-28 2026-12-01"}).ok
    told = clean([ahead], {"x": "2026-09-27 2026-12-01"}).problems["x"].ko
    assert "2026-09-27" in told and "2026-12-01" not in told
    assert clean([field(Kind.DATES)], {"x": "2026-09-27"}).ok


def test_every_letter_that_is_not_carried_is_named_once() -> None:
    told = clean([field(Kind.TEXT, encoding="euc-kr")], {"x": "😀창햏고뷁😀"}).problems["x"]
    assert "(😀, 햏, 뷁)" in told.ko
    assert clean([field(Kind.TEXT)], {"x": "😀창햏고뷁"}).ok
    assert not_carried("a\ud800b", "utf-8") == "\ud800"


def test_a_number_that_is_too_large_is_told_its_range() -> None:
    for digits in ("1000001", "99999999999999", "9" * 40):
        told = clean([field(Kind.MONEY, maximum=1_000_000)], {"x": digits}).problems["x"]
        assert told.ko == "0부터 1,000,000까지 넣을 수 있습니다."


def test_a_secret_left_empty_keeps_what_is_stored() -> None:
    secret = field(Kind.SECRET)
    assert clean([secret], {"x": ""}, kept={"x": "old"}).values == {"x": "old"}
    assert clean([secret], {"x": ""}).problems == {"x": REQUIRED}


def test_only_an_optional_secret_can_be_emptied_and_by_its_name_alone() -> None:
    key, other, needed = (
        field(Kind.SECRET, name=name, required=name == "z") for name in ("x", "y", "z")
    )
    stored = {"x": "one", "y": "two", "z": "three"}
    done = clean([key, other, needed], {"x": "", DROP: ["x z"]}, kept=stored)
    assert done.values == {"x": "", "y": "two", "z": "three"}
    assert clean([key], {"x": "new", DROP: ["x"]}, kept=stored).values == {"x": "new"}


def test_a_field_that_is_not_shown_is_not_asked_for() -> None:
    kind = Field(name="kind", label=LABEL, kind=Kind.CHOICE, choices=CHOICES)
    only_b = field(Kind.TEXT, show_if=("kind", ("b",)))
    assert clean([kind, only_b], {"kind": "a", "x": "typed"}).values == {"kind": "a", "x": None}
    assert clean([kind, only_b], {"kind": "b"}).problems == {"x": REQUIRED}


def test_a_read_only_field_takes_no_value_from_a_form() -> None:
    fixed = field(Kind.TEXT, readonly=Text("바꿀 수 없습니다", "Fixed"))
    assert clean([fixed], {"x": "typed"}, kept={"x": "stored"}).values == {"x": "stored"}


@given(st.sampled_from(list(Kind)), st.text() | st.lists(st.text(), max_size=3))
def test_no_input_makes_a_field_raise(kind: Kind, typed: Any) -> None:
    done = clean([field(kind)], {"x": typed})
    assert ("x" in done.values) != ("x" in done.problems)


def test_what_is_pasted_is_tidied_before_it_is_measured_checked_and_kept() -> None:
    item = field(
        Kind.TEXT,
        tidy=lambda text: text.rpartition("/")[2],
        max_length=5,
        check=lambda value: None if value.isalpha() else REQUIRED,
    )
    assert clean([item], {"x": " https://shop.example/goyo "}).values == {"x": "goyo"}
    assert clean([item], {"x": "https://shop.example/7"}).problems == {"x": REQUIRED}
    assert clean([item], {"x": "https://shop.example/"}).problems == {"x": REQUIRED}


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("goyo_store", True),
        ("goyo@shop.example", True),
        ("goyo store", False),
        ("고요상회", False),
        ("@", False),
    ],
)
def test_a_seller_id_is_what_somebody_can_log_in_by(typed: str, right: bool) -> None:
    (seller_id,) = (one for one in channel_form.COMMON if one.name == "seller_id")
    assert clean([seller_id], {"seller_id": typed}).ok is right


def test_a_tidy_of_a_plugin_that_raises_leaves_what_was_typed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(text: str) -> str:
        raise IndexError(text)

    assert clean([field(Kind.TEXT, tidy=broken)], {"x": "마음"}).values == {"x": "마음"}
    assert "the tidy of the field x raised" in caplog.text


def test_a_check_of_a_plugin_that_raises_refuses_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def broken(value: Any) -> Text | None:
        raise KeyError("code")

    fields = (field(Kind.TEXT, check=broken), Field(name="y", label=LABEL))
    done = clean(fields, {"x": "마음", "y": ""})
    assert done.values["x"] == "마음"
    assert done.problems == {"y": REQUIRED}
    assert "the check of the field x raised" in caplog.text


def test_a_check_of_a_plugin_says_why() -> None:
    reason = Text("다릅니다.", "It differs.")
    done = clean(
        (field(Kind.TEXT, check=lambda value: reason if value == "a" else None),), {"x": "a"}
    )
    assert done.problems == {"x": reason}
