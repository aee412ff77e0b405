"""The HTTP client that plugins are handed: declared hosts only, deadlines, budget, journal.

It never raises httpx's own errors. A request that surely did not reach the marketplace is
Unavailable; one whose answer was lost is Unavailable for a read and OutcomeUnknown for a write.
"""

from __future__ import annotations

import codecs
import email.utils
import json as jsonlib
import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx

from core import clock
from core.errors import ContractError, OutcomeUnknown, Unavailable
from core.ledger import crash
from core.network import by

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
MAX_BODY = 32 * 1024 * 1024
KEPT = 65536
"""Bytes of a body that the journal gets to see."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Gate(Protocol):
    """What stands between a plugin and the network; the ledger gives the real one."""

    def before(self, bucket: str, *, write: bool) -> float:
        """Return how many seconds the call may take, or raise (budget, lease, switch)."""

    def after(self, call: Call) -> None:
        """Write down what was called and how it ended."""

    def learn(self, bucket: str, *, per_second: float, burst: float, left: float | None) -> None:
        """Take over a limit that the marketplace told us."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call as it was. `clean` takes the secrets out of a text, those too that came up since."""

    base: str
    method: str
    path: str
    query: str
    status: int | None
    outcome: str
    milliseconds: float
    request_body: str
    response_body: str
    write: bool
    at: datetime
    clean: Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back. `text()` decodes as told, `json()` raises ContractError when it is not."""

    status: int
    headers: httpx.Headers
    content: bytes
    method: str
    path: str

    @property
    def ok(self) -> bool:
        """True for 2xx."""
        return 200 <= self.status < 300

    def retry_after(self, default: float = 1.0) -> float:
        """Seconds to wait before the next call, 1 to 3600: as `Retry-After` tells, or `default`."""
        told = self.headers.get("Retry-After", "")
        seconds = float(told) if told.isascii() and told.isdigit() else default
        return min(max(seconds, 1.0), 3600.0)

    def text(self, encoding: str = "utf-8") -> str:
        """The body as text; bytes that do not decode are replaced."""
        return self.content.decode(encoding, "replace")

    def json(self) -> Any:
        """The body as JSON, without characters that no database takes."""
        try:
            data = jsonlib.loads(self.content)
            return _mended(data) if _BROKEN.search(self.content) else data
        except ValueError as error:
            raise ContractError(
                detail=f"{self.method} {self.path}: {self.status}, not JSON, "
                f"{self.headers.get('content-type', 'no type')}, {len(self.content)} bytes"
            ) from error


def decoded(content: bytes) -> str:
    """Bytes as text: UTF-8 where they are that, else CP949, whatever their label says.

    Korean text in CP949 is hardly ever valid UTF-8, and then it reads as letters below U+0800,
    which Korean in UTF-8 is not made of; the other way round it often passes.
    """
    try:
        # Not final: a body that was cut within a letter is UTF-8 all the same.
        text = codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return content.decode("cp949", "replace")
    if text.isascii() or max(text) >= "\u0800":
        return text
    return content.decode("cp949", "replace")


_BROKEN = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")


def _mended(data: Any) -> Any:
    """Half characters (an emoji cut in two) become "?", NULs go."""
    if isinstance(data, str):
        return data.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(data, list):
        return [_mended(item) for item in data]
    if isinstance(data, dict):
        return {_mended(name): _mended(value) for name, value in data.items()}
    return data


_CLIMBS = re.compile(r"(^|/)(\.|%2e){1,2}(/|%2f|\?|#|$)|\\", re.IGNORECASE)
_HEADERS = {"User-Agent": "hanpan", "Accept-Encoding": "gzip", "Accept": "*/*"}


class Http:
    """Calls one base. Paths are relative to it; redirects are not followed, cookies not kept.

    The transport may be shared: its kept connections serve every channel of the process.
    `secrets` is kept out of the journal; the clients of one account share the set.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        gate: Gate,
        *,
        transport: httpx.BaseTransport,
        secrets: set[str] | None = None,
    ) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self.skew = 0.0
        self._gate = gate
        self._secrets = set() if secrets is None else secrets
        self._transport = transport

    def hide(self, secret: str) -> None:
        """Keep a secret that came up on the way (a token) out of journal and errors."""
        if len(secret) > 3:
            self._secrets.add(secret)

    def learn(self, bucket: str, *, per_second: float, burst: float, left: float | None) -> None:
        """Take over a limit that the marketplace told in an answer."""
        self._gate.learn(bucket, per_second=per_second, burst=burst, left=left)

    def get(self, path: str, *, bucket: str, **more: Any) -> Answer:
        """Read something."""
        return self.send("GET", path, bucket=bucket, **more)

    def send(
        self,
        method: str,
        path: str,
        *,
        bucket: str,
        write: bool = False,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """Send one request from the named budget and return whatever the marketplace answered.

        `write` says that the call changes something there, whatever its method is.
        Raises Unavailable, OutcomeUnknown, ContractError (a body too large), or what the
        gate raises (RateLimited).
        """
        seconds = self._gate.before(bucket, write=write)
        timeout = httpx.Timeout(min(READ_SECONDS, seconds), connect=CONNECT_SECONDS)
        request = httpx.Request(
            method,
            self._address(path),
            params=params,
            headers={**_HEADERS, **(headers or {})},
            json=json,
            data=form,
            content=content,
            extensions={"timeout": timeout.as_dict()},
        )
        return self._exchange(request, path, write, time.monotonic() + seconds)

    def _address(self, path: str) -> str:
        """The whole address; a path that would lead out of the base is a plugin's mistake."""
        if not path.startswith("/") or _CLIMBS.search(path):
            raise ContractError(detail=f"{self.name}: {path[:80]!r} is no path within the base")
        return self.base_url + path

    def _exchange(self, request: httpx.Request, path: str, write: bool, until: float) -> Answer:
        began, at = time.monotonic(), datetime.now(UTC)
        status: int | None = None
        body = b""
        outcome = "error"
        crash.point("http.before-send")
        try:
            with by(until):
                response = self._transport.handle_request(request)
                response.request = request
                status = response.status_code
                self._read_clock(response, began)
                try:
                    body = _read(response, until)
                finally:
                    response.close()
            outcome = "ok" if status < 400 else "refused"
        except _NOT_SENT as error:
            outcome = "not sent"
            raise Unavailable(detail=f"{request.method} {path}: {error!r}") from error
        except httpx.HTTPError as error:
            outcome = "unknown" if write else "lost"
            kind = OutcomeUnknown if write else Unavailable
            raise kind(detail=f"{request.method} {path}: {error!r}") from error
        except ContractError as error:
            outcome = "unknown" if write else "error"
            if write:
                raise OutcomeUnknown(detail=error.detail) from error
            raise
        finally:
            crash.point("http.after-answer")
            self._gate.after(
                Call(
                    base=self.name,
                    method=request.method,
                    path=path,
                    query=request.url.query.decode("ascii", "replace"),
                    status=status,
                    outcome=outcome,
                    milliseconds=(time.monotonic() - began) * 1000,
                    request_body=_sent(request),
                    response_body=decoded(body[:KEPT]),
                    write=write,
                    at=at,
                    clean=self._clean,
                )
            )
        return Answer(
            status=status,
            headers=response.headers,
            content=body,
            method=request.method,
            path=path,
        )

    def _read_clock(self, response: httpx.Response, began: float) -> None:
        try:
            told = email.utils.parsedate_to_datetime(response.headers.get("date", ""))
        except ValueError:
            return
        self.skew = (told - clock.now()).total_seconds() + (time.monotonic() - began) / 2

    def _clean(self, text: str) -> str:
        return redact(text, self._secrets)


def _sent(request: httpx.Request) -> str:
    return decoded(request.content[:KEPT])


def _read(response: httpx.Response, until: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    told = response.headers.get("Content-Length", "")
    if told.isascii() and told.isdigit() and int(told) > MAX_BODY:
        raise _too_large()  # before any of it is taken in
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MAX_BODY:
            raise _too_large()
        if time.monotonic() > until:
            raise httpx.ReadTimeout("the answer took too long in all", request=response.request)
        parts.append(chunk)
    return b"".join(parts)


def _too_large() -> ContractError:
    return ContractError(detail=f"answer larger than {MAX_BODY} bytes")


def redact(text: str, secrets: Collection[str]) -> str:
    """Replace every secret, longest first so that no part of one is left."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "가림")
    return text


def take(data: Any, *names: str) -> Any:
    """Return data[names[0]][names[1]]…, or raise a ContractError that says what is missing."""
    for name in names:
        if not isinstance(data, Mapping) or name not in data:
            raise ContractError(detail=f"the answer lacks {name!r}")
        data = data[name]
    return data
