"""The files of 파트너 2.0: 상품조회, a listing in each row, and 딜조회, a deal over several (§12).

No source tells their header rows, so columns are looked for by every name that may stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hanpan.api import (
    UNCHANGED,
    Column,
    ColumnKind,
    FileRow,
    Listing,
    ListingGroup,
    MigrationParser,
    MigrationRow,
    SaleState,
    Text,
    begin_of,
    end_of,
    listing_of,
    listing_rows,
    wrong_cell,
    wrong_number,
)
from plugins.wemakeprice.listings import state_of_word

KEY = "wemakeprice"

_STATE = Column(
    name="state",
    label=Text("상태", "State"),
    headers=("판매상태", "상품상태", "딜상태", "상태"),
)
_STARTS = Column(
    name="sale_starts",
    label=Text("판매시작일", "Sale begins"),
    headers=("판매시작일", "판매시작일시", "시작일", "딜시작일"),
    kind=ColumnKind.DAY,
)
_ENDS = Column(
    name="sale_ends",
    label=Text("판매종료일", "Sale ends"),
    headers=("판매종료일", "판매종료일시", "종료일", "딜종료일"),
    kind=ColumnKind.DAY,
)

# -- 상품 -----------------------------------------------------------------------------------------

COLUMNS = (
    Column(
        name="product_no",
        label=Text("상품번호", "Product number"),
        headers=("상품번호", "상품코드", "prodNo"),
        kind=ColumnKind.CODE,
        required=True,
    ),
    Column(
        name="name",
        label=Text("상품명", "Name"),
        headers=("상품명", "상품이름", "prodNm"),
        required=True,
    ),
    Column(
        name="code",
        label=Text("판매자상품코드", "Seller's code"),
        headers=("판매자상품코드", "업체상품코드", "자체상품코드"),
        kind=ColumnKind.CODE,
    ),
    Column(
        name="price",
        label=Text("판매가", "Price"),
        headers=("판매가", "판매가격", "할인가", "salePrice"),
        kind=ColumnKind.WON,
    ),
    Column(
        name="stock",
        label=Text("재고수량", "Stock"),
        headers=("재고수량", "재고"),
        kind=ColumnKind.COUNT,
    ),
    _STATE,
    Column(
        name="displayed",
        label=Text("노출여부", "Shown"),
        headers=("노출여부", "전시여부", "노출상태"),
    ),
    Column(
        name="category",
        label=Text("카테고리", "Category"),
        headers=("카테고리", "카테고리명", "전시카테고리", "세카테고리"),
    ),
    _STARTS,
    _ENDS,
)
_SHOWN: Mapping[str, bool] = {
    "Y": True, "노출": True, "전시": True, "N": False, "D": False, "비노출": False, "미노출": False,
}  # fmt: skip


def _listing(number: str, values: Mapping[str, Any]) -> Listing:
    """What the columns tell; whether it is shown is a word of many kinds."""
    shown = _SHOWN.get(str(values.get("displayed") or "").strip(), UNCHANGED)
    return listing_of(COLUMNS, number, values, states=state_of_word, displayed=shown)


PRODUCTS = MigrationParser(
    marketplace=KEY,
    key="products",
    label=Text("위메프 파트너 2.0 상품목록", "Product list of Wemakeprice's 파트너 2.0"),
    how=Text(
        "파트너 2.0에 로그인해 왼쪽 메뉴 상품 › 상품조회로 들어가 주세요. 조회기간을 최대로, "
        "상품상태와 판매상태를 전체로 두고 검색한 뒤, 목록 오른쪽 위의 엑셀 다운로드를 눌러 "
        "주세요. 딜은 딜조회에서 따로 받습니다.",
        "Log in to 파트너 2.0 and open 상품 › 상품조회. Search with the longest period and with "
        "상품상태 and 판매상태 at 전체, then press 엑셀 다운로드 at the top right. Deals are "
        "another file, of 딜조회.",
    ),
    columns=COLUMNS,
    rows=listing_rows(COLUMNS, _listing),
)

# -- 딜 -------------------------------------------------------------------------------------------

DEAL_COLUMNS = (
    Column(
        name="group_no",
        label=Text("딜번호", "Deal number"),
        headers=("딜번호", "그룹상품번호", "딜코드", "dealNo"),
        kind=ColumnKind.CODE,
        required=True,
    ),
    Column(
        name="name",
        label=Text("딜명", "Deal"),
        headers=("딜명", "딜이름", "그룹상품명", "dealNm"),
    ),
    Column(
        name="product_nos",
        label=Text("상품번호", "Product number"),
        headers=("상품번호", "구성상품번호", "상품번호목록", "포함상품번호"),
        required=True,
    ),
    _STATE,
    _STARTS,
    _ENDS,
)
NO_DEAL = Text("딜번호가 없는 줄입니다.", "The row has no deal number.")
NO_PRODUCTS = Text(
    "딜 {number}에 상품번호가 없습니다. 상품번호가 든 파일인지 확인해 주세요.",
    "The deal {number} has no product numbers. Check whether the file has them.",
)


@dataclass
class _Deal:
    """A deal as its rows come in: what the first of them says, and the products of all."""

    row: int
    values: Mapping[str, Any]
    products: dict[str, None] = field(default_factory=dict)


def deals(file_rows: Iterator[FileRow]) -> Iterator[MigrationRow]:
    """A group for each deal, however its products stand: a row each (the number of the deal only
    in the first, where cells are merged), or several in one cell."""
    found: dict[str, _Deal] = {}
    last = ""
    for row in file_rows:
        last = str(row.values.get("group_no") or "") or last
        problem = wrong_cell(DEAL_COLUMNS, row) or (wrong_number(last) if last else NO_DEAL)
        numbers = re.findall(r"[^\s,;/|]+", str(row.values.get("product_nos") or ""))
        wrong = next(filter(None, map(wrong_number, numbers)), None)
        if problem or wrong:
            yield MigrationRow(row.number, problem=problem or wrong)
            last = "" if problem else last
            continue
        deal = found.setdefault(last, _Deal(row.number, row.values))
        deal.products |= dict.fromkeys(numbers)
    for number, deal in found.items():
        if deal.products:
            yield MigrationRow(deal.row, group=_group(number, deal))
        else:
            yield MigrationRow(deal.row, problem=NO_PRODUCTS.format(number=number))


def _group(number: str, deal: _Deal) -> ListingGroup:
    state = str(deal.values.get("state") or "")
    starts: date | None = deal.values.get("sale_starts")
    ends: date | None = deal.values.get("sale_ends")
    return ListingGroup(
        group_no=number,
        name=str(deal.values.get("name") or ""),
        product_nos=tuple(deal.products),
        state=state_of_word(state) if state else SaleState.UNKNOWN,
        remote_state=state,
        sale_starts=begin_of(starts) if starts else None,
        sale_ends=end_of(ends) if ends else None,
    )


DEALS = MigrationParser(
    marketplace=KEY,
    key="deals",
    label=Text("위메프 파트너 2.0 딜목록 (그룹상품)", "Deals of Wemakeprice's 파트너 2.0"),
    how=Text(
        "파트너 2.0에 로그인해 왼쪽 메뉴 상품 › 딜조회로 들어가 주세요. 기간은 한 번에 6개월까지 "
        "조회됩니다. 검색한 뒤 목록 오른쪽 위의 엑셀 다운로드를 누르고, 더 오래된 딜은 기간을 "
        "바꾸어 따로 받아 주세요. 딜에 든 상품은 상품목록 파일로 먼저 가져오는 것이 좋습니다.",
        "Log in to 파트너 2.0 and open 상품 › 딜조회. A search covers six months at most. Search, "
        "press 엑셀 다운로드 at the top right, and get older deals with another period. Import the "
        "products of the deals first, from the product list.",
    ),
    columns=DEAL_COLUMNS,
    rows=deals,
)

PARSERS = (PRODUCTS, DEALS)
