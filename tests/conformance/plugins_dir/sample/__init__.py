"""베타마켓 (Beta Market), an invented marketplace that keeps every promise, to be spoilt by tests:
a login that gives a token, numbered pages, windows of a day, one template type, bundles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hanpan.api import (
    UNCHANGED,
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
    Item,
    Kind,
    Line,
    LineState,
    Marketplace,
    MarketplaceError,
    MigrationParser,
    NotFound,
    OrderSync,
    OutcomeUnknown,
    Page,
    ProductSync,
    RateLimited,
    Rejected,
    Remote,
    Repeat,
    Result,
    Sandbox,
    Scope,
    Sent,
    ShippingForm,
    ShippingPart,
    Step,
    TemplateType,
    Text,
    Tone,
    Unavailable,
    Unclear,
    Values,
    Verdict,
    Verified,
    Write,
    hookimpl,
    kst,
    take,
)

from . import products, sandbox

KEY = "beta"
API = (0, 1)

# -- the wire -------------------------------------------------------------------------------------


class Beta:
    """One method per endpoint."""

    def __init__(self, values: Values, host: Host) -> None:
        self.values = values
        self.host = host
        self.http = host.http["api"]

    def shop(self) -> Any:
        """Who the key belongs to."""
        return self.call("GET", "/v1/shop")

    def addresses(self, page: int) -> Any:
        """One page of the addresses, from 1."""
        return self.call("GET", "/v1/addresses", params={"page": page})

    def save_address(self, number: str | None, body: Mapping[str, Any]) -> str:
        """Make an address (no number) or replace one; returns its number."""
        method, path = ("POST", "/v1/addresses")
        if number is not None:
            method, path = ("PUT", f"/v1/addresses/{number}")
        return str(take(self.call(method, path, write=True, json=body), "no"))

    def delete_address(self, number: str) -> None:
        """Take an address away."""
        self.call("DELETE", f"/v1/addresses/{number}", write=True)

    def changes(self, since: datetime, until: datetime, page: int) -> Any:
        """One page of a window of 24 hours at most."""
        params = {"from": kst(since).isoformat(), "to": kst(until).isoformat(), "page": page}
        return self.call("GET", "/v1/changes", params=params)

    def lines(self, ids: Sequence[str]) -> list[Any]:
        """Lines by id; one that is not known is left out."""
        return list(take(self.call("GET", "/v1/lines", params={"ids": ",".join(ids)}), "lines"))

    def accept(self, ids: Sequence[str]) -> list[Any]:
        """Confirm lines; each of them has its own answer."""
        told = self.call("POST", "/v1/accept", write=True, json={"lines": list(ids)})
        try:
            return list(take(told, "results"))
        except ContractError as error:
            raise OutcomeUnknown(detail=error.detail) from error

    def products(self, word: str, page: int) -> Any:
        """One page of the products, from 1."""
        return self.call("GET", "/v1/products", params={"word": word, "page": page})

    def product(self, number: str) -> Any:
        """One product. Raises NotFound."""
        return self.call("GET", f"/v1/products/{number}")

    def save_product(self, number: str, body: Mapping[str, Any]) -> None:
        """Replace a product whole."""
        told = self.call("PUT", f"/v1/products/{number}", write=True, json=dict(body))
        if "no" not in told:
            raise OutcomeUnknown(detail="a product was saved without a number")

    def call(self, method: str, path: str, *, write: bool = False, **more: Any) -> Any:
        """One call with a token; a token that has ended is asked for anew once."""
        kept = self.host.memory.get("token")
        answer = self.send(method, path, kept or self.login(), write=write, **more)
        if answer.status == 401 and kept is not None:
            self.host.memory.pop("token")
            answer = self.send(method, path, self.login(), write=write, **more)
        if not answer.ok:
            raise refusal(answer, write=write)
        try:
            return answer.json()
        except ContractError as error:
            raise (OutcomeUnknown if write else Unavailable)(detail=error.detail) from error

    def send(self, method: str, path: str, token: str, **more: Any) -> Answer:
        """One request."""
        headers = {"X-Token": token}
        return self.http.send(method, path, bucket="all", headers=headers, **more)

    def login(self) -> str:
        """A token for the key."""
        asked = {"id": self.values["key_id"], "secret": self.values["secret"]}
        answer = self.http.send("POST", "/v1/login", bucket="all", json=asked)
        if not answer.ok:
            raise refusal(answer, write=False)
        token = str(take(answer.json(), "token"))
        self.http.hide(token)
        self.host.memory.set("token", token, seconds=600)
        return token


def refusal(answer: Answer, *, write: bool) -> MarketplaceError:
    """The error for an answer that is not 2xx: who has to act next."""
    told = f"{answer.method} {answer.path}: {answer.status}"
    if answer.status == 429:
        seconds = answer.headers.get("Retry-After", "")
        return RateLimited(retry_after=float(seconds) if seconds.isdigit() else 1.0, detail=told)
    if answer.status >= 500:
        return (OutcomeUnknown if write else Unavailable)(detail=told)
    if answer.status == 401:
        return AuthError(detail=told)
    if answer.status == 400:
        body = answer.json()
        why = str(body.get("why") or "") if isinstance(body, dict) else ""
        fields = {str(body["field"]): Text(why, why)} if why and "field" in body else {}
        return Rejected(fields=fields, detail=told)
    if answer.status == 404 and "/products/" in answer.path:
        return NotFound(detail=told)
    return ContractError(detail=told)


# -- credentials ----------------------------------------------------------------------------------


def verify(client: Beta) -> Verified:
    """The cheapest read that proves the key."""
    shop = client.shop()
    return Verified(identity=str(take(shop, "id")), store=str(shop.get("name") or ""))


def account(values: Values) -> str:
    """Calls are limited by key."""
    return hashlib.sha256(str(values["key_id"]).encode()).hexdigest()[:16]


def upgrade(values: Values, version: int) -> Values:
    """Version 1 called the key's id `login`."""
    return {**values, "key_id": values.get("key_id") or values.get("login")}


