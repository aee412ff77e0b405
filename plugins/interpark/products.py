"""Listings of 인터파크: how they are listed, read, and what of them can be changed (§2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hanpan.api import (
    ContractError,
    Field,
    Kind,
    Listing,
    NotFound,
    Page,
    ProductSync,
    Result,
    SaleState,
    Search,
    Text,
    Values,
    fulfilled,
    listing_write,
    whole,
)
from plugins.interpark.client import Interpark, Row
from plugins.interpark.listings import (
    COUNTED,
    ON_SALE,
    PAUSED,
    SOLD_OUT,
    STATES,
    STOPPED,
    listing_of,
    option_text,
)
from plugins.interpark.refusals import GONE
from plugins.interpark.services import pair

KEY = "interpark"
AT_ONCE = 10
"""Each listing takes a call, at 2 a second with templates beside them."""
MOST_PIECES = 99_999
"""§2.3: saleLmtQty, and the pieces of an option."""
LISTED = (ON_SALE, SOLD_OUT, PAUSED, STOPPED, "09")
"""The states that the list is asked for, one after the other; what is deleted cannot be read."""

NOT_WHOLE = Text(
    "인터파크의 상품수정은 상품 전체를 다시 저장하는데, 상품 전체를 읽는 API가 없어 상세설명이나 "
    "고시정보가 지워질 수 있습니다. 판매자매니저에서 바꿔 주세요.",
    "Interpark changes this only by saving the whole product anew, and no call reads the whole of "
    "it: descriptions could be erased. Change it in 판매자매니저.",
)
NO_DISPLAY = Text(
    "인터파크에는 진열 여부가 따로 없습니다. 판매상태로 바꿔 주세요.",
    "Interpark has no display switch of its own. Change the sale state.",
)
OPTIONS_CHANGED = Text(
    "옵션이 판매자매니저에서 바뀌었습니다. 상품을 [동기화]한 뒤 다시 해 주세요.",
    "Its options have changed in 판매자매니저. Sync the listing, then try again.",
)
NOT_COUNTED = Text(
    "옵션별 재고 관리를 쓰지 않는 상품입니다. 판매자매니저에서 옵션 재고 관리를 켠 뒤 다시 해 "
    "주세요.",
    "It does not keep stock by option. Switch that on in 판매자매니저, then try again.",
)
WOULD_LOSE = Text(
    "재고를 바꾸려면 옵션을 모두 다시 보내야 하는데, 쉼표나 괄호가 든 옵션 이름은 보낼 수 없어 "
    "옵션이 지워질 수 있습니다. 판매자매니저에서 바꿔 주세요.",
    "A change of stock sends all options anew, and a name with a comma or bracket cannot be sent: "
    "options could be lost. Change it in 판매자매니저.",
)
TOO_MANY = Text(
    "인터파크의 재고는 99,999개까지입니다. 수량을 줄여 주세요.",
    "Interpark takes 99,999 pieces at most. Give less.",
)
OTHER_STATE = Text(
    "지금 상태({state})에서는 바꿀 수 없습니다. 판매자매니저에서 확인해 주세요.",
    "It cannot be changed in its state ({state}). Look at it in 판매자매니저.",
)

FIELDS = (
    Field(
        name="state",
        label=Text("판매상태", "State"),
        kind=Kind.CHOICE,
        choices=(
            (ON_SALE, Text("판매중", "On sale")),
            (SOLD_OUT, Text("품절", "Sold out")),
            (PAUSED, Text("일시품절", "Sold out for now")),
            (STOPPED, Text("판매중지", "Stopped")),
            ("09", Text("예약판매", "On preorder")),
        ),
        required=False,
        help=Text("고르지 않으면 모든 상태를 찾습니다.", "Without one, all of them."),
    ),
)


def pages(client: Interpark, values: Values, cursor: str) -> Page[Listing]:
    """A page of one state, then of the next: no total is told, an empty page ends it (§2.4)."""
    if cursor and not re.fullmatch(rf"({'|'.join(LISTED)}):[1-9][0-9]{{0,5}}:[0-9]*", cursor):
        raise ContractError(detail=f"a search cursor that is none: {cursor[:80]!r}")
    asked = [values["state"]] if values.get("state") else list(LISTED)
    state, page, last = (cursor or f"{asked[0]}:1:").split(":")
    found = [listing_of(row) for row in client.products(state, int(page))]
    # A page that begins as the one before does is told again: there is no further one.
    if found and found[0].product_no != last:
        return Page(found, f"{state}:{int(page) + 1}:{found[0].product_no}", more=True)
    left = asked[asked.index(state) + 1 :] if state in asked else []
    return Page([], f"{left[0]}:1:" if left else cursor, more=bool(left))


def get(client: Interpark, numbers: Sequence[str]) -> list[Listing]:
    """Whole listings with all of their options; those that are gone are absent."""
    found = []
    for number in numbers:
        try:
            row, options = client.product(number)
        except NotFound:
            continue
        found.append(listing_of(row, options))
    return found


# -- changes (§2.1) -------------------------------------------------------------------------------


def _stock(client: Interpark, number: str, values: Values) -> Result:
    """All options are sent: those that are not named with the pieces that they have."""
    wanted = {str(option): int(pieces) for option, pieces in values["options"].items()}
    if any(not 0 <= pieces <= MOST_PIECES for pieces in wanted.values()):
        return Result(number, TOO_MANY, "TOO_MANY")
    row, options = client.product(number)
    if set(wanted) - ({one.get("prdNo") for one in options} or {""}):
        return Result(number, OPTIONS_CHANGED, "OPTIONS_CHANGED")
    item: dict[str, Any] = {}
    if not options:
        item["saleLmtQty"] = wanted.get("", _left(row))
        total = item["saleLmtQty"]
    elif row.get("optStkMgtYn") != COUNTED:
        return Result(number, NOT_COUNTED, "NOT_COUNTED")
    else:
        text = option_text(row, options, wanted)
        if text is None:
            return Result(number, WOULD_LOSE, "WOULD_LOSE")
        item["prdOption"] = text
        total = sum(wanted.get(one["prdNo"], _left(one)) for one in options)
    state = row.get("saleStatTp", "")
    if state in (ON_SALE, SOLD_OUT):
        state = ON_SALE if total else SOLD_OUT
    client.update_product({"prdNo": number, "saleStatTp": state, **item})
    return Result(number)


def _left(row: Row) -> int:
    return whole(row.get("salePossRestQty")) or 0


_BECOMES: Mapping[str, Sequence[str]] = {
    ON_SALE: (SOLD_OUT, PAUSED, STOPPED),
    STOPPED: (ON_SALE, SOLD_OUT, PAUSED, "09"),
}


def _status(client: Interpark, number: str, values: Values) -> Result:
    """판매중 (품절 where no pieces are left) or 판매중지."""
    row, options = client.product(number)
    now = row.get("saleStatTp", "")
    target = ON_SALE if values["on_sale"] else STOPPED
    if now == target or (target == ON_SALE and now == SOLD_OUT and not _sum(row, options)):
        return Result(number)
    if now not in _BECOMES[target]:
        name = STATES.get(now, (now, SaleState.UNKNOWN))[0]
        return Result(number, OTHER_STATE.format(state=name), "OTHER_STATE")
    if target == ON_SALE and not _sum(row, options):
        target = SOLD_OUT
    client.update_product({"prdNo": number, "saleStatTp": target})
    return Result(number)


def _sum(row: Row, options: Sequence[Row]) -> int:
    counted = options if row.get("optStkMgtYn") == COUNTED else ()
    return sum(map(_left, counted)) if counted else _left(row)


_READING = pair("product_stock_get")
"""What is changed is read as well: before it, and when its answer is lost."""

SYNC = ProductSync(
    marketplace=KEY,
    search=Search(fields=FIELDS, pages=pages),
    get=get,
    at_once=AT_ONCE,
    stock=listing_write(_stock, fulfilled.stock, get=get, gone=GONE),
    status=listing_write(_status, fulfilled.status, get=get, gone=GONE),
    why_not={"price": NOT_WHOLE, "display": NO_DISPLAY, "extend": NOT_WHOLE},
    needs={
        "search": pair("product_get"),
        "get": _READING,
        "stock": pair("product_stock_update") + _READING,
        "status": pair("product_stock_update") + _READING,
    },
)
