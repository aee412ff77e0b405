"""What a seller types to connect a 스마트스토어, and how it becomes a verified client."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hanpan.api import (
    CredentialsForm,
    Field,
    Host,
    KeyRule,
    Kind,
    Text,
    Values,
    Verified,
    bucket_name,
    shaped,
    take,
)
from plugins.smartstore.client import Smartstore
from plugins.smartstore.signature import check_secret

KEY = "smartstore"

KEY_RULES = (
    KeyRule(
        Text(
            "내 스토어 애플리케이션은 180일마다 통합매니저가 다시 인증해야 합니다. 휴면에서 깨우면 "
            "시크릿이 바뀌고, 시크릿을 다시 받으면 이전 것은 바로 쓸 수 없습니다.",
            "The integrated manager has to re-authenticate a store's own application every 180 "
            "days. One that is woken up has another secret, and a new secret ends the old one at "
            "once.",
        )
    ),
    KeyRule(
        Text(
            "판매자센터의 API 대행사는 한 달(매월 1일~말일)에 한 번만 바꿀 수 있습니다.",
            "The agency in the seller centre can be changed once in a calendar month.",
        ),
        monthly=True,
    ),
)
"""§1.1, and the seller centre's own notice on changing the agency."""

_ID = Text(
    "애플리케이션 ID는 영문과 숫자로 된 22자입니다. 커머스API센터에서 복사해 그대로 붙여 넣어 "
    "주세요.",
    "An application ID is 22 letters and digits. Paste it as 커머스API센터 shows it.",
)
_SECRET_MISCOPIED = Text(
    "길이는 맞지만 마지막 글자가 시크릿에 올 수 없는 글자입니다. 복사하다 바뀐 것 같습니다. "
    "커머스API센터에서 [보기]를 눌러 다시 복사해 주세요.",
    "Its length is right, but no secret ends in this letter: it seems to have been copied wrong. "
    "Press [보기] in 커머스API센터 and copy it again.",
)
_URL = Text(
    "smartstore.naver.com/ 뒤의 영문 이름을 넣거나 스토어 주소를 그대로 붙여 넣어 주세요. "
    "예: hanpan",
    "Give the name behind smartstore.naver.com/, such as hanpan, or paste the store's address.",
)
_ACCOUNT = Text(
    "연동용 판매자 ID는 영문, 숫자와 _ - . @ 로 되어 있습니다. 판매자센터의 API 정보에서 복사해 "
    "그대로 붙여 넣어 주세요.",
    "A linking seller ID is of letters, digits and _ - . @. Paste it as the seller centre shows it "
    "under API 정보.",
)
_NOT_A_WORD = Text(
    "빈칸이나 한글이 들어갈 수 없습니다.", "Spaces and Korean letters cannot be used."
)
_AGENCY_NEEDED = Text(
    "판매자센터 › 스토어 관리 › API 정보에서 API 대행사를 먼저 선택하고 저장한 뒤 체크해 주세요.",
    "First choose and save the agency in the seller centre under API 정보, then tick this.",
)
_OTHER_STORE = Text(
    "네이버에 등록된 스토어 URL은 '{url}' 입니다. 입력한 스토어 URL을 확인해 주세요.",
    "The store URL registered at Naver is '{url}'. Check the store URL that you gave.",
)


def _check_secret(value: str) -> Text | None:
    wrong = check_secret(value)
    almost = wrong is not None and check_secret(value[:-1] + ".") is None
    return _SECRET_MISCOPIED if almost else wrong


def _name_within(pasted: str) -> str:
    """Of the pasted address of a store, or of a page of it, the store's name."""
    address = r"(?:https?://)?(?:www\.|m\.)?smartstore\.naver\.com/"
    named = re.sub(rf"\A{address}([^/?#]*).*", r"\1", pasted, flags=re.I | re.S)
    return named.strip("/")


