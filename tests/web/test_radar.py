"""만료와 IP: what ends first, which addresses have to be known where, and typing them in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core import clock, store
from core.services import addresses
from tests.web.conftest import Browser
from tests.web.shop import Shop

pytestmark = pytest.mark.usefixtures("town")


@pytest.fixture
def shop(owner: Browser, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(addresses, "_own", list)  # whatever machine this is
    return Shop()


def told(browser: Browser) -> str:
    return re.sub(r"\s+", " ", browser.text)


def known(shop: Shop) -> addresses.Known:
    with shop.enter(), store.read() as session:
        return addresses.known(session)


def test_what_ends_soonest_stands_first_with_the_rules_of_its_marketplace(
    owner: Browser, shop: Shop
) -> None:
    shop.channel("언제까지나")
    shop.channel("나중", marketplace="corner", expires_at=clock.now() + timedelta(days=99, hours=1))
    shop.channel("곧", expires_at=clock.now() + timedelta(days=2, hours=1))
    shop.channel("지난", expires_at=clock.now() - timedelta(days=1))
    owner.open("/radar")
    said = told(owner).partition("키가 끝나는 날")[2].partition("판매채널에 등록할 IP")[0]
    places = [said.index(word) for word in ("지난", "곧", "나중", "언제까지나")]
    assert places == sorted(places)
    assert "만료됨" in said and "3일 남음" in said and "100일 남음" in said
    assert "정해진 날이 없음" in said
    assert said.count("키는 해마다 바꿉니다.") == 1
    assert said.count("키 바꾸기") == 2
    here = clock.kst(clock.now())
    month = here.month % 12 + 1
    assert re.search(rf"다음 달 기간은 ({here.year + 1}년 )?{month}월 1일부터입니다.", said)


def test_each_marketplace_says_how_many_addresses_it_wants_to_know(
    owner: Browser, shop: Shop
) -> None:
    shop.channel("필요한 곳", marketplace="corner")
    shop.channel("연습", practice=True)
    owner.open("/radar")
    assert "필요 · 최대 2개" in told(owner)
    assert "이 서버의 주소를 먼저 넣어 주세요." in told(owner)
    assert "curl -4" in told(owner)
    assert "연습 채널은 이 컴퓨터 안에서만 주고받아" in told(owner)
    with shop.enter():
        addresses.type_in("8.8.8.8", shop.actor)
        with store.write() as session:
            addresses.told(session, "9.9.9.9")
    owner.open("/radar")
    assert "8.8.8.8, 9.9.9.9" in told(owner)
    assert "직접 넣음" in told(owner) and "판매채널이 알려 줌" in told(owner)
    assert "등록할 수 있는 수보다 많습니다" not in told(owner)
    with shop.enter():
        addresses.type_in("8.8.8.8 8.8.4.4", shop.actor)
    owner.open("/radar")
    assert "등록할 수 있는 수보다 많습니다" in told(owner)
    owner.open("/channels/add/corner")
    assert "8.8.4.4" in told(owner) and "curl" not in told(owner)


def test_addresses_are_typed_in_and_what_is_none_is_said_beside_the_field(
    owner: Browser, shop: Shop
) -> None:
    owner.open("/radar")
    answer = owner.post("/radar/addresses", {"addresses": "8.8.8.8, 192.168.0.7"})
    assert answer.status_code == 422
    assert "&#39;192.168.0.7&#39; 주소는 밖에서 보이는 IP가 아닙니다" in answer.text
    assert 'id="f-addresses-e"' in answer.text
    assert "8.8.8.8, 192.168.0.7" in answer.text, "what was typed is kept"
    assert known(shop).typed == []
    zone = {"addresses": "2001:4860:4860::8888%<b>"}
    assert owner.post("/radar/addresses", zone).status_code == 422
    owner.post("/radar/addresses", {"addresses": "8.8.8.8, 8.8.4.4"})
    assert known(shop).typed == ["8.8.8.8", "8.8.4.4"]
    assert 'data-copy="#ip-2"' in owner.shown.text
    owner.post("/radar/addresses", {"addresses": ""})
    assert known(shop).typed == []


def test_staff_see_the_addresses_and_do_not_change_them(
    owner: Browser, staff: Browser, shop: Shop
) -> None:
    staff.open("/radar")
    assert "소유자만 바꿀 수 있습니다" in told(staff)
    assert staff.post("/radar/addresses", {"addresses": "8.8.8.8"}).status_code == 403
    assert known(shop).typed == []


def test_without_channels_the_page_says_where_to_begin(owner: Browser, shop: Shop) -> None:
    owner.open("/radar")
    assert "아직 연결한 판매채널이 없습니다" in told(owner)
