"""Cancel requests that a buyer takes back: no list tells them (§6), only that they are gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hanpan.api import Claim, ClaimKind, ClaimState, Line, moment_of
from plugins.wemakeprice.client import Rows, Wemakeprice
from plugins.wemakeprice.lines import bundle_of, claimed_lines, line_of, lines_of

CANCELS = ("CANCEL", "REQUEST")
MOST = 200
KEPT = timedelta(days=14)
DOUBTED = timedelta(hours=1)
"""How long a request is looked for at all, and how long after it was once not there."""
DAY = timedelta(hours=23)

_WITHDRAWN = Claim(kind=ClaimKind.CANCEL, state=ClaimState.WITHDRAWN, remote_state="철회")
_REQUESTED = Claim(kind=ClaimKind.CANCEL, state=ClaimState.REQUESTED, remote_state="신청")


@dataclass(frozen=True)
class Named:
    """A line by its order and its key."""

    order_no: str
    key: str

    @classmethod
    def read(cls, told: str) -> Named:
        """From a cursor. Raises ValueError."""
        order_no, slash, key = told.partition("/")
        if not slash or not line_of(key):
            raise ValueError(told)
        return cls(order_no, key)

    def write(self) -> str:
        """For a cursor."""
        return f"{self.order_no}/{self.key}"


@dataclass(frozen=True)
class Pending:
    """A cancel request that was open: when it was made, and its lines. `gone` is since when it
    has not been there any more."""

    at: datetime
    lines: tuple[Named, ...]
    gone: datetime | None = None


def pending_of(rows: Rows) -> dict[str, Pending]:
    """The open cancel requests of a list by their number."""
    found = {}
    for row in rows:
        at = moment_of(row.get("requestDate"))
        if at is not None:
            lines = [line for line, _ in claimed_lines(row, *CANCELS)]
            told = tuple(Named(line.order_no, line.line_key) for line in lines)
            found[str(row["claimBundleNo"])] = Pending(at, told)
    return found


def withdrawn(
    client: Wemakeprice, claims: Mapping[str, Pending], since: datetime, now: datetime
) -> tuple[list[Line], dict[str, Pending]]:
    """Lines whose cancel request was taken back, and the requests to go on looking for.

    A request of before `since` that is neither open nor approved any more, while the order still
    stands, was taken back. It is looked for a while longer: where a list was empty by mistake, it
    is there again.
    """
    kept = {no: one for no, one in claims.items() if _worth_a_look(one, now)}
    older = {no: one for no, one in kept.items() if one.at < since}
    lines: list[Line] = []
    for numbers in _within_a_day(older):
        first, last = older[numbers[0]].at, older[numbers[-1]].at
        open_ = _numbers(client.claims(*CANCELS, "REQUEST", first, last))
        missing = [no for no in numbers if no not in open_]
        done = (
            _numbers(client.claims("CANCEL", "APPROVE", "REQUEST", first, last)) if missing else ()
        )
        for number in numbers:
            one = older[number]
            if number in done:
                del kept[number]
            elif number in open_ and one.gone is not None:
                kept[number] = replace(one, gone=None)
                lines += _lines(one, _REQUESTED)
            elif number not in open_ and one.gone is None and _stands(client, one):
                kept[number] = replace(one, gone=now)
                lines += _lines(one, _WITHDRAWN)
    return lines, kept


def _worth_a_look(one: Pending, now: datetime) -> bool:
    return now - one.at < KEPT and (one.gone is None or now - one.gone < DOUBTED)


def _within_a_day(claims: Mapping[str, Pending]) -> Iterator[Sequence[str]]:
    """Their numbers by the time of the request, as many together as one window holds."""
    some: list[str] = []
    for number in sorted(claims, key=lambda no: claims[no].at):
        if some and claims[number].at - claims[some[0]].at > DAY:
            yield some
            some = []
        some.append(number)
    if some:
        yield some


def _numbers(rows: Rows) -> set[str]:
    return {str(row.get("claimBundleNo")) for row in rows}


def _stands(client: Wemakeprice, one: Pending) -> bool:
    """Whether the bundle still holds a line of the request."""
    keys = {line.key for line in one.lines}
    bundles = [client.bundle(no) for no in dict.fromkeys(map(bundle_of, keys))]
    return any(line.line_key in keys for bundle in bundles if bundle for line in lines_of(bundle))


def _lines(one: Pending, claim: Claim) -> list[Line]:
    return [
        Line(order_no=line.order_no, line_no=line_of(line.key), line_key=line.key, claim=claim)
        for line in one.lines
    ]
