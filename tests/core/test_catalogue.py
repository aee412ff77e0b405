"""SKUs as people make, find and change them."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest

from core import store
from core.services import catalogue, catalogue_edits, catalogue_list, runple, sku_codes, stock
from core.services.audit import Actor
from core.services.catalogue_edits import Edit
from core.services.catalogue_list import SORTS, VIEWS, Wanted
from core.services.outcome import Missing, Wrong
from core.services.stock import Why

BY, OTHER = Actor(None, "시험"), Actor(None, "다른 사람")
pytestmark = pytest.mark.usefixtures("both_databases", "store_bound")


def raw(**changed: str) -> dict[str, str]:
    """A form as a browser sends it."""
    told = {"name": "보리차", "price": "1,000", "on_hand": "5", "buffer": "0"}
    return {**told, "on_sale": "1", "displayed": "1", **changed}


def make(**changed: str) -> str:
    return catalogue.create(raw(**changed), BY)


def get(sku_id: str) -> Any:
    with store.read() as session:
        return catalogue_list.get(session, sku_id)


def found(**wanted: str) -> list[str]:
    """Names and options of what a list shows."""
    with store.read() as session:
        rows = catalogue_list.page(session, Wanted(**wanted)).rows
        return [f"{row.name} {row.option_name}".strip() for row in rows]


def reserve(sku_id: str, pieces: int) -> None:
    with store.write() as session:
        stock.move(session, sku_id, Why.ORDER, key="order", who="한판", reserved=pieces)


# -- made and changed -----------------------------------------------------------------------------


def test_a_new_sku_has_what_was_typed_and_a_code_of_its_own() -> None:
    sku = get(make(own_code="  B-01 ", cost="700", memo="둘째 줄\r\n까지"))
    assert (sku.name, sku.price, sku.cost, sku.on_hand) == ("보리차", 1000, 700, 5)
    assert (sku.own_code, sku.memo) == ("B-01", "둘째 줄\r\n까지")
    assert re.fullmatch(r"[BCDFGHJKMNPQRSTVWXYZ][BCDFGHJKMNPQRSTVWXYZ2-9]{7}", sku.our_code)


def test_codes_are_given_once_even_where_chance_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    first = get(make()).our_code
    drawn = iter([first, first, "BBBBBBBB", "BBBBBBBB", "CCCCCCCC"])
    monkeypatch.setattr(sku_codes, "_one", lambda: next(drawn))
    with store.read() as session:
        assert sorted(sku_codes.fresh(session, 2)) == ["BBBBBBBB", "CCCCCCCC"]


def test_an_own_code_belongs_to_one_sku_and_the_other_is_named() -> None:
    first = get(make(own_code="B-01", option_name="100개"))
    second = make()
    for call in (
        lambda: make(own_code="B-01"),
        lambda: catalogue.change(second, raw(own_code="B-01"), BY, revision=1),
    ):
        with pytest.raises(Wrong) as wrong:
            call()
        said = wrong.value.fields["own_code"].ko
        assert "보리차 100개" in said and first.our_code in said


def test_two_people_who_take_the_same_code_at_once_get_one_sku_and_one_reason(
    store_bound: Any,
) -> None:
    ends: list[str] = []
    together = threading.Barrier(2)

    def one() -> None:
        with store.workspace(store_bound.workspace):
            together.wait()
            try:
                make(own_code="SAME")
            except Wrong as wrong:
                ends.append(next(iter(wrong.fields)))
            else:
                ends.append("made")

    hands = [threading.Thread(target=one) for _ in range(2)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert sorted(ends) == ["made", "own_code"]


def test_wrong_values_are_refused_field_by_field_and_nothing_is_kept() -> None:
    with pytest.raises(Wrong) as wrong:
        make(name="", price="-1", buffer="많이", image="http://plain.example/1.png")
    assert set(wrong.value.fields) == {"name", "price", "buffer", "image"}
    assert found() == []


def test_a_change_that_somebody_else_made_is_not_overwritten() -> None:
    sku = make()
    catalogue.change(sku, raw(price="2000"), OTHER, revision=1)
    with pytest.raises(Wrong) as wrong:
        catalogue.change(sku, raw(price="3000"), BY, revision=1)
    assert wrong.value.fields == {"": catalogue.CHANGED_BY_OTHERS}
    assert get(sku).price == 2000
    catalogue.change(sku, raw(price="3000"), BY, revision=2)
    assert get(sku).price == 3000


def test_saving_what_is_there_already_changes_nothing() -> None:
    sku = make()
    before = get(sku)
    catalogue.change(sku, raw(), BY, revision=1)
    assert get(sku) == before


def test_stock_does_not_make_a_form_stale_and_a_form_does_not_move_stock() -> None:
    sku = make()
    reserve(sku, 2)
    catalogue.change(sku, raw(price="2000", on_hand="99"), BY, revision=1)
    assert (get(sku).price, get(sku).on_hand, get(sku).reserved) == (2000, 5, 2)


def test_an_option_joins_its_product_and_a_new_name_is_that_of_all_options() -> None:
    first = make(option_name="100개")
    second = catalogue.create(raw(option_name="200개"), BY, beside=first)
    assert get(first).product_id == get(second).product_id
    with pytest.raises(Missing):
        catalogue.create(raw(), BY, beside="0" * 32)
    catalogue.change(second, raw(name="옥수수차", option_name="200개"), BY, revision=1)
    assert get(first).name == "옥수수차"
    assert sorted(found(find="옥수수차")) == ["옥수수차 100개", "옥수수차 200개"]
    with pytest.raises(Wrong):  # who saw the old name would put it back
        catalogue.change(first, raw(option_name="100개"), BY, revision=1)
    with store.read() as session:
        assert [one.id for one in catalogue_list.beside(session, get(first))] == [second]


def test_what_is_put_away_is_out_of_every_view_but_its_own_and_comes_back() -> None:
    sku = make()
    assert catalogue.archive([sku], BY) == 1
    assert catalogue.archive([sku], BY) == 0
    assert found() == [] and found(view="no_code") == []
    assert found(view="archived") == ["보리차"]
    assert catalogue.archive([sku], BY, away=False) == 1
    assert found() == ["보리차"]


def test_counting_is_refused_where_the_stock_has_moved_since_the_page_was_shown() -> None:
    sku = make()
    assert catalogue.count_stock(sku, {"on_hand": "7"}, BY, seen=5, key="press 1")
    assert not catalogue.count_stock(sku, {"on_hand": "7"}, BY, seen=5, key="press 1")
    with pytest.raises(Wrong) as wrong:
        catalogue.count_stock(sku, {"on_hand": "9"}, BY, seen=5, key="press 2")
    assert "7" in wrong.value.fields["on_hand"].ko
    assert get(sku).on_hand == 7


def test_whether_runple_is_used_is_set_for_this_company_alone(store_bound: Any) -> None:
    with store.read() as session:
        assert not runple.is_used(session)
    sku = make(runple="1")
    assert not get(sku).runple, "a flag that is not shown is not set either"
    runple.use(True, BY)
    catalogue.change(sku, raw(runple="1"), BY, revision=1)
    assert get(sku).runple
    with store.workspace("0" * 32), store.read() as session:
        assert not runple.is_used(session)


# -- many at once ---------------------------------------------------------------------------------


def edit(sku_id: str, was: dict[str, str] | None = None, revision: int = 1, **typed: str) -> Edit:
    """A row of the list as it was shown and as it came back."""
    shown = {"price": "1000", "buffer": "0", "on_sale": "1", "displayed": "1", "on_hand": "5"}
    shown |= was or {}
    return Edit(sku_id, revision, shown, {**shown, **typed})


def test_of_many_changes_the_good_are_kept_and_each_other_says_why() -> None:
    first, second, third, fourth = (make() for _ in range(4))
    catalogue.change(second, raw(price="1500"), OTHER, revision=1)
    catalogue.archive([fourth], OTHER)
    done = catalogue_edits.change_many(
        [
            edit(first, price="2,000", on_sale="", on_hand="8"),
            edit(second, price="3000"),
            edit(third, price="비쌈", buffer="1"),
            edit(fourth, price="1"),
            edit("0" * 32, price="1"),
        ],
        BY,
        key="press",
    )
    assert done.kept == 1
    assert done.problems[second] == {"": catalogue.CHANGED_BY_OTHERS}
    assert set(done.problems[third]) == {"price"}
    assert set(done.problems) == {second, third, fourth, "0" * 32}
    sku = get(first)
    assert (sku.price, sku.on_sale, sku.on_hand) == (2000, False, 8)
    assert (get(second).price, get(third).buffer) == (1500, 0), "nothing half-done"


def test_rows_that_nobody_touched_are_left_alone_whoever_changed_them() -> None:
    sku = make()
    catalogue.change(sku, raw(price="1500"), OTHER, revision=1)
    done = catalogue_edits.change_many([edit(sku)], BY, key="press")
    assert (done.kept, done.problems) == (0, {})
    assert get(sku).price == 1500


def test_stock_counted_in_the_list_is_refused_where_it_has_moved() -> None:
    sku = make()
    catalogue.count_stock(sku, {"on_hand": "3"}, OTHER, seen=5, key="other")
    done = catalogue_edits.change_many([edit(sku, on_hand="9")], BY, key="press")
    assert set(done.problems[sku]) == {"on_hand"}
    assert get(sku).on_hand == 3


# -- found ----------------------------------------------------------------------------------------


def test_words_are_found_whatever_their_width_and_case_in_name_option_and_codes() -> None:
    make(name="Ｇreen 티백", option_name="Box", own_code="gt-100%")
    code = get(make(name="보리차")).our_code
    for text in ("green", "ＧＲＥＥＮ", "티백 box", "BOX green", "GT-100%", " 티백  "):
        assert found(find=text) == ["Ｇreen 티백 Box"], text
    assert found(find=code.lower()) == ["보리차"]
    assert found(find="100_") == [], "no letter stands for others"
    assert found(find="") == ["보리차", "Ｇreen 티백 Box"]


def test_each_view_shows_what_it_says_and_counts_it() -> None:
    make(name="판매", on_hand="10", own_code="1")
    make(name="중지", on_sale="", on_hand="10", own_code="2")
    make(name="없음", on_hand="0", own_code="3")
    make(name="안전", on_hand="3", buffer="3", own_code="4")
    reserve(make(name="초과", on_hand="2", own_code="5"), 3)
    make(name="코드없음", on_hand="10")
    catalogue.archive([make(name="보관", own_code="6")], BY)
    told = {view: set(found(view=view)) for view in VIEWS}
    assert told == {
        "": {"판매", "중지", "없음", "안전", "초과", "코드없음"},
        "on_sale": {"판매", "없음", "안전", "초과", "코드없음"},
        "stopped": {"중지"},
        "out": {"없음", "안전", "초과"},
        "low": {"안전"},
        "short": {"초과"},
        "no_code": {"코드없음"},
        "archived": {"보관"},
    }
    with store.read() as session:
        counts = catalogue_list.counts(session, Wanted())
        assert counts == {view: len(names) for view, names in told.items()}
        assert catalogue_list.total(session, Wanted(view="out")) == 3
        assert catalogue_list.counts(session, Wanted(find="없음"))[""] == 2


@pytest.mark.parametrize("sort", SORTS)
def test_pages_go_on_where_the_one_before_ended_in_every_order(sort: str) -> None:
    for number in range(11):
        make(name=f"상품 {number % 4}", price=str(number % 3), on_hand=str(number % 2))
    with store.read() as session:
        whole = [row.id for row in catalogue_list.page(session, Wanted(sort=sort)).rows]
        walked: list[str] = []
        after = ""
        while True:
            page = catalogue_list.page(session, Wanted(sort=sort), after=after, limit=4)
            walked += [row.id for row in page.rows]
            if not page.after:
                break
            after = page.after
        assert walked == whole and len(set(whole)) == 11
        back = catalogue_list.page(session, Wanted(sort=sort), before=page.before, limit=4)
        assert [row.id for row in back.rows] == whole[4:8]
        first = catalogue_list.page(session, Wanted(sort=sort), before=back.before, limit=4)
        assert [row.id for row in first.rows] == whole[:4] and not first.before
        lost = catalogue_list.page(session, Wanted(sort=sort), after="none", limit=4)
        assert [row.id for row in lost.rows] == whole[:4]


def test_everything_that_was_found_comes_by_name_a_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store, "CHUNK", 3)
    names = [f"상품 {number % 5}" for number in range(10)]
    for name in names:
        make(name=name)
    with store.read() as session:
        told = [row.name for row in catalogue_list.each(session, Wanted())]
    assert told == sorted(names)


def test_a_sku_that_is_not_there_is_missing() -> None:
    with store.read() as session, pytest.raises(Missing):
        catalogue_list.get(session, "0" * 32)
    with pytest.raises(Missing):
        catalogue.change("0" * 32, raw(), BY, revision=1)
    with store.read() as session:
        assert catalogue_list.by_id(session, ["0" * 32]) == {}
