"""From 11번가's words for a product to a Listing: its state, its period, its stock rows (§5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from hanpan.api import UNCHANGED, Listing, ListingOption, SaleState, take, whole
from plugins.eleven_st.client import Row
from plugins.eleven_st.lines import time_of

ON_SALE, SOLD_OUT, STOPPED = "103", "104", "105"

STATES: Mapping[str, tuple[str, SaleState]] = {
    "101": ("승인대기", SaleState.WAITING),
    "102": ("승인전", SaleState.WAITING),
    ON_SALE: ("판매중", SaleState.ON_SALE),
    SOLD_OUT: ("품절", SaleState.SOLD_OUT),
    STOPPED: ("전시중지", SaleState.STOPPED),
    "106": ("판매정상종료", SaleState.ENDED),
    "107": ("판매강제종료", SaleState.ENDED),
    "108": ("판매금지", SaleState.FORBIDDEN),
    "109": ("승인거부", SaleState.FORBIDDEN),
    "110": ("승인완료", SaleState.WAITING),
}
"""selStatCd (§5.2): 11번가's name for it, and ours. What is 판매중지 in its pages is 105."""
WORDS: Mapping[str, SaleState] = dict(STATES.values()) | {
    "판매중지": SaleState.STOPPED,
    "판매대기": SaleState.WAITING,
    "판매종료": SaleState.ENDED,
    "정상종료": SaleState.ENDED,
    "강제종료": SaleState.ENDED,
}
"""The names in 11번가's pages and files."""
DISPLAYED: Mapping[SaleState, bool] = {
    state: state in (SaleState.ON_SALE, SaleState.SOLD_OUT)
    for state in SaleState
    if state is not SaleState.UNKNOWN
}
"""Whether buyers see it: there is one switch for display and sale."""
_HEAVY = ("htmlDetail",)


def listing_of(row: Row, stocks: Sequence[Row] | None = None) -> Listing:
    """A listing as a search tells it, or whole with its stock rows.

    Raises ContractError for a row without a number.
    """
    code = row.get("selStatCd", "")
    name, state = STATES.get(code, (code, SaleState.UNKNOWN))
    price = whole(row.get("selPrc"))
    raw: dict[str, object] = {key: value for key, value in row.items() if key not in _HEAVY}
    if stocks is not None:
        raw["stocks"] = list(stocks)
    return Listing(
        product_no=take(row, "prdNo"),
        name=row.get("prdNm") or UNCHANGED,
        code=row.get("sellerPrdCd", ""),
        state=state if code else UNCHANGED,
        remote_state=(row.get("selStatNm") or name) if code else UNCHANGED,
        displayed=DISPLAYED.get(state, UNCHANGED),
        price=UNCHANGED if price is None else price,
        sale_starts=time_of(row.get("aplBgnDy")) or UNCHANGED,
        sale_ends=None if row.get("selTermUseYn") == "N" else _end(row) or UNCHANGED,
        options=UNCHANGED if stocks is None else [_option(one) for one in stocks],
        raw=raw,
    )


def state_of_word(word: str) -> SaleState:
    """The state that 11번가's pages and files call so."""
    return WORDS.get("".join(word.split()), SaleState.UNKNOWN)


def _end(row: Row) -> datetime | None:
    """The end of the last day where only the day is told."""
    told = row.get("aplEndDy", "")
    moment = time_of(told)
    if moment is None or len(told) > len("2026/01/31"):
        return moment
    return moment + timedelta(days=1, seconds=-1)


def _option(row: Row) -> ListingOption:
    """A stock row. Its number is what order lines tell (prdStckNo), also where it is the only
    row of a product without options."""
    pieces = whole(row.get("stckQty"))
    used_up = row.get("prdStckStatCd") == "02" or pieces == 0
    return ListingOption(
        option_no=take(row, "prdStckNo"),
        name=_named(row.get("mixOptNm", ""), row.get("mixDtlOptNm", "")),
        code=row.get("sellerStockCd", ""),
        extra=whole(row.get("addPrc")) or 0,
        stock=UNCHANGED if pieces is None else pieces,
        state=SaleState.SOLD_OUT if used_up else SaleState.ON_SALE,
    )


def _named(axes: str, values: str) -> str:
    """`사이즈,색상` and `M,블랙` as order lines write it: `사이즈:M,색상:블랙`."""
    if not axes:
        return values
    names, parts = axes.split(","), values.split(",")
    if len(names) != len(parts):
        return values  # a value has a comma of its own
    return ",".join(f"{name}:{part}" for name, part in zip(names, parts, strict=True))
