"""딜: the groups of listings that are sold together, with what each holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for

from core.services import channels, listing_group_list
from core.services.listing_group_list import Wanted
from core.services.listing_list import CAP, LONGEST
from web import channel_state, listing_words, paging
from web.database import db
from web.pages.listings import IDS, SIZE, listings
from web.render import page


@dataclass(frozen=True)
class Asked:
    """What the list was asked for."""

    wanted: Wanted

    @property
    def params(self) -> dict[str, str]:
        """The arguments that name it."""
        told = {"view": self.wanted.view, "ch": self.wanted.channel, "q": self.wanted.find}
        return {name: value for name, value in told.items() if value}

    def address(self, **changed: str) -> str:
        """The list with some arguments changed ("" leaves one out); it begins at the top."""
        told: dict[str, Any] = {**self.params, **changed}
        return url_for("listings.deals", **{name: value for name, value in told.items() if value})


def asked_of(source: Mapping[str, str]) -> Asked:
    """Read what is asked for; what is not one of its values is left out."""
    view, channel = source.get("view", ""), source.get("ch", "")
    find = " ".join(source.get("q", "").replace("\x00", " ").split())
    return Asked(
        Wanted(
            view=view if view in listing_group_list.VIEWS else "",
            channel=channel if IDS.fullmatch(channel) else "",
            find=find[:LONGEST],
        )
    )


@listings.get("/deals")
def deals() -> Response:
    """Show a page of the groups."""
    asked, session = asked_of(request.args), db.session()
    after, before = request.args.get("after", ""), request.args.get("before", "")
    found = listing_group_list.page(session, asked.wanted, after=after, before=before, limit=SIZE)
    counts = listing_group_list.counts(session, asked.wanted)
    held = listing_group_list.held(session, [one.id for one in found.rows])
    known = {channel.id: channel for channel in channels.live(session)}
    of_channels = listing_group_list.channel_counts(session, asked.wanted)
    total = counts[asked.wanted.view]
    return page(
        "listings/deals.html",
        asked=asked,
        rows=[
            {
                "group": one,
                "channel": (channel := known[one.channel_id]),
                "market": channel_state.market_of(channel.marketplace),
                "state": listing_words.standing(one.state),
                "ends": listing_words.ends_of(one),
                "held": held[one.id],
            }
            for one in found.rows
        ],
        counts=counts,
        cap=CAP,
        channels=[
            {
                "channel": channel,
                "market": channel_state.market_of(channel.marketplace),
                "count": of_channels[channel.id],
                "href": asked.address(ch=channel.id),
            }
            for channel in known.values()
            if of_channels.get(channel.id)
        ],
        there_are=listing_group_list.there_are(session),
        total=min(total, CAP),
        **paging.around(asked, found, paging.first_of(request.args, found, total), SIZE),
    )
