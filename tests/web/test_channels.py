"""판매채널: the list, and connecting one more account."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from core import clock, registry, settings, store
from core.contracts.marketplace import Sunset
from core.contracts.text import Text
from core.fields import Kind
from core.models import Channel, Command
from core.practice import PracticeHost
from core.registry import Problem
from core.services import channel_form, channels
from core.services.kind_names import VERIFY
from tests.web.conftest import Browser
from tests.web.shop import Shop, connect, practising
from web.pages.channels import reach_fields

SECRET = "$2a$04$abcdefghijklmnopqrstu."
VALUES = {
    "seller_id": "goyo_store",
    "store": "고요상회 본점",
    "category": "kitchen",
    "memo": "",
    "app_base": "external",
    "client_id": "5xKq0000EXAMPLE0000a1B",
    "client_secret": SECRET,
    "token_type": "SELF",
    "account_id": "",
    "api_id": "",
    "store_url": "goyo",
    "fee_class": "general",
    "window_seller": "none",
    "reach_back_days": "30",
}
ADD = "/channels/add/smartstore"


@pytest.fixture
def shop(owner: Browser) -> Shop:
    return Shop()


@pytest.fixture
def practice(owner: Browser) -> Iterator[PracticeHost]:
    with practising() as host:
        yield host


def stored(shop: Shop) -> list[Channel]:
    with shop.enter(), store.read() as session:
        return channels.live(session)


def secret_of(shop: Shop, channel: Channel) -> str:
    with shop.enter():
        return str(channel_form.stored_values(channel)["client_secret"])


# -- the list -------------------------------------------------------------------------------------


def test_an_empty_list_says_what_will_be_there_and_what_to_press(owner: Browser) -> None:
    owner.open("/channels")
    assert "아직 연결한 판매채널이 없습니다" in owner.text
    assert 'href="/channels/choose"' in owner.shown.text


def test_staff_see_the_list_and_no_way_to_add(staff: Browser) -> None:
    assert staff.open("/channels").status_code == 200
    assert "/channels/choose" not in staff.shown.text
    assert staff.open("/channels/choose").status_code == 403


def test_a_row_tells_state_collection_setup_and_keys_that_end(owner: Browser, shop: Shop) -> None:
    shop.channel("본점", expires_at=clock.now() + timedelta(days=6, hours=1))
    shop.channel("둘째", collected_at=clock.now() - timedelta(hours=3), confirm_mode="auto")
    shop.channel("셋째", state="paused")
    owner.open("/channels")
    text = re.sub(r"\s+", " ", owner.text)
    assert "3개 · 연결됨 2" in text
    assert "7일 남음" in text
    assert "키가 곧 만료됩니다" in text
    assert "3시간 전" in text
    assert "자동 발주확인을 쓰고 있습니다" in text
    assert "4단계 중 0" in text
    assert "일시정지" in text


@pytest.mark.parametrize(
    "left, said", [(timedelta(days=2, hours=1), "3일 남음"), (-timedelta(hours=1), "만료됨")]
)
def test_every_page_says_the_same_of_how_long_a_key_holds(
    owner: Browser, shop: Shop, left: timedelta, said: str
) -> None:
    now = clock.now()
    made = shop.channel("본점", expires_at=now + left, verified_at=now)
    for path in ("/", "/channels", "/radar", f"/channels/{made.id}"):
        owner.open(path)
        assert said in re.sub(r"\s+", " ", owner.text), path


def test_a_row_names_the_connections_that_are_on_and_do_something(
    owner: Browser, shop: Shop
) -> None:
    shop.channel()
    assert '<td class="lo soft">상품·주문</td>' in owner.open("/channels").text
    shop.channel("아울렛", on_product=False)
    assert '<td class="lo soft">주문</td>' in owner.open("/channels").text


def test_the_newest_check_tells_how_a_channel_stands(owner: Browser, shop: Shop) -> None:
    channel = shop.channel("본점", state="checking", identity=None, account=None)
    told = [({"ko": "먼저 것", "en": ""}, 3), ({"ko": "나중 것", "en": ""}, 1)]
    for error, ago in told:
        at = clock.now() - timedelta(minutes=ago)
        shop.command(channel, "refused", kind=VERIFY, error_text=error, created_at=at)
    owner.open("/channels")
    assert "나중 것" in owner.text and "먼저 것" not in owner.text


def test_a_channel_whose_plugin_is_missing_says_so_and_opens(owner: Browser, shop: Shop) -> None:
    channel = shop.channel("옛 채널", marketplace="gone_market")
    owner.open("/channels")
    assert "플러그인 없음" in owner.text
    assert owner.open(f"/channels/{channel.id}").status_code == 200
    assert "설정 순서를 알 수 없습니다" in owner.text
    assert owner.open(f"/channels/{channel.id}/connection").status_code == 200


def test_the_reason_stands_under_the_row_with_what_mends_it(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    practice.place("smartstore").act("register_ip", {"on": False})
    owner.open(f"/channels/{channel}")
    owner.post(f"/channels/{channel}/check")
    assert "확인하는 중" in owner.text
    shop.drain("urgent")
    owner.open("/channels")
    row = owner.shown.text.partition("why-row")[2].partition("</tr>")[0]
    assert "커머스API센터에 등록되어 있지 않습니다" in row
    assert "GW.IP_NOT_ALLOWED" in row
    assert f'action="/channels/{channel}/check"' in row
    practice.place("smartstore").act("register_ip", {"on": True})
    owner.post(f"/channels/{channel}/check")
    shop.drain("urgent")
    owner.open("/channels")
    assert "why-row" not in owner.shown.text
    assert "연결됨" in owner.text


def test_a_check_that_never_got_an_answer_can_be_pressed_again(owner: Browser, shop: Shop) -> None:
    channel = shop.channel("본점", state="checking", identity=None, account=None)
    owner.open("/channels")
    assert "확인하지 못함" in owner.text
    assert f'action="/channels/{channel.id}/check"' in owner.shown.text


# -- choosing -------------------------------------------------------------------------------------


def test_choosing_marks_closed_marketplaces_and_plugins_that_are_left_out(
    owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = registry.current()
    market = known.marketplaces["smartstore"]
    text = Text("서비스를 마쳤습니다.", "It has closed.")
    closed = replace(market, sunset=Sunset(on=date(2020, 1, 1), source="news", text=text))
    monkeypatch.setitem(known.marketplaces, "smartstore", closed)
    monkeypatch.setattr(known, "problems", [Problem("나쁜것", "ValueError: 두 번 선언했습니다")])
    owner.open("/channels/choose")
    assert "서비스 종료" in owner.text
    assert "두 번 선언했습니다" in owner.text
    assert "연결하기" not in owner.text.partition("서비스 종료")[2].partition("같은 판매채널")[0]
    owner.open(ADD)
    assert "문을 닫은 판매채널입니다" in owner.text and "서비스를 마쳤습니다." in owner.text


def test_an_unknown_marketplace_is_not_found(owner: Browser) -> None:
    assert owner.open("/channels/add/nowhere").status_code == 404
    answer = owner.post("/channels/practice", {"marketplace": "nowhere"})
    assert answer.status_code == 404


# -- the form -------------------------------------------------------------------------------------


def test_the_form_has_every_field_with_the_guide_beside_it(owner: Browser) -> None:
    owner.open(ADD)
    page = owner.shown.text
    for field in channel_form.fields_of("smartstore"):
        assert f'name="{field.name}"' in page, field.name
    guide = page.partition('id="guide"')[2].partition("</aside>")[0]
    assert guide.count("<li>") >= 8
    assert "<h3>" in guide and "<h1" not in guide
    assert 'rel="noreferrer"' in guide
    assert "이 서버의 나가는 IP" in owner.text
    assert "password" not in re.sub(r'type="password"', "", guide)


def test_a_guide_cannot_bring_html_of_its_own(
    owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = registry.current()
    text = Text("# 안내\n\n1. <b>눌러</b> [여기](javascript:alert(1))", "# Guide")
    market = replace(known.marketplaces["smartstore"], guide=text)
    monkeypatch.setitem(known.marketplaces, "smartstore", market)
    page = owner.open(ADD).text
    assert "&lt;b&gt;눌러&lt;/b&gt;" in page
    assert 'href="javascript' not in page


def test_the_reach_of_the_first_collection_says_what_it_costs(owner: Browser) -> None:
    owner.open(ADD)
    assert "30일 · 조회 30번 이상" in owner.text
    assert dict(reach_fields("smartstore", 45)[0].choices)["45"].ko == "45일 · 조회 45번 이상"


def test_an_empty_form_comes_back_with_its_reasons_and_stores_nothing(
    owner: Browser, shop: Shop
) -> None:
    owner.open(ADD)
    answer = owner.post(ADD, {"memo": "그대로 남는 메모"})
    assert answer.status_code == 422
    assert "그대로 남는 메모" in answer.text
    for name in ("seller_id", "store", "client_id", "client_secret", "store_url"):
        assert f'id="f-{name}-e"' in answer.text, name
    assert stored(shop) == []


def test_a_refused_secret_is_not_sent_back(owner: Browser, shop: Shop) -> None:
    owner.open(ADD)
    answer = owner.post(ADD, {**VALUES, "client_secret": "CANARY-not-a-salt"})
    assert answer.status_code == 422
    assert "CANARY" not in answer.text
    assert "goyo_store" in answer.text
    assert "$2a$ 로 시작하는 29자" in owner.text
    assert stored(shop) == []


def bad_values() -> Iterator[tuple[str, str]]:
    """Wrong input for every field of the form, generated from what the plugin declares."""
    fields = channel_form.fields_of("smartstore")
    for field in (*fields, *reach_fields("smartstore")):
        if field.kind is Kind.FLAG:
            continue
        if field.kind is Kind.CHOICE:
            yield field.name, "없는 값"
            continue
        yield field.name, "가" * (field.max_length + 1)
        yield field.name, "글\x00자"


def test_wrong_input_is_told_beside_every_field(owner: Browser, shop: Shop) -> None:
    owner.open(ADD)
    for name, value in bad_values():
        seller = {"token_type": "SELLER", "account_id": "ncp_goyo"}  # every field counts
        answer = owner.post(ADD, {**VALUES, **seller, name: value})
        assert (answer.status_code, name) == (422, name)
        assert re.findall(r'id="f-(\w+)-e"', answer.text) == [name]
    assert stored(shop) == []


def test_script_and_formula_text_is_stored_and_shown_escaped(owner: Browser, shop: Shop) -> None:
    owner.open(ADD)
    evil = '=1+1<script>alert("1")</script>'
    owner.post(ADD, {**VALUES, "store": evil, "memo": evil})
    [channel] = stored(shop)
    assert channel.store == evil
    for path in ("/channels", f"/channels/{channel.id}", f"/channels/{channel.id}/connection"):
        page = owner.open(path).text
        assert "<script>alert" not in page
        assert "=1+1&lt;script&gt;" in page


def test_a_connected_account_is_sealed_and_checked_by_a_worker(owner: Browser, shop: Shop) -> None:
    owner.open(ADD)
    answer = owner.post(ADD, VALUES)
    [channel] = stored(shop)
    assert answer.request.path == f"/channels/{channel.id}"
    assert "확인하는 중" in owner.text
    assert "이 페이지를 떠나도 계속됩니다" in owner.text
    assert (channel.state, channel.reach_back_days) == ("checking", 30)
    assert [command.state for command in shop.commands("channel.verify")] == ["ready"]
    assert SECRET.encode() not in (channel.credentials or b"")
    assert secret_of(shop, channel) == SECRET


def test_pressing_twice_connects_once(owner: Browser, shop: Shop) -> None:
    page = owner.open(ADD).text
    found = re.search(r'name="submission" value="([0-9a-f]{32})"', page)
    assert found is not None
    for _ in range(3):
        owner.post(ADD, {**VALUES, "submission": found[1]})
    assert len(stored(shop)) == 1
    assert len(shop.commands("channel.verify")) == 1


def test_the_connection_opens_with_what_is_stored_and_keeps_the_secret(
    owner: Browser, shop: Shop
) -> None:
    owner.open(ADD)
    owner.post(ADD, VALUES)
    [channel] = stored(shop)
    path = f"/channels/{channel.id}/connection"
    page = owner.open(path).text
    assert "저장되어 있습니다" in page
    assert SECRET not in page
    assert 'value="5xKq0000EXAMPLE0000a1B"' in page
    owner.post(path, {**VALUES, "client_secret": "", "store": "새 이름"})
    [changed] = stored(shop)
    assert (changed.store, secret_of(shop, changed)) == ("새 이름", SECRET)
    assert changed.seal_version > channel.seal_version
    answer = owner.post(path, {**VALUES, "client_secret": "", "client_id": "짧다"})
    assert answer.status_code == 422
    assert 'id="f-client_id-e"' in answer.text


def test_staff_may_neither_add_nor_change_keys(staff: Browser, shop: Shop) -> None:
    channel = shop.channel()
    assert staff.post(ADD, VALUES).status_code == 403
    assert staff.post("/channels/practice", {"marketplace": "smartstore"}).status_code == 403
    assert staff.post(f"/channels/{channel.id}/connection", VALUES).status_code == 403
    assert len(stored(shop)) == 1


# -- practice -------------------------------------------------------------------------------------


def test_a_practice_channel_connects_by_itself_and_is_marked(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    owner.open("/start")
    answer = owner.post("/channels/practice", {"marketplace": "smartstore"})
    path = answer.request.path
    assert "확인하는 중" in owner.text
    shop.drain("urgent")
    owner.open(path)
    assert "연결됨" in owner.text
    assert "4단계 중 1단계 완료" in owner.text
    owner.open("/channels")
    assert "tag-dash" in owner.shown.text
    again = owner.post("/channels/practice", {"marketplace": "smartstore"})
    assert again.request.path == path
    assert len(stored(shop)) == 1


def test_a_practice_world_that_began_anew_gives_its_keys_at_the_next_check(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    practice.place("smartstore").act("new_secret", {})
    owner.open(f"/channels/{channel}")
    owner.post(f"/channels/{channel}/check")
    shop.drain("urgent")
    owner.open(f"/channels/{channel}")
    assert "연결됨" in owner.text
    assert shop.commands("channel.verify")[-1].state == "done"


def test_a_practice_channel_keeps_its_keys_and_takes_another_name(
    owner: Browser, shop: Shop, practice: PracticeHost
) -> None:
    channel = connect(shop)
    page = owner.open(f"/channels/{channel}/connection").text
    assert 'name="client_secret"' not in page
    owner.post(
        f"/channels/{channel}/connection",
        {"seller_id": "me", "store": "연습하는 곳", "category": "", "memo": ""},
    )
    shop.drain("urgent")
    [kept] = stored(shop)
    assert (kept.seller_id, kept.state) == ("me", "active")


def test_without_a_practice_server_the_page_says_how_to_get_one(owner: Browser) -> None:
    owner.open("/channels/choose")
    config: dict[str, Any] = owner.client.application.config
    config["HANPAN"] = replace(settings.current(), practice_port=0)
    owner.open("/channels/choose")
    assert "HANPAN_PRACTICE_PORT" in owner.text
    owner.post("/channels/practice", {"marketplace": "smartstore"})
    assert "연습 서버가 꺼져 있습니다" in owner.text


def test_a_collection_that_was_refused_twice_is_told_with_its_job(
    owner: Browser, shop: Shop
) -> None:
    channel = shop.channel()
    with shop.enter(), store.write() as session:
        [command] = [c for c in session.query(Command) if c.channel_id == channel.id and c.standing]
        command.state, command.held_for = "held", "parked"
        command.error_text = {"ko": "네이버가 값을 받지 않았습니다.", "en": "Refused."}
        wanted = command.id
    owner.open("/channels")
    row = owner.shown.text.partition("why-row")[2].partition("</tr>")[0]
    assert "네이버가 값을 받지 않았습니다." in row
    assert f"/jobs/{wanted}" in row


def test_a_channel_that_was_put_away_before_it_connected_stays_in_the_list(
    owner: Browser, shop: Shop
) -> None:
    here = shop.channel("미연결", state="checking", identity=None, account=None, activated_at=None)
    with shop.enter():
        channels.archive(here.id, shop.actor)
    owner.open("/channels")
    assert "보관한 채널" in owner.text and "미연결" in owner.text
    owner.open(f"/channels/{here.id}")
    assert "한 번도 연결되지 않은 채널입니다" in owner.text


def test_a_second_channel_with_the_same_key_is_warned_of(owner: Browser, shop: Shop) -> None:
    owner.open(ADD)
    owner.post(ADD, VALUES)
    assert "이미 있습니다" not in owner.text
    for changed in ({"seller_id": "another"}, {"client_id": "4aB1111EXAMPLE1111c2D"}):
        owner.open(ADD)
        owner.post(ADD, {**VALUES, **changed})
        assert "같은 판매자 ID나 같은 키를 쓰는 채널이 이미 있습니다: 고요상회 본점" in owner.text
