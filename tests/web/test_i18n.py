"""Korean and English: every sentence in both, and times and sums as people say them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from flask import Flask, g

from core import clock
from core.contracts.text import Text
from tests.web.conftest import Browser
from web import catalog, i18n, masks

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)  # 15:00 in Korea


@pytest.fixture
def korean(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with app.test_request_context():
        yield


@pytest.fixture
def english(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with app.test_request_context():
        g.login = SimpleNamespace(user=SimpleNamespace(language="en", theme="dark"))
        yield


def at(day: int, hour: int, minute: int = 0, *, month: int = 11, year: int = 2026) -> datetime:
    """A moment by Korea's clock."""
    return datetime(year, month, day, hour, minute, tzinfo=clock.KST).astimezone(UTC)


def test_every_sentence_of_web_has_an_english_translation() -> None:
    found = catalog.merged()
    assert len(found) > 200
    assert catalog.untranslated(found) == []


def test_no_sentence_is_hidden_in_an_f_string_where_the_catalog_does_not_find_it() -> None:
    told = []
    for file in catalog.WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                inner = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
                told += [
                    f"{file.name}:{node.lineno}"
                    for call in inner
                    if getattr(call.func, "id", "") in ("_", "gettext")
                ]
    assert told == []


def test_no_sentence_leaves_the_particle_to_the_reader() -> None:
    both = re.compile(r"이\(가\)|을\(를\)|은\(는\)|\(으\)로")
    assert [str(one.id) for one in catalog.merged() if both.search(str(one.id))] == []


def test_translations_have_the_placeholders_of_their_sentences() -> None:
    found = catalog.merged()
    assert catalog.problems(found) == []
    for message in found:
        for mark in (r"%\(\w+\)s", r"\{\w+\}", r"<(/?\w+)"):
            there = sorted(re.findall(mark, str(message.id)))
            assert there == sorted(re.findall(mark, str(message.string))), message.id


def test_the_catalog_on_disk_is_the_one_that_the_sentences_make() -> None:
    found = catalog.merged()
    assert catalog.PO.read_bytes() == catalog.as_po(found), "run: python -m web.catalog"
    assert catalog.MO.read_bytes() == catalog.as_mo(found), "run: python -m web.catalog"


def test_before_the_login_the_browser_chooses_and_the_button_overrules_it(
    visitor: Browser, owner: Browser
) -> None:
    assert '<html lang="ko"' in visitor.open("/login").text
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    answer = visitor.open("/login", headers=english)
    assert '<html lang="en"' in answer.text
    assert "Cannot" not in answer.text and "Password" in answer.text
    answer = visitor.post("/me/language", {"lang": "ko", "next": "/login"}, headers=english)
    assert '<html lang="ko"' in answer.text
    assert '<html lang="ko"' in visitor.open("/login", headers=english).text


def test_ages_in_korean(korean: None) -> None:
    assert i18n.ago(None) == "–"
    assert i18n.ago(at(21, 15)) == "방금"
    assert i18n.ago(at(21, 16)) == "방금", "a clock that is ahead"
    assert i18n.ago(at(21, 14, 58)) == "2분 전"
    assert i18n.ago(at(21, 3)) == "12시간 전"
    assert i18n.ago(at(18, 3)) == "3일 전"


def test_moments_in_korean(korean: None) -> None:
    assert i18n.moment(at(21, 15)) == "오늘 15:00"
    assert i18n.moment(at(21, 0)) == "오늘 00:00"
    assert i18n.moment(at(20, 23, 59)) == "어제 23:59"
    assert i18n.moment(at(20, 9, 30, month=10)) == "10월 20일 09:30"
    assert i18n.moment(at(31, 9, month=12, year=2025)) == "2025년 12월 31일 09:00"
    assert i18n.day(date(2026, 11, 3)) == "11월 3일"
    assert i18n.day(at(22, 9)) == "11월 22일"
    assert i18n.hour(at(21, 9, 5)) == "09:05"


def test_spans_and_sums_in_korean(korean: None) -> None:
    assert i18n.span(45) == "45초"
    assert i18n.span(200) == "3분"
    assert i18n.span(3600) == "1시간"
    assert i18n.span(5 * 3600 + 48 * 60) == "5시간 48분"
    assert i18n.span(52 * 3600) == "2일 4시간"
    assert i18n.won(98300) == "98,300원"
    assert i18n.won(-500) == "−500원"
    assert i18n.won(None) == "–"


def test_the_same_in_english(english: None) -> None:
    assert i18n.ago(at(21, 14, 58)) == "2 min ago"
    assert i18n.moment(at(21, 15)) == "Today 15:00"
    assert i18n.moment(at(20, 9, 30, month=10)) == "20 Oct 09:30"
    assert i18n.moment(at(31, 9, month=12, year=2025)) == "31 Dec 2025 09:00"
    assert i18n.span(5 * 3600 + 48 * 60) == "5 h 48 min"
    assert i18n.won(98300) == "₩98,300"


def test_texts_of_plugins_speak_the_language_of_the_page(english: None) -> None:
    assert i18n.tr(Text("주소지", "Address")) == "Address"
    assert i18n.tr({"ko": "주소지", "en": "Address"}) == "Address"
    assert i18n.tr("as it is") == "as it is"
    assert i18n.tr(None) == ""


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (masks.name, "김도현", "김*현"),
        (masks.name, "김현", "김*"),
        (masks.name, "남궁도현", "남**현"),
        (masks.name, "", ""),
        (masks.name, None, ""),
        (masks.phone, "0502-1234-1204", "0502-****-1204"),
        (masks.phone, "010-1234-1204", "010-****-1204"),
        (masks.phone, "02-123-1204", "02-****-1204"),
        (masks.phone, "+82 10 1234 1204", "+82-****-1204"),
        (masks.phone, "1234", "****"),
        (masks.email, "kim@shop.example", "k***@shop.example"),
        (masks.email, "not an address", "n************s"),
        (masks.dashed, "01012345678", "010-1234-5678"),
        (masks.dashed, "02-312-4567", "02-312-4567"),
        (masks.dashed, "050277771204", "0502-7777-1204"),
        (masks.dashed, "+82 10", "+82 10"),
        (masks.rest, "서울시 중구 세종대로 110", "***"),
    ],
)
def test_people_are_masked(mask: object, value: str | None, shown: str) -> None:
    assert callable(mask)
    assert mask(value) == shown
