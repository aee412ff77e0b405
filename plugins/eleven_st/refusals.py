"""Every refusal of the Seller OpenAPI (§2, §5, §6.3): which error, and what the seller is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from xml.etree.ElementTree import Element

from hanpan.api import (
    Answer,
    AuthError,
    ContractError,
    IpNotAllowed,
    MarketplaceError,
    NotApproved,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Text,
    Unavailable,
    leaves,
    local_name,
)


@dataclass(frozen=True)
class Api:
    """One endpoint. `roots` are the roots that its own answers have (§2); `write` says that it
    changes something, also where it is a GET."""

    method: str
    path: str
    roots: tuple[str, ...]
    write: bool = False


@dataclass(frozen=True)
class Refusal:
    """The error class of a code, and the sentence for it."""

    error: type[MarketplaceError]
    text: Text


# -- the gateway (§2.1) -----------------------------------------------------------------------

KEY_MISSING = Text(
    "11번가에 OPEN API KEY가 전달되지 않았습니다. 채널의 연결 정보에 키를 넣고 다시 확인해 주세요.",
    "No OPEN API KEY reached 11st. Fill it in under the channel's connection, then check again.",
)
KEY_UNKNOWN = Text(
    "이 OPEN API KEY를 쓰는 판매자가 11번가에 없습니다. 11번가 OPEN API CENTER › 서비스 "
    "등록·확인에서 지금 쓰는 키를 다시 복사해 넣어 주세요.",
    "11st knows no seller with this OPEN API KEY. Copy the present key again from the OPEN API "
    "CENTER under 서비스 등록·확인.",
)
NOT_YET = Text(
    "11번가가 Seller API 사용을 아직 승인하지 않았습니다. OPEN API CENTER › 서비스 등록·확인 › "
    "Seller API 정보 수정에서 호스팅 업체나 서버 IP를 저장한 뒤 다시 확인해 주세요.",
    "11st has not approved the Seller API yet. Save the hosting company or the server's IP in the "
    "OPEN API CENTER under 서비스 등록·확인 › Seller API 정보 수정, then check again.",
)
IP_MISSING = Text(
    "이 서버의 IP{ip}가 11번가에 등록되어 있지 않습니다. OPEN API CENTER › 서비스 등록·확인 › "
    "Seller API 정보 수정에서 상용서버 IP에 추가해 주세요 (여러 개는 ; 로 나눕니다).",
    "This server's IP{ip} is not registered at 11st. Add it in the OPEN API CENTER under 서비스 "
    "등록·확인 › Seller API 정보 수정 as a 상용서버 IP (several are separated by ;).",
)
NO_SUCH_API = Text(
    "11번가가 등록된 API가 아니라고 합니다. Seller API 권한이 없을 때도 이렇게 답합니다. OPEN API "
    "CENTER › 서비스 등록·확인에서 Seller API 신청과 호스팅 업체 설정을 확인해 주세요.",
    "11st says that this is no registered API, as it also does where the Seller API was not "
    "granted. Check in the OPEN API CENTER under 서비스 등록·확인 that it was applied for and "
    "which hosting company is set.",
)
MAINTENANCE = Text(
    "11번가가 서버 점검 중입니다. 점검이 끝나면 자동으로 이어 합니다.",
    "11st is under maintenance. It goes on by itself afterwards.",
)
TOO_MANY = Text(
    "11번가의 호출 한도를 넘었습니다. 잠시 뒤 자동으로 이어 합니다.",
    "11st's call limit was reached. It goes on by itself shortly.",
)

GATEWAY: Mapping[str, Refusal] = {
    "100": Refusal(AuthError, KEY_MISSING),
    "200": Refusal(AuthError, KEY_UNKNOWN),
    "300": Refusal(NotApproved, NOT_YET),
    "500": Refusal(IpNotAllowed, IP_MISSING),
    "997": Refusal(ContractError, NO_SUCH_API),
    "1000": Refusal(Unavailable, MAINTENANCE),
    "004": Refusal(RateLimited, TOO_MANY),
}
"""AuthMessage by code without its sign: the guide prints 100, live answers say -100 (§2.1)."""
UNKNOWN_API = "997"

CODES = ("result_code", "resultCode")
MESSAGES = ("result_text", "result_message", "resultMessage", "message")
_NO_SUCH_KEY = re.compile(r"OpenAPI Key.*유저가 없")
_IP = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")

# -- templates (§3, §4) -----------------------------------------------------------------------

NO_DELETE = Text(
    "11번가에는 템플릿을 삭제하는 API가 없습니다. 쓰지 않는 것은 셀러오피스에서 정리해 주세요.",
    "11st has no call that deletes templates. Tidy up in the seller office.",
)

# -- orders (§6.3) ----------------------------------------------------------------------------

REFUSED = Text(
    "11번가가 값을 받지 않았습니다: {message}", "11st refused the data. It says: {message}"
)
ALREADY, NOT_CHANGED = "-3206", "-3207"
CONFIRM_CODES: Mapping[str, Text] = {
    ALREADY: Text(
        "발주확인할 내역이 없습니다. 11번가 셀러오피스에서 주문 상태를 확인해 주세요.",
        "There is nothing to confirm. Look at the order's state in the seller office.",
    ),
    NOT_CHANGED: Text(
        "11번가가 주문 상태를 바꾸지 못했습니다. 잠시 뒤 다시 시도해 주세요.",
        "11st could not change the order's state. Try again shortly.",
    ),
    "-3210": Text(
        "전세계배송 주문은 11번가 셀러오피스에서 바코드를 출력해야 합니다. 셀러오피스에서 진행해 "
        "주세요.",
        "For worldwide delivery a barcode is printed in the seller office. Confirm it there.",
    ),
    "-3211": Text(
        "취소된 주문이라 발주확인할 수 없습니다. 다시 수집해 상태를 확인해 주세요.",
        "The order was cancelled and cannot be confirmed. Collect again to see its state.",
    ),
    "-3214": Text(
        "취소가 진행 중이라 발주확인할 수 없습니다. 취소 요청을 먼저 처리해 주세요.",
        "A cancel is in progress, so it cannot be confirmed. Settle the cancel request first.",
    ),
}
EMPTY = "0"
"""What a list without rows says (§2 shape D); claim lists say -1 and 없습니다 instead."""

# -- listings (§5.3, §5.5) ----------------------------------------------------------------------

DONE = ("200", "210")
"""What a write of shape B says when it was done."""
GONE = Text(
    "11번가에 이 상품이 없습니다. 셀러오피스에서 삭제되었는지 확인해 주세요.",
    "11st has no such product. See in the seller office whether it was deleted.",
)
NO_OPTION = Text(
    "11번가에 없는 옵션입니다 ({options}). 상품을 동기화한 뒤 다시 시도해 주세요.",
    "11st has no such option ({options}). Sync the listing, then try again.",
)
NOT_TENS = Text(
    "11번가 판매가는 10원 단위로 10원부터 999,999,990원까지입니다. 금액을 고쳐 주세요.",
    "At 11st a price is a multiple of 10 won, from 10 to 999,999,990. Change the amount.",
)
TOO_FAR = Text(
    "11번가는 판매가를 한 번에 50%까지 올리고 80%까지 내릴 수 있습니다. 여러 번에 나누어 바꿔 "
    "주세요.",
    "At 11st a price goes up by 50% and down by 80% at a time. Change it in several steps.",
)
BELOW_DISCOUNT = Text(
    "판매가가 기본즉시할인 금액보다 커야 합니다. 셀러오피스에서 할인을 줄인 뒤 다시 시도해 주세요.",
    "The price has to be above the basic discount. Lower that in the seller office, then try "
    "again.",
)
OPTION_PRICE = Text(
    "옵션 추가금이 새 판매가의 -50%부터 100%까지를 벗어납니다. 옵션 추가금을 먼저 고쳐 주세요.",
    "An option's extra would be outside of -50% to 100% of the new price. Change the extra first.",
)
NO_TERM = Text(
    "판매기간을 연장할 수 없는 상품입니다. 셀러오피스에서 판매기간을 확인해 주세요.",
    "The sale period of this product cannot be extended. Look at it in the seller office.",
)
NO_CHANGE = Text(
    "지금 상태에서는 판매중지나 재개를 할 수 없습니다. 셀러오피스에서 판매상태를 확인해 주세요.",
    "In its present state the sale can be neither stopped nor resumed. Look at the state in the "
    "seller office.",
)
NO_DISPLAY = Text(
    "11번가는 전시와 판매를 따로 바꿀 수 없습니다. 판매상태를 바꾸면 전시도 함께 바뀝니다.",
    "11st does not change display apart from sale: change the sale state, and display follows.",
)
_LISTING_WORDS: tuple[tuple[str, Text], ...] = (
    (r"존재하지 않|삭제된", GONE),
    (r"10원", NOT_TENS),
    (r"옵션\s*(가격|추가금|가)", OPTION_PRICE),
    (r"[58]0\s*%", TOO_FAR),
    (r"할인", BELOW_DISCOUNT),
    (r"판매기간", NO_TERM),
    (r"판매상태|변경할 수 없는 상태", NO_CHANGE),
)
"""What stands in a refusal's sentence: 11번가 tells no reason by code (§2 shape B)."""
_NONE = re.compile(r"없습니다|존재하지 않|삭제된")

