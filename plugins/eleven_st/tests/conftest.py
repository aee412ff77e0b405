"""A Seller OpenAPI that answers what a test lays out for it, and a client that talks to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from core import practice
from hanpan.testing import Answers, Gate, PracticeShop, Response, host_of, practice_shop
from plugins.eleven_st.client import ElevenSt
from plugins.eleven_st.forms import FORM
from plugins.eleven_st.sandbox import SANDBOX

NOW = datetime(2026, 9, 28, 0, 5, 30, tzinfo=UTC)
API_KEY = "0123456789abcdef0123456789abcdef"
VALUES = {"api_key": API_KEY, "seller_type": "general"}
DECLARED = '<?xml version="1.0" encoding="euc-kr" standalone="yes"?>'
PREFIX = 'xmlns:ns2="http://skt.tmall.business.openapi.spring.service.client.domain/"'


class Eleven:
    """Answers by (method, beginning of the path), the longest that fits."""

    def __init__(self) -> None:
        self.now = NOW
        self.gate = Gate()
        self.answers = Answers(self._named, _response)
        self.sent = self.answers.sent

    def on(self, method: str, path: str, *answers: Any) -> None:
        """Lay out answers: XML text for a 200, (status, text or bytes[, headers]), or an error."""
        self.answers.on((method, path), *answers)

    def client(self, **values: Any) -> ElevenSt:
        host = host_of(
            self.answers.transport,
            {"api": "https://api.11st.co.kr/rest"},
            gate=self.gate,
            now=lambda: self.now,
            secrets=[API_KEY],
        )
        return ElevenSt({**VALUES, **values}, host)

    def paths(self) -> list[str]:
        return [_path(request) for request in self.sent]

    def bodies(self) -> list[str]:
        return [request.content.decode("euc-kr") for request in self.sent]

    def _named(self, request: httpx.Request) -> Any:
        method, path = request.method, _path(request)
        laid: list[Any] = [*self.answers.laid]
        fitting = [key for key in laid if key[0] == method and path.startswith(key[1])]
        return max(fitting, key=lambda key: len(key[1]), default=(method, path))


def _response(answer: Any) -> Response:
    status, body, *headers = answer if isinstance(answer, tuple) else (200, answer)
    content = body if isinstance(body, bytes) else (DECLARED + body).encode("euc-kr")
    return Response(status, content=content, headers=headers[0] if headers else None)


def _path(request: httpx.Request) -> str:
    return unquote(request.url.path.removeprefix("/rest"))


def leaves(**values: Any) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items())


def orders(*rows: dict[str, Any]) -> str:
    """A list with rows (§2 shape D)."""
    inside = "".join(f"<ns2:order>{leaves(**row)}</ns2:order>" for row in rows)
    return f"<ns2:orders {PREFIX}>{inside}</ns2:orders>"


def told(code: str, text: str = "") -> str:
    """A list that tells a code instead."""
    said = f"<ns2:result_code>{code}</ns2:result_code><ns2:result_text>{text}</ns2:result_text>"
    return f"<ns2:orders {PREFIX}>{said}</ns2:orders>"


def result(code: str, text: str = "") -> str:
    """The answer to an order write (§2 shape C)."""
    inside = leaves(openMallID="11ST", result_code=code, result_text=text)
    return f"<ResultOrder>{inside}</ResultOrder>"


def client_message(code: str, message: str, **more: Any) -> str:
    """The answer to a template write (§2 shape B)."""
    return f"<ClientMessage>{leaves(message=message, **more, resultCode=code)}</ClientMessage>"


def book(*rows: dict[str, Any], message: str = "", row: str = "inOutAddress") -> str:
    """The address book (§2 shape F)."""
    inside = "".join(f"<ns2:{row}>{leaves(**one)}</ns2:{row}>" for one in rows)
    said = f"<ns2:result_message>{message}</ns2:result_message>" if message else ""
    return f"<ns2:inOutAddresss {PREFIX}>{inside}{said}</ns2:inOutAddresss>"


def stopped(code: str, message: str = "거절") -> tuple[int, str]:
    """What the gateway says (§2 shape A): HTTP 500."""
    told = leaves(resultCode=code, resultMessage=message)
    return 500, f"<AuthMessage>{told}</AuthMessage>"


NOTHING = told("0", "조회된 결과가 없습니다.")
NO_CLAIM = told("-1", "해당 건이 없습니다.")


@pytest.fixture
def eleven() -> Iterator[Eleven]:
    """No order, no claim, until the test lays out others."""
    found = Eleven()
    found.on("GET", "/ordservices/", NOTHING)
    found.on("GET", "/claimservice/", NO_CLAIM)
    yield found
    assert not found.gate.learnt, "11번가 tells no limit"


@pytest.fixture(scope="module")
def practice_host() -> Iterator[practice.PracticeHost]:
    with practice.start([SANDBOX], seed=None) as host:
        yield host


@pytest.fixture
def shop(practice_host: practice.PracticeHost) -> Iterator[PracticeShop]:
    with practice_shop(practice_host, FORM, products=10) as shop:
        yield shop
