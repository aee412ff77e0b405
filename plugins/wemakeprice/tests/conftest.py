"""A W API that answers what a test lays out for it, and a client that talks to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from core import practice
from hanpan.testing import Answers, Gate, Kept, PracticeShop, Response, host_of, practice_shop
from plugins.wemakeprice.client import Wemakeprice
from plugins.wemakeprice.forms import FORM
from plugins.wemakeprice.sandbox import SANDBOX

POLICIES = "/product/out/getSellerShipPolicy"
SAVE = "/product/in/setSellerShipPolicy"
ORDERS = "/order/out/getOrderList"
CONFIRM = "/order/in/setOrderConfirm"
NOW = datetime(2026, 9, 28, 0, 5, tzinfo=UTC)
API_KEY = "0123456789abcdef" * 6
DONE = (200, {"resultCode": 200})


class Wmp:
    """Answers by path; one that nothing is laid out for says that it is done."""

    def __init__(self) -> None:
        self.now = NOW
        self.gate = Gate()
        self.memory = Kept()
        self.answers = Answers(lambda request: request.url.path, _response, otherwise=DONE)
        self.sent = self.answers.sent

    def on(self, path: str, *answers: Any) -> None:
        """Lay out answers: `data` of a 200, (status, body or bytes), or an exception."""
        self.answers.on(path, *answers)

    def client(self, **values: Any) -> Wemakeprice:
        host = host_of(
            self.answers.transport,
            {"api": "https://w-api.wemakeprice.com"},
            gate=self.gate,
            memory=self.memory,
            now=lambda: self.now,
            secrets=[API_KEY],
        )
        return Wemakeprice({"api_key": API_KEY, **values}, host)

    def asked(self, path: str) -> list[Any]:
        """The JSON of each call to a path."""
        return [json.loads(one.content or b"null") for one in self.sent if one.url.path == path]


def _response(answer: Any) -> Response:
    if not isinstance(answer, tuple):
        answer = 200, {"resultCode": 200} | ({} if answer is None else {"data": answer})
    status, body, *headers = answer
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, content=content, headers=headers[0] if headers else None)


def refused(status: int, error: Any, *, http: int | None = None) -> tuple[int, Any]:
    """A refusal; `http` where the HTTP status is another one."""
    return http or status, {"resultCode": status, "error": error}


def said(key: int, message: str = "성공") -> dict[str, Any]:
    """The `data` of a write."""
    return {"returnKey": key, "returnMsg": message}


@pytest.fixture
def wmp() -> Iterator[Wmp]:
    found = Wmp()
    yield found
    assert not found.gate.learnt, "위메프 tells no limits"
    assert not found.memory, "nothing is to be remembered"


@pytest.fixture(scope="module")
def practice_host() -> Iterator[practice.PracticeHost]:
    with practice.start([SANDBOX], seed=None) as host:
        yield host


@pytest.fixture
def shop(practice_host: practice.PracticeHost) -> Iterator[PracticeShop]:
    with practice_shop(practice_host, FORM, products=10) as shop:
        yield shop
