"""Every refusal of 커머스API (§2, §3, §8.9): which error it is, and what the seller is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

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


@dataclass(frozen=True)
class Api:
    """One endpoint. `group` is the API group that 커머스API센터 must have ticked for it (§1.1)."""

    method: str
    path: str
    group: str
    write: bool = False


@dataclass(frozen=True)
class Refusal:
    """The error class of a code, and the sentence for it."""

    error: type[MarketplaceError]
    text: Text


# GW.AUTHN alone cannot tell an expired token from a missing group (§3.1); by the time it is
# shown, a fresh token has been refused as well.
GROUP_MISSING = Text(
    "네이버가 '{group}' API의 권한이 없다고 합니다. 커머스API센터의 애플리케이션 수정에서 API 그룹 "
    "'{group}'에 체크하고, 스토어가 운영 중인지 확인한 뒤 다시 확인해 주세요.",
    "Naver says that the application may not use the API group '{group}'. Tick it in 커머스API센터 "
    "under the application, see that the store is open, then check again.",
)
IP_MISSING = Text(
    "이 서버의 IP가 커머스API센터에 등록되어 있지 않습니다. 커머스API센터 › 애플리케이션 수정 › "
    "API 호출 IP에 이 서버의 공인 IPv4를 등록해 주세요 (최대 3개).",
    "This server's IP is not registered. Add its public IPv4 in 커머스API센터 under the "
    "application, API 호출 IP (three at most).",
)
SUSPENDED = Text(
    "네이버가 스토어 또는 판매자 상태 때문에 요청을 거부했습니다. 스마트스토어센터에서 운영 중지, "
    "휴점, 이용 제한 여부를 확인해 주세요.",
    "Naver refused because of the state of the store or seller. Check in the seller centre whether "
    "the store is suspended, closed or restricted.",
)
QUOTA_USED = Text(
    "네이버의 호출 할당량을 모두 썼습니다. 시간이 지나면 자동으로 이어 합니다. 계속되면 같은 키를 "
    "쓰는 다른 프로그램이 있는지 확인해 주세요.",
    "Naver's call quota is used up; it goes on by itself. If it stays, look for another program "
    "that uses the same keys.",
)
REFUSED = Text(
    "네이버가 값을 받지 않았습니다: {message}", "Naver refused the data. It says: {message}"
)

_GROUP = Refusal(NotApproved, GROUP_MISSING)
_STORE = Refusal(AuthError, SUSPENDED)
_ROUTE = Refusal(ContractError, ContractError.text_default)
_ABSENT = Refusal(NotFound, NotFound.text_default)

BY_CODE: dict[str, Refusal] = {
    "GW.AUTHN": _GROUP,
    "GW.IP_NOT_ALLOWED": Refusal(IpNotAllowed, IP_MISSING),
    "GW.NOT_FOUND": _ROUTE,
    "UNAUTHORIZED": _GROUP,
    "FORBIDDEN": _GROUP,
    "ROLE_NOT_FOUND": _GROUP,
    "PROVISION_NOT_FOUND": _GROUP,
    "RESOURCE_NOT_AVAILABLE": _GROUP,
    "INVALID_CHANNEL_STATUS": _STORE,
    "INVALID_STORE_STATUS": _STORE,
    "INVALID_REPRESENT_STATUS": _STORE,
    "INVALID_MEMBER_STATUS": _STORE,
    "INVALID_INTERLOCK_STATUS": _STORE,
    "CHANNEL_NOT_FOUND": _STORE,
    "STORE_NOT_FOUND": _STORE,
    "REPRESENT_NOT_FOUND": _STORE,
    "MEMBER_NOT_FOUND": _STORE,
    "INTERLOCK_NOT_FOUND": _STORE,
    "100001": _ABSENT,
    "100003": _ABSENT,
}
BY_STATUS = {401: _GROUP, 403: _GROUP, 404: _ABSENT}

NOTHING_DONE = ("GW.BLOCK.01", "GW.BLOCK.02")
"""5xx that the gateway answers without passing the call on (circuit open, maintenance)."""

LIMIT_SECONDS = {"GW.QUOTA_LIMIT": 60.0}
QUOTA_SECONDS = {"SECONDS": 1.0, "HOURS": 3600.0}
"""`Retry-After` is not documented (§3.3): how long to wait without one, and by quota period."""

ORDER_CODES: dict[str, Text] = {
    "4000": Text("네이버가 요청을 이해하지 못했습니다.", "Naver did not understand the request."),
    "9999": Text(
        "네이버에서 오류가 났습니다. 잠시 뒤 다시 시도해 주세요.",
        "Naver had an error. Try again shortly.",
    ),
    "100001": Text("네이버에 없는 상품주문입니다.", "Naver has no such order line."),
    "100003": Text("네이버에 없는 주문입니다.", "Naver has no such order."),
    "101009": Text(
        "이 스토어의 상품주문이 아니거나 권한이 없습니다.",
        "The line is not this store's, or the keys may not touch it.",
    ),
    "101011": Text(
        "직계약 물류 상품은 물류사만 발주확인할 수 있습니다.",
        "Only the logistics company can confirm this product.",
    ),
    "104131": Text(
        "같은 상품주문번호가 두 번 들어갔습니다.", "The same line number was sent twice."
    ),
    "104133": Text("네이버가 잘못된 요청이라고 합니다.", "Naver calls the request wrong."),
    "104442": Text(
        "지금 상태에서는 발주확인할 수 없습니다. 취소되었거나 이미 발송된 주문인지 확인해 주세요.",
        "It cannot be confirmed in its state. See whether it was cancelled or dispatched already.",
    ),
    "104443": Text(
        "지금은 발주확인할 수 없습니다. 클레임이 진행 중이거나 선물 수락을 기다리는 주문인지 "
        "확인해 주세요.",
        "It cannot be confirmed now. See whether a claim is open or a gift waits to be accepted.",
    ),
    "105306": Text("이미 같은 상태입니다.", "It is in that state already."),
    "105308": Text(
        "직계약 물류 상품은 물류사만 발송할 수 있습니다.",
        "Only the logistics company can dispatch this product.",
    ),
}
ALREADY = ("105306", "104443")
"""Codes that a line confirmed earlier answers with; only reading it tells (§8.9)."""

# -- the token (§2) ---------------------------------------------------------------------------

SECRET_MALFORMED = Text(
    "애플리케이션 시크릿의 꼴이 아닙니다. $2a$ 로 시작하는 29자를 커머스API센터에서 복사해 그대로 "
    "붙여 넣어 주세요.",
    "This is not an application secret. Paste the 29 characters that begin with $2a$ as "
    "커머스API센터 shows them.",
)
INCOMPLETE = Text(
    "인증 정보가 비어 있어 네이버에 묻지 않았습니다. 채널의 연결 정보를 모두 넣어 주세요.",
    "The credentials are incomplete, so Naver was not asked. Fill in the channel's connection.",
)
CLOCK_OFF = Text(
    "이 서버의 시계가 네이버와 {minutes}분 다릅니다. 서버의 시간 동기화(NTP)를 켠 뒤 다시 확인해 "
    "주세요.",
    "This server's clock differs from Naver's by {minutes} minutes. Turn on time synchronisation "
    "(NTP) on the server, then check again.",
)
CLOCK_WRONG = Text(
    "이 서버의 시계가 네이버와 맞지 않습니다. 서버의 시간 동기화(NTP)를 켠 뒤 다시 확인해 주세요.",
    "This server's clock does not agree with Naver's. Turn on time synchronisation (NTP) on the "
    "server, then check again.",
)
TOKEN_INPUTS = {
    "client_id": Text(
        "네이버가 애플리케이션 ID를 모른다고 합니다. 커머스API센터의 애플리케이션 ID와 같은지, "
        "애플리케이션 종류가 맞는지 확인해 주세요.",
        "Naver does not know the application ID. Compare it with 커머스API센터, and the kind of "
        "application.",
    ),
    "client_secret_sign": Text(
        "애플리케이션 시크릿이 맞지 않습니다. 시크릿을 재발급했다면 이전 시크릿은 쓸 수 없습니다. "
        "커머스API센터에서 다시 복사해 주세요.",
        "The application secret does not match. A re-issued secret ends the old one: copy it again "
        "from 커머스API센터.",
    ),
    "account_id": Text(
        "네이버가 연동용 판매자 ID를 받지 않았습니다. 판매자센터의 API 정보와 같은지, 이 "
        "애플리케이션의 사용이 승인되어 있는지 확인해 주세요.",
        "Naver refused the linking seller ID. Compare it with API 정보 in the seller centre, and "
        "see that the application has been approved there.",
    ),
    "type": Text(
        "이 애플리케이션은 선택한 인증 방식을 쓸 수 없습니다. 내 스토어 애플리케이션은 SELF를 "
        "선택해 주세요.",
        "The application cannot use this kind of token. An own-store application takes SELF.",
    ),
}
TOKEN_REFUSED = Text(
    "네이버가 인증 토큰을 내주지 않았습니다. 애플리케이션 ID와 시크릿, 스토어가 운영 중인지, "
    "애플리케이션이 휴면이거나 인증 기간(180일)이 지나지 않았는지 확인해 주세요.",
    "Naver refused a token. Check the application ID and secret, that the store is open, and that "
    "the application is neither dormant nor past its 180 days.",
)


def refusal(
    answer: Answer, api: Api, *, names: Mapping[str, str] | None = None
) -> MarketplaceError:
    """The error for an answer that is not 2xx; `names` maps the wire's input names to ours.

    With `names` a refused read is the seller's to mend, too: it asked with what was typed.
    """
    body = _body(answer)
    code = str(body.get("code") or "")
    detail = f"{api.method} {api.path}: {answer.status} {code} {_trace(answer)}"
    if answer.status == 429:
        return _limited(answer, code, detail)
    if answer.status >= 500:
        lost = api.write and code not in NOTHING_DONE
        return (OutcomeUnknown if lost else Unavailable)(code=code, detail=detail)
    if api.write and code in ORDER_CODES:
        return Rejected(ORDER_CODES[code], code=code, detail=detail)
    known = BY_CODE.get(code) or BY_STATUS.get(answer.status)
    if known is not None:
        return known.error(known.text.format(group=api.group), code=code, detail=detail)
    if answer.status in (400, 409) and (api.write or names):
        return _rejected(body, code, detail, names or {})
    return ContractError(code=code, detail=f"{detail} {_message(body)}")


def token_refusal(answer: Answer, ahead: timedelta | None) -> MarketplaceError:
    """The error for a refused token. `ahead` is how far our clock is before theirs, if known."""
    body = _body(answer)
    code = str(body.get("code") or "")
    detail = f"token: {answer.status} {code} {_trace(answer)}"
    if answer.status == 429 or answer.status >= 500 or code == "GW.IP_NOT_ALLOWED":
        return refusal(answer, Api(answer.method, answer.path, ""))
    named = [name for name, _ in _inputs(body)]
    if clock_refused(answer, ahead):
        minutes = round(abs(ahead or timedelta()).total_seconds() / 60)
        text = CLOCK_OFF.format(minutes=minutes) if minutes else CLOCK_WRONG
        return AuthError(text, code="CLOCK", detail=detail)
    other = SUSPENDED if answer.status == 403 else TOKEN_REFUSED
    text = next((TOKEN_INPUTS[name] for name in named if name in TOKEN_INPUTS), other)
    return AuthError(text, code=code, detail=f"{detail} {named}")


def clock_refused(answer: Answer, ahead: timedelta | None) -> bool:
    """True when the timestamp is what was refused: it is named, or over five minutes off (§2)."""
    if answer.status not in (400, 401, 403):
        return False
    body = _body(answer)
    named = [name for name, _ in _inputs(body)]
    far = ahead is not None and abs(ahead) > timedelta(minutes=5)
    return "timestamp" in named or far or "timestamp" in _message(body)


def order_text(code: str, message: str) -> Text:
    """The sentence for a numeric order code; one that we do not know shows Naver's own."""
    return ORDER_CODES.get(code) or REFUSED.format(message=message or code or "?")


