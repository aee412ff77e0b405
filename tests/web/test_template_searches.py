"""The search of a template's field, what is fixed once it is made, and deleting in two presses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from core import store
from core.models import Channel, Command, Template
from core.services import channels, template_lookup
from tests.web.conftest import Browser
from tests.web.town import Stall, practising_corner

pytestmark = pytest.mark.usefixtures("town")
TYPED = {"name": "Cold store", "use": "in", "fee": "4,000", "building": "", "building-label": ""}


@pytest.fixture
def stall(owner: Browser) -> Iterator[Stall]:
    """A stall whose keys are all there."""
    with practising_corner() as place:
        found = Stall(owner, place)
        give_all_keys(found)
        found.import_()
        yield found


def give_all_keys(stall: Stall) -> None:
    with stall.shop.enter(), store.write() as session:
        channel: Channel = channels.get(session, stall.id)
        keys = {f"{what}_{part}": "k" for what in ("read", "write") for part in ("cite", "secret")}
        channel.credentials = channels.channel_form.seal(channel, {"shop_no": "77", **keys})


def search(stall: Stall, query: str, path: str = "", **typed: Any) -> Command:
    """Press [찾기] on a form; returns the command."""
    at = path or f"{stall.base}/new"
    stall.owner.open(at)
    sent = {**TYPED, **typed, "find-building": query, "search": "building"}
    stall.owner.post(f"{at}/lookup", {**sent, "submission": hidden(stall, "submission")})
    return stall.shop.commands("template.lookup")[-1]


def hidden(stall: Stall, name: str) -> str:
    """What a hidden input of the page holds."""
    assert stall.owner.shown is not None
    found = re.search(
        rf'<input type="hidden" name="{name}" value="([^"]*)"',
        stall.owner.shown.text.partition('<form class="stack"')[2],
    )
    assert found is not None, name
    return unescape(found[1])


def test_a_search_keeps_what_was_typed_shows_that_it_runs_and_then_what_was_found(
    stall: Stall,
) -> None:
    command = search(stall, "Sejong")
    page = stall.owner.shown
    assert page.request.path == f"{stall.base}/new"
    assert page.request.args["lookup"] == command.id
    assert "‘Sejong’ 찾는 중입니다" in stall.said()
    assert 'hx-select="#f-building-found"' in page.text
    assert 'http-equiv="refresh"' in page.text, "without script it looks again by itself"
    stall.shop.drain("urgent")
    page = stall.owner.open(page.request.full_path).text
    assert 'value="Cold store"' in page and 'value="4,000"' in page
    assert re.search(r'name="use" value="in" checked', page)
    assert "‘Sejong’ 찾은 결과 2건입니다" in stall.said()
    assert "Sejong-daero 110" in stall.said() and "Sejong-daero 209" in stall.said()
    assert 'http-equiv="refresh"' not in page and "every 1s" not in page
    assert stall.calls("search") == 1


def test_a_hit_fills_its_field_and_those_that_go_with_it(stall: Stall) -> None:
    command = search(stall, "Sejong")
    stall.shop.drain("urgent")
    sent = {**TYPED, "name": "Changed since", "lookup": command.id, "pick": "1"}
    answer = stall.owner.post(f"{stall.base}/new/lookup", sent)
    assert answer.status_code == 200
    assert hidden(stall, "building") == "2222"
    assert hidden(stall, "building-label") == "Sejong-daero 209"
    assert 'value="Changed since"' in answer.text, "what is in the form now, not what was"
    assert re.search(r'name="address"[^>]*value="Sejong-daero 209"', answer.text)
    stall.owner.post(
        f"{stall.base}/new",
        {**TYPED, "building": "2222", "building-label": "Sejong-daero 209",
         "address": "Sejong-daero 209"},
    )  # fmt: skip
    assert "2222" not in stall.said(), "what was chosen is shown by its name"
    assert stall.said().count("Sejong-daero 209") == 2
    hiddens = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">',
                         stall.owner.shown.text.partition('<form class="stack"')[2])  # fmt: skip
    stall.owner.post(f"{stall.base}/new/apply", dict(hiddens))
    stall.shop.drain("urgent")
    made = [
        one for one in stall.place.world.state["places"].values() if one["name"] == "Cold store"
    ]
    assert [one["building"] for one in made] == ["2222"]


def test_nothing_found_is_said_beside_the_field(stall: Stall) -> None:
    search(stall, "Nowhere road")
    stall.shop.drain("urgent")
    page = stall.owner.open(stall.owner.shown.request.full_path).text
    part = page.partition('id="f-building-found"')[2].partition("</div>")[0]
    assert "찾은 결과가 없습니다." in part
    assert "연습 서버에는 지어낸 주소만 있습니다. 예: Market street" in page
    assert 'value="Cold store"' in page


def test_a_list_that_was_cut_short_says_so(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_lookup, "MOST", 1)
    search(stall, "Sejong")
    stall.shop.drain("urgent")
    page = stall.owner.open(stall.owner.shown.request.full_path).text
    assert "결과 1건입니다" in page
    assert "더 있지만 여기까지 보여 드립니다." in page


def test_a_search_for_nothing_is_refused_beside_the_field_and_asks_nobody(stall: Stall) -> None:
    stall.owner.open(f"{stall.base}/new")
    sent = {**TYPED, "find-building": " x ", "search": "building"}
    answer = stall.owner.post(f"{stall.base}/new/lookup", sent)
    assert answer.status_code == 422
    assert 'id="f-building-e"' in answer.text
    assert 'name="find-building" value=" x "' in answer.text and 'value="Cold store"' in answer.text
    assert stall.shop.commands("template.lookup") == []


def test_one_press_is_one_search_and_another_query_is_another(stall: Stall) -> None:
    stall.owner.open(f"{stall.base}/new")
    mark = hidden(stall, "submission")
    for query in ("Sejong", "Sejong", "Other road"):
        sent = {**TYPED, "find-building": query, "search": "building", "submission": mark}
        stall.owner.post(f"{stall.base}/new/lookup", sent)
    assert len(stall.shop.commands("template.lookup")) == 2


def test_a_field_that_has_no_search_and_a_search_of_another_form_are_refused(stall: Stall) -> None:
    stall.owner.open(f"{stall.base}/new")
    assert (
        stall.owner.post(f"{stall.base}/new/lookup", {**TYPED, "search": "name"}).status_code == 400
    )
    other = {**TYPED, "lookup": "0" * 32, "pick": "0"}
    assert stall.owner.post(f"{stall.base}/new/lookup", other).status_code == 404


def test_a_search_is_no_job_that_the_list_shows(stall: Stall) -> None:
    search(stall, "Sejong")
    stall.owner.open("/jobs")
    before = stall.owner.shown.text
    assert 'class="mini"' not in before and "주소 찾기" not in stall.said()
    stall.shop.drain("urgent")
    stall.owner.open("/jobs")
    assert stall.shop.commands("template.lookup")[0].state == "done"
    assert "찾음" not in stall.said() and "창고 주소 찾기" not in stall.said()


def test_enter_in_another_field_does_not_search(stall: Stall) -> None:
    page = stall.owner.open(f"{stall.base}/new").text
    form = page.partition('<form class="stack"')[2]
    first = re.search(r"<button[^>]*>", form)
    assert first is not None and "formaction" not in first[0]


def test_a_stored_choice_is_shown_in_words_on_every_page(stall: Stall) -> None:
    path = f"{stall.base}/{stall.row('Main')}"
    page = stall.owner.open(path).text
    picked = page.partition('class="picked"')[2].partition("</p>")[0]
    assert "Old road 1" in picked and "1111" not in picked
    sent = {"name": "Renamed", "fee": "3000", "building": "1111", "use": ""}
    stall.owner.post(path, {**sent, "building-label": hidden(stall, "building-label")})
    assert "바뀌는 것 1가지" in stall.said() and "1111" not in stall.said()
    stall.owner.open(f"{path}/delete")
    assert "Old road 1" in stall.said() and "1111" not in stall.said()


# -- what is news ---------------------------------------------------------------------------------


def make(stall: Stall, name: str) -> str:
    """Make a place of this name by both presses; returns its id there."""
    typed = {**TYPED, "name": name, "building": "1111"}
    stall.owner.open(f"{stall.base}/new")
    stall.owner.post(f"{stall.base}/new", typed)
    stall.owner.post(f"{stall.base}/new/apply", typed)
    stall.shop.drain("urgent")
    places = stall.place.world.state["places"]
    return next(key for key, one in places.items() if one["name"] == name)


def test_what_was_made_here_is_no_news_nor_what_the_marketplace_made_of_it(stall: Stall) -> None:
    made = make(stall, "Cold store")
    stall.owner.open(stall.base)
    assert "Cold store" in stall.said() and "추가됨" not in stall.said()
    stall.place.world.state["places"][made]["address"] = "Sejong-daero 110"
    stall.import_()
    stall.owner.open(stall.base)
    assert "Sejong-daero 110" in stall.said() and "변경됨" not in stall.said()
    stall.place.world.state["places"][made]["address"] = "Sejong-daero 209"
    stall.import_()
    stall.owner.open(stall.base)
    assert "변경됨 1" in stall.said()


def test_what_somebody_else_changed_right_after_a_write_is_news(stall: Stall) -> None:
    made = make(stall, "Cold store")
    stall.place.world.state["places"][made]["fee"] = 9000
    stall.import_()
    stall.owner.open(stall.base)
    assert "변경됨 1" in stall.said()


def test_what_was_changed_here_is_no_news(stall: Stall) -> None:
    stall.import_()
    path = f"{stall.base}/{stall.row('Main')}"
    typed = {"name": "Renamed", "fee": "3000", "building": "1111", "use": "in"}
    stall.owner.open(path)
    stall.owner.post(f"{path}/apply", typed)
    stall.shop.drain("urgent")
    for _ in range(2):
        stall.owner.open(stall.base)
        assert "Renamed" in stall.said() and "변경됨" not in stall.said()
        stall.import_()


def test_the_card_of_a_write_counts_nothing_and_names_the_template(stall: Stall) -> None:
    make(stall, "Cold store")
    (command,) = stall.shop.commands("template.create")
    with stall.shop.enter(), store.write() as session:
        session.get_one(Command, command.id).progress_done = 3  # read before it was made
    stall.owner.open(f"{stall.base}?job={command.id}")
    card = unescape(re.sub(r"<[^>]+>", "", job_card(stall, command.id)))
    assert "창고 주소 등록: Cold store" in card and not re.search(r"[0-9]건", card)
    stall.owner.open("/jobs")
    assert "창고 주소 등록: Cold store" in stall.said()


def job_card(stall: Stall, command_id: str) -> str:
    assert stall.owner.shown is not None
    return stall.owner.shown.text.partition(f'id="job-{command_id}"')[2].partition("<section")[0]


# -- what is fixed --------------------------------------------------------------------------------


def test_what_is_fixed_is_shown_with_its_reason_and_is_not_changed(stall: Stall) -> None:
    path = f"{stall.base}/{stall.row('Main')}"
    page = stall.owner.open(path).text
    assert "등록할 때 정해지며 그 뒤에는 바꿀 수 없습니다." in stall.said()
    assert re.search(r'name="use" value="in" checked disabled', page)
    sent = {"name": "Renamed", "fee": "3000", "building": "1111", "use": "out"}
    stall.owner.post(path, sent)
    assert "바뀌는 것 1가지" in stall.said()


def test_a_search_on_a_stored_template_keeps_what_is_fixed(stall: Stall) -> None:
    path = f"{stall.base}/{stall.row('Main')}"
    search(stall, "Sejong", path, use="")
    stall.shop.drain("urgent")
    page = stall.owner.open(stall.owner.shown.request.full_path).text
    assert re.search(r'name="use" value="in" checked disabled', page)


def test_what_the_wire_cannot_carry_is_told_beside_its_field(stall: Stall) -> None:
    stall.owner.open(f"{stall.base}/new")
    answer = stall.owner.post(f"{stall.base}/new", {**TYPED, "name": "가게 😀", "building": "1111"})
    assert answer.status_code == 422
    assert 'id="f-name-e"' in answer.text
    assert "판매채널이 받지 못하는 글자(😀)가 있습니다" in stall.said()


# -- deleting -------------------------------------------------------------------------------------


def test_deleting_says_what_goes_first_and_does_it_at_the_second_press(stall: Stall) -> None:
    page = stall.owner.open(stall.base).text
    path = f"{stall.base}/{stall.row('Spare')}/delete"
    assert f'href="{path}"' in page
    stall.owner.open(path)
    assert "이것을 삭제합니다" in stall.said() and "Spare" in stall.said()
    assert "판매채널에서 바로 지워집니다" in stall.said()
    assert stall.shop.commands("template.delete") == []
    seen = re.search(r'name="seen" value="([^"]+)"', stall.owner.shown.text)
    assert seen is not None
    mark = re.search(r'name="submission" value="([^"]+)"', stall.owner.shown.text)
    assert mark is not None
    for _ in range(3):
        stall.owner.post(path, {"seen": seen[1], "submission": mark[1]})
    stall.shop.drain("urgent")
    assert stall.calls("delete") == 1
    stall.owner.open(stall.base)
    table = stall.owner.shown.text.partition("<tbody>")[2].partition("</tbody>")[0]
    assert "Main" in table and "Spare" not in table
    assert "사라짐" not in stall.said() and path not in stall.owner.shown.text


def test_a_delete_that_the_marketplace_refuses_says_why_and_offers_no_form(stall: Stall) -> None:
    stall.place.act("set", {"used": "8"})
    path = f"{stall.base}/{stall.row('Spare')}/delete"
    stall.owner.open(path)
    seen = re.search(r'name="seen" value="([^"]+)"', stall.owner.shown.text)
    assert seen is not None
    stall.owner.post(path, {"seen": seen[1]})
    stall.shop.drain("urgent")
    (command,) = stall.shop.commands("template.delete")
    stall.owner.open(f"{stall.base}?job={command.id}")
    assert "상품 300개가 쓰고 있어 지울 수 없습니다." in stall.said()
    assert "창고 주소 삭제: Spare" in stall.said()
    assert "입력한 값으로 다시 열기" not in stall.said()
    stall.owner.open(stall.base)
    assert "상품 300개가 쓰고 있어" not in stall.said()
    stall.owner.open(f"/jobs/{command.id}")
    assert "값 고치기" not in stall.said()
    assert stall.owner.open(f"/templates/typed/{command.id}").status_code == 404


def test_a_copy_that_has_changed_is_not_deleted(stall: Stall) -> None:
    path = f"{stall.base}/{stall.row('Spare')}/delete"
    answer = stall.owner.post(path, {"seen": "of before"})
    assert answer.status_code == 422
    assert "보시는 동안 판매채널의 값이 바뀌었습니다" in stall.said()
    assert stall.shop.commands("template.delete") == []


def test_a_copy_that_changed_while_the_deletion_was_held_is_not_deleted(stall: Stall) -> None:
    row = stall.row("Spare")
    path = f"{stall.base}/{row}/delete"
    stall.owner.open(path)
    seen = re.search(r'name="seen" value="([^"]+)"', stall.owner.shown.text)
    assert seen is not None
    stall.owner.post(path, {"seen": seen[1]})
    with stall.shop.enter(), store.write() as session:
        session.get_one(Template, row).fingerprint = "of another time"
    stall.shop.drain("urgent")
    (command,) = stall.shop.commands("template.delete")
    assert command.state == "refused" and stall.calls("delete") == 0


def test_staff_neither_search_nor_delete(stall: Stall, staff: Browser) -> None:
    row = stall.row("Spare")
    assert "삭제" not in staff.open(stall.base).text.partition("</table>")[0]
    assert staff.open(f"{stall.base}/{row}/delete").status_code == 403
    assert staff.post(f"{stall.base}/{row}/delete", {"seen": ""}).status_code == 403
    assert staff.post(f"{stall.base}/new/lookup", {"search": "building"}).status_code == 403
