"""템플릿: the stored copies, and changes that reach the marketplace only at the second press."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from core import clock, registry, store
from core.contracts.template import Capability
from core.fields import Kind
from core.models import TemplateFetch
from core.practice import PracticeHost
from core.services import templates
from tests.web.conftest import Browser
from tests.web.shop import Shop, connect, practising

KINDS = ("address", "dispatch_today", "bundle_group")
GROUP = {
    "name": "냉동 묶음",
    "method": "MAX",
    "area": "AREA_2",
    "area2_fee": "4,000",
    "area3_fee": "",
    "base": "",
    "usable": "1",
}
COLD = {
    "name": "냉장 묶음",
    "method": "MIN",
    "area": "AREA_3",
    "area2_fee": "3000",
    "area3_fee": "5000",
    "base": "",
    "usable": "1",
}


class Desk:
    """The owner at the templates of one practice channel that is set up."""

    def __init__(self, owner: Browser, shop: Shop, practice: PracticeHost) -> None:
        self.owner, self.shop, self.practice = owner, shop, practice
        self.channel = connect(shop)
        self.base = f"/channels/{self.channel}/templates"
        with shop.enter():
            for kind in KINDS:
                templates.submit_import(self.channel, kind, shop.actor)
                shop.drain("urgent")

    def id_of(self, title: str, kind: str = "bundle_group") -> str:
        """A stored template by its title."""
        with self.shop.enter(), store.read() as session:
            found = templates.rows(session, self.channel, kind)
            return next(row.id for row in found if row.title == title)

    def values_of(self, title: str) -> dict[str, Any]:
        """What our copy of a bundle group holds."""
        with self.shop.enter(), store.read() as session:
            return templates.values_of(templates.get(session, self.id_of(title)))

    def there(self) -> dict[str, dict[str, Any]]:
        """The bundle groups that the marketplace has, by name, with the updates it counted."""
        ledger = self.practice.place("smartstore").ledger()
        groups = ledger["templates"]["bundle_group"].values()
        return {group["values"]["name"]: group for group in groups}

    def hidden(self) -> dict[str, Any]:
        """What the form of the before–after page sends."""
        assert self.owner.shown is not None
        form = self.owner.shown.text.partition('<form class="stack"')[2].partition("</form>")[0]
        found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
        values: dict[str, Any] = {}
        for name, value in found:
            values.setdefault(name, []).append(unescape(value))
        return values

    def propose(self, title: str, values: dict[str, Any]) -> str:
        """The first press on a bundle group; returns its address."""
        path = f"{self.base}/bundle_group/{self.id_of(title)}"
        self.owner.open(path)
        self.owner.post(path, values)
        return path

    def writes(self) -> int:
        """How many writes were commanded."""
        return sum(len(self.shop.commands(kind)) for kind in templates.WRITES)


@pytest.fixture
def practice(owner: Browser) -> Iterator[PracticeHost]:
    with practising() as host:
        yield host


@pytest.fixture
def desk(owner: Browser, practice: PracticeHost) -> Desk:
    return Desk(owner, Shop(), practice)


# -- lists ----------------------------------------------------------------------------------------


def test_every_type_is_listed_with_its_age_and_what_can_be_done(desk: Desk) -> None:
    page = re.sub(r"\s+", " ", desk.owner.open("/templates").text)
    for kind in KINDS:
        assert f'href="{desk.base}/{kind}"' in page
    assert "가져오기 · 등록 · 수정" in page
    assert "3건" in page
    assert "방금" in page


def test_without_channels_the_page_says_where_to_begin(owner: Browser) -> None:
    owner.open("/templates")
    assert "아직 템플릿이 없습니다" in owner.text


def test_a_first_import_marks_nothing_and_the_next_says_what_came_changed_and_went(
    desk: Desk,
) -> None:
    desk.owner.open(f"{desk.base}/bundle_group")
    assert "추가됨" not in desk.owner.text
    groups = desk.practice.world("smartstore").state["bundles"]
    base, cold = sorted(groups)
    groups[cold]["values"] |= {"deliveryFeeChargeMethodType": "MAX"}
    fresh = {**groups[cold]["values"], "id": 99_001, "name": "새 묶음"}
    groups["99001"] = {"values": fresh, "updates": 0}
    del groups[base]
    desk.owner.post(f"{desk.base}/bundle_group/import")
    desk.shop.drain("urgent")
    desk.owner.open(f"{desk.base}/bundle_group")
    text = re.sub(r"\s+", " ", desk.owner.text)
    assert "추가됨 1 변경됨 1 사라짐 1" in text
    assert "냉장 묶음 변경됨" in text
    assert "계산방식: 묶음 중 가장 작은 배송비 → 묶음 중 가장 큰 배송비" in text
    assert "새 묶음 추가됨" in text
    assert "기본 묶음배송그룹 사라짐" in text
    desk.owner.open(f"{desk.base}/bundle_group?show=gone")
    text = re.sub(r"\s+", " ", desk.owner.text)
    assert "기본 묶음배송그룹 사라짐" in text
    assert "새 묶음" not in text


def test_a_type_that_can_only_be_read_says_why_and_links_out(desk: Desk) -> None:
    desk.owner.open(f"{desk.base}/address")
    assert "네이버는 주소지를 읽기만 허용합니다" in desk.owner.text
    assert "https://sell.smartstore.naver.com" in desk.owner.shown.text
    assert "/address/new" not in desk.owner.shown.text
    assert "02-****-0000" in desk.owner.text
    assert "02-0000-0000" not in desk.owner.text
    path = f"{desk.base}/address/{desk.id_of('[출고지] 기본 출고지', 'address')}"
    desk.owner.open(path)
    assert "서울특별시 예시구 보기로 10" in desk.owner.text
    assert (
        "<button"
        not in desk.owner.shown.text.partition('<div class="stack">')[2].partition("</section>")[0]
    )
    assert desk.owner.post(path, {"name": "다른 이름"}).status_code == 403
    assert desk.owner.open(f"{desk.base}/address/new").status_code == 403
    assert desk.writes() == 0


def test_a_single_set_of_rules_is_shown_as_facts(desk: Desk) -> None:
    desk.owner.open(f"{desk.base}/dispatch_today")
    assert "오늘출발 기준정보 수정" in desk.owner.text
    assert "<table" not in desk.owner.shown.text
    desk.owner.open(f"{desk.base}/dispatch_today/{desk.id_of('14:00', 'dispatch_today')}")
    assert "<title>오늘출발 기준정보" in desk.owner.shown.text


def grow_old(desk: Desk, kind: str) -> None:
    with desk.shop.enter(), store.write() as session:
        fetch = session.query(TemplateFetch).filter(TemplateFetch.type == kind).one()
        fetch.fetched_at = clock.now() - timedelta(minutes=11)


def test_an_old_copy_asks_to_be_read_again_and_looking_alone_does_not(desk: Desk) -> None:
    before = len(desk.shop.commands("template.import"))
    for kind in ("dispatch_today", "bundle_group"):
        grow_old(desk, kind)
    page = desk.owner.open(f"{desk.base}/dispatch_today").text
    found = re.search(r'data-refresh-older="600" data-age="(\d+)"', page)
    assert found is not None and int(found[1]) > 600
    assert "data-refresh-older" not in desk.owner.open(f"{desk.base}/bundle_group").text
    assert len(desk.shop.commands("template.import")) == before
    part = desk.owner.post(
        f"{desk.base}/dispatch_today/import", headers={"HX-Request": "true"}
    ).text
    assert part.strip().startswith('<div class="stack" id="live"')
    assert "오늘출발 기준정보 가져오기" in part
    assert "data-refresh-older" not in part
    assert len(desk.shop.commands("template.import")) == before + 1


def test_a_paused_channel_is_not_asked_by_an_old_page(desk: Desk) -> None:
    grow_old(desk, "dispatch_today")
    desk.owner.post(f"/channels/{desk.channel}/pause")
    page = desk.owner.open(f"{desk.base}/dispatch_today").text
    assert "data-refresh-older" not in page
    assert "일시정지한 채널이라" in desk.owner.text


def test_an_unknown_type_and_a_template_of_another_type_are_not_found(desk: Desk) -> None:
    assert desk.owner.open(f"{desk.base}/nothing").status_code == 404
    stray = desk.id_of("냉장 묶음")
    assert desk.owner.open(f"{desk.base}/dispatch_today/{stray}").status_code == 404


# -- two presses ----------------------------------------------------------------------------------


def test_the_first_press_shows_before_and_after_and_sends_nothing(desk: Desk) -> None:
    desk.propose("냉장 묶음", {**COLD, "area2_fee": "3,500"})
    page = desk.owner.shown.text
    assert "바뀌는 것 1가지" in desk.owner.text
    assert page.count('<tr class="chg">') == 1
    assert "500원 오름" in desk.owner.text
    assert "이 템플릿을 쓰는 모든 상품에 바로 반영됩니다" in desk.owner.text
    assert "아직 알 수 없습니다" in desk.owner.text
    assert desk.hidden()["seen"][0]
    assert desk.writes() == 0
    assert desk.there()["냉장 묶음"]["updates"] == 0


def test_the_second_press_changes_it_at_the_marketplace(desk: Desk) -> None:
    path = desk.propose("냉장 묶음", {**COLD, "name": "냉장·냉동", "area2_fee": "3500"})
    answer = desk.owner.post(f"{path}/apply", desk.hidden())
    assert answer.request.path == f"{desk.base}/bundle_group"
    assert "묶음배송그룹 수정" in desk.owner.text
    desk.shop.drain("urgent")
    changed = desk.there()["냉장·냉동"]
    assert changed["updates"] == 1
    assert changed["values"]["deliveryFeeByArea"]["area2extraFee"] == 3500
    desk.owner.open(f"{answer.request.path}?job={desk.shop.commands('template.update')[0].id}")
    assert "판매채널에 반영했습니다" in desk.owner.text
    assert "3,500원" in desk.owner.text


def test_a_new_one_is_made_at_the_second_press(desk: Desk) -> None:
    desk.owner.open(f"{desk.base}/bundle_group/new")
    assert '<input type="checkbox" id="f-usable"' in desk.owner.shown.text
    desk.owner.post(f"{desk.base}/bundle_group/new", GROUP)
    assert "새로 만드는 것" in desk.owner.text
    table = desk.owner.shown.text.partition('<table class="tbl diff')[2].partition("</table>")[0]
    assert "지금 판매채널" not in table and "그대로" not in table
    assert "추가됨" not in desk.owner.text
    assert "냉동 묶음" not in desk.there()
    desk.owner.post(f"{desk.base}/bundle_group/new/apply", desk.hidden())
    desk.shop.drain("urgent")
    assert desk.there()["냉동 묶음"]["values"]["deliveryFeeChargeMethodType"] == "MAX"
    desk.owner.open(f"{desk.base}/bundle_group")
    assert "냉동 묶음" in desk.owner.text


def test_a_write_that_changes_other_rows_has_the_type_read_again(desk: Desk) -> None:
    path = desk.propose("냉장 묶음", {**COLD, "area": "NONE", "base": "1"})
    before = len(desk.shop.commands("template.import"))
    desk.owner.post(f"{path}/apply", desk.hidden())
    desk.shop.drain("urgent")
    assert desk.values_of("냉장 묶음")["base"] and not desk.values_of("기본 묶음배송그룹")["base"]
    assert len(desk.shop.commands("template.import")) == before + 1


def test_days_and_texts_survive_the_way_through_both_pages(desk: Desk) -> None:
    path = f"{desk.base}/dispatch_today/{desk.id_of('14:00', 'dispatch_today')}"
    desk.owner.open(path)
    values = {
        "basis": "15:30",
        "weekday": "FRIDAY",
        "holidays": "2036-12-25\r\n2037-01-01",
        "reason": '"연휴" & 재고 조사',
    }
    desk.owner.post(path, values)
    assert "2036-12-25, 2037-01-01" in desk.owner.text
    desk.owner.post(f"{path}/apply", desk.hidden())
    desk.shop.drain("urgent")
    day = desk.practice.world("smartstore").state["this_day"]["values"]
    assert day["sellerHolidays"] == ["2036-12-25", "2037-01-01"]
    assert day["reason"] == '"연휴" & 재고 조사'


def test_twenty_presses_of_one_form_change_it_once(desk: Desk) -> None:
    path = desk.propose("냉장 묶음", {**COLD, "area2_fee": "3500"})
    sent = desk.hidden()
    for _ in range(20):
        desk.owner.post(f"{path}/apply", sent, follow_redirects=False)
    desk.shop.drain("urgent")
    assert desk.there()["냉장 묶음"]["updates"] == 1
    assert desk.writes() == 1


def test_going_back_keeps_what_was_typed(desk: Desk) -> None:
    path = desk.propose("냉장 묶음", {**COLD, "name": "고쳐 쓴 이름"})
    desk.owner.post(f"{path}/apply", {**desk.hidden(), "back": "1"})
    assert 'value="고쳐 쓴 이름"' in desk.owner.shown.text
    assert desk.writes() == 0


def test_a_form_without_a_change_says_so_and_commands_nothing(desk: Desk) -> None:
    desk.propose("냉장 묶음", COLD)
    assert "바뀐 것이 없어 보내지 않았습니다" in desk.owner.text
    assert desk.writes() == 0


def test_a_copy_that_changed_meanwhile_is_not_written_over(desk: Desk) -> None:
    path = desk.propose("냉장 묶음", {**COLD, "area2_fee": "3500"})
    sent = desk.hidden()
    cold = desk.there()["냉장 묶음"]["values"]["id"]
    groups = desk.practice.world("smartstore").state["bundles"]
    groups[str(cold)]["values"] |= {"deliveryFeeChargeMethodType": "MAX"}
    with desk.shop.enter():
        templates.submit_import(desk.channel, "bundle_group", desk.shop.actor)
    desk.shop.drain("urgent")
    answer = desk.owner.post(f"{path}/apply", sent)
    assert answer.status_code == 422
    assert "보시는 동안 판매채널의 값이 바뀌었습니다" in desk.owner.text
    assert 'value="3500"' in answer.text
    assert desk.writes() == 0


def test_another_change_under_way_is_said(desk: Desk) -> None:
    path = desk.propose("냉장 묶음", {**COLD, "area2_fee": "3500"})
    desk.owner.post(f"{path}/apply", desk.hidden())
    desk.propose("냉장 묶음", {**COLD, "area2_fee": "4500"})
    answer = desk.owner.post(f"{path}/apply", desk.hidden())
    assert answer.status_code == 422
    assert "다른 변경이 아직 처리되는 중입니다" in desk.owner.text
    assert desk.writes() == 1


def test_what_the_marketplace_refuses_comes_back_beside_the_field_with_what_was_typed(
    desk: Desk,
) -> None:
    typed = {
        "name": "기본이 아닌 것",
        "method": "MAX",
        "area": "NONE",
        "area2_fee": "",
        "area3_fee": "",
        "base": "",
        "usable": "1",
    }
    path = desk.propose("기본 묶음배송그룹", typed)
    desk.owner.post(f"{path}/apply", desk.hidden())
    desk.shop.drain("urgent")
    command = desk.shop.commands("template.update")[0]
    assert command.state == "refused"
    desk.owner.open(f"{desk.base}/bundle_group")
    assert "기본그룹은 다른 그룹을" in desk.owner.text
    assert f'href="/templates/typed/{command.id}"' in desk.owner.shown.text
    page = desk.owner.open(f"/templates/typed/{command.id}")
    assert page.request.path == path
    assert 'value="기본이 아닌 것"' in page.text
    assert re.findall(r'id="f-(\w+)-e"', page.text) == ["base"]
    assert desk.values_of("기본 묶음배송그룹")["method"] == "MIN"


def test_a_command_of_something_else_opens_no_typed_values(desk: Desk) -> None:
    desk.owner.post(f"{desk.base}/bundle_group/import")
    other = desk.shop.commands("template.import")[-1].id
    assert desk.owner.open(f"/templates/typed/{other}").status_code == 404
    path = f"{desk.base}/bundle_group/{desk.id_of('냉장 묶음')}"
    page = desk.owner.open(f"{path}?command={other}")
    assert page.status_code == 200
    assert 'value="냉장 묶음"' in page.text


def test_staff_see_and_import_but_do_not_write(desk: Desk, staff: Browser) -> None:
    path = f"{desk.base}/bundle_group/{desk.id_of('냉장 묶음')}"
    staff.open(f"{desk.base}/bundle_group")
    assert "/bundle_group/new" not in staff.shown.text
    assert "수정" not in staff.text.replace("단계", "")
    staff.open(path)
    assert "템플릿은 소유자만 바꿀 수 있습니다" in staff.text
    assert staff.post(path, {**COLD, "area2_fee": "9000"}).status_code == 403
    assert staff.post(f"{path}/apply", {**COLD, "area2_fee": "9000"}).status_code == 403
    assert staff.post(f"{desk.base}/bundle_group/new/apply", GROUP).status_code == 403
    before = len(desk.shop.commands("template.import"))
    staff.post(f"{desk.base}/bundle_group/import")
    assert len(desk.shop.commands("template.import")) == before + 1
    assert desk.writes() == 0


# -- bad input ------------------------------------------------------------------------------------


WRONG = {
    Kind.CHOICE: ["없는 값"],
    Kind.MONEY: ["삼천", "-1", "999999999999"],
    Kind.NUMBER: ["셋"],
    Kind.TIME: ["25:00", "낮"],
    Kind.DATES: ["내일", "2026-13-01"],
    Kind.TEXT: ["글\x00자"],
}


def test_wrong_input_is_told_beside_every_field_of_every_form(desk: Desk) -> None:
    tried = 0
    for kind, good in (("bundle_group", COLD), ("dispatch_today", DAY)):
        template = registry.current().templates[("smartstore", kind)]
        assert Capability.UPDATE in template.capabilities
        title = "냉장 묶음" if kind == "bundle_group" else "14:00"
        path = f"{desk.base}/{kind}/{desk.id_of(title, kind)}"
        desk.owner.open(path)
        for field in template.fields:
            wrong = list(WRONG.get(field.kind, []))
            wrong += ["가" * (field.max_length + 1)] if field.kind is Kind.TEXT else []
            wrong += [""] if field.required and field.kind is not Kind.FLAG else []
            for value in wrong:
                answer = desk.owner.post(path, {**good, field.name: value})
                assert answer.status_code == 422, (kind, field.name, value)
                assert f'id="f-{field.name}-e"' in answer.text, (kind, field.name, value)
                tried += 1
    assert tried > 15
    assert desk.writes() == 0


DAY = {"basis": "14:00", "weekday": "NONE", "holidays": "", "reason": "재고 조사"}


def test_script_and_formula_text_is_shown_escaped_on_the_way(desk: Desk) -> None:
    evil = "=1+1<script>alert(1)</script>"
    path = desk.propose("냉장 묶음", {**COLD, "name": evil})
    assert "<script>alert" not in desk.owner.shown.text
    desk.owner.post(f"{path}/apply", desk.hidden())
    desk.shop.drain("urgent")
    assert evil in desk.there()
    page = desk.owner.open(f"{desk.base}/bundle_group").text
    assert "<script>alert" not in page
    assert "=1+1&lt;script&gt;" in page
