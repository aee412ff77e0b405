"""Options of listings matched to SKUs: versions, undo, proposals, and what is learnt."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core import store
from core.models import ListingOption
from core.services import catalogue, catalogue_list, match_versions, matching
from core.services.matching import Asked, Part
from tests.core import goods
from tests.core.goods import BY

pytestmark = pytest.mark.usefixtures("both_databases", "store_bound")


def versions(option_id: str) -> list[tuple[int, tuple[Part, ...], bool]]:
    """Number, parts and whether it stands, of each version of an option's match."""
    with store.read() as session:
        found = match_versions.of(session, [option_id], voided=True).get(option_id, [])
    return [(one.number, one.parts, one.voided_at is None) for one in found]


def newest(option_id: str) -> str | None:
    with store.read() as session:
        return session.scalar(select(ListingOption.match_id).where(ListingOption.id == option_id))


def asked(key: str, **told: Any) -> Asked:
    plain = {"listing_code": "", "option_code": "", "name": "", "option_name": ""}
    return Asked(**{"key": key, "option_id": None, **plain, "single": False, **told})


def proposed(one: Asked) -> matching.Proposal:
    with store.read() as session:
        return matching.propose(session, [one])[one.key]


def our_code(sku_id: str) -> str:
    with store.read() as session:
        return str(catalogue_list.get(session, sku_id).our_code)


def test_a_version_is_made_only_where_the_parts_differ() -> None:
    shop, first, second = goods.channel(), goods.sku("A"), goods.sku("B")
    (option,) = goods.listing(shop, "1")
    assert goods.match(option, (first, 1), (second, 2)) == 1
    assert goods.match(option, (second, 1), (first, 1), (second, 1)) == 0, "the same, said oddly"
    assert goods.match(option, (second, 2)) == 1
    assert goods.match("0" * 32, (second, 2)) == 0
    one, two = sorted((Part(first, 1), Part(second, 2)))
    assert versions(option) == [(1, (one, two), True), (2, (Part(second, 2),), True)]


def test_undoing_goes_back_version_by_version_and_numbers_are_not_used_again() -> None:
    shop, first, second = goods.channel(), goods.sku("A"), goods.sku("B")
    (option,) = goods.listing(shop, "1")
    goods.match(option, (first, 1))
    before = newest(option)
    goods.match(option, (second, 1))
    assert before is not None and newest(option) not in (before, None)
    assert goods.undo(option) and newest(option) == before
    assert goods.undo(option) and newest(option) is None
    assert not goods.undo(option)
    goods.match(option, (second, 3))
    assert [one[0] for one in versions(option)] == [1, 2, 3]


def test_an_option_can_be_made_of_nothing_and_is_unmatched_then() -> None:
    shop, sku = goods.channel(), goods.sku("A")
    (option,) = goods.listing(shop, "1")
    assert goods.match(option) == 0
    goods.match(option, (sku, 1))
    early = goods.order(shop, "100", "1")
    assert goods.match(option) == 1 and newest(option) is None
    late = goods.order(shop, "101", "1")
    assert goods.holds(early) == {sku: (1, 0)} and goods.holds(late) == {}


def test_a_code_of_the_seller_or_of_ours_proposes_its_sku_and_says_how() -> None:
    sku = goods.sku("A 1")
    for told in (
        {"option_code": "A 1"},
        {"option_code": "  A  1 "},
        {"listing_code": "A 1", "single": True},
    ):
        found = proposed(asked("x", **told))
        assert (found.how, found.parts, found.problem) == ("own_code", (Part(sku, 1),), None)
    assert proposed(asked("x", option_code=our_code(sku).lower())).how == "our_code"
    assert proposed(asked("x", listing_code="A 1")) == matching.Proposal()
    assert proposed(asked("x")) == matching.Proposal()


def test_a_code_that_fits_two_skus_is_a_problem_that_names_both() -> None:
    first = goods.sku("A", name="보리차")
    second = goods.sku(our_code(first), name="옥수수차")
    for told in (
        {"option_code": our_code(first)},
        {"option_code": "A", "listing_code": our_code(second), "single": True},
    ):
        found = proposed(asked("x", **told))
        assert found.parts == () and found.problem is not None
        assert "보리차" in found.problem.ko and "옥수수차" in found.problem.ko


def test_a_sku_that_was_put_away_is_not_proposed_and_that_is_said() -> None:
    sku = goods.sku("A", name="보리차")
    catalogue.archive([sku], BY)
    found = proposed(asked("x", option_code="A"))
    assert found.parts == () and found.problem is not None and "보관" in found.problem.ko


def test_what_stands_comes_before_a_code() -> None:
    shop, first, second = goods.channel(), goods.sku("A"), goods.sku("B")
    (option,) = goods.listing(shop, "1")
    goods.match(option, (second, 2))
    found = proposed(asked("x", option_id=option, option_code="A"))
    assert (found.how, found.parts) == ("stands", (Part(second, 2),))
    goods.undo(option)
    assert proposed(asked("x", option_id=option, option_code="A")).parts == (Part(first, 1),)


def test_what_was_chosen_by_hand_is_proposed_on_other_channels() -> None:
    shop, first, second = goods.channel(), goods.sku(), goods.sku("B")
    (option,) = goods.listing(shop, "1", name="선물 세트", code="SET-1")
    red, blue = goods.listing(shop, "2", ["빨강", "파랑"], name="컵")
    goods.match(option, (first, 1), (second, 2))
    goods.match(red, (first, 1))
    whole = tuple(sorted((Part(first, 1), Part(second, 2))))
    by_code = proposed(asked("x", listing_code="SET-1", single=True, name="다른 이름"))
    assert (by_code.how, by_code.parts) == ("learnt", whole)
    assert proposed(asked("x", name="선물 세트", single=True)).parts == whole
    assert proposed(asked("x", name="컵", option_name="빨강")).parts == (Part(first, 1),)
    assert proposed(asked("x", name="컵", option_name="파랑")) == matching.Proposal()
    goods.undo(red)
    assert proposed(asked("x", name="컵", option_name="빨강")) == matching.Proposal()
    assert blue


def test_what_was_chosen_in_two_ways_is_left_to_the_person() -> None:
    shop, first, second = goods.channel(), goods.sku(), goods.sku("B")
    for number, sku in (("1", first), ("2", second)):
        (option,) = goods.listing(shop, number, name="컵")
        goods.match(option, (sku, 1))
    found = proposed(asked("x", name="컵", single=True))
    assert found.parts == () and found.problem is not None


def test_what_was_matched_by_a_code_teaches_nothing() -> None:
    shop, sku = goods.channel(), goods.sku("A")
    (option,) = goods.listing(shop, "1", name="컵")
    with store.write() as session:
        matching.match(session, {option: [Part(sku)]}, how="own_code", who="시험")
    assert proposed(asked("x", name="컵", single=True)) == matching.Proposal()
