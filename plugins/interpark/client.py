"""The wire of 인터파크: seller services by XML that it fetches from us, orders by GET (§1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from xml.etree.ElementTree import Element

from hanpan.api import (
    Answer,
    ContractError,
    Host,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Unavailable,
    Values,
    first,
    inner,
    kst,
    leaves,
    read_xml,
    write_xml,
)
from plugins.interpark import assumed
from plugins.interpark.refusals import (
    NO_ADDRESS,
    PAIR_MISSING,
    http_refusal,
    order_refusal,
    says_nothing_found,
    service_refusal,
)
from plugins.interpark.services import SERVICES, cite_name, secret_name

CENTER = "https://seller.interpark.com"
"""Where the seller logs in."""

ENTERPRISE = "/enterprise/EntrDelvAPIService.do"
PRODUCTS = "/product/ProductAPIService.do"
ORDERS = "/OrderClmAPI.do"

TAKE = "orderListForSingle"
"""The one read that confirms what it returns (§5)."""
CONFIRMED = "orderListDelvForSingle"
SHIPPED = "delvCompListForSingle"
DELIVERED = "DelvArrCompListForSingle"
DECIDED = "orderCompListForSingle"
REQUESTS = "cnclNClmReqListForSingle"
CLAIMS = "clmListForSingle"

PAGE = 1000
"""Rows of one page of DELIVERED, the only list that has pages (§5)."""
PUBLISHED_MINUTES = 10

Row = dict[str, str]
"""The leaves of an `item` by name."""


@dataclass(frozen=True)
class Service:
    """A `_method`, and the service that its key pair is issued for (§1.1)."""

    method: str
    pair: str
    write: bool = False
    path: str = ENTERPRISE


_TODAY = assumed.DISPATCH_TODAY_METHODS

SERVICE_CALLS: dict[str, Service] = {
    "return_address": Service("getEntrDelvAAPIData", "return_address_get"),
    "return_address.create": Service("insertDelvAPIData", "return_address_create", write=True),
    "return_address.update": Service("updateDelvAPIData", "return_address_update", write=True),
    "bundle_fee": Service("getDelvCostPlcAPIData", "bundle_fee_get"),
    "bundle_fee.create": Service("insertDelvCostPlcAPIData", "bundle_fee_create", write=True),
    "bundle_fee.update": Service("updateDelvCostPlcAPIData", "bundle_fee_update", write=True),
    "dispatch_today": Service(_TODAY["import"], "dispatch_today_get"),
    "dispatch_today.create": Service(_TODAY["create"], "dispatch_today_create", write=True),
    "dispatch_today.update": Service(_TODAY["update"], "dispatch_today_update", write=True),
    "products": Service("GetProductInquiryForAPI", "product_get", path=PRODUCTS),
    "product": Service("GetPrdSaleQtyForAPI", "product_stock_get", path=PRODUCTS),
    "product.update": Service(
        "UpdateProductAPIStatTpQty", "product_stock_update", write=True, path=PRODUCTS
    ),
}


def stamp(moment: datetime) -> str:
    """A time as requests want it: Korean time, yyyyMMddHHmmss (§5)."""
    return kst(moment).strftime("%Y%m%d%H%M%S")


class Interpark:
    """One supply contract's calls. Errors are those of `hanpan.api`."""

    def __init__(self, values: Values, host: Host) -> None:
        self.values = values
        self.host = host

    # -- 주문 (§5) -----------------------------------------------------------------------------

    def order_list(self, name: str, start: datetime, end: datetime, page: int = 1) -> Element:
        """A list over at most a day; one that holds nothing is empty, not an error.

        TAKE confirms what it returns: it is sent as the write that it is.
        """
        params = {
            "_method": name,
            "sc.entrId": self.values["entr_id"],
            "sc.supplyEntrNo": self.values["supply_entr_no"],
            "sc.supplyCtrtSeq": self.values["supply_ctrt_seq"],
            "sc.strDate": stamp(start),
            "sc.endDate": stamp(end),
        }
        if name == DELIVERED:
            params |= {"sc.pageNo": str(page), "sc.rowCnt": str(PAGE)}
        write = name == TAKE
        answer = self.host.http["orders"].send(
            "GET", ORDERS, bucket="orders", write=write, params=params
        )
        root = _read(answer, write=write)
        code = first(root, "CODE")
        if code is None:
            raise _not_told(write, f"{name}: RESULT is missing")
        message = first(root, "MESSAGE") or ""
        if code == "000" or says_nothing_found(message):
            return root
        raise order_refusal(name, code, message)

    # -- 상품 (§2) -----------------------------------------------------------------------------

    def products(self, state: str, page: int) -> list[Row]:
        """A page, from 1, of the listings in a state: without options; past the last, none."""
        root = self.service("products", query={"saleStatTp": state, "locNo": str(page)})
        return [leaves(one) for one in inner(root, "item")]

    def product(self, number: str) -> tuple[Row, list[Row]]:
        """A listing, and its options (§2.4). Raises NotFound."""
        root = self.service("product", query={"prdNo": number})
        rows = [leaves(one) for one in inner(root, "item")]
        if not rows:
            raise NotFound(detail="GetPrdSaleQtyForAPI: no item")
        found = {row.get("prdNo", ""): row for row in rows}
        if "" in found or number not in found:
            raise ContractError(detail="GetPrdSaleQtyForAPI: not the product that was asked for")
        return found.pop(number), list(found.values())

    def update_product(self, item: Mapping[str, str | int]) -> None:
        """Change the state of a listing, and its pieces where `item` has them (§2.1).

        Raises NotFound and Rejected.
        """
        root = self.service("product.update", item)
        if next(inner(root, "success"), None) is None:
            raise OutcomeUnknown(detail="UpdateProductAPIStatTpQty: neither success nor error")

    # -- seller services (§2, §3) --------------------------------------------------------------

    def service(
        self,
        name: str,
        item: Mapping[str, str | int] | None = None,
        names: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Element:
        """Call a service; `item` is written to the XML that 인터파크 fetches from us, `query`
        stands beside the keys.

        `names` maps the elements of `item` to the fields of our form, for refusals.
        """
        call = SERVICE_CALLS[name]
        form = self._pair(call.pair) | dict(query or {})
        if item is not None:
            form["dataUrl"] = self._publish(call, item, names or {})
        # The keys go in the body: an address ends up in logs.
        answer = self.host.http["seller"].send(
            "POST",
            call.path,
            bucket="seller",
            write=call.write,
            params={"_method": call.method},
            form=form,
        )
        root = _read(answer, write=call.write)
        if root.tag != "result":
            # A page of something in between must not read as "there is nothing".
            raise _not_told(call.write, f"{call.method}: {root.tag!r} is no result")
        error = next(inner(root, "error"), None)
        if error is not None:
            raise service_refusal(call.pair, leaves(error), names or {})
        return root

    def _pair(self, service: str) -> dict[str, str]:
        pair = {
            "citeKey": str(self.values.get(cite_name(service)) or ""),
            "secretKey": str(self.values.get(secret_name(service)) or ""),
        }
        if not all(pair.values()):
            raise Rejected(PAIR_MISSING.format(service=SERVICES[service]), code="PAIR")
        for key in pair.values():
            self.host.http["seller"].hide(quote(key, safe=""))  # as the body has it
        return pair

    def _publish(
        self, call: Service, item: Mapping[str, str | int], names: Mapping[str, str]
    ) -> str:
        head = {"title": "Interpark Product API", "description": call.method}
        try:
            content = write_xml("result", {**head, "item": item})
        except Rejected as error:
            ours = {names.get(wire, wire): text for wire, text in error.fields.items()}
            raise Rejected(error.text, fields=ours) from error
        if self.host.publish is None:
            raise Rejected(NO_ADDRESS, code="NO_ADDRESS")
        address = self.host.publish(content, "text/xml; charset=euc-kr", PUBLISHED_MINUTES)
        for secret in (address, quote(address, safe="")):
            self.host.http["seller"].hide(secret)
        return address


def _read(answer: Answer, *, write: bool) -> Element:
    """The root of an answer; one that is none says nothing about a write."""
    if not answer.ok:
        raise http_refusal(answer, write=write)
    try:
        return read_xml(answer)
    except ContractError as error:
        raise _not_told(write, error.detail) from error


def _not_told(write: bool, detail: str) -> OutcomeUnknown | Unavailable:
    return (OutcomeUnknown if write else Unavailable)(detail=detail)
