"""The endpoints of the Seller OpenAPI that are called: method, path, the roots of the answers."""

from __future__ import annotations

from collections.abc import Mapping

from plugins.eleven_st.refusals import Api

_AREA, _ORDERS, _CLAIMS = "/areaservice", "/ordservices", "/claimservice"
_BOOK, _LIST = ("inOutAddresss",), ("orders",)
_CLOSE = ("productInformationTemplateList", "ClientMessage")
_MARKET, _PRODUCTS, _STATE = (
    "/prodmarketservice/prodmarket",
    "/prodservices",
    "/prodstatservice/stat",
)
_PRODUCT, _CLIENT = ("Product", "Products", "ClientMessage"), ("ClientMessage",)

APIS: Mapping[str, Api] = {
    "addresses.out": Api("GET", f"{_AREA}/outboundarea", _BOOK),
    "addresses.in": Api("GET", f"{_AREA}/inboundarea", _BOOK),
    # The guide lists this read as a POST without a body (§3).
    "address.out": Api("POST", f"{_AREA}/getOutAddressInfo/{{}}", _BOOK),
    "address.in": Api("GET", f"{_AREA}/getRtnAddressInfo/{{}}", _BOOK),
    "address.global": Api("GET", f"{_AREA}/global/getGlobalOutAddress/{{}}", _BOOK),
    "create.out": Api("POST", f"{_AREA}/v2/registerOutAddress", _BOOK, write=True),
    "create.in": Api("POST", f"{_AREA}/v2/registerRtnAddress", _BOOK, write=True),
    "create.global": Api("POST", f"{_AREA}/global/registerGlobalOutAddress", _BOOK, write=True),
    "update.out": Api("POST", f"{_AREA}/v2/updateOutAddress", _BOOK, write=True),
    "update.in": Api("POST", f"{_AREA}/v2/updateRtnAddress", _BOOK, write=True),
    "update.global": Api("POST", f"{_AREA}/global/updateGlobalOutAddress", _BOOK, write=True),
    "search": Api("POST", "/commonservices/v2/searchAddr", ("RoadAddrList", "ResultMessage")),
    "deadlines": Api("GET", "/prodservices/sendCloseList", _CLOSE),
    "create.deadline": Api(
        "POST", "/prodservices/sendCloseTemplate", ("ClientMessage",), write=True
    ),
    "update.deadline": Api(
        "PUT", "/prodservices/sendCloseTemplate/{}", ("ClientMessage",), write=True
    ),
    "states": Api("GET", f"{_CLAIMS}/orderlistall/{{}}", _LIST),
    # The search is a POST that reads, the change of a price a GET that writes (§5.2, §5.5).
    "products": Api("POST", _MARKET, ("products", *_PRODUCT)),
    "product": Api("GET", f"{_MARKET}/{{}}", _PRODUCT),
    "stocks": Api("GET", f"{_MARKET}/stck/{{}}", ("ProductStocks", *_PRODUCT)),
    "price": Api("GET", f"{_PRODUCTS}/product/price/{{}}/{{}}", _CLIENT, write=True),
    "stock": Api("PUT", f"{_PRODUCTS}/stockqty/{{}}", _CLIENT, write=True),
    "stop": Api("PUT", f"{_STATE}/stopdisplay/{{}}", _CLIENT, write=True),
    "restart": Api("PUT", f"{_STATE}/restartdisplay/{{}}", _CLIENT, write=True),
    "extend": Api("PUT", f"{_PRODUCTS}/sellterm/{{}}/{{}}", _CLIENT, write=True),
    # 발주확인 is a GET that writes (§6.1).
    "confirm": Api(
        "GET", f"{_ORDERS}/reqpackaging/{{}}/{{}}/{{}}/{{}}/{{}}", ("ResultOrder",), write=True
    ),
} | {
    name: Api("GET", f"{service}/{name}/{{}}/{{}}", _LIST)
    for service, names in (
        (_ORDERS, ("complete", "packaging", "shipping", "dlvcompleted", "completed")),
        (_CLAIMS, ("cancelorders", "canceledorders", "withdrawcanceledorders")),
        (_CLAIMS, ("returnorders", "returnedorders", "retractretorders")),
        (_CLAIMS, ("exchangeorders", "exchangedorders", "retractexcorders")),
    )
    for name in names
}  # fmt: skip
