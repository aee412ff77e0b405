"""The wire's plain parts: times to the second, calls, answers and refusals (§1)."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from hanpan.api import Request, World

HOUR = 3600
DAY = 24 * HOUR
_KST = 9 * 3600
_STRICT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

NO_DATA = None
"""An answer that is 200 and has no `data` at all: one of the two ways to say "nothing" (§5)."""


class Refusal(Exception):
    """The marketplace says no; `error` is a text or an object, as the real one's is (§1)."""

    def __init__(self, status: int, error: Any) -> None:
        super().__init__(str(error))
        self.status, self.error = status, error


@dataclass
class Call:
    """One call that has passed the gateway; `body` is the JSON object that came with it."""

    world: World
    request: Request
    body: dict[str, Any]

    @property
    def now(self) -> int:
        """The marketplace's time in seconds."""
        return int(self.request.now)

    def number(self, name: str) -> int:
        """A whole number of the body, else a 422 that names it as an object."""
        value = self.body.get(name)
        if type(value) is not int or value < 1:
            raise Refusal(422, {name: f"{name}은(는) 필수이며 숫자여야 합니다."})
        return value

    def one_of(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """A code of the body, else a 422 in a text."""
        value = self.body.get(name, default)
        if value not in allowed:
            raise Refusal(422, f"{name} 값이 올바르지 않습니다. ({', '.join(allowed)})")
        return str(value)

    def window(self) -> tuple[int, int]:
        """fromDate and toDate in seconds, both included; shorter than 24 hours (§1)."""
        start, end = (read_time(self.body.get(name)) for name in ("fromDate", "toDate"))
        wrong = {
            name: "yyyy-MM-dd HH:mm:ss 형식이어야 합니다."
            for name, moment in (("fromDate", start), ("toDate", end))
            if moment is None
        }
        if start is None or end is None:
            raise Refusal(422, wrong)
        if end < start:
            raise Refusal(422, "toDate는 fromDate보다 앞설 수 없습니다.")
        if end - start >= DAY:
            raise Refusal(422, "조회 기간은 24시간 미만이어야 합니다.")
        return start, end


def now_of(world: World) -> int:
    """The marketplace's time in seconds."""
    return int(world.now().timestamp())


@lru_cache(maxsize=4096)
def told(moment: int | None) -> str:
    """Seconds as the wire writes them, Korean; an empty text for none."""
    if moment is None:
        return ""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment + _KST))


def minute(moment: int) -> str:
    """Seconds as product dates have them: to the hour, minutes are always 00 (§3)."""
    return told(moment)[:13] + ":00"


def read_minute(text: Any) -> int | None:
    """Seconds of `yyyy-MM-dd HH:mm`, or None when it is written otherwise."""
    return read_time(f"{text}:00") if isinstance(text, str) else None


def day_of(moment: int) -> str:
    """The Korean day of a moment."""
    return told(moment)[:10]


def read_time(text: Any) -> int | None:
    """Seconds of `yyyy-MM-dd HH:mm:ss`, or None when it is written otherwise."""
    if not isinstance(text, str) or not _STRICT.fullmatch(text):
        return None
    try:
        return int(datetime.fromisoformat(f"{text}+09:00").timestamp())
    except ValueError:
        return None


def pack(data: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return _ENCODER.encode(data).encode()


def refused(refusal: Refusal) -> bytes:
    """A refusal: its status is told in the body too."""
    return pack({"resultCode": refusal.status, "error": refusal.error})


def accepted(data: bytes | None) -> bytes:
    """An answer with `data`, or without any."""
    return b'{"resultCode":200}' if data is NO_DATA else b'{"resultCode":200,"data":%b}' % data


def settled(key: int, message: str = "성공") -> bytes:
    """The `data` of a write; `returnKey` 0 is a refusal though the `resultCode` is 200 (§1)."""
    return pack({"returnKey": key, "returnMsg": message})
