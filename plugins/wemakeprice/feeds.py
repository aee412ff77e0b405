"""The lists that a round of collecting reads, and what their rows become (§5, §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from hanpan.api import ClaimKind, Line, take
from plugins.wemakeprice.assumed import FURTHER_TYPES
from plugins.wemakeprice.client import Rows, Wemakeprice
from plugins.wemakeprice.lines import bundle_of, claimed_lines, gone, lines_of
from plugins.wemakeprice.withdrawals import CANCELS, Pending, pending_of

BUNDLES_MOST, CLAIMS_MOST = 300, 20
"""Rows that a page is made of: each finished claim has its bundle read as well."""


@dataclass(frozen=True)
class Feed:
    """A list: bundles in a state (no `status`), or claims of a kind in a status."""

    kind: str
    status: str = ""

    @property
    def name(self) -> str:
        """What a cursor calls it."""
        return f"{self.kind}.{self.status}" if self.status else self.kind

    @property
    def most(self) -> int:
        """Rows that are taken at once."""
        return CLAIMS_MOST if self.status else BUNDLES_MOST

    def rows(self, client: Wemakeprice, since: datetime, until: datetime) -> Rows:
        """Its rows by the date on which they came into it."""
        if self.status:
            return client.claims(self.kind, self.status, self.status, since, until)
        return client.orders(self.kind, since, until)


FEEDS = (
    *(Feed(kind) for kind in ("NEW", "CONFIRM", *FURTHER_TYPES)),
    *(
        Feed(kind, status)
        # What is open now comes last: it counts more than a claim that has ended.
        for status in ("WITHDRAW", "APPROVE", "REQUEST")
        for kind in ("CANCEL", "RETURN", "EXCHANGE")
        # A cancel that is taken back is never there (§6): see `withdrawals`.
        if (kind, status) != ("CANCEL", "WITHDRAW")
    ),
)
"""In the order in which a line goes through them: one that moves on meanwhile is met again."""

_ENDING = {"CANCEL": ClaimKind.CANCEL, "RETURN": ClaimKind.RETURN}


def read(client: Wemakeprice, feed: Feed, rows: Rows) -> tuple[list[Line], dict[str, Pending]]:
    """The lines of a list's rows, each once, and the cancel requests among them."""
    if not feed.status:
        return list(_by_key(line for row in rows for line in lines_of(row)).values()), {}
    rows = list({str(take(row, "claimBundleNo")): row for row in rows}.values())
    told: dict[str, tuple[Line, int]] = {}
    for row in rows:
        for line, pieces in claimed_lines(row, feed.kind, feed.status):
            before = told[line.line_key][1] if line.line_key in told else 0
            told[line.line_key] = line, before + pieces
    if feed.status == "APPROVE" and feed.kind in _ENDING:
        return _ended(client, _ENDING[feed.kind], told), {}
    pending = pending_of(rows) if (feed.kind, feed.status) == CANCELS else {}
    return [line for line, _ in told.values()], pending


def _ended(
    client: Wemakeprice, kind: ClaimKind, told: Mapping[str, tuple[Line, int]]
) -> list[Line]:
    """Lines of finished claims; their bundles tell which of them still stand."""
    bundles = [client.bundle(no) for no in dict.fromkeys(map(bundle_of, told))]
    whole = _by_key(line for bundle in bundles for line in (lines_of(bundle) if bundle else ()))
    return [gone(line, kind, pieces, whole.get(key)) for key, (line, pieces) in told.items()]


def _by_key(lines: Iterable[Line]) -> dict[str, Line]:
    return {line.line_key: line for line in lines}
