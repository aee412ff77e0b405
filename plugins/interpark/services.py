"""The services of 인터파크 that keys are issued for, one pair each (§1.1)."""

from __future__ import annotations

from collections.abc import Mapping

from hanpan.api import Text

SERVICES: Mapping[str, Text] = {
    "product_create": Text("상품등록", "Create products"),
    "product_update": Text("상품수정", "Change products"),
    "product_stock_update": Text("상품 재고/상태수정", "Change stock and state"),
    "product_stock_get": Text("재고조회", "Read stock"),
    "product_get": Text("상품조회", "Read products"),
    "category_get": Text("카테고리조회", "Read categories"),
    "bundle_fee_get": Text("배송비정책 조회", "Read bundle fees"),
    "bundle_fee_create": Text("배송비정책 등록", "Create bundle fees"),
    "bundle_fee_update": Text("배송비정책 수정", "Change bundle fees"),
    "return_address_get": Text("반품배송지 조회", "Read return addresses"),
    "return_address_create": Text("반품배송지 등록", "Create return addresses"),
    "return_address_update": Text("반품배송지 수정", "Change return addresses"),
    "dispatch_today_get": Text("오늘출발 정책 조회", "Read 오늘출발 rules"),
    "dispatch_today_create": Text("오늘출발 정책 등록", "Create 오늘출발 rules"),
    "dispatch_today_update": Text("오늘출발 정책 수정", "Change 오늘출발 rules"),
}
"""Each has a key pair of its own (§1.1), named as on the page where they are issued."""


def cite_name(service: str) -> str:
    """The form's field of a service's 인증키."""
    return f"{service}_cite"


def pair(service: str) -> list[str]:
    """The form's fields of a service's two keys."""
    return [cite_name(service), secret_name(service)]


def secret_name(service: str) -> str:
    """The form's field of a service's 비밀키."""
    return f"{service}_secret"
