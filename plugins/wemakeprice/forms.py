"""What a seller types to connect 위메프, and how it becomes a verified client."""

from __future__ import annotations

import re

from hanpan.api import (
    CredentialsForm,
    Field,
    Host,
    KeyRule,
    Kind,
    Rejected,
    Text,
    Values,
    Verified,
    as_meant,
    bucket_name,
)
from plugins.wemakeprice.client import Wemakeprice

KEY = "wemakeprice"

KEY_RULES = (
    KeyRule(
        Text(
            "파트너 2.0에서 API 대행사를 바꾸거나 인증키를 다시 받으면 이전 키는 바로 폐기됩니다.",
            "A change of the agency in 파트너 2.0, or a new key, voids the old key at once.",
        )
    ),
)
"""The partner centre's own notice."""

_NOT_A_KEY = Text(
    "위메프 API 인증 KEY는 숫자와 a~f로 된 64~128자입니다. 파트너 2.0의 정보수정 › API 연동 "
    "정보에서 복사해 그대로 붙여 넣어 주세요.",
    "A Wemakeprice API key is 64 to 128 digits and letters from a to f. Paste it as 파트너 2.0 "
    "shows it under 정보수정 › API 연동 정보.",
)
_ANOTHERS = Text(
    "{whose}의 키로 보입니다. 위메프 API 인증 KEY를 파트너 2.0의 정보수정 › API 연동 정보에서 "
    "복사해 주세요.",
    "This looks like a key of {whose}. Copy the Wemakeprice API key in 파트너 2.0 under 정보수정 › "
    "API 연동 정보.",
)
_SHORTENED = Text(
    "키의 일부만 붙여 넣은 것 같습니다. 64~128자인데 {length}자입니다. 처음부터 끝까지 다시 복사해 "
    "주세요.",
    "Only a part of the key seems to have been pasted: {length} letters of 64 to 128. Copy all of "
    "it again.",
)
_NO_POLICY = Text(
    "키는 맞지만 위메프에 배송정책이 하나도 없어 어느 판매자의 키인지 알 수 없습니다. 파트너 "
    "2.0에서 배송정책을 하나 등록한 뒤 다시 확인해 주세요.",
    "The key is right, but there is no shipping policy at Wemakeprice yet to tell whose it is. "
    "Make one in 파트너 2.0, then check again.",
)

_OTHERS: tuple[tuple[str, Text], ...] = (
    (r"\$2[aby]\$.*", Text("스마트스토어", "Smart Store")),
    (r"[0-9A-Za-z]{22}", Text("스마트스토어", "Smart Store")),
    (r"(?i:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})", Text("쿠팡", "Coupang")),
    (r"(?i:[0-9a-f]{40})", Text("쿠팡", "Coupang")),
    (r"(?i:[0-9a-f]{20})", Text("롯데ON", "Lotte ON")),
    (r"[0-9A-Za-z]{32}", Text("11번가", "11st")),
)
"""What keys of other marketplaces look like; the first that fits names it."""


def _check_key(value: str) -> Text | None:
    """A reason when it cannot be a key of 위메프 (§1), without any call."""
    if re.fullmatch(r"(?i:[0-9a-f]{64,128})", value):
        return None
    for pattern, whose in _OTHERS:
        if re.fullmatch(pattern, value):
            return _ANOTHERS.format(whose=whose)
    if re.fullmatch(r"(?i:[0-9a-f]{16,63})", value):
        return _SHORTENED.format(length=len(value))
    return _NOT_A_KEY


FIELDS = (
    Field(
        name="api_key",
        label=Text("API 인증 KEY", "API key"),
        kind=Kind.SECRET,
        max_length=200,
        help=Text(
            "파트너 2.0의 정보수정 맨 아래 [API 연동 정보]에서 API 대행사를 선택하고 [인증키 "
            "발급]을 누르면 나옵니다.",
            "In 파트너 2.0, at the end of 정보수정 under [API 연동 정보]: choose an agency, then "
            "press [인증키 발급].",
        ),
        tidy=as_meant,
        check=_check_key,
    ),
    Field(
        name="settle_cycle",
        label=Text("정산주기", "Settlement cycle"),
        kind=Kind.CHOICE,
        choices=(
            ("monthly", Text("월 정산", "Monthly")),
            ("weekly", Text("주 정산", "Weekly")),
            ("other", Text("그 밖의 주기", "Another one")),
        ),
        default="monthly",
        help=Text(
            "파트너 2.0의 정보수정 › 정산/수수료 정보에 나옵니다.",
            "Shown in 파트너 2.0 under 정보수정 › 정산/수수료 정보.",
        ),
    ),
)


def bucket(values: Values) -> str:
    """No limit is published; calls are counted per key."""
    return bucket_name(str(values["api_key"]))


def connect(values: Values, host: Host) -> Wemakeprice:
    """A client for this key; nothing is sent."""
    return Wemakeprice(values, host)


def verify(client: Wemakeprice) -> Verified:
    """Read the shipping policies: the cheapest call that wants the key, and the one with a name."""
    return Verified(identity=_identity(client))


def _identity(client: Wemakeprice) -> str:
    """The seller's `partnerGroupId` (§4): no call tells an account, only these rows name one.

    Without it there is nothing that stays: the key is new after each change of the agency, and a
    name made of it would turn the same account into a stranger. So it is asked for: raises
    Rejected.
    """
    told = [str(row.get("partnerGroupId") or "") for row in client.policies()]
    identity = next(filter(None, told), "")
    if not identity:
        raise Rejected(_NO_POLICY, code="NO_POLICY")
    return identity


FORM = CredentialsForm(
    marketplace=KEY,
    fields=FIELDS,
    connect=connect,
    verify=verify,
    bucket=bucket,
)
