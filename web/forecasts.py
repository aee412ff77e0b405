"""The second press before something is sent to marketplaces: what would go where, now and then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from flask import Response, request
from sqlalchemy import select

from core.models import Channel
from core.services import listing_rows
from core.services.push_forecast import Forecast
from web import channel_state, listing_words
from web.database import db
from web.render import page

SHOWN = 100
"""So many rows are shown; the others are counted."""
_OURS = ("csrf_token", "sure")


def ask(
    forecast: Forecast,
    *,
    title: str,
    button: str,
    back: str,
    nav: str,
    fields: Iterable[tuple[str, str]] | None = None,
) -> Response | None:
    """The page that says what would be sent; None where nothing would, or it was seen so.

    `fields` are posted again at the second press, to the same address: what was posted now where
    they are left out.
    """
    seen = request.form.get("sure", "")
    if not forecast.sent or seen == forecast.digest:
        return None
    posted = request.form.items(multi=True) if fields is None else fields
    return page(
        "listings/forecast.html",
        status=422 if seen else 200,
        title=title,
        button=button,
        back=back,
        section=nav,
        rows=_rows(forecast),
        count=len(forecast.sent),
        same=forecast.same,
        refused=Counter(forecast.refused.values()).most_common(),
        moved=bool(seen),
        action=request.path,
        fields=[(name, value) for name, value in posted if name not in _OURS],
        digest=forecast.digest,
    )


def _rows(forecast: Forecast) -> list[dict[str, Any]]:
    session, some = db.session(), forecast.sent[:SHOWN]
    ids = list(dict.fromkeys(one.listing_id for one in some))
    rows = listing_rows.by_id(session, ids)
    known = {channel.id: channel for channel in session.scalars(select(Channel))}
    names: dict[str, dict[str, str]] = {}
    for option in listing_rows.options_of(session, ids):
        names.setdefault(option.listing_id, {})[option.option_no] = option.name
    return [
        {
            "listing": rows[one.listing_id],
            "channel": known[one.channel_id],
            "market": channel_state.market_of(known[one.channel_id].marketplace),
            "what": listing_words.what_word(one.what),
            "before": listing_words.value_word(one.what, one.before, names[one.listing_id]),
            "after": listing_words.value_word(one.what, one.after, names[one.listing_id]),
        }
        for one in some
    ]
