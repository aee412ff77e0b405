"""From 인터파크's words for a product to a Listing, and its options to the text of §2.3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hanpan.api import UNCHANGED, Listing, ListingOption, SaleState, take, whole
from plugins.interpark.client import Row

ON_SALE, SOLD_OUT, STOPPED, PAUSED = "01", "02", "03", "05"

STATES: Mapping[str, tuple[str, SaleState]] = {
    ON_SALE: ("판매중", SaleState.ON_SALE),
    SOLD_OUT: ("품절", SaleState.SOLD_OUT),
    STOPPED: ("판매중지", SaleState.STOPPED),
    PAUSED: ("일시품절", SaleState.SOLD_OUT),
    "09": ("예약판매", SaleState.ON_SALE),
    "98": ("삭제", SaleState.ENDED),
}
"""saleStatTp (§2.3): its name, and ours. Reads were seen to tell 10 as well, unexplained."""
WORDS: Mapping[str, SaleState] = dict(STATES.values()) | {
    "판매금지": SaleState.FORBIDDEN,
    "판매대기": SaleState.WAITING,
    "승인대기": SaleState.WAITING,
    "판매종료": SaleState.ENDED,
}
"""The names in the pages and files of 판매자매니저."""
COUNTED = "Y"
"""optStkMgtYn: pieces are kept option by option (§2.4)."""

_TOLD = {"externalPrdNo", "saleStatTp"}
"""What may be empty, but not missing, where an option is to be sent back."""
ROOM = ",{}<>\\'\"^|"
"""Letters that would end a name in the option text; `/` parts the two levels (§2.3)."""


def listing_of(row: Row, options: Sequence[Row] | None = None) -> Listing:
    """A listing as the list tells it, or whole with its options.

    Raises ContractError for a row without a number.
    """
    code = row.get("saleStatTp", "")
    name, state = STATES.get(code, (code, SaleState.UNKNOWN))
    price = whole(row.get("saleUnitcost"))
    raw: dict[str, object] = dict(row)
    if options is not None:
        raw["options"] = list(options)
    return Listing(
        product_no=take(row, "prdNo"),
        name=row.get("prdNm") or UNCHANGED,
        code=row.get("externalPrdNo", ""),
        state=state if code else UNCHANGED,
        remote_state=name if code else UNCHANGED,
        price=UNCHANGED if price is None else price,
        options=UNCHANGED if options is None else _options(row, options),
        raw=raw,
    )


def state_of_word(word: str) -> SaleState:
    """The state that 판매자매니저 calls so."""
    return WORDS.get("".join(word.split()), SaleState.UNKNOWN)


def _options(row: Row, options: Sequence[Row]) -> list[ListingOption]:
    """Its rows: their numbers are what order lines tell (OPT_PRD_NO); one without options has
    one, and its lines have none."""
    if not options:
        pieces = whole(row.get("salePossRestQty"))
        return [ListingOption(option_no="", stock=UNCHANGED if pieces is None else pieces)]
    price, counted = whole(row.get("saleUnitcost")), row.get("optStkMgtYn")
    return [_option(one, price, counted) for one in options]


def _option(one: Row, price: int | None, counted: str | None) -> ListingOption:
    """An option; its saleUnitcost includes what it adds to the price (§2.4)."""
    own, pieces = whole(one.get("saleUnitcost")), whole(one.get("salePossRestQty"))
    state = STATES.get(one.get("saleStatTp", ""), ("", SaleState.UNKNOWN))[1]
    return ListingOption(
        option_no=take(one, "prdNo"),
        name=one.get("prdNm", ""),
        code=one.get("externalPrdNo", ""),
        extra=UNCHANGED if own is None or price is None else own - price,
        stock=None if counted == "N" else UNCHANGED if pieces is None else pieces,
        state=SaleState.SOLD_OUT if counted == COUNTED and pieces == 0 else state,
    )


def option_text(row: Row, options: Sequence[Row], wanted: Mapping[str, int]) -> str | None:
    """`prdOption` of all options with the pieces that are wanted, the others as they are (§2.3);
    None where a name does not fit into it, so that an option would be lost."""
    price = whole(row.get("saleUnitcost"))
    levels = {one.get("prdNm", "").count("/") for one in options}
    if price is None or levels not in ({0}, {1}) or not all(_fits(one, wanted) for one in options):
        return None
    groups: dict[str, list[Row]] = {}
    for one in options:
        upper, _, lower = one["prdNm"].rpartition("/")
        groups.setdefault(upper or lower, []).append(one)
    return "".join(_group(name, rows, price, wanted) for name, rows in groups.items())


def _fits(one: Row, wanted: Mapping[str, int]) -> bool:
    """Whether nothing of the option would be lost: its name can be sent, its figures are known."""
    name, pieces = one.get("prdNm", ""), whole(one.get("salePossRestQty"))
    known = pieces is not None or one["prdNo"] in wanted
    told = known and whole(one.get("saleUnitcost")) is not None and set(one) >= _TOLD
    return told and bool(name) and not set(name) & set(ROOM)


def _group(name: str, rows: Sequence[Row], price: int, wanted: Mapping[str, int]) -> str:
    lower = [one["prdNm"].partition("/")[2] for one in rows]
    told: Mapping[str, Sequence[object]] = {
        "수량": [wanted.get(one["prdNo"], whole(one.get("salePossRestQty")) or 0) for one in rows],
        "추가금액": [(whole(one.get("saleUnitcost")) or 0) - price for one in rows],
        "옵션코드": [one.get("externalPrdNo", "") for one in rows],
        "사용여부": ["N" if one.get("saleStatTp") == STOPPED else "Y" for one in rows],
    }
    parts = [name, f"<{','.join(lower)}>" if any(lower) else ""]
    parts += [f"{word}<{','.join(map(str, values))}>" for word, values in told.items()]
    return "{" + "".join(parts) + "}"
