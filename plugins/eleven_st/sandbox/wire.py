"""The wire's plain parts: EUC-KR XML, times, the shapes of success and refusal (§1, §2)."""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from xml.sax.saxutils import escape

from hanpan.api import Request, Response, World, local_name, parse_xml

MINUTE, HOUR, DAY = 60, 3600, 86_400
_KST = 9 * HOUR

LABEL = "text/xml;charset=EUC-KR"
DECLARED = b'<?xml version="1.0" encoding="euc-kr" standalone="yes"?>'
NAMESPACE = "http://skt.tmall.business.openapi.spring.service.client.domain/"

Leaves = Mapping[str, object]


@dataclass
class Call:
    """One call that has passed the gateway; `parts` are the values in its path."""

    world: World
    request: Request
    parts: tuple[str, ...]

    @property
    def now(self) -> int:
        """The marketplace's time in epoch seconds."""
        return int(self.request.now)


class Refusal(Exception):
    """The marketplace says no, in the shape of the call that was made."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Unread(Exception):
    """An answer with a bare status: what is no XML of theirs (§1.3)."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


# -- writing ----------------------------------------------------------------------------------


def encoded(text: str) -> bytes:
    """EUC-KR bytes; what it does not have becomes "?", as their server does."""
    return text.encode("euc-kr", "replace")


def leaf(name: str, value: object) -> str:
    """One element; None is an empty one."""
    return f"<{name}>{'' if value is None else escape(str(value))}</{name}>"


def row(name: str, leaves: Leaves) -> str:
    """A row: the prefix is on the row, not on its leaves (§1.3)."""
    inside = "".join(leaf(key, value) for key, value in leaves.items())
    return f"<ns2:{name}>{inside}</ns2:{name}>"


def listed(root: str, rows: Iterable[bytes]) -> Response:
    """A list with its rows, already in EUC-KR."""
    head = DECLARED + f'<ns2:{root} xmlns:ns2="{NAMESPACE}">'.encode()
    return Response(200, [head, *rows, f"</ns2:{root}>".encode()], content_type=LABEL)


def plain(root: str, leaves: Leaves, status: int = 200) -> Response:
    """A root without a prefix."""
    inside = "".join(leaf(key, value) for key, value in leaves.items())
    body = DECLARED + encoded(f"<{root}>{inside}</{root}>")
    return Response(status, body, content_type=LABEL)


def gateway(code: str, message: str) -> Response:
    """Shape A: HTTP 500 and an AuthMessage (§2.1)."""
    return plain("AuthMessage", {"resultCode": code, "resultMessage": message}, status=500)


def told_list(code: str, message: str) -> Response:
    """Shape D: a list that tells a code instead of rows; its leaves are prefixed."""
    said = leaf("ns2:result_code", code) + leaf("ns2:result_text", message)
    return listed("orders", [encoded(said)])


def told_client(code: str, message: str, **more: object) -> Response:
    """Shape B."""
    return plain("ClientMessage", {"message": message, **more, "resultCode": code})


def told_order(code: str, message: str) -> Response:
    """Shape C, with the noise that stands in it."""
    leaves = {"openMallID": "11ST", "open_11st_mall": "", "result_code": code}
    return plain("ResultOrder", leaves | {"result_text": message})


def told_book(message: str) -> Response:
    """Shape F: nothing but a sentence."""
    return listed("inOutAddresss", [encoded(leaf("ns2:result_message", message))])


def told_products(message: str) -> Response:
    """Shape G: a search that was not taken."""
    return plain("Products", {"message": message})


def told_product(message: str) -> Response:
    """Shape G: a product that there is not."""
    return plain("Product", {"message": message, "nResult": "0"})


def told_search(code: str) -> Response:
    """Shape H of commonservices: a code and no words."""
    return plain("ResultMessage", {"result_code": code, "result_message": ""})


# -- reading ----------------------------------------------------------------------------------


def body_of(call: Call, root: str) -> dict[str, str]:
    """The leaves of the body. Bytes are read as the declaration says, so a wrong one garbles.

    Raises Unread: application/xml is answered with a bare 415 (§1.3), what is no XML with 400.
    """
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "text/xml":
        raise Unread(415)
    body = call.request.body
    said = re.match(rb"""\s*<\?xml[^>]*encoding=["']([A-Za-z0-9-]+)["'][^>]*\?>""", body)
    charset = said[1].decode().lower() if said else "euc-kr"
    if charset not in ("euc-kr", "utf-8"):
        raise Unread(400)
    try:
        found = parse_xml(body.decode(charset, "replace"))
    except ValueError:
        raise Unread(400) from None
    if local_name(found) != root:
        raise Unread(400)
    return {local_name(one): (one.text or "").strip() for one in found}


def read_minute(text: str) -> int | None:
    """Epoch seconds of a Korean `YYYYMMDDhhmm`, or None when it is written otherwise."""
    if not re.fullmatch(r"[0-9]{12}", text):
        return None
    try:
        told = time.strptime(text, "%Y%m%d%H%M")
    except ValueError:
        return None
    return calendar.timegm(told) - _KST


@lru_cache(maxsize=4096)
def when(moment: int) -> str:
    """Epoch seconds as rows write them: Korean time (§1.4)."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment + _KST))


def day_of(moment: int) -> str:
    """The Korean day of a moment as yyyymmdd."""
    return time.strftime("%Y%m%d", time.gmtime(moment + _KST))


def now_of(world: World) -> int:
    """The marketplace's time in epoch seconds."""
    return int(world.now().timestamp())
