"""What figures and times of a product may be (§6.2, §6.3, §12)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from plugins.smartstore.sandbox.bundles import wrong
from plugins.smartstore.sandbox.listings import Tree, option_rows, stocked
from plugins.smartstore.sandbox.wire import Refusal, iso

MOST_PRICE, MOST_STOCK = 999_999_990, 99_999_999

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:(\d\d)(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)")


def quantity(value: Any, at: str, most: int) -> int:
    """A whole number from 0, or raises Refusal."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise wrong((at, "Max", f"0부터 {most:,}까지 입력할 수 있습니다."))
    return value


def _signed(value: Any, at: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MOST_PRICE:
        raise wrong((at, "Max", f"{MOST_PRICE:,}까지 입력할 수 있습니다."))
    return value


def price_of(holder: Any, at: str) -> int:
    """The salePrice in an object: whole tens of won. Raises Refusal."""
    price = quantity((holder or {}).get("salePrice"), f"{at}.salePrice", MOST_PRICE)
    if price < 10 or price % 10:
        raise wrong((f"{at}.salePrice", "Invalid", "판매가는 10원 단위로 입력해 주세요."))
    return price


def check_prices(tree: Tree) -> None:
    """Since 2026-09-16 nothing is sold for less than 10 won, options and discount included."""
    benefit = (tree.get("customerBenefit") or {}).get("immediateDiscountPolicy") or {}
    off = (benefit.get("discountMethod") or {}).get("value", 0)
    _, rows = option_rows(tree)
    least = min((one.get("price") or 0 for one in rows), default=0)
    if tree["salePrice"] + min(0, least) < 10 or tree["salePrice"] - off < 10:
        raise Refusal(400, "BAD_REQUEST", "판매가(할인, 옵션가 포함)는 10원 이상이어야 합니다.")


def with_sum(tree: Tree, stock: int) -> Tree:
    """The stock of a product: of one with options it must be what they add up to."""
    _, rows = option_rows(tree)
    if rows and sum(one["stockQuantity"] for one in rows) != stock:
        raise wrong(("stockQuantity", "NotEqual", "옵션 재고의 합과 재고 수량이 다릅니다."))
    return tree if rows else stocked(tree, {"": stock})


def all_zero(tree: Tree) -> dict[str, int]:
    """Stocks with which nothing is left."""
    _, rows = option_rows(tree)
    return {"": 0} | {str(one["id"]): 0 for one in rows}


def set_period(tree: Tree, data: dict[str, Any], at: str = "") -> None:
    """Take over the sale period: it starts at minute 00 and ends at minute 59."""
    for name, minute in (("saleStartDate", "00"), ("saleEndDate", "59")):
        told = data.get(name)
        if told is None:
            continue
        found = _TIME.fullmatch(told) if isinstance(told, str) else None
        if found is None:
            raise wrong((f"{at}{name}", "typeMismatch", "날짜 형식이 올바르지 않습니다."))
        if found[1] != minute:
            raise wrong((f"{at}{name}", "Invalid", f"{minute}분으로만 설정할 수 있습니다."))
        tree[name] = iso(round(datetime.fromisoformat(told).timestamp() * 1000))


def fill_option(one: dict[str, Any], sent: dict[str, Any], at: str, *, priced: bool) -> None:
    """Take over an option row as it was sent: a stock or price left out is 0. Raises Refusal."""
    one["stockQuantity"] = quantity(
        sent.get("stockQuantity") or 0, f"{at}.stockQuantity", MOST_STOCK
    )
    if priced:
        one["price"] = _signed(sent.get("price") or 0, f"{at}.price")
    one["usable"] = sent.get("usable") is not False
