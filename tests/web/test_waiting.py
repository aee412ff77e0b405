"""A channel that waits for an approval, and the keys that a marketplace issues per service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from core import clock, store
from core.ledger.connection import credentials_of
from core.models import Channel
from core.services import channels
from tests.web.conftest import Browser
from tests.web.shop import Shop
from tests.web.town import Stall, practising_corner

pytestmark = pytest.mark.usefixtures("town")
MONDAY = datetime(2026, 11, 16, 3, tzinfo=UTC)


@pytest.fixture
def stall(owner: Browser) -> Iterator[Stall]:
    with practising_corner(granted=False) as place:
        yield Stall(owner, place)


def since(stall: Stall, moment: datetime) -> None:
    with stall.shop.enter(), store.write() as session:
        channels.get(session, stall.id).waiting_since = moment


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_a_channel_that_waits_says_for_what_since_when_and_until_when(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    since(stall, MONDAY)
    at(monkeypatch, MONDAY + timedelta(days=3))
    for path in ("/channels", f"/channels/{stall.id}", "/"):
        stall.owner.open(path)
        said = stall.said()
        assert "주문 API 승인을 기다리고 있습니다" in said, path
        assert "11월 16일부터 3영업일이 지났습니다. 보통 2~5영업일이 걸립니다." in said, path
        assert "11월 23일까지는 승인될 것으로 보입니다." in said, path
        assert "지금 확인" in said, path
    stall.owner.open(f"/channels/{stall.id}")
    assert "주문 API는 메일로 신청합니다." in stall.said()
    assert "하루에 한 번 자동으로 확인합니다" in stall.said()
    assert "승인되면 자동으로 수집합니다." in stall.said()
    assert "승인 대기" in stall.said()


def test_before_the_usual_days_both_ends_are_told_and_after_them_what_to_do(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    since(stall, MONDAY)
    at(monkeypatch, MONDAY)
    stall.owner.open(f"/channels/{stall.id}")
    assert "11월 18일~11월 23일에 승인될 것으로 보입니다." in stall.said()
    since(stall, MONDAY - timedelta(days=9))
    stall.owner.open(f"/channels/{stall.id}")
    assert "보통 걸리는 기간이 지났습니다." in stall.said()


def test_templates_go_on_and_pressing_check_now_opens_the_channel_once_it_is_granted(
    stall: Stall,
) -> None:
    stall.owner.post(f"/channels/{stall.id}/import/place")
    stall.shop.drain("urgent")
    stall.owner.open(stall.base)
    assert "Main" in stall.said()
    assert stall.channel().state == "waiting"
    assert stall.calls("take") == stall.calls("confirmed") == 0
    stall.place.act("set", {"granted": True})
    stall.owner.post(f"/channels/{stall.id}/check")
    stall.shop.drain("urgent")
    assert stall.channel().state == "active"
    stall.owner.open("/")
    assert "승인을 기다리고" not in stall.said()


def test_a_channel_that_waits_is_not_counted_as_one_that_is_broken(stall: Stall) -> None:
    stall.owner.open("/channels")
    assert 'class="n n-bad">확인' not in stall.owner.shown.text
    stall.owner.open("/")
    assert "확인해 주세요" not in stall.said()
    assert "지금 수집하기" not in stall.said(), "there is nothing to collect yet"


# -- keys per service -----------------------------------------------------------------------------


def real(**keys: str) -> tuple[Shop, Channel]:
    shop = Shop()
    with shop.enter():
        made = channels.add(
            "corner",
            {"seller_id": "corner", "store": "Corner", "shop_no": "77", **keys},
            shop.actor,
            submission="0" * 32,
        )
        with store.read() as session:
            return shop, channels.get(session, made)


def row(browser: Browser, title: str) -> str:
    """The row of a table that begins with this title, without tags."""
    assert browser.shown is not None
    (found,) = re.findall(rf'<tr><th scope="row"[^>]*>{title}</th>(.*?)</tr>', browser.shown.text,
                          re.DOTALL)  # fmt: skip
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


def test_the_keys_of_each_service_are_a_row_that_says_what_is_off_without_them(
    owner: Browser,
) -> None:
    page = owner.open("/channels/add/corner").text
    assert page.count('class="tbl tbl-plain cards keys-x"') == 1
    assert "아직 없음" in row(owner, "주소 등록")
    assert "없으면 꺼지는 것: 창고 주소 등록" in row(owner, "주소 등록")
    assert "창고 주소 가져오기" in row(owner, "주소 조회")
    assert page.index('name="shop_no"') < page.index('name="read_cite"')


def test_stored_keys_are_said_to_be_there_and_never_drawn_and_an_empty_cell_keeps_them(
    owner: Browser,
) -> None:
    shop, channel = real(read_cite="r1-secret", read_secret="r2-secret")
    page = owner.open(f"/channels/{channel.id}/connection").text
    assert "있음" in row(owner, "주소 조회") and "꺼지는" not in row(owner, "주소 조회")
    assert "r1-secret" not in page and "r2-secret" not in page
    owner.post(
        f"/channels/{channel.id}/connection",
        {"seller_id": "corner", "store": "Corner", "shop_no": "77", "write_cite": "w1",
         "write_secret": "w2"},
    )  # fmt: skip
    with shop.enter(), store.read() as session:
        kept = credentials_of(channels.get(session, channel.id))
    assert (kept["read_cite"], kept["write_secret"]) == ("r1-secret", "w2")


def test_a_stored_pair_is_emptied_by_its_box_and_stays_marked_while_something_is_wrong(
    owner: Browser,
) -> None:
    shop, channel = real(read_cite="r1", read_secret="r2", write_cite="w1", write_secret="w2")
    path = f"/channels/{channel.id}/connection"
    page = owner.open(path).text
    assert page.count('name="drop"') == 2 and 'value="read_cite read_secret"' in page
    form = {"seller_id": "corner", "store": "", "shop_no": "77", "drop": "read_cite read_secret"}
    wrong = owner.post(path, form)
    assert wrong.status_code == 422
    assert 'value="read_cite read_secret" checked' in wrong.text
    owner.post(path, form | {"store": "Corner"})
    with shop.enter(), store.read() as session:
        kept = credentials_of(channels.get(session, channel.id))
    assert not kept["read_cite"] and not kept["read_secret"]
    assert (kept["write_cite"], kept["write_secret"]) == ("w1", "w2")


def test_a_wrong_key_is_told_in_its_cell(owner: Browser) -> None:
    owner.open("/channels/add/corner")
    answer = owner.post("/channels/add/corner", {"shop_no": "77", "read_cite": "k" * 300})
    assert answer.status_code == 422
    assert 'id="f-read_cite-e"' in answer.text
    assert "k" * 300 not in answer.text


def test_the_channel_says_which_services_have_keys(owner: Browser) -> None:
    _shop, channel = real(read_cite="1", read_secret="2")
    owner.open(f"/channels/{channel.id}")
    assert "2개 중 1개 있음" in owner.text
    assert "있음" in row(owner, "주소 조회")
    assert "창고 주소 등록" in row(owner, "주소 등록") and "꺼져 있습니다" in row(
        owner, "주소 등록"
    )


def test_without_keys_a_template_is_not_offered_with_the_reason(
    owner: Browser, stall: Stall
) -> None:
    stall.import_()
    owner.open(stall.base)
    assert f"{stall.base}/new" not in owner.shown.text
    assert "등록 – 이 채널에 인증키가 없습니다: 주소 등록." in stall.said()
    assert owner.open(f"{stall.base}/new").status_code == 403
    assert "이 채널에 인증키가 없습니다: 주소 등록" in stall.said()
    owner.open(f"{stall.base}/{stall.row('Main')}")
    assert "다음: 바뀌는 것 확인" in stall.said(), "changing needs no keys"
