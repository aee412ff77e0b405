"""The product list that the seller office gives out as a file, row by row (§10.1).

No source tells its header row, so columns are looked for by every name that was seen. It has no
option rows: listings come in part, and their options when they are read from 11번가.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from hanpan.api import (
    KST,
    UNCHANGED,
    Column,
    ColumnKind,
    FileRow,
    Listing,
    MigrationParser,
    MigrationRow,
    Text,
)
from plugins.eleven_st.listings import is_shown, state_of_word

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
_LABELS = {column.name: column.label for column in COLUMNS}

NO_NUMBER = Text(
    "상품번호가 없는 줄입니다.",
    "The row has no product number.",
)
NOT_A_NUMBER = Text(
    "상품번호 '{number}'은(는) 숫자가 아닙니다. 11번가 상품번호가 맞는지 확인해 주세요.",
    "The product number '{number}' is not digits. Check whether it is one of 11st.",
)
AGAIN = Text(
    "{row}행과 같은 상품번호({number})입니다. 앞의 줄만 가져옵니다.",
    "The product number {number} is the same as in row {row}: only that row is taken.",
)
WRONG_CELL = Text("{column}: {reason}", "{column}: {reason}")


def rows(file_rows: Iterator[FileRow]) -> Iterator[MigrationRow]:
    """A listing for each product, a problem for each row that is none."""
    seen: dict[str, int] = {}
    for row in file_rows:
        number = str(row.values.get("product_no") or "")
        problem = _problem(row, number, seen)
        if problem is not None:
            yield MigrationRow(row.number, problem=problem)
            continue
        seen[number] = row.number
        yield MigrationRow(row.number, listing=_listing(number, row.values))


def _problem(row: FileRow, number: str, seen: dict[str, int]) -> Text | None:
    for name, reason in row.problems.items():
        label = _LABELS.get(name)
        return reason if label is None else WRONG_CELL.format(column=label, reason=reason)
    if not number:
        return NO_NUMBER
    if not re.fullmatch(r"[0-9]{1,18}", number):
        return NOT_A_NUMBER.format(number=number[:40])
    if number in seen:
        return AGAIN.format(row=seen[number], number=number)
    return None


def _listing(number: str, values: Any) -> Listing:
    """What the columns tell; one that the file does not have says nothing."""
    state = values.get("state")
    starts, ends = values.get("sale_starts"), values.get("sale_ends")
    return Listing(
        product_no=number,
        name=values.get("name") or UNCHANGED,
        code=values["code"] or "" if "code" in values else UNCHANGED,
        state=state_of_word(state) if state else UNCHANGED,
        remote_state=state or UNCHANGED,
        displayed=is_shown(state_of_word(state)) if state else UNCHANGED,
        price=UNCHANGED if values.get("price") is None else values["price"],
        category=values.get("category") or UNCHANGED,
        sale_starts=_at(starts, time()) if starts else UNCHANGED,
        sale_ends=_at(ends, time(23, 59, 59)) if ends else UNCHANGED,
        raw={_LABELS[name].ko: _told(value) for name, value in values.items() if value is not None},
    )


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, KST)


def _told(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


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
    rows=rows,
)
