"""From 스마트스토어's words for a product to ours: states, options, and what a replacement is (§6).

A product is known by its channelProductNo: that is what sellers see, and what orders call
productId (§7.2). The originProductNo, which most writes want, stands in the list alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hanpan.api import (
    UNCHANGED,
    Listing,
    ListingOption,
    SaleState,
    Text,
    moment_of,
    part,
    take,
    whole,
)

SALE, OUT_OF_STOCK, SUSPENDED, WAITING = "SALE", "OUTOFSTOCK", "SUSPENSION", "WAIT"
SHOWN, HIDDEN = "ON", "SUSPENSION"
DISPLAYED = "channelProductDisplayStatusType"
DISPLAY: Mapping[str, bool] = {SHOWN: True, HIDDEN: False}

STATES = {
    WAITING: SaleState.WAITING,
    SALE: SaleState.ON_SALE,
    OUT_OF_STOCK: SaleState.SOLD_OUT,
    "UNADMISSION": SaleState.WAITING,
    "REJECTION": SaleState.FORBIDDEN,
    SUSPENDED: SaleState.STOPPED,
    "CLOSE": SaleState.ENDED,
    "PROHIBITION": SaleState.FORBIDDEN,
    "DELETE": SaleState.ENDED,
}
STATE_WORDS = {
    WAITING: Text("판매대기", "Waiting"),
    SALE: Text("판매중", "On sale"),
    OUT_OF_STOCK: Text("품절", "Sold out"),
    "UNADMISSION": Text("승인대기", "Approval awaited"),
    "REJECTION": Text("승인거부", "Approval refused"),
    SUSPENDED: Text("판매중지", "Stopped"),
    "CLOSE": Text("판매종료", "Ended"),
    "PROHIBITION": Text("판매금지", "Forbidden"),
}
"""statusType (§6.1), and as sellers read those that can be searched for."""

OPTION_ROWS = ("optionCombinations", "optionStandards")
"""조합형 and 표준형 have rows with a stock of their own; 단독형 and 직접입력형 have none (§6.3)."""


def number_of(row: Mapping[str, Any]) -> str:
    """The channelProductNo of a row of the list. Raises ContractError."""
    return str(take(row, "channelProductNo"))


def told_in_part(row: Mapping[str, Any]) -> Listing:
    """A listing from a row of the list, which tells no options (§6.1)."""
    status = str(row.get("statusType") or "")
    price = whole(row.get("salePrice"))
    return Listing(
        product_no=number_of(row),
        name=str(row.get("name") or "") or UNCHANGED,
        code=str(row.get("sellerManagementCode") or ""),
        state=STATES.get(status, SaleState.UNKNOWN),
        remote_state=status,
        displayed=DISPLAY.get(str(row.get(DISPLAYED)), UNCHANGED),
        price=UNCHANGED if price is None else price,
        category=str(row.get("wholeCategoryName") or "") or UNCHANGED,
        image=str(part(row, "representativeImage").get("url") or ""),
        sale_starts=moment_of(row.get("saleStartDate")),
        sale_ends=moment_of(row.get("saleEndDate")),
        changed_at=moment_of(row.get("modifiedDate")),
        raw=row,
    )


def told_whole(product_no: str, detail: Mapping[str, Any], row: Mapping[str, Any]) -> Listing:
    """A listing from the product itself, and from its row of the list where there is one.

    The list may be behind: of what both tell, the product counts.
    """
    origin = part(detail, "originProduct")
    channel = part(detail, channel_name(detail, row))
    status = str(origin.get("statusType") or "")
    price = whole(origin.get("salePrice"))
    codes = part(part(origin, "detailAttribute"), "sellerCodeInfo")
    return Listing(
        product_no=product_no,
        name=str(channel.get("channelProductName") or origin.get("name") or "") or UNCHANGED,
        code=str(codes.get("sellerManagementCode") or ""),
        state=STATES.get(status, SaleState.UNKNOWN),
        remote_state=status,
        displayed=DISPLAY.get(str(channel.get(DISPLAYED)), UNCHANGED),
        price=UNCHANGED if price is None else price,
        category=str(row.get("wholeCategoryName") or "") or UNCHANGED,
        image=str(part(part(origin, "images"), "representativeImage").get("url") or ""),
        sale_starts=moment_of(origin.get("saleStartDate")),
        sale_ends=moment_of(origin.get("saleEndDate")),
        options=_options(origin),
        raw={**detail, "originProduct": {**origin, "detailContent": None}},
    )


def channel_name(detail: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """Which part of the product is the channel product that was asked for: the store's, or the
    window's where the list says so or there is no other."""
    window, store = "windowChannelProduct", "smartstoreChannelProduct"
    if row.get("channelServiceType") == "WINDOW" and part(detail, window):
        return window
    return store if part(detail, store) or not part(detail, window) else window


# -- options (§6.3) -----------------------------------------------------------------------------


def option_rows(origin: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]]:
    """What the rows of a product's options are called, and the rows; ("", []) without any."""
    info = part(part(origin, "detailAttribute"), "optionInfo")
    for name in OPTION_ROWS:
        rows = info.get(name)
        if isinstance(rows, list) and rows:
            return name, [row for row in rows if isinstance(row, Mapping)]
    return "", []


def counted(origin: Mapping[str, Any]) -> bool:
    """Whether stock is kept by option; without that each shows 9,999."""
    info = part(part(origin, "detailAttribute"), "optionInfo")
    return info.get("useStockManagement") is not False


