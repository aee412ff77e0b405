"""Replacing a product: what is left out is erased, but for what is documented to be kept (§6.2)."""

from __future__ import annotations

import copy
from typing import Any

from plugins.smartstore.sandbox.bundles import Inputs, wrong
from plugins.smartstore.sandbox.listings import (
    Row,
    Tree,
    listings,
    option_rows,
    status_of,
    summed,
    written,
)
from plugins.smartstore.sandbox.product_values import (
    MOST_STOCK,
    check_prices,
    fill_option,
    price_of,
    quantity,
    set_period,
)
from plugins.smartstore.sandbox.products import absent, row_of, saved
from plugins.smartstore.sandbox.wire import Answered, Call, Refusal

KEPT = ("detailContent", "stockQuantity")
"""What a PUT may leave out without its being erased; in detailAttribute the notice."""


def replace_channel(call: Call) -> Answered:
    """`PUT /v2/products/channel-products/{channelProductNo}`."""
    row = listings(call.world).get(call.parts[0])
    if row is None:
        raise absent()
    return _replace(call, row)


def replace_origin(call: Call) -> Answered:
    """`PUT /v2/products/origin-products/{originProductNo}`."""
    return _replace(call, row_of(call))


def _replace(call: Call, row: Row) -> Answered:
    data = call.json(wrong())
    given, channel = (data.get(name) for name in ("originProduct", "smartstoreChannelProduct"))
    for name, one in (("originProduct", given), ("smartstoreChannelProduct", channel)):
        if not isinstance(one, dict):
            raise wrong((name, "NotNull", "필수 항목입니다."))
    assert isinstance(given, dict) and isinstance(channel, dict)
    problems = [*_lacking(given, _NEEDED, "originProduct"), *_channel_problems(channel)]
    if given.get("statusType") not in ("SALE", "SUSPENSION"):
        problems.append(
            ("originProduct.statusType", "NotValidEnum", "SALE, SUSPENSION만 가능합니다.")
        )
    if problems:
        raise wrong(*problems)
    if status_of(row["tree"], call.now) in ("CLOSE", "PROHIBITION", "UNADMISSION", "REJECTION"):
        raise Refusal(400, "BAD_REQUEST", "수정할 수 없는 상태의 상품입니다.")
    tree = _new_tree(call, row["tree"], given)
    kinds = [
        kind
        for kind, changed in (
            ("price", tree["salePrice"] != row["tree"]["salePrice"]),
            ("stock", tree["stockQuantity"] != row["tree"]["stockQuantity"]),
            ("status", tree["statusType"] != row["tree"]["statusType"]),
            ("display", _display(channel) != _display(row["channel"])),
            ("extend", tree.get("saleEndDate") != row["tree"].get("saleEndDate")),
        )
        if changed
    ]
    written(call.world, row, (*kinds, "replace"), tree=tree, channel=channel)
    return saved(call, row)


def _new_tree(call: Call, before: Tree, given: dict[str, Any]) -> Tree:
    """Exactly what was given, apart from what is documented to be kept."""
    tree = copy.deepcopy(given)
    for name in KEPT:
        if tree.get(name) is None and name in before:
            tree[name] = copy.deepcopy(before[name])
    detail, was = tree["detailAttribute"], before["detailAttribute"]
    if detail.get("productInfoProvidedNotice") is None:
        detail["productInfoProvidedNotice"] = was["productInfoProvidedNotice"]
    tree["salePrice"] = price_of(tree, "originProduct")
    quantity(tree["stockQuantity"], "originProduct.stockQuantity", MOST_STOCK)
    set_period(tree, tree, "originProduct.")
    _options(call, before, tree)
    check_prices(tree)
    return summed(tree)


def _options(call: Call, before: Tree, tree: Tree) -> None:
    kind, rows = option_rows(tree)
    _, known = option_rows(before)
    by_id = {one["id"]: one for one in known}
    by_name = {_names(one): one for one in known}
    for place, one in enumerate(rows):
        at = f"originProduct.detailAttribute.optionInfo.{kind}[{place}]"
        if not one.get("optionName1"):
            raise wrong((f"{at}.optionName1", "NotBlank", "옵션값을 입력해 주세요."))
        same = by_id.get(one.get("id")) or by_name.get(_names(one))
        one["id"] = same["id"] if same else 44_000_000_000 + call.world.number("option")
        fill_option(one, dict(one), at, priced=kind == "optionCombinations")
    total = sum(one["stockQuantity"] for one in rows)
    if rows and tree["stockQuantity"] != total:
        raise wrong(
            ("originProduct.stockQuantity", "NotEqual", "옵션 재고의 합과 재고 수량이 다릅니다.")
        )


def _names(one: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(one.get(f"optionName{place}") for place in range(1, 4))


_NEEDED = (
    "name",
    "images.representativeImage.url",
    "salePrice",
    "detailAttribute.afterServiceInfo",
    "detailAttribute.originAreaInfo",
    "detailAttribute.minorPurchasable",
)


def _lacking(data: dict[str, Any], paths: tuple[str, ...], at: str) -> Inputs:
    problems: Inputs = []
    for path in paths:
        found: Any = data
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        if found is None or found == "":
            problems.append((f"{at}.{path}", "NotNull", "필수 항목입니다."))
    return problems


def _channel_problems(channel: dict[str, Any]) -> Inputs:
    at = "smartstoreChannelProduct"
    problems = _lacking(channel, ("naverShoppingRegistration",), at)
    if _display(channel) not in ("ON", "SUSPENSION"):
        why = "ON, SUSPENSION만 가능합니다."
        problems.append((f"{at}.channelProductDisplayStatusType", "NotValidEnum", why))
    return problems


def _display(channel: dict[str, Any]) -> Any:
    return channel.get("channelProductDisplayStatusType")
