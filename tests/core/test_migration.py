"""상품 가져오기: files of listings judged, chosen and imported, each row once."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from core import clock, registry, settings, store, work
from core.files.reading import ByHand
from core.ledger import drain
from core.models import Batch, Command, ListingGroup, new_id
from core.services import (
    batch_memory,
    batches,
    catalogue,
    jobs,
    match_versions,
    migration,
    migration_choices,
    migration_import,
    migration_writes,
    sku_export,
    uploads,
)
from core.services.outcome import Forbidden, Missing, Wrong
from tests.core import goods, imports, sheets
from tests.core.imports import (
    BY,
    HEAD,
    batch,
    counts,
    import_,
    listings,
    options,
    reason,
    row,
    rows,
    upload,
)

BOTH = pytest.mark.usefixtures("both_databases")
DEALS = ("딜번호", "딜명", "상품번호", "딜상태")


@pytest.fixture(autouse=True)
def shop(store_bound: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A workspace, and the kinds of work; nobody rings."""
    monkeypatch.setattr("core.queue.ring", lambda name: None)
    work.begin()
    yield store_bound


# -- a file becomes listings ----------------------------------------------------------------------


@BOTH
def test_a_file_becomes_a_preview_and_chosen_rows_become_matched_listings() -> None:
    to, sku = imports.channel(), goods.sku("C-1")
    made = upload(to, imports.csv(row(1), row(2), row(3, price="-1")))
    assert batch(made).state == "ready"
    assert counts(made) == {"": 3, "new": 2, "matched": 1, "trouble": 1}
    assert "0보다 작은" in reason(made, 4)
    assert listings() == {}
    assert import_(made) == {"added": 2, "linked": 1}
    assert set(listings()) == {"1001", "1002"}
    assert options()["1001", ""].match_id is not None
    assert options()["1002", ""].match_id is None
    assert rows(made, "matched")[2].sku_id == sku
    assert counts(made)["done"] == 2


@BOTH
def test_the_same_file_again_changes_nothing_and_says_so() -> None:
    to, _sku = imports.channel(), goods.sku("C-1")
    data = imports.csv(*map(row, range(4)))
    import_(upload(to, data))
    before, standing = listings(), options()
    again = upload(to, data)
    assert counts(again) == {"": 4, "here": 4, "same": 4, "matched": 1}
    assert import_(again) == {"same": 4, "unlinked": 3}
    after = listings()
    assert set(after) == set(before)
    assert all(after[no].changed_at == one.changed_at for no, one in before.items())
    assert {key: one.match_id for key, one in options().items()} == {
        key: one.match_id for key, one in standing.items()
    }


@BOTH
def test_a_file_that_tells_a_listing_otherwise_says_what_and_has_the_marketplace_asked() -> None:
    to = imports.channel()
    import_(upload(to, imports.csv(row(1), row(2))))
    before = listings()["1001"]
    newer = upload(to, imports.csv(row(1, price=7, state="판매중지"), row(2)))
    assert rows(newer)[2].changes["kinds"] == ["display", "price", "state"]
    assert import_(newer) == {"again": 1, "same": 1, "unlinked": 1}
    assert counts(newer)["done"] == 2
    assert rows(newer)[2].outcome == "part"
    assert listings()["1001"].price == before.price


@BOTH
def test_where_nobody_can_be_asked_a_newer_file_is_believed_and_an_older_one_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = registry.current().products
    monkeypatch.setitem(known, "eleven_st", replace(known["eleven_st"], get=None, search=None))
    to = imports.channel()
    older = upload(to, imports.csv(row(1, price=5)))
    import_(upload(to, imports.csv(row(1))))
    assert import_(upload(to, imports.csv(row(1, price=7)))) == {"changed": 1, "unlinked": 1}
    assert listings()["1001"].price == 7
    assert import_(older) == {"same": 1, "unlinked": 1}
    assert listings()["1001"].price == 7


def test_what_the_file_does_not_tell_is_taken_from_the_sku() -> None:
    to = imports.channel()
    goods.sku("C-1", name="보리차", price="8800", image="https://shop.example/1.png")
    head = ("상품번호", "상품명", "판매자상품코드")
    import_(upload(to, sheets.delimited([head, ("1001", "차", "C-1")]).encode()))
    found = listings()["1001"]
    assert (found.name, found.price, found.image) == ("차", 8800, "https://shop.example/1.png")


# -- what a person chooses ------------------------------------------------------------------------


