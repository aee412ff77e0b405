"""The export of ListKeeper, an invented tool, as a file that listings of ACME come from."""

from hanpan.api import Column, ColumnKind, MigrationParser, Text, hookimpl, listing_rows

API = (0, 1)
COLUMNS = tuple(
    Column(name=name, label=Text(ko, en), headers=(ko, en), kind=kind, required=needed)
    for name, ko, en, kind, needed in (
        ("product_no", "채널상품번호", "channel id", ColumnKind.CODE, True),
        ("name", "상품이름", "title", ColumnKind.TEXT, True),
        ("price", "판매가격", "price", ColumnKind.WON, False),
        ("code", "관리코드", "sku", ColumnKind.CODE, False),
    )
)


@hookimpl
def register_migration_parsers() -> list[MigrationParser]:
    """One more way into ACME, which another plugin declares."""
    return [
        MigrationParser(
            marketplace="acme",
            key="listkeeper",
            label=Text("리스트키퍼 내보내기", "Export of ListKeeper"),
            how=Text("리스트키퍼에서 CSV로 받아 주세요.", "Get a CSV from ListKeeper."),
            columns=COLUMNS,
            rows=listing_rows(COLUMNS),
            sample=(("채널상품번호", "상품이름", "판매가격"), ("1001", "면 티셔츠", "19,900원")),
        )
    ]
