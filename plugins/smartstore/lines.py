"""From 스마트스토어's words for an order line to ours: states, claims, amounts, people (§7.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hanpan.api import (
    UNCHANGED,
    Buyer,
    Claim,
    ClaimKind,
    ClaimState,
    Courier,
    Line,
    LineState,
    moment_of,
    part,
    take,
    text_of,
    whole,
)

NEW, OK, TAKEN_BACK = "NOT_YET", "OK", "CANCEL"
ADDED_PRODUCT = "추가구성상품"

STATES = {
    "PAYMENT_WAITING": LineState.WAITING_PAYMENT,
    "DELIVERING": LineState.SHIPPING,
    "DELIVERED": LineState.DELIVERED,
    "PURCHASE_DECIDED": LineState.DECIDED,
    "EXCHANGED": LineState.EXCHANGED,
    "CANCELED": LineState.CANCELLED,
    "RETURNED": LineState.RETURNED,
    "CANCELED_BY_NOPAYMENT": LineState.CANCELLED,
}
PAID_STATES = {NEW: LineState.NEW, OK: LineState.CONFIRMED, TAKEN_BACK: LineState.NEW}
"""productOrderStatus, and placeOrderStatus while it is PAYED (§7.5)."""

ENDED = {"CANCELED", "RETURNED", "EXCHANGED", "CANCELED_BY_NOPAYMENT"}
NOTHING_GONE = dict.fromkeys(ClaimKind, 0)
GONE_AS = {
    "EXCHANGED": ClaimKind.EXCHANGE,
    "RETURNED": ClaimKind.RETURN,
    "DELIVERING": ClaimKind.RETURN,
    "DELIVERED": ClaimKind.RETURN,
    "PURCHASE_DECIDED": ClaimKind.RETURN,
}
"""What pieces became that are gone and that no finished claim explains; else cancelled."""

CLAIM_KINDS = {
    "CANCEL": ClaimKind.CANCEL,
    "ADMIN_CANCEL": ClaimKind.CANCEL,
    "RETURN": ClaimKind.RETURN,
    "EXCHANGE": ClaimKind.EXCHANGE,
}
NO_CLAIM = (None, "", "PURCHASE_DECISION_HOLDBACK")
CLAIM_STATES = {
    "CANCEL_REQUEST": ClaimState.REQUESTED,
    "RETURN_REQUEST": ClaimState.REQUESTED,
    "EXCHANGE_REQUEST": ClaimState.REQUESTED,
    "CANCELING": ClaimState.IN_PROGRESS,
    "ADMIN_CANCELING": ClaimState.IN_PROGRESS,
    "COLLECTING": ClaimState.IN_PROGRESS,
    "COLLECT_DONE": ClaimState.IN_PROGRESS,
    "EXCHANGE_REDELIVERING": ClaimState.IN_PROGRESS,
    "CANCEL_DONE": ClaimState.DONE,
    "RETURN_DONE": ClaimState.DONE,
    "EXCHANGE_DONE": ClaimState.DONE,
    "ADMIN_CANCEL_DONE": ClaimState.DONE,
    "CANCEL_REJECT": ClaimState.WITHDRAWN,
    "RETURN_REJECT": ClaimState.WITHDRAWN,
    "EXCHANGE_REJECT": ClaimState.WITHDRAWN,
    "ADMIN_CANCEL_REJECT": ClaimState.WITHDRAWN,
}
"""A claim state that we do not know is shown as in progress, with its own name beside it."""

COMMISSIONS = (
    "paymentCommission",
    "saleCommission",
    "channelCommission",
    "knowledgeShoppingSellingInterlockCommission",
)

_COURIERS = {
    "cj": "CJGLS", "lotte": "HYUNDAI", "hanjin": "HANJIN", "logen": "KGB", "epost": "EPOST",
    "cu": "CUPARCEL", "gs": "CVSNET", "kyungdong": "KDEXP", "daesin": "DAESIN",
    "chunil": "CHUNIL", "hapdong": "HDEXP", "ilyang": "ILYANG", "kunyoung": "KUNYOUNG",
    "slx": "SLX", "honam": "HONAM", "registered": "REGISTPOST", "mail": "GENERALPOST",
    "homepick": "HOMEPICK", "kakao": "TODAYPICKUP", "kurly": "KURLY", "teamfresh": "TEAMFRESH",
    "dhl": "DHL", "fedex": "FEDEX", "ups": "UPS", "ems": "EMS", "tnt": "TNT", "usps": "USPS",
    "cj_global": "KOREXG", "lotte_global": "HLCGLOBAL", "pantos": "PANTOS",
    "qxpress": "QXPRESS", "other": "CH1",
}  # fmt: skip
"""§11: our name of a courier, and the wire's."""
COURIERS = tuple(Courier(key=key, code=code) for key, code in _COURIERS.items())
_COURIER_KEYS = {code: key for key, code in _COURIERS.items()}


