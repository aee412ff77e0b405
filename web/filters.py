"""The filter of the order list: read from an address or a form, and written into addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import url_for

from core.services import board, searches
from core.services.board import Filter
from core.services.outcome import Missing
from core.services.searches import Find
from web import sessions
from web.database import db

DAYS = ("1", "3", "7", "30")
OWN = "custom"
_ID = re.compile(r"[0-9a-f]{32}")
_NOTHING = Find(text="")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A filter with the words that it came in.

    `params` are the arguments that name it; `text` is what the search box shows; `forgotten` says
    that its saved search is gone, `personal` that a personal search stood in the address.
    """

    filter: Filter
    params: Mapping[str, str] = field(default_factory=dict)
    days: str = ""
    text: str = ""
    forgotten: bool = False
    personal: bool = False

    def address(self, **changed: str) -> str:
        """The list with some arguments changed ("" leaves one out); it begins at the top."""
        return url_for("orders.index", **self.changed(**changed))

    def changed(self, **changed: str) -> dict[str, Any]:
        """The arguments with some changed; from_ means `from`."""
        told = {name.rstrip("_"): value for name, value in changed.items()}
        return {name: value for name, value in {**self.params, **told}.items() if value}

    @property
    def plain(self) -> bool:
        """True when nothing narrows the list but, maybe, its view."""
        return not set(self.params) - {"view", "sort"}


def read(source: Mapping[str, str]) -> Asked:
    """Read a filter; what is not one of its values is left out."""
    view = _one_of(source.get("view", ""), board.VIEWS)
    channel = source.get("ch", "")
    channel = channel if _ID.fullmatch(channel) else ""
    base = _one_of(source.get("base", ""), tuple(board.BASES)) or "ordered"
    sort = _one_of(source.get("sort", ""), board.SORTS)
    days, since, until = _period(source)
    search = source.get("s", "") if _ID.fullmatch(source.get("s", "")) else ""
    text, find, forgotten, personal = _search(source.get("q", ""), search)
    params = {
        "view": view,
        "ch": channel,
        "base": "" if base == "ordered" else base,
        "days": days,
        "from": since.isoformat() if since and days == OWN else "",
        "to": until.isoformat() if until and days == OWN else "",
        "q": text if not search else "",
        "s": search,
        "sort": sort,
    }
    return Asked(
        filter=Filter(
            view=view,
            channel=channel,
            base=base,
            since=since,
            until=until,
            find=find,
            sort=sort,
        ),
        params={name: value for name, value in params.items() if value},
        days=days,
        text=text,
        forgotten=forgotten,
        personal=personal,
    )


def _one_of(value: str, known: tuple[str, ...]) -> str:
    return value if value in known else ""


def _period(source: Mapping[str, str]) -> tuple[str, date | None, date | None]:
    days = source.get("days", "")
    if days in DAYS:
        return days, board.today() - timedelta(days=int(days) - 1), None
    since, until = _date(source.get("from", "")), _date(source.get("to", ""))
    if since and until and since > until:
        since, until = until, since
    return OWN if since or until or days == OWN else "", since, until


def _date(value: str) -> date | None:
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def _search(typed: str, search: str) -> tuple[str, Find | None, bool, bool]:
    if search:
        try:
            text = searches.saved(db.session(), search, sessions.me().user.id)
        except Missing:
            return "", _NOTHING, True, False
        return text, searches.read(text), False, False
    text = searches.tidy(typed)
    if searches.looks_personal(text):
        return "", None, False, True
    return text, searches.read(text), False, False
