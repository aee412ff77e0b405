"""Small pictures: what may be fetched, what becomes of a bad one, and what is kept."""

from __future__ import annotations

import io
import os
import re
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from core import clock, pictures, settings, store, work
from core.contracts.text import Text
from core.ledger import connection, drain
from core.models import Command, Sku, Thumbnail, new_id
from core.services import batches, catalogue, thumbnails
from core.services.audit import Actor
from core.services.outcome import Missing
from tests.core import sheets

BY = Actor(None, "시험")
HOST = "images.example"
FORM = {"name": "대나무 도마", "price": "1000", "on_hand": "1", "buffer": "0"}
PUBLIC = "93.184.216.34"


def picture(kind: str = "PNG", size: tuple[int, int] = (640, 320), **more: Any) -> bytes:
    """A red picture with a place noted in it."""
    exif = Image.Exif()
    exif[0x010E] = "canary-place"
    made = io.BytesIO()
    Image.new("RGB", size, "#c81e1e").save(made, kind, exif=exif, **more)
    return made.getvalue()


def huge() -> bytes:
    """A PNG of a few bytes that says that it has 63 million pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        whole = name + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", 9_000, 7_000, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@dataclass
class Host:
    """A web server of pictures: what it answers by path, and what it was asked."""

    port: int
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def at(self, path: str, answer: Any) -> str:
        """Answer so (bytes, a status, or where to go instead); returns the address."""
        self.answers[path] = answer
        return f"http://{HOST}:{self.port}{path}"


@pytest.fixture
def host(store_bound: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """A host that has a public address as far as anybody can see."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            answer = found.answers.get(self.path, 404)
            if isinstance(answer, str):
                self.send_response(302)
                self.send_header("Location", answer)
                answer = b""
            else:
                self.send_response(200 if isinstance(answer, bytes) else answer)
            body = answer if isinstance(answer, bytes) else b""
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Host(server.server_port)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    connect, resolve = socket.create_connection, socket.getaddrinfo

    def resolved(name: Any, port: Any, *more: Any, **named: Any) -> Any:
        at = {HOST: PUBLIC, "inside.example": "10.0.0.7"}.get(str(name))
        if at is None:
            return resolve(name, port, *more, **named)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (at, port))]

    def connected(address: Any, *more: Any, **named: Any) -> socket.socket:
        pinned = "127.0.0.1" if address[0] == PUBLIC else address[0]
        return connect((pinned, address[1]), *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setattr(socket, "create_connection", connected)
    monkeypatch.setattr(pictures, "PORTS", (80, 443, found.port))
    monkeypatch.setattr("core.queue.ring", lambda name: None)
    work.begin()
    yield found
    clock.move(0.0)
    connection.forget_transports()
    server.shutdown()
    server.server_close()
    serving.join()


def kept(address: str) -> Thumbnail:
    """The row of an address."""
    with store.read() as session:
        found = select(Thumbnail).where(Thumbnail.key == thumbnails.key_of(address))
        return session.scalars(found).one()


def sku_with(address: str, name: str = "대나무 도마") -> str:
    """A SKU whose picture is at this address."""
    return catalogue.create({**FORM, "name": name, "image": address}, BY)


def wanted(address: str) -> Thumbnail:
    """What became of a picture that somebody wanted."""
    with store.write() as session:
        thumbnails.want(session, [address])
    drain.drain("bulk")
    return kept(address)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_becomes_a_small_one_of_nothing_but_pixels(kind: str, host: Host) -> None:
    row = wanted(host.at("/a", picture(kind)))
    assert (row.state, row.problem) == ("done", None)
    file = thumbnails.path(row.digest)
    assert b"canary" not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    with Image.open(file) as small:
        assert (small.format, small.size) == ("JPEG", (200, 100))
        assert not small.getexif()
        red, green, blue = small.convert("RGB").getpixel((100, 50))  # type: ignore[misc]
        assert red > 150 > 80 > max(green, blue)


def test_a_picture_that_lies_on_its_side_is_turned(host: Host) -> None:
    turned, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (640, 320), "#c81e1e").save(turned, "JPEG", exif=exif)
    with Image.open(thumbnails.path(wanted(host.at("/a", turned.getvalue())).digest)) as small:
        assert small.size == (100, 200)


