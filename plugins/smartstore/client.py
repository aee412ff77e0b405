"""The wire of 커머스API: the token, one method per endpoint, and nothing about what it means."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import bcrypt

from hanpan.api import (
    Answer,
    AuthError,
    ContractError,
    Host,
    OutcomeUnknown,
    Text,
    Unavailable,
    Values,
    kst,
    take,
)
from plugins.smartstore.refusals import (
    INCOMPLETE,
    SECRET_MALFORMED,
    Api,
    clock_refused,
    refusal,
    token_refusal,
)

CENTER = "https://sell.smartstore.naver.com"
"""Where the seller logs in."""

SELLER, PRODUCT, ORDER = "판매자정보", "상품", "주문 판매자"

APIS: dict[str, Api] = {
    "token": Api("POST", "/v1/oauth2/token", SELLER),
    "account": Api("GET", "/v1/seller/account", SELLER),
    "channels": Api("GET", "/v1/seller/channels", SELLER),
    "addresses": Api("GET", "/v1/seller/addressbooks-for-page", SELLER),
    "dispatch_today": Api("GET", "/v1/seller/this-day-dispatch", SELLER),
    "dispatch_today.save": Api("POST", "/v1/seller/this-day-dispatch", SELLER, write=True),
    "bundles": Api("GET", "/v1/product-delivery-info/bundle-groups", PRODUCT),
    "bundle": Api("GET", "/v1/product-delivery-info/bundle-groups/{id}", PRODUCT),
    "bundle.create": Api("POST", "/v1/product-delivery-info/bundle-groups", PRODUCT, write=True),
    "bundle.update": Api(
        "PUT", "/v1/product-delivery-info/bundle-groups/{id}", PRODUCT, write=True
    ),
    "changes": Api("GET", "/v1/pay-order/seller/product-orders/last-changed-statuses", ORDER),
    "details": Api("POST", "/v1/pay-order/seller/product-orders/query", ORDER),
    "confirm": Api("POST", "/v1/pay-order/seller/product-orders/confirm", ORDER, write=True),
}
"""Limits are per API and application (§3.3): the names are the budget buckets too."""

CHANGES_LIMIT = 300
CONFIRM_LIMIT = 30
RENEW_SECONDS = 30 * 60

_LIMIT_HEADERS = tuple(
    f"GNCP-GW-RateLimit-{part}" for part in ("Replenish-Rate", "Burst-Capacity", "Remaining")
)
_FIGURE = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")
# bcrypt keeps only the first two bits of the 22nd character: newer libraries refuse the others.
_SECRET = re.compile(r"\$2[aby]\$(0[4-9]|1[0-2])\$[./A-Za-z0-9]{21}[.Oeu]")


def check_secret(value: str) -> Text | None:
    """A reason when the secret cannot be one (it is a bcrypt salt, §2.1), without any call."""
    return None if _SECRET.fullmatch(value) else SECRET_MALFORMED


def sign(client_id: str, secret: str, timestamp: int) -> str:
    """The signature of a token request (§2.1). Raises AuthError for a malformed secret."""
    if check_secret(secret) is not None:
        raise AuthError(SECRET_MALFORMED, code="SECRET")
    try:
        hashed = bcrypt.hashpw(f"{client_id}_{timestamp}".encode(), secret.encode())
    except ValueError as error:
        raise AuthError(SECRET_MALFORMED, code="SECRET") from error
    return base64.b64encode(hashed).decode()


def at(moment: datetime) -> str:
    """A time as requests want it: Korean time with milliseconds (§1)."""
    return kst(moment).isoformat(timespec="milliseconds")


class Smartstore:
    """One application's calls for one seller. Errors are those of `hanpan.api` (§3)."""

    def __init__(self, values: Values, host: Host) -> None:
        self.values = values
        self.host = host
        self.http = host.http[str(values["app_base"])]

    # -- 판매자정보 (§4) -----------------------------------------------------------------------

    def account(self) -> Any:
        """`accountId`, `accountUid`, `grade`."""
        return self._call("account")

    def channels(self) -> Any:
        """The stores; one object or an array of them."""
        return self._call("channels")

    def addresses(self, page: int) -> Any:
        """One page (100) of the address book, from 1."""
        return self._call("addresses", params={"page": page})

    def dispatch_today(self) -> Any:
        """What 오늘출발 goes by."""
        return self._call("dispatch_today")

    def save_dispatch_today(self, body: Mapping[str, Any], names: Mapping[str, str]) -> None:
        """Replace it; the answer's body is not documented."""
        self._call("dispatch_today.save", json=body, names=names)

    # -- 상품 배송 정보 (§5) -------------------------------------------------------------------

    def bundles(self, page: int) -> Any:
        """One page (100) of the bundle groups, from 1."""
        return self._call("bundles", params={"page": page, "size": 100})

    def bundle(self, group_id: str) -> Any:
        """One bundle group."""
        return take(self._call("bundle", group_id), "deliveryBundleGroup")

    def save_bundle(
        self, group_id: str | None, group: Mapping[str, Any], names: Mapping[str, str]
    ) -> str:
        """Create a group (no id) or replace one; returns its id."""
        name = "bundle.create" if group_id is None else "bundle.update"
        body = {"deliveryBundleGroup": group}
        return str(_written(self._call(name, group_id or "", json=body, names=names), "groupId"))

    # -- 주문 (§7, §8.1) ----------------------------------------------------------------------

    def changes(
        self, since: datetime, until: datetime, sequence: str, limit: int
    ) -> Mapping[str, Any]:
        """One page of what changed; without any, `data` is missing (§7.1)."""
        params = {
            "lastChangedFrom": at(since),
            "lastChangedTo": at(until),
            "limitCount": limit,
        }
        if sequence:
            params["moreSequence"] = sequence
        return _envelope(self._call("changes", params=params))

    def details(self, ids: Sequence[str]) -> list[Any]:
        """Details of at most 300 lines; some may be left out. Raises NotFound for 100001."""
        body = {"productOrderIds": list(ids), "quantityClaimCompatibility": True}
        found = _envelope(self._call("details", json=body)).get("data", [])
        if not isinstance(found, list):
            raise ContractError(detail="details: data is not a list")
        return found

    def confirm(self, ids: Sequence[str]) -> Mapping[str, Any]:
        """발주확인 of at most 30 lines: HTTP 200 even when every one of them is refused (§8)."""
        answer = _written(self._call("confirm", json={"productOrderIds": list(ids)}), "data")
        if not isinstance(answer, Mapping):
            raise OutcomeUnknown(detail="confirm: data is not an object")
        return answer

    # -- the calls themselves -----------------------------------------------------------------

    def _call(
        self,
        name: str,
        part: str = "",
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        names: Mapping[str, str] | None = None,
    ) -> Any:
        api = APIS[name]
        token = self.host.memory.get("token")
        fresh = token is None
        answer = self._send(name, part, token or self._issue(), params, json)
        if answer.status == 401 and not fresh:
            # The gateway refused the token, so nothing was done: repeating is safe, writes too.
            self.host.memory.pop("token")
            answer = self._send(name, part, self._issue(), params, json)
        if not answer.ok:
            raise refusal(answer, api, names=names)
        if api.write and not answer.content:
            return None
        try:
            return answer.json()
        except ContractError as error:
            # A page of something in between, or half an answer: it says nothing about the call.
            kind = OutcomeUnknown if api.write else Unavailable
            raise kind(detail=error.detail) from error

    def _send(self, name: str, part: str, token: str, params: Any, json: Any) -> Answer:
        api = APIS[name]
        answer = self.http.send(
            api.method,
            api.path.format(id=part),
            bucket=name,
            write=api.write,
            params=params,
            json=json,
            headers={"Authorization": f"Bearer {token}"},
        )
        self._learn(name, answer)
        return answer

    def _learn(self, name: str, answer: Answer) -> None:
        told = [answer.headers.get(header, "") for header in _LIMIT_HEADERS]
        rate, burst, left = (float(t) if _FIGURE.fullmatch(t) else None for t in told)
        if rate:
            self.http.learn(name, per_second=rate, burst=burst or 2 * rate, left=left)

    # -- the token (§2) -----------------------------------------------------------------------

    def _issue(self) -> str:
        answer, ahead = self._ask()
        if clock_refused(answer, ahead) and self._ask_again(answer):
            answer, ahead = self._ask()
        if not answer.ok:
            raise token_refusal(answer, ahead)
        try:
            body = answer.json()
        except ContractError as error:
            raise Unavailable(detail=error.detail) from error
        token, seconds = str(take(body, "access_token")), float(take(body, "expires_in"))
        self.http.hide(token)
        # With half an hour left a new one is given while the old one goes on (§2.2).
        self.host.memory.set("token", token, seconds=max(seconds - RENEW_SECONDS, seconds / 10))
        return token

    def _ask(self) -> tuple[Answer, timedelta | None]:
        """Ask for a token, and how far our clock was ahead of the answer's."""
        # A time ahead of theirs is refused, one that is some seconds old is not.
        now = self.host.now() - timedelta(seconds=2)
        form = self._token_form(int(now.timestamp() * 1000))
        # The signature begins with the secret: bcrypt puts the salt in front of the hash.
        self.http.hide(form["client_secret_sign"])
        api = APIS["token"]
        answer = self.http.send(api.method, api.path, bucket="token", form=form)
        self._learn("token", answer)
        told = _date(answer)
        return answer, None if told is None else now - told

    def _ask_again(self, answer: Answer) -> bool:
        """True when the refused answer has just corrected our clock."""
        told = _date(answer)
        return told is not None and abs(self.host.now() - told) < timedelta(seconds=60)

    def _token_form(self, timestamp: int) -> dict[str, str]:
        """Exactly the fields of §2: a malformed request costs the shop all but a call an hour."""
        values = {name: str(self.values.get(name) or "") for name in _TOKEN_NEEDS}
        kind = values["token_type"]
        if kind == "SELF":
            del values["account_id"]
        if kind not in ("SELF", "SELLER") or not all(values.values()):
            raise AuthError(INCOMPLETE, code="INCOMPLETE")
        form = {
            "client_id": values["client_id"],
            "timestamp": str(timestamp),
            "grant_type": "client_credentials",
            "client_secret_sign": sign(values["client_id"], values["client_secret"], timestamp),
            "type": kind,
        }
        return form if kind == "SELF" else {**form, "account_id": values["account_id"]}


_TOKEN_NEEDS = ("client_id", "client_secret", "token_type", "account_id")


def _date(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None


def _envelope(answer: Any) -> Mapping[str, Any]:
    """An answer about orders; `data` may be missing, so that only `timestamp` shows it is one."""
    take(answer, "timestamp")
    found: Mapping[str, Any] = answer
    return found


def _written(answer: Any, name: str) -> Any:
    """What a write's answer says; one without it does not tell whether it was done."""
    if not isinstance(answer, Mapping) or name not in answer:
        raise OutcomeUnknown(detail=f"the answer to a write lacks {name!r}")
    return answer[name]
