"""What a plugin tells of order lines is held to its contract where core takes it in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from core import clock, line_shape
from core.contracts.order import Buyer, Claim, ClaimKind, ClaimState, Line, LineState
from core.contracts.page import Page
from core.errors import ContractError

CLAIM = Claim(kind=ClaimKind.CANCEL, state=ClaimState.REQUESTED)
GOOD = Line(
    order_no="1",
    line_no="1",
    line_key="1",
    state=LineState.NEW,
    ordered_at=clock.now(),
    bundle_no=None,
    quantity=2,
    claim=CLAIM,
    buyer=Buyer(receiver_name="홍길동"),
    raw={"a": 1},
)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"quantity": "2"}, "quantity: int or Unchanged was expected, not str"),
        ({"quantity": True}, "quantity: int or Unchanged was expected, not bool"),
        ({"amount": 10**15}, "amount: the number is too large"),
        ({"state": "new"}, "state: LineState or Unchanged was expected, not str"),
        ({"product_no": None}, "product_no: str or Unchanged was expected, not NoneType"),
        ({"ordered_at": datetime(2026, 1, 31)}, "ordered_at: the time has no zone"),
        ({"claim": "cancel"}, "claim: Claim or Unchanged or None was expected, not str"),
        (
            {"claim": replace(CLAIM, state="done")},  # type: ignore[arg-type]
            "claim.state: ClaimState was expected, not str",
        ),
        (
            {"buyer": Buyer(postcode=4524)},  # type: ignore[arg-type]
            "buyer.postcode: str was expected, not int",
        ),
        ({"line_key": ""}, "line_key: it is empty"),
    ],
)
def test_a_field_that_is_none_of_the_contract_is_named(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ContractError) as raised:
        line_shape.page("orders.changes", Page([GOOD, replace(GOOD, **wrong)], "2"))
    assert raised.value.detail == f"orders.changes: [1].{told}"


def test_what_is_as_the_contract_says_passes() -> None:
    found = [GOOD, Line(order_no="2", line_no="1", line_key="2")]
    assert line_shape.told("orders.get", found) == found
    assert line_shape.page("orders.changes", Page(found, "2")).items == found


@pytest.mark.parametrize(
    "found", [None, [GOOD], Page([GOOD], None), Page([GOOD], "2", more="no"), Page([("1",)], "2")]
)
def test_what_is_no_page_of_lines_is_a_contract_error(found: Any) -> None:
    with pytest.raises(ContractError):
        line_shape.page("orders.changes", found)