@BOTH
def test_rows_are_chosen_by_number_or_all_of_a_view_and_the_rest_waits() -> None:
    to, _sku = imports.channel(), goods.sku("C-3")
    made = upload(to, imports.csv(*map(row, range(6)), row(9, price="-1")))
    with pytest.raises(Wrong):
        import_(made, numbers=[])
    with pytest.raises(Wrong):
        import_(made, numbers=[8], view="trouble")
    with pytest.raises(Wrong):
        import_(made, link="nonsense")
    import_(made, numbers=[2, 4, 8, 999])
    assert set(listings()) == {"1000", "1002"}
    stand_still(made)
    import_(made, view="matched")
    assert set(listings()) == {"1000", "1002", "1003"}
    stand_still(made)
    import_(made)
    assert len(listings()) == 6


def stand_still(batch_id: str) -> None:
    """What is read whole afterwards is not waited for."""
    with store.write() as session:
        session.get_one(Batch, batch_id).state = "ready"
        for one in session.scalars(select(Command).where(Command.kind == "listings.fill")):
            one.state = "cancelled"


@BOTH
def test_each_row_can_be_linked_in_its_own_way() -> None:
    to, first, second = imports.channel(), goods.sku("C-1"), goods.sku("C-2")
    made = upload(to, imports.csv(*map(row, range(1, 6))))
    migration_choices.choose_skus(made, 4, {"link": "sku"}, {"": (second, "3")})
    import_(made, link="none", own={2: {"link": "auto"}, 3: {"link": ""}, 4: {"link": "keep"}})
    matched = {no for (no, _), one in options().items() if one.match_id}
    assert matched == {"1001", "1003"}
    assert goods_of("1003") == [(second, 3)] and goods_of("1001") == [(first, 1)]


def goods_of(product_no: str) -> list[tuple[str, int]]:
    """SKUs and pieces that a listing without options is made of."""
    option = options()[product_no, ""]
    with store.read() as session:
        versions = match_versions.of(session, [option.id])[option.id]
    return [(part.sku_id, part.quantity) for part in versions[-1].parts]


ODD = ("0", "x", "10000", "9" * 5000)
"""What no number of pieces is."""


def test_a_choice_of_skus_is_checked() -> None:
    to, sku = imports.channel(), goods.sku("X")
    made = upload(to, imports.csv(row(1)))
    wrong = ({}, {"": ("", "1")}, {"": ("0" * 32, "1")}, *({"": (sku, n)} for n in ODD))
    for parts in wrong:
        with pytest.raises(Wrong):
            migration_choices.choose_skus(made, 2, {"link": "sku"}, parts)
    with pytest.raises(Wrong):
        migration_choices.choose_skus(made, 2, {"link": "x"}, {})


@BOTH
def test_a_code_of_two_skus_is_shown_and_imported_without_a_link() -> None:
    to = imports.channel()
    first = goods.sku("A")
    with store.read() as session:
        code = catalogue.get(session, first).our_code
    goods.sku(code)
    made = upload(to, imports.csv(row(1, code=code), row(2)))
    assert counts(made) == {"": 2, "new": 2, "trouble": 1}
    assert "두 상품" in reason(made, 2)
    assert import_(made, stock="1") == {"added": 2}
    assert options()["1001", ""].match_id is None and not listings()["1001"].stock_linked
    assert "두 상품" in reason(made, 2)


def test_a_sku_that_was_chosen_and_went_away_refuses_its_row_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    to, sku = imports.channel(), goods.sku("X")
    made = upload(to, imports.csv(row(1), row(2)))
    migration_choices.choose_skus(made, 2, {"link": "sku"}, {"": (sku, "1")})
    with monkeypatch.context() as patch:
        patch.setattr("core.services.catalogue_list.by_id", lambda session, ids: {})
        assert import_(made) == {"added": 1, "refused": 1}
    assert "없어졌습니다" in reason(made, 2)
    assert set(listings()) == {"1002"}
    stand_still(made)
    import_(made)
    assert set(listings()) == {"1001", "1002"}


# -- deals ----------------------------------------------------------------------------------------


@BOTH
def test_a_deal_says_which_listings_are_not_here_and_joins_them_when_they_come() -> None:
    to = imports.channel(market="wemakeprice")
    data = sheets.delimited([DEALS, ("77", "봄맞이", "1001", "판매중"), ("77", "", "1002", "")])
    made = upload(to, data.encode(), parser="deals")
    assert counts(made) == {"": 1, "new": 1}
    assert rows(made)[2].changes == {"absent": ["1001", "1002"]}
    assert import_(made) == {"added": 1}
    again = upload(to, data.encode(), parser="deals")
    assert counts(again) == {"": 1, "here": 1, "same": 1}
    goods.listing(to, "1001")
    third = upload(to, data.encode(), parser="deals")
    assert rows(third)[2].changes == {"absent": ["1002"]}
    with store.read() as session:
        assert [group.name for group in session.scalars(select(ListingGroup))] == ["봄맞이"]


