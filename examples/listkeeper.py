"""The export of ListKeeper, an invented tool, as a file that listings of ACME come from."""

from collections.abc import Mapping
from typing import Any

from hanpan.api import (
    UNCHANGED,
    Column,
    ColumnKind,
    Listing,
    MigrationParser,
    Text,
    hookimpl,
    listing_rows,
    told_cells,
)

API = (0, 1)

NUMBER, NAME = Text("상품번호", "Product number"), Text("상품명", "Name")
PRICE, CODE = Text("판매가", "Price"), Text("판매자 상품코드", "Seller's code")
COLUMNS = (
    Column(
        name="no", label=NUMBER, headers=("채널상품번호", "channel id"), kind=ColumnKind.CODE,
        required=True,
    ),
    Column(name="name", label=NAME, headers=("상품이름", "title"), required=True),
    Column(name="price", label=PRICE, headers=("판매가격", "price"), kind=ColumnKind.WON),
    Column(name="code", label=CODE, headers=("관리코드", "sku"), kind=ColumnKind.CODE),
)  # fmt: skip


def listing(number: str, values: Mapping[str, Any]) -> Listing:
    """What a row says; a column that the file does not have leaves what is stored as it is."""
    return Listing(
        product_no=number,
        name=values.get("name") or UNCHANGED,
        price=UNCHANGED if values.get("price") is None else values["price"],
        code=values["code"] or "" if "code" in values else UNCHANGED,
        raw=told_cells(COLUMNS, values),
    )


PARSER = MigrationParser(
    marketplace="acme",
    key="listkeeper",
    label=Text("리스트키퍼 내보내기", "Export of ListKeeper"),
    how=Text(
        "리스트키퍼의 상품 › 내보내기에서 CSV로 받아 주세요.",
        "In ListKeeper, choose 상품 › 내보내기 and CSV.",
    ),
    columns=COLUMNS,
    rows=listing_rows(COLUMNS, listing, number="no"),
    sample=(
        ("채널상품번호", "상품이름", "판매가격", "관리코드"),
        ("1001", "면 티셔츠", "19,900원", "TS-001"),
    ),
)


@hookimpl
def register_migration_parsers() -> list[MigrationParser]:
    """One more way into ACME, which another plugin declares."""
    return [PARSER]
