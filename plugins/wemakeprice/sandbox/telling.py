"""A bundle and a claim as the wire writes them (§5, §6): display texts, not codes."""

from __future__ import annotations

from typing import Any

from hanpan.api import person
from plugins.wemakeprice.sandbox.goods import GOODS
from plugins.wemakeprice.sandbox.wire import day_of, pack, told

STATUS_TEXTS = {
    "NEW": "신규주문",
    "CONFIRM": "상품준비중",
    "SHIPPING": "배송중",
    "COMPLETE": "배송완료",
    "DECIDED": "구매확정",
}
CLAIM_TEXTS = {"CANCEL": "취소", "RETURN": "반품", "EXCHANGE": "교환"}
CLAIM_STATUS_TEXTS = {"REQUEST": "신청", "APPROVE": "승인", "WITHDRAW": "철회"}
COURIER_TEXTS = {
    "D001": "우체국",
    "D002": "CJ대한통운",
    "D003": "한진",
    "D004": "로젠",
    "D005": "롯데",
}
NET_PERCENT = 88

Row = dict[str, Any]


def standing(row: Row) -> list[tuple[Row, list[Row]]]:
    """The products of a bundle with those option rows that are not gone whole."""
    gone = row.get("gone", {})
    found = []
    for product in row["products"]:
        left = [one for one in product["options"] if gone.get(one["no"], 0) < one["quantity"]]
        if left:
            found.append((product, left))
    return found


def told_bundle(row: Row) -> bytes:
    """An element of `data.bundle`."""
    return pack(bundle(row))


def bundle(row: Row) -> Row:
    """The same as data; facts under `set` overwrite what they name ("delivery.shipStatus")."""
    buyer = person(row["buyer"])
    found: Row = {
        "bundleNo": int(row["no"]),
        "purchaseNo": int(row["purchase"]),
        "orderDate": told(row["ordered"]),
        "payDate": told(row["paid"]),
        "originShipDate": day_of(row["due"]),
        "orderConfirmDate": told(row.get("confirmed")),
        "orderShippingDate": told(row.get("shipped")),
        "shipCompleteDate": told(row.get("completed")),
        "buyerName": buyer.name,
        "buyerPhone": buyer.phone,
        "shipPrice": row["fee"],
        "prepayment": "착불" if row.get("collect") else "선결제",
        "shipType": "조건부무료" if row["fee"] else "무료",
        "delivery": _delivery(row),
        "orderProduct": [_product(row, product, options) for product, options in standing(row)],
        # Fields that no document names yet: clients must pass over them.
        "practiceNewField": {"since": "2.1", "values": [1, None]},
    }
    for name, value in row.get("set", {}).items():
        part, _, last = name.rpartition(".")
        (found[part] if part else found)[last] = value
    return found


def _delivery(row: Row) -> Row:
    to = person(row["buyer"] + 1 if row["buyer"] % 3 == 0 else row["buyer"])
    sent = row.get("delivery") or {}
    status = "합포장대기" if row.get("odd") else STATUS_TEXTS[row["status"]]
    return {
        "shipStatus": status,
        "shipMethod": "일반-택배배송",
        "shipMethodMessage": "",
        "scheduleShipDate": "",
        "parcelCompany": COURIER_TEXTS.get(sent.get("company", ""), ""),
        "invoiceNo": sent.get("number", ""),
        "name": to.name,
        "phone": to.phone,
        "customsPin": "",
        "shipAddress": {
            "zipcode": to.postcode,
            "addrFixed": to.address,
            "addrDetail": to.detail,
            "message": to.note,
        },
    }


def _product(row: Row, product: Row, options: list[Row]) -> Row:
    goods = GOODS[product["goods"]]
    return {
        "orderNo": int(product["no"]),
        "productNo": goods.number,
        "productName": goods.name,
        "productOriginPrice": goods.list_price,
        "productPrice": goods.price,
        "productCommissionPrice": _net(goods.price),
        "productQty": sum(one["quantity"] for one in options),
        "wmpChargeDiscountPrice": 0,
        "sellerChargeDiscountPrice": 0,
        "cardChargeDiscountPrice": 0,
        "sellerProductCode": goods.code,
        "orderOption": [_option(product, one) for one in options],
    }


def _option(product: Row, one: Row) -> Row:
    goods = GOODS[product["goods"]]
    option = goods.options[one["option"]]
    price = goods.price + option.extra
    return {
        "orderOptionNo": int(one["no"]),
        "optionNo": option.number,
        # A text that the buyer typed is joined to the option's name (§5).
        "optionName": f"{option.text}|{one['text']}" if one.get("text") else option.text,
        "optionQty": one["quantity"],
        "sellerOptionCode": option.code,
        "optionAddPrice": option.extra,
        "optionSalePrice": price,
        "optionCommissionPrice": _net(price),
    }


def _net(price: int) -> int:
    return price * NET_PERCENT // 100


def told_claim(claim: Row) -> bytes:
    """An element of `data.claim`; the claimed pieces stand as `optionQty`."""
    goods = GOODS[claim["goods"]]
    option = _option(claim, {**claim["line"], "quantity": claim["quantity"]})
    names = ("orderOptionNo", "optionNo", "optionName", "optionQty", "sellerOptionCode")
    nobody = {
        "shipStatus": "", "shipMethod": "", "scheduleShipDate": "", "parcelCompany": "",
        "invoiceNo": "", "name": "", "phone": "", "shipAddress": {},
    }  # fmt: skip
    return pack(
        {
            "claimBundleNo": int(claim["no"]),
            "claimType": CLAIM_TEXTS[claim["type"]],
            "claimStatus": CLAIM_STATUS_TEXTS[claim["status"]],
            "purchaseNo": int(claim["purchase"]),
            "bundleNo": int(claim["bundle"]),
            "requestDate": told(claim["REQUEST"]),
            "approveDate": told(claim.get("APPROVE")),
            "pendingDate": "",
            "rejectDate": "",
            "claimReason": claim["reason"],
            "claimReasonDetail": "",
            "claimWhoReason": "구매자책임",
            "claimFee": 0,
            "claimShipFeeEnclose": "",
            "pickup": nobody,
            "delivery": nobody,
            "orderProduct": [
                {
                    "orderNo": int(claim["order"]),
                    "productNo": goods.number,
                    "productName": goods.name,
                    "productPrice": goods.price,
                    "productQty": claim["quantity"],
                    "sellerProductCode": goods.code,
                    "orderOption": [{name: option[name] for name in names}],
                }
            ],
        }
    )
