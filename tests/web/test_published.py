"""What a marketplace fetches from us: bytes for whoever has the token, and nothing else."""

from __future__ import annotations

import pytest
from flask import Flask

from core.ledger import publications
from tests.web.conftest import Browser
from tests.web.shop import Shop

LETTER = "<?xml version='1.0' encoding='euc-kr'?><a>묶음</a>".encode("euc-kr")


@pytest.fixture
def path(owner: Browser) -> str:
    """Where a letter stands for some minutes."""
    shop = Shop()
    of = shop.channel(practice=True)
    with shop.enter():
        publish = publications.publisher(of, lambda: None)
        assert publish is not None
        url = publish(LETTER, "text/xml; charset=euc-kr", 10)
    return "/published/" + url.rpartition("/")[2]


def test_the_bytes_come_as_they_are_without_a_login_a_cookie_or_a_page(
    app: Flask, path: str
) -> None:
    answer = app.test_client().get(path, headers={"User-Agent": "Market/1"})
    assert (answer.status_code, answer.data) == (200, LETTER)
    assert answer.headers["Content-Type"] == "text/xml; charset=euc-kr"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].endswith("sandbox"), "not a page of ours"
    assert "Set-Cookie" not in answer.headers


def test_after_five_fetches_there_is_nothing(app: Flask, path: str) -> None:
    client = app.test_client()
    assert [client.get(path).status_code for _ in range(6)] == [200] * 5 + [404]


def test_an_unknown_token_is_answered_with_nothing_at_all(app: Flask, owner: Browser) -> None:
    for token in ("nobody-knows-it", "x" * 4000):
        answer = app.test_client().get(f"/published/{token}")
        assert (answer.status_code, answer.data) == (404, b"")
        assert "Set-Cookie" not in answer.headers


def test_looking_without_fetching_and_posting_are_refused_and_not_counted(
    app: Flask, path: str
) -> None:
    client = app.test_client()
    assert client.head(path).status_code == 405
    assert client.post(path).status_code in (400, 405)
    assert [client.get(path).status_code for _ in range(5)] == [200] * 5
