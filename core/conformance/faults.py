"""The wire faults as data: how each is made, and how an operation may end that meets it.

Whatever an operation raises, the work behind it must come to its end by itself and what is here
must then be what is there. Which errors are right is narrower for a read than for a write: after
a write that may have happened, nobody may believe that it did not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.contracts.text import Text
from core.errors import (
    ContractError,
    MarketplaceError,
    OutcomeUnknown,
    RateLimited,
    Retryable,
    Unavailable,
)
from core.http import MAX_BODY
from core.practice.faults import Kind, Rule

Errors = tuple[type[MarketplaceError], ...]

SOON: Errors = (Retryable,)
MISREAD: Errors = (Unavailable, ContractError)
PERHAPS: Errors = (OutcomeUnknown, ContractError)
"""What core reads back before it sends again."""
NOT_YET: Errors = (Retryable, OutcomeUnknown, ContractError)

RETRY_AFTER = 7
PATIENCE = 0.6
"""Seconds that the lease lasts while a slow answer is tried: a call may take half of it."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way for a request to go wrong.

    `read` and `write` are the errors that an operation may raise then; with `well`, it may also
    do its work. `slow` ones are met with a short lease. `late` are seconds after which the
    marketplace shows what was done, as a part of the time that the write settles in.
    """

    key: str
    title: Text
    kind: Kind
    value: Any = None
    read: Errors = SOON
    write: Errors = PERHAPS
    well: bool = False
    slow: bool = False
    late: float = 0.0
    wait: float = 0.0
    """Seconds that the error must say to wait at least."""
    last: bool = False
    """Also tried on the last request of an operation that makes several."""

    def rule(self, at: int, settles: float) -> Rule:
        """The rule that spoils the request with this number, from 0, of those that come."""
        value = self.late * settles if self.late else self.value
        return Rule(kind=self.kind, after=at, times=1, value=value)


def _status(status: int, **more: Any) -> Mapping[str, Any]:
    return {"status": status, **more}


FAULTS: tuple[Fault, ...] = (
    Fault(
        key="limit-told",
        title=Text("429와 Retry-After", "429 with Retry-After"),
        kind=Kind.STATUS,
        value=_status(429, retry_after=RETRY_AFTER),
        read=(RateLimited,),
        write=(RateLimited,),
        wait=RETRY_AFTER,
    ),
    Fault(
        key="limit",
        title=Text("Retry-After 없는 429", "429 without Retry-After"),
        kind=Kind.STATUS,
        value=_status(429),
        read=(RateLimited,),
        write=(RateLimited,),
        wait=0.1,
    ),
    Fault(
        key="error-500",
        title=Text("500 오류", "500"),
        kind=Kind.STATUS,
        value=_status(500),
        last=True,
    ),
    Fault(
        key="refused",
        title=Text("연결 거절", "connection refused"),
        kind=Kind.REFUSE,
        write=NOT_YET,
    ),
    Fault(
        key="lost-answer",
        title=Text("처리된 뒤 끊긴 응답", "answer lost after the effect"),
        kind=Kind.RESET_AFTER,
        last=True,
    ),
    Fault(
        key="late-effect",
        title=Text("늦게 보이는 처리 결과", "effect visible late"),
        kind=Kind.LATE_EFFECT,
        late=0.4,
    ),
    Fault(
        key="slow-body",
        title=Text("한 글자씩 오는 응답", "body that comes byte by byte"),
        kind=Kind.DRIP,
        value=0.1,
        slow=True,
        well=True,
    ),
    Fault(
        key="truncated",
        title=Text("중간에 잘린 응답", "truncated body"),
        kind=Kind.CUT,
    ),
    Fault(
        key="charset",
        title=Text("틀린 문자셋 표시", "wrong encoding label"),
        kind=Kind.CHARSET,
        value="iso-8859-1",
        read=(),
        write=(),
        well=True,
    ),
    Fault(
        key="login-page",
        title=Text("HTML 로그인 화면", "HTML login page"),
        kind=Kind.LOGIN,
        read=MISREAD,
        last=True,
    ),
    Fault(
        key="huge-body",
        title=Text("너무 큰 응답", "huge body"),
        kind=Kind.HUGE,
        value=MAX_BODY + 1_000_000,
        read=MISREAD,
    ),
)
