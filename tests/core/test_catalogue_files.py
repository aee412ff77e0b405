"""Files of SKUs: read into a preview, applied once each, given back, and written out."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import openpyxl
import pytest
from sqlalchemy import event, select

from core import store, work
from core.files.reading import ByHand, FileRefused
from core.ledger import drain
from core.ledger.run import Run
from core.models import Batch, Command, new_id
from core.services import (
    batch_reading,
    batch_rows,
    batches,
    catalogue,
    catalogue_list,
    jobs,
    order_files,
    runple,
    sku_apply,
    sku_export,
    sku_import,
    stock,
    uploads,
)
from core.services.audit import Actor
from core.services.catalogue_list import Wanted
from core.services.outcome import Missing, Wrong
from core.services.stock import Why
from tests.core import sheets
from tests.killing import KILLED, in_child

BY = Actor(None, "시험")
HEAD = ("상품명", "옵션명", "자체상품코드", "판매가", "재고", "판매상태")
BOTH = pytest.mark.usefixtures("both_databases")


@pytest.fixture(autouse=True)
def shop(store_bound: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A workspace, and the kinds of work; nobody rings."""
    monkeypatch.setattr("core.queue.ring", lambda name: None)
    work.begin()
    yield store_bound


def csv(*rows: Sequence[Any], head: Sequence[str] = HEAD) -> bytes:
    return sheets.delimited([head, *rows]).encode()


def upload(data: bytes, name: str = "상품.csv") -> str:
    """A file, read; its batch."""
    made = batches.upload(batches.CATALOGUE, io.BytesIO(data), name, BY, submission=new_id())
    drain.drain("bulk")
    return made


def batch(batch_id: str) -> Batch:
    with store.read() as session:
        return batches.get(session, batch_id)


def counts(batch_id: str) -> dict[str, int]:
    with store.read() as session:
        found = batch_rows.counts(session, batch_id)
    return {name: count for name, count in found.items() if count}


def rows(batch_id: str, view: str = "") -> dict[int, Any]:
    with store.read() as session:
        found = batch_rows.rows(session, batch_id, view, limit=1000).rows
    return {row.number: row for row in found}


def reason(batch_id: str, number: int) -> str:
    return str((rows(batch_id)[number].reason or {}).get("ko", ""))


def apply(batch_id: str) -> None:
    batches.apply(batch_id, BY)
    drain.drain("bulk")


def skus() -> dict[str, Any]:
    """Every SKU by its own code, or by its name and option."""
    with store.read() as session:
        return {
            row.own_code or f"{row.name}/{row.option_name}": row
            for row in catalogue_list.each(session, Wanted())
        }


def command(kind: str) -> Command:
    with store.read() as session:
        query = select(Command).where(Command.kind == kind).order_by(Command.created_at.desc())
        return session.scalars(query.limit(1)).one()


# -- in -------------------------------------------------------------------------------------------


@BOTH
def test_a_file_becomes_a_preview_and_nothing_is_made_before_it_is_applied() -> None:
    made = upload(
        csv(
            ("티셔츠", "빨강", "T-1", "12,000원", "10", "판매중"),
            ("티셔츠", "파랑", "T-2", "12000", "", "판매중지"),
            ("양말", "", "", "3000", "5", ""),
        )
    )
    assert batch(made).state == "ready"
    assert counts(made) == {"": 3, "new": 3, "left": 3}
    assert skus() == {}
    told = batch(made).told or {}
    assert told["rows"] == 3 and told["repairs"] == {"separators": 1, "unit": 1}
    apply(made)
    assert batch(made).state == "ended"
    found = skus()
    assert set(found) == {"T-1", "T-2", "양말/"}
    assert found["T-1"].product_id == found["T-2"].product_id
    red, blue = found["T-1"], found["T-2"]
    assert (red.price, red.on_hand, red.on_sale) == (12000, 10, True)
    assert (blue.on_hand, blue.on_sale) == (0, False)
    with store.read() as session:
        (move,) = stock.moves(session, red.id)
    assert (move.kind, move.on_hand, move.detail) == ("import", 10, {"batch": made, "row": 2})
    assert counts(made) == {"": 3, "new": 3, "done": 3}


