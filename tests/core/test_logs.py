"""The log: where an error came from, and none of what it may quote."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from core.contracts.text import Text
from core.errors import RateLimited, Unavailable
from core.ledger import ends
from hanpan import logs, news

CANARY = "canary-77e1"


def logged(raising: Callable[[], object], *, secrets: tuple[str, ...] = ()) -> str:
    """The log of an error."""
    try:
        raising()
    except Exception:
        record = logging.LogRecord("hanpan", logging.ERROR, "f", 1, "it failed", (), sys.exc_info())
        return logs.Discreet(secrets).format(record)
    pytest.fail("it did not raise")


def quote_a_value() -> None:
    int(CANARY)


def quote_in_a_cause() -> None:
    try:
        quote_a_value()
    except ValueError as error:
        raise RuntimeError("the page was not understood") from error


def quote_a_parameter() -> None:
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("SELECT * FROM nothing WHERE a = :a"), {"a": CANARY})


@pytest.mark.parametrize("raising", [quote_a_value, quote_in_a_cause, quote_a_parameter])
def test_an_error_is_logged_by_place_and_kind_alone(raising: Callable[[], object]) -> None:
    said = logged(raising)
    assert CANARY not in said
    assert f"in {raising.__name__}" in said


def test_what_our_own_errors_say_is_shown_with_its_cause_first() -> None:
    said = logged(quote_in_a_cause)
    assert said.index("ValueError") < said.index("RuntimeError: the page was not understood")
    assert "no answer" in logged(lambda: _raise(Unavailable(detail="no answer")))


def _raise(error: Exception) -> None:
    raise error


def test_our_passwords_are_hidden_wherever_they_stand() -> None:
    said = logged(lambda: _raise(OSError(f"postgresql://u:{CANARY}@h")), secrets=(CANARY,))
    assert CANARY not in said
    assert "가림" in said


# -- what of it reaches the terminal --------------------------------------------------------------

WHEN = "2026-11-21 23:02:11,123"


@pytest.fixture
def told() -> news.News:
    """The terminal of a run that knows one marketplace."""
    return news.News(Path("log"), {"acme": Text("에이스", "Ace")})


def failed(command: str, error: str, channel: str = "3f2a") -> str:
    """What is logged of a call that failed."""
    return (
        f"{WHEN} WARNING core.ledger.ends: command {command} (orders.collect, acme {channel}): "
        f"{error}  connecting failed"
    )


def test_the_terminal_tells_a_marketplace_that_does_not_answer_once(told: news.News) -> None:
    first = told.of("worker-sync", failed("a" * 32, "Unavailable"))
    assert first is not None
    assert first.ko.startswith("23:02 에이스 (3f2a): 판매채널이 응답하지 않습니다.")
    assert first.en.startswith("23:02 Ace (3f2a): ")
    assert first.ko.endswith(f" 작업 /jobs/{'a' * 32}"), "where the page tells more"
    assert told.of("worker-sync", failed("b" * 32, "Unavailable")) is None
    assert told.of("worker-urgent", failed("c" * 32, "Unavailable")) is None
    other = told.of("worker-sync", failed("d" * 32, "Unavailable", channel="77e1"))
    assert other is not None and "77e1" in other.ko
    changed = told.of("worker-sync", failed("e" * 32, "AuthError"))
    assert changed is not None and "인증 정보" in changed.ko


def test_what_the_ledger_logs_of_a_failed_call_is_what_the_terminal_reads(
    told: news.News, caplog: pytest.LogCaptureFixture
) -> None:
    run: Any = SimpleNamespace(
        command=SimpleNamespace(id="a" * 32, kind="orders.collect"),
        channel=SimpleNamespace(id="3f2a77e1" * 4, marketplace="acme"),
    )
    ends.by_error(run, RateLimited(detail="429"))
    (record,) = caplog.records
    said = told.of("worker-sync", logs.Discreet().format(record))
    assert said is not None and "에이스 (3f2a): 판매채널의 호출 한도" in said.ko


def test_the_terminal_tells_it_again_when_it_was_quiet_long(
    told: news.News, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = failed("a" * 32, "Unavailable")
    assert told.of("worker-sync", line) is not None
    monkeypatch.setattr(news, "QUIET_S", -1.0)
    assert told.of("worker-sync", line) is not None


def test_the_terminal_tells_that_redis_went_and_came_back(told: news.News) -> None:
    gone = f"{WHEN} WARNING core.queue: Redis does not answer; the worker waits for it"
    back = f"{WHEN} WARNING core.queue: Redis answers again"
    said = [
        text.ko if text else ""
        for text in (
            told.of("worker-urgent", gone),
            told.of("worker-sync", gone),
            told.of("worker-urgent", back),
            told.of("worker-sync", back),
            told.of("worker-urgent", gone),
        )
    ]
    assert ["기다립니다" in one for one in said] == [True, False, False, False, True]
    assert ["다시 응답합니다" in one for one in said] == [False, False, True, False, False]


def test_the_terminal_names_the_log_of_what_it_does_not_know_and_quotes_nothing(
    told: news.News,
) -> None:
    said = told.of("web", f"{WHEN} ERROR hanpan.web: request 0a1b2c3d4e5f failed {CANARY}")
    assert said is not None and said.ko == "23:02 web: 오류를 기록했습니다. log/web.log"
    assert told.of("web", f"{WHEN} ERROR hanpan.web: request 5f6a7b8c9d0e failed {CANARY}") is None
    assert told.of("web", f"{WHEN} INFO hanpan.web: GET / 200") is None
    assert told.of("web", "  File a line of a traceback") is None
