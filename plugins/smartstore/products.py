"""Products of 스마트스토어: found, read whole, written, and read back (§6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from hanpan.api import (
    Item,
    Listing,
    NotFound,
    ProductSync,
    Repeat,
    Result,
    SaleState,
    Scope,
    Values,
    Write,
    fulfilled,
    listing_readback,
)
from plugins.smartstore.client import Smartstore
from plugins.smartstore.listings import told_whole
from plugins.smartstore.product_writes import (
    GONE,
    each,
    extend,
    last_minute,
    send_prices,
    set_display,
    set_status,
    set_stock,
)
from plugins.smartstore.search import SEARCH, rows_of

KEY = "smartstore"
AT_ONCE = 20
"""Listings read by one `get`, and prices sent by one call: two calls a second are allowed."""


def get(client: Smartstore, product_nos: Sequence[str]) -> list[Listing]:
    """Whole listings by channelProductNo; what Naver no longer tells is absent."""
    rows = rows_of(client, list(product_nos))
    found = []
    for product_no in product_nos:
        try:
            detail = client.product(product_no)
        except NotFound:
            continue
        found.append(told_whole(product_no, detail, rows.get(product_no, {})))
    return found


# -- reading back -------------------------------------------------------------------------------


def _has_stock(listing: Listing, values: Values) -> bool:
    """One that has pieces, and is told as 품절 all the same, is not on sale yet."""
    stuck = listing.state is SaleState.SOLD_OUT and any(values["options"].values())
    return not stuck and fulfilled.stock(listing, values)


def _lasts(listing: Listing, values: Values) -> bool:
    ends = listing.sale_ends
    return not isinstance(ends, datetime) or ends >= last_minute(values["until"])


def _write(
    send: Callable[[Smartstore, Sequence[Item]], list[Result]],
    so: Callable[[Listing, Values], bool],
    *,
    batch: int = 1,
) -> Write:
    """A repeat would undo what buyers or the seller did meanwhile: it is read back first."""
    return Write(
        scope=Scope.LISTING,
        repeat=Repeat.READBACK,
        send=send,
        readback=listing_readback(so, get=get, gone=GONE),
        batch=batch,
    )


SYNC = ProductSync(
    marketplace=KEY,
    search=SEARCH,
    get=get,
    at_once=AT_ONCE,
    price=_write(send_prices, fulfilled.price, batch=AT_ONCE),
    stock=_write(each(set_stock), _has_stock),
    status=_write(each(set_status), fulfilled.status),
    display=_write(each(set_display), fulfilled.display),
    extend=_write(each(extend), _lasts),
    extend_days=(3, 5, 7, 15, 30, 60, 90, 120),
)
