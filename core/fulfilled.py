"""Whether a listing, as it was read, is as a write of its part wanted it: one for each part.

They are what `listing_write` and `listing_readback` ask to be told. What a marketplace has
otherwise (a state of its own that is as good, a last minute instead of a last day) its plugin
says by a function of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.clock import kst
from core.contracts.page import UNCHANGED
from core.contracts.product import Listing, SaleState

Values = Mapping[str, Any]

SOLD = (SaleState.ON_SALE, SaleState.SOLD_OUT)
"""What the seller sells: that nothing is left of it does not stop it."""


def price(listing: Listing, values: Values) -> bool:
    """It has this price."""
    return listing.price == int(values["price"])


def stock(listing: Listing, values: Values) -> bool:
    """Each option that is named has its pieces."""
    if listing.options is UNCHANGED:
        return False
    held = {option.option_no: option.stock for option in listing.options}
    return all(held.get(number) == pieces for number, pieces in values["options"].items())


def status(listing: Listing, values: Values) -> bool:
    """It is sold (or sold out), or it was stopped."""
    return listing.state in SOLD if values["on_sale"] else listing.state is SaleState.STOPPED


def display(listing: Listing, values: Values) -> bool:
    """It is displayed, or not."""
    return listing.displayed is bool(values["displayed"])


def extend(listing: Listing, values: Values) -> bool:
    """It does not end, or not before the wanted day is over in Korea."""
    ends = listing.sale_ends
    if ends is None or ends is UNCHANGED:
        return ends is None
    return kst(ends).date() >= date.fromisoformat(str(values["until"])[:10])
