"""A W API that answers what a test lays out for it, and a client that talks to it."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from hanpan.api import Host, Http
from plugins.wemakeprice.client import Wemakeprice

POLICIES = "/product/out/getSellerShipPolicy"
SAVE = "/product/in/setSellerShipPolicy"
ORDERS = "/order/out/getOrderList"
CONFIRM = "/order/in/setOrderConfirm"
NOW = datetime(2026, 9, 28, 0, 5, tzinfo=UTC)
API_KEY = "0123456789abcdef" * 6


class FreeGate:
    """Lets every call through and notes what it was told."""

    def __init__(self) -> None:
        self.journal: list[Any] = []

    def before(self, bucket: str, *, write: bool) -> float:
        return 10.0

    def after(self, call: Any) -> None:
        self.journal.append(call)

    def learn(self, bucket: str, *, per_second: float, burst: float, left: float | None) -> None:
        raise AssertionError("위메프 tells no limits")


class Nothing:
    """`host.memory`, which this plugin does not use."""

    def get(self, key: str) -> str | None:
        raise AssertionError(key)

    def set(self, key: str, value: str, *, seconds: float) -> None:
        raise AssertionError(key)

    def pop(self, key: str) -> None:
        raise AssertionError(key)


class Wmp:
    """Answers by path in the order laid out; the last answer stays."""

    def __init__(self) -> None:
        self.now = NOW
        self.sent: list[httpx.Request] = []
        self.gate = FreeGate()
        self._answers: dict[str, list[httpx.Response | Exception]] = {}

    def on(self, path: str, *answers: Any) -> None:
        """Lay out answers: `data` of a 200, (status, body or bytes), or an exception."""
        self._answers[path] = [_response(answer) for answer in answers]

    def client(self, **values: Any) -> Wemakeprice:
        http = Http(
            "api",
            "https://w-api.wemakeprice.com",
            self.gate,
            transport=httpx.MockTransport(self._serve),
            secrets={API_KEY},
        )
        host = Host(
            http={"api": http},
            memory=Nothing(),
            now=lambda: self.now,
            log=logging.getLogger("test"),
        )
        return Wemakeprice({"api_key": API_KEY, **values}, host)

    def asked(self, path: str) -> list[Any]:
        """The JSON of each call to a path."""
        return [json.loads(one.content or b"null") for one in self.sent if one.url.path == path]

    def _serve(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        laid = self._answers.get(request.url.path, [_response(None)])
        answer = laid.pop(0) if len(laid) > 1 else laid[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)


def _response(answer: Any) -> httpx.Response | Exception:
    if isinstance(answer, Exception):
        return answer
    if not isinstance(answer, tuple):
        answer = 200, {"resultCode": 200} | ({} if answer is None else {"data": answer})
    status, body, *headers = answer
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, content=content, headers=headers[0] if headers else None)


def refused(status: int, error: Any, *, http: int | None = None) -> tuple[int, Any]:
    """A refusal; `http` where the HTTP status is another one."""
    return http or status, {"resultCode": status, "error": error}


def said(key: int, message: str = "성공") -> dict[str, Any]:
    """The `data` of a write."""
    return {"returnKey": key, "returnMsg": message}


@pytest.fixture
def wmp() -> Wmp:
    return Wmp()
