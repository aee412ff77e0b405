"""Wire faults: which calls a rule spoils, and how a spoilt answer looks on the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any


class Ending(Enum):
    """What becomes of the connection after the answer."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer before it is sent. `status` 0 sends nothing at all.

    `claimed` is the Content-Length when it is not that of `body`; `more` follows the body.
    `wait` seconds pass before the first byte, `pace` seconds after each byte of the body.
    """

    status: int
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    claimed: int | None = None
    more: Iterator[bytes] | None = None
    wait: float = 0.0
    pace: float = 0.0
    ending: Ending = Ending.KEEP


class Kind(Enum):
    """The ways a call can go wrong; `value` of the rule is what stands behind each.

    The first group never reaches the sandbox, the second spoils what the sandbox answered.
    """

    REFUSE = "refuse"  # the connection is closed without a byte
    RESET_BEFORE = "reset_before"  # … by a reset
    LOGIN = "login"  # 200 and an HTML login page
    HUGE = "huge"  # a body of so many bytes (200 MB)
    STATUS = "status"  # a status (503), or {status, retry_after, body (text or JSON), content_type}

    RESET_AFTER = "reset_after"  # the effect happens, the answer is lost
    LATE_EFFECT = "late_effect"  # the same, and reads show it so many seconds later (30)
    CUT = "cut"  # the body ends after so many bytes (half of it)
    DRIP = "drip"  # so many seconds pass between bytes (1)
    CHARSET = "charset"  # the charset label is wrong (euc-kr)
    DELAY = "delay"  # the answer waits so many seconds (5)


BEFORE = (Kind.REFUSE, Kind.RESET_BEFORE, Kind.LOGIN, Kind.HUGE, Kind.STATUS)
HUGE_BYTES = 200 * 1024 * 1024
LATE_SECONDS = 30.0
_BLOCK = b" " * 65536
_LOGIN = """<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>로그인</title></head>
<body><form method="post" action="/login"><input name="id"><input name="pw" type="password">
<button>로그인</button></form></body></html>"""


@dataclass(kw_only=True)
class Rule:
    """A fault for calls whose path holds `path` (and whose method is `method`, when given).

    The first `after` matching calls pass, the next `times` are spoilt (-1: all of them).
    """

    kind: Kind
    path: str = ""
    method: str = ""
    times: int = 1
    after: int = 0
    value: Any = None
    seen: int = field(default=0, init=False)
    hits: int = field(default=0, init=False)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Rule:
        """Make a rule of JSON; raises ValueError saying what is wrong with it."""
        unknown = set(data) - {"match", "kind", "times", "after", "value"}
        match = data.get("match") or {}
        if isinstance(match, str):
            match = {"path": match}
        unknown |= set(match) - {"path", "method"}
        if unknown:
            raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
        return cls(
            kind=Kind(data.get("kind")),
            path=str(match.get("path", "")),
            method=str(match.get("method", "")).upper(),
            times=int(data.get("times", 1)),
            after=int(data.get("after", 0)),
            value=data.get("value"),
        )

    def takes(self, method: str, path: str) -> bool:
        """True when this call is to be spoilt; counts it either way."""
        if self.path not in path or (self.method and self.method != method):
            return False
        if self.times >= 0 and self.hits >= self.times:
            return False
        self.seen += 1
        if self.seen <= self.after:
            return False
        self.hits += 1
        return True

    def shown(self) -> dict[str, Any]:
        """The rule as JSON, with how often it matched and spoilt."""
        match = {"path": self.path} | ({"method": self.method} if self.method else {})
        return {
            "match": match,
            "kind": self.kind.value,
            "times": self.times,
            "after": self.after,
            "value": self.value,
            "seen": self.seen,
            "hits": self.hits,
        }


def instead(rule: Rule) -> Reply:
    """The answer of a fault that never reaches the sandbox."""
    if rule.kind is Kind.LOGIN:
        page = (("Content-Type", "text/html; charset=utf-8"),)
        return Reply(status=200, reason="OK", headers=page, body=_LOGIN.encode())
    if rule.kind is Kind.HUGE:
        size = int(rule.value or HUGE_BYTES)
        kind = (("Content-Type", "application/json;charset=UTF-8"),)
        blocks = _blocks(size)
        return Reply(status=200, reason="OK", headers=kind, claimed=size, more=blocks)
    if rule.kind is Kind.STATUS:
        given = rule.value if isinstance(rule.value, Mapping) else {"status": rule.value or 503}
        told = given.get("body", "practice fault")
        is_json = isinstance(told, (Mapping, list))
        usual = "application/json" if is_json else "text/plain; charset=utf-8"
        headers = [("Content-Type", str(given.get("content_type", usual)))]
        if "retry_after" in given:
            headers.append(("Retry-After", str(given["retry_after"])))
        body = (json.dumps(told, ensure_ascii=False) if is_json else str(told)).encode()
        return Reply(
            status=int(given.get("status", 503)),
            reason="Practice Fault",
            headers=tuple(headers),
            body=body,
        )
    return Reply(status=0, ending=Ending.CLOSE if rule.kind is Kind.REFUSE else Ending.RESET)


def spoilt(rule: Rule, reply: Reply) -> Reply:
    """What is left of the sandbox's answer."""
    if rule.kind is Kind.CUT:
        left = len(reply.body) // 2 if rule.value is None else int(rule.value)
        whole = len(reply.body)
        return replace(reply, body=reply.body[:left], claimed=whole, ending=Ending.CLOSE)
    if rule.kind is Kind.DRIP:
        return replace(reply, pace=float(rule.value or 1.0))
    if rule.kind is Kind.DELAY:
        return replace(reply, wait=float(5.0 if rule.value is None else rule.value))
    if rule.kind is Kind.CHARSET:
        label = str(rule.value or "euc-kr")
        return replace(
            reply,
            headers=tuple(
                (name, f"{value.split(';')[0]};charset={label}")
                if name.lower() == "content-type"
                else (name, value)
                for name, value in reply.headers
            ),
        )
    return Reply(status=0, ending=Ending.RESET)


def late_seconds(rule: Rule | None) -> float:
    """How long the effect of the call stays out of sight."""
    if rule is None or rule.kind is not Kind.LATE_EFFECT:
        return 0.0
    return LATE_SECONDS if rule.value is None else float(rule.value)


def _blocks(size: int) -> Iterator[bytes]:
    while size > 0:
        yield _BLOCK[:size]
        size -= len(_BLOCK)
