"""What a seller service is to register: fetched from `dataUrl`, and read as strictly as can be."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import httpx

from hanpan.api import leaves, parse_xml
from plugins.interpark.assumed import URL_UNREACHABLE, XML_UNREADABLE
from plugins.interpark.sandbox.wire import Refusal

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SECONDS = 3.0
MOST_BYTES = 1_000_000
_DECLARED = re.compile(rb"\A<\?xml[^>]*encoding=[\"']euc-kr[\"'][^>]*\?>", re.IGNORECASE)


def fetch(url: str) -> bytes:
    """The bytes at an address of this machine; a practice marketplace calls nobody else.

    Raises Refusal.
    """
    if not _is_ours(url):
        raise Refusal("201", f"{URL_UNREACHABLE}. (http 주소여야 합니다)")
    try:
        # Not verified: it is this machine, and reading all certificates takes longer than the call.
        with (
            httpx.Client(trust_env=False, timeout=SECONDS, verify=False) as http,
            http.stream("GET", url, headers={"User-Agent": "interpark-practice"}) as answer,
        ):
            if answer.status_code != 200:
                raise Refusal("201", f"{URL_UNREACHABLE}. (HTTP {answer.status_code})")
            content = b""
            for block in answer.iter_bytes():
                content += block
                if len(content) > MOST_BYTES:
                    raise Refusal("202", f"{XML_UNREADABLE}. (너무 큽니다)")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Refusal("201", f"{URL_UNREACHABLE}. ({type(error).__name__})") from error
    return content


def _is_ours(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK


def read_item(content: bytes) -> dict[str, str]:
    """The one `item` (§2) by element; Korean may stand in CDATA. Raises Refusal."""
    declared = _DECLARED.match(content)
    if declared is None:
        raise Refusal("202", f'{XML_UNREADABLE}. (encoding="euc-kr" 선언이 필요합니다)')
    try:
        # expat reads no multi-byte encodings: decoded here, without a letter being replaced.
        root = parse_xml(content[declared.end() :].decode("euc-kr"))
    except ValueError as error:
        raise Refusal("202", f"{XML_UNREADABLE}. ({type(error).__name__})") from error
    items = root.findall("item") if root.tag == "result" else []
    if len(items) != 1:
        raise Refusal("202", f"{XML_UNREADABLE}. (item 은 한 개여야 합니다)")
    return leaves(items[0])
