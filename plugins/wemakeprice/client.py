"""The wire of W API (§1, §2): one method per endpoint, and nothing about what it means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hanpan.api import ContractError, Host, NotFound, Values, kst
from plugins.wemakeprice.assumed import CLAIM_LIST, OPTION_SAVE, ORDER_INFO, POLICY_DELETE
from plugins.wemakeprice.refusals import Api, data_of, returned, saved

CENTER = "https://wpartner.wemakeprice.com"
"""Where the seller logs in."""

BUCKET = "all"

APIS: dict[str, Api] = {
    "policies": Api("GET", "/product/out/getSellerShipPolicy"),
    "policy.save": Api("POST", "/product/in/setSellerShipPolicy", write=True, one=True),
    "policy.delete": Api("POST", POLICY_DELETE, write=True, one=True),
    "product": Api("GET", "/product/out/getProduct", one=True),
    "product.basic": Api("POST", "/product/in/setProductBasic", write=True, one=True),
    "product.sale": Api("POST", "/product/in/setProductSale", write=True, one=True),
    "product.status": Api("POST", "/product/in/setProductStatus", write=True, one=True),
    "product.option": Api("POST", OPTION_SAVE, write=True, one=True),
    "orders": Api("POST", "/order/out/getOrderList"),
    "order": Api("POST", ORDER_INFO, one=True),
    "claims": Api("POST", CLAIM_LIST),
    "confirm": Api("POST", "/order/in/setOrderConfirm", write=True, one=True),
}

Rows = list[Mapping[str, Any]]


def at(moment: datetime) -> str:
    """A time as requests want it: Korean, to the second (§1)."""
    return kst(moment).strftime("%Y-%m-%d %H:%M:%S")


class Wemakeprice:
    """One seller's calls. Errors are those of `hanpan.api`."""

    def __init__(self, values: Values, host: Host) -> None:
        self.host = host
        self.http = host.http["api"]
        self._headers = {"apiKey": str(values["api_key"]), "Accept": "application/json"}

    # -- 배송정책 (§4) --------------------------------------------------------------------------

    def policies(self) -> Rows:
        """Every shipping policy of the seller."""
        return rows_of(self._call("policies"))

    def save_policy(
        self, number: str | None, body: Mapping[str, Any], names: Mapping[str, str]
    ) -> str:
        """Create a policy (no number) or replace one; returns its number."""
        told = {"shipPolicyNo": None if number is None else int(number), **body}
        return str(returned(self._call("policy.save", told, names), names))

    def delete_policy(self, number: str) -> None:
        """Delete a policy that no product uses."""
        returned(self._call("policy.delete", {"shipPolicyNo": int(number)}))

    # -- 상품 (§3) ------------------------------------------------------------------------------

    def product(self, number: str) -> Mapping[str, Any]:
        """One product, whole. Raises NotFound."""
        data = self._call("product", query={"productNo": number})
        if not isinstance(data, Mapping) or not data:
            raise NotFound(detail="getProduct: no data")
        return data

    def save_product(self, name: str, body: Mapping[str, Any]) -> None:
        """Replace a part of a product, as APIS calls it. Raises NotFound and Rejected."""
        saved(self._call(name, body))

    # -- 주문 (§5) ------------------------------------------------------------------------------

    def orders(self, kind: str, since: datetime, until: datetime) -> Rows:
        """The bundles in a state, by the time that they came into it, both ends included."""
        body = {"fromDate": at(since), "toDate": at(until), "type": kind, "searchDateType": kind}
        return rows_of(self._call("orders", body), "bundle")

    def bundle(self, number: str) -> Mapping[str, Any] | None:
        """One bundle, or None where it is not told (any more)."""
        try:
            found = rows_of(self._call("order", {"bundleNo": int(number)}), "bundle")
        except NotFound:
            return None
        return next((one for one in found if str(one.get("bundleNo")) == number), None)

    def confirm(self, number: str) -> None:
        """주문확인 of a bundle. Raises Rejected with the reason when `returnKey` is not 1 (§1)."""
        returned(self._call("confirm", {"bundleNo": int(number)}), wanted=1)

    # -- 클레임 (§6) ----------------------------------------------------------------------------

    def claims(self, kind: str, status: str, by: str, since: datetime, until: datetime) -> Rows:
        """Claims of a kind in a status, by the date of `by`, both ends included."""
        body = {
            "fromDate": at(since),
            "toDate": at(until),
            "claimType": kind,
            "claimStatus": status,
            "searchDateType": by,
        }
        return rows_of(self._call("claims", body), "claim")

    # -- the calls themselves -------------------------------------------------------------------

    def _call(
        self,
        name: str,
        body: Mapping[str, Any] | None = None,
        names: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        api = APIS[name]
        answer = self.http.send(
            api.method,
            api.path,
            bucket=BUCKET,
            write=api.write,
            headers=self._headers,
            params=query,
            json=body,
        )
        return data_of(answer, api, names or {})


def rows_of(data: Any, name: str = "") -> Rows:
    """The rows of a list; nothing found is an empty list, or no `data` at all (§5).

    They stand under `name`, or are `data` itself. Raises ContractError for anything else.
    """
    listed = data.get(name) if name and isinstance(data, Mapping) else data
    if listed is None or listed == {}:
        return []
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise ContractError(detail=f"the answer holds no list of {name or 'rows'}")
    return listed
