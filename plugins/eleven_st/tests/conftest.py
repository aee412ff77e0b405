"""A Seller OpenAPI that answers what a test lays out for it, and a client that talks to it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from hanpan.api import Host, Http
from plugins.eleven_st.client import ElevenSt

NOW = datetime(2026, 9, 28, 0, 5, 30, tzinfo=UTC)
API_KEY = "0123456789abcdef0123456789abcdef"
VALUES = {"api_key": API_KEY, "seller_type": "general"}
DECLARED = '<?xml version="1.0" encoding="euc-kr" standalone="yes"?>'
PREFIX = 'xmlns:ns2="http://skt.tmall.business.openapi.spring.service.client.domain/"'


class FreeGate:
    """Lets every call through and notes what it was told."""

    def __init__(self) -> None:
        self.journal: list[Any] = []

    def before(self, bucket: str, *, write: bool) -> float:
        return 10.0

    def after(self, call: Any) -> None:
        self.journal.append(call)

    def learn(self, bucket: str, *, per_second: float, burst: float, left: float | None) -> None:
        raise AssertionError("11번가 tells no limit")


class Kept(dict[str, str]):
    """`host.memory` that forgets nothing by itself."""

    def set(self, key: str, value: str, *, seconds: float) -> None:
        self[key] = value


class Eleven:
    """Answers by (method, beginning of the path) in the order laid out; the last answer stays."""

    def __init__(self) -> None:
        self.now = NOW
        self.sent: list[httpx.Request] = []
        self.gate = FreeGate()
        self._answers: dict[tuple[str, str], list[Any]] = {}

    def on(self, method: str, path: str, *answers: Any) -> None:
        """Lay out answers: XML text for a 200, (status, text or bytes[, headers]), or an error."""
        self._answers[method, path] = [_response(answer) for answer in answers]

    def client(self, **values: Any) -> ElevenSt:
        http = Http(
            "api",
            "https://api.11st.co.kr/rest",
            self.gate,
            transport=httpx.MockTransport(self._serve),
            secrets={API_KEY},
        )
        host = Host(
            http={"api": http},
            memory=Kept(),
            now=lambda: self.now,
            log=logging.getLogger("test"),
        )
        return ElevenSt({**VALUES, **values}, host)

    def paths(self) -> list[str]:
        return [_path(request) for request in self.sent]

    def bodies(self) -> list[str]:
        return [request.content.decode("euc-kr") for request in self.sent]

    def _serve(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        path = _path(request)
        fitting = [
            key for key in self._answers if key[0] == request.method and path.startswith(key[1])
        ]
        assert fitting, f"nothing is laid out for {request.method} {path}"
        laid = self._answers[max(fitting, key=lambda key: len(key[1]))]
        answer = laid.pop(0) if len(laid) > 1 else laid[0]
        if isinstance(answer, Exception):
            raise answer
        status, content, headers = answer
        return httpx.Response(status, content=content, headers=headers)


def _response(answer: Any) -> Any:
    if isinstance(answer, Exception):
        return answer
    status, body, *headers = answer if isinstance(answer, tuple) else (200, answer)
    content = body if isinstance(body, bytes) else (DECLARED + body).encode("euc-kr")
    return status, content, headers[0] if headers else {}


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
def eleven() -> Eleven:
    """No order, no claim, until the test lays out others."""
    found = Eleven()
    found.on("GET", "/ordservices/", NOTHING)
    found.on("GET", "/claimservice/", NO_CLAIM)
    return found
