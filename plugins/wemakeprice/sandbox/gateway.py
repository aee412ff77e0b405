"""What stands in front of all calls: routes, the key, JSON, and the shape of answers (§1, §2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from hanpan.api import Request, Response, World, spend
from plugins.wemakeprice.assumed import CLAIM_LIST, OPTION_SAVE, ORDER_INFO, POLICY_DELETE
from plugins.wemakeprice.sandbox import claims, orders, policies, products
from plugins.wemakeprice.sandbox.arrivals import trickle
from plugins.wemakeprice.sandbox.wire import Call, Refusal, accepted, refused

if TYPE_CHECKING:
    from hanpan.api import WsgiApp

READS: dict[tuple[str, str], tuple[str, Callable[[Call], list[bytes]]]] = {
    ("GET", "/product/out/getSellerShipPolicy"): ("", policies.listed),
    ("POST", "/order/out/getOrderList"): ("bundle", orders.listed),
    ("POST", ORDER_INFO): ("bundle", orders.one),
    ("POST", CLAIM_LIST): ("claim", claims.listed),
}
"""Reads, and the name under which their rows stand."""
WHOLE: dict[tuple[str, str], Callable[[Call], bytes]] = {
    ("GET", "/product/out/getProduct"): products.one,
    ("POST", "/product/in/setSellerShipPolicy"): policies.save,
    ("POST", POLICY_DELETE): policies.delete,
    ("POST", "/order/in/setOrderConfirm"): orders.confirm,
    ("POST", "/order/in/setOrderDelivery"): orders.dispatch,
    ("POST", "/product/in/setProductStatus"): products.status,
    ("POST", OPTION_SAVE): products.save_option,
    **{("POST", path): save for path, save in products.SAVES.items()},
}
"""Writes, and the read of one thing: their answer is the `data`."""


def app(world: World) -> WsgiApp:
    """The sandbox as a WSGI app over its world."""

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request.read(world, environ)
        with world.lock:
            try:
                body = _answer(world, request)
                status = 200
            except Refusal as refusal:
                world.record("refusal", str(refusal.status))
                status, body = refusal.status, refused(refusal)
            environ["hanpan.key"] = request.notes.get("key", "")
        return Response(status, body).start(start_response)

    return serve


def _answer(world: World, request: Request) -> bytes:
    api = request.method, request.path
    if request.base != "api" or (api not in READS and api not in WHOLE):
        raise Refusal(404, "존재하지 않는 API입니다.")
    world.record("call", f"{request.method} {request.path}")
    _pass(world, request)
    call = Call(world, request, _body(request))
    trickle(world)
    if api in WHOLE:
        return accepted(WHOLE[api](call))
    name, read = READS[api]
    return accepted(_rows(world, name, read(call)))


def _pass(world: World, request: Request) -> None:
    """Let the call through, or say why not."""
    state = world.state
    if request.headers.get("apikey") != state["key"]:
        raise Refusal(401, "유효하지 않은 인증키입니다.")
    request.notes["key"] = state["key"][:8]
    if not state["agency"]:
        raise Refusal(403, "API 대행사가 설정되지 않았습니다.")
    limits = state["limits"]
    if limits is not None and spend(world, state["key"], **limits) is None:
        raise Refusal(429, "요청이 너무 많습니다.")


def _body(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        return {}
    if request.headers["content-type"].partition(";")[0].strip().lower() != "application/json":
        raise Refusal(422, "Content-Type은 application/json이어야 합니다.")
    try:
        body = json.loads(request.body)
    except ValueError:
        raise Refusal(422, "JSON 형식이 올바르지 않습니다.") from None
    if not isinstance(body, dict):
        raise Refusal(422, "JSON 형식이 올바르지 않습니다.")
    return body


def _rows(world: World, name: str, rows: list[bytes]) -> bytes | None:
    """The rows as `data`; of two answers that hold nothing one has no `data` at all (§5)."""
    if not rows:
        world.cache["empty"] = not world.cache.get("empty", False)
        if world.cache["empty"]:
            return None
    listed = b"[%b]" % b",".join(rows)
    return b'{"%b":%b}' % (name.encode(), listed) if name else listed
