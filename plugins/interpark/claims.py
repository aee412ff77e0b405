"""Claims of order lines: what buyers ask for, and what became of it (§5.2, §5.3).

A line may have several claims, each in the list of the day on which it was made, while what is
told of the line is one claim and the pieces that all of them took away. So what was read is kept
in the channel's memory for as long as the lists are looked through again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hanpan.api import UNCHANGED, Claim, ClaimKind, ClaimState, Line, LineState
from plugins.interpark.client import CLAIMS, REQUESTS, Interpark, stamp
from plugins.interpark.lines import key_of, orders_of

Get = Callable[[Interpark, Sequence[str]], list[Line]]
"""Lines by their key."""

MEMORY = "claims"
BACK = timedelta(days=14)
KEPT = BACK + timedelta(days=2)

REQUEST_KINDS = {"1": ClaimKind.CANCEL, "2": ClaimKind.RETURN, "3": ClaimKind.EXCHANGE}
CLAIM_KINDS = {"01": ClaimKind.CANCEL, "02": ClaimKind.RETURN, "03": ClaimKind.EXCHANGE}
"""CLMREQ_TP and CLM_CRT_TP."""
REQUESTED, WITHDRAWN = "1", "2"
"""CLMREQ_STAT."""
CLAIM_STATES = {
    "30": ClaimState.REQUESTED,
    "40": ClaimState.WITHDRAWN,
    "50": ClaimState.IN_PROGRESS,
    "80": ClaimState.IN_PROGRESS,
    "90": ClaimState.DONE,
}
"""CURRENT_CLMPRD_STAT; one that we do not know is in progress."""
GONE = {
    ClaimKind.CANCEL: "cancelled",
    ClaimKind.RETURN: "returned",
    ClaimKind.EXCHANGE: "exchanged",
}


@dataclass(frozen=True)
class Entry:
    """A request or a claim; `at` as the wire writes it, `taken` the pieces that it took away."""

    at: str
    kind: ClaimKind
    state: ClaimState
    taken: int = 0
    remote: str = ""
    reason: str = ""


@dataclass
class Known:
    """What was read of one line: its entries by their number, and how many pieces were ordered
    (0: it is in no list any more; None: not asked)."""

    entries: dict[str, Entry] = field(default_factory=dict)
    ordered: int | None = None

    @property
    def newest(self) -> Entry:
        """The entry that counts; a claim comes after the request that it was made of."""
        return max(self.entries.items(), key=lambda told: (told[1].at, told[0]))[1]

    def taken(self, kind: ClaimKind) -> int:
        """Pieces that claims of this kind took away."""
        return sum(one.taken for one in self.entries.values() if one.kind is kind)


def changes(client: Interpark, start: datetime, end: datetime, get: Get) -> tuple[list[Line], int]:
    """Lines that have a claim of this time, told in part (the claim and what it took away), and
    how many rows were read."""
    read = [
        *_requests(client, start, end),
        *_claims(client, start, end),
    ]
    ledger = _remembered(client)
    before = _written(ledger)
    told: dict[str, tuple[str, str]] = {}
    for order_no, seq, number, entry in read:
        key = key_of(order_no, seq)
        told[key] = (order_no, seq)
        ledger.setdefault(key, Known()).entries[number] = entry
    _ask_for_ordered(client, get, {key: ledger[key] for key in told})
    after = _written(_recent(ledger, stamp(client.host.now() - KEPT)))
    if after != before or client.host.memory.get(MEMORY) is None:
        client.host.memory.set(MEMORY, after, seconds=KEPT.total_seconds())
    return [_line(key, *named, ledger[key]) for key, named in told.items()], len(read)


def _requests(
    client: Interpark, start: datetime, end: datetime
) -> Iterator[tuple[str, str, str, Entry]]:
    """§5.2; one that was accepted goes on as a claim of its own."""
    for _, order, lines in orders_of(client.order_list(REQUESTS, start, end)):
        kind = REQUEST_KINDS.get(order.get("CLMREQ_TP", ""))
        if kind is None:
            continue
        at = order.get("CLMREQ_DTS") or order.get("CLMREQ_DT") or ""
        for one in lines:
            entry = Entry(
                at, kind, _request_state(one),
                remote=one.get("CLMREQ_STATNM") or one.get("CLMREQ_STAT", ""),
                reason=one.get("CLMREQ_RSN_TPNM", ""),
            )  # fmt: skip
            yield order["ORD_NO"], one["ORD_SEQ"], f"1:{order.get('CLMREQ_SEQ', '')}", entry


def _request_state(one: Mapping[str, str]) -> ClaimState:
    if one.get("CLMREQ_STAT") == WITHDRAWN or one.get("CLMREQ_REFUSE_DTS"):
        return ClaimState.WITHDRAWN
    return ClaimState.IN_PROGRESS if one.get("CLMREQ_ACCEPT_DTS") else ClaimState.REQUESTED


def _claims(
    client: Interpark, start: datetime, end: datetime
) -> Iterator[tuple[str, str, str, Entry]]:
    """§5.3; what a claim takes away is gone when it is done."""
    for _, order, lines in orders_of(client.order_list(CLAIMS, start, end)):
        kind = CLAIM_KINDS.get(order.get("CLM_CRT_TP", ""))
        if kind is None:
            continue
        number = f"2:{order.get('CLM_NO', '')}:{order.get('CLM_SEQ', '')}"
        for one in lines:
            state = CLAIM_STATES.get(one.get("CURRENT_CLMPRD_STAT", ""), ClaimState.IN_PROGRESS)
            pieces = one.get("CLM_QTY", "")
            entry = Entry(
                one.get("CLM_DTS") or one.get("CLM_DT") or "", kind, state,
                taken=int(pieces) if state is ClaimState.DONE and pieces.isdecimal() else 0,
                remote=one.get("CURRENT_CLMPRD_STATNM") or one.get("CURRENT_CLMPRD_STAT", ""),
                reason=one.get("CLM_RSN_TPNM", ""),
            )  # fmt: skip
            yield order["ORD_NO"], one["ORD_SEQ"], number, entry


def _ask_for_ordered(client: Interpark, get: Get, told: Mapping[str, Known]) -> None:
    """How many pieces were ordered of lines with a finished cancel: the claim does not say."""
    unsure = [
        key for key, one in told.items() if one.ordered is None and one.taken(ClaimKind.CANCEL)
    ]
    found = {line.line_key: line.quantity for line in get(client, unsure)} if unsure else {}
    for key in unsure:
        quantity = found.get(key, 0)
        told[key].ordered = quantity if isinstance(quantity, int) else None


def _line(key: str, order_no: str, seq: str, known: Known) -> Line:
    now = known.newest
    gone: dict[str, Any] = {
        name: known.taken(kind) for kind, name in GONE.items() if known.taken(kind)
    }
    cancelled = known.taken(ClaimKind.CANCEL)
    whole = cancelled > 0 and known.ordered is not None and cancelled >= known.ordered
    return Line(
        order_no=order_no,
        line_no=seq,
        line_key=key,
        state=LineState.CANCELLED if whole else UNCHANGED,
        claim=Claim(kind=now.kind, state=now.state, remote_state=now.remote, reason=now.reason),
        **gone,
    )


# -- the memory -------------------------------------------------------------------------------


def _remembered(client: Interpark) -> dict[str, Known]:
    told = json.loads(client.host.memory.get(MEMORY) or "{}")
    return {
        key: Known(
            {
                number: Entry(at, ClaimKind(kind), ClaimState(state), taken, remote, reason)
                for number, (at, kind, state, taken, remote, reason) in entries.items()
            },
            ordered,
        )
        for key, (ordered, entries) in told.items()
    }


def _written(ledger: Mapping[str, Known]) -> str:
    told = {
        key: [
            one.ordered,
            {
                number: [e.at, e.kind.value, e.state.value, e.taken, e.remote, e.reason]
                for number, e in one.entries.items()
            },
        ]
        for key, one in ledger.items()
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _recent(ledger: Mapping[str, Known], since: str) -> dict[str, Known]:
    return {key: one for key, one in ledger.items() if one.newest.at >= since}
