"""The gateway in front of all services: routes, key, approval, IP, maintenance (§1, §2.1)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from hanpan.api import Request, Response, World, spend
from plugins.eleven_st.sandbox import book, deadlines, orders, product_writes, products, writes
from plugins.eleven_st.sandbox.arrivals import trickle
from plugins.eleven_st.sandbox.wire import (
    LABEL,
    Call,
    Refusal,
    Unread,
    gateway,
    told_client,
    told_list,
    told_order,
    told_product,
    told_products,
    told_search,
)

if TYPE_CHECKING:
    from hanpan.api import WsgiApp

Handler = Callable[[Call], Response]
Shape = Callable[[str, str], Response]
Route = tuple[str, str, Shape, Handler]
"""Method, path, the shape in which it refuses (§2), what answers."""

BASE = "api"
_AREA, _ORDERS, _CLAIMS = "/areaservice", "/ordservices", "/claimservice"
_CLOSE = "/prodservices/sendCloseTemplate"
_MARKET, _PRODUCTS, _STATE = (
    "/prodmarketservice/prodmarket", "/prodservices", "/prodstatservice/stat",
)  # fmt: skip


def _search_shape(code: str, message: str) -> Response:
    return told_search(code)


def _found_shape(code: str, message: str) -> Response:
    return told_products(message)


def _product_shape(code: str, message: str) -> Response:
    return told_product(message)


ROUTES: tuple[Route, ...] = (
    ("GET", f"{_AREA}/outboundarea", told_client, book.outbound),
    ("GET", f"{_AREA}/inboundarea", told_client, book.inbound),
    ("POST", f"{_AREA}/getOutAddressInfo/{{}}", told_client, book.one("out")),
    ("GET", f"{_AREA}/getRtnAddressInfo/{{}}", told_client, book.one("in")),
    ("GET", f"{_AREA}/global/getGlobalOutAddress/{{}}", told_client, book.one("global")),
    ("POST", f"{_AREA}/v2/registerOutAddress", told_client, book.save("out", new=True)),
    ("POST", f"{_AREA}/v2/registerRtnAddress", told_client, book.save("in", new=True)),
    ("POST", f"{_AREA}/v2/updateOutAddress", told_client, book.save("out", new=False)),
    ("POST", f"{_AREA}/v2/updateRtnAddress", told_client, book.save("in", new=False)),
    (
        "POST", f"{_AREA}/global/registerGlobalOutAddress", told_client,
        book.save("global", new=True),
    ),
    (
        "POST", f"{_AREA}/global/updateGlobalOutAddress", told_client,
        book.save("global", new=False),
    ),
    ("POST", "/commonservices/v2/searchAddr", _search_shape, book.search),
    ("GET", "/prodservices/sendCloseList", told_client, deadlines.listed),
    ("POST", _CLOSE, told_client, deadlines.create),
    ("PUT", f"{_CLOSE}/{{}}", told_client, deadlines.update),
    ("POST", _MARKET, _found_shape, products.search),
    ("GET", f"{_MARKET}/{{}}", _product_shape, products.one),
    ("GET", f"{_MARKET}/stck/{{}}", _product_shape, products.stock),
    ("GET", f"{_PRODUCTS}/product/price/{{}}/{{}}", told_client, product_writes.price),
    ("PUT", f"{_PRODUCTS}/stockqty/{{}}", told_client, product_writes.stock),
    ("PUT", f"{_STATE}/stopdisplay/{{}}", told_client, product_writes.display(on_sale=False)),
    ("PUT", f"{_STATE}/restartdisplay/{{}}", told_client, product_writes.display(on_sale=True)),
    ("PUT", f"{_PRODUCTS}/sellterm/{{}}/{{}}", told_client, product_writes.extend),
    ("GET", f"{_CLAIMS}/orderlistall/{{}}", told_list, orders.states),
    ("GET", f"{_ORDERS}/complete/{{}}", told_list, orders.one),
    ("GET", f"{_ORDERS}/reqpackaging/{{}}/{{}}/{{}}/{{}}/{{}}", told_order, writes.confirm),
    *(
        ("GET", f"{_ORDERS}/{name}/{{}}/{{}}", told_list, orders.of_state(name))
        for name in orders.CODES
    ),
    *(
        ("GET", f"{_CLAIMS}/{name}/{{}}/{{}}", told_list, orders.claimed(name))
        for name in orders.CLAIMS
    ),
)  # fmt: skip

_PATTERNS = [
    (method, re.compile(re.escape(path).replace(r"\{\}", "([^/]+)")), path, shape, do)
    for method, path, shape, do in ROUTES
]


def app(world: World) -> WsgiApp:
    """The sandbox as a WSGI app over its world."""

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with world.lock:
            request = Request.read(world, environ)
            given = request.headers.get("openapikey", "")
            # Named in the log by what it is, never as it is.
            environ["hanpan.key"] = hashlib.sha256(given.encode()).hexdigest()[:8] if given else ""
            answer = _answer(world, request, given)
        return answer.start(start_response)

    return serve


def _answer(world: World, request: Request, given: str) -> Response:
    found = _route(request)
    stopped = _stopped(world, request, given, known=found is not None)
    if stopped is not None:
        code, message = stopped
        world.record("refusal", code)
        return gateway(code, message)
    assert found is not None
    name, shape, do, parts = found
    world.record("call", f"{request.method} {name}")
    if request.method == "GET" and request.headers.get("content-type"):
        # Some services answer so (§1.3); the strictest of them stands for all.
        return Response(415, b"", content_type=LABEL)
    if not _within_limit(world, given):
        return Response(429, b"", content_type=LABEL, headers=[("Retry-After", "1")])
    trickle(world)
    try:
        return do(Call(world, request, parts))
    except Refusal as refusal:
        if refusal.code != "0":
            world.record("refusal", refusal.code)
        return shape(refusal.code, refusal.message)
    except Unread as unread:
        return Response(unread.status, b"", content_type=LABEL)


def _route(request: Request) -> tuple[str, Shape, Handler, tuple[str, ...]] | None:
    if request.base != BASE:
        return None
    for method, pattern, path, shape, do in _PATTERNS:
        match = pattern.fullmatch(request.path) if method == request.method else None
        if match:
            return path, shape, do, match.groups()
    return None


def _stopped(world: World, request: Request, given: str, *, known: bool) -> tuple[str, str] | None:
    """What the gateway says instead of letting the call through (§2.1), or None."""
    state = world.state
    if state["maintenance"]:
        return "-1000", "서버 점검중입니다."
    if not known:
        return "-997", "등록된 API 정보가 존재하지 않습니다."
    if not given:
        return "-100", "OpenAPI Key 정보가 없습니다."
    if given != state["key"]:
        return "-200", "OpenAPI Key 에 해당하는 유저가 없습니다."
    if not state["approved"]:
        return "-300", "Seller API 사용이 승인되지 않았습니다."
    if not state["ip_registered"]:
        return "-500", "[127.0.0.1]인증된 IP가 아닙니다."
    return None


def _within_limit(world: World, given: str) -> bool:
    limits = world.state["limits"]
    return not limits or spend(world, given, **limits) is not None