# -- files that are not as they should be ---------------------------------------------------------


def refused(batch_id: str) -> str:
    found = batch(batch_id)
    assert found.state == "refused" and counts(batch_id) == {}
    return str((found.problem or {})["ko"])


def test_another_marketplaces_file_is_recognised_and_read_all_the_same_if_wanted() -> None:
    to = imports.channel()
    head = (
        "상품번호",
        "상품명",
        "업체상품코드",
        "할인가",
        "재고수량",
        "상품상태",
        "노출여부",
        "세카테고리",
    )
    data = sheets.delimited([head, ("1", "가", "A", "100", "1", "판매중", "Y", "옷")]).encode()
    made = upload(to, data)
    assert "위메프" in refused(made) and "11번가" in refused(made)
    with pytest.raises(Wrong):
        import_(made)
    migration.read_as(made, imports.PARSER, BY)
    drain.drain("bulk")
    assert batch(made).state == "ready" and counts(made)["new"] == 1
    with pytest.raises(Wrong):
        migration.read_as(made, imports.PARSER, BY)


def test_another_list_of_the_same_marketplace_is_recognised_and_read_as_that() -> None:
    to = imports.channel(market="wemakeprice")
    data = sheets.delimited([DEALS, ("77", "봄맞이", "1001", "판매중")]).encode()
    made = upload(to, data, parser="products")
    assert (batch(made).told or {})["rival"] == {"marketplace": "wemakeprice", "parser": "deals"}
    migration.read_as(made, "deals", BY)
    drain.drain("bulk")
    assert rows(made)[2].values["group"]["group_no"] == "77"


@BOTH
def test_columns_are_mapped_by_hand_and_remembered_for_the_channel() -> None:
    to, other = imports.channel(), imports.channel("둘째")
    data = sheets.delimited([("번호임", "이름임", "값"), ("1001", "가", "100")]).encode()
    made = upload(to, data)
    assert batch(made).state == "unmapped"
    sheet = (batch(made).told or {})["look"]["sheets"][0]["name"]
    with pytest.raises(Wrong) as wrong:
        batches.map_by_hand(made, ByHand(sheet, 1, {"product_no": 0}), BY)
    assert "상품명" in wrong.value.fields[""].ko
    chosen = {"product_no": 0, "name": 1, "price": 2}
    batches.map_by_hand(made, ByHand(sheet, 1, chosen), BY)
    drain.drain("bulk")
    assert batch(made).state == "ready" and counts(made)["new"] == 1
    assert batch(upload(to, data)).state == "ready"
    assert batch(upload(other, data)).state == "unmapped", "another channel's files are others"


