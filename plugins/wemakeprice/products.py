"""Listings of 위메프: read by their numbers, and what of them is changed (§2, §3).

A part of a product is replaced whole: it is read first, and goes back with one thing changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from hanpan.api import (
    ContractError,
    Listing,
    NotFound,
    ProductSync,
    Result,
    SaleState,
    Text,
    Values,
    fulfilled,
    kst,
    listing_write,
    moment_of,
    take,
)
from plugins.wemakeprice.client import Wemakeprice
from plugins.wemakeprice.listings import (
    HIDDEN,
    PERIOD,
    SHOWN,
    listing_of,
    number_of,
    option_rows,
    part,
)
from plugins.wemakeprice.refusals import GONE

KEY = "wemakeprice"
AT_ONCE = 20
"""Each listing takes a call, at 3 a second with orders collected beside them."""
MOST_PIECES = 99_999
MOST_PRICE = 999_999_999
LONGEST_YEARS = 5
"""§3: pieces, won, and how long after its beginning a sale ends."""
DAYS = (3, 5, 7, 15, 30, 60, 90, 120)

NO_SEARCH = Text(
    "위메프에는 상품 목록을 찾는 API가 없어 상품번호로 가져옵니다. 상품이 많으면 파트너 2.0의 "
    "엑셀을 올려 주세요.",
    "Wemakeprice has no call that lists products: they are read by number. With many, upload the "
    "Excel file of 파트너 2.0.",
)
OPTIONS_CHANGED = Text(
    "옵션이 파트너 2.0에서 바뀌었습니다. 상품을 [동기화]한 뒤 다시 해 주세요.",
    "Its options have changed in 파트너 2.0. Sync the listing, then try again.",
)
TOO_MANY = Text(
    "위메프의 재고는 99,999개까지입니다. 수량을 줄여 주세요.",
    "Wemakeprice takes 99,999 pieces at most. Give less.",
)
PRICE_RANGE = Text(
    "위메프의 판매가는 0원부터 999,999,999원까지입니다. 값을 확인해 주세요.",
    "A price at Wemakeprice is 0 to 999,999,999 won. Check it.",
)
TOO_LONG = Text(
    "위메프의 판매기간은 판매 시작일부터 5년까지입니다. 파트너 2.0에서 상품을 다시 등록해 주세요.",
    "A sale at Wemakeprice ends five years after its beginning. Register the product anew in "
    "파트너 2.0.",
)


# -- reading --------------------------------------------------------------------------------------


def get(client: Wemakeprice, numbers: Sequence[str]) -> list[Listing]:
    """Whole listings; those that are gone are absent."""
    found = []
    for number in numbers:
        try:
            found.append(listing_of(client.product(number)))
        except NotFound:
            continue
    return found


# -- changes --------------------------------------------------------------------------------------


def _save(client: Wemakeprice, tree: Mapping[str, Any], name: str, **changed: Any) -> None:
    """Send a part back with something changed. Raises ContractError where it is not told."""
    before = part(tree, name)
    if not before:
        raise ContractError(detail=f"getProduct: no {name}")
    body = {"productNo": int(take(tree, "productNo")), name: {**before, **changed}}
    client.save_product(f"product.{name}", body)


def _price(client: Wemakeprice, number: str, values: Values) -> Result:
    won = int(values["price"])
    if not 0 <= won <= MOST_PRICE:
        return Result(number, PRICE_RANGE, "PRICE_RANGE")
    _save(client, client.product(number), "sale", salePrice=won)
    return Result(number)


def _stock(client: Wemakeprice, number: str, values: Values) -> Result:
    """The pieces of options with the whole option part, which is assumed (assumed.py); those of a
    product without options with its sale."""
    wanted = {str(option): int(pieces) for option, pieces in values["options"].items()}
    if any(not 0 <= pieces <= MOST_PIECES for pieces in wanted.values()):
        return Result(number, TOO_MANY, "TOO_MANY")
    tree = client.product(number)
    rows = option_rows(tree)
    if set(wanted) - ({number_of(row) for row in rows} or {""}):
        return Result(number, OPTIONS_CHANGED, "OPTIONS_CHANGED")
    if not rows:
        if wanted:
            _save(client, tree, "sale", stockCount=wanted[""])
        return Result(number)
    for row in rows:
        row["stockCount"] = wanted.get(number_of(row), row.get("stockCount"))
    _save(client, tree, "option", selectOptionValueList=rows)
    return Result(number)


def _status(client: Wemakeprice, number: str, values: Values) -> Result:
    status = "A" if values["on_sale"] else "S"
    client.save_product("product.status", {"productNo": int(number), "productStatus": status})
    return Result(number)


def _has_status(listing: Listing, values: Values) -> bool:
    """What has not begun is on sale all the same."""
    waits = listing.state is SaleState.WAITING and values["on_sale"]
    return waits or fulfilled.status(listing, values)


def _display(client: Wemakeprice, number: str, values: Values) -> Result:
    shown = SHOWN if values["displayed"] else HIDDEN
    _save(client, client.product(number), "basic", displayYn=shown)
    return Result(number)


def _extend(client: Wemakeprice, number: str, values: Values) -> Result:
    """Let it be sold to the last hour of the day `until`; never shorter than it is."""
    tree = client.product(number)
    sale, until = part(tree, "sale"), date.fromisoformat(str(values["until"])[:10])
    starts, ends = (moment_of(sale.get(name)) for name in ("saleStartDate", "saleEndDate"))
    if take(sale, "salePeriod") != PERIOD or (ends is not None and kst(ends).date() >= until):
        return Result(number)
    if starts is not None and until > kst(starts).date() + timedelta(days=365 * LONGEST_YEARS):
        return Result(number, TOO_LONG, "TOO_LONG")
    _save(client, tree, "sale", saleEndDate=f"{until} 23:00")
    return Result(number)


SYNC = ProductSync(
    marketplace=KEY,
    get=get,
    at_once=AT_ONCE,
    price=listing_write(_price, fulfilled.price, get=get, gone=GONE),
    stock=listing_write(_stock, fulfilled.stock, get=get, gone=GONE),
    status=listing_write(_status, _has_status, get=get, gone=GONE),
    display=listing_write(_display, fulfilled.display, get=get, gone=GONE),
    extend=listing_write(_extend, fulfilled.extend, get=get, gone=GONE),
    extend_days=DAYS,
    why_not={"search": NO_SEARCH},
)
