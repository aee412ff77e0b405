"""A marketplace that has closed: adding warns, real channels are read only, practice goes on."""

from __future__ import annotations

import re

import pytest

from core import store
from core.services import channels
from tests.web.conftest import Browser
from tests.web.shop import Shop, line

pytestmark = pytest.mark.usefixtures("town")


def told(browser: Browser) -> str:
    return re.sub(r"\s+", " ", browser.text)


def test_choosing_warns_with_date_source_and_sentence_and_recommends_practice(
    owner: Browser,
) -> None:
    page = owner.open("/channels/choose").text
    row = page.partition("저녁장터")[2].partition("</tr>")[0]
    assert "저녁장터는 문을 닫았습니다." in told(owner)
    assert "2025년 11월 10일 · 출처 dusk.example/notice" in told(owner)
    assert "연습하기" in row and "읽기 전용으로 추가" in row and "연결하기" not in row
    assert page.index("모퉁이장터") < page.index("저녁장터"), "what is open comes first"
    owner.open("/channels/add/dusk")
    assert "저녁장터는 문을 닫았습니다." in told(owner)
    assert "연습 채널을 권합니다" in told(owner)
    assert "읽기 전용으로 저장" in told(owner) and "연결 확인" not in told(owner)


def test_an_added_one_is_stored_to_be_looked_at_and_nothing_is_called(owner: Browser) -> None:
    shop = Shop()
    owner.open("/channels/add/dusk")
    answer = owner.post("/channels/add/dusk", {"seller_id": "d", "store": "Evening", "key": "k"})
    path = answer.request.path
    assert "문을 닫은 판매채널입니다" in told(owner)
    for dead in ("단계로 가기", "지난 주문 보기", "꺼져 있습니다", "설정 순서"):
        assert dead not in told(owner), "nothing leads to what can never be"
    shop.drain()
    with shop.enter(), store.read() as session:
        (channel,) = channels.live(session)
        assert channel.verified_at is None
    owner.open(path)
    for word in ("다시 확인", "연결 정보", "연동설정 저장", "일시정지하기", "확인 필요"):
        assert word not in told(owner), word
    assert "보관하기" in told(owner)
    owner.open("/")
    assert "연결을 확인하지 못했습니다" not in told(owner)
    assert "확인할 채널 0" in told(owner) and "기다리는 작업" not in told(owner)
    assert "Evening" not in told(owner), "a channel without orders has no row in the chart"
    row = owner.open("/channels").text.partition("Evening")[2].partition("</tr>")[0]
    assert 'class="run"' not in row and "주문" not in row
    owner.open(f"{path}/connection")
    assert "문을 닫은 판매채널이라 호출하지 않습니다" in told(owner)


def test_what_a_closed_channel_cannot_do_is_told_as_that_and_leads_back(owner: Browser) -> None:
    of = Shop().channel("Evening", marketplace="dusk")
    page = owner.open(f"/channels/{of.id}/new-orders")
    assert page.status_code == 403
    assert "지금은 할 수 없는 일입니다" in told(owner) and "권한이 없습니다" not in told(owner)
    assert f'href="/channels/{of.id}">채널로 돌아가기' in page.text
    for path in ("/templates", f"/channels/{of.id}/templates/place"):
        owner.open(path)
        assert "단계를 마치면 할 수 있습니다" not in told(owner), path


@pytest.mark.parametrize(
    "action", ["check", "import/place", "switches", "reach", "pause", "resume"]
)
def test_whatever_would_call_is_refused_with_the_reason(owner: Browser, action: str) -> None:
    of = Shop().channel("Evening", marketplace="dusk")
    answer = owner.post(f"/channels/{of.id}/{action}", {"on_all": ""})
    assert answer.status_code == 403
    assert "문을 닫은 판매채널이라 호출하지 않습니다." in told(owner)


def test_its_history_stays_and_its_orders_are_not_confirmed(owner: Browser) -> None:
    shop = Shop()
    of = shop.channel("Evening", marketplace="dusk", state="needs_you",
                      problem={"ko": "키", "en": "Key", "code": ""})  # fmt: skip
    active = shop.channel("Night", marketplace="dusk")
    shop.keep(of, line(1))
    shop.keep(active, line(2))
    page = owner.open("/orders").text
    assert "대나무 도마 1호" in told(owner) and "대나무 도마 2호" in told(owner)
    assert f'href="/orders?ch={of.id}">지난 주문 보기' in owner.open(f"/channels/{of.id}").text
    assert 'data-can="confirm"' not in page
    assert 'class="n n-bad">확인' not in page, "nothing about it waits for a person"
    owner.open("/channels")
    assert "서비스 종료" in told(owner) and "보기만 할 수 있습니다." in told(owner)
    assert owner.open(f"/channels/{of.id}/connection").request.path == f"/channels/{of.id}"


def test_a_practice_channel_of_it_works_like_any_other(owner: Browser) -> None:
    shop = Shop()
    of = shop.channel("Evening", marketplace="dusk", practice=True)
    owner.open(f"/channels/{of.id}")
    assert "서비스 종료" not in told(owner) and "다시 확인" in told(owner)
