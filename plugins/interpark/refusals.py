"""Every refusal of 인터파크 (§2.2, §5.1): which error it is, and what the seller is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
)
from plugins.interpark import assumed
from plugins.interpark.services import SERVICES

NOTHING_FOUND = "데이터가존재하지"
"""§5.1: a list that holds nothing is answered by a sentence, whatever its code."""


@dataclass(frozen=True)
class Refusal:
    """The error class of a code, and the sentence for it."""

    error: type[MarketplaceError]
    text: Text


NO_ADDRESS = Text(
    "인터파크가 등록할 내용을 가져갈 주소가 없습니다. 서버 설정 HANPAN_PUBLIC_URL에 밖에서 열리는 "
    "한판의 주소를 넣어 달라고 운영자에게 알려 주세요.",
    "There is no address that Interpark could fetch the data from. Have the operator set "
    "HANPAN_PUBLIC_URL to an address of Hanpan that is reachable from outside.",
)
PAIR_MISSING = Text(
    "'{service}' 서비스의 인증키와 비밀키가 없어 이 일을 할 수 없습니다. 채널의 연결 정보에 넣어 "
    "주세요.",
    "The keys of the service '{service}' are missing. Give them in the channel's connection.",
)
PAIR_REFUSED = Text(
    "인터파크가 '{service}' 서비스의 인증키를 받지 않았습니다. 두 키가 서로 바뀌지 않았는지, 다른 "
    "서비스나 다른 공급계약의 키가 아닌지 연결 정보에서 확인해 주세요.",
    "Interpark refused the keys of the service '{service}'. See in the connection that the two are "
    "not swapped, and not those of another service or supply contract.",
)
UNREACHABLE = Text(
    "인터파크가 한판의 주소에서 등록할 내용을 가져가지 못했습니다. 아무것도 바뀌지 않았습니다. "
    "HANPAN_PUBLIC_URL의 주소가 밖에서 열리는지 운영자에게 확인해 주세요.",
    "Interpark could not fetch the data from Hanpan's address; nothing was changed. Have the "
    "operator see that the address in HANPAN_PUBLIC_URL is reachable from outside.",
)
UNREADABLE = Text(
    "인터파크가 보낸 내용을 읽지 못했습니다. 저희 쪽 잘못입니다. 작업 번호와 함께 알려 주세요.",
    "Interpark could not read what was sent. This is our fault; report the job number.",
)
UNKNOWN_SELLER = Text(
    "인터파크가 이 업체번호, 공급계약번호, 업체 ID를 모른다고 합니다. 판매자매니저의 "
    "판매정보관리 › 관리계정 ID관리에 나오는 값과 같은지 확인해 주세요.",
    "Interpark does not know this seller number, supply contract and seller ID. Compare them with "
    "판매정보관리 › 관리계정 ID관리 in 판매자매니저.",
)
NOT_APPROVED = Text(
    "인터파크가 주문 API를 아직 승인하지 않았습니다. 보통 신청 후 영업일 2~5일이 걸립니다.",
    "Interpark has not approved the order API yet. It usually takes 2 to 5 business days.",
)
IP_MISSING = Text(
    "인터파크가 이 서버의 접속을 받지 않았습니다. 이 서버의 IP를 인터파크 API 담당자에게 등록해 "
    "달라고 요청해 주세요.",
    "Interpark refused the connection of this server. Have its API desk register the server's IP.",
)
GONE = Text(
    "인터파크에 없는 상품입니다. 삭제되었는지 판매자매니저에서 확인해 주세요.",
    "Interpark has no such product. See in 판매자매니저 whether it was deleted.",
)
FORBIDDEN = Text(
    "인터파크가 판매를 금지한 상품이라 바꿀 수 없습니다. 판매자매니저에서 이유를 확인해 주세요.",
    "Interpark has forbidden the sale of this product, so it cannot be changed. See the reason in "
    "판매자매니저.",
)
REFUSED = Text("인터파크가 받지 않았습니다: {message}", "Interpark refused it. It says: {message}")
AT_FIELD = Text("{message}", "{message}")

BY_CODE: Mapping[str, Refusal] = {
    "001": Refusal(Unavailable, Unavailable.text_default),
    "002": Refusal(Unavailable, Unavailable.text_default),
    assumed.UNKNOWN_SELLER: Refusal(AuthError, UNKNOWN_SELLER),
    assumed.NOT_APPROVED: Refusal(NotApproved, NOT_APPROVED),
    assumed.NOT_UNDERSTOOD: Refusal(ContractError, ContractError.text_default),
}
"""RESULT/CODE of the order side; one that is not here is told in 인터파크's own words."""

BY_WORDS: Mapping[str, Text] = {
    assumed.KEY_REFUSED: PAIR_REFUSED,
    assumed.URL_UNREACHABLE: UNREACHABLE,
    assumed.XML_UNREADABLE: UNREADABLE,
}
"""What `error/explanation` of the seller side says. A pair that is refused is no AuthError: the
other services, and the orders, go on."""


GONE_WORDS = ("해당 업체의 상품이 아님", "존재하지 않는 상품번호")
FORBIDDEN_WORDS = "판매금지"
"""The texts of §2.2 for a product that is not there, and for one that may not be changed."""


def says_nothing_found(message: str) -> bool:
    """Whether it is only said that there is nothing (§5.1)."""
    return NOTHING_FOUND in message.replace(" ", "")


def order_refusal(name: str, code: str, message: str) -> MarketplaceError:
    """The error for a RESULT/CODE that is not 000."""
    detail = f"{name}: {code} {message[:200]}"
    known = BY_CODE.get(code)
    if known is None:
        return Rejected(REFUSED.format(message=message[:300] or code), code=code, detail=detail)
    return known.error(known.text, code=code, detail=detail)


def service_refusal(
    service: str, error: Mapping[str, str], names: Mapping[str, str]
) -> MarketplaceError:
    """The error for an `error` element; it names the element that it is about in quotes."""
    code = error.get("code", "")[:80]
    said = (error.get("explanation") or error.get("message") or code)[:300]
    detail = f"{service}: {code} {said}"
    for words, text in BY_WORDS.items():
        if words in said:
            return Rejected(
                text.format(service=SERVICES[service]), code=code or "REFUSED", detail=detail
            )
    if any(words in said for words in GONE_WORDS):
        return NotFound(GONE, code=code, detail=detail)
    if FORBIDDEN_WORDS in said:
        return Rejected(FORBIDDEN, code=code or "FORBIDDEN", detail=detail)
    told = AT_FIELD.format(message=said)
    fields = {ours: told for wire, ours in names.items() if f"'{wire}'" in said}
    return Rejected(REFUSED.format(message=said), fields=fields, code=code, detail=detail)


def http_refusal(answer: Answer, *, write: bool) -> MarketplaceError:
    """The error for a status that is not 2xx; refusals of 인터파크 itself come with 200 (§2.2)."""
    detail = f"{answer.method} {answer.path}: {answer.status}"
    code = str(answer.status)
    if answer.status == 429:
        return RateLimited(retry_after=answer.retry_after(), code=code, detail=detail)
    if answer.status in (401, 403):
        return IpNotAllowed(IP_MISSING, code=code, detail=detail)
    if answer.status >= 500 or answer.status < 400:
        return (OutcomeUnknown if write else Unavailable)(code=code, detail=detail)
    return ContractError(code=code, detail=detail)
