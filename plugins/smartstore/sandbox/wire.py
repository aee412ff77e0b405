"""The wire's plain parts: times, calls, answers, refusals in each domain's shape (§1, §3)."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from hanpan.api import World

Answered = tuple[int, bytes | list[bytes]]
"""A status and a JSON body, which may come in pieces (a page of lines is close to a megabyte)."""

_STRICT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|[+-]\d\d:\d\d)")
_KST = 9 * 3600
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
HOUR = 3600 * 1000
DAY = 24 * HOUR


def now_of(world: World) -> int:
    """The marketplace's time in milliseconds."""
    return int(world.now().timestamp() * 1000)


def iso(moment: int) -> str:
    """Milliseconds as the wire writes them: KST, three fraction digits."""
    seconds, rest = divmod(moment, 1000)
    return f"{_second(seconds)}.{rest:03d}+09:00"


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds + _KST))


def short_iso(moment: int) -> str:
    """The same with as few fraction digits as it needs: how `moreFrom` comes (#1864)."""
    head, rest = iso(moment).split(".")
    digits = rest[:3].rstrip("0") or "0"
    return f"{head}.{digits}+09:00"


def read_time(text: str) -> int | None:
    """Milliseconds of `yyyy-MM-dd'T'HH:mm:ss.SSSXXX`, or None when it is written otherwise."""
    if not _STRICT.fullmatch(text):
        return None
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        return None


def day_of(moment: int) -> str:
    """The Korean day of a moment as yyyymmdd."""
    return time.strftime("%Y%m%d", time.gmtime(moment // 1000 + _KST))


def pack(data: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return _ENCODER.encode(data).encode()


class Refusal(Exception):
    """The marketplace says no. `inputs` are (name, type, message) of single fields."""

    def __init__(
        self, status: int, code: str, message: str, inputs: list[tuple[str, str, str]] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.inputs = status, code, message, inputs or []


def refused(domain: str, refusal: Refusal, now: int, trace: str) -> Answered:
    """A refusal in the shape of its domain (§3.1, §3.2)."""
    body: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    if domain in ("product", "token"):
        body["invalidInputs"] = [
            {"name": name, "type": kind, "message": message}
            for name, kind, message in refusal.inputs
        ]
    body["timestamp"] = iso(now)
    if domain in ("gateway", "order"):
        body["traceId"] = trace
    if domain == "token":
        body["data"] = {}
    return refusal.status, pack(body)


@dataclass
class Call:
    """One call that has passed the gateway."""

    world: World
    method: str
    path: str
    query: list[tuple[str, str]]
    kind: str
    body: bytes
    now: int
    trace: str
    bearer: str = ""
    key: str = ""
    parts: tuple[str, ...] = field(default=())

    def one(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), default)

    def all(self, name: str) -> list[str]:
        """Every value of a query parameter, repeated or separated by commas."""
        found = [value for key, value in self.query if key in (name, f"{name}[]")]
        return [part for value in found for part in value.split(",") if part]

    def json(self, wrong: Refusal) -> dict[str, Any]:
        """The body, which must be a JSON object labelled as JSON; else raises `wrong`."""
        if self.kind.partition(";")[0].strip().lower() != "application/json":
            raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type을 확인해 주세요.")
        try:
            data = json.loads(self.body)
        except ValueError:
            raise wrong from None
        if not isinstance(data, dict):
            raise wrong
        return data

    def number(self, name: str, default: int, wrong: Refusal) -> int:
        """A whole number of the query, else raises `wrong`."""
        text = self.one(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise wrong
        return int(text)
