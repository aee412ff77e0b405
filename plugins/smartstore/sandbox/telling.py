"""A product order as the wire writes it (§7.1, §7.2), with the spelling mistakes it has there."""

from __future__ import annotations

from typing import Any

from hanpan.api import person
from plugins.smartstore.sandbox.goods import EXTRA, MAIN, Goods, Option
from plugins.smartstore.sandbox.wire import iso, pack

FEE_PERCENT = 1.947
SALE_PERCENT = 3.003


def goods_of(row: dict[str, Any]) -> tuple[Goods, Option | None]:
    """The product and option of a line."""
    goods = (EXTRA if "main" in row else MAIN)[row["goods"]]
    return goods, goods.options[row.get("option", 0)] if goods.options else None


def told_changed(row: dict[str, Any]) -> bytes:
    """An element of `lastChangeStatuses`; what does not apply is left out."""
    claim = row.get("claim") or {}
    told = {
        "orderId": row["order"],
        "productOrderId": row["id"],
        "lastChangedType": row.get("change", "PAYED"),
        "paymentDate": iso(row["paid"]) if row.get("paid") else None,
        "lastChangedDate": iso(row["changed"]),
        "productOrderStatus": row.get("status", "PAYED"),
        "claimType": claim.get("type"),
        "claimStatus": claim.get("status"),
        "receiverAddressChanged": bool(row.get("moved")),
        "giftReceivingStatus": row.get("gift"),
    }
    return pack({name: value for name, value in told.items() if value is not None})


def told_detail(row: dict[str, Any]) -> bytes:
    """An element of the detail query's `data`."""
    return pack(detail(row))


def detail(row: dict[str, Any]) -> dict[str, Any]:
    """The same as data; facts under `set` overwrite fields of productOrder as they stand."""
    told: dict[str, Any] = {"order": _order(row), "productOrder": _product_order(row)}
    claim = row.get("claim")
    if claim:
        shape = {"CANCEL": "cancel", "RETURN": "return", "EXCHANGE": "exchange"}[claim["type"]]
        body = _claim(row, claim)
        done = claim["status"].endswith("_DONE")
        told[shape] = body
        if done:
            told["completedClaims"] = [{"claimType": claim["type"], **body}]
        else:
            told["currentClaim"] = {shape: body}
    if row.get("delivery"):
        told["delivery"] = _delivery(row["delivery"])
    return told


def amounts(row: dict[str, Any]) -> tuple[int, int, int]:
    """Unit price with option, its discount, and the quantity (won)."""
    goods, option = goods_of(row)
    return goods.price + (option.extra if option else 0), goods.off, row.get("quantity", 1)


def _order(row: dict[str, Any]) -> dict[str, Any]:
    buyer = person(row["buyer"])
    paid = row.get("paid")
    price, off, quantity = amounts(row)
    phone = buyer.phone.replace("-", "")
    told = {
        "orderId": row["order"],
        "orderDate": iso(row["ordered"]),
        "ordererId": buyer.login,
        "ordererNo": buyer.number,
        "ordererName": buyer.name,
        "ordererTel": phone[:3] + "****" + phone[-4:] if row.get("gift") else phone,
        "payLocationType": "MOBILE" if row["buyer"] % 3 else "PC",
        "paymentMeans": "신용카드 간편결제",
        "generalPaymentAmount": (price - off) * quantity + row.get("fee", 0),
        "naverMileagePaymentAmount": 0,
        "chargeAmountPaymentAmount": 0,
        "checkoutAccumulationPaymentAmount": 0,
        "payLaterPaymentAmount": 0,
        "orderDiscountAmount": 0,
        "isDeliveryMemoParticularInput": "false",
        "isMembershipSubscribed": row["buyer"] % 2 == 0,
    }
    if paid:
        told["paymentDate"] = iso(paid)
    else:
        told["paymentDueDate"] = iso(row["ordered"] + 2 * 24 * 3600 * 1000)
    return told


