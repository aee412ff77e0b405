"""ACME Market, an invented marketplace, as a Hanpan plugin: credentials and orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hanpan.api import (
    Absent,
    Answer,
    AuthError,
    Bucket,
    Buyer,
    Claim,
    ClaimKind,
    ClaimState,
    ContractError,
    Courier,
    CredentialsForm,
    Done,
    Field,
    Host,
    IpNotAllowed,
    Item,
    Kind,
    Line,
    LineState,
    Marketplace,
    MarketplaceError,
    OrderSync,
    OutcomeUnknown,
    Page,
    RateLimited,
    Repeat,
    Result,
    Sandbox,
    Scope,
    Sent,
    Step,
    Text,
    Tone,
    Unavailable,
    Unclear,
    Values,
    Verdict,
    Verified,
    Write,
    bucket_name,
    hookimpl,
    take,
)

from . import sandbox

KEY = "acme"
API = (0, 1)

# -- the wire -------------------------------------------------------------------------------------

BY_STATUS: dict[int, type[MarketplaceError]] = {401: AuthError, 403: IpNotAllowed}


class Acme:
    """One method per endpoint; what an answer means for orders is said further down."""

    def __init__(self, values: Values, host: Host) -> None:
        self.http = host.http["api"]
        self.headers = {"X-Acme-Key": str(values["api_key"])}

    def shop(self) -> Any:
        """Who the key belongs to."""
        return self._call("GET", "/v1/shop")

    def changes(self, position: Mapping[str, str]) -> Any:
        """At most 100 lines that changed, the longest ago first."""
        return self._call("GET", "/v1/changes", params={**position, "limit": 100})

    def lines(self, ids: Sequence[str]) -> list[Any]:
        """Lines by id; one that ACME does not know is left out."""
        return list(take(self._call("GET", "/v1/lines", params={"ids": ",".join(ids)}), "lines"))

    def accept(self, ids: Sequence[str]) -> list[Any]:
        """Confirm lines; each of them has its own answer."""
        told = self._call("POST", "/v1/accept", write=True, json={"lines": list(ids)})
        return list(take(told, "results"))

    def _call(self, method: str, path: str, *, write: bool = False, **more: Any) -> Any:
        answer = self.http.send(
            method, path, bucket="all", write=write, headers=self.headers, **more
        )
        if not answer.ok:
            raise refusal(answer, write=write)
        return answer.json()


def refusal(answer: Answer, *, write: bool) -> MarketplaceError:
    """The error for an answer that is not 2xx: who has to act next."""
    told = f"{answer.method} {answer.path}: {answer.status}"
    if answer.status == 429:
        seconds = answer.headers.get("Retry-After", "")
        return RateLimited(retry_after=float(seconds) if seconds.isdigit() else 1.0, detail=told)
    if answer.status >= 500:
        return (OutcomeUnknown if write else Unavailable)(detail=told)
    return BY_STATUS.get(answer.status, ContractError)(detail=told)


# -- credentials ----------------------------------------------------------------------------------


def verify(client: Acme) -> Verified:
    """The cheapest read that proves the key; a shop's id never changes."""
    shop = client.shop()
    return Verified(identity=str(take(shop, "id")), store=str(shop.get("name") or ""))


def account(values: Values) -> str:
    """ACME limits calls per key. The name is stored as it is: never the key itself."""
    return bucket_name(str(values["api_key"]))


FORM = CredentialsForm(
    marketplace=KEY,
    fields=(
        Field(
            name="api_key",
            label=Text("API 키", "API key"),
            kind=Kind.SECRET,
            max_length=64,
            help=Text(
                "ACME 판매자센터 › 연동에서 발급합니다.", "Issued under Seller centre › API."
            ),
        ),
    ),
    connect=Acme,
    verify=verify,
    bucket=account,
)

# -- orders ---------------------------------------------------------------------------------------

STATES = {
    "paid": LineState.NEW,
    "accepted": LineState.CONFIRMED,
    "sent": LineState.SHIPPING,
    "cancelled": LineState.CANCELLED,
}
COURIERS = {"CJ": "cj", "POST": "epost"}
ASKED = Claim(kind=ClaimKind.CANCEL, state=ClaimState.REQUESTED)
REASONS = {
    "cancelled": Text("구매자가 취소한 주문입니다.", "The buyer has cancelled it."),
    "not_paid": Text("신규 주문이 아닙니다.", "It is not a new order."),
}


