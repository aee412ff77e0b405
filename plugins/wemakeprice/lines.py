"""From 위메프's words for bundles and claims to our lines: states, amounts, people (§5, §6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from hanpan.api import (
    KST,
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
from plugins.wemakeprice.assumed import NO_OPTION, OPTION_NO

STATES = {
    "신규주문": LineState.NEW,
    "상품준비중": LineState.CONFIRMED,
    "배송중": LineState.SHIPPING,
    "배송완료": LineState.DELIVERED,
    "구매확정": LineState.DECIDED,
}
"""`delivery.shipStatus`: a text for people, no code (§5). 구매확정 is in no source."""

CLAIM_KINDS = {
    "CANCEL": ClaimKind.CANCEL,
    "RETURN": ClaimKind.RETURN,
    "EXCHANGE": ClaimKind.EXCHANGE,
}
CLAIM_STATES = {
    "신청": ClaimState.REQUESTED,
    "승인": ClaimState.DONE,
    "철회": ClaimState.WITHDRAWN,
    "보류": ClaimState.HELD,
    "거부": ClaimState.WITHDRAWN,
    "완료": ClaimState.DONE,
}
"""`claimStatus` as answers tell it; requests take words of their own (§6)."""
ASKED_STATES = {
    "REQUEST": ClaimState.REQUESTED,
    "APPROVE": ClaimState.DONE,
    "WITHDRAW": ClaimState.WITHDRAWN,
}
"""What a claim is whose text is not known, by the list that it stands in."""

GONE = {ClaimKind.CANCEL: LineState.CANCELLED, ClaimKind.RETURN: LineState.RETURNED}
"""What a line is when all of its pieces are gone."""

_COURIERS = {
    "epost": ("D001", "우체국"), "cj": ("D002", "CJ대한통운"), "hanjin": ("D003", "한진"),
    "logen": ("D004", "로젠"), "lotte": ("D005", "롯데"), "kgb": ("D006", "KGB"),
    "ilyang": ("D007", "일양"), "ems": ("D008", "EMS"), "dhl": ("D009", "DHL"),
    "ups": ("D010", "UPS"), "hanuisarang": ("D012", "한의사랑"), "chunil": ("D013", "천일"),
    "kunyoung": ("D014", "건영"), "goryeo": ("D015", "고려"), "fedex": ("D017", "FedEx"),
    "daesin": ("D018", "대신"), "kyungdong": ("D019", "경동"), "gs": ("D020", "CVSnet"),
    "tnt": ("D021", "TNT"), "usps": ("D022", "USPS"), "tpl": ("D023", "TPL"),
    "gsm": ("D024", "GSMNtoN"), "airboy": ("D025", "에어보이"), "kgl": ("D026", "KGL"),
    "hapdong": ("D027", "합동"), "dhl_mail": ("D028", "DHL Global Mail"),
    "i_parcel": ("D029", "i-Parcel"), "pantos": ("D031", "범한판토스"), "apex": ("D032", "APEX"),
    "gsi": ("D035", "GSI"), "cj_global": ("D036", "CJ국제"), "slx": ("D037", "SLX"),
    "honam": ("D038", "호남"), "lotte_global": ("D039", "현대해외"), "cu": ("D040", "CU편의점"),
    "nonghyup": ("D041", "농협"), "sebang": ("D042", "세방"), "samsung": ("D043", "삼성물류"),
    "lg": ("D044", "LG물류"), "homepick": ("D045", "홈픽"), "gps": ("D046", "GPS Logix"),
}  # fmt: skip
"""§11: our name of a courier, the code that requests take, and how answers name it."""
COURIERS = tuple(Courier(key=key, code=code) for key, (code, _) in _COURIERS.items())
_COURIER_KEYS = {name.casefold(): key for key, (_, name) in _COURIERS.items()}

COLLECT = "착불"


def key_of(bundle_no: str, option_no: str) -> str:
    """What a line is read and written by: its bundle is found in it, for no call takes a line."""
    return f"{bundle_no}-{option_no}"


def bundle_of(key: str) -> str:
    """The bundle of a line's key."""
    return key.partition("-")[0]


def line_of(key: str) -> str:
    """The number of a line by its key."""
    return key.partition("-")[2]


def state_of(bundle: Mapping[str, Any]) -> tuple[LineState, str]:
    """Our state of a bundle, and 위메프's own word."""
    told = str(part(bundle, "delivery").get("shipStatus") or "")
    return STATES.get(told, LineState.UNKNOWN), told


def lines_of(bundle: Mapping[str, Any]) -> list[Line]:
    """The lines of a bundle: its fee stands on the first, and only where it is paid with it."""
    fee = 0 if bundle.get("prepayment") == COLLECT else whole(bundle.get("shipPrice"))
    return [
        _line(bundle, product, option, fee if n == 0 else 0)
        for n, (product, option) in enumerate(_options(bundle))
    ]


