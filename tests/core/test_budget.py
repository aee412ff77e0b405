"""Call budgets: never more than the bucket holds, whoever draws, whatever restarts."""

from __future__ import annotations

import time

import pytest

from core.contracts.marketplace import Bucket
from core.ledger import budget
from tests.conftest import Bound

SLOW = Bucket(key="api", per_second=0.001, burst=3.0)
QUICK = Bucket(key="api", per_second=20.0, burst=2.0)


@pytest.mark.usefixtures("both_databases")
def test_a_bucket_gives_what_it_holds_and_no_more(store_bound: Bound) -> None:
    for _ in range(3):
        assert budget.take("shop:api", SLOW) == (0.001, 3.0)
    with pytest.raises(budget.OutOfBudget) as caught:
        budget.take("shop:api", SLOW)
    assert 900 < caught.value.retry_after <= 1001
    budget.take("other:api", SLOW)


@pytest.mark.usefixtures("both_databases")
def test_an_empty_bucket_is_waited_for_when_it_fills_soon(store_bound: Bound) -> None:
    began = time.monotonic()
    for _ in range(8):
        budget.take("shop:api", QUICK)
    assert time.monotonic() - began >= (8 - 2) / 20.0 - 0.01


@pytest.mark.usefixtures("both_databases")
def test_a_refusal_for_the_limit_blocks_the_bucket(store_bound: Bound) -> None:
    budget.take("shop:api", QUICK)
    budget.block("shop:api", 60)
    with pytest.raises(budget.OutOfBudget) as caught:
        budget.take("shop:api", QUICK)
    assert 59 < caught.value.retry_after <= 60


@pytest.mark.usefixtures("both_databases")
def test_a_limit_that_was_told_is_taken_over_and_what_is_left_never_grows(
    store_bound: Bound,
) -> None:
    budget.take("shop:api", QUICK)
    budget.learn("shop:api", per_second=0.001, burst=10.0, left=1.0)
    assert budget.take("shop:api", QUICK) == (0.001, 10.0)
    with pytest.raises(budget.OutOfBudget):
        budget.take("shop:api", QUICK)
    budget.learn("shop:api", per_second=0.001, burst=10.0, left=9.0)
    with pytest.raises(budget.OutOfBudget):
        budget.take("shop:api", QUICK)
