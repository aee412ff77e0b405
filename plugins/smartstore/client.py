"""The wire of 커머스API: the token, one method per endpoint, and nothing about what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from hanpan.api import (
    Answer,
    ContractError,
    Host,
    OutcomeUnknown,
    Unavailable,
    Values,
    kst,
    take,
)
from plugins.smartstore.apis import APIS
from plugins.smartstore.refusals import clock_refused, refusal, token_refusal
from plugins.smartstore.signature import token_form

CENTER = "https://sell.smartstore.naver.com"
"""Where the seller logs in."""

CHANGES_LIMIT = 300
CONFIRM_LIMIT = 30
PRODUCTS_LIMIT = 100
"""Of the 500 that a page of products may have (§6.1): core stores a page at a time."""
RENEW_SECONDS = 30 * 60

_LIMIT_HEADERS = tuple(
    f"GNCP-GW-RateLimit-{part}" for part in ("Replenish-Rate", "Burst-Capacity", "Remaining")
)
_FIGURE = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")


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

    # -- 상품 (§6) -----------------------------------------------------------------------------

    def products(
        self, conditions: Mapping[str, Any], page: int, names: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """One page (100) of the products that fit, by their numbers, from 1; without options."""
        asked = {**conditions, "page": page, "size": PRODUCTS_LIMIT, "orderType": "NO"}
        found: Mapping[str, Any] = self._call("products", json=asked, names=names)
        take(found, "contents")
        return found

    def product(self, channel_no: str) -> Mapping[str, Any]:
        """A channel product with its whole originProduct; neither number stands in it."""
        found: Mapping[str, Any] = self._call("product", channel_no)
        take(found, "originProduct")
        return found

    def replace_product(self, channel_no: str, whole: Mapping[str, Any]) -> None:
        """Put `whole` in the place of the product: what it leaves out is erased (§6.2)."""
        _written(self._call("product.replace", channel_no, json=whole), "originProductNo")

    def change_status(self, origin_no: str, status: str, stock: int | None = None) -> None:
        """SALE, OUTOFSTOCK (its stock becomes 0) or SUSPENSION; from OUTOFSTOCK with stock."""
        body = {"statusType": status} | ({} if stock is None else {"stockQuantity": stock})
        _accepted(self._call("product.status", origin_no, json=body))

    def save_options(self, origin_no: str, options: Mapping[str, Any]) -> Any:
        """Stocks of option rows; returns the originProduct, where the answer tells it.

        A row's price or stock that is left out is saved as 0 (§6.3).
        """
        answer = self._call("product.options", origin_no, json={"optionInfo": options})
        _written(answer, "originProductNo")
        return answer.get("originProduct")

    def save_figures(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """Prices or stocks of several products, each with its own."""
        _accepted(self._call("product.figures", json={"multiProductUpdateRequestVos": changes}))

    def save_period(self, origin_no: str, period: Mapping[str, Any]) -> None:
        """From when to when it is sold; other fields stay as they are."""
        body = {
            "originProductNos": [int(origin_no)],
            "productBulkUpdateType": "SALE_PERIOD",
            "productSalePeriod": period,
        }
        _accepted(self._call("product.period", json=body))

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
        form = token_form(self.values, int(now.timestamp() * 1000))
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


def _accepted(answer: Any) -> None:
    """The answer to a write that only says that it was taken ({code, message, data}, §6.4)."""
    if not isinstance(answer, Mapping):
        raise OutcomeUnknown(detail="the answer to a write is not an object")