def _line(
    bundle: Mapping[str, Any],
    product: Mapping[str, Any],
    option: Mapping[str, Any],
    fee: int | None,
) -> Line:
    delivery = part(bundle, "delivery")
    state, remote = state_of(bundle)
    quantity = whole(option.get("optionQty")) or 0
    price, net = whole(option.get("optionSalePrice")), whole(option.get("optionCommissionPrice"))
    sent = moment_of(bundle.get("orderShippingDate"))
    courier = str(delivery.get("parcelCompany") or "")
    return Line(
        **_named(bundle, product, option),
        state=state,
        remote_state=remote,
        ordered_at=moment_of(bundle.get("orderDate")) or UNCHANGED,
        paid_at=moment_of(bundle.get("payDate")),
        confirmed_at=moment_of(bundle.get("orderConfirmDate")),
        dispatched_at=sent,
        dispatch_due=_end_of(bundle.get("originShipDate")),
        quantity=quantity or UNCHANGED,
        dispatched=quantity if sent else 0,
        unit_price=UNCHANGED if price is None else price,
        amount=UNCHANGED if price is None else price * quantity,
        shipping_fee=fee,
        # What is called a commission price is what is left of the price once it was taken.
        commission=None if price is None or net is None else (price - net) * quantity,
        settlement=None if net is None else net * quantity,
        courier=_COURIER_KEYS.get(courier.casefold(), courier) or None,
        invoice_no=text_of(delivery.get("invoiceNo")),
        buyer=_buyer(bundle, delivery),
        raw={**bundle, "orderProduct": [{**product, "orderOption": [option]}]},
    )


def _named(
    row: Mapping[str, Any], product: Mapping[str, Any], option: Mapping[str, Any]
) -> dict[str, Any]:
    """What bundles and claims alike tell of a line: its numbers and what was bought."""
    bundle_no, option_no = str(take(row, "bundleNo")), str(take(option, "orderOptionNo"))
    return {
        "order_no": str(take(row, "purchaseNo")),
        "line_no": option_no,
        "line_key": key_of(bundle_no, option_no),
        "bundle_no": bundle_no,
        "product_no": text_of(product.get("productNo")) or UNCHANGED,
        "option_no": _option_no(option),
        "product_name": text_of(product.get("productName")) or UNCHANGED,
        "option_text": text_of(option.get("optionName")),
        "seller_code": text_of(product.get("sellerProductCode")),
        "option_code": text_of(option.get("sellerOptionCode")),
    }


def _option_no(option: Mapping[str, Any]) -> str | None:
    """The number of the option; None where the product has none (assumed.NO_OPTION)."""
    name = text_of(option.get("optionName"))
    return None if name in (None, NO_OPTION) else text_of(option.get(OPTION_NO))


# -- claims (§6) ----------------------------------------------------------------------------------


def claimed_lines(row: Mapping[str, Any], kind: str, status: str) -> Iterator[tuple[Line, int]]:
    """The lines of a claim as it tells them, without what they were ordered as; and the pieces."""
    claim = claim_of(row, kind, status)
    for product, option in _options(row):
        pieces = whole(option.get("optionQty")) or 0
        yield Line(**_named(row, product, option), claim=claim), pieces


def claim_of(row: Mapping[str, Any], kind: str, status: str) -> Claim:
    """The claim of a row in the list of that kind and status."""
    remote = str(row.get("claimStatus") or "")
    state = CLAIM_STATES.get(remote, ASKED_STATES[status])
    if state is ClaimState.REQUESTED and row.get("rejectDate"):
        state = ClaimState.WITHDRAWN
    elif state is ClaimState.REQUESTED and row.get("pendingDate"):
        state = ClaimState.HELD
    if kind == "EXCHANGE" and state is ClaimState.DONE and remote != "완료":
        # An approved exchange is still to be picked up and sent again (§7).
        state = ClaimState.IN_PROGRESS
    return Claim(
        kind=CLAIM_KINDS[kind],
        state=state,
        remote_state=remote or status,
        reason=str(row.get("claimReason") or ""),
    )


def gone(line: Line, kind: ClaimKind, pieces: int, whole: Line | None) -> Line:
    """A line some of whose pieces are gone by a finished claim.

    `whole` is what its bundle tells of it now; nothing, where all of it is gone.
    """
    counted = {"cancelled": pieces} if kind is ClaimKind.CANCEL else {"returned": pieces}
    if whole is None:
        return replace(line, state=GONE[kind], **counted)  # type: ignore[arg-type]
    ordered = whole.quantity if isinstance(whole.quantity, int) else pieces + 1
    state = GONE[kind] if pieces >= ordered else whole.state
    return replace(whole, claim=line.claim, state=state, **counted)  # type: ignore[arg-type]


# -- parts ----------------------------------------------------------------------------------------


def _options(row: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each orderOption with its orderProduct: the lines of a bundle or a claim."""
    for product in _parts(row, "orderProduct"):
        for option in _parts(product, "orderOption"):
            yield product, option


def _buyer(bundle: Mapping[str, Any], delivery: Mapping[str, Any]) -> Buyer:
    to = part(delivery, "shipAddress")
    return Buyer(
        orderer_name=str(bundle.get("buyerName") or ""),
        orderer_phone=str(bundle.get("buyerPhone") or ""),
        receiver_name=str(delivery.get("name") or ""),
        receiver_phone=str(delivery.get("phone") or ""),
        postcode=str(to.get("zipcode") or ""),
        address=str(to.get("addrFixed") or ""),
        address_detail=str(to.get("addrDetail") or ""),
        message=str(to.get("message") or ""),
        customs_code=str(delivery.get("customsPin") or ""),
    )


def _end_of(value: Any) -> datetime | None:
    """The last second of a day of the wire."""
    day = moment_of(value)
    return None if day is None else datetime.combine(day.date(), time(23, 59, 59), KST)


def _parts(row: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    listed = row.get(name)
    return [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, Mapping)]
