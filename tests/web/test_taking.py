"""신규주문 가져오기: where new orders come only by confirming them, a person is told so first."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.web.conftest import Browser
from tests.web.shop import Shop, line
from tests.web.town import Stall, practising_corner

pytestmark = pytest.mark.usefixtures("town")
BUTTON = "신규주문 가져오기 (발주확인됨)"


@pytest.fixture
def stall(owner: Browser) -> Iterator[Stall]:
    with practising_corner() as place:
        yield Stall(owner, place)


def switch(stall: Stall, mode: str) -> None:
    stall.owner.open(f"/channels/{stall.id}")
    drawn = dict(re.findall(r'name="(was-\w+)" value="(\w*)"', stall.owner.shown.text))
    on = {"on_all": "1", "on_product": "1", "on_order": "1"}
    stall.owner.post(f"/channels/{stall.id}/switches", {**drawn, **on, "confirm_mode": mode})


def test_the_first_press_says_what_will_happen_and_for_which_time_and_calls_nobody(
    stall: Stall,
) -> None:
    path = f"/channels/{stall.id}/new-orders"
    for shown in ("/orders", f"/orders?ch={stall.id}", f"/channels/{stall.id}"):
        page = stall.owner.open(shown).text
        assert f'href="{path}"' in page and BUTTON in stall.said(), shown
    stall.owner.open(path)
    assert "가져오는 주문은 바로 발주확인됩니다" in stall.said()
    assert "발주확인은 되돌릴 수 없습니다" in stall.said()
    assert re.search(r"오늘 \d\d:\d\d부터 지금까지의 신규주문", stall.said())
    assert stall.calls("take") == 0 and stall.shop.commands("orders.take") == []


def test_the_second_press_takes_them_once_however_often_it_is_pressed(stall: Stall) -> None:
    path = f"/channels/{stall.id}/new-orders"
    page = stall.owner.open(path).text
    mark = re.findall(r'name="submission" value="([^"]+)"', page)[-1]
    for _ in range(3):
        answer = stall.owner.post(path, {"submission": mark})
        stall.shop.drain()
    (command,) = stall.shop.commands("orders.take")
    assert answer.request.path == f"/jobs/{command.id}"
    assert stall.calls("take") == 1
    stall.owner.open(f"/jobs/{command.id}")
    assert "새 주문 1" in stall.said() and "가져온 주문 보기" in stall.said()
    stall.owner.open("/orders?view=confirmed")
    assert "Soap" in stall.said()


def test_the_switch_explains_both_modes_and_why_one_is_missing(stall: Stall) -> None:
    stall.owner.open(f"/channels/{stall.id}")
    assert (
        "자동은 수집할 때마다 새 주문을 가져오고, 가져온 주문은 모두 발주확인됩니다" in stall.said()
    )
    assert "를 누르기 전까지 새 주문을 부르지 않고" in stall.said()
    assert "일부 상품만 골라 발주확인할 수는 없습니다" in stall.said()
    switch(stall, "auto")
    assert stall.channel().confirm_mode == "manual"
    assert "신규 주문을 묻지 않고 발주확인할까요?" in stall.said()
    hidden = re.findall(
        r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', stall.owner.shown.text
    )
    stall.owner.post(f"/channels/{stall.id}/switches", dict(hidden))
    assert stall.channel().confirm_mode == "auto"
    stall.owner.open("/orders")
    assert BUTTON not in stall.said(), "collecting takes them"


def test_other_channels_have_no_such_button(owner: Browser) -> None:
    shop = Shop()
    of = shop.channel()
    shop.keep(of, line(1))
    owner.open(f"/channels/{of.id}")
    assert BUTTON not in owner.text and "런플상품" not in owner.text
    assert owner.open(f"/channels/{of.id}/new-orders").status_code == 403
    assert owner.post(f"/channels/{of.id}/new-orders").status_code == 403
    assert shop.commands("orders.take") == []


@pytest.mark.parametrize("changed", [{"on_order": False}, {"state": "paused"}])
def test_a_channel_that_would_only_wait_offers_no_press(
    stall: Stall, changed: dict[str, object]
) -> None:
    other = stall.shop.channel("Other", marketplace="corner", **changed)
    stall.owner.open(f"/orders?ch={other.id}")
    assert BUTTON not in stall.said()


def test_how_often_is_what_the_plugin_says(owner: Browser, stall: Stall) -> None:
    owner.open("/orders")
    assert "다음부터는 10분마다 자동으로 가져옵니다" in stall.said()
    stall.shop.channel("Other")
    owner.open("/orders")
    assert "다음부터는 5분~10분마다 자동으로 가져옵니다" in stall.said()
