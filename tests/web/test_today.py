"""오늘: figures that are links to what they count, the chart, and what needs a person."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core import clock, registry, store
from core.contracts.order import Claim, ClaimKind, ClaimState, LineState
from core.models import Command
from core.registry import Problem
from core.services import channels
from tests.web.conftest import Browser
from tests.web.shop import Shop, line

CANCEL = Claim(kind=ClaimKind.CANCEL, state=ClaimState.REQUESTED)
CELL = re.compile(
    r'<a class="cell([^"]*)" href="([^"]+)"><span class="k">(?:<span class="sn">\d</span>)?([^<]+)'
    r'.*?<span class="v">([\d,]+)<',
    re.S,
)


@pytest.fixture
def shop(owner: Browser) -> Shop:
    """The owner's shop."""
    return Shop()


def cells(browser: Browser) -> dict[str, tuple[int, str, str]]:
    """The board: name -> (figure, address, looks)."""
    page = browser.open("/")
    return {
        name: (int(figure.replace(",", "")), href.replace("&amp;", "&"), looks)
        for looks, href, name, figure in CELL.findall(page.text)
    }


def test_a_fresh_installation_leads_to_the_next_step(
    owner: Browser, staff: Browser, shop: Shop
) -> None:
    owner.open("/")
    assert "첫 판매채널을 연결해 주세요" in owner.text and "/start" in owner.shown.text  # type: ignore[union-attr]
    staff.open("/")
    assert "소유자가 판매채널을 연결하면" in staff.text
    here = shop.channel(
        state="needs_you", problem={"ko": "키를 확인해 주세요.", "en": "", "code": ""}
    )
    page = owner.open("/")
    assert "채널 연결을 마쳐 주세요" in owner.text and f'href="/channels/{here.id}"' in page.text
    assert "키를 확인해 주세요." in owner.text


def test_a_channel_that_is_not_set_up_can_already_be_collected(owner: Browser, shop: Shop) -> None:
    shop.channel()
    page = owner.open("/")
    assert "채널 설정을 이어서 해 주세요" in owner.text and 'action="/orders/collect"' in page.text