def _options(origin: Mapping[str, Any]) -> list[ListingOption]:
    name, rows = option_rows(origin)
    if not rows:
        # 단독형 too: its values have no stock, and several of them are bought together.
        stock = whole(origin.get("stockQuantity"))
        told = UNCHANGED if stock is None else stock
        return [ListingOption(option_no="", name="", code="", extra=0, stock=told)]
    groups = _groups(origin, name)
    kept = counted(origin)
    priced = name != "optionStandards"
    return [_option(row, groups, kept, priced) for row in rows]


def _option(row: Mapping[str, Any], groups: list[str], kept: bool, priced: bool) -> ListingOption:
    """`priced` is a row of a kind that tells what it adds to the price."""
    stock = whole(row.get("stockQuantity"))
    extra = whole(row.get("price")) if priced else 0
    state = SaleState.SOLD_OUT if kept and stock == 0 else SaleState.ON_SALE
    return ListingOption(
        option_no=str(take(row, "id")),
        name=_option_text(row, groups),
        code=str(row.get("sellerManagerCode") or ""),
        extra=UNCHANGED if extra is None else extra,
        stock=None if not kept else UNCHANGED if stock is None else stock,
        state=SaleState.STOPPED if row.get("usable") is False else state,
    )


def _groups(origin: Mapping[str, Any], name: str) -> list[str]:
    info = part(part(origin, "detailAttribute"), "optionInfo")
    if name == "optionCombinations":
        names = part(info, "optionCombinationGroupNames")
        return [str(names.get(f"optionGroupName{place}") or "") for place in range(1, 5)]
    listed = info.get("standardOptionGroups")
    rows = listed if isinstance(listed, list) else []
    return [str(one.get("groupName") or "") for one in rows if isinstance(one, Mapping)]


def _option_text(row: Mapping[str, Any], groups: list[str]) -> str:
    """As orders write it (productOption): 색상: 블랙 / 사이즈: L."""
    values = [str(row.get(f"optionName{place}") or "") for place in range(1, 5)]
    named = zip(values, [*groups, *[""] * len(values)], strict=False)
    return " / ".join(f"{group}: {value}" if group else value for value, group in named if value)


# -- replacing a product (§6.2) -----------------------------------------------------------------

_ORIGIN = (
    "statusType", "saleType", "leafCategoryId", "name", "detailContent", "images",
    "saleStartDate", "saleEndDate", "salePrice", "stockQuantity", "deliveryInfo",
    "productLogistics", "detailAttribute", "customerBenefit",
)  # fmt: skip
_DETAIL = (
    "naverShoppingSearchInfo", "manufactureDefineNo", "afterServiceInfo", "purchaseQuantityInfo",
    "originAreaInfo", "sellerCodeInfo", "skuYn", "optionInfo", "supplementProductInfo",
    "purchaseReviewInfo", "isbnInfo", "bookInfo", "eventPhraseCont", "manufactureDate",
    "releaseDate", "validDate", "taxType", "customsTaxType", "productCertificationInfos",
    "certificationTargetExcludeContent", "sellerCommentContent", "sellerCommentUsable",
    "minorPurchasable", "ecoupon", "productInfoProvidedNotice", "productAttributes",
    "cultureCostIncomeDeductionYn", "customProductYn", "itselfProductionProductYn",
    "brandCertificationYn", "seoInfo", "productSize", "unitCapacity",
)  # fmt: skip
_BENEFIT = (
    "immediateDiscountPolicy", "purchasePointPolicy", "reviewPointPolicy", "freeInterestPolicy",
    "giftPolicy", "multiPurchaseDiscountPolicy", "reservedDiscountPolicy",
)  # fmt: skip
_CHANNEL = (
    "channelProductName", "bbsSeq", "storeKeepExclusiveProduct", "naverShoppingRegistration",
    "channelProductDisplayStatusType", "channelNo", "best",
)  # fmt: skip
"""What a PUT is known to take. The API grows by the week: what it tells beside these may be
erased by a PUT that does not know it, or by one that does."""

REPLACEABLE = (SALE, OUT_OF_STOCK, SUSPENDED, WAITING)
"""States of a product that may be replaced: SALE or SUSPENSION is what is sent for them."""


KEPT = ("originProduct.stockQuantity",)
"""What a PUT does not erase by leaving it out: what is sold meanwhile stays sold."""


def replacement(detail: Mapping[str, Any]) -> dict[str, Any]:
    """The product as a PUT takes it: everything that is known to be taken, nothing changed."""
    origin = _only(part(detail, "originProduct"), _ORIGIN)
    if origin.get("statusType") != OUT_OF_STOCK and not option_rows(origin)[1]:
        origin.pop("stockQuantity", None)
    origin["statusType"] = SUSPENDED if origin.get("statusType") == SUSPENDED else SALE
    for name, known in (("detailAttribute", _DETAIL), ("customerBenefit", _BENEFIT)):
        if part(origin, name):
            origin[name] = _only(part(origin, name), known)
    channels = {
        name: _only(part(detail, name), _CHANNEL)
        for name in ("smartstoreChannelProduct", "windowChannelProduct")
        if part(detail, name)
    }
    return {"originProduct": origin, **channels}


def _only(told: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: told[name] for name in names if told.get(name) is not None}
