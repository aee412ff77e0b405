"""Routes by base, path and `_method`; who may call what (§1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from hanpan.api import Request, Response, World, spend
from plugins.interpark.assumed import (
    KEY_REFUSED,
    NOT_APPROVED,
    NOT_UNDERSTOOD,
    UNKNOWN_SELLER,
    URL_UNREACHABLE,
)
from plugins.interpark.sandbox import orders, policies, products, published, writes
from plugins.interpark.sandbox.arrivals import trickle
from plugins.interpark.sandbox.wire import (
    Refusal,
    order_answer,
    service_answer,
    service_refused,
)

if TYPE_CHECKING:
    from hanpan.api import WsgiApp

ENTERPRISE = "/enterprise/EntrDelvAPIService.do"
PRODUCTS = "/product/ProductAPIService.do"
ORDERS = "/OrderClmAPI.do"
READING = orders.LISTS


def _policy(method: policies.Method) -> products.Method:
    def answer(world: World, call: Request, item: dict[str, str] | None) -> str:
        return policies.answer(world, method, item)

    return products.Method(method.pair, answer, fetches=method.does != "get")


SERVICES = {
    ENTERPRISE: {name: _policy(method) for name, method in policies.METHODS.items()},
    PRODUCTS: products.METHODS,
}
"""The methods of the seller services, by path."""


def app(world: World) -> WsgiApp:
    """The sandbox as a WSGI app over its world."""

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        call = Request.read(world, environ, encoding="euc-kr")
        if call.headers["content-type"].startswith("application/x-www-form-urlencoded"):
            call.query += parse_qsl(call.body.decode("ascii", "replace"), keep_blank_values=True)
        if (call.base, call.path) == ("orders", ORDERS):
            answer = _order_api(world, call, environ)
        elif call.base == "seller" and call.path in (ENTERPRISE, PRODUCTS):
            answer = _service(world, call, environ)
        else:
            answer = Response(404, b"<html><body>404 Not Found</body></html>", "text/html")
        return answer.start(start_response)

    return serve


def _note(world: World, call: Request) -> None:
    world.record("call", f"{call.method} {call.path}?_method={call.one('_method')}")


def _limited(world: World, key: str) -> Response | None:
    """No limit is published (§8): 429 as others answer it, where `limits` asks for one."""
    limits = world.state["limits"]
    if spend(world, key, per_second=limits["per_second"], burst=limits["burst"]) is not None:
        return None
    return Response(429, b"Too Many Requests", "text/plain", [("Retry-After", "1")])


# -- orders (§5, §6) ------------------------------------------------------------------------------


def _order_api(world: World, call: Request, environ: dict[str, Any]) -> Response:
    with world.lock:
        _note(world, call)
        environ["hanpan.key"] = call.one("sc.entrId")
        if limited := _limited(world, "orders"):
            return limited
        try:
            name = call.one("_method")
            _let_in(world, call, name)
            trickle(world)
            return (writes.written if name in writes.WRITES else orders.listed)(world, call)
        except Refusal as refusal:
            world.record("refusal", refusal.code)
            return order_answer(refusal.code, refusal.message, world.number("log"), [])


def _let_in(world: World, call: Request, name: str) -> None:
    seller = world.state["seller"]
    if call.method != "GET":
        raise Refusal(NOT_UNDERSTOOD, "GET 방식으로 호출해 주세요.")
    if name not in READING and name not in writes.WRITES:
        raise Refusal(NOT_UNDERSTOOD, "존재하지 않는 _method 입니다.")
    wanted = {"sc.entrId": seller["entr_id"]}
    if name in READING:
        wanted |= {"sc.supplyEntrNo": seller["entr_no"], "sc.supplyCtrtSeq": seller["ctrt_seq"]}
    for parameter, value in wanted.items():
        if call.one(parameter) != value:
            raise Refusal(UNKNOWN_SELLER, f"등록되지 않은 업체 정보입니다. ({parameter})")
    if not world.state["granted"]:
        raise Refusal(NOT_APPROVED, "주문 API 사용 승인이 필요합니다.")


# -- seller services (§2, §3) ---------------------------------------------------------------------


def _service(world: World, call: Request, environ: dict[str, Any]) -> Response:
    try:
        with world.lock:
            _note(world, call)
            environ["hanpan.key"] = call.one("_method")
            if limited := _limited(world, "seller"):
                return limited
            method = _method(world, call)
        # Whoever is asked for the data may want the world's lock meanwhile: it is not held.
        item = _fetched(world, call) if method.fetches else None
        with world.lock:
            return service_answer(method.answer(world, call, item))
    except Refusal as refusal:
        world.record("refusal", refusal.code)
        return service_refused(refusal)


def _method(world: World, call: Request) -> products.Method:
    """The method that was asked for, once its own pair has been shown (§1.1)."""
    method = SERVICES[call.path].get(call.one("_method"))
    if call.method not in ("GET", "POST") or method is None:
        raise Refusal("000", "존재하지 않는 _method 입니다.")
    pair = world.state["keys"].get(method.pair)
    if pair is None or [call.one("citeKey"), call.one("secretKey")] != pair:
        raise Refusal("000", f"{KEY_REFUSED}.")
    return method


def _fetched(world: World, call: Request) -> dict[str, str]:
    if not world.state["reaches_us"]:
        raise Refusal("201", f"{URL_UNREACHABLE}. (timeout)")
    return published.read_item(published.fetch(call.one("dataUrl")))
