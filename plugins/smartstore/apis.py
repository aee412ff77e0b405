"""Every endpoint of 커머스API that is called, and the API group that it belongs to (§1.1)."""

from __future__ import annotations

from plugins.smartstore.refusals import Api

SELLER, PRODUCT, ORDER = "판매자정보", "상품", "주문 판매자"

_GROUPS = "/v1/product-delivery-info/bundle-groups"
_ORIGIN = "/v1/products/origin-products"
_CHANNEL = "/v2/products/channel-products/{id}"
_LINES = "/v1/pay-order/seller/product-orders"

APIS: dict[str, Api] = {
    "token": Api("POST", "/v1/oauth2/token", SELLER),
    "account": Api("GET", "/v1/seller/account", SELLER),
    "channels": Api("GET", "/v1/seller/channels", SELLER),
    "addresses": Api("GET", "/v1/seller/addressbooks-for-page", SELLER),
    "dispatch_today": Api("GET", "/v1/seller/this-day-dispatch", SELLER),
    "dispatch_today.save": Api("POST", "/v1/seller/this-day-dispatch", SELLER, write=True),
    "bundles": Api("GET", _GROUPS, PRODUCT),
    "bundle": Api("GET", f"{_GROUPS}/{{id}}", PRODUCT),
    "bundle.create": Api("POST", _GROUPS, PRODUCT, write=True),
    "bundle.update": Api("PUT", f"{_GROUPS}/{{id}}", PRODUCT, write=True),
    "products": Api("POST", "/v1/products/search", PRODUCT),
    "product": Api("GET", _CHANNEL, PRODUCT),
    "product.replace": Api("PUT", _CHANNEL, PRODUCT, write=True),
    "product.status": Api("PUT", f"{_ORIGIN}/{{id}}/change-status", PRODUCT, write=True),
    "product.options": Api("PUT", f"{_ORIGIN}/{{id}}/option-stock", PRODUCT, write=True),
    "product.figures": Api("PATCH", f"{_ORIGIN}/multi-update", PRODUCT, write=True),
    "product.period": Api("PUT", f"{_ORIGIN}/bulk-update", PRODUCT, write=True),
    "changes": Api("GET", f"{_LINES}/last-changed-statuses", ORDER),
    "details": Api("POST", f"{_LINES}/query", ORDER),
    "confirm": Api("POST", f"{_LINES}/confirm", ORDER, write=True),
}
"""Limits are per API and application (§3.3): the names are the budget buckets too."""
