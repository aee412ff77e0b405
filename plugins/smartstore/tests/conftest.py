"""A 커머스API that answers what a test lays out for it, and a client that talks to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from core import practice
from hanpan.testing import Answers, Gate, PracticeShop, Response, host_of, practice_shop
from plugins.smartstore.client import Smartstore
from plugins.smartstore.forms import FORM
from plugins.smartstore.sandbox import SANDBOX

TOKEN = "/v1/oauth2/token"
BASES = ("external", "partner")
FAST = {"limits": {"per_second": 1000, "burst": 2000}, "products": 10}
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
    """Answers by (method, path); a token is there to begin with."""

    def __init__(self) -> None:
        self.now = NOW
        self.skew = timedelta()
        self.gate = Gate()
        self.memory = Remembering(self)
        self.answers = Answers(lambda request: (request.method, _path(request)), self._response)
        self.sent = self.answers.sent
        self.on("POST", TOKEN, {"access_token": "token-1", "expires_in": 10793})

    def on(self, method: str, path: str, *answers: Any) -> None:
        """Lay out answers: JSON for a 200, (status, JSON or bytes[, headers]), or an exception."""
        self.answers.on((method, path), *answers)

    def client(self, **values: Any) -> Smartstore:
        host = host_of(
            self.answers.transport,
            {name: f"https://api.commerce.naver.com/{name}" for name in BASES},
            gate=self.gate,
            memory=self.memory,
            now=lambda: self.now + self.skew,
            secrets=[SECRET],
        )
        return Smartstore({**VALUES, **values}, host)

    def paths(self) -> list[str]:
        return [_path(request) for request in self.sent]

    def asked(self, path: str) -> list[Any]:
        """What was sent to a path: the query, the form or the JSON of each call."""
        return [_given(request) for request in self.sent if _path(request) == path]

    def _response(self, answer: Any) -> Response:
        status, body, *more = answer if isinstance(answer, tuple) else (200, answer)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        dated = {"date": format_datetime(self.now, usegmt=True)}
        return Response(status, content=content, headers={**dated, **(more[0] if more else {})})


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


@pytest.fixture(scope="module")
def practice_host() -> Iterator[practice.PracticeHost]:
    with practice.start([SANDBOX], seed=None) as host:
        yield host


@pytest.fixture
def shop(practice_host: practice.PracticeHost) -> Iterator[PracticeShop]:
    with practice_shop(practice_host, FORM, bases=BASES, **FAST) as shop:
        yield shop
