"""The network below HTTP: one TLS context, public addresses only, reading that ends by its time."""

from __future__ import annotations

import ipaddress
import math
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx


def ssl_context() -> ssl.SSLContext:
    """The one TLS context that all clients share (making one costs 20 ms)."""
    global _context
    if _context is None:
        _context = httpx.create_ssl_context()
    return _context


_context: ssl.SSLContext | None = None
_until: ContextVar[float] = ContextVar("until", default=math.inf)


@contextmanager
def by(until: float) -> Iterator[None]:
    """Read answers until then (`time.monotonic`) and no longer, their headers too: a timeout
    begins anew with every byte of a host that says little at a time."""
    token = _until.set(until)
    try:
        yield
    finally:
        _until.reset(token)


class _Stream(httpcore.NetworkStream):
    """A connection of which nothing is read when the time is over."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = _until.get() - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer took too long in all")
        patience = [one for one in (timeout, left) if one is not None and one < math.inf]
        return self._stream.read(max_bytes, min(patience, default=None))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, *args: Any, **more: Any) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(*args, **more))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Network(httpcore.SyncBackend):
    """Connects, and has what is read end by its time."""

    def connect_tcp(self, *args: Any, **more: Any) -> httpcore.NetworkStream:
        return _Stream(super().connect_tcp(*args, **more))


class _PublicOnly(_Network):
    """Connects to the address that was checked, never to a private one (IPv4 only)."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = [str(info[4][0]) for info in found]
        for address in addresses:
            parsed = ipaddress.ip_address(address)
            if not parsed.is_global or parsed.is_multicast:
                raise httpcore.ConnectError(f"{host} is at the private address {address}")
        return super().connect_tcp(addresses[0], port, timeout, local_address, socket_options)


def transport(*, private: bool = False) -> httpx.HTTPTransport:
    """A transport that refuses private addresses, unless it is for the practice origin."""
    made = httpx.HTTPTransport(verify=ssl_context(), retries=0)
    # httpx has no public way to hand over a network backend.
    made._pool._network_backend = _Network() if private else _PublicOnly()
    return made