SECONDS = 5.0
"""How long to wait where 11번가 says "too many" and not how long (§1.6 knows no limit)."""


def told(root: Element, names: tuple[str, ...]) -> str:
    """The first of these leaves of the root that says something, or ""; rows are passed over."""
    said = leaves(root)
    return next((said[name] for name in names if said.get(name)), "")


def gateway_refusal(root: Element, answer: Answer, api: Api) -> MarketplaceError | None:
    """The error that any call may end in, whatever its shape is: keys, addresses, maintenance."""
    code, message = told(root, CODES), told(root, MESSAGES)
    detail = f"{api.method} {api.path}: HTTP {answer.status} {local_name(root)} {code}"
    if local_name(root) == "AuthMessage":
        known = GATEWAY.get(code.lstrip("-"))
        return (
            ContractError(code=code, detail=detail)
            if known is None
            else _of(known, code, message, detail)
        )
    if code == "-1000":
        return Unavailable(MAINTENANCE, code=code, detail=detail)
    if _NO_SUCH_KEY.search(message):
        return AuthError(KEY_UNKNOWN, code=code, detail=detail)
    return None


def _of(known: Refusal, code: str, message: str, detail: str) -> MarketplaceError:
    if known.error is RateLimited:
        return RateLimited(known.text, retry_after=SECONDS, code=code, detail=detail)
    if known.error is IpNotAllowed:
        address = _caller(message)
        text = known.text.format(ip=f" ({address})" if address else "")
        return IpNotAllowed(text, address=address, code=code, detail=detail)
    return known.error(known.text, code=code, detail=detail)


