"""What rows of a batch of listings are: new, here already, matched with SKUs, or a problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core import store
from core.contracts.page import UNCHANGED
from core.contracts.product import Listing, ListingOption
from core.contracts.text import Text
from core.files import listed
from core.services import batch_rows, listing_groups, listings, matching
from core.services.matching import Asked, Part, Proposal

NEW, CHANGED, SAME, PROBLEM = "new", "changed", "same", "problem"

AGAIN = Text(
    "{row}행과 같은 번호({number})입니다. 앞의 것만 가져옵니다.",
    "It has the same number as row {row} ({number}): only that one is imported.",
)
NO_NUMBER = Text("상품번호가 없습니다.", "It has no product number.")
LONG = Text("상품번호가 {n}자를 넘습니다.", "The product number is longer than {n} characters.")
TOLD_TWICE = Text(
    "옵션번호가 두 번 나옵니다: {number}. 파일을 확인해 주세요.",
    "The option number '{number}' comes twice. Look at the file.",
)
LONGEST = 64

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """A listing or a group as plain data, or a problem; `whole` where nothing is left to read."""

    number: int
    listing: Plain | None = None
    group: Plain | None = None
    problem: Mapping[str, str] | None = None
    whole: bool = False

    @property
    def key(self) -> str:
        """The number of the listing or of the group."""
        if self.listing is not None:
            return str(self.listing["product_no"])
        return str(self.group["group_no"]) if self.group is not None else ""


def of_parser(plain: Sequence[Any]) -> Row:
    """The row that a parser's child sent."""
    return Row(*plain)


class Judge:
    """Judges the rows of one batch in their order; remembers the numbers that came before."""

    def __init__(self, batch_id: str, channel: Any, observed_at: datetime) -> None:
        self._batch_id, self._channel, self._at = batch_id, channel, observed_at
        self._seen: dict[str, int] = {}

    def rows(self, session: Session, found: Iterable[Row]) -> list[dict[str, Any]]:
        """The rows with their verdicts, as the batch stores them."""
        stored = [self._stored(row) for row in found]
        good = [row for row in stored if row["verdict"] != PROBLEM]
        self._compare(session, [row for row in good if "listing" in row["values"]])
        self._compare_groups(session, [row for row in good if "group" in row["values"]])
        return stored

    def _stored(self, row: Row) -> dict[str, Any]:
        key = row.key
        reason = row.problem or self._wrong(row, key)
        told = {"listing": row.listing, "group": row.group, "whole": row.whole}
        values = {name: value for name, value in told.items() if value}
        return {
            "batch_id": self._batch_id,
            "number": row.number,
            "key": key[:LONGEST],
            "values": values,
            "verdict": PROBLEM if reason is not None else NEW,
            "reason": reason,
            "sku_id": None,
            "changes": None,
            "link": "",
            "outcome": "",
            "chosen": False,
        }

    def _wrong(self, row: Row, key: str) -> dict[str, str] | None:
        """Why a row is a problem, as it is stored, or None."""
        if not key:
            return NO_NUMBER.stored()
        if len(key) > LONGEST:
            return LONG.format(n=LONGEST).stored()
        first = self._seen.setdefault(key if row.group is None else f"딜 {key}", row.number)
        if first != row.number:
            return AGAIN.format(row=first, number=key).stored()
        options = (row.listing or {}).get("options")
        if not options:
            return None
        counted = Counter(one["option_no"] for one in options)
        ((number, times),) = counted.most_common(1)
        return TOLD_TWICE.format(number=number).stored() if times > 1 else None

    def _compare(self, session: Session, rows: Sequence[dict[str, Any]]) -> None:
        workspace_id, account = store.current_workspace(), self._channel.account
        ids = {
            row["number"]: listings.listing_id(workspace_id, account, row["key"]) for row in rows
        }
        there = listings.by_id(session, list(ids.values()))
        known = [row for row in rows if ids[row["number"]] in there]
        if known:
            told = [listed.listing_of(row["values"]["listing"]) for row in known]
            news = listings.compare(session, self._channel, told, self._at)
            changed: dict[str, list[str]] = {}
            for event in news.events:
                changed.setdefault(event["listing_id"], []).append(event["kind"])
            for row in known:
                kinds = changed.get(ids[row["number"]])
                row["verdict"] = CHANGED if kinds else SAME
                row["changes"] = {"kinds": sorted(set(kinds))} if kinds else None
        options = standing(session, list(there))
        asked = [
            one
            for row in rows
            for one in asked_of(
                row["number"],
                row["values"]["listing"],
                ids[row["number"]],
                there.get(ids[row["number"]]),
                options,
            )
        ]
        link(rows, matching.propose(session, asked))

    def _compare_groups(self, session: Session, rows: Sequence[dict[str, Any]]) -> None:
        if not rows:
            return
        groups = {row["number"]: listed.group_of(row["values"]["group"]) for row in rows}
        kinds = listing_groups.verdicts(session, self._channel, list(groups.values()))
        numbers = list(
            dict.fromkeys(number for group in groups.values() for number in group.product_nos)
        )
        absent = set(listing_groups.missing(session, self._channel, numbers))
        for row in rows:
            group = groups[row["number"]]
            row["verdict"] = kinds[group.group_no]
            gone = [number for number in group.product_nos if number in absent]
            row["changes"] = {"absent": gone} if gone else None


