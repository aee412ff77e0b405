"""Writes to one listing at a time, each read back by the listing itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.contracts.product import Listing
from core.contracts.text import Text
from core.contracts.write import (
    Absent,
    Client,
    Done,
    Item,
    Repeat,
    Result,
    Scope,
    Sent,
    Unclear,
    Verdict,
    Write,
)
from core.errors import NotFound, Rejected

Values = Mapping[str, Any]


def listing_write(
    change: Callable[[Client, str, Values], Result],
    holds: Callable[[Listing, Values], bool],
    *,
    get: Callable[[Client, Sequence[str]], Sequence[Listing]],
    gone: Text,
) -> Write:
    """A write that `change` makes listing by listing; `gone` is said of one that is not there.

    `change(client, product_no, values)` may raise NotFound and Rejected. A repeat would undo
    what buyers or the seller did meanwhile: a lost answer is read back by `get`, and is done
    where `holds(listing, values)`.
    """

    def send(client: Client, items: Sequence[Item]) -> list[Result]:
        return [_one(client, item) for item in items]

    def _one(client: Client, item: Item) -> Result:
        try:
            return change(client, item.key, item.values)
        except NotFound as error:
            return Result(item.key, gone, error.code)
        except Rejected as error:
            return Result(item.key, error.text, error.code)

    return Write(
        scope=Scope.LISTING,
        repeat=Repeat.READBACK,
        send=send,
        readback=listing_readback(holds, get=get, gone=gone),
        batch=1,
    )


def listing_readback(
    holds: Callable[[Listing, Values], bool],
    *,
    get: Callable[[Client, Sequence[str]], Sequence[Listing]],
    gone: Text,
) -> Callable[[Client, Sequence[Sent]], dict[str, Verdict]]:
    """A `readback` that reads the listings: done where `holds`, unclear for one that is gone."""

    def readback(client: Client, sent: Sequence[Sent]) -> dict[str, Verdict]:
        found = {listing.product_no: listing for listing in get(client, [one.key for one in sent])}
        return {one.key: _verdict(found.get(one.key), one.values) for one in sent}

    def _verdict(listing: Listing | None, values: Values) -> Verdict:
        if listing is None:
            return Unclear(gone)
        return Done() if holds(listing, values) else Absent()

    return readback
