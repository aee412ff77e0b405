"""Claims as 11번가 lists them (§7): each line's latest one, and what is gone by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hanpan.api import UNCHANGED, Claim, ClaimKind, ClaimState, Line
from plugins.eleven_st.client import Row
from plugins.eleven_st.lines import key_of, whole


@dataclass(frozen=True)
class ClaimList:
    """A list, and what its rows are where they say nothing closer (clmStat)."""

    name: str
    kind: ClaimKind
    state: ClaimState


LISTS = (
    ClaimList("cancelorders", ClaimKind.CANCEL, ClaimState.REQUESTED),
    ClaimList("canceledorders", ClaimKind.CANCEL, ClaimState.DONE),
    ClaimList("withdrawcanceledorders", ClaimKind.CANCEL, ClaimState.WITHDRAWN),
    ClaimList("returnorders", ClaimKind.RETURN, ClaimState.REQUESTED),
    ClaimList("returnedorders", ClaimKind.RETURN, ClaimState.DONE),
    ClaimList("retractretorders", ClaimKind.RETURN, ClaimState.WITHDRAWN),
    ClaimList("exchangeorders", ClaimKind.EXCHANGE, ClaimState.REQUESTED),
    ClaimList("exchangedorders", ClaimKind.EXCHANGE, ClaimState.DONE),
    ClaimList("retractexcorders", ClaimKind.EXCHANGE, ClaimState.WITHDRAWN),
)
STATES: Mapping[str, ClaimState] = {
    "103": ClaimState.IN_PROGRESS,
    "104": ClaimState.HELD,
    "105": ClaimState.REQUESTED,
    "106": ClaimState.DONE,
    "107": ClaimState.WITHDRAWN,
    "108": ClaimState.WITHDRAWN,
    "109": ClaimState.HELD,
    "201": ClaimState.REQUESTED,
    "212": ClaimState.IN_PROGRESS,
    "214": ClaimState.HELD,
    "221": ClaimState.IN_PROGRESS,
    "232": ClaimState.WITHDRAWN,
    "233": ClaimState.WITHDRAWN,
    "301": ClaimState.IN_PROGRESS,
    "302": ClaimState.DONE,
}
"""clmStat of returns and exchanges."""

_FINAL = (ClaimState.DONE, ClaimState.WITHDRAWN)
_GONE = {
    ClaimKind.CANCEL: "cancelled",
    ClaimKind.RETURN: "returned",
    ClaimKind.EXCHANGE: "exchanged",
}


@dataclass(frozen=True)
class Told:
    """One claim as a list told it; `at` is when it was asked for, in 11번가's own writing."""

    key: str
    order_no: str
    line_no: str
    kind: ClaimKind
    state: ClaimState
    remote_state: str
    reason: str
    quantity: int
    at: str
    number: int


def read(listed: ClaimList, rows: Iterable[Row]) -> list[Told]:
    """The claims of one list. Raises ContractError for a row that names no line."""
    return [_read(listed, row) for row in rows]


def _read(listed: ClaimList, row: Row) -> Told:
    cancel = listed.kind is ClaimKind.CANCEL
    state = row.get("ordCnStatCd" if cancel else "clmStat", "")
    number = row.get("ordPrdCnSeq" if cancel else "clmReqSeq", "")
    return Told(
        key=key_of(row),
        order_no=row["ordNo"],
        line_no=row["ordPrdSeq"],
        kind=listed.kind,
        state=listed.state if cancel else STATES.get(state, listed.state),
        remote_state=state or listed.name,
        reason=row.get("ordCnRsnCd" if cancel else "clmReqRsn", ""),
        quantity=whole(row.get("ordCnQty" if cancel else "clmReqQty")) or 0,
        at=row.get("createDt" if cancel else "reqDt", ""),
        number=whole(number) or 0,
    )


def lines_of(told: Iterable[Told]) -> dict[str, Line]:
    """One partial line for each line with a claim: its latest claim, and what is gone.

    All lists of a time are told together, for a line may stand in several of them: an earlier
    request that was withdrawn must not hide a later one.
    """
    by_line: dict[str, list[Told]] = {}
    for one in told:
        by_line.setdefault(one.key, []).append(one)
    return {key: _line(claims) for key, claims in by_line.items()}


def _line(claims: list[Told]) -> Line:
    # The same claim may be met in two lists while it moves on: then its end counts.
    last = max(claims, key=lambda one: (one.at, one.number, one.state in _FINAL))
    finished = {(one.kind, one.number): one for one in claims if one.state is ClaimState.DONE}
    gone: dict[str, int] = {}
    for one in finished.values():
        gone[_GONE[one.kind]] = gone.get(_GONE[one.kind], 0) + one.quantity
    return Line(
        order_no=last.order_no,
        line_no=last.line_no,
        line_key=last.key,
        claim=Claim(
            kind=last.kind,
            state=last.state,
            remote_state=last.remote_state,
            reason=last.reason,
        ),
        cancelled=gone.get("cancelled", UNCHANGED),
        returned=gone.get("returned", UNCHANGED),
        exchanged=gone.get("exchanged", UNCHANGED),
    )


def ended(line: Line) -> bool:
    """Whether a claim has taken something away: the line's own state tells how much is left."""
    return (line.cancelled, line.returned, line.exchanged) != (UNCHANGED,) * 3
