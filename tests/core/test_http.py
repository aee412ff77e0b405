"""The client that plugins are handed: declared hosts, deadlines, and errors without secrets."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from core import http, network
from core.errors import ContractError, OutcomeUnknown, Unavailable
from core.http import Call, Http


class Free:
    """A gate that lets everything through and remembers it."""

    def __init__(self, seconds: float = 10.0) -> None:
        self.seconds = seconds
        self.calls: list[Call] = []

    def before(self, bucket: str, *, write: bool) -> float:
        return self.seconds

    def after(self, call: Call) -> None:
        self.calls.append(call)

    def learn(self, bucket: str, *, per_second: float, burst: float, left: float | None) -> None:
        raise AssertionError("nothing to learn")


class Answers(BaseHTTPRequestHandler):
    """What a bad marketplace may answer, by path."""

    def do_GET(self) -> None:
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/secret")
            self.end_headers()
        elif self.path == "/drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(1000):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        elif self.path == "/drip/headers":
            self.send_response(200)
            for number in range(1000):
                self.send_header(f"X-{number}", "x")
                self.flush_headers()
                time.sleep(0.05)
            self.end_headers()
        elif self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"short")
        else:
            body = b"x" * int(self.path.rpartition("/")[2])
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Set-Cookie", "a=b")
            self.end_headers()
            self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server of bad answers."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that went away is what is tested."""

    server = Server(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def inside() -> Iterator[httpx.HTTPTransport]:
    """A transport that may call loopback, as practice channels may."""
    with network.transport(private=True) as made:
        yield made


def test_a_private_address_is_refused_before_anything_is_sent(address: str) -> None:
    gate = Free()
    with network.transport() as outside:
        client = Http("api", address, gate, transport=outside)
        with pytest.raises(Unavailable) as caught:
            client.get("/1", bucket="x")
    assert "private address" in caught.value.detail
    assert gate.calls[0].outcome == "not sent"


def test_a_redirect_is_an_answer_and_not_followed(
    address: str, inside: httpx.HTTPTransport
) -> None:
    answer = Http("api", address, Free(), transport=inside).get("/redirect", bucket="x")
    assert answer.status == 302


def test_no_cookie_is_kept(address: str, inside: httpx.HTTPTransport) -> None:
    client = Http("api", address, Free(), transport=inside)
    client.get("/1", bucket="x")
    seen: list[httpx.Request] = []
    recording = httpx.MockTransport(lambda request: seen.append(request) or httpx.Response(200))
    Http("api", address, Free(), transport=recording).get("/1", bucket="x")
    assert "cookie" not in seen[0].headers


@pytest.mark.parametrize("path", ["/drip", "/cut"])
def test_a_lost_answer_is_unknown_for_a_write_and_unavailable_for_a_read(
    address: str, inside: httpx.HTTPTransport, path: str
) -> None:
    client = Http("api", address, Free(0.4), transport=inside)
    with pytest.raises(Unavailable):
        client.get(path, bucket="x")
    with pytest.raises(OutcomeUnknown):
        client.send("POST", path, bucket="x", write=True)


@pytest.mark.parametrize("path", ["/drip", "/drip/headers"])
def test_a_dripping_answer_ends_at_the_deadline(
    path: str, address: str, inside: httpx.HTTPTransport
) -> None:
    client = Http("api", address, Free(0.5), transport=inside)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        client.get(path, bucket="x")
    assert time.monotonic() - began < 10, "the whole drip would take 50 s"


def test_a_huge_answer_is_not_taken_in(
    address: str, inside: httpx.HTTPTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 1000)
    client = Http("api", address, Free(), transport=inside)
    assert len(client.get("/1000", bucket="x").content) == 1000
    with pytest.raises(ContractError):
        client.get("/1001", bucket="x")


def test_a_huge_answer_is_not_taken_in_where_its_length_is_told_or_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 1000)
    parts = iter([b"x" * 600] * 5)
    told: dict[str, str] = {}
    endless = httpx.MockTransport(lambda _: httpx.Response(200, content=parts, headers=told))
    client = Http("api", "https://shop.example", Free(), transport=endless)
    with pytest.raises(ContractError):
        client.get("/", bucket="x")
    assert len([*parts]) == 3, "it stopped at the part that was too much"
    parts = iter([b"x" * 600] * 5)
    told["Content-Length"] = "3000"
    with pytest.raises(ContractError):
        client.get("/", bucket="x")
    assert len([*parts]) == 5, "it stopped before the first part"


def test_nobody_there_is_unavailable_also_for_a_write(inside: httpx.HTTPTransport) -> None:
    client = Http("api", "http://127.0.0.1:9", Free(), transport=inside)
    with pytest.raises(Unavailable):
        client.send("POST", "/1", bucket="x", write=True)


def test_secrets_do_not_reach_the_journal() -> None:
    gate = Free()
    echo = httpx.MockTransport(lambda request: httpx.Response(200, content=request.content))
    client = Http("api", "https://shop.example", gate, transport=echo, secrets={"top-secret-1"})
    client.send(
        "POST", "/x", bucket="x", params={"k": "top-secret-1"}, content=b"top-secret-1 token-2"
    )
    client.hide("token-2")  # it came up in the answer itself
    call = gate.calls[0]
    told = call.clean(call.query + call.request_body + call.response_body)
    assert "top-secret-1" not in told and "token-2" not in told
    assert "가림" in told


@pytest.mark.parametrize(
    "path",
    ["@evil.example/x", ".evil.example/x", ":8443/x", "/../x", "/a/%2e%2e/x", "x", "/a\\..\\b"],
)
def test_no_path_leads_out_of_the_declared_base(path: str) -> None:
    sent: list[httpx.Request] = []
    recording = httpx.MockTransport(lambda request: sent.append(request) or httpx.Response(200))
    client = Http("api", "https://shop.example/base", Free(), transport=recording)
    with pytest.raises(ContractError):
        client.get(path, bucket="x")
    assert sent == []
    client.get("/v1/a.b/..c?q=1", bucket="x")
    assert sent[0].url.host == "shop.example"


def test_characters_that_no_database_takes_do_not_come_in() -> None:
    body = b'{"a": ["\\ud83d\\ude00 ok", "cut \\ud83d", "nul\\u0000"]}'
    echo = httpx.MockTransport(lambda request: httpx.Response(200, content=body))
    data = Http("api", "https://shop.example", Free(), transport=echo).get("/", bucket="x").json()
    assert data == {"a": ["\U0001f600 ok", "cut ?", "nul"]}


@pytest.mark.parametrize(
    "told, seconds",
    [("7", 7.0), ("0", 1.0), ("99999", 3600.0), ("Wed, 21 Oct 2026", 5.0), ("٣", 5.0), (None, 5.0)],
)
def test_how_long_to_wait_is_what_the_answer_says_within_bounds(
    told: str | None, seconds: float
) -> None:
    headers = {} if told is None else {"Retry-After": told.encode()}
    full = httpx.MockTransport(lambda request: httpx.Response(429, headers=headers))
    answer = Http("api", "https://shop.example", Free(), transport=full).get("/", bucket="x")
    assert answer.retry_after(5.0) == seconds
