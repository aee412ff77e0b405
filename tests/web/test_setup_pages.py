"""채널 설정: the sequence of steps, the switches, the contact person, and the end of a channel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import registry, store
from core.models import AuditEntry, Channel
from core.practice import PracticeHost
from core.services import channels, contacts, reach
from tests.web.conftest import Browser
from tests.web.shop import Shop, connect, practising
from web import key_rows

PERSON = {
    "name": "박담당",
    "position": "물류팀",
    "email": "desk@shop.example",
    "phone": "02-000-1234",
    "mobile": "010-0000-5678",
}
SWITCHES = {name: "1" for name in channels.SWITCHES}


@pytest.fixture
def shop(owner: Browser) -> Shop:
    return Shop()


@pytest.fixture
def practice(owner: Browser) -> Iterator[PracticeHost]:
    with practising() as host:
        yield host


def told(browser: Browser) -> str:
    return re.sub(r"\s+", " ", browser.text)


def step(browser: Browser, number: int) -> str:
    """The markup of one step of the page that is shown."""
    assert browser.shown is not None
    return browser.shown.text.partition(f'id="step-{number}"')[2].partition("</li>")[0]


def the(shop: Shop, channel_id: str) -> Channel:
    with shop.enter(), store.read() as session:
        return channels.get(session, channel_id)


def switch(browser: Browser, channel: str, values: dict[str, str]) -> Any:
    """Save 연동설정 as the page that is shown would: with the values that it was drawn from."""
    return browser.post(f"/channels/{channel}/switches", {**drawn(browser), **values})


def drawn(browser: Browser) -> dict[str, str]:
    """What the form of 연동설정 was drawn from."""
    assert browser.shown is not None
    found = re.findall(r'name="(was-\w+)" value="(\w*)"', browser.shown.text)
    assert found
    return dict(found)


def import_(browser: Browser, shop: Shop, channel: str, kind: str) -> None:
    browser.post(f"/channels/{channel}/import/{kind}")
    shop.drain("urgent")
    browser.open(f"/channels/{channel}")


# -- steps ----------------------------------------------------------------------------------------


def test_each_step_is_locked_until_the_one_before_it_is_done(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    owner.open(f"/channels/{channel}")
    assert "주소지 가져오기" in step(owner, 2)
    assert "‘주소지’ 단계를 마치면" in step(owner, 3)
    assert 'href="#step-2"' in step(owner, 3)
    assert "다음 판에 들어옵니다. 남은 3개 단계를 마쳐 두시면" in owner.text
    assert "다음: 주문 보기" not in owner.text
    for number, kind in enumerate(("address", "dispatch_today", "bundle_group"), start=2):
        assert f"4단계 중 {number - 1}단계 완료" in owner.text
        import_(owner, shop, channel, kind)
        assert "완료" in step(owner, number)
    assert "4단계 중 4단계 완료" in owner.text
    assert "3건을" in step(owner, 2)
    assert "사라짐" not in step(owner, 2)
    assert "설정은 모두 마쳤습니다" in owner.text


def test_an_import_shows_its_job_live_in_the_step(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    answer = owner.post(f"/channels/{channel}/import/address")
    assert answer.request.path == f"/channels/{channel}"
    assert "가져오는 중" in step(owner, 2)
    assert 'hx-trigger="every 1s"' in step(owner, 2)
    assert "주소지 가져오기" in step(owner, 2)
    assert '<meta http-equiv="refresh"' in answer.text.partition("<noscript>")[2][:60]


def test_a_step_that_is_locked_takes_no_import(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    owner.post(f"/channels/{channel}/import/bundle_group")
    assert "먼저 주소지 단계를 마쳐 주세요" in owner.text
    assert shop.commands("template.import") == []
    assert owner.post(f"/channels/{channel}/import/nothing").status_code == 404


def test_an_import_of_nothing_leaves_the_step_open_and_says_where_to_make_one(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    practice.place("smartstore").act("set_addresses", {"clear": True})
    import_(owner, shop, channel, "address")
    assert "판매채널에 아직 없습니다" in step(owner, 2)
    assert "https://sell.smartstore.naver.com" in step(owner, 2)
    assert "다시 가져오기" in step(owner, 2)
    assert "‘주소지’ 단계를 마치면" in step(owner, 3)


def test_a_type_that_can_be_made_offers_that_when_there_is_none(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    practice.world("smartstore").state["bundles"].clear()
    for kind in ("address", "dispatch_today", "bundle_group"):
        import_(owner, shop, channel, kind)
    assert f'href="/channels/{channel}/templates/bundle_group/new"' in step(owner, 4)


def test_an_import_that_was_refused_says_why_in_its_step(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    practice.place("smartstore").act("set_groups", {"missing": ["판매자정보"]})
    import_(owner, shop, channel, "address")
    assert "API 그룹 '판매자정보'에 체크하고" in told(owner)
    assert "확인 필요" in step(owner, 1)


def test_a_part_of_the_page_is_given_to_htmx_and_the_whole_to_others(
    owner: Browser, shop: Shop
) -> None:
    channel = shop.channel()
    part = owner.open(f"/channels/{channel.id}", headers={"HX-Request": "true"}).text
    assert part.strip().startswith('<div class="stack" id="live"')
    assert "API 연동설정" not in part
    assert "<html" in owner.open(f"/channels/{channel.id}").text


def test_staff_import_but_change_nothing(
    staff: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    import_(staff, shop, channel, "address")
    assert "완료" in step(staff, 2)
    assert "소유자만 바꿀 수 있습니다" in staff.text
    for path in ("switches", "reach", "pause", "resume", "archive", "contact", "contact/reveal"):
        assert staff.post(f"/channels/{channel}/{path}", SWITCHES).status_code == 403, path
    assert the(shop, channel).state == "active"


# -- switches -------------------------------------------------------------------------------------


def test_switches_and_modes_are_kept_as_they_were_set(owner: Browser, shop: Shop) -> None:
    channel = shop.channel()
    owner.open(f"/channels/{channel.id}")
    values = {**SWITCHES, "confirm_mode": "auto", "sure": "1"}
    del values["on_product"]
    switch(owner, channel.id, values)
    kept = the(shop, channel.id)
    assert (kept.on_all, kept.on_product, kept.confirm_mode) == (True, False, "auto")
    assert "연동설정을 저장했습니다" in owner.text
    assert '<option value="auto" selected>' in owner.shown.text


def test_what_does_nothing_yet_is_named_without_a_control_and_stays_as_it_is(
    owner: Browser, shop: Shop
) -> None:
    registry.use(replace(registry.current(), products={}))
    channel = shop.channel(on_stock=False, extend_days=30)
    page = owner.open(f"/channels/{channel.id}").text
    for name in ("CS API", "진열·판매상태·재고", "판매기간 자동연장"):
        assert re.search(rf"<li><b>{name}</b><span>.*?다음 판에 들어옵니다</span>", page), name
    for name in ("on_cs", "on_stock", "extend_days"):
        assert f'name="{name}"' not in page
    values = {"on_all": "1", "on_order": "1", "on_stock": "1", "extend_days": "90"}
    switch(owner, channel.id, values)
    kept = the(shop, channel.id)
    assert (kept.on_cs, kept.on_stock, kept.extend_days) == (True, False, 30)
    assert (kept.on_product, kept.on_order) == (False, True)


def test_stock_and_the_extension_of_sale_periods_are_switched_where_the_marketplace_has_them(
    owner: Browser, shop: Shop
) -> None:
    channel = shop.channel()
    page = owner.open(f"/channels/{channel.id}").text
    assert 'name="on_stock"' in page
    assert '<option value="0" selected>연장 안 함</option>' in page
    switch(owner, channel.id, {"on_all": "1", "on_order": "1", "extend_days": "30"})
    kept = the(shop, channel.id)
    assert (kept.on_stock, kept.extend_days) == (False, 30)
    assert '<option value="30" selected>30일</option>' in owner.open(f"/channels/{channel.id}").text
    switch(owner, channel.id, {"on_all": "1", "extend_days": "31"})
    assert owner.shown.status_code == 422
    assert the(shop, channel.id).extend_days == 30


def test_a_channel_whose_orders_are_switched_off_does_not_say_that_it_collects(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    owner.open(f"/channels/{channel}")
    assert "연결되어 자동으로 수집합니다" in owner.text
    switch(owner, channel, {"on_all": "1", "on_product": "1"})
    assert "꺼져 있어 수집하지 않습니다" in owner.text
    assert "연결되어 자동으로 수집합니다" not in owner.text


def test_an_older_tab_saves_nothing_over_what_changed_since(owner: Browser, shop: Shop) -> None:
    channel = shop.channel(on_order=False)
    owner.open(f"/channels/{channel.id}")
    older = drawn(owner)
    switch(owner, channel.id, SWITCHES)
    assert the(shop, channel.id).on_order is True
    typed = {"on_all": "1", "on_product": "1", "confirm_mode": "auto", "sure": "1"}
    answer = owner.post(f"/channels/{channel.id}/switches", {**older, **typed})
    assert answer.status_code == 422
    assert "다른 곳에서 바뀌었습니다. 아무것도 저장하지 않았습니다." in told(owner)
    kept = the(shop, channel.id)
    assert (kept.on_order, kept.confirm_mode) == (True, "manual")
    assert re.search(r'name="on_order" value="1" checked', answer.text), "the value of now"
    assert '<option value="auto" selected>' in answer.text, "what the person changed"
    again = {**SWITCHES, "confirm_mode": "auto", "sure": "1"}
    switch(owner, channel.id, again)  # the form has the values now
    assert the(shop, channel.id).confirm_mode == "auto"


def test_a_form_that_does_not_say_what_it_was_drawn_from_saves_nothing(
    owner: Browser, shop: Shop
) -> None:
    channel = shop.channel()
    owner.open(f"/channels/{channel.id}")
    assert owner.post(f"/channels/{channel.id}/switches", {"on_all": "1"}).status_code == 422
    assert the(shop, channel.id).on_order is True


def test_the_table_of_keys_says_what_each_pair_of_keys_is_for(app: Flask) -> None:
    fields = registry.current().forms["interpark"].fields
    with app.test_request_context():
        table = key_rows.parts("interpark", fields, {})[-1]
    rows = {row.title.ko: list(row.serves) for row in table.rows}
    assert rows["상품조회"] == ["상품 찾기"]
    assert rows["재고조회"] == ["번호로 읽기", "재고", "판매상태"]
    assert rows["상품 재고/상태수정"] == ["재고", "판매상태"]
    assert rows["배송비정책 조회"] == ["묶음배송비 가져오기·등록·수정"]
    assert rows["상품등록"] == []


def test_automatic_confirmation_says_what_it_will_do(owner: Browser, shop: Shop) -> None:
    owner.open(f"/channels/{shop.channel().id}")
    assert "묻지 않고 모두 발주확인합니다. 발주확인은 되돌릴 수 없습니다." in told(owner)


def test_an_unknown_mode_is_refused_beside_its_field(owner: Browser, shop: Shop) -> None:
    channel = shop.channel()
    owner.open(f"/channels/{channel.id}")
    answer = switch(owner, channel.id, {**SWITCHES, "confirm_mode": "sometimes"})
    assert answer.status_code == 422
    assert answer.text.count("목록에서 선택해 주세요.") == 1
    assert the(shop, channel.id).confirm_mode == "manual"


def test_a_switch_that_is_off_offers_no_import(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    values = {name: "1" for name in SWITCHES if name != "on_product"}
    owner.open(f"/channels/{channel}")
    switch(owner, channel, values)
    assert "상품 API 연동이 꺼져 있습니다" in step(owner, 2)
    assert "import/address" not in step(owner, 2)


# -- how far back the first collection reads ------------------------------------------------------


def test_the_reach_is_chosen_until_the_collection_has_begun(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    owner.open("/start")
    owner.post("/channels/practice", {"marketplace": "smartstore"})
    channel = shop.commands("channel.verify")[0].channel_id
    assert channel is not None
    assert '<option value="7" selected>' in owner.shown.text
    owner.post(f"/channels/{channel}/reach", {"reach_back_days": "60"})
    assert "첫 수집 기간을 저장했습니다" in owner.text
    assert the(shop, channel).reach_back_days == 60
    assert owner.post(f"/channels/{channel}/reach", {"reach_back_days": "91"}).status_code == 422
    shop.drain()
    owner.open(f"/channels/{channel}")
    assert "첫 수집" not in owner.text
    assert owner.post(f"/channels/{channel}/reach", {"reach_back_days": "7"}).status_code == 422
    assert the(shop, channel).reach_back_days == 60


def test_the_reach_costs_a_call_for_each_window() -> None:
    assert [reach.calls("smartstore", days) for days in (1, 7, 90)] == [1, 7, 90]
    assert reach.calls("nowhere", 7) == 0


# -- pausing and putting away ---------------------------------------------------------------------


def test_a_paused_channel_takes_up_nothing_until_it_is_resumed(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    owner.post(f"/channels/{channel}/pause")
    assert "일시정지한 채널입니다" in owner.text
    assert "import/address" not in owner.shown.text
    assert f"/channels/{channel}/check" not in owner.shown.text
    owner.post(f"/channels/{channel}/resume")
    assert "import/address" in owner.shown.text
    assert the(shop, channel).state == "active"


def test_a_restored_channel_says_what_happens_when_it_goes_on(owner: Browser, shop: Shop) -> None:
    note = {"restored_at": "2026-11-20T00:00:00+00:00", "resume": "collect_first"}
    channel = shop.channel(state="paused", note=note)
    owner.open(f"/channels/{channel.id}")
    assert "백업에서 되돌린 채널입니다" in owner.text
    assert "먼저 지금까지의 주문을 모두 수집하고" in owner.text
    owner.post(f"/channels/{channel.id}/resume")
    assert "지금까지의 주문을 먼저 수집하고 있습니다" in owner.text


def test_putting_away_needs_a_second_press_and_the_same_account_comes_back(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    owner.open(f"/channels/{channel}/archive")
    assert "이 채널을 보관할까요?" in owner.text
    assert the(shop, channel).archived_at is None
    answer = owner.post(f"/channels/{channel}/archive")
    assert answer.request.path == "/channels"
    assert "보관한 채널" in owner.text
    kept = the(shop, channel)
    assert kept.archived_at is not None and kept.credentials is None
    owner.open(f"/channels/{channel}")
    assert "보관한 채널입니다" in owner.text
    assert "API 연동설정" not in owner.text
    answer = owner.post("/channels/practice", {"marketplace": "smartstore"})
    fresh = answer.request.path
    assert fresh != f"/channels/{channel}"
    shop.drain("urgent")
    assert owner.open(fresh).request.path == f"/channels/{channel}"
    assert "전에 연결했던 계정입니다" in owner.text
    assert the(shop, channel).state == "active"


def test_an_account_that_is_connected_already_is_told_so(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    connect(shop)
    second = connect(shop)
    owner.open(f"/channels/{second}")
    assert "이미 연결된 계정입니다" in owner.text


# -- the contact person ---------------------------------------------------------------------------


def audited(shop: Shop, action: str) -> list[AuditEntry]:
    with shop.enter(), store.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_the_contact_person_is_masked_until_somebody_asks_and_that_is_kept(
    owner: Browser, shop: Shop
) -> None:
    channel = shop.channel()
    path = f"/channels/{channel.id}"
    owner.post(f"{path}/contact", PERSON)
    for page in (path, f"{path}/contact"):
        shown = owner.open(page).text
        for name in PERSON:
            assert PERSON[name] not in shown, (page, name)
        assert "010-****-5678" in shown
    owner.open(path)
    assert audited(shop, "contact.reveal") == []
    shown = owner.post(f"{path}/contact/reveal").text
    assert PERSON["mobile"] in shown and PERSON["email"] in shown
    assert PERSON["mobile"] not in owner.open(path).text
    [entry] = audited(shop, "contact.reveal")
    assert (entry.subjects, entry.user_name) == ([channel.id], "김소유")


def test_the_revealed_part_alone_is_given_to_htmx(owner: Browser, shop: Shop) -> None:
    channel = shop.channel()
    owner.post(f"/channels/{channel.id}/contact", PERSON)
    part = owner.post(f"/channels/{channel.id}/contact/reveal", headers={"HX-Request": "true"}).text
    assert part.strip().startswith('<section class="tray" id="person"')
    assert PERSON["mobile"] in part


def test_what_is_left_empty_stays_unless_everything_is_to_be_emptied(
    owner: Browser, shop: Shop
) -> None:
    channel = shop.channel()
    path = f"/channels/{channel.id}/contact"

    def kept() -> dict[str, str]:
        with shop.enter():
            return contacts.of(the(shop, channel.id))

    owner.post(path, PERSON)
    owner.post(path, {"mobile": "010-0000-9999"})
    assert kept() == {**PERSON, "mobile": "010-0000-9999"}
    owner.post(path, {"name": "새 사람", "empty": "1"})
    assert {name: value for name, value in kept().items() if value} == {"name": "새 사람"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "not an address"},
        {"mobile": "공일공"},
        {"name": "가" * 61},
        {"position": "글\x00자"},
    ],
)
def test_a_wrong_contact_is_told_beside_its_field(
    owner: Browser, shop: Shop, wrong: dict[str, Any]
) -> None:
    channel = shop.channel()
    answer = owner.post(f"/channels/{channel.id}/contact", {**PERSON, **wrong})
    assert answer.status_code == 422
    assert re.findall(r'id="f-(\w+)-e"', answer.text) == list(wrong)
    assert the(shop, channel.id).contact is None


def test_pages_change_nothing_when_they_are_looked_at(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    before = the(shop, channel).__dict__.copy()
    for path in ("", "/connection", "/contact", "/archive", "/templates/address"):
        assert owner.open(f"/channels/{channel}{path}").status_code == 200
    after = the(shop, channel).__dict__.copy()
    for state in (before, after):
        state.pop("_sa_instance_state")
    assert after == before
    assert len(shop.commands("channel.verify")) == 1
    assert shop.commands("template.import") == []
