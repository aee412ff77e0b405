"""The product list that 판매자매니저 gives out as a file, row by row (§9).

No source tells its header row, so columns are looked for by every name that may stand there. It
tells little of a product: listings come in part, and the SKU fills in the rest.
"""

from __future__ import annotations

from hanpan.api import Column, ColumnKind, MigrationParser, Text, listing_rows
from plugins.interpark.listings import state_of_word

KEY = "interpark"

COLUMNS = (
    Column(
        name="product_no",
        label=Text("상품번호", "Product number"),
        headers=("상품번호", "인터파크상품번호", "상품코드", "prdNo"),
        kind=ColumnKind.CODE,
        required=True,
    ),
    Column(
        name="name",
        label=Text("상품명", "Name"),
        headers=("상품명", "상품이름"),
        required=True,
    ),
    Column(
        name="code",
        label=Text("업체상품코드", "Seller's code"),
        headers=(
            "업체상품코드", "원상품번호", "판매자상품코드", "제휴업체상품코드", "자체상품코드",
        ),
        kind=ColumnKind.CODE,
    ),
    Column(
        name="price",
        label=Text("판매가", "Price"),
        headers=("판매가", "판매단가", "판매가격"),
        kind=ColumnKind.WON,
    ),
    Column(
        name="stock",
        label=Text("판매수량", "Stock"),
        headers=("판매수량", "재고", "재고수량", "한정수량"),
        kind=ColumnKind.COUNT,
    ),
    Column(
        name="state",
        label=Text("판매상태", "State"),
        headers=("판매상태", "상품상태"),
    ),
    Column(
        name="category",
        label=Text("전시카테고리", "Category"),
        headers=("전시카테고리", "카테고리", "카테고리명"),
    ),
    Column(
        name="made",
        label=Text("등록일", "Registered"),
        headers=("등록일", "등록일시", "상품등록일"),
        kind=ColumnKind.DAY,
    ),
)  # fmt: skip


PARSER = MigrationParser(
    marketplace=KEY,
    key="products",
    label=Text("인터파크 판매자매니저 상품목록", "Product list of Interpark's 판매자매니저"),
    how=Text(
        "판매자매니저에 로그인해 상품관리 › 상품조회/수정으로 들어가 주세요. 판매상태를 전체로 "
        "두고 검색한 뒤, 목록 왼쪽 위의 체크로 모든 상품을 선택하고 엑셀 다운로드 › 전체상품 "
        "다운로드를 눌러 주세요. 상품이 많으면 오래 걸립니다. 파일에 없는 정보는 연동한 SKU에서 "
        "채웁니다.",
        "Log in to 판매자매니저 and open 상품관리 › 상품조회/수정. Search with 판매상태 at 전체, "
        "tick all products at the top left, then press 엑셀 다운로드 › 전체상품 다운로드. With "
        "many products that takes long. What the file lacks comes from the linked SKU.",
    ),
    columns=COLUMNS,
    rows=listing_rows(COLUMNS, states=state_of_word),
)