def _product_order(row: dict[str, Any]) -> dict[str, Any]:
    goods, option = goods_of(row)
    price, off, quantity = amounts(row)
    left = quantity - row.get("gone", 0)
    fee = row.get("fee", 0)
    paid = (price - off) * quantity
    commission = int((paid + fee) * FEE_PERCENT / 100)
    sale = int(paid * SALE_PERCENT / 100)
    # An 추가구성상품 belongs to the main product's listing and goes by its numbers.
    listed = MAIN[row["of"]] if "of" in row else goods
    told: dict[str, Any] = {
        "productOrderId": row["id"],
        "productOrderStatus": row.get("status", "PAYED"),
        "placeOrderStatus": row.get("place", "NOT_YET"),
        "productId": listed.channel_no,
        "originalProductId": listed.origin_no,
        "merchantChannelId": "500000001",
        "productName": goods.name,
        "productClass": "신규유형상품" if row.get("odd") else goods.kind,
        "sellerProductCode": listed.code,
        "quantity": left,
        "initialQuantity": quantity,
        "remainQuantity": left,
        "unitPrice": goods.price,
        "optionPrice": option.extra if option else 0,
        "totalProductAmount": price * left,
        "initialProductAmount": price * quantity,
        "remainProductAmount": price * left,
        "productDiscountAmount": off * left,
        "initialProductDiscountAmount": off * quantity,
        "remainProductDiscountAmount": off * left,
        "productImediateDiscountAmount": off * left,
        "sellerBurdenDiscountAmount": off * left,
        "sellerBurdenImediateDiscountAmount": off * left,
        "totalPaymentAmount": (price - off) * left,
        "initialPaymentAmount": paid,
        "remainPaymentAmount": (price - off) * left,
        "packageNumber": row["package"],
        "deliveryPolicyType": "유료" if fee else "무료",
        "shippingFeeType": "선결제" if fee else "무료",
        "deliveryFeeAmount": fee,
        "deliveryDiscountAmount": 0,
        "sectionDeliveryFee": 0,
        "expectedDeliveryMethod": "DELIVERY",
        "expectedDeliveryCompany": "CJGLS",
        "deliveryAttributeType": _attribute(row),
        "commissionRatingType": "결제수수료",
        "commissionPrePayStatus": "GENERAL_PRD",
        "paymentCommission": commission,
        "saleCommission": 0,
        "channelCommission": 0,
        "knowledgeShoppingSellingInterlockCommission": sale,
        "expectedSettlementAmount": paid + fee - commission - sale,
        "inflowPath": "네이버쇼핑(통합검색 쇼핑)",
        "taxType": "TAXATION",
        "mallId": "ncp_practice",
        # Fields that no document names yet: clients must pass over them.
        "practiceNewField": {"since": "2.90.0", "values": [1, None]},
    }
    if option:
        told |= {
            "productOption": option.text,
            "optionCode": option.number,
            "itemNo": option.number,
            "optionManageCode": option.code,
        }
    elif goods.addon:
        told["optionManageCode"] = goods.code
    told |= _when(row)
    if row.get("gift"):
        told["giftReceivingStatus"] = row["gift"]
    if row.get("gift") != "WAIT_FOR_RECEIVING":
        told |= _where(row)
    claim = row.get("claim")
    if claim:
        told |= {
            "claimType": claim["type"],
            "claimStatus": claim["status"],
            "claimId": claim["id"],
        }
    told |= row.get("set", {})
    return told


def _attribute(row: dict[str, Any]) -> str:
    if row.get("direct"):
        return "ARRIVAL_GUARANTEE"
    return "PRACTICE_FUTURE_TYPE" if row.get("odd") else "NORMAL"


def _when(row: dict[str, Any]) -> dict[str, Any]:
    told = {}
    if row.get("due"):
        told["shippingDueDate"] = iso(row["due"])
    if row.get("placed"):
        told["placeOrderDate"] = iso(row["placed"])
    if row.get("decided"):
        told["decisionDate"] = iso(row["decided"])
    return told


def _where(row: dict[str, Any]) -> dict[str, Any]:
    buyer = person(row.get("receiver", row["buyer"]))
    told: dict[str, Any] = {
        "shippingAddress": {
            "addressType": "DOMESTIC",
            "name": buyer.name,
            "tel1": buyer.phone,
            "zipCode": buyer.postcode,
            "baseAddress": buyer.address,
            "detailedAddress": buyer.detail,
            "isRoadNameAddress": True,
            "country": "KR",
        },
        "takingAddress": {
            "addressType": "DOMESTIC",
            "name": "한판연습상점",
            "tel1": "02-0000-0000",
            "zipCode": "06236",
            "baseAddress": "서울특별시 예시구 보기로 10",
            "detailedAddress": "2층",
        },
    }
    if buyer.note:
        told["shippingMemo"] = buyer.note
    return told


def _claim(row: dict[str, Any], claim: dict[str, Any]) -> dict[str, Any]:
    shape = claim["type"].lower()
    told = {
        "claimId": claim["id"],
        "claimStatus": claim["status"],
        "claimRequestDate": iso(claim["at"]),
        f"{shape}Reason": claim.get("reason", "INTENT_CHANGED"),
        f"{shape}DetailedReason": "",
        "requestQuantity": claim.get("quantity", row.get("quantity", 1)),
        "requestChannel": "구매자",
    }
    if claim.get("done"):
        told[f"{shape}CompletedDate"] = iso(claim["done"])
    if claim["type"] != "CANCEL":
        told["collectStatus"] = claim.get("collect", "NOT_REQUESTED")
    return told


def _delivery(delivery: dict[str, Any]) -> dict[str, Any]:
    told = {
        "deliveryCompany": delivery.get("company"),
        "deliveryMethod": delivery.get("method", "DELIVERY"),
        "deliveryStatus": delivery.get("status", "DELIVERING"),
        "trackingNumber": delivery.get("number"),
        "sendDate": iso(delivery["sent"]),
        "isWrongTrackingNumber": False,
    }
    if delivery.get("arrived"):
        told["deliveredDate"] = iso(delivery["arrived"])
    return {name: value for name, value in told.items() if value is not None}