# -- the options of a row, and the SKUs that they may be -------------------------------------------


def standing(session: Session, listing_ids: Sequence[str]) -> dict[str, list[Any]]:
    """The options of stored listings that are there now, by listing."""
    found: dict[str, list[Any]] = {}
    for one in listings.options_of(session, listing_ids):
        if one.gone_at is None:
            found.setdefault(one.listing_id, []).append(one)
    return found


def asked_of(
    number: int, plain: Plain, listing_id: str, old: Any, stored: Mapping[str, Sequence[Any]]
) -> list[Asked]:
    """What SKUs are asked for, by (row, option number): its options as told, else as stored.

    One that tells none and is not stored yet counts as having one row.
    """
    options: list[tuple[str, str, str]]
    if "options" in plain:
        options = [
            (one["option_no"], str(one.get("code") or ""), str(one.get("name") or ""))
            for one in plain["options"]
        ]
    else:
        options = [(one.option_no, one.code, one.name) for one in stored.get(listing_id, ())]
        options = options or [("", "", "")]
    told = {name: plain.get(name, getattr(old, name, "")) or "" for name in ("code", "name")}
    return [
        Asked(
            key=(number, option_no),
            option_id=listings.option_id(listing_id, option_no) if old is not None else None,
            listing_code=str(told["code"]),
            option_code=code,
            name=str(told["name"]),
            option_name=name,
            single=len(options) == 1,
        )
        for option_no, code, name in options
    ]


def link(rows: Sequence[dict[str, Any]], proposals: Mapping[tuple[int, str], Proposal]) -> None:
    """Note in each row which SKUs were found for its options, or why that cannot be said."""
    of_row: dict[int, list[tuple[str, Proposal]]] = {}
    for (number, option_no), proposal in proposals.items():
        of_row.setdefault(number, []).append((option_no, proposal))
    for row in rows:
        found = [(option_no, one) for option_no, one in of_row.get(row["number"], ()) if one.parts]
        unclear = [one.problem for _, one in of_row.get(row["number"], ()) if one.problem]
        if unclear:
            row["link"], row["reason"] = batch_rows.UNCLEAR, unclear[0].stored()
        elif found:
            row["link"] = batch_rows.MATCHED
        if found:
            row["sku_id"] = found[0][1].parts[0].sku_id
            told = [[number, one.how, plain_parts(one.parts)] for number, one in found]
            row["changes"] = {**(row["changes"] or {}), "match": told}


def plain_parts(parts: Iterable[Part]) -> list[list[Any]]:
    """Parts as a row stores them."""
    return [[part.sku_id, part.quantity] for part in parts]


def with_one_row(listing: Listing) -> Listing:
    """The same with its one row, where nobody told of any."""
    if listing.options is not UNCHANGED:
        return listing
    return replace(listing, options=[ListingOption(option_no="")])