FORM = CredentialsForm(
    marketplace=KEY,
    fields=(
        Field(name="key_id", label=Text("키 번호", "Key number")),
        Field(name="secret", label=Text("비밀키", "Secret key"), kind=Kind.SECRET),
    ),
    connect=Beta,
    verify=verify,
    bucket=account,
    version=2,
    upgrade=upgrade,
)

# -- templates ------------------------------------------------------------------------------------


def fetch_addresses(client: Beta, cursor: str) -> Page[Remote]:
    """One page of the addresses."""
    if not (cursor or "1").isdecimal():
        raise ContractError(detail=f"a cursor that is none: {cursor[:80]!r}")
    page = int(cursor or "1")
    told = client.addresses(page)
    items = [_address(one) for one in take(told, "addresses")]
    return Page(items, str(page + 1), more=page < int(take(told, "pages")))


def _address(one: Mapping[str, Any]) -> Remote:
    names = ("name", "road", "phone")
    return Remote(str(take(one, "no")), {name: str(one.get(name) or "") for name in names})


def create_address(client: Beta, values: Values) -> Remote:
    """Make an address."""
    return Remote(client.save_address(None, dict(values)), values)


def update_address(client: Beta, remote_id: str, values: Values) -> Remote:
    """Replace an address."""
    return Remote(client.save_address(remote_id, dict(values)), values)


def delete_address(client: Beta, remote_id: str) -> None:
    """Take an address away."""
    client.delete_address(remote_id)


ADDRESS = TemplateType(
    marketplace=KEY,
    key="address",
    label=Text("주소지", "Addresses"),
    fields=(
        Field(name="name", label=Text("이름", "Name"), max_length=40),
        Field(name="road", label=Text("주소", "Address")),
        Field(name="phone", label=Text("연락처", "Phone"), kind=Kind.PHONE),
    ),
    title=lambda values: str(values["name"]),
    fetch=fetch_addresses,
    create=create_address,
    update=update_address,
    delete=delete_address,
)