def key_of(item: Mapping[str, Any]) -> str:
    """The productOrderId of a detail, or ""."""
    return str(part(item, "productOrder").get("productOrderId") or "")


def thin_line(row: Mapping[str, Any]) -> Line:
    """What a change alone tells of a line whose details are kept back (#3133, #3572)."""
    status = str(row.get("productOrderStatus") or "")
    key = str(take(row, "productOrderId"))
    return Line(
        order_no=str(take(row, "orderId")),
        line_no=key,
        line_key=key,
        # PAYED alone does not tell whether it has been confirmed.
        state=UNCHANGED if status == "PAYED" else STATES.get(status, LineState.UNKNOWN),
        remote_state=status,
        changed_at=moment_of(row.get("lastChangedDate")),
        paid_at=moment_of(row.get("paymentDate")) or UNCHANGED,
        claim=_claim(row, {}) or UNCHANGED,
    )


def full_line(item: Mapping[str, Any], row: Mapping[str, Any] | None = None) -> Line:
    """A line from its details (§7.2), and from the change that named it."""
    order, product = part(item, "order"), part(item, "productOrder")
    named = order if "orderId" in order else row
    delivery = part(item, "delivery")
    status, place = str(product.get("productOrderStatus") or ""), product.get("placeOrderStatus")
    paid = status == "PAYED"
    key = key_of(item)
    ordered = whole(product.get("initialQuantity")) or whole(product.get("quantity")) or 0
    gone = _gone(item, status, ordered)
    courier = str(delivery.get("deliveryCompany") or "")
    fees = [whole(product.get(name)) for name in COMMISSIONS]
    told = [fee for fee in fees if fee is not None]
    price, extra = whole(product.get("unitPrice")), whole(product.get("optionPrice"))
    amount = whole(product.get("totalPaymentAmount"))
    sent = moment_of(delivery.get("sendDate"))
    return Line(
        order_no=str(take(named, "orderId")),
        line_no=key,
        line_key=key,
        state=(PAID_STATES if paid else STATES).get(
            str(place) if paid else status, LineState.UNKNOWN
        ),
        remote_state=f"{status} {place}" if paid else status,
        confirm_withdrawn=paid and place == TAKEN_BACK,
        changed_at=moment_of(row.get("lastChangedDate")) if row else None,
        ordered_at=moment_of(order.get("orderDate")) or UNCHANGED,
        paid_at=moment_of(order.get("paymentDate")),
        confirmed_at=moment_of(product.get("placeOrderDate")) if place == OK else None,
        dispatched_at=sent,
        dispatch_due=moment_of(product.get("shippingDueDate")),
        bundle_no=text_of(product.get("packageNumber")),
        product_no=text_of(product.get("productId")) or UNCHANGED,
        option_no=_option_no(product),
        product_name=text_of(product.get("productName")) or UNCHANGED,
        option_text=text_of(product.get("productOption")),
        seller_code=text_of(product.get("sellerProductCode")),
        option_code=text_of(product.get("optionManageCode")),
        line_class=text_of(product.get("productClass")),
        quantity=ordered or UNCHANGED,
        cancelled=gone[ClaimKind.CANCEL],
        returned=gone[ClaimKind.RETURN],
        exchanged=gone[ClaimKind.EXCHANGE],
        dispatched=max(0, ordered - gone[ClaimKind.CANCEL]) if sent else 0,
        unit_price=UNCHANGED if price is None else price + (extra or 0),
        amount=UNCHANGED if amount is None else amount,
        shipping_fee=whole(product.get("deliveryFeeAmount")),
        commission=sum(told) if told else None,
        settlement=whole(product.get("expectedSettlementAmount")),
        courier=_COURIER_KEYS.get(courier, courier) or None,
        invoice_no=text_of(delivery.get("trackingNumber")),
        claim=_claim(product, item),
        buyer=_buyer(order, product),
        raw=item,
    )


