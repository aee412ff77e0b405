"""The page that a person sees who opens the address of the practice host in a browser."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from core.practice.faults import Reply
from core.practice.server import Request

_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Vary", "Accept"),
    ("X-Content-Type-Options", "nosniff"),
)

_PAGE = """<!doctype html>
<html lang="ko">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>연습용 판매채널</title></head>
<body>
<h1>연습용 판매채널</h1>
<p>한판에 들어 있는 연습용 서버입니다. 판매채널인 것처럼 응답하지만 진짜 주문은 없고, \
이 컴퓨터 밖으로 아무것도 보내지 않습니다. 한판이 연습 채널과 시험에 쓰는 곳이라, \
여기에서 하실 일은 없습니다.</p>
<p>한판의 화면은 <code>make run</code>을 실행한 터미널에 나온 다른 주소에 있습니다. \
플러그인을 만드는 분은 받은 폴더의 <code>docs/writing-a-plugin.md</code>를 봐 주세요.</p>
<div lang="en">
<h2>Practice marketplaces</h2>
<p>This server is a part of Hanpan. It answers as marketplaces do, for practice and tests: \
there are no real orders here, and nothing leaves this computer. There is nothing to do on this \
page.</p>
<p>The pages of Hanpan are at the other address that <code>make run</code> said in its terminal. \
Authors of plugins find more in <code>docs/writing-a-plugin.md</code> of the source.</p>
</div>
<ul>{items}</ul>
</body>
</html>
"""


def wants_page(request: Request) -> bool:
    """Whether a browser asks, and not a program that wants JSON."""
    return "text/html" in request.headers.get("accept", "")


def page(addresses: Iterable[str]) -> Reply:
    """The page, in Korean and English, with the addresses of the practice marketplaces."""
    items = "".join(f"<li><code>{escape(address)}</code></li>" for address in addresses)
    body = _PAGE.format(items=items).encode()
    return Reply(status=200, reason="OK", headers=_HEADERS, body=body)
