"""Settlement: what the marketplace says it pays, and the fees it takes. Amounts are won."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.contracts.form import Client
from core.contracts.page import Page


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """One line of a statement; `paid_on` is the planned date until it has been paid."""

    remote_id: str
    order_no: str
    line_no: str
    kind: str
    amount: int
    fee: int
    paid_on: date


@dataclass(frozen=True, kw_only=True)
class Fee:
    """A fee class of the marketplace: percent of the payment from `since` on."""

    grade: str
    percent: Decimal
    since: date
    source: str


@dataclass(frozen=True, kw_only=True)
class SettlementSync:
    """How statements are read page by page, and the fee table by class and date.

    Not called yet, and the fees are not read.
    """

    marketplace: str
    statements: Callable[[Client, str], Page[StatementLine]]
    fees: Sequence[Fee] = ()