def test_a_product_that_a_file_renames_is_found_by_the_new_name_in_all_of_its_options() -> None:
    head = ("상품명", "옵션명", "자체상품코드")
    apply(
        upload(csv(("옛컵", "흰색", "A"), ("옛컵", "검정", "B"), ("옛컵", "빨강", "C"), head=head))
    )
    apply(upload(csv(("새컵", "흰색", "A"), ("새컵", "검정", "B"), head=head)))
    with store.read() as session:
        found = catalogue_list.page(session, Wanted(find="새컵")).rows
        assert catalogue_list.total(session, Wanted(find="옛컵")) == 0
    assert {row.own_code for row in found} == {"A", "B", "C"}


@BOTH
def test_the_same_file_again_changes_nothing_with_codes_or_without() -> None:
    data = csv(("티셔츠", "빨강", "T-1", "12000", "10", ""), ("양말", "", "", "3000", "5", ""))
    apply(upload(data))
    before = skus()
    again = upload(data)
    assert counts(again) == {"": 2, "same": 2}
    with pytest.raises(Wrong):
        batches.apply(again, BY)
    assert skus() == before


@BOTH
def test_a_change_shows_what_was_and_what_will_be_and_empty_cells_keep_what_is_there() -> None:
    apply(upload(csv(("티셔츠", "빨강", "T-1", "12000", "10", "판매중"))))
    made = upload(csv(("", "", "T-1", "9900", "", "판매중지")))
    assert rows(made)[2].changes == {"price": [12000, 9900], "on_sale": [True, False]}
    apply(made)
    sku = skus()["T-1"]
    assert (sku.name, sku.option_name, sku.price, sku.on_hand, sku.on_sale) == (
        "티셔츠", "빨강", 9900, 10, False,
    )  # fmt: skip


@BOTH
def test_prices_by_code_alone_are_a_file_too() -> None:
    apply(upload(csv(("티셔츠", "빨강", "T-1", "12000", "10", ""))))
    made = upload(csv(("T-1", "500"), ("T-9", "500"), head=("판매자 상품코드", "판매단가")))
    assert counts(made) == {"": 2, "changed": 1, "problem": 1, "left": 1}
    assert "상품명이 없습니다" in reason(made, 3)
    apply(made)
    assert skus()["T-1"].price == 500


@BOTH
def test_each_bad_row_says_why_and_the_good_ones_are_applied() -> None:
    apply(
        upload(
            csv(
                ("가", "", "A", "1", "", ""), ("나", "", "B", "1", "", ""),
                ("다", "", "", "1", "", ""), ("보관", "", "Z", "1", "", ""),
            )
        )
    )  # fmt: skip
    known = skus()
    catalogue.create({"name": "다", "price": "1", "on_hand": "0", "buffer": "0"}, BY)
    catalogue.archive([known["Z"].id], BY)
    head = ("상품명", "자체상품코드", "고유상품코드", "판매가", "재고", "판매상태", "이미지")
    made = upload(
        csv(
            ("새것", "N", "", "-100", "", "", ""),
            ("새것", "N2", "", "99999999999", "", "", ""),
            ("새것", "N3", "", "", "많음", "", ""),
            ("", "N4", "", "100", "", "", ""),
            ("", "A", known["B"].our_code, "100", "", "", ""),
            ("", "", "BBBBBBBB", "100", "", "", ""),
            ("다", "", "", "100", "", "", ""),
            ("", "Z", "", "100", "", "", ""),
            ("새것", "N5", "", "", "", "모름", "http://plain.example"),
            ("가" * 201, "N6", "", "", "", "", ""),
            ("좋음", "N7", "", "100", "1", "판매중", ""),
            head=head,
        )
    )
    assert counts(made) == {"": 11, "new": 1, "problem": 10, "left": 1}
    said = {number: reason(made, number) for number in range(2, 12)}
    for number, words in {
        2: "판매가: 0보다", 3: "판매가: 값이 너무 큽니다", 4: "재고: ", 5: "상품명이 없습니다",
        6: "하나로 맞춰", 7: "BBBBBBBB", 8: "2개", 9: "보관", 10: "판매상태: ", 11: "상품명: 200자",
    }.items():  # fmt: skip
        assert words in said[number], (number, said[number])
    assert "이미지: " in said[10], "every reason of a row is said"
    apply(made)
    assert set(skus()) == {"A", "B", "다/", "N7"}
    assert counts(made)["done"] == 1