SHIPPING = ShippingForm(
    parts=(
        ShippingPart(
            name="sender",
            template="address",
            label=Text("출고지", "Ships from"),
            fits=lambda values: bool(values["phone"]),
        ),
    ),
    fields=(
        Field(
            name="fee",
            label=Text("배송비", "Fee"),
            kind=Kind.MONEY,
            required=False,
        ),
    ),
    check=lambda values: {} if (values["fee"] or 0) < 50_000 else {"fee": DEAR},
)
DEAR = Text("배송비가 너무 큽니다.", "The fee is too large.")

# -- orders ---------------------------------------------------------------------------------------

WINDOW = timedelta(hours=24)
LAG = timedelta(seconds=5)
OVERLAP = timedelta(minutes=3)
STATES = {
    "paid": LineState.NEW,
    "accepted": LineState.CONFIRMED,
    "sent": LineState.SHIPPING,
    "cancelled": LineState.CANCELLED,
}
CLAIMS = {
    "asked": ClaimState.REQUESTED,
    "done": ClaimState.DONE,
    "withdrawn": ClaimState.WITHDRAWN,
}
COURIERS = {"BETA-CJ": "cj", "BETA-POST": "epost"}
REASONS = {
    "cancelled": Text("구매자가 취소한 주문입니다.", "The buyer has cancelled it."),
    "not_paid": Text("신규 주문이 아닙니다.", "It is not a new order."),
    "unknown": Text("없는 주문입니다.", "There is no such order."),
}


