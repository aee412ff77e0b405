"""A 커머스API that answers what a test lays out for it, and a client that talks to it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from hanpan.api import Host, Http
from plugins.smartstore.client import Smartstore

TOKEN = "/v1/oauth2/token"
NOW = datetime(2026, 9, 28, 0, 5, tzinfo=UTC)
SECRET = "$2a$04$abcdefghijklmnopqrstuu"
VALUES = {
    "app_base": "external",
    "client_id": "7exampleIdExampleId00X",
    "client_secret": SECRET,
    "token_type": "SELF",
    "account_id": "ncp_example",
    "store_url": "hanpan",
}


class FreeGate:
    """Lets every call through and notes what it was told."""

    def __init__(self) -> None:
        self.journal: list[Any] = []
        self.learnt: dict[str, tuple[float, float, float | None]] = {}

    def before(self, bucket: str, *, write: bool) -> float:
        return 10.0

    def after(self, call: Any) -> None:
        self.journal.append(call)

    def learn(self, bucket: str, *, per_second: float, burst: float, left: float | None) -> None:
        self.learnt[bucket] = (per_second, burst, left)


class Remembering:
    """`host.memory` by the clock of the test."""

    def __init__(self, naver: Naver) -> None:
        self._naver = naver
        self._kept: dict[str, tuple[str, datetime]] = {}

    def get(self, key: str) -> str | None:
        value, until = self._kept.get(key, ("", NOW - timedelta(days=1)))
        return value if until > self._naver.now else None

    def set(self, key: str, value: str, *, seconds: float) -> None:
        self._kept[key] = (value, self._naver.now + timedelta(seconds=seconds))

    def pop(self, key: str) -> None:
        self._kept.pop(key, None)


class Naver:
    """Answers by (method, path) in the order laid out; the last answer stays."""

    def __init__(self) -> None:
        self.now = NOW
        self.skew = timedelta()
        self.sent: list[httpx.Request] = []
        self.gate = FreeGate()
        self.memory = Remembering(self)
        self._answers: dict[tuple[str, str], list[httpx.Response | Exception]] = {}
        self.on("POST", TOKEN, {"access_token": "token-1", "expires_in": 10793})

    def on(self, method: str, path: str, *answers: Any) -> None:
        """Lay out answers: JSON for a 200, (status, JSON or bytes[, headers]), or an exception."""
        self._answers[method, path] = [_response(answer) for answer in answers]

    def client(self, **values: Any) -> Smartstore:
        http = {
            name: Http(
                name,
                f"https://api.commerce.naver.com/{name}",
                self.gate,
                transport=httpx.MockTransport(self._serve),
                secrets={SECRET},
            )
            for name in ("external", "partner")
        }
        host = Host(
            http=http,
            memory=self.memory,
            now=lambda: self.now + self.skew,
            log=logging.getLogger("test"),
        )
        return Smartstore({**VALUES, **values}, host)

    def paths(self) -> list[str]:
        return [_path(request) for request in self.sent]

    def asked(self, path: str) -> list[Any]:
        """What was sent to a path: the query, the form or the JSON of each call."""
        return [_given(request) for request in self.sent if _path(request) == path]

    def _serve(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        laid = self._answers[request.method, _path(request)]
        answer = laid.pop(0) if len(laid) > 1 else laid[0]
        if isinstance(answer, Exception):
            raise answer
        dated = {"date": format_datetime(self.now, usegmt=True), **answer.headers}
        return httpx.Response(answer.status_code, content=answer.content, headers=dated)


def _response(answer: Any) -> httpx.Response | Exception:
    if isinstance(answer, Exception):
        return answer
    status, body, *headers = answer if isinstance(answer, tuple) else (200, answer)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, content=content, headers=headers[0] if headers else None)


def _path(request: httpx.Request) -> str:
    return request.url.path.split("/", 2)[2].join(("/", ""))


def _given(request: httpx.Request) -> Any:
    if request.method == "GET":
        return dict(request.url.params)
    if request.headers["content-type"] == "application/json":
        return json.loads(request.content)
    return dict(parse_qsl(request.content.decode()))


def refused(status: int, code: str, **more: Any) -> tuple[int, Mapping[str, Any]]:
    """A refusal as the gateway and the API servers write it."""
    return status, {
        "code": code,
        "message": "거절",
        "timestamp": "2026-09-28T09:05:00.000+09:00",
    } | more


@pytest.fixture
def naver() -> Naver:
    return Naver()
