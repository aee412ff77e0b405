"""From 위메프's product to a Listing: its state, its period, its option rows (§3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hanpan.api import (
    UNCHANGED,
    ContractError,
    Listing,
    ListingOption,
    SaleState,
    moment_of,
    take,
    whole,
)
from plugins.wemakeprice.assumed import OPTION_NO

Tree = Mapping[str, Any]

WORDS: Mapping[str, SaleState] = {
    "판매중": SaleState.ON_SALE,
    "품절": SaleState.SOLD_OUT,
    "판매중지": SaleState.STOPPED,
    "일시중지": SaleState.STOPPED,
    "판매대기": SaleState.WAITING,
    "승인대기": SaleState.WAITING,
    "판매종료": SaleState.ENDED,
    "판매금지": SaleState.FORBIDDEN,
}
"""productStatusName, and what 파트너 2.0 and its files say: a text, of which 판매종료 is the only
one that a source has."""
SHOWN, HIDDEN = "Y", "N"
DISPLAY: Mapping[str, bool] = {SHOWN: True, HIDDEN: False, "D": False}
"""displayYn; D is not shown either, but for those who have its address."""
PERIOD = "P"
ON, SOLD_OUT = "A", "S"
"""saleStatus of an option."""
_HEAVY = ("detail", "noticeList")


def listing_of(tree: Tree) -> Listing:
    """A whole listing. Raises ContractError for one without a number."""
    basic, sale, etc = (part(tree, name) for name in ("basic", "sale", "etc"))
    word, shown = str(basic.get("productStatusName") or ""), basic.get("displayYn")
    price = whole(sale.get("salePrice"))
    image = part(tree, "detail").get("basicImgUrl")
    return Listing(
        product_no=str(take(tree, "productNo")),
        name=str(basic.get("productName") or "") or UNCHANGED,
        code=str(etc.get("sellerProdCode") or ""),
        state=state_of_word(word) if word else UNCHANGED,
        remote_state=word or UNCHANGED,
        displayed=DISPLAY.get(str(shown), UNCHANGED),
        price=UNCHANGED if price is None else price,
        image=str(image) if image else UNCHANGED,
        sale_starts=moment_of(sale.get("saleStartDate")) or UNCHANGED,
        sale_ends=_ends(sale),
        options=_options(tree),
        raw={name: value for name, value in tree.items() if name not in _HEAVY},
    )


def _ends(sale: Tree) -> Any:
    """None for what is always sold (상시)."""
    if sale.get("salePeriod") not in (None, PERIOD):
        return None
    return moment_of(sale.get("saleEndDate")) or UNCHANGED


def part(tree: Tree, name: str) -> Tree:
    """A part of the product; an empty one where it is not told."""
    found = tree.get(name)
    return found if isinstance(found, Mapping) else {}


def state_of_word(word: str) -> SaleState:
    """The state that 위메프 calls so."""
    return WORDS.get("".join(word.split()), SaleState.UNKNOWN)


def option_rows(tree: Tree) -> list[dict[str, Any]]:
    """The rows of its options, none where it has no options. Raises ContractError for rows that
    cannot be told apart."""
    option = part(tree, "option")
    used = take(option, "selectOptionUseYn")
    if used not in ("Y", "N"):
        raise ContractError(detail=f"getProduct: selectOptionUseYn is {used!r}")
    if used == "N":
        return []
    rows = option.get("selectOptionValueList")
    if not isinstance(rows, list) or not rows or not all(isinstance(r, Mapping) for r in rows):
        raise ContractError(detail="getProduct: options are used, and none are told")
    if len({number_of(row) for row in rows}) < len(rows):
        raise ContractError(detail="getProduct: two options are called the same")
    return [dict(row) for row in rows]


def number_of(row: Tree) -> str:
    """What an option row is named by. Raises ContractError."""
    return str(take(row, OPTION_NO))


def _named(row: Tree) -> str:
    values = (row.get("optionValue1"), row.get("optionValue2"))
    return "/".join(str(value) for value in values if value)


def _options(tree: Tree) -> Sequence[ListingOption]:
    rows = option_rows(tree)
    if not rows:
        pieces = whole(part(tree, "sale").get("stockCount"))
        return [ListingOption(option_no="", stock=UNCHANGED if pieces is None else pieces)]
    return [_option(row) for row in rows]


def _option(row: Tree) -> ListingOption:
    pieces, extra = whole(row.get("stockCount")), whole(row.get("optAddPrice"))
    states = {ON: SaleState.ON_SALE, SOLD_OUT: SaleState.SOLD_OUT}
    state = states.get(str(row.get("saleStatus")), SaleState.UNKNOWN)
    return ListingOption(
        option_no=number_of(row),
        name=_named(row),
        code=str(row.get("sellerOptionCode") or ""),
        extra=UNCHANGED if extra is None else extra,
        stock=UNCHANGED if pieces is None else pieces,
        state=SaleState.SOLD_OUT if pieces == 0 else state,
    )