def place_order(item: Mapping[str, Any]) -> tuple[str, str, str]:
    """productOrderStatus, placeOrderStatus and placeOrderDate of a detail."""
    product = part(item, "productOrder")
    names = ("productOrderStatus", "placeOrderStatus", "placeOrderDate")
    status, place, date = (str(product.get(name) or "") for name in names)
    return status, place, date


def _claim(told: Mapping[str, Any], item: Mapping[str, Any]) -> Any:
    """The claim of a change or of a productOrder; its particulars stand in the detail."""
    if told.get("claimType") in NO_CLAIM:
        return None
    kind = CLAIM_KINDS.get(str(told["claimType"]))
    if kind is None:
        return UNCHANGED
    now = part(item, "currentClaim")
    # The top level holds the same until Naver takes it away (§7.2).
    claim = part(now, kind.value) or part(item, kind.value)
    remote = str(told.get("claimStatus") or "")
    state = CLAIM_STATES.get(remote, ClaimState.IN_PROGRESS)
    open_ = state in (ClaimState.REQUESTED, ClaimState.IN_PROGRESS)
    return Claim(
        kind=kind,
        state=ClaimState.HELD if open_ and claim.get("holdbackStatus") == "HOLDBACK" else state,
        remote_state=remote,
        reason=str(claim.get(f"{kind.value}Reason") or ""),
    )


def _gone(item: Mapping[str, Any], status: str, ordered: int) -> dict[ClaimKind, int]:
    """Pieces by what became of them: from the finished claims, then from what remains."""
    left = 0 if status in ENDED else whole(part(item, "productOrder").get("remainQuantity"))
    finished = item.get("completedClaims")
    if not finished and left in (ordered, None):
        return NOTHING_GONE
    gone = dict(NOTHING_GONE)
    for claim in finished if isinstance(finished, list) else ():
        kind = CLAIM_KINDS.get(str(claim.get("claimType")))
        if kind and CLAIM_STATES.get(str(claim.get("claimStatus"))) is ClaimState.DONE:
            gone[kind] += whole(claim.get("requestQuantity")) or 0
    if left is not None:
        gone[GONE_AS.get(status, ClaimKind.CANCEL)] += max(0, ordered - left - sum(gone.values()))
    return gone


def _buyer(order: Mapping[str, Any], product: Mapping[str, Any]) -> Buyer:
    to = part(product, "shippingAddress")
    return Buyer(
        orderer_name=str(order.get("ordererName") or ""),
        orderer_phone=str(order.get("ordererTel") or ""),
        orderer_id=str(order.get("ordererId") or ""),
        receiver_name=str(to.get("name") or ""),
        receiver_phone=str(to.get("tel1") or ""),
        receiver_phone2=str(to.get("tel2") or ""),
        postcode=str(to.get("zipCode") or ""),
        address=str(to.get("baseAddress") or ""),
        address_detail=str(to.get("detailedAddress") or ""),
        message=str(product.get("shippingMemo") or ""),
        customs_code=str(product.get("individualCustomUniqueCode") or ""),
    )


def _option_no(product: Mapping[str, Any]) -> str | None:
    """The option; an 추가구성상품 goes by its main product's number and is not that product."""
    added = product.get("productClass") == ADDED_PRODUCT
    return text_of(product.get("optionCode")) or (ADDED_PRODUCT if added else None)