def _caller(message: str) -> str:
    """Our address where the refusal names it (it may, §2.1), else ""."""
    found = _IP.search(message)
    try:
        return str(IPv4Address(found[0])) if found else ""
    except AddressValueError:
        return ""


def foreign(answer: Answer, api: Api, what: str) -> MarketplaceError:
    """The error for an answer that is none of the call's own: no XML, a login page, half a body."""
    detail = f"{api.method} {api.path}: HTTP {answer.status}, {what}"
    if answer.status == 429:
        return RateLimited(TOO_MANY, retry_after=answer.retry_after(SECONDS), detail=detail)
    if answer.ok or answer.status >= 500:
        return (OutcomeUnknown if api.write else Unavailable)(detail=detail)
    return ContractError(detail=detail)


def list_refusal(root: Element, api: Api) -> MarketplaceError:
    """The error of a list that tells a code instead of rows."""
    code, message = told(root, CODES), told(root, MESSAGES)
    return ContractError(code=code, detail=f"{api.method} {api.path}: {code} {message[:200]}")


def confirm_text(code: str, message: str) -> Text:
    """The sentence for a refused 발주확인; a code that we do not know shows 11번가's own."""
    return CONFIRM_CODES.get(code) or REFUSED.format(message=message[:300] or code or "?")


def says_none(message: str) -> bool:
    """Whether a sentence says that there is nothing, as an empty one does."""
    return not message or _NONE.search(message) is not None


def product_refusal(root: Element, api: Api) -> MarketplaceError:
    """The error of a read of a listing that tells none (§2 shape G)."""
    code, message = told(root, CODES), told(root, MESSAGES)
    detail = f"{api.method} {api.path}: {local_name(root)} {code} {message[:200]}"
    gone = code == "404" or told(root, ("nResult",)) == "0" or _NONE.search(message)
    return (NotFound if gone else ContractError)(code=code, detail=detail)


def listing_text(code: str, message: str) -> Text:
    """The sentence for a refused change of a listing; one that we do not know shows 11번가's."""
    if code == "404":
        return GONE
    found = (text for words, text in _LISTING_WORDS if re.search(words, message))
    return next(found, None) or REFUSED.format(message=message[:300] or code or "?")


def rejected(root: Element, api: Api, words: Mapping[str, str]) -> Rejected:
    """A refused template. 11번가 tells one sentence and no field: `words` says which word in it
    stands for which field of ours."""
    code, message = told(root, CODES), told(root, MESSAGES)[:300]
    fields = {ours: Text(message, message) for word, ours in words.items() if word in message}
    # One sentence is shown beside one field: the first word of the table that it holds.
    beside = dict(list(fields.items())[:1])
    text = REFUSED.format(message=message or code or "?")
    return Rejected(text, fields=beside, code=code, detail=f"{api.method} {api.path}: {code}")
