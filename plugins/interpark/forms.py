"""What a seller types to connect an 인터파크, and how it becomes a verified client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from hanpan.api import (
    Approval,
    CredentialsForm,
    Field,
    Host,
    Kind,
    NotApproved,
    Service,
    Text,
    Values,
    Verified,
    as_meant,
    bucket_name,
    shaped,
)
from plugins.interpark.client import CONFIRMED, Interpark
from plugins.interpark.services import SERVICES, cite_name, secret_name

KEY = "interpark"

VERIFY_WINDOW = timedelta(hours=1)

_ENTR_NO = Text(
    "업체번호는 숫자 10자리입니다. 판매자매니저의 관리계정 ID관리에서 확인해 주세요.",
    "A seller number is 10 digits. See 관리계정 ID관리 in 판매자매니저.",
)
_CTRT_SEQ = Text(
    "공급계약번호는 1, 2처럼 짧은 숫자입니다. 업체번호 뒤에 / 로 붙어 있는 숫자입니다.",
    "A supply contract is a short number such as 1 or 2, behind the / of the seller number.",
)
_ENTR_ID = Text(
    "업체 ID에는 빈칸이나 한글이 들어갈 수 없습니다.",
    "A seller ID holds no spaces and no Korean letters.",
)
_KEY_SHAPE = Text(
    "인터파크의 키는 영문, 숫자와 + / = ^ 로 된 32~44자쯤의 글자입니다. 다른 판매채널의 키가 "
    "아닌지 확인하고 관리하기 화면에서 복사해 그대로 붙여 넣어 주세요.",
    "A key of Interpark is about 32 to 44 letters, digits and + / = ^. See that it is not another "
    "marketplace's, and paste it as the page 관리하기 shows it.",
)
_HALF = Text(
    "인증키와 비밀키는 함께 넣어야 합니다. 빈 칸을 채우거나 다른 한 칸도 비워 주세요.",
    "The two keys of a service go together: fill in this one too, or empty the other.",
)
_SAME = Text(
    "인증키와 같은 값입니다. 비밀키는 관리하기 화면의 [비밀키]에서 따로 복사해 주세요.",
    "This is the same as the first key. Copy the secret one under [비밀키] on the page 관리하기.",
)
_TWICE = Text(
    "'{service}'에도 같은 키가 있습니다. 키는 서비스마다 따로 발급됩니다. 두 칸을 확인해 주세요.",
    "The same key stands at '{service}'. Each service has keys of its own: check both.",
)


def _key_field(name: str, ko: str, en: str, service: Text) -> Field:
    return Field(
        name=name,
        label=Text(ko, en),
        kind=Kind.SECRET,
        required=False,
        max_length=64,
        row=service,
        tidy=as_meant,
        check=shaped(r"[0-9A-Za-z+/=^]{24,64}", _KEY_SHAPE),
    )


def _pairs() -> Iterator[Field]:
    for key, service in SERVICES.items():
        yield _key_field(cite_name(key), "인증키", "Key", service)
        yield _key_field(secret_name(key), "비밀키", "Secret key", service)


FIELDS = (
    Field(
        name="supply_entr_no",
        label=Text("업체번호", "Seller number"),
        max_length=20,
        placeholder="3000000000",
        help=Text(
            "판매자매니저 › 판매정보관리 › 관리계정 ID관리에 나오는 10자리 숫자입니다.",
            "The 10 digits shown in 판매자매니저 under 판매정보관리 › 관리계정 ID관리.",
        ),
        tidy=as_meant,
        check=shaped(r"[0-9]{10}", _ENTR_NO),
    ),
    Field(
        name="supply_ctrt_seq",
        label=Text("공급계약번호", "Supply contract"),
        max_length=4,
        placeholder="1",
        help=Text(
            "같은 화면에서 업체번호와 함께 나오는 공급계약 일련번호입니다.",
            "The number of the supply contract, shown with the seller number.",
        ),
        tidy=as_meant,
        check=shaped(r"[1-9][0-9]{0,2}", _CTRT_SEQ),
    ),
    Field(
        name="entr_id",
        label=Text("업체 ID", "Seller ID at Interpark"),
        max_length=40,
        help=Text(
            "주문 API가 업체를 알아보는 ID입니다. 로그인 ID와 다르면 관리계정 ID관리의 것을 넣어 "
            "주세요.",
            "The ID by which the order API knows you. If it is not your login ID, give the one of "
            "관리계정 ID관리.",
        ),
        tidy=as_meant,
        check=shaped(r"[!-~]+", _ENTR_ID),
    ),
    *_pairs(),
)


def check(values: Values) -> dict[str, Text]:
    """Reasons for pairs that are half filled in, and for keys that stand somewhere else too."""
    problems: dict[str, Text] = {}
    seen: dict[str, str] = {}
    for service in SERVICES:
        names = (cite_name(service), secret_name(service))
        cite, secret = (str(values.get(name) or "") for name in names)
        if bool(cite) != bool(secret):
            problems[names[1] if cite else names[0]] = _HALF
        elif cite and cite == secret:
            problems[names[1]] = _SAME
        for name, key in zip(names, (cite, secret), strict=True):
            other = seen.setdefault(key, service)
            if key and other != service:
                problems.setdefault(name, _TWICE.format(service=SERVICES[other]))
    return problems


def bucket(values: Values) -> str:
    """No limit is published (§8): each supply contract has its own budget."""
    told = f"{values['supply_entr_no']}-{values['supply_ctrt_seq']}"
    return bucket_name(told)


def connect(values: Values, host: Host) -> Interpark:
    """A client for this supply contract; nothing is sent."""
    return Interpark(values, host)


def verify(client: Interpark) -> Verified:
    """Read what was confirmed lately: it changes nothing, unlike the read of new orders (§5).

    The wire names no account: its identity is what the form says.
    """
    told = client.values
    identity = f"{told['supply_entr_no']}-{told['supply_ctrt_seq']}"
    now = client.host.now()
    try:
        client.order_list(CONFIRMED, now - VERIFY_WINDOW, now)
    except NotApproved as error:
        return Verified(identity=identity, granted=False, note=error.text)
    return Verified(identity=identity)


FORM = CredentialsForm(
    marketplace=KEY,
    fields=FIELDS,
    connect=connect,
    verify=verify,
    bucket=bucket,
    check=check,
    approval=Approval(
        service=Service.ORDER,
        usual_days=(2, 5),
        text=Text(
            "인터파크는 주문 API를 업체마다 따로 승인합니다. API 담당자(api@interparkcs.com)에게 "
            "업체명, 업체번호, 공급계약번호와 솔루션 이름을 보내 신청해 주세요. 기다리는 동안 상품 "
            "API의 키와 템플릿은 먼저 설정할 수 있습니다.",
            "Interpark approves the order API seller by seller. Write to its API desk "
            "(api@interparkcs.com) with your company's name, seller number, supply contract and "
            "the name of the solution. Keys and templates can be set up meanwhile.",
        ),
    ),
)
