"""Call budgets: token buckets whose balances live in the database.

A flush of Redis or a restart refills nothing. A call that finds its bucket empty waits a
moment, or the command gives its lane back and goes on when the bucket has something again.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Double, bindparam, case, select, update

from core import store
from core.contracts.marketplace import Bucket
from core.errors import RateLimited
from core.models import Budget

PATIENCE = 1.2
"""Seconds that a call waits for its bucket before the command gives way."""

_BUDGET: Any = Budget.__table__
_T: Any = bindparam("t", type_=Double)
_REFILLED = _BUDGET.c.balance + case(
    (_BUDGET.c.at < _T, (_T - _BUDGET.c.at) * _BUDGET.c.per_second), else_=0.0
)
_BALANCE = case((_BUDGET.c.burst < _REFILLED, _BUDGET.c.burst), else_=_REFILLED)
DRAW = (
    update(_BUDGET)
    .where(_BUDGET.c.key == bindparam("drawn"), _BUDGET.c.blocked_until <= _T, _BALANCE >= 1.0)
    .values(balance=_BALANCE - 1.0, at=_T)
    .returning(_BUDGET.c.per_second, _BUDGET.c.burst)
)


class OutOfBudget(RateLimited):
    """Our own budget is empty; nothing was sent."""


def take(key: str, declared: Bucket) -> tuple[float, float]:
    """Take one call out of the bucket; waits up to PATIENCE, else raises OutOfBudget.

    Returns the limit that the bucket goes by: calls per second, and how many are saved up.
    """
    drawn = _take(key, declared)
    if isinstance(drawn, float) and drawn <= PATIENCE:
        time.sleep(drawn)
        drawn = _take(key, declared)
    if isinstance(drawn, float):
        raise OutOfBudget(retry_after=drawn, detail=f"budget {key}")
    return drawn


def _take(key: str, declared: Bucket) -> tuple[float, float] | float:
    """Take one call and return the limit, or return the seconds until there is one."""
    now = time.time()
    with store.write_connection() as connection:
        drawn = connection.execute(DRAW, {"drawn": key, "t": now}).first()
        if drawn is not None:
            return drawn.per_second, drawn.burst
        row = connection.execute(select(_BUDGET).where(_BUDGET.c.key == key)).first()
        if row is None:
            _insert(connection, key, declared, now, declared.burst - 1)
            return declared.per_second, declared.burst
    if row.blocked_until > now:
        return float(row.blocked_until - now)
    balance = min(row.burst, row.balance + max(0.0, now - row.at) * row.per_second)
    return max(0.005, float((1.0 - balance) / row.per_second) + 0.005)


def block(key: str, seconds: float) -> None:
    """The marketplace refused a call for its limit: nothing more for `seconds`."""
    with store.write() as session:
        _update(session, key, balance=0.0, at=time.time(), blocked_until=time.time() + seconds)


def learn(key: str, *, per_second: float, burst: float, left: float | None) -> None:
    """Take over the limit that the marketplace told, and what it says is left (never more)."""
    if per_second <= 0 or burst < 1:
        return
    with store.write() as session:
        row = _locked(session, key)
        if row is None or ((row.per_second, row.burst) == (per_second, burst) and left is None):
            return
        now = time.time()
        balance = min(burst, row.balance + max(0.0, now - row.at) * row.per_second)
        if left is not None:
            balance = min(balance, left)
        _update(session, key, per_second=per_second, burst=burst, balance=balance, at=now)


def _locked(session: Any, key: str) -> Any:
    statement = select(_BUDGET).where(_BUDGET.c.key == key).with_for_update()
    return session.execute(statement).first()


def _update(session: Any, key: str, **values: float) -> None:
    session.execute(_BUDGET.update().where(_BUDGET.c.key == key).values(**values))


def _insert(session: Any, key: str, declared: Bucket, now: float, balance: float) -> None:
    session.execute(
        _BUDGET.insert().values(
            key=key,
            per_second=declared.per_second,
            burst=declared.burst,
            balance=balance,
            at=now,
            blocked_until=0.0,
        )
    )