def line(told: Mapping[str, Any]) -> Line:
    """ACME's line as one of ours."""
    buyer = told.get("buyer") or {}
    return Line(
        order_no=str(take(told, "order")),
        line_no=str(take(told, "id")),
        line_key=str(told["id"]),
        state=STATES.get(str(take(told, "state")), LineState.UNKNOWN),
        remote_state=str(told["state"]),
        changed_at=datetime.fromisoformat(take(told, "changed_at")),
        paid_at=datetime.fromisoformat(take(told, "paid_at")),
        product_no=str(told.get("product") or ""),
        product_name=str(told.get("name") or ""),
        quantity=int(take(told, "quantity")),
        amount=int(take(told, "won")),
        courier=COURIERS.get(str(told.get("courier"))),
        invoice_no=told.get("invoice"),
        claim=ASKED if told.get("cancel_asked") else None,
        buyer=Buyer(receiver_name=buyer.get("name", ""), receiver_phone=buyer.get("phone", "")),
        raw=told,
    )


def start(since: datetime) -> str:
    """The first cursor; later ones are the number of the last change that was read."""
    return f"since={since.isoformat()}"


def changes(client: Acme, cursor: str) -> Page[Line]:
    """One page of what changed."""
    name, _, value = cursor.partition("=")
    told = client.changes({name: value})
    lines = [line(one) for one in take(told, "lines")]
    return Page(lines, f"after={take(told, 'last')}", more=bool(told.get("more")))


def get(client: Acme, keys: Sequence[str]) -> list[Line]:
    """Lines by their key."""
    return [line(one) for one in client.lines(keys)]


def confirm(client: Acme, items: Sequence[Item]) -> list[Result]:
    """Accept up to 20 lines."""
    return [result(one) for one in client.accept([item.key for item in items])]


def result(told: Mapping[str, Any]) -> Result:
    """Done without a text; a code that we do not know is shown as it is."""
    code = str(told.get("error") or "")
    text = REASONS.get(code, Text(f"ACME: {code}", f"ACME: {code}")) if code else None
    return Result(str(take(told, "id")), text, code)


VERDICTS: dict[str, Verdict] = {"accepted": Done(), "sent": Done(), "paid": Absent()}


def readback(client: Acme, sent: Sequence[Sent]) -> dict[str, Verdict]:
    """What became of lines whose answer was lost."""
    states = {str(one["id"]): one["state"] for one in client.lines([one.key for one in sent])}
    return {one.key: VERDICTS.get(states.get(one.key, ""), Unclear()) for one in sent}


ORDERS = OrderSync(
    marketplace=KEY,
    start=start,
    changes=changes,
    get=get,
    confirm=Write(
        scope=Scope.LINE, repeat=Repeat.READBACK, send=confirm, readback=readback, batch=20
    ),
)

# -- what Hanpan asks -----------------------------------------------------------------------------

GUIDE = Text(
    "1. [에이스마켓 판매자센터](https://seller.acme.example)에 로그인해 주세요.\n"
    "2. 연동 › API 키에서 [발급]을 눌러 주세요.\n"
    "3. 나온 키를 복사해 API 키 칸에 넣어 주세요.\n",
    "1. Log in to the [ACME seller centre](https://seller.acme.example).\n"
    "2. Press Issue under API › Keys.\n"
    "3. Copy the key into the field API key.\n",
)


@hookimpl
def register_marketplaces() -> list[Marketplace]:
    """Who ACME is: its one host, its one limit, its one step, its couriers."""
    return [
        Marketplace(
            key=KEY,
            label=Text("에이스마켓", "ACME Market"),
            mark="A",
            tone=Tone.TEAL,
            bases={"api": "https://api.acme.example"},
            setup=(Step.credentials(),),
            buckets=(Bucket(key="all", per_second=5, burst=10),),
            couriers=tuple(Courier(key=key, code=code) for code, key in COURIERS.items()),
            guide=GUIDE,
            seller_center="https://seller.acme.example",
        )
    ]


@hookimpl
def register_credentials_forms() -> list[CredentialsForm]:
    """One key."""
    return [FORM]


@hookimpl
def register_order_syncs() -> list[OrderSync]:
    """Changes and confirm."""
    return [ORDERS]


@hookimpl
def register_sandboxes() -> list[Sandbox]:
    """The practice ACME."""
    return [sandbox.SANDBOX]
