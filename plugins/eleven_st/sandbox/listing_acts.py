"""What the seller, or somebody else, does to listings in the seller office: acts, as data."""

from __future__ import annotations

from typing import Any

from hanpan.api import World, shelves
from plugins.eleven_st.sandbox.listings import (
    NAMES,
    SOLD_OUT,
    Data,
    change,
    end_of_day,
    listings,
)
from plugins.eleven_st.sandbox.wire import DAY, now_of


def edit_listing(world: World, data: Data) -> Any:
    """The seller changes the listing `product_no`: see `shelves.edits`; a `state` is a
    selStatCd, of which 품절 comes by itself."""
    listing = shelves.listing_of(listings(world), data)
    facts = shelves.edits(
        listing,
        data,
        states=set(NAMES) - {SOLD_OUT},
        ends=lambda days: end_of_day(now_of(world) + int(days * DAY)),
    )
    change(world, listing, **facts)
    return listing["number"]


def sell_out(world: World, data: Data) -> Any:
    """Nothing is left of the listing `product_no`, or of its `option_no`."""
    listing = shelves.listing_of(listings(world), data)
    change(world, listing, rows=shelves.sold_out(listing, data))
    return listing["number"]


def remove_listing(world: World, data: Data) -> Any:
    """The listing `product_no` is deleted."""
    number = shelves.listing_of(listings(world), data)["number"]
    del listings(world)[number]
    world.dirty = True
    return number