def test_pictures_of_a_file_of_skus_are_fetched(host: Host) -> None:
    first, second = host.at("/a", picture()), host.at("/b", picture("JPEG"))
    for address in (first, second):
        head = ("상품명", "자체상품코드", "이미지")
        file = io.BytesIO(
            sheets.delimited([head, ("도마", "D-1", "https:" + address[5:])]).encode()
        )
        made = batches.upload(batches.CATALOGUE, file, "a.csv", BY, submission=new_id())
        drain.drain("bulk")
        batches.apply(made, BY)
        drain.drain("bulk")
    with store.read() as session:
        found = set(session.scalars(select(Thumbnail.address)))
    assert found == {"https:" + address[5:] for address in (first, second)}


def test_the_same_address_is_fetched_once_for_all_that_show_it(host: Host) -> None:
    address = host.at("/a", picture())
    with store.write() as session:
        thumbnails.want(session, [address, address, ""])
    with store.write() as session:
        thumbnails.want(session, [address])
    drain.drain("bulk")
    with store.write() as session:
        thumbnails.want(session, [address])
    assert host.asked == ["/a"]
    with store.read() as session:
        assert [row.state for row in session.scalars(select(Command))] == ["done"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"<html>not found</html>", "이미지가 아닙니다"),
        (picture()[:300], "이미지가 아닙니다"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "이미지가 아닙니다"),
        (huge(), "5천만 화소"),
        (b"x" * (pictures.MOST_BYTES + 1), "10 MB"),
        (404, "응답 404"),
        ("/a", "응답 302"),
        ("http://inside.example/", "내부 네트워크"),
        ("file:///etc/passwd", "이미지 주소가 아닙니다"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(answer: Any, says: str, host: Host) -> None:
    row = wanted(host.at("/a", answer))
    assert row.state == "failed"
    assert row.problem is not None and says in row.problem["ko"]
    assert not list((settings.current().data / "thumbnails").glob("*/*"))


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://127.0.0.1/a.png", pictures.PRIVATE),
        ("http://localhost/a.png", pictures.PRIVATE),
        ("http://169.254.169.254/latest/meta-data", pictures.PRIVATE),
        ("http://0x7f000001/a.png", pictures.PRIVATE),
        ("https://inside.example/a.png", pictures.PRIVATE),
        ("http://[::1]/a.png", pictures.LOST),
        ("http://images.example:6379/a.png", pictures.NO_ADDRESS),
        ("http://somebody@images.example/a.png", pictures.NO_ADDRESS),
        ("ftp://images.example/a.png", pictures.NO_ADDRESS),
        ("//images.example/a.png", pictures.NO_ADDRESS),
    ],
)
def test_no_address_inside_is_ever_asked(address: str, reason: Text, host: Host) -> None:
    with pytest.raises(pictures.Refused) as refused:
        pictures.fetch(address)
    assert refused.value.text is reason
    assert host.asked == []


def test_only_our_practice_marketplace_is_asked_on_this_machine(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.at("/p.png", picture())
    mine = f"http://127.0.0.1:{host.port}/p.png"
    with pytest.raises(pictures.Refused):
        pictures.fetch(mine)
    monkeypatch.setenv("HANPAN_PRACTICE_PORT", str(host.port))
    settings.use(None)
    assert pictures.fetch(mine) == picture()
    with pytest.raises(pictures.Refused) as refused:
        pictures.fetch(host.at("/sent-inside", mine))
    assert refused.value.text is pictures.PRIVATE
    with store.write() as session:
        thumbnails.want(session, [f"http://{HOST}/made-up.png"], practice=True)
        thumbnails.want(session, [mine], practice=True)
        assert [row.address for row in session.scalars(select(Thumbnail))] == [mine]


def test_the_name_is_resolved_once_and_what_was_checked_is_connected_to(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, told = host.at("/a", picture()), iter((PUBLIC, "127.0.0.1"))
    usual = socket.getaddrinfo

    def changing(name: Any, port: Any, *more: Any, **named: Any) -> Any:
        if name != HOST:
            return usual(name, port, *more, **named)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(told), port))]

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    assert pictures.fetch(address) == picture()
    connection.forget_transports()
    with pytest.raises(pictures.Refused) as refused:
        pictures.fetch(address)
    assert refused.value.text is pictures.PRIVATE
    assert host.asked == ["/a"]


