"""A picture by its address, and a small copy of it: fetched with bounds, decoded in a child."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from core import settings
from core.contracts.text import Text
from core.files.shrink import TOO_MANY_PIXELS
from core.ledger.connection import shared_transport
from core.network import by

MOST_BYTES = 10 * 2**20
MOST_HOPS = 4
FETCH_S = 10.0
SHRINK_S = 10.0
PORTS = (80, 443, 8080, 8443)
_HEADERS = {"User-Agent": "hanpan", "Accept": "image/*", "Accept-Encoding": "identity"}
_ROOT = Path(__file__).parents[1]

NO_ADDRESS = Text(
    "이미지 주소가 아닙니다. https:// 로 시작하는 주소를 넣어 주세요.",
    "This is no address of an image. Give one that begins with https://.",
)
PRIVATE = Text(
    "이미지 주소가 내부 네트워크를 가리켜 열지 않았습니다. 밖에서 열리는 주소로 바꿔 주세요.",
    "The address points into a private network, so it was not opened. Give a public one.",
)
LOST = Text(
    "이미지가 있는 서버에 닿지 않았습니다. 주소를 확인해 주세요.",
    "The server of the image cannot be reached. Look at the address.",
)
NOT_THERE = Text(
    "이 주소에 이미지가 없습니다(응답 {status}). 주소를 고쳐 주세요.",
    "There is no image at this address (answer {status}). Mend the address.",
)
TOO_BIG = Text(
    "이미지가 10 MB보다 큽니다. 더 작은 이미지의 주소를 넣어 주세요.",
    "The image is larger than 10 MB. Give the address of a smaller one.",
)
TOO_LARGE = Text(
    "이미지의 가로세로가 너무 큽니다. 5천만 화소 이하의 이미지를 넣어 주세요.",
    "The image has too many pixels. Give one of 50 million at most.",
)
NO_IMAGE = Text(
    "이 주소에 있는 것은 이미지가 아닙니다. JPG, PNG, WebP 이미지의 주소를 넣어 주세요.",
    "What is at this address is no image. Give the address of a JPG, PNG or WebP.",
)


class Refused(Exception):
    """There is no picture, and why; `again` says that it may be there another time."""

    def __init__(self, text: Text, *, again: bool = False) -> None:
        super().__init__(text.en)
        self.text, self.again = text, again


def fetch(address: str) -> bytes:
    """The bytes at an address, from public hosts and our practice marketplaces alone.

    Every redirect is looked at anew, and what is connected to is the address that was checked.
    Raises Refused.
    """
    until = time.monotonic() + FETCH_S
    with by(until):
        return _fetch(_checked(address), until)


def _fetch(url: httpx.URL, until: float) -> bytes:
    for _hop in range(MOST_HOPS):
        response = _asked(url, until)
        try:
            if response.is_redirect:
                target = str(url.join(response.headers.get("location", "")))
                if is_practice(target) and not is_practice(str(url)):
                    raise Refused(PRIVATE)
                url = _checked(target)
                continue
            if response.status_code != 200:
                again = response.status_code == 429 or response.status_code >= 500
                raise Refused(NOT_THERE.format(status=response.status_code), again=again)
            return _read(response, until)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Refused(LOST, again=True) from error
        finally:
            response.close()
    raise Refused(NOT_THERE.format(status=response.status_code))


def is_practice(address: str) -> bool:
    """Whether the address is one of our practice marketplaces."""
    return address.startswith(f"http://127.0.0.1:{settings.current().practice_port}/")


def _checked(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise Refused(NO_ADDRESS) from error
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise Refused(NO_ADDRESS)
    if not is_practice(str(url)) and (url.port or 443) not in PORTS:
        raise Refused(NO_ADDRESS)
    return url


def _asked(url: httpx.URL, until: float) -> httpx.Response:
    left = max(0.1, until - time.monotonic())
    timeout = httpx.Timeout(left, connect=min(5.0, left))
    more = {"timeout": timeout.as_dict()}
    request = httpx.Request("GET", url, headers=_HEADERS, extensions=more)
    try:
        response = shared_transport(private=is_practice(str(url))).handle_request(request)
    except httpx.HTTPError as error:
        if "private address" in str(error):
            raise Refused(PRIVATE) from error
        raise Refused(LOST, again=True) from error
    response.request = request
    return response


def _read(response: httpx.Response, until: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_raw():
        size += len(part)
        if size > MOST_BYTES:
            raise Refused(TOO_BIG)
        if time.monotonic() > until:
            raise Refused(LOST, again=True)
        parts.append(part)
    return b"".join(parts)


# -- made small ------------------------------------------------------------------------------------


def shrink(picture: bytes) -> bytes:
    """A small JPEG of it without anything but the pixels. Raises Refused."""
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(_ROOT)}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "core.files.shrink"],
            input=picture,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=SHRINK_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(NO_IMAGE) from error
    if done.returncode == TOO_MANY_PIXELS:
        raise Refused(TOO_LARGE)
    if done.returncode != 0 or not done.stdout:
        raise Refused(NO_IMAGE)
    return done.stdout