@BOTH
def test_rows_that_mean_the_same_sku_are_all_problems_across_blocks_too() -> None:
    apply(upload(csv(("가", "", "A", "1", "", ""))))
    code = skus()["A"].our_code
    head = ("상품명", "자체상품코드", "고유상품코드", "판매가")
    many = [(f"상품 {number}", f"M-{number}", "", "1") for number in range(600)]
    made = upload(
        csv(
            ("첫째", "X", "", "1"), ("", "A", "", "5"), ("코드 없음", "", "", "1"), *many,
            ("둘째", "X", "", "2"), ("", "", code, "6"), ("코드 없음", "", "", "2"),
            head=head,
        )
    )  # fmt: skip
    wrong = rows(made, "problem")
    assert sorted(wrong) == [2, 3, 4, 605, 606, 607]
    assert "605행" in reason(made, 2) and "2행" in reason(made, 605)
    assert "606행" in reason(made, 3) and "3행" in reason(made, 606)
    assert counts(made)["new"] == 600


@BOTH
def test_options_of_one_product_must_agree_on_its_name() -> None:
    apply(upload(csv(("가", "1", "A", "1", "", ""), ("가", "2", "B", "1", "", ""))))
    made = upload(csv(("나", "", "A", "1", "", ""), ("다", "", "B", "1", "", "")))
    assert counts(made) == {"": 2, "changed": 1, "problem": 1, "left": 1}
    good = upload(csv(("나", "", "A", "1", "", ""), ("나", "", "B", "1", "", "")))
    apply(good)
    assert counts(good)["done"] == 2
    assert {sku.name for sku in skus().values()} == {"나"}


@BOTH
def test_what_somebody_changed_after_the_preview_is_not_overwritten() -> None:
    apply(upload(csv(("가", "", "A", "100", "5", ""), ("나", "", "B", "100", "5", ""))))
    made = upload(
        csv(("", "", "A", "200", "", ""), ("", "", "B", "", "9", ""), ("다", "", "C", "1", "", ""))
    )
    known = skus()
    form = {"name": "가", "own_code": "A", "price": "150", "buffer": "0", "on_sale": "1"}
    catalogue.change(known["A"].id, form, BY, revision=known["A"].revision)
    with store.write() as session:
        stock.move(session, known["B"].id, Why.ORDER, key="1", who="한판", on_hand=-1)
    catalogue.create(
        {"name": "먼저", "own_code": "C", "price": "1", "on_hand": "0", "buffer": "0"}, BY
    )
    apply(made)
    assert counts(made) == {"": 3, "changed": 2, "new": 1, "refused": 3}
    found = skus()
    assert (found["A"].price, found["B"].on_hand, found["C"].name) == (150, 4, "먼저")
    assert "판매가" in reason(made, 2) and "150" in reason(made, 2)


def test_the_runple_column_is_read_only_where_it_is_used() -> None:
    data = csv(("가", "A", "Y"), head=("상품명", "자체상품코드", "런플"))
    apply(upload(data))
    assert not skus()["A"].runple
    runple.use(True, BY)
    apply(upload(data))
    assert skus()["A"].runple