def test_a_server_that_is_down_is_tried_again_and_at_last_given_up(host: Host) -> None:
    address = host.at("/a", 503)
    row = wanted(address)
    assert (row.state, row.tries) == ("waiting", 1)
    for tries, wait in enumerate(thumbnails.AGAIN, start=1):
        assert kept(address).tries == tries
        clock.move(clock.offset() + wait.total_seconds() + 1)
        thumbnails.look()
        drain.drain("bulk")
    assert kept(address).state == "failed"
    host.at("/a", picture())
    thumbnails.try_again(address)
    drain.drain("bulk")
    row = kept(address)
    assert (row.state, row.problem) == ("done", None)
    with pytest.raises(Missing):
        thumbnails.try_again("https://nobody.example/")


def test_another_address_is_fetched_and_what_nothing_shows_is_taken_away(host: Host) -> None:
    old, new = host.at("/old", picture()), host.at("/new", picture("JPEG"))
    with store.write() as session:
        thumbnails.want(session, [old])
    drain.drain("bulk")
    first = kept(old).digest
    with store.write() as session:
        thumbnails.want(session, [new])
    drain.drain("bulk")
    sku_with("https://images.example/none.png")
    with store.write() as session:
        session.scalars(select(Sku)).one().image = new
    clock.move(clock.offset() + timedelta(days=2).total_seconds())
    assert thumbnails.prune() >= 1
    with store.read() as session:
        assert new in set(session.scalars(select(Thumbnail.address)))
        assert old not in set(session.scalars(select(Thumbnail.address)))
    long_ago = clock.now().timestamp() - timedelta(days=3).total_seconds()
    for digest in (first, kept(new).digest):
        os.utime(thumbnails.path(digest), (long_ago, long_ago))
    thumbnails.prune_files()
    assert not thumbnails.path(first).exists()
    assert thumbnails.path(kept(new).digest).exists()
    thumbnails.path(kept(new).digest).unlink()
    thumbnails.prune()
    thumbnails.look()
    drain.drain("bulk")
    assert thumbnails.path(kept(new).digest).exists(), "a lost file is fetched anew"


def test_a_change_of_the_address_of_a_sku_is_fetched(host: Host) -> None:
    sku = sku_with("https://images.example/a.png")
    with store.read() as session:
        row = session.scalars(select(Sku).where(Sku.id == sku)).one()
    raw = {**FORM, "image": "https://images.example/b.png", "own_code": "", "option_name": ""}
    catalogue.change(sku, raw, BY, revision=row.revision)
    with store.read() as session:
        found = set(session.scalars(select(Thumbnail.address)))
    assert {re.sub(r".*/", "", one) for one in found} == {"a.png", "b.png"}


def test_nobody_waits_longer_than_ten_seconds_for_a_picture(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "FETCH_S", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        monkeypatch.setattr(pictures, "PORTS", (port,))
        began = time.monotonic()
        with pytest.raises(pictures.Refused) as refused:
            pictures.fetch(f"http://{HOST}:{port}/")
    assert time.monotonic() - began < 10
    assert (refused.value.text, refused.value.again) == (pictures.LOST, True)


def test_a_server_that_says_a_little_at_a_time_is_not_listened_to_for_long(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "FETCH_S", 0.5)

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            for number in range(400):
                connection.sendall(b"X-%d: x\r\n" % number)
                time.sleep(0.05)

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        dripping = threading.Thread(target=drip, args=(listening,))
        dripping.start()
        port = listening.getsockname()[1]
        monkeypatch.setattr(pictures, "PORTS", (port,))
        began = time.monotonic()
        with pytest.raises(pictures.Refused) as refused:
            pictures.fetch(f"http://{HOST}:{port}/")
        assert time.monotonic() - began < 10, "all that it says would take 20 s"
        assert (refused.value.text, refused.value.again) == (pictures.LOST, True)
        dripping.join()
