"""The gateway in front of all APIs: routes, IP, token, groups, quota, rate limit (§1, §3)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from hanpan.api import World
from plugins.smartstore.sandbox import (
    bundles,
    orders,
    product_whole,
    product_writes,
    products,
    seller,
    tokens,
    writes,
)
from plugins.smartstore.sandbox.arrivals import trickle
from plugins.smartstore.sandbox.wire import Answered, Call, Refusal, now_of, refused

if TYPE_CHECKING:
    from hanpan.api import WsgiApp

Headers = list[tuple[str, str]]
BASES = ("external", "partner")
TOKEN = "/v1/oauth2/token"
_ORDERS = "/v1/pay-order/seller/product-orders"
_GROUPS = "/v1/product-delivery-info/bundle-groups"
_SELLER = "/v1/seller"
_V1_ORIGIN = "/v1/products/origin-products"
_V2_ORIGIN = "/v2/products/origin-products/{}"
_CHANNEL = "/v2/products/channel-products/{}"

Route = tuple[str, str, str, Callable[[Call], Answered]]
"""Method, path, domain of its errors, what answers."""

ROUTES: tuple[Route, ...] = (
    ("GET", f"{_SELLER}/account", "seller", seller.account),
    ("GET", f"{_SELLER}/channels", "seller", seller.channels),
    ("GET", f"{_SELLER}/addressbooks-for-page", "seller", seller.addresses),
    ("GET", f"{_SELLER}/addressbooks/{{}}", "seller", seller.address),
    ("GET", f"{_SELLER}/this-day-dispatch", "seller", seller.day),
    ("POST", f"{_SELLER}/this-day-dispatch", "seller", seller.set_day),
    ("GET", _GROUPS, "product", bundles.listed),
    ("POST", _GROUPS, "product", bundles.create),
    ("GET", f"{_GROUPS}/{{}}", "product", bundles.one),
    ("PUT", f"{_GROUPS}/{{}}", "product", bundles.update),
    ("POST", "/v1/products/search", "product", products.search),
    ("GET", _CHANNEL, "product", products.channel_product),
    ("PUT", _CHANNEL, "product", product_whole.replace_channel),
    ("GET", _V2_ORIGIN, "product", products.origin_product),
    ("PUT", _V2_ORIGIN, "product", product_whole.replace_origin),
    ("PUT", f"{_V1_ORIGIN}/{{}}/change-status", "product", product_writes.change_status),
    ("PUT", f"{_V1_ORIGIN}/{{}}/option-stock", "product", product_writes.option_stock),
    ("PATCH", f"{_V1_ORIGIN}/multi-update", "product", product_writes.multi_update),
    ("PUT", f"{_V1_ORIGIN}/bulk-update", "product", product_writes.bulk_update),
    ("GET", f"{_ORDERS}/last-changed-statuses", "order", orders.changed),
    ("POST", f"{_ORDERS}/query", "order", orders.query),
    ("GET", _ORDERS, "order", orders.conditional),
    ("POST", f"{_ORDERS}/confirm", "order", writes.confirm),
    ("POST", f"{_ORDERS}/dispatch", "order", writes.dispatch),
    ("GET", "/v1/pay-order/seller/orders/{}/product-order-ids", "order", orders.numbers),
)
GROUPS = {"seller": "판매자정보", "product": "상품", "order": "주문 판매자"}

_EXACT = {(method, path): (path, domain, do) for method, path, domain, do in ROUTES}
_PATTERNS = [
    (method, re.compile(path.replace("{}", "([^/]+)")), path, domain, do)
    for method, path, domain, do in ROUTES
    if "{}" in path
]


def authn() -> Refusal:
    """Expired or malformed token, or a missing API group: it is never told which."""
    return Refusal(401, "GW.AUTHN", "요청을 보낼 권한이 없습니다.")


def app(world: World) -> WsgiApp:
    """The sandbox as a WSGI app over its world."""

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        began = time.perf_counter()
        with world.lock:
            call, base = _read(world, environ)
            extra: Headers = []
            status, body = _answer(call, base, extra)
            environ["hanpan.key"] = call.key
        spent = f"{(time.perf_counter() - began) * 1000:.0f}"
        headers = [
            ("Content-Type", "application/json;charset=UTF-8"),
            ("GNCP-GW-Trace-ID", call.trace),
            ("GNCP-GW-HttpClient-ResponseTime", spent),
            *extra,
        ]
        start_response(f"{status} {_REASONS.get(status, 'Error')}", headers)
        return [body] if isinstance(body, bytes) else body

    return serve


_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}


def _read(world: World, environ: dict[str, Any]) -> tuple[Call, str]:
    _, base, path = (environ["PATH_INFO"] + "/").split("/", 2)
    trace = f"cr3-000000-{world.rng.getrandbits(24):06x}^{world.number('trace')}"
    call = Call(
        world=world,
        method=environ["REQUEST_METHOD"],
        path="/" + path.rstrip("/"),
        query=parse_qsl(environ["QUERY_STRING"], keep_blank_values=True),
        kind=environ["CONTENT_TYPE"],
        body=environ["wsgi.input"].read(),
        now=now_of(world),
        trace=trace,
        bearer=environ.get("HTTP_AUTHORIZATION", ""),
    )
    return call, base


def _answer(call: Call, base: str, extra: Headers) -> Answered:
    domain = "gateway"
    _limit_headers(call.world, None, extra)
    try:
        if base not in BASES:
            raise Refusal(404, "GW.NOT_FOUND", "존재하지 않는 경로입니다.")
        if (call.method, call.path) == ("POST", TOKEN):
            domain = "token"
            call.world.record("call", f"POST {TOKEN}")
            _spend(call, tokens.asked_by(call), f"POST {TOKEN}", extra)
            return tokens.issue(call, base)
        found = _route(call)
        if found is None:
            raise Refusal(404, "GW.NOT_FOUND", "존재하지 않는 경로입니다.")
        path, wanted, do = found
        api = f"{call.method} {path}"
        call.world.record("call", api)
        _pass(call, base, wanted, api, extra)
        domain = wanted
        trickle(call.world)
        return do(call)
    except Refusal as refusal:
        call.world.record("refusal", refusal.code)
        shape = "gateway" if refusal.code.startswith("GW.") else domain
        return refused(shape, refusal, call.now, call.trace)


def _route(call: Call) -> tuple[str, str, Callable[[Call], Answered]] | None:
    exact = _EXACT.get((call.method, call.path))
    if exact is not None:
        return exact
    for method, pattern, path, domain, do in _PATTERNS:
        match = pattern.fullmatch(call.path) if method == call.method else None
        if match:
            call.parts = match.groups()
            return path, domain, do
    return None


def _pass(call: Call, base: str, domain: str, api: str, extra: Headers) -> None:
    """Let the call through, or raise what the gateway says."""
    state = call.world.state
    word, _, token = call.bearer.partition(" ")
    made = state["tokens"].get(token) if word == "Bearer" else None
    known = made is not None and made["until"] > call.now
    call.key = made["app"] if made is not None and known else ""
    if not state["ip_registered"] or (known and state["apps"][call.key]["base"] != base):
        raise Refusal(403, "GW.IP_NOT_ALLOWED", "허용되지 않은 IP입니다.")
    if not known or GROUPS[domain] not in state["groups"]:
        raise authn()
    _check_quota(call, extra)
    _spend(call, call.key, api, extra)
    if state["seller"]["suspended"] and domain == "seller":
        raise Refusal(403, "INVALID_STORE_STATUS", "유효하지 않은 스토어 상태입니다.")


def _spend(call: Call, key: str, api: str, extra: Headers) -> None:
    """Take one from the bucket of this application and API (§3.3)."""
    limits = call.world.state["limits"]
    buckets: dict[tuple[str, str], list[float]] = call.world.cache.setdefault("buckets", {})
    now = time.monotonic()
    bucket = buckets.setdefault((key, api), [limits["burst"], now])
    bucket[0] = min(limits["burst"], bucket[0] + (now - bucket[1]) * limits["per_second"])
    bucket[1] = now
    empty = bucket[0] < 1
    if not empty:
        bucket[0] -= 1
    _limit_headers(call.world, int(bucket[0]), extra)
    if empty:
        raise Refusal(429, "GW.RATE_LIMIT", "요청이 너무 많습니다. 잠시 뒤 다시 시도해 주세요.")


def _limit_headers(world: World, left: int | None, extra: Headers) -> None:
    """They are on every answer; one that no bucket is taken from shows it full."""
    limits = world.state["limits"]
    remaining = limits["burst"] if left is None else left
    extra[:] = [pair for pair in extra if "RateLimit" not in pair[0]]
    extra += [
        ("GNCP-GW-RateLimit-Replenish-Rate", f"{limits['per_second']:g}"),
        ("GNCP-GW-RateLimit-Burst-Capacity", f"{limits['burst']:g}"),
        ("GNCP-GW-RateLimit-Remaining", f"{remaining:g}"),
    ]


def _check_quota(call: Call, extra: Headers) -> None:
    """A punished application has one call an hour (§2.3, #3709)."""
    punished = call.world.state["punished"].get(call.key)
    if punished is None or punished["until"] <= call.now:
        return
    hour = call.now // 3_600_000
    spent = punished["hour"] == hour
    punished["hour"] = hour
    extra += [
        ("GNCP-GW-Quota-Period", "HOURS"),
        ("GNCP-GW-Quota-Limit", "1"),
        ("GNCP-GW-Quota-Remaining", "0"),
    ]
    if spent:
        raise Refusal(429, "GW.QUOTA_LIMIT", "허용된 호출 수를 초과했습니다.")
