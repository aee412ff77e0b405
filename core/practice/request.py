"""What a sandbox is asked, read from WSGI, and how it answers: plain, for every marketplace."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from core.practice.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Request:
    """One call. `base` is the named base that it came to, `path` what follows (with its "/").

    `query` keeps order and repetitions; `headers` are by their lower-case name. `encoding` is
    how the query's letters are percent-encoded.
    """

    method: str
    base: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    now: float = 0.0
    notes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, world: World, environ: dict[str, Any], *, encoding: str = "utf-8") -> Request:
        """The call of a WSGI environment; `now` is the world's time in epoch seconds."""
        _, base, path = (environ["PATH_INFO"] + "/").split("/", 2)
        return cls(
            method=environ["REQUEST_METHOD"],
            base=base,
            path="/" + path.removesuffix("/"),
            query=parse_qsl(
                environ["QUERY_STRING"],
                keep_blank_values=True,
                encoding=encoding,
                errors="replace",
            ),
            headers=_headers(environ),
            body=environ["wsgi.input"].read(),
            now=world.now().timestamp(),
        )

    def one(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), default)


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    told = {
        key[5:].replace("_", "-").lower(): str(value)
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    return told | {"content-type": str(environ.get("CONTENT_TYPE") or "")}


@dataclass
class Response:
    """An answer: a status, a body that may come in pieces, and how it is labelled."""

    status: int
    body: bytes | list[bytes]
    content_type: str = "application/json;charset=UTF-8"
    headers: list[tuple[str, str]] = field(default_factory=list)

    def start(self, start_response: Any) -> Iterable[bytes]:
        """Answer a WSGI server."""
        try:
            reason = HTTPStatus(self.status).phrase
        except ValueError:
            reason = "Status"
        headers = [("Content-Type", self.content_type), *self.headers]
        start_response(f"{self.status} {reason}", headers)
        return [self.body] if isinstance(self.body, bytes) else self.body


def spend(world: World, key: str, *, per_second: float, burst: float) -> int | None:
    """Take one from a bucket of real time; how many are left, or None when it is empty."""
    buckets: dict[str, list[float]] = world.cache.setdefault("buckets", {})
    now = time.monotonic()
    bucket = buckets.setdefault(key, [burst, now])
    bucket[0] = min(burst, bucket[0] + (now - bucket[1]) * per_second)
    bucket[1] = now
    if bucket[0] < 1:
        return None
    bucket[0] -= 1
    return int(bucket[0])
