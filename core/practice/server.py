"""A small threaded HTTP/1.1 server with keep-alive that can also reset, cut and drip.

Loopback only. One thread per connection; no request is ever answered out of order.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

from core.practice.faults import Ending, Reply

MAX_HEAD = 64 * 1024
MAX_BODY = 64 * 1024 * 1024
BIG_BODY = 64 * 1024
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Request:
    """One request as it came: header names are lower case, the path is still quoted."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


Serve = Callable[[Request], Reply]


def _broken(status: int, reason: str) -> Reply:
    """What a client is told that spoke something else than the HTTP we know."""
    return Reply(status=status, reason=reason, ending=Ending.CLOSE)


class Server:
    """Listens on 127.0.0.1 from `start()` until `stop()`; port 0 takes a free one."""

    def __init__(self, serve: Serve, *, port: int = 0) -> None:
        self._serve = serve
        self._listening = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port: int = self._listening.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._accept, name="practice", daemon=True)

    def start(self) -> None:
        """Begin to accept, in a thread of its own."""
        if not _servers:
            os.register_at_fork(after_in_child=_in_child)
        _servers.append(weakref.ref(self))
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection; pending waits end at once."""
        self._stopped.set()
        _hang_up(self._listening)
        self._listening.close()
        for connection in list(self._open):
            _hang_up(connection)
        if self._thread.is_alive():
            self._thread.join(5)

    def forget(self) -> None:
        """In a forked child: let go of sockets, so that closing them in the parent is seen."""
        self._listening.close()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.add(connection)
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        reader = _Reader(connection)
        try:
            while not self._stopped.is_set():
                request = reader.request()
                if request is None:
                    return
                if isinstance(request, Reply):
                    self._send(connection, request, head_only=False)
                    return
                reply = self._serve(request)
                last = request.headers.get("connection", "").lower() == "close"
                if not self._send(connection, reply, head_only=request.method == "HEAD") or last:
                    return
        finally:
            self._open.discard(connection)
            connection.close()

    def _send(self, connection: socket.socket, reply: Reply, *, head_only: bool) -> bool:
        """Send it as it is meant to go wrong; False when the conversation is over."""
        if reply.wait and self._stopped.wait(reply.wait):
            return False
        try:
            self._write(connection, reply, head_only)
            if reply.ending is Ending.RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            elif reply.ending is Ending.CLOSE:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            return False  # the client went away
        return reply.ending is Ending.KEEP

    def _write(self, connection: socket.socket, reply: Reply, head_only: bool) -> None:
        if reply.status:
            head = _head(reply)
            if head_only:
                connection.sendall(head)
            elif reply.pace:
                self._drip(connection, head, reply)
            else:
                self._whole(connection, head, reply.body)
            for block in reply.more or ():
                connection.sendall(block)

    def _whole(self, connection: socket.socket, head: bytes, body: bytes) -> None:
        if len(body) < BIG_BODY:
            connection.sendall(head + body)
        else:
            connection.sendall(head)
            connection.sendall(body)

    def _drip(self, connection: socket.socket, head: bytes, reply: Reply) -> None:
        connection.sendall(head)
        for at in range(len(reply.body)):
            connection.sendall(reply.body[at : at + 1])
            if self._stopped.wait(reply.pace):
                return


def _head(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {reply.reason or 'Answer'}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    length = len(reply.body) if reply.claimed is None else reply.claimed
    if reply.status != 204:
        lines.append(f"Content-Length: {length}")
    if not any(name.lower() == "date" for name, _ in reply.headers):
        lines.append(f"Date: {formatdate(time.time(), usegmt=True)}")
    if reply.ending is not Ending.KEEP:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class _Reader:
    """Reads requests off one connection, keeping what came too early."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._held = b""

    def request(self) -> Request | Reply | None:
        """The next request, or the answer to one that is none; None when the client has closed."""
        while (end := self._held.find(b"\r\n\r\n")) < 0:
            if len(self._held) > MAX_HEAD:
                return _broken(431, "Request Header Fields Too Large")
            if not self._more():
                return None
        head = self._held[:end].decode("latin-1")
        self._held = self._held[end + 4 :]
        first, *lines = head.split("\r\n")
        try:
            method, target, version = first.split(" ")
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            length = int(headers.get("content-length", "0"))
        except ValueError:
            return _broken(400, "Bad Request")
        if not version.startswith("HTTP/1.") or not target.startswith("/"):
            return _broken(400, "Bad Request")
        if "transfer-encoding" in headers:
            return _broken(411, "Length Required")
        if not 0 <= length <= MAX_BODY:
            return _broken(413, "Content Too Large")
        if headers.get("expect", "").lower() == "100-continue":
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(self._held) < length:
            if not self._more():
                return None
        body, self._held = self._held[:length], self._held[length:]
        path, _, query = target.partition("?")
        return Request(method, path, query, headers, body)

    def _more(self) -> bool:
        try:
            block = self._connection.recv(65536)
        except OSError:
            return False  # it was reset
        self._held += block
        return bool(block)


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may be closed already
        connection.shutdown(socket.SHUT_RDWR)


_servers: list[weakref.ref[Server]] = []


def _in_child() -> None:
    for reference in _servers:
        server = reference()
        if server is not None:
            server.forget()
