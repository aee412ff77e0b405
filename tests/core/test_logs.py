"""The log: where an error came from, and none of what it may quote."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, text

from core.errors import Unavailable
from hanpan import logs

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