def _limited(answer: Answer, code: str, detail: str) -> RateLimited:
    seconds = LIMIT_SECONDS.get(code, 1.0)
    quota = code == "GW.QUOTA_LIMIT"
    if quota:
        period = answer.headers.get("GNCP-GW-Quota-Period", "").upper()
        seconds = QUOTA_SECONDS.get(period, seconds)
    text, wait = QUOTA_USED if quota else None, answer.retry_after(seconds)
    return RateLimited(text, retry_after=wait, code=code, detail=detail)


def _rejected(
    body: Mapping[str, Any], code: str, detail: str, names: Mapping[str, str]
) -> MarketplaceError:
    # invalidInputs may be missing or not enough: the message says the rest (§3.2).
    said = [_message(body)]
    fields = {}
    for name, message in _inputs(body):
        last = name.rsplit(".", 1)[-1].split("[", 1)[0]
        if last in names:
            fields[names[last]] = Text(message, message)
        else:
            said.append(message)
    if not fields:
        fields = {ours: Text(said[0], said[0]) for wire, ours in names.items() if wire in said[0]}
    text = REFUSED.format(message=" ".join(said).strip()[:300] or code)
    return Rejected(text, fields=fields, code=code, detail=detail)


def _body(answer: Answer) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ContractError:
        return {}
    return body if isinstance(body, Mapping) else {}


def _inputs(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    listed = body.get("invalidInputs")
    return [
        (str(one.get("name") or ""), str(one.get("message") or "")[:200])
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, Mapping)
    ]


def _message(body: Mapping[str, Any]) -> str:
    return str(body.get("message") or "")[:200]


def _trace(answer: Answer) -> str:
    return str(answer.headers.get("GNCP-GW-Trace-ID", ""))[:80]
