"""What a seller types to connect an 11번가 store, and how it becomes a verified client."""

from __future__ import annotations

import re
from collections.abc import Callable

from hanpan.api import (
    ContractError,
    CredentialsForm,
    Field,
    Host,
    Kind,
    NotApproved,
    Rejected,
    Text,
    Values,
    Verified,
    as_meant,
    bucket_name,
)
from plugins.eleven_st.client import ElevenSt, Row
from plugins.eleven_st.refusals import NO_SUCH_API, UNKNOWN_API

KEY = "eleven_st"

_NOT_A_KEY = Text(
    "11ST OPEN API KEY는 영문과 숫자로 된 32자입니다. OPEN API CENTER › 서비스 등록·확인에서 "
    "복사해 그대로 붙여 넣어 주세요.",
    "An 11ST OPEN API KEY is 32 letters and digits. Paste it as the OPEN API CENTER shows it under "
    "서비스 등록·확인.",
)
_ANOTHERS = Text(
    "11번가의 키가 아니라 {whose}인 것 같습니다. 11번가 OPEN API CENTER에서 발급한 키를 넣어 "
    "주세요.",
    "This looks like {whose}, not like an 11st key. Give the key issued by 11st's OPEN API CENTER.",
)
_OTHERS: tuple[tuple[str, Text], ...] = (
    (r"\$2[aby]\$.*", Text("스마트스토어의 애플리케이션 시크릿", "a Smart Store secret")),
    (r"[0-9A-Za-z]{22}", Text("스마트스토어의 애플리케이션 ID", "a Smart Store application ID")),
    (
        r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        Text("쿠팡의 Access Key", "a Coupang access key"),
    ),
    (r"[0-9a-f]{40}", Text("쿠팡의 Secret Key", "a Coupang secret key")),
    (r"[0-9a-fA-F]{64,}", Text("위메프의 API 인증 KEY", "a Wemakeprice key")),
    (r"eyJ[0-9A-Za-z_-]+(\.[0-9A-Za-z_-]+){1,2}", Text("ESM+의 토큰", "an ESM+ token")),
)
"""What keys of other marketplaces look like; the first that fits names it."""
_NO_ADDRESS = Text(
    "키는 맞지만 11번가에 출고지가 없어 어느 판매자의 키인지 알 수 없습니다. 11번가 셀러오피스에서 "
    "출고지를 하나 등록한 뒤 다시 확인해 주세요.",
    "The key works, but without any address at 11st it cannot be told whose it is. Register one "
    "outbound address in the seller office, then check again.",
)


def _tidy(pasted: str) -> str:
    """Without the blanks, the quotes and the header's name that come along when it is copied."""
    return re.sub(r"\A(openapikey|key)[:=]", "", as_meant(pasted), flags=re.IGNORECASE)


def _check_key(value: str) -> Text | None:
    if re.fullmatch(r"[0-9A-Za-z]{32}", value):
        return None
    for pattern, whose in _OTHERS:
        if re.fullmatch(pattern, value):
            return _ANOTHERS.format(whose=whose)
    return _NOT_A_KEY


FIELDS = (
    Field(
        name="api_key",
        label=Text("11ST OPEN API KEY", "11ST OPEN API KEY"),
        kind=Kind.SECRET,
        max_length=400,
        tidy=_tidy,
        check=_check_key,
        help=Text(
            "OPEN API CENTER › 서비스 등록·확인에서 발급합니다. 32자입니다.",
            "Issued in the OPEN API CENTER under 서비스 등록·확인; 32 letters.",
        ),
    ),
    Field(
        name="seller_type",
        label=Text("셀러구분", "Kind of seller"),
        kind=Kind.CHOICE,
        choices=(
            ("general", Text("일반", "General")),
            ("global", Text("글로벌", "Global")),
        ),
        default="general",
        help=Text(
            "11번가에 가입할 때의 구분입니다. 글로벌 셀러는 ID와 키가 따로 있으니 채널도 따로 "
            "추가해 주세요.",
            "As the account was opened at 11st. A global seller has an ID and a key of its own: "
            "add it as a channel of its own.",
        ),
    ),
)


def bucket(values: Values) -> str:
    """Calls are counted per key."""
    return bucket_name(str(values["api_key"]))


def connect(values: Values, host: Host) -> ElevenSt:
    """A client for this key; nothing is sent."""
    return ElevenSt(values, host)


def verify(client: ElevenSt) -> Verified:
    """Read the 출고지 list: it proves the key, and `memNo` in it names the account."""
    try:
        return Verified(identity=_identity(client))
    except ContractError as error:
        if error.code.lstrip("-") == UNKNOWN_API:
            # The path is a known one, so what is missing is the permission (§2.1).
            raise NotApproved(NO_SUCH_API, code=error.code, detail=error.detail) from error
        raise


def _identity(client: ElevenSt) -> str:
    """`memNo`, the only thing on the wire that tells whose the key is (§1.2).

    It stands in rows only, so up to three lists are looked through. Nothing else will do: what
    is derived from the key would change with it, and every collected order would be somebody
    else's then. A seller without any row is asked to register one: raises Rejected.
    """
    lists: tuple[Callable[[], list[Row]], ...] = (
        lambda: client.addresses("out"),
        lambda: client.addresses("in"),
        client.deadlines,
    )
    for rows in lists:
        found = next((row["memNo"] for row in rows() if row.get("memNo")), None)
        if found:
            return found
    raise Rejected(_NO_ADDRESS, code="NO_ADDRESS")


FORM = CredentialsForm(
    marketplace=KEY,
    fields=FIELDS,
    connect=connect,
    verify=verify,
    bucket=bucket,
)
