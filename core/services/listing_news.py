"""What changed of a listing since it was last seen, as entries of its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core import store
from core.contracts.product import SaleState
from core.models import ListingPush

_PUSH: Any = ListingPush.__table__

SAID = {
    "name": "name",
    "price": "price",
    "state": "state",
    "displayed": "display",
    "sale_starts": "starts",
    "sale_ends": "ends",
    "code": "code",
}
"""The kind of entry for a column that changed; it tells what was and what is."""

UNSAID = ("category", "image")
"""Columns of which an entry only says that they changed."""

UNTOLD: Mapping[str, Any] = {
    "name": "", "price": None, "state": SaleState.UNKNOWN.value, "displayed": None,
    "category": "", "image": "",
}  # fmt: skip
"""What stands in a column until somebody has told it: the first telling is no change."""

UNTOLD_OPTION: Mapping[str, Any] = {"code": "", "extra": 0}
"""The same of an option that was told in part until now: by a file, without its state."""

MOST_ROWS = 20
"""So many options are named in one entry."""


@dataclass(frozen=True)
class Echo:
    """What we asked the marketplace for, of one listing: hearing that again is no news.

    `wanted` are its pushes by what. What was accepted is stored already, so only that counts
    which is not accepted yet, or was after the listing was last seen.
    """

    wanted: Mapping[str, Any]
    old: Any

    def is_ours(self, what: str, name: str, value: Any) -> bool:
        """Whether this is what we asked for."""
        values = self._values(what)
        if what == "status" and values is not None:
            told = SaleState.ON_SALE if values.get("on_sale") else SaleState.STOPPED
            return bool(value == told.value)
        return bool(values is not None and name in values and values[name] == value)

    def stock_is_ours(self, option_no: str, pieces: int | None) -> bool:
        """Whether so many pieces of an option are what we asked for."""
        values = self._values("stock")
        told = values.get("options", {}) if values is not None else {}
        return pieces is not None and told.get(option_no) == pieces

    def _values(self, what: str) -> Mapping[str, Any] | None:
        push = self.wanted.get(what)
        if push is None:
            return None
        seen = self.old.seen_at if self.old is not None else None
        fresh = push.done_at is None or seen is None or push.done_at >= seen
        return push.values if push.done_version < push.version or fresh else None


def wanted(session: Session, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What is wanted of these listings, by id and by what."""
    found: dict[str, dict[str, Any]] = {}
    for row in store.rows_among(session, store.select_in(_PUSH), _PUSH.c.listing_id, ids):
        found.setdefault(row.listing_id, {})[row.what] = row
    return found


def told(
    facts: Mapping[str, Any],
    old: Any,
    options: Mapping[str, Mapping[str, Any]],
    olds: Mapping[str, Any],
    echo: Echo,
) -> list[tuple[str, dict[str, Any]]]:
    """The entries (kind, detail) for what differs from what is stored, and was not ours.

    `facts` and `options` (by number) are what stands now, `old` and `olds` what stood before.
    """
    found: list[tuple[str, dict[str, Any]]] = []
    if old.gone_at is not None:
        found.append(("back", {}))
    whats = {"price": "price", "state": "status", "displayed": "display"}
    for name, kind in SAID.items():
        was, now = getattr(old, name), facts[name]
        if _differs(name, was, now) and not (
            name in whats and echo.is_ours(whats[name], name, now)
        ):
            found.append((kind, {"from": _plain(was), "to": _plain(now)}))
    unsaid = [name for name in UNSAID if _differs(name, getattr(old, name), facts[name])]
    if unsaid:
        found.append(("details", {"names": unsaid}))
    stocks = _stocks(options, olds, echo)
    if stocks:
        found.append(("stock", _rows(stocks)))
    others = _others(options, olds) if olds else []  # the first telling is no change
    if others:
        found.append(("options", _rows(others)))
    return found


def _differs(name: str, was: Any, now: Any) -> bool:
    return bool(was != now) and not (name in UNTOLD and was == UNTOLD[name])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _rows(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"rows": rows[:MOST_ROWS], "more": max(0, len(rows) - MOST_ROWS)}


def _stocks(
    options: Mapping[str, Mapping[str, Any]], olds: Mapping[str, Any], echo: Echo
) -> list[dict[str, Any]]:
    return [
        {"no": number, "name": row["name"], "from": olds[number].stock, "to": row["stock"]}
        for number, row in options.items()
        if number in olds
        and olds[number].gone_at is None
        and olds[number].stock != row["stock"]
        and not echo.stock_is_ours(number, row["stock"])
    ]


def _others(
    options: Mapping[str, Mapping[str, Any]], olds: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What changed of the options but their stock: come, gone, or other in a column."""
    found: list[dict[str, Any]] = []
    for number, row in options.items():
        old = olds.get(number)
        if old is None or old.gone_at is not None:
            found.append({"no": number, "name": row["name"], "what": "come"})
            continue
        unknown = UNTOLD["state"]
        part = UNTOLD_OPTION if old.state == unknown != row["state"] else {}
        for name in ("name", "code", "extra", "state"):
            was, now = getattr(old, name), row[name]
            if _differs(name, was, now) and not (name in part and was == part[name]):
                found.append(
                    {"no": number, "name": row["name"], "what": name, "from": was, "to": now}
                )
    found += [
        {"no": number, "name": old.name, "what": "gone"}
        for number, old in olds.items()
        if old.gone_at is None and number not in options
    ]
    return found
