"""An 인터파크 that answers what a test lays out for it, and a client that talks to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from core import practice
from core.conformance.publishing import Publisher
from hanpan.testing import Answers, Gate, Kept, PracticeShop, Response, host_of, practice_shop
from plugins.interpark.client import SERVICE_CALLS, Interpark
from plugins.interpark.forms import FORM
from plugins.interpark.sandbox import SANDBOX
from plugins.interpark.services import SERVICES, cite_name, secret_name

NOW = datetime(2026, 9, 28, 0, 5, tzinfo=UTC)
"""09:05 in Korea."""
KEYS = {
    name(service): f"{letter}{number:02d}exampleKeyExample+/ExampleKey^="
    for number, service in enumerate(SERVICES)
    for name, letter in ((cite_name, "c"), (secret_name, "s"))
}
VALUES = {
    "supply_entr_no": "3000000001",
    "supply_ctrt_seq": "1",
    "entr_id": "EXAMPLESHOP",
    **KEYS,
}
EMPTY = "<ORDER_LIST><RESULT><CODE>003</CODE><MESSAGE>요청한 데이터가 존재하지않습니다.</MESSAGE></RESULT></ORDER_LIST>"  # noqa: E501


class Desk:
    """Answers by `_method`; a list that nothing is laid out for is empty."""

    def __init__(self) -> None:
        self.now = NOW
        self.gate = Gate()
        self.memory = Kept()
        self.published: list[bytes] = []
        self.can_publish = True
        self.answers = Answers(_named, _response, otherwise=EMPTY)
        self.sent = self.answers.sent

    def on(self, method: str, *answers: Any) -> None:
        """Lay out answers: XML for a 200 (text is sent as EUC-KR), (status, body), or an error."""
        self.answers.on(method, *answers)

    def client(self, **values: Any) -> Interpark:
        host = host_of(
            self.answers.transport,
            {
                "seller": "https://ipss1.interpark.com/openapi",
                "orders": "https://joinapi.interpark.com/order",
            },
            gate=self.gate,
            memory=self.memory,
            now=lambda: self.now,
            publish=self._publish if self.can_publish else None,
        )
        return Interpark({**VALUES, **values}, host)

    def methods(self) -> list[str]:
        """The `_method` of each call, in order."""
        return [request.url.params["_method"] for request in self.sent]

    def asked(self, method: str) -> list[dict[str, str]]:
        """What each call of a method was given: the query and the form."""
        return [
            {**request.url.params, **dict(parse_qsl(request.content.decode()))}
            for request in self.sent
            if request.url.params["_method"] == method
        ]

    def windows(self, method: str) -> list[tuple[str, str]]:
        """The windows that a list was asked for."""
        return [(one["sc.strDate"], one["sc.endDate"]) for one in self.asked(method)]

    def later(self, **more: float) -> None:
        self.now += timedelta(**more)

    def _publish(self, content: bytes, content_type: str, minutes: int) -> str:
        assert (content_type, minutes) == ("text/xml; charset=euc-kr", 10)
        self.published.append(content)
        return f"https://hanpan.example/published/unguessable-{len(self.published)}"


def _named(request: httpx.Request) -> str:
    return str(request.url.params["_method"])


def _response(answer: Any) -> Response:
    status, body, *headers = answer if isinstance(answer, tuple) else (200, answer)
    content = body if isinstance(body, bytes) else body.encode("euc-kr")
    return Response(status, content=content, headers=headers[0] if headers else None)


def order_list(*orders: str, code: str = "000", message: str = "SUCCESS", more: str = "") -> str:
    """A list of the order side, with the declaration that expat cannot read."""
    result = f"<RESULT><CODE>{code}</CODE><MESSAGE>{message}</MESSAGE></RESULT>"
    head = '<?xml version="1.0" encoding="EUC-KR"?>'
    return f"{head}<ORDER_LIST>{result}{more}{''.join(orders)}</ORDER_LIST>"


def fields(**told: Any) -> str:
    """Elements as they are given: what must be escaped, the caller escapes."""
    return "".join(f"<{name}>{value}</{name}>" for name, value in told.items())


def order(number: str = "20260928080000000001", *products: str, **told: Any) -> str:
    """An ORDER with its products."""
    head = {
        "ORD_NO": number,
        "ORDER_DTS": number[:14],
        "PAY_DTS": number[:14],
        "ORD_NM": "홍예시",
        "RCVR_NM": "김견본",
        "DELI_MOBILE": "010-0000-0001",
        "DEL_ZIP": "06236",
        "DELI_ADDR1": "서울 예시구 보기동",
        "DELI_ADDR2": "1-1",
    } | told
    return f"<ORDER>{fields(**head)}<PRODUCT>{''.join(products)}</PRODUCT></ORDER>"


def product(seq: int = 1, **told: Any) -> str:
    """A PRD."""
    line = {
        "ORD_SEQ": seq,
        "OPT_PRD_TP": "01",
        "OPT_PARENT_SEQ": seq,
        "PRD_NO": "7100000100",
        "OPT_PRD_NO": "7100000101",
        "ENTR_PRD_NO": "SKU-1001",
        "OPT_NO": "SKU-1001-1",
        "PRD_NM": "면 티셔츠",
        "OPT_NM": "블랙/M",
        "SALE_UNITCOST": 16000,
        "ORD_QTY": 2,
        "ORD_AMT": 32000,
        "DELVSETL_SEQ": 1,
        "CURRENT_STATE": 50,
    } | told
    return f"<PRD>{fields(**line)}</PRD>"


@pytest.fixture
def desk() -> Iterator[Desk]:
    found = Desk()
    yield found
    assert not found.gate.learnt, "인터파크 tells no limits"
    nothing = {_named(request) for request in found.sent} - set(found.answers.laid)
    assert not nothing & {call.method for call in SERVICE_CALLS.values()}


@pytest.fixture(scope="module")
def practice_host() -> Iterator[practice.PracticeHost]:
    with practice.start([SANDBOX], seed=None) as host:
        yield host


@pytest.fixture
def shop(practice_host: practice.PracticeHost) -> Iterator[PracticeShop]:
    publisher = Publisher()
    bases = ("seller", "orders")
    with practice_shop(
        practice_host, FORM, bases=bases, publish=publisher.publish, products=10
    ) as shop:
        yield shop
    publisher.stop()
