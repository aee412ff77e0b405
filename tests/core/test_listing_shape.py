"""What a plugin tells of listings is held to its contract where core takes it in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from core import clock, listing_shape
from core.contracts.page import Page
from core.contracts.product import Listing, ListingGroup, ListingOption, SaleState
from core.errors import ContractError

GOOD = Listing(
    product_no="1",
    name="가방",
    price=9_900,
    state=SaleState.ON_SALE,
    changed_at=clock.now(),
    options=(ListingOption(option_no="7", stock=None, extra=0),),
)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"price": True}, "price: int or Unchanged was expected, not bool"),
        ({"price": 10**15}, "price: the number is too large"),
        ({"name": None}, "name: str or Unchanged was expected, not NoneType"),
        ({"state": "on_sale"}, "state: SaleState or Unchanged was expected, not str"),
        ({"displayed": 1}, "displayed: bool or Unchanged or None was expected, not int"),
        ({"changed_at": datetime(2026, 1, 31)}, "changed_at: the time has no zone"),
        ({"raw": 7}, "raw: Mapping or str or Unchanged was expected, not int"),
        ({"options": ["7"]}, "options[0]: ListingOption was expected, not str"),
        (
            {"options": [ListingOption(option_no="7", extra=1.5)]},  # type: ignore[arg-type]
            "options[0].extra: int or Unchanged was expected, not float",
        ),
        ({"product_no": ""}, "product_no: it is empty"),
    ],
)
def test_a_field_that_is_none_of_the_contract_is_named(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ContractError) as raised:
        listing_shape.told("listing.get", [GOOD, replace(GOOD, **wrong)])
    assert raised.value.detail == f"listing.get: [1].{told}"


def test_what_is_as_the_contract_says_passes() -> None:
    found = [GOOD, Listing(product_no="2")]
    assert listing_shape.told("listing.get", found) == found
    assert listing_shape.page("listing.search", Page(found, "2")).items == found
    group = ListingGroup(group_no="9", name="딜", product_nos=("1", "2"))
    assert listing_shape.fault(group) is None
    odd = replace(group, product_nos=("1", 2))  # type: ignore[arg-type]
    assert listing_shape.fault(odd) == "product_nos[1]: str was expected"


@pytest.mark.parametrize("found", [None, iter([GOOD]), [("1", "가방")]])
def test_what_is_no_list_of_listings_is_refused(found: Any) -> None:
    with pytest.raises(ContractError):
        listing_shape.told("listing.get", found)
    with pytest.raises(ContractError):
        listing_shape.page("listing.search", found)
