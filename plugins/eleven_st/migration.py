"""The product list that the seller office gives out as a file, row by row (§10.1).

No source tells its header row, so columns are looked for by every name that was seen. It has no
option rows: listings come in part, and their options when they are read from 11번가.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hanpan.api import (
    UNCHANGED,
    Column,
    ColumnKind,
    Listing,
    MigrationParser,
    Text,
    listing_of,
    listing_rows,
)
from plugins.eleven_st.listings import DISPLAYED, state_of_word

KEY = "eleven_st"

COLUMNS = (
    Column(
        name="product_no",
        label=Text("상품번호", "Product number"),
        headers=("상품번호", "11번가상품번호"),
        kind=ColumnKind.CODE,
        required=True,
    ),
    Column(
        name="name",
        label=Text("상품명", "Name"),
        headers=("상품명",),
        required=True,
    ),
    Column(
        name="price",
        label=Text("판매가", "Price"),
        headers=("판매가", "판매단가", "판매가격"),
        kind=ColumnKind.WON,
    ),
    Column(
        name="stock",
        label=Text("재고", "Stock"),
        headers=("재고", "재고수량"),
        kind=ColumnKind.COUNT,
    ),
    Column(
        name="state",
        label=Text("판매상태", "State"),
        headers=("판매상태", "상태"),
    ),
    Column(
        name="code",
        label=Text("판매자상품코드", "Seller's code"),
        headers=("판매자상품코드", "셀러상품코드"),
        kind=ColumnKind.CODE,
    ),
    Column(
        name="category",
        label=Text("카테고리", "Category"),
        headers=("카테고리", "카테고리명", "전시카테고리"),
    ),
    Column(
        name="sale_starts",
        label=Text("판매시작일", "Sale begins"),
        headers=("판매시작일", "판매시작일시"),
        kind=ColumnKind.DAY,
    ),
    Column(
        name="sale_ends",
        label=Text("판매종료일", "Sale ends"),
        headers=("판매종료일", "판매종료일시"),
        kind=ColumnKind.DAY,
    ),
)


def _listing(number: str, values: Mapping[str, Any]) -> Listing:
    """What the columns tell; there is one switch for display and sale."""
    state = values.get("state")
    displayed = DISPLAYED.get(state_of_word(state), UNCHANGED) if state else UNCHANGED
    return listing_of(COLUMNS, number, values, states=state_of_word, displayed=displayed)


PARSER = MigrationParser(
    marketplace=KEY,
    key="seller_office",
    label=Text("11번가 셀러오피스 상품목록", "Product list of 11st's seller office"),
    how=Text(
        "11번가 셀러오피스에 로그인해 왼쪽 메뉴 상품관리 › 상품조회/수정으로 들어가 주세요. 조건을 "
        "전체로 두고 판매중·품절·판매중지·판매종료를 모두 체크해 검색한 뒤, 목록 오른쪽 위의 엑셀 "
        "다운로드를 눌러 주세요. 상품이 많으면 몇 분 걸립니다. 받은 파일은 압축을 풀지 않고 그대로 "
        "올려도 됩니다.",
        "Log in to 11st's seller office and open 상품관리 › 상품조회/수정. Leave the condition at "
        "전체, tick 판매중, 품절, 판매중지 and 판매종료, search, then press 엑셀 다운로드 above "
        "the list. With many products that takes minutes. Upload the file as it comes, zipped or "
        "not.",
    ),
    columns=COLUMNS,
    rows=listing_rows(COLUMNS, _listing),
)
