"""What is changed of a listing (§5.3, §5.5): its price, stock, sale and period.

A write is read back by the listing itself: each says what shall be so, not what is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hanpan.api import (
    Listing,
    NotFound,
    OutcomeUnknown,
    Result,
    Retryable,
    Write,
    fulfilled,
    listing_write,
    take,
    whole,
)
from plugins.eleven_st import emptiness
from plugins.eleven_st.client import ElevenSt
from plugins.eleven_st.listings import listing_of
from plugins.eleven_st.refusals import DONE, GONE, NO_OPTION, NOT_TENS, listing_text

Values = Mapping[str, Any]
TENS, MOST_PRICE = 10, 999_999_990
"""§5.4: what a price is a multiple of, and the highest, in won."""


def get(client: ElevenSt, numbers: Sequence[str]) -> list[Listing]:
    """Whole listings with all of their stock rows; those that are gone are absent."""
    found = []
    for number in numbers:
        try:
            found.append(listing_of(client.product(number), client.stocks(number)))
        except NotFound:
            continue
    return emptiness.told(client, found)


def _price(client: ElevenSt, number: str, values: Values) -> Result:
    won = int(values["price"])
    if won % TENS or not TENS <= won <= MOST_PRICE:
        return Result(number, NOT_TENS, "NOT_TENS")
    return _result(number, client.set_price(number, won))


def _stock(client: ElevenSt, number: str, values: Values) -> Result:
    """Only the rows that differ are written; those that are not named keep their pieces."""
    wanted: Mapping[str, int] = values["options"]
    rows = {take(row, "prdStckNo"): row for row in client.stocks(number)}
    lacking = [option for option in wanted if option not in rows]
    if lacking:
        return Result(number, NO_OPTION.format(options=", ".join(lacking)), "NO_OPTION")
    held = {option: whole(row.get("stckQty")) for option, row in rows.items()}
    if not any(held.values()) and not any(wanted.values()):
        return Result(number)
    if not any({**held, **wanted}.values()):
        return _result(number, emptiness.empty(client, number))
    # What rises goes first: between two writes there is never nothing left.
    order = sorted(wanted, key=lambda option: (held[option] or 0) - wanted[option])
    weights = {
        option: rows[option].get("optWght") or "0"
        for option in order
        if held[option] != wanted[option]
    }
    return _set_rows(client, number, wanted, weights)


def _set_rows(
    client: ElevenSt, number: str, wanted: Mapping[str, int], weights: Mapping[str, str]
) -> Result:
    """Write the rows that have a weight here, one by one, then resume what had no pieces."""
    done = 0
    try:
        for option, weight in weights.items():
            code, message = client.set_stock(number, option, wanted[option], weight)
            if code not in DONE:
                return Result(number, listing_text(code, message), code)
            done += 1
        return _result(number, emptiness.fill(client, number))
    except Retryable as error:
        if not done:
            raise
        # What is done must not be told as "nothing was done": it is read back.
        raise OutcomeUnknown(code=error.code, detail=error.detail) from error


def _status(client: ElevenSt, number: str, values: Values) -> Result:
    return _result(number, emptiness.switch(client, number, bool(values["on_sale"])))


def _extend(client: ElevenSt, number: str, values: Values) -> Result:
    return _result(number, client.extend(number, int(values["days"])))


def _result(number: str, answer: tuple[str, str]) -> Result:
    code, message = answer
    if code in DONE:
        return Result(number)
    return Result(number, listing_text(code, message), code)


def _write(
    change: Callable[[ElevenSt, str, Values], Result],
    holds: Callable[[Listing, Values], bool],
) -> Write:
    return listing_write(change, holds, get=get, gone=GONE)


PRICE = _write(_price, fulfilled.price)
STOCK = _write(_stock, fulfilled.stock)
STATUS = _write(_status, fulfilled.status)
EXTEND = _write(_extend, fulfilled.extend)
