"""Every refusal of W API (§1): which error it is, and what the seller is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hanpan.api import (
    Answer,
    AuthError,
    ContractError,
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
    """One endpoint; `one` says that it names a single thing, which may not be there."""

    method: str
    path: str
    write: bool = False
    one: bool = False


KEY_REFUSED = Text(
    "위메프가 API 인증 KEY를 받지 않았습니다. API 대행사를 바꾸고 인증키를 새로 발급하면 이전 키는 "
    "바로 폐기됩니다. 파트너 2.0의 정보수정 › API 연동 정보에서 지금 인증키를 복사해 다시 넣어 "
    "주세요.",
    "Wemakeprice refused the API key. Choosing another agency and issuing a new key voids the old "
    "one at once. Copy the present key in 파트너 2.0 under 정보수정 › API 연동 정보 and give it "
    "again.",
)
AGENCY_MISSING = Text(
    "위메프가 이 키의 사용을 승인하지 않았습니다. 파트너 2.0의 정보수정 › API 연동 정보에서 API "
    "대행사가 선택되어 있는지 확인하고, 저장한 뒤 다시 확인해 주세요.",
    "Wemakeprice has not approved the key. See in 파트너 2.0 under 정보수정 › API 연동 정보 that "
    "an agency is chosen, save, then check again.",
)
REFUSED = Text("위메프가 받지 않았습니다: {message}", "Wemakeprice refused. It says: {message}")
IN_USE = Text(
    "이 배송 템플릿을 쓰는 상품이 {count}개 있어 위메프가 지우지 않았습니다. 그 상품들의 배송 "
    "템플릿을 먼저 바꾼 뒤 다시 지워 주세요.",
    "Wemakeprice did not delete it, for {count} products use this shipping template. Give those "
    "products another one first, then delete it.",
)

GONE = Text(
    "위메프에 없는 상품입니다. 삭제되었는지 파트너 2.0에서 확인해 주세요.",
    "Wemakeprice has no such product. See in 파트너 2.0 whether it was deleted.",
)

BY_CODE: Mapping[int, tuple[type[MarketplaceError], Text]] = {
    401: (AuthError, KEY_REFUSED),
    403: (NotApproved, AGENCY_MISSING),
}
ACCEPTED = (200, 201)
LIMIT_SECONDS = 5.0
"""How long to wait after a 429 that does not say; no rate limit is published (§1)."""

_USED_BY = re.compile(r"상품[^0-9]{0,6}([0-9][0-9,]*)\s*개")


def data_of(answer: Answer, api: Api, names: Mapping[str, str]) -> Any:
    """The `data` of an answer (None where it has none).

    Raises what the HTTP status or the `resultCode` means: the one mirrors the other, but a
    gateway before the API knows only the first. `names` maps the wire's names to our fields.
    """
    body = _body(answer)
    code = answer.status if not answer.ok else body.get("resultCode")
    if code in ACCEPTED:
        return body.get("data")
    detail = f"{api.method} {api.path}: HTTP {answer.status}, resultCode {body.get('resultCode')}"
    if answer.ok and not isinstance(code, int):
        # A page of something in between, or half an answer: it says nothing about the call.
        raise (OutcomeUnknown if api.write else Unavailable)(detail=detail)
    raise _refusal(int(code or 0), answer, api, body.get("error"), names, detail)


def returned(
    data: Any, names: Mapping[str, str] | None = None, *, wanted: int | None = None
) -> int:
    """The `returnKey` of a write: a number for done, 0 for refused though `resultCode` is 200 (§1).

    Raises Rejected with the `returnMsg` when it is 0, or is not the one `wanted`.
    """
    key = _whole(data.get("returnKey")) if isinstance(data, Mapping) else None
    if key is None:
        raise OutcomeUnknown(detail="the answer to a write has no returnKey")
    if key < 1 or (wanted is not None and key != wanted):
        raise _rejected(str(data.get("returnMsg") or key), f"returnKey {key}", "", names or {})
    return key


def saved(data: Any) -> None:
    """The answer to a write of a product: its number, or a `returnKey` of 0 (§1).

    Raises Rejected, and OutcomeUnknown where it tells neither.
    """
    if isinstance(data, Mapping) and not data.get("productNo"):
        returned(data)
        return
    if not isinstance(data, Mapping):
        raise OutcomeUnknown(detail="the answer to a write has no productNo")


def _refusal(
    code: int, answer: Answer, api: Api, error: Any, names: Mapping[str, str], detail: str
) -> MarketplaceError:
    if code == 429:
        return RateLimited(retry_after=answer.retry_after(LIMIT_SECONDS), detail=detail)
    if code >= 500:
        return (OutcomeUnknown if api.write else Unavailable)(code=str(code), detail=detail)
    if code in BY_CODE:
        kind, text = BY_CODE[code]
        return kind(text, code=str(code), detail=detail)
    if code == 404 and api.one:
        return NotFound(code="404", detail=detail)
    if code == 422 and api.write:
        return _rejected(error, "422", detail, names)
    return ContractError(code=str(code), detail=f"{detail} {message_of(error)[:200]}")


def _rejected(error: Any, code: str, detail: str, names: Mapping[str, str]) -> Rejected:
    message = message_of(error)
    used = _USED_BY.search(message)
    text = IN_USE.format(count=used[1]) if used else REFUSED.format(message=message[:300])
    fields = {name: Text(said, said) for name, said in _beside(error, names)}
    return Rejected(text, fields=fields, code=code, detail=detail)


def message_of(error: Any) -> str:
    """The words of an `error`, which is a text or an object of any shape (§1)."""
    if isinstance(error, Mapping):
        return " ".join(filter(None, (message_of(one) for one in error.values())))
    if isinstance(error, list):
        return " ".join(filter(None, (message_of(one) for one in error)))
    return "" if error is None else str(error).strip()


def _beside(error: Any, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Which of our fields an `error` names, as a key, a value of its own or within a text."""
    if isinstance(error, Mapping):
        own = next((one for one in error.values() if isinstance(one, str) and one in names), None)
        if own is not None:
            yield names[own], message_of([one for one in error.values() if one != own])
            return
        for name, one in error.items():
            if name in names:
                yield names[name], message_of(one)[:200]
            else:
                yield from _beside(one, names)
    elif isinstance(error, list):
        for one in error:
            yield from _beside(one, names)
    else:
        said = message_of(error)[:200]
        yield from (
            (ours, said) for wire, ours in names.items() if re.search(rf"\b{wire}\b", said, re.A)
        )


def _body(answer: Answer) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ContractError:
        return {}
    return body if isinstance(body, Mapping) else {}


def _whole(value: Any) -> int | None:
    if type(value) is int:
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() else None