def test_every_figure_counts_exactly_the_list_that_it_links_to(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    now = clock.now()
    shop.keep(
        here,
        line(1),
        line(2, claim=CANCEL),
        line(3, dispatch_due=now - timedelta(hours=1)),
        line(4, state=LineState.CONFIRMED, dispatch_due=now - timedelta(minutes=5)),
        line(5, state=LineState.SHIPPING),
        line(6, state=LineState.DELIVERED),
        line(7),
        line(8),
    )
    done = shop.command(here, "done")
    shop.effect(done, here, line(7).line_key, "refused")
    shop.effect(done, here, line(8).line_key, "unknown")
    shop.command(here, "held", held_for="asks")
    shop.command(here, "review")
    shop.channel("아울렛", state="needs_you", problem={"ko": "막힘", "en": "", "code": ""})
    board = cells(owner)
    assert {name: figure for name, (figure, _, _) in board.items()} == {
        "신규": 5, "발주확인": 1, "오늘 발송 마감": 2, "배송중": 1, "배송완료": 1,
        "발주확인 거절": 1, "취소·반품·교환 요청": 1, "결과 확인 중": 1, "보류된 작업": 2,
        "확인할 채널": 1,
    }  # fmt: skip
    asks = owner.open("/").text.partition('id="asks"')[2]
    for said in ("발주확인 1건이 거절", "지난 주문이 2건", "교환 요청이 1건"):
        assert said in asks
    for name, (figure, href, _) in board.items():
        page = owner.open(href)
        if href.startswith("/orders"):
            assert f'data-total="{figure}"' in page.text, name
        elif href.startswith("/jobs"):
            assert page.text.count('id="job-') == figure, name
    assert "is-bad" in board["오늘 발송 마감"][2] and "is-bad" in board["발주확인 거절"][2]


def test_a_collection_that_a_person_must_mend_is_counted_where_it_is_listed(
    owner: Browser, shop: Shop
) -> None:
    here = shop.channel()
    shop.keep(here, line(1))
    [collect] = shop.commands("orders.collect")
    assert cells(owner)["보류된 작업"][0] == 0
    with shop.enter(), store.write() as session:
        stuck = session.get(Command, collect.id)
        assert stuck is not None
        stuck.state, stuck.held_for = "held", "parked"
    assert cells(owner)["보류된 작업"][0] == 1
    asks = owner.open("/").text.partition('id="asks"')[2]
    assert f'href="/jobs/{collect.id}"' in asks
    listed = owner.open("/jobs?state=waiting").text
    assert f'id="job-{collect.id}"' in listed and '작업<span class="n">1</span>' in listed


def test_a_channel_that_is_late_is_not_said_to_move_well(owner: Browser, shop: Shop) -> None:
    shop.keep(shop.channel(), line(1))
    assert cells(owner)["확인할 채널"][0] == 0 and "모든 채널이 잘 움직입니다" in owner.text
    shop.channel("아울렛", collected_at=clock.now() - timedelta(days=1))
    owner.open("/")
    assert "수집이 늦은 채널 1곳" in owner.text and "잘 움직입니다" not in owner.text


STANDSTILLS: dict[str, tuple[dict[str, Any], str, str]] = {
    "paused": ({"state": "paused"}, "채널을 일시정지해 두었습니다", "멈춰 둔 채널 1곳"),
    "restored": (
        {"state": "paused", "note": {"resume": "collect_first"}},
        "백업을 되돌린 뒤 멈춰 있습니다",
        "멈춰 둔 채널 1곳",
    ),
    "off": ({"on_all": False}, "채널의 연동이 꺼져 있습니다", "연동을 꺼 둔 채널 1곳"),
    "orders off": ({"on_order": False}, "주문 API가 꺼져 있습니다", "연동을 꺼 둔 채널 1곳"),
    "unchecked": (
        {"state": "checking", "activated_at": None, "collected_at": None},
        "연결을 확인하지 못했습니다",
        "연결을 확인할 채널 1곳",
    ),
    "needs the seller": (
        {"state": "needs_you", "problem": {"ko": "막힘", "en": "", "code": ""}},
        "채널이 멈췄습니다",
        "연결을 확인할 채널 1곳",
    ),
}


@pytest.mark.parametrize("named", STANDSTILLS)
def test_a_channel_that_does_not_collect_is_counted_and_listed(
    owner: Browser, shop: Shop, named: str
) -> None:
    changed, title, said = STANDSTILLS[named]
    shop.keep(shop.channel(), line(1))
    here = shop.channel("아울렛", **changed)
    board = cells(owner)
    assert board["확인할 채널"][0] == 1 and "zero" not in board["확인할 채널"][2]
    assert said in owner.text and "모든 채널이 잘 움직입니다" not in owner.text
    asks = owner.open("/").text.partition('id="asks"')[2]
    assert title in asks and "아울렛" in asks
    resume = f'action="/channels/{here.id}/resume"'
    assert (resume in asks) is (changed["state"] == "paused" if "state" in changed else False)


@pytest.mark.parametrize("minutes", [0, 3])
def test_a_channel_that_was_never_reached_is_listed_once_it_takes_too_long(
    owner: Browser, shop: Shop, minutes: int
) -> None:
    shop.keep(shop.channel(), line(1))
    here = shop.channel("아울렛", state="checking", activated_at=None, collected_at=None)
    with shop.enter():
        check = channels.check_again(here.id, shop.actor)
    with shop.enter(), store.write() as session:
        command = session.get(Command, check)
        assert command is not None
        command.created_at -= timedelta(minutes=minutes)
    assert cells(owner)["확인할 채널"][0] == (1 if minutes else 0)
    assert ("아직 연결되지 않았습니다" in owner.text) is bool(minutes)


def test_a_check_that_is_tried_again_is_listed_at_once(owner: Browser, shop: Shop) -> None:
    shop.keep(shop.channel(), line(1))
    here = shop.channel("아울렛", state="checking", activated_at=None, collected_at=None)
    with shop.enter():
        check = channels.check_again(here.id, shop.actor)
    with shop.enter(), store.write() as session:
        command = session.get(Command, check)
        assert command is not None
        command.attempt = 1
    assert cells(owner)["확인할 채널"][0] == 1 and "아직 연결되지 않았습니다" in owner.text


def test_what_a_restore_held_is_counted_the_same_everywhere(owner: Browser, shop: Shop) -> None:
    here = shop.channel(state="paused", note={"resume": "collect_first"})
    shop.keep(here, line(1))
    shop.command(here, "held", held_for="restored")
    [collect] = shop.commands("orders.collect")
    with shop.enter(), store.write() as session:
        standing = session.get(Command, collect.id)
        assert standing is not None
        standing.state, standing.held_for = "held", "restored"
    assert cells(owner)["보류된 작업"][0] == 2
    asks = owner.open("/").text.partition('id="asks"')[2]
    assert "기다리는 작업 2건" in asks and asks.count("<li>") == 1
    assert owner.open("/jobs?state=waiting").text.count('id="job-') == 2


def test_a_restart_says_that_the_channel_will_confirm_by_itself(owner: Browser, shop: Shop) -> None:
    here = shop.channel(state="paused", confirm_mode="auto")
    shop.keep(here, line(1))
    for path in ("/", f"/channels/{here.id}"):
        owner.open(path)
        assert "다시 시작 (자동 발주확인 켜짐)" in owner.text, path
    shop.channel("아울렛", state="paused")
    assert "다시 시작</button>" in owner.open("/").text


def test_a_shop_that_put_everything_away_is_not_told_to_begin(owner: Browser, shop: Shop) -> None:
    shop.keep(shop.channel(archived_at=clock.now()), line(1))
    owner.open("/")
    assert "연결된 판매채널이 없습니다" in owner.text and "첫 판매채널" not in owner.text


def test_a_zero_stays_and_says_what_it_means(owner: Browser, shop: Shop) -> None:
    shop.keep(shop.channel(), line(1))
    board = cells(owner)
    assert board["발주확인 거절"][0] == 0 and "zero" in board["발주확인 거절"][2]
    assert "거절된 것이 없습니다" in owner.text


def test_the_chart_has_a_column_per_day_and_marks_silence(owner: Browser, shop: Shop) -> None:
    quiet = clock.now() - timedelta(days=2)
    here = shop.channel("본점")
    shop.channel("아울렛", collected_at=quiet)
    shop.keep(here, line(1), line(2))
    page = owner.open("/")
    rows = re.findall(r"<tr>(.*?)</tr>|<tr class=\"total\">(.*?)</tr>", page.text, re.S)
    drawn = {
        name: next(part for row in rows for part in row if name in part)
        for name in ("전체", "본점", "아울렛")
    }
    assert drawn["본점"].count("<rect") == drawn["전체"].count("<rect") >= 1
    assert 'class="gap"' in drawn["아울렛"] and 'class="gap"' not in drawn["본점"]
    assert 'class="r bad"' in drawn["아울렛"] and 'class="r bad"' not in drawn["본점"]
    labels = re.findall(r'aria-label="최근 14일: ([\d, ]+)건"', page.text)
    assert [len(label.split(", ")) for label in labels] == [14, 14]
    assert "style=" not in page.text


def test_what_needs_a_person_is_listed_with_its_button(owner: Browser, shop: Shop) -> None:
    here = shop.channel(
        state="needs_you", problem={"ko": "IP를 등록해 주세요.", "en": "", "code": ""}
    )
    shop.keep(here, line(1))
    review = shop.command(here, "review", error_text={"ko": "알 수 없습니다.", "en": ""})
    shop.command(here, "held", held_for="needs_you")  # is said with its channel
    [collect] = shop.commands("orders.collect")
    left_out = Problem("wonderful_shop", "값이 없습니다.")
    registry.use(replace(registry.current(), problems=[left_out]))
    page = owner.open("/")
    asks = page.text[page.text.index('id="asks"') :]
    assert asks.count("<li>") == 3
    assert "IP를 등록해 주세요." in asks and f'href="/channels/{here.id}"' in asks
    assert "결과를 정해 주세요" in asks and f'href="/jobs/{review}"' in asks
    assert "wonderful_shop" in asks and 'href="/plugins"' in asks
    assert f"/jobs/{collect.id}" not in asks
