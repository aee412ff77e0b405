"""What a listing of the practice store is made of: the wire's originProduct of a ware (§6.2)."""

from __future__ import annotations

import copy
from typing import Any

from hanpan.api import WARES, code_of, ware_of
from plugins.smartstore.sandbox.goods import EXTRA, MAIN, Goods, Option

STOCK, OPTION_STOCK = 100, 50
CATEGORY = ("50000803", "패션의류>여성의류>티셔츠")


def generated(n: int) -> Goods:
    """The n-th product beside the wares (from 1): a ware again, with numbers of its own."""
    number = len(WARES) + n
    ware = ware_of(number)
    options = tuple(
        Option(text, 1000 * i, f"42{n:07d}{i:02d}", code_of(number, i + 1))
        for i, text in enumerate(ware.options)
    )
    return Goods(
        f"96{n:08d}", f"91{n:08d}", ware.name, ware.price, ware.off, code_of(number),
        options,
    )  # fmt: skip


def tree_of(goods: Goods, kind: str, ends: str | None) -> dict[str, Any]:
    """The originProduct of a ware: `kind` of options where not its own, sold until `ends`."""
    detail: dict[str, Any] = {
        "naverShoppingSearchInfo": {"manufacturerName": "예시상사", "brandName": "한판연습"},
        "afterServiceInfo": {
            "afterServiceTelephoneNumber": "02-0000-0000",
            "afterServiceGuideContent": "평일 10시부터 17시까지",
        },
        "originAreaInfo": {"originAreaCode": "00", "content": "국산", "plural": False},
        "sellerCodeInfo": {"sellerManagementCode": goods.code},
        "taxType": "TAX",
        "minorPurchasable": True,
        "productInfoProvidedNotice": _NOTICE,
        "seoInfo": {"pageTitle": goods.name, "sellerTags": [{"text": "연습"}]},
    }
    options = _option_info(goods, kind)
    if options:
        detail["optionInfo"] = options
    if goods is MAIN[0]:
        detail["supplementProductInfo"] = _SUPPLEMENTS
        search = {"catalogMatchingYn": True, "modelId": 11, "matchedCatalogId": 11}
        detail["naverShoppingSearchInfo"] |= search
    tree: dict[str, Any] = {
        "statusType": "SALE",
        "saleType": "NEW",
        "leafCategoryId": CATEGORY[0],
        "name": goods.name,
        "detailContent": f"<p>{goods.name} 설명</p>",
        "images": {"representativeImage": {"url": _image(goods.channel_no)}},
        "salePrice": goods.price,
        "stockQuantity": STOCK,
        "deliveryInfo": _DELIVERY,
        "detailAttribute": detail,
    }
    if ends:
        tree |= {"saleStartDate": "2026-01-01T00:00:00.000+09:00", "saleEndDate": ends}
    if goods.off:
        off = {"value": goods.off, "unitType": "WON"}
        tree["customerBenefit"] = {"immediateDiscountPolicy": {"discountMethod": off}}
    return copy.deepcopy(tree)


def _image(number: str) -> str:
    return f"https://shop-phinf.pstatic.net/practice/{number}.jpg"


def _option_info(goods: Goods, kind: str) -> dict[str, Any] | None:
    if kind == "optionSimple":
        values = [{"id": 1, "groupName": "색상", "name": "블랙", "usable": True}]
        return {"simpleOptionSortType": "CREATE", "optionSimple": values}
    if kind == "optionStandards" and not goods.options:
        return _standards(goods)
    if not goods.options:
        return None
    first = [pair.split(": ") for pair in goods.options[0].text.split(" / ")]
    groups = {f"optionGroupName{n}": pair[0] for n, pair in enumerate(first, start=1)}
    return {
        "optionCombinationSortType": "CREATE",
        "optionCombinationGroupNames": groups,
        "optionCombinations": [_combination(option) for option in goods.options],
        "useStockManagement": True,
    }


def _combination(option: Option) -> dict[str, Any]:
    values = [pair.split(": ")[1] for pair in option.text.split(" / ")]
    return {
        "id": int(option.number),
        **{f"optionName{n}": value for n, value in enumerate(values, start=1)},
        "stockQuantity": OPTION_STOCK,
        "price": option.extra,
        "sellerManagerCode": option.code,
        "usable": True,
    }


def _standards(goods: Goods) -> dict[str, Any]:
    rows = [
        {
            "id": int(goods.origin_no) * 10 + n,
            "optionName1": "블랙",
            "optionName2": size,
            "stockQuantity": OPTION_STOCK,
            "sellerManagerCode": f"{goods.code}-{n}",
            "usable": True,
        }
        for n, size in enumerate(("M", "L"), start=1)
    ]
    groups = [{"groupName": "색상"}, {"groupName": "사이즈"}]
    return {"standardOptionGroups": groups, "optionStandards": rows, "useStockManagement": True}


_DELIVERY = {
    "deliveryType": "DELIVERY",
    "deliveryAttributeType": "NORMAL",
    "deliveryCompany": "CJGLS",
    "deliveryBundleGroupUsable": True,
    "deliveryFee": {
        "deliveryFeeType": "CONDITIONAL_FREE",
        "baseFee": 3000,
        "freeConditionalAmount": 50_000,
        "deliveryFeePayType": "PREPAID",
    },
    "claimDeliveryInfo": {"returnDeliveryFee": 3000, "exchangeDeliveryFee": 6000},
}
_NOTICE = {
    "productInfoProvidedNoticeType": "ETC",
    "etc": {
        "returnCostReason": "1",
        "noRefundReason": "1",
        "qualityAssuranceStandard": "1",
        "compensationProcedure": "1",
        "troubleShootingContents": "1",
        "itemName": "연습 상품",
        "modelName": "PR-1",
        "manufacturer": "예시상사",
        "customerServicePhoneNumber": "02-0000-0000",
    },
}
_SUPPLEMENTS = {
    "sortType": "CREATE",
    "supplementProducts": [
        {
            "id": 43_000_000_000 + n,
            "groupName": "추가구성",
            "name": extra.name,
            "price": extra.price,
            "stockQuantity": STOCK,
            "sellerManagementCode": extra.code,
            "usable": True,
        }
        for n, extra in enumerate(EXTRA, start=1)
    ],
}