FIELDS = (
    Field(
        name="app_base",
        label=Text("애플리케이션 종류", "Kind of application"),
        kind=Kind.CHOICE,
        choices=(
            (
                "external",
                Text("내 스토어 또는 솔루션 애플리케이션", "Own store or solution application"),
            ),
            ("partner", Text("API 대행사 애플리케이션", "API agency application")),
        ),
        default="external",
        help=Text(
            "직접 발급받은 키는 '내 스토어'입니다. 대행사에게 받은 키일 때만 대행사를 선택해 "
            "주세요.",
            "Keys that you issued yourself are 'own store'. Choose agency for an agency's keys.",
        ),
    ),
    Field(
        name="client_id",
        label=Text("애플리케이션 ID", "Application ID"),
        max_length=56,
        check=shaped(r"[0-9A-Za-z_-]{8,56}", _ID),
    ),
    Field(
        name="client_secret",
        label=Text("애플리케이션 시크릿", "Application secret"),
        kind=Kind.SECRET,
        max_length=60,
        placeholder="$2a$04$…",
        check=_check_secret,
    ),
    Field(
        name="token_type",
        label=Text("인증 방식", "Kind of token"),
        kind=Kind.CHOICE,
        choices=(
            ("SELF", Text("SELF (내 스토어)", "SELF (own store)")),
            ("SELLER", Text("SELLER (솔루션·대행사)", "SELLER (solution, agency)")),
        ),
        default="SELF",
    ),
    Field(
        name="account_id",
        label=Text("연동용 판매자 ID", "Linking seller ID"),
        max_length=64,
        show_if=("token_type", ("SELLER",)),
        help=Text(
            "로그인 ID가 아닙니다. 판매자센터의 API 정보에 있습니다. SELLER 인증에는 꼭 "
            "필요합니다.",
            "Not the login ID. The seller centre shows it under API 정보. Required for SELLER.",
        ),
        check=shaped(r"[0-9A-Za-z][0-9A-Za-z_.@+-]*", _ACCOUNT),
    ),
    Field(
        name="api_id",
        label=Text("API ID", "API ID"),
        required=False,
        max_length=64,
        help=Text(
            "판매자센터의 API 정보에 API ID가 보이면 적어 둘 수 있습니다. 없으면 비워 두세요. "
            "보관만 하고 네이버로 보내지 않습니다.",
            "Where the seller centre shows an API ID under API 정보 it can be noted here; else "
            "leave it empty. It is kept, never sent.",
        ),
        check=shaped(r"[!-~]+", _NOT_A_WORD),
    ),
    Field(
        name="agency_confirmed",
        label=Text("API 대행사 확인", "Agency confirmed"),
        kind=Kind.FLAG,
        required=False,
        default=False,
        show_if=("app_base", ("partner",)),
        help=Text(
            "판매자센터의 API 정보에서 이 애플리케이션의 대행사를 선택하고 저장했습니다.",
            "The agency of this application has been chosen and saved under API 정보.",
        ),
        check=lambda ticked: None if ticked else _AGENCY_NEEDED,
    ),
    Field(
        name="store_url",
        label=Text("스토어 URL", "Store URL"),
        placeholder="hanpan",
        help=Text(
            "smartstore.naver.com/ 뒤의 부분입니다. 스토어 주소를 그대로 붙여 넣어도 됩니다.",
            "The part behind smartstore.naver.com/. The whole address may be pasted.",
        ),
        tidy=_name_within,
        check=shaped(r"[0-9A-Za-z_-]{1,64}", _URL),
    ),
    Field(
        name="fee_class",
        label=Text("수수료 기준", "Fee class"),
        kind=Kind.CHOICE,
        choices=(
            ("general", Text("일반", "General")),
            ("small", Text("영세", "Small")),
            ("medium1", Text("중소1", "Medium 1")),
            ("medium2", Text("중소2", "Medium 2")),
            ("medium3", Text("중소3", "Medium 3")),
        ),
        default="general",
        help=Text(
            "판매자센터 › 정산관리 › 정산내역의 수수료 과금 기준입니다.",
            "The fee basis shown in the seller centre under 정산관리 › 정산내역.",
        ),
    ),
    Field(
        name="quick_settlement",
        label=Text("빠른정산 대상", "Quick settlement"),
        kind=Kind.FLAG,
        required=False,
        default=False,
    ),
    Field(
        name="window_seller",
        label=Text("윈도 판매자", "Window seller"),
        kind=Kind.CHOICE,
        choices=(
            ("none", Text("해당없음", "Not one")),
            ("living", Text("리빙윈도 (가구/인테리어)", "Living window (furniture, interior)")),
            ("food", Text("푸드윈도 (식품)", "Food window")),
            ("other", Text("그 밖의 윈도", "Another window")),
        ),
        default="none",
    ),
)


def bucket(values: Values) -> str:
    """The call limits are per application (§3.3): channels of one application share them."""
    return bucket_name(str(values["client_id"]))


def connect(values: Values, host: Host) -> Smartstore:
    """A client for these credentials; nothing is sent."""
    return Smartstore(values, host)


def verify(client: Smartstore) -> Verified:
    """Read the account and its store name; `accountUid` never changes for an account (§4)."""
    identity = str(take(client.account(), "accountUid"))
    store = _storefarm(client.channels())
    url, typed = _store_name(store.get("url")), _store_name(client.values.get("store_url"))
    return Verified(
        identity=identity,
        store=str(store.get("name") or ""),
        note=_OTHER_STORE.format(url=url) if url and url != typed else None,
    )


def _store_name(url: Any) -> str:
    return str(url or "").rstrip("/").rsplit("/", 1)[-1]


def _storefarm(channels: Any) -> Mapping[str, Any]:
    """The 스마트스토어 channel; whether an array or one object comes back is not sure (§15)."""
    listed = channels if isinstance(channels, list) else [channels]
    found = [one for one in listed if isinstance(one, Mapping)]
    return next((one for one in found if one.get("channelType") == "STOREFARM"), (*found, {})[0])


FORM = CredentialsForm(
    marketplace=KEY,
    fields=FIELDS,
    connect=connect,
    verify=verify,
    bucket=bucket,
)