def test_rows_are_applied_together_in_few_statements(shop: Any) -> None:
    def told(price: int) -> bytes:
        return csv(
            *[(f"상품 {n % 50}", f"옵션 {n}", f"N-{n}", price, price, "") for n in range(200)]
        )

    said: list[str] = []
    event.listen(shop.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    for price in (100, 200):
        made = upload(told(price))
        said.clear()
        apply(made)
        assert len(said) < 120, "some hundred rows a transaction, not some statements a row"
    assert {(sku.price, sku.on_hand) for sku in skus().values()} == {(200, 200)}
    assert len({sku.product_id for sku in skus().values()}) == 50


# -- wrong files ----------------------------------------------------------------------------------


def test_a_file_that_is_none_is_refused_with_the_reason_and_leaves_nothing() -> None:
    with pytest.raises(Wrong):
        batches.upload(batches.CATALOGUE, io.BytesIO(b""), "a.csv", BY, submission=new_id())
    made = upload(b"\x89PNG\r\n\x1a\n" + b"0" * 100, "상품.xlsx")
    assert batch(made).state == "refused"
    assert "표 파일이 아니라" in (batch(made).problem or {})["ko"]
    assert counts(made) == {}
    with pytest.raises(Wrong):
        batches.apply(made, BY)


def test_a_file_over_the_limit_is_not_kept(monkeypatch: pytest.MonkeyPatch, shop: Any) -> None:
    monkeypatch.setattr("core.files.limits.MOST_BYTES", 10)
    with pytest.raises(Wrong):
        batches.upload(batches.CATALOGUE, io.BytesIO(b"0" * 11), "a.csv", BY, submission=new_id())
    assert list((shop.data / "uploads").iterdir()) == []


def test_an_upload_is_ours_alone_to_read_under_a_name_of_our_own(shop: Any) -> None:
    made = batches.upload(
        batches.CATALOGUE, io.BytesIO(csv()), "../../etc/상품.csv", BY, submission=new_id()
    )
    path = uploads.path(batch(made).file)
    assert path.parent == shop.data / "uploads"
    assert path.stat().st_mode & 0o777 == 0o600
    assert batch(made).file_name == "상품.csv"
    for name in ("../secret", "..", "", "x" * 32):
        with pytest.raises(Missing):
            uploads.path(name)


def test_old_files_are_taken_away_and_it_is_said_where_one_is_missing(shop: Any) -> None:
    made = upload(csv(("가", "", "A", "-1", "", "")))
    path = uploads.path(batch(made).file)
    assert uploads.prune() == 0
    os.utime(path, (1, 1))
    assert uploads.prune() == 1 and not path.exists()
    with pytest.raises(Wrong) as wrong:
        sku_export.submit_return(made, BY)
    assert wrong.value.fields[""] == batches.FILE_GONE


def test_an_upload_is_sealed_and_opened_for_its_reader_alone(shop: Any) -> None:
    made = upload(csv(("홍길동 차", "", "A", "-1", "", "")))
    kept = uploads.path(batch(made).file)
    assert "홍길동".encode() not in kept.read_bytes()
    with uploads.opened(batch(made).file) as plain:
        assert plain.read_bytes() == csv(("홍길동 차", "", "A", "-1", "", ""))
    assert not plain.exists() and len(list(kept.parent.iterdir())) == 1
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    with pytest.raises(FileRefused), uploads.opened(batch(made).file):
        pass


ORDER_HEAD = ("상품주문번호", "상품명", "수취인명", "수취인연락처1", "배송지", "판매가")


@pytest.mark.parametrize(
    "head",
    [
        ORDER_HEAD,
        ("주문번호", "받는 사람", "우편번호", "상품코드", "수량", ""),
        ("상품명", "구매자명", "구매자ID", "판매가", "재고", ""),
    ],
)
def test_a_file_of_orders_is_recognised_and_taken_away_at_once(head: Any, shop: Any) -> None:
    made = upload(csv(("1", "차", "홍길동", "010-0000-0000", "시험로 1", "5"), head=head))
    assert batch(made).problem == order_files.ORDERS.stored()
    assert batch(made).state == "refused" and batch(made).told is None
    assert counts(made) == {} and list((shop.data / "uploads").iterdir()) == []


def test_a_list_of_products_with_words_of_orders_in_it_is_none_of_orders() -> None:
    head = ("상품명", "판매가", "재고", "구매자 혜택", "주문 후 발송일", "반품지 주소")
    assert batch(upload(csv(("차", "1", "2", "", "", ""), head=head))).state == "ready"


def test_a_refused_file_is_taken_away_also_where_the_process_died_before(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(uploads, "remove", lambda name: None)
        made = upload(b"%PDF-1.4 " + b"0" * 100)
    assert batch(made).state == "refused" and len(list((shop.data / "uploads").iterdir())) == 1
    run = SimpleNamespace(payload={"batch": made})
    assert batch_reading.begin(cast(Run, run)) is None
    assert list((shop.data / "uploads").iterdir()) == []


def test_there_is_room_for_so_many_uploads_and_it_is_said_how_to_make_some(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_FILES", 2)
    first, _ = (upload(csv(("가", "", f"A{n}", "1", "", ""))) for n in range(2))
    with pytest.raises(Wrong) as wrong:
        upload(csv(("가", "", "B", "1", "", "")))
    assert "올려 둔 파일이 2개" in wrong.value.fields["file"].ko
    batches.drop_file(first, BY)
    assert batch(first).state == "ready" and counts(first)["new"] == 1
    with pytest.raises(Wrong):
        batches.map_again(first, BY)
    unread = upload(csv(("가", "A", "1"), head=("품목", "코드번호", "단가")))
    batches.drop_file(unread, BY)
    assert (batch(unread).state, batch(unread).told) == ("refused", None)
    monkeypatch.setattr(uploads, "MOST_BYTES", 1)
    with pytest.raises(Wrong):
        upload(csv(("가", "", "B", "1", "", "")))


def test_pressing_twice_is_one_batch(shop: Any) -> None:
    mark = new_id()
    first, second = (
        batches.upload(batches.CATALOGUE, io.BytesIO(csv()), "a.csv", BY, submission=mark)
        for _ in range(2)
    )
    assert first == second
    assert len(list((shop.data / "uploads").iterdir())) == 1


def test_columns_are_mapped_by_hand_and_remembered_for_the_next_file() -> None:
    head = ("품목", "코드번호", "단가")
    data = csv(("가", "A", "100"), head=head)
    made = upload(data)
    assert batch(made).state == "unmapped"
    look = (batch(made).told or {})["look"]
    assert look["sheets"][0]["rows"][0] == list(head)
    sheet = look["sheets"][0]["name"]
    with pytest.raises(Wrong):
        batches.map_by_hand(made, ByHand(sheet, 1, {"price": 2}), BY)
    batches.map_by_hand(made, ByHand(sheet, 1, {"name": 0, "own_code": 1, "price": 2}), BY)
    drain.drain("bulk")
    assert batch(made).state == "ready" and counts(made)["new"] == 1
    again = upload(data)
    assert batch(again).state == "ready" and counts(again)["new"] == 1
    with pytest.raises(Wrong):
        batches.map_by_hand(again, ByHand(sheet, 1, {"name": 0}), BY)


def test_the_list_shows_what_came_together_in_the_order_of_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sku_import, "SLICE", 3)
    told = [(f"상품 {n // 3}", f"옵션 {n % 3}", f"N-{n}", "1", "1", "") for n in range(10)]
    apply(upload(csv(*told)))
    with store.read() as session:
        page = catalogue_list.page(session, Wanted())
    assert [one.own_code for one in page.rows] == [f"N-{n}" for n in range(10)]


# -- stopped and killed ---------------------------------------------------------------------------


def test_applying_that_was_stopped_keeps_what_it_did_and_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sku_import, "SLICE", 3)
    made = upload(csv(*[(f"상품 {n}", "", f"N-{n}", "1", "1", "") for n in range(10)]))
    started = batches.apply(made, BY)
    whole = sku_apply.some

    def cancel(*args: Any) -> Any:
        found = whole(*args)
        session = args[0]
        row = session.get(Command, started)
        row.cancel_asked = "시험"
        session.flush()
        return found

    monkeypatch.setattr(sku_apply, "some", cancel)
    drain.drain("bulk")
    monkeypatch.setattr(sku_apply, "some", whole)
    assert command("catalogue.apply").state == "cancelled"
    assert (counts(made)["done"], counts(made)["left"]) == (3, 7)
    apply(made)
    assert batch(made).state == "ended"
    assert counts(made)["done"] == 10 and len(skus()) == 10


def test_reading_that_was_stopped_is_begun_anew() -> None:
    made = batches.upload(
        batches.CATALOGUE, io.BytesIO(csv(("가", "", "A", "1", "", ""))), "a.csv", BY,
        submission=new_id(),
    )  # fmt: skip
    with pytest.raises(Wrong):
        batches.read_again(made, BY)
    jobs.cancel(str(batch(made).command_id), BY)
    assert counts(made) == {}
    batches.read_again(made, BY)
    drain.drain("bulk")
    assert counts(made)["new"] == 1


@pytest.mark.parametrize(
    "point",
    [
        f"{at}.{when}"
        for at in ("catalogue.rows", "catalogue.end", "catalogue.apply")
        for when in ("before-commit", "in-transaction", "after-commit")
    ],
)
def test_killed_anywhere_each_row_is_applied_once(
    point: str, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sku_import, "SLICE", 4)
    made = batches.upload(
        batches.CATALOGUE,
        io.BytesIO(csv(*[(f"상품 {n}", "", f"N-{n}", "1", "2", "") for n in range(10)])),
        "a.csv",
        BY,
        submission=new_id(),
    )
    killed = _worker(f"{point}@1")
    if batch(made).state == "ready":
        batches.apply(made, BY)
        killed = killed or _worker(f"{point}@1")
    assert killed, "the point was never passed"
    for _ in range(3):
        _free()
        _worker()
        if batch(made).state == "ready":
            batches.apply(made, BY)
    assert batch(made).state == "ended"
    assert counts(made) == {"": 10, "new": 10, "done": 10}
    assert len(skus()) == 10
    assert {sku.on_hand for sku in skus().values()} == {2}
    assert command("catalogue.apply").result == {"added": 10}


def _worker(crash: str | None = None) -> bool:
    """A process that does what is due; whether it was killed."""
    code = in_child(lambda: [drain.drain("bulk")], dies_at=crash)
    assert code in (0, KILLED)
    return code == KILLED


def _free() -> None:
    """The dead worker's lease runs out."""
    with store.engine().begin() as connection:
        connection.exec_driver_sql("UPDATE lane SET lease_until = 0")


# -- out ------------------------------------------------------------------------------------------


def export(**wanted: str) -> Path:
    sku_export.submit_export(Wanted(**wanted), BY, submission=new_id())
    drain.drain("bulk")
    path, name = sku_export.file_of(command("catalogue.export"))
    assert name.endswith(".xlsx")
    return Path(path)


@BOTH
def test_what_is_exported_reads_back_as_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    runple.use(True, BY)
    odd = ("=1+1", "'따옴표", "  넓은   칸 ", "0012345", "1.5E3", "@here", "２줄\r\n메모")
    for number, text in enumerate(odd):
        catalogue.create(
            {
                "name": f"{text.strip()}!", "option_name": text, "own_code": f"{number}-{text}",
                "price": "1000", "cost": "" if number % 2 else "700", "on_hand": str(number),
                "buffer": "1", "on_sale": "1" if number % 2 else "", "memo": text,
                "image": "https://shop.example/1.png", "runple": "1", "displayed": "",
            }
            if "\n" not in text
            else {"name": "메모", "memo": text, "price": "1", "on_hand": "0", "buffer": "0"},
            BY,
        )  # fmt: skip
    monkeypatch.setattr(store, "CHUNK", 3)
    path = export()
    assert path.stat().st_mode & 0o777 == 0o600
    made = upload(path.read_bytes(), "export.xlsx")
    assert {
        r.number: (r.reason, r.changes) for r in rows(made).values() if r.verdict != "same"
    } == {}
    assert counts(made) == {"": len(odd), "same": len(odd)}


def test_an_export_holds_what_was_found_and_no_formula() -> None:
    catalogue.create(
        {"name": "=cmd()", "price": "1", "on_hand": "0", "buffer": "0", "on_sale": "1"}, BY
    )
    catalogue.create({"name": "중지", "price": "1", "on_hand": "0", "buffer": "0"}, BY)
    page = openpyxl.load_workbook(io.BytesIO(export(view="on_sale").read_bytes())).active
    told = list(page.iter_rows(values_only=True))
    assert [cell for cell in told[0]][:4] == ["상품명", "옵션명", "자체상품코드", "고유상품코드"]
    assert len(told) == 2 and told[1][0] == "=cmd()"
    assert page["A2"].data_type == "s"
    assert command("catalogue.export").result["found"] == 1


def test_bad_rows_come_back_in_the_sellers_own_file_with_the_reason() -> None:
    table = [
        ("가격표", None, None),
        ("상품명", "자체상품코드", "판매가", "우리 메모"),
        ("좋음", "A", 100, "가"),
        ("나쁨", "B", -5, "나"),
        ("좋음 2", "C", 5, "다"),
    ]
    made = upload(sheets.xlsx(table), "우리 파일.xlsx")
    catalogue.create(
        {"name": "먼저", "own_code": "C", "price": "1", "on_hand": "0", "buffer": "0"}, BY
    )
    apply(made)
    assert counts(made)["done"] == 1
    sku_export.submit_return(made, BY)
    drain.drain("bulk")
    path, name = sku_export.file_of(command("catalogue.return"))
    assert name == "우리 파일 되지 않은 행.xlsx"
    page = openpyxl.load_workbook(io.BytesIO(path.read_bytes())).active
    told = [list(row) for row in page.iter_rows(values_only=True)]
    assert [row[0] for row in told] == ["가격표", "상품명", "나쁨", "좋음 2"]
    assert "0보다 작은" in told[2][-1] and told[2][3] == "나"
    assert "같은 코드" in told[3][-1]


def test_a_file_is_fetched_only_from_a_command_that_wrote_one() -> None:
    upload(csv(("가", "", "A", "1", "", "")))
    with pytest.raises(Missing):
        sku_export.file_of(command("catalogue.read"))
    path = export()
    assert sku_export.is_there(command("catalogue.export"))
    other = command("catalogue.read")
    other.result = command("catalogue.export").result
    assert not sku_export.is_there(other)
    path.unlink()
    with pytest.raises(Missing):
        sku_export.file_of(command("catalogue.export"))