def test_columns_that_were_remembered_can_be_chosen_anew() -> None:
    to = imports.channel()
    data = sheets.delimited([("번호임", "이름임", "별명"), ("1001", "가", "나")]).encode()
    made = upload(to, data)
    sheet = (batch(made).told or {})["look"]["sheets"][0]["name"]
    batches.map_by_hand(made, ByHand(sheet, 1, {"product_no": 0, "name": 1}), BY)
    drain.drain("bulk")
    again = upload(to, data)
    assert rows(again)[2].values["listing"]["name"] == "가"
    batches.map_again(again, BY)
    drain.drain("bulk")
    assert batch(again).state == "unmapped"
    guess = (batch(again).told or {})["look"]["found"]["columns"]
    assert guess == {"product_no": 0, "name": 1}, "what was found is chosen beforehand"
    with pytest.raises(Wrong):
        batches.map_again(again, BY)
    batches.map_by_hand(again, ByHand(sheet, 1, {"product_no": 0, "name": 2}), BY)
    drain.drain("bulk")
    assert rows(again)[2].values["listing"]["name"] == "나"
    assert rows(upload(to, data))[2].values["listing"]["name"] == "나", "it is remembered now"


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "a header alone": (lambda: imports.csv(), ""),
    "no table": (lambda: b"\x89PNG\r\n\x1a\n" + b"0" * 100, "표 파일이 아니라"),
    "blank sheet": (lambda: sheets.xlsx([[None]]), "값이 하나도 없습니다"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_a_file_without_listings_leaves_nothing(name: str) -> None:
    data, words = BAD[name]
    made = upload(imports.channel(), data(), "상품.xlsx")
    if words:
        assert words in refused(made)
    else:
        assert batch(made).state == "ready" and counts(made) == {}
    with pytest.raises(Wrong):
        import_(made)


def test_every_odd_row_has_a_verdict_and_nothing_is_lost() -> None:
    to = imports.channel()
    table: list[list[Any]] = [
        ["11번가 상품목록", *[None] * 5],
        list(HEAD),
        row(1, price="12,000원"), row(2, no="２００２"), row(3, no="1.003E+03"),
        row(4, no=" 1004​"), row(1), row(5, no=""), row(6, no="가나다"),
        row(7, price="99999999999"), row(8, price=-1), row(9, stock="많음"),
        [None] * 6, ["합계", None, 123, None, None, None],
    ]  # fmt: skip
    made = upload(to, sheets.xlsx(table), "상품.xlsx")
    told = batch(made).told or {}
    assert (told["totals"], told["rows"]) == (1, 10)
    assert {"wide", "exponent", "spaces"} <= set(told["repairs"])
    assert counts(made) == {"": 10, "new": 4, "trouble": 6}
    words = {7: "3행과 같은", 8: "상품번호가 없는", 9: "숫자가 아닙니다", 10: "판매가: ",
             11: "판매가: ", 12: "재고: "}  # fmt: skip
    for number, text in words.items():
        assert text in reason(made, number), (number, reason(made, number))
    assert import_(made) == {"added": 4}
    assert set(listings()) == {"1001", "2002", "1003", "1004"}


KINDS: dict[str, Callable[[list[list[Any]]], bytes]] = {
    "xlsx": sheets.xlsx,
    "xls": sheets.xls,
    "html": lambda rows: sheets.html(rows).encode("euc-kr"),
    "xml": lambda rows: sheets.spreadsheetml(rows).encode(),
    "csv, cp949": lambda rows: sheets.delimited(rows).encode("cp949"),
    "csv, utf-8 with a mark": lambda rows: sheets.delimited(rows).encode("utf-8-sig"),
    "tsv, utf-16": lambda rows: sheets.delimited(rows, "\t").encode("utf-16"),
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_of_file_becomes_the_same_listings(kind: str) -> None:
    to = imports.channel()
    made = upload(to, KINDS[kind]([list(HEAD), *map(row, range(5))]), "상품.xls")
    assert import_(made) == {"added": 5}
    assert {no: one.price for no, one in listings().items()} == {
        f"{1000 + number}": 1000 + number for number in range(5)
    }


def test_rows_left_out_come_back_in_the_sellers_own_file_with_the_reason() -> None:
    to = imports.channel()
    table: list[list[Any]] = [["상품목록", *[None] * 5], list(HEAD), row(1), row(2, price=-5)]
    made = upload(to, sheets.xlsx(table), "내 목록.xlsx")
    import_(made)
    sku_export.submit_return(made, BY)
    drain.drain("bulk")
    with store.read() as session:
        query = select(Command).where(Command.kind == "catalogue.return")
        path, name = sku_export.file_of(session.scalars(query).one())
    assert name == "내 목록 되지 않은 행.xlsx"
    page = openpyxl.load_workbook(io.BytesIO(path.read_bytes())).active
    told = [list(cells) for cells in page.iter_rows(values_only=True)]
    assert [cells[0] for cells in told] == ["상품목록", "상품번호", "1002"]
    assert "0보다 작은" in told[2][-1]


def test_a_parser_of_a_folder_reads_in_the_child_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "other_tool.py").write_text(PLUGIN, encoding="utf-8")
    monkeypatch.setenv("HANPAN_PLUGINS_DIR", str(folder))
    settings.use(None)
    registry.use(None)
    try:
        to = imports.channel()
        data = sheets.delimited([("number", "title"), ("9", "nine"), ("", "none")]).encode()
        made = upload(to, data, parser="other_tool")
        assert counts(made) == {"": 2, "new": 1, "trouble": 1}
        told = rows(made)[2].values["listing"]
        assert (told["product_no"], told["name"]) == ("9", "nine")
    finally:
        registry.use(None)


PLUGIN = """
from hanpan.api import Column, ColumnKind, Listing, MigrationParser, MigrationRow, Text, hookimpl

API = (0, 1)


def _rows(rows):
    for row in rows:
        number = row.values["number"]
        if number is None:
            yield MigrationRow(row.number, problem=Text("번호 없음", "No number"))
        else:
            listing = Listing(product_no=number, name=row.values["title"])
            yield MigrationRow(row.number, listing=listing)


@hookimpl
def register_migration_parsers():
    columns = [
        Column(name="number", label=Text("번호", "Number"), headers=["number"],
               kind=ColumnKind.CODE, required=True),
        Column(name="title", label=Text("이름", "Title"), headers=["title"], required=True),
    ]
    words = {"label": Text("다른 도구", "Another"), "how": Text("내보내기", "Export")}
    named = {"marketplace": "eleven_st", "key": "other_tool"}
    return [MigrationParser(**named, **words, columns=columns, rows=lambda r: _rows(r))]
"""


# -- locked, stopped, pruned ----------------------------------------------------------------------


def test_nothing_is_taken_in_before_the_setup_is_done() -> None:
    to = goods.channel("덜 된 곳", marketplace="eleven_st")
    with pytest.raises(Forbidden):
        upload(to, imports.csv(row(1)))
    with pytest.raises(Forbidden):
        migration.submit_search(to.id, {}, BY, submission=new_id())
    with pytest.raises(Forbidden):
        migration.submit_numbers(to.id, "1", BY, submission=new_id())
    ready = imports.channel()
    for text in ("", " ,\n", ",".join(map(str, range(1_001)))):
        with pytest.raises(Wrong):
            migration.submit_numbers(ready.id, text, BY, submission=new_id())


def test_pressing_twice_is_one_import_and_one_batch() -> None:
    to, mark = imports.channel(), new_id()
    data = imports.csv(row(1))
    first, second = (
        migration.submit_file(to.id, imports.PARSER, io.BytesIO(data), "a.csv", BY, submission=mark)
        for _ in range(2)
    )
    assert first == second
    drain.drain("bulk")
    imports.begin(first)
    with pytest.raises(Wrong):
        imports.begin(first)


@BOTH
def test_an_import_that_is_stopped_keeps_what_it_did_and_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(migration_import, "SLICE", 3)
    to = imports.channel()
    made = upload(to, imports.csv(*map(row, range(10))))
    started = imports.begin(made)
    whole = migration_writes.keep

    def cancel(run: Any, of: Any, ready: Any, before: Any, session: Any) -> None:
        whole(run, of, ready, before, session)
        session.get(Command, started).cancel_asked = "시험"
        session.flush()

    monkeypatch.setattr(migration_writes, "keep", cancel)
    drain.drain("bulk")
    monkeypatch.setattr(migration_writes, "keep", whole)
    assert len(listings()) == 3 and batch(made).state == "applying"
    going = migration_choices.go_on(made, BY)
    with pytest.raises(Wrong):
        migration_choices.go_on(made, BY)
    drain.drain("bulk")
    with store.read() as session:
        assert session.get_one(Command, going).result == {"added": 7}
    assert len(listings()) == 10


def test_a_reading_that_was_stopped_is_begun_anew() -> None:
    to = imports.channel()
    made = migration.submit_file(
        to.id, imports.PARSER, io.BytesIO(imports.csv(row(1))), "a.csv", BY, submission=new_id()
    )
    jobs.cancel(str(batch(made).command_id), BY)
    batches.read_again(made, BY)
    drain.drain("bulk")
    assert counts(made)["new"] == 1


@BOTH
def test_old_batches_go_with_their_rows_and_live_ones_stay() -> None:
    to = imports.channel()
    old, live, young = (upload(to, imports.csv(row(n), row(n + 1))) for n in (1, 3, 5))
    imports.begin(live)
    long_ago = clock.now() - batch_memory.KEPT - timedelta(days=1)
    with store.write() as session:
        for batch_id in (old, live):
            session.get_one(Batch, batch_id).created_at = long_ago
    assert batch_memory.prune() == 2
    assert batch_memory.prune() == 0
    with store.read() as session:
        assert {one.id for one in session.scalars(select(Batch))} == {live, young}
    assert len(rows(live)) == len(rows(young)) == 2


def test_a_batch_of_listings_is_never_applied_as_skus() -> None:
    made = upload(imports.channel(), imports.csv(row(1)))
    with pytest.raises(Missing):
        batches.apply(made, BY)
    assert batch(made).state == "ready"
    assert counts(made) == {"": 1, "new": 1}


def test_a_file_that_was_never_read_goes_after_a_day() -> None:
    to = imports.channel()
    people = "수취인,주소\r\n김가명,서울시 가명로 1\r\n".encode()
    fresh, old = upload(to, people), upload(to, people)
    assert batch(old).state == "unmapped"
    with store.write() as session:
        session.get_one(Batch, old).created_at -= batch_memory.UNREAD_KEPT + timedelta(hours=1)
    there = [uploads.path(batch(one).file) for one in (fresh, old)]
    batch_memory.prune()
    with store.read() as session:
        assert list(session.scalars(select(Batch.id))) == [fresh]
    assert [path.exists() for path in there] == [True, False]