@dataclass(frozen=True)
class Position:
    """Where reading goes on: the window's begin, and within one its end and the page."""

    since: datetime
    until: datetime | None = None
    page: int = 1

    @classmethod
    def read(cls, cursor: str) -> Position:
        """Raises ContractError when the cursor is none of ours."""
        try:
            told = json.loads(cursor)
            until = datetime.fromisoformat(told["until"]) if told.get("until") else None
            return cls(datetime.fromisoformat(told["since"]), until, int(told.get("page", 1)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ContractError(detail=f"a cursor that is none: {cursor[:80]!r}") from error

    def write(self) -> str:
        """The cursor."""
        until = self.until.isoformat() if self.until else None
        return json.dumps({"since": self.since.isoformat(), "until": until, "page": self.page})


def start(since: datetime) -> str:
    """The first cursor."""
    return Position(since).write()


def changes(client: Beta, cursor: str) -> Page[Line]:
    """One page of what changed; windows overlap and end a little before now."""
    now = client.host.now()
    here = Position.read(cursor)
    if here.since > now:
        here = Position(now - WINDOW)
    until = here.until or min(here.since + WINDOW, max(now - LAG, here.since))
    told = client.changes(here.since, until, here.page)
    lines = [line(one) for one in take(told, "lines")]
    if here.page < int(take(told, "pages")):
        return Page(lines, Position(here.since, until, here.page + 1).write(), more=True)
    following = Position(until - OVERLAP)
    return Page(lines, following.write(), more=until + OVERLAP < now - LAG)


def line(told: Mapping[str, Any]) -> Line:
    """Beta's line as one of ours."""
    buyer = told.get("buyer") or {}
    pieces, gone = take(told, "quantity"), told.get("gone") or 0
    if not isinstance(pieces, int) or not isinstance(gone, int):
        raise ContractError(detail="a quantity that is none")
    return Line(
        order_no=str(take(told, "order")),
        line_no=str(take(told, "id")),
        line_key=str(told["id"]),
        state=STATES.get(str(told.get("state")), LineState.UNKNOWN),
        remote_state=str(told.get("state")),
        changed_at=_time(told.get("changed_at")),
        paid_at=_time(told.get("paid_at")) or UNCHANGED,
        bundle_no=str(take(told, "order")),
        product_no=str(told.get("product") or "") or UNCHANGED,
        option_no=str(told.get("option") or "") or UNCHANGED,
        product_name=str(told.get("name") or ""),
        quantity=pieces,
        cancelled=gone,
        courier=COURIERS.get(str(told.get("courier"))),
        invoice_no=told.get("invoice") or None,
        claim=_claim(told.get("claim")),
        buyer=Buyer(
            receiver_name=str(buyer.get("name") or ""),
            receiver_phone=str(buyer.get("phone") or ""),
            address=str(buyer.get("road") or ""),
            address_detail=str(buyer.get("door") or ""),
        ),
        raw=told,
    )


def _time(told: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(told))
    except ValueError:
        return None


def _claim(told: Any) -> Claim | None:
    if not told:
        return None
    state = CLAIMS.get(str(told), ClaimState.IN_PROGRESS)
    return Claim(kind=ClaimKind.CANCEL, state=state, remote_state=str(told))


def get(client: Beta, keys: Sequence[str]) -> list[Line]:
    """Lines by key."""
    return [line(one) for one in client.lines(keys)]


def confirm(client: Beta, items: Sequence[Item]) -> list[Result]:
    """Accept a batch; one without an answer of its own is read back by core."""
    return [
        Result(
            str(one["id"]),
            text=REASONS.get(one["error"], REASONS["not_paid"]) if one["error"] else None,
            code=one["error"] or "",
        )
        for one in client.accept([item.key for item in items])
    ]


VERDICTS: dict[str, Verdict] = {"accepted": Done(), "sent": Done(), "paid": Absent()}


def readback(client: Beta, sent: Sequence[Sent]) -> dict[str, Verdict]:
    """What became of lines whose answer was lost."""
    states = {str(one["id"]): one["state"] for one in client.lines([one.key for one in sent])}
    return {one.key: VERDICTS.get(states.get(one.key, ""), Unclear()) for one in sent}


ORDERS = OrderSync(
    marketplace=KEY,
    start=start,
    changes=changes,
    get=get,
    confirm=Write(
        scope=Scope.BUNDLE, repeat=Repeat.READBACK, send=confirm, readback=readback, batch=10
    ),
)

# -- what Hanpan asks -----------------------------------------------------------------------------

GUIDE = Text(
    "# 키 발급\n\n1. 판매자센터에 로그인해 주세요.\n2. 연동 메뉴에서 키를 만드세요.\n"
    "3. 키 번호와 비밀키를 복사해 주세요.\n",
    "# Getting a key\n\n1. Log in to the seller centre.\n2. Make a key under API.\n"
    "3. Copy the key number and the secret key.\n",
)


@hookimpl
def register_marketplaces() -> list[Marketplace]:
    """Who Beta is."""
    return [
        Marketplace(
            key=KEY,
            label=Text("베타마켓", "Beta Market"),
            mark="B",
            tone=Tone.BLUE,
            bases={"api": "https://api.beta.example"},
            setup=(Step.credentials(), Step.template("address")),
            buckets=(Bucket(key="all", per_second=5, burst=10),),
            couriers=tuple(Courier(key=key, code=code) for code, key in COURIERS.items()),
            guide=GUIDE,
            personal=("door",),
            shipping=SHIPPING,
        )
    ]


@hookimpl
def register_credentials_forms() -> list[CredentialsForm]:
    """One key."""
    return [FORM]


@hookimpl
def register_template_types() -> list[TemplateType]:
    """Addresses."""
    return [ADDRESS]


@hookimpl
def register_migration_parsers() -> list[MigrationParser]:
    """The product list."""
    return [products.PARSER]


@hookimpl
def register_product_syncs() -> list[ProductSync]:
    """Search, read, price, stock, state, period."""
    return [products.SYNC]


@hookimpl
def register_order_syncs() -> list[OrderSync]:
    """Changes and confirm."""
    return [ORDERS]


@hookimpl
def register_sandboxes() -> list[Sandbox]:
    """The practice Beta."""
    return [sandbox.SANDBOX]
