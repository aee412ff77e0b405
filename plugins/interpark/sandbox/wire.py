"""The wire's plain parts: times, XML in EUC-KR, answers and refusals of both halves (§1, §2.2)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from hanpan.api import KST, Response, World

HOUR = 3600
DAY = 24 * HOUR
_KST = 9 * HOUR
XML = "text/xml; charset=euc-kr"
_HEAD = '<?xml version="1.0" encoding="EUC-KR"?>\n'


def now_of(world: World) -> int:
    """The marketplace's time in seconds."""
    return int(world.now().timestamp())


@lru_cache(maxsize=4096)
def stamp(moment: int) -> str:
    """Seconds as the wire writes them: KST, yyyyMMddHHmmss."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(moment + _KST))


def day_of(moment: int) -> str:
    """The Korean day as yyyyMMdd."""
    return stamp(moment)[:8]


def read_stamp(text: str) -> int | None:
    """Seconds of yyyyMMddHHmmss, or None when it is written otherwise."""
    if len(text) != 14 or not text.isascii() or not text.isdigit():
        return None
    try:
        return int(datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=KST).timestamp())
    except ValueError:
        return None


def element(name: str, value: object) -> str:
    """An element with a text. A bare & is left as it is: the real one does so too (§5)."""
    if value in (None, ""):
        return f"<{name}/>"
    text = str(value).replace("<", "&lt;").replace(">", "&gt;")
    return f"<{name}>{text}</{name}>"


def elements(told: Mapping[str, object]) -> str:
    """Elements, one after the other."""
    return "".join(element(name, value) for name, value in told.items())


def xml(body: str) -> bytes:
    """Text as EUC-KR bytes; letters that it lacks become a reference."""
    return body.encode("euc-kr", "xmlcharrefreplace")


class Refusal(Exception):
    """인터파크 says no: `code` and words. HTTP is 200 all the same (§2.2)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def order_answer(code: str, message: str, number: int, body: list[bytes]) -> Response:
    """ORDER_LIST with its RESULT (§5.1)."""
    result = {"CODE": code, "MESSAGE": message, "LOG_SEQ": number}
    head = xml(f"{_HEAD}<ORDER_LIST><RESULT>{elements(result)}</RESULT>")
    return Response(200, [head, *body, b"</ORDER_LIST>"], XML)


def service_answer(body: str) -> Response:
    """A `result` of a seller service (§3)."""
    head = element("title", "Interpark Product API") + element("description", "API 호출 완료")
    return Response(200, xml(f"{_HEAD}<result>{head}{body}</result>"), XML)


def service_refused(refusal: Refusal) -> Response:
    """A refusal of a seller service (§2.2)."""
    told: dict[str, object] = {
        "code": refusal.code,
        "message": "API 호출 오류",
        "explanation": refusal.message,
    }
    return service_answer(f"<error>{elements(told)}</error>")
