"""Listings without a piece left: 11번가 takes no stock of 0 for a whole product, so its sale is
stopped instead (§5.3). All that follows from it stands here.

What was stopped so is remembered, and told as sold out with no pieces, although its stock rows
go on showing the last ones. A listing that the seller stopped is told to have none either, and
stays stopped when there are some again. The memory goes with the credentials: a listing that was
empty then stays stopped until somebody resumes it, and is not sold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from hanpan.api import UNCHANGED, Listing, ListingOption, SaleState
from plugins.eleven_st.client import ElevenSt
from plugins.eleven_st.listings import STOPPED
from plugins.eleven_st.refusals import DONE

EMPTY, STAYS = "empty", "stays"
"""Stopped because nothing is left; or stopped by the seller, and nothing is left either."""
_KEPT = "without-pieces"
_YEAR = 366 * 86400.0

Answer = tuple[str, str]
"""11번가's code and its text."""
_NOTHING_TO_DO: Answer = (DONE[0], "")


def told(client: ElevenSt, listings: Iterable[Listing]) -> list[Listing]:
    """The listings, with no pieces where a stop stands for that."""
    marks = _marks(client)
    return [_told(listing, marks.get(listing.product_no)) for listing in listings]


def _told(listing: Listing, mark: str | None) -> Listing:
    if mark is None or listing.state is not SaleState.STOPPED:
        return listing
    told = listing.options
    return replace(
        listing,
        state=SaleState.SOLD_OUT if mark == EMPTY else SaleState.STOPPED,
        options=told if told is UNCHANGED else [_without(option) for option in told],
    )


def _without(option: ListingOption) -> ListingOption:
    return replace(option, stock=0, state=SaleState.SOLD_OUT)


def empty(client: ElevenSt, number: str) -> Answer:
    """Nothing is left. Raises NotFound."""
    if _is_stopped(client, number):
        if number not in _marks(client):
            _mark(client, number, STAYS)
        return _NOTHING_TO_DO
    # Remembered first: what is stopped and not remembered would stay so.
    _mark(client, number, EMPTY)
    answer = client.set_on_sale(number, False)
    if answer[0] not in DONE:
        _mark(client, number, None)
    return answer


def fill(client: ElevenSt, number: str) -> Answer:
    """There are pieces again, as its stock rows say by now. Raises NotFound."""
    mark = _marks(client).get(number)
    if mark is None:
        return _NOTHING_TO_DO
    resumes = mark == EMPTY and _is_stopped(client, number)
    answer = client.set_on_sale(number, True) if resumes else _NOTHING_TO_DO
    if answer[0] in DONE:
        _mark(client, number, None)
    return answer


def switch(client: ElevenSt, number: str, on_sale: bool) -> Answer:
    """Stop or resume the sale for the seller: what has no pieces is resumed when it has some.
    Raises NotFound."""
    if number in _marks(client):
        if _is_stopped(client, number):
            _mark(client, number, EMPTY if on_sale else STAYS)
            return _NOTHING_TO_DO
        _mark(client, number, None)
    return client.set_on_sale(number, on_sale)


def _is_stopped(client: ElevenSt, number: str) -> bool:
    return client.product(number).get("selStatCd") == STOPPED


# All of a channel's are one value: every slice of work reads the whole memory of its channel.
def _marks(client: ElevenSt) -> dict[str, str]:
    found: dict[str, str] = json.loads(client.host.memory.get(_KEPT) or "{}")
    return found


def _mark(client: ElevenSt, number: str, mark: str | None) -> None:
    marks = _marks(client)
    marks.pop(number, None)
    if mark is not None:
        marks[number] = mark
    kept = json.dumps(marks, separators=(",", ":"))
    client.host.memory.set(_KEPT, kept, seconds=_YEAR)
